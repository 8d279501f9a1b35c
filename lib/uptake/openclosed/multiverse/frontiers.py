"""Records without an effect for C6, C10 and C14: two sides that improve equally fast.

As in the themes (`capability.simulate`, `selfimprovement.records`): every model keeps its day of
release and gets the deviation of a model of its own side, drawn by lot, about a line; both lines
have one slope. Here a model draws one lot for all specifications, so that the specifications of a
simulated record hang together as those of the real one do. The maxima of a growing set drift by
themselves; that drift is in these records, and is no effect.
"""

import functools
from collections.abc import Callable, Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.frontier import Frontier
from uptake.openclosed.capability import Sides, index, monthly, sides
from uptake.openclosed.capability.widening import best_by_month
from uptake.openclosed.release.leaders import pair
from uptake.openclosed.selfimprovement.chance import FIRST
from uptake.openclosed.selfimprovement.estimators import interval
from uptake.openclosed.selfimprovement.lags import allowance, behind, monthly_lag
from uptake.openclosed.trends import slope, years

_WHICH = ("licence", "o3_date", "unknown", "country")

Result = tuple[NDArray, NDArray, NDArray]
"""Rows of the table, estimates on the real record, and on the simulated ones."""


def gap(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return slope differences of C10 on records whose two sides improve equally fast.

    Parameters
    ----------
    table : DataFrame
        Specifications of C10.
    rng : Generator
        Source of the lots.
    size : int
        Number of records.
    """
    chosen = table[["vintage", *_WHICH]].itertuples(index=False, name=None)
    pairs = [_sides(*key) for key in chosen]
    return _slopes(pairs, table["start"], table["frontier"], np.arange(len(table)), rng, size)


def google(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return trends of Google's gap (C6) on records in which all improve equally fast.

    Specifications on the Arena are left out: its archive holds the leaders of each day and not
    the models, so there is nothing to draw from.

    Parameters
    ----------
    table : DataFrame
        Specifications of C6.
    rng, size
        As for `gap`.
    """
    rows = np.flatnonzero(table["measure"] == "index")
    kept = table.iloc[rows]
    pairs = [_pair(*key) for key in kept[["vintage", "o3_date"]].itertuples(index=False, name=None)]
    return _slopes(pairs, kept["start"], ["best"] * len(kept), rows, rng, size)


@functools.cache
def _sides(vintage: str, *chosen: str) -> Sides:
    return sides(index(vintage), **dict(zip(_WHICH, chosen, strict=True)))


@functools.cache
def _pair(vintage: str, o3_date: str) -> Sides:
    return pair(vintage=vintage, o3_date=o3_date)


def _slopes(pairs: list[Sides], starts: object, kinds: object, rows: NDArray,
            rng: np.random.Generator, size: int) -> Result:  # fmt: skip
    lots = _lots(pairs, rng, size)
    found = [
        _slope(both, start, kind, lots)
        for both, start, kind in zip(pairs, starts, kinds, strict=True)
    ]
    return rows, np.array([seen for seen, _ in found]), np.column_stack([sim for _, sim in found])


def _slope(both: Sides, start: str, kind: str, lots: pd.DataFrame) -> tuple[float, NDArray]:
    table = monthly(both, start, frontier=kind)
    ends, t = table.index, years(table.index)
    shared = float(slope(t, table[["closed", "open"]].to_numpy().T).mean())
    gaps = 0.0
    for side, sign in ((both.closed, 1), (both.open, -1)):
        drawn = _drawn(side, lots, float(slope(t, side(ends))), shared, ends[0])
        gaps = gaps + sign * best_by_month(side.dates, drawn, ends, kind)
    return float(slope(t, table["gap"])), slope(t, gaps)


def lag(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return drifts of the lag (C14) on records whose two sides improve equally fast.

    Parameters
    ----------
    table : DataFrame
        Specifications of C14.
    rng, size
        As for `gap`.
    """
    keys = list(table[["vintage", "o3_date", "licence"]].itertuples(index=False, name=None))
    pairs = {
        key: sides(index(key[0]), o3_date=key[1], licence=key[2]) for key in dict.fromkeys(keys)
    }
    lots = _lots(list(pairs.values()), rng, size)
    lags = _remembered(lambda key, start, z: _lags(pairs[key], start, z, lots))
    found = []
    for key, row in zip(keys, table.to_dict("records"), strict=True):
        t, real, drawn = lags(key, row["start"], row["tolerance"])
        found.append(_drift(t, np.vstack([real, drawn]), row["estimator"]))
    values = np.column_stack(found)
    return np.arange(len(table)), values[0], values[1:]


def _drift(t: NDArray, records: NDArray, estimator: str) -> NDArray:
    # Of a lag that never moves the interval has no correlation to allow for; none is needed here.
    return slope(t, records) if estimator == "trend" else interval(t, records, estimator)[0]


def _lags(
    both: Sides, start: str, tolerance: str, lots: pd.DataFrame
) -> tuple[NDArray, NDArray, NDArray]:
    record = monthly_lag(both, start, tolerance=tolerance)
    ends, whole = record.index, monthly(both, FIRST)
    own = slope(years(whole.index), whole[["closed", "open"]].to_numpy().T)
    middle = ends[0] + (ends[-1] - ends[0]) / 2
    closed, opened = (
        _drawn(side, lots, float(pace), float(own.mean()), middle)
        for side, pace in zip((both.closed, both.open), own, strict=True)
    )
    z = allowance(tolerance)
    drawn, _ = behind(both, ends, standard_errors=z, closed=closed, opened=opened)
    return years(ends), record["months"].to_numpy(), drawn


def _lots(pairs: list[Sides], rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Return a number from 0 to 1 for each record and model, shape (size, models)."""
    names = sorted({name for both in pairs for side in (both.closed, both.open)
                    for name in side.names})  # fmt: skip
    return pd.DataFrame(rng.random((size, len(names))), columns=names)


def _drawn(
    side: Frontier, lots: pd.DataFrame, own: float, new: float, day: pd.Timestamp
) -> NDArray:
    """Return scores with the deviations from a line of slope ``own`` dealt to one of ``new``."""
    t = years(side.dates, day)
    deviations = side.scores - own * t
    donors = (lots[list(side.names)].to_numpy() * deviations.size).astype(int)
    return deviations[donors] + new * t


def _remembered(function: Callable) -> Callable:
    """Return a function that works out each set of plain arguments once."""
    known: dict[Hashable, object] = {}

    def recalled(*key: Hashable) -> object:
        if key not in known:
            known[key] = function(*key)
        return known[key]

    return recalled
