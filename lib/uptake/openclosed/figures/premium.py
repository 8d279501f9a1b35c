"""Figures of the premium: lines of models, the record, what remains at equal capability, bounds.

Every function takes results, draws on ``ax`` and returns ``ax``.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from uptake.figures import COLORS, label_lines, look, survival
from uptake.figures.house import INK, MUTED, PAIR, PALE


def generations(table: pd.DataFrame, *, freeze: pd.Timestamp, ax: Axes | None = None) -> Axes:
    """Draw the list price of each line's main model, step by step, with its name at the end.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.premium.lines`.
    freeze : Timestamp
        Later prices lie on the shaded ground.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01", "2025-06-01"])
    >>> table = pd.DataFrame({"line": "A", "side": "open", "month": days, "price": [1.0, 2.0]})
    >>> ax = generations(table, freeze=days[1])
    >>> ax.lines[0].get_ydata().tolist()
    [1.0, 2.0, 2.0]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1]
    end = table["month"].max() + pd.DateOffset(months=1)
    drawn = []
    for line, rows in table.groupby("line", sort=False):
        side = rows["side"].iloc[0]
        x, y = [*rows["month"], end], [*rows["price"], rows["price"].iloc[-1]]
        drawn += ax.plot(x, y, drawstyle="steps-post", color=COLORS[side], lw=1.8, label=line)
        ax.plot(rows["month"], rows["price"], ls="none", ms=6, **look(side))
    ax.axvspan(freeze, end, color=PALE, alpha=0.6, lw=0, zorder=0)
    _dollars(ax, (0.7, 45), (1, 2, 5, 10, 20, 40))
    ax.set_xlim(table["month"].min() - pd.DateOffset(months=1), end)
    label_lines(ax, drawn)
    return ax


def record(
    best: pd.DataFrame,
    after: pd.DataFrame,
    *,
    freeze: pd.Timestamp,
    names: Mapping[str, str],
    ax: Axes | None = None,
) -> Axes:
    """Draw the price of the best closed and the best open model by month, and name some of them.

    Parameters
    ----------
    best : DataFrame
        From `uptake.openclosed.premium.premium`, definition best.
    after : DataFrame
        The same after the freeze, from another edition: lines of their own on shaded ground.
    freeze : Timestamp
        End of what is fitted.
    names : mapping of str to str
        Models to name where they first become the best of their side, and what to call each.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> months = pd.date_range("2026-04-01", periods=4, freq="MS")
    >>> table = pd.DataFrame({"closed": 8.0, "open": 2.0, "model_closed": "A-1",
    ...                       "model_open": "B-1"}, index=months)
    >>> ax = record(table[:2], table[2:], freeze=months[2], names={"B-1": "B"})
    >>> [text.get_text() for text in ax.texts]
    ['B', 'best closed', 'best open']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.4), layout="constrained")[1]
    end = after.index[-1] + pd.DateOffset(months=1)
    last = []
    for part, stop in ((best, after.index[0]), (after, end)):
        x = [*part.index, stop]
        sides = {side: [*part[side], part[side].iloc[-1]] for side in ("closed", "open")}
        ax.fill_between(x, sides["open"], sides["closed"], step="post", color=PALE, alpha=0.45)
        last = [
            ax.step(x, y, where="post", color=COLORS[side], lw=2, label=f"best {side}")[0]
            for side, y in sides.items()
        ]
    ax.axvspan(freeze, end, color=PALE, alpha=0.6, lw=0, zorder=0)
    low = min(best["open"].min(), after["open"].min())
    high = max(best["closed"].max(), after["closed"].max())
    _dollars(ax, (0.5 * low, 1.6 * high), (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100))
    ax.set_xlim(best.index[0], end)
    for side, up in (("closed", 1), ("open", -1)):
        _name(ax, pd.concat([best, after]), side, up, names)
    label_lines(ax, last)
    return ax


def _name(ax: Axes, table: pd.DataFrame, side: str, up: int, names: Mapping[str, str]) -> None:
    """Write names of models over, or under, the step at which they become the best."""
    first = table[~table[f"model_{side}"].duplicated()]
    for month, model in first[f"model_{side}"].items():
        if model in names:
            ax.annotate(
                names[model],
                (month, table.loc[month, side]),
                (3, 4 * up),
                textcoords="offset points",
                va="bottom" if up > 0 else "top",
                size=8,
                color=COLORS[side],
                parse_math=False,
            )


def remaining(found: Mapping[str, pd.DataFrame], *, ax: Axes | None = None) -> Axes:
    """Draw the price of closed over open weights at equal capability, by half-year.

    Parameters
    ----------
    found : mapping of str to DataFrame
        ``closed`` of `uptake.openclosed.premium.hedonic` by name; two of them.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> rows = pd.DataFrame({"coefficient": [0.0], "low": [-0.7], "high": [0.7]}, index=["2025H1"])
    >>> ax = remaining({"all": rows, "some": rows})
    >>> ax.get_yscale()
    'log'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.8), layout="constrained")[1]
    for i, ((name, rows), color) in enumerate(zip(found.items(), PAIR, strict=True)):
        x = np.arange(len(rows)) + 0.14 * (2 * i - 1)
        middle, low, high = (np.exp(rows[c]) for c in ("coefficient", "low", "high"))
        ax.vlines(x, low, high, color=color, lw=2.4)
        ax.plot(x, middle, ls="none", marker="D", ms=7, mfc="white", mec=color, mew=2)
        style = {"color": color, "size": 10, "weight": "bold", "transform": ax.transAxes}
        ax.text(0.01, 0.97 - 0.075 * i, name, va="top", **style)
    ax.axhline(1, color=MUTED, lw=0.9)
    ax.set_xticks(range(len(rows)), [f"{h[:4]}, {_HALVES[h[4:]]}" for h in rows.index])
    _times(ax, (0.5, 12), (0.5, 1, 2, 5, 10))
    ax.set_xlim(-0.75, len(rows) - 0.5)
    ax.grid(visible=False, axis="x")
    return ax


