"""The house style of every figure: its settings, and the colours and markers of meaning.

Open models are drawn with an open marker (a hollow circle, orange), closed models with a closed
one (a filled square, indigo). Dashes are kept for one meaning, beyond the data.
"""

from importlib import resources

import matplotlib.pyplot as plt

# Contrast on white: 4.7, 11.7 and 4.6 to 1. Open and closed stay more than 80 CIELAB units apart
# in simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009).
COLORS = {"open": "#C2500A", "closed": "#3B2A7A", "unknown": "#6E7781", "other": "#6E7781"}
MARKERS = {"open": "o", "closed": "s", "unknown": "D", "other": "D"}
INK, MUTED, PALE = "#1D2433", "#4A5363", "#DDE1E7"


def use_house_style() -> None:
    """Make the house style Matplotlib's setting for this session.

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
