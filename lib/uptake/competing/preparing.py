"""From what the user gives to a contest the search can take, refusing what cannot be fitted."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isabstract
from typing import Any

import numpy as np
import pandas as pd

from uptake.competing.contests import Contest
from uptake.competing.systems import Setting, System
from uptake.least_squares import Array
from uptake.records import by_name, mapping, numbers
from uptake.separable import Kind, Scale
from uptake.times import as_dates, is_dated, measure, years_since


def prepare(
    model: type[System],
    t: Any,
    records: Any,
    kind: Kind | None,
    scale: Scale,
    weights: Mapping[str, Any] | None,
    fixed: Mapping[str, float] | None,
    launches: Mapping[str, Any] | None,
    origin: Any,
) -> tuple[Contest, pd.Timestamp | float | None]:
    """Check what was given and return it as a contest of one row, with the origin of its times."""
    if not (isinstance(model, type) and issubclass(model, System)) or isabstract(model):
        raise ValueError(f"the first argument is a system such as LotkaVolterra; got {model!r}")
    kind = kind or model.kinds[0]
    if scale not in ("linear", "log"):
        raise ValueError(f"scale must be 'linear' or 'log'; got {scale!r}")
    records = by_name(records)
    if not isinstance(records, Mapping):
        raise ValueError('records is a mapping of names to arrays: {"open": y1, "closed": y2}')
    times, origin = measure(t, kind, origin, launched=model.launched)
    y = _stack(records, times, kind)
    begins = _launches(model, launches, list(records), t, origin)
    root = _root(weights, records, y)
    after = times[1:] if kind == "flow" else times
    # A record says nothing of its course before its own launch.
    root = np.where(after > np.array(begins)[:, np.newaxis], root, 0.0) if model.launched else root
    setting = Setting(times, kind, begins, _size(y, root, kind))
    model.check(setting)
    _informative(y, root, scale, list(records))
    contest = Contest(model, setting, y[np.newaxis], root, scale, {})
    contest = contest.holding(_fixed(contest, mapping("fixed", fixed)))
    for i, name in enumerate(records):
        if contest.counts[i] < 4:
            raise ValueError(f"{name} has {contest.counts[i]} points; at least 4 are needed")
    if contest.points < len(contest.free) + 2:
        raise ValueError(
            f"{contest.points} points cannot carry {len(contest.free)} free parameters; at least "
            f"{len(contest.free) + 2} are needed: hold some with fixed="
        )
    return contest, origin


def _stack(records: Mapping[str, Any], times: Array, kind: Kind) -> Array:
    rows = [numbers(name, values) for name, values in records.items()]
    points = times.size - (kind == "flow")
    for name, row in zip(records, rows, strict=True):
        if row.shape != (points,):
            raise ValueError(
                f"{name} has shape {row.shape}; these times go with {points} values: give a weight "
                "of zero where nothing was observed"
            )
    return np.array(rows)


def _launches(
    model: type[System],
    launches: Mapping[str, Any] | None,
    names: list[str],
    t: Any,
    origin: pd.Timestamp | float | None,
) -> tuple[float, ...]:
    if launches is None:
        return (0.0,) * len(names)
    if not model.launched:
        raise ValueError(f"{model.__name__} has no launches; leave launches= out")
    if set(mapping("launches", launches)) != set(names):
        raise ValueError(f"launches need one entry for each of {', '.join(names)}")
    given = [launches[name] for name in names]
    if is_dated(given) != is_dated(t):
        raise ValueError("launches must be dates where the times are, and numbers where those are")
    if is_dated(t):
        dates = as_dates(given, "stock")
        if dates.hasnans or (dates.tz is None) != (origin.tz is None):
            raise ValueError("launches must be dates, with a time zone only where times have one")
        begins = years_since(dates, origin)
    else:
        begins = numbers("launches", given) - (origin or 0.0)
    if begins[0] != 0 or (np.diff(begins) < 0).any():
        raise ValueError(
            "launches must be in the order of the records, the first at the origin: set origin= "
            "to the first launch and order the records by launch"
        )
    return tuple(begins.tolist())


def _root(weights: Mapping[str, Any] | None, records: Mapping[str, Any], y: Array) -> Array:
    root = np.ones_like(y)
    weights = mapping("weights", weights)
    unknown = set(weights) - set(records)
    if unknown:
        raise ValueError(f"weights name no record: {', '.join(sorted(map(str, unknown)))}")
    for i, name in enumerate(records):
        if name in weights:
            given = numbers(f"weights of {name}", weights[name])
            if given.shape != y[i].shape or (given < 0).any() or given.max() == 0:
                raise ValueError(
                    f"weights of {name} need one value for each of {y[i].size} points, none "
                    "negative and not all zero"
                )
            root[i] = np.sqrt(given / given.max())
    return root


def _size(y: Array, root: Array, kind: Kind) -> Array:
    seen = np.where(root > 0, y, 0.0)
    return np.abs(seen).sum(axis=1) if kind == "flow" else np.abs(seen).max(axis=1)


def _informative(y: Array, root: Array, scale: Scale, names: list[str]) -> None:
    for name, row, weight in zip(names, y, root, strict=True):
        used = row[weight > 0]
        if not used.size or used.max() <= 0 or used.min() == used.max():
            raise ValueError(f"{name} is constant or never above zero: nothing can be told from it")
        if scale == "log" and used.min() <= 0:
            raise ValueError(
                f"{name} has zeros or negative values, which the log scale cannot take; give them "
                "a weight of zero, or use scale='linear'"
            )


def _fixed(contest: Contest, fixed: Mapping[str, float]) -> dict[str, float]:
    held = {}
    for name, value in fixed.items():
        if name not in contest.names:
            raise ValueError(
                f"{contest.system.__name__} has no parameter {name!r} to fix; it has "
                f"{', '.join(contest.names)}"
            )
        axis = contest.axes[contest.names.index(name)]
        try:
            held[name] = float(value)
        except (ValueError, TypeError):
            held[name] = float("nan")
        if not np.isfinite(held[name]) or (axis.positive and held[name] <= 0):
            raise ValueError(
                f"{name} is fixed at {value!r}; it must be one finite number"
                + (" above zero" if axis.positive else "")
            )
    return held
