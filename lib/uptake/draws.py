"""Bootstrap draws: records like the one seen, from the fitted curve, all refitted in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from uptake.curves import Curve
from uptake.least_squares import Array, Minimum, best_of
from uptake.optimum import Optimum
from uptake.separable import Kind, Problem
from uptake.starts import grid_starts

Method = Literal["residual", "parametric", "block"]

_LEAST, _MOST = 1e-300, 1e300


def futures(
    curve: type[Curve], kind: Kind, t: Array, scale: Array, shapes: Sequence[Array]
) -> Array:
    """Return what curves say, cut to where differences of levels are finite.

    Parameters
    ----------
    curve : type of Curve
    kind : {"stock", "flow"}
    t : ndarray, shape (h,) for stocks, (h + 1,) for flows
        Times or edges.
    scale : ndarray, shape (b, 1)
        The parameter to which levels are proportional.
    shapes : sequence of ndarray, shape (b, 1)
        The others, in order.

    Returns
    -------
    ndarray, shape (b, h)
        In the unit of the scale.

    Examples
    --------
    >>> from uptake import Exponential
    >>> huge = np.array([[2.0], [np.inf]]), [np.array([[0.1], [5.0]])]
    >>> futures(Exponential, "flow", np.array([0.0, 10.0, 20.0]), *huge).round(2)
    array([[3.44, 9.34],
           [0.  , 0.  ]])
    """
    with np.errstate(all="ignore"):
        # The scale itself may be as large as numbers go: far from its ceiling a shape is tiny.
        level = np.nan_to_num(scale, nan=np.nan) * curve.shape(t, *shapes)
        level = np.clip(level, -_MOST, _MOST)
        return np.diff(level, axis=1) if kind == "flow" else level


def with_log(values: Array) -> Array:
    """Cut what noise on the log scale has made to where it still has a log and is finite.

    Parameters
    ----------
    values : ndarray
        In the unit of the data; NaN stays.

    Examples
    --------
    >>> with_log(np.array([0.0, 2.0, np.inf]))
    array([1.e-300, 2.e+000, 1.e+300])
    """
    return np.clip(values, _LEAST, _MOST)


def simulate(
    optimum: Optimum,
    count: int,
    rng: np.random.Generator,
    *,
    method: Method = "parametric",
    block: int | None = None,
    spread: Array | None = None,
) -> Array:
    """Draw records from a fitted problem.

    Parameters
    ----------
    optimum : Optimum
    count : int
        Number of records.
    rng : numpy.random.Generator
    method : {"parametric", "residual", "block"}
        Gaussian noise; the (whitened) residuals drawn with replacement; or blocks of residuals
        in their order, which keeps whatever correlation they have.
    block : int, optional
        Length of a block, by default the cube root of the number of points, at least 2.
    spread : ndarray, shape (count,), optional
        By which each record's noise is multiplied.

    Returns
    -------
    ndarray, shape (count, n)
        Records in the unit of the data; points without a weight lie on the curve.

    Raises
    ------
    ValueError
        For an unknown method or fewer than one record.
    """
    if count < 1:
        raise ValueError(f"draw at least one record; got {count}")
    if method not in ("parametric", "residual", "block"):
        raise ValueError(f"method must be 'parametric', 'residual' or 'block'; got {method!r}")
    problem, used = optimum.problem, np.flatnonzero(optimum.problem.used.ravel())
    noise = np.zeros((count, problem.y.shape[1]))
    if method == "block":
        noise[:, used] = _blocks(optimum.errors[used], count, rng, block)
    else:
        fresh = _fresh(optimum, used, count, rng, method)
        noise[:, used] = fresh
        if problem.errors == "ar1":
            noise = correlate(optimum, noise)
    if spread is not None:
        noise *= spread[:, np.newaxis]
    if problem.root_weights is not None:
        root = problem.root_weights.ravel()
        noise = noise / np.where(root > 0, root, 1.0)
    if problem.scale == "log":
        with np.errstate(over="ignore", under="ignore"):
            return with_log(np.exp(optimum.mean + noise))
    return (optimum.mean + noise) * problem.unit[0]


def _fresh(
    optimum: Optimum, used: np.ndarray, count: int, rng: np.random.Generator, method: Method
) -> Array:
    """Draw independent errors with the residual variance, in the search's unit."""
    if method == "parametric":
        return optimum.sigma * rng.standard_normal((count, used.size))
    residuals = optimum.fresh[used] - optimum.fresh[used].mean()
    # Residuals are smaller than errors by the degrees of freedom that the fit took up.
    residuals *= np.sqrt(optimum.points / optimum.freedom)
    return rng.choice(residuals, (count, used.size))


def correlate(optimum: Optimum, fresh: Array) -> Array:
    """Turn independent errors into errors that follow each other with the fitted rho."""
    chain = optimum.problem.chain
    carried = chain.whitener(optimum.theta[-1:]).carried[0]
    errors = fresh.copy()
    for i, before in enumerate(chain.before.ravel()):
        if before >= 0:
            kept = np.sqrt(1 - carried[i] ** 2)
            errors[:, i] = carried[i] * errors[:, before] + kept * fresh[:, i]
    return errors


def _blocks(residuals: Array, count: int, rng: np.random.Generator, block: int | None) -> Array:
    """Draw moving blocks (Kuensch 1989) of centred residuals."""
    n = residuals.size
    length = max(2, round(n ** (1 / 3))) if block is None else block
    if not 1 <= length <= n:
        raise ValueError(f"a block has between 1 and {n} points; got {length}")
    residuals = residuals - residuals.mean()
    blocks = -(-n // length)
    begin = rng.integers(0, n - length + 1, (count, blocks))
    index = (begin[:, :, np.newaxis] + np.arange(length)).reshape(count, -1)[:, :n]
    return residuals[index]


def refit(optimum: Optimum, records: Array) -> tuple[Problem, Minimum]:
    """Fit the curve to every record, from the grid and from the original optimum."""
    problem = Problem(
        curve=optimum.problem.curve,
        t=optimum.problem.t,
        y=records,
        kind=optimum.problem.kind,
        scale=optimum.problem.scale,
        errors=optimum.problem.errors,
        root_weights=optimum.problem.root_weights,
        fixed={
            name: np.repeat(values[:1], len(records))
            for name, values in optimum.problem.fixed.items()
        },
    )
    own = np.repeat(optimum.theta[np.newaxis], len(records), axis=0)
    starts = [own, *grid_starts(problem)]
    return problem, best_of([problem.solve(start, tolerance=1e-6) for start in starts])
