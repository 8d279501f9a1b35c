"""Theme selfimprovement: models that help to build models, and the lag of open ones (C14)."""

from uptake.openclosed.selfimprovement.afterwards import (
    drift_by_edition,
    scored,
    scored_late,
)
from uptake.openclosed.selfimprovement.breaks import Bends, bends, frontiers
from uptake.openclosed.selfimprovement.calibration import Today, today
from uptake.openclosed.selfimprovement.chance import (
    DriftSimulation,
    by_calendar,
    coverage,
    power,
    records,
)
from uptake.openclosed.selfimprovement.drift import by_last_month, lag_drift, leave_one_out
from uptake.openclosed.selfimprovement.estimators import interval
from uptake.openclosed.selfimprovement.growth import RUNAWAY, Path, World, closed_form, run
from uptake.openclosed.selfimprovement.lags import behind, monthly_lag
from uptake.openclosed.selfimprovement.regions import REGIONS, grid, paths, place
from uptake.openclosed.selfimprovement.sweep import (
    Range,
    importance,
    middle,
    outcome,
    ranges,
    sweep,
    world,
)

__all__ = [
    "REGIONS",
    "RUNAWAY",
    "Bends",
    "Path",
    "Range",
    "DriftSimulation",
    "Today",
    "World",
    "behind",
    "bends",
    "by_calendar",
    "by_last_month",
    "closed_form",
    "coverage",
    "drift_by_edition",
    "frontiers",
    "grid",
    "importance",
    "interval",
    "lag_drift",
    "leave_one_out",
    "middle",
    "monthly_lag",
    "outcome",
    "paths",
    "place",
    "power",
    "ranges",
    "records",
    "run",
    "scored",
    "scored_late",
    "sweep",
    "today",
    "world",
]
