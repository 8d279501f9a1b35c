"""Figures: the house style, and one function for each general kind of figure.

Every function takes results, draws on ``ax`` and returns ``ax``. ``finish`` writes the finding,
the unit and the source; ``save`` writes the file.
"""

from uptake.figures.fits import fitted, profile
from uptake.figures.frontiers import frontiers
from uptake.figures.furniture import finish
from uptake.figures.house import COLORS, MARKERS, look, use_house_style
from uptake.figures.labels import label_lines
from uptake.figures.ladder import ladder
from uptake.figures.saving import Saved, save
from uptake.figures.specifications import specification_curve
from uptake.figures.survival import survival

__all__ = [
    "COLORS",
    "MARKERS",
    "Saved",
    "finish",
    "fitted",
    "frontiers",
    "label_lines",
    "ladder",
    "look",
    "profile",
    "save",
    "specification_curve",
    "survival",
    "use_house_style",
]
