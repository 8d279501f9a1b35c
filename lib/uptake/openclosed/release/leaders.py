"""C6: who leads, and is Google catching up? The gap of two laboratories' best to Google's best.

Running maxima of three laboratories are compared as in theme capability: score noise and serial
correlation make the interval, models are never resampled, laboratories are left out one at a time.
"""

import functools

import numpy as np
import pandas as pd

from uptake.frontier import Frontier, frontier
from uptake.openclosed.capability import Sides, index, monthly, score_noise, sides
from uptake.openclosed.capability.widening import half_width
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.trends import slope, slope_interval, years

UNIT = "index points a year"
VINTAGE = "2026-05-14"
LEADERS, GOOGLE = ("OpenAI", "Anthropic"), ("Google",)
ARCHIVE = "lab_flagships"
"""The one archive of the Arena that runs from 2023 to the freeze; ratings of two do not compare."""


def pair(
    *,
    vintage: str = VINTAGE,
    o3_date: str = "released",
    leaders: tuple[str, ...] = LEADERS,
    rivals: tuple[str, ...] = GOOGLE,
) -> Sides:
    """Return the frontiers of two groups of laboratories among the closed models of one edition.

    Parameters
    ----------
    vintage : str
        Edition of the index, by the freeze.
    o3_date : {"released", "announced"}
        When o3 counts.
    leaders, rivals : tuple of str
        Beginnings of developers' names; the leaders take the place of ``closed`` in the result,
        the rivals that of ``open``, so that the functions of theme capability can be used.

    Raises
    ------
    ValueError
        If the edition is later than the freeze, or a group has no model.

    Examples
    --------
    >>> found = pair()
    >>> bool(found.labs.reindex(found.open.names).str.startswith("Google").all())
    True
    """
    if pd.Timestamp(vintage) > FREEZE:
        raise ValueError(f"edition {vintage} is later than the freeze; it may score, not be fitted")
    return split(sides(index(vintage), o3_date=o3_date), leaders, rivals)


def split(both: Sides, leaders: tuple[str, ...], rivals: tuple[str, ...]) -> Sides:
    """Return two groups of laboratories as the two sides; see `pair`."""
    closed = both.closed
    labs = both.labs.reindex(closed.names).to_numpy()
    fronts = [_subset(closed, labs, group) for group in (leaders, rivals)]
    inside = sum(len(front.dates) for front in fronts)
    left = pd.Series({"closed models of other laboratories": len(closed.dates) - inside})
    return Sides(*fronts, both.labs, left, both.until)


def _subset(front: Frontier, labs: np.ndarray, group: tuple[str, ...]) -> Frontier:
    mine = np.array([str(lab).startswith(group) for lab in labs])
    if not mine.any():
        raise ValueError(f"no closed model of {', '.join(group)} in this edition")
    columns = front.scores[mine], front.names[mine].tolist(), front.errors[mine]
    return frontier(front.dates[mine], columns[0], names=columns[1], errors=columns[2])


