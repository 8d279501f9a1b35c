"""Theme premium: do the best closed models keep their price, and who pays it? (C3, C4, R4)."""

from uptake.openclosed.premium.agents import run_rate, run_rate_break
from uptake.openclosed.premium.chance import hac_coverage, months_needed, power
from uptake.openclosed.premium.cheapest import (
    GPT4_USD,
    OURS,
    PUBLISHED,
    THEIRS,
    fall,
    falling_minimum,
    fixed_basket,
    same_models,
)
from uptake.openclosed.premium.later import LAST, changes_since, lines, premium_since, scored
from uptake.openclosed.premium.names import price_names
from uptake.openclosed.premium.prices import OnSale, on_sale, unstated
from uptake.openclosed.premium.programming import (
    PROGRAMMING,
    bound,
    by_part,
    differences,
    programming_difference,
    programming_power,
    weekly,
)
from uptake.openclosed.premium.quality import Hedonic, decomposition, hedonic, panel
from uptake.openclosed.premium.ratio import TIERS, levels, matches, premium
from uptake.openclosed.premium.rigidity import (
    after_a_year,
    laboratory_changes,
    laboratory_keys,
    log_rank,
    spells,
    survival_of_prices,
)
from uptake.openclosed.premium.scores import redrawn
from uptake.openclosed.premium.tasks import at_equal_score, cost_ratios, runs
from uptake.openclosed.premium.trend import by_decision, hac_interval, premium_trend

__all__ = [
    "GPT4_USD",
    "LAST",
    "OURS",
    "PROGRAMMING",
    "PUBLISHED",
    "THEIRS",
    "TIERS",
    "Hedonic",
    "OnSale",
    "after_a_year",
    "at_equal_score",
    "bound",
    "by_decision",
    "by_part",
    "changes_since",
    "cost_ratios",
    "decomposition",
    "differences",
    "fall",
    "falling_minimum",
    "fixed_basket",
    "hac_coverage",
    "hac_interval",
    "hedonic",
    "laboratory_changes",
    "laboratory_keys",
    "levels",
    "lines",
    "log_rank",
    "matches",
    "months_needed",
    "on_sale",
    "panel",
    "power",
    "premium",
    "premium_since",
    "premium_trend",
    "price_names",
    "programming_difference",
    "programming_power",
    "redrawn",
    "run_rate",
    "run_rate_break",
    "runs",
    "scored",
    "same_models",
    "spells",
    "survival_of_prices",
    "unstated",
    "weekly",
]
