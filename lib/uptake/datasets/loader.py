"""Reading a table: the hash first, then typed columns, then the rows asked for."""

import gzip
import hashlib
import zlib
from io import BytesIO

import pandas as pd

from uptake.datasets.cards import Column, Source, source

_TEXT = {"category", "date", "text", "flag"}
LARGEST = 50_000_000
"""Bytes that a table may have when unpacked; the largest here has 4 million."""


def load(
    name: str,
    *,
    vintage: str | pd.Timestamp | None = None,
    until: str | pd.Timestamp | None = None,
    corrected: bool = False,
) -> pd.DataFrame:
    """Return a table, refusing a file that no longer matches its card.

    Parameters
    ----------
    name : str
        Name of the table.
    vintage : str or Timestamp, optional
        One edition of a table that its producer revises; by default all editions are returned.
    until : str or Timestamp, optional
        Keep what was known by the end of that day: of a revised table the last edition by then, of
        another the rows whose day of publication (the card's ``known`` column) is not later.
    corrected : bool, optional
        Apply the table of corrections; by default the figures are as published.

    Returns
    -------
    DataFrame
        In file order: dates as ``datetime64``, categories with their levels, numbers as floats,
        integers as ``Int64``, flags as ``boolean``; what is blank is missing.

    Raises
    ------
    ValueError
        If the table is unknown, its file was changed, or there is no such edition.

    Examples
    --------
    >>> from uptake import datasets
    >>> datasets.load("pasture").head(2)
       day  yield
    0  9.0   8.93
    1 14.0  10.80
    """
    card = source(name)
    frame = read(card)
    if corrected:
        from uptake.datasets.corrections import apply

        frame = apply(name, frame)
    if vintage is not None:
        frame = _edition(card, frame, pd.Timestamp(vintage))
    if until is not None:
        frame = _until(card, frame, pd.Timestamp(until))
    return frame.reset_index(drop=True)


def content(card: Source) -> bytes:
    """Return the stored bytes of a table once they match the card's hash.

    Parameters
    ----------
    card : Source
        Card of the table.

    Returns
    -------
    bytes
        The file as it lies on disk, compressed or not.

    Raises
    ------
    ValueError
        If the file is missing or differs from the hash; the message names it.

    Examples
    --------
    >>> content(source("pasture"))[:9]
    b'day,yield'
    """
    try:
        stored = card.path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{card.path.name} is missing; restore it beside its card") from None
    found = hashlib.sha256(stored).hexdigest()
    if found != card.sha256:
        raise ValueError(
            f"{card.path.name} differs from its card (its SHA-256 is {found[:12]}..., the card has "
            f"{card.sha256[:12]}...); restore the file, or renew the card with "
            f"'python -m uptake.datasets renew {card.name}' if the change is meant"
        )
    return stored


def read(card: Source) -> pd.DataFrame:
    """Return the whole table with the types that its card gives.

    Parameters
    ----------
    card : Source
        Card of the table.

    Returns
    -------
    DataFrame
        All rows in file order.

    Raises
    ------
    ValueError
        If the file differs from its card; the message names file and column.

    Examples
    --------
    >>> read(source("pasture")).shape
    (9, 2)
    """
    frame = read_text(card, content(card))
    for column in card.columns:
        try:
            frame[column.name] = typed(frame[column.name], column)
        except KeyError:
            raise ValueError(
                f"{card.path.name} has no column {column.name}, which its card describes; mend "
                "the card"
            ) from None
        except (ValueError, TypeError) as error:
            raise ValueError(f"{card.path.name}, column {column.name}: {error}") from error
    return frame


def unpacked(card: Source, stored: bytes) -> bytes:
    """Return the text of a table, unpacked step by step and never more than `LARGEST` bytes.

    Parameters
    ----------
    card : Source
        Card of the table.
    stored : bytes
        The file as it lies on disk.

    Returns
    -------
    bytes
        The CSV text.

    Raises
    ------
    ValueError
        If it is larger, as a small file made to fill the memory is, or cannot be unpacked.

    Examples
    --------
    >>> unpacked(source("pasture"), b"day,yield")
    b'day,yield'
    """
    if card.path.suffix != ".gz":
        return stored
    try:
        with gzip.GzipFile(fileobj=BytesIO(stored)) as packed:
            plain = packed.read(LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{card.path.name} cannot be unpacked ({error}); restore the file"
        ) from error
    if len(plain) > LARGEST:
        raise ValueError(
            f"{card.path.name} holds more than {LARGEST:,} bytes when unpacked; restore the file, "
            "or split the table"
        )
    return plain


def read_text(card: Source, stored: bytes) -> pd.DataFrame:
    """Return the cells of a file, numbers parsed, everything else as text.

    Parameters
    ----------
    card : Source
        Card of the table.
    stored : bytes
        The file as it lies on disk.

    Returns
    -------
    DataFrame
        One column of text for each date, category, flag or text of the card; blanks are missing.

    Raises
    ------
    ValueError
        If rows have more cells than the header has names.

    Examples
    --------
    >>> card = source("usage")
    >>> read_text(card, content(card))["date"].iloc[0]
    '2025-03-28'
    """
    cells = pd.read_csv(
        BytesIO(unpacked(card, stored)),
        dtype={column.name: str for column in card.columns if column.type in _TEXT},
        keep_default_na=False,
        na_values=[""],
    )
    # pandas would take what has no name for an index.
    if not isinstance(cells.index, pd.RangeIndex):
        raise ValueError(
            f"{card.path.name} has more cells in a row than its header names; restore the file"
        )
    return cells


def typed(cells: pd.Series, column: Column) -> pd.Series:
    """Return cells in the type of their column.

    Parameters
    ----------
    cells : Series
        Text, or numbers where the column holds numbers.
    column : Column
        The column's entry in the card.

    Returns
    -------
    Series
        Dates, categories, flags, integers, numbers or text.

    Raises
    ------
    ValueError
        If a cell cannot be read, or the card names an unknown type.

    Examples
    --------
    >>> typed(pd.Series(["2026-05-31"]), Column("day", "date", "")).dt.year.tolist()
    [2026]
    """
    match column.type:
        case "date":
            return pd.to_datetime(cells, format="%Y-%m-%d").astype("datetime64[ns]")
        case "category" if column.levels:
            # other values become blank here; check() names them
            known = cells.where(cells.isin(column.levels))
            return known.astype(pd.CategoricalDtype(list(column.levels)))
        case "category":
            return cells.astype("category")
        case "flag":
            return cells.map({"True": True, "False": False}).astype("boolean")
        case "integer":
            return cells.astype("Int64")
        case "number":
            return cells.astype(float)
        case "text":
            return cells
    raise ValueError(f"unknown type {column.type!r} in the card")


def _edition(card: Source, frame: pd.DataFrame, vintage: pd.Timestamp) -> pd.DataFrame:
    if not card.vintage:
        raise ValueError(f"{card.name} has no vintages; leave out vintage=")
    if vintage not in set(frame[card.vintage]):
        there = ", ".join(sorted({f"{day:%Y-%m-%d}" for day in frame[card.vintage]}))
        raise ValueError(f"{card.name} has no vintage {vintage:%Y-%m-%d}; there are {there}")
    return frame[frame[card.vintage] == vintage]


def _until(card: Source, frame: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    if card.vintage:
        editions = frame.loc[frame[card.vintage] <= day, card.vintage]
        return frame[frame[card.vintage] == editions.max()]
    if not card.known:
        raise ValueError(f"{card.name} has no dates; leave out until=")
    return frame[frame[card.known] <= day]
