"""Cut-offs of the profile likelihood by a parametric bootstrap, where theory's are too low."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from uptake.draws import refit, simulate
from uptake.least_squares import Array, best_of
from uptake.optimum import Optimum, Quantity
from uptake.starts import grid_starts
from uptake.traces import hold_quantity


def statistics(
    optimum: Optimum, quantity: str | Quantity, count: int, rng: np.random.Generator
) -> Array:
    """Draw the profile statistic at the truth, with the fitted problem as the truth.

    Parameters
    ----------
    optimum : Optimum
    quantity : str or callable
        A free parameter, or a function of the curve.
    count : int
        Number of simulated records.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (count,)
        Rise of the sum of squares, in residual variances, when the quantity is held at its true
        value.
    """
    problem, free = refit(optimum, simulate(optimum, count, rng))
    if problem.errors == "ar1":
        optimum = unbiased(optimum, free.theta[:, -1])
        problem, free = refit(optimum, simulate(optimum, count, rng))
    if callable(quantity):
        cost = hold_quantity(optimum, problem, quantity)
    else:
        held = problem.holding(quantity, np.full(count, optimum.values[quantity]))
        inner = optimum.theta
        if quantity in problem.free_names:
            inner = np.delete(inner, problem.free_names.index(quantity))
        starts = [np.repeat(inner[np.newaxis], count, axis=0), *grid_starts(held)]
        cost = best_of([held.solve(start, tolerance=1e-6) for start in starts]).cost
    least = np.minimum(free.cost, cost)
    return (cost - least) / (least / optimum.freedom)


def unbiased(optimum: Optimum, refitted: Array) -> Optimum:
    """Return the optimum with rho raised by what refits to records drawn from it fall short.

    A curve fitted to a short record takes up part of what its errors have in common, so that rho
    comes out too low, and records simulated with it would be too kind (Andrews 1993 corrects the
    median in the same way).

    Parameters
    ----------
    optimum : Optimum
        With autocorrelated errors.
    refitted : ndarray, shape (draws,)
        The coordinate of rho in fits to records simulated from the optimum.
    """
    theta = optimum.theta.copy()
    lower, upper = (bound[-1] for bound in optimum.problem.bounds)
    theta[-1] = np.clip(2 * theta[-1] - np.median(refitted), lower, upper)
    return replace(optimum, theta=theta)
