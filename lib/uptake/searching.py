"""The search for the best curve of one record, and for the limit where its ceiling runs away."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from uptake.least_squares import ORTHOGONAL, Array, Minimum, best_of, joined
from uptake.optimum import Optimum
from uptake.separable import HORIZON, Problem
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


_BEYOND = 1e12
"""Ceilings farther beyond the horizon are all alike: a curve has no digits left to tell them."""


_PAST = 1e290
"""A scale so large is about to leave floating point, and its shape's far tail with it."""


class FitError(RuntimeError):
    """The search for a best curve failed.

    Examples
    --------
    >>> from uptake import Exponential, FitError, fit
    >>> try:
    ...     fit(Exponential, range(7), [9, 7, 5, 4, 3, 2], kind="flow")
    ... except FitError as error:
    ...     print(str(error)[:34])
    the best Exponential is negative:
    """


def search(problem: Problem) -> tuple[Optimum, bool, tuple[str, ...]]:
    """Search the best curve of one record, from several starts and against the limit curve.

    Parameters
    ----------
    problem : Problem
        Of one row.

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
    if beyond and limit.cost[0] > _NO_WORSE * found.cost[0] + exact:
        limit = _best([limit, _lowered(problem, found)])
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


def at_limit(problem: Problem, found: Minimum) -> tuple[Problem, Minimum]:
    """Return the fits without a ceiling of records whose ceilings have run away.

    Parameters
    ----------
    problem : Problem
        Of a curve with a ceiling that is not fixed.
    found : Minimum
        Where the searches ended, beyond the horizon.

    Returns
    -------
    limit : Problem
        With every ceiling held at the horizon.
    best : Minimum
        Its solutions.

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Logistic
    >>> from uptake.records import prepare
    >>> y = np.array([[1.0, 2.0, 4.0, 8.0, 16.5, 33.0]])
    >>> options = dict(kind="stock", scale="linear", errors="iid", fixed=None, weights=None)
    >>> problem, _ = prepare(Logistic, np.arange(6.0), y, origin=None, **options)
    >>> limit, best = at_limit(problem, problem.solve(grid_starts(problem)[0]))
    >>> limit.fixed["m"], best.converged
    (array([3.3e+09]), array([ True]))
    """
    limit = problem.holding(problem.scale_name, HORIZON * problem.record)
    # Near the limit the grid is coarse, and one start is not enough.
    best = best_of([limit.solve(start) for start in grid_starts(limit, 4)])
    worse = np.flatnonzero(best.cost > _NO_WORSE * found.cost)
    if worse.size:
        down = _lowered(problem.rows(worse), found.rows(worse))
        lower = down.cost < best.cost[worse]
        for item in fields(Minimum):
            getattr(best, item.name)[worse[lower]] = getattr(down, item.name)[lower]
    return limit, best


def with_scale(problem: Problem, found: Minimum) -> tuple[Array, Array]:
    """Return where searches ended and their scales; ceilings past floating point at the limit.

    Parameters
    ----------
    problem : Problem
    found : Minimum

    Returns
    -------
    theta : ndarray, shape (batch, k)
    scale : ndarray, shape (batch,)

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Logistic
    >>> from uptake.records import prepare
    >>> options = dict(kind="stock", scale="linear", errors="iid", fixed=None, weights=None)
    >>> y = np.array([[10.0, 25.0, 42.0, 53.0, 58.0, 59.5]])
    >>> problem, _ = prepare(Logistic, np.arange(6.0), y, origin=None, **options)
    >>> theta, scale = with_scale(problem, problem.solve(grid_starts(problem)[0]))
    >>> theta.shape, scale.round(1)
    ((1, 2), array([60.1]))
    """
    theta, scale = found.theta, problem.best_scale(found.theta)
    if problem.curve.bounded and problem.scale_fixed is None:
        past = np.flatnonzero(scale > _PAST)
        if past.size:
            limit, best = at_limit(problem.rows(past), found.rows(past))
            theta, scale = theta.copy(), scale.copy()
            theta[past], scale[past] = best.theta, limit.fixed[problem.scale_name]
    return theta, scale


def _lowered(problem: Problem, found: Minimum) -> Minimum:
    """Return minima at the horizon, the ceiling held ever lower from where searches had gone.

    Times far from the launch bring limits whose starts on the grid all run into a plateau.
    """
    top, theta = HORIZON * problem.record, found.theta
    scale = np.nan_to_num(problem.best_scale(theta), nan=0.0)
    scale = np.clip(scale, top, _BEYOND * top)
    while True:
        scale = np.maximum(0.1 * scale, top)
        found = problem.holding(problem.scale_name, scale).solve(theta)
        theta = found.theta
        if (scale <= top).all():
            return found


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
