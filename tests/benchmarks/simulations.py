"""How often intervals and bands hold the truth: simulations on a batch of records at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from uptake import Bass, fit
from uptake.calibration import statistics
from uptake.least_squares import Array, best_of
from uptake.optimum import Optimum
from uptake.recovery import simulate as simulated
from uptake.separable import HORIZON, Problem
from uptake.starts import grid_starts
from uptake.traces import hold_quantity

TRUTH = Bass(100.0, 0.01, 0.4)
POINTS = 40
LEVEL = 0.95
NOISE = 0.05
RHO = 0.6
SHARE = 0.08
TRACED = 15
QUANTITIES: dict[str, str | Callable[[Bass], float]] = {
    "m": "m",
    "q": "q",
    "peak": lambda curve: curve.peak,
}


@dataclass(frozen=True)
class Setting:
    """What is simulated and how it is fitted."""

    noise: str
    method: str
    cut: float
    points: int = POINTS


def edges(cut: float, points: int = POINTS) -> Array:
    """Return the edges of equal intervals from launch to a multiple of the peak time."""
    return np.linspace(0.0, cut * TRUTH.peak, points + 1)


def records(t: Array, noise: str, count: int, rng: np.random.Generator) -> Array:
    """Draw flows: additive errors of 5% of the peak flow (AR(1) or not), or errors of 8% each."""
    if noise == "multiplicative":
        return TRUTH.flow(t) * (1 + SHARE * rng.standard_normal((count, t.size - 1)))
    rho = RHO if noise == "AR(1)" else 0.0
    return simulated(TRUTH, t, noise=NOISE, rng=rng, size=count, correlation=rho)


def problem_of(t: Array, y: Array, method: str) -> Problem:
    """Return the problem that a method fits."""
    problem = Problem(Bass, t, y, kind="flow", scale="log" if method == "log scale" else "linear")
    if method != "weights":
        return problem
    # Inverse squares of what a first, unweighted fit says of each interval.
    theta = solved(problem).theta
    shape, _ = problem.observe(theta, np.arange(len(y)))
    return Problem(Bass, t, y, kind="flow", root_weights=shape.min(axis=1, keepdims=True) / shape)


def solved(problem: Problem, near: Array | None = None):
    """Return the best minima from the grid, and from a start near by."""
    starts = [] if near is None else [np.repeat(near[np.newaxis], len(problem.y), axis=0)]
    starts.extend(grid_starts(problem))
    return best_of([problem.solve(start, tolerance=1e-6) for start in starts])


def at_truth(problem: Problem) -> Optimum:
    """Return the truth in the form of an optimum, from which quantities and starts are read."""
    flows = TRUTH.flow(problem.t)[np.newaxis]
    clean = Problem(Bass, problem.t, flows, problem.kind, problem.scale, problem.errors)
    theta = clean.coordinates.to_free(np.array([[TRUTH.p, TRUTH.q]]))[0]
    if problem.errors == "ar1":
        theta = np.append(theta, np.arctanh(RHO))
    # Only its order of magnitude matters: it sets how strongly a quantity is drawn to its value.
    cost = NOISE**2 * (problem.t.size - 4)
    return Optimum(clean, theta, TRUTH.m, cost)


def statistic(problem: Problem, quantity: str | Callable, free: Array) -> Array:
    """Return the profile statistic at the truth, in residual variances, for each record."""
    truth = at_truth(problem)
    if callable(quantity):
        cost = hold_quantity(truth, problem, quantity)
    else:
        held = problem.holding(quantity, np.full(len(problem.y), truth.values[quantity]))
        near = truth.theta
        if quantity in problem.free_names:
            near = np.delete(near, problem.free_names.index(quantity))
        cost = solved(held, near).cost
    least = np.minimum(free, cost)
    freedom = problem.y.shape[1] - 1 - len(problem.free_names)
    return (cost - least) / (least / freedom)


def profile_coverage(setting: Setting, count: int, rng: np.random.Generator) -> Iterator[dict]:
    """Yield a row per quantity: how often its profile interval holds the truth.

    That needs no tracing: the statistic at the truth is held against the F cut-off.
    """
    t, freedom = edges(setting.cut, setting.points), setting.points - 3
    y = records(t, setting.noise, count, rng)
    kept = (y > 0).all(axis=1) if setting.method == "log scale" else np.ones(count, bool)
    problem = problem_of(t, y[kept], setting.method)
    free = solved(problem, at_truth(problem).theta).cost
    cutoff = stats.f.ppf(LEVEL, 1, freedom)
    limit = solved(problem.holding("m", HORIZON * problem.record)).cost
    least = np.minimum(free, limit)
    unbounded = (limit - least) / (least / freedom) <= cutoff
    for name, quantity in QUANTITIES.items():
        covered = statistic(problem, quantity, free) <= cutoff
        yield row(setting, name, covered) | {"unbounded": unbounded.mean() if name == "m" else None}


def row(setting: Setting, quantity: str, covered: Array) -> dict:
    """Return a row of the table, with the 95% (Wilson) interval of the coverage itself."""
    test = stats.binomtest(int(covered.sum()), covered.size)
    ends = test.proportion_ci(method="wilson")
    return {
        "noise": setting.noise,
        "method": setting.method,
        "cut": setting.cut,
        "points": setting.points,
        "quantity": quantity,
        "replications": covered.size,
        "coverage": covered.mean(),
        "low": ends.low,
        "high": ends.high,
    }


def calibrated_coverage(cut: float, count: int, draws: int, rng: np.random.Generator) -> list[dict]:
    """Return rows for AR(1) errors with the F cut-off and with the calibrated one, with widths.

    Widths, which need traced profiles, are of the first few records.
    """
    t = edges(cut)
    y = records(t, "AR(1)", count, rng)
    problem = Problem(Bass, t, y, kind="flow", errors="ar1")
    freedom = POINTS - 4
    free = solved(problem, at_truth(problem).theta).cost
    at_true = {name: statistic(problem, each, free) for name, each in QUANTITIES.items()}
    fits = [fit(Bass, t, each, kind="flow", errors="ar1") for each in y]
    usual = stats.f.ppf(LEVEL, 1, freedom)
    cutoffs = [calibrated_cutoffs(each._optimum, draws, rng) for each in fits]
    rows = []
    for name, rise in at_true.items():
        own = np.array([each[name] for each in cutoffs])
        for method, cutoff in (("F cut-off", np.full(count, usual)), ("calibrated", own)):
            setting = Setting("AR(1)", f"AR(1), {method}", cut)
            pairs = zip(fits[:TRACED], cutoff, strict=False)
            traced = [each.profile(name).interval(LEVEL, float(at)) for each, at in pairs]
            width = float(np.median([each.high / each.low for each in traced]))
            rows.append(row(setting, name, rise <= cutoff) | {"width": width})
    return rows


def calibrated_cutoffs(optimum: Optimum, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the cut-offs of m, q and the peak as `Fit.interval` finds them."""
    drawn = {name: statistics(optimum, each, draws, rng) for name, each in QUANTITIES.items()}
    return {name: float(np.quantile(each, LEVEL)) for name, each in drawn.items()}


def band_coverage(cut: float, count: int, draws: int, rng: np.random.Generator) -> dict:
    """Return a row: how often bands hold the next eight noisy flows, over all of them."""
    t = edges(cut)
    ahead = t[-1] + np.arange(9) * (t[1] - t[0])
    covered = []
    for y in records(t, "additive", count, rng):
        result = fit(Bass, t, y, kind="flow")
        unit = float(TRUTH.rate(TRUTH.peak)) * (t[1] - t[0])
        future = TRUTH.flow(ahead) + NOISE * unit * rng.standard_normal(8)
        band = result.forecast(ahead, LEVEL, rng=rng, draws=draws)
        covered.append((band["low"].to_numpy() <= future) & (future <= band["high"].to_numpy()))
    held = np.array(covered)
    # Points of one record are not independent, so the interval is that of the records' means.
    error = stats.norm.ppf(0.975) * held.mean(axis=1).std(ddof=1) / np.sqrt(count)
    setting = Setting("additive", "forecast band, 8 steps", cut)
    ends = {"low": held.mean() - error, "high": min(held.mean() + error, 1.0)}
    return row(setting, "flow", held.ravel()) | ends | {"replications": count}
