"""From a file of the reader's own to a labelled table that `uptake.fit` takes."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd

from uptake.tables import Line, read_lines

_SORTS = {
    "Y": r"\d{4}",
    "Q": r"\d{4}-?Q\d",
    "M": r"\d{4}-\d\d",
    "day": r"\d{4}-\d\d-\d\d([T ].*)?",
    "number": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
}
"""How a column of times may be written: as periods of a length, days, or numbers."""
_PERIOD = r"(?!0000)\d{4}(-?Q[1-4]|-(0[1-9]|1[0-2]))?"
"""A period that exists."""
_OFFSET = r"(Z|[+-]\d\d(:?\d\d)?)$"
"""How far a time of day is from UTC."""


def read_series(path: str | Path) -> pd.DataFrame:
    r"""Read a CSV file whose first column holds times and whose others hold numbers.

    Parameters
    ----------
    path : str or Path
        A file with a header. Times are all years (1979), quarters (2024Q1), months (2024-05) or
        days (2024-05-31), or all numbers. An empty cell is a value not known.

    Returns
    -------
    DataFrame
        One column per series. The index is a PeriodIndex for years, quarters and months, a
        DatetimeIndex for days, and numbers otherwise, in increasing order.

    Raises
    ------
    ValueError
        When the file cannot be read so, with the line and what to do about it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.csv"
    >>> _ = path.write_text("month,users\n2024-01,3\n2024-02,5\n")
    >>> read_series(path)
             users
    month
    2024-01    3.0
    2024-02    5.0
    """
    path = Path(path)
    names, lines = read_lines(path)
    if len(names) < 2:
        raise ValueError(
            f"{path.name} needs a column of times, then at least one of numbers, separated by "
            "commas, below a line of names"
        )
    index = _times(lines, path.name)
    index.name = names[0] or None
    values = {name: _values(lines, i, name, path.name) for i, name in enumerate(names) if i}
    return pd.DataFrame(values, index=index)


def ahead(index: pd.Index, steps: int) -> pd.Index:
    """Return the times that follow a record's own, at its spacing.

    Parameters
    ----------
    index : Index, or sequence of dates or numbers
        Periods, or dates at a frequency that pandas knows, go on as that says; of others the
        median spacing is carried on.
    steps : int
        How many.

    Returns
    -------
    Index
        Of the same sort, beginning after the last.

    Raises
    ------
    ValueError
        For fewer than one step, or an index of fewer than two times.

    Examples
    --------
    >>> ahead(pd.period_range("2024Q3", periods=2, freq="Q"), 2)
    PeriodIndex(['2025Q1', '2025Q2'], dtype='period[Q-DEC]')
    >>> ahead(pd.Index([0.0, 2.0, 4.0]), 2).tolist()
    [6.0, 8.0]
    """
    index = index if isinstance(index, pd.Index) else pd.Index(index)
    if steps < 1 or len(index) < 2:
        raise ValueError(f"cannot carry on {len(index)} times by {steps} steps; give two or more")
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=steps, freq=index.freq, name=index.name)
    if isinstance(index, pd.DatetimeIndex):
        known = index.freq or pd.DatetimeIndex(index, freq="infer").freq
        if known is not None:
            return pd.date_range(index[-1], periods=steps + 1, freq=known, name=index.name)[1:]
    spacing = pd.Series(index).diff().median()
    return pd.Index([index[-1] + k * spacing for k in range(1, steps + 1)], name=index.name)


def middles(index: pd.Index) -> pd.Index:
    """Return where values are drawn: the middle of each period; dates and numbers as they are.

    Examples
    --------
    >>> middles(pd.period_range("2024", periods=1, freq="Y")).strftime("%Y-%m-%d").tolist()
    ['2024-07-02']
    """
    if not isinstance(index, pd.PeriodIndex):
        return index
    start, end = index.to_timestamp(how="start"), (index + 1).to_timestamp(how="start")
    return start + (end - start) / 2


def _times(lines: list[Line], file: str) -> pd.Index:
    """Read the column of times, and refuse those that do not increase."""
    index = _read_times(lines, file)
    wrong = [i for i in range(1, len(index)) if not index[i] > index[i - 1]]
    if wrong:
        this, before = lines[wrong[0]], lines[wrong[0] - 1]
        raise ValueError(
            f"{file}, line {this.number}: {this.cells[0]} does not come after {before.cells[0]}; "
            "sort the lines, and add up or average repeated times"
        )
    return index


def _read_times(lines: list[Line], file: str) -> pd.Index:
    cells = [line.cells[0] for line in lines]
    sort = next((each for each in _SORTS if all(_is(each, cell) for cell in cells)), None)
    if sort is None:
        first = next((each for each in _SORTS if _is(each, cells[0])), None)
        unlike = next((i for i, cell in enumerate(cells) if first and not _is(first, cell)), 0)
        raise _no_time(lines[unlike], file)
    if sort == "number":
        numbers = [_finite(cell) for cell in cells]
        if None in numbers:
            raise _no_time(lines[numbers.index(None)], file)
        return pd.Index(numbers, dtype=float)
    if sort == "day":
        return _days(lines, cells, file)
    for line in lines:
        if not re.fullmatch(_PERIOD, line.cells[0], re.ASCII):
            raise _no_time(line, file)
    return pd.PeriodIndex(cells, freq=sort)


def _days(lines: list[Line], cells: list[str], file: str) -> pd.DatetimeIndex:
    unreadable = pd.isna(pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True))
    if unreadable.any():
        raise _no_time(lines[int(unreadable.argmax())], file)
    # The offset of a day alone would be its own day of the month.
    offsets = [re.search(_OFFSET, cell[10:]) for cell in cells]
    offsets = [found[0] if found else "none" for found in offsets]
    for line, offset in zip(lines, offsets, strict=True):
        if offset != offsets[0]:
            raise ValueError(
                f"{file}, line {line.number}: the offset from UTC is {offset}, and {offsets[0]} in "
                f"line {lines[0].number}; write all times in UTC, or all without an offset"
            )
    return pd.DatetimeIndex(pd.to_datetime(cells, format="ISO8601"))


def _is(sort: str, cell: str) -> bool:
    return re.fullmatch(_SORTS[sort], cell, re.ASCII) is not None


def _no_time(line: Line, file: str) -> ValueError:
    return ValueError(
        f"{file}, line {line.number}: {line.cells[0]!r} is no time like the others; write all as "
        "years (1979), quarters (2024Q1), months (2024-05), days (2024-05-31), or all as numbers"
    )


def _values(lines: list[Line], column: int, name: str, file: str) -> list[float]:
    """Read a column of numbers; an empty cell is not known."""
    values = []
    for line in lines:
        cell = line.cells[column] if column < len(line.cells) else ""
        value = _finite(cell) if cell else float("nan")
        if value is None:
            thousands = re.search(r"\d[,'\s]\d", cell)
            hint = " with a decimal point and without separators of thousands" if thousands else ""
            raise ValueError(
                f"{file}, line {line.number}: {name} is {cell!r}, which is no finite number; write "
                f"a plain number{hint}, or leave the cell empty"
            )
        values.append(value)
    return values


def _finite(cell: str) -> float | None:
    """Return the number that is written, or nothing where it is none or beyond floating point."""
    value = float(cell) if _is("number", cell) else float("inf")
    return value if math.isfinite(value) else None
