r"""The slope of a short, serially correlated series, with an interval that keeps its promise.

Ordinary least squares on a line with first-order autoregressive errors. The usual standard errors
are far too small for a few dozen correlated points, and so are normal or t cut-offs; here the
standard error uses the autocorrelation, corrected for its own bias, and the cut-off is simulated.
"""

import functools

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import toeplitz

_CORRELATIONS = np.r_[np.arange(0, 0.9, 0.1), 0.9, 0.93, 0.96, 0.98]


def years(dates: pd.DatetimeIndex, since: pd.Timestamp | pd.DatetimeIndex | None = None) -> NDArray:
    """Return dates as Julian years, of 365.25 days.

    Parameters
    ----------
    dates : DatetimeIndex, shape (n,)
    since : Timestamp or DatetimeIndex of shape (n,), optional
        Time zero, or one for each; by default the first date.

    Examples
    --------
    >>> years(pd.DatetimeIndex(["2023-01-01", "2024-01-01", "2027-01-01"]))[-1]
    np.float64(4.0)
    """
    span = dates - (dates[0] if since is None else since)
    return np.asarray(span / pd.Timedelta(days=365.25), float)


def slope(t: ArrayLike, y: ArrayLike) -> NDArray:
    """Return the least-squares slope of each row of ``y`` on ``t``.

    Parameters
    ----------
    t : array-like, shape (n,)
        Times.
    y : array-like, shape (n,) or (b, n)
        One record, or ``b`` of them.

    Examples
    --------
    >>> float(slope([0.0, 1.0, 2.0], [5.0, 7.0, 9.0]))
    2.0
    """
    x = np.asarray(t, float) - np.mean(t)
    return np.asarray(y, float) @ x / (x @ x)


def slope_error(t: ArrayLike, y: ArrayLike) -> tuple[NDArray, NDArray]:
    r"""Return the standard error of each slope under AR(1) errors, and their autocorrelation.

    With centred times ``x`` and :math:`R_{ij} = \rho^{|i-j|}`,

    .. math:: \operatorname{Var}(\hat b) = \sigma^2 \frac{x^T R x}{(x^T x)^2}, \qquad
              \hat\sigma^2 = \frac{e^T e}{n - 1^T R 1 / n - x^T R x / x^T x} ,

    the denominator being the expectation of the sum of squared residuals over :math:`\sigma^2`.
    The autocorrelation of the residuals of a line is too low by about :math:`(2 + 4\rho)/n`
    (Kendall 1954, Biometrika 41); that is added back, within 0 to 0.98.

    Parameters
    ----------
    t : array-like, shape (n,)
        Equally spaced times.
    y : array-like, shape (n,) or (b, n)
        Records.
    """
    x = np.asarray(t, float) - np.mean(t)
    y = np.atleast_2d(np.asarray(y, float))
    residuals = y - y.mean(axis=1, keepdims=True) - np.outer(slope(t, y), x)
    squares = (residuals**2).sum(axis=1)
    raw = (residuals[:, 1:] * residuals[:, :-1]).sum(axis=1) / squares
    rho = np.clip((raw + 2 / x.size) / (1 - 4 / x.size), 0, 0.98)
    of_ones, of_times = _forms(x, rho)
    variance = squares / (x.size - of_ones / x.size - of_times / (x @ x))
    return np.sqrt(variance * of_times) / (x @ x), rho


def slope_interval(
    t: ArrayLike, y: ArrayLike, *, level: float = 0.95
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the slope of each record and the half-width of its interval, and the correlation.

    The cut-off for the ratio of slope to standard error is simulated once for each number of
    points and a grid of autocorrelations, with a fixed stream of random numbers, since it is a
    table, like that of Student's t, and no property of the data. In simulations of 16 to 40 points
    the 95% interval covers 95 to 96% without autocorrelation, 90 to 94% at 0.6, 86 to 92% at 0.85
    and about 80% for a random walk, the longer records always the better ones.

    Parameters
    ----------
    t : array-like, shape (n,)
        Equally spaced times; at least 8.
    y : array-like, shape (n,) or (b, n)
        Records.
    level : float
        Confidence level.

    Raises
    ------
    ValueError
        If there are fewer than 8 points or they are not equally spaced to a tenth.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> t = np.arange(30) / 12
    >>> value, half, rho = slope_interval(t, 3 * t + rng.normal(0, 0.1, 30))
    >>> bool(abs(value[0] - 3) < half[0])
    True
    """
    t = np.asarray(t, float)
    if t.size < 8:
        raise ValueError(f"{t.size} points are too few for a slope with correlated errors; give 8")
    steps = np.diff(t)
    if np.ptp(steps) > 0.15 * steps.mean():
        raise ValueError("times are not equally spaced; put the record on a monthly grid first")
    error, rho = slope_error(t, y)
    cut = np.interp(rho, _CORRELATIONS, _cut_offs(t.size, level))
    return np.atleast_1d(slope(t, y)), cut * error, rho


def correlated(n: int, rho: float, size: int, rng: np.random.Generator) -> NDArray:
    """Return ``size`` stationary AR(1) records of ``n`` points with unit variance."""
    root = np.linalg.cholesky(toeplitz(rho ** np.arange(n)))
    return rng.standard_normal((size, n)) @ root.T


@functools.cache
def _cut_offs(n: int, level: float) -> NDArray:
    t, rng = np.arange(n, dtype=float), np.random.default_rng(1954)
    cuts = []
    for rho in _CORRELATIONS:
        noise = correlated(n, rho, 4000, rng)
        cuts.append(np.quantile(np.abs(slope(t, noise)) / slope_error(t, noise)[0], level))
    # A larger correlation never calls for a smaller cut-off; dips are simulation noise.
    return np.maximum.accumulate(cuts)


def _forms(x: NDArray, rho: NDArray) -> tuple[NDArray, NDArray]:
    """Return 1'R1 and x'Rx for each rho, as polynomials in rho."""
    lags = np.arange(x.size)
    double = np.where(lags == 0, 1, 2)
    of_ones = double * (x.size - lags)
    of_times = double * np.correlate(x, x, "full")[x.size - 1 :]
    powers = rho[:, None] ** lags
    return powers @ of_ones, powers @ of_times
