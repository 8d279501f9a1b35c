"""Theme hosting: what hosts ask for open weights, and whether it falls to cost (C11)."""

from uptake.openclosed.hosting.chance import Simulation, simulate
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.prices import HostPrices, host_prices
from uptake.openclosed.hosting.spread import dispersion_trend, leave_one_out, of_panel

__all__ = [
    "HostPrices",
    "Simulation",
    "dispersion",
    "dispersion_trend",
    "followed",
    "host_prices",
    "leave_one_out",
    "of_panel",
    "simulate",
]
