"""`compete`: from records to a fitted system, its simpler rivals, and its doubts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from uptake.competing.contests import Contest, best
from uptake.competing.profiles import Peak
from uptake.competing.results import Competition, chi_squared_p, fit_both
from uptake.competing.systems import Setting, System
from uptake.fitting import FitError
from uptake.least_squares import Array
from uptake.records import numbers
from uptake.separable import Kind, Scale
from uptake.times import is_dated, measure, years_since


def compete(
    model: type[System],
    t: Any,
    records: Mapping[str, Any],
    *,
    kind: Kind | None = None,
    scale: Scale = "linear",
    weights: Mapping[str, Any] | None = None,
    fixed: Mapping[str, float] | None = None,
    launches: Mapping[str, Any] | None = None,
    origin: Any = None,
    bootstrap: int = 0,
    rng: np.random.Generator | None = None,
) -> Competition:
    """Fit several records at once, each acting on the others, and the same without cross terms.

    Parameters
    ----------
    model : type of System
        `LotkaVolterra`, `UCRCD` or `NortonBass`.
    t : array_like
        Times common to all records: n for stocks, n + 1 edges for flows. Numbers or dates.
    records : mapping of str to array_like, shape (n,)
        In the order of the model's numbering, the older first.
    kind : {"stock", "flow"}, optional
        By default what the model describes first.
    scale : {"linear", "log"}
        Whether the noise is additive or multiplicative. Each record has its own variance.
    weights : mapping of str to array_like, optional
        Inverse variances up to a factor; zero marks a point that was not observed.
    fixed : mapping, optional
        Parameters to hold, by name.
    launches : mapping of str to date or number, optional
        When each record begins; by default all at the origin. For models with launches only.
    origin : date or number, optional
        Time zero.
    bootstrap : int
        Number of records to simulate for the p value of "no cross terms" in the ladder; with 0
        it is the large-sample one.
    rng : Generator, optional
        Needed for a bootstrap.

    Returns
    -------
    Competition

    Raises
    ------
    ValueError
        For input that cannot be fitted, with what to do about it.
    FitError
        When no search settles.

    Examples
    --------
    A newcomer takes room from an incumbent:

    >>> import numpy as np
    >>> from uptake.competing import LotkaVolterra, compete
    >>> truth = LotkaVolterra(100.0, 90.0, 0.6, 0.7, 0.9, 0.3, 5.0, 0.2)
    >>> t, rng = np.arange(25.0), np.random.default_rng(4)
    >>> y1, y2 = truth(t) + rng.normal(0, 1.5, (2, t.size))
    >>> result = compete(LotkaVolterra, t, {"closed": y1, "open": y2})
    >>> result.ladder["parameters"].to_dict()
    {'separate curves': 6, 'LotkaVolterra': 8}
    >>> 0.9 in result.interval("a12"), 0.0 in result.interval("a12")
    (True, False)
    """
    contest, origin = _prepare(
        model, t, records, kind or model.kinds[0], scale, weights, fixed, launches, origin
    )
    if bootstrap and rng is None:
        raise ValueError("a bootstrap draws at random: give rng=numpy.random.default_rng(seed)")
    null = _null(contest)
    simple, rich = fit_both(contest.holding(null), contest)
    peak, null_peak = Peak(contest, rich), Peak(contest.holding(null), simple)
    if not (rich.converged[0] and np.isfinite(rich.cost[0])):
        raise FitError(
            f"the search for a best {model.__name__} did not settle; rescale the records, hold a "
            "parameter with fixed=, or give more points"
        )
    result = Competition(
        model.build(peak.values, contest.setting),
        contest.setting.t,
        {name: contest.y[0, i] for i, name in enumerate(records)},
        contest.setting.kind,
        scale,
        origin,
        _ladder(peak, null_peak if null else None),
        not rich.at_bound[0].any(),
        _peak=peak,
        _null=null_peak if null else None,
    )
    if bootstrap and null:
        ladder = result.ladder.copy()
        ladder.iloc[0, ladder.columns.get_loc("p")] = result.test(bootstrap, rng=rng).p_value
        result = replace(result, ladder=ladder)
    return replace(result, concerns=tuple(_concerns(result, rich.at_bound[0])))


def _null(contest: Contest) -> dict[str, float]:
    """Return what the model without cross terms holds beyond what is held already."""
    simplest = next(iter(contest.system.nested().values()))
    return {name: value for name, value in simplest.items() if name not in contest.held}


def _ladder(peak: Peak, null: Peak | None) -> pd.DataFrame:
    """Return the simpler models and the full one, with ratios against the full one."""
    contest, rows = peak.contest, {}
    for i, (label, values) in enumerate(contest.system.nested().items()):
        held = {name: value for name, value in values.items() if name not in contest.held}
        if not held:
            continue
        if i == 0:
            simpler = null
        else:
            inner = contest.holding(held)
            near = np.array([[[*peak.values.values()]]])
            starts = np.concatenate([contest.system.starts(inner), near])
            simpler = Peak(inner, best(inner, starts))
        ratio = max(2 * (peak.log_likelihood - simpler.log_likelihood), 0.0)
        p = chi_squared_p(ratio, peak.parameters - simpler.parameters)
        rows[label] = (simpler.parameters, simpler.log_likelihood, simpler.aicc, ratio, p)
    for label, (count, likelihood, criterion) in contest.system.rivals(contest).items():
        rows[label] = (count, likelihood, criterion, np.nan, np.nan)
    name = contest.system.__name__
    rows[name] = (peak.parameters, peak.log_likelihood, peak.aicc, np.nan, np.nan)
    columns = ["parameters", "log_likelihood", "aicc", "ratio", "p"]
    ladder = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return ladder.astype({"parameters": int})


def _prepare(
    model: type[System],
    t: Any,
    records: Mapping[str, Any],
    kind: Kind,
    scale: Scale,
    weights: Mapping[str, Any] | None,
    fixed: Mapping[str, float] | None,
    launches: Mapping[str, Any] | None,
    origin: Any,
) -> tuple[Contest, pd.Timestamp | float | None]:
    """Check what was given and return it as a contest of one row, with the origin of its times."""
    if not (isinstance(model, type) and issubclass(model, System)):
        raise ValueError(f"the first argument is a system such as LotkaVolterra; got {model!r}")
    if scale not in ("linear", "log"):
        raise ValueError(f"scale must be 'linear' or 'log'; got {scale!r}")
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
    contest = contest.holding(_fixed(contest, fixed or {}))
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
                f"{name} has shape {row.shape}; these times go with {points} values: give a weight of "
                "zero where nothing was observed"
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
    if set(launches) != set(names):
        raise ValueError(f"launches need one entry for each of {', '.join(names)}")
    given = [launches[name] for name in names]
    if is_dated(t):
        begins = years_since(pd.DatetimeIndex(pd.to_datetime(given)), pd.Timestamp(origin))
    else:
        begins = np.asarray(given, float) - (origin or 0.0)
    if begins[0] != 0 or (np.diff(begins) < 0).any():
        raise ValueError(
            "launches must be in the order of the records, the first at the origin: set origin= "
            "to the first launch and order the records by launch"
        )
    return tuple(begins.tolist())


def _root(weights: Mapping[str, Any] | None, records: Mapping[str, Any], y: Array) -> Array:
    root = np.ones_like(y)
    unknown = set(weights or {}) - set(records)
    if unknown:
        raise ValueError(f"weights name no record: {', '.join(sorted(unknown))}")
    for i, name in enumerate(records):
        if weights and name in weights:
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
    for name, value in fixed.items():
        if name not in contest.names:
            raise ValueError(
                f"{contest.system.__name__} has no parameter {name!r} to fix; it has "
                f"{', '.join(contest.names)}"
            )
        axis = contest.axes[contest.names.index(name)]
        if not np.isfinite(value) or (axis.positive and value <= 0):
            raise ValueError(
                f"{name} is fixed at {value}; it must be finite"
                + (" and above zero" if axis.positive else "")
            )
    return {name: float(value) for name, value in fixed.items()}


def _concerns(result: Competition, at_bound: np.ndarray) -> Iterator[str]:
    """Yield reasons to distrust the fit."""
    peak = result._peak
    for name, out in zip(peak.names, at_bound, strict=True):
        if out:
            yield (
                f"no interior optimum: {name} has run to the edge of its range, a simpler model; "
                "read the intervals, not the estimates"
            )
    if peak.points < 4 * peak.parameters:
        yield f"few points: {peak.points} for {peak.parameters} parameters"
    for i, (name, values) in enumerate(result.residuals.items()):
        weighted = (values * peak.contest.root[i])[~np.isnan(values)]
        square = weighted @ weighted
        exact = square <= 1e-20 * peak.contest.unit[i] ** 2
        correlation = 0.0 if exact else weighted[1:] @ weighted[:-1] / square
        if weighted.size >= 8 and abs(correlation) > 2 / np.sqrt(weighted.size):
            yield (
                f"serial correlation: neighbouring residuals of {name} correlate at "
                f"{correlation:.2f}, so intervals and p values that assume independent errors are "
                "off"
            )
        if (result.records[name][peak.contest.root[i] > 0] < 0).any():
            yield f"{name} has negative values, which no adoption model can give"
