"""Forecasts from every origin, what they must beat, how they score, and how they are kept."""

from uptake.forecasting.averages import aicc_weights, error_weights
from uptake.forecasting.baselines import ETS, Baseline, Drift, Naive
from uptake.forecasting.calibration import calibration, pit_counts
from uptake.forecasting.comparing import skill, summary
from uptake.forecasting.records import LEVELS, Forecast, data_hash, forecasts
from uptake.forecasting.rolling import predict, rolling_origin
from uptake.forecasting.scores import (
    crps_normal,
    crps_sample,
    interval_score,
    log_score_normal,
    quantile_score,
)
from uptake.forecasting.significance import Comparison, compare, diebold_mariano
from uptake.forecasting.store import record, recorded

__all__ = [
    "ETS",
    "LEVELS",
    "Baseline",
    "Comparison",
    "Drift",
    "Forecast",
    "Naive",
    "aicc_weights",
    "calibration",
    "compare",
    "crps_normal",
    "crps_sample",
    "data_hash",
    "diebold_mariano",
    "error_weights",
    "forecasts",
    "interval_score",
    "log_score_normal",
    "pit_counts",
    "predict",
    "quantile_score",
    "record",
    "recorded",
    "rolling_origin",
    "skill",
    "summary",
]
