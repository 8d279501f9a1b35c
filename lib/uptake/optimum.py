"""A fitted problem: the optimum, its curvature, and the same problem with nothing projected out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from uptake.curves import Curve
from uptake.least_squares import Array, Rows
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
        root = self.problem.root_weights
        return self.problem.y.shape[1] if root is None else int(np.count_nonzero(root))

    @property
    def parameters(self) -> int:
        """Number of parameters searched, the scale among them."""
        return len(self.problem.free) + (self.problem.scale_fixed is None)

    @property
    def variance(self) -> float:
        """Residual variance in the search's unit, on n - k degrees of freedom."""
        return self.cost / (self.points - self.parameters)

    @cached_property
    def values(self) -> dict[str, float]:
        """All parameters by name."""
        shapes = self.problem.to_shapes(self.theta[np.newaxis], np.array([0]))
        names = self.problem.shape_names
        shape = {name: float(value[0, 0]) for name, value in zip(names, shapes, strict=True)}
        return {self.problem.scale_name: float(self.scale), **shape}

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
        return model.evaluate(quantity, theta)[1][:, 0]

    def standard_error(self, quantity: Quantity) -> float:
        """Return the delta-method standard error of a quantity; infinite where there is none."""
        if self.covariance is None:
            return float("inf")
        gradient = self.gradient(quantity)
        return float(np.sqrt(gradient @ self.covariance @ gradient))


class Joint:
    """A problem in (log scale, free coordinates): the scale is searched, not projected out."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.with_scale = problem.scale_fixed is None

    def join(self, theta: Array, scale: Array) -> Array:
        """Put the log of the scale before the shape's coordinates, unless it is fixed."""
        return np.column_stack([np.log(scale), theta]) if self.with_scale else theta

    def split(self, theta: Array) -> tuple[Array, Array]:
        """Return the scale and the shape's coordinates."""
        if self.with_scale:
            return np.exp(theta[:, 0]), theta[:, 1:]
        return np.repeat(self.problem.scale_fixed[:1], len(theta)), theta

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of all coordinates; the scale may run past the horizon, but not for ever."""
        lower, upper = self.problem.bounds
        if not self.with_scale:
            return lower, upper
        centre, reach = np.log(self.problem.record[0]), 1.5 * np.log(HORIZON)
        return np.r_[centre - reach, lower], np.r_[centre + reach, upper]

    def __call__(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return residuals (b, n) and Jacobian (parameters, b, n); every row is the record."""
        problem, zero = self.problem, np.zeros(len(theta), int)
        scale, shape_theta = self.split(theta)
        shape, jacobian = problem.observe(shape_theta, zero)
        if problem.scale == "log":
            level, by_scale = shape + np.log(scale)[:, np.newaxis], np.ones_like(shape)
        else:
            unit = (scale / np.sqrt(problem.cost_unit()[0]))[:, np.newaxis]
            level = by_scale = unit * shape
            jacobian = unit * jacobian
        if self.with_scale:
            jacobian = np.concatenate([by_scale[np.newaxis], jacobian])
        if problem.scale == "log":
            level = problem.target[zero] - level
            return problem._weighted(level, zero), -problem._weighted(jacobian, zero)
        return problem.target[zero] - problem._weighted(level, zero), -problem._weighted(
            jacobian, zero
        )

    def away(self, theta: Array) -> NDArray[np.bool_]:
        """Tell rows whose ceiling has run away."""
        if not (self.with_scale and self.problem.curve.bounded):
            return np.zeros(len(theta), bool)
        return theta[:, 0] >= np.log(self.problem.record[0] * HORIZON)

    def evaluate(self, quantity: Quantity, theta: Array) -> tuple[Array, Array]:
        """Return a quantity of each row's curve, and its central differences (parameters, b)."""
        step = 1e-5
        count = theta.shape[1]
        steps = [sign * step * axis for axis in np.eye(count) for sign in (1, -1)]
        moved = [theta, *(theta + each for each in steps)]
        scale, shape_theta = self.split(np.concatenate(moved))
        columns = self.problem.to_shapes(shape_theta, np.zeros(len(scale), int))
        rows = np.column_stack([scale, *(column[:, 0] for column in columns)])
        values = np.array([quantity(self.problem.curve.trusted(row)) for row in rows.tolist()])
        values = values.reshape(len(moved), len(theta))
        return values[0], (values[1::2] - values[2::2]) / (2 * step)
