"""Where each row comes from: its own ``source``, or the sources that the card names for all."""

import pandas as pd

from uptake.datasets.cards import HERE, Source, source
from uptake.datasets.loader import read


def references(name: str) -> pd.Series:
    """Return the sources of every row of a table.

    Parameters
    ----------
    name : str
        Name of the table.

    Returns
    -------
    Series
        For each row of ``load(name)``, with the same index, the ids of its sources in the table
        ``sources``, joined by ``"; "`` where it rests on several.

    Raises
    ------
    ValueError
        If there is no such table, or its rows have no source (the table of sources itself).

    Examples
    --------
    >>> from uptake import datasets
    >>> datasets.references("capability_index").unique().tolist()
    ['epoch-eci']
    >>> datasets.references("first_listed").iloc[5]
    'epoch-eci; tokencost-prices'
    """
    card = source(name)
    return resolve(card, read(card))


def resolve(card: Source, frame: pd.DataFrame) -> pd.Series:
    """Return the sources of every row of a frame by the rule of its card.

    The column ``source`` decides where there is one. Else ``[origin]`` of the card names the ids
    that ``every`` row rests on, and by the values of other columns those of some rows.

    Parameters
    ----------
    card : Source
        Card of the table.
    frame : DataFrame
        The table, typed.

    Returns
    -------
    Series
        Ids of the sources of each row, joined by ``"; "``.

    Raises
    ------
    ValueError
        If there is neither a column ``source`` nor an entry ``[origin]``.

    Examples
    --------
    >>> card = source("api_prices")
    >>> resolve(card, read(card)).iloc[0]
    'litellm-prices'
    """
    if "source" in frame:
        return frame["source"].astype(object).fillna("").astype(str)
    if not card.origin:
        raise ValueError(
            "no row names its source; add a column source, or [origin] to the card with "
            'every = ["id in sources.csv"]'
        )
    ids = pd.Series([list(card.origin.get("every", ()))] * len(frame), index=frame.index)
    for column in [key for key in card.origin if key != "every"]:
        ids += frame[column].astype(object).map(lambda value, by=column: _of(card, by, value))
    return ids.map("; ".join)


def _of(card: Source, column: str, value: object) -> list[str]:
    if pd.isna(value):
        return []
    # a value that the card does not list gives a name that no source has, which check() reports
    return card.origin[column].get(value, [f"no source for {column} = {value}"])


def sources(card: Source) -> pd.DataFrame:
    """Return the table of sources in a card's folder, or the package's where it has none.

    Parameters
    ----------
    card : Source
        Card of any table.

    Returns
    -------
    DataFrame
        One row a source, by its id.

    Raises
    ------
    ValueError
        If the file differs from its card.

    Examples
    --------
    >>> sources(source("pasture")).loc["nist-rat42", "producer"]
    'NIST Statistical Reference Datasets'
    """
    folder = card.folder if (card.folder / "sources.toml").exists() else HERE
    return read(source("sources", folder=folder)).set_index("id")
