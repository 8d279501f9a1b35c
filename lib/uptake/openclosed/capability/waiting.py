"""Waiting times that may still run: Kaplan-Meier with weights, for many sets of weights at once.

statsmodels gives the curve for one set of weights, and the tests hold this to it; a bootstrap needs
hundreds of sets.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def restricted_mean(
    months: ArrayLike, matched: ArrayLike, weights: ArrayLike, *, horizon: float = 12.0
) -> NDArray:
    r"""Return the Kaplan-Meier mean waiting time within a horizon, for each set of weights.

    .. math:: \int_0^H \hat S(u)\, du, \qquad
              \hat S(u) = \prod_{t_i \le u} \left(1 - \frac{w_i}{R_i}\right)

    with :math:`R_i` the weight of all still waiting just before :math:`t_i` (Kaplan and Meier
    1958). Waits of zero or less are over at the start. When all still waiting are censored before
    the horizon, the curve runs level from there, so the mean is then at its highest.

    Parameters
    ----------
    months : array-like, shape (n,)
        Time to the event, or to the end of observation.
    matched : array-like of bool, shape (n,)
        Whether the event was seen.
    weights : array-like, shape (n,) or (b, n)
        Non-negative weights; a row of zeros gives NaN.
    horizon : float
        In months.

    Examples
    --------
    >>> restricted_mean([3.0, 20.0], [True, False], [1.0, 1.0]).tolist()
    [7.5]
    """
    months = np.clip(np.asarray(months, float), 0, None)
    matched = np.asarray(matched, bool)
    order = np.lexsort((~matched, months))  # events before censoring at the same time
    time, w = months[order], np.atleast_2d(np.asarray(weights, float))[:, order]
    waiting = np.cumsum(w[:, ::-1], axis=1)[:, ::-1]
    hazard = np.divide(w, waiting, out=np.zeros_like(w), where=waiting > 0) * matched[order]
    share = np.cumprod(1 - hazard, axis=1)
    edges = np.minimum(np.r_[0, time, np.inf], horizon)
    share = np.concatenate([np.ones((len(w), 1)), share], axis=1)
    mean = share @ np.diff(edges)
    return np.where(w.sum(axis=1) > 0, mean, np.nan)


def months_per_event(months: ArrayLike, matched: ArrayLike, weights: ArrayLike) -> NDArray:
    """Return the time at risk per event, the mean wait if the hazard were constant.

    Parameters
    ----------
    months, matched, weights
        As for `restricted_mean`. Without an event the answer is infinite.

    Examples
    --------
    >>> months_per_event([3.0, 20.0], [True, False], [1.0, 1.0]).tolist()
    [23.0]
    """
    w = np.atleast_2d(np.asarray(weights, float))
    risk = w @ np.clip(np.asarray(months, float), 0, None)
    events = w @ np.asarray(matched, float)
    return np.divide(risk, events, out=np.full(risk.shape, np.inf), where=events > 0)
