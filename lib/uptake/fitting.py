"""What users call: `fit` one record, or `fit_many` of them on common times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from uptake.batches import C, FitMany, many
from uptake.concerns import concerns
from uptake.least_squares import ORTHOGONAL, Minimum, best_of, joined
from uptake.optimum import Optimum
from uptake.records import numbers, prepare
from uptake.results import Fit
from uptake.separable import HORIZON, Errors, Kind, Problem, Scale
from uptake.starts import grid_starts

_SAME = 1e-9
"""Relative difference of two sums of squares that counts as none."""
_NO_WORSE = 1.001
"""Two sums of squares in this ratio are as good as each other."""
_ROUGH, _FAR = 1e-1, 3.0
"""A search stopped at this cosine is within some percent of its optimum: one that stops above so
many times the best sum of squares need not go on to be ruled out."""
_FIRST = 10
"""Steps after which searches of one record are looked at: most have settled by then."""
_SAME_PLACE = 1e-3
"""A search so near an optimum already found, in every free coordinate, is on its way there."""
_AT_THE_HORIZON = HORIZON**-2
"""Mean square by which a curve whose ceiling is at the horizon differs from one without a ceiling,
for a record of about one. A sum of squares tells no more of a ceiling than this."""


class FitError(RuntimeError):
    """The search for a best curve failed.

    Examples
    --------
    >>> from uptake import Exponential
    >>> try:
    ...     fit(Exponential, range(7), [9, 7, 5, 4, 3, 2], kind="flow")
    ... except FitError as error:
    ...     print(str(error)[:34])
    the best Exponential is negative:
    """


def fit(
    curve: type[C],
    t: Any,
    y: Any,
    *,
    kind: Kind = "stock",
    scale: Scale = "linear",
    errors: Errors = "iid",
    fixed: dict[str, float] | None = None,
    weights: Any = None,
    origin: Any = None,
) -> Fit[C]:
    """Fit a curve to one record by (weighted) least squares.

    Parameters
    ----------
    curve : type of Curve
        Such as `uptake.Bass`.
    t : array_like
        Stock: n times at which the level was seen. Flow: n + 1 edges. Numbers, dates, or a
        PeriodIndex; dates become years since ``origin``.
    y : array_like, shape (n,)
        Levels, or what happened in each interval ``(t[i], t[i + 1]]``.
    kind : {"stock", "flow"}
        Fit flows when the record counts adoptions: cumulated errors are correlated.
    scale : {"linear", "log"}
        Whether the noise is additive or multiplicative.
    errors : {"iid", "ar1"}
        Independent errors, or errors of which each carries on a share rho of the one before,
        estimated along with the curve. Show both: no test decides between them.
    fixed : dict, optional
        Parameters to hold, by name.
    weights : array_like, shape (n,), optional
        Inverse variances, up to a factor; zero leaves a point out.
    origin : date or number, optional
        Time zero. Needed when ``t`` are dates and the curve starts at launch; for other curves
        the first date serves.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        For input that cannot be fitted, with what to do about it.
    FitError
        When the search fails.

    Examples
    --------
    Video recorders sold in the United States, 1979-1988, thousands:

    >>> import numpy as np
    >>> from uptake import Bass, fit
    >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    >>> result = fit(Bass, np.arange(11), sales, kind="flow")
    >>> {name: float(f"{value:.4g}") for name, value in result.params.items()}
    {'m': 67660.0, 'p': 0.008789, 'q': 0.6422}
    >>> print(result.interval("m"))
    60,690 to 75,350 (95%)
    >>> result.identified
    True

    Before the peak the same record bounds the ceiling from below only:

    >>> early = fit(Bass, np.arange(6), sales[:5], kind="flow")
    >>> print(early.interval("m"))
    28,820 or more, not bounded above (95%)
    """
    y = numbers("y", y)
    if y.ndim != 1:
        raise ValueError(f"fit takes one record; got shape {y.shape}: use fit_many for several")
    options = {"kind": kind, "scale": scale, "errors": errors}
    options |= {"fixed": fixed, "weights": weights, "origin": origin}
    problem, origin = prepare(curve, t, y[np.newaxis], **options)
    optimum, interior, at_bound = _search_one(problem)
    values = optimum.values
    if values[problem.scale_name] < 0:
        raise FitError(
            f"the best {curve.__name__} is negative: no {curve.__name__} moves as this record does "
            "(a falling exponential has negative flows); fit another curve, or levels as a stock"
        )
    if not all(np.isfinite(list(values.values()))) or values[problem.scale_name] == 0:
        raise FitError(
            f"the best {curve.__name__} has a {problem.scale_name} beyond floating point; measure "
            "time from a nearer origin (origin=), for instance the record's first time"
        )
    sse = optimum.cost * float(problem.unit[0] ** 2)
    result = Fit(
        curve(**values), problem.t, y, kind, scale, errors, origin, sse, interior, _optimum=optimum
    )
    return replace(result, concerns=tuple(concerns(result, at_bound)))


def _search_one(problem: Problem) -> tuple[Optimum, bool, tuple[str, ...]]:
    """Search from several starts and against the limit curve.

    Returns
    -------
    optimum : Optimum
    interior : bool
    at_bound : tuple of str
        Parameters that ran to the edge of the search.
    """
    # Sums of squares of many parameters have several low places; two have seldom more than one.
    searched = len(problem.free_names)
    count = 4 if searched <= 2 else 3 * (searched - 1) ** 2
    has_limit = problem.curve.bounded and problem.scale_fixed is None
    if has_limit:
        found, limit = _with_limit(problem, count)
    else:
        found = _from_starts(problem, count)
    if not found.converged[0]:
        found = _best([found, _from_starts(problem, 3 * count, iterations=1000)])
    if not found.converged[0] and has_limit:
        found = _climb(problem, found)
    if not np.isfinite(found.cost[0]):
        if problem.scale == "log" and problem.kind == "stock" and problem.curve.launched:
            raise FitError(
                f"every {problem.curve.__name__} is zero at its launch, which has no log; leave "
                "that point out, give it a weight of zero, or set origin= before the first time"
            )
        raise FitError(
            f"no {problem.curve.__name__} is finite on these times; measure time from a nearer "
            "origin (origin=)"
        )
    if has_limit and (limit := _without_ceiling(problem, found, limit, count)):
        ceiling = HORIZON * float(problem.record[0])
        name = (problem.scale_name,)
        return Optimum(problem, limit.theta[0], ceiling, float(limit.cost[0])), False, name
    scale = float(problem.best_scale(found.theta)[0])
    names = zip(problem.free_names, found.at_bound[0], strict=True)
    at_bound = tuple(name for name, out in names if out)
    if (at_bound or not found.converged[0]) and _overflows(problem):
        # The edge is that of floating point, not of the curve: the best may lie beyond it.
        raise FitError(
            f"the search for a best {problem.curve.__name__} ran into numbers beyond floating "
            "point; measure time from a nearer origin (origin=), for instance the record's first "
            "time"
        )
    _settled(found, problem)
    # A rho at its bound is a concern of its own; the curve may have its optimum all the same.
    interior = not set(at_bound) - {"rho"}
    return Optimum(problem, found.theta[0], scale, float(found.cost[0])), interior, at_bound


def _with_limit(problem: Problem, count: int) -> tuple[Minimum, Minimum]:
    """Return the best fit, and a rough one without a ceiling, from one batch.

    On one record a step costs nearly the same for ten searches as for one.
    """
    ceilings = np.r_[np.nan, HORIZON * problem.record]
    pair = problem.repeated(2).holding(problem.scale_name, ceilings)
    starts = grid_starts(pair, count)
    each = len(starts)
    found = pair.rows(np.repeat([0, 1], each)).solve(
        np.concatenate([starts[:, 0], starts[:, 1]]),
        iterations=_FIRST,
        tolerance=np.repeat([ORTHOGONAL, _ROUGH], each),
    )
    best = _lowest(found, slice(0, each))
    going = ~found.converged[:each]
    if best.converged[0]:
        going &= (np.abs(found.theta[:each] - best.theta) > _SAME_PLACE).any(axis=1)
    if going.any():
        rest = problem.repeated(int(going.sum())).solve(found.theta[:each][going])
        best = _best([best, rest])
    return best, _lowest(found, slice(each, None))


def _without_ceiling(
    problem: Problem, found: Minimum, limit: Minimum, count: int
) -> Minimum | None:
    """Return the fit without a ceiling where it is the answer; None where an optimum is."""
    top = HORIZON * problem.record
    held = problem.holding(problem.scale_name, top)
    beyond = problem.best_scale(found.theta)[0] > top[0]
    # A record that the limit meets to rounding says nothing of a ceiling, whatever comes closer.
    exact = _AT_THE_HORIZON * np.count_nonzero(problem.used)
    likely = beyond or found.cost[0] <= exact
    # Where the limit may well be the answer no rough one will do.
    if likely or not (limit.converged[0] and limit.cost[0] > _FAR * found.cost[0]):
        limit = _from_starts(held, count)
    likely |= limit.cost[0] <= found.cost[0] * (1 + _SAME)
    # Along a runaway ceiling a search need not settle; at the limit it does, unless all that is
    # left there is rounding.
    if likely and not limit.converged[0] and limit.cost[0] > exact:
        limit = _best([limit, _from_starts(held, 3 * count, iterations=1000)])
    if found.cost[0] <= exact < limit.cost[0]:
        limit = _best([limit, *_raised(problem, found)[-1:]])
    if not beyond and limit.cost[0] > found.cost[0] * (1 + _SAME) + exact:
        return None
    # A free search that went beyond the horizon and found nothing there has the word.
    if limit.cost[0] > exact and not (beyond and limit.cost[0] <= _NO_WORSE * found.cost[0]):
        _settled(limit, problem)
    return limit


def _climb(problem: Problem, found: Minimum) -> Minimum:
    """Follow a ceiling that runs away, and search on from the best of what is met on the way.

    A valley that bends slowly towards infinity takes a free search thousands of steps.
    """
    path = _raised(problem, found)
    if not path:
        return found
    again = problem.solve(best_of(path).theta, iterations=1000)
    return again if again.converged[0] and again.cost[0] <= found.cost[0] else found


def _raised(problem: Problem, found: Minimum) -> list[Minimum]:
    """Return minima with the ceiling held ever higher than where a search ended, to the horizon."""
    scale, theta, path = problem.best_scale(found.theta), found.theta, []
    top = HORIZON * problem.record
    while 0 < scale < top:
        scale = np.minimum(10 * scale, top)
        path.append(problem.holding(problem.scale_name, scale).solve(theta))
        theta = path[-1].theta
    return path


def _settled(found: Minimum, problem: Problem) -> None:
    """Raise FitError unless the search ended at an optimum or at a limit."""
    if not found.converged[0]:
        raise FitError(
            f"the search for a best {problem.curve.__name__} did not settle; rescale the times, "
            "fix a parameter with fixed=, or try a curve with fewer"
        )


def _overflows(problem: Problem) -> bool:
    """Tell whether some starting shapes are beyond floating point on the record's times."""
    theta = problem.coordinates.grid
    with np.errstate(all="ignore"):
        shape = problem.shape(theta, np.zeros(len(theta), int))
    return bool(np.isinf(shape).any())


