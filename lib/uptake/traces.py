"""Profiles point by point: the best curve with a parameter, or a derived quantity, held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uptake.least_squares import Array, Minimum, Rows, best_of, minimise
from uptake.optimum import Joint, Optimum, Quantity
from uptake.separable import HORIZON, Problem
from uptake.starts import grid_starts

_PENALTY = 1e3
_BETTER = 1e-9
"""Share of its cost by which a point is bettered, if it is."""
_STAYS = 1e-5
"""Relative change of a quantity that does not hang on a ceiling far beyond the record."""
_TOLERANCE = 1e-6
"""Cosine at which a search on the profile stops: its statistic is then right to about 1e-12."""


@dataclass(frozen=True, eq=False)
class Points:
    """Points on a profile: the values aimed at, those attained, their costs, where they lie.

    At an ``edge`` the search has come to the limit of its box: what lies beyond is the limit curve.
    """

    target: Array
    value: Array
    cost: Array
    theta: Array
    edge: NDArray[np.bool_]


class Trace(Protocol):
    """Something whose cost can be minimised with a quantity held at given values."""

    estimate: float
    """Where the optimum lies, in the coordinate of the trace."""

    def solve(self, values: Array, near: list[Array] | None = None) -> Points:
        """Minimise the cost with the quantity held at each value, starting nearby if told."""

    def ladder(self, side: int) -> Array:
        """Return values from the estimate outward to the edge of the search box."""

    def outside(self, value: float, side: int) -> float:
        """Return a value of the coordinate, in the quantity's unit."""

    def open_end(self, side: int) -> float:
        """Return what the quantity tends to past the box."""


