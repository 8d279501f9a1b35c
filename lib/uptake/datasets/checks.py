"""Does a table say what its card says? Every broken rule, with file and row."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from uptake.datasets import rules
from uptake.datasets.cards import HERE, Column, Source, names, source
from uptake.datasets.loader import read_text, typed


@dataclass(frozen=True)
class Problem:
    """One broken rule.

    Parameters
    ----------
    file : str
        Name of the file.
    row : int or None
        Line of the file, the header being line 1; None where the whole file is meant.
    message : str
        What is wrong, and what to do.
    """

    file: str
    row: int | None
    message: str

    def __str__(self) -> str:
        """Return ``file, line n: message``."""
        place = self.file if self.row is None else f"{self.file}, line {self.row}"
        return f"{place}: {self.message}"


def check(tables: Iterable[str] | None = None, *, folder: Path = HERE) -> list[Problem]:
    """Return every rule that the tables break: hash, card, types, ranges, keys, sums, sources.

    Parameters
    ----------
    tables : iterable of str, optional
        Names of the tables; by default all.
    folder : pathlib.Path, optional
        Folder of the tables; by default the package's own.

    Returns
    -------
    list of Problem
        Empty when all is well.

    Examples
    --------
    >>> from uptake import datasets
    >>> datasets.check(["pasture"])
    []
    """
    problems = []
    for name in tables if tables is not None else names(folder=folder):
        try:
            card = source(name, folder=folder)
        except ValueError as error:
            problems.append(Problem(f"{name}.toml", None, str(error)))
            continue
        problems.extend(_table(card))
    return problems


def _table(card: Source) -> Iterator[Problem]:
    if "fill in" in (card.folder / f"{card.name}.toml").read_text(encoding="utf-8"):
        yield Problem(f"{card.name}.toml", None, "has places still to fill in")
    file = card.path.name
    if not card.path.exists():
        yield Problem(file, None, "the file is missing; restore it beside its card")
        return
    stored = card.path.read_bytes()
    if hashlib.sha256(stored).hexdigest() != card.sha256:
        yield Problem(file, None, "the file differs from the hash in its card")
    try:
        cells = read_text(card, stored)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        yield Problem(file, None, f"cannot be read as a table ({error})")
        return
    expected = [column.name for column in card.columns]
    if list(cells.columns) != expected:
        yield Problem(file, 1, f"columns are {list(cells.columns)}, the card says {expected}")
        return
    if len(cells) != card.rows:
        yield Problem(file, None, f"has {len(cells)} rows, the card says {card.rows}")
    for row, message in _content(card, cells):
        # the header is line 1, so the first row of the frame is line 2
        yield Problem(file, None if row is None else int(row) + 2, message)


def _content(card: Source, cells: pd.DataFrame) -> rules.Broken:
    frame, broken = cells.copy(), False
    for column in card.columns:
        try:
            frame[column.name] = typed(cells[column.name], column)
        except (ValueError, TypeError):
            broken = True
            yield from _unreadable(cells[column.name], column)
        else:
            yield from _column(cells[column.name], frame[column.name], column)
    if not broken:
        yield from _dates(card, frame)
        yield from _keys(card, frame)
        yield from rules.broken(card, frame)


def _unreadable(cells: pd.Series, column: Column) -> rules.Broken:
    present = cells.dropna()
    match column.type:
        case "date":
            parsed = pd.to_datetime(present, format="%Y-%m-%d", errors="coerce")
        case "number" | "integer":
            parsed = pd.to_numeric(present, errors="coerce")
        case _:
            yield None, f"column {column.name} cannot be read as {column.type}"
            return
    for row in present.index[parsed.isna()]:
        yield row, f"{column.name} = {present[row]!r} is not a {column.type}"


def _column(cells: pd.Series, values: pd.Series, column: Column) -> rules.Broken:
    if column.required:
        for row in cells.index[cells.isna()]:
            yield row, f"{column.name} is blank"
    if column.type in ("category", "flag"):
        for row in cells.index[cells.notna() & values.isna()]:
            allowed = ", ".join(column.levels) or "True, False"
            yield row, f"{column.name} = {cells[row]!r} is none of {allowed}"
    if column.type in ("number", "integer"):
        numbers = values.astype(float)
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        wrong = numbers.notna() & (~np.isfinite(numbers) | (numbers < low) | (numbers > high))
        for row in cells.index[wrong]:
            yield row, f"{column.name} = {cells[row]} is outside [{low:g}, {high:g}] {column.unit}"


def _dates(card: Source, frame: pd.DataFrame) -> rules.Broken:
    if not card.date:
        return
    dates = frame[card.date]
    if card.first is None or card.last is None:
        yield None, "the card lacks first and last"
        return
    first, last = pd.Timestamp(card.first), pd.Timestamp(card.last)
    for row in frame.index[(dates < first) | (dates > last)]:
        yield row, f"{card.date} = {dates[row]:%Y-%m-%d} is outside {card.first} to {card.last}"
    if dates.min() != first or dates.max() != last:
        yield None, f"{card.date} runs {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"


def _keys(card: Source, frame: pd.DataFrame) -> rules.Broken:
    repeated = frame.duplicated(list(card.key))
    for row in frame.index[repeated]:
        name = ", ".join(str(value) for value in frame.loc[row, list(card.key)])
        yield row, f"repeats the key {name}"
