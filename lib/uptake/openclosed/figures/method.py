"""Figures of notebook 02: when a growth curve can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
    PercentFormatter,
)

from uptake import Fit
from uptake.figures import fitted, label_lines
from uptake.figures.house import INK, MUTED, PALE

_CYCLE = ("#00798C", "#A8326E", "#5E6B2B", "#7A5A45")
"""Colours without a meaning: those of open and closed are not for simulated curves."""


def cut_record(
    t: Any,
    y: Any,
    truth: Any,
    fits: dict[str, Fit],
    *,
    bands: dict[str, pd.DataFrame] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a simulated record of flows, its true curve, and fits to its first parts.

    Parameters
    ----------
    t : array_like, shape (n + 1,)
        Edges.
    y : array_like, shape (n,)
    truth : Curve
    fits : dict of str to Fit
        By label; each stops where its record was cut.
    bands : dict of str to DataFrame, optional
        By the same labels, what `Fit.forecast` returned for the flows after the cut.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from uptake import Bass, fit
    >>> truth, t = Bass(100.0, 0.01, 0.4), np.arange(21.0)
    >>> ax = cut_record(t, truth.flow(t), truth, {"12": fit(Bass, t[:13], truth.flow(t[:13]),
    ...                                                     kind="flow")})
    >>> [text.get_text() for text in ax.texts]
    ['12']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(layout="constrained")[1]
    t, y = np.asarray(t, float), np.asarray(y, float)
    middle, width = (t[1:] + t[:-1]) / 2, np.diff(t)[0]
    ax.plot(middle, y, "o", color=MUTED, mfc="white", ms=4, zorder=1)
    for (label, result), color in zip(fits.items(), _CYCLE, strict=False):
        style = {"color": color, "marker": "none"}
        fitted(result, until=float(middle[-1]), label=label, ax=ax, **style)
        end = result.t[-1] - width / 2
        ax.plot([end], [result.curve.flow([end - width / 2, end + width / 2])[0]], "D", color=color)
        if bands and label in bands:
            band = bands[label]
            x = middle[-len(band) :]
            ax.fill_between(x, band["low"], band["high"], color=color, alpha=0.16, lw=0, zorder=0)
    dense = np.linspace(middle[0], middle[-1], 300)
    flow = truth(dense + width / 2) - truth(dense - width / 2)
    ax.plot(dense, flow, color=INK, lw=1.2, zorder=1)
    drawn = max(line.get_ydata().max() for line in ax.lines)
    ax.set_ylim(0, min(1.05 * drawn, 1.9 * y.max()))
    named = [line for line in ax.lines if not line.get_label().startswith("_")]
    inside = [line for line in named if line.get_ydata()[-1] <= ax.get_ylim()[1]]
    _label_leaving(ax, [line for line in named if line not in inside])
    if inside:
        label_lines(ax, inside)
    return ax


def _label_leaving(ax: Axes, lines: Sequence[Any]) -> None:
    """Label lines that leave the plot at its top, where they leave it."""
    top = ax.get_ylim()[1]
    for line in lines:
        x, y = (np.asarray(values, float) for values in line.get_data())
        out = int(np.argmax(y > top))
        ax.annotate(line.get_label(), (x[out], top), xytext=(6, -4), textcoords="offset points",
                    va="top", color=line.get_color(), size=10.5, weight="bold")  # fmt: skip


def recovered(table: pd.DataFrame, peak: float, *, axes: Sequence[Axes] | None = None) -> Axes:
    """Draw the fitted ceiling over the true one, and how often it has no upper end, by cut.

    Parameters
    ----------
    table : DataFrame
        What `uptake.recovery.summarise` returned.
    peak : float
        The true time of the peak, in the unit of the cuts.
    axes : two Axes, optional

    Returns
    -------
    Axes
        The upper one.

    Examples
    --------
    >>> table = pd.DataFrame({"q05": [0.4], "q25": [0.6], "median": [1.0], "q75": [9.0],
    ...     "q95": [1e7], "unbounded": [0.9]}, index=[5.0])
    >>> ax = recovered(table, 9.0)
    >>> ax.get_yscale()
    'log'
    >>> plt.close(ax.figure)
    """
    if axes is None:
        size = {"figsize": (6.4, 4.6), "height_ratios": [2, 1], "sharex": True}
        axes = plt.subplots(2, layout="constrained", **size)[1]
    above, below = axes
    x, top = table.index.to_numpy() / peak, 20.0
    for low, high, shade in (("q05", "q95", 0.15), ("q25", "q75", 0.3)):
        ends = (table[name].clip(upper=2 * top) for name in (low, high))
        above.fill_between(x, *ends, color=_CYCLE[0], alpha=shade, lw=0)
    above.plot(x, table["median"], color=_CYCLE[0], marker="o")
    above.axhline(1, color=INK, lw=1)
    above.set(yscale="log", ylim=(0.2, top))
    above.yaxis.set_major_locator(FixedLocator([0.25, 0.5, 1, 2, 5, 10, 20]))
    above.yaxis.set_minor_locator(NullLocator())
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    above.set_ylabel("fitted ceiling over true")
    below.plot(x, table["unbounded"], color=_CYCLE[1], marker="o")
    below.yaxis.set_major_formatter(PercentFormatter(1))
    below.set(ylim=(-0.04, 1.04), ylabel="no upper end", xlabel="record ends at ... × peak time")
    for ax in (above, below):
        ax.axvline(1, color=MUTED, lw=0.9)
    words = {"size": 10, "color": _CYCLE[0], "textcoords": "offset points"}
    above.annotate("peak", (1, top), xytext=(5, -12), **(words | {"color": MUTED}))
    above.annotate("light: nine in ten", (1, 3.2), xytext=(5, 0), **words)
    above.annotate("dark: middle half; line: median", (1, 2.2), xytext=(5, 0), **words)
    return above


def as_known_then(tables: dict[str, pd.DataFrame], *, top: float, axes: Any = None) -> Axes:
    """Draw the ceiling's interval by the last date known, with an arrow where it has no end.

    Parameters
    ----------
    tables : dict of str to DataFrame
        By panel: index the last year known; ``ceiling``, ``low`` and ``high`` in units of what a
        line at one stands for, and ``interior``.
    top : float
        Upper end of the axis; an interval that goes further has an arrow too.
    axes : sequence of Axes, optional

    Returns
    -------
    Axes
        The first.

    Examples
    --------
    >>> table = pd.DataFrame({"ceiling": [2.0, 1.1], "low": [0.7, 1.0], "high": [np.inf, 1.2],
    ...                       "interior": True}, index=[1984, 1988])
    >>> ax = as_known_then({"recorders": table}, top=2.5)
    >>> {ax.get_title(loc) for loc in ("left", "center")} == {"recorders", ""}
    True
    >>> plt.close(ax.figure)
    """
    if axes is None:
        axes = plt.subplots(1, len(tables), sharey=True, layout="constrained", squeeze=False)[1]
    axes = np.ravel(axes)
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        open_end = ~(table["high"] <= top)
        x = table.index.to_numpy()
        ax.vlines(x, table["low"], table["high"].clip(upper=top), color=_CYCLE[0], lw=2.5)
        ax.plot(x[open_end], np.full(open_end.sum(), top), "^", color=_CYCLE[0], ms=9,
                clip_on=False)  # fmt: skip
        seen = table["interior"] & (table["ceiling"] <= top)
        ax.plot(x[seen], table["ceiling"][seen], "o", color=_CYCLE[0], mfc="white", zorder=3)
        ax.axhline(1, color=INK, lw=1.2)
        ax.set(title=name, ylim=(0, 1.08 * top))
        ax.set_xlabel("last year known")
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    return axes[0]


def same_fit(
    table: pd.DataFrame, t: Any, y: Any, *, until: Any, top: float, ax: Axes | None = None
) -> Axes:
    """Draw several curves fitted to one record, and what the record did afterwards.

    Parameters
    ----------
    table : DataFrame
        What `uptake.openclosed.method.families` returned.
    t, y : array_like
        What came after.
    until : date
        How far to draw.
    top : float
        Upper end of the axis.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from uptake import Logistic, Exponential
    >>> from uptake.openclosed.method import families
    >>> t = np.arange(10.0)
    >>> y = Logistic(1.0, 1.0, 9.0)(t)
    >>> ax = same_fit(families([Logistic, Exponential], t, y), t + 10, y * 0 + 1.0, until=14, top=2)
    >>> len([line for line in ax.lines if line.get_linestyle() == "--"])
    2
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(layout="constrained")[1]
    ax.plot(t, y, "o", color=MUTED, mfc="white", ms=5, zorder=3)
    # Curves that coincide would hide each other: where solid the first is widest, so that its edge
    # is seen; where dashed each one's dashes fall into the gaps of the others.
    widths, gap = np.linspace(8, 1.6, len(table)), 2.0 * (len(table) - 1)
    for i, ((name, row), color) in enumerate(zip(table.iterrows(), _CYCLE, strict=False)):
        drawn = len(ax.lines)
        fitted(row["fit"], until=until, color=color, ax=ax, marker="none")
        for line in ax.lines[drawn:]:
            if line.get_linestyle() == "--":
                line.set(linestyle=(2.0 * i, (2.0, gap)), linewidth=2.6, dash_capstyle="butt")
            else:
                line.set_linewidth(widths[i])
        # The ends coincide, so the names stand in a column, each in its colour.
        ax.annotate(name, (0.02, 0.96 - 0.085 * i), xycoords="axes fraction", va="top",
                    color=color, size=10.5, weight="bold")  # fmt: skip
    first = table["fit"].iloc[0]
    fitted(first, color=INK, ax=ax).lines[-1].remove()
    ax.set_ylim(0, top)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return ax


