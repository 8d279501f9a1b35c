"""Figures of the essay as a model: one picture, two readings, and what parts them."""

from collections.abc import Sequence

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter
from numpy.typing import NDArray

from uptake.curves import Exponential, Logistic
from uptake.figures import label_lines, look
from uptake.figures.house import INK, MUTED, PALE
from uptake.openclosed.argument import dollar_share, implied_price_ratio
from uptake.openclosed.freeze import FREEZE


def same_picture(years: NDArray, opened: Exponential, closed: Exponential, share: Logistic) -> Axes:
    """Draw two free exponentials, and the share they imply under the points of one market.

    Parameters
    ----------
    years : ndarray, shape (n,)
        Times at which to draw.
    opened, closed : Exponential
        The two curves, in tokens a week.
    share : Logistic
        Substitution curve of the open share in one market.

    Returns
    -------
    Axes
        The upper axes; the lower one is the second of its figure.
    """
    axes = plt.subplots(2, figsize=(6.4, 5.8), layout="constrained")[1]
    for kind, curve in (("open", opened), ("closed", closed)):
        axes[0].plot(years, curve(years), color=look(kind)["color"], label=kind)
    axes[0].set(yscale="log")
    axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes[0].set_title("Tokens a week, log scale")
    free = opened(years) / (opened(years) + closed(years))
    axes[1].plot(years, free, color=look("open")["color"], label="two curves")
    some = years[:: len(years) // 12]
    axes[1].plot(some, share(some), "D", color=INK, mfc="white", zorder=3)
    words = {"xytext": (8, -10), "textcoords": "offset points", "color": INK, "size": 10.5}
    axes[1].annotate("one market", (some[4], share(some[4])), va="top", **words)
    words |= {"xytext": (-8, 8), "ha": "right", "color": look("open")["color"]}
    axes[1].annotate("two curves", (some[8], share(some[8])), va="bottom", **words)
    axes[1].set(xlabel="Years", ylim=(0, 1))
    axes[1].yaxis.set_major_formatter(PercentFormatter(1))
    axes[1].set_title("Open share of tokens")
    for ax in axes:
        ax.set(xticks=range(int(years[-1]) + 1), xlim=(0, years[-1] * 1.16))
    label_lines(axes[0])
    return axes[0]


def two_units(
    ratios: Sequence[float],
    published: tuple[float, float],
    later: float,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw closed share of dollars against its share of tokens, a line for each price ratio.

    Parameters
    ----------
    ratios : sequence of float
        Prices of a closed token over an open one.
    published : tuple of float
        Closed share of tokens and of dollars to mark.
    later : float
        Closed share of tokens at some later time, to show where each reading then stands.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        The axes.
    """
    ax = ax or plt.subplots(figsize=(6.4, 4.6), layout="constrained")[1]
    tokens = np.linspace(0, 1, 201)
    for ratio in ratios:
        ax.plot(tokens, dollar_share(tokens, ratio), color=MUTED, lw=1.2)
        at = 0.5 / ratio**0.6
        words = {"size": 10, "color": MUTED, "ha": "center", "va": "center"}
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        name = f"{ratio:g} times" if ratio > 1 else "same price"
        ax.text(at, dollar_share(at, ratio), name, bbox=box, **words)
    tokens, dollars = published
    path = np.linspace(tokens, later, 60)
    price = implied_price_ratio(*published)
    _move(ax, path, dollar_share(path, price), "dollars follow")
    _move(ax, path, np.full_like(path, dollars), "dollars stay")
    ax.plot(*published, ms=9, ls="none", zorder=4, **look("closed"))
    words = {"xytext": (2, -14), "textcoords": "offset points", "size": 10.5, "va": "top"}
    words["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.annotate("published", published, color=look("closed")["color"], **words)
    ax.set(xlim=(0, 1.0), ylim=(0, 1.02), xlabel="Closed share of tokens")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return ax


def _move(ax: Axes, x: NDArray, y: NDArray, name: str) -> None:
    """Draw a path with its head at the end, and its name before it."""
    color = look("closed")["color"]
    ax.plot(x, y, color=color, lw=2.2, zorder=3)
    style = {"arrowstyle": "-|>", "color": color, "lw": 2.2, "mutation_scale": 14}
    ax.annotate("", (x[-1], y[-1]), (x[-4], y[-4]), arrowprops=style, zorder=3)
    words = {"xytext": (-8, 0), "textcoords": "offset points", "size": 10.5, "weight": "bold"}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.annotate(name, (x[-1], y[-1]), ha="right", va="center", color=color, bbox=box, **words)


def after_release(readings: dict[str, pd.DataFrame]) -> Axes:
    """Draw weekly use around an open release, one panel for each reading.

    Parameters
    ----------
    readings : dict of str to DataFrame
        Name of the reading, and what `uptake.openclosed.argument.after_release` returns.

    Returns
    -------
    Axes
        The first axes.
    """
    size = {"figsize": (6.4, 2.9 * len(readings)), "layout": "constrained"}
    axes = plt.subplots(len(readings), sharex=True, sharey=True, squeeze=False, **size)[1][:, 0]
    for ax, (name, frame) in zip(axes, readings.items(), strict=True):
        for kind in ("open", "closed"):
            ax.plot(frame.index, frame[kind], color=look(kind)["color"], label=kind)
        ax.axvline(0, color=MUTED, lw=0.8)
        first, last = frame.index[0], frame.index[-1]
        ax.set_xlim(first, last + 0.16 * (last - first))
        ax.set_xticks(range(0, int(last) + 1, 5))
        ax.set_title(name)
    axes[-1].set_xlabel("Weeks since the release")
    axes[0].yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes[0].set_ylim(0, 1.25 * max(frame.to_numpy().max() for frame in readings.values()))
    for ax in axes:
        label_lines(ax)
    return axes[0]


def hidden_displacement(found: pd.DataFrame, names: dict[float, str]) -> Axes:
    """Draw the displacement found against the strength of demand common to both sides.

    Parameters
    ----------
    found : DataFrame
        As `uptake.openclosed.argument.displacement_found` returns it.
    names : dict of float to str
        What to call each true displacement.

    Returns
    -------
    Axes
        The axes.
    """
    ax = plt.subplots(figsize=(6.8, 3.8), layout="constrained")[1]
    colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    for color, (truth, name) in zip(colors, names.items(), strict=False):
        rows = found[found["displacement"] == truth]
        ax.fill_between(rows["common"], rows["low"], rows["high"], color=color, alpha=0.18, lw=0)
        ax.plot(rows["common"], rows["median"], color=color, label=name)
    for truth in names:
        ax.axhline(truth, color=MUTED, lw=0.8, zorder=1)
    ax.set(xlabel="Swings of common demand, in units of each side's own swings")
    ax.set_xlim(0, found["common"].max() * 1.36)
    ax.set_xticks(np.arange(0, found["common"].max() + 0.01, 0.5))
    label_lines(ax)
    return ax


def calendar(
    spans: pd.DataFrame, titles: dict[str, str], horizon: tuple[pd.Timestamp, pd.Timestamp]
) -> Axes:
    """Draw the time that each claim's record covers, its tripwire, and the essay's horizon.

    Parameters
    ----------
    spans : DataFrame
        As `uptake.openclosed.overview.spans` returns it.
    titles : dict of str to str
        What to write in each row, by its index.
    horizon : tuple of Timestamp
        From when to when the essay expects its effects.

    Returns
    -------
    Axes
        The axes.
    """
    # Each row's words stand where no record reaches, so the figure is as narrow as the others.
    ax = plt.subplots(figsize=(6.4, 5.8), layout="constrained")[1]
    rows = np.arange(len(spans))
    ax.hlines(rows, spans["first"], spans["last"], color=INK, lw=5)
    ax.plot(spans["tripwire"], rows, ls="none", marker="D", mfc="white", mec=INK, ms=6)
    ax.axvspan(*horizon, color=PALE, lw=0, zorder=0)
    ax.axvline(FREEZE, color=MUTED, lw=0.8)
    ax.set_yticks(rows, spans.index)
    ax.set(ylim=(len(spans) - 0.4, -2.0), xlim=(pd.Timestamp("2022-10-01"), horizon[1]))
    ax.xaxis.set_major_locator(mdates.YearLocator(2))
    words = {"va": "center", "size": 10.5, "color": MUTED}
    after = spans["tripwire"].max() + pd.Timedelta(days=110)
    for row, name in enumerate(spans.index):
        ax.text(after, row, titles[name], **(words | {"size": 9.2, "color": INK}))
    ax.text(spans["first"].min(), -1.2, "record", **words)
    ax.text(FREEZE - pd.Timedelta(days=40), -1.2, "essay", ha="right", **words)
    ax.text(FREEZE + pd.Timedelta(days=60), -1.2, "tripwire", **words)
    ax.text(horizon[0] + (horizon[1] - horizon[0]) / 2, -1.2, "horizon", ha="center", **words)
    ax.grid(visible=False)
    return ax
