"""The contests whose end is known: the challenger's share, and where it is cut."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed import volume
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.market.records import STARTS, record
from uptake.openclosed.precedents.rules import document

YEAR = 365.25
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Contest:
    """One contest of a challenger and an incumbent.

    Parameters
    ----------
    name : str
        Such as "Windows 7 v XP".
    precedent : str
        The story it is part of; stories have equal weight.
    t : ndarray
        Years since its first point, evenly spaced.
    share : ndarray
        Of the challenger.
    first : Timestamp or None
        Date of the first point; None where the source only numbers its periods.
    open : str
        Which side is open: "challenger", "incumbent", or "" where that has no meaning.
    filled : int
        Spans without a reading, filled by a line in the log odds.
    """

    name: str
    precedent: str
    t: NDArray
    share: NDArray
    first: pd.Timestamp | None
    open: str = ""
    filled: int = 0

    @property
    def odds(self) -> NDArray:
        """Log odds of the challenger's share."""
        return np.log(self.share / (1 - self.share))

    @property
    def won(self) -> bool:
        """Whether the challenger is the larger side at the end of the record."""
        return bool(self.share[-1] > 0.5)


def contests() -> dict[str, Contest]:
    """Return the contests of ``precedents.toml`` by name.

    Examples
    --------
    >>> linux = contests()["Linux v the rest, TOP500"]
    >>> linux.open, linux.won, linux.share[0].round(3).item()
    ('challenger', True, 0.034)
    """
    return dict(_contests())


@functools.cache
def _contests() -> dict[str, Contest]:
    return {name: _contest(name, rule) for name, rule in document()["contests"].items()}


def position(weeks: str = "usable") -> dict[str, float]:
    """Return where the AI record stands at the freeze, by stage.

    Parameters
    ----------
    weeks : {"usable", "last"}
        Of which weeks the shares are means; see `weeks_of`.

    Returns
    -------
    dict
        ``tokens`` and ``dollars``: open share of the router, mean of the last weeks; ``points``:
        weeks with all models listed; ``age``: years since the date in the rules.

    Examples
    --------
    >>> position()["points"]
    24
    """
    return dict(_position(weeks))


@functools.cache
def _position(weeks: str) -> dict[str, float]:
    rules = document()["stages"]
    shares = weeks_of(weeks)[["tokens", "dollars"]].mean().round(rules["decimals"])
    years = (FREEZE - pd.Timestamp(rules["age"]["from"])).days / YEAR
    return shares.to_dict() | {
        "points": len(record("tokens", start=STARTS[1])),
        "age": round(years, rules["decimals"]),
    }


def weeks_of(weeks: str = "usable") -> pd.DataFrame:
    """Return the router's open shares in the weeks whose means are stages.

    Parameters
    ----------
    weeks : {"usable", "last"}
        The last weeks before the freeze that C1 keeps (`market.record`): all models listed. Or the
        last as they came, which the first edition took: charts of the largest models, and parts.

    Returns
    -------
    DataFrame
        By week: open share of ``tokens`` and of list-price ``dollars``, over open and closed;
        ``unknown``, the share of tokens on neither side; ``scope``, what the archive lists.

    Raises
    ------
    ValueError
        If ``weeks`` is neither of the two.

    Examples
    --------
    >>> weeks_of()["scope"].unique().tolist()
    ['all_listed_models']
    """
    if weeks not in ("usable", "last"):
        raise ValueError(f"weeks is {weeks!r}; use 'usable' or 'last'")
    use, prices = volume.tokens(), volume.relative_price()
    table = pd.DataFrame(
        {
            "tokens": use["open"] / (use["open"] + use["closed"]),
            "dollars": 1 / (1 + np.exp(prices["dollars"])),
            "unknown": use["unknown"] / use.sum(axis=1),
            "scope": prices["scope"].astype(str),
        }
    ).dropna(subset="dollars")
    if weeks == "usable":
        both = [record(unit, start=STARTS[1]) for unit in ("tokens", "dollars")]
        table = table[table.index.isin(both[0].index) & table.index.isin(both[1].index)]
    return table.tail(document()["stages"]["weeks"])


def at_position(ask: Callable[[Mapping[str, float]], T]) -> Callable[..., T]:
    """Keep what a question to the precedents gives at each position; by default at `position`.

    Parameters
    ----------
    ask : callable
        Takes a position, a mapping as `position` returns it.

    Returns
    -------
    callable
        The same, asked once of each position.

    Examples
    --------
    >>> twice = at_position(lambda where: 2 * where["points"])
    >>> twice(), twice({"points": 3})
    (48, 6)
    """

    @functools.cache
    def kept(where: tuple[tuple[str, float], ...]) -> T:
        return ask(dict(where))

    @functools.wraps(ask)
    def asked(where: Mapping[str, float] | None = None) -> T:
        return kept(tuple((position() if where is None else where).items()))

    return asked


