"""One claim's specification curve over the regions of its rule, with words that count what it says.

The curve itself is `uptake.figures.specification_curve`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from uptake import datasets, figures
from uptake.figures.house import MUTED
from uptake.openclosed.choices import RESULTS, share
from uptake.openclosed.estimates import spell
from uptake.openclosed.figures.choices import spoken
from uptake.openclosed.multiverse.placed import Published
from uptake.openclosed.rules import Claim, Prediction

MOST = 144
"""Specifications drawn at most; of more every k-th by size, so that each can be seen."""


def curve(claim: Claim, table: pd.DataFrame, placed: Sequence[Published] = ()) -> Axes:
    """Draw a claim's specification curve with its regions; the title counts what it says.

    Parameters
    ----------
    claim : Claim
        The claim.
    table : DataFrame
        Its specifications, from `multiverse.tables`.
    placed : sequence of Published
        Published results; those with a value for this claim are drawn as lines.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from uptake.openclosed import claims, choices
    >>> c4 = claims.load()["C4"]
    >>> table = choices.universe(c4).assign(estimate=range(8), low=-1.0, high=9.0, concerns="")
    >>> ax = curve(c4, table)
    >>> ax.figure.texts[0].get_text().splitlines()[0]
    'C4: 8 combinations, whose shares are no evidence'
    >>> plt.close(ax.figure)
    """
    rule = claim.prediction
    regions = {"supports": rule.supports, "refutes": rule.refutes}
    # Copies that differ in their last digits alone would change places from run to run.
    table = table.assign(**table[["estimate", "low", "high"]].astype(float).round(9))
    drawn, primary = thinned(table)
    values = [each for each in placed if each.claim == claim.id and each.value is not None]
    published = [each.value for each in values]
    low, high = _window(table["estimate"], table["low"], rule, published)
    drawn = drawn.assign(low=drawn["low"].clip(low, high), high=drawn["high"].clip(low, high))
    ends = {
        name: (max(region.low, low), min(region.high, high)) for name, region in regions.items()
    }
    drawn = drawn.rename(columns=spoken)
    names = [name for name in drawn if name not in RESULTS]
    ax = figures.specification_curve(drawn, names, regions=ends, primary=primary)
    ax.set_ylim(low, high)
    for each in values:
        ax.axhline(each.value, color=MUTED, ls=":", lw=1.4, zorder=2)
        where = {"textcoords": "offset points", "xycoords": ax.get_yaxis_transform()}
        where["bbox"] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
        # Estimates rise from left to right: above them is room on the left, below on the right.
        x, side = (0.01, "left") if each.value > table["estimate"].median() else (0.99, "right")
        ax.annotate(each.who, (x, each.value), (0, 5), ha=side, size=9, color=MUTED, **where)
    every = "" if len(drawn) == len(table) else f"; {len(drawn)} shown, evenly by size"
    figures.finish(
        ax,
        title=finding(claim, table),
        unit=f"{rule.unit[:1].upper()}{rule.unit[1:]}; bars: 95%, those that reach the edge go on"
        f"{every}",
        source=_sources(claim),
    )
    return ax


def finding(claim: Claim, table: pd.DataFrame) -> str:
    """Return in words what a claim's specifications say.

    Examples
    --------
    >>> from uptake.openclosed import claims, choices
    >>> c4, c8 = (claims.load()[name] for name in ("C4", "C8"))
    >>> finding(c8, choices.universe(c8).assign(estimate=20.0))
    'C8: 100% of 16 combinations support, 0% speak against'
    >>> finding(c4, choices.universe(c4).assign(estimate=20.0))
    'C4: 8 combinations, whose shares are no evidence'
    """
    rule = claim.prediction
    if claim.no_vote:
        return f"{claim.id}: {len(table)} combinations, whose shares are no evidence"
    sides = [share(table, side, claim=claim) for side in (rule.supports, rule.refutes)]
    return (
        f"{claim.id}: {sides[0]:.0%} of {len(table)} combinations support, "
        f"{sides[1]:.0%} speak against"
    )


def described(claim: Claim, table: pd.DataFrame) -> str:
    """Return a description of a claim's curve for those who do not see it.

    Examples
    --------
    >>> from uptake.openclosed import claims, choices
    >>> c4 = claims.load()["C4"]
    >>> table = choices.universe(c4).assign(estimate=range(8), concerns="")
    >>> described(c4, table)[:53]
    'Specification curve of C4. 8 estimates rise from 0 to'
    """
    known = table["estimate"].dropna()
    rest = len(table) - len(known)
    without = f" {rest} combinations have no estimate." if rest else ""
    return (
        f"Specification curve of {claim.id}. {len(known)} estimates rise from "
        f"{spell(known.min())} to {spell(known.max())} {claim.prediction.unit}, the median "
        f"{spell(known.median())}. Each has a bar for its interval, and marks below show which "
        f"choices are behind it.{without}"
    )


def thinned(table: pd.DataFrame, most: int = MOST) -> tuple[pd.DataFrame, NDArray]:
    """Return the specifications to draw, evenly by size of the estimate, and which is primary.

    The primary one (the first row), the smallest and the largest are always among them.

    Parameters
    ----------
    table : DataFrame
        Specifications.
    most : int
        How many are drawn; with as many or fewer all rows are returned.

    Examples
    --------
    >>> table = pd.DataFrame({"estimate": [5.0, 1.0, 2.0, 3.0, 4.0, 9.0]})
    >>> thinned(table, 3)[0]["estimate"].tolist()
    [5.0, 1.0, 9.0]
    """
    primary = np.arange(len(table)) == 0
    if len(table) <= most:
        return table, primary
    order = table["estimate"].dropna().sort_values(kind="stable").index
    kept = order[np.linspace(0, len(order) - 1, most).round().astype(int)]
    rows = table.index.isin(kept)
    if not rows[0]:  # the primary one takes the place of its neighbour by size
        place = np.searchsorted(table.loc[kept, "estimate"], table["estimate"].iloc[0])
        rows[table.index.get_loc(kept[min(max(place, 1), most - 2)])] = False
        rows[0] = True
    return table[rows], primary[rows]


def _window(
    values: pd.Series, low_ends: pd.Series, rule: Prediction, others: Sequence[float]
) -> tuple[float, float]:
    """Return limits that hold all estimates and the edges of both regions, with some room."""
    edges = [e for side in (rule.supports, rule.refutes) for e in (side.low, side.high)]
    held = np.r_[values.dropna(), others, [edge for edge in edges if np.isfinite(edge)], 0.0]
    pad = 0.25 * np.ptp(held)
    # What is never negative, such as a share, has no room below zero.
    least = -0.04 * pad if values.min() >= 0 and low_ends.min() >= 0 else held.min() - pad
    return float(least), float(held.max() + pad)


def _sources(claim: Claim) -> str:
    names = dict.fromkeys(datasets.source(name).producer for name in claim.prediction.data)
    return f"{', '.join(names)}; own estimates"
