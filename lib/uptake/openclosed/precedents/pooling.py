"""Scores over precedents of equal weight, what their intervals cover, and what they could tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from uptake.openclosed.estimates import Estimate

DRAWS = 2000
"""Bootstrap draws; an end moves by about one unit of the second digit from one seed to another."""
_FEWEST = 3


def by_precedent(rows: pd.DataFrame, column: str = "right") -> pd.Series:
    """Return the mean of a column for each precedent, over the rows that have a value.

    Parameters
    ----------
    rows : DataFrame
        ``precedent`` and the column, of truth values or numbers; missing where there is none.
    column : str

    Examples
    --------
    >>> rows = pd.DataFrame({"precedent": list("aab"), "right": [True, False, True]})
    >>> by_precedent(rows).to_dict()
    {'a': 0.5, 'b': 1.0}
    """
    there = rows[rows[column].notna()]
    values = there[column].astype(float)
    return values.groupby(there["precedent"].astype(str)).mean()


def pooled(rates: ArrayLike, unit: str) -> Estimate:
    """Return the mean rate of precedents with its interval.

    Student's t over the precedents and two more, one wholly right and one wholly wrong, cut to
    [0, 1]. The two keep a handful of perfect scores from looking certain (as in the "plus two"
    rules of Agresti and Coull 1998, *American Statistician* 52); `power` shows what it covers.

    Parameters
    ----------
    rates : array_like, shape (k,)
        One of each precedent, between 0 and 1.
    unit : str

    Raises
    ------
    ValueError
        For rates outside [0, 1].

    Examples
    --------
    >>> perfect = pooled([1.0] * 8, "share")
    >>> perfect.value, round(perfect.low, 2), perfect.high
    (1.0, 0.67, 1.0)
    """
    rates = np.asarray(rates, float)
    if ((rates < 0) | (rates > 1)).any():
        raise ValueError("rates are shares between 0 and 1; give means of truth values")
    if rates.size < _FEWEST:
        return Estimate.missing(unit, f"{rates.size} precedents are too few for an interval")
    low, high = _ends(rates[np.newaxis])
    return Estimate(float(rates.mean()), float(low[0]), float(high[0]), unit, n=rates.size)


def _ends(rates: NDArray) -> tuple[NDArray, NDArray]:
    """Return both ends of the interval of each row of rates, shape (b, k)."""
    added = np.tile([0.0, 1.0], (len(rates), 1))
    more = np.concatenate([rates, added], axis=1)
    half = stats.t.ppf(0.975, more.shape[1] - 1) * stats.sem(more, axis=1)
    return np.maximum(more.mean(axis=1) - half, 0.0), np.minimum(more.mean(axis=1) + half, 1.0)


def _bootstrap(rates: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Return both ends of the percentile bootstrap over precedents."""
    size = rates.shape[1]
    drawn = rates[:, rng.integers(size, size=(500, size))].mean(axis=2)
    return tuple(np.quantile(drawn, [0.025, 0.975], axis=1))


def skill(
    scores: ArrayLike, baseline: ArrayLike, *, rng: np.random.Generator | None = None
) -> Estimate:
    """Return one less the ratio of mean scores of a model and a baseline, with its interval.

    Parameters
    ----------
    scores, baseline : array_like, shape (k,)
        Mean scores of each precedent, lower the better.
    rng : Generator, optional
        By default one seeded with 11.

    Returns
    -------
    Estimate
        The interval is the wider, at each end, of the bootstrap over precedents and Student's t
        for a ratio (by linearisation).

    Raises
    ------
    ValueError
        If the two do not belong together.

    Examples
    --------
    >>> found = skill([1.0, 2.0, 3.0, 2.0], [2.0, 4.0, 6.0, 4.0])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.5, 0.5, 0.5)
    """
    a, b = np.asarray(scores, float), np.asarray(baseline, float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ; give one score per precedent")
    if a.size < _FEWEST:
        return Estimate.missing("skill", f"{a.size} precedents are too few for an interval")
    ratio = a.mean() / b.mean()
    error = np.std((a - ratio * b) / b.mean(), ddof=1) / np.sqrt(a.size)
    half = stats.t.ppf(0.975, a.size - 1) * error
    draws = (rng or np.random.default_rng(11)).integers(a.size, size=(DRAWS, a.size))
    drawn = a[draws].mean(axis=1) / b[draws].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    # Scores are not negative, so no skill exceeds one.
    ends = 1 - max(ratio + half, high), 1 - max(min(ratio - half, low), 0.0)
    return Estimate(float(1 - ratio), float(ends[0]), float(ends[1]), "skill", n=a.size)


def power(
    sizes: Sequence[int],
    truths: Sequence[float],
    *,
    no_effect: float = 0.5,
    alike: Sequence[float] = (0.0, 0.3, 0.6),
    rng: np.random.Generator,
    size: int = 2000,
) -> pd.DataFrame:
    r"""Return what a table of so many answers could tell, before there is one.

    The hit rate of a precedent is drawn from a beta distribution with the true rate as its mean
    and variance :math:`\rho\,\pi(1-\pi)`, its answers from a binomial: answers on one precedent
    are correlated by :math:`\rho`.

    Parameters
    ----------
    sizes : sequence of int
        Answers on each precedent.
    truths : sequence of float
        True hit rates.
    no_effect : float
        The rate that an interval has to leave out.
    alike : sequence of float
        Correlations.
    rng : Generator
    size : int
        Simulated tables for each truth and correlation.

    Returns
    -------
    DataFrame
        By correlation and truth: ``left_out`` (share of the intervals that leave out the rate of
        no effect), ``covered`` (share that hold the truth) and ``bootstrap_covered`` (the same of
        a bootstrap over precedents).

    Examples
    --------
    >>> table = power([20] * 40, [0.5, 0.9], rng=np.random.default_rng(1), size=200)
    >>> bool(table.loc[(0.0, 0.9), "left_out"] > 0.95)
    True
    """
    sizes, rows = np.asarray(sizes), {}
    for rho in alike:
        for truth in truths:
            rates = np.full((size, sizes.size), float(truth))
            if rho > 0:
                spread = 1 / rho - 1
                rates = rng.beta(truth * spread, (1 - truth) * spread, rates.shape)
            drawn = rng.binomial(sizes, rates) / sizes
            low, high = _ends(drawn)
            left_out = (low > no_effect) | (high < no_effect)
            row = {"left_out": left_out, "covered": (low <= truth) & (truth <= high)}
            low, high = _bootstrap(drawn, rng)
            row["bootstrap_covered"] = (low <= truth) & (truth <= high)
            rows[rho, truth] = {name: values.mean() for name, values in row.items()}
    return pd.DataFrame(rows).T.rename_axis(["alike", "truth"])
