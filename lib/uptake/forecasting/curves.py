"""Forecasts of a curve from every origin: all origins, and all their bootstrap records, at once."""

from __future__ import annotations

import numpy as np

from uptake.criteria import aicc, log_likelihood
from uptake.curves import Curve
from uptake.draws import futures, with_log
from uptake.fitting import FitError, fit, fit_many
from uptake.forecasting.history import History
from uptake.forecasting.predictive import Predictive
from uptake.least_squares import best_of
from uptake.searching import with_scale
from uptake.separable import CHUNK, Array, Problem
from uptake.starts import grid_starts


def least_points(curve: type[Curve]) -> int:
    """Return how many points a fit of the curve needs.

    Examples
    --------
    >>> from uptake import Bass
    >>> least_points(Bass)
    5
    """
    return len(curve.names()) + 2


def forecast_curve(
    curve: type[Curve], history: History, rng: np.random.Generator, draws: int
) -> Predictive:
    """Fit the curve to what each origin knows, and forecast with its uncertainty and the noise's.

    The fits of all origins are one batch, in which points not yet known have no weight. So are
    the refits to ``draws`` records simulated from each of them (a parametric bootstrap), each
    with a residual variance of its own from the chi-squared distribution on n - k degrees of
    freedom, as in `uptake.Fit.forecast`.

    Returns
    -------
    Predictive
    """
    reasons = _unfit(history)
    usable = np.array([not reason for reason in reasons])
    shape = (len(history.origins), draws, len(history.horizons))
    mean, spread, point = (np.full(size, np.nan) for size in (shape, shape, shape[::2]))
    criterion = np.full(shape[0], np.nan)
    # Drawn for all origins, so that one that fails changes nothing in the others.
    freedom = history.origins - len(curve.names())
    wide = np.sqrt(freedom[:, np.newaxis] / rng.chisquare(freedom[:, np.newaxis], shape[:2]))
    if usable.any():
        shapes, sse, doubts = _fits(curve, history, usable)
        sigma = np.sqrt(sse / freedom[usable])
        mean = _means(curve, history, usable, shapes, sigma[:, np.newaxis] * wide[usable], rng)
        levels = _levels(curve, history, shapes)
        point[usable] = np.take_along_axis(levels, history.targets[usable], axis=1)
        spread[usable] = (sigma[:, np.newaxis] * wide[usable])[..., np.newaxis]
        criterion[usable] = _aicc(curve, history, usable, sse)
        for i, doubt in zip(np.flatnonzero(usable), doubts, strict=True):
            if doubt:
                reasons[i] = doubt
                mean[i] = point[i] = criterion[i] = np.nan
    return Predictive(
        point, mean, spread, history.scale, tuple(reasons), rng.standard_normal(shape), criterion
    )


def _unfit(history: History) -> list[str]:
    """Say for each origin why no curve can be told from what it knows."""
    reasons = []
    for count in history.origins:
        seen = history.y[:count]
        if seen.max() <= 0:
            reasons.append("nothing above zero has been seen yet")
        elif seen.min() == seen.max():
            reasons.append("the record has been constant so far")
        else:
            reasons.append("")
    return reasons


def _fits(
    curve: type[Curve], history: History, usable: np.ndarray
) -> tuple[Array, Array, list[str]]:
    """Return each origin's parameters and sum of squares, and why they are not to be used."""
    n, more = history.y.size, int(history.kind == "flow")
    options = {"kind": history.kind, "scale": history.scale, "origin": history.start}
    found = fit_many(
        curve,
        history.labels[: n + more],
        np.tile(history.y, (int(usable.sum()), 1)),
        weights=history.known[usable].astype(float),
        # As many starts as `fit` takes: there are few origins, and each matters.
        starts=4 * max(1, len(curve.names()) - 1),
        **options,
    )
    parameters, sse = found.params.to_numpy(float, copy=True), found.sse.copy()
    doubts = [""] * len(sse)
    # `fit` searches on where a batch has given up, which is rare: it takes those one by one.
    for i in np.flatnonzero(~found.converged):
        count = history.origins[usable][i]
        try:
            alone = fit(curve, history.labels[: count + more], history.y[:count], **options)
        except FitError as error:
            doubts[i] = str(error)
        else:
            parameters[i], sse[i] = list(alone.params.values()), alone.sse
    return parameters, sse, doubts


