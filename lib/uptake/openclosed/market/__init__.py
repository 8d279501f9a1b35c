"""Theme market: one market or two (C1)."""

from uptake.openclosed.market.calibration import calibrated, cut_offs
from uptake.openclosed.market.chance import (
    Chance,
    adjusting,
    chance,
    fitting_demand,
    power_curve,
    visible,
)
from uptake.openclosed.market.displacement import (
    by_common_demand,
    displacement,
    in_tokens,
    without_common_demand,
)
from uptake.openclosed.market.profile import Steps, profile
from uptake.openclosed.market.records import left_out, record

__all__ = [
    "Chance",
    "Steps",
    "adjusting",
    "by_common_demand",
    "calibrated",
    "chance",
    "cut_offs",
    "displacement",
    "fitting_demand",
    "in_tokens",
    "left_out",
    "power_curve",
    "profile",
    "record",
    "visible",
    "without_common_demand",
]
