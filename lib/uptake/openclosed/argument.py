"""The essay as a model: two curves, two units, and the one market that looks the same."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.curves import Exponential, Logistic

PUBLISHED_SHARES = (0.80, 0.96)
"""Closed share of the router's tokens and of its dollars in 2025, by Nagle and Yue as reported by
the Linux Foundation, "Revealing the hidden economics of open models"."""


def as_one_market(opened: Exponential, closed: Exponential) -> Logistic:
    r"""Return the substitution curve that two separate exponentials trace without meaning to.

    .. math:: \frac{a_o e^{r_o t}}{a_o e^{r_o t} + a_c e^{r_c t}}
              = \frac{1}{1 + e^{-(r_o - r_c)(t - t_0)}}, \qquad
              t_0 = \frac{\ln (a_c / a_o)}{r_o - r_c}

    The right side is the substitution law of Fisher and Pry (1971), Technological Forecasting and
    Social Change 3. The two readings are one curve, so no record of shares can part them.

    Parameters
    ----------
    opened, closed : Exponential
        Use of each side over time, in one unit; ``opened`` grows faster.

    Returns
    -------
    Logistic
        Share of ``opened`` in the sum, between 0 and 1.

    Raises
    ------
    ValueError
        If ``opened`` does not grow faster.

    Examples
    --------
    >>> share = as_one_market(Exponential(20.0, 2.0), Exponential(80.0, 0.5))
    >>> round(float(share(0.0)), 12), round(share.t0, 3)
    (0.2, 0.924)
    """
    rate = float(opened.r - closed.r)
    if rate <= 0:
        raise ValueError("the first curve must grow faster; exchange the two")
    return Logistic(m=1.0, r=rate, t0=float(np.log(closed.a / opened.a) / rate))


def dollar_share(token_share: ArrayLike, price_ratio: float) -> NDArray:
    r"""Return closed models' share of the dollars in one market with a constant price ratio.

    .. math:: d = \frac{k s}{k s + 1 - s}

    Parameters
    ----------
    token_share : array-like
        Closed share s of the tokens, 0 to 1.
    price_ratio : float
        Price k of a closed token over that of an open one.

    Returns
    -------
    ndarray
        Share of the dollars, same shape.

    Raises
    ------
    ValueError
        If a share lies outside [0, 1] or the ratio is not positive.

    Examples
    --------
    >>> round(float(dollar_share(0.8, 6.0)), 12)
    0.96
    """
    share = np.asarray(token_share, float)
    if np.any((share < 0) | (share > 1)) or price_ratio <= 0:
        raise ValueError("give shares between 0 and 1 and a positive price ratio")
    return price_ratio * share / (price_ratio * share + 1 - share)


def implied_price_ratio(token_share: float, dollar_share: float) -> float:
    """Return the price of a closed token over an open one that two shares imply.

    The odds in dollars over the odds in tokens: an identity, not a model.

    Parameters
    ----------
    token_share, dollar_share : float
        Closed share of tokens and of dollars, strictly between 0 and 1.

    Returns
    -------
    float
        The ratio.

    Raises
    ------
    ValueError
        If a share is not strictly between 0 and 1.

    Examples
    --------
    >>> round(implied_price_ratio(0.80, 0.96), 12)
    6.0
    """
    if not (0 < token_share < 1 and 0 < dollar_share < 1):
        raise ValueError("give two shares strictly between 0 and 1")
    return dollar_share / (1 - dollar_share) * (1 - token_share) / token_share


def after_release(
    weeks: ArrayLike, *, level: float, gain: float, displacement: float, ramp: float = 3.0
) -> pd.DataFrame:
    r"""Return weekly use, relative to trend, around an open release in week 0.

    Open use rises by :math:`g_t = gain \, (1 - e^{-t/ramp})`, and closed use falls by
    ``displacement`` times as many tokens.

    Parameters
    ----------
    weeks : array-like
        Weeks since the release; negative before it.
    level : float
        Tokens a week of each side without the release; equal for both.
    gain : float
        Tokens a week that open use gains in the end.
    displacement : float
        Closed tokens lost per token that open gains: 0 separate curves, 1 one market.
    ramp : float
        Weeks until 63% of the gain is reached.

    Returns
    -------
    DataFrame
        Indexed by week: ``open``, ``closed``, in tokens a week.

    Examples
    --------
    >>> after_release([-1, 100], level=10.0, gain=4.0, displacement=1.0).round(6).values.tolist()
    [[10.0, 10.0], [14.0, 6.0]]
    """
    index = pd.Index(np.asarray(weeks, float), name="week")
    grown = gain * -np.expm1(-np.maximum(index.to_numpy(), 0) / ramp)
    return pd.DataFrame({"open": level + grown, "closed": level - displacement * grown}, index)


@dataclass(frozen=True)
class Swings:
    """How a simulated weekly record moves about its trends.

    Parameters
    ----------
    own : float
        Standard deviation of each side's own swings, in log units.
    memory : float
        Correlation of a swing with that of the week before.
    growth : tuple of float
        Yearly log growth of open and of closed.
    """

    own: float = 0.10
    memory: float = 0.7
    growth: tuple[float, float] = (1.5, 0.5)

    def draw(self, deviation: float, shape: tuple[int, int], rng: np.random.Generator) -> NDArray:
        """Return stationary first-order autoregressive swings, shape (records, weeks)."""
        steps = rng.normal(size=shape)
        swings = np.empty(shape)
        swings[:, 0] = steps[:, 0]
        for week in range(1, shape[1]):
            fresh = np.sqrt(1 - self.memory**2) * steps[:, week]
            swings[:, week] = self.memory * swings[:, week - 1] + fresh
        return deviation * swings


def estimated_displacement(
    displacement: float,
    common: float,
    *,
    weeks: int,
    records: int,
    rng: np.random.Generator,
    swings: Swings | None = None,
) -> NDArray:
    r"""Return the displacement that a naive analyst would find in simulated weekly records.

    Open is :math:`O_t e^{u_t + c_t}` and closed :math:`(C_t e^{v_t} - a O_t (e^{u_t} - 1)) e^{c_t}`
    with own swings u, v, a demand c common to both, and displacement a. Each side is freed of its
    log-linear trend; the estimate is minus the slope of closed on open deviations, in tokens.

    Parameters
    ----------
    displacement : float
        True tokens lost per token gained.
    common : float
        Standard deviation of the common demand over that of each side's own swings.
    weeks, records : int
        Length and number of the simulated records.
    rng : numpy.random.Generator
        Source of randomness.
    swings : Swings, optional
        Size and memory of the swings.

    Returns
    -------
    ndarray, shape (records,)
        Estimates, in tokens lost per token gained.

    Examples
    --------
    >>> found = estimated_displacement(1.0, 0.0, weeks=200, records=400,
    ...                                rng=np.random.default_rng(1))
    >>> round(float(np.median(found)), 1)
    1.0
    """
    swings = swings or Swings()
    years, shape = np.arange(weeks) / 52, (records, weeks)
    trends = [np.exp(rate * (years - years.mean())) for rate in swings.growth]
    own_open, own_closed = (swings.draw(swings.own, shape, rng) for _ in trends)
    demand = np.exp(swings.draw(common * swings.own, shape, rng))
    opened = trends[0] * np.exp(own_open) * demand
    lost = displacement * trends[0] * np.expm1(own_open)
    closed = (trends[1] * np.exp(own_closed) - lost) * demand
    gained, changed = (_off_trend(years, record) for record in (opened, closed))
    return -(gained * changed).sum(axis=1) / (gained**2).sum(axis=1)


def _off_trend(years: NDArray, records: NDArray) -> NDArray:
    """Return each record less its own log-linear trend, in the record's unit."""
    # A deep displaced trough could fall to nothing, where a logarithm does not exist.
    logs = np.log(np.maximum(records, 1e-6))
    line = np.polynomial.polynomial.polyfit(years, logs.T, 1)
    return records - np.exp(np.polynomial.polynomial.polyval(years, line))


def displacement_found(
    commons: ArrayLike, displacements: ArrayLike, *, weeks: int, records: int, seed: int
) -> pd.DataFrame:
    """Return what is found, by strength of the common demand and true displacement.

    Parameters
    ----------
    commons, displacements : array-like
        Values to combine, as in `estimated_displacement`.
    weeks, records, seed : int
        Length and number of records; seed of the generator, the same for every combination.

    Returns
    -------
    DataFrame
        ``common``, ``displacement``, ``median``, ``low``, ``high`` (the middle 95%).

    Examples
    --------
    >>> found = displacement_found([0.0], [0.0, 1.0], weeks=28, records=200, seed=1)
    >>> found["displacement"].tolist()
    [0.0, 1.0]
    """
    rows = []
    for truth in np.asarray(displacements, float):
        for common in np.asarray(commons, float):
            rng = np.random.default_rng(seed)
            found = estimated_displacement(truth, common, weeks=weeks, records=records, rng=rng)
            rows.append((common, truth, *np.quantile(found, [0.5, 0.025, 0.975])))
    return pd.DataFrame(rows, columns=["common", "displacement", "median", "low", "high"])
