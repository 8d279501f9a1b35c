"""From what the user gives to a problem the engine can search, refusing what cannot be fitted."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isabstract
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.separable import Array, Errors, Kind, Problem, Scale
from uptake.times import LARGEST, SMALLEST, measure
from uptake.values import floats


def prepare(
    curve: type[Curve],
    t: Any,
    y: Any,
    *,
    kind: Kind,
    scale: Scale,
    errors: Errors,
    fixed: dict[str, float] | None,
    weights: Any,
    origin: Any,
) -> tuple[Problem, pd.Timestamp | float | None]:
    """Check records and return them as a problem, with the origin of their times.

    Parameters
    ----------
    curve : type of Curve
    t : array_like, shape (n,) for stocks, (n + 1,) for flows
    y : array_like, shape (batch, n)
    kind, scale, errors, fixed, weights, origin
        As for `fit`.

    Raises
    ------
    ValueError
        With the reason and what to do about it.
    """
    if not is_curve(curve):
        raise ValueError(f"the first argument is a curve such as Bass; got {curve!r}")
    _choice("kind", kind, ("stock", "flow"))
    _choice("scale", scale, ("linear", "log"))
    _choice("errors", errors, ("iid", "ar1"))
    y = numbers("y", y)
    if y.ndim != 2:
        raise ValueError(f"records must be rows of a two-dimensional array; got shape {y.shape}")
    times, origin = measure(t, kind, origin, launched=curve.launched)
    _lengths(times, y, kind)
    root = root_weights(weights, y)
    held = _fixed(curve, fixed, len(y))
    _enough(curve, y, root, held, errors)
    _informative(y, root, scale)
    return Problem(curve, times, y, kind, scale, errors, root, held), origin


def is_curve(candidate: Any) -> bool:
    """Return whether this is a curve that can be fitted: a class, and one with a shape."""
    return (
        isinstance(candidate, type) and issubclass(candidate, Curve) and not isabstract(candidate)
    )


def in_order(t: Any, **given: Any) -> None:
    """Refuse a Series whose own labels are the times in another order: values count by place."""
    for name, values in given.items():
        if not (isinstance(t, pd.Index) and isinstance(values, pd.Series)):
            continue
        own = values.index
        same = len(own) == len(t) and own.isin(t).all() and t.isin(own).all()
        if same and not own.equals(t):
            raise ValueError(
                f"{name} has the times as its labels, in another order, and values count by their "
                f"place; give {name}.reindex(t)"
            )


def numbers(name: str, values: Any) -> Array:
    """Return finite floats, or say what is wrong with them."""
    try:
        array = floats(values)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    if array.size == 0:
        raise ValueError(f"{name} is empty: there is nothing to fit")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(
            f"{name} holds NaN or infinity (first at {where}); drop those points, or give them a "
            "weight of zero and any finite value"
        )
    # Each row of a batch has a unit of its own.
    largest = np.abs(np.atleast_1d(array)).max(axis=-1).ravel()
    beyond = np.flatnonzero((largest != 0) & ~((largest > SMALLEST) & (largest < LARGEST)))
    if beyond.size:
        which = f"{name} of record {beyond[0]}" if array.ndim > 1 else name
        raise ValueError(
            f"the largest {which} is {largest[beyond[0]]:.3g}, whose square is beyond floating "
            "point; use another unit"
        )
    return array


def mapping(name: str, given: Any) -> Mapping[str, Any]:
    """Return an option that speaks of parameters or records by name; nothing given names none."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ValueError(
            f"{name} must be a mapping of names to values; got a {type(given).__name__}"
        )
    return given


def by_name(records: Any) -> Any:
    """Return a DataFrame's columns by name, and anything else as it is, its names checked."""
    if isinstance(records, pd.DataFrame):
        if not records.columns.is_unique:
            twice = records.columns[records.columns.duplicated()][0]
            raise ValueError(f"{twice!r} names two columns; give each record a name of its own")
        records = dict(records.items())
    if isinstance(records, Mapping):
        for name in records:
            if not isinstance(name, str):
                raise ValueError(
                    f"records are named by text; got {name!r}: rename it, in a DataFrame with "
                    "frame.rename(columns=str)"
                )
    return records


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}; got {value!r}")


def _lengths(times: Array, y: Array, kind: Kind) -> None:
    points = y.shape[1]
    if kind == "flow" and times.size != points + 1:
        raise ValueError(
            f"{points} flows need {points + 1} edges; got {times.size}: flow i happened in "
            "(edges[i], edges[i + 1]]"
        )
    if kind == "stock" and times.size != points:
        hint = ": records are rows, so transpose columns with y.T" if len(y) == times.size else ""
        raise ValueError(f"{points} levels need {points} times; got {times.size}{hint}")


def root_weights(weights: Any, y: Array) -> Array | None:
    """Return square roots of the weights of records (batch, n), relative to each one's largest."""
    if weights is None:
        return None
    weights = numbers("weights", weights)
    if weights.shape not in (y.shape, y.shape[1:]):
        raise ValueError(f"weights have shape {weights.shape}; they need one for each of {y.shape}")
    if (weights < 0).any():
        raise ValueError("weights must not be negative; zero leaves a point out")
    largest = weights.max(axis=-1, keepdims=True)
    if (largest == 0).any():
        raise ValueError("all weights of a record are zero: nothing is left to fit")
    # Only relative weights matter to the estimate; a common factor is absorbed by the variance.
    return np.sqrt(weights / largest)


def _fixed(curve: type[Curve], fixed: dict[str, float] | None, batch: int) -> dict[str, Array]:
    held = {}
    transforms = dict(zip(curve.names(), curve.transforms(), strict=True))
    for name, value in mapping("fixed", fixed).items():
        if name not in transforms:
            raise ValueError(
                f"{curve.__name__} has no parameter {name!r} to fix; it has "
                f"{', '.join(curve.names())}"
            )
        lower, upper = transforms[name].lower, transforms[name].upper
        try:
            number = float(value)
        except (ValueError, TypeError):
            number = float("nan")
        if not lower < number < upper or not np.isfinite(number):
            raise ValueError(
                f"{name} is fixed at {value!r}; it must be one number above {lower:g} and below "
                f"{upper:g}"
            )
        held[name] = np.full(batch, number)
    return held


def _enough(
    curve: type[Curve], y: Array, root: Array | None, held: dict[str, Array], errors: Errors
) -> None:
    free = len(curve.names()) - len(held) + (errors == "ar1")
    usable = y.shape[1] if root is None else int(np.count_nonzero(root, axis=-1).min())
    if usable < free + 2:
        raise ValueError(
            f"{usable} points cannot carry {free} free parameters; at least {free + 2} are needed: "
            "fix a parameter with fixed=, or take a curve with fewer"
        )


def _informative(y: Array, root: Array | None, scale: Scale) -> None:
    used = np.broadcast_to(True if root is None else root > 0, y.shape)
    low = np.where(used, y, np.inf).min(axis=1)
    high = np.where(used, y, -np.inf).max(axis=1)
    bad = np.flatnonzero((high <= 0) | (low == high))
    if bad.size:
        which = "the record" if len(y) == 1 else f"record {bad[0]}"
        what = "is constant" if high[bad[0]] > 0 else "has no value above zero"
        raise ValueError(f"{which} {what}: no curve can be told from it")
    if scale == "log" and (low <= 0).any():
        raise ValueError(
            "the log scale cannot take zeros or negative values; drop them, give them a weight "
            "of zero, or use scale='linear'"
        )
