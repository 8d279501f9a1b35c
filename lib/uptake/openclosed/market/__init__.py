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
from uptake.openclosed.market.contest import against, rolling, standing
from uptake.openclosed.market.displacement import (
    by_common_demand,
    by_labels,
    by_step,
    displacement,
    in_tokens,
    without_common_demand,
)
from uptake.openclosed.market.growth import (
    after,
    band,
    fisher_pry,
    growth_differences,
    lotka_volterra,
    makers,
    pair,
    reports,
    revenue_difference,
    shared_growth,
)
from uptake.openclosed.market.limits import both_ways, without_one_step
from uptake.openclosed.market.literal import literal_chance, literal_reading
from uptake.openclosed.market.profile import Steps, profile
from uptake.openclosed.market.records import left_out, record

__all__ = [
    "Chance",
    "Steps",
    "adjusting",
    "after",
    "against",
    "band",
    "both_ways",
    "by_common_demand",
    "by_labels",
    "by_step",
    "calibrated",
    "chance",
    "cut_offs",
    "displacement",
    "fisher_pry",
    "fitting_demand",
    "growth_differences",
    "in_tokens",
    "left_out",
    "literal_chance",
    "literal_reading",
    "lotka_volterra",
    "makers",
    "pair",
    "power_curve",
    "profile",
    "record",
    "reports",
    "revenue_difference",
    "rolling",
    "shared_growth",
    "standing",
    "visible",
    "without_common_demand",
    "without_one_step",
]
