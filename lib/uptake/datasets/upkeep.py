"""Keeping tables: a new one from a CSV, more rows for an old one, a card made to fit its file."""

import codecs
import csv
import datetime
import gzip
import hashlib
import json
import re
import shutil
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from uptake.datasets.cards import HERE, Source, source
from uptake.datasets.checks import Problem, check
from uptake.datasets.loader import content, read_text, unpacked
from uptake.files import write
from uptake.tables import Line, read_lines

FILL_IN = "fill in"
"""What a new card holds where only a reader of the source can know; `check` reports it."""


def append(name: str, rows: Path, *, folder: Path = HERE) -> list[Problem]:
    r"""Add rows to the end of a table and renew its card; nothing is written if a rule breaks.

    Parameters
    ----------
    name : str
        Name of the table.
    rows : pathlib.Path
        CSV file with the header of the table, or with some of its columns in any order.
    folder : pathlib.Path, optional
        Folder of the tables; by default the package's own.

    Returns
    -------
    list of Problem
        The rules that the longer table would break; empty when it was written.

    Raises
    ------
    ValueError
        If the rows are no whole CSV file, a column is not one of the table's, or the table differs
        from its card beforehand.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     rows = Path(folder, "rows.csv")
    ...     _ = rows.write_text("day,yield\n9,9.0\n")
    ...     [str(problem) for problem in append("pasture", rows)]
    ['pasture.csv, line 11: repeats the key 9.0']
    """
    card = source(name, folder=folder)
    columns = [column.name for column in card.columns]
    header, lines = _whole(rows)
    if unknown := sorted(set(header) - set(columns)):
        raise ValueError(f"{rows.name} has columns {unknown}; {name} has {columns}")
    plain = unpacked(card, content(card))
    added = StringIO()
    writer = csv.DictWriter(added, columns, restval="", lineterminator="\n")
    writer.writerows(dict(zip(header, line.cells, strict=True)) for line in lines)
    # Without a line's end the first new row would go on where the last one stops.
    end = b"" if plain.endswith(b"\n") else b"\n"
    return _replace(card, plain + end + added.getvalue().encode())


def _whole(path: Path) -> tuple[tuple[str, ...], list[Line]]:
    """Return the names and the lines of a CSV file of which no cell is left out."""
    names, lines = read_lines(path)
    for line in lines:
        if len(line.cells) < len(names):
            raise ValueError(
                f"{path.name}, line {line.number} has {len(line.cells)} cells for {len(names)} "
                "names; leave a cell empty where nothing is known"
            )
    return names, lines


def _replace(card: Source, plain: bytes) -> list[Problem]:
    # tried in a folder apart, so that nobody ever reads a table that breaks a rule
    with TemporaryDirectory() as trial:
        names = {f"{card.name}.toml", card.path.name, "sources.toml", "sources.csv"}
        for name in names:
            shutil.copy(card.folder / name, trial)
        packed = card.path.suffix == ".gz"
        Path(trial, card.path.name).write_bytes(gzip.compress(plain, mtime=0) if packed else plain)
        renew(card.name, folder=Path(trial))
        problems = check([card.name], folder=Path(trial))
        if not problems:
            for name in (card.path.name, f"{card.name}.toml"):
                write(card.folder / name, Path(trial, name).read_bytes())
    return problems


def renew(name: str, *, folder: Path = HERE) -> None:
    r"""Write the hash, the number of rows and the range of dates of a file into its card.

    Parameters
    ----------
    name : str
        Name of the table.
    folder : pathlib.Path, optional
        Folder of the tables; by default the package's own.

    Raises
    ------
    ValueError
        If the table has no card.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     for file in ("pasture.toml", "pasture.csv"):
    ...         _ = shutil.copy(HERE / file, folder)
    ...     _ = (folder / "pasture.csv").write_text("day,yield\n9,8.93\n")
    ...     renew("pasture", folder=folder)
    ...     source("pasture", folder=folder).rows
    1
    """
    card = source(name, folder=folder)
    stored = card.path.read_bytes()
    cells = read_text(card, stored)
    fields = {"sha256": f'"{hashlib.sha256(stored).hexdigest()}"', "rows": str(len(cells))}
    if card.date and card.date in cells:
        dates = pd.to_datetime(cells[card.date], format="%Y-%m-%d", errors="coerce")
        fields |= {"first": f"{dates.min():%Y-%m-%d}", "last": f"{dates.max():%Y-%m-%d}"}
    text = _card_path(card).read_text(encoding="utf-8")
    for field, value in fields.items():
        text = re.sub(rf"^{field} = .*$", f"{field} = {value}", text, count=1, flags=re.M)
    write(_card_path(card), text)


