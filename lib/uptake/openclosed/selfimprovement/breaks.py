"""Has either frontier bent? One break at an unknown date, tested against what running maxima do."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.competing.breaks import Break, find_break, largest_f
from uptake.frontier import Frontier
from uptake.openclosed.capability import Sides, index, monthly, sides
from uptake.openclosed.capability.widening import best_by_month
from uptake.openclosed.selfimprovement.chance import VINTAGE
from uptake.openclosed.trends import slope, years

TRIM = 0.15
SERIES = ("closed", "open", "gap")


@dataclass(frozen=True, eq=False)
class Bends:
    """Breaks of both frontiers and of their gap, and what the test is worth.

    Attributes
    ----------
    table : DataFrame
        By series: ``date`` of the break, ``first`` and ``last`` (middle 95% of the dates found in
        records with this break), slope ``before`` and ``after`` (points a year), ``sup-F``, ``p
        line`` (errors of an autoregression about a line), ``p maxima`` (running maxima of models
        released as these were) and ``power`` at a doubling of the slope.
    lines : dict
        By series: the record and its two fitted lines.
    by_itself : float
        Share of simulated unbroken records of the closed side that the test about a line calls
        broken at 5%.
    """

    table: pd.DataFrame
    lines: dict[str, pd.DataFrame]
    by_itself: float


def bends(
    rng: np.random.Generator,
    *,
    vintage: str = VINTAGE,
    start: str = "2023-01-01",
    draws: int = 999,
    size: int = 3000,
    checked: int = 200,
) -> Bends:
    """Test the closed frontier, the open one and their gap for one break each.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    vintage : str
        Edition of the index, by the freeze.
    start : str
        First month.
    draws : int
        Records of the bootstrap about a line.
    size : int
        Simulated pairs of frontiers, without a break and with one.
    checked : int
        How many of them are put through the bootstrap about a line themselves.

    Examples
    --------
    >>> found = bends(np.random.default_rng(1), draws=19, size=20, checked=2)
    >>> found.table.index.tolist()
    ['closed', 'open', 'gap']
    """
    both = sides(index(vintage))
    record = monthly(both, start)
    t = years(record.index)
    even = frontiers(rng, both=both, ends=record.index, size=size)
    # The middle of the record is where a break is easiest to see.
    bent = frontiers(rng, both=both, ends=record.index, size=size, times=2.0)
    rows, lines = {}, {}
    for name in SERIES:
        y = record[name].to_numpy()
        found = find_break(t, y, TRIM, draws, rng)
        null, power = (largest_f(t, each[name], TRIM) for each in (even, bent))
        p_value = (1 + int((null >= found.statistic).sum())) / (1 + size)
        seen = float((power > np.quantile(null, 0.95)).mean())
        dates = [record.index[np.abs(t - at).argmin()] for at in (found.time, *_ends(found))]
        rows[name] = (*dates, *found.slopes, found.statistic, found.p_value, p_value, seen)
        lines[name] = _fitted(record[name], t, found.time)
    called = [find_break(t, y, TRIM, 99, rng).p_value <= 0.05 for y in even["closed"][:checked]]
    columns = ["date", "first", "last", "before", "after", "sup-F", "p line", "p maxima", "power"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return Bends(table, lines, float(np.mean(called)))


def frontiers(
    rng: np.random.Generator,
    *,
    both: Sides,
    ends: pd.DatetimeIndex,
    size: int,
    times: float = 1.0,
) -> dict[str, NDArray]:
    """Simulate pairs of frontiers; the closed one bends in the middle of the record, if at all.

    Every model keeps its day; its score is its side's line plus a deviation drawn from its side's
    own. After the middle month the closed side's line rises ``times`` as fast.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    both : Sides
        The real sides.
    ends : DatetimeIndex, shape (n,)
        Month ends.
    size : int
        Number of pairs.
    times : float
        Slope of the closed side after the break over that before; the open side's too, so that
        the power of each frontier is known, while the gap bends by the closed side alone.

    Returns
    -------
    dict of ndarray, shape (size, n)
        ``closed``, ``open`` and ``gap``.

    Examples
    --------
    >>> both = sides(index("2026-05-14"))
    >>> ends = monthly(both, "2024-01-01").index
    >>> pairs = frontiers(np.random.default_rng(1), both=both, ends=ends, size=3)
    >>> bool((np.diff(pairs["closed"]) >= 0).all())
    True
    """
    closed = _maxima(both.closed, ends, size, times, rng)
    opened = _maxima(both.open, ends, size, times, rng)
    still = opened if times == 1 else _maxima(both.open, ends, size, 1.0, rng)
    return {"closed": closed, "open": opened, "gap": closed - still}


def _maxima(
    side: Frontier, ends: pd.DatetimeIndex, size: int, times: float, rng: np.random.Generator
) -> NDArray:
    middle = ends[0] + (ends[-1] - ends[0]) / 2
    months = years(ends, middle)
    t = years(side.dates, middle)
    own = float(slope(months, side(ends)))
    drawn = rng.choice(side.scores - own * t, (size, t.size)) + own * t
    drawn = drawn + (times - 1) * own * np.maximum(t, 0)
    return best_by_month(side.dates, drawn, ends, "best")


def _ends(found: Break) -> tuple[float, float]:
    return found.spread.low, found.spread.high


def _fitted(record: pd.Series, t: NDArray, at: float) -> pd.DataFrame:
    before = t < at - 1e-9
    line = np.concatenate(
        [np.polyval(np.polyfit(t[p], record[p], 1), t[p]) for p in (before, ~before)]
    )
    return pd.DataFrame({"record": record, "line": line, "after": ~before}, index=record.index)
