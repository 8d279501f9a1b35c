"""Theme capability: how far the best open model is behind the best closed one (C9, C10)."""

from uptake.openclosed.capability.benchmarks import (
    RatioSimulation,
    Waits,
    catch_up_ratio,
    groups,
    ratio_power,
    waits,
)
from uptake.openclosed.capability.index import Sides, index, monthly, sides
from uptake.openclosed.capability.waiting import months_per_event, restricted_mean
from uptake.openclosed.capability.widening import (
    Simulation,
    leave_one_out,
    power,
    score_noise,
    simulate,
    slope_difference,
)

__all__ = [
    "RatioSimulation",
    "Sides",
    "Simulation",
    "Waits",
    "catch_up_ratio",
    "groups",
    "index",
    "leave_one_out",
    "monthly",
    "months_per_event",
    "power",
    "ratio_power",
    "restricted_mean",
    "score_noise",
    "sides",
    "simulate",
    "slope_difference",
    "waits",
]
