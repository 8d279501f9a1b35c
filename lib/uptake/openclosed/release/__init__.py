"""Theme release: are the best models held back, who leads, does integration pay? (C5, C6, C7)."""

from uptake.openclosed.release.access import (
    access_delay_change,
    change,
    late_share_change,
)
from uptake.openclosed.release.efficiency import Runs, frontier_share, leave_out, places, runs
from uptake.openclosed.release.events import (
    by_laboratory,
    clock_check,
    counts,
    events,
    held_back,
    restriction_odds,
    within_a_week,
)
from uptake.openclosed.release.holding import HELD, DelaySimulation, simulate_delays
from uptake.openclosed.release.leaders import (
    arena_gap,
    exchange_rate,
    google_gap_trend,
    leading,
    pair,
)
from uptake.openclosed.release.listings import Delays, delays, unlisted_previews
from uptake.openclosed.release.objections import (
    by_lot,
    doubts,
    overturning_cost,
    relabelled,
    to_dearest,
)
from uptake.openclosed.release.owners import (
    ShareSimulation,
    by_measure,
    cheapest_solver,
    energy_ceiling,
    hypervolume,
    open_on_frontier,
    over_time,
    simulate_owners,
)
from uptake.openclosed.release.quarters import afterwards, by_quarter, record_access
from uptake.openclosed.release.rhythm import catching_up, readings, takeovers, without_one
from uptake.openclosed.release.turnbull import Waiting, waiting

__all__ = [
    "within_a_week",
    "restriction_odds",
    "record_access",
    "events",
    "counts",
    "clock_check",
    "by_lot",
    "by_measure",
    "by_quarter",
    "by_laboratory",
    "afterwards",
    "HELD",
    "DelaySimulation",
    "Delays",
    "Runs",
    "ShareSimulation",
    "Waiting",
    "access_delay_change",
    "arena_gap",
    "catching_up",
    "change",
    "cheapest_solver",
    "delays",
    "doubts",
    "energy_ceiling",
    "exchange_rate",
    "frontier_share",
    "google_gap_trend",
    "held_back",
    "hypervolume",
    "late_share_change",
    "leading",
    "leave_out",
    "open_on_frontier",
    "over_time",
    "overturning_cost",
    "pair",
    "places",
    "readings",
    "relabelled",
    "runs",
    "simulate_delays",
    "simulate_owners",
    "takeovers",
    "to_dearest",
    "unlisted_previews",
    "waiting",
    "without_one",
]
