"""What the drift of the lag would be by chance, and which interval of it keeps its promise."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake import frontier
from uptake.frontier import Frontier
from uptake.openclosed.capability import Sides, index, monthly, sides
from uptake.openclosed.selfimprovement.estimators import interval
from uptake.openclosed.selfimprovement.lags import allowance, behind, monthly_lag
from uptake.openclosed.simulations import Simulation
from uptake.openclosed.trends import slope, years

VINTAGE = "2026-05-14"
FIRST = "2023-01-01"  # the frontiers' own speeds are those of the whole record


@dataclass(frozen=True, eq=False)
class DriftSimulation(Simulation):
    """Drifts of simulated records whose true drift is known, each with its interval.

    Attributes
    ----------
    drifts : ndarray, shape (size,)
        Estimates, months a year.
    by_itself : float
        Mean drift of records whose two sides improve equally fast, months a year: what running
        maxima do on these days of release. The truth is set apart from it.
    """

    drifts: NDArray
    by_itself: float

    def as_short_as(self, half: float) -> tuple[float, float]:
        """Return the share of intervals with at most this half-width, and how many of them hold.

        An interval is short when a record happens to look regular; then it promises too much.
        """
        short = self.high - self.low <= 2 * half
        return float(short.mean()), float(self.covered[short].mean())


def power(
    effect: float,
    rng: np.random.Generator,
    *,
    vintage: str = VINTAGE,
    start: str = "2025-01-01",
    tolerance: str = "exact",
    estimator: str = "trend",
    size: int = 2000,
) -> DriftSimulation:
    """Simulate records as long and as noisy as the real one whose lag drifts by an effect.

    Equal speeds of the models do not make a lag without drift (see `records`). So the models'
    speeds are set apart by the effect less that drift: the mean drift of the lag is the effect.

    Parameters
    ----------
    effect : float
        Months a year; for the claim's power its smallest effect that matters.
    rng : Generator
        Source of randomness.
    vintage, start, tolerance, estimator
        As in `lag_drift`; "hac" and "ar1" as the estimator give the straight line the interval of
        Newey and West and that of autoregressive errors, for comparison.
    size : int
        Number of records.

    Examples
    --------
    >>> found = power(2.0, np.random.default_rng(1), size=50)
    >>> found.drifts.shape
    (50,)
    """
    both = sides(index(vintage))
    choice = {"both": both, "start": start, "tolerance": tolerance, "size": size}
    t, still = records(0.0, rng, **choice)
    by_itself = float(interval(t, still, estimator)[0].mean())
    t, lags = records(effect - by_itself, rng, **choice)
    value, half = interval(t, lags, estimator)
    return DriftSimulation(effect, value - half, value + half, value, by_itself)


def coverage(
    effects: tuple[float, ...], rng: np.random.Generator, *, size: int = 2000, **choices: str
) -> pd.DataFrame:
    """Return how often each kind of interval holds the truth, and leaves out zero.

    Parameters
    ----------
    effects : tuple of float
        True drifts, months a year.
    rng : Generator
        Source of randomness.
    size : int
        Number of records; the simulation error of a share of 0.95 is 0.005 at 2000.
    **choices
        As for `power`.

    Returns
    -------
    DataFrame
        By interval and effect: ``coverage``, ``leaves out zero`` (shares) and ``half-width``, the
        median in months a year.

    Examples
    --------
    >>> coverage((0.0,), np.random.default_rng(1), size=50).index.names
    FrozenList(['interval', 'effect'])
    """
    names = {
        "hac": "line, Newey-West",
        "trend": "line, correlated months",
        "random_walk": "mean step",
    }
    rows = {}
    for estimator, name in names.items():
        for effect in effects:
            found = power(effect, rng, estimator=estimator, size=size, **choices)
            half = float(np.median(found.high - found.low) / 2)
            rows[name, effect] = (found.coverage, found.power, half)
    table = pd.DataFrame(rows, index=["coverage", "leaves out zero", "half-width"]).T
    return table.rename_axis(["interval", "effect"])


def records(
    drift: float,
    rng: np.random.Generator,
    *,
    both: Sides,
    start: str = "2025-01-01",
    tolerance: str = "exact",
    size: int = 400,
    calendar: str = "real",
) -> tuple[NDArray, NDArray]:
    r"""Simulate monthly lags of two sides whose models improve at different speeds.

    Every model keeps its day of release and the error of its score. Its score is a line plus a
    deviation drawn from its side's own,

    .. math:: s_i = b_{k} (t_i - \bar t) + d_{j(i)}, \qquad
              b_{\text{open}} = (1 - e / 12)\, b_{\text{closed}},

    since a follower that improves by a share less than its leader falls behind by that share of
    every month; :math:`\bar t` is the middle of the window, where the lag is as long as the real
    one. The speed of the closed side is the mean of both real frontiers since 2023. Deviations
    hold small models and score noise.

    Parameters
    ----------
    drift : float
        ``e``, months a year.
    rng : Generator
        Source of randomness.
    both : Sides
        The real sides.
    start, tolerance
        As in `monthly_lag`; the months are those of the real record.
    size : int
        Number of records.
    calendar : {"real", "even"}
        Whether models are released on their real days, or as many evenly over the same time.

    Raises
    ------
    ValueError
        If ``calendar`` is neither of the two.

    Returns
    -------
    ndarray, shape (n,)
        Years since the first month.
    ndarray, shape (size, n)
        Lag in months.

    Examples
    --------
    >>> both = sides(index("2026-05-14"))
    >>> records(0.0, np.random.default_rng(1), both=both, size=5)[1].shape
    (5, 16)
    """
    if calendar not in ("real", "even"):
        raise ValueError(f"calendar is {calendar!r}; use 'real' or 'even'")
    ends = monthly_lag(both, start, tolerance=tolerance).index
    whole = monthly(both, FIRST)
    own = slope(years(whole.index), whole[["closed", "open"]].to_numpy().T)
    if calendar == "even":
        fronts = (both.closed, both.open)
        closed, opened = (_even(f, b, both.until) for f, b in zip(fronts, own, strict=True))
        both = replace(both, closed=closed, open=opened)
    speed, middle = float(own.mean()), ends[0] + (ends[-1] - ends[0]) / 2
    drawn = [
        _drawn(side, pace, new, middle, size, rng)
        for side, pace, new in zip(
            (both.closed, both.open), own, (speed, speed * (1 - drift / 12)), strict=True
        )
    ]
    z = allowance(tolerance)
    lags, _ = behind(both, ends, standard_errors=z, closed=drawn[0], opened=drawn[1])
    return years(ends), lags


def _drawn(
    side: Frontier, own: float, new: float, day: pd.Timestamp, size: int, rng: np.random.Generator
) -> NDArray:
    t = years(side.dates, day)
    deviations = side.scores - own * t
    return rng.choice(deviations, (size, deviations.size)) + new * t


def _even(side: Frontier, own: float, until: pd.Timestamp) -> Frontier:
    """Return a side released evenly; each score moves along its side's line with its day."""
    dates = pd.date_range(side.dates[0], until, periods=side.dates.size).floor("D")
    moved = years(dates, side.dates)
    return frontier.frontier(dates, side.scores + own * moved, errors=side.errors)


def by_calendar(rng: np.random.Generator, *, vintage: str = VINTAGE, size: int = 2000) -> pd.Series:
    """Return the mean drift of the lag when both sides improve equally fast, by calendar.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    vintage : str
        Edition whose days of release, or whose number of models, are taken.
    size : int
        Number of records.

    Returns
    -------
    Series
        Months a year for the calendars "real" and "even".

    Examples
    --------
    >>> found = by_calendar(np.random.default_rng(1), size=200)
    >>> bool(found["real"] > found["even"])
    True
    """
    both, found = sides(index(vintage)), {}
    for calendar in ("real", "even"):
        t, lags = records(0.0, rng, both=both, size=size, calendar=calendar)
        found[calendar] = float(slope(t, lags).mean())
    return pd.Series(found)