def add(file: Path, *, folder: Path = HERE, tests: Path | None = None) -> list[Path]:
    r"""Start a dataset from a CSV: copy the table, write a card to fill in and a test.

    Parameters
    ----------
    file : pathlib.Path
        CSV file with a header; its stem becomes the name of the table.
    folder : pathlib.Path, optional
        Folder of the tables; by default the package's own.
    tests : pathlib.Path, optional
        Folder for the test; by default ``tests`` of the repository that holds the tables, or
        where there is none, a folder ``tests`` beside the CSV file.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    ValueError
        If the name is taken or is not a Python name, or the file is no whole CSV file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     file = Path(name, "stock.csv")
    ...     _ = file.write_text("day,users\n2026-01-31,10\n")
    ...     (Path(name) / "tables").mkdir()
    ...     [path.name for path in add(file, folder=Path(name) / "tables")]
    ['stock.csv', 'test_datasets_stock.py', 'stock.toml']
    """
    name = file.stem
    if not name.isidentifier() or name != name.lower():
        raise ValueError(f"call the file by a lower-case Python name, not {file.name}")
    if (folder / f"{name}.toml").exists():
        raise ValueError(f"there is a dataset {name} already; to add rows use 'append {name}'")
    if not _whole(file)[0][0]:
        raise ValueError(f"{file.name}, line 1: column 1 has no name; name it")
    stored = file.read_bytes().removeprefix(codecs.BOM_UTF8)
    cells = pd.read_csv(BytesIO(stored), keep_default_na=False, na_values=[""])
    tests = _tests_beside(file, folder) if tests is None else tests
    # The card last: a table without one is no dataset yet, so the same command goes on from there.
    written = {
        folder / f"{name}.csv": stored,
        tests / f"test_datasets_{name}.py": _test(name, cells),
        folder / f"{name}.toml": _stub(cells, stored),
    }
    for path, words in written.items():
        write(path, words)
    return list(written)


def _tests_beside(file: Path, folder: Path) -> Path:
    # lib/uptake/datasets lies three folders below the root of the repository
    repository = folder.resolve().parents[2] / "tests"
    in_repository = folder == HERE and (repository / "conftest.py").exists()
    return repository if in_repository else file.resolve().parent / "tests"


def _card_path(card: Source) -> Path:
    return card.folder / f"{card.name}.toml"


def _stub(cells: pd.DataFrame, stored: bytes) -> str:
    types = {name: _guess(cells[name]) for name in cells}
    date = next((name for name, kind in types.items() if kind == "date"), "")
    lines = [f'{key} = "{FILL_IN}: {hint}"' for key, hint in _HINTS.items()]
    lines += [f"accessed = {datetime.date.today()}", 'kind = "reference"', 'grade = "C"']
    lines += [f'sha256 = "{hashlib.sha256(stored).hexdigest()}"', f"rows = {len(cells)}"]
    lines += [f"key = {json.dumps([date or next(iter(types))])}"]
    if date:
        dates = pd.to_datetime(cells[date])
        lines += [f'date = "{date}"', f'known = "{date}"']
        lines += [f"first = {dates.min():%Y-%m-%d}", f"last = {dates.max():%Y-%m-%d}"]
    lines += [f'changes = ["{FILL_IN}: what was changed or left out"]', "known_errors = []"]
    if "source" not in types:
        lines += ["", "[origin]", f'every = ["{FILL_IN}: id in sources.csv"]']
    lines += ["", "[columns]"]
    lines += [
        f'{json.dumps(name)} = {{ type = "{kind}", meaning = "{FILL_IN}" }}'
        for name, kind in types.items()
    ]
    return "\n".join(lines) + "\n"


_HINTS = {
    "producer": "who published the figures",
    "title": "under which title",
    "url": "the exact file, not the home page",
    "license": "as read at the source",
}


def _guess(cells: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(cells):
        return "flag"
    if pd.api.types.is_integer_dtype(cells):
        return "integer"
    if pd.api.types.is_float_dtype(cells):
        return "number"
    if cells.dropna().astype(str).str.fullmatch(r"\d{4}-\d\d-\d\d").all():
        return "date"
    return "category" if cells.nunique() <= max(20, len(cells) // 10) else "text"


def _test(name: str, cells: pd.DataFrame) -> str:
    row = len(cells) // 2
    figures = {
        column: cells.loc[row, column].item()
        for column in cells.select_dtypes("number")
        if pd.notna(cells.loc[row, column])
    }
    return f'''"""The table {name} says what its source says."""

from uptake import datasets


def test_{name}_obeys_its_card_and_every_row_has_a_source():
    assert [str(problem) for problem in datasets.check(["{name}"])] == []
    assert len(datasets.references("{name}")) == {len(cells)}


def test_{name}_holds_a_figure_that_was_compared_with_its_source():
    # compare line {row + 2} of the file with the source by eye before you trust this
    row = datasets.load("{name}").iloc[{row}]
    for column, figure in {figures!r}.items():
        assert row[column] == figure
'''
