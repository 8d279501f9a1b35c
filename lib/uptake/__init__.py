"""Adoption curves: fitting, honest intervals, comparison and forecasting."""

from uptake import datasets
from uptake.curves import Bass, Curve, Exponential, Gompertz, Logistic
from uptake.fitting import FitError, fit, fit_many
from uptake.intervals import Interval
from uptake.results import Fit, FitMany

__all__ = [
    "Bass",
    "Curve",
    "Exponential",
    "Fit",
    "FitError",
    "FitMany",
    "Gompertz",
    "Interval",
    "Logistic",
    "datasets",
    "fit",
    "fit_many",
]
