"""Waiting times that may still run: Kaplan-Meier with weights, for many sets of weights at once.

statsmodels gives the curve for one set of weights, and the tests hold this to it; a bootstrap needs
hundreds of sets.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.frontier import cluster_weights


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
    time, share = _curves(months, matched, weights)
    edges = np.minimum(np.r_[0, time, np.inf], horizon)
    mean = share @ np.diff(edges)
    return np.where(np.atleast_2d(np.asarray(weights)).sum(axis=1) > 0, mean, np.nan)


def _curves(months: ArrayLike, matched: ArrayLike, weights: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return sorted times (n,) and the share still waiting before and after each (b, n + 1)."""
    months = np.clip(np.asarray(months, float), 0, None)
    matched = np.asarray(matched, bool)
    order = np.lexsort((~matched, months))  # events before censoring at the same time
    w = np.atleast_2d(np.asarray(weights, float))[:, order]
    waiting = np.cumsum(w[:, ::-1], axis=1)[:, ::-1]
    hazard = np.divide(w, waiting, out=np.zeros_like(w), where=waiting > 0) * matched[order]
    share = np.cumprod(1 - hazard, axis=1)
    return months[order], np.concatenate([np.ones((len(w), 1)), share], axis=1)


def curve(
    table: pd.DataFrame,
    clusters: ArrayLike,
    *,
    draws: int = 400,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the Kaplan-Meier curve of `uptake.frontier.catch_up`, every cluster counting once.

    The curve is statsmodels' ``SurvfuncRight``. Its own standard errors take the waits as
    independent; here the band comes from resampling whole clusters.

    Parameters
    ----------
    table : DataFrame
        With ``months`` and ``matched``. Waits of zero or less count as a tenth of a day.
    clusters : array-like, shape (n,)
        Which waits belong together, such as those ended by one model; a missing label stands
        alone.
    draws : int
        Resampled sets of clusters.
    rng : Generator, optional
        By default seeded with 3.
    level : float
        Of the band, at each time apart.

    Returns
    -------
    DataFrame
        ``months``, ``waiting`` (share), ``low``, ``high``.

    Examples
    --------
    >>> waits = pd.DataFrame({"months": [2.0, 4.0, 6.0], "matched": [True, True, False]})
    >>> curve(waits, ["a", "a", "b"])["waiting"].round(6).tolist()
    [0.75, 0.5]
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = rng or np.random.default_rng(3)
    months = np.clip(table["months"].to_numpy(float), 0.1 / 30.4375, None)
    labels = pd.Series(clusters, dtype=object).reset_index(drop=True)
    code = pd.factorize(labels.fillna(pd.Series([f"alone {i}" for i in labels.index])))[0]
    weights = cluster_weights(code)
    found = SurvfuncRight(months, table["matched"].astype(int), freq_weights=weights)
    number = code.max() + 1
    times = rng.multinomial(number, np.full(number, 1 / number), draws)[:, code]
    ordered, shares = _curves(months, table["matched"], weights * times)
    place = np.searchsorted(ordered, found.surv_times, side="right")
    low, high = np.quantile(shares[:, place], [(1 - level) / 2, (1 + level) / 2], axis=0)
    columns = {"months": found.surv_times, "waiting": found.surv_prob, "low": low, "high": high}
    return pd.DataFrame(columns)


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
