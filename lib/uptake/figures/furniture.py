"""What stands round every plot: the finding and the unit above it, the source below."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.ticker import ScalarFormatter, StrMethodFormatter

from uptake.figures.house import COLORS, INK, MUTED, look

_MARGIN = 9.0  # points between the edge of the figure and its words
_FINDING = {"size": 14, "weight": "bold"}
_UNIT = {"size": 10.5}
_SOURCE = {"size": 8.5}
_LEADING = 1.25
_TAG_WIDTH, _TAG_HEIGHT = 15.0, 5.0
_FURNITURE = {"finding", "unit", "source", "tag"}  # ids of what finish() adds


def finish(ax: Axes, *, title: str, unit: str, source: object) -> Axes:
    """Write the finding above a figure, the unit under it, and the source below.

    The figure grows by what these lines need, so the plot keeps its size. Calling it again
    replaces the lines. Text is taken as it stands: a dollar sign is a dollar sign.

    Parameters
    ----------
    ax : Axes or array of Axes
        Any axes of the figure.
    title : str
        The finding, as a sentence.
    unit : str
        Unit and population of what is drawn, such as "Dollars per million tokens, list price".
    source : str or Source
        Where the figures come from; ``uptake.datasets.source(name)`` gives it.

    Returns
    -------
    Axes
        The axes that were given (the first of an array).

    Raises
    ------
    ValueError
        If one of the three is empty.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots(layout="constrained")
    >>> _ = finish(ax, title="Half adopted by 1988", unit="Million sets", source="Survey, 1990")
    >>> [text.get_text() for text in fig.texts]
    ['Half adopted by 1988', 'Million sets', 'Source: Survey, 1990']
    >>> plt.close(fig)
    """
    ax = np.ravel(np.asarray(ax, dtype=object))[0]
    words = {"title": str(title), "unit": str(unit), "source": str(source)}
    for name, value in words.items():
        if not value.strip():
            raise ValueError(f"{name} is empty; say in words what the {name} of this figure is")
    if not words["source"].lower().startswith(("source", "simulated")):
        words["source"] = f"Source: {words['source']}"
    _separate_thousands(ax.get_figure(root=True))
    _furnish(ax.get_figure(root=True), **words)
    return ax


def _separate_thousands(fig: Figure) -> None:
    """Write 14,000 where Matplotlib's own format would write 14000; others stay as they are."""
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        reach = np.abs(axis.get_view_interval()).max()
        if type(axis.get_major_formatter()) is ScalarFormatter and 1e4 <= reach < 1e9:
            axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def _furnish(fig: Figure, title: str, unit: str, source: str) -> None:
    """Put the three lines at their places and leave the plot the height it had."""
    if not isinstance(fig.get_layout_engine(), ConstrainedLayoutEngine):
        fig.set_layout_engine("constrained")
    engine = fig.get_layout_engine()
    width, height = 72 * fig.get_size_inches() * (1, engine.get()["rect"][3])
    for artist in [*fig.texts, *fig.artists]:
        if artist.get_gid() in _FURNITURE:
            artist.remove()
    room = width - 2 * _MARGIN
    lines = {
        "finding": (_balanced(title, room, **_FINDING), _FINDING),
        "unit": (_wrapped(unit, room, **_UNIT), _UNIT),
        "source": (_wrapped(source, room, **_SOURCE), _SOURCE),
    }
    tall = {
        k: (text.count("\n") + 1) * font["size"] * _LEADING for k, (text, font) in lines.items()
    }
    top = _MARGIN + _TAG_HEIGHT + 7 + tall["finding"] + 2 + tall["unit"] + 4
    bottom = 4 + tall["source"] + 0.6 * _MARGIN
    total = height + top + bottom
    fig.set_size_inches(width / 72, total / 72)
    engine.set(rect=(0, bottom / total, 1, height / total))
    _place(fig, lines, tall, width, total)


def _place(fig: Figure, lines: dict, tall: dict, width: float, total: float) -> None:
    first = _MARGIN + _TAG_HEIGHT + 7
    depth = {"finding": first, "unit": first + tall["finding"] + 2}
    depth["source"] = total - 0.6 * _MARGIN - tall["source"]
    color = {"finding": INK, "unit": MUTED, "source": MUTED}
    for name, (text, font) in lines.items():
        where = (_MARGIN / width, 1 - depth[name] / total)
        # The layout engine must not make room for these again: they have their own bands.
        artist = fig.text(*where, text, va="top", color=color[name], gid=name, parse_math=False)
        artist.set(fontproperties=FontProperties(**font), linespacing=_LEADING)
        artist.set_in_layout(False)
    _tag(fig, width, total)


def _tag(fig: Figure, width: float, total: float) -> None:
    """Draw the mark of the house: open beside closed."""
    for i, kind in enumerate(("open", "closed")):
        left, low = _MARGIN + i * (_TAG_WIDTH + 2), total - _MARGIN - _TAG_HEIGHT
        box = Rectangle(
            (left / width, low / total),
            _TAG_WIDTH / width,
            _TAG_HEIGHT / total,
            transform=fig.transFigure,
            facecolor=look(kind)["markerfacecolor"],
            edgecolor=COLORS[kind],
            linewidth=1.3,
            gid="tag",
        )
        box.set_in_layout(False)
        fig.add_artist(box)


def _balanced(text: str, room: float, **font: object) -> str:
    """Break text into as few lines as fit, of about equal length: no word stands alone."""
    best = _wrapped(text, room, **font)
    while (narrower := _wrapped(text, room := room * 0.97, **font)).count("\n") == best.count("\n"):
        best = narrower
        if "\n" not in best:
            break
    return best


def _wrapped(text: str, room: float, **font: object) -> str:
    """Break text into lines no wider than ``room`` points, by the widths of its letters."""
    face = FontProperties(**font)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        fits = text_to_path.get_text_width_height_descent(longer, face, ismath=False)[0] <= room
        if lines and fits:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
