"""Several records and a system: residuals, searches, and the likelihood with a noise per record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from uptake.competing.systems import Coordinate, Setting, System
from uptake.least_squares import Array, Rows, minimise
from uptake.separable import Scale

_STEP = 1e-7
"""Step of differences in coordinates of about one. Rows solved together share the solver's steps,
so rounding adds 1e-9 to the error of 1e-7."""
_SOLVED_TOGETHER = 300
"""Rows in one call of the solver, which controls their mean error: too many would dilute it."""
_TOLERANCE = 1e-5
"""Cosine between residuals and Jacobian at the end: the cost is then right to about 1e-10."""
_POLISHED = 1e-8
"""The same for the optimum that is reported, which would else hang on a library's last digits where
the likelihood is flat."""
_MATTERS = 1e-4
"""Change of the residuals by a unit step of a coordinate, in their own size, that counts as one."""
_FLOOR = 1e-24
"""A variance that is rounding, in squared records' maxima."""


@dataclass(frozen=True, eq=False)
class Contest:
    """Batches of records on common times, and the system to be fitted to each.

    Attributes
    ----------
    system : type of System
    setting : Setting
    y : ndarray, shape (b, records, n)
    root : ndarray, shape (records, n)
        Square roots of the weights; zero where nothing was observed.
    scale : {"linear", "log"}
    held : dict
        Parameters held, by name, one value per row.
    """

    system: type[System]
    setting: Setting
    y: Array
    root: Array
    scale: Scale
    held: dict[str, Array]

    @cached_property
    def axes(self) -> tuple[Coordinate, ...]:
        """All coordinates."""
        return self.system.coordinates(self.setting)

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters."""
        return tuple(axis.name for axis in self.axes)

    @cached_property
    def free(self) -> list[int]:
        """Positions of the parameters searched."""
        return [i for i, name in enumerate(self.names) if name not in self.held]

    @cached_property
    def unit(self) -> Array:
        """The largest observation of each record: what residuals are measured in."""
        return np.where(self.root > 0, np.abs(self.y[0]), 0.0).max(axis=1)

    @cached_property
    def counts(self) -> Array:
        """Observations of each record."""
        return np.count_nonzero(self.root, axis=1)

    @property
    def points(self) -> int:
        """Observations of all records."""
        return int(self.counts.sum())

    @cached_property
    def target(self) -> Array:
        """What is fitted: records over their unit, or the logs of that."""
        y = np.where(self.root > 0, self.y, self.unit[:, np.newaxis])
        scaled = y / self.unit[:, np.newaxis]
        return np.log(scaled) if self.scale == "log" else scaled

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of the free coordinates."""
        free = [self.axes[i] for i in self.free]
        return np.array([a.lower for a in free]), np.array([a.upper for a in free])

    def holding(self, held: dict[str, float]) -> Contest:
        """Return the same contest with more parameters held."""
        more = {name: np.full(len(self.y), value) for name, value in held.items()}
        return replace(self, held={**self.held, **more})

    def with_records(self, y: Array) -> Contest:
        """Return a contest of other records, in the units of these, on the same times."""
        held = {name: np.repeat(value[:1], len(y)) for name, value in self.held.items()}
        other = replace(self, y=y, held=held)
        # Replaced records must be measured in the same unit, or bounds would differ among them.
        other.__dict__["unit"] = self.unit
        return other

    def coordinates(self, theta: Array, rows: Rows) -> Array:
        """Put held coordinates among the free ones."""
        x = np.zeros((len(theta), len(self.axes)))
        x[:, self.free] = theta
        for i, name in enumerate(self.names):
            if name in self.held:
                self.system.hold(x, i, self.held[name][rows], self.setting)
        return x

    def values(self, theta: Array, rows: Rows) -> Array:
        """Return all parameters, shape (b, k)."""
        values = self.system.values(self.coordinates(theta, rows), self.setting)
        for name, held in self.held.items():
            values[:, self.names.index(name)] = held[rows]
        return values

    def expected(self, values: Array) -> Array:
        """Return what records of these parameters would be, in the unit of the data."""
        levels = self.system.levels(values, self.setting)
        return np.diff(levels, axis=2) if self.setting.kind == "flow" else levels

    def residuals(self, theta: Array, rows: Rows) -> Array:
        """Return expectation less record over the record's unit, weighted, (b, records, n)."""
        level = self.expected(self.values(theta, rows)) / self.unit[:, np.newaxis]
        if self.scale == "log":
            # A level that is not positive has no log: its row is refused.
            level = np.log(np.where(level > 0, level, np.nan))
        return np.where(self.root > 0, (level - self.target[rows]) * self.root, 0.0)

    def differentiated(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return residuals (b, records, n) and forward differences (free, b, records, n)."""
        together = max(1, _SOLVED_TOGETHER // (1 + len(self.free)))
        parts = [slice(i, i + together) for i in range(0, len(theta), together)]
        done = [self._differentiated(theta[part], rows[part]) for part in parts]
        return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done], axis=1)

    def _differentiated(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        moved = np.concatenate([theta, *(theta + step for step in _STEP * np.eye(theta.shape[1]))])
        stacked = self.residuals(moved, np.tile(rows, 1 + theta.shape[1]))
        stacked = stacked.reshape(-1, len(theta), *stacked.shape[1:])
        return stacked[0], (stacked[1:] - stacked[0]) / _STEP

    def variances(self, residuals: Array) -> Array:
        """Return the maximum-likelihood variance of each record's noise, shape (b, records)."""
        with np.errstate(all="ignore"):
            variances = np.einsum("bpn,bpn->bp", residuals, residuals) / self.counts
        return np.where(np.isfinite(variances), np.maximum(variances, _FLOOR), np.inf)

    def search(
        self, theta: Array, rows: Rows, iterations: int = 300, tolerance: float = _TOLERANCE
    ) -> Found:
        r"""Maximise the likelihood of each row from one start.

        With each record's variance :math:`s_i` at its best, minus twice the log-likelihood is
        :math:`n \ln \prod_i s_i^{n_i/n}` up to a constant. That product is the sum of squares of
        the residuals scaled by their own deviations, and Gauss-Newton on them, deviations held
        for a step, has its exact gradient: one search instead of reweighting in rounds.
        """

        def model(x: Array, which: Rows) -> tuple[Array, Array]:
            residuals, jacobian = self.differentiated(x, rows[which])
            variances = self.variances(residuals)
            factor = np.sqrt(self.cost(variances)[:, np.newaxis] / (self.points * variances))
            factor, b = factor[:, :, np.newaxis], len(x)
            columns = (jacobian * factor).reshape(len(jacobian), b, -1)
            # A coordinate that has ceased to matter differs by rounding only: it has no direction.
            matters = np.linalg.norm(columns, axis=2) > _MATTERS * np.sqrt(self.cost(variances))
            columns[~matters] = 0.0
            return (residuals * factor).reshape(b, -1), columns

        found = minimise(model, theta, *self.bounds, iterations=iterations, tolerance=tolerance)
        with np.errstate(all="ignore"):
            variances = self.variances(self.residuals(found.theta, rows))
        # Noise at the level of rounding has no likelihood to settle.
        converged = found.converged | (variances <= _FLOOR).all(axis=1)
        return Found(found.theta, self.cost(variances), converged, found.at_bound, variances)

    def cost(self, variances: Array) -> Array:
        r"""Return the variances' mean, weighted by observations: :math:`\prod_i s_i^{n_i/n}`.

        Its logarithm times n is minus twice the log-likelihood, up to a constant, so that its
        relative rise has the F distribution of a sum of squares when there is one record.
        """
        with np.errstate(all="ignore"):
            cost = np.exp(np.log(variances) @ (self.counts / self.points))
        return np.where(np.isfinite(cost), cost, np.inf)


@dataclass(frozen=True, eq=False)
class Found:
    """Where searches ended.

    Attributes
    ----------
    theta : ndarray, shape (b, free)
    cost : ndarray, shape (b,)
        The mean variance, see `Contest.cost`.
    converged : ndarray of bool, shape (b,)
    at_bound : ndarray of bool, shape (b, free)
    variances : ndarray, shape (b, records)
        In squared units of the records' maxima.
    """

    theta: Array
    cost: Array
    converged: np.ndarray
    at_bound: np.ndarray
    variances: Array

    def better_of(self, other: Found) -> Found:
        """Return, row by row, the lower of two, and of equals the one that settled."""
        penalty = 1 + 1e-9
        mine = np.where(self.converged, self.cost, self.cost * penalty)
        theirs = np.where(other.converged, other.cost, other.cost * penalty)
        take = theirs < mine
        parts = []
        for name in ("theta", "cost", "converged", "at_bound", "variances"):
            ours, others = getattr(self, name), getattr(other, name)
            parts.append(np.where(take.reshape(-1, *[1] * (ours.ndim - 1)), others, ours))
        return Found(*parts)


def best(contest: Contest, starts: Array, keep: int = 3) -> Found:
    """Search from many starts: a few steps from all, to the end from some, then polish the best.

    Parameters
    ----------
    contest : Contest
        b rows.
    starts : ndarray, shape (starts, b, k)
        As parameters, held ones included.
    keep : int
        Starts of each row that are followed to the end.
    """
    count, batch = starts.shape[:2]
    rows = np.tile(np.arange(batch), count)
    x = contest.system.inverse(starts.reshape(count * batch, -1), contest.setting)
    theta = np.clip(x[:, contest.free], *contest.bounds)
    first = contest.search(theta, rows, iterations=10)
    order = np.argsort(first.cost.reshape(count, batch), axis=0, kind="stable")
    found = None
    for rank in range(min(keep, count)):
        at = order[rank] * batch + np.arange(batch)
        one = contest.search(first.theta[at], np.arange(batch))
        found = one if found is None else found.better_of(one)
    polished = contest.search(found.theta, np.arange(batch), tolerance=_POLISHED)
    # What was an optimum before the polish is one after, even at the end of the digits.
    converged = found.converged | polished.converged
    return replace(found.better_of(polished), converged=converged)
