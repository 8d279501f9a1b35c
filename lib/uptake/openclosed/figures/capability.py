"""Figures of the capability gap: chance, editions, benchmarks, votes, steps to published figures.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from uptake.figures import COLORS, label_lines, survival
from uptake.figures.house import INK, MUTED, PAIR, PALE
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.trends import years


def chance(slopes: Mapping[str, np.ndarray], estimate: Estimate, *, ax: Axes | None = None) -> Axes:
    """Draw what slope differences come about by simulation, and the estimate below them.

    Parameters
    ----------
    slopes : mapping of str to ndarray
        Simulated slope differences by name of the truth, index points a year; two of them.
    estimate : Estimate
        The estimate with its interval.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> draws = {"none": np.arange(9.0), "three": np.arange(9.0) + 3}
    >>> ax = chance(draws, Estimate(1.0, -1.0, 3.0, "index points a year"))
    >>> [text.get_text() for text in ax.texts]
    ['none', 'three', 'estimate and 95% interval']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.4), layout="constrained")[1]
    every = np.concatenate(list(slopes.values()))
    edges = np.linspace(every.min(), every.max(), 45)
    top = max(
        _density(ax, name, values, edges, color)
        for (name, values), color in zip(slopes.items(), PAIR, strict=True)
    )
    low = -0.16 * top
    ax.plot([estimate.low, estimate.high], [low, low], color=INK, lw=2.5, solid_capstyle="butt")
    ax.plot(estimate.value, low, "D", color=INK, ms=7, mfc="white", mew=2)
    style = {"textcoords": "offset points", "ha": "center", "va": "top", "color": INK}
    style["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # over the line of zero
    ax.annotate("estimate and 95% interval", (estimate.value, low), (0, -9), **style)
    ax.axvline(0, color=MUTED, lw=0.8, zorder=0)
    ax.set(ylim=(2.9 * low, 1.3 * top))
    ax.set_yticks([])
    ax.grid(visible=False, axis="y")
    return ax


def _density(ax: Axes, name: str, values: np.ndarray, edges: np.ndarray, color: str) -> float:
    """Draw a histogram with its name above the median, and return its height."""
    heights, _ = np.histogram(values, edges, density=True)
    ax.stairs(heights, edges, color=color, fill=True, alpha=0.3)
    ax.stairs(heights, edges, color=color, lw=1.6)
    style = {"textcoords": "offset points", "ha": "center", "va": "bottom", "color": color}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.annotate(name, (np.median(values), heights.max()), (0, 8), bbox=box, **style)
    return float(heights.max())


def gap_by_edition(
    gaps: Mapping[str, pd.Series],
    *,
    freeze: pd.Timestamp,
    line: tuple[pd.Timestamp, float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the monthly gap in several editions of the index; the first is the one fitted.

    Parameters
    ----------
    gaps : mapping of str to Series
        Gap in index points by month end, by name of the edition; the first in ink, the last month
        of every other one marked, since two may part only there.
    freeze : Timestamp
        Where what may be fitted ends.
    line : (first date, level there, slope a year), optional
        A fitted line, drawn over the months of the first gap.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> months = pd.date_range("2026-01-31", periods=3, freq="ME")
    >>> ax = gap_by_edition({"May": pd.Series([1.0, 2.0, 3.0], months)}, freeze=months[2])
    >>> ax.lines[0].get_ydata().tolist()
    [1.0, 2.0, 3.0]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    drawn = []
    for i, (name, gap) in enumerate(gaps.items()):
        color = (INK, *PAIR)[i]
        width = 2.4 if i == 0 else 1.6
        drawn += ax.plot(
            gap.index, gap, drawstyle="steps-mid", color=color, lw=width, label=name, zorder=5 - i
        )
    for path in drawn[1:]:
        x, y = path.get_data(orig=True)
        ax.plot(x[-1:], y[-1:], "o", color=path.get_color(), ms=7, zorder=6)
    if line is not None:
        first, months = line[0], next(iter(gaps.values())).index
        at = years(months, first)
        ax.plot(months, line[1] + line[2] * at, color=MUTED, lw=1.2, zorder=2)
    ax.axvspan(freeze, max(g.index[-1] for g in gaps.values()), color=PALE, alpha=0.6, lw=0)
    ax.set(ylim=(0, None))
    first = next(iter(gaps.values()))
    where = {"xytext": (-8, 10), "textcoords": "offset points", "ha": "right"}
    ax.annotate(drawn[0].get_label(), (first.index[-1], first.iloc[-1]), color=INK, **where)
    if len(drawn) > 1:
        label_lines(ax, drawn[1:])
    return ax


def waiting(curves: Mapping[str, pd.DataFrame], *, until: float, ax: Axes | None = None) -> Axes:
    """Draw two Kaplan-Meier curves with their bands.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        From `uptake.openclosed.capability.curve`, by name; two of them.
    until : float
        Months to show.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = pd.DataFrame({"months": [2.0], "waiting": [0.5], "low": [0.2], "high": [0.8]})
    >>> ax = waiting({"newer": one, "older": one.assign(waiting=0.7)}, until=12.0)
    >>> [text.get_text() for text in ax.texts]
    ['newer', 'older']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    for (name, table), color in zip(curves.items(), PAIR, strict=True):
        kept = table[table["months"] <= until]
        survival(
            kept["months"],
            kept["waiting"],
            low=kept["low"],
            high=kept["high"],
            until=until,
            color=color,
            label=name,
            ax=ax,
        )
    ax.set(xlim=(0, until))
    label_lines(ax)
    return ax


def votes(
    gaps: pd.DataFrame, *, names: Mapping[str, str], freeze: pd.Timestamp, ax: Axes | None = None
) -> Axes:
    """Draw the Elo gap of each leaderboard archive as a line of its own, with its 95% band.

    An archive that prints no intervals has no band. The first archive lies on top, as it ends
    beneath its successor.

    Parameters
    ----------
    gaps : DataFrame
        From `uptake.openclosed.capability.arena_gaps`.
    names : mapping of str to str
        Which series to draw, and what to call each, written at its highest point.
    freeze : Timestamp
        Later snapshots lie on the shaded ground.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> table = pd.DataFrame({"series": "history", "snapshot": days, "gap": [90.0, 70.0]})
    >>> table = table.assign(low=table["gap"] - 9, high=table["gap"] + 9)
    >>> ax = votes(table, names={"history": "first archive"}, freeze=days[1])
    >>> ax.texts[0].get_text()
    'first archive'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.6), layout="constrained")[1]
    colors = (COLORS["unknown"], *PAIR, INK, COLORS["closed"])
    for i, ((series, name), color) in enumerate(zip(names.items(), colors, strict=False)):
        rows = gaps[gaps["series"] == series]
        ax.plot(rows["snapshot"], rows["gap"], color=color, lw=1.8, zorder=5 - i)
        if rows["low"].notna().any():
            band = {"color": color, "alpha": 0.25, "lw": 0, "zorder": 1}
            ax.fill_between(rows["snapshot"], rows["low"], rows["high"], **band)
        top = rows.loc[rows["gap"].idxmax()]
        at_edge = top["snapshot"] == gaps["snapshot"].min()
        ax.annotate(
            name,
            (top["snapshot"], np.fmax(top["gap"], top["high"])),
            (8, 0) if at_edge else (0, 6),
            textcoords="offset points",
            ha="left" if at_edge else "center",
            va="center" if at_edge else "bottom",
            color=color,
            size=9.5,
        )
    if gaps["snapshot"].max() > freeze:
        ax.axvspan(freeze, gaps["snapshot"].max(), color=PALE, alpha=0.6, lw=0)
    ax.set(ylim=(0, None))
    return ax


def steps(
    parts: Mapping[str, pd.Series], *, names: Mapping[str, str], ax: Axes | None = None
) -> Axes:
    """Draw the way from our figure to each published one as bars that hang on each other.

    Parameters
    ----------
    parts : mapping of str to Series
        From `uptake.openclosed.capability.steps`, by name of the publisher.
    names : mapping of str to str
        What to call each step.
    ax : Axes, optional
        Where to draw; one axes for all, the publishers below each other.

    Examples
    --------
    >>> one = pd.Series({"ours": 8.0, "vintage": -2.0, "not explained": -1.0})
    >>> ax = steps({"A": one}, names={"vintage": "edition"})
    >>> [float(bar.get_width()) for bar in ax.patches]
    [8.0, -2.0, -1.0, 5.0]
    >>> plt.close(ax.figure)
    """
    rows = [row for who, found in parts.items() for row in _hanging(who, found, names)]
    # Narrow, with each name above its bar: names beside the bars would be too small on a phone.
    size = (4.8, 0.5 + 0.44 * len(rows))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    # A little room above the first bar of every publisher but the first.
    places = np.arange(len(rows)) + 0.7 * (np.cumsum([row[0] == "ours" for row in rows]) - 1)
    for y, (name, left, width, whole) in zip(places, rows, strict=True):
        color = INK if whole else PAIR[0] if width < 0 else PAIR[1]
        ax.barh(y, width, left=left, color=color, height=0.42)
        head = {"va": "bottom", "size": 10, "weight": "bold" if whole else "normal"}
        ax.annotate(name, (0, y - 0.24), (2, 1), textcoords="offset points", **head)
        text = f"{width:.1f}" if whole else _signed(width)
        style = {"va": "center", "size": 9.5, "color": color}
        ax.annotate(text, (max(left, left + width), y), (4, 0), textcoords="offset points", **style)
    ax.set_yticks([])
    ax.set(ylim=(places[-1] + 0.5, -0.85), xlim=(0, None))
    ax.grid(visible=False)
    return ax


def _signed(number: float) -> str:
    """Return a change with its sign, a proper minus, and no sign on zero."""
    rounded = round(number, 1)
    return "0.0" if rounded == 0 else f"{rounded:+.1f}".replace("-", "\N{MINUS SIGN}")


def _hanging(
    who: str, found: pd.Series, names: Mapping[str, str]
) -> list[tuple[str, float, float, bool]]:
    """Return label, left end, width and whether it is a whole, for each bar."""
    rows, reached = [("ours", 0.0, float(found["ours"]), True)], float(found["ours"])
    for step, size in found.drop("ours").items():
        rows.append((names.get(step, str(step)), reached, float(size), False))
        reached += float(size)
    return [*rows, (f"{who}, published", 0.0, reached, True)]
