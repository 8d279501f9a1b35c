"""What the slope difference of C10 would be by chance, and whether it could be seen at all."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.frontier import Frontier
from uptake.openclosed.capability.index import VINTAGE, Sides, index, monthly, sides
from uptake.openclosed.capability.widening import (
    SCORE_LEVEL,
    best_by_month,
    half_width,
    score_noise,
    slope_difference,
)
from uptake.openclosed.simulations import SlopeSimulation
from uptake.openclosed.trends import slope, slope_interval, years


def simulate(
    effect: float,
    rng: np.random.Generator,
    *,
    both: Sides | None = None,
    start: str = "2023-01-01",
    frontier: str = "best",
    size: int = 400,
    growth: float = 1.0,
    score_level: float = SCORE_LEVEL,
    draws: int = 200,
) -> SlopeSimulation:
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
    score_level, draws
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
        since = years(dates, ends[0])
        deviations = scores - float(slope(t, side(ends))) * since
        drawn = rng.choice(deviations, (size, deviations.size))
        drawn += (shared + sign * effect / 2) * since
        gaps = gaps + sign * best_by_month(dates, drawn, ends, frontier)
    value, half, _ = slope_interval(t, gaps)
    noise = {"score_level": score_level, "draws": draws, "rng": rng}
    redrawn = score_noise(both, start, frontier=frontier, **noise)
    width = np.maximum(half, half_width(redrawn))
    return SlopeSimulation(effect, value - width, value + width, slopes=value)


def _released(
    side: Frontier, first: pd.Timestamp, growth: float, rng: np.random.Generator
) -> tuple[pd.DatetimeIndex, NDArray]:
    """Return release dates and scores, later ones repeated so that the rate rises by ``growth``."""
    span = np.clip(years(side.dates, first) / years(side.dates, first)[-1], 0, 1)
    extra = (growth - 1) * span
    copies = 1 + np.floor(extra).astype(int) + (rng.random(span.size) < extra % 1)
    return side.dates.repeat(copies), side.scores.repeat(copies)


def power(
    effect: float,
    rng: np.random.Generator,
    *,
    start: str = "2023-01-01",
    size: int = 1000,
    score_level: float = SCORE_LEVEL,
    draws: int = 200,
) -> SlopeSimulation:
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
    score_level, draws
        As in `slope_difference`.

    Returns
    -------
    SlopeSimulation
        Its ``power`` is the share of 95% intervals that leave out zero, its ``coverage`` the
        share that hold the effect.

    Examples
    --------
    >>> rng = np.random.default_rng(10)
    >>> power(20.0, rng, size=100).power > 0.9
    True
    """
    choices = {"start": start, "size": size, "score_level": score_level, "draws": draws}
    drift = simulate(0.0, rng, **choices).drift
    found = simulate(effect - drift, rng, **choices)
    return SlopeSimulation(effect, found.low, found.high, slopes=found.slopes)


READINGS = {
    "correlated months alone": {"draws": 0},
    "wider of the two, scores at 90%": {"score_level": 0.9},
    "wider of the two, scores at 95%": {"score_level": 0.95},
}
"""Ways to make the interval of C10 that its rule leaves open; the second is the one judged."""


def readings(
    effect: float, rng: np.random.Generator, *, size: int = 1000, batches: int = 10
) -> pd.DataFrame:
    """Return the interval of C10 by each way to make it, with what each way can see.

    Drift and score noise are simulated anew in every batch, so the spread of the batches holds
    all that simulation leaves uncertain.

    Parameters
    ----------
    effect : float
        Index points a year at which power is simulated.
    rng : Generator
        Source of randomness.
    size : int
        Number of simulated records in a batch.
    batches : int
        Number of batches, at least 2.

    Returns
    -------
    DataFrame
        By way: ``low`` and ``high`` of the 95% interval in index points a year, ``power``, its
        simulation standard ``error``, and ``coverage``; the last three are shares.

    Examples
    --------
    >>> readings(3.0, np.random.default_rng(1), size=50, batches=2).columns.tolist()
    ['low', 'high', 'power', 'error', 'coverage']
    """
    rows = {}
    for name, choice in READINGS.items():
        estimate = slope_difference(**choice)
        seen = [power(effect, rng, size=size, **choice) for _ in range(batches)]
        shares = np.array([(batch.power, batch.coverage) for batch in seen])
        error = shares[:, 0].std(ddof=1) / np.sqrt(batches)
        rows[name] = (estimate.low, estimate.high, *shares.mean(axis=0), error)
    columns = ["low", "high", "power", "coverage", "error"]
    table = pd.DataFrame(rows, index=columns).T
    return table[["low", "high", "power", "error", "coverage"]]
