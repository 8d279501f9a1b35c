"""Could a change in access delays be seen? Simulated lists of models that are held back or not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.release.access import HORIZON, change
from uptake.openclosed.release.listings import delays
from uptake.openclosed.release.turnbull import Waiting, waiting
from uptake.openclosed.simulations import Simulation

HELD = 63
"""Days for which the one case known when the rule was written was held back."""


@dataclass(frozen=True, eq=False)
class DelaySimulation(Simulation):
    """Simulated changes of the mean access delay within 90 days, in days.

    Attributes
    ----------
    values : ndarray, shape (size,)
        Estimates.
    held_share : float
        Share of the releases of 2026 that are held back to make the change.
    """

    values: NDArray
    held_share: float


def simulate_delays(
    effect: float,
    rng: np.random.Generator,
    *,
    held: int = HELD,
    size: int = 200,
    draws: int = 199,
    **choices: str,
) -> DelaySimulation:
    """Simulate two years of releases, some of 2026 held back, seen through lists as sparse.

    Every release keeps its laboratory, day and number of models. Its wait is drawn from both
    years' waits together, so that without an effect the years are alike; models released
    together wait together. A share of the releases of 2026 waits ``held`` days longer. The lists
    are read at intervals drawn from the real ones with a random phase, and end at the freeze.

    Parameters
    ----------
    effect : float
        Change of the mean wait within 90 days, in days.
    rng : Generator
        Source of randomness.
    held : int
        Days for which a release is held back. The more days, the fewer releases, and the
        harder the effect is to see.
    size : int
        Number of simulated records.
    draws : int
        Resampled sets of releases behind each interval.
    **choices
        As for `delays`.

    Raises
    ------
    ValueError
        If no share of releases held for so few days makes such an effect.

    Examples
    --------
    >>> simulate_delays(0.0, np.random.default_rng(5), size=3, draws=49).low.shape
    (3,)
    """
    table = delays(**choices).table
    pooled = waiting(table["first"], table["last"])
    share = _held_share(pooled, effect, held)
    widths = (table["last"] - table["first"] + 1)[np.isfinite(table["last"])].to_numpy()
    rows = []
    for _ in range(size):
        waits = _waits(table, pooled, share * (table["year"] == 2026), held, rng)
        rows.append(change(_seen(table, waits, widths, rng), draws, rng))
    values, low, high = np.array(rows).T
    return DelaySimulation(effect, low, high, values, share)


def _held_share(pooled: Waiting, effect: float, held: int) -> float:
    later = Waiting(pooled.first + held, pooled.last + held, pooled.mass)
    share = effect / float(later.mean(HORIZON)[0] - pooled.mean(HORIZON)[0])
    if not 0 <= share <= 1:
        raise ValueError(f"{effect} days need a share of {share:.2f}; hold for more days")
    return share


def _waits(
    table: pd.DataFrame, pooled: Waiting, share: pd.Series, held: int, rng: np.random.Generator
) -> NDArray:
    code, names = pd.factorize(table["cluster"])
    cells = rng.choice(pooled.first.size, len(names), p=pooled.mass[0] / pooled.mass[0].sum())
    # Mass without end lies beyond the horizon, as in the mean.
    ends = np.isinf(pooled.last)
    near = np.where(ends, HORIZON + 1, pooled.first).astype(int)
    far = np.where(ends, HORIZON + 1, pooled.last).astype(int)
    waits = rng.integers(near[cells], far[cells] + 1)
    by_release = share.groupby(code).first().to_numpy()
    return (waits + held * (rng.random(len(names)) < by_release))[code]


def _seen(
    table: pd.DataFrame, waits: NDArray, widths: NDArray, rng: np.random.Generator
) -> pd.DataFrame:
    width = rng.choice(widths, len(table))
    last = waits + np.floor(rng.random(len(table)) * width)
    first = np.maximum(last - width + 1, 0)
    left = (FREEZE - table["released"]).dt.days.to_numpy(float)
    listed = last <= left
    return table.assign(
        first=np.where(listed, first, left + 1),
        last=np.where(listed, last, np.inf),
    )
