"""Many small least-squares problems at once: damped Gauss-Newton on a batch.

It knows nothing of curves. A model gives residuals and their Jacobian for the rows asked for;
rows that have converged leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Model = Callable[[Array, Rows], tuple[Array, Array]]
"""Coordinates (b, k) and the rows they belong to -> residuals (b, n), Jacobian (k, b, n)."""
Fold = Callable[[Array], Array] | None
"""Coordinates (b, k) -> others of the same residuals, inside the model's domain."""

ORTHOGONAL = 1e-9
"""Residuals are orthogonal to the Jacobian when the cosine is below this: an optimum."""
_NEARLY_ORTHOGONAL = 1e-4
"""The cosine below which a search that has stalled is left where it is.

The optimum is then about this fraction of a standard error away.
"""
_ORTHOGONAL_TO_ROUNDING = 1e-2
"""The cosine below which a search that has stalled twice counts as converged.

Flows in the far tail of a curve are differences of levels near one, so their last digits are noise,
and no step lowers their sum of squares further.
"""
_LOST = 1e-280
"""The square of a column below which floating point has lost its digits."""
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
_BOUNCE = 0.1
"""A step that gains less than this share of what the linear model promised calls for more damping:
one that overshoots so far would go to and fro for ever."""
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

    def rows(self, which: Rows) -> Minimum:
        """Return the ends of some searches."""
        return Minimum(*(getattr(self, item.name)[which] for item in fields(self)))


def minimise(
    model: Model,
    start: Array,
    lower: Array,
    upper: Array,
    *,
    iterations: int | NDArray[np.int_] = 100,
    tolerance: float | Array = ORTHOGONAL,
    fold: Fold = None,
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
    iterations : int or ndarray, shape (batch,)
        Largest number of steps, of all rows or of each.
    tolerance : float or ndarray, shape (batch,)
        Cosine between residuals and Jacobian that counts as zero. The cost is then within about
        its square of the minimum, relatively.
    fold : callable, optional
        Maps coordinates (b, k) that a step has reached to others of the same residuals, inside
        the model's domain.

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
        cost = np.vecdot(residuals, residuals)
        cost[~np.isfinite(cost)] = np.inf
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
            np.zeros(batch, bool),
        )
        allowed = np.broadcast_to(iterations, batch)
        tolerance = np.broadcast_to(tolerance, batch)
        last = set(allowed.tolist())
        for taken in range(max(last)):
            if taken in last:
                state = _expire(state, allowed[state.rows] <= taken, result)
            if state.rows.size:
                state = _step(model, state, (lower, upper), tolerance, result, fold)
            if not state.rows.size:
                break
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
    """The cosine before the last step; infinite at first."""
    short: NDArray[np.bool_]
    """The search has stalled once: damping now shortens the longest step too."""

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
            self.short[mask],
        )


def _record(result: Minimum, state: _State, which: NDArray[np.bool_] | slice) -> None:
    result.theta[state.rows[which]] = state.theta[which]
    result.cost[state.rows[which]] = state.cost[which]


def _expire(state: _State, spent: NDArray[np.bool_], result: Minimum) -> _State:
    """Record and drop the rows that have taken all their steps."""
    _record(result, state, spent)
    return state.keep(~spent)


def _step(
    model: Model,
    state: _State,
    box: tuple[Array, Array],
    tolerance: Array,
    result: Minimum,
    fold: Fold,
) -> _State:
    """Record and drop the rows that have converged, and move the others."""
    lower, upper = box
    gradient = np.vecdot(state.jacobian, state.residuals).T
    normal = np.vecdot(state.jacobian[:, np.newaxis], state.jacobian).T
    diagonal = normal.diagonal(axis1=1, axis2=2)
    # A column lost to underflow carries no direction: it is held like one at a bound.
    held = ~((diagonal > _LOST) & np.isfinite(gradient))
    below, above = state.theta <= lower, state.theta >= upper
    held |= (below & (gradient > 0)) | (above & (gradient < 0))
    # On small batches count_nonzero costs a fifth of any() and all().
    if np.count_nonzero(held):
        normal[held[:, :, np.newaxis] | held[:, np.newaxis, :]] = 0.0
        np.einsum("bii->bi", normal)[held] = 1.0
        gradient = np.where(held, 0.0, gradient)
    # With a diagonal of one the damping keeps the equations away from singular, whatever the units.
    unit = 1 / np.sqrt(diagonal)
    gradient = unit * gradient
    cosine = np.abs(gradient).max(axis=1) / np.maximum(np.sqrt(state.cost), 1e-300)
    optimal, stalled, held = _judge(state, cosine, held, tolerance)
    finished = optimal | stalled
    state.before = cosine
    if np.count_nonzero(finished):
        exact = state.cost[finished] < np.where(stalled[finished], _STALLED_EXACT, _EXACT)
        _record(result, state, finished)
        rows, going = state.rows[finished], ~finished
        result.converged[rows] = (optimal & np.isfinite(state.cost))[finished]
        result.at_bound[rows] = held[finished] & ~exact[:, np.newaxis]
        state = state.keep(going)
        if not state.rows.size:
            return state
        unit, gradient, normal = unit[going], gradient[going], normal[going]
    scaled = _damped(normal, unit, gradient, state.damping)
    # What the sum of squares would fall by, were the model linear.
    promised = np.vecdot(scaled, gradient + state.damping[:, np.newaxis] * scaled)
    return _move(model, state, unit * scaled, promised, box, fold)


