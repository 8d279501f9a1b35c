"""Theme hosting: what hosts ask for open weights, and whether it falls to cost (C11)."""

from uptake.openclosed.hosting.chance import Simulation, simulate
from uptake.openclosed.hosting.cheapest import cheapest_paths
from uptake.openclosed.hosting.decline import PARTS, parts, summed
from uptake.openclosed.hosting.focal import age_and_hosts, dispersion_by_hosts, focal_by_hosts
from uptake.openclosed.hosting.jumps import simulate_jumps
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.prices import HostPrices, host_prices, source_line
from uptake.openclosed.hosting.scoring import dearest_over_cheapest, scored, since_freeze
from uptake.openclosed.hosting.spread import dispersion_trend, leave_one_out, of_panel
from uptake.openclosed.hosting.upkeep import list_agreement, moves, seen_to_move, unseen_trend

__all__ = [
    "PARTS",
    "HostPrices",
    "Simulation",
    "age_and_hosts",
    "cheapest_paths",
    "dearest_over_cheapest",
    "dispersion",
    "dispersion_by_hosts",
    "dispersion_trend",
    "focal_by_hosts",
    "followed",
    "host_prices",
    "leave_one_out",
    "list_agreement",
    "moves",
    "of_panel",
    "parts",
    "scored",
    "seen_to_move",
    "simulate",
    "simulate_jumps",
    "since_freeze",
    "source_line",
    "summed",
    "unseen_trend",
]
