"""A record as forecasters see it: what is known at each origin, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Exponential
from uptake.records import numbers, prepare
from uptake.separable import Array, Kind, Scale
from uptake.times import as_index, is_dated, measure


@dataclass(frozen=True, eq=False)
class History:
    """A record, the origins to forecast from and the steps ahead.

    Parameters
    ----------
    labels : Index
        Times (stock) or edges (flow) as the reader has them, those still to come at the end.
    t : ndarray
        The same as numbers.
    y : ndarray, shape (n,)
    kind, scale : str
    start : date, number or None
        Time zero as the user gave it.
    origins : ndarray of int, shape (origins,)
        How many points are known at each origin.
    horizons : ndarray of int, shape (horizons,)
        Steps ahead of the last known point.
    """

    labels: pd.Index
    t: Array
    y: Array
    kind: Kind
    scale: Scale
    start: Any
    origins: np.ndarray
    horizons: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Points known at each origin, bool of shape (origins, n)."""
        return np.arange(self.y.size) < self.origins[:, np.newaxis]

    @property
    def targets(self) -> np.ndarray:
        """Position of each target, int of shape (origins, horizons); past the end is clipped."""
        ahead = self.origins[:, np.newaxis] + self.horizons - 1
        return np.minimum(ahead, self.points - 1)

    @property
    def asked(self) -> np.ndarray:
        """Targets whose time is given, bool of shape (origins, horizons)."""
        return self.origins[:, np.newaxis] + self.horizons <= self.points

    @property
    def points(self) -> int:
        """Number of points in all, those to come among them."""
        return self.t.size - (self.kind == "flow")

    @property
    def times(self) -> Array:
        """One time for each point: that of a level, the middle of an interval."""
        return (self.t[1:] + self.t[:-1]) / 2 if self.kind == "flow" else self.t

    @property
    def ends(self) -> pd.Index:
        """When each point is known: its time, or the end of its interval."""
        return self.labels[1:] if self.kind == "flow" else self.labels

    @cached_property
    def z(self) -> Array:
        """The record on its scale."""
        return np.log(self.y) if self.scale == "log" else self.y

    @cached_property
    def actual(self) -> Array:
        """What came, shape (origins, horizons); NaN where it is not known yet."""
        padded = np.r_[self.y, np.full(self.points - self.y.size, np.nan)]
        return np.where(self.asked, padded[self.targets], np.nan)

    @cached_property
    def step(self) -> Array:
        """Mean absolute change from point to point known at each origin, shape (origins,)."""
        changes = np.r_[0.0, np.cumsum(np.abs(np.diff(self.y)))]
        return changes[self.origins - 1] / (self.origins - 1)


def history(
    t: Any,
    y: Any,
    future: Any,
    origins: Sequence[int],
    horizons: Sequence[int],
    *,
    kind: Kind,
    scale: Scale,
    origin: Any,
) -> History:
    """Check a record as `uptake.fit` does, and add the times to come.

    Raises
    ------
    ValueError
        With the reason and what to do about it.
    """
    y = numbers("y", y)
    if y.ndim != 1:
        raise ValueError(
            f"forecasts are of one record; got shape {y.shape}: take one row or column"
        )
    options = {"kind": kind, "scale": scale, "errors": "iid", "fixed": None, "weights": None}
    # Exponential has the fewest needs of all curves: no launch, two parameters.
    prepare(Exponential, t, y[np.newaxis], origin=origin, **options)
    labels = as_index(t, kind)
    if future is not None:
        labels = _joined(labels, future, kind)
    numbered, _ = measure(labels, kind, origin, launched=False)
    return History(
        labels, numbered, y, kind, scale, origin, np.asarray(origins), np.asarray(horizons)
    )


def _joined(labels: pd.Index, future: Any, kind: Kind) -> pd.Index:
    """Append times to come; flows go on from the record's last edge."""
    dated = isinstance(labels, pd.DatetimeIndex)
    if is_dated(future) != dated:
        wanted = "dates" if dated else "numbers"
        raise ValueError(f"the record's times are {wanted}, so the times to forecast must be too")
    coming = as_index(future, kind)
    if kind == "flow":
        if not len(coming) or coming[0] != labels[-1]:
            raise ValueError(
                f"the edges to forecast must begin where the record ends, at {labels[-1]}"
            )
        coming = coming[1:]
    if not len(coming):
        raise ValueError("there is no time to forecast; give at least one after the record's last")
    return labels.append(coming)


def whole(name: str, values: Any, least: int) -> np.ndarray:
    """Return increasing whole numbers, or say what is wrong with them.

    Raises
    ------
    ValueError
        For anything but whole numbers from ``least`` on, or repeats.

    Examples
    --------
    >>> whole("horizons", [2, 1], 1).tolist()
    [1, 2]
    """
    array = np.atleast_1d(np.asarray(values))
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu" or (array < least).any():
        raise ValueError(f"{name} must be whole numbers from {least} on; got {values!r}")
    if np.unique(array).size < array.size:
        raise ValueError(f"{name} must not repeat; got {values!r}")
    return np.sort(array)
