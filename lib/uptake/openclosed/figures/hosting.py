"""Figures of host prices: how far apart, what a trend is made of, the cheapest of a growing set.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from uptake.figures import COLORS, label_lines, look
from uptake.figures.house import INK, MUTED, PAIR, PALE
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.rules import Region


def asked(prices: pd.DataFrame, *, models: int = 8, ax: Axes | None = None) -> Axes:
    """Draw what hosts ask for the same weights, over the median of the model.

    Parameters
    ----------
    prices : DataFrame
        ``model``, ``host``, ``price`` (USD per million tokens) of one month.
    models : int
        How many models, those with most hosts; the number of hosts is written beside each.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": "m", "host": ["a", "b", "c"], "price": [1.0, 2.0, 4.0]})
    >>> ax = asked(rows)
    >>> ax.lines[0].get_xdata().tolist()
    [0.5, 1.0, 2.0]
    >>> plt.close(ax.figure)
    """
    sizes = prices.groupby("model")["host"].nunique()
    top = sizes.sort_values(ascending=False, kind="stable").index[:models]
    ax = ax or plt.subplots(figsize=(7.2, 0.7 + 0.36 * len(top)), layout="constrained")[1]
    for y, model in enumerate(top):
        values = np.sort(prices.loc[prices["model"] == model, "price"].to_numpy())
        values = values / np.median(values)
        ax.plot(values, np.full(values.size, y), ls="none", ms=7, alpha=0.75, **look("open"))
        note = f"{values.size} hosts, {values[-1] / values[0]:.0f} to 1"
        where = {"xytext": (10, 0), "textcoords": "offset points", "va": "center", "size": 9.5}
        ax.annotate(note, (values[-1], y), color=MUTED, **where)
    ax.axvline(1, color=INK, lw=1.2, zorder=0)
    ax.set_xscale("log", base=2)
    low, high = ax.get_xlim()
    ticks = [v for v in (0.125, 0.25, 0.5, 1, 2, 4, 8, 16) if low <= v <= high]
    ax.set_xticks(ticks, [f"{v:g}\N{MULTIPLICATION SIGN}" for v in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(top)), top)
    ax.set(ylim=(len(top) - 0.4, -0.6), xlim=(low, high * 2.6))
    ax.grid(visible=False, axis="y")
    return ax


def ladder(
    estimates: Mapping[str, Estimate], regions: Mapping[str, Region], *, ax: Axes | None = None
) -> Axes:
    """Draw estimates below each other with their intervals, over the regions of the rule.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        By name, all in one unit.
    regions : mapping of str to Region
        Shaded and named above.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = Estimate(-0.1, -0.3, 0.1, "log units a year")
    >>> ax = ladder({"same pairs": one}, {"refutes": Region(-0.2, np.inf)})
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['same pairs']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 0.9 + 0.5 * len(estimates)), layout="constrained")[1]
    ends = [end for e in estimates.values() for end in (e.low, e.high)]
    pad = 0.15 * np.ptp(ends)
    low, high = min(ends) - pad, max(ends) + pad
    for name, region in regions.items():
        left, right = np.clip([region.low, region.high], low, high)
        ax.axvspan(left, right, color=PALE, alpha=0.55, lw=0, zorder=0)
        style = {"ha": "center", "va": "bottom", "size": 9.5, "color": MUTED}
        ax.text((left + right) / 2, -0.62, name, **style)
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for y, estimate in enumerate(estimates.values()):
        color = INK if y == 0 else COLORS["unknown"]
        ax.plot([estimate.low, estimate.high], [y, y], color=color, lw=2.5, solid_capstyle="butt")
        ax.plot(estimate.value, y, "D", color=color, ms=8, mfc="white", mew=2)
        text = f"{estimate.value:+.2f}".replace("-", "\N{MINUS SIGN}")
        ax.annotate(text, (estimate.value, y), (0, 8), textcoords="offset points", ha="center",
                    color=color, size=10, bbox=ground)  # fmt: skip
    ax.axvline(0, color=MUTED, lw=0.8, zorder=0)
    ax.set_yticks(range(len(estimates)), list(estimates))
    ax.set(ylim=(len(estimates) - 0.5, -1.0), xlim=(low, high))
    ax.grid(visible=False, axis="y")
    return ax


