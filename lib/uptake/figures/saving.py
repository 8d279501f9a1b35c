"""Save a figure as SVG and hand its picture, with the alt text, to the notebook."""

import base64
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.transforms import Bbox

from uptake.files import write


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
    if not re.fullmatch(r"(?:[0-9]{2}|[a-z]+)(-[a-z0-9]+)+", name):
        raise ValueError(
            f"{name!r} is no figure name; use two digits (or the first word of the notebook's "
            "name) and words, as in '03-gap'"
        )
    if not isinstance(alt, str) or len(alt.split()) < 3:
        raise ValueError(f"figure {name} has no alt text; describe what it shows in a sentence")
    finding = next((text.get_text() for text in fig.texts if text.get_gid() == "finding"), "")
    if not finding:
        raise ValueError(
            f"figure {name} has no title; call figures.finish(ax, title=...) before save"
        )
    if (engine := fig.get_layout_engine()) is not None:
        fig.set_layout_engine(_Steady(engine))
    metadata = {"Date": None, "Creator": "uptake", "Description": alt}
    metadata["Title"] = " ".join(finding.split())
    with plt.rc_context({"svg.hashsalt": "uptake", "svg.fonttype": "path"}):
        svg = _rendered(fig, format="svg", metadata=metadata)
    png = _rendered(fig, format="png", dpi=160, metadata={"Software": None})
    plt.close(fig)
    path = _folder() / f"{name}.svg"
    write(path, svg)
    return Saved(path, alt, png, round(100 * fig.get_figwidth()))


class _Steady(LayoutEngine):
    """A layout whose axes stand where another puts them, to nine digits of the figure's size.

    The solver behind a constrained layout orders its equations by where they lie in memory, so
    that places differ in their last digits from run to run; names in an SVG are made from them.
    """

    def __init__(self, engine: LayoutEngine) -> None:
        super().__init__()
        self._engine = engine
        self._adjust_compatible = engine.adjust_compatible
        self._colorbar_gridspec = engine.colorbar_gridspec

    def set(self, **options: object) -> None:
        self._engine.set(**options)

    def execute(self, fig: Figure) -> None:
        self._engine.execute(fig)
        for ax in fig.axes:
            placed = ax.get_in_layout()
            ax.set_position(Bbox(ax.get_position(original=True).get_points().round(9)))
            ax.set_in_layout(placed)  # which the line before switches off


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
