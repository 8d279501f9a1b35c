"""The best score so far, and how far one best is above another.

A frontier is the running record of dated scores. This module compares two of them vertically (a
gap in points on a date); `lags` compares them horizontally (months at a score).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Frontier:
    """The best score so far among dated entries; made by `frontier`, called with dates.

    Attributes
    ----------
    dates : DatetimeIndex, shape (n,)
        Dates of all entries, ascending; within a day the best entry comes first.
    scores : ndarray, shape (n,)
        Score of each entry, in the unit of the data.
    names : ndarray of object, shape (n,)
        Who made each entry.
    errors : ndarray, shape (n,)
        Standard error of each score; zeros when none were given.
    best : {"max", "min"}
        Whether a higher or a lower score is better.
    """

    dates: pd.DatetimeIndex
    scores: NDArray
    names: NDArray
    errors: NDArray
    best: str = "max"

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return 1 if self.best == "max" else -1

    @property
    def records(self) -> pd.DataFrame:
        """One row per record: date, score, name, error. Only a strict improvement is a record.

        Of several entries on one date the best counts; of equals, the first given.
        """
        table = pd.DataFrame(
            {"date": self.dates, "score": self.scores, "name": self.names, "error": self.errors}
        )
        before = (self.sign * table["score"]).cummax().shift(fill_value=-np.inf)
        return table[self.sign * table["score"] > before].reset_index(drop=True)

    def __call__(self, at: ArrayLike | pd.Timestamp) -> NDArray:
        """Return the best score reached by each date ``at`` (that day included); NaN before."""
        best = self.sign * np.maximum.accumulate(self.sign * self.scores)
        place = np.searchsorted(self.dates, pd.DatetimeIndex(np.atleast_1d(at)), side="right")
        return np.where(place > 0, best[np.maximum(place - 1, 0)], np.nan)

    def mean_of_top(self, k: int, at: ArrayLike | pd.Timestamp) -> NDArray:
        """Return the mean of the ``k`` best entries dated by each ``at``; NaN with fewer than k.

        Less at the mercy of one lucky entry than the maximum, which is ``k = 1``.

        Raises
        ------
        ValueError
            For k below one.

        Examples
        --------
        >>> front = frontier(["2024-01-01", "2024-03-01", "2024-05-01"], [50, 40, 70])
        >>> front.mean_of_top(2, ["2024-02-01", "2024-06-01"]).tolist()
        [nan, 60.0]
        """
        if k < 1:
            raise ValueError(f"k is {k}; give the number of entries to average, 1 or more")
        place = np.searchsorted(self.dates, pd.DatetimeIndex(np.atleast_1d(at)), side="right")
        ordered = [np.sort(self.sign * self.scores[:n])[::-1] for n in place]
        return np.array([self.sign * s[:k].mean() if len(s) >= k else np.nan for s in ordered])

    def reached(self, level: float, tolerance: float = 0.0) -> pd.Timestamp:
        """Return the first date with a score within ``tolerance`` of ``level``, or NaT.

        Examples
        --------
        >>> front = frontier(["2024-01-01", "2024-03-01", "2024-05-01"], [50, 40, 70])
        >>> front.reached(60), front.reached(55, tolerance=5)
        (Timestamp('2024-05-01 00:00:00'), Timestamp('2024-01-01 00:00:00'))
        """
        hit = self.sign * self.scores + tolerance >= self.sign * level
        return self.dates[hit.argmax()] if hit.any() else pd.NaT


def frontier(
    dates: ArrayLike,
    scores: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    errors: ArrayLike | None = None,
    best: str = "max",
) -> Frontier:
    r"""Return the running record of dated scores.

    .. math:: F(t) = \max_{i:\, d_i \le t} s_i

    Parameters
    ----------
    dates : array-like of dates, shape (n,)
        Ascending; several entries may share a date.
    scores : array-like, shape (n,)
        Finite scores, in any unit.
    names : sequence of str, shape (n,), optional
        Who made each entry; by default "1", "2", ...
    errors : array-like, shape (n,), optional
        Standard errors of the scores, in their unit; by default zero.
    best : {"max", "min"}
        "min" for a record low, such as a price.

    Raises
    ------
    ValueError
        If there is no entry, a length differs, a date is missing, the dates are not ascending,
        a score is not finite or an error is negative.

    Examples
    --------
    >>> dates = ["2024-01-01", "2024-03-01", "2024-05-01"]
    >>> front = frontier(dates, [50, 40, 70], names=list("abc"))
    >>> front.records[["date", "score", "name"]]
            date  score name
    0 2024-01-01   50.0    a
    1 2024-05-01   70.0    c
    >>> front("2024-04-01")
    array([50.])
    """
    dates, scores = pd.DatetimeIndex(dates), np.asarray(scores, float)
    names = [str(i + 1) for i in range(len(dates))] if names is None else names
    errors = np.zeros(len(dates)) if errors is None else np.asarray(errors, float)
    if best not in ("max", "min"):
        raise ValueError(f"best is {best!r}; use 'max' or 'min'")
    if len(dates) == 0:
        raise ValueError("no entries; check the filter that chose them")
    if not len(dates) == len(scores) == len(names) == len(errors):
        raise ValueError("dates, scores, names and errors differ in length")
    if dates.hasnans:
        raise ValueError(f"{dates.isna().sum()} dates are missing; drop those rows and count them")
    if not dates.is_monotonic_increasing:
        raise ValueError("dates are not ascending; sort all columns by date first")
    if not np.isfinite(scores).all() or not (errors >= 0).all():
        raise ValueError("scores must be finite and errors non-negative; drop or mend those rows")
    # Best first within a day, so that a crossing is credited to the day's best entry.
    order = np.lexsort((-scores if best == "max" else scores, dates))
    names = np.asarray(names, object)
    return Frontier(dates, scores[order], names[order], errors[order], best)


def gap(leader: Frontier, follower: Frontier, at: ArrayLike) -> pd.Series:
    r"""Return how many points the leader is ahead on given dates; negative when behind.

    .. math:: G(t) = F_L(t) - F_F(t) \quad\text{(sign reversed for record lows)}

    Parameters
    ----------
    leader, follower : Frontier
        Two frontiers of one score.
    at : array-like of dates, shape (n,)
        When to compare; NaN comes back for dates before either side's first entry.

    Examples
    --------
    >>> a, b = frontier(["2024-01-01"], [9.0]), frontier(["2024-02-01"], [4.0])
    >>> gap(a, b, ["2024-01-15", "2024-02-01"]).tolist()
    [nan, 5.0]
    """
    same_direction(leader, follower)
    at = pd.DatetimeIndex(at)
    return pd.Series(leader.sign * (leader(at) - follower(at)), index=at, name="gap")


def same_direction(leader: Frontier, follower: Frontier) -> None:
    """Refuse to compare a record high with a record low."""
    if leader.best != follower.best:
        raise ValueError("one frontier is a maximum, the other a minimum; build both alike")