def _from_starts(problem: Problem, count: int, *, iterations: int = 100) -> Minimum:
    """Return the best minimum of a problem of one row from several grid starts."""
    starts = grid_starts(problem, count)[:, 0]
    return _lowest(problem.repeated(len(starts)).solve(starts, iterations=iterations), slice(None))


def _best(minima: list[Minimum]) -> Minimum:
    """Return the best of several minima of one record."""
    return _lowest(joined(minima), slice(None))


def _lowest(found: Minimum, which: slice) -> Minimum:
    """Return the best of some searches of one record."""
    # Of searches that ended equally low prefer one that settled.
    cost = np.where(found.converged, found.cost, found.cost * (1 + _SAME))
    best = np.arange(len(cost))[which][[int(np.argmin(cost[which]))]]
    return Minimum(found.theta[best], found.cost[best], found.converged[best], found.at_bound[best])


def fit_many(
    curve: type[C],
    t: Any,
    y: Any,
    *,
    kind: Kind = "stock",
    scale: Scale = "linear",
    errors: Errors = "iid",
    fixed: dict[str, float] | None = None,
    weights: Any = None,
    origin: Any = None,
    starts: int = 1,
) -> FitMany[C]:
    """Fit a curve to many records on common times at once.

    A record whose ceiling runs away is put at the limit without one. Unlike `fit`, an optimum with
    a ceiling is not held against that limit as well: where the two are about equally good, mostly
    with ceilings far above the record, `fit` may return the limit and this the optimum. Searching
    both would take twice as long; for refits, whose spread is what counts, it would change little.

    Parameters
    ----------
    curve, t, kind, scale, errors, fixed, origin
        As for `fit`.
    y : array_like, shape (batch, n)
        One record per row.
    weights : array_like, shape (n,) or (batch, n), optional
        Inverse variances, up to a factor for each record; zero masks a point, so that records
        of different lengths go together.
    starts : int
        Searches per record, from the best shapes of the grid. One is nearly always enough.

    Returns
    -------
    FitMany

    Raises
    ------
    ValueError
        For input that cannot be fitted, with what to do about it.

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Bass, fit_many
    >>> edges, rng = np.arange(21), np.random.default_rng(1)
    >>> flows = Bass(100.0, 0.02, 0.4).flow(edges) + rng.normal(0, 0.1, (500, 20))
    >>> fits = fit_many(Bass, edges, flows, kind="flow")
    >>> fits.params.mean().round(2).to_dict(), bool(fits.converged.all())
    ({'m': 99.97, 'p': 0.02, 'q': 0.4}, True)
    """
    y = numbers("y", y)
    options = {"kind": kind, "scale": scale, "errors": errors}
    options |= {"fixed": fixed, "weights": weights, "origin": origin}
    problem, _ = prepare(curve, t, y, **options)
    found = best_of([problem.solve(start) for start in grid_starts(problem, starts)])
    result = many(problem, found)
    away = problem.best_scale(found.theta) > HORIZON * problem.record
    if problem.curve.bounded and problem.scale_fixed is None and away.any():
        _put_at_limit(result, problem, np.flatnonzero(away))
    return result


def _put_at_limit(result: FitMany, problem: Problem, rows: np.ndarray) -> None:
    """Replace the rows whose ceiling ran away by their fits at the limit."""
    part = problem.rows(rows)
    limit = part.holding(part.scale_name, HORIZON * part.record)
    # Near the limit the grid is coarse, and one start is not enough.
    found = many(limit, best_of([limit.solve(start) for start in grid_starts(limit, 4)]))
    result.params.iloc[rows] = found.params.to_numpy()
    result.sse[rows], result.converged[rows] = found.sse, found.converged
