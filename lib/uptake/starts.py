"""Where searches start: the best of a fixed grid of shapes, found by one matrix product."""

from __future__ import annotations

import numpy as np

from uptake import serial
from uptake.least_squares import Array
from uptake.projection import powers
from uptake.separable import CHUNK, Problem

_TINY = 1e-120
"""A shape of this length or less has no square that floating point can hold well."""
_MANY = 16
"""From so many rows on it pays to scale the grid's shapes before the product with the records."""
_NO_LOG = -700.0
"""Stands for the log of nothing: about the log of the least number there is."""


def grid_starts(problem: Problem, count: int = 1) -> Array:
    """Return each row's best starting shapes on the curve's grid.

    Parameters
    ----------
    problem : Problem
        Its held shape parameters must have one value for all rows.
    count : int
        How many; after the first, the best among those that differ from the earlier ones by
        more than one unit in some free coordinate.

    Returns
    -------
    ndarray, shape (starts, batch, k)
        Twice as many as asked for when errors are autocorrelated: each with two starts of rho.

    Raises
    ------
    ValueError
        When no shape of the grid is finite on the record's times, with what is fixed.
    """
    theta, shape = grid(problem)
    if not len(theta):
        raise ValueError(_no_start(problem))
    step = max(1, CHUNK // len(theta))
    parts = []
    for i in range(0, len(problem.y), step):
        part = problem.rows(slice(i, i + step))
        parts.append(_pick(theta, _cost(part, shape), count))
    starts = np.concatenate(parts, axis=1)
    if problem.errors == "iid":
        return starts
    with_rho = [
        np.concatenate([starts, np.full((*starts.shape[:2], 1), rho)], axis=2)
        for rho in serial.STARTS
    ]
    return np.concatenate(with_rho)


def _no_start(problem: Problem) -> str:
    """Say why no starting shape can be used, and what to do about it."""
    theta, held = problem.coordinates.grid, problem.coordinates.held
    with np.errstate(all="ignore"):
        outside = np.isnan(problem.shape(theta, np.zeros(len(theta), int))).all()
    if held and outside:
        fixed = ", ".join(f"{name} = {problem.fixed[name][0]:g}" for name in held)
        return (
            f"no {problem.curve.__name__} to start from goes with {fixed}; change or free what is "
            "fixed"
        )
    return (
        "no starting shape is finite on these times; measure time from a nearer origin (origin=), "
        "for instance the record's first date"
    )


def grid(problem: Problem) -> tuple[Array, Array]:
    """Return the finite starting shapes, in free coordinates and as observed."""
    coordinates = problem.coordinates
    if any(np.ptp(problem.fixed[name]) for name in coordinates.held):
        raise ValueError("a shape parameter held at several values has no common grid")
    theta = coordinates.grid
    if coordinates.held:
        theta = np.unique(theta, axis=0)
    with np.errstate(all="ignore"):
        shape = problem.shape(theta, np.zeros(len(theta), int))
        if problem.scale == "log":
            # A shape without a log somewhere is a poor start, unless that point is masked. The
            # stand-ins alternate: a constant would be taken up by the scale.
            stand_in = _NO_LOG * (1 + np.arange(shape.shape[1]) % 2)
            shape = np.where(np.isfinite(shape), shape, stand_in)
        sized = np.ldexp(shape, -powers(shape)) if problem.unsized else shape
        size = np.vecdot(sized, sized)
        usable = np.isfinite(size)
        if problem.scale == "linear":
            usable &= size > _TINY**2
    return (theta, shape) if usable.all() else (theta[usable], shape[usable])


def _pick(theta: Array, cost: Array, count: int) -> Array:
    picks = []
    for _ in range(count):
        best = theta[np.argmin(cost, axis=1)]
        picks.append(best)
        if len(picks) < count:
            near = np.ones(cost.shape, bool)
            for column, at in zip(theta.T, best.T, strict=True):
                near &= np.abs(column - at[:, np.newaxis]) <= 1.0
            cost[near] = np.inf
    return np.stack(picks)


def _cost(problem: Problem, shape: Array) -> Array:
    """Return a rank of each grid shape (g) for each row (b), lowest where the cost is."""
    weights = 1.0 if problem.root_weights is None else problem.root_weights**2
    weights = np.broadcast_to(weights, problem.y.shape)
    if problem.scale == "log":
        return _cost_log(problem, shape, weights)
    held = problem.projection.held
    if problem.unsized:
        power = powers(shape)
        shape = np.ldexp(shape, -power)
        with np.errstate(over="ignore"):
            held = None if held is None else np.ldexp(held, power.T)
    common = problem.root_weights is None or problem.root_weights.ndim == 1
    size = (weights[:1] if common else weights) @ (shape**2).T
    projection = problem.projection
    if projection.held is None and common and len(problem.y) > _MANY and (size > 0).all():
        # What a scale explains is the square of the product with the shape made of length one.
        # Single precision ranks shapes well enough to start from, in half the time.
        root = np.sqrt(weights[:1])
        single = (root * shape / -np.sqrt(size).T).astype(np.float32)
        return _none_below_zero((root * problem.target).astype(np.float32) @ single.T)
    product = (weights * problem.target) @ shape.T
    if projection.whole:
        return _held(held, size, product)
    with np.errstate(all="ignore"):
        cost = -product / np.sqrt(size)
    cost = _none_below_zero(np.where(np.isfinite(cost), cost, np.inf))
    if not projection.mixed:
        return cost
    return np.where(projection.out, cost, _held(held, size, product))


def _held(scale: Array, size: Array, product: Array) -> Array:
    """Return what shapes with a scale that is held leave, up to a constant of each row."""
    with np.errstate(all="ignore"):
        # Held far from what the record shows, it may bring squares beyond floating point.
        cost = scale * (scale * size - 2 * product)
    return np.where(np.isfinite(cost), cost, np.inf)


def _none_below_zero(cost: Array) -> Array:
    """Rank all shapes alike that only a negative scale would fit: they explain nothing."""
    return np.minimum(cost, 0.0, out=cost)


def _cost_log(problem: Problem, shape: Array, weights: Array) -> Array:
    y, projection = problem.target, problem.projection
    if projection.held is not None:
        y = y - np.where(projection.out, 0.0, projection.held)
    square = weights @ (shape**2).T - 2 * (weights * y) @ shape.T
    if projection.whole:
        return square
    mean = (weights * y).sum(axis=1, keepdims=True) - weights @ shape.T
    return square - np.where(projection.out, mean**2 / weights.sum(axis=1, keepdims=True), 0.0)