def spread_of_models(ratios: Mapping[str, pd.Series], *, ax: Axes | None = None) -> Axes:
    """Draw, for open and closed models, the share whose dearest host is within a multiple.

    Parameters
    ----------
    ratios : mapping of str to Series
        Dearest over cheapest host price of each model; keys "open" and "closed".
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> ax = spread_of_models({"open": pd.Series([1.0, 4.0]), "closed": pd.Series([1.0, 1.0])})
    >>> ax.lines[0].get_ydata().tolist()
    [0.0, 0.5, 1.0, 1.0]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.4), layout="constrained")[1]
    last = max(series.max() for series in ratios.values())
    for kind, series in ratios.items():
        x = np.sort(series.to_numpy(float))
        share = np.arange(1, x.size + 1) / x.size
        style = {"color": COLORS[kind], "lw": 2.2, "drawstyle": "steps-post"}
        ax.plot(np.r_[1.0, x, last], np.r_[0.0, share, 1.0], label=kind, **style)
    ax.set_xscale("log", base=2)
    ticks = [v for v in (1, 2, 4, 8, 16, 32) if v <= 1.1 * last]
    ax.set_xticks(ticks, [f"{v}\N{MULTIPLICATION SIGN}" for v in ticks])
    ax.minorticks_off()
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    ax.set(ylim=(0, 1.03), xlim=(0.97, last), xlabel="Dearest host over cheapest host")
    for line in ax.lines:
        x, y = line.get_data()
        place = int(np.searchsorted(y, 0.5))
        ax.annotate(line.get_label(), (x[place], 0.5), (12, -9), textcoords="offset points",
                    va="center", weight="bold", color=line.get_color())  # fmt: skip
    return ax


def made_of(parts: Mapping[str, pd.DataFrame], *, ax: Axes | None = None) -> Axes:
    """Draw the parts of a change as bars with their intervals, by price list.

    Parameters
    ----------
    parts : mapping of str to DataFrame
        From `uptake.openclosed.hosting.summed`, by name of the list; one or two of them.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"change": [-0.1, -0.1], "low": -0.2, "high": 0.1},
    ...                      index=["same hosts", "all"])
    >>> ax = made_of({"one list": table})
    >>> [round(float(bar.get_width()), 2) for bar in ax.patches]
    [-0.1, -0.1]
    >>> plt.close(ax.figure)
    """
    names = next(iter(parts.values())).index
    places, height = np.arange(len(names), dtype=float), 0.76 / len(parts)
    places[-1] += 0.3  # the sum stands apart from its parts
    ax = ax or plt.subplots(figsize=(7.2, 0.6 + 0.62 * len(names)), layout="constrained")[1]
    for i, ((name, table), color) in enumerate(zip(parts.items(), PAIR, strict=False)):
        y = places + (i - (len(parts) - 1) / 2) * height
        ax.barh(y, table["change"], height=0.9 * height, color=color, alpha=0.85)
        ax.hlines(y, table["low"], table["high"], color=INK, lw=1.3)
        ax.annotate(name, (table["high"].iloc[0], y[0]), (8, 0), textcoords="offset points",
                    va="center", color=color, weight="bold", size=10)  # fmt: skip
    ax.axvline(0, color=INK, lw=0.8)
    ax.set_yticks(places, names)
    ax.get_yticklabels()[-1].set_weight("bold")
    ax.set(ylim=(places[-1] + 0.6, -0.6))
    ax.grid(visible=False, axis="y")
    return ax


def falling_minimum(
    paths: pd.DataFrame, names: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """Draw how the cheapest price falls with age, beside what it does when nobody cuts.

    Parameters
    ----------
    paths : DataFrame
        From `uptake.openclosed.hosting.cheapest_paths`, in log units; the interval of the
        cheapest is drawn where it is given.
    names : mapping of str to str
        Which columns, and what to call each; the first in the colour of open models.
    ax : Axes, optional
        Where to draw; the axis is the multiple of the first month.

    Examples
    --------
    >>> table = pd.DataFrame({"cheapest": [0.0, -0.5], "median": [0.0, -0.1]})
    >>> ax = falling_minimum(table, {"cheapest": "cheapest", "median": "median"})
    >>> [round(float(v), 3) for v in ax.lines[0].get_ydata()]
    [1.0, 0.607]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    styles = (look("open") | {"lw": 2.4}, {"color": INK, "lw": 1.8}, {"color": PAIR[0], "lw": 1.8},
              {"color": PAIR[1], "lw": 1.8})  # fmt: skip
    for (column, name), style in zip(names.items(), styles, strict=False):
        ax.plot(paths.index, np.exp(paths[column]), label=name, **style)
    if "cheapest low" in paths:
        ends = np.exp(paths[["cheapest low", "cheapest high"]]).to_numpy().T
        ax.fill_between(paths.index, *ends, color=COLORS["open"], alpha=0.15, lw=0, zorder=0)
    ax.set(ylim=(0, 1.05), xlabel="Months since the model entered the list")
    ax.set_xticks(paths.index)
    label_lines(ax)
    return ax
