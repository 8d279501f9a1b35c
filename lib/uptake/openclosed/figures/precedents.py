"""Figures of earlier contests: their paths, what was said of them, how often that was right.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from uptake.figures import COLORS, label_lines, look
from uptake.figures.house import INK, MUTED, PAIR, PALE
from uptake.openclosed.precedents import Contest
from uptake.openclosed.rules import Region

_LEAST = -4.2  # skills below are written, not drawn
RIGHT, WRONG = PAIR[0], "#B3261E"
_WORDS = {"tokens": "volume", "dollars": "value", "points": "points", "age": "age"}


def paths(
    contests: Mapping[str, Contest], levels: Mapping[str, float], *, ax: Axes | None = None
) -> Axes:
    """Draw challengers' shares against years since they entered, and where AI stands now.

    Dotted lines lead from the end of a record to its name.

    Parameters
    ----------
    contests : mapping of str to Contest
        By the label to write.
    levels : mapping of str to float
        Shares to mark, by label.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = Contest("n", "p", np.arange(3.0), np.array([0.1, 0.3, 0.6]), None, "challenger")
    >>> ax = paths({"Linux": one}, {"now": 0.5})
    >>> ax.lines[0].get_ydata().tolist()
    [0.1, 0.3, 0.6]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.8), layout="constrained")[1]
    side = {"challenger": "open", "incumbent": "closed", "": "other"}
    right = 1.15 * max(float(contest.t[-1] + contest.t[1]) for contest in contests.values())
    leaders = []
    for label, contest in contests.items():
        style = look(side[contest.open])
        x = contest.t + contest.t[1]  # the first point stands one step after entry
        ends = {"x": [x[-1], right], "y": [contest.share[-1]] * 2}
        ax.plot(x, contest.share, lw=1.8, color=style["color"], zorder=2)
        ax.plot(x[-1], contest.share[-1], ls="none", ms=6, zorder=3, **style)
        leaders += ax.plot(ends["x"], ends["y"], ":", lw=1, color=style["color"], label=label)
    ax.set(xscale="log", ylim=(-0.03, 1.03))
    ax.set_xlim(right=right)
    ticks = [tick for tick in (0.1, 0.3, 1, 3, 10, 30) if tick <= right]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("Years since the challenger held 1%, or since the record began")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    for label, level in levels.items():
        ax.axhline(level, color=INK, lw=1.4, ls=(0, (1, 2)), zorder=1)
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9}
        ax.annotate(label, (0.01, level), (0, 4), xycoords=("axes fraction", "data"), bbox=ground,
                    textcoords="offset points", size=9.5, color=INK, zorder=4)  # fmt: skip
    label_lines(ax, leaders)
    return ax


