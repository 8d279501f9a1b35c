"""The optimum of a contest, and profiles of its parameters, in the form intervals are read from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from uptake.competing.contests import Contest, Found
from uptake.criteria import log_likelihood
from uptake.joint import JointPeak
from uptake.least_squares import Array
from uptake.traces import Points

_NEAREST = 1e-6
"""Least size of a value on a profile that runs through zero, in that of the edge."""
_RUNGS = 25
"""Values on either side of zero: four for each factor of ten."""
_TOLERANCE = 1e-3
"""Cosine at which a search on the profile stops: its statistic is then right to about 1e-5."""


@dataclass(frozen=True, eq=False)
class Peak(JointPeak):
    """Where the likelihood of one contest is highest.

    Attributes
    ----------
    contest : Contest
        One row.
    found : Found
        Its optimum.
    """

    contest: Contest
    found: Found

    @property
    def points(self) -> int:
        """Observations of all records."""
        return self.contest.points

    @property
    def parameters(self) -> int:
        """Number of parameters searched."""
        return len(self.contest.free)

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self.contest.counts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters searched."""
        return tuple(self.contest.names[i] for i in self.contest.free)

    @cached_property
    def values(self) -> dict[str, float]:
        """All parameters by name."""
        row = self.contest.values(self.found.theta, np.array([0]))[0]
        return dict(zip(self.contest.names, row.tolist(), strict=True))

    @cached_property
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood of the data themselves, on both scales."""
        contest, value = self.contest, 0.0
        for i, variance in enumerate(self.found.variances[0]):
            used = contest.root[i] > 0
            value += log_likelihood(variance, contest.counts[i])
            value += np.log(contest.root[i, used]).sum()
            if contest.scale == "log":
                value -= np.log(contest.y[0, i, used]).sum()
            else:
                value -= contest.counts[i] * np.log(contest.unit[i])
        return float(value)

    @cached_property
    def covariance(self) -> Array | None:
        """Covariance of the free coordinates; None where it does not exist."""
        with np.errstate(all="ignore"):
            jacobian = self.contest.differentiated(self.found.theta, np.array([0]))[1][:, 0]
        sigma = np.sqrt(self.found.variances[0])[:, np.newaxis]
        columns = (jacobian / sigma).reshape(self.parameters, -1).T
        size = np.linalg.norm(columns, axis=0)
        if not (np.isfinite(size).all() and (size > 0).all()):
            return None
        unit = columns / size
        if np.linalg.cond(unit) > 1e7:
            return None
        freedom = self.points / self.freedom
        return np.linalg.inv(unit.T @ unit) / np.outer(size, size) * freedom

    def standard_error(self, name: str) -> float:
        """Return the delta-method standard error of a parameter; infinite where there is none."""
        if self.covariance is None:
            return float("inf")
        i, step = self.contest.names.index(name), 1e-5
        moved = np.concatenate(
            [self.found.theta + step * s * np.eye(self.parameters) for s in (1, -1)]
        )
        values = self.contest.values(moved, np.zeros(len(moved), int))[:, i]
        gradient = (values[: self.parameters] - values[self.parameters :]) / (2 * step)
        return float(np.sqrt(gradient @ self.covariance @ gradient))

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """Return records drawn from the fitted system, shape (n, records, times)."""
        contest = self.contest
        expected = contest.expected(np.array([list(self.values.values())]))[0]
        share = self.points / self.freedom
        deviation = np.sqrt(self.found.variances[0] * share)[:, np.newaxis]
        root = np.where(contest.root > 0, contest.root, np.inf)
        noise = rng.standard_normal((n, *expected.shape)) * deviation / root
        if contest.scale == "log":
            return expected * np.exp(noise)
        return expected + noise * contest.unit[:, np.newaxis]


def _through_zero(side: int, low: float, high: float) -> Array:
    """Return values from one edge to the other, in equal ratios on either side of zero.

    For an estimate that has run off past an edge: in steps measured from there, zero and all values
    of ordinary size would fall between two neighbours, and so would the crossing.
    """
    ratios = np.geomspace(1.0, _NEAREST, _RUNGS)
    near, far = (high, low) if side < 0 else (low, high)
    # The near edge is left out, since a profile that reaches an edge ends there.
    return np.r_[near * ratios[1:], 0.0, far * ratios[::-1]]


class ValueTrace:
    """A profile of one parameter of a system, the others searched anew at each value."""

    def __init__(self, peak: Peak, name: str) -> None:
        self.peak, self.name = peak, name
        self.contest = peak.contest
        self.index = self.contest.names.index(name)
        self.axis = self.contest.axes[self.index]
        self.estimate = self._inside(peak.values[name])

    def _inside(self, value: float) -> float:
        return float(np.log(value)) if self.axis.positive else float(value)

    def _ends(self) -> tuple[float, float]:
        low, high = self.contest.system.reach(self.index, self.contest.setting)
        return self._inside(low), self._inside(high)

    def ladder(self, side: int) -> Array:
        """Return logs (or values) from the estimate outward to the edge of the box."""
        low, high = self._ends()
        if not self.axis.positive and side * self.estimate < side * (low, high)[(1 - side) // 2]:
            return _through_zero(side, low, high)
        error = self.peak.standard_error(self.name)
        step = error / self.peak.values[self.name] if self.axis.positive else error
        widest = 1.0 if self.axis.positive else (high - low) / 200
        step = float(np.clip(step, 1e-9 * widest, widest)) if np.isfinite(step) else 0.1 * widest
        reach = max(side * ((low, high)[(side + 1) // 2] - self.estimate), 0.0)
        if reach <= 0.2 * step:
            return np.array([(low, high)[(side + 1) // 2]])
        count = int(np.ceil(np.log2(reach / (0.2 * step)))) + 1
        return self.estimate + side * np.geomspace(0.2 * step, reach, count)

    def solve(self, values: Array, near: list[Array] | None = None) -> Points:
        """Search the other parameters with this one held at each value."""
        count, rows = len(values), np.arange(len(values))
        outside = np.exp(values) if self.axis.positive else values
        kept = {name: np.repeat(held, count) for name, held in self.contest.held.items()}
        held = replace(
            self.contest,
            y=np.repeat(self.contest.y, count, axis=0),
            held={**kept, self.name: outside},
        )
        starts = near or self._starts(outside)
        found = self._best(held, starts, rows)
        if near is None:
            # Each point again from its neighbour's solution, inward then outward.
            for shift in (1, -1):
                again = [np.roll(found.theta, shift, axis=0)]
                found = found.better_of(self._best(held, again, rows))
        ends = self._ends()
        edge = np.isclose(values, ends[0]) | np.isclose(values, ends[1])
        return Points(values, values, found.cost, found.theta, edge)

    def _starts(self, values: Array) -> list[Array]:
        """Return the optimum, moved along the ridge that goes with each value if there is one."""
        contest = self.contest
        x = contest.coordinates(self.peak.found.theta, np.array([0]))
        others = [i for i in contest.free if i != self.index]
        moved = contest.system.near(x, self.index, values, contest.setting)
        return [moved[:, others]]

    @staticmethod
    def _best(held: Contest, starts: list[Array], rows: Array) -> Found:
        lower, upper = held.bounds
        found = None
        for start in starts:
            one = held.search(np.clip(start, lower, upper), rows, 25, _TOLERANCE)
            found = one if found is None else found.better_of(one)
        return found

    def outside(self, value: float, side: int) -> float:
        """Map a coordinate of the trace to the parameter."""
        return float(np.exp(value)) if self.axis.positive else float(value)

    def open_end(self, side: int) -> float:
        """Return the end of the parameter's range."""
        return self.axis.open_ends[(side + 1) // 2]
