"""The lag by month: how long ago a closed model first had the score of the best open one."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from uptake.frontier import DAYS_PER_MONTH
from uptake.openclosed.capability import Sides, monthly

TOLERANCES = {"exact": 0.0, "significance": float(norm.ppf(0.95))}
"""Combined standard errors by which the open side may fall short and still be level."""


def monthly_lag(both: Sides, start: str, *, tolerance: str = "exact") -> pd.DataFrame:
    """Return the lag at the end of each month, as far as the index can show it.

    With the tolerance "exact" this is `uptake.frontier.lag_backward`, except that a lead is a lag
    of zero. With "significance" a closed model counts as ahead only when no open model is within
    1.645 combined standard errors of it (one-sided, 5%).

    Months in which the first closed model of the index is still ahead are left out. Such a lag is
    only bounded from below: earlier closed models are not in the index.

    Parameters
    ----------
    both : Sides
        The two sides, from `uptake.openclosed.capability.sides`.
    start : str
        First month.
    tolerance : {"exact", "significance"}
        What counts as level.

    Returns
    -------
    DataFrame
        By month end: ``months``, the lag, and ``leader``, the closed model it is counted from
        (missing where no closed model is ahead). ``attrs["left_out"]`` counts months left out.

    Raises
    ------
    ValueError
        If ``tolerance`` is neither of the two.

    Examples
    --------
    >>> from uptake.openclosed import capability
    >>> both = capability.sides(capability.index("2026-05-14"))
    >>> table = monthly_lag(both, "2023-01-01")
    >>> table.attrs["left_out"], table.index[0]
    (16, Timestamp('2024-07-31 00:00:00'))
    """
    ends = monthly(both, start).index
    months, first = behind(both, ends, standard_errors=allowance(tolerance))
    seen = np.cumsum(first[0] != 0) > 0
    names = pd.Series(both.closed.names).reindex(first[0]).to_numpy()
    table = pd.DataFrame({"months": months[0], "leader": names}, index=ends)[seen]
    table.attrs["left_out"] = int((~seen).sum())
    return table


def allowance(tolerance: str) -> float:
    """Return the number of combined standard errors that a tolerance allows."""
    if tolerance not in TOLERANCES:
        raise ValueError(f"tolerance is {tolerance!r}; use one of {', '.join(TOLERANCES)}")
    return TOLERANCES[tolerance]


def behind(
    both: Sides,
    ends: pd.DatetimeIndex,
    *,
    standard_errors: float = 0.0,
    closed: NDArray | None = None,
    opened: NDArray | None = None,
) -> tuple[NDArray, NDArray]:
    r"""Return the lag of many records at once.

    A closed model ``j`` is ahead on day ``t`` when

    .. math:: s_j \ge \max_{i:\, d_i \le t} \Bigl(s_i + z \sqrt{e_i^2 + e_j^2}\Bigr)

    over the open models ``i``. The lag is the time since the first such ``j``; zero when there is
    none by ``t``.

    Parameters
    ----------
    both : Sides
        Dates and standard errors, and the scores unless others are given.
    ends : DatetimeIndex, shape (n,)
        Days, when both sides have a model.
    standard_errors : float
        ``z``.
    closed, opened : ndarray, shape (b, closed models) and (b, open models), optional
        Other scores in place of the real ones, such as simulated ones.

    Returns
    -------
    ndarray, shape (b, n)
        Lag in months.
    ndarray of int, shape (b, n)
        Which closed model it is counted from; -1 for none.
    """
    leader, follower = both.closed, both.open
    closed = leader.scores[None] if closed is None else closed
    opened = follower.scores[None] if opened is None else opened
    spread = standard_errors * np.hypot.outer(follower.errors, leader.errors)
    place = np.searchsorted(follower.dates, ends, side="right") - 1
    days = np.asarray((ends.to_numpy()[:, None] - leader.dates.to_numpy()), "timedelta64[D]")
    days = days.astype(float)
    months, first = (np.empty((len(closed), len(ends)), dtype) for dtype in (float, int))
    for row, (lead, follow) in enumerate(zip(closed, opened, strict=True)):
        bars = np.maximum.accumulate(follow[:, None] + spread, axis=0)[place]
        ahead = (lead >= bars) & (days >= 0)
        any_ahead = ahead.any(axis=1)
        first[row] = np.where(any_ahead, ahead.argmax(axis=1), -1)
        since = days[np.arange(len(ends)), first[row]]
        months[row] = np.where(any_ahead, since / DAYS_PER_MONTH, 0.0)
    return months, first
