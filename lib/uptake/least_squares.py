"""Many small least-squares problems at once: damped Gauss-Newton on a batch.

It knows nothing of curves. A model gives residuals and their Jacobian for the rows asked for;
rows that have converged leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Model = Callable[[Array, Rows], tuple[Array, Array]]
"""Coordinates (b, k) and the rows they belong to -> residuals (b, n), Jacobian (k, b, n)."""

ORTHOGONAL = 1e-9
"""Residuals are orthogonal to the Jacobian when the cosine is below this: an optimum."""
_NEARLY_ORTHOGONAL = 1e-4
"""The cosine below which a search that rounding has stalled counts as converged.

The optimum is then about this fraction of a standard error away. Flows in the far tail of a curve
are differences of levels near one, so their last digits are noise.
"""
_EXACT = 1e-26
"""A sum of squares that is rounding, for residuals scaled to a record of about one."""
_STALLED_EXACT = 1e-20
"""A sum of squares that is rounding if a search has stalled at it.

On the log scale the last digits of flows in the far tail weigh more than elsewhere.
"""
_NEAR = 1e-6
"""The cosine below which a step's gain may drown in rounding, and the step is taken on trust.

The relative gain is about the cosine's square. Flows are differences of levels, so a sum of
squares has fewer good digits than its gradient, which says for itself when the optimum is reached.
"""
_ROUNDING = 1e-12
"""By how much a sum of squares may seem to rise, relatively, in a step taken on trust."""
_LARGEST_STEP = 4.0
"""Longest step in a free coordinate, so that no search leaps onto a plateau."""


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where the searches of a batch ended.

    Attributes
    ----------
    theta : ndarray, shape (batch, coordinates)
    cost : ndarray, shape (batch,)
        Sum of squared residuals.
    converged : ndarray of bool, shape (batch,)
        The residuals are orthogonal to the Jacobian, bounds that hold a search back aside.
    at_bound : ndarray of bool, shape (batch, coordinates)
        The search would go on past this bound, or the coordinate has ceased to matter.
    """

    theta: Array
    cost: Array
    converged: NDArray[np.bool_]
    at_bound: NDArray[np.bool_]


def minimise(
    model: Model,
    start: Array,
    lower: Array,
    upper: Array,
    *,
    iterations: int = 100,
    tolerance: float = ORTHOGONAL,
) -> Minimum:
    r"""Minimise the sum of squares of every row of a batch.

    Each step solves :math:`(J'J + \lambda\,\mathrm{diag}(J'J))\,\delta = -J'r` (Marquardt 1963)
    with a damping of each row's own, and is kept if the sum of squares falls. Coordinates at a
    bound whose gradient points outward sit out the step.

    Parameters
    ----------
    model : callable
        ``model(theta, rows)`` returns residuals (b, n) and their Jacobian (k, b, n).
    start : ndarray, shape (batch, k)
    lower, upper : ndarray, shape (k,)
        Bounds of the coordinates.
    iterations : int
        Largest number of steps.
    tolerance : float
        Cosine between residuals and Jacobian that counts as zero. The cost is then within about
        its square of the minimum, relatively.

    Returns
    -------
    Minimum

    Examples
    --------
    >>> goal = np.array([[1.0], [2.0]])
    >>> def model(theta, rows):
    ...     return theta - goal[rows], np.ones((1, len(rows), 1))
    >>> minimise(model, np.zeros((2, 1)), np.array([-9.0]), np.array([1.5])).theta.ravel()
    array([1. , 1.5])
    """
    theta = np.clip(start, lower, upper)
    batch, k = theta.shape
    rows = np.arange(batch)
    with np.errstate(all="ignore"):
        residuals, jacobian = model(theta, rows)
        cost = _square(residuals)
        result = Minimum(theta, cost, np.zeros(batch, bool), np.zeros((batch, k), bool))
        if k == 0:
            result.converged[:] = np.isfinite(cost)
            return result
        state = _State(
            rows,
            theta.copy(),
            residuals,
            jacobian,
            cost.copy(),
            np.full(batch, 1e-3),
            np.zeros(batch, bool),
            np.full(batch, np.inf),
        )
        for _ in range(iterations):
            state = _step(model, state, (lower, upper), tolerance, result)
            if not state.rows.size:
                break
        else:
            _record(result, state, slice(None))
    return result


@dataclass(eq=False)
class _State:
    """The rows still searching."""

    rows: Rows
    theta: Array
    residuals: Array
    jacobian: Array
    cost: Array
    damping: Array
    walled: NDArray[np.bool_]
    """The last trial left the domain of the model."""
    before: Array
    """The cosine before the last step; infinite unless it was small enough to step on trust."""

    def keep(self, mask: NDArray[np.bool_]) -> _State:
        if mask.all():
            return self
        return _State(
            self.rows[mask],
            self.theta[mask],
            self.residuals[mask],
            self.jacobian[:, mask],
            self.cost[mask],
            self.damping[mask],
            self.walled[mask],
            self.before[mask],
        )


