"""Figures of volume and value: shares, relative price, populations, selection, breadth.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from uptake.figures import COLORS, label_lines, look
from uptake.figures.house import INK, MUTED, PAIR, PALE

UNITS = {"tokens": (PAIR[0], "o"), "dollars": (PAIR[1], "D"), "other": (INK, "^")}


def shares(table: pd.DataFrame, *, freeze: pd.Timestamp, ax: Axes | None = None) -> Axes:
    """Draw closed models' share of tokens and of dollars by week.

    Parameters
    ----------
    table : DataFrame
        ``tokens`` and ``dollars`` (log odds of closed) by week, from `volume.relative_price`.
    freeze : Timestamp
        Later weeks lie on shaded ground.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> weeks = pd.date_range("2026-05-25", periods=2, freq="7D")
    >>> table = pd.DataFrame({"tokens": [0.0, 0.0], "dollars": [2.0, 2.0]}, weeks)
    >>> ax = shares(table, freeze=weeks[0])
    >>> [text.get_text() for text in ax.texts]
    ['of tokens', 'of dollars']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.4), layout="constrained")[1]
    for name, color in zip(("tokens", "dollars"), PAIR, strict=True):
        share = 1 / (1 + np.exp(-table[name]))
        marker = UNITS[name][1]
        ax.plot(share.index, share, color=color, marker=marker, ms=4, label=f"of {name}")
    _after(ax, table.index, freeze)
    ax.set(ylim=(0, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    label_lines(ax)
    return ax


def relative(
    records: Mapping[str, pd.Series],
    *,
    freeze: pd.Timestamp,
    changed: pd.Timestamp,
    line: pd.DataFrame,
    ax: Axes | None = None,
) -> Axes:
    """Draw the relative price by week on a log scale, in several ways of working it out.

    Parameters
    ----------
    records : mapping of str to Series
        Relative price by week, up to three; the first is the one fitted. They may reach past the
        freeze.
    freeze : Timestamp
        Later weeks lie on shaded ground.
    changed : Timestamp
        Since when the archive lists only the top of the table; the line breaks there.
    line : DataFrame
        From `volume.fitted_line`: the line, and the two that its interval allows.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> weeks = pd.date_range("2026-04-20", periods=3, freq="7D")
    >>> one = pd.Series([5.0, 6.0, 11.0], weeks)
    >>> line = pd.DataFrame({"line": one, "flattest": one, "steepest": one})
    >>> records = {"published": one, "rebuilt": one}
    >>> ax = relative(records, freeze=weeks[2], changed=weeks[1], line=line)
    >>> [text.get_text() for text in ax.texts][:2]
    ['published', 'rebuilt']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    drawn = []
    for (name, series), color in zip(records.items(), (INK, *PAIR), strict=False):
        before, after = series[series.index < changed], series[series.index >= changed]
        style = {"color": color, "lw": 1.4 if drawn else 2.2, "zorder": 3 - 0.1 * len(drawn)}
        ax.plot(before.index, before, **style)
        drawn += ax.plot(after.index, after, label=name, **style)
    ends = (line["flattest"], line["steepest"])
    ax.fill_between(line.index, np.minimum(*ends), np.maximum(*ends), color=PALE, lw=0, alpha=0.8)
    ax.plot(line.index, line["line"], color=MUTED, lw=1.2)
    ax.axvline(changed, color=MUTED, lw=0.8, ls=":")
    _after(ax, next(iter(records.values())).index, freeze)
    ax.set(yscale="log", ylim=(1.8, 20))
    ax.yaxis.set_major_locator(FixedLocator([2, 3, 5, 10, 20]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    label_lines(ax, drawn)
    where = {"xytext": (-5, 0), "textcoords": "offset points", "ha": "right", "va": "top"}
    ax.annotate("all models listed", (changed, 19), color=MUTED, size=9.5, **where)
    where |= {"xytext": (5, 0), "ha": "left"}
    ax.annotate("top of the table", (changed, 2.2), color=MUTED, size=9.5, **where)
    return ax


def labs(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the relative price when one author at a time is left out.

    Parameters
    ----------
    table : DataFrame
        From `volume.without_each`; its first row is nobody.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"relative": [6.0, 3.0]}, ["nobody", "a"])
    >>> [tick.get_text() for tick in labs(table).get_yticklabels()]
    ['nobody', 'a']
    >>> plt.close("all")
    """
    size = (7.2, 0.6 + 0.27 * len(table))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    whole, y = table["relative"].iloc[0], np.arange(len(table))
    ax.axvline(whole, color=MUTED, lw=1)
    ax.hlines(y, whole, table["relative"], color=PALE, lw=4)
    ax.plot(table["relative"], y, ls="none", marker="D", ms=6, color=INK)
    for at, value in zip(y, table["relative"], strict=True):
        side = -1 if value < whole else 1
        ax.annotate(
            f"{value:.1f}",
            (value, at),
            (9 * side, 0),
            textcoords="offset points",
            va="center",
            ha="right" if side < 0 else "left",
            size=9.5,
        )
    ax.set_yticks(y, table.index)
    ax.set(ylim=(len(table) - 0.4, -0.6), xlim=(0, 1.15 * table["relative"].max()))
    ax.grid(visible=False, axis="y")
    return ax


def populations(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the open share of each population as a range, known ones filled, later ones hollow.

    Parameters
    ----------
    table : DataFrame
        From `volume.populations`.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> row = {"population": "Router", "unit": "tokens", "date": pd.Timestamp("2026-04-27")}
    >>> table = pd.DataFrame([row | {"low": 0.5, "high": 0.6, "later": False}])
    >>> ax = populations(table)
    >>> ax.get_yticklabels()[0].get_text()
    'Router, tokens, April 2026'
    >>> plt.close(ax.figure)
    """
    size = (7.2, 0.6 + 0.33 * len(table))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    for y, row in enumerate(table.itertuples()):
        color, marker = UNITS[row.unit]
        face = "white" if row.later else color
        ends = {"ls": "none", "marker": marker, "ms": 6.5, "mfc": face, "mec": color, "zorder": 3}
        ax.plot([row.low, row.high], [y, y], color=color, lw=3.5, alpha=0.35)
        ax.plot([row.low, row.high], [y, y], **ends)
        narrow = row.high - row.low < 0.015  # two ends rounded apart would look like a range
        middle = (row.low + row.high) / 2
        text = f"{middle:.0%}" if narrow else f"{row.low:.0%} to {row.high:.0%}"
        style = {"textcoords": "offset points", "va": "center", "color": color, "size": 9.5}
        ax.annotate(text, (row.high, y), (9, 0), **style)
    names = [
        f"{row.population}, {row.unit}, {row.date:%B %Y}".replace(", other", "")
        for row in table.itertuples()
    ]
    ax.set_yticks(range(len(table)), names)
    ax.set(ylim=(len(table) - 0.4, -0.6), xlim=(-0.02, 1))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(visible=False, axis="y")
    return ax


def selection(
    bounds: Mapping[str, pd.DataFrame],
    survey: tuple[float, float],
    *,
    at: Mapping[str, float],
    ax: Axes | None = None,
) -> Axes:
    """Draw how far the whole can lie from the router, by how strongly the router selects.

    Parameters
    ----------
    bounds : mapping of str to DataFrame
        From `volume.whole`, for ``tokens`` and ``dollars``.
    survey : (low, high)
        Share in the other population, drawn as a band.
    at : mapping of str to float
        Selection at which each wedge reaches the survey, marked.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = pd.DataFrame({"low": [0.5, 0.2], "high": [0.5, 0.8]}, [1.0, 4.0])
    >>> ax = selection({"tokens": one}, (0.1, 0.2), at={"tokens": 4.0})
    >>> ax.texts[0].get_text()
    'tokens'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    for name, table in bounds.items():
        color = UNITS[name][0]
        ax.fill_between(table.index, table["low"], table["high"], color=color, alpha=0.18, lw=0)
        ax.plot(table.index, table["low"], color=color, lw=1.6)
        ax.plot(table.index, table["high"], color=color, lw=1.6)
        start = (table.index[0], table["high"].iloc[0])
        style = {"textcoords": "offset points", "color": color, "weight": "bold"}
        ax.annotate(name, start, (-6, 0), ha="right", va="center", **style)
        ax.plot(at[name], np.mean(survey), "o", color=color, ms=7, zorder=4)
        style |= {"ha": "center", "va": "bottom"}
        ax.annotate(f"{at[name]:.1f}", (at[name], np.mean(survey)), (0, 7), **style)
    ax.axhspan(*survey, color=COLORS["unknown"], alpha=0.45, lw=0)
    last = max(table.index[-1] for table in bounds.values())
    style = {"textcoords": "offset points", "color": COLORS["unknown"], "ha": "right"}
    ax.annotate("firms, by survey", (last, survey[1]), (-4, 3), va="bottom", **style)
    ax.set(xscale="log", xlim=(0.6, last), ylim=(0, 1))
    ax.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return ax


def breadth(
    models: pd.Series, authors: pd.Series, *, first: int = 30, ax: Axes | None = None
) -> Axes:
    """Draw what part of a side's tokens its largest models and authors carry, side by side.

    Parameters
    ----------
    models, authors : Series
        Shares by weights and name, largest first, from `volume.ranked`.
    first : int
        How many to draw.
    ax : Axes, optional
        The left axes; by default two are made.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["open", "closed"], ["a", "b"]])
    >>> one = pd.Series([0.9, 0.1, 0.6, 0.4], index)
    >>> ax = breadth(one, one)
    >>> {ax.get_title(loc) for loc in ("left", "center")} == {"Models", ""}
    True
    >>> plt.close(ax.figure)
    """
    if ax is None:
        axes = plt.subplots(1, 2, figsize=(7.2, 3.3), layout="constrained", sharey=True)[1]
    else:
        axes = ax.figure.axes[:2]
    for panel, ranked, name in zip(axes, (models, authors), ("Models", "Makers"), strict=True):
        curves = {s: np.r_[0, ranked[s].head(first).cumsum()] for s in ("open", "closed")}
        at = min(5, *(curve.size - 1 for curve in curves.values()))
        for side, curve in curves.items():
            style = look(side) | {"ms": 3.5, "markevery": 3}
            panel.plot(np.arange(curve.size), curve, label=side, **style)
            above = curve[at] >= max(other[at] for other in curves.values())
            where = {"ha": "right", "va": "bottom"} if above else {"ha": "left", "va": "top"}
            shift = (-5, 4) if above else (6, -3)
            style = {"textcoords": "offset points", "color": COLORS[side], "size": 9.5}
            panel.annotate(side, (at, curve[at]), shift, **where, **style)
        panel.set(title=name, xlabel="The largest, counted together", xlim=(0, first), ylim=(0, 1))
        panel.yaxis.set_major_formatter(PercentFormatter(1))
    return axes[0]


def _after(ax: Axes, dates: pd.DatetimeIndex, freeze: pd.Timestamp) -> None:
    if dates.max() > freeze:
        ax.axvspan(freeze, dates.max(), color=PALE, alpha=0.6, lw=0)
