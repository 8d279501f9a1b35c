"""What users call: `fit` one record, or `fit_many` of them on common times."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from uptake.batches import C, FitMany, many
from uptake.concerns import concerns
from uptake.least_squares import best_of
from uptake.records import in_order, numbers, prepare
from uptake.results import Fit
from uptake.searching import FitError, at_limit, search
from uptake.separable import HORIZON, Errors, Kind, Scale
from uptake.starts import grid_starts


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
    in_order(t, y=y, weights=weights)
    y = numbers("y", y)
    if y.ndim != 1:
        raise ValueError(f"fit takes one record; got shape {y.shape}: use fit_many for several")
    options = {"kind": kind, "scale": scale, "errors": errors}
    options |= {"fixed": fixed, "weights": weights, "origin": origin}
    problem, origin = prepare(curve, t, y[np.newaxis], **options)
    optimum, interior, at_bound = search(problem)
    values = optimum.values
    if values[problem.scale_name] < 0:
        raise FitError(
            f"the best {curve.__name__} is negative: no {curve.__name__} moves as this record does "
            "(a falling exponential has negative flows); fit another curve, or levels as a stock"
        )
    # Below the least normal number a scale has no longer all its digits.
    tiny = values[problem.scale_name] < np.finfo(float).tiny
    if tiny or not all(np.isfinite(list(values.values()))):
        raise FitError(
            f"the best {curve.__name__} has a {problem.scale_name} beyond floating point; measure "
            "time from a nearer origin (origin=), for instance the record's first time"
        )
    sse = optimum.cost * float(problem.unit[0] ** 2)
    result = Fit(
        curve(**values), problem.t, y, kind, scale, errors, origin, sse, interior, _optimum=optimum
    )
    return replace(result, concerns=tuple(concerns(result, at_bound)))


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
        One record per row; the rows' labels of a DataFrame become those of ``params``.
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
    if not isinstance(starts, Integral) or starts < 1:
        raise ValueError(f"starts counts searches of each record, at least one; got {starts!r}")
    options = {"kind": kind, "scale": scale, "errors": errors}
    options |= {"fixed": fixed, "weights": weights, "origin": origin}
    problem, _ = prepare(curve, t, y, **options)
    found = best_of([problem.solve(start) for start in grid_starts(problem, starts)])
    result = many(problem, found)
    if problem.curve.bounded and problem.scale_fixed is None:
        away = np.flatnonzero(problem.best_scale(found.theta) > HORIZON * problem.record)
        if away.size:
            limit = many(*at_limit(problem.rows(away), found.rows(away)))
            result.params.iloc[away] = limit.params.to_numpy()
            result.sse[away], result.converged[away] = limit.sse, limit.converged
    if isinstance(y, pd.DataFrame):
        result.params.index = y.index
    return result
