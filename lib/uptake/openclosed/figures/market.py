"""Figures of one market or two: one curve in two readings, power, displacement, growth, share.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from uptake.competing.substitution import Substitution
from uptake.figures import COLORS, label_lines, ladder, look
from uptake.figures.house import INK, MUTED, PAIR, PALE
from uptake.openclosed.rules import Region
from uptake.sharing import SharedFit
from uptake.times import DAYS_PER_YEAR

SHADES = (*PAIR, INK)


def same_curve(table: pd.DataFrame, rates: SharedFit, share: Substitution) -> Axes:
    """Draw two exponentials through both sides, and below the share that the two imply.

    Parameters
    ----------
    table : DataFrame
        ``open`` and ``closed`` by week, in tokens.
    rates : SharedFit
        From `market.shared_growth`; its separate exponentials are drawn.
    share : Substitution
        From `market.fisher_pry`: the line fitted to the log odds alone.

    Returns
    -------
    Axes
        The upper axes.
    """
    size = {"figsize": (6.8, 5.6), "layout": "constrained"}
    above, below = plt.subplots(2, sharex=True, **size)[1]
    years = (table.index - share.origin).days / DAYS_PER_YEAR
    levels = {}
    for side in ("open", "closed"):
        row = rates.separate.loc[side]
        levels[side] = row["a"] * np.exp(row["r"] * years)
        style = look(side)
        above.plot(table.index, table[side] / 1e12, ls="none", ms=4.5, **style)
        above.plot(table.index, levels[side] / 1e12, color=style["color"], label=side)
    above.set(yscale="log", ylabel="trillion tokens a week")
    above.yaxis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10, 20]))
    above.yaxis.set_minor_locator(NullLocator())
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    seen = table["open"] / (table["open"] + table["closed"])
    below.plot(table.index, seen, ls="none", ms=4.5, **look("open"))
    implied = levels["open"] / (levels["open"] + levels["closed"])
    below.plot(table.index, implied, color=INK, lw=5, alpha=0.25, label="two exponentials")
    below.plot(table.index, share(years), color=INK, lw=1.4, label="one substitution")
    below.set(ylim=(0, 1), ylabel="open share of tokens")
    below.yaxis.set_major_formatter(PercentFormatter(1))
    _months(below)
    for ax in (above, below):
        label_lines(ax)
    return above


def power(table: pd.DataFrame, naive: pd.DataFrame, *, effect: float) -> Axes:
    """Draw the power against the displacement, by strength of common demand.

    Parameters
    ----------
    table : DataFrame
        From `market.power_curve`.
    naive : DataFrame
        The same without allowing for common demand: the share of intervals that hold the truth
        is what suffers, so that is drawn below.
    effect : float
        The smallest displacement that matters, marked.

    Returns
    -------
    Axes
        The upper axes.
    """
    size = {"figsize": (6.8, 5.6), "layout": "constrained"}
    above, below = plt.subplots(2, sharex=True, sharey=True, **size)[1]
    for common, color in zip(table["common"].unique(), SHADES, strict=False):
        name = f"{common:.0%} common" if common else "none common"
        rows, plain = (part[part["common"] == common] for part in (table, naive))
        above.plot(rows["truth"], rows["power"], color=color, label=name)
        below.plot(rows["truth"], rows["coverage"], color=color, label="allowed for")
        if common:
            label = f"not allowed for, {common:.0%}"
            below.plot(plain["truth"], plain["coverage"], color=color, lw=1.2, ls=":", label=label)
    for ax in (above, below):
        ax.axvline(effect, color=MUTED, lw=0.8)
        ax.yaxis.set_major_formatter(PercentFormatter(1))
    above.axhline(0.8, color=PALE, lw=1.2, zorder=0)
    below.axhline(0.95, color=PALE, lw=1.2, zorder=0)
    above.set(ylim=(-0.03, 1.05), ylabel="see a displacement")
    below.set(ylabel="hold the truth")
    below.set_xlabel("True displacement, tokens lost per token gained")
    label_lines(above)
    # The lines that allow for demand lie on each other: one name stands for all.
    last = [line for line in below.lines if line.get_label() == "allowed for"][-1]
    plain = [line for line in below.lines if str(line.get_label()).startswith("not")]
    label_lines(below, [last, *plain])
    return above


def demand(table: pd.DataFrame, regions: Mapping[str, Region], *, fits: float) -> Axes:
    """Draw the displacement by the strength of common demand that is assumed.

    Parameters
    ----------
    table : DataFrame
        From `market.by_common_demand`.
    regions : mapping of str to Region
        To shade and name.
    fits : float
        Largest strength that the record does not speak against; beyond, the line is dashed.

    Returns
    -------
    Axes
        What was drawn on.
    """
    ax = plt.subplots(figsize=(6.8, 3.8), layout="constrained")[1]
    bottom, top = -0.5, 2.5
    for (name, region), shade in zip(regions.items(), (0.5, 0.9), strict=False):
        low, high = max(region.low, bottom), min(region.high, top)
        ax.axhspan(low, high, color=PALE, alpha=shade, lw=0, zorder=0)
        place = (table.index[-1], low if region.high > top else high)
        va, shift = ("bottom", 4) if region.high > top else ("top", -4)
        style = {"textcoords": "offset points", "color": MUTED, "size": 10, "va": va}
        ax.annotate(name, place, (-6, shift), ha="right", **style)
    inside, beyond = table[table.index <= fits], table[table.index >= fits]
    ax.fill_between(inside.index, inside["low"], inside["high"], color=INK, alpha=0.2, lw=0)
    ax.plot(inside.index, inside["value"], color=INK)
    ax.plot(beyond.index, beyond["value"], color=INK, ls="--", lw=1.4)
    if fits < table.index[-1]:
        ax.axvline(fits, color=MUTED, lw=0.8)
        style = {"textcoords": "offset points", "color": MUTED, "size": 10, "va": "bottom"}
        ax.annotate("fits worse", (fits, bottom), (5, 4), **style)
    ax.set(ylim=(bottom, top), xlim=(table.index[0], table.index[-1]))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xlabel("Assumed share of common demand in the swings of open use")
    return ax


def growth(table: pd.DataFrame) -> Axes:
    """Draw open less closed growth for every pair, with both intervals.

    Parameters
    ----------
    table : DataFrame
        From `market.growth_differences`.

    Returns
    -------
    Axes
        What was drawn on.
    """
    ax = plt.subplots(figsize=(6.8, 0.7 + 0.48 * len(table)), layout="constrained")[1]
    y = np.arange(len(table))
    ax.axvline(0, color=MUTED, lw=1)
    ax.hlines(y, table["hac_low"], table["hac_high"], color=MUTED, lw=1.1)
    ax.hlines(y, table["low"], table["high"], color=INK, lw=4, alpha=0.45)
    ax.plot(table["value"], y, ls="none", marker="D", ms=6, color=INK)
    for at, value in zip(y, table["value"], strict=True):
        style = {"textcoords": "offset points", "ha": "center", "size": 9.5}
        ax.annotate(f"{value:+.1f}", (value, at), (0, 7), **style)
    ax.set_yticks(y, [f"{name} ({n})" for name, n in zip(table.index, table["n"], strict=True)])
    ax.set(ylim=(len(table) - 0.5, -0.7))
    ax.grid(visible=False, axis="y")
    return ax


def ladders(results: Mapping[str, SharedFit]) -> Axes:
    """Draw one ladder of shared parameters under the other.

    Parameters
    ----------
    results : mapping of str to SharedFit
        By the errors that were allowed for.

    Returns
    -------
    Axes
        The upper axes.
    """
    size = {"figsize": (6.8, 3.4), "layout": "constrained"}
    axes = plt.subplots(len(results), sharex=True, squeeze=False, **size)[1][:, 0]
    names = {"nothing shared": "two rates", "r shared": "one rate"}
    for ax, (name, result) in zip(axes, results.items(), strict=True):
        ladder(result, ax=ax)
        ax.set_yticks(
            range(len(result.table)),
            [f"{names[row]} ({k})" for row, k in result.table["parameters"].items()],
        )
        ax.set_title(name, loc="left", size=10.5, color=MUTED)
    reach = max((r.table["aicc"] - r.table["aicc"].min()).max() for r in results.values())
    axes[0].set_xlim(0, 1.04 * reach)
    return axes[0]


def share(
    line: Substitution, *, later: pd.DataFrame, freeze: pd.Timestamp, band: pd.DataFrame
) -> Axes:
    """Draw the open share with its substitution line, the likeliest break, and what came after.

    Parameters
    ----------
    line : Substitution
        From `market.fisher_pry`.
    later : DataFrame
        From `market.after`: ``actual``, and ``line``, through fewer weeks; drawn dotted.
    freeze : Timestamp
        Later weeks lie on shaded ground.
    band : DataFrame
        ``low`` and ``high`` of the line, by week.

    Returns
    -------
    Axes
        What was drawn on.
    """
    ax = plt.subplots(figsize=(6.8, 3.9), layout="constrained")[1]
    dates = _dates(line, line.t)
    ax.plot(dates, line.share, ls="none", ms=4.5, **look("open"))
    ax.fill_between(band.index, band["low"], band["high"], color=INK, alpha=0.15, lw=0)
    inside = band.index <= dates[-1]
    ax.plot(band.index[inside], line(_years(line, band.index[inside])), color=INK)
    ax.plot(
        band.index[~inside], line(_years(line, band.index[~inside])), color=INK, ls="--", lw=1.4
    )
    ax.plot(later.index, later["actual"], ls="none", marker="x", ms=5, color=COLORS["unknown"])
    ax.plot(later.index, later["line"], color=MUTED, ls=":", lw=1.8)
    # Half a week more, so that the last cross is whole.
    end = band.index[-1] + pd.Timedelta(days=4)
    ax.axvspan(freeze, end, color=PALE, alpha=0.5, lw=0, zorder=0)
    spread = _dates(line, [line.segmented.spread.low, line.segmented.spread.high])
    at = _dates(line, [line.segmented.time])[0]
    ax.plot(spread, [0.06, 0.06], color=MUTED, lw=3, alpha=0.6)
    ax.plot([at], [0.06], "D", ms=6, color=MUTED)
    style = {"textcoords": "offset points", "color": MUTED, "size": 10}
    ax.annotate("likeliest break", (spread[-1], 0.06), (7, 0), va="center", **style)
    ax.annotate("later", (freeze, 0.97), (4, 0), va="top", **style)
    ax.set(ylim=(0, 1), xlim=(dates[0] - pd.Timedelta(days=10), end))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    _months(ax)
    return ax


def _dates(line: Substitution, years: object) -> pd.DatetimeIndex:
    days = np.asarray(years, float) * DAYS_PER_YEAR
    return line.origin + pd.to_timedelta(np.rint(days), unit="D")


def _years(line: Substitution, dates: pd.DatetimeIndex) -> np.ndarray:
    return (dates - line.origin).days.to_numpy() / DAYS_PER_YEAR


def _months(ax: Axes) -> None:
    ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 5, 9)))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))
