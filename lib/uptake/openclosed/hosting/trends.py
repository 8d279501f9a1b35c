r"""The trend of a dispersion that may be zero, with an intercept for each model.

.. math:: E[D_{mt}] = e^{\alpha_m + \beta t}

by Poisson pseudo-likelihood (Santos Silva and Tenreyro 2006, Review of Economics and Statistics
88), which asks only that this mean be right; or by least squares on the log without the zeros.
The intercepts are solved for, so that one equation in :math:`\beta` remains; many records with the
same months are solved at once. `statsmodels` gives the same numbers one record at a time (tested).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

LEVEL = 0.95
_STEPS, _SMALL = 60, 1e-10


@dataclass(frozen=True, eq=False)
class Trend:
    """Yearly change of the log of dispersion in each of ``b`` records.

    Attributes
    ----------
    slope : ndarray, shape (b,)
        Log units a year.
    error : ndarray, shape (b,)
        Standard error; of several clusterings the one with the widest interval.
    half : ndarray, shape (b,)
        Half-width of the 95% interval.
    """

    slope: NDArray
    error: NDArray
    half: NDArray


def trend(
    dispersion: ArrayLike,
    years: ArrayLike,
    intercepts: ArrayLike,
    clusters: Sequence[ArrayLike],
    *,
    zeros: str = "counted",
) -> Trend:
    r"""Return the trend of each record, with errors that may be alike within clusters.

    The variance is the sandwich over clusters ``g``, with the usual :math:`G/(G-1)`,

    .. math:: \operatorname{Var}(\hat\beta) = \frac{G}{G-1}
              \frac{\sum_g \bigl(\sum_{i \in g} u_i \tilde t_i\bigr)^2}{H^2}

    where ``u`` is the residual, :math:`\tilde t` the time less its (fitted-)weighted mean within
    the intercept's rows and ``H`` the sum of the weighted squares of :math:`\tilde t`. The cut-off
    is Student's with ``G - 1`` degrees of freedom. Of several clusterings the widest interval
    holds.

    Parameters
    ----------
    dispersion : array-like, shape (n,) or (b, n)
        One record, or ``b`` of them; not negative.
    years : array-like, shape (n,)
        Time in years.
    intercepts : array-like of int, shape (n,)
        Which intercept each row has, 0 to k - 1.
    clusters : sequence of array-like of int, each of shape (n,)
        One or more clusterings.
    zeros : {"counted", "left_out"}
        Poisson pseudo-likelihood, or least squares on the log of what is positive (one record).

    Raises
    ------
    ValueError
        If ``zeros`` is neither, a dispersion is negative, or there are fewer than two clusters.

    Examples
    --------
    >>> years = np.tile([0.0, 0.5, 1.0], 3)
    >>> model = np.repeat([0, 1, 2], 3)
    >>> found = trend(np.exp(model - 0.4 * years), years, model, [model])
    >>> found.slope.round(6).tolist()
    [-0.4]
    """
    y = np.atleast_2d(np.asarray(dispersion, float))
    years, intercepts = np.asarray(years, float), np.asarray(intercepts, int)
    if zeros not in ("counted", "left_out") or (y < 0).any():
        raise ValueError("zeros is 'counted' or 'left_out', and no dispersion is negative")
    if zeros == "left_out":
        kept = (y > 0).all(axis=0)
        y, years = np.log(y[:, kept]), years[kept]
        intercepts = np.unique(intercepts[kept], return_inverse=True)[1]
        clusters = [np.asarray(codes)[kept] for codes in clusters]
    member = np.eye(intercepts.max() + 1)[intercepts]
    if zeros == "counted":
        slope, residual, centred, weight = _poisson(y, years, member)
    else:
        slope, residual, centred, weight = _least_squares(y, years, member)
    scores, curvature = residual * centred, (weight * centred**2).sum(axis=1)
    pairs = [_error(scores, curvature, np.asarray(codes)) for codes in clusters]
    errors, halves = (np.array(each) for each in zip(*pairs, strict=True))
    widest = halves.argmax(axis=0), np.arange(slope.size)
    return Trend(slope, errors[widest], halves[widest])


def _poisson(y: NDArray, years: NDArray, member: NDArray) -> tuple[NDArray, ...]:
    """Solve the score equation in the slope by Newton's steps, for all records."""
    slope = np.zeros(len(y))
    totals = y @ member @ member.T
    for _ in range(_STEPS):
        growth = np.exp(slope[:, None] * (years - years.mean()))
        fitted = totals * growth / (growth @ member @ member.T)
        centred = years - (growth * years) @ member @ member.T / (growth @ member @ member.T)
        step = ((y - fitted) * centred).sum(axis=1) / (fitted * centred**2).sum(axis=1)
        # The score is monotone in the slope; a bounded step keeps the exponentials finite.
        slope = slope + np.clip(step, -2, 2)
        if np.abs(step).max() < _SMALL:
            return slope, y - fitted, centred, fitted
    raise ArithmeticError(f"no slope after {_STEPS} steps; look for a model with one month only")


def _least_squares(y: NDArray, years: NDArray, member: NDArray) -> tuple[NDArray, ...]:
    sizes = member.sum(axis=0)
    centred = years - member @ (years @ member / sizes)
    deviation = y - (y @ member / sizes) @ member.T
    slope = deviation @ centred / (centred @ centred)
    residual = deviation - np.outer(slope, centred)
    return slope, residual, np.broadcast_to(centred, y.shape), np.ones_like(y)


def _error(scores: NDArray, curvature: NDArray, codes: NDArray) -> tuple[NDArray, NDArray]:
    """Return the standard error and the half-width for one clustering."""
    names, codes = np.unique(codes, return_inverse=True)
    count = names.size
    if count < 2:
        raise ValueError("one cluster has no spread; give two or more")
    sums = scores @ np.eye(count)[codes]
    error = np.sqrt(count / (count - 1) * (sums**2).sum(axis=1)) / curvature
    return error, student.ppf((1 + LEVEL) / 2, count - 1) * error
