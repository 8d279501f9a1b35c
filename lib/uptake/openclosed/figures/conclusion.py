"""Figures of the conclusion: all claims in one picture, power, published numbers recomputed.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory
from numpy.typing import ArrayLike, NDArray

from uptake.figures import COLORS
from uptake.figures.house import INK, MUTED, PALE
from uptake.openclosed.conclusion import placed, ratio
from uptake.openclosed.judging import POWER

UNDECIDED = ("cannot tell", "not testable")


def _rows(count: int, each: float, ax: Axes | None) -> Axes:
    return ax or plt.subplots(figsize=(6.4, 0.5 + each * count), layout="constrained")[1]


def all_claims(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw every claim's estimate and interval over the regions that refute and support it.

    The scale is that of `uptake.openclosed.conclusion.placed`, drawn by its inverse hyperbolic
    sine, which is even near the middle and logarithmic far from it. Decided claims have a filled
    mark and a dark line, the others a hollow mark; an arrow is an end without limit.

    Parameters
    ----------
    table : DataFrame
        As `uptake.openclosed.conclusion.sheet` returns it.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = pd.DataFrame({"title": "The gap widens", "verdict": "cannot tell", "estimate": 3.0,
    ...                     "low": 1.5, "high": np.inf}, ["C10"])
    >>> ax = all_claims(one)
    >>> [text.get_text() for text in ax.texts][:2]
    ['refutes', 'supports']
    >>> plt.close(ax.figure)
    """
    ax = _rows(len(table), 0.47, ax)
    where = placed(table)
    ends = where.to_numpy(float)
    reach = 1.06 * _scaled(np.abs(ends[np.isfinite(ends)]).max(initial=3.0))
    _regions(ax, reach)
    for y, (name, row) in enumerate(table.iterrows()):
        decided = row["verdict"] not in UNDECIDED
        _claim(ax, y, _scaled(where.loc[name]), decided=decided, reach=reach)
        _head(ax, y, f"{name} {row['title']}", row["verdict"], decided=decided)
    ax.set(xlim=(-reach, reach), ylim=(len(table) - 0.62, -1.3), xticks=[], yticks=[])
    ax.grid(visible=False)
    return ax


def _scaled(values: ArrayLike) -> NDArray[np.float64]:
    return np.arcsinh(np.asarray(values, float))


def _regions(ax: Axes, reach: float) -> None:
    edge = _scaled(1.0)
    for name, low, high in (("refutes", -reach, -edge), ("supports", edge, reach)):
        ax.axvspan(low, high, color=PALE, alpha=0.55, lw=0, zorder=0)
        style = {"ha": "center", "va": "center", "size": 10.5, "color": MUTED, "weight": "bold"}
        ax.text((low + high) / 2, -0.98, name, **style)


def _claim(ax: Axes, y: int, where: NDArray, *, decided: bool, reach: float) -> None:
    value, low, high = where
    if np.isnan(value):
        return
    color = _ink(decided)
    ends = np.clip([low, high], -reach, reach)
    ax.plot(ends, [y, y], color=color, lw=2.5, solid_capstyle="butt", zorder=2)
    for end, edge, arrow in ((low, -reach, "<"), (high, reach, ">")):
        if np.isinf(end):
            ax.plot(0.985 * edge, y, ls="none", marker=arrow, ms=7, color=color, zorder=2)
    _mark(ax, value, y, filled=decided, zorder=3)


def _ink(decided: bool) -> str:
    return INK if decided else COLORS["unknown"]


def _mark(ax: Axes, x: float, y: float, *, filled: bool, **style: object) -> None:
    color = _ink(filled)
    face = color if filled else "white"
    ax.plot(x, y, "D", ms=7, mfc=face, mec=color, mew=1.8, **style)


def _head(ax: Axes, y: int, title: str, verdict: str, *, decided: bool) -> None:
    line = blended_transform_factory(ax.transAxes, ax.transData)
    style = {"size": 9.2, "va": "center", "transform": line, "parse_math": False}
    weight = "bold" if decided else "normal"
    ax.text(0.012, y - 0.42, title, color=INK, weight=weight, **style)
    ax.text(0.988, y - 0.42, verdict, ha="right", color=INK if decided else MUTED,
            weight=weight, **style)  # fmt: skip


def powers(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each claim's power at the smallest effect that matters, beside the half it needs.

    Parameters
    ----------
    table : DataFrame
        As `uptake.openclosed.conclusion.sheet` returns it.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> ax = powers(pd.DataFrame({"power": [0.9, 0.1]}, ["C1", "C2"]))
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['C1', 'C2']
    >>> plt.close(ax.figure)
    """
    table = table.dropna(subset=["power"]).sort_values("power", ascending=False, kind="stable")
    ax = _rows(len(table), 0.27, ax)
    for y, power in enumerate(table["power"]):
        enough = power >= POWER
        color = _ink(enough)
        ax.plot([0, power], [y, y], color=color, lw=2.5, solid_capstyle="butt")
        _mark(ax, power, y, filled=enough, clip_on=False)
        text = {"xytext": (9, 0), "textcoords": "offset points", "va": "center", "size": 9.5}
        ax.annotate(f"{power:.0%}", (power, y), color=color, **text)
    ax.axvline(POWER, color=INK, lw=1.2, zorder=0)
    ax.text(POWER, -0.8, " needed for a verdict", size=9.5, color=MUTED, va="center")
    ax.set_yticks(range(len(table)), table.index)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    ax.set(xlim=(-0.03, 1.13), ylim=(len(table) - 0.5, -1.3))
    ax.grid(visible=False)
    return ax


def published(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what we find over what was published, one row for each number, on a log scale.

    Parameters
    ----------
    table : DataFrame
        As `uptake.openclosed.conclusion.recomputed` returns it.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = pd.DataFrame({"id": ["R4"], "what": ["fall"], "by": ["A"], "published": [62.0],
    ...                     "ours": [75.0]})
    >>> ax = published(one)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['R4 fall, A']
    >>> plt.close(ax.figure)
    """
    ax = _rows(len(table), 0.46, ax)
    ax.axvspan(1 / 1.1, 1.1, color=PALE, alpha=0.55, lw=0, zorder=0)
    ax.axvline(1, color=INK, lw=1.2, zorder=1)
    ax.annotate("as published", (1, 1), (0, 4), ax.get_xaxis_transform(), "offset points",
                ha="center", size=9.5, color=MUTED)  # fmt: skip
    words = []
    for y, (value, row) in enumerate(zip(ratio(table), table.itertuples(), strict=True)):
        ax.plot([1, value], [y, y], color=COLORS["unknown"], lw=1.5, zorder=2)
        ax.plot(value, y, "D", ms=6.5, mfc=INK, mec=INK, zorder=3)
        words.append(fill(f"{row.id} {row.what}, {row.by}", 38))
    ax.set_xscale("log", base=2)
    ticks = [0.5, 0.75, 1, 1.25, 1.5]
    ax.set_xticks(ticks, [f"{v:g}" for v in ticks])
    ax.minorticks_off()
    ends = ratio(table)
    ax.set_xlim(min(0.42, 0.93 * ends.min()), max(1.62, 1.07 * ends.max()))
    ax.set_yticks(range(len(table)), words, size=8.8, color=INK, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.grid(visible=False, axis="y")
    return ax
