"""Figures of self-improvement: the lag, bends of the frontiers, regions of the growth model.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap

from uptake.figures import COLORS, label_lines
from uptake.figures.house import INK, MUTED, PAIR, PALE
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.selfimprovement import REGIONS, Bends, DriftSimulation, Path

SHADES = {"bounded": "#CFE6E3", "between": "#EEF0F3", "lag grows": "#E8C98A", "runaway": "#5B6472"}
"""One shade a region, from light to dark; none is the colour of open or closed."""
POINTS = {"bounded": PAIR[0], "between": "#9AA3AF", "lag grows": PAIR[1], "runaway": INK}
MARKS = {"bounded": "o", "between": ".", "lag grows": "^", "runaway": "x"}


def lag(record: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the monthly lag, and the closed model it is counted from where that changes.

    Parameters
    ----------
    record : DataFrame
        From `uptake.openclosed.selfimprovement.monthly_lag`.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> months = pd.date_range("2025-01-31", periods=3, freq="ME")
    >>> table = pd.DataFrame({"months": [1.0, 2.0, 1.5], "leader": ["a", "a", "b"]}, months)
    >>> ax = lag(table)
    >>> [text.get_text() for text in ax.texts]
    ['a', 'b']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.8), layout="constrained")[1]
    ax.plot(record.index, record["months"], "D-", color=INK, ms=5, mfc="white", lw=1.6)
    held = record.groupby((record["leader"] != record["leader"].shift()).cumsum())
    falls = record["months"].diff().shift(-1) < 0
    for _, part in held:
        at = part["months"].idxmin()
        # Where the line goes on downward, its name lies on the other side of it.
        shift, side = ((-4, -2), "right") if falls[at] else ((2, -8), "left")
        where = {"xytext": shift, "textcoords": "offset points", "va": "top", "size": 10}
        where["ha"] = side
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        place = (at, part.loc[at, "months"])
        ax.annotate(part["leader"].iloc[0], place, **where, color=MUTED, bbox=ground)
    ax.set(ylim=(0, 1.12 * record["months"].max()))
    ax.margins(x=0.06)
    return ax


def intervals(
    found: DriftSimulation, estimate: Estimate, *, shown: int = 60, ax: Axes | None = None
) -> Axes:
    """Draw simulated intervals from the shortest to the longest, and the estimate's among them.

    Parameters
    ----------
    found : DriftSimulation
        From `uptake.openclosed.selfimprovement.power`.
    estimate : Estimate
        In months a year.
    shown : int
        Number of simulated intervals, evenly by rank of their width.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.6), layout="constrained")[1]
    order = np.argsort(found.high - found.low, kind="stable")
    picked = order[np.linspace(0, order.size - 1, shown).astype(int)]
    held = (found.low <= found.truth) & (found.truth <= found.high)
    for inside, name in ((True, "bounded"), (False, "lag grows")):
        ranks = np.flatnonzero(held[picked] == inside)
        rows = picked[ranks]
        style = {"color": POINTS[name], "lw": 1.4 if inside else 2.4}
        ax.hlines(ranks, found.low[rows], found.high[rows], **style)
    ax.axvline(found.truth, color=MUTED, lw=1)
    wide = np.sort(found.high - found.low)
    rank = np.searchsorted(wide[np.linspace(0, wide.size - 1, shown).astype(int)],
                           estimate.high - estimate.low)  # fmt: skip
    low, high = np.quantile(found.low, 0.1), np.quantile(found.high, 0.9)
    ax.plot([estimate.low, estimate.high], [rank, rank], color=INK, lw=4, solid_capstyle="butt")
    ax.plot(estimate.value, rank, "D", color=INK, mfc="white", ms=8, mew=2)
    # To the right of the short intervals around it.
    where = {"xytext": (70, 0), "textcoords": "offset points", "va": "center", "weight": "bold"}
    arrow = {"arrowstyle": "-", "color": INK, "lw": 0.8}
    ax.annotate("estimate", (estimate.high, rank), **where, color=INK, arrowprops=arrow)
    ax.set(xlim=(low, high), ylim=(-3, shown + 1), yticks=[])
    ax.grid(visible=False)
    return ax