def google_gap_trend(
    *,
    measure: str = "index",
    vintage: str = VINTAGE,
    start: str = "2024-01-01",
    o3_date: str = "released",
    leaders: tuple[str, ...] = LEADERS,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> Estimate:
    r"""Estimate C6: the yearly change of Google's gap to the best of OpenAI and Anthropic.

    The slope of the monthly gap by least squares, with the half-width of C10 on the index,

    .. math:: h = \max(c_\rho\, s_\rho,\; 1.96\, s_e) ,

    the wider of correlated months and redrawn scores. The Arena archive prints no intervals, so
    there the first alone, and the exchange rate is taken as known.

    Parameters
    ----------
    measure : {"index", "arena"}
        The index, or the Arena in index points at `exchange_rate`.
    vintage : str
        Edition of the index, by the freeze. On the Arena it sets the exchange rate.
    start : str
        First month; the gap begins when both have a model.
    o3_date : {"released", "announced"}
        When o3 counts.
    leaders : tuple of str
        The leading laboratories.
    draws : int
        Redrawn sets of scores.
    rng : Generator, optional
        By default seeded with 6, the claim's number.

    Returns
    -------
    Estimate
        In index points a year; negative when Google gains.

    Examples
    --------
    >>> google_gap_trend(draws=20).unit
    'index points a year'
    """
    if measure not in ("index", "arena"):
        raise ValueError(f"measure is {measure!r}; use 'index' or 'arena'")
    both = pair(vintage=vintage, o3_date=o3_date, leaders=leaders)
    if measure == "arena":
        gap = arena_gap(leaders)["gap"].loc[start:] * exchange_rate(vintage, o3_date)
    else:
        gap = monthly(both, start)["gap"]
    if len(gap) < 8:
        return Estimate.missing(UNIT, f"{len(gap)} months are too few for a slope")
    value, half, rho = slope_interval(years(gap.index), gap)
    width = float(half[0])
    if measure == "index":
        rng = rng or np.random.default_rng(6)
        width = max(width, half_width(score_noise(both, start, draws=draws, rng=rng)))
    found = float(value[0])
    concerns = _concerns(both, gap, rho[0], measure)
    return Estimate(found, found - width, found + width, UNIT, n=len(gap), concerns=concerns)


def _concerns(both: Sides, gap: pd.Series, rho: float, measure: str) -> tuple[str, ...]:
    if measure == "arena":
        return ("the archive prints no intervals, and the exchange rate is taken as known",)
    since = gap.index[0] - pd.offsets.MonthBegin()
    steps = [(side.records["date"] >= since).sum() for side in (both.closed, both.open)]
    found = [f"the slope rests on {steps[0]} records of the leaders and {steps[1]} of Google"]
    if rho > 0.7:
        found.append(f"the gap remembers its past (autocorrelation {rho:.1f} from month to month)")
    return tuple(found)


@functools.cache
def arena_gap(leaders: tuple[str, ...] = LEADERS) -> pd.DataFrame:
    """Return the best ratings by month end and their gap, on the last snapshot of each month.

    Parameters
    ----------
    leaders : tuple of str
        The leading laboratories.

    Returns
    -------
    DataFrame
        ``leaders``, ``google``, ``best`` (of any closed model) and ``gap``, in Elo points. Months
        in whose last snapshot Google is not among the eight best closed models are left out.

    Examples
    --------
    >>> arena_gap().index[-1]
    Timestamp('2026-05-31 00:00:00')
    """
    table = known("arena_leaders")
    table = table[(table["series"] == ARCHIVE) & (table["weights"] == "closed")]
    month = table["snapshot"].dt.to_period("M")
    table = table[table["snapshot"] == table.groupby(month)["snapshot"].transform("max")]
    month = table["snapshot"].dt.to_period("M").dt.to_timestamp("M").dt.normalize()
    labs = table["developer"].astype(str)
    found = {
        "leaders": table["elo"].where(labs.isin(leaders)).groupby(month).max(),
        "google": table["elo"].where(labs.isin(GOOGLE)).groupby(month).max(),
        "best": table["elo"].groupby(month).max(),
    }
    wide = pd.DataFrame(found).dropna()
    return wide.assign(gap=wide["leaders"] - wide["google"])


def exchange_rate(vintage: str = VINTAGE, o3_date: str = "released") -> float:
    """Return index points per Elo point: the slope of the closed frontier's index on its rating.

    Both by month end over the archive, so that an Elo point is worth what the frontier paid for
    it.

    Examples
    --------
    >>> 0 < exchange_rate() < 1
    True
    """
    both, votes = sides(index(vintage), o3_date=o3_date), arena_gap()["best"]
    votes = votes[votes.index <= both.until]
    return float(slope(votes, both.closed(votes.index)))


def leading(*, vintage: str = VINTAGE, start: str = "2024-01-01") -> pd.Series:
    """Return the laboratory of the best closed model to date, by month end.

    Examples
    --------
    >>> leading().iloc[-1]
    'OpenAI'
    """
    both = sides(index(vintage))
    ends = pd.date_range(start, both.until, freq="ME")
    records = both.closed.records
    place = np.searchsorted(records["date"], ends, side="right") - 1
    labs = both.labs.reindex(records["name"].iloc[place]).to_numpy()
    return pd.Series([str(lab).split()[0] for lab in labs], ends)
