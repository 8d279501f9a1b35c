"""Theme volume: who has the tokens and who has the dollars (C2), and how wide use is (C8)."""

from uptake.openclosed.volume.afterwards import one_label, scored, second_gateway
from uptake.openclosed.volume.breadth import (
    breadth,
    breadth_power,
    breadth_ratio,
    effective_number,
    leave_one_out,
    ranked,
)
from uptake.openclosed.volume.downloads import ceilings, downloads
from uptake.openclosed.volume.populations import (
    gateway_prices,
    needed,
    populations,
    whole,
    without_assumptions,
)
from uptake.openclosed.volume.prices import (
    rebuilt,
    sources_of_change,
    spending,
    without_each,
)
from uptake.openclosed.volume.published import (
    CODESOTA,
    PUBLISHED_PRICES,
    TUNGUZ,
    anthropic_steps,
    by_author,
    crossing,
    growth,
    named_open_share,
    one_day,
    price_steps,
    rounding_range,
    tunguz_steps,
    weightings,
)
from uptake.openclosed.volume.relative import (
    pass_through,
    relative_price_trend,
    trend_power,
    trends,
)
from uptake.openclosed.volume.weekly import relative_price, tokens

__all__ = [
    "CODESOTA",
    "PUBLISHED_PRICES",
    "TUNGUZ",
    "anthropic_steps",
    "breadth",
    "breadth_power",
    "breadth_ratio",
    "by_author",
    "ceilings",
    "crossing",
    "downloads",
    "effective_number",
    "gateway_prices",
    "growth",
    "leave_one_out",
    "named_open_share",
    "needed",
    "one_day",
    "one_label",
    "pass_through",
    "populations",
    "price_steps",
    "ranked",
    "rebuilt",
    "relative_price",
    "relative_price_trend",
    "rounding_range",
    "scored",
    "second_gateway",
    "sources_of_change",
    "spending",
    "tokens",
    "trend_power",
    "trends",
    "tunguz_steps",
    "weightings",
    "whole",
    "without_assumptions",
    "without_each",
]
