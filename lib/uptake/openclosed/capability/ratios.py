"""Could the ratio of C9 be told from one? Simulated before it is estimated."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from uptake.frontier import DAYS_PER_MONTH
from uptake.openclosed.capability.benchmarks import attainable, groups, ratio
from uptake.openclosed.capability.waiting import restricted_mean
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.simulations import Simulation


@dataclass(frozen=True, eq=False)
class RatioSimulation(Simulation):
    """Intervals for a known ratio; nothing happens where it is one."""

    no_effect: ClassVar[float] = 1.0


def ratio_power(
    effect: float, rng: np.random.Generator, *, size: int = 300, draws: int = 199
) -> RatioSimulation:
    """Simulate the primary ratio with a known effect on records as many and as uneven as ours.

    The labels newer and older are shuffled among the benchmarks, which removes any real
    difference and keeps their unevenness and their censoring. Then all waits on "newer" ones are
    stretched and those on "older" ones shortened, each by the factor that moves the mean of all
    benchmarks by the square root of the effect, and cut at the freeze.

    Parameters
    ----------
    effect : float
        The true ratio; for the claim's power its smallest effect that matters.
    rng : Generator
        Source of randomness.
    size : int
        Number of simulated records.
    draws : int
        Resampled sets for each.

    Returns
    -------
    RatioSimulation
        Its ``power`` is the share of 95% intervals that leave out one.

    Examples
    --------
    >>> ratio_power(1.0, np.random.default_rng(9), size=20).truth
    1.0
    """
    table = groups()
    longer, shorter = _stretch(table, np.sqrt(effect)), _stretch(table, 1 / np.sqrt(effect))
    labels = table.drop_duplicates("benchmark").set_index("benchmark")["newer"]
    ends = []
    for _ in range(size):
        shuffled = pd.Series(rng.permutation(labels.to_numpy()), labels.index)
        drawn = table.assign(newer=table["benchmark"].map(shuffled))
        factors = np.where(drawn["newer"], longer, shorter)
        ends.append(ratio(_stretched(drawn, factors), draws, rng)[1:])
    low, high = np.array(ends).T
    return RatioSimulation(effect, low, high)


def _stretched(table: pd.DataFrame, factors: NDArray | float) -> pd.DataFrame:
    watched = np.asarray((FREEZE - table["date"]) / pd.Timedelta(days=DAYS_PER_MONTH), float)
    months = np.where(table["matched"], table["months"] * factors, np.inf)
    matched = months <= watched
    return table.assign(months=np.where(matched, months, watched), matched=matched)


def _stretch(table: pd.DataFrame, effect: float) -> float:
    """Return the factor on waiting times that multiplies their restricted mean by ``effect``."""

    def mean(factor: float) -> float:
        moved = _stretched(table, factor)
        return float(restricted_mean(moved["months"], moved["matched"], moved["weight"])[0])

    target, longest = effect * mean(1.0), mean(1000.0)
    if target > longest:
        raise ValueError(
            f"within 12 months a mean of {target:.1f} cannot be; the most is {longest:.1f}"
        )
    return float(brentq(lambda factor: mean(factor) - target, 1e-3, 1000.0))


def by_horizon(months: Sequence[float] = (12.0, 18.0, 24.0), *, draws: int = 999) -> pd.DataFrame:
    """Return the ratio of C9 for several horizons, each beside the most that it could be.

    The claim's horizon is 12 months; the others only show what that choice rules out.

    Parameters
    ----------
    months : sequence of float
        Horizons to which the Kaplan-Meier means are restricted.
    draws : int
        Resampled sets of benchmarks for each interval.

    Returns
    -------
    DataFrame
        By horizon: ``ratio``, ``low`` and ``high`` of its 95% interval, ``most`` (see
        `attainable`).

    Examples
    --------
    >>> table = by_horizon([12.0, 24.0], draws=99)
    >>> bool((table["ratio"] < table["most"]).all())
    True
    """
    table, rows = groups(), {}
    for horizon in months:
        summary = functools.partial(restricted_mean, horizon=horizon)
        found = ratio(table, draws, np.random.default_rng(9), summary)
        rows[horizon] = (*found, attainable(table, horizon=horizon))
    return pd.DataFrame(rows, index=["ratio", "low", "high", "most"]).T.rename_axis("months")
