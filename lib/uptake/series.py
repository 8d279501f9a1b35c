"""From a file of the reader's own to a labelled table that `uptake.fit` takes."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

_PERIODS = {
    r"\d{4}": "Y",
    r"\d{4}-?Q[1-4]": "Q",
    r"\d{4}-\d{2}": "M",
}
"""How a column of times may be written, and the length of the period it then names."""


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
    try:
        # By its name alone, pandas would unpack an archive of any size.
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, skipinitialspace=True, compression=None
        )
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path.name} is not a CSV file in UTF-8 with a header: {str(error).strip()}"
        ) from None
    if not isinstance(table.index, pd.RangeIndex):
        # Pandas has taken the first cells for an index, and moved the others under wrong names.
        raise ValueError(
            f"{path.name} has lines with more cells than its header has names; drop what follows "
            "the last value, or name every column"
        )
    if table.shape[1] < 2 or table.empty:
        raise ValueError(
            f"{path.name} needs a column of times, then at least one of numbers, separated by "
            "commas, below a line of names"
        )
    table.columns = table.columns.str.strip()
    index = _times(table.iloc[:, 0].str.strip(), path.name)
    values = {name: _numbers(table[name], path.name) for name in table.columns[1:]}
    return pd.DataFrame(values).set_axis(index, axis="index")


def ahead(index: pd.Index, steps: int) -> pd.Index:
    """Return the times that follow a record's own, at its spacing.

    Parameters
    ----------
    index : Index
        A PeriodIndex, or dates or numbers of which the median spacing is carried on.
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
    if steps < 1 or len(index) < 2:
        raise ValueError(f"cannot carry on {len(index)} times by {steps} steps; give two or more")
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=steps, freq=index.freq, name=index.name)
    spacing = pd.Series(index).diff().median()
    return type(index)([index[-1] + k * spacing for k in range(1, steps + 1)], name=index.name)


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


def _times(text: pd.Series, file: str) -> pd.Index:
    """Read the column of times, and refuse those that do not increase."""
    index = _read_times(text, file)
    wrong = [i for i in range(1, len(index)) if not index[i] > index[i - 1]]
    if wrong:
        raise ValueError(
            f"{file}, line {wrong[0] + 2}: {text[wrong[0]]} does not come after "
            f"{text[wrong[0] - 1]}; sort the lines, and add up or average repeated times"
        )
    return index


def _read_times(text: pd.Series, file: str) -> pd.Index:
    for pattern, period in _PERIODS.items():
        if text.str.fullmatch(pattern).all():
            return pd.PeriodIndex(text, freq=period, name=text.name)
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().all():
        return pd.Index(numbers.astype(float), name=text.name)
    dates = pd.to_datetime(text, format="ISO8601", errors="coerce")
    if dates.notna().all():
        return pd.DatetimeIndex(dates, name=text.name)
    line = int(dates.isna().to_numpy().argmax())
    raise ValueError(
        f"{file}, line {line + 2}: {text[line]!r} is no time like the others; write all as years "
        "(1979), quarters (2024Q1), months (2024-05), days (2024-05-31), or all as numbers"
    )


def _numbers(text: pd.Series, file: str) -> pd.Series:
    """Read a column of numbers; an empty cell is not known."""
    text = text.str.strip()
    numbers = pd.to_numeric(text.where(text != ""), errors="coerce")
    bad = (numbers.isna() & (text != "")).to_numpy()
    if bad.any():
        line = int(bad.argmax())
        hint = " without separators of thousands" if re.search(r"\d[,' ]\d", text[line]) else ""
        raise ValueError(
            f"{file}, line {line + 2}: {text.name} is {text[line]!r}, which is no number; write "
            f"a plain number{hint}, or leave the cell empty"
        )
    return numbers.astype(float)
