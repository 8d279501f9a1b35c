"""A fitted problem: the optimum, its curvature, and the same problem with nothing projected out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from uptake.curves import Curve
from uptake.least_squares import Array, Rows
from uptake.projection import powers
from uptake.separable import HORIZON, Problem

Quantity = Callable[[Curve], float]
"""Something worked out from a curve, such as its peak."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """A problem of one row, and where its search ended.

    Parameters
    ----------
    problem : Problem
        One row.
    theta : ndarray, shape (k,)
        Free coordinates of the shape.
    scale : float
        The best scale.
    cost : float
        Sum of squares in the search's unit.
    """

    problem: Problem
    theta: Array
    scale: float
    cost: float

    @property
    def points(self) -> int:
        """Number of points with a weight."""
        return int(np.count_nonzero(self.problem.used))

    @property
    def parameters(self) -> int:
        """Number of parameters searched, the scale and rho among them."""
        return self.theta.size + (self.problem.scale_fixed is None)

    @property
    def freedom(self) -> int:
        """Points less parameters."""
        return self.points - self.parameters

    @property
    def variance(self) -> float:
        """Residual variance in the search's unit, on n - k degrees of freedom."""
        return self.cost / self.freedom

    @property
    def rho(self) -> float:
        """Correlation of neighbouring errors; 0 where they are taken as independent."""
        return float(np.tanh(self.theta[-1])) if self.problem.errors == "ar1" else 0.0

    @cached_property
    def values(self) -> dict[str, float]:
        """All parameters of the curve by name."""
        shapes = self.problem.to_shapes(self.theta[np.newaxis], np.array([0]))
        values = [self.scale, *(value[0, 0] for value in shapes)]
        return dict(zip(self.problem.curve.names(), map(float, values), strict=True))

    @cached_property
    def mean(self) -> Array:
        """The fitted record in the search's unit, shape (n,); logs on the log scale."""
        with np.errstate(all="ignore"):
            shape = self.problem.shape(self.theta[np.newaxis], np.array([0]))
        if self.problem.scale == "log":
            return shape[0] + np.log(self.scale)
        return shape[0] * (self.scale / self.problem.unit[0])

    @cached_property
    def errors(self) -> Array:
        """Weighted residuals in the search's unit, shape (n,)."""
        return self.problem.weighted(self.problem.target[:1] - self.mean, slice(0, 1))[0]

    @cached_property
    def fresh(self) -> Array:
        """Weighted residuals with what follows from their predecessors taken out, shape (n,)."""
        if self.problem.errors == "iid":
            return self.errors
        whiten = self.problem.chain.whitener(self.theta[-1:])
        return whiten(self.errors[np.newaxis])[0]

    @property
    def sigma(self) -> float:
        """Standard deviation of an error of weight one, in the search's unit."""
        return float(np.sqrt(self.fresh @ self.fresh / self.freedom))

    @cached_property
    def jacobian(self) -> Array:
        """Derivatives of the residuals by (log scale, free coordinates), shape (n, parameters)."""
        model = Joint(self.problem)
        theta = model.join(self.theta[np.newaxis], np.array([self.scale]))
        with np.errstate(all="ignore"):
            return model(theta, np.array([0]))[1][:, 0].T

    @cached_property
    def covariance(self) -> Array | None:
        """Covariance of (log scale, free coordinates); None where it does not exist."""
        with np.errstate(over="ignore"):
            size = np.linalg.norm(self.jacobian, axis=0)
        if not (np.isfinite(size).all() and (size > 0).all()):
            return None
        unit = self.jacobian / size
        if np.linalg.cond(unit) > 1e7:
            return None
        return np.linalg.inv(unit.T @ unit) / np.outer(size, size) * self.variance

    def gradient(self, quantity: Quantity) -> Array:
        """Return the derivative of a quantity by (log scale, free coordinates)."""
        model = Joint(self.problem)
        theta = model.join(self.theta[np.newaxis], np.array([self.scale]))
        return model.evaluate(quantity, theta, np.array([0]))[1][:, 0]

    def settles(self, quantity: Quantity) -> bool:
        """Tell whether a quantity is the same whatever the parameters that were searched are."""
        if self.gradient(quantity).any():
            return False
        model = Joint(self.problem)
        own = model.join(self.theta[np.newaxis], np.array([self.scale]))
        # A quantity may be flat at the optimum alone, or move in steps, as a whole number does.
        far = np.concatenate([own, *(own + step for step in np.eye(own.size)), own - 1])
        values, _ = model.evaluate(quantity, far, np.zeros(len(far), int))
        return bool((values == values[0]).all())

    def standard_error(self, quantity: Quantity) -> float:
        """Return the delta-method standard error of a quantity; infinite where there is none."""
        gradient = self.gradient(quantity)
        if not gradient.any():
            return 0.0
        if self.covariance is None:
            return float("inf")
        # The square of a scale far from the record may leave floating point.
        power = powers(gradient)[0]
        gradient = np.ldexp(gradient, -power)
        return float(np.ldexp(np.sqrt(gradient @ self.covariance @ gradient), power))


