"""Could the record of the premium tell? Power and coverage by simulation, before the estimate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from uptake.openclosed.premium.ratio import premium, years
from uptake.openclosed.premium.scores import half_width
from uptake.openclosed.simulations import SlopeSimulation
from uptake.openclosed.trends import correlated, slope_error, slope_interval


@dataclass(frozen=True, eq=False)
class PremiumSimulation(SlopeSimulation):
    """Trends of simulated records of the premium, in log units a year.

    Attributes
    ----------
    spread, correlation : float
        Standard deviation of the noise, in log units, and its correlation between months.
    months : int
        Length of each record.
    """

    spread: float
    correlation: float
    months: int


def noise(record: pd.DataFrame) -> tuple[float, float]:
    """Return the standard deviation and the autocorrelation of a record about its line.

    The line itself is not shown: power is worked out before the estimate is looked at.

    Parameters
    ----------
    record : DataFrame
        From `premium`.
    """
    t, y = years(record.index), record["premium"].to_numpy()
    _, rho = slope_error(t, y)
    residuals = y - np.polyval(np.polyfit(t, y, 1), t)
    return float(residuals.std(ddof=2)), float(rho[0])


def power(
    effect: float,
    rng: np.random.Generator,
    *,
    size: int = 1000,
    months: int | None = None,
    draws: int = 100,
    **choices: object,
) -> PremiumSimulation:
    r"""Simulate records as long and as noisy as the real one, with a known trend.

    .. math:: y_t = e\, t + \sigma u_t, \qquad u_t \text{ AR(1) with correlation } \rho

    with :math:`\sigma` and :math:`\rho` those of the real record about its line. Intervals are
    those of `premium_trend`, the spread that comes from the scores being that of the real record.

    Parameters
    ----------
    effect : float
        Trend, log units a year.
    rng : Generator
        Source of randomness.
    size : int
        Number of records.
    months : int, optional
        Length; by default that of the real record. With another length the noise of the scores,
        which is known for the real one only, is left out.
    draws : int
        As in `premium_trend`.
    **choices
        As for `premium`.

    Examples
    --------
    >>> power(-10.0, np.random.default_rng(1), size=50).power
    1.0
    """
    record = premium(**choices)
    spread, rho = noise(record)
    n = months or len(record)
    t = np.arange(n) / 12
    records = effect * t + spread * correlated(n, rho, size, rng)
    value, half, _ = slope_interval(t, records)
    if months is None:
        half = np.maximum(half, half_width(draws, **choices))
    return PremiumSimulation(effect, value - half, value + half, value, spread, rho, n)


def hac_coverage(
    rng: np.random.Generator, *, size: int = 400, lags: int = 3, **choices: object
) -> float:
    """Return how often the 95% HAC interval holds a trend of zero on such records.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    size : int
        Number of records.
    lags : int
        As in `hac_interval`.
    **choices
        As for `premium`.
    """
    record = premium(**choices)
    spread, rho = noise(record)
    design = sm.add_constant(years(record.index))
    options = {"maxlags": lags, "use_correction": True}
    held = 0
    for row in spread * correlated(len(record), rho, size, rng):
        fitted = sm.OLS(row, design).fit(cov_type="HAC", cov_kwds=options, use_t=True)
        low, high = fitted.conf_int()[1]
        held += low <= 0 <= high
    return held / size


def months_needed(
    effect: float,
    rng: np.random.Generator,
    lengths: tuple[int, ...] = (24, 36, 48, 60, 84, 120),
    **choices: object,
) -> pd.Series:
    """Return the power by length of the record, in months, the noise of the scores left out.

    Parameters
    ----------
    effect : float
        Trend, log units a year.
    rng : Generator
        Source of randomness.
    lengths : tuple of int
        Months.
    **choices
        As for `premium`.
    """
    found = {n: power(effect, rng, size=300, months=n, **choices).power for n in lengths}
    return pd.Series(found, name="power")
