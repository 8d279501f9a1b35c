"""The house style of every figure: its settings, and the colours and markers of meaning.

Open models are drawn with an open marker (a hollow circle, orange), closed models with a closed
one (a filled square, indigo). Dashes are kept for one meaning, beyond the data.
"""

import warnings
from importlib import resources

import matplotlib.pyplot as plt
from matplotlib import font_manager

# Contrast on white: 4.7, 11.7 and 4.6 to 1. Open and closed stay more than 80 CIELAB units apart
# in simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009).
COLORS = {"open": "#C2500A", "closed": "#3B2A7A", "unknown": "#6E7781", "other": "#6E7781"}
MARKERS = {"open": "o", "closed": "s", "unknown": "D", "other": "D"}
INK, MUTED, PALE = "#1D2433", "#4A5363", "#DDE1E7"
PAIR = ("#0B6E75", "#9A6A00")
"""Colours of two groups or units that are neither open nor closed."""


def use_house_style() -> None:
    """Make the house style Matplotlib's setting for this session.

    Where its font is not installed, another one is taken and one warning says so.

    Raises
    ------
    ValueError
        If Matplotlib finds no font to write with.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from uptake import figures
    >>> figures.use_house_style()
    >>> plt.rcParams["axes.spines.left"]
    False
    >>> plt.rcdefaults()
    """
    with resources.as_file(resources.files(__package__) / "house.mplstyle") as style:
        plt.style.use(style)
    _settle_font()


def _settle_font() -> None:
    """Take a font that is there, for Matplotlib speaks of a missing one at every word it sets."""
    wanted, *_ = plt.rcParams["font.family"]
    present = {font.name for font in font_manager.fontManager.ttflist}
    if wanted in present:
        return
    if not present:
        raise ValueError("Matplotlib finds no font; install it again: DejaVu Sans comes with it")
    usual = plt.rcParams["font.sans-serif"]
    found = min(present, key=lambda name: (name not in usual, not name.endswith(" Sans"), name))
    plt.rcParams["font.family"] = [found]
    if "DejaVu Sans" not in present:
        plt.rcParams["mathtext.fontset"] = "stixsans"
    warnings.warn(
        f"the font {wanted} of the house style is not installed, so figures are set in {found} and "
        "their words may be wider; install it (DejaVu Sans comes with Matplotlib) and run again",
        stacklevel=3,
    )


def look(kind: str) -> dict:
    """Return the colour and marker of open, closed or unknown as keywords of ``Axes.plot``.

    Parameters
    ----------
    kind : {"open", "closed", "unknown", "other"}
        What the line or the points stand for.

    Returns
    -------
    dict
        ``color``, ``marker``, ``markerfacecolor``, ``markeredgecolor``.

    Raises
    ------
    ValueError
        If ``kind`` is none of these.

    Examples
    --------
    >>> look("open")["markerfacecolor"], look("closed")["marker"]
    ('white', 's')
    """
    if kind not in COLORS:
        raise ValueError(f"no look for {kind!r}; use one of {', '.join(COLORS)}")
    color = COLORS[kind]
    face = color if kind == "closed" else "white"
    return {
        "color": color,
        "marker": MARKERS[kind],
        "markerfacecolor": face,
        "markeredgecolor": color,
    }
