"""Gaussian log-likelihood at its maximum, and Akaike's criterion corrected for few points."""

from __future__ import annotations

from typing import Any

import numpy as np

from uptake.least_squares import Array


def log_likelihood(variance: Any, points: Any) -> Any:
    r"""Return the Gaussian log-likelihood at the variance that makes it largest.

    .. math:: \log L = -\frac{n}{2} \left(\log 2 \pi \hat\sigma^2 + 1\right)

    Parameters
    ----------
    variance : float or ndarray
        Mean of the squared residuals, :math:`\hat\sigma^2`; above zero.
    points : int or ndarray
        Number of residuals, n.

    Returns
    -------
    float or ndarray

    Examples
    --------
    >>> round(float(log_likelihood(1.0, 10)), 3)
    -14.189
    """
    return -points / 2 * (np.log(2 * np.pi * variance) + 1)


def aicc(log_likelihood: Any, parameters: int, points: Any) -> Array:
    r"""Return Akaike's criterion corrected for few points (Hurvich and Tsai 1989).

    .. math:: -2 \log L + 2 k + \frac{2 k (k + 1)}{n - k - 1}

    Parameters
    ----------
    log_likelihood : float or ndarray
        At its maximum.
    parameters : int
        k; each variance that was estimated is one of them.
    points : int or ndarray
        n.

    Returns
    -------
    ndarray
        Infinite where no degree of freedom is left for the correction.

    Examples
    --------
    >>> float(aicc(-14.0, 3, 10)), float(aicc(-14.0, 3, 4))
    (38.0, inf)
    """
    spare = np.asarray(points) - parameters - 1
    least = 2 * parameters * (parameters + 1) / np.maximum(spare, 1)
    correction = np.where(spare > 0, least, np.inf)
    return -2 * log_likelihood + 2 * parameters + correction
