"""Searches for the best model of each rung, from many starts, and for simulated records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uptake.fitting import FitError
from uptake.least_squares import Array, Minimum, best_of
from uptake.separable import HORIZON, Problem
from uptake.sharing.peaks import Peak, PoolTrace
from uptake.sharing.pools import Pool
from uptake.starts import grid_starts

_STARTS = 4
"""Best shapes of each record's grid from which the searches start."""
_SAME = 10 / HORIZON
"""Relative difference of two likelihood criteria that counts as none.

A ceiling at the horizon and no ceiling at all differ by about one over the horizon.
"""
_NEARLY = 1e-2
"""A ceiling that comes so near the horizon with another's has run away too."""
_DRAWN = {"tolerance": 1e-5, "iterations": 100}
"""For simulated records: likelihood ratios are then right to many more digits than they need."""


def climb(problems: Sequence[Problem], shared: Sequence[str]) -> list[Peak]:
    """Fit the rungs of the ladder, from nothing shared to all of ``shared``.

    Parameters
    ----------
    problems : sequence of Problem
        One row each.
    shared : sequence of str
        In the order in which they become common.

    Returns
    -------
    list of Peak
        One more than there are names.

    Raises
    ------
    FitError
        When a search does not settle.
    """
    pool = Pool(tuple(problems), ())
    states = [alone(pool, _STARTS)]
    states.extend(_grid_states(pool, states[0]))
    rungs: list[tuple[Pool, Minimum]] = []
    for count in range(len(shared) + 1):
        rung = pool.sharing(tuple(shared[:count]))
        found = rung.best_from(_spread(rung, states), tolerance=1e-7)
        rungs.append((rung, found))
        states[0] = rung.state(found.theta)
    # A model with less in common can always do as well as the one below it.
    for k in range(len(shared) - 1, -1, -1):
        (rung, found), (below, last) = rungs[k], rungs[k + 1]
        again = rung.solve(rung.theta(below.state(last.theta)))
        rungs[k] = rung, best_of([found, again])
    return [_settled(rung, found, states) for rung, found in rungs]


def alone(pool: Pool, count: int, near: Array | None = None) -> Array:
    """Fit every record by itself and return the states, shape (batch, records, parameters).

    Parameters
    ----------
    pool : Pool
    count : int
        Starts from the grid for each record.
    near : ndarray, shape (batch, records, parameters), optional
        A state to start from as well.
    """
    separate = pool.sharing(())
    theta = np.empty((pool.size, len(separate.keys)))
    for i, problem in enumerate(separate.problems):
        places = list(separate.layout[i])
        starts = list(grid_starts(problem, count))
        if near is not None:
            starts.append(separate.own(i, separate.theta(near)))
        found = best_of([problem.solve(start, tolerance=1e-5) for start in starts])
        theta[:, places] = separate.from_own(i, found.theta)
    return separate.state(theta)


def _grid_states(pool: Pool, state: Array) -> list[Array]:
    """Return states in which each record starts from the good shapes of its grid."""
    separate = pool.sharing(())
    picks = [grid_starts(problem, _STARTS) for problem in separate.problems]
    states = []
    for pick in range(len(picks[0])):
        theta = separate.theta(state)
        for i, starts in enumerate(picks):
            theta[:, list(separate.layout[i])] = separate.from_own(i, starts[pick])
        states.append(separate.state(theta))
    return states


def _spread(rung: Pool, states: Sequence[Array]) -> list[Array]:
    """Return starts whose shared values are those of each record, or their mean."""
    records = [*range(len(rung.problems)), None] if rung.shared else [None]
    starts = [rung.theta(state, record) for state in states for record in records]
    return [*starts, *(rung.relaxed(start) for start in starts)] if rung.shared else starts


def _settled(rung: Pool, found: Minimum, states: Sequence[Array]) -> Peak:
    """Return the peak of a rung: where its search settled, or the limit without some ceilings."""
    if not found.converged[0]:
        limit = _without_ceilings(rung, found, states)
        if limit is not None:
            return limit
        found = best_of([found, rung.solve(found.theta, iterations=3000)])
    if not (found.converged[0] and np.isfinite(found.cost[0])):
        limit = _without_ceilings(rung, found, states)
        if limit is not None:
            return limit
        common = ", ".join(rung.shared) or "nothing"
        raise FitError(
            f"the search with {common} shared did not settle; rescale the times, share fewer "
            "parameters, or take a curve with fewer"
        )
    return Peak(rung, found)


