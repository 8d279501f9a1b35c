"""The house style of every figure: colours of meaning, header and source line, saving.

Open models are drawn with an open marker (a hollow circle, orange), closed models with a closed
one (a filled square, indigo). Dashes are kept for one meaning, beyond the data.
"""

import base64
import io
import os
import re
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.ticker import ScalarFormatter, StrMethodFormatter

# Contrast on white: 4.7, 11.7 and 4.6 to 1. Open and closed stay more than 80 CIELAB units apart
# in simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009), and in grey.
COLORS = {"open": "#C2500A", "closed": "#3B2A7A", "unknown": "#6E7781", "other": "#6E7781"}
MARKERS = {"open": "o", "closed": "s", "unknown": "D", "other": "D"}
INK, MUTED, PALE = "#1D2433", "#4A5363", "#DDE1E7"

_MARGIN = 9.0  # points between the edge of the figure and its words
_FINDING = {"size": 14, "weight": "bold"}
_UNIT = {"size": 10.5}
_SOURCE = {"size": 8.5}
_LEADING = 1.25
_TAG_WIDTH, _TAG_HEIGHT = 15.0, 5.0
_FURNITURE = {"finding", "unit", "source", "tag"}  # ids of what finish() adds


@dataclass(frozen=True)
class Saved:
    """A saved figure: shown by Jupyter as its picture, with the alt text beside it.

    Parameters
    ----------
    path : Path
        The SVG file.
    alt : str
        What the figure shows, in sentences, for those who do not see it.
    png : bytes
        The same figure as PNG, 160 dots per inch.
    width : int
        Width at which to show the PNG, in CSS pixels.
    """

    path: Path
    alt: str
    png: bytes
    width: int

    def __repr__(self) -> str:
        """Return the alt text, which is what a reader without pictures gets."""
        return self.alt

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.alt}
        return data, {"image/png": {"width": self.width, "alt": self.alt}}


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


def save(fig: Figure, name: str, *, alt: str) -> Saved:
    """Write a figure as SVG, close it, and return its picture for the notebook.

    The folder is the one named in the environment variable ``UPTAKE_FIGURES``, or else
    ``figures`` beside the nearest ``pyproject.toml`` above the working directory. The same
    figure gives the same bytes, and a file is either complete or absent.

    Parameters
    ----------
    fig : Figure
        A figure that :func:`finish` has given its title.
    name : str
        File name without ending: notebook number, then words, as in "03-gap".
    alt : str
        What the figure shows, in plain sentences, for readers who do not see it.

    Returns
    -------
    Saved
        Displays as the PNG; its text is ``alt``.

    Raises
    ------
    ValueError
        If the name is not of that form, or the alt text or the title is missing.

    Examples
    --------
    >>> import tempfile, matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots(layout="constrained")
    >>> save(fig, "03-gap", alt="Two lines rise.")
    Traceback (most recent call last):
    ...
    ValueError: figure 03-gap has no title; call figures.finish(ax, title=...) before save
    >>> plt.close(fig)
    """
    if not re.fullmatch(r"[0-9]{2}(-[a-z0-9]+)+", name):
        raise ValueError(f"{name!r} is no figure name; use two digits and words, as in '03-gap'")
    if not isinstance(alt, str) or len(alt.split()) < 3:
        raise ValueError(f"figure {name} has no alt text; describe what it shows in a sentence")
    finding = next((text.get_text() for text in fig.texts if text.get_gid() == "finding"), "")
    if not finding:
        raise ValueError(
            f"figure {name} has no title; call figures.finish(ax, title=...) before save"
        )
    metadata = {"Date": None, "Creator": "uptake", "Description": alt}
    metadata["Title"] = " ".join(finding.split())
    with plt.rc_context({"svg.hashsalt": "uptake", "svg.fonttype": "path"}):
        svg = _rendered(fig, format="svg", metadata=metadata)
    png = _rendered(fig, format="png", dpi=160, metadata={"Software": None})
    plt.close(fig)
    path = _folder() / f"{name}.svg"
    _write(path, svg)
    return Saved(path, alt, png, round(100 * fig.get_figwidth()))


def _rendered(fig: Figure, **options: object) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, facecolor="white", **options)
    return buffer.getvalue()


def _folder() -> Path:
    if chosen := os.environ.get("UPTAKE_FIGURES"):
        return Path(chosen)
    here = Path.cwd()
    homes = [folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()]
    return (homes[0] if homes else here) / "figures"


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that a reader never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


def _separate_thousands(fig: Figure) -> None:
    """Write 14,000 where Matplotlib's own format would write 14000; others stay as they are."""
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        reach = np.abs(axis.get_view_interval()).max()
        if type(axis.get_major_formatter()) is ScalarFormatter and 1e4 <= reach < 1e9:
            axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def _furnish(fig: Figure, title: str, unit: str, source: str) -> None:
    """Put the three lines at their places and leave the plot the height it had."""
    if fig.get_layout_engine() is None:
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
        artist.set(
            fontproperties=FontProperties(family="DejaVu Sans", **font), linespacing=_LEADING
        )
        artist.set_in_layout(False)
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
    face = FontProperties(family="DejaVu Sans", **font)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        fits = text_to_path.get_text_width_height_descent(longer, face, ismath=False)[0] <= room
        if lines and fits:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