class ParameterTrace:
    """A profile of one parameter, the others searched anew at each value."""

    def __init__(self, optimum: Optimum, name: str) -> None:
        self.problem, self.name, self.optimum = optimum.problem, name, optimum
        self.is_scale = name == self.problem.scale_name
        self.transform = dict(
            zip(self.problem.curve.names(), self.problem.curve.transforms(), strict=True)
        )[name]
        self.estimate = float(self.transform.free(np.float64(optimum.values[name])))
        self.position = None if self.is_scale else self.problem.free_names.index(name)

    def _box(self) -> tuple[float, float]:
        if self.is_scale:
            (lowest,), (highest,) = self.problem.scale_box()
            # The scale of a curve without a ceiling may lie far below its record.
            return min(lowest, self.estimate), max(highest, self.estimate)
        lower, upper = self.problem.bounds
        centre, width = self.problem.coordinates.frame
        i = self.position
        return centre[i] + width[i] * lower[i], centre[i] + width[i] * upper[i]

    def _step(self) -> float:
        covariance = self.optimum.covariance
        width = 1.0 if self.is_scale else self.problem.coordinates.frame[1][self.position]
        if covariance is None:
            return 0.1 * width
        offset = int(self.problem.scale_fixed is None)
        at = 0 if self.is_scale else offset + self.position
        return float(np.clip(np.sqrt(covariance[at, at]), 1e-12, 1.0)) * width

    def ladder(self, side: int) -> Array:
        """Return logs (or values) from the estimate outward to the edge of the box."""
        edge = self._box()[(side + 1) // 2]
        return outward(self.estimate, self._step(), edge, side)

    def solve(self, values: Array, near: list[Array] | None = None) -> Points:
        """Search the other parameters with this one held at each value."""
        held = self.problem.repeated(len(values)).holding(self.name, self.transform.back(values))
        inner = self.optimum.theta
        if not self.is_scale:
            inner = np.delete(inner, self.position)
        starts = near or [np.repeat(inner[np.newaxis], len(values), axis=0)]
        if near is None and self.is_scale:
            starts.extend(grid_starts(held))
        found = best_of([held.solve(start, tolerance=_TOLERANCE) for start in starts])
        if near is None:
            found = _continue(lambda start: held.solve(start, tolerance=_TOLERANCE), found)
        edge = ends_box(values, self.estimate, self._box())
        if not self.is_scale and held.curve.bounded and held.scale_fixed is None:
            away = held.best_scale(found.theta) >= held.record * HORIZON
            edge |= _beyond(self.optimum, attrgetter(self.name), values - self.estimate, away)
        return Points(values, values, found.cost, found.theta, edge)

    def outside(self, value: float, side: int) -> float:
        """Map a coordinate of the trace to the parameter."""
        if value == self.estimate:
            # The way there and back may cost a digit, and an interval must hold its estimate.
            return self.optimum.values[self.name]
        return float(self.transform.back(np.float64(value)))

    def open_end(self, side: int) -> float:
        """Return the end of the parameter's range."""
        return self.transform.upper if side > 0 else self.transform.lower


def _continue(search: Callable[[Array], Minimum], found: Minimum) -> Minimum:
    """Search again from each neighbour's solution, on both sides, until none is bettered.

    Far along a ridge a point is reached from its neighbour only.
    """
    for _ in found.cost:
        before = found.cost
        for shift in (1, -1):
            found = best_of([found, search(np.roll(found.theta, shift, axis=0))])
        with np.errstate(invalid="ignore"):
            if not (found.cost < before * (1 - _BETTER)).any():
                break
    return found


class QuantityTrace:
    """A profile of a quantity derived from the parameters.

    The sum of squares is minimised with a penalty on the distance from a target. Whatever value
    the search attains, it has the lowest sum of squares of all curves with that value, so each
    end point lies on the profile exactly, wherever the target was.
    """

    def __init__(self, optimum: Optimum, quantity: Quantity) -> None:
        self.optimum, self.quantity = optimum, quantity
        value = quantity(optimum.problem.curve(*optimum.values.values()))
        if np.ndim(value) or np.asarray(value).dtype.kind not in "iuf":
            raise ValueError(f"a quantity is one number for each curve; got {value!r}")
        self.estimate = float(value)
        if not np.isfinite(self.estimate):
            raise ValueError(
                "this quantity is not finite for the fitted curve (an exponential has no peak, "
                "for instance), so it has no interval"
            )
        error = optimum.standard_error(quantity)
        self.error = error if 0 < error < np.inf else 0.1 * max(abs(self.estimate), 1e-6)

    def ladder(self, side: int) -> Array:
        """Return targets from near the estimate to thousands of standard errors away."""
        return self.estimate + side * self.error * np.geomspace(0.1, 3e3, 27)

    def solve(self, values: Array, near: list[Array] | None = None) -> Points:
        """Search all parameters with a penalty that draws the quantity to each value."""
        model = Joint(self.optimum.problem.repeated(len(values)))
        drawn = _Drawn(model, self.quantity, values, self.weight)
        own = model.join(self.optimum.theta[np.newaxis], np.array([self.optimum.scale]))
        starts = near or [np.repeat(own, len(values), axis=0)]
        found = best_of([drawn.search(start) for start in starts])
        if near is None:
            found = _continue(drawn.search, found)
        attained, cost = drawn.attained(found)
        rows = np.arange(len(values))
        shape = found.at_bound if model.problem.errors == "iid" else found.at_bound[:, :-1]
        away = model.away(found.theta, rows)
        # With a coordinate at its bound the quantity may still go where it is drawn: only where it
        # does not is the end of what the box allows.
        with np.errstate(invalid="ignore"):
            stays = ~(np.abs(attained - values) < 0.5 * np.abs(values - self.estimate))
        edge = (shape.any(axis=1) | away) & stays
        edge |= _beyond(self.optimum, self.quantity, values - self.estimate, away)
        return Points(values, attained, cost, found.theta, edge)

    @property
    def weight(self) -> float:
        """Root weight of the penalty, far above that of the record."""
        return np.sqrt(_PENALTY * self.optimum.variance) / self.error

    def outside(self, value: float, side: int) -> float:
        """Return the value itself."""
        return float(value)

    def open_end(self, side: int) -> float:
        """Return infinity on that side."""
        return side * float("inf")


def _beyond(
    optimum: Optimum, quantity: Quantity, distance: Array, away: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which points lie where a quantity goes on with the ceiling, once that has run away.

    A time of the curve, such as its peak, does; a level soon after the record stays where it is.
    """
    if not away.any():
        return away
    problem = optimum.problem.repeated(2)
    scales = problem.record * HORIZON * np.array([np.exp(-1), 1.0])
    held = problem.holding(problem.scale_name, scales)
    starts = [np.repeat(optimum.theta[np.newaxis], 2, axis=0), *grid_starts(held)]
    found = best_of([held.solve(start, tolerance=_TOLERANCE) for start in starts])
    model = Joint(problem)
    nearer, farther = model.evaluate(quantity, model.join(found.theta, scales), np.arange(2))[0]
    change = farther - nearer
    if not np.isfinite(change):
        return away
    return away & (np.sign(distance) == np.sign(change)) & (abs(change) > _STAYS * abs(farther))


def outward(estimate: float, step: float, edge: float, side: int) -> Array:
    """Return values from near the estimate to the edge, at distances that grow by half."""
    reach = max(side * (edge - estimate), 0.0)
    if reach <= 0.1 * step:
        return np.array([edge])
    count = int(np.ceil(np.log(reach / (0.1 * step)) / np.log(1.5))) + 1
    return estimate + side * np.geomspace(0.1 * step, reach, count)


def ends_box(values: Array, estimate: float, box: tuple[float, float]) -> NDArray[np.bool_]:
    """Tell which values lie at the edge of the box on their side of the estimate.

    An estimate that has run to one edge leaves the way to the other open.
    """
    low, high = (np.isclose(values, each) for each in box)
    return np.where(values < estimate, low, high)


class _Drawn:
    """A problem with a penalty that draws a quantity of each row to a target."""

    def __init__(self, model: Joint, quantity: Quantity, targets: Array, weight: float) -> None:
        self.model, self.quantity, self.targets, self.weight = model, quantity, targets, weight

    def __call__(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        residuals, jacobian = self.model(theta, rows)
        level, slope = self.model.evaluate(self.quantity, theta, rows)
        # A quantity that a curve does not have makes the step one out of bounds, not an error.
        residuals = np.column_stack([residuals, self.weight * (level - self.targets[rows])])
        slope = self.weight * slope[:, :, np.newaxis]
        return residuals, np.concatenate([jacobian, slope], axis=2)

    def search(self, start: Array) -> Minimum:
        return minimise(self, start, *self.model.bounds, tolerance=_TOLERANCE)

    def attained(self, found: Minimum) -> tuple[Array, Array]:
        """Return the values the searches attained and their costs without the penalty."""
        rows = np.arange(len(found.theta))
        with np.errstate(all="ignore"):
            residuals, _ = self.model(found.theta, rows)
            level, _ = self.model.evaluate(self.quantity, found.theta, rows)
        return level, np.einsum("bn,bn->b", residuals, residuals)


def hold_quantity(optimum: Optimum, problem: Problem, quantity: Quantity) -> Array:
    """Return the least cost of each record with a quantity held at its value at an optimum.

    Parameters
    ----------
    optimum : Optimum
        Where the value is read off, and searches start.
    problem : Problem
        Records of the same kind.
    quantity : callable

    Returns
    -------
    ndarray, shape (batch,)
    """
    count, model = len(problem.y), Joint(problem)
    trace = QuantityTrace(optimum, quantity)
    weight = trace.weight
    drawn = _Drawn(model, quantity, np.full(count, trace.estimate), weight)
    own = model.join(optimum.theta[np.newaxis], np.array([optimum.scale]))
    attained, cost = drawn.attained(drawn.search(np.repeat(own, count, axis=0)))
    # The search stops short of the target where the profile's slope balances the penalty's; that
    # slope is therefore known, and with it the cost at the target, to second order.
    return cost + 2 * (weight * (attained - trace.estimate)) ** 2
