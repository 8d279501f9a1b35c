"""Known errors as data: the rows of ``corrections.csv``, applied when a reader asks for them."""

import pandas as pd

from uptake.datasets.cards import Column, source
from uptake.datasets.loader import read, typed


def apply(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its known errors put right.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : DataFrame
        The whole table as published.

    Returns
    -------
    DataFrame
        A copy in which each wrong value that the table of corrections names is replaced.

    Raises
    ------
    ValueError
        If a correction matches no row, because the table was renewed and the error is gone.

    Examples
    --------
    >>> from uptake import datasets
    >>> published = datasets.load("capability_index", vintage="2026-08-11")
    >>> mended = datasets.load("capability_index", vintage="2026-08-11", corrected=True)
    >>> [str(t.loc[t["model"] == "o3", "released"].item().date()) for t in (published, mended)]
    ['2024-12-20', '2025-04-16']
    """
    columns = {column.name: column for column in source(name).columns}
    corrections = read(source("corrections"))
    frame = frame.copy()
    for correction in corrections[corrections["table"] == name].itertuples():
        column = columns[correction.column]
        wrong, right = _values(column, correction.wrong, correction.right)
        rows = frame[column.name] == wrong
        for pair in correction.row.split("; "):
            key, _, value = pair.partition("=")
            rows &= frame[key] == _values(columns[key], value)[0]
        if not rows.any():
            raise ValueError(
                f"corrections.csv: {correction.row} with {column.name} = {correction.wrong} is "
                f"no longer in {name}; take the correction out"
            )
        frame.loc[rows, column.name] = right
    return frame


def _values(column: Column, *texts: str) -> list:
    # A category is compared as text: its dtype would need the levels of the whole column.
    cells = pd.Series(texts, dtype=str)
    if column.type in ("number", "integer"):
        return [float(text) for text in texts]
    return list(cells if column.type == "category" else typed(cells, column))