def _square(residuals: Array) -> Array:
    cost = np.einsum("bn,bn->b", residuals, residuals)
    return np.where(np.isfinite(cost), cost, np.inf)


def _record(result: Minimum, state: _State, which: NDArray[np.bool_] | slice) -> None:
    result.theta[state.rows[which]] = state.theta[which]
    result.cost[state.rows[which]] = state.cost[which]


def _step(
    model: Model, state: _State, box: tuple[Array, Array], tolerance: float, result: Minimum
) -> _State:
    """Record and drop the rows that have converged, and move the others."""
    lower, upper = box
    jacobian, k = state.jacobian, state.theta.shape[1]
    gradient = np.stack([np.einsum("bn,bn->b", j, state.residuals) for j in jacobian], axis=1)
    normal = np.empty((len(state.rows), k, k))
    for i in range(k):
        for j in range(i + 1):
            normal[:, i, j] = normal[:, j, i] = np.einsum("bn,bn->b", jacobian[i], jacobian[j])
    diagonal = np.einsum("bii->bi", normal)
    bound = ((state.theta <= lower) & (gradient > 0)) | ((state.theta >= upper) & (gradient < 0))
    # A column lost to underflow carries no direction: it is held like one at a bound.
    held = bound | ~(diagonal > 0) | ~np.isfinite(gradient)
    size = np.sqrt(np.where(held, 1.0, diagonal) * state.cost[:, np.newaxis])
    cosine = np.max(np.abs(np.where(held, 0.0, gradient)) / np.maximum(size, 1e-300), axis=1)
    stalled = state.damping > 1e10
    exact = state.cost < np.where(stalled, _STALLED_EXACT, _EXACT)
    # A search that cannot go on because every trial leaves the model's domain ends at its edge.
    walled = stalled & state.walled & (cosine >= _NEARLY_ORTHOGONAL)
    held = held | walled[:, np.newaxis]
    # A step on trust that hardly turned the residuals has come to the end of the digits.
    still = (cosine < _NEAR) & (cosine > 0.5 * state.before)
    optimal = (cosine < tolerance) | (stalled & (cosine < _NEARLY_ORTHOGONAL)) | exact | walled
    optimal |= still
    finished = optimal | stalled
    _record(result, state, finished)
    result.converged[state.rows[finished]] = (optimal & np.isfinite(state.cost))[finished]
    result.at_bound[state.rows[finished]] = (held & ~exact[:, np.newaxis])[finished]
    going = ~finished
    state.before = np.where(cosine < _NEAR, cosine, np.inf)
    state = state.keep(going)
    if not state.rows.size:
        return state
    return _move(model, state, gradient[going], normal[going], held[going], box)


def _move(
    model: Model,
    state: _State,
    gradient: Array,
    normal: Array,
    held: NDArray[np.bool_],
    box: tuple[Array, Array],
) -> _State:
    diagonal = np.einsum("bii->bi", normal)
    if held.any():
        normal[held[:, :, np.newaxis] | held[:, np.newaxis, :]] = 0.0
        diagonal[held] = 1.0
        gradient = np.where(held, 0.0, gradient)
    # With a diagonal of one the damping keeps the equations away from singular, whatever the units.
    unit = 1 / np.sqrt(diagonal)
    normal *= unit[:, :, np.newaxis] * unit[:, np.newaxis, :]
    diagonal += state.damping[:, np.newaxis]
    delta = -unit * np.linalg.solve(normal, (unit * gradient)[:, :, np.newaxis])[:, :, 0]
    # Each coordinate is cut on its own: one that no longer matters asks for a huge step, and must
    # not shrink the others'.
    delta = np.clip(delta, -_LARGEST_STEP, _LARGEST_STEP)
    trial = np.clip(state.theta + delta, *box)
    residuals, jacobian = model(trial, state.rows)
    cost = _square(residuals)
    slack = np.where(np.isfinite(state.before), 1 + _ROUNDING, 1.0)
    better, walled = cost < slack * state.cost, ~np.isfinite(cost)
    damping = state.damping * np.where(better, 0.1, 10.0)
    if better.all():
        return _State(
            state.rows,
            trial,
            residuals,
            jacobian,
            cost,
            np.maximum(damping, 1e-10),
            walled,
            state.before,
        )
    state.theta[better] = trial[better]
    state.residuals[better] = residuals[better]
    state.jacobian[:, better] = jacobian[:, better]
    state.cost[better] = cost[better]
    state.damping, state.walled = np.maximum(damping, 1e-10), walled
    return state
