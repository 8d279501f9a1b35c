"""C10: is the gap widening? The slope difference of two frontiers, and what it could be by chance.

Three kinds of doubt are kept apart: the scores are estimates (noise of each score), the record is
short and moves in steps (serial correlation), and one laboratory may make the result (leave one
out). Models are never resampled: a running maximum of resampled models is no running maximum.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from uptake.openclosed.capability.index import VINTAGE, Sides, index, monthly, sides
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.trends import slope, slope_interval, years

UNIT = "index points a year"
LEVEL = 0.95
SCORE_LEVEL = 0.9
"""How the producer's intervals of scores are read; it does not state their level."""


def slope_difference(
    *,
    vintage: str = VINTAGE,
    licence: str = "any",
    o3_date: str = "released",
    start: str = "2023-01-01",
    unknown: str = "out",
    country: str = "all",
    frontier: str = "best",
    without: tuple[str, ...] = (),
    score_level: float = SCORE_LEVEL,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> Estimate:
    r"""Estimate C10: the slope of the closed frontier less that of the open one.

    The slope of the monthly gap by least squares. Half-width of the interval:

    .. math:: h = \max(c_\rho\, s_\rho,\; 1.96\, s_e)

    with :math:`s_\rho` the standard error under AR(1) errors and :math:`c_\rho` its simulated
    cut-off (`uptake.openclosed.trends`), and :math:`s_e` the standard deviation of the slope when
    every score is redrawn within its own interval and both frontiers are built anew. The first
    contains the score noise that shows within the record, so the two are not added: that would
    count it twice (simulated coverage was 99% or more). The wider holds.

    Parameters
    ----------
    vintage : str
        Edition of the index, by the freeze.
    licence, o3_date, unknown, country, without
        Which models count; see `sides`.
    start : str
        First month of the slope. Records set before it count as standing.
    frontier : {"best", "top3"}
        Best so far, or mean of the best three so far.
    score_level : float
        Level at which the producer's intervals of scores are read.
    draws : int
        Number of redrawn sets of scores; with 0 the noise of the scores is left out.
    rng : Generator, optional
        Source of the redrawn scores; by default one seeded with 10, the claim's number.

    Returns
    -------
    Estimate
        In index points a year; positive when the gap widens.

    Examples
    --------
    >>> estimate = slope_difference(draws=50)
    >>> estimate.unit, bool(estimate.low < estimate.value < estimate.high)
    ('index points a year', True)
    """
    choices = {"licence": licence, "o3_date": o3_date, "unknown": unknown, "country": country}
    both = sides(index(_frozen(vintage)), **choices, without=without)
    table = monthly(both, start, frontier=frontier)
    if len(table) < 8:
        return Estimate.missing(UNIT, f"{len(table)} months are too few for a slope")
    value, half, rho = slope_interval(years(table.index), table["gap"])
    noise = {"score_level": score_level, "draws": draws, "rng": rng}
    redrawn = score_noise(both, start, frontier=frontier, **noise)
    width = float(max(half[0], half_width(redrawn)))
    low, high = value[0] - width, value[0] + width
    concerns = tuple(_concerns(both, table, rho[0]))
    return Estimate(float(value[0]), low, high, UNIT, n=len(table), concerns=concerns)


def _frozen(vintage: str) -> pd.Timestamp:
    day = pd.Timestamp(vintage)
    if day > FREEZE:
        raise ValueError(f"edition {vintage} is later than the freeze; it may score, not be fitted")
    return day


def _concerns(both: Sides, table: pd.DataFrame, rho: float) -> list[str]:
    since = table.index[0] - pd.offsets.MonthBegin()
    steps = [(side.records["date"] >= since).sum() for side in (both.closed, both.open)]
    found = [f"{steps[0]} closed and {steps[1]} open records are all the slopes rest on"]
    if rho > 0.7:
        found.append(f"the gap remembers its past (autocorrelation {rho:.1f} from month to month)")
    return found


def score_noise(
    both: Sides,
    start: str,
    *,
    frontier: str = "best",
    score_level: float = SCORE_LEVEL,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> NDArray:
    """Return the slopes that redrawn scores give, in index points a year.

    Each score is redrawn around itself with its own standard error, independently of the others,
    and both frontiers are built anew; who sets a record may change. What counts is their spread:
    their mean is biased, since noise lifts a maximum.

    Parameters
    ----------
    both : Sides
        The two sides.
    start, frontier, score_level
        As in `slope_difference`.
    draws : int
        Number of sets of scores.
    rng : Generator, optional
        By default seeded with 10.

    Returns
    -------
    ndarray, shape (draws,)
    """
    ends = monthly(both, start, frontier=frontier).index
    noise = {"score_level": score_level, "draws": draws, "rng": rng}
    return slope(years(ends), redrawn_gaps(both, ends, frontier=frontier, **noise))


def redrawn_gaps(
    both: Sides,
    ends: pd.DatetimeIndex,
    *,
    frontier: str = "best",
    score_level: float = SCORE_LEVEL,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> NDArray:
    """Return the gap at month ends for each redrawn set of scores, shape (draws, months).

    Parameters
    ----------
    both : Sides
        The two sides.
    ends : DatetimeIndex
        Month ends, when both sides have a model.
    frontier, score_level, draws, rng
        As in `score_noise`.
    """
    rng = rng or np.random.default_rng(10)
    # `index` reads the intervals at SCORE_LEVEL; another reading scales all errors alike.
    scale = norm.ppf((1 + SCORE_LEVEL) / 2) / norm.ppf((1 + score_level) / 2)
    gaps = []
    for side in (both.closed, both.open):
        noise = side.errors * scale * rng.standard_normal((draws, side.scores.size))
        gaps.append(best_by_month(side.dates, side.scores + noise, ends, frontier))
    return gaps[0] - gaps[1]


def best_by_month(
    dates: pd.DatetimeIndex, scores: NDArray, ends: pd.DatetimeIndex, kind: str
) -> NDArray:
    """Return the frontier of each row of scores at each month end, shape (rows, months)."""
    place = np.searchsorted(dates, ends, side="right")
    if kind == "best":
        return np.maximum.accumulate(scores, axis=1)[:, place - 1]
    top = [np.partition(scores[:, :n], n - 3, axis=1)[:, n - 3 :].mean(axis=1) for n in place]
    return np.stack(top, axis=1)


def leave_one_out(**choices: object) -> pd.DataFrame:
    """Return the slope difference without each laboratory that set a record, one at a time.

    Parameters
    ----------
    **choices
        As for `slope_difference`.

    Returns
    -------
    DataFrame
        By developer left out: ``slope``, ``low``, ``high`` in index points a year, and ``records``,
        the number of records it holds.
    """
    kept = ("licence", "o3_date", "unknown", "country")
    vintage = _frozen(str(choices.get("vintage", VINTAGE)))
    both = sides(index(vintage), **{k: v for k, v in choices.items() if k in kept})
    setters = pd.concat([both.closed.records["name"], both.open.records["name"]])
    counts = setters.map(both.labs).value_counts()
    rows = {}
    for lab, records in counts.items():
        e = slope_difference(**choices, without=(lab,))
        rows[lab] = {"slope": e.value, "low": e.low, "high": e.high, "records": records}
    return pd.DataFrame(rows).T


def half_width(slopes: NDArray) -> float:
    """Return the half-width of a normal 95% interval with the spread of these slopes; 0 of none."""
    if slopes.size == 0:
        return 0.0
    return float(norm.ppf((1 + LEVEL) / 2) * slopes.std(ddof=1))
