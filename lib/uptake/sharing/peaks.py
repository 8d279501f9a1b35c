"""Where the likelihood of a pool is highest, and profiles of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from uptake.criteria import log_likelihood
from uptake.draws import simulate
from uptake.joint import JointPeak
from uptake.least_squares import Array, Minimum, best_of
from uptake.optimum import Optimum
from uptake.separable import HORIZON
from uptake.sharing.pools import Pool
from uptake.traces import Points, ends_box, outward

_FINEST = 1e-4
"""Step of a profile's first points, in coordinates: finer than any record fixes a parameter."""
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Peak(JointPeak):
    """Where the likelihood of a pool of one row is highest.

    Attributes
    ----------
    pool : Pool
        One row.
    found : Minimum
        Its optimum, or the limit that was reached.
    gone : tuple of bool
        Records whose ceiling was let go to reach that limit; none where it is left out.
    """

    pool: Pool
    found: Minimum
    gone: tuple[bool, ...] = ()

    @property
    def theta(self) -> Array:
        """Coordinates of the optimum, shape (1, coordinates)."""
        return self.found.theta

    @property
    def points(self) -> int:
        """Points of all records."""
        return int(self.pool.points.sum())

    @property
    def parameters(self) -> int:
        """Number of parameters searched, the noise of the records apart."""
        return self.pool.parameters

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self.pool.problems)

    @cached_property
    def values(self) -> Array:
        """Parameters of the curve, shape (records, parameters)."""
        return self.pool.values(self.theta)[0]

    @cached_property
    def squares(self) -> Array:
        """Sum of squares of each record in the unit of the data, shape (records,)."""
        unit = np.array([each.unit[0] for each in self.pool.problems])
        return self.pool.squares(self.theta)[:, 0] * unit**2

    @cached_property
    def rho(self) -> Array:
        """Correlation of neighbouring errors of each record, shape (records,)."""
        return np.tanh(self.pool.state(self.theta)[0, :, -1])

    @cached_property
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood of the data themselves, a variance for each record."""
        value = 0.0
        for problem, square, n in zip(
            self.pool.problems, self.squares, self.pool.points, strict=True
        ):
            value += log_likelihood(square / n, n)
            if problem.root_weights is not None:
                value += np.log(problem.root_weights[..., problem.used.ravel()]).sum()
            if problem.scale == "log":
                value -= np.log(problem.y[0, problem.used.ravel()]).sum()
        return float(value)

    @cached_property
    def runaway(self) -> tuple[bool, ...]:
        """Whether each record's ceiling has run away."""
        problems = self.pool.problems
        gone = self.gone or (False,) * len(problems)
        return tuple(
            each.curve.bounded and bool(gone[i] or self.values[i, 0] > HORIZON * each.record[0])
            for i, each in enumerate(problems)
        )

    @cached_property
    def optima(self) -> tuple[Optimum, ...]:
        """Each record's problem at its part of the optimum."""
        optima = []
        for i, problem in enumerate(self.pool.problems):
            own, scale = self.pool.own(i, self.theta)[0], float(self.values[i, 0])
            theta = own[own.size - len(problem.free_names) :]
            cost = float(self.squares[i] / problem.unit[0] ** 2)
            optima.append(Optimum(problem, theta, scale, cost))
        return tuple(optima)

    def draw(self, count: int, rng: np.random.Generator) -> list[Array]:
        """Draw records from the fitted pool, an array (count, n) for each.

        Noise is Gaussian, of each record's own size. What is shared takes up freedom from each
        record in proportion to its points.
        """
        own = np.array([len(each) for each in self._own_keys])
        common = self.parameters - own.sum()
        taken = own + common * self.pool.points / self.points
        records = []
        for i, optimum in enumerate(self.optima):
            ratio = optimum.freedom / (self.pool.points[i] - taken[i])
            records.append(simulate(optimum, count, rng, spread=np.full(count, np.sqrt(ratio))))
        return records

    @property
    def _own_keys(self) -> list[list[str]]:
        """Parameters that are each record's own, projected scales among them."""
        pool = self.pool
        scale = pool.problems[0].scale_name
        return [
            [name for record, name in pool.keys if record == i]
            + ([] if scale in pool.shared else [scale])
            for i in range(len(pool.problems))
        ]


class PoolTrace:
    """A profile of a parameter of all records, or of one, the others searched anew."""

    def __init__(self, peak: Peak, name: str, record: int | None) -> None:
        self.peak, self.name, self.record = peak, name, record
        self.at = peak.pool.names.index(name)
        self.estimate = float(peak.pool.state(peak.theta)[0, record or 0, self.at])
        self.transform = peak.pool.problems[0].curve.transforms()[self.at]

    def _box(self) -> tuple[float, float]:
        if self.at == 0 and self.record is not None:
            (lowest,), (highest,) = self.peak.pool.problems[self.record].scale_box()
            return float(lowest), float(highest)
        frame = self.peak.pool.frame
        return float(frame.lower[self.at]), float(frame.upper[self.at])

    def ladder(self, side: int) -> Array:
        """Return coordinates from the estimate outward to the edge of the box."""
        return outward(self.estimate, _FINEST, self._box()[(side + 1) // 2], side)

    def held(self, pool: Pool, values: Array) -> Pool:
        """Return a pool with the parameter held at coordinates (batch,)."""
        return pool.holding(self.name, pool.back(self.name, values), self.record)

    def rest(self, theta: Array) -> Array:
        """Return coordinates (batch, k) without that of the parameter, if it has one."""
        keys = self.peak.pool.keys
        key = (self.record, self.name)
        return np.delete(theta, keys.index(key), axis=1) if key in keys else theta

    def solve(self, values: Array, near: list[Array] | None = None) -> Points:
        """Search the other parameters with this one held at each value."""
        count = np.zeros(len(values), int)
        held = self.held(self.peak.pool.rows(count), values)
        inner = np.repeat(self.rest(self.peak.theta), len(values), axis=0)
        found = held.best_from(near or [inner, held.relaxed(inner)], tolerance=_TOLERANCE)
        if near is None:
            for shift in (1, -1):
                again = held.solve(np.roll(found.theta, shift, axis=0), tolerance=_TOLERANCE)
                found = best_of([found, again])
        edge = ends_box(values, self.estimate, self._box())
        return Points(values, values, found.cost, found.theta, edge)

    def outside(self, value: float, side: int) -> float:
        """Map a coordinate to the parameter."""
        return float(self.peak.pool.back(self.name, np.float64(value)))

    def open_end(self, side: int) -> float:
        """Return the end of the parameter's range."""
        return self.transform.upper if side > 0 else self.transform.lower
