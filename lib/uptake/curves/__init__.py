"""What a curve is, and each curve.

A curve is a frozen dataclass of its parameters: the scale first (the ceiling ``m``, or the level
``a`` of an exponential), then the shape. `parameters` says what these may be; `base` what a curve
must give; `launched` holds the curves that start at launch, t = 0; `unlaunched` those defined at
any time; `flexible` those of them with more freedom.
"""

from uptake.curves.base import Curve
from uptake.curves.flexible import BiLogistic, Richards
from uptake.curves.launched import Bass, ShiftedGompertz, Weibull
from uptake.curves.parameters import fraction, positive, real
from uptake.curves.unlaunched import Exponential, Gompertz, Logistic

__all__ = [
    "Bass",
    "BiLogistic",
    "Curve",
    "Exponential",
    "Gompertz",
    "Logistic",
    "Richards",
    "ShiftedGompertz",
    "Weibull",
    "fraction",
    "positive",
    "real",
]
