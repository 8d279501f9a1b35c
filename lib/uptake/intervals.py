"""Profile likelihood on a fitted problem: intervals whose ends may be infinite.

A profile is traced outward from the optimum, all its points solved in one batch, to the edge of
the search box: for a ceiling that edge is the limit curve. If the cut-off is not met there, the
interval has no end on that side, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import stats

from uptake.curves import Curve
from uptake.least_squares import Array
from uptake.optimum import Optimum, Quantity
from uptake.separable import HORIZON
from uptake.showing import as_html
from uptake.traces import ParameterTrace, Points, QuantityTrace, Trace

_LEAST = HORIZON**-2
"""Least residual variance of a record of about one: what rounding and the horizon leave of it.

Below it differences between sums of squares are no evidence for one value or another.
"""
_POINTS = 9
_ROUNDS = 4
"""Each round of nine points narrows a crossing eightfold, to 1/4096 of the bracket."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval; an end that the data do not bound is infinite.

    Parameters
    ----------
    low, high : float
        Ends, in the unit of the quantity.
    level : float
        Nominal coverage.

    Examples
    --------
    >>> print(Interval(60691.4, 75346.5))
    60,690 to 75,350 (95%)
    >>> print(Interval(160.0, float("inf")))
    160.0 or more, not bounded above (95%)
    >>> 200 in Interval(160.0, float("inf"))
    True
    """

    low: float
    high: float
    level: float = 0.95

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def __contains__(self, value: float) -> bool:
        """Tell whether a value lies inside, ends included."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        """Say the interval in words, rounded to four figures."""
        level = f"({float(f'{100 * self.level:.6g}'):g}%)"
        low, high = figure(self.low), figure(self.high)
        if self.bounded:
            return f"{low} to {high} {level}"
        if np.isfinite(self.low):
            return f"{low} or more, not bounded above {level}"
        if np.isfinite(self.high):
            return f"{high} or less, not bounded below {level}"
        return f"not bounded on either side {level}"

    def _repr_html_(self) -> str:
        return as_html(str(self))


def estimates(rows: Mapping[str, tuple[float, float, Interval]]) -> pd.DataFrame:
    """Return a table of estimates, one row each.

    Parameters
    ----------
    rows : mapping of str to (float, float, Interval)
        By name: estimate, standard error and interval.

    Returns
    -------
    DataFrame
        Columns ``estimate``, ``se``, ``low`` and ``high``.

    Examples
    --------
    >>> estimates({"m": (10.0, 1.0, Interval(8.5, float("inf")))})
       estimate   se  low  high
    m      10.0  1.0  8.5   inf
    """
    cells = {name: (value, error, own.low, own.high) for name, (value, error, own) in rows.items()}
    columns = ["estimate", "se", "low", "high"]
    return pd.DataFrame.from_dict(cells, orient="index", columns=columns)


def figure(value: float, digits: int = 4) -> str:
    """Write a number to so many significant digits, thousands separated.

    Examples
    --------
    >>> figure(75346.49), figure(0.0087890), figure(float("inf"))
    ('75,350', '0.008789', 'infinity')
    """
    if not np.isfinite(value):
        return "infinity" if value > 0 else "minus infinity" if value < 0 else "undefined"
    if value == 0:
        return "0"
    # The exponent of the rounded number: 999.96 to four digits is 1,000.
    places = digits - 1 - int(f"{value:.{digits - 1}e}".split("e")[1])
    if -9 < places < 9:
        return f"{round(value, places):,.{max(places, 0)}f}"
    return f"{value:.{digits}g}"


def percent(share: float) -> str:
    """Write a share in percent, without taking next to nothing for nothing or the reverse.

    Examples
    --------
    >>> percent(0.904), percent(1e-8), percent(0.9999), percent(1.3)
    ('90%', 'less than 1%', 'over 99%', '130%')
    """
    if 0 < share < 0.01:
        return "less than 1%"
    return "over 99%" if 0.99 < share < 1 else f"{share:.0%}"


class Top(Protocol):
    """What a profile falls away from: an `Optimum`, or that of several records together."""

    cost: float
    freedom: int
    problem: Any
    """Holds ``unit``, the unit of its residuals in that of the data, shape (1,)."""


@dataclass(frozen=True, eq=False)
class Profile:
    """The sum of squares of the best curve at each value of one quantity.

    Attributes
    ----------
    frame : DataFrame
        Columns ``value`` (unit of the quantity), ``sse`` (unit of the data, squared) and
        ``statistic``: the rise of the sum of squares above its minimum in residual variances,
        to be held against an F distribution.
    """

    trace: Trace
    optimum: Top
    sides: tuple[Points, Points]

    @cached_property
    def lowest(self) -> float:
        """The least cost seen, at the optimum or on the profile."""
        return float(min(self.optimum.cost, *(side.cost.min() for side in self.sides)))

    def statistic(self, cost: Array) -> Array:
        """Return the rise of a cost above the lowest, in residual variances."""
        return (cost - self.lowest) / max(self.lowest / self.optimum.freedom, _LEAST)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The traced points, from low to high."""
        low, high = self.sides
        value = np.r_[low.value[::-1], self.trace.estimate, high.value]
        cost = np.r_[low.cost[::-1], self.optimum.cost, high.cost]
        unit = self.optimum.problem.unit[0] ** 2
        with np.errstate(over="ignore", under="ignore"):
            value = np.array([self.trace.outside(each, 1) for each in value])
        return pd.DataFrame({"value": value, "sse": cost * unit, "statistic": self.statistic(cost)})

    def cutoff(self, level: float) -> float:
        """Return the F cut-off on 1 and n - k degrees of freedom."""
        return float(stats.f.ppf(level, 1, self.optimum.freedom))

    def interval(self, level: float = 0.95, cutoff: float | None = None) -> Interval:
        """Return where the profile stays below the cut-off, the outermost crossing each side.

        Raises
        ------
        ValueError
            For a level that is no coverage.
        """
        if not 0 < level < 1:
            raise ValueError(f"level is a coverage between 0 and 1; got {level}")
        cutoff = self.cutoff(level) if cutoff is None else cutoff
        return Interval(self._end(-1, cutoff), self._end(1, cutoff), level)

    def _end(self, side: int, cutoff: float) -> float:
        points = self.sides[(side + 1) // 2]
        edges = np.flatnonzero(points.edge)
        limit = edges[0] if edges.size else len(points.target) - 1
        below = np.flatnonzero(self.statistic(points.cost[: limit + 1]) <= cutoff)
        if not below.size:
            inner = self.trace.estimate, points.theta[0]
            return self._cross(inner, (points.target[0], points.theta[0]), cutoff, side)
        last = below[-1]
        if last == limit:
            return self.trace.open_end(side)
        inner, outer = ((points.target[i], points.theta[i]) for i in (last, last + 1))
        return self._cross(inner, outer, cutoff, side)

    def _cross(
        self, inner: tuple[float, Array], outer: tuple[float, Array], cutoff: float, side: int
    ) -> float:
        """Close in on the crossing between two targets, a few points at a time."""
        for _ in range(_ROUNDS):
            targets = np.linspace(inner[0], outer[0], _POINTS)
            near = [np.repeat(end[1][np.newaxis], _POINTS, axis=0) for end in (inner, outer)]
            points = self.trace.solve(targets, near)
            root = np.sqrt(np.maximum(self.statistic(points.cost), 0))
            below = np.flatnonzero(root <= np.sqrt(cutoff))
            at = min(below[-1] if below.size else 0, _POINTS - 2)
            inner, outer = ((targets[i], points.theta[i]) for i in (at, at + 1))
        if not np.isfinite(root[at + 1]):
            # No crossing: up to here the record does not object, and then floating point ends.
            return self.trace.open_end(side)
        value, rise = points.value, root[at + 1] - root[at]
        part = (np.sqrt(cutoff) - root[at]) / rise if rise > 0 else 0.0
        end = value[at] + np.clip(part, 0, 1) * (value[at + 1] - value[at])
        return self.trace.outside(end, side)


def profile(optimum: Optimum, quantity: str | Quantity) -> Profile:
    """Trace the profile of a parameter or of a derived quantity.

    Parameters
    ----------
    optimum : Optimum
    quantity : str or callable
        A free parameter's name, an attribute of the curve ("peak", "half_life"), or a function
        of the curve (``lambda curve: curve.when(0.9)``).

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        For a name the curve does not have, a quantity that is not one finite number for the
        fitted curve, and what is settled by the parameters that were fixed.
    """
    return traced(_trace(optimum, quantity), optimum)


def traced(trace: Trace, optimum: Top) -> Profile:
    """Return the profile along a trace, solved from the optimum out to both edges."""
    sides = tuple(trace.solve(trace.ladder(side)) for side in (-1, 1))
    return Profile(trace, optimum, sides)


def _trace(optimum: Optimum, quantity: str | Quantity) -> Trace:
    curve = optimum.problem.curve
    if isinstance(quantity, str):
        if quantity in optimum.problem.fixed:
            raise ValueError(f"{quantity} was fixed, so it has no interval; fit it without fixed=")
        if quantity in curve.names():
            return ParameterTrace(optimum, quantity)
    trace = QuantityTrace(optimum, as_function(curve, quantity))
    if optimum.settles(trace.quantity):
        what = quantity if isinstance(quantity, str) else "this quantity"
        raise ValueError(
            f"{what} hangs on no parameter that was fitted, so it has no interval; fit it without "
            "fixed="
        )
    return trace


def as_function(curve: type[Curve], quantity: str | Quantity) -> Quantity:
    """Return a quantity as a function of the curve.

    Raises
    ------
    ValueError
        For a name that the curve does not have, and what is neither a name nor a function.
    """
    if callable(quantity):
        return quantity
    if isinstance(quantity, str) and isinstance(getattr(curve, quantity, None), property):
        return lambda each: getattr(each, quantity)
    known = [*curve.names(), "peak", "half_life"]
    raise ValueError(
        f"{curve.__name__} has no {quantity!r}; ask for one of {', '.join(known)}, or give a "
        "function of the curve"
    )
