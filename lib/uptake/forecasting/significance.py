"""Whether one forecaster's lead over another could be chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from uptake.records import numbers

_POWER = 0.8


@dataclass(frozen=True)
class Comparison:
    """A test of whether two forecasters are equally good.

    Attributes
    ----------
    difference : float
        Mean loss of the first less that of the second: negative when the first is better.
    statistic, p : float
        The corrected statistic, and its two-sided p from Student's t with n - 1 degrees of freedom.
    n, horizon : int
        Losses compared, steps ahead.
    detectable : float
        The true difference that a test at 5% finds with a probability of 80%, in standard
        deviations of the losses' difference, for losses that do not follow each other.
    concerns : tuple of str
        Reasons to make little of it.
    """

    difference: float
    statistic: float
    p: float
    n: int
    horizon: int
    detectable: float
    concerns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say which was better, with the p and the concerns."""
        which = "the first" if self.difference < 0 else "the second"
        what = f"mean loss differs by {abs(self.difference):.4g}, {which} is better"
        lines = ["the losses are the same" if self.difference == 0 else what]
        lines[0] += f" (p = {self.p:.2g}, n = {self.n}, {self.horizon} ahead)"
        return "\n".join(lines + [f"  concern: {concern}" for concern in self.concerns])


def diebold_mariano(first: ArrayLike, second: ArrayLike, horizon: int = 1) -> Comparison:
    r"""Test whether two forecasters' losses are equal on average.

    With :math:`d` the difference of losses, :math:`\hat\gamma_k` its autocovariances and h the
    horizon, the statistic of Diebold and Mariano (1995) with the correction of Harvey, Leybourne
    and Newbold (1997) for few forecasts is

    .. math::
        \left[\frac{n + 1 - 2h + h(h-1)/n}{n}\right]^{1/2}
        \frac{\bar d}{\sqrt{(\hat\gamma_0 + 2\sum_{k=1}^{h-1} \hat\gamma_k)/n}}

    held against Student's t with n - 1 degrees of freedom.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Losses (such as absolute errors or CRPS) at the same targets, in order of time.
    horizon : int
        Steps ahead: forecasts h ahead from neighbouring origins share h - 1 steps.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        For losses that cannot be compared.

    References
    ----------
    Diebold, F. X. and Mariano, R. S. (1995). Comparing predictive accuracy. *Journal of Business
    and Economic Statistics* 13, 253-263.

    Harvey, D., Leybourne, S. and Newbold, P. (1997). Testing the equality of prediction mean
    squared errors. *International Journal of Forecasting* 13, 281-291.

    Examples
    --------
    >>> print(diebold_mariano([1.0, 2.0, 1.5, 2.5], [2.0, 2.5, 3.5, 3.0]))
    mean loss differs by 1, the first is better (p = 0.066, n = 4, 1 ahead)
      concern: 4 forecasts: only a difference of 2.1 standard deviations would be found 4 times in 5
    """
    first, second = numbers("first", first), numbers("second", second)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            f"losses must be two lists of one length; got shapes {first.shape} and {second.shape}"
        )
    n = first.size
    if not 1 <= horizon <= (n - 1) / 2:
        raise ValueError(
            f"{n} forecasts {horizon} ahead are too few to compare: at least {2 * horizon + 1} are "
            "needed"
        )
    difference = first - second
    mean, variance, replaced = _long_run(difference, horizon)
    concerns = list(_doubts(n, horizon, replaced))
    detectable = _detectable(n)
    if variance <= 0:
        same = mean == 0
        what = "the losses are the same" if same else "the losses differ by the same everywhere"
        p, statistic = (1.0, 0.0) if same else (float("nan"), float("nan"))
        return Comparison(mean, statistic, p, n, horizon, detectable, (*concerns, what))
    factor = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = float(np.sqrt(factor) * mean / np.sqrt(variance / n))
    p = float(2 * stats.t.sf(abs(statistic), n - 1))
    return Comparison(mean, statistic, p, n, horizon, detectable, tuple(concerns))


def _long_run(difference: np.ndarray, horizon: int) -> tuple[float, float, bool]:
    """Return mean and long-run variance; whether the latter had to do without covariances."""
    mean, n = float(difference.mean()), difference.size
    away = difference - mean
    if np.ptp(difference) <= 1e-12 * np.abs(difference).max(initial=0.0):
        return mean, 0.0, False
    covariances = [float(away[k:] @ away[: n - k]) / n for k in range(horizon)]
    variance = covariances[0] + 2 * sum(covariances[1:])
    if variance <= 0:
        return mean, covariances[0], True
    return mean, variance, False


def _detectable(n: int) -> float:
    return float((stats.t.ppf(0.975, n - 1) + stats.t.ppf(_POWER, n - 1)) / np.sqrt(n))


def _doubts(n: int, horizon: int, replaced: bool) -> Iterator[str]:
    found = _detectable(n)
    if found > 1:
        yield (
            f"{n} forecasts: only a difference of {found:.1f} standard deviations would be found "
            "4 times in 5"
        )
    if n < 10 * (horizon - 1):
        yield f"{n} forecasts {horizon} ahead overlap: little of what they say is independent"
    if replaced:
        yield (
            "the long-run variance came out negative; the variance without autocovariances stands "
            "in for it, and p is too small if losses follow each other"
        )


def compare(
    frame: pd.DataFrame, first: str, second: str, *, horizon: int = 1, score: str = "quantile_score"
) -> Comparison:
    """Test two models of one record against each other, where both have a forecast.

    Parameters
    ----------
    frame : DataFrame
        From `uptake.forecasting.rolling_origin`, of one record.
    first, second : str
        Names of models.
    horizon : int
        Steps ahead.
    score : {"quantile_score", "crps", "log_score", "absolute", "squared"}
        The loss.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        For an unknown model, horizon or score, several records, or too few forecasts.

    Examples
    --------
    >>> from uptake.forecasting import Drift, Naive, compare, rolling_origin
    >>> levels = [1.0, 2.1, 2.9, 4.2, 5.0, 6.1, 6.9, 8.0, 9.2, 10.1]
    >>> frame = rolling_origin([Naive, Drift], range(10), levels, [1], 5)
    >>> compare(frame, "Drift", "Naive", score="absolute").difference < 0
    True
    """
    error = frame["forecast"] - frame["actual"]
    losses = {
        "quantile_score": frame["quantile_score"],
        "crps": frame["crps"],
        "log_score": frame["log_score"],
        "absolute": error.abs(),
        "squared": error**2,
    }
    if score not in losses:
        raise ValueError(f"score must be one of {', '.join(losses)}; got {score!r}")
    if "series" in frame.columns and len(frame["series"].unique()) > 1:
        raise ValueError("the test is for one record; choose one by its series")
    rows = frame.assign(loss=losses[score])[frame["horizon"] == horizon]
    table = rows.set_index(["points", "model"])["loss"].unstack()  # noqa: PD010 (keys are unique)
    missing = {first, second} - set(table.columns)
    if missing:
        raise ValueError(f"no forecasts {horizon} ahead by {', '.join(sorted(missing))}")
    both = table[[first, second]].dropna()
    return diebold_mariano(both[first], both[second], horizon)
