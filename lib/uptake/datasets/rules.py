"""Content rules: what figures of a kind can and cannot be, whatever their column types say."""

from collections.abc import Iterator

import pandas as pd

from uptake.datasets import origins, relations
from uptake.datasets.cards import Source

# No list price of a model that is sold by the token lies below this, save those that are free;
# a price per token, mistaken for one per million, is a million times smaller.
LOWEST_PRICE_PER_MILLION = 1e-3
Broken = Iterator[tuple[int | None, str]]


def broken(card: Source, frame: pd.DataFrame) -> Broken:
    """Yield row and message of each content rule that a table breaks.

    Parameters
    ----------
    card : Source
        Card of the table.
    frame : DataFrame
        The table, typed.

    Yields
    ------
    row : int or None
        Index of the row in ``frame``; None where the whole table is meant.
    message : str
        What is wrong.

    Examples
    --------
    >>> from uptake.datasets.cards import source
    >>> from uptake.datasets.loader import read
    >>> card = source("cloud_revenue")
    >>> frame = read(card)
    >>> frame.loc[0, "value"] *= -1
    >>> [message for row, message in broken(card, frame)][0]
    'flow -2.05e+10 is negative'
    """
    if card.kind == "observations":
        yield from _observations(frame)
        yield from _described(card, frame)
    if card.kind == "prices":
        yield from _prices(card, frame)
    if {"low", "high"} <= set(frame.columns):
        yield from _intervals(card, frame)
    yield from _traceable(card, frame)
    yield from _cumulative(card, frame)
    yield from relations.broken(card, frame)


def _observations(frame: pd.DataFrame) -> Broken:
    share = frame["kind"] == "share"
    for column in [name for name in ("value", "low", "high") if name in frame]:
        wrong = share & frame[column].notna() & ~frame[column].between(0, 1)
        for row in frame.index[wrong]:
            yield row, f"share {frame.loc[row, column]:g} is outside [0, 1]; give it as a fraction"
    for row in frame.index[~share & (frame["value"] < 0)]:
        yield row, f"{frame.loc[row, 'kind']} {frame.loc[row, 'value']:g} is negative"
    for row in frame.index[frame["known"] < frame["date"]]:
        yield row, f"known {frame.loc[row, 'known']:%Y-%m-%d} before it happened"
    for series, part in frame.groupby("series", observed=True):
        if len(part[["unit", "kind"]].drop_duplicates()) > 1:
            yield part.index[0], f"{series} mixes units or kinds; make it two series"


def _described(card: Source, frame: pd.DataFrame) -> Broken:
    present = set(frame["series"].unique())
    for series in sorted(present - set(card.series)):
        yield None, f"series {series} has no entry under [series] in the card"
    for series in sorted(set(card.series) - present):
        yield None, f"the card describes {series}, which has no rows"


def _prices(card: Source, frame: pd.DataFrame) -> Broken:
    for column in (
        column.name for column in card.columns if column.unit == "USD per million tokens"
    ):
        tiny = (frame[column] > 0) & (frame[column] < LOWEST_PRICE_PER_MILLION)
        for row in frame.index[tiny]:
            yield row, f"{column} = {frame.loc[row, column]:g} looks like a price per token"


def _intervals(card: Source, frame: pd.DataFrame) -> Broken:
    middle = next((name for name in ("value", "score", "elo", "share") if name in frame), "low")
    wrong = (frame["low"] > frame[middle]) | (frame[middle] > frame["high"])
    wrong |= frame["low"] > frame["high"]
    # an interval a thousand times too wide holds its figure, and is wrong all the same
    if middle != "low":
        wrong |= frame["high"] > relations.LEAP * frame[middle].where(frame[middle] > 0)
        wrong |= frame["low"] * relations.LEAP < frame[middle].where(frame["low"] > 0)
    for row in frame.index[wrong]:
        ends = f"{frame.loc[row, 'low']:g} to {frame.loc[row, 'high']:g}"
        figure = f"{middle} = {frame.loc[row, middle]:g}"
        yield row, f"{figure} is outside its interval {ends}, or far from an end of it"


def _traceable(card: Source, frame: pd.DataFrame) -> Broken:
    if card.name == "sources":
        return
    try:
        ids, there = origins.resolve(card, frame), origins.sources(card)
    except ValueError as error:
        yield None, str(error)
        return
    wrong = ids.map(lambda row: [one for one in row.split("; ") if one not in there.index])
    for row in frame.index[wrong.map(bool)]:
        yield row, f"source {'; '.join(wrong[row])!r} is not in sources.csv"
    # Nothing is read before its day: a later row means that the card tells of an earlier reading.
    for column in frame.select_dtypes("datetime").columns:
        for row in frame.index[frame[column] > pd.Timestamp(card.accessed)]:
            day = f"{frame.loc[row, column]:%Y-%m-%d}"
            yield (
                row,
                (
                    f"{column} = {day} is after {card.accessed}, when the figures were last read; "
                    "set accessed in the card to the day of the last reading"
                ),
            )


def _cumulative(card: Source, frame: pd.DataFrame) -> Broken:
    for series in card.rules.get("never_falls", ()):
        record = frame[frame["series"] == series].sort_values(list(card.key))
        for row in record.index[record["value"].diff() < 0]:
            yield row, f"{series} is cumulative and falls to {record.loc[row, 'value']:g}"