def _judge(
    state: _State, cosine: Array, held: NDArray[np.bool_], tolerance: Array
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which rows are at an optimum, which cannot go on, and which coordinates are held."""
    stalled = state.damping > 1e10
    # A step on trust that hardly turned the residuals has come to the end of the digits.
    still = (cosine < _NEAR) & (cosine > 0.5 * state.before) & (state.before < _NEAR)
    optimal = (cosine < tolerance[state.rows]) | (state.cost < _EXACT) | still
    if np.count_nonzero(stalled):
        again = stalled & ~optimal & (cosine >= _NEARLY_ORTHOGONAL) & ~state.short
        state.short, state.damping = state.short | again, np.where(again, 1e-3, state.damping)
        stalled = stalled & ~again
        # A search that cannot go on because every trial leaves the domain ends at its edge.
        walled = stalled & state.walled & (cosine >= _NEARLY_ORTHOGONAL)
        held = held | walled[:, np.newaxis]
        nearly = (cosine < _ORTHOGONAL_TO_ROUNDING) | (state.cost < _STALLED_EXACT)
        optimal |= (stalled & nearly) | walled
    return optimal, stalled, held


def _damped(normal: Array, unit: Array, gradient: Array, damping: Array) -> Array:
    """Solve each row's equations after both sides are scaled by its units, damping added."""
    damped = 1 + damping[:, np.newaxis]
    if gradient.shape[1] == 2:
        # Two unknowns, written out: a call of LAPACK for each row costs far more.
        mixed = normal[:, :1, 1] * unit[:, :1] * unit[:, 1:]
        apart = (damped - mixed) * (damped + mixed)
        return (damped * gradient - mixed * gradient[:, ::-1]) / apart
    normal *= unit[:, :, np.newaxis] * unit[:, np.newaxis, :]
    np.einsum("bii->bi", normal)[...] = damped
    return np.linalg.solve(normal, gradient[:, :, np.newaxis])[:, :, 0]


def _move(
    model: Model,
    state: _State,
    step: Array,
    promised: Array,
    box: tuple[Array, Array],
    fold: Fold,
) -> _State:
    """Try a step back of each row, and keep those that lower its cost."""
    # Each coordinate is cut on its own: one that hardly matters asks for a huge step, and must not
    # shrink the others'.
    longest = _LARGEST_STEP
    if np.count_nonzero(state.short):
        # Such a step may spoil every trial, and damping alone does not shorten it.
        shorter = _LARGEST_STEP / np.maximum(state.damping, 1.0)
        longest = np.where(state.short, shorter, _LARGEST_STEP)[:, np.newaxis]
    wanted, step = step, np.minimum(np.maximum(step, -longest), longest)
    trial = np.minimum(np.maximum(state.theta - step, box[0]), box[1])
    if fold is not None:
        trial = np.clip(fold(trial), *box)
    residuals, jacobian = model(trial, state.rows)
    cost = np.vecdot(residuals, residuals)
    near = state.before < _NEAR
    better = cost < state.cost * (1 + _ROUNDING * near)
    bounced = better & ~near & (state.cost - cost < _BOUNCE * promised)
    # A step cut short says nothing of how well the damping suits.
    if np.count_nonzero(bounced):
        bounced &= (wanted == step).all(axis=1)
    factor = np.where(bounced, 100.0, 0.1)
    if np.count_nonzero(better) == better.size:
        damping, walled = np.maximum(factor * state.damping, 1e-10), np.zeros(len(better), bool)
        same = state.before, state.short
        return _State(state.rows, trial, residuals, jacobian, cost, damping, walled, *same)
    state.theta[better] = trial[better]
    state.residuals[better] = residuals[better]
    state.jacobian[:, better] = jacobian[:, better]
    state.cost[better] = cost[better]
    state.damping = np.maximum(state.damping * np.where(better, factor, 10.0), 1e-10)
    state.walled = ~np.isfinite(cost)
    return state


def best_of(minima: list[Minimum]) -> Minimum:
    """Return, row by row, the minimum of lowest cost among several searches."""
    cost = np.stack([each.cost for each in minima])
    best = np.argmin(cost, axis=0)
    rows = np.arange(cost.shape[1])
    names = [item.name for item in fields(Minimum)]
    return Minimum(*(np.stack([getattr(m, name) for m in minima])[best, rows] for name in names))


def joined(minima: list[Minimum]) -> Minimum:
    """Return the rows of several searches one after another."""
    names = [item.name for item in fields(Minimum)]
    return Minimum(*(np.concatenate([getattr(m, name) for m in minima]) for name in names))
