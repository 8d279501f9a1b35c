r"""Several records of one curve at once, some parameters in common, each with its own noise.

With a variance of its own for each record, the likelihood is highest where
:math:`\sum_i n_i \log S_i` is least, S the sums of squares. That is the log of

.. math:: C = \prod_i S_i^{w_i}, \qquad w_i = n_i / \sum_j n_j

up to a factor, and C is itself a sum of squares: that of the residuals :math:`r_i` multiplied by
:math:`\sqrt{w_i C / S_i}`. With these factors taken as constants in the Jacobian the gradient is
still exact, since :math:`dC = \sum_i (w_i C / S_i)\, dS_i`. So the batched search minimises the
likelihood itself; no weights are iterated.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from uptake.least_squares import Array, Minimum, Rows, best_of, minimise
from uptake.optimum import Joint
from uptake.separable import CHUNK, Problem
from uptake.sharing.frames import CommonFrame

_EXACT = 1e-30
"""A mean square that is rounding, for residuals scaled to a record of about one."""
_FIELDS = tuple(item.name for item in fields(Minimum))


@dataclass(frozen=True, eq=False)
class Pool:
    """Records of one curve with some parameters in common.

    Every parameter has one coordinate for all records (its transform, centred and scaled alike),
    and one box. A scale that is not shared is projected out, as in a single fit; a shared one is
    searched on its log. Rho is always a record's own.

    Parameters
    ----------
    problems : tuple of Problem
        One for each record; the same number of rows each.
    shared : tuple of str
        Parameters in common.
    frame : CommonFrame, optional
        The coordinates; worked out from the records where it is not given. Records simulated
        from others keep theirs.
    """

    problems: tuple[Problem, ...]
    shared: tuple[str, ...]
    frame: CommonFrame | None = None

    def __post_init__(self) -> None:
        """Fix the frame, so that pools of other records can keep it."""
        if self.frame is None:
            object.__setattr__(self, "frame", CommonFrame.of(self.problems))

    # Coordinates -----------------------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameters of the curve, then rho."""
        return (*self.problems[0].curve.names(), "rho")

    @cached_property
    def _plan(self) -> tuple[tuple[tuple[int | None, str], ...], tuple[tuple[int, ...], ...]]:
        """Work out `keys` and `layout` together."""
        keys = [(None, n) for n in self.names if n in self.shared and n in self._searched(0)]
        layout = []
        for i in range(len(self.problems)):
            own = [(None if name in self.shared else i, name) for name in self._searched(i)]
            keys.extend(key for key in own if key not in keys)
            layout.append(tuple(keys.index(key) for key in own))
        return tuple(keys), tuple(layout)

    @property
    def keys(self) -> tuple[tuple[int | None, str], ...]:
        """The record (None for all) and the parameter of each coordinate."""
        return self._plan[0]

    @property
    def layout(self) -> tuple[tuple[int, ...], ...]:
        """For each record, the coordinates of the pool that its own free coordinates are."""
        return self._plan[1]

    def _searched(self, i: int) -> tuple[str, ...]:
        names = self.problems[i].free_names
        return (self.problems[i].scale_name, *names) if self._joint(i) else names

    def _joint(self, i: int) -> bool:
        """Tell whether the scale of a record is searched, not projected out or held."""
        problem = self.problems[i]
        return problem.scale_name in self.shared and problem.scale_fixed is None

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of the coordinates."""
        where = [self.names.index(name) for _, name in self.keys]
        return self.frame.lower[where], self.frame.upper[where]

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.problems[0].y)

    @property
    def points(self) -> NDArray[np.int_]:
        """Number of points of each record with a weight."""
        return np.array([np.count_nonzero(each.used) for each in self.problems])

    @property
    def parameters(self) -> int:
        """Number of parameters searched, projected scales and rhos among them."""
        scale = self.problems[0].scale_name
        projected = sum(each.scale_fixed is None for each in self.problems)
        return len(self.keys) + (0 if scale in self.shared else projected)

    # The criterion ---------------------------------------------------------------------------

    def own(self, i: int, theta: Array) -> Array:
        """Return the coordinates of one record's problem, its log scale first if it is shared."""
        names = [self.keys[place][1] for place in self.layout[i]]
        offset, factor = self._conversion(i, names)
        return offset + factor * theta[:, list(self.layout[i])]

    def from_own(self, i: int, own: Array) -> Array:
        """Return pool coordinates of one record's own ones, as `own` took them apart."""
        offset, factor = self._conversion(i, [self.keys[place][1] for place in self.layout[i]])
        return (own - offset) / factor

    def _conversion(self, i: int, names: list[str]) -> tuple[Array, Array]:
        """Return a and b of "own coordinate = a + b times the pool's"."""
        return self.frame.own(self.problems[i], [self.names.index(name) for name in names])

    def separate(self, theta: Array, rows: Rows) -> list[tuple[Array, Array]]:
        """Return each record's residuals and Jacobian in its own coordinates."""
        parts = []
        for i, problem in enumerate(self.problems):
            model = Joint(problem) if self._joint(i) else problem.project
            parts.append(model(self.own(i, theta), rows))
        return parts

    def __call__(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """Return residuals (b, all points) whose sum of squares is C, and their Jacobian."""
        parts = self.separate(theta, rows)
        squares, factor = self._factors([residuals for residuals, _ in parts])
        residuals = np.concatenate(
            [factor[i][:, np.newaxis] * part for i, (part, _) in enumerate(parts)], axis=1
        )
        jacobian = np.zeros((len(self.keys), *residuals.shape))
        first = 0
        for i, (part, slopes) in enumerate(parts):
            _, by = self._conversion(i, [self.keys[place][1] for place in self.layout[i]])
            last = first + part.shape[1]
            scaled = by[:, np.newaxis, np.newaxis] * slopes * factor[i][:, np.newaxis]
            jacobian[list(self.layout[i]), :, first:last] = scaled
            first = last
        return residuals, jacobian

    def _factors(self, residuals: list[Array]) -> tuple[Array, Array]:
        """Return the sums of squares and what residuals are multiplied by, (records, b) each."""
        floor = (_EXACT * self.points)[:, np.newaxis]
        squares = np.stack([np.einsum("bn,bn->b", each, each) for each in residuals])
        squares = np.maximum(squares, floor)
        weight = (self.points / self.points.sum())[:, np.newaxis]
        with np.errstate(all="ignore"):
            cost = np.exp((weight * np.log(squares)).sum(axis=0))
            return squares, np.sqrt(weight * cost / squares)

    def squares(self, theta: Array) -> Array:
        """Return each record's sum of squares in the search's unit, shape (records, batch)."""
        with np.errstate(all="ignore"):
            parts = self.separate(theta, np.arange(self.size))
        return self._factors([residuals for residuals, _ in parts])[0]

    # Search ----------------------------------------------------------------------------------

    def solve(self, start: Array, *, tolerance: float = 1e-7, iterations: int = 200) -> Minimum:
        """Search every row from its start (batch, coordinates)."""
        step = max(1, CHUNK // (int(self.points.sum()) * (len(self.keys) + 1)))
        parts = []
        for first in range(0, len(start), step):
            # The search numbers the rows of a chunk from zero.
            def model(theta: Array, rows: Rows, first: int = first) -> tuple[Array, Array]:
                return self(theta, rows + first)

            options = {"iterations": iterations, "tolerance": tolerance}
            parts.append(minimise(model, start[first : first + step], *self.bounds, **options))
        return _joined(parts)

    def best_from(self, starts: list[Array], **options: float) -> Minimum:
        """Return each row's best minimum over several starts, all searched in one batch."""
        rows = np.tile(np.arange(self.size), len(starts))
        found = self.rows(rows).solve(np.concatenate(starts), **options)
        split = [Minimum(*each) for each in zip(*(np.split(getattr(found, name), len(starts))
                 for name in _FIELDS), strict=True)]  # fmt: skip
        return best_of(split)

    def relaxed(self, theta: Array) -> Array:
        """Return coordinates with all that is not shared searched anew, the shared ones kept."""
        common = [k for k, (i, _) in enumerate(self.keys) if i is None]
        own = [k for k in range(len(self.keys)) if k not in common]
        if not common or not own:
            return theta
        held = self
        for k in common:
            name = self.keys[k][1]
            held = held.holding(name, self.back(name, theta[:, k]))
        theta = theta.copy()
        theta[:, own] = held.solve(theta[:, own], tolerance=1e-3, iterations=30).theta
        return theta

    # Between pools ---------------------------------------------------------------------------

    def state(self, theta: Array) -> Array:
        """Return every record's parameters as coordinates, shape (batch, records, parameters).

        The scale is a log, whether it was searched or projected out; rho is last.
        """
        state = np.zeros((len(theta), len(self.problems), len(self.names)))
        centre, width = self.frame.centre, self.frame.width
        for i, problem in enumerate(self.problems):
            for name, values in problem.fixed.items():
                at = self.names.index(name)
                free = problem.curve.transforms()[at].free(values)
                state[:, i, at] = (free - centre[at]) / width[at]
            for place in self.layout[i]:
                state[:, i, self.names.index(self.keys[place][1])] = theta[:, place]
            if problem.scale_name not in self.shared and problem.scale_fixed is None:
                with np.errstate(all="ignore"):
                    scale = problem.best_scale(self.own(i, theta))
                    # A scale at or below zero has no log; searches that need one start low.
                    state[:, i, 0] = np.log(np.where(scale > 0, scale, 1e-6 * problem.record))
        return state

    def theta(self, state: Array, record: int | None = None) -> Array:
        """Return coordinates of this pool: the shared ones those of one record, or the mean."""
        common = state.mean(axis=1) if record is None else state[:, record]
        columns = [
            common[:, self.names.index(name)] if i is None else state[:, i, self.names.index(name)]
            for i, name in self.keys
        ]
        return np.stack(columns, axis=1) if columns else np.empty((len(state), 0))

    def back(self, name: str, coordinate: Array) -> Array:
        """Return the values of a parameter from its coordinate."""
        at = self.names.index(name)
        transform = self.problems[0].curve.transforms()[at]
        return transform.back(self.frame.centre[at] + self.frame.width[at] * coordinate)

    def values(self, theta: Array) -> Array:
        """Return every record's parameters, shape (batch, records, curve parameters)."""
        state = self.state(theta)
        columns = [self.back(name, state[..., j]) for j, name in enumerate(self.names[:-1])]
        return np.stack(columns, axis=-1)

    def sharing(self, shared: tuple[str, ...]) -> Pool:
        """Return the same records with other parameters in common."""
        return replace(self, shared=shared)

    def with_records(self, records: list[Array]) -> Pool:
        """Return a pool of other records on the same times, in the same frame."""
        problems = tuple(
            replace(each, y=y, fixed={}) for each, y in zip(self.problems, records, strict=True)
        )
        return replace(self, problems=problems)

    def rows(self, which: Rows) -> Pool:
        """Return the pool of some rows."""
        return replace(self, problems=tuple(each.rows(which) for each in self.problems))

    def holding(self, name: str, values: Array, record: int | None = None) -> Pool:
        """Return the pool with a parameter of one record, or of all, held at its values."""
        problems = tuple(
            each.holding(name, values) if record in (None, i) else each
            for i, each in enumerate(self.problems)
        )
        return replace(self, problems=problems)


def _joined(parts: list[Minimum]) -> Minimum:
    return Minimum(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))