def said(rows: pd.DataFrame, stages: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Draw what was said of each contest at each stage: right, wrong, or "cannot tell".

    Parameters
    ----------
    rows : DataFrame
        ``test``, ``record``, ``stage``, ``stated``, ``right``.
    stages : sequence of str
        Columns within a test, from left to right.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> rows = pd.DataFrame({"test": "side", "record": ["a", "b"], "stage": "age",
    ...                      "stated": [True, False], "right": [False, None]})
    >>> ax = said(rows, ["age"])
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['a', 'b']
    >>> plt.close(ax.figure)
    """
    tests, records = list(rows["test"].unique()), list(dict.fromkeys(rows["record"]))
    size = (7.2, 1.0 + 0.3 * len(records))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    width = len(stages) + 0.7
    for i, test in enumerate(tests):
        part = rows[rows["test"] == test]
        x = part["stage"].map({stage: i * width + j for j, stage in enumerate(stages)})
        y = part["record"].map({record: j for j, record in enumerate(records)})
        stated = part["stated"].astype(bool)
        right = part["right"].eq(True)
        for where, style in (
            (stated & right, {"marker": "o", "color": RIGHT}),
            (stated & ~right, {"marker": "X", "color": WRONG}),
            (~stated, {"marker": "o", "mfc": "white", "mec": MUTED}),
        ):
            ax.plot(x[where], y[where], ls="none", ms=9, **style)
        ax.text(i * width + (len(stages) - 1) / 2, -1.5, test, ha="center", weight="bold")
        for j, stage in enumerate(stages):
            word = _WORDS.get(stage, stage)
            ax.text(i * width + j, -0.65, word, ha="center", size=9, color=MUTED)
    ax.set_xticks([])
    ax.set_yticks(range(len(records)), records)
    ax.set(xlim=(-0.6, len(tests) * width - 1.1), ylim=(len(records) - 0.5, -2.0))
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.grid(visible=False, axis="x")
    return ax


def rates(
    table: pd.DataFrame, names: Mapping[str, str], regions: Mapping[str, Region], *,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw hit rates of tests with their intervals, the best baseline, and what was asked for.

    Parameters
    ----------
    table : DataFrame
        By test ``value``, ``low``, ``high`` and ``its_rate``, as `precedents.table` returns it.
    names : mapping of str to str
        Tests to draw and what to call them.
    regions : mapping of str to Region
        What would carry a claim, drawn as a pale bar.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"value": [0.8], "low": [0.5], "high": [1.0], "its_rate": [0.9]},
    ...                      ["side"])
    >>> ax = rates(table, {"side": "who wins"}, {"side": Region(0.75, 1.0)})
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['who wins']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 1.0 + 0.52 * len(names)), layout="constrained")[1]
    for y, test in enumerate(names):
        row, region = table.loc[test], regions[test]
        ax.plot([region.low, region.high], [y, y], color=PALE, lw=17, solid_capstyle="butt",
                zorder=0)  # fmt: skip
        ax.plot([row["low"], row["high"]], [y, y], color=INK, lw=2.5, solid_capstyle="butt")
        ax.plot(row["value"], y, "D", color=INK, ms=8, mfc="white", mew=2, zorder=3)
        if np.isfinite(float(row["its_rate"])):
            ax.plot(row["its_rate"], y, "|", color=WRONG, ms=19, mew=3, zorder=4)
    ax.set_yticks(range(len(names)), list(names.values()))
    ax.set(xlim=(-0.02, 1.03), ylim=(len(names) - 0.4, -0.9))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(visible=False, axis="y")
    notes = ((0.0, "diamond: method, 95%", INK, "left"), (1.03, "pale: asked for", MUTED, "right"))
    for x, text, color, side in notes:
        ax.text(x, -0.6, text, color=color, size=9.5, ha=side)
    ax.text(0.6, -0.6, "red: best baseline", color=WRONG, size=9.5, ha="center")
    return ax


def bands(
    covered: pd.DataFrame, skills: pd.DataFrame, judged: str, *, axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Draw how often each model's bands held what came, and by how much it beat no change.

    Parameters
    ----------
    covered, skills : DataFrame
        By model ``value``, ``low``, ``high``, from `precedents.coverage` and `precedents.skills`.
    judged : str
        The model the rules are about.
    axes : sequence of Axes, optional
        Two, one above the other.

    Examples
    --------
    >>> table = pd.DataFrame({"value": [0.6], "low": [0.4], "high": [0.8]}, ["Logistic"])
    >>> upper, lower = bands(table, table, "Logistic")
    >>> upper.get_xlim() != lower.get_xlim()
    True
    >>> plt.close(upper.figure)
    """
    if axes is None:
        size = (7.2, 1.2 + 0.66 * len(covered))
        axes = plt.subplots(2, 1, figsize=size, layout="constrained")[1]
    parts = ((covered, "95% bands that held what came", 0.95), (skills, "skill over no change", 0))
    for ax, (table, title, line) in zip(axes, parts, strict=True):
        for y, (model, row) in enumerate(table.iterrows()):
            color = INK if model == judged else COLORS["unknown"]
            ax.plot([row["low"], row["high"]], [y, y], color=color, lw=2.5, solid_capstyle="butt")
            ax.plot(row["value"], y, "D", color=color, ms=7, mfc="white", mew=2, zorder=3)
        ax.axvline(line, color=INK, lw=1.2, ls=(0, (4, 2)), zorder=0)
        ax.set_yticks(range(len(table)), list(table.index))
        ax.set(ylim=(len(table) - 0.5, -0.5))
        ax.grid(visible=False, axis="y")
        ax.set_title(title, loc="left", size=10.5, color=MUTED)
    axes[0].set(xlim=(-0.02, 1.03))
    axes[0].xaxis.set_major_formatter(PercentFormatter(1))
    axes[1].set(xlim=(_LEAST, 1.2))
    for y, value in enumerate(skills["value"]):
        if value < _LEAST:
            text = f"\N{LEFTWARDS ARROW} {value:.1f}".replace("-", "\N{MINUS SIGN}")
            place = {"xy": (_LEAST, y), "xytext": (4, 4), "textcoords": "offset points"}
            axes[1].annotate(text, **place, color=COLORS["unknown"], size=10)  # clear of its bar
    return axes


def two_measures(
    pairs: pd.DataFrame, month: pd.DataFrame, *, axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Draw volume beside value in one quarter, and servers by four measures in one month.

    Parameters
    ----------
    pairs : DataFrame
        ``side``, ``quarter``, ``volume``, ``value``, from `precedents.volume_and_value`.
    month : DataFrame
        By measure, a share for each server, from `precedents.same_month`.
    axes : sequence of Axes, optional
        Two, one above the other.

    Examples
    --------
    >>> pairs = pd.DataFrame({"side": ["a"], "quarter": [pd.Timestamp("2011-07-01")],
    ...                       "volume": [0.15], "value": [0.52]})
    >>> month = pd.DataFrame({"apache": [0.3], "nginx": [0.4]}, ["computers"])
    >>> upper, lower = two_measures(pairs, month)
    >>> [tick.get_text() for tick in upper.get_yticklabels()]
    ['a, Q3 2011']
    >>> plt.close(upper.figure)
    """
    if axes is None:
        shape = {"figsize": (7.2, 5.6), "height_ratios": [len(pairs), len(month)]}
        axes = plt.subplots(2, 1, layout="constrained", **shape)[1]
    names = [f"{row.side}, Q{row.quarter.quarter} {row.quarter.year}" for row in pairs.itertuples()]
    groups = (
        (pairs[["volume", "value"]].to_numpy(), names, ("share of units", "share of value")),
        (month[["apache", "nginx"]].to_numpy(), list(month.index), ("Apache", "nginx")),
    )
    for ax, (values, rows, words) in zip(axes, groups, strict=True):
        for y, ends in enumerate(values):
            ax.plot(ends, [y, y], color=PALE, lw=5, zorder=0)
            for end, color, marker in zip(ends, PAIR, "oD", strict=True):
                ax.plot(end, y, marker, color=color, ms=9)
        for end, word, color in zip(values[0], words, PAIR, strict=True):
            side = "left" if end == max(values[0]) else "right"
            ax.annotate(word, (end, 0), (9 if side == "left" else -9, 9), color=color, ha=side,
                        textcoords="offset points", weight="bold", size=10)  # fmt: skip
        ax.set_yticks(range(len(rows)), rows)
        ax.set(xlim=(0, 0.8), ylim=(len(rows) - 0.5, -0.9))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.grid(visible=False, axis="y")
    axes[1].set(xlim=(0.15, 0.45))
    return axes
