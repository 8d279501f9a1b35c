"""Figures of release and integration: waits for access, held models, Google's gap, cost and score.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from uptake.figures import COLORS, label_lines, look
from uptake.figures.house import INK, MUTED, PAIR
from uptake.openclosed.release.efficiency import on_frontier

NAMED_FROM = 12.0  # days; shorter waits are told by their bar alone


def waits(table: pd.DataFrame, *, horizon: float = 90.0, ax: Axes | None = None) -> Axes:
    """Draw between which days each model was first listed, the years below each other.

    A bar spans the days on which access may have begun; one that has no end by the freeze is
    dashed to the horizon. Waits that begin late enough are named.

    Parameters
    ----------
    table : DataFrame
        ``model``, ``year``, ``first`` and ``last`` (days), as `release.delays` gives them.
    horizon : float
        Last day shown.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": ["A", "B"], "year": [2025, 2026],
    ...                      "first": [0.0, 20.0], "last": [3.0, np.inf]})
    >>> ax = waits(rows)
    >>> [text.get_text() for text in ax.texts]
    ['2025: 1 model', '2026 to May: 1 model', 'B']
    >>> plt.close(ax.figure)
    """
    rows = [part.sort_values(["first", "last"]) for _, part in table.groupby("year")]
    names = int((table["first"] >= NAMED_FROM).sum())
    height = 1.1 + 0.085 * len(table) + 0.13 * names + 0.3 * len(rows)
    ax = ax or plt.subplots(figsize=(7.2, height), layout="constrained")[1]
    y, named = 0.0, []
    for part, color in zip(rows, PAIR, strict=False):
        year, size = part["year"].iloc[0], len(part)
        name = f"{year}{' to May' if year == 2026 else ''}: {size} model{'s' * (size > 1)}"
        ax.text(horizon, y, name, color=color, ha="right", va="center", weight="bold", size=10.5)
        y += 2.2
        for row in part.itertuples():
            y += 1.5 * (row.first >= NAMED_FROM)  # room for a name
            end = min(row.last, horizon)
            style = {"color": color, "lw": 3.4, "solid_capstyle": "butt"}
            if np.isinf(row.last):
                style |= {"ls": (0, (1.2, 0.8)), "dash_capstyle": "butt"}
            ax.plot([row.first - 0.4, end + 0.4], [y, y], **style)
            if row.first >= NAMED_FROM:
                named.append((row.model, row.first if np.isinf(row.last) else end, y, row.last))
            y += 1
        y += 2.5
    _name_waits(ax, named)
    ax.set_yticks([])
    ax.set(xlim=(-1, horizon + 0.5), ylim=(y - 1, -1.8), xlabel="Days since release")
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    return ax


def _name_waits(ax: Axes, named: list[tuple[str, float, float, float]]) -> None:
    for model, x, y, last in named:
        right = np.isinf(last)
        where = {"xytext": (-5 if right else 6, 0), "textcoords": "offset points"}
        ax.annotate(model, (x, y), ha="right" if right else "left", va="center", size=9.5, **where)


def timeline(
    held: pd.DataFrame,
    marks: Mapping[str, pd.Series],
    *,
    freeze: pd.Timestamp,
    ax: Axes | None = None,
) -> Axes:
    """Draw models held back, a row each, and below them rows of other events as ticks.

    Parameters
    ----------
    held : DataFrame
        ``date``, ``model``, ``kind``, ``until`` (NaT where general access is not dated) and
        ``waiting`` (bool: dashed to the freeze).
    marks : mapping of str to Series
        Dates by name of the row.
    freeze : Timestamp
        End of the record.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-01-01", "2026-03-01"])
    >>> held = pd.DataFrame({"date": days, "model": ["A", "B"], "kind": "limited access",
    ...                      "until": [days[1], pd.NaT], "waiting": [False, True]})
    >>> ax = timeline(held, {"opens": pd.Series(days)}, freeze=days[1])
    >>> [text.get_text() for text in ax.texts]
    ['A', 'B', 'opens (2)']
    >>> plt.close(ax.figure)
    """
    size = (7.2, 0.8 + 0.31 * (len(held) + 1.7 * len(marks)))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    start = min([held["date"].min(), *(dates.min() for dates in marks.values())])
    start -= pd.Timedelta("6D")
    middle = start + (freeze - start) / 2
    for y, event in enumerate(held.itertuples()):
        color = PAIR[int(event.date.year == freeze.year)]
        if pd.notna(event.until):
            ax.plot([event.date, event.until], [y, y], color=color, lw=3.4, solid_capstyle="butt")
        elif event.waiting:
            ax.plot([event.date, freeze], [y, y], color=color, lw=3.4, ls=(0, (1.2, 0.8)))
        ax.plot(event.date, y, "D", color=color, ms=7)
        word = event.model if event.kind == "limited access" else f"{event.model}, {event.kind}"
        left = event.date > middle
        end = event.date if left or pd.isna(event.until) else event.until
        where = {"xytext": (-9 if left else 9, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(word, (end, y), ha="right" if left else "left", size=9.5, **where)
    for k, (name, dates) in enumerate(marks.items()):
        y = len(held) + 1.7 * k
        ax.plot(dates, np.full(len(dates), y + 0.9), "|", color=MUTED, ms=13, mew=2)
        ax.text(start, y + 0.1, f"{name} ({len(dates)})", size=9.5, color=MUTED, va="center")
    ax.set_yticks([])
    ax.set(ylim=(len(held) + 1.7 * len(marks), -0.7), xlim=(start, freeze + pd.Timedelta("4D")))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    return ax


def gaps(
    measures: Mapping[str, pd.Series],
    *,
    band: tuple[ArrayLike, ArrayLike] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw Google's monthly gap by several yardsticks; below zero Google leads.

    Parameters
    ----------
    measures : mapping of str to Series
        Gap by month end, all in one unit; the first in ink.
    band : (low, high), optional
        Ends of the interval of the first measure, by month.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> months = pd.date_range("2026-01-31", periods=3, freq="ME")
    >>> ax = gaps({"index": pd.Series([1.0, -2.0, 3.0], months)})
    >>> [text.get_text() for text in ax.texts]
    ['Google behind', 'Google ahead', 'index']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.8), layout="constrained")[1]
    for (name, gap), color in zip(measures.items(), (INK, *PAIR), strict=False):
        ax.plot(gap.index, gap, color=color, label=name, drawstyle="steps-mid")
    if band is not None:
        months = next(iter(measures.values())).index
        ax.fill_between(months, *band, step="mid", color=INK, alpha=0.1, lw=0, zorder=1)
    last = max(gap.index[-1] for gap in measures.values())
    first = min(gap.index[0] for gap in measures.values())
    line = ax.axhline(0, color=MUTED, lw=1)
    line.set_label("_zero")
    ax.set(xlim=(first, last))
    style = {"size": 9.5, "color": MUTED, "ha": "right", "transform": ax.transAxes}
    style["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.text(0.99, 0.98, "Google behind", va="top", **style)
    ax.text(0.99, 0.02, "Google ahead", va="bottom", **style)
    label_lines(ax, [each for each in ax.lines if not each.get_label().startswith("_")])
    return ax


def cost_frontier(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw cost and score of runs, and the best score for the money in its owner's colour.

    Parameters
    ----------
    table : DataFrame
        ``model``, ``closed``, ``cost`` (USD), ``score`` (share) and ``cases``, by rising cost.
    ax : Axes, optional
        Where to draw. Bars on the frontier are one binomial standard error to each side.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": ["A", "B", "C"], "closed": [False, True, True],
    ...                      "cost": [1.0, 4.0, 9.0], "score": [0.4, 0.3, 0.9], "cases": 100})
    >>> ax = cost_frontier(rows)
    >>> [text.get_text() for text in ax.texts]
    ['A', 'C']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 5.0), layout="constrained")[1]
    front = table[on_frontier(table["score"].to_numpy())]
    for closed, kind in ((True, "closed"), (False, "open")):
        rest = table[(table["closed"] == closed) & ~table.index.isin(front.index)]
        ax.plot(rest["cost"], rest["score"], ls="none", alpha=0.35, ms=5, **look(kind))
    ends = [*front["cost"].iloc[1:], front["cost"].iloc[-1]]
    for row, end in zip(front.itertuples(), ends, strict=True):
        kind = "closed" if row.closed else "open"
        ax.plot([row.cost, end], [row.score] * 2, color=COLORS[kind], lw=4, zorder=3,
                solid_capstyle="butt")  # fmt: skip
        error = np.sqrt(row.score * (1 - row.score) / row.cases)
        ax.errorbar(row.cost, row.score, error, ms=8, elinewidth=1.2, zorder=4, **look(kind))
        shift, side = _label_place(row.cost, end, table["cost"], row.cost == ends[-1])
        where = {"textcoords": "offset points", "size": 9.5, "va": "center", "ha": side}
        where["path_effects"] = [withStroke(linewidth=2.5, foreground="white")]
        ax.annotate(row.model, (row.cost, row.score), shift, color=COLORS[kind], **where)
    ax.set_xscale("log")
    low, high = table["cost"].min(), table["cost"].max()
    ticks = [v for v in (0.05, 0.1, 0.3, 1, 3, 10, 30, 100) if 0.8 * low <= v <= 1.2 * high]
    ax.set_xticks(ticks, [f"${v:g}" for v in ticks])
    ax.minorticks_off()
    ax.set_yticks(np.arange(0, 1.01, 0.25), ["0", "25%", "50%", "75%", "100%"])
    ax.set(
        ylim=(-0.05, 1.0), xlim=(0.75 * low, 1.3 * high), xlabel="Cost of the whole run, list price"
    )
    return ax


def _label_place(
    cost: float, end: float, costs: pd.Series, last: bool
) -> tuple[tuple[float, float], str]:
    """Return where a label goes: above a long bar, else on the side that is free."""
    if last:
        return (11, 3), "left"
    if np.log(end / cost) > 0.1 * np.log(costs.max() / costs.min()):
        return (-14, 13), "left"
    if cost > np.sqrt(costs.max() * costs.min()):
        return (-10, 6), "right"
    return (10, -11), "left"