def _levels(curve: type[Curve], history: History, parameters: Array) -> Array:
    """Return what curves (b, parameters) say of every point, shape (b, points)."""
    scale, *shapes = parameters.T[:, :, np.newaxis]
    return futures(curve, history.kind, history.t, scale, shapes)


def _means(
    curve: type[Curve],
    history: History,
    usable: np.ndarray,
    parameters: Array,
    sigma: Array,
    rng: np.random.Generator,
) -> Array:
    """Return what refits to simulated records say, (origins, draws, horizons), NaN where unusable.

    ``parameters`` and the standard deviations ``sigma`` (origins, draws) are of the usable origins.
    """
    origins, draws, n = len(usable), sigma.shape[1], history.y.size
    mean, at = np.full((origins, draws, len(history.horizons)), np.nan), np.flatnonzero(usable)
    block = max(1, CHUNK // (draws * n))
    for first in range(0, origins, block):
        # A block's noise at a time: that of all origins might not fit into memory.
        noise = rng.standard_normal((min(block, origins - first), draws, n))
        own = (at >= first) & (at < first + block)
        if own.any():
            here = np.isin(np.arange(origins), at[own])
            errors = sigma[own][..., np.newaxis] * noise[at[own] - first]
            records = _simulated(curve, history, here, parameters[own], errors)
            mean[here] = _refitted(curve, history, here, parameters[own], records)
    return mean


def _simulated(
    curve: type[Curve], history: History, usable: np.ndarray, parameters: Array, errors: Array
) -> Array:
    """Return records (origins, draws, n) of the fits and errors; points not yet known are one."""
    fitted = _levels(curve, history, parameters)[:, np.newaxis, : history.y.size]
    with np.errstate(all="ignore"):
        if history.scale == "log":
            records = with_log(with_log(fitted) * np.exp(errors))
        else:
            records = fitted + errors
    return np.where(history.known[usable][:, np.newaxis], records, 1.0)


def _refitted(
    curve: type[Curve], history: History, usable: np.ndarray, parameters: Array, records: Array
) -> Array:
    """Refit every record, and return what the curves say, (origins, draws, horizons)."""
    origins, draws, n = records.shape
    times = history.t[: n + (history.kind == "flow")]
    problem = Problem(
        curve=curve,
        t=times,
        y=records.reshape(-1, n),
        kind=history.kind,
        scale=history.scale,
        root_weights=np.repeat(history.known[usable].astype(float), draws, axis=0),
    )
    own = np.repeat(problem.coordinates.to_free(parameters[:, 1:]), draws, axis=0)
    starts = [own, *grid_starts(problem)]
    found = best_of([problem.solve(start, tolerance=1e-6) for start in starts])
    theta, scale = with_scale(problem, found)
    shapes = problem.to_shapes(theta, np.arange(len(own)))
    # The curve's scale is positive: a record whose best is not says that nothing is adopted.
    scale = np.maximum(scale, 0.0)
    levels = _levels(curve, history, np.column_stack([scale, *(each[:, 0] for each in shapes)]))
    levels = levels.reshape(origins, draws, -1)
    mean = np.take_along_axis(levels, history.targets[usable][:, np.newaxis], axis=2)
    return np.log(with_log(mean)) if history.scale == "log" else mean


def _aicc(curve: type[Curve], history: History, usable: np.ndarray, sse: Array) -> Array:
    """Return Akaike's corrected criterion of each fit, as `uptake.Fit.aicc` has it."""
    n, k = history.origins[usable], len(curve.names()) + 1
    known = history.known[usable]
    largest = (np.abs(history.y) * known).max(axis=1)
    floor = n * 1e-30 * (largest**2 if history.scale == "linear" else 1.0)
    likelihood = log_likelihood(np.maximum(sse, floor) / n, n)
    if history.scale == "log":
        likelihood = likelihood - (history.z * known).sum(axis=1)
    return aicc(likelihood, k, n)
