"""How many months one frontier is behind another, and which of its levels are not caught yet.

Backward: how long ago did the leader have what the follower has now? Defined for every level the
follower reached, silent about those it has not. Forward: how long until the follower reached what
the leader had? Censored for levels not reached yet, and so the one to analyse as waiting times.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.frontier.records import Frontier, same_direction

DAYS_PER_MONTH = 365.25 / 12


def lag_backward(
    leader: Frontier,
    follower: Frontier,
    at: ArrayLike | None = None,
    *,
    tolerance: float = 0.0,
    until: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    r"""Return how long ago the leader first reached the level the follower has on each date.

    .. math:: B(t) = t - \min\{u : F_L(u) \ge F_F(t) + c\}

    Parameters
    ----------
    leader, follower : Frontier
        Two frontiers of one score.
    at : array-like of dates, optional
        Default: the dates of the follower's records.
    tolerance : float
        Points ``c`` by which the follower is lifted; see `catch_up`.
    until : date, optional
        End of observation; by default the last entry of either side.

    Returns
    -------
    DataFrame
        Per date: ``level`` (points), ``reached`` (date), ``months`` (negative when the follower
        was first), ``open_start`` (the leader was already there at its first entry, so the lag is
        a lower bound) and ``open_end`` (the leader never got there, so the lead is a lower bound).

    Raises
    ------
    ValueError
        For a maximum and a minimum, a date before the follower's first entry, or ``until`` before
        the last entry.

    Examples
    --------
    >>> from uptake.frontier import frontier
    >>> a = frontier(["2024-01-01", "2024-03-01"], [5.0, 9.0])
    >>> b = frontier(["2024-07-01"], [8.0])
    >>> lag_backward(a, b)["months"].round(1).tolist()
    [4.0]
    """
    same_direction(leader, follower)
    at = pd.DatetimeIndex(follower.records["date"] if at is None else at)
    if (at < follower.dates[0]).any():
        raise ValueError(f"the follower has no entry before {follower.dates[0]:%Y-%m-%d}")
    end = _end(leader, follower, until)
    level = follower(at)
    reached = pd.DatetimeIndex([leader.reached(x + leader.sign * tolerance) for x in level])
    table = pd.DataFrame({"level": level, "reached": reached}, index=at)
    table["months"] = _months(at - reached.fillna(end))
    table["open_start"] = reached == leader.dates[0]
    table["open_end"] = reached.isna()
    return table


def catch_up(
    leader: Frontier,
    follower: Frontier,
    levels: ArrayLike | None = None,
    *,
    tolerance: float = 0.0,
    standard_errors: float = 0.0,
    until: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    r"""Return the time from the leader's reaching a level to the follower's (the forward lag).

    The follower's entry ``i`` has caught up with the leader's entry ``j`` when

    .. math:: s_i + c + z \sqrt{e_i^2 + e_j^2} \ge s_j ,

    with tolerance ``c`` in points and ``z`` combined standard errors ``e``. Every entry of the
    follower is tried, since one with a wide error may catch up without being a record.

    Parameters
    ----------
    leader, follower : Frontier
        Two frontiers of one score.
    levels : array-like, shape (k,), optional
        Thresholds, in points. By default the leader's records; levels the leader never reached
        within the data are left out.
    tolerance : float
        Points ``c`` by which the follower may fall short and still count as level.
    standard_errors : float
        ``z``: 0 ignores noise; 1.96 counts as level all that a two-sided 5% test cannot separate.
    until : date, optional
        End of observation, where waiting times are censored; by default the last entry of either.

    Returns
    -------
    DataFrame
        Per level: ``level``, ``date`` and ``leader`` (who set it), ``caught`` and ``follower``
        (missing when not yet), ``months`` (to ``caught``, or to ``until``; zero or less when the
        follower was level already), ``matched``, ``entry`` (months after ``date`` at which the
        follower is first observed: delayed entry), ``open_start`` (the follower was level when
        first observed, so ``months`` is an upper bound and the waiting time was not watched).

    Examples
    --------
    >>> from uptake.frontier import frontier
    >>> a = frontier(["2024-01-01", "2024-06-01"], [5.0, 9.0], names=["A1", "A2"])
    >>> b = frontier(["2024-01-01", "2024-04-01"], [1.0, 6.0], names=["B1", "B2"])
    >>> catch_up(a, b, until="2024-12-01")[["leader", "follower", "matched", "months"]].round(1)
      leader follower  matched  months
    0     A1       B2     True     3.0
    1     A2     None    False     6.0
    """
    same_direction(leader, follower)
    end = _end(leader, follower, until)
    table = _crossings(leader, levels)
    spread = np.hypot(table.pop("error").to_numpy()[:, None], follower.errors)
    lifted = follower.sign * follower.scores + tolerance + standard_errors * spread
    hit = lifted >= follower.sign * table["level"].to_numpy()[:, None]
    first, matched = hit.argmax(axis=1), hit.any(axis=1)
    caught = pd.Series(follower.dates[first]).where(matched)
    start = follower.dates[0]
    return table.assign(
        caught=caught,
        follower=pd.Series(follower.names[first], dtype=object).where(matched, None),
        months=_months(caught.fillna(end) - table["date"]),
        matched=matched,
        entry=np.maximum(_months(start - table["date"]), 0.0),
        open_start=(caught == start) & (table["date"] < start),
    )


def mean_lag(
    leader: Frontier, follower: Frontier, *, low: float | None = None, high: float | None = None
) -> float:
    r"""Return the mean horizontal distance between two frontiers, in months.

    .. math:: \frac{1}{b-a} \int_a^b \bigl[T_F(s) - T_L(s)\bigr]\, ds, \quad
              T(s) = \min\{t : F(t) \ge s\}

    The integral over the scores ``s`` is exact, both frontiers being steps. By default it runs
    over the scores both sides crossed while observed: from the higher of the two first entries
    to the lower of the two final bests. Levels not yet caught are left out, so the mean is too
    short when the newest lags are the longest; `catch_up` with censoring has no such bias.

    Parameters
    ----------
    leader, follower : Frontier
        Two frontiers of one score.
    low, high : float, optional
        Ends of the range of scores.

    Returns
    -------
    float
        Negative when the follower was first.

    Raises
    ------
    ValueError
        When the two do not share the range.

    Examples
    --------
    >>> from uptake.frontier import frontier
    >>> a = frontier(["2024-01-01", "2024-03-01"], [0.0, 10.0])
    >>> b = frontier(["2024-01-01", "2024-05-01", "2024-07-01"], [0.0, 5.0, 10.0])
    >>> round(mean_lag(a, b), 1)    # half the range 2 months late, half 4
    3.0
    """
    same_direction(leader, follower)
    sign, sides = leader.sign, (leader, follower)
    steps = [sign * side.records["score"].to_numpy() for side in sides]
    bottom = max(s[0] for s in steps) if low is None else sign * low
    top = min(s[-1] for s in steps) if high is None else sign * high
    if not bottom < top or top > min(s[-1] for s in steps):
        raise ValueError("the two frontiers share no such range of scores; widen low and high")
    edges = np.unique(np.concatenate([[bottom, top], *steps]))
    edges = edges[(edges >= bottom) & (edges <= top)]
    # T(s) is constant between steps and belongs to the upper edge of each piece.
    times = [pd.DatetimeIndex([side.reached(sign * s) for s in edges[1:]]) for side in sides]
    return float(np.average(_months(times[1] - times[0]), weights=np.diff(edges)))


def cluster_weights(labels: ArrayLike) -> NDArray:
    """Return weights that give each label a total of one; a missing label is its own cluster.

    One model that beats five thresholds then counts once.

    Examples
    --------
    >>> cluster_weights(["a", "a", "b", None, None]).tolist()
    [0.5, 0.5, 1.0, 1.0, 1.0]
    """
    labels = pd.Series(labels, dtype=object)
    sizes = labels.map(labels.value_counts())
    return (1 / sizes.fillna(1).astype(float)).to_numpy()


def _crossings(leader: Frontier, levels: ArrayLike | None) -> pd.DataFrame:
    records = leader.records.rename(columns={"score": "level", "name": "leader"})
    if levels is None:
        return records[["level", "date", "leader", "error"]]
    levels = np.unique(np.asarray(levels, float))
    heights = leader.sign * records["level"].to_numpy()
    place = np.searchsorted(heights, leader.sign * levels)
    reached = place < len(records)
    table = records.iloc[place[reached]].reset_index(drop=True)
    return table.assign(level=levels[reached])[["level", "date", "leader", "error"]]


def _end(leader: Frontier, follower: Frontier, until: str | pd.Timestamp | None) -> pd.Timestamp:
    last = max(leader.dates[-1], follower.dates[-1])
    end = last if until is None else pd.Timestamp(until)
    if end < last:
        raise ValueError(f"entries run to {last:%Y-%m-%d}, past until; cut both sides there first")
    return end


def _months(span: pd.TimedeltaIndex | pd.Series) -> NDArray:
    return np.asarray(span / pd.Timedelta(days=DAYS_PER_MONTH), float)
