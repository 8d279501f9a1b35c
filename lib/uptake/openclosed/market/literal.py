r"""C1, the rule's equation read to the letter: a room that stays as it is while all use grows.

With one room :math:`K` for the whole record, :math:`d\ln N_1/dt = r (1 - (N_1 + a N_2) / K)` is a
line in the two levels,

.. math:: g_t = r + b_1 N_{1,t-1} + b_2 N_{2,t-1} + e_t, \qquad a = b_2 / b_1 .

Both levels grow over the record, and a level that is regressed on its own sum of errors is pulled
back to the other's trend, so the ratio answers to that and not to displacement. `literal_chance`
shows how it comes out on records whose displacement is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.market.calibration import drawn
from uptake.openclosed.market.displacement import UNIT, in_tokens
from uptake.openclosed.market.profile import LEVEL, Steps
from uptake.openclosed.rules import Region


@dataclass(frozen=True, eq=False)
class Levels:
    """Both sides before each step of a record.

    Attributes
    ----------
    own, other : ndarray, shape (n,)
        Levels, as multiples of the mean of the displaced side.
    growth : ndarray, shape (n,)
        Log growth of the displaced side in the step.
    first : ndarray of bool, shape (n,)
        Whether the step before is missing, so that the level is not the sum of earlier steps.
    """

    own: NDArray
    other: NDArray
    growth: NDArray
    first: NDArray

    @classmethod
    def of(cls, table: pd.DataFrame) -> Levels:
        """Return the levels before the steps of `Steps.of`, closed use displaced.

        Parameters
        ----------
        table : DataFrame
            As `market.record` returns it.
        """
        number = table["number"].to_numpy(int)
        next_door = (np.diff(number) == 1) & (np.diff(table["part"]) == 0)
        own, other = table[["closed", "open"]].to_numpy(float)[:-1][next_door].T
        first = np.diff(np.flatnonzero(next_door), prepend=-2) != 1
        unit = own.mean()
        return cls(own / unit, other / unit, Steps.of(table).growth, first)

    def grown(self, growth: NDArray) -> NDArray:
        """Return the own levels that other growth would have made, from the same first levels.

        Parameters
        ----------
        growth : ndarray, shape (b, n)
            Log growth by step in ``b`` records.
        """
        level, found = np.ones(len(growth)), np.empty_like(growth)
        for step in range(growth.shape[1]):
            if self.first[step]:
                level = np.full(len(growth), self.own[step])
            found[:, step] = level
            level = level * np.exp(growth[:, step])
        return found


def ratio_of_slopes(
    own: NDArray, other: NDArray, growth: NDArray, *, level: float = LEVEL
) -> tuple[NDArray, NDArray, NDArray]:
    r"""Return :math:`b_2 / b_1` of each record with the ends of its confidence set.

    The set is Fieller's (1954): the values at which :math:`b_2 - a b_1` is not told from zero.

    Parameters
    ----------
    own, other, growth : ndarray, shape (b, n)
        Levels before each step and the log growth in it.
    level : float
        Confidence level.

    Returns
    -------
    tuple of ndarray, shape (b,)
        Ratio, low end and high end; both ends infinite where ``b_1`` is not told from zero.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> own, other = rng.uniform(1, 2, (2, 1, 50))
    >>> growth = 1 - 0.5 * (own + 2 * other) + 1e-3 * rng.normal(size=(1, 50))
    >>> [round(float(end[0]), 1) for end in ratio_of_slopes(own, other, growth)]
    [2.0, 2.0, 2.0]
    """
    design = np.stack([np.ones_like(own), own, np.broadcast_to(other, own.shape)], axis=-1)
    inverse = np.linalg.inv(np.swapaxes(design, 1, 2) @ design)
    slopes = (inverse @ (np.swapaxes(design, 1, 2) @ growth[..., None]))[..., 0]
    rest = growth - (design @ slopes[..., None])[..., 0]
    freedom = own.shape[1] - 3
    cut = stats.t.ppf((1 + level) / 2, freedom) ** 2 * np.square(rest).sum(axis=1) / freedom
    one, two = slopes[:, 1], slopes[:, 2]
    square = one**2 - cut * inverse[:, 1, 1]
    middle = one * two - cut * inverse[:, 1, 2]
    constant = two**2 - cut * inverse[:, 2, 2]
    half = np.sqrt(np.maximum(middle**2 - square * constant, 0))
    bounded = square > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (np.where(bounded, (middle + sign * half) / square, sign * np.inf)
                     for sign in (-1, 1))  # fmt: skip
        return two / one, low, high


def literal_reading(**choices: str | bool) -> Estimate:
    """Estimate the displacement of closed by open use with one room for the whole record.

    Shown and not believed: see `literal_chance`.

    Parameters
    ----------
    **choices : str
        As for `market.record`.

    Returns
    -------
    Estimate
        In tokens lost per token gained.

    Examples
    --------
    >>> literal_reading().n
    50
    """
    levels = Levels.of(in_tokens(**choices))
    parts = (levels.own, levels.other, levels.growth)
    value, low, high = (float(end[0]) for end in ratio_of_slopes(*(x[np.newaxis] for x in parts)))
    return Estimate(value, low, high, UNIT, n=len(levels.growth))


def literal_chance(
    truths: ArrayLike,
    commons: ArrayLike,
    seed: int,
    *,
    supports: Region,
    refutes: Region,
    size: int = 1000,
) -> pd.DataFrame:
    """Return what the literal reading finds in records whose displacement is known.

    Records as those that power is judged by (`market.chance`): the real course of open use, room
    that moves with demand, closed use at its real mean growth, errors as large as the real ones.

    Parameters
    ----------
    truths, commons : array-like
        Displacements, and strengths of common demand, to combine.
    seed : int
        Of the generator, the same for every combination.
    supports, refutes : Region
        Of the rule.
    size : int
        Records of each combination.

    Returns
    -------
    DataFrame
        By ``common`` and ``truth``: ``median`` estimate, ``coverage`` of the 95% interval, and the
        share of intervals that lie wholly in each region.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> rule = claims.load()["C1"].prediction
    >>> regions = {"supports": rule.supports, "refutes": rule.refutes}
    >>> literal_chance([1.0], [0.0], 1, **regions, size=50).columns.tolist()
    ['median', 'coverage', 'supports', 'refutes']
    """
    table = in_tokens()
    steps, levels, rows = Steps.of(table), Levels.of(table), {}
    for common in np.asarray(commons, float):
        for truth in np.asarray(truths, float):
            rng = np.random.default_rng(seed)
            growth = drawn(steps, truth, common, rng, size=size) + steps.growth.mean()
            value, low, high = ratio_of_slopes(levels.grown(growth), levels.other, growth)
            held = (low <= truth) & (truth <= high)
            within = [(r.low <= low) & (high <= r.high) for r in (supports, refutes)]
            rows[common, truth] = (np.median(value), held.mean(), *(w.mean() for w in within))
    columns = ["median", "coverage", "supports", "refutes"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    found.index = pd.MultiIndex.from_tuples(found.index, names=["common", "truth"])
    return found
