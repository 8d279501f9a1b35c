"""Figures of who serves: growth of the stack, hosts' shares and revenue, cells, stays.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from uptake.figures import COLORS, label_lines, look, survival
from uptake.figures.house import INK, MUTED, PAIR, PALE

HOST_STYLES = {
    "makers of closed models": look("closed"),
    "makers of open models": look("open"),
    "clouds": {"color": PAIR[0], "marker": "^"},
    "independent hosts": {"color": PAIR[1], "marker": "D"},
}


def packages(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the yearly growth of each package, and the median of either side.

    Parameters
    ----------
    table : DataFrame
        From `hosting.package_growth`; the axis is the yearly multiple.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"side": ["open", "closed"], "growth": [0.0, 1.0], "half": 0.1},
    ...                      ["a", "b"])
    >>> ax = packages(table)
    >>> [round(float(line.get_xdata()[0]), 3) for line in (ax.lines[0], ax.lines[2])]
    [1.0, 2.718]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 1.1 + 0.27 * len(table)), layout="constrained")[1]
    for y, (side, growth, half) in enumerate(table[["side", "growth", "half"]].to_numpy()):
        ends = np.exp([growth - half, growth + half])
        ax.plot(np.exp(growth), y, ls="none", ms=8, **look(side))
        ax.plot(ends, [y, y], color=COLORS[side], lw=1.3, zorder=1)
    for side in ("open", "closed"):
        middle = np.exp(table.loc[table["side"] == side, "growth"].median())
        ax.plot([middle] * 2, [-0.6, len(table) - 0.5], color=COLORS[side], lw=1.2, zorder=0)
        left = middle <= np.exp(table["growth"].median())
        where = {"xytext": (6 if left else -6, 4), "textcoords": "offset points", "va": "bottom"}
        note = f"median\n{side} {middle:.1f}\N{MULTIPLICATION SIGN}"
        style = {"color": COLORS[side], "size": 9.5, "weight": "bold"}
        ax.annotate(note, (middle, -0.7), ha="right" if left else "left", **style, **where)
    ax.set_xscale("log", base=2)
    low, high = ax.get_xlim()
    _multiples(ax, [v for v in (0.5, 1, 2, 4, 8, 16, 32, 64) if low <= v <= high])
    ax.set_yticks(range(len(table)), table.index)
    for tick, side in zip(ax.get_yticklabels(), table["side"], strict=True):
        tick.set_color(COLORS[side])
    ax.set(ylim=(len(table) - 0.3, -2.4))
    ax.grid(visible=False, axis="y")
    return ax


def record(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the sums of both sides' downloads since the first snapshot, log scale.

    Parameters
    ----------
    table : DataFrame
        From `hosting.stack_record`.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> ax = record(pd.DataFrame({"open": [1.0, 2.0], "closed": [2.0, 8.0]}, days))
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[1.0, 2.0], [1.0, 4.0]]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.4), layout="constrained")[1]
    names = {"open": "open stack", "closed": "closed clients"}
    for side, name in names.items():
        values = table[side] / table[side].iloc[0]
        ax.plot(table.index, values, label=name, ms=4, **look(side))
    ax.set_yscale("log", base=2)
    low, high = ax.get_ylim()
    ticks = [v for v in (0.25, 0.5, 1, 2, 4, 8, 16, 32) if low <= v <= high]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}\N{MULTIPLICATION SIGN}"))
    label_lines(ax)
    return ax


def host_shares(shares: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of tokens that each kind of host serves, day by day.

    Parameters
    ----------
    shares : DataFrame
        From `hosting.host_shares`: days in light lines, spans of seven days in full ones.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=14)
    >>> table = pd.DataFrame(dict.fromkeys(HOST_STYLES, 0.25), days)
    >>> ax = host_shares(table)
    >>> len(ax.lines)
    8
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.8), layout="constrained")[1]
    means = shares.groupby((shares.index - shares.index[0]).days // 7).mean()
    middles = shares.index[0] + pd.to_timedelta(7 * means.index + 3, "D")
    for name, style in HOST_STYLES.items():
        ax.plot(shares.index, shares[name], color=style["color"], lw=0.8, alpha=0.35)
        ax.plot(middles, means[name], label=name, ms=5, **style)
    ax.set(ylim=(0, None))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.xaxis.get_offset_text().set_visible(False)  # the year stands in the unit
    label_lines(ax)
    return ax


def cells(bounds: pd.DataFrame, counted: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what each cell of host and weights may have been in spring, and was in summer.

    Parameters
    ----------
    bounds : DataFrame
        From `hosting.cell_bounds`.
    counted : DataFrame
        From `hosting.exact_cells`.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> bounds = pd.DataFrame({"low": [0.1], "high": [0.3]}, ["open, elsewhere"])
    >>> counted = pd.DataFrame({"mean": [0.2], "least": [0.1], "most": [0.4]}, bounds.index)
    >>> ax = cells(bounds, counted)
    >>> ax.lines[0].get_xdata().tolist()
    [0.1, 0.3]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 0.9 + 0.62 * len(bounds)), layout="constrained")[1]
    for y, name in enumerate(bounds.index):
        color = COLORS[name.split(",")[0]]
        ends, row = bounds.loc[name], counted.loc[name]
        ax.plot([ends["low"], ends["high"]], [y - 0.14] * 2, color=color, lw=6, alpha=0.45,
                solid_capstyle="butt")  # fmt: skip
        ax.plot([row["least"], row["most"]], [y + 0.2] * 2, color=color, lw=1.4)
        ax.plot(row["mean"], y + 0.2, ms=7, ls="none", **look(name.split(",")[0]))
        if ends["high"] - ends["low"] < 0.005:
            ax.plot(ends["low"], y - 0.14, "|", color=color, ms=13, mew=3)
    first = bounds.index[-2] if len(bounds) > 1 else bounds.index[0]
    y = list(bounds.index).index(first)
    notes = ((bounds.loc[first, "high"], y - 0.14, "bounds, spring"),
             (counted.loc[first, "most"], y + 0.2, "counted, July and August"))  # fmt: skip
    for x, at, text in notes:
        ax.annotate(text, (x, at), (8, 0), textcoords="offset points", va="center", size=9.5,
                    color=MUTED)  # fmt: skip
    ax.set_yticks(range(len(bounds)), [name.replace(", ", ",\n") for name in bounds.index])
    ax.set(ylim=(len(bounds) - 0.4, -0.6), xlim=(0, None))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(visible=False, axis="y")
    return ax


def revenue(table: pd.DataFrame, *, start: pd.Timestamp, ax: Axes | None = None) -> Axes:
    """Draw each host's revenue over the laboratories', with the range of its figures.

    Parameters
    ----------
    table : DataFrame
        From `hosting.ratios`.
    start : Timestamp
        Figures before lie on shaded ground: they are not in the estimate.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-03-31", "2026-03-31"])
    >>> ends = {"low": [0.01, 0.02], "value": [0.02, 0.03], "high": [0.03, 0.04]}
    >>> ax = revenue(pd.DataFrame({"host": "baseten", "date": days, **ends}), start=days[0])
    >>> [text.get_text() for text in ax.texts]
    ['Baseten']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.8), layout="constrained")[1]
    styles = (("o", PAIR[0]), ("^", PAIR[1]), ("D", INK), ("s", MUTED))
    for (host, rows), (marker, color) in zip(table.groupby("host"), styles, strict=False):
        spans = (rows["value"] - rows["low"], rows["high"] - rows["value"])
        ax.errorbar(rows["date"], rows["value"], spans, color=color, marker=marker, mfc="white",
                    mew=1.8, ms=7, lw=1.8, elinewidth=1.3, label=host.title())  # fmt: skip
        last = rows.iloc[-1]
        ax.annotate(host.title(), (last["date"], last["value"]), (9, 0), color=color,
                    textcoords="offset points", va="center", weight="bold")  # fmt: skip
    ax.set_yscale("log")
    ticks = (0.002, 0.005, 0.01, 0.02, 0.05)
    low, high = ax.get_ylim()
    ax.yaxis.set_major_locator(FixedLocator([v for v in ticks if low <= v <= high]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    left, right = ax.get_xlim()
    if table["date"].min() < start:
        ax.axvspan(left, date2num(start), color=PALE, alpha=0.6, lw=0, zorder=0)
    ax.set_xlim(left, right + 0.17 * (right - left))
    return ax


def staying(curves: Mapping[str, pd.DataFrame], *, until: float, ax: Axes | None = None) -> Axes:
    """Draw how many models are still in the top nine, by weeks since they entered it.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        From `hosting.staying_curves`.
    until : float
        Weeks to show.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = pd.DataFrame({"months": [2.0], "waiting": [0.5], "low": [0.2], "high": [0.8]})
    >>> ax = staying({"open": one, "closed": one.assign(waiting=0.7)}, until=26)
    >>> [text.get_text() for text in ax.texts]
    ['open', 'closed']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    for side, table in curves.items():
        kept = table[table["months"] <= until]
        survival(kept["months"], kept["waiting"], low=kept["low"], high=kept["high"], until=until,
                 color=COLORS[side], label=side, ax=ax)  # fmt: skip
    ax.set(xlim=(0, until), xlabel="Weeks since entry")
    ax.set_xticks([0, 4, 8, 13, 26] if until == 26 else [0, until / 2, until])
    label_lines(ax)
    return ax


def _multiples(ax: Axes, ticks: list[float]) -> None:
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}\N{MULTIPLICATION SIGN}"))
