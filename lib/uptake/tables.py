"""CSV files of the reader's own: their cells with the lines they stand on, or what is wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

_SEPARATORS = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Line:
    """A line of a table: its number in the file, from 1, and its cells without outer blanks."""

    number: int
    cells: tuple[str, ...]


def read_lines(path: Path) -> tuple[tuple[str, ...], list[Line]]:
    r"""Return the names and the lines of a CSV file, which has commas between cells.

    Lines without any content are passed over. A line may have fewer cells than there are names.

    Parameters
    ----------
    path : pathlib.Path
        A file in UTF-8.

    Returns
    -------
    names : tuple of str
        Of the columns, from the first line; the first column may be without a name.
    lines : list of Line
        At least one.

    Raises
    ------
    ValueError
        With the file, the line and what to do about it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mine.csv"
    >>> _ = path.write_text("month,users\n\n2024-01, 3\n")
    >>> read_lines(path)
    (('month', 'users'), [Line(number=3, cells=('2024-01', '3'))])
    """
    contents = _contents(path)
    if not contents:
        raise ValueError(f"{path.name} is empty; it needs a header that names its columns")
    header, *lines = contents
    _check_names(header, path.name)
    if not lines:
        raise ValueError(f"{path.name} has no lines below the names of its columns; add one")
    for line in lines:
        if len(line.cells) > len(header.cells):
            raise ValueError(_too_long(line, len(header.cells), path.name))
    return header.cells, lines


def _contents(path: Path) -> list[Line]:
    """Return all lines that hold anything."""
    try:
        # Spreadsheets put a byte order mark before UTF-8.
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name} is not a CSV file in UTF-8 ({error}); save it again in that encoding"
        ) from None
    reader = csv.reader(StringIO(text, newline=""), skipinitialspace=True, strict=True)
    lines = []
    try:
        for cells in reader:
            lines.append(Line(reader.line_num, tuple(map(str.strip, cells))))
    except csv.Error as error:
        raise ValueError(
            f"{path.name} is not a CSV file: line {reader.line_num}, {error}; look for a quotation "
            "mark that is not closed"
        ) from None
    return [line for line in lines if any(line.cells)]


def _check_names(header: Line, file: str) -> None:
    """Refuse a header that names no columns, or names them so that they cannot be told apart."""
    where, names = f"{file}, line {header.number}", header.cells
    for separator, called in _SEPARATORS.items():
        if len(names) == 1 and separator in names[0]:
            raise ValueError(
                f"{where}: the columns are separated by {called}; export the file with commas "
                "between columns and points in decimals, or convert it: "
                f"pandas.read_csv({file!r}, sep={separator!r}, decimal=',').to_csv({file!r}, "
                "index=False)"
            )
    if names[0].startswith("#"):
        raise ValueError(
            f"{where} is a comment; drop comments, so that the first line names the columns"
        )
    for i, name in enumerate(names[1:], start=2):
        if not name:
            raise ValueError(f"{where}: column {i} has no name; name it, or drop it in all lines")
        if name in names[: i - 1]:
            raise ValueError(f"{where} names {name!r} twice; give each column a name of its own")


def _too_long(line: Line, count: int, file: str) -> str:
    if any(line.cells[count:]):
        advice = (
            "a comma begins a new cell, so write 1,234 as 1234 and 1,5 as 1.5, and put text with "
            "commas in quotation marks"
        )
    else:
        advice = "drop the commas at its end"
    return f"{file}, line {line.number} has {len(line.cells)} cells for {count} names; {advice}"
