r"""Scores of forecasts: of single guesses, of bands, and of whole distributions.

All scores of distributions are proper (Gneiting and Raftery 2007): no one does better on average
than by saying what he believes. Here every score is the lower the better, so the log score is
*minus* the log of the density.

References
----------
Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation.
*Journal of the American Statistical Association* 102, 359-378.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from uptake.separable import Array


def crps_normal(mean: ArrayLike, sd: ArrayLike, actual: ArrayLike) -> Array:
    r"""Return the continuous ranked probability score of a normal forecast.

    .. math:: \mathrm{CRPS} = \sigma\left[z(2\Phi(z) - 1) + 2\varphi(z) - \pi^{-1/2}\right],
        \quad z = (y - \mu)/\sigma

    Parameters
    ----------
    mean, sd, actual : array_like
        Broadcast against each other; ``sd`` must be above zero.

    Returns
    -------
    ndarray
        In the unit of the data.

    Raises
    ------
    ValueError
        When a standard deviation is not above zero.

    Examples
    --------
    >>> round(float(crps_normal(0.0, 1.0, 0.0)), 4)
    0.2337
    """
    z, sd = _standard(mean, sd, actual)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return sd * (z * (2 * special.ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))


def log_score_normal(mean: ArrayLike, sd: ArrayLike, actual: ArrayLike) -> Array:
    r"""Return minus the log density of a normal forecast at what came.

    Parameters
    ----------
    mean, sd, actual : array_like
        Broadcast against each other; ``sd`` must be above zero.

    Raises
    ------
    ValueError
        When a standard deviation is not above zero.

    Examples
    --------
    >>> round(float(log_score_normal(0.0, 1.0, 1.0)), 4)
    1.4189
    """
    z, sd = _standard(mean, sd, actual)
    return z**2 / 2 + np.log(sd) + np.log(2 * np.pi) / 2


def _standard(mean: ArrayLike, sd: ArrayLike, actual: ArrayLike) -> tuple[Array, Array]:
    """Return what came in standard deviations from the mean, and these deviations."""
    sd = np.asarray(sd, float)
    if not (sd > 0).all():
        raise ValueError("standard deviations must be above zero; score a point by its error")
    return (np.asarray(actual, float) - mean) / sd, sd


def crps_sample(samples: ArrayLike, actual: ArrayLike, weights: ArrayLike | None = None) -> Array:
    r"""Return the continuous ranked probability score of a forecast given as samples.

    .. math:: \mathrm{CRPS} = E|X - y| - \tfrac12 E|X - X'|

    for the samples' own distribution, worked out exactly by sorting. It is the score of the
    distribution they were drawn from up to an excess of the order of one over their number.

    Parameters
    ----------
    samples : array_like, shape (..., draws)
    actual : array_like, shape (...)
    weights : array_like, same shape as samples, optional
        Adding to one along the last axis.

    Returns
    -------
    ndarray, shape (...)
        In the unit of the data. For one sample, the absolute error.

    Examples
    --------
    >>> float(crps_sample([3.0], 5.0)), float(crps_sample([4.0, 6.0], 5.0))
    (2.0, 0.5)
    """
    samples, actual = np.asarray(samples, float), np.asarray(actual, float)
    if weights is None:
        weights = np.full(samples.shape, 1 / samples.shape[-1])
    order = np.argsort(samples, axis=-1)
    x = np.take_along_axis(samples, order, axis=-1)
    w = np.take_along_axis(np.asarray(weights, float), order, axis=-1)
    # Twice the share below each sample, less one: the sum of x times this is E|X - X'| / 2.
    rank = 2 * np.cumsum(w, axis=-1) - w - 1
    # Distances from what came keep the digits of samples that lie close together.
    away = x - actual[..., np.newaxis]
    return (w * np.abs(away)).sum(axis=-1) - (w * away * rank).sum(axis=-1)


def interval_score(
    low: ArrayLike, high: ArrayLike, actual: ArrayLike, level: float = 0.95
) -> Array:
    r"""Return the interval score: the width, and a fine for what falls outside.

    .. math:: (u - l) + \frac{2}{\alpha}(l - y)_+ + \frac{2}{\alpha}(y - u)_+, \quad
        \alpha = 1 - \text{level}

    Parameters
    ----------
    low, high, actual : array_like
        Broadcast against each other.
    level : float
        Nominal coverage.

    Raises
    ------
    ValueError
        When ``level`` is not between 0 and 1.

    Examples
    --------
    >>> interval_score(0.0, 1.0, [0.5, 1.2], level=0.8).round(6).tolist()
    [1.0, 3.0]
    """
    if not 0 < level < 1:
        raise ValueError(f"level is a coverage between 0 and 1; got {level}")
    low, high, actual = (np.asarray(each, float) for each in (low, high, actual))
    outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    return (high - low) + 2 / (1 - level) * outside


def quantile_score(values: ArrayLike, levels: ArrayLike, actual: ArrayLike) -> Array:
    r"""Return twice the mean pinball loss of quantiles, an approximation of the CRPS.

    .. math:: \frac{2}{K} \sum_k \left(1\{y \le q_k\} - \tau_k\right)(q_k - y)

    With evenly spaced levels it tends to the CRPS as they grow denser.

    Parameters
    ----------
    values : array_like, shape (..., levels)
        Quantiles.
    levels : array_like, shape (levels,)
        Their levels.
    actual : array_like, shape (...)

    Examples
    --------
    >>> float(quantile_score([1.0, 2.0, 4.0], [0.25, 0.5, 0.75], 3.0))
    0.8333333333333334
    """
    values, levels = np.asarray(values, float), np.asarray(levels, float)
    actual = np.asarray(actual, float)[..., np.newaxis]
    return 2 * (((actual <= values) - levels) * (values - actual)).mean(axis=-1)
