"""Where the growth model starts: today's lag on the index, and how far it may be too short."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from uptake.openclosed.capability import index, sides
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known
from uptake.openclosed.selfimprovement.chance import VINTAGE
from uptake.openclosed.selfimprovement.lags import behind, monthly_lag

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Today:
    """What the model is calibrated to.

    Attributes
    ----------
    lag : Estimate
        Mean monthly lag since the start, behind the best public model, in months.
    delay : float
        Longest known time from the first showing of a closed model to general access, in months.
    delayed : str
        That model.
    months : int
        Length of the record.
    """

    lag: Estimate
    delay: float
    delayed: str
    months: int

    @property
    def hidden_drift(self) -> float:
        """Drift that a lag would hide if the delay grew from none to its longest, months a year."""
        return self.delay / (self.months / 12)


def today(
    start: str = "2025-01-01", *, draws: int = 1000, rng: np.random.Generator | None = None
) -> Today:
    """Return today's lag with its interval, and the longest delay known by the freeze.

    The interval of the mean lag is the value plus or minus 1.96 standard deviations of the mean
    when every score is redrawn within its own error; the mean of the redrawn ones is biased, since
    noise lifts a maximum, so only their spread counts.

    Parameters
    ----------
    start : str
        First month.
    draws : int
        Number of redrawn sets of scores.
    rng : Generator, optional
        By default seeded with 14, the claim's number.

    Examples
    --------
    >>> found = today(draws=50)
    >>> found.delayed, round(found.delay, 1)
    ('o3', 3.8)
    """
    rng = rng or np.random.default_rng(14)
    both = sides(index(VINTAGE))
    record = monthly_lag(both, start)
    scores = {
        name: side.scores + side.errors * rng.standard_normal((draws, side.scores.size))
        for name, side in (("closed", both.closed), ("opened", both.open))
    }
    redrawn, _ = behind(both, record.index, **scores)
    half = float(norm.ppf(0.975) * redrawn.mean(axis=1).std(ddof=1))
    value = float(record["months"].mean())
    gaps = known("access_gaps").query("weights == 'closed' and not upper_bound")
    longest = gaps.loc[gaps["days"].idxmax()]
    delay = float(longest["days"]) / DAYS_PER_YEAR * 12
    lag = Estimate(value, value - half, value + half, "months", n=len(record))
    return Today(lag, delay, str(longest["model"]), len(record))
