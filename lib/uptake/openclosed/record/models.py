"""What forecasts each series: curves, averages and baselines, and what they said when."""

import numpy as np
import pandas as pd

from uptake import Exponential, Gompertz, Logistic
from uptake.forecasting import ETS, Drift, Naive, predict, rolling_origin
from uptake.forecasting.curves import least_points
from uptake.openclosed.record.tables import Series

CURVES = (Exponential, Logistic, Gompertz)
BASELINES = (Naive, Drift, ETS)
GRID = tuple(np.arange(1, 100) / 100)
DRAWS = 199
"""Simulated records behind each band."""
EQUAL = "average, equal weights"
_ORIGINS = 6


def forecast(
    one: Series,
    day: pd.Timestamp,
    targets: pd.DatetimeIndex,
    *,
    levels: tuple[float, ...] = GRID,
    weigh: bool = True,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return what every model says on a day of a series at later dates.

    A curve or baseline takes part where the record has points enough; a share is fitted as its
    odds, so that an exponential is the substitution curve of Fisher and Pry. The average by past
    errors weighs by errors at the last few origins, as many points ahead.

    Parameters
    ----------
    one : Series
        What is forecast.
    day : Timestamp
        Nothing that became public later is used.
    targets : DatetimeIndex
        Dates to forecast, after the record's last.
    levels : tuple of float
        Quantiles wanted.
    weigh : bool
        Whether the last average weighs by past errors. Targets further apart than the record's
        own points have no past errors to go by; then all models weigh the same.
    draws : int
        Simulated records behind each band.

    Returns
    -------
    DataFrame
        One row per target and model: ``target``, ``model``, ``series``, ``subject``, ``forecast``,
        a column for each level, in the unit of the series, and ``reason``, why there is none or
        what to distrust.

    Examples
    --------
    >>> from uptake.openclosed.record import series
    >>> gemini = series()["gemini_users"]
    >>> frame = forecast(gemini, pd.Timestamp("2026-05-31"), pd.DatetimeIndex(["2026-07-22"]))
    >>> frame["model"].tolist()
    ['Naive', 'Drift', 'Exponential', 'average by past errors']
    """
    table = one.record(day)
    n = len(table)
    first = max(_least(n), n - len(targets) - _ORIGINS) if weigh else n
    frame = predict(
        taking_part(n, first),
        pd.DatetimeIndex(table["date"]),
        one.to_fit(table["value"]),
        targets,
        scale="linear" if one.scale == "linear" else "log",
        levels=levels,
        averages=_averages(n, first),
        min_points=first,
        draws=draws,
    )
    columns = ["forecast", *levels]
    values = pd.DataFrame(one.from_fit(frame[columns]), columns=columns)
    first = frame[["target", "model"]].assign(series=one.name, subject=one.subject)
    if not weigh:
        # Without past errors the library's average weighs all models the same.
        first["model"] = first["model"].replace("average by past errors", EQUAL)
    return pd.concat([first, values, frame["reason"]], axis=1)


def past(one: Series, day: pd.Timestamp, horizons: int) -> pd.DataFrame:
    """Return the errors that models would have made on the record known by a day.

    Parameters
    ----------
    one : Series
        What is forecast.
    day : Timestamp
        As for `forecast`.
    horizons : int
        Points ahead, from one to this; fewer where the record is short.

    Returns
    -------
    DataFrame
        One row for each origin, horizon and model: ``points`` known, ``horizon``, ``model``,
        ``error`` (absolute, in logs, log odds or points).
    """
    table = one.record(day)
    n = len(table)
    least = _least(n)
    horizons = min(horizons, n - least)
    if horizons < 1:
        return pd.DataFrame(columns=["points", "horizon", "model", "error"])
    first = max(least, n - horizons - 2 * _ORIGINS)
    frame = rolling_origin(
        taking_part(n, first, slow=False),
        pd.DatetimeIndex(table["date"]),
        one.to_fit(table["value"]),
        range(1, horizons + 1),
        first,
        scale="linear" if one.scale == "linear" else "log",
        averages=("aicc",),
        draws=20,  # only the best guesses are used, and those need none
    )
    error = one.to_scale(one.from_fit(frame["forecast"])) - one.to_scale(
        one.from_fit(frame["actual"])
    )
    return frame[["points", "horizon", "model"]].assign(error=np.abs(error))


def taking_part(n: int, first: int, *, slow: bool = True) -> list:
    """Return the curves and baselines that a record of ``n`` points can be forecast with.

    Parameters
    ----------
    n, first : int
        Points of the record, and at the first origin.
    slow : bool
        Whether exponential smoothing, a third of a second each time, takes part.
    """
    baselines = [b for b in BASELINES if b.least <= first and (slow or b is not ETS)]
    return [*baselines, *(c for c in CURVES if least_points(c) <= first)]


def _least(n: int) -> int:
    """Return the first origin at which all curves take part, or as many as can."""
    needs = [least_points(curve) + 1 for curve in CURVES]
    return max((need for need in needs if need < n), default=min(n, least_points(CURVES[0])))


def _averages(n: int, first: int) -> tuple[str, ...]:
    curves = [c for c in taking_part(n, first) if c in CURVES]
    return ("aicc", "errors") if len(curves) > 1 else ("errors",)
