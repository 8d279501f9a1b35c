"""Reasons to distrust a fit, found without being asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from uptake.intervals import figure
from uptake.results import Fit
from uptake.serial import lag_one


def concerns(result: Fit, at_bound: tuple[str, ...]) -> Iterator[str]:
    """Yield reasons to distrust a fit.

    Parameters
    ----------
    result : Fit
    at_bound : tuple of str
        Parameters that ran to the edge of the search.
    """
    yield from _of_the_search(result, at_bound)
    yield from _of_the_record(result)


def _of_the_search(result: Fit, at_bound: tuple[str, ...]) -> Iterator[str]:
    problem, ceiling = result._optimum.problem, result.curve.ceiling
    record = float(problem.record[0])
    if problem.scale_name in at_bound:
        yield (
            "no interior optimum: the best ceiling runs away, and the curve is the limit without "
            "one; the record bounds the ceiling from below only"
        )
    elif np.isfinite(ceiling) and ceiling > 2 * record:
        yield (
            f"the ceiling is {figure(ceiling / record, 2)} times what the record reached: it rests "
            "on the curve's form, not on data"
        )
    if "rho" in at_bound:
        yield _edge_of_correlation(result.rho)
    for name in at_bound:
        if name not in (problem.scale_name, "rho"):
            yield f"no interior optimum: {name} has run to the edge of its range, a simpler curve"
    if problem.scale_name in problem.fixed and ceiling < problem.y.max():
        yield f"the fixed {problem.scale_name} lies below the largest observation"


def _edge_of_correlation(rho: float) -> str:
    if rho > 0.5:
        return "neighbouring errors correlate almost fully: this could as well be a random walk"
    if rho < -0.5:
        return "neighbouring errors alternate almost fully, which no noise of a record does"
    return (
        'neighbouring errors do not correlate: errors="iid" says as much with one parameter less '
        "(on irregular times a negative correlation is not tried)"
    )


def _of_the_record(result: Fit) -> Iterator[str]:
    negative = int((result.y < 0).sum())
    if negative:
        what = "flows are" if result.kind == "flow" else "levels are"
        yield f"{negative} {what} negative, which no adoption curve can be"
    optimum = result._optimum
    if optimum.points < 4 * optimum.parameters:
        yield f"few points: {optimum.points} for {optimum.parameters} parameters"
    correlation = lag_one(optimum.fresh[optimum.problem.used.ravel()], 1e-24)
    if optimum.points >= 8 and abs(correlation) > 2 / np.sqrt(optimum.points):
        yield (
            f"serial correlation: neighbouring residuals correlate at {correlation:.2f}, so "
            "intervals that assume independent errors are off"
        )