def bends(found: Bends, *, ax: Axes | None = None) -> Axes:
    """Draw both frontiers by month with the best broken line of each.

    Parameters
    ----------
    found : Bends
        From `uptake.openclosed.selfimprovement.bends`.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.8), layout="constrained")[1]
    named = []
    for side in ("closed", "open"):
        table, color = found.lines[side], COLORS[side]
        face = color if side == "closed" else "white"
        mark = {"marker": "s" if side == "closed" else "o", "ms": 4, "mfc": face, "ls": "none"}
        ax.plot(table.index, table["record"], color=color, alpha=0.55, **mark)
        for after, part in table.groupby("after"):
            label = side.capitalize() if after else None
            drawn = ax.plot(part.index, part["line"], color=color, lw=2.4, label=label)
            named += drawn if after else []
        date = found.table.loc[side, "date"]
        low, high = found.table.loc[side, ["first", "last"]]
        foot = 99 if side == "closed" else 96
        ax.plot([low, high], [foot, foot], color=color, lw=3, solid_capstyle="butt")
        ax.plot(date, foot, color=color, mfc=face, marker=mark["marker"], ms=7)
    ax.set_ylim(93, None)
    label_lines(ax, named)
    return ax


def regions(
    table: pd.DataFrame,
    place: pd.Series,
    *,
    names: Mapping[str, str],
    labels: tuple[str, str],
    ax: Axes | None = None,
) -> Axes:
    """Draw the region of each cell of a grid of two parameters, with its name written in it.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.selfimprovement.grid`; its first two columns are the parameters,
        the first on a logarithmic scale.
    place : Series
        Region of each row, from `uptake.openclosed.selfimprovement.place`.
    names : mapping of str to str
        What to call each region; those that do not occur may be left out.
    labels : tuple of str
        What to call the two parameters.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.4), layout="constrained")[1]
    across, up = table.columns[:2]
    x, y = (np.unique(table[c]) for c in (across, up))
    codes = place.map({name: i for i, name in enumerate(REGIONS)}).to_numpy()
    cells = codes.reshape(x.size, y.size).T
    shades = ListedColormap([SHADES[name] for name in REGIONS])
    norm = BoundaryNorm(np.arange(-0.5, len(REGIONS)), len(REGIONS))
    ax.pcolormesh(x, y, cells, cmap=shades, norm=norm, shading="nearest", rasterized=True)
    for i, name in enumerate(REGIONS):
        inside = np.argwhere(cells == i)
        if not len(inside) or name not in names:
            continue
        # The cell nearest to the region's middle, so that the name lies inside it.
        row, column = inside[np.abs(inside - inside.mean(axis=0)).sum(axis=1).argmin()]
        color = "white" if name == "runaway" else INK
        text = {"ha": "center", "va": "center", "color": color, "size": 10.5, "weight": "bold"}
        ax.text(x[column], y[row], names[name], **text)
    ax.set(xscale="log", xlabel=labels[0], ylabel=labels[1])
    ticks = (0.25, 0.5, 1, 2, 4)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.xaxis.set_minor_locator(plt.NullLocator())
    ax.grid(visible=False)
    return ax


def hidden(
    paths: Mapping[str, tuple[float, Path]], *, years: float, ax: Axes | None = None
) -> Axes:
    """Draw the lag behind the best model and the lag that an index sees, in several worlds.

    Parameters
    ----------
    paths : mapping of str to (lag in months, Path)
        Two worlds, from `uptake.openclosed.selfimprovement.paths`.
    years : float
        Horizon.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.0), layout="constrained")[1]
    named = []
    for (name, (months, path)), color in zip(paths.items(), PAIR, strict=True):
        t, true, seen = path.t * months / 12, path.true_lag * months, path.measured_lag * months
        if np.allclose(true, seen, atol=0.01):
            named += ax.plot(t, true, color=color, lw=2.6, label=f"{name}:\ntrue and measured")
            continue
        named += ax.plot(t, true, color=color, lw=2.6, label=f"{name}: true")
        named += ax.plot(t, seen, color=color, lw=1.3, label="measured")
        ax.fill_between(t, seen, true, color=color, alpha=0.12, lw=0)
    ax.set(xlim=(0, years), ylim=(0, None), xlabel="Years from now")
    label_lines(ax, named)
    return ax


def cloud(
    table: pd.DataFrame,
    place: pd.Series,
    *,
    names: Mapping[str, str],
    bounds: Sequence[float],
    ax: Axes | None = None,
) -> Axes:
    """Draw drift of the lag against growth of the distance, one mark a world.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.selfimprovement.sweep`.
    place : Series
        Region of each world.
    names : mapping of str to str
        What to call each region in the key.
    bounds : sequence of float
        Drifts at which the claim's regions end, drawn as lines.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.6), layout="constrained")[1]
    for name in REGIONS:
        part = table[place == name]
        face = "none" if name == "bounded" else POINTS[name]
        style = {"marker": MARKS[name], "s": 22, "lw": 0.9, "color": POINTS[name]}
        filled = {} if name == "runaway" else {"facecolors": face}
        label = f"{names[name]} ({len(part)})"
        ax.scatter(part["true"], part["distance"], label=label, **style, **filled)
    for bound in bounds:
        ax.axvline(bound, color=MUTED, lw=0.9, zorder=0)
    ax.axhline(1, color=PALE, lw=1.2, zorder=0)
    ax.set_yscale("log")
    ticks = (0.5, 1, 2, 5, 10, 50, 200)
    ax.set_yticks(ticks, [f"{tick:g}×" for tick in ticks])
    ax.yaxis.set_minor_locator(plt.NullLocator())
    ax.set_xlabel("Drift of the lag behind the best model, months a year")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, handletextpad=0.2)
    return ax