def stages(
    contest: Contest, where: Mapping[str, float] | None = None
) -> tuple[dict[str, int], dict[str, str]]:
    """Return how many points of a contest are known at each stage, or why it has no such stage.

    Parameters
    ----------
    contest : Contest
    where : mapping, optional
        By default `position`.

    Returns
    -------
    known, left_out : dict
        By stage.

    Examples
    --------
    >>> flat = Contest("", "", np.arange(30.0), np.linspace(0.1, 0.7, 30), None)
    >>> stages(flat, {"tokens": 0.3, "points": 28, "age": 99.0})
    ({'tokens': 11}, {'points': 'ends too early', 'age': 'ends too early'})
    """
    rules = document()["stages"]
    found, left_out = {}, {}
    for stage, value in (position() if where is None else where).items():
        if stage in ("tokens", "dollars"):
            reached = np.flatnonzero(contest.share >= value)
            count = int(reached[0]) + 1 if reached.size else 0
        elif stage == "points":
            count = int(value)
        else:
            # Half a step of grace: spans of months are not exact parts of a year.
            count = int((contest.t <= value + 0.5 * (contest.t[1] - contest.t[0])).sum())
        if count == 0:
            left_out[stage] = "never reached"
        elif count < rules["least_known"]:
            left_out[stage] = "too few known"
        elif contest.t.size - count < rules["least_left"]:
            left_out[stage] = "ends too early"
        else:
            found[stage] = count
    return found, left_out


def cuts(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return every contest at every stage: points known, or why there is none.

    Parameters
    ----------
    where : mapping, optional
        By default `position`.

    Returns
    -------
    DataFrame
        ``contest``, ``precedent``, ``stage``, ``known`` (points, missing without a stage),
        ``left_out`` (why, else empty).

    Examples
    --------
    >>> cuts()["left_out"].eq("").sum() == cuts()["known"].notna().sum()
    np.True_
    """
    where, rows = position() if where is None else where, []
    for contest in contests().values():
        found, left_out = stages(contest, where)
        for stage in where:
            about = (contest.name, contest.precedent, stage)
            rows.append((*about, found.get(stage), left_out.get(stage, "")))
    columns = ["contest", "precedent", "stage", "known", "left_out"]
    return pd.DataFrame(rows, columns=columns).astype({"known": "Int64"})


def _contest(name: str, rule: Mapping[str, Any]) -> Contest:
    table = known(rule["table"])
    sides = [_series(table, series) for series in rule["sides"]]
    if rule.get("against") == "rest":
        sides.append(1 - sides[0])
    both = pd.concat(sides, axis=1, keys=[0, 1], sort=True).dropna()
    whole = _whole(table, rule.get("whole")).reindex(both.index)
    share, together = both[0] / both.sum(axis=1), both.sum(axis=1) / whole
    frame = _thinned(pd.DataFrame({"share": share, "together": together}), rule["every"])
    there = frame[frame["together"] >= document()["stages"]["faded"]]
    turned = bool(there["share"].iloc[0] > 0.5)
    if turned:
        frame = frame.assign(share=1 - frame["share"])
    part = _between(frame)
    filled, empty = _filled(part["share"].to_numpy())
    t = np.arange(filled.size) * rule["every"] / 12
    first = part.index[0] if isinstance(part.index, pd.DatetimeIndex) else None
    return Contest(name, rule["precedent"], t, filled, first, _open(rule, turned), empty)


def _open(rule: Mapping[str, Any], turned: bool) -> str:
    if "open" not in rule:
        return ""
    first = rule["open"] == rule["sides"][0]
    return "challenger" if first != turned else "incumbent"


def _series(table: pd.DataFrame, name: str) -> pd.Series:
    part = table[table["series"] == name]
    if part.empty:
        raise ValueError(f"precedents.toml names the series {name!r}, which is not in its table")
    index = part["step"] if part["date"].isna().all() else part["date"]
    return pd.Series(part["value"].to_numpy(), pd.Index(index)).sort_index()


def _whole(table: pd.DataFrame, prefix: str | None) -> pd.Series:
    """Return the whole by date: one, or the sum of the series whose names begin so."""
    if prefix is None:
        return pd.Series(1.0, pd.Index(table["date"].unique()))
    rows = table[table["series"].astype(str).str.startswith(prefix)]
    index = "step" if rows["date"].isna().all() else "date"
    return rows.groupby(index)["value"].sum()


def _thinned(frame: pd.DataFrame, months: int) -> pd.DataFrame:
    """Return the last reading of each span after the last long gap; missing ones are empty."""
    if not isinstance(frame.index, pd.DatetimeIndex):
        return frame
    number = (frame.index.year * 12 + frame.index.month - 1) // months
    last = frame.assign(date=frame.index).groupby(number).last()
    longer = np.flatnonzero(np.diff(last.index) > document()["stages"]["longest_gap"] + 1)
    last = last.iloc[int(longer[-1]) + 1 if longer.size else 0 :]
    whole = last.reindex(range(int(last.index[0]), int(last.index[-1]) + 1))
    return whole.set_index("date")


def _filled(share: NDArray) -> tuple[NDArray, int]:
    """Return shares with empty spans on a line in the log odds, and how many they were."""
    empty = np.isnan(share)
    odds = np.log(share / (1 - share))
    spans = np.arange(share.size)
    odds[empty] = np.interp(spans[empty], spans[~empty], odds[~empty])
    return np.where(empty, 1 / (1 + np.exp(-odds)), share), int(empty.sum())


def _between(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the part from where the challenger begins to where the contest is over."""
    rules = document()["stages"]
    share = frame["share"].to_numpy()
    begin = int(np.argmax(share >= rules["begins"]))
    over = (share >= rules["over"]) | (frame["together"].to_numpy() < rules["faded"])
    over[: begin + 1] = False
    end = int(np.argmax(over)) if over.any() else len(share)
    return frame.iloc[begin:end]
