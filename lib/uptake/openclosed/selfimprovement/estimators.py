"""The drift of a monthly lag with its interval, of many records at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from uptake.openclosed.trends import slope, slope_interval

ESTIMATORS = ("trend", "random_walk")
LEVEL = 0.95
STEPS = 200  # between line and autocorrelation; a record near a random walk needs most of them
LAGS = 3  # months over which Newey and West's errors may be correlated, as for the premium (C3)


def interval(t: ArrayLike, lags: ArrayLike, estimator: str) -> tuple[NDArray, NDArray]:
    r"""Return the drift of each record and the half-width of its 95% interval, months a year.

    "trend": the slope by least squares, its interval that of `uptake.openclosed.trends`, which
    allows for correlated months. "random_walk": the mean monthly step times twelve, its interval
    Student's, with the steps taken as independent. "hac": the slope with the errors of Newey and
    West (1987) over three months, the factor n / (n - 2) and Student's cut-off. "ar1": the slope
    and interval of the textbook line with first-order autoregressive errors (Cochrane and Orcutt
    1949, iterated), the autocorrelation taken as known.

    Parameters
    ----------
    t : ndarray, shape (n,)
        Years, a month apart.
    lags : ndarray, shape (n,) or (b, n)
        Months.
    estimator : {"trend", "random_walk", "hac", "ar1"}
        Which of the four.

    Raises
    ------
    ValueError
        If ``estimator`` is none of the four.

    Examples
    --------
    >>> value, half = interval(np.arange(3) / 12, np.array([[1.0, 2.0, 5.0]]), "random_walk")
    >>> value.round(6).tolist()
    [24.0]
    """
    t, lags = np.asarray(t, float), np.atleast_2d(np.asarray(lags, float))
    n = t.size
    if estimator == "trend":
        return slope_interval(t, lags, level=LEVEL)[:2]
    if estimator == "random_walk":
        steps = np.diff(lags, axis=1) * (n - 1) / np.ptp(t)
        error = steps.std(axis=1, ddof=1) / np.sqrt(n - 1)
        return steps.mean(axis=1), student.ppf((1 + LEVEL) / 2, n - 2) * error
    if estimator == "hac":
        return slope(t, lags), student.ppf((1 + LEVEL) / 2, n - 2) * _newey_west(t, lags)
    if estimator == "ar1":
        return _cochrane_orcutt(t, lags)
    allowed = ", ".join((*ESTIMATORS, "hac"))
    raise ValueError(f"estimator is {estimator!r}; use one of {allowed} or ar1")


def _newey_west(t: NDArray, lags: NDArray) -> NDArray:
    x = t - t.mean()
    residuals = lags - lags.mean(axis=1, keepdims=True) - np.outer(slope(t, lags), x)
    scores = residuals * x
    variance = (scores**2).sum(axis=1)
    for k in range(1, LAGS + 1):
        weight = 2 * (1 - k / (LAGS + 1))
        variance = variance + weight * (scores[:, k:] * scores[:, :-k]).sum(axis=1)
    return np.sqrt(variance * t.size / (t.size - 2)) / (x @ x)


def _cochrane_orcutt(t: NDArray, lags: NDArray) -> tuple[NDArray, NDArray]:
    rho = np.zeros((len(lags), 1))
    for _ in range(STEPS):
        # The first month is lost, as in the original and in statsmodels.
        x, y = t[1:] - rho * t[:-1], lags[:, 1:] - rho * lags[:, :-1]
        x, y = (each - each.mean(axis=1, keepdims=True) for each in (x, y))
        drift = (x * y).sum(axis=1) / (x**2).sum(axis=1)
        residuals = lags - np.outer(drift, t)
        residuals -= residuals.mean(axis=1, keepdims=True)
        now, before = residuals[:, 1:], residuals[:, :-1]
        spread = (residuals**2).mean(axis=1)
        follow = np.divide(
            (now * before).mean(axis=1), spread, out=np.zeros(spread.size), where=spread > 0
        )
        rho = follow[:, None]
    left = y - drift[:, None] * x
    freedom = t.size - 3
    error = np.sqrt((left**2).sum(axis=1) / freedom / (x**2).sum(axis=1))
    return drift, student.ppf((1 + LEVEL) / 2, freedom) * error
