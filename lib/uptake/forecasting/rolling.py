"""Forecasts from every origin of a record, of curves, baselines and averages, in one frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.forecasting import scores
from uptake.forecasting.averages import NAMES, By, average
from uptake.forecasting.baselines import Baseline
from uptake.forecasting.curves import forecast_curve, least_points
from uptake.forecasting.history import History, history, whole
from uptake.forecasting.predictive import Mixture, Predictive, quantiles
from uptake.records import is_curve, numbers
from uptake.separable import Kind, Scale

_GRID = np.arange(1, 100) / 100
"""Levels of the quantile score."""

Model = type[Curve] | Baseline | type[Baseline]


def rolling_origin(
    models: Sequence[Model],
    t: Any,
    y: Any,
    horizons: Sequence[int],
    min_points: int,
    *,
    kind: Kind = "stock",
    scale: Scale = "linear",
    level: float = 0.95,
    averages: Sequence[By] = (),
    origin: Any = None,
    rng: np.random.Generator | None = None,
    draws: int = 299,
) -> pd.DataFrame:
    """Forecast a record from each of its own points, and score what came.

    From every origin, all models forecast with the points known by then, and no others. The fits
    of a curve to all origins are one batch, and so are the bootstrap refits behind its bands.
    The coverage of the bands is measured by `uptake.forecasting.summary`, not assumed.

    Parameters
    ----------
    models : sequence
        Curves such as `uptake.Bass`, and baselines of `uptake.forecasting` such as ``Naive``.
    t : array_like
        Stock: n times. Flow: n + 1 edges. Numbers, dates, or a PeriodIndex, as for `uptake.fit`.
    y : array_like, shape (n,)
        Levels, or what happened in each interval.
    horizons : sequence of int
        Steps ahead, in points of the record.
    min_points : int
        Points known at the first origin.
    kind : {"stock", "flow"}
    scale : {"linear", "log"}
        Where the noise is additive, for the curves and for baselines that do not say.
    level : float
        Nominal coverage of the bands.
    averages : sequence of {"aicc", "errors"}
        Weighted mixtures to add: of the curves by AICc, of all models by their errors so far.
    origin : date or number, optional
        Time zero of the curves, as for `uptake.fit`.
    rng : numpy.random.Generator, optional
        By default one seeded with 0, so that the same record always has the same frame.
    draws : int
        Bootstrap records for each origin and curve.

    Returns
    -------
    DataFrame
        One row for each origin, horizon and model, with the columns

        - ``origin``, ``horizon``, ``model``; ``target``, the time forecast; ``points`` known.
        - ``forecast``: the curve that fits best, or the baseline's or average's best guess.
        - ``low``, ``high``: the central band; ``actual``: what came.
        - ``crps``, ``quantile_score`` and ``log_score`` (minus the log density), the lower the
          better, and ``pit``, the level of what came (see `uptake.forecasting.scores`). A curve
          that may explode has a forecast without a finite mean, and no CRPS of use; the quantile
          score, over the levels from 1% to 99%, is close to the CRPS otherwise and stays of use.
        - ``naive_step``: mean absolute change between points known, for scaled errors.
        - ``aicc``: of a curve's fit.
        - ``reason``: why there is no forecast, or what to distrust in it; else empty.

    Raises
    ------
    ValueError
        For input that cannot be used, with what to do about it.

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Bass
    >>> from uptake.forecasting import Naive, rolling_origin
    >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    >>> frame = rolling_origin([Bass, Naive], range(11), sales, [1, 2], 7, kind="flow", draws=50)
    >>> one = frame[frame["horizon"] == 1]
    >>> one.pivot(index="origin", columns="model", values="forecast").round(-2)
    model     Bass    Naive
    origin
    7.0     7600.0  10500.0
    8.0     6000.0   9500.0
    9.0     4400.0   7800.0
    """
    y = numbers("y", y)
    horizons, first = whole("horizons", horizons, 1), int(whole("min_points", min_points, 1)[0])
    last = y.size - int(horizons[0])
    if first > last:
        raise ValueError(
            f"a record of {y.size} points has none left to forecast {horizons[0]} ahead after "
            f"min_points={first}; take fewer, or a nearer horizon"
        )
    origins = np.arange(first, last + 1)
    seen = history(t, y, None, origins, horizons, kind=kind, scale=scale, origin=origin)
    said = _said(models, averages, seen, rng, draws)
    frame = _frame(said, seen, level)
    return frame[frame["actual"].notna()].reset_index(drop=True)


def predict(
    models: Sequence[Model],
    t: Any,
    y: Any,
    future: Any,
    *,
    kind: Kind = "stock",
    scale: Scale = "linear",
    level: float = 0.95,
    levels: Sequence[float] = (),
    averages: Sequence[By] = (),
    min_points: int | None = None,
    origin: Any = None,
    rng: np.random.Generator | None = None,
    draws: int = 999,
) -> pd.DataFrame:
    """Forecast what comes after a record, with the models of `rolling_origin`.

    Parameters
    ----------
    models, t, y, kind, scale, level, averages, origin, rng, draws
        As for `rolling_origin`.
    future : array_like
        Stock: times after the record's last. Flow: edges, beginning with the record's last, or
        periods.
    levels : sequence of float
        Quantiles to add, each a column named by its level.
    min_points : int, optional
        Points known at the first origin, where errors weigh an average. Only horizons within the
        record have errors; beyond, all models weigh the same.

    Returns
    -------
    DataFrame
        One row for each target and model, with columns as in `rolling_origin` and the quantiles.

    Raises
    ------
    ValueError
        For input that cannot be used, with what to do about it.

    Examples
    --------
    >>> from uptake import Bass
    >>> from uptake.forecasting import Drift, predict
    >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    >>> frame = predict([Bass, Drift], range(11), sales, [10, 11], kind="flow", draws=99)
    >>> frame.set_index("model")["forecast"].round(-2).to_dict()
    {'Bass': 3000.0, 'Drift': 6500.0}
    """
    y = numbers("y", y)
    origins = np.array([y.size])
    if "errors" in averages:
        if min_points is None:
            raise ValueError("an average by past errors needs min_points, where errors begin")
        origins = np.arange(int(whole("min_points", min_points, 1)[0]), y.size + 1)
    seen = history(t, y, future, origins, (), kind=kind, scale=scale, origin=origin)
    # Periods of flows bring one edge more than there are of them, so what is to come is counted
    # once times have been read.
    seen = replace(seen, horizons=np.arange(1, seen.points - y.size + 1))
    frame = _frame(_said(models, averages, seen, rng, draws), seen, level, levels)
    scored = ["actual", "crps", "quantile_score", "log_score", "pit"]
    return frame[frame["points"] == y.size].drop(columns=scored).reset_index(drop=True)


def _named(models: Sequence[Model], least: int) -> dict[str, type[Curve] | Baseline]:
    """Return the models by name, once they are known to have points enough."""
    if not isinstance(models, Iterable):
        raise ValueError(f"models is a list of curves and baselines, [Bass, Naive]; got {models!r}")
    found: dict[str, type[Curve] | Baseline] = {}
    for model in models:
        curve = is_curve(model)
        if isinstance(model, type) and issubclass(model, Baseline):
            model = model()
        if not curve and not isinstance(model, Baseline):
            raise ValueError(
                f"a model is a curve such as Bass or a baseline such as Naive; got {model!r}"
            )
        name, needed = (model.__name__, least_points(model)) if curve else (model.name, model.least)
        if name in found:
            raise ValueError(f"{name} is among the models twice")
        if least < needed:
            raise ValueError(
                f"{least} points at the first origin are too few for {name}, which needs {needed}; "
                "raise min_points or leave it out"
            )
        found[name] = model
    if not found:
        raise ValueError("there is no model to forecast with; give a curve or a baseline")
    return found


def _said(
    models: Sequence[Model],
    averages: Sequence[By],
    seen: History,
    rng: np.random.Generator | None,
    draws: int,
) -> dict[str, Predictive | Mixture]:
    """Let every model forecast; each draws from a stream of its own."""
    named = _named(models, int(seen.origins[0]))
    unknown = set(averages) - set(NAMES)
    if unknown:
        raise ValueError(f"averages are by 'aicc' or 'errors'; got {sorted(map(str, unknown))}")
    if draws < 20:
        raise ValueError(f"a band needs at least 20 draws; got {draws}")
    streams = (rng or np.random.default_rng(0)).spawn(len(named))
    said: dict[str, Predictive | Mixture] = {}
    for (name, model), stream in zip(named.items(), streams, strict=True):
        if isinstance(model, Baseline):
            said[name] = model.forecast(seen, stream, draws)
        else:
            said[name] = forecast_curve(model, seen, stream, draws)
    parts = list(said.values())
    return said | {NAMES[by]: average(by, parts, seen) for by in averages}


def _frame(
    said: dict[str, Predictive | Mixture],
    seen: History,
    level: float,
    levels: Sequence[float] = (),
) -> pd.DataFrame:
    """Lay out forecasts and scores, by origin, horizon and model."""
    if not 0 < level < 1 or not all(0 < each < 1 for each in levels):
        raise ValueError(f"levels lie between 0 and 1; got {level} and {list(levels)}")
    tables = [_table(name, each, seen, level, levels) for name, each in said.items()]
    frame = pd.concat(tables, ignore_index=True)
    order = {name: i for i, name in enumerate(said)}
    return frame.sort_values(
        ["points", "horizon", "model"],
        key=lambda column: column.map(order) if column.name == "model" else column,
        ignore_index=True,
    )


def _table(
    name: str, each: Predictive | Mixture, seen: History, level: float, levels: Sequence[float]
) -> pd.DataFrame:
    origins, horizons = len(seen.origins), len(seen.horizons)
    samples, weights = each.samples, each.weights
    wanted = np.array([(1 - level) / 2, (1 + level) / 2, *levels, *_GRID])
    cuts = np.where(
        np.isfinite(each.point)[..., np.newaxis], quantiles(samples, wanted, weights), np.nan
    )
    with np.errstate(divide="ignore"):
        log_score = -np.log(each.density(seen.actual))
    cells = {
        "forecast": each.point,
        "low": cuts[..., 0],
        "high": cuts[..., 1],
        "actual": seen.actual,
        "crps": scores.crps_sample(samples, seen.actual, weights),
        "quantile_score": scores.quantile_score(cuts[..., -_GRID.size :], _GRID, seen.actual),
        "log_score": log_score,
        "pit": each.below(seen.actual),
        **{column: cuts[..., 2 + i] for i, column in enumerate(levels)},
    }
    missing = np.full(origins, np.nan)
    first = {
        "origin": seen.ends[np.repeat(seen.origins - 1, horizons)],
        "horizon": np.tile(seen.horizons, origins),
        "model": name,
        "target": seen.ends[seen.targets.ravel()],
        "points": np.repeat(seen.origins, horizons),
    }
    last = {
        "naive_step": np.repeat(seen.step, horizons),
        "aicc": np.repeat(missing if each.aicc is None else each.aicc, horizons),
        "reason": np.repeat(np.array(each.reasons, object), horizons),
    }
    return pd.DataFrame(first | {key: value.ravel() for key, value in cells.items()} | last)
