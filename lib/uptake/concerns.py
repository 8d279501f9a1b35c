"""Reasons to distrust a fit, found without being asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from uptake.intervals import figure
from uptake.results import Fit
from uptake.serial import lag_one


def concerns(result: Fit, at_bound: tuple[str, ...]) -> Iterator[str]:
    """Yield reasons to distrust a fit."""
    problem = result._optimum.problem
    record = float(problem.record[0])
    ceiling = result.curve.ceiling
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
        yield "neighbouring errors correlate almost fully: this could as well be a random walk"
    for name in at_bound:
        if name not in (problem.scale_name, "rho"):
            yield f"no interior optimum: {name} has run to the edge of its range, a simpler curve"
    if problem.scale_name in problem.fixed and ceiling < problem.y.max():
        yield f"the fixed {problem.scale_name} lies below the largest observation"
    negative = int((result.y < 0).sum())
    if negative:
        what = "flows are" if result.kind == "flow" else "levels are"
        yield f"{negative} {what} negative, which no adoption curve can be"
    points, parameters = result._optimum.points, result._optimum.parameters
    if points < 4 * parameters:
        yield f"few points: {points} for {parameters} parameters"
    correlation = lag_one(result._optimum.fresh[problem.used.ravel()], 1e-24)
    if points >= 8 and abs(correlation) > 2 / np.sqrt(points):
        yield (
            f"serial correlation: neighbouring residuals correlate at {correlation:.2f}, so "
            "intervals that assume independent errors are off"
        )