class Joint:
    """A problem in (log scale, free coordinates): the scale is searched, not projected out."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.with_scale = problem.scale_fixed is None

    def join(self, theta: Array, scale: Array) -> Array:
        """Put the log of the scale before the shape's coordinates, unless it is fixed."""
        return np.column_stack([np.log(scale), theta]) if self.with_scale else theta

    def split(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return the scale and the shape's coordinates."""
        if self.with_scale:
            return np.exp(theta[:, 0]), theta[:, 1:]
        return self.problem.scale_fixed[rows], theta

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of all coordinates; the scale may run past the horizon, but not for ever."""
        lower, upper = self.problem.bounds
        if not self.with_scale:
            return lower, upper
        lowest, highest = self.problem.scale_box(1.5)
        return np.r_[lowest[0], lower], np.r_[highest[0], upper]

    def __call__(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return residuals (b, n) and Jacobian (parameters, b, n)."""
        problem, linear = self.problem, self.problem.scale == "linear"
        scale, shape_theta = self.split(theta, rows)
        y, design, jacobian = problem.linear_model(shape_theta, rows)
        factor = scale / problem.unit[rows] if linear else np.log(scale)
        factor = factor[:, np.newaxis]
        jacobian = -factor * jacobian if linear else -jacobian
        if self.with_scale:
            by_scale = -factor * design if linear else -design
            jacobian = np.concatenate([by_scale[np.newaxis], jacobian])
        residuals = y - factor * design
        if problem.errors == "iid":
            return residuals, jacobian
        whiten = problem.chain.rows(rows).whitener(shape_theta[:, -1])
        by_rho = whiten.change(residuals) + whiten.factor_slope * whiten(residuals)
        jacobian = np.concatenate([whiten(jacobian), by_rho[np.newaxis]])
        return whiten.factor * whiten(residuals), whiten.factor * jacobian

    def away(self, theta: Array, rows: Rows) -> NDArray[np.bool_]:
        """Tell rows whose ceiling has run away."""
        if not (self.with_scale and self.problem.curve.bounded):
            return np.zeros(len(theta), bool)
        return theta[:, 0] >= np.log(self.problem.record[rows] * HORIZON)

    def evaluate(self, quantity: Quantity, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return a quantity of each row's curve, and its central differences (parameters, b)."""
        # Levels far from t = 0 move that much more with the shape.
        step, count = 1e-5 / self.problem.lever, theta.shape[1]
        steps = [sign * step * axis for axis in np.eye(count) for sign in (1, -1)]
        moved = [theta, *(theta + each for each in steps)]
        again = np.tile(rows, len(moved))
        scale, shape_theta = self.split(np.concatenate(moved), again)
        columns = self.problem.to_shapes(shape_theta, again)
        values = np.column_stack([scale, *(column[:, 0] for column in columns)])
        curve = self.problem.curve
        values = np.array([quantity(curve.trusted(row)) for row in values.tolist()], float)
        values = values.reshape(len(moved), len(theta))
        return values[0], (values[1::2] - values[2::2]) / (2 * step)
