"""Forecast bands: what refits to bootstrap records say, with the noise of what is still to come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from uptake.draws import futures, refit, simulate, with_log
from uptake.least_squares import Array
from uptake.optimum import Optimum
from uptake.searching import with_scale
from uptake.separable import Kind
from uptake.times import as_index, as_periods, check, counted


def paths(
    optimum: Optimum, t: Array, rng: np.random.Generator, draws: int, *, noise: bool = True
) -> Array:
    """Draw futures of a record: a refitted curve each, and noise upon it.

    Every draw has a residual variance of its own, from its chi-squared distribution on n - k
    degrees of freedom: with few points it is not known, and bands that take it as known are too
    narrow. A time has the weight of the point of the record at or before it; an interval of k of
    the record's own has the noise of k of them together, on the log scale that of their mean. With
    autocorrelated errors the last residual is carried on past the record. A refit whose best scale
    is negative, as an exponential's to falling flows, counts with what it says.

    Parameters
    ----------
    optimum : Optimum
    t : ndarray, shape (h,) for stocks, (h + 1,) for flows
        Times or edges, counted as the record's are.
    rng : numpy.random.Generator
    draws : int
    noise : bool
        Whether to add the noise; without it the draws are of the curve alone.

    Returns
    -------
    ndarray, shape (draws, h)
        In the unit of the data.
    """
    spread = np.sqrt(optimum.freedom / rng.chisquare(optimum.freedom, draws))
    records = simulate(optimum, draws, rng, spread=spread)
    problem, found = refit(optimum, records)
    rows = np.arange(draws)
    theta, scale = with_scale(problem, found)
    shapes = problem.to_shapes(theta, rows)
    future = futures(problem.curve, problem.kind, t, scale[:, np.newaxis], shapes)
    if not noise:
        return future
    fresh = optimum.sigma * spread[:, np.newaxis] * rng.standard_normal(future.shape)
    fresh *= _size(optimum, t)
    errors = fresh
    if problem.errors == "ar1":
        errors = _carried_on(optimum, future, fresh, t)
    if problem.scale == "log":
        with np.errstate(over="ignore", under="ignore"):
            return with_log(with_log(future) * np.exp(errors))
    return future + errors * optimum.problem.unit[0]


def _size(optimum: Optimum, t: Array) -> Array:
    """Return the noise at times as a multiple of that of weight one over one of the intervals."""
    problem = optimum.problem
    size = np.ones(t.size - (problem.kind == "flow"))
    if problem.root_weights is not None:
        root, used = problem.root_weights.ravel(), problem.used.ravel()
        begun, asked = (each[:-1] if problem.kind == "flow" else each for each in (problem.t, t))
        place = np.searchsorted(begun[used], asked, side="right") - 1
        size = size / root[used][np.maximum(place, 0)]
    if problem.kind == "flow":
        # Months differ in length, yet one month is one step.
        steps = np.maximum(np.round(np.diff(t) / np.median(np.diff(problem.t))), 1)
        size = size * (np.sqrt(steps) if problem.scale == "linear" else 1 / np.sqrt(steps))
    return size


def _carried_on(optimum: Optimum, future: Array, fresh: Array, t: Array) -> Array:
    """Let errors past the record follow its last residual, and each the one before it.

    Within the record they are of another run of it, which starts with the spread that all errors
    have: what the record's own were is known there, and tells nothing of another run.
    """
    problem = optimum.problem
    middle = (t[1:] + t[:-1]) / 2 if problem.kind == "flow" else t
    seen = (problem.t[1:] + problem.t[:-1]) / 2 if problem.kind == "flow" else problem.t
    last = int(np.flatnonzero(problem.used.ravel())[-1])
    begin = int(np.searchsorted(middle, seen[last], side="right"))
    errors = fresh.copy()
    for i, time in enumerate(middle):
        if i == begin:
            before, since = optimum.errors[last], seen[last]
        elif i:
            before, since = errors[:, i - 1], middle[i - 1]
        else:
            continue
        gap = (time - since) / np.median(np.diff(seen))
        carried = np.sign(optimum.rho) ** round(gap) * abs(optimum.rho) ** gap
        errors[:, i] = carried * before + np.sqrt(1 - carried**2) * fresh[:, i]
    return errors


def band(draws: Array, level: float) -> pd.DataFrame:
    """Return the median and the central interval of draws (count, h)."""
    if not 0 < level < 1:
        raise ValueError(f"level is a coverage between 0 and 1; got {level}")
    low, median, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return pd.DataFrame({"median": median, "low": low, "high": high})


def labels(t: Any, kind: Kind) -> pd.Index:
    """Return the rows' labels: the times given, or the intervals between edges."""
    if kind == "stock" and (periods := as_periods(t)) is not None:
        return periods.rename("time")
    times = as_index(t, kind)
    if kind == "stock":
        return times.rename("time")
    return pd.IntervalIndex.from_breaks(times, closed="right", name="interval")


def forecast(
    optimum: Optimum,
    t: Any,
    origin: Any,
    *,
    level: float,
    rng: np.random.Generator,
    draws: int,
    cumulative: bool,
) -> pd.DataFrame:
    """Return a labelled band; see `uptake.Fit.forecast`."""
    problem = optimum.problem
    if cumulative and problem.kind == "stock":
        raise ValueError("levels are cumulative already; cumulative=True is for flows")
    numbers = counted(t, problem.kind, origin)
    check(numbers, problem.curve.launched)
    drawn = paths(optimum, numbers, rng, draws)
    if cumulative:
        drawn = np.cumsum(drawn, axis=1)
    return band(drawn, level).set_axis(labels(t, problem.kind))
