"""Theme capability: how far the best open model is behind the best closed one (C9, C10)."""

from uptake.openclosed.capability.arena import arena_gaps
from uptake.openclosed.capability.benchmarks import (
    Waits,
    attainable,
    catch_up_ratio,
    groups,
    waits,
)
from uptake.openclosed.capability.chance import power, readings, simulate
from uptake.openclosed.capability.counting import benchmarks_used, first_run
from uptake.openclosed.capability.index import Sides, index, monthly, sides
from uptake.openclosed.capability.lags import (
    OURS,
    by_tolerance,
    cohorts,
    episodes,
    lag,
    redrawn_lag,
)
from uptake.openclosed.capability.published import (
    EPOCH,
    IAPS,
    PUBLISHED,
    gaps,
    months_between,
    steps,
)
from uptake.openclosed.capability.ratios import RatioSimulation, by_horizon, ratio_power
from uptake.openclosed.capability.rivals import interaction, near_frontier
from uptake.openclosed.capability.scoring import editions, forecasts, misses, scored
from uptake.openclosed.capability.turning import lowest, lowest_redrawn, rise
from uptake.openclosed.capability.waiting import curve, months_per_event, restricted_mean
from uptake.openclosed.capability.widening import (
    leave_one_out,
    redrawn_gaps,
    score_noise,
    slope_difference,
)

__all__ = [
    "attainable",
    "by_horizon",
    "lowest",
    "lowest_redrawn",
    "readings",
    "rise",
    "by_tolerance",
    "cohorts",
    "benchmarks_used",
    "editions",
    "first_run",
    "forecasts",
    "misses",
    "scored",
    "arena_gaps",
    "curve",
    "EPOCH",
    "IAPS",
    "OURS",
    "PUBLISHED",
    "episodes",
    "gaps",
    "lag",
    "redrawn_gaps",
    "redrawn_lag",
    "steps",
    "interaction",
    "near_frontier",
    "RatioSimulation",
    "Sides",
    "Waits",
    "catch_up_ratio",
    "groups",
    "index",
    "leave_one_out",
    "monthly",
    "months_between",
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
