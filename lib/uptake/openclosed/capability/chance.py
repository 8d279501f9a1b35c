"""What the slope difference of C10 would be by chance, and whether it could be seen at all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.frontier import Frontier
from uptake.openclosed.capability.index import VINTAGE, Sides, index, monthly, sides, years
from uptake.openclosed.capability.widening import best_by_month, half_width, score_noise
from uptake.openclosed.trends import slope, slope_interval


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
    draws: int = 200,
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
    draws : int
        As in `slope_difference`.

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
        gaps = gaps + sign * best_by_month(dates, drawn, ends, frontier)
    value, half, _ = slope_interval(t, gaps)
    redrawn = score_noise(both, start, frontier=frontier, draws=draws, rng=rng)
    width = np.maximum(half, half_width(redrawn))
    return Simulation(effect, value, value - width, value + width)


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
    effect: float,
    rng: np.random.Generator,
    *,
    start: str = "2023-01-01",
    size: int = 1000,
    draws: int = 200,
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
    draws : int
        As in `slope_difference`.

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
    drift = simulate(0.0, rng, start=start, size=size, draws=draws).drift
    found = simulate(effect - drift, rng, start=start, size=size, draws=draws)
    return Simulation(effect, found.slopes, found.low, found.high)
