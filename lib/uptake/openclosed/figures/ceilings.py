"""Figure of notebook 02: how much of a curve must be seen before its ceiling is known."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from uptake.figures.house import INK, MUTED, PALE

_COLORS = ("#00798C", "#A8326E", "#5E6B2B")
_MARKERS = ("o", "s", "^")
_TOP = 10.0  # an error of ten ceilings and more is a ceiling that ran away


def ceiling_errors(
    table: pd.DataFrame,
    *,
    published: tuple[float, float],
    axes: Sequence[Axes] | None = None,
) -> Axes:
    """Draw the error of a ceiling by the share of it that was seen, one plot for each noise.

    Parameters
    ----------
    table : DataFrame
        What `uptake.openclosed.method.ceiling_errors` returned. Errors above ten are drawn at the
        upper edge, with an arrow.
    published : (float, float)
        Share from which, and error to which, a published rule knows the ceiling: its field is
        shaded and its corner marked.
    axes : sequence of Axes, optional
        One for each noise.

    Returns
    -------
    Axes
        The first of them.

    Examples
    --------
    >>> columns = pd.MultiIndex.from_product([[0.1], ["within", "of the level"]])
    >>> table = pd.DataFrame([[0.5, np.inf], [0.1, 0.2]], index=[0.3, 0.9], columns=columns)
    >>> ax = ceiling_errors(table, published=(0.5, 0.2))
    >>> [line.get_ydata().tolist() for line in (ax.lines[0], ax.lines[3])]
    [[0.5, 0.1], [10.0, 0.2]]
    >>> plt.close(ax.figure)
    """
    noises = table.columns.get_level_values(0).unique()
    if axes is None:
        size = {"figsize": (7.2, 3.7), "layout": "constrained"}
        axes = plt.subplots(1, len(noises), sharey=True, squeeze=False, **size)[1][0]
    for ax, noise in zip(axes, noises, strict=True):
        _readings(ax, table[noise])
        _field(ax, *published)
        ax.set_title(f"Errors of {noise:.0%}", size=10.5, loc="left")
        ax.set(yscale="log", ylim=(0.006, _TOP * 1.25), xlim=(0.05, 1.0))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("share of the ceiling seen")
        ax.yaxis.set_major_locator(FixedLocator([0.01, 0.1, 1, _TOP]))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(lambda y, _: "runs away" if y == _TOP else f"{y:.0%}")
    axes[-1].legend(loc="lower left", handlelength=1.4, fontsize=9)
    known = {"ha": "right", "va": "bottom", "size": 9, "color": MUTED}
    axes[0].text(0.99, 0.0065, "known from here on,\nby the published rule", **known)
    return axes[0]


def _readings(ax: Axes, table: pd.DataFrame) -> None:
    looks = zip(table.items(), _COLORS, _MARKERS, strict=False)
    for (reading, errors), color, marker in looks:
        known, away = errors[np.isfinite(errors)], errors.index[np.isinf(errors)]
        ax.plot(errors.index, errors.clip(upper=_TOP), color=color, zorder=2)
        ax.plot(known.index, known, color=color, marker=marker, ms=5, label=reading)
        ax.plot(away, np.full(away.size, _TOP), ls="none", marker="$\\uparrow$", ms=8, color=color)


def _field(ax: Axes, share: float, error: float) -> None:
    ax.fill_between([share, 1.0], 0.001, error, color=PALE, alpha=0.7, lw=0, zorder=0)
    ax.plot(share, error, marker="D", ms=8, mfc="white", mec=INK, mew=2, zorder=5)
