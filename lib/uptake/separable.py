r"""The engine: batched separable least squares for curves.

A record is :math:`y = s\,g(\theta) + \text{noise}` with a scale s and a shape g. For given shape
parameters the best scale is a projection, so only the shape is searched (variable projection,
Golub and Pereyra 1973). The engine knows curves by their contract alone, never by name.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Literal

import numpy as np

from uptake import serial
from uptake.coordinates import Coordinates
from uptake.curves import Curve
from uptake.least_squares import ORTHOGONAL, Array, Minimum, Rows, minimise

Kind = Literal["stock", "flow"]
Scale = Literal["linear", "log"]
Errors = Literal["iid", "ar1"]

HORIZON = 1e8
"""A ceiling this many times the record is no ceiling: the search has run away."""
CHUNK = 4_000_000
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
    errors : {"iid", "ar1"}
        Whether errors follow each other; if so the last free coordinate is atanh(rho).
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
    errors: Errors = "iid"
    root_weights: Array | None = None
    fixed: dict[str, Array] | None = None

    def __post_init__(self) -> None:
        """Normalise what may be left out."""
        object.__setattr__(self, "fixed", dict(self.fixed or {}))

    # Names and coordinates -------------------------------------------------------------------

    @property
    def scale_name(self) -> str:
        """The parameter to which the level is proportional."""
        return self.curve.names()[0]

    @property
    def scale_fixed(self) -> Array | None:
        """The scale of each row where it is fixed."""
        return self.fixed.get(self.scale_name)

    @cached_property
    def coordinates(self) -> Coordinates:
        """The free coordinates of the shape."""
        held = tuple(name for name in self.curve.names()[1:] if name in self.fixed)
        return Coordinates(self.curve, float(self.t[0]), float(self.t[-1]), held)

    @property
    def free_names(self) -> tuple[str, ...]:
        """Names of the free coordinates: shape parameters, then rho if it is searched."""
        names = self.curve.names()[1:]
        shape = tuple(names[i] for i in self.coordinates.free)
        return (*shape, "rho") if self.errors == "ar1" else shape

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of the free coordinates."""
        lower, upper = self.coordinates.bounds
        if self.errors == "iid":
            return lower, upper
        lowest = serial.BOUNDS[0] if self.chain.regular else 1e-3
        return np.r_[lower, lowest], np.r_[upper, serial.BOUNDS[1]]

    def to_shapes(self, theta: Array, rows: Rows) -> list[Array]:
        """Map free coordinates to all shape parameters, each a column of shape (b, 1)."""
        return self.coordinates.to_shapes(theta, self.fixed, rows)

    # The record as the search sees it ---------------------------------------------------------

    @cached_property
    def record(self) -> Array:
        """What each row has reached: its largest level, or the sum of its flows."""
        size = np.abs(self.y) * self.used
        return size.max(axis=1) if self.kind == "stock" else size.sum(axis=1)

    @cached_property
    def used(self) -> np.ndarray:
        """Points with a weight, shape (n,) or (batch, n)."""
        if self.root_weights is None:
            return np.ones(self.y.shape[1], bool)
        return self.root_weights > 0

    @cached_property
    def chain(self) -> serial.Chain:
        """Which point follows which."""
        times = self.t if self.kind == "stock" else (self.t[1:] + self.t[:-1]) / 2
        return serial.Chain.of(times, self.used)

    @cached_property
    def unit(self) -> Array:
        """The size of each row (batch,), by which the search divides it."""
        if self.scale == "log":
            return np.ones(len(self.y))
        size = np.max(np.abs(self.y * self.used), axis=1)
        return np.where(size > 0, size, 1.0)

    @cached_property
    def target(self) -> Array:
        """The record scaled to about one, or its log; not weighted."""
        return np.log(self.y) if self.scale == "log" else self.y / self.unit[:, np.newaxis]

    def weighted(self, values: Array, rows: Rows | slice) -> Array:
        """Multiply values (..., b, n) by the root weights of their rows."""
        if self.root_weights is None:
            return values
        root = self.root_weights if self.root_weights.ndim == 1 else self.root_weights[rows]
        # A masked point may lie where the shape has no log; nothing times zero must stay zero.
        return np.where(root > 0, values * root, 0.0)

    def observe(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return the shape as the record sees it, and its Jacobian in free coordinates.

        Returns
        -------
        shape : ndarray, shape (b, n)
            Levels or flows per unit of scale; their logs on the log scale.
        jacobian : ndarray, shape (shape coordinates, b, n)
        """
        shapes = self.to_shapes(theta, rows)
        level, slopes = self.curve.shape_and_jacobian(self.t, *shapes)
        _, width = self.coordinates.frame
        transforms = self.curve.transforms()[1:]
        jacobian = np.empty((len(self.coordinates.free), *level.shape))
        for j, i in enumerate(self.coordinates.free):
            np.multiply(slopes[i], transforms[i].slope(shapes[i]) * width[j], out=jacobian[j])
        if self.kind == "flow":
            level, jacobian = np.diff(level, axis=-1), np.diff(jacobian, axis=-1)
        if self.scale == "log":
            # A level or flow that is not positive has no log: such shapes are out of bounds.
            level = np.where(level > 0, level, np.nan)
            jacobian /= level
            level = np.log(level)
        return level, jacobian

    # Projection ------------------------------------------------------------------------------

    def linear_model(self, theta: Array, rows: Rows) -> tuple[Array, Array, Array]:
        """Return y, design and shape slopes, weighted, of the model ``y = s design + noise``.

        On the linear scale the design is the shape and s the scale; on the log scale the shape
        is taken off y, the design is one everywhere and s the log of the scale.
        """
        shape, jacobian = self.observe(theta, rows)
        y = self.target[rows]
        if self.scale == "log":
            y, shape = y - shape, np.ones_like(shape)
        return self.weighted(y, rows), self.weighted(shape, rows), self.weighted(jacobian, rows)

    def _scale(self, y: Array, design: Array, rows: Rows) -> tuple[Array, Array]:
        """Return the best (or fixed) s of each row (b, 1), and the design's square."""
        size = np.einsum("bn,bn->b", design, design)[:, np.newaxis]
        if self.scale_fixed is None:
            return np.einsum("bn,bn->b", design, y)[:, np.newaxis] / size, size
        fixed = self.scale_fixed[rows]
        scale = np.log(fixed) if self.scale == "log" else fixed / self.unit[rows]
        return scale[:, np.newaxis], size

    def project(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        r"""Return residuals and Jacobian with the scale projected out.

        With design g and :math:`\hat s = \langle g, y\rangle / \langle g, g\rangle` the residual is
        :math:`r = y - \hat s g` and its full derivative (both terms of Golub and Pereyra)
        :math:`r_j = y_j - \hat s\,g_j - \hat s_j\,g` with
        :math:`\hat s_j = (\langle g_j, r\rangle + \langle g, y_j - \hat s g_j\rangle)
        / \langle g, g\rangle`.

        Returns
        -------
        residuals : ndarray, shape (b, n)
        jacobian : ndarray, shape (k, b, n)
        """
        y, design, jacobian = self.linear_model(theta, rows)
        whiten = None
        raw_y, raw_design = y, design
        if self.errors == "ar1":
            whiten = self.chain.rows(rows).whitener(theta[:, -1])
            y, design, jacobian = whiten(y), whiten(design), whiten(jacobian)
        scale, size = self._scale(y, design, rows)
        residuals = y - scale * design
        for slope in jacobian:
            by_residual = np.einsum("bn,bn->b", slope, residuals) if self.scale == "linear" else 0.0
            slope *= -scale if self.scale == "linear" else -1.0
            self._take_out(slope, by_residual, design, size)
        if whiten is None:
            return residuals, jacobian
        change = whiten.change(raw_y - scale * raw_design)
        by_residual = np.einsum("bn,bn->b", whiten.change(raw_design), residuals)
        self._take_out(change, by_residual, design, size)
        change += whiten.factor_slope * residuals
        jacobian = np.concatenate([jacobian, change[np.newaxis]])
        return whiten.factor * residuals, whiten.factor * jacobian

    def _take_out(self, slope: Array, by_residual: Array, design: Array, size: Array) -> None:
        """Subtract, in place, what a change of the best scale takes up."""
        if self.scale_fixed is None:
            by_design = np.einsum("bn,bn->b", slope, design)
            slope -= ((by_residual + by_design)[:, np.newaxis] / size) * design

    def best_scale(self, theta: Array) -> Array:
        """Return each row's best scale, in the unit of the data."""
        if self.scale_fixed is not None:
            return self.scale_fixed
        rows = np.arange(len(theta))
        with np.errstate(all="ignore"):
            y, design, _ = self.linear_model(theta, rows)
            if self.errors == "ar1":
                whiten = self.chain.rows(rows).whitener(theta[:, -1])
                y, design = whiten(y), whiten(design)
            scale = self._scale(y, design, rows)[0][:, 0]
            return np.exp(scale) if self.scale == "log" else scale * self.unit

    # Search ----------------------------------------------------------------------------------

    def solve(
        self, start: Array, *, iterations: int = 100, tolerance: float = ORTHOGONAL
    ) -> Minimum:
        """Search every row from its start (batch, k) and return where the searches ended."""
        options = {"iterations": iterations, "tolerance": tolerance}
        step = max(1, CHUNK // (self.t.size * (len(self.free_names) + 1)))
        if len(start) <= step:
            return minimise(self.project, start, *self.bounds, **options)
        parts = [
            self.rows(slice(i, i + step)).solve(start[i : i + step], **options)
            for i in range(0, len(start), step)
        ]
        names = [item.name for item in fields(Minimum)]
        return Minimum(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def rows(self, which: slice | Rows) -> Problem:
        """Return the problem of some rows."""
        root = self.root_weights
        return replace(
            self,
            y=self.y[which],
            root_weights=root if root is None or root.ndim == 1 else root[which],
            fixed={name: values[which] for name, values in self.fixed.items()},
        )

    def repeated(self, count: int) -> Problem:
        """Return the problem of the first row, so many times."""
        return self.rows(np.zeros(count, int))

    def holding(self, name: str, values: Array) -> Problem:
        """Return the problem with a parameter of each row held at its value (batch,)."""
        return replace(self, fixed={**self.fixed, name: np.asarray(values, float)})


def best_of(minima: list[Minimum]) -> Minimum:
    """Return, row by row, the minimum of lowest cost among several searches."""
    cost = np.stack([each.cost for each in minima])
    best = np.argmin(cost, axis=0)
    rows = np.arange(cost.shape[1])
    names = [item.name for item in fields(Minimum)]
    return Minimum(*(np.stack([getattr(m, name) for m in minima])[best, rows] for name in names))