def _without_ceilings(rung: Pool, found: Minimum, states: Sequence[Array]) -> Peak | None:
    """Return the limit that a search which did not settle was on its way to, if there is one.

    Along a runaway ceiling the likelihood rises ever more slowly, and no search need come to an
    end; with that ceiling held at the horizon it does. Ceilings are let go one after another, the
    one that has run farthest first, then one at a time, for one can take the others along. The
    first that settles at least as high is the limit.
    """
    problems, scale = rung.problems, rung.problems[0].scale_name
    if not problems[0].curve.bounded:
        return None
    record = np.array([each.record[0] for each in problems])
    reach = rung.values(found.theta)[0, :, 0] / record
    order = np.argsort(-reach).tolist()
    several = [order[: k + 1] for k in range(len(order))] + [[i] for i in order[1:]]
    for gone in [[None]] if scale in rung.shared else several:
        held = rung
        for i in gone:
            top = record.max() if i is None else record[i]
            held = held.holding(scale, np.array([HORIZON * top]), i)
        starts = [held.theta(rung.state(found.theta)), *_spread(held, states)]
        limit = held.best_from(starts, tolerance=1e-7)
        if limit.converged[0] and limit.cost[0] <= found.cost[0] * (1 + _SAME):
            return _at_limit(rung, held, limit, record)
    return None


def _at_limit(rung: Pool, held: Pool, limit: Minimum, record: Array) -> Peak:
    """Return a limit, found with ceilings held, in the coordinates of the rung."""
    theta = rung.theta(held.state(limit.theta))
    edges = np.zeros(theta.shape, bool)
    for k, key in enumerate(held.keys):
        edges[:, rung.keys.index(key)] = limit.at_bound[:, k]
    # A ceiling may go because another does: a shared midpoint takes both along.
    away = held.values(limit.theta)[0, :, 0] >= _NEARLY * HORIZON * record
    return Peak(rung, Minimum(theta, limit.cost, limit.converged, edges), tuple(away.tolist()))


def drawn_ratios(peak: Peak, rival: Pool, count: int, rng: np.random.Generator) -> Array:
    """Return likelihood ratios of records drawn from a fitted model, against a larger one.

    Both models are fitted anew to every draw.

    Parameters
    ----------
    peak : Peak
        The smaller model, fitted: the truth of the simulation.
    rival : Pool
        A model that shares less, of one row.
    count : int
        Number of draws.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (count,)
    """
    pool, state, small = refits(peak, count, rng)
    larger = pool.sharing(rival.shared)
    starts = [larger.theta(pool.state(small.theta)), *_spread(larger, [state])]
    large = larger.best_from(starts, **_DRAWN)
    return np.maximum(peak.points * np.log(small.cost / large.cost), 0.0)


def refits(peak: Peak, count: int, rng: np.random.Generator) -> tuple[Pool, Array, Minimum]:
    """Draw records from a fitted model, and fit them.

    Returns
    -------
    pool : Pool
        The records drawn.
    state : ndarray, shape (count, records, parameters)
        Each fitted by itself.
    found : Minimum
        The model fitted to all of them.
    """
    pool = peak.pool.with_records(peak.draw(count, rng))
    truth = np.repeat(peak.theta, count, axis=0)
    state = alone(pool, 1, np.repeat(peak.pool.state(peak.theta), count, axis=0))
    return pool, state, pool.best_from([truth, *_spread(pool, [state])], **_DRAWN)


def drawn_statistics(peak: Peak, name: str, record: int | None, pool: Pool, free: Minimum) -> Array:
    """Return the profile statistic of a parameter at its truth, for records drawn from a fit.

    Parameters
    ----------
    peak : Peak
        The fit.
    name : str
    record : int or None
        The record it belongs to, None for a shared parameter.
    pool : Pool
        The records drawn.
    free : Minimum
        The model fitted to them.

    Returns
    -------
    ndarray, shape (count,)
    """
    trace = PoolTrace(peak, name, record)
    held = trace.held(pool, np.full(pool.size, trace.estimate))
    truth = trace.rest(np.repeat(peak.theta, pool.size, axis=0))
    cost = held.best_from([truth, trace.rest(free.theta)], **_DRAWN).cost
    least = np.minimum(free.cost, cost)
    return (cost - least) / (least / peak.freedom)
