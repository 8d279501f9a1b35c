r"""The engine: batched separable least squares for curves.

A record is :math:`y = s\,g(\theta) + \text{noise}` with a scale s and a shape g. For given shape
parameters the best scale is a projection, so only the shape is searched (variable projection,
Golub and Pereyra 1973). The engine knows curves by their contract alone, never by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from uptake.curves import Curve
from uptake.least_squares import ORTHOGONAL, Array, Minimum, Rows, minimise

Kind = Literal["stock", "flow"]
Scale = Literal["linear", "log"]

HORIZON = 1e8
"""A ceiling this many times the record is no ceiling: the search has run away."""
_TINY = 1e-300
_CHUNK = 4_000_000
"""Largest number of values in one intermediate array (32 MB)."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Records of one curve on common times, to be fitted at once.

    Parameters
    ----------
    curve : type of Curve
    t : ndarray, shape (n,) for stocks, (n + 1,) for flows
        Times, or the edges of intervals.
    y : ndarray, shape (batch, n)
    kind : {"stock", "flow"}
        Levels at ``t``, or what happened between the edges.
    scale : {"linear", "log"}
        Where the noise is additive.
    root_weights : ndarray, shape (n,) or (batch, n), optional
        Square roots of the weights; zero masks a point.
    fixed : dict of str to ndarray of shape (batch,)
        Parameters not searched, by name.
    """

    curve: type[Curve]
    t: Array
    y: Array
    kind: Kind = "stock"
    scale: Scale = "linear"
    root_weights: Array | None = None
    fixed: dict[str, Array] | None = None

    def __post_init__(self) -> None:
        """Normalise what may be left out."""
        object.__setattr__(self, "fixed", dict(self.fixed or {}))

    # Names and coordinates -------------------------------------------------------------------

    @property
    def shape_names(self) -> tuple[str, ...]:
        """All shape parameters, in the curve's order."""
        return self.curve.names()[1:]

    @property
    def scale_name(self) -> str:
        """The parameter to which the level is proportional."""
        return self.curve.names()[0]

    @property
    def scale_fixed(self) -> Array | None:
        """The scale of each row where it is fixed."""
        return self.fixed.get(self.scale_name)

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Positions of the searched parameters among the shape parameters."""
        return tuple(i for i, name in enumerate(self.shape_names) if name not in self.fixed)

    @cached_property
    def starts(self) -> Array:
        """The curve's grid of starting shapes on this record's time span."""
        return np.asarray(self.curve.starts(float(self.t[0]), float(self.t[-1])), float)

    @cached_property
    def _frame(self) -> tuple[Array, Array]:
        """Centre and width of each free coordinate, read off the starting grid.

        Logs and logits need none; a parameter searched as it is gets the grid's own unit, so
        that a change of the unit of time changes nothing.
        """
        centre, width = [], []
        for i in self.free:
            column = self.starts[:, i]
            own = self.curve.transforms()[1 + i].name == "none"
            centre.append(np.median(column) if own else 0.0)
            width.append((np.ptp(np.percentile(column, [5, 95])) or 1.0) / 4 if own else 1.0)
        return np.array(centre), np.array(width)

    def to_free(self, shapes: Array) -> Array:
        """Map rows of all shape parameters to free coordinates of the searched ones."""
        centre, width = self._frame
        transforms = self.curve.transforms()[1:]
        columns = [transforms[i].free(shapes[:, i]) for i in self.free]
        return (
            (np.stack(columns, axis=1) - centre) / width if columns else np.empty((len(shapes), 0))
        )

    def to_shapes(self, theta: Array, rows: Rows) -> list[Array]:
        """Map free coordinates to all shape parameters, each a column of shape (b, 1)."""
        centre, width = self._frame
        transforms = self.curve.transforms()[1:]
        columns = {
            i: transforms[i].back(centre[j] + width[j] * theta[:, j])
            for j, i in enumerate(self.free)
        }
        return [
            (columns[i] if i in columns else self.fixed[name][rows])[:, np.newaxis]
            for i, name in enumerate(self.shape_names)
        ]

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of the free coordinates, far outside the starting grid."""
        corners = self.to_free(self.starts)
        below = {"log": 20.0, "logit": 12.0, "none": 8.0}
        above = {"log": 7.0, "logit": 12.0, "none": 8.0}
        kinds = [self.curve.transforms()[1 + i].name for i in self.free]
        return (
            corners.min(axis=0) - [below[kind] for kind in kinds],
            corners.max(axis=0) + [above[kind] for kind in kinds],
        )

    # Prediction ------------------------------------------------------------------------------

    @cached_property
    def record(self) -> Array:
        """What each row has reached: its largest level, or the sum of its flows."""
        weight = 1.0 if self.root_weights is None else self.root_weights > 0
        size = np.abs(self.y) * weight
        return size.max(axis=1) if self.kind == "stock" else size.sum(axis=1)

    def observe(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return the shape as the record sees it, and its Jacobian in free coordinates.

        Returns
        -------
        shape : ndarray, shape (b, n)
            Levels or flows per unit of scale; their logs on the log scale.
        jacobian : ndarray, shape (k, b, n)
        """
        shapes = self.to_shapes(theta, rows)
        level, slopes = self.curve.shape_and_jacobian(self.t, *shapes)
        _, width = self._frame
        transforms = self.curve.transforms()[1:]
        jacobian = np.empty((len(self.free), *level.shape))
        for j, i in enumerate(self.free):
            np.multiply(slopes[i], transforms[i].slope(shapes[i]) * width[j], out=jacobian[j])
        if self.kind == "flow":
            level, jacobian = np.diff(level, axis=-1), np.diff(jacobian, axis=-1)
        if self.scale == "log":
            level = np.maximum(level, _TINY)
            jacobian /= level
            level = np.log(level)
        return level, jacobian

    @cached_property
    def target(self) -> Array:
        """The record as the search sees it: scaled to about one, weighted; or its log, centred."""
        if self.scale == "log":
            return np.log(self.y)
        return self._weighted(self.y / self._unit)

    @cached_property
    def _unit(self) -> Array:
        size = np.max(np.abs(self.y), axis=1, keepdims=True)
        return np.where(size > 0, size, 1.0)

    def _weighted(self, values: Array, rows: Rows | slice = slice(None)) -> Array:
        if self.root_weights is None:
            return values
        root = self.root_weights if self.root_weights.ndim == 1 else self.root_weights[rows]
        return values * root

    def project(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        r"""Return residuals and Jacobian with the scale projected out.

        With :math:`\hat s = \langle g, y\rangle / \langle g, g\rangle` the residual is
        :math:`r = y - \hat s g` and its full derivative (both terms of Golub and Pereyra)
        :math:`r_j = -\hat s\,g_j - \hat s_j\,g` with
        :math:`\hat s_j = (\langle g_j, r\rangle - \hat s \langle g, g_j\rangle)
        / \langle g, g\rangle`.
        On the log scale the scale is a mean, and both terms are centred.
        """
        shape, jacobian = self.observe(theta, rows)
        if self.scale == "log":
            return self._project_log(shape, jacobian, rows)
        shape, jacobian = self._weighted(shape, rows), self._weighted(jacobian, rows)
        y = self.target[rows]
        if self.scale_fixed is not None:
            scale = (self.scale_fixed[rows] / self._unit[rows, 0])[:, np.newaxis]
            jacobian *= -scale
            return y - scale * shape, jacobian
        size = np.einsum("bn,bn->b", shape, shape)
        scale = np.einsum("bn,bn->b", shape, y) / size
        residuals = y - scale[:, np.newaxis] * shape
        for slope in jacobian:
            by_residual = np.einsum("bn,bn->b", slope, residuals)
            by_shape = np.einsum("bn,bn->b", slope, shape)
            change = (by_residual - scale * by_shape) / size
            slope *= -scale[:, np.newaxis]
            slope -= change[:, np.newaxis] * shape
        return residuals, jacobian

    def _project_log(self, shape: Array, jacobian: Array, rows: Rows) -> tuple[Array, Array]:
        residuals = self.target[rows] - shape
        if self.scale_fixed is not None:
            residuals = residuals - np.log(self.scale_fixed[rows])[:, np.newaxis]
            return self._weighted(residuals, rows), self._weighted(-jacobian, rows)
        residuals = residuals - self._mean(residuals, rows)
        for slope in jacobian:
            slope -= self._mean(slope, rows)
        jacobian *= -1
        return self._weighted(residuals, rows), self._weighted(jacobian, rows)

    def _mean(self, values: Array, rows: Rows) -> Array:
        if self.root_weights is None:
            return values.mean(axis=1, keepdims=True)
        weights = np.broadcast_to(self._weighted(np.ones_like(values), rows) ** 2, values.shape)
        return np.average(values, axis=1, weights=weights, keepdims=True)

    def best_scale(self, theta: Array) -> Array:
        """Return each row's best scale, in the unit of the data."""
        if self.scale_fixed is not None:
            return self.scale_fixed
        rows = np.arange(len(theta))
        with np.errstate(all="ignore"):
            shape, _ = self.observe(theta, rows)
            if self.scale == "log":
                return np.exp(self._mean(self.target - shape, rows)[:, 0])
            shape = self._weighted(shape, rows)
            product = np.einsum("bn,bn->b", shape, self.target)
            return product / np.einsum("bn,bn->b", shape, shape) * self._unit[:, 0]

    # Search ----------------------------------------------------------------------------------

    def cost_unit(self) -> Array:
        """Return what one unit of the search's cost is in the unit of the data, squared."""
        return np.ones(len(self.y)) if self.scale == "log" else self._unit[:, 0] ** 2

    @cached_property
    def _grid(self) -> tuple[Array, Array]:
        """Starting shapes in free coordinates and as observed; those that overflow are left out."""
        theta = np.unique(self.to_free(self.starts), axis=0)
        if any(np.ptp(values) for name, values in self.fixed.items() if name in self.shape_names):
            raise ValueError("a shape parameter fixed at several values has no common grid")
        rows = np.zeros(len(theta), int)
        with np.errstate(all="ignore"):
            shape, _ = self.observe(theta, rows)
            usable = np.isfinite(shape).all(axis=1) & np.isfinite(
                np.einsum("bn,bn->b", shape, shape)
            )
            if self.scale == "linear":
                usable &= np.abs(shape).max(axis=1) > _TINY**0.4
        return theta[usable], shape[usable]

    def grid_starts(self, count: int = 1) -> Array:
        """Return each row's best starting shapes on the grid.

        Parameters
        ----------
        count : int
            How many; after the first, the best among those that differ from the earlier ones by
            more than one unit in some free coordinate.

        Returns
        -------
        ndarray, shape (count, batch, k)
        """
        theta, shape = self._grid
        if not len(theta):
            raise ValueError(
                "no starting shape is finite on these times; measure time from a nearer origin "
                "(origin=), for instance the record's first date"
            )
        step = max(1, _CHUNK // len(theta))
        parts = [
            self._pick(theta, self._grid_cost(shape, slice(i, i + step)), count)
            for i in range(0, len(self.y), step)
        ]
        return np.concatenate(parts, axis=1)

    def _pick(self, theta: Array, cost: Array, count: int) -> Array:
        picks = []
        for _ in range(count):
            best = np.argmin(cost, axis=1)
            picks.append(theta[best])
            if len(picks) < count:
                near = np.max(np.abs(theta[best][:, np.newaxis] - theta), axis=2) <= 1.0
                cost = np.where(near, np.inf, cost)
        return np.stack(picks)

    def _grid_cost(self, shape: Array, rows: slice) -> Array:
        """Return the cost of each row (b) at each grid shape (g), up to a constant of the row."""
        y = self.target[rows]
        weights = None if self.root_weights is None else self.root_weights**2
        if weights is not None and weights.ndim == 2:
            weights = weights[rows]
        if self.scale == "log":
            return self._grid_cost_log(shape, y, weights, rows)
        if weights is None:
            product, size = y @ shape.T, np.einsum("gn,gn->g", shape, shape)
        else:
            product = self._weighted(y, rows) @ shape.T
            size = np.atleast_2d(weights) @ (shape**2).T
        if self.scale_fixed is not None:
            scale = (self.scale_fixed[rows] / self._unit[rows, 0])[:, np.newaxis]
            return scale * (scale * size - 2 * product)
        with np.errstate(all="ignore"):
            cost = -(np.maximum(product, 0) ** 2) / size
        return np.where(np.isfinite(cost), cost, np.inf)

    def _grid_cost_log(self, shape: Array, y: Array, weights: Array | None, rows: slice) -> Array:
        if weights is None:
            weights = np.ones(y.shape[1])
        weights = np.broadcast_to(weights, y.shape)
        if self.scale_fixed is not None:
            y = y - np.log(self.scale_fixed[rows])[:, np.newaxis]
        total = weights.sum(axis=1, keepdims=True)
        first = (weights * y).sum(axis=1, keepdims=True) - weights @ shape.T
        second = weights @ (shape**2).T - 2 * (weights * y) @ shape.T
        return second if self.scale_fixed is not None else second - first**2 / total

    def solve(
        self, start: Array, *, iterations: int = 100, tolerance: float = ORTHOGONAL
    ) -> Minimum:
        """Search every row from its start (batch, k) and return where the searches ended."""
        options = {"iterations": iterations, "tolerance": tolerance}
        size = max(1, self.t.size * (len(self.free) + 1))
        step = max(1, _CHUNK // size)
        if len(start) <= step:
            return minimise(self.project, start, *self.bounds, **options)
        parts = [
            self.rows(slice(i, i + step)).solve(start[i : i + step], **options)
            for i in range(0, len(start), step)
        ]
        return Minimum(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("theta", "cost", "converged", "at_bound")
            )
        )

    # Variants --------------------------------------------------------------------------------

    def rows(self, which: slice | Rows) -> Problem:
        """Return the problem of some rows."""
        root = self.root_weights
        return replace(
            self,
            y=self.y[which],
            root_weights=root if root is None or root.ndim == 1 else root[which],
            fixed={name: values[which] for name, values in self.fixed.items()},
        )

    def fixing(self, name: str, values: Array) -> Problem:
        """Return a problem with one row per value, the first row's record repeated.

        Parameters
        ----------
        name : str
            The parameter to hold.
        values : ndarray, shape (batch,)
        """
        repeated = self.rows(np.zeros(len(values), int))
        return replace(repeated, fixed={**repeated.fixed, name: np.asarray(values, float)})


def best_of(minima: list[Minimum]) -> Minimum:
    """Return, row by row, the minimum of lowest cost among several searches."""
    cost = np.stack([each.cost for each in minima])
    best = np.argmin(cost, axis=0)
    rows = np.arange(cost.shape[1])
    return Minimum(
        *(
            np.stack([getattr(each, name) for each in minima])[best, rows]
            for name in ("theta", "cost", "converged", "at_bound")
        )
    )
