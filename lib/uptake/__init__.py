"""Adoption curves: fitting, honest intervals, comparison and forecasting."""

from uptake import datasets
from uptake.curves import (
    Bass,
    BiLogistic,
    Curve,
    Exponential,
    Gompertz,
    Logistic,
    Richards,
    ShiftedGompertz,
    Weibull,
)
from uptake.fitting import FitError, fit, fit_many
from uptake.intervals import Interval
from uptake.results import Fit, FitMany
from uptake.sharing import SharedFit, share

__all__ = [
    "Bass",
    "BiLogistic",
    "Curve",
    "Exponential",
    "Fit",
    "FitError",
    "FitMany",
    "Gompertz",
    "Interval",
    "Logistic",
    "Richards",
    "SharedFit",
    "ShiftedGompertz",
    "Weibull",
    "datasets",
    "fit",
    "fit_many",
    "share",
]
