"""Theme hosting: what hosts ask (C11), the stack for open weights (C12), who serves (C13, S4)."""

from uptake.openclosed.hosting.chance import simulate
from uptake.openclosed.hosting.cheapest import cheapest_paths
from uptake.openclosed.hosting.clouds import cloud_growth, placebo
from uptake.openclosed.hosting.decline import PARTS, parts, summed
from uptake.openclosed.hosting.focal import age_and_hosts, dispersion_by_hosts, focal_by_hosts
from uptake.openclosed.hosting.influence import by_influence, host_coins
from uptake.openclosed.hosting.jumps import simulate_jumps
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.prices import HostPrices, host_prices, source_line
from uptake.openclosed.hosting.reach import all_ceilings, stars_gained, with_serial_errors
from uptake.openclosed.hosting.revenue_chance import record_scatter, revenue_power
from uptake.openclosed.hosting.revenues import (
    host_figures,
    ratios,
    revenue_ratio_trend,
)
from uptake.openclosed.hosting.scoring import dearest_over_cheapest, scored, since_freeze
from uptake.openclosed.hosting.serving import (
    cell_bounds,
    composition_trends,
    exact_cells,
    host_shares,
    log_ratio_trend,
    visible_trend,
    weekly,
)
from uptake.openclosed.hosting.slots import kept_share, kept_slots, scored_slots
from uptake.openclosed.hosting.spread import dispersion_trend, leave_one_out, of_panel
from uptake.openclosed.hosting.stack import (
    STACKS,
    package_growth,
    stack_growth_difference,
    stack_record,
)
from uptake.openclosed.hosting.stack_chance import stack_power, tripwire_ratio, without_each
from uptake.openclosed.hosting.staying import (
    PREVIEW,
    log_rank,
    staying_curves,
    staying_ratio,
    stays,
    top,
)
from uptake.openclosed.hosting.unreported import host_since_freeze, sum_bounds
from uptake.openclosed.hosting.upkeep import list_agreement, moves, seen_to_move, unseen_trend

__all__ = [
    "PARTS",
    "PREVIEW",
    "STACKS",
    "HostPrices",
    "age_and_hosts",
    "all_ceilings",
    "by_influence",
    "cell_bounds",
    "cheapest_paths",
    "cloud_growth",
    "composition_trends",
    "dearest_over_cheapest",
    "dispersion",
    "dispersion_by_hosts",
    "dispersion_trend",
    "exact_cells",
    "focal_by_hosts",
    "followed",
    "host_coins",
    "host_figures",
    "host_prices",
    "host_shares",
    "host_since_freeze",
    "kept_share",
    "kept_slots",
    "leave_one_out",
    "list_agreement",
    "log_rank",
    "log_ratio_trend",
    "moves",
    "of_panel",
    "package_growth",
    "parts",
    "placebo",
    "ratios",
    "record_scatter",
    "revenue_power",
    "revenue_ratio_trend",
    "scored",
    "scored_slots",
    "seen_to_move",
    "simulate",
    "simulate_jumps",
    "since_freeze",
    "source_line",
    "stack_growth_difference",
    "stack_power",
    "stack_record",
    "stars_gained",
    "staying_curves",
    "staying_ratio",
    "stays",
    "sum_bounds",
    "summed",
    "top",
    "tripwire_ratio",
    "unseen_trend",
    "visible_trend",
    "weekly",
    "with_serial_errors",
    "without_each",
]
