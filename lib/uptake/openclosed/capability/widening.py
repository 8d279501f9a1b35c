"""C10: is the gap widening? The slope difference of two frontiers, and what it could be by chance.

Three kinds of doubt are kept apart: the scores are estimates (noise of each score), the record is
short and moves in steps (serial correlation), and one laboratory may make the result (leave one
out). Models are never resampled: a running maximum of resampled models is no running maximum.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from uptake.frontier import Frontier
from uptake.openclosed.capability.index import Sides, index, monthly, sides, years
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.trends import slope, slope_interval

UNIT = "index points a year"
VINTAGE = "2026-05-14"
LEVEL = 0.95


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
    draws : int
        Number of redrawn sets of scores.
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
    noise = score_noise(both, start, frontier=frontier, draws=draws, rng=rng)
    width = float(max(half[0], _half_width(noise)))
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
    found = [f"{steps[0]} closed and {steps[1]} open records make the slopes"]
    if rho > 0.7:
        found.append(f"the gap remembers its past (autocorrelation {rho:.1f} from month to month)")
    return found


def score_noise(
    both: Sides,
    start: str,
    *,
    frontier: str = "best",
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
    start, frontier
        As in `slope_difference`.
    draws : int
        Number of sets of scores.
    rng : Generator, optional
        By default seeded with 10.

    Returns
    -------
    ndarray, shape (draws,)
    """
    rng = rng or np.random.default_rng(10)
    ends = monthly(both, start, frontier=frontier).index
    gaps = []
    for side in (both.closed, both.open):
        scores = side.scores + side.errors * rng.standard_normal((draws, side.scores.size))
        gaps.append(_best(side.dates, scores, ends, frontier))
    return slope(years(ends), gaps[0] - gaps[1])


def _best(dates: pd.DatetimeIndex, scores: NDArray, ends: pd.DatetimeIndex, kind: str) -> NDArray:
    """Return the frontier of each row of scores at each month end, shape (rows, months)."""
    place = np.searchsorted(dates, ends, side="right")
    if kind == "best":
        return np.maximum.accumulate(scores, axis=1)[:, place - 1]
    top = [np.partition(scores[:, :n], n - 3, axis=1)[:, n - 3 :].mean(axis=1) for n in place]
    return np.stack(top, axis=1)


@dataclass(frozen=True, eq=False)
class Simulation:
    """Slope differences of simulated pairs of frontiers with a known one.

    Attributes
    ----------
    truth : float
        Difference of the slopes that the models were drawn with, in index points a year.
    slopes, low, high : ndarray, shape (size,)
        Estimated difference and ends of its interval.
    """

    truth: float
    slopes: NDArray
    low: NDArray
    high: NDArray

    @property
    def power(self) -> float:
        """Share of intervals that leave out zero."""
        return float(((self.low > 0) | (self.high < 0)).mean())

    @property
    def coverage(self) -> float:
        """Share of intervals that hold the truth."""
        return float(((self.low <= self.truth) & (self.truth <= self.high)).mean())

    @property
    def drift(self) -> float:
        """Mean estimate less the truth: what running maxima do by themselves."""
        return float(self.slopes.mean() - self.truth)


def simulate(
    effect: float,
    rng: np.random.Generator,
    *,
    both: Sides | None = None,
    start: str = "2023-01-01",
    frontier: str = "best",
    size: int = 400,
    growth: float = 1.0,
) -> Simulation:
    r"""Simulate pairs of frontiers whose models' slopes differ, released as the real ones were.

    Every model is released on its real day. Its score is a line plus a deviation drawn from its
    side's own deviations from that line (small models and score noise included):

    .. math:: s_i = a + (b \pm e/2)\, t_i + d_{k(i)}, \qquad k(i) \text{ at random}

    with ``b`` the mean slope of the two real frontiers and ``e`` the effect. The level of the gap
    does not matter to its slope. With ``effect`` 0 this is the null on which the gap moves only
    because a maximum grows with the number of draws; ``growth`` repeats open releases at random,
    the later ones more often, to see how much that can do.

    Parameters
    ----------
    effect : float
        Difference of the slopes, index points a year.
    rng : Generator
        Source of randomness.
    both : Sides, optional
        By default the primary choice.
    start, frontier
        As in `slope_difference`.
    size : int
        Number of simulated records.
    growth : float
        Rate of open releases at the end, in multiples of the real one; at least 1.

    Examples
    --------
    >>> simulate(0.0, np.random.default_rng(1), size=50).slopes.shape
    (50,)
    """
    both = both or sides(index(VINTAGE))
    table = monthly(both, start, frontier=frontier)
    ends, t = table.index, years(table.index)
    shared = float(slope(t, table[["closed", "open"]].to_numpy().T).mean())
    gaps = 0.0
    for side, sign in ((both.closed, 1), (both.open, -1)):
        dates, scores = _released(side, ends[0], growth if sign < 0 else 1.0, rng)
        since = _since(dates, ends[0])
        deviations = scores - float(slope(t, side(ends))) * since
        drawn = rng.choice(deviations, (size, deviations.size))
        drawn += (shared + sign * effect / 2) * since
        gaps = gaps + sign * _best(dates, drawn, ends, frontier)
    value, half, _ = slope_interval(t, gaps)
    noise = score_noise(both, start, frontier=frontier, rng=rng)
    width = np.maximum(half, _half_width(noise))
    return Simulation(effect, value, value - width, value + width)


def _half_width(slopes: NDArray) -> float:
    return float(norm.ppf((1 + LEVEL) / 2) * slopes.std(ddof=1))


def _since(dates: pd.DatetimeIndex, day: pd.Timestamp) -> NDArray:
    return np.asarray((dates - day) / pd.Timedelta(days=365.25), float)


def _released(
    side: Frontier, first: pd.Timestamp, growth: float, rng: np.random.Generator
) -> tuple[pd.DatetimeIndex, NDArray]:
    """Return release dates and scores, later ones repeated so that the rate rises by ``growth``."""
    span = np.clip(_since(side.dates, first) / _since(side.dates, first)[-1], 0, 1)
    extra = (growth - 1) * span
    copies = 1 + np.floor(extra).astype(int) + (rng.random(span.size) < extra % 1)
    return side.dates.repeat(copies), side.scores.repeat(copies)


def power(
    effect: float, rng: np.random.Generator, *, start: str = "2023-01-01", size: int = 1000
) -> Simulation:
    """Simulate records as long and as noisy as the real one, with an effect on the frontiers.

    The estimand is the slope of the frontiers, and equal slopes of the models do not make equal
    slopes of the frontiers (see `simulate`). So the models' slopes are set apart by the effect
    less that drift: the mean slope difference of the frontiers is the effect itself.

    Parameters
    ----------
    effect : float
        Index points a year; for the claim's power its smallest effect that matters.
    rng : Generator
        Source of randomness.
    start : str
        First month.
    size : int
        Number of simulated records.

    Returns
    -------
    Simulation
        Its ``power`` is the share of 95% intervals that leave out zero, its ``coverage`` the
        share that hold the effect.

    Examples
    --------
    >>> rng = np.random.default_rng(10)
    >>> power(20.0, rng, size=100).power > 0.9
    True
    """
    drift = simulate(0.0, rng, start=start, size=size).drift
    found = simulate(effect - drift, rng, start=start, size=size)
    return Simulation(effect, found.slopes, found.low, found.high)


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
