"""C1, limits of the estimate: the weight of one step, and displacement that goes both ways."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.openclosed.market.calibration import cut_offs, residual_variance
from uptake.openclosed.market.displacement import in_tokens
from uptake.openclosed.market.profile import Steps, profile


def without_one_step(**choices: str) -> pd.Series:
    """Return the displacement of closed by open use with each step left out in turn.

    Parameters
    ----------
    **choices : str
        As for `market.record`, of a weekly record.

    Returns
    -------
    Series
        Displacement, by the week to which the step that is left out leads.

    Examples
    --------
    >>> found = without_one_step(start="2025-11-17")
    >>> len(found)
    23
    """
    table = in_tokens(**choices)
    steps = Steps.of(table)
    parts = (steps.growth, steps.other, steps.ratio, steps.number)
    values = [
        float(profile(Steps(*(np.delete(part, i) for part in parts))).best()[0][0])
        for i in range(len(steps.number))
    ]
    weeks = pd.Series(table.index, table["number"])
    return pd.Series(values, pd.Index(weeks[steps.number], name="week"), name="value")


def both_ways(
    truths: ArrayLike,
    pulls: ArrayLike,
    seed: int,
    *,
    common: float = 0.25,
    size: int = 300,
) -> pd.DataFrame:
    r"""Estimate records in which closed use also displaces open use, which the model leaves out.

    With v the closed side's own growth, as large as the real errors, open use grows by
    :math:`h_t = d_t + u_t - b v_t / \rho_{t-1}` and closed use by
    :math:`g_t = d_t - a \rho_{t-1} u_t + v_t`. The coefficient b is such that v makes up a given
    share of what open use does not have in common with closed use. The size of all swings of open
    use is the real one. The cut-offs are those of the real record.

    Parameters
    ----------
    truths : array-like
        Displacements a of closed by open use.
    pulls : array-like
        Shares, from 0 to below 1, of the own swings of open use that come from closed use.
    seed : int
        Of the generator, the same for every combination.
    common : float
        Share of common demand in the variance of open growth.
    size : int
        Records of each combination.

    Returns
    -------
    DataFrame
        By ``pull`` and ``truth``: ``back`` (b, open tokens lost per closed token gained), median
        estimate, and ``coverage`` of the 95% interval.

    Examples
    --------
    >>> found = both_ways([0.0], [0.0, 0.5], 1, size=100)
    >>> found["back"].tolist()[0]
    0.0
    """
    steps = Steps.of(in_tokens())
    table = cut_offs(steps)
    rows = []
    for pull in np.asarray(pulls, float):
        for truth in np.asarray(truths, float):
            rng = np.random.default_rng(seed)
            back, closed, opened = _drawn(steps, truth, pull, common, rng, size)
            values, held = [], []
            for g, h in zip(closed, opened, strict=True):
                one = Steps(g, h, steps.ratio, steps.number)
                found = replace(profile(one), table=table)
                values.append(found.best()[0][0])
                held.append(found.holds(truth)[0])
            rows.append((pull, truth, back, float(np.median(values)), float(np.mean(held))))
    columns = ["pull", "truth", "back", "median", "coverage"]
    return pd.DataFrame(rows, columns=columns).set_index(["pull", "truth"])


def _drawn(
    steps: Steps, truth: float, pull: float, common: float, rng: np.random.Generator, size: int
) -> tuple[float, NDArray, NDArray]:
    """Return b, and growth of the closed and of the open side, shape (size, n)."""
    ratio, swing = steps.ratio, steps.other.std(ddof=1)
    noise, apart = np.sqrt(residual_variance(steps)), np.sqrt(1 - common) * swing
    back = float(np.sqrt(pull / np.mean(ratio**-2.0)) * apart / noise)
    demand, own, rest = rng.normal(size=(3, size, len(ratio)))
    d, u, v = np.sqrt(common) * swing * demand, np.sqrt(1 - pull) * apart * own, noise * rest
    return back, d - truth * ratio * u + v, d + u - back * v / ratio