_HALVES = {"H1": "1st half", "H2": "2nd half"}


def standing(curves: Mapping[str, pd.DataFrame], *, until: float, ax: Axes | None = None) -> Axes:
    """Draw how many list prices still stand, closed laboratories against hosts of open models.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        From `uptake.openclosed.premium.survival_of_prices`, by side.
    until : float
        Months to show.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> one = pd.DataFrame({"months": [2.0], "unchanged": [0.9], "low": [0.8], "high": [0.95]})
    >>> ax = standing({"closed": one, "open": one.assign(unchanged=0.85)}, until=12)
    >>> [text.get_text() for text in ax.texts]
    ['closed', 'open']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 3.4), layout="constrained")[1]
    lowest = 1.0
    for side, table in curves.items():
        kept = table[table["months"] <= until]
        lowest = min(lowest, kept["low"].min())
        survival(
            kept["months"], kept["unchanged"], low=kept["low"], high=kept["high"],
            until=until, color=COLORS[side], label=side, ax=ax,
        )  # fmt: skip
    bottom = np.floor(20 * lowest) / 20
    ax.set(xlim=(0, until), ylim=(bottom, 1.005), yticks=np.arange(bottom, 1.001, 0.05))
    label_lines(ax)
    return ax


def solved(runs: pd.DataFrame, *, names: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Draw the cost of one solved case against the share solved, one point a run.

    Parameters
    ----------
    runs : DataFrame
        From `uptake.openclosed.premium.runs`.
    names : mapping of str to str
        Runs to name, and what to call each.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["a", "b"], "weights": ["open", "closed"],
    ...                       "percent_solved": [50.0, 60.0], "per_solved": [0.01, 0.1]})
    >>> ax = solved(table, names={"a": "A"})
    >>> [text.get_text() for text in ax.texts]
    ['closed', 'open', 'A']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1]
    for place, (side, rows) in enumerate(runs.groupby("weights")):
        ax.plot(rows["percent_solved"], rows["per_solved"], ls="none", ms=6.5, **look(side))
        style = {"color": COLORS[side], "weight": "bold", "size": 10.5}
        ax.text(0.02, 0.96 - 0.07 * place, side, transform=ax.transAxes, va="top", **style)
    for row in runs[runs["model"].isin(names)].itertuples():
        ax.annotate(
            names[row.model], (row.percent_solved, row.per_solved), (6, -3),
            textcoords="offset points", va="top", size=8.5, color=COLORS[row.weights],
        )  # fmt: skip
    _dollars(ax, (0.002, 2.5), (0.003, 0.01, 0.03, 0.1, 0.3, 1))
    ax.set(xlim=(0, 100))
    return ax


def bounds(
    table: pd.DataFrame, *, smallest: float, dates: Mapping[str, str], ax: Axes | None = None
) -> Axes:
    """Draw, for each week, all values that the difference can have.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.premium.differences`.
    smallest : float
        The smallest difference that matters, percentage points.
    dates : mapping of str to str
        Days to mark, and what to write there.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> weeks = pd.date_range("2026-01-05", periods=2, freq="7D")
    >>> table = pd.DataFrame({"low": [-30.0, -20.0], "high": [10.0, -5.0]}, index=weeks)
    >>> ax = bounds(table, smallest=10.0, dates={})
    >>> len(ax.collections[0].get_segments()), len(ax.collections[1].get_segments())
    (1, 1)
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.2, 4.0), layout="constrained")[1]
    sided = (table["high"] < 0) | (table["low"] > 0)
    for rows, color, width in ((table[~sided], "#A9B1BD", 3.2), (table[sided], INK, 4.4)):
        ax.vlines(rows.index, rows["low"], rows["high"], color=color, lw=width)
    ax.axhline(0, color=INK, lw=1)
    ax.axhline(smallest, color=MUTED, lw=0.9, dashes=(1, 2))
    ax.annotate(
        "smallest that\nmatters", (1, smallest), (5, 0), ax.get_yaxis_transform(),
        textcoords="offset points", va="center", size=8.5, color=MUTED,
    )  # fmt: skip
    for day, words in dates.items():
        ax.axvline(pd.Timestamp(day), color=MUTED, lw=0.8)
        ax.annotate(
            words, (pd.Timestamp(day), 1), (4, -2), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top", size=9, color=MUTED,
        )  # fmt: skip
    ax.set(ylim=(-100, 100))
    return ax


def _dollars(ax: Axes, limits: tuple[float, float], ticks: tuple[float, ...]) -> None:
    _log(ax, limits, ticks, lambda value, _: f"${value:g}")


def _times(ax: Axes, limits: tuple[float, float], ticks: tuple[float, ...]) -> None:
    _log(ax, limits, ticks, lambda value, _: f"{value:g}\N{MULTIPLICATION SIGN}")


def _log(ax: Axes, limits: tuple[float, float], ticks: tuple[float, ...], words: object) -> None:
    ax.set_yscale("log")
    ax.set_ylim(*limits)
    ax.set_yticks(ticks)
    formatter = FuncFormatter(words)
    ax.yaxis.set_major_formatter(formatter)
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="y", which="minor", length=0)
