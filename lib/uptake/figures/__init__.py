"""Figures: the house style, and one function for each general kind of figure.

Every function takes results, draws on ``ax`` and returns ``ax``. ``finish`` writes the finding,
the unit and the source; ``save`` writes the file.
"""

from uptake.figures.house import COLORS, MARKERS, Saved, finish, look, save, use_house_style
from uptake.figures.labels import label_lines

__all__ = [
    "COLORS",
    "MARKERS",
    "Saved",
    "finish",
    "label_lines",
    "look",
    "save",
    "use_house_style",
]
