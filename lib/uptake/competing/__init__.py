"""Two or more records at once: whether one grows at the other's expense or along its own curve.

Share substitution (Fisher and Pry), Lotka-Volterra populations, competing diffusions (UCRCD) and
successive generations (Norton and Bass), with "separate curves" as the model to be beaten.
"""

from uptake.competing.crossed import UCRCD
from uptake.competing.entry import compete
from uptake.competing.generations import NortonBass
from uptake.competing.lotka_volterra import LotkaVolterra
from uptake.competing.results import Competition, SeparateTest
from uptake.competing.substitution import Substitution, substitution

__all__ = [
    "UCRCD",
    "Competition",
    "LotkaVolterra",
    "NortonBass",
    "SeparateTest",
    "Substitution",
    "compete",
    "substitution",
]
