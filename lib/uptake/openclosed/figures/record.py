"""Figures of forecasts: how far off, at what level the truth fell, who won, what is on record.

Every function takes results, draws on ``ax`` and returns ``ax`` (or an array of them).
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

from uptake.figures import label_lines, look
from uptake.figures.house import INK, MUTED, PAIR, PALE
from uptake.openclosed.estimates import Estimate

MARKS = {
    "Naive": ("D", MUTED),
    "Drift": ("o", PAIR[0]),
    "average by AICc": ("^", PAIR[1]),
    "average by past errors": ("s", INK),
}
"""Marker and colour of the models that are drawn."""


def _rows(count: int, ax: Axes | None, each: float = 0.36, more: float = 1.0) -> Axes:
    return ax or plt.subplots(figsize=(6.4, more + each * count), layout="constrained")[1]


def _listed(ax: Axes, labels: Sequence[str]) -> None:
    """Name rows from the top down, without lines between."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set(ylim=(len(labels) - 0.5, -0.6))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")


def _legend(ax: Axes, names: Sequence[str]) -> None:
    for name in names:
        marker, color = MARKS[name]
        ax.plot([], [], ls="none", marker=marker, color=color, ms=7, label=name)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, handletextpad=0.2)


def errors(sizes: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each model's mean error on each series, one row a series.

    Parameters
    ----------
    sizes : DataFrame
        Mean errors by series (rows, their labels) and model (columns, of `MARKS`), in a unit
        common to all; NaN is not drawn.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> ax = errors(pd.DataFrame({"Naive": [-1.0], "Drift": [0.5]}, ["revenue"]))
    >>> ax.lines[0].get_xdata().tolist()
    [-1.0]
    >>> plt.close(ax.figure)
    """
    ax = _rows(len(sizes), ax)
    for i, name in enumerate(sizes.columns):
        marker, color = MARKS[name]
        rows = np.arange(len(sizes)) + 0.14 * (i - (len(sizes.columns) - 1) / 2)
        ax.plot(sizes[name], rows, ls="none", marker=marker, color=color, ms=7, alpha=0.9)
    ax.axvline(0, color=INK, lw=1.2, zorder=0)
    _listed(ax, sizes.index)
    _legend(ax, sizes.columns)
    return ax


def levels(pit: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw at what level of each model's forecast the truth fell, a dot for each series.

    Parameters
    ----------
    pit : DataFrame
        Levels between 0 and 1 by series (rows) and model (columns); NaN is not drawn.
    ax : Axes, optional
        Where to draw; the middle half of the levels is shaded.

    Examples
    --------
    >>> ax = levels(pd.DataFrame({"Naive": [0.9, 0.8], "Drift": [0.5, np.nan]}))
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['Naive', 'Drift']
    >>> plt.close(ax.figure)
    """
    ax = _rows(pit.shape[1], ax, each=0.42, more=0.7)
    ax.axvspan(0.25, 0.75, color=PALE, alpha=0.55, lw=0, zorder=0)
    for i, name in enumerate(pit.columns):
        values = np.sort(pit[name].dropna().to_numpy())
        # Equal levels lie above each other instead of on each other.
        shift = 0.16 * (np.arange(values.size) % 3 - 1)
        ax.plot(values, i + shift, "o", color=PAIR[0], ms=6, alpha=0.8)
        ax.plot(values.mean(), i, "|", color=INK, ms=22, mew=2.4)
    ax.set(xlim=(0, 1))
    _listed(ax, pit.columns)
    return ax


def pooled(
    differences: pd.DataFrame, found: Mapping[str, Estimate], *, ax: Axes | None = None
) -> Axes:
    """Draw the difference of two models on each series, and below it the pooled intervals.

    Parameters
    ----------
    differences : DataFrame
        ``difference`` by series (its label), in order.
    found : mapping of str to Estimate
        Pooled differences by what is counted.
    ax : Axes, optional
        Where to draw; left of zero the first model was nearer.

    Examples
    --------
    >>> one = Estimate(0.1, -0.3, 0.5, "usual errors", n=4)
    >>> ax = pooled(pd.DataFrame({"difference": [0.2]}, ["revenue"]), {"4 subjects": one})
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['revenue', '4 subjects']
    >>> plt.close(ax.figure)
    """
    ax = _rows(len(differences) + len(found), ax, each=0.34, more=0.6)
    y = np.arange(len(differences))
    ax.hlines(y, 0, differences["difference"], color=PALE, lw=4, zorder=1)
    ax.plot(differences["difference"], y, "o", color=PAIR[0], ms=7)
    for i, each in enumerate(found.values(), len(differences)):
        ax.plot([each.low, each.high], [i, i], color=INK, lw=2.5, solid_capstyle="butt")
        ax.plot(each.value, i, "D", color=INK, ms=7, mfc="white", mew=2)
    ax.axvline(0, color=INK, lw=1.2, zorder=0)
    _listed(ax, [*differences.index, *found])
    return ax


def race(
    figures: Mapping[str, pd.DataFrame],
    lines: Mapping[str, pd.Series],
    *,
    day: pd.Timestamp,
    crossing: tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp, float],
    ax: Axes | None = None,
) -> Axes:
    """Draw two records on a log scale with their fitted lines and the crossing's interval.

    Parameters
    ----------
    figures : mapping of str to DataFrame
        ``date``, ``value`` and ``known`` by name; figures public after ``day`` are hollow.
    lines : mapping of str to Series
        Fitted values by date, dashed after ``day``.
    day : Timestamp
        Last day whose figures were fitted.
    crossing : (date, low, high, level)
        Where the lines meet.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=3, freq="MS")
    >>> rows = pd.DataFrame({"date": days, "value": [1.0, 2.0, 4.0], "known": days})
    >>> ax = race({"a": rows}, {"a": rows.set_index("date")["value"]}, day=days[1],
    ...           crossing=(days[1], days[0], days[2], 2.0))
    >>> ax.get_yscale()
    'log'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(6.4, 4.2), layout="constrained")[1]
    named = []
    for (name, rows), color in zip(figures.items(), PAIR, strict=False):
        line = lines[name]
        inside = line[line.index <= day]
        named += ax.plot(inside.index, inside, color=color)
        beyond = line[line.index >= day]
        named += ax.plot(beyond.index, beyond, "--", color=color, label=name)
        late = rows["known"] > day
        points = {"ls": "none", "marker": "o", "ms": 6.5, "mec": color, "zorder": 4}
        ax.plot(rows["date"][~late], rows["value"][~late], mfc=color, **points)
        ax.plot(rows["date"][late], rows["value"][late], mfc="white", **points)
    date, low, high, level = crossing
    ax.plot([low, high], [level, level], color=INK, lw=2.5, solid_capstyle="butt", zorder=5)
    ax.plot(date, level, "D", color=INK, ms=7, mfc="white", mew=2, zorder=6)
    note = {"textcoords": "offset points", "size": 9.5, "color": INK, "va": "top"}
    ax.annotate("lines cross,\nwith 95% interval", (date, level), (10, -12), **note)
    ax.set_yscale("log")
    label_lines(ax, [line for line in named if not line.get_label().startswith("_")])
    return ax


def share(table: pd.DataFrame, seen: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the open share that came, and the one line that two readings forecast.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.record.two_curves_or_one`.
    seen : Series
        Share by date known at the freeze.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.date_range("2026-06-01", periods=2, freq="7D")
    >>> rows = {"separate": [0.5, 0.6], "one": [0.5, 0.6], "actual": [0.6, 0.7]}
    >>> rows |= {"low": [0.3, 0.3], "high": [0.8, 0.9]}
    >>> ax = share(pd.DataFrame(rows, days), pd.Series([0.4, 0.5], days - pd.Timedelta("14D")))
    >>> ax.lines[1].get_linestyle()
    '--'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(6.4, 3.6), layout="constrained")[1]
    ax.plot(seen.index, seen, ms=5.5, **look("open"))
    ax.plot(table.index, table["one"], "--", color=PAIR[0], label="forecast, both readings")
    ax.fill_between(table.index, table["low"], table["high"], color=PAIR[0], alpha=0.15, lw=0)
    ax.plot(table.index, table["actual"], ms=5.5, label="came", **look("open"))
    ax.axvline(seen.index[-1], color=MUTED, lw=0.9, ls=":", zorder=0)
    note = {"textcoords": "offset points", "size": 9.5, "color": MUTED, "ha": "right"}
    ax.annotate("known at the freeze", (seen.index[-1], 0.04), (-5, 0), **note)
    ax.set(ylim=(0, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    label_lines(ax)
    return ax


def ahead(panels: Mapping[str, pd.DataFrame], *, axes: Sequence[Axes] | None = None) -> np.ndarray:
    """Draw the bands on record of many series, panels below each other, a row a series.

    Parameters
    ----------
    panels : mapping of {"log", "odds", "linear", "gap"} to DataFrame
        ``label``, ``target``, ``median`` and the ends of the bands, ``low80`` to ``high95``, by
        scale: factors over the last figure, shares, or points (a gap on an axis of its own).
    axes : sequence of Axes, optional
        Where to draw, one for each panel.

    Examples
    --------
    >>> row = {"label": "users", "target": pd.Timestamp("2026-12-31"), "median": 2.0}
    >>> row |= {"low80": 1.5, "high80": 3.0, "low95": 1.0, "high95": 4.0}
    >>> axes = ahead({"log": pd.DataFrame([row])})
    >>> axes[0].get_xscale()
    'log'
    >>> plt.close(axes[0].figure)
    """
    counts = [table["label"].nunique() for table in panels.values()]
    if axes is None:
        size = (6.4, 0.75 * len(counts) + 0.55 * sum(counts))
        ratios = {"height_ratios": [n + 0.8 for n in counts]}
        axes = plt.subplots(
            len(counts), 1, figsize=size, layout="constrained", gridspec_kw=ratios, squeeze=False
        )[1][:, 0]
    for ax, (scale, table) in zip(axes, panels.items(), strict=True):
        labels = list(dict.fromkeys(table["label"]))
        for label, rows in table.groupby("label", sort=False):
            for i, (_, row) in enumerate(rows.sort_values("target").iterrows()):
                _band(ax, row, labels.index(label) + 0.24 * (i - 1), PAIR[0])
        _listed(ax, labels)
        _axis(ax, scale)
    return np.asarray(axes)


def _band(ax: Axes, row: pd.Series, y: float, color: str) -> None:
    ax.plot([row["low95"], row["high95"]], [y, y], color=color, lw=1.3)
    ends = [row["low80"], row["high80"]]
    ax.plot(ends, [y, y], color=color, lw=4, alpha=0.5, solid_capstyle="butt")
    ax.plot(row["median"], y, "|", color=INK, ms=8, mew=2)


def _axis(ax: Axes, scale: str) -> None:
    if scale == "log":
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(base=100))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(_times))
        ax.axvline(1, color=INK, lw=1.0, zorder=0)
        ax.set_xlabel("Factor over the last figure", loc="left")
    elif scale == "odds":
        ax.set(xlim=(0, 1))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("Share", loc="left")
    else:
        ax.set_xlabel("Index points", loc="left")


def _times(value: float, _: object) -> str:
    return f"{value:,.10g}\N{MULTIPLICATION SIGN}"
