"""The two sides of the capability index: which models count, and the best of each by month."""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from uptake import datasets, frontier
from uptake.frontier import Frontier
from uptake.openclosed.freeze import FREEZE, known, later

TABLE = "capability_index"
VINTAGE = "2026-05-14"
"""The last edition before the freeze."""
O3 = {"released": pd.Timestamp("2025-04-16"), "announced": pd.Timestamp("2024-12-20")}
# The producer does not state the level of its intervals; 90% is customary.
NOISE_WIDTH = 2 * 1.6449


@dataclass(frozen=True, eq=False)
class Sides:
    """The two frontiers of one edition, and what was left out to get them.

    Attributes
    ----------
    closed, open : Frontier
        All dated models of each side, in index points, with the standard errors of their scores.
    labs : Series
        Developer by model.
    left_out : Series
        Number of models left out, by reason.
    until : Timestamp
        Day of the edition: what was released later is not in it.
    """

    closed: Frontier
    open: Frontier
    labs: pd.Series
    left_out: pd.Series
    until: pd.Timestamp


def index(vintage: str | pd.Timestamp) -> pd.DataFrame:
    """Return one edition of the index, misdated models mended, with standard errors of scores.

    Editions without intervals carry those of another edition: of the model with the nearest score.
    For an edition by the freeze that is December 2025's, for a later one August 2026's.

    Parameters
    ----------
    vintage : str or Timestamp
        Day of the edition; one after the freeze may score, describe or reproduce, never be fitted.

    Returns
    -------
    DataFrame
        As `datasets.load` gives it, and ``error`` in index points: the width of the interval,
        read as one of 90%, over 3.29.

    Examples
    --------
    >>> index("2026-05-14")["error"].notna().all()
    np.True_
    """
    return _index(pd.Timestamp(vintage)).copy()


@functools.cache
def _index(vintage: pd.Timestamp) -> pd.DataFrame:
    table = _edition(vintage)
    first, last = pd.Timestamp("2025-12-19"), pd.Timestamp("2026-08-11")
    reference = _edition(first if vintage <= FREEZE else last).dropna(subset=["low", "high"])
    reference = reference.sort_values("score")
    nearest = np.abs(
        np.subtract.outer(table["score"].to_numpy(), reference["score"].to_numpy())
    ).argmin(1)
    widths = (reference["high"] - reference["low"]).to_numpy()[nearest]
    error = (table["high"] - table["low"]).fillna(pd.Series(widths, table.index)) / NOISE_WIDTH
    return table.assign(error=error)


def _edition(vintage: pd.Timestamp) -> pd.DataFrame:
    read = known if vintage <= FREEZE else later
    return read(TABLE, vintage=vintage, corrected=True)


def sides(
    table: pd.DataFrame,
    *,
    licence: str = "any",
    o3_date: str = "released",
    unknown: str = "out",
    country: str = "all",
    without: tuple[str, ...] = (),
) -> Sides:
    """Return the closed and the open frontier of one edition under a set of choices.

    Parameters
    ----------
    table : DataFrame
        One edition, from `index`.
    licence : {"any", "permissive"}
        Whether open weights with restrictions of use count as open or are left out.
    o3_date : {"released", "announced"}
        When o3 counts.
    unknown : {"out", "overridden"}
        What of models whose access the producer does not state: left out, or as the release
        settles it (our own reading, or a later edition by the freeze).
    country : {"all", "us_china"}
        All models, or closed ones of the United States against open ones of China.
    without : tuple of str
        Models or developers to leave out.

    Raises
    ------
    ValueError
        If a choice is not one of these, or a side is empty.

    Examples
    --------
    >>> both = sides(index("2026-05-14"), licence="permissive")
    >>> int(both.left_out["restricted weights"])
    44
    """
    _check(licence, ("any", "permissive"), "licence")
    _check(country, ("all", "us_china"), "country")
    table = table.assign(weights=_weights(table, unknown), released=_dates(table, o3_date))
    restricted = (table["weights"] == "open") & (table["access"] != "Open weights (unrestricted)")
    home = table["weights"].map({"closed": "United States of America", "open": "China"})
    named = table["model"].isin(without) | table["developer"].isin(without)
    reasons = {
        "access not stated": table["weights"] == "unknown",
        "no release date": table["released"].isna(),
        "restricted weights": restricted & (licence == "permissive"),
        "other country": (table["country"].astype(str) != home) & (country == "us_china"),
        "named to be left out": named,
    }
    out, counts = pd.Series(False, table.index), {}
    for reason, rows in reasons.items():
        counts[reason] = int((rows & ~out).sum())
        out |= rows
    kept = table[~out].sort_values("released")
    until = table["vintage"].iloc[0]
    labs = kept.set_index("model")["developer"]
    return Sides(_front(kept, "closed"), _front(kept, "open"), labs, pd.Series(counts), until)


def monthly(
    both: Sides, start: str | pd.Timestamp, *, frontier: str = "best", until: object = None
) -> pd.DataFrame:
    """Return both frontiers and their gap at the end of each month.

    Parameters
    ----------
    both : Sides
        The two sides.
    start : date
        First month; months before both sides have a value are dropped.
    frontier : {"best", "top3"}
        The best model so far, or the mean of the best three so far.
    until : date, optional
        Last day; by default that of the edition, since nothing later is in it.

    Returns
    -------
    DataFrame
        ``closed``, ``open`` and ``gap`` (closed less open) in index points, by month end.

    Examples
    --------
    >>> monthly(sides(index("2026-05-14")), "2026-02-01").index[-1]
    Timestamp('2026-04-30 00:00:00')
    """
    _check(frontier, ("best", "top3"), "frontier")
    k = {"best": 1, "top3": 3}[frontier]
    ends = pd.date_range(start, until or both.until, freq="ME")
    table = pd.DataFrame({"closed": both.closed.mean_of_top(k, ends)}, index=ends)
    table["open"] = both.open.mean_of_top(k, ends)
    return table.assign(gap=table["closed"] - table["open"]).dropna()


def _front(kept: pd.DataFrame, side: str) -> Frontier:
    rows = kept[kept["weights"] == side]
    if rows.empty:
        raise ValueError(f"these choices leave no {side} model; relax one of them")
    return frontier.frontier(
        rows["released"], rows["score"], names=rows["model"].tolist(), errors=rows["error"]
    )


def _weights(table: pd.DataFrame, unknown: str) -> pd.Series:
    weights = table["weights"].astype(str)
    _check(unknown, ("out", "overridden"), "unknown")
    if unknown == "out":
        return weights.where(table["weights_basis"] == "producer", "unknown")
    named = table["model"].map(stated("weights"))
    return weights.where(weights != "unknown", named).fillna("unknown")


@functools.cache
def stated(column: str) -> pd.Series:
    """Return a column by model name, as the last edition by the freeze that states it gives it."""
    table = datasets.load(TABLE).dropna(subset=["model", column])
    table = table[(table[column] != "unknown") & (table["vintage"] <= FREEZE)]
    last = table.sort_values("vintage", kind="stable").drop_duplicates("model", keep="last")
    return last.set_index("model")[column].astype(str)


def _dates(table: pd.DataFrame, o3_date: str) -> pd.Series:
    _check(o3_date, tuple(O3), "o3_date")
    return table["released"].mask(table["model"] == "o3", O3[o3_date])


def _check(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; use one of {', '.join(allowed)}")
