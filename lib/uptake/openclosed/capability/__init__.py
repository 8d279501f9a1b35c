"""Theme capability: how far the best open model is behind the best closed one (C9, C10)."""

from uptake.openclosed.capability.index import Sides, index, monthly, sides
from uptake.openclosed.capability.widening import (
    Simulation,
    leave_one_out,
    power,
    score_noise,
    simulate,
    slope_difference,
)

__all__ = [
    "Sides",
    "Simulation",
    "index",
    "leave_one_out",
    "monthly",
    "power",
    "score_noise",
    "sides",
    "simulate",
    "slope_difference",
]
