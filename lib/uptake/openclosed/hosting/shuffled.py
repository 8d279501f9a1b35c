r"""The difference of two small groups' medians, with an interval from shuffling labels.

If the groups differ by a shift and in nothing else, then after the true shift is taken out every
way to deal the pooled values to the two groups is as likely as the one seen. The interval holds
the shifts that this permutation test does not reject (Fisher 1935; Bauer 1972, Journal of the
American Statistical Association 67). With few values it is exact and needs no normal law.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST = 20_000
"""Ways to deal the values, up to which all are tried; beyond, `DRAWN`
of them are drawn."""
DRAWN = 10_000
GRID = 60


@dataclass(frozen=True, eq=False)
class Chance:
    """What intervals of simulated groups did.

    Attributes
    ----------
    truth : float
        True difference.
    estimates : ndarray, shape (size,)
        Differences of medians.
    power, coverage : float
        Shares of the intervals that leave out zero, and that hold the truth.
    """

    truth: float
    estimates: NDArray
    power: float
    coverage: float


def p_value(first: ArrayLike, second: ArrayLike, shift: float = 0.0, *, most: int = MOST) -> float:
    """Return the two-sided permutation p-value of a shift between two groups' medians.

    Parameters
    ----------
    first, second : array-like, shapes (n,) and (m,)
        Values of the groups.
    shift : float
        Supposed median of ``first`` less that of ``second``.
    most : int
        Ways to deal the values up to which all are tried.

    Raises
    ------
    ValueError
        If a group has fewer than three values.

    Examples
    --------
    >>> p_value([4.0, 5.0, 6.0], [1.0, 2.0, 3.0])
    0.2
    """
    first, second = np.asarray(first, float) - shift, np.asarray(second, float)
    if min(first.size, second.size) < 3:
        raise ValueError(f"groups of {first.size} and {second.size}; give three values or more")
    pooled = np.concatenate([first, second])
    chosen, others = _deals(first.size, second.size, most)
    gaps = np.abs(np.median(pooled[chosen], axis=1) - np.median(pooled[others], axis=1))
    seen = abs(np.median(first) - np.median(second))
    return float((gaps >= seen - 1e-12 * (1 + seen)).mean())


def interval(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """Return the shifts of the first group's median over the second's that are not rejected.

    Parameters
    ----------
    first, second
        As in `p_value`.
    level : float
        Confidence level. Where the groups are too small to reject anything at that level, the
        interval is not bounded.

    Examples
    --------
    >>> low, high = interval([4.0, 5.0, 6.0, 7.0], [1.0, 2.0, 3.0, 3.5])
    >>> low < 3.0 < high
    True
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    middle = float(np.median(first) - np.median(second))
    # Groups moved by one constant have one answer, which is worked out once.
    low, high = _ends(tuple(np.round(first - np.median(second) - middle, 9)),
                      tuple(np.round(second - np.median(second), 9)), level)  # fmt: skip
    return middle + low, middle + high


@functools.cache
def _ends(first: tuple[float, ...], second: tuple[float, ...], level: float) -> tuple[float, float]:
    """Return the outermost shifts on a grid that are not rejected, each then halved in on."""

    def kept(shift: float) -> bool:
        return p_value(first, second, shift) > 1 - level + 1e-9

    reach, ends = 3 * (np.ptp(first + second) + 1e-9), []
    for side in (-1.0, 1.0):
        grid = side * np.linspace(0, reach, GRID)
        last = max(i for i, shift in enumerate(grid) if i == 0 or kept(shift))
        if last == GRID - 1:
            ends.append(side * math.inf)
            continue
        inner, outer = grid[last], grid[last + 1]
        while abs(outer - inner) > 1e-4 * reach:
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if kept(middle) else (inner, middle)
        ends.append(outer)
    return float(ends[0]), float(ends[1])


def simulate(
    first: ArrayLike,
    second: ArrayLike,
    effect: float,
    rng: np.random.Generator,
    *,
    size: int = 1000,
    most: int = 2000,
    level: float = 0.95,
) -> Chance:
    """Simulate groups as large and as spread as these, with a known difference of medians.

    Each group is drawn with replacement from its own values less their median, so the groups may
    differ in spread, which the interval supposes they do not; the real difference is not used.

    Parameters
    ----------
    first, second
        As in `p_value`.
    effect : float
        True difference.
    rng : Generator
        Source of the draws.
    size : int
        Number of simulated pairs of groups.
    most : int
        As in `p_value`; fewer ways than for the estimate, to save time.
    level : float
        Of the intervals.

    Examples
    --------
    >>> values = np.arange(8.0)
    >>> simulate(values, values, 50.0, np.random.default_rng(1), size=20).power
    1.0
    """
    groups = [np.asarray(each, float) - np.median(each) for each in (first, second)]
    drawn = [rng.choice(each, (size, each.size)) for each in groups]
    drawn[0] = drawn[0] + effect
    found = np.median(drawn[0], axis=1) - np.median(drawn[1], axis=1)
    pairs = list(zip(*drawn, strict=True))
    out, held = (
        np.array([p_value(a, b, shift, most=most) > 1 - level for a, b in pairs])
        for shift in (0.0, effect)
    )
    return Chance(effect, found, float((~out).mean()), float(held.mean()))


@functools.cache
def _deals(n: int, m: int, most: int) -> tuple[NDArray, NDArray]:
    """Return who is dealt to the first group and who to the second, the real deal first."""
    if math.comb(n + m, n) <= most:
        chosen = np.array(list(itertools.combinations(range(n + m), n)))
    else:
        # A fixed stream: the deals are a table and no property of the data.
        order = np.random.default_rng(1935).permuted(
            np.tile(np.arange(n + m), (min(most, DRAWN), 1)), axis=1
        )
        chosen = np.vstack([np.arange(n), order[:, :n]])
    inside = np.zeros((len(chosen), n + m), bool)
    np.put_along_axis(inside, chosen, True, axis=1)
    others = np.nonzero(~inside)[1].reshape(len(chosen), m)
    return chosen, others