def by_stage(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many technologies' ceilings were bounded and right, by stage.

    Parameters
    ----------
    table : DataFrame
        What `uptake.openclosed.technologies.by_stage` returned.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> table = pd.DataFrame({"fitted": [8], "contains": [4], "below": [3], "above": [1],
    ...                       "too_few": [2]}, index=[0.5])
    >>> ax = by_stage(table)
    >>> [int(patch.get_height()) for patch in ax.patches]
    [4, 1, 3, 2]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(layout="constrained")[1]
    x = np.arange(len(table))
    looks = {
        "contains": ("holds the later level", _CYCLE[0], INK),
        "above": ("lies wholly above it", _CYCLE[3], "white"),
        "below": ("lies wholly below it", _CYCLE[1], "white"),
        "too_few": ("too few values to fit", PALE, INK),
    }
    base = np.zeros(len(table))
    for name, (label, color, _) in looks.items():
        height = table[name].to_numpy()
        ax.bar(x, height, 0.72, bottom=base, color=color, label=label)
        for place, low, value in zip(x, base, height, strict=True):
            ink = INK if color == PALE else "white"
            if value:
                ax.text(place, low + value / 2, f"{value}", ha="center", va="center", color=ink)
        base += height
    ax.set_xticks(x, [f"{share:.0%}" for share in table.index])
    ax.set_xlabel("record ends where this share of the last level was first reached")
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.22), ncols=2, handlelength=1.1)
    ax.grid(visible=False)
    ax.set_yticks([])
    return ax
