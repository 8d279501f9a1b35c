"""Figure of notebook 02: how often intervals held the truth in the benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from uptake.figures.house import INK, MUTED

_COLORS = ("#00798C", "#A8326E", "#5E6B2B")
_MARKERS = ("o", "s", "^")
_APART = 0.035  # between methods at one cut, so that their intervals do not cover each other

_LEGEND = 0.16  # room below the lowest point


def coverage(
    table: pd.DataFrame,
    panels: Mapping[str, Mapping[str, str]],
    *,
    quantity: str,
    level: float = 0.95,
    axes: Sequence[Axes] | None = None,
) -> Axes:
    """Draw how often intervals held the truth by where records were cut, a plot for each noise.

    Parameters
    ----------
    table : DataFrame
        What `uptake.openclosed.benchmarks.measured` returned for "coverage". Of each method the
        longest records are drawn.
    panels : dict of str to dict of str to str
        By noise, the methods to draw and what to call them.
    quantity : str
        Such as "m".
    level : float
        Nominal coverage, drawn as a line.
    axes : sequence of Axes, optional
        One for each noise.

    Returns
    -------
    Axes
        The first of them.

    Examples
    --------
    >>> row = {"noise": "additive", "method": "F cut-off", "quantity": "m", "points": 40}
    >>> found = {"cut": [0.8, 1.3], "coverage": [0.94, 0.96], "low": [0.92, 0.95],
    ...          "high": [0.96, 0.97]}
    >>> ax = coverage(pd.DataFrame(found).assign(**row), {"additive": {"F cut-off": "usual"}},
    ...               quantity="m")
    >>> ax.lines[0].get_ydata().tolist(), ax.get_legend_handles_labels()[1]
    ([0.94, 0.96], ['usual'])
    >>> plt.close(ax.figure)
    """
    if axes is None:
        size = {"figsize": (7.2, 3.6), "layout": "constrained"}
        axes = plt.subplots(1, len(panels), sharey=True, squeeze=False, **size)[1][0]
    for ax, (noise, methods) in zip(axes, panels.items(), strict=True):
        rows = table[(table["noise"] == noise) & (table["quantity"] == quantity)]
        for i, (method, label) in enumerate(methods.items()):
            own = rows[rows["method"] == method]
            own = own[own["points"] == own["points"].max()].sort_values("cut")
            _line(ax, own, (i - (len(methods) - 1) / 2) * _APART, label, i)
        ax.axhline(level, color=INK, lw=1, zorder=1)
        ax.set_title(f"{noise[0].upper()}{noise[1:]} noise", size=10.5, loc="left")
        ax.xaxis.set_major_locator(FixedLocator(sorted(rows["cut"].unique())))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.legend(loc="lower right", handlelength=1.4, fontsize=9)
    axes[0].set_ylim(_least(axes) - _LEGEND, 1.0)
    middle = axes[len(axes) // 2]
    middle.set_xlabel("last time known, in times of the peak", color=MUTED)
    return axes[0]


def _least(axes: Sequence[Axes]) -> float:
    return min(float(ax.dataLim.ymin) for ax in axes)


def _line(ax: Axes, rows: pd.DataFrame, shift: float, label: str, i: int) -> None:
    x = rows["cut"] + shift
    look = {"color": _COLORS[i], "zorder": 2}
    ax.plot(x, rows["coverage"], marker=_MARKERS[i], ms=5, lw=1.2, label=label, **look)
    away = np.abs(rows[["low", "high"]].sub(rows["coverage"], axis=0)).to_numpy().T
    ax.errorbar(x, rows["coverage"], yerr=away, fmt="none", elinewidth=1, **look)
