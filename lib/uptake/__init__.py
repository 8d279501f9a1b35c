"""Adoption curves: fitting, honest intervals, comparison, competition and forecasting.

Storeys, from the ground up; arrows run one way:

- `curves`: what a curve is, and each curve;
- `least_squares`, `coordinates`, `serial`, `separable`, `starts`: many records fitted at once by
  variable projection; they know a curve by its contract alone;
- `optimum`, `traces`, `intervals`, `draws`, `calibration`, `bands`: what a fitted record does and
  does not determine;
- `values`, `times`, `records`, `concerns`, `results`, `showing`, `fitting`: from what users have to
  what they get;
- `sharing`, `competing`, `forecasting`: several records, two at once, and what comes next;
- `series`, `alternatives`: a file of the reader's own, and all curves side by side;
- `frontier`, `recovery`, `figures`, `datasets`: each stands alone on these;
- `openclosed`: the argument about open and closed models, which nothing above knows of.
"""

from uptake import datasets, forecasting
from uptake.alternatives import Candidates, candidates
from uptake.batches import FitMany
from uptake.competing import UCRCD, LotkaVolterra, NortonBass, compete, substitution
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
from uptake.forecasting import rolling_origin
from uptake.intervals import Interval
from uptake.results import Fit
from uptake.series import ahead, middles, read_series
from uptake.sharing import share

__all__ = [
    "Bass",
    "BiLogistic",
    "Candidates",
    "Curve",
    "Exponential",
    "Fit",
    "FitError",
    "FitMany",
    "Gompertz",
    "Interval",
    "Logistic",
    "LotkaVolterra",
    "NortonBass",
    "Richards",
    "ShiftedGompertz",
    "UCRCD",
    "Weibull",
    "ahead",
    "candidates",
    "compete",
    "datasets",
    "fit",
    "fit_many",
    "forecasting",
    "middles",
    "read_series",
    "rolling_origin",
    "share",
    "substitution",
]
