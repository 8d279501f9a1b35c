r"""The engine: batched separable least squares for curves.

A record is :math:`y = s\,g(\theta) + \text{noise}` with a scale s and a shape g. For given shape
parameters the best scale is a projection, so only the shape is searched (variable projection,
Golub and Pereyra 1973). The engine knows curves by their contract alone, never by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from uptake import serial
from uptake.coordinates import Coordinates
from uptake.curves import Curve
from uptake.least_squares import ORTHOGONAL, Array, Minimum, Rows, joined, minimise
from uptake.projection import Projection, powers

Kind = Literal["stock", "flow"]
Scale = Literal["linear", "log"]
Errors = Literal["iid", "ar1"]

HORIZON = 1e8
"""A ceiling this many times the record is no ceiling: the search has run away."""
_MOST = np.log(1e300)
"""Log of the largest scale, and minus that of the least, that a search may hold."""
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
        Parameters not searched, by name. NaN frees the scale of a row after all, so that rows
        with and without a ceiling can share a batch.
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

    @cached_property
    def scale_name(self) -> str:
        """The parameter to which the level is proportional."""
        return self.curve.names()[0]

    @cached_property
    def scale_fixed(self) -> Array | None:
        """The scale of each row where it is fixed."""
        return self.fixed.get(self.scale_name)

    @cached_property
    def projection(self) -> Projection:
        """Which rows' scale is projected out."""
        if self.scale_fixed is None:
            return Projection(None)
        fixed = np.log(self.scale_fixed) if self.scale == "log" else self.scale_fixed / self.unit
        return Projection(fixed[:, np.newaxis])

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
        if self.scale == "log":
            # What a masked point holds need not have a log.
            return np.log(np.where(self.used, self.y, 1.0))
        return self.y / self.unit[:, np.newaxis]

    @cached_property
    def unsized(self) -> bool:
        """Whether shapes may be of any size where they are squared.

        A curve without a ceiling has its scale at t = 0. A record of calendar years lies so far
        from there that the squares of its shape leave floating point, though the best scale does
        not.
        """
        return not self.curve.bounded and self.scale == "linear"

    @cached_property
    def lever(self) -> float:
        """By how much more than the record's own level the scale moves with the shape.

        One for a ceiling; for a scale at t = 0 it grows with the distance to the record, in lengths
        of the record.
        """
        if self.curve.bounded:
            return 1.0
        return float(1 + max(self.t[0], -self.t[-1], 0.0) / (self.t[-1] - self.t[0]))

    def scale_box(self, times: float = 1.0) -> tuple[Array, Array]:
        """Return how far the log of each row's scale is followed, lowest and highest (batch,).

        A ceiling is followed to the horizon, a scale at t = 0 as far as that of a curve whose level
        moves by as much over the record's length.
        """
        reach, centre = times * np.log(HORIZON) * self.lever, np.log(self.record)
        return np.maximum(centre - reach, -_MOST), np.minimum(centre + reach, _MOST)

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
        jacobian = np.empty((len(self.coordinates.free), *level.shape))
        for j, (i, slope) in enumerate(self.coordinates.slopes(shapes)):
            np.multiply(slopes[i], slope, out=jacobian[j])
        if self.kind == "flow":
            level = level[..., 1:] - level[..., :-1]
            jacobian = jacobian[..., 1:] - jacobian[..., :-1]
        if self.scale == "log":
            # A level or flow that is not positive has no log: such shapes are out of bounds.
            level = np.where(level > 0, level, np.nan)
            jacobian /= level
            level = np.log(level)
        return level, jacobian

    def shape(self, theta: Array, rows: Rows) -> Array:
        """Return the shape as the record sees it (b, n), without its Jacobian."""
        level = self.curve.shape(self.t, *self.to_shapes(theta, rows))
        if self.kind == "flow":
            level = level[..., 1:] - level[..., :-1]
        return np.log(np.where(level > 0, level, np.nan)) if self.scale == "log" else level

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
        if self.unsized and self.scale_fixed is None:
            power = powers(design)
            design, jacobian = np.ldexp(design, -power), np.ldexp(jacobian, -power)
        whiten = None
        raw_y, raw_design = y, design
        if self.errors == "ar1":
            whiten = self.chain.rows(rows).whitener(theta[:, -1])
            y, design, jacobian = whiten(y), whiten(design), whiten(jacobian)
        scale, size = self.projection.scale(y, design, rows)
        residuals = y - scale * design
        by_residual = np.vecdot(jacobian, residuals) if self.scale == "linear" else 0.0
        jacobian *= -scale if self.scale == "linear" else -1.0
        self.projection.take_out(jacobian, by_residual, design, size, rows)
        if whiten is None:
            return residuals, jacobian
        change = whiten.change(raw_y - scale * raw_design)
        by_residual = np.vecdot(whiten.change(raw_design), residuals)
        self.projection.take_out(change, by_residual, design, size, rows)
        change += whiten.factor_slope * residuals
        jacobian = np.concatenate([jacobian, change[np.newaxis]])
        return whiten.factor * residuals, whiten.factor * jacobian

    def best_scale(self, theta: Array) -> Array:
        """Return each row's best scale, in the unit of the data."""
        if self.projection.whole:
            return self.scale_fixed
        rows = np.arange(len(theta))
        with np.errstate(all="ignore"):
            y, design = self.target, self.shape(theta, rows)
            if self.scale == "log":
                y, design = y - design, np.ones_like(design)
            y, design = self.weighted(y, rows), self.weighted(design, rows)
            power = np.zeros((len(theta), 1), int)
            if self.unsized and self.scale_fixed is None:
                power = powers(design)
                design = np.ldexp(design, -power)
            if self.errors == "ar1":
                whiten = self.chain.rows(rows).whitener(theta[:, -1])
                y, design = whiten(y), whiten(design)
            scale = self.projection.scale(y, design, rows)[0][:, 0]
            if self.scale == "log":
                return np.exp(scale)
            return np.ldexp(scale * self.unit, -power[:, 0])

    # Search ----------------------------------------------------------------------------------

    def solve(
        self,
        start: Array,
        *,
        iterations: int | Rows = 100,
        tolerance: float | Array = ORTHOGONAL,
    ) -> Minimum:
        """Search every row from its start (batch, k) and return where the searches ended."""
        step = max(1, CHUNK // (self.t.size * (len(self.free_names) + 1)))
        if len(start) <= step:
            options = {"iterations": iterations, "tolerance": tolerance}
            return minimise(self.project, start, *self.bounds, fold=self._fold, **options)
        each = np.broadcast_to(iterations, len(start)), np.broadcast_to(tolerance, len(start))
        parts = []
        for i in range(0, len(start), step):
            part = slice(i, i + step)
            options = {"iterations": each[0][part], "tolerance": each[1][part]}
            parts.append(self.rows(part).solve(start[part], **options))
        return joined(parts)

    @property
    def _fold(self) -> Callable[[Array], Array] | None:
        """What maps coordinates beyond the curve's domain to those of the same curve inside."""
        # With a shape parameter held, the same curve under another name is another answer.
        if self.curve.inside is Curve.inside or self.coordinates.held:
            return None

        def fold(theta: Array) -> Array:
            shapes = [each[:, 0] for each in self.coordinates.to_shapes(theta, {}, slice(None))]
            inside = np.column_stack(self.curve.inside(*shapes))
            moved = (inside != np.column_stack(shapes)).any(axis=1)
            if moved.any():
                theta[moved, : inside.shape[1]] = self.coordinates.to_free(inside[moved])
            return theta

        return fold

    def rows(self, which: slice | Rows) -> Problem:
        """Return the problem of some rows."""
        root = self.root_weights
        part = replace(
            self,
            y=self.y[which],
            root_weights=root if root is None or root.ndim == 1 else root[which],
            fixed={name: values[which] for name, values in self.fixed.items()},
        )
        for name in ("record", "unit", "target"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name][which]
        return self._lend(part, ("coordinates",))

    def repeated(self, count: int) -> Problem:
        """Return the problem of the first row, so many times."""
        return self.rows(np.zeros(count, int))

    def holding(self, name: str, values: Array) -> Problem:
        """Return the problem with a parameter of each row held at its value (batch,)."""
        held = replace(self, fixed={**self.fixed, name: np.asarray(values, float)})
        same = ("coordinates",) if name == self.scale_name else ()
        return self._lend(held, (*same, "record", "used", "chain", "unit", "target"))

    def _lend(self, other: Problem, names: tuple[str, ...]) -> Problem:
        """Give a problem what this one has worked out and is the same for both."""
        known = {name: self.__dict__[name] for name in names if name in self.__dict__}
        other.__dict__.update(known)
        return other
