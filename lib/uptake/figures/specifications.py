"""The specification curve: one estimate under every reasonable set of choices."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.gridspec import GridSpecFromSubplotSpec
from numpy.typing import ArrayLike, NDArray

from uptake.figures.house import COLORS, INK, MUTED, PALE

_ROW, _PLOT = 0.19, 2.6  # inches: one row of choices, and the estimates above them


def specification_curve(
    specifications: pd.DataFrame,
    dimensions: Sequence[str],
    *,
    regions: Mapping[str, tuple[float, float]] | None = None,
    primary: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw all estimates in order of size, with intervals, and the choices behind each below.

    After Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4. An interval without an
    end runs to the edge of the plot and has an arrow there. Those without an estimate are counted.

    Parameters
    ----------
    specifications : DataFrame
        One row per specification: ``estimate``, ``low``, ``high`` and the dimensions.
    dimensions : sequence of str
        Columns that hold the choices; levels are listed in the order in which they occur.
    regions : mapping of str to (low, high), optional
        Regions to shade and name, such as what would support a claim; ends may be infinite.
    primary : array-like of bool, shape (n,), optional
        Marks the specification chosen beforehand.
    ax : Axes, optional
        Where to draw; its place is shared between the estimates and the choices.

    Returns
    -------
    Axes
        The axes of the estimates; the choices are the last axes of its figure.

    Raises
    ------
    ValueError
        If a column is missing or no estimate is finite.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> table = pd.DataFrame({"estimate": [2.0, 1.0], "low": [1.0, 0.0], "high": [3.0, np.inf],
    ...                       "window": ["long", "short"]})
    >>> ax = specification_curve(table, ["window"])
    >>> [tick.get_text() for tick in ax.figure.axes[-1].get_yticklabels()]
    ['Window', 'long', 'short']
    >>> plt.close(ax.figure)
    """
    needed = ["estimate", "low", "high", *dimensions]
    if missing := [name for name in needed if name not in specifications]:
        raise ValueError(f"specifications lack the columns {', '.join(missing)}")
    chosen = np.zeros(len(specifications), bool) if primary is None else np.asarray(primary, bool)
    table = specifications[needed].assign(_primary=chosen)
    table = table[np.isfinite(table["estimate"])].sort_values("estimate", kind="stable")
    if table.empty:
        raise ValueError("no finite estimate; look at the specifications before drawing them")
    levels = {name: specifications[name].astype(str).unique() for name in dimensions}
    rows = _rows(table, levels)
    if ax is None:
        size = (6.4, _PLOT + _ROW * len(rows))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    limits = _limits(table, regions or {})
    _estimates(ax, table, limits)
    for name, ends in (regions or {}).items():
        _region(ax, name, np.clip(ends, *limits))
    _choices(ax, rows, table["_primary"].to_numpy())
    notes = ["\N{WHITE DIAMOND} chosen beforehand"] if table["_primary"].any() else []
    if left_out := len(specifications) - len(table):
        notes.append(f"{left_out} of {len(specifications)} gave no estimate")
    # Above the axes: inside there is no corner that no bar can reach.
    ax.set_title("; ".join(notes), loc="left", size=9.5, weight="normal", color=MUTED, pad=4)
    ax.set(ylim=limits, xlim=(-1, len(table)))
    return ax


def _rows(table: pd.DataFrame, levels: Mapping[str, NDArray]) -> list[tuple[str, NDArray | None]]:
    """Return a heading per dimension (no marks) and a row per level (which estimates use it)."""
    rows: list[tuple[str, NDArray | None]] = []
    for name, known in levels.items():
        rows.append((name.replace("_", " ").capitalize(), None))
        used = table[name].astype(str).to_numpy()
        rows += [(level, np.flatnonzero(used == level)) for level in known]
    return rows


def _limits(table: pd.DataFrame, regions: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    ends = table[["estimate", "low", "high"]].to_numpy(float).ravel()
    ends = np.r_[ends, [end for region in regions.values() for end in region]]
    low, high = np.min(ends[np.isfinite(ends)]), np.max(ends[np.isfinite(ends)])
    pad = 0.08 * (high - low) or 1.0
    return low - pad, high + pad


def _estimates(ax: Axes, table: pd.DataFrame, limits: tuple[float, float]) -> None:
    x = np.arange(len(table))
    low, high = table["low"].to_numpy(float), table["high"].to_numpy(float)
    ax.axhline(0, color=MUTED, lw=0.8, zorder=1) if limits[0] < 0 < limits[1] else None
    ax.vlines(x, np.maximum(low, limits[0]), np.minimum(high, limits[1]), color="#A9B1BD", lw=1.2)
    for open_end, edge, arrow in ((high == np.inf, limits[1], 6), (low == -np.inf, limits[0], 7)):
        ax.plot(
            x[open_end], np.full(open_end.sum(), edge), ls="none", marker=arrow, color="#A9B1BD"
        )
    ax.plot(x, table["estimate"], ls="none", marker="o", ms=3.5, color=INK, zorder=3)
    first = table["_primary"].to_numpy()
    style = {"ls": "none", "marker": "D", "ms": 8, "mfc": "white", "mec": INK, "mew": 2}
    ax.plot(x[first], table["estimate"][first], zorder=4, **style)
    ax.tick_params(axis="x", length=0, labelbottom=False)


def _region(ax: Axes, name: str, ends: NDArray) -> None:
    ax.axhspan(*ends, color=PALE, alpha=0.55, lw=0, zorder=0)
    style = {"va": "center", "size": 9.5, "color": COLORS["unknown"], "parse_math": False}
    ax.annotate(name, (1, ends.mean()), (5, 0), ax.get_yaxis_transform(), "offset points", **style)


def _choices(ax: Axes, rows: list[tuple[str, NDArray | None]], primary: NDArray) -> None:
    ratios = [_PLOT, _ROW * len(rows)]
    cells = GridSpecFromSubplotSpec(2, 1, ax.get_subplotspec(), height_ratios=ratios, hspace=0.03)
    ax.set_subplotspec(cells[0])
    below = ax.figure.add_subplot(cells[1], sharex=ax)
    for y, (_, used) in enumerate(rows):
        if used is not None:
            style = {"ls": "none", "marker": "|", "ms": 7, "zorder": 3}
            below.plot(used, np.full(used.size, y), color=MUTED, **style)
            mark = used[primary[used]]
            below.plot(
                mark, np.full(mark.size, y), ls="none", marker="D", ms=5, color=INK, zorder=4
            )
    below.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=9)
    for tick, (_, used) in zip(below.get_yticklabels(), rows, strict=True):
        tick.set(weight="bold" if used is None else "normal", parse_math=False)
    below.set_ylim(len(rows) - 0.4, -0.6)
    below.spines["bottom"].set_visible(False)
    below.tick_params(axis="x", length=0, labelbottom=False)
    below.grid(visible=False)
