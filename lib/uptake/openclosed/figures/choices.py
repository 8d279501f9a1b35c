"""Figures of all claims' specifications: at a glance, which choice moves them, and chance.

Where claims with different units share a picture, their estimates stand relative to the edges of
their own regions (`multiverse.at`): 0 where the refuting region begins, 1 where the supporting one
does; beyond these edges each further tick is a multiple of four.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from uptake.figures.house import INK, MUTED, PALE
from uptake.openclosed.choices import Decomposition, share
from uptake.openclosed.choices.variance import INTERACTIONS
from uptake.openclosed.multiverse.accounts import at
from uptake.openclosed.multiverse.testing import CurveTest
from uptake.openclosed.rules import Claim

REACH = 3.0
"""Half-width of the common axis, in its own steps; what lies beyond stands at the edge."""
_END = REACH + 0.1
SHADES = ("#3B4252", "#6B7484", "#949CAA", "#B7BDC8", "#CDD2DA", "#DDE1E7", "#E6E9EE", "#EEF0F3")


def overview(
    claims: Mapping[str, Claim],
    tables: Mapping[str, pd.DataFrame],
    verdicts: Mapping[str, str],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw all estimates of all claims, relative to the edges of the claims' own regions.

    Parameters
    ----------
    claims : mapping of str to Claim
        By id.
    tables : mapping of str to DataFrame
        Specifications, from `multiverse.tables`; drawn in this order.
    verdicts : mapping of str to str
        The verdict on each.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> from uptake.openclosed import claims, choices
    >>> c4 = {"C4": claims.load()["C4"]}
    >>> table = choices.universe(c4["C4"]).assign(estimate=20.0, low=11.0, high=30.0)
    >>> ax = overview(c4, {"C4": table}, {"C4": "supported"})
    >>> ax.texts[3].get_text()
    'C4 Coding agents pay for intelligence: supported'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.0, 0.7 + 0.62 * len(tables)), layout="constrained")[1]
    _zones(ax, len(tables))
    bins = np.linspace(-REACH, REACH, 49)
    for y, (name, table) in enumerate(tables.items()):
        claim, rule = claims[name], claims[name].prediction
        heights, _ = np.histogram(place(claim, table["estimate"].dropna()), bins)
        tall = 0.5 * heights / heights.max()
        ax.bar(bins[:-1], -tall, np.diff(bins), bottom=y, align="edge", color=MUTED, alpha=0.75)
        first = place(claim, table[["low", "estimate", "high"]].iloc[0])
        if np.isfinite(first).all():
            ax.plot(np.sort(first[[0, 2]]), [y + 0.08] * 2, color=INK, lw=1.6)
            ax.plot(first[1], y + 0.08, "D", color=INK, mfc="white", ms=6, mew=1.6, zorder=4)
        head = f"{name} {claim.title}: {verdicts[name]}"
        ax.text(-REACH, y - 0.62, head, size=9.5, weight="bold", color=INK, va="center")
        ends = ((-_END - 0.1, rule.refutes, "right"), (_END + 0.1, rule.supports, "left"))
        for x, side, align in ends:
            words = f"{share(table, side, claim=claim):.0%}"
            ax.text(x, y - 0.1, words, size=9.5, color=MUTED, ha=align, va="center")
    ax.set(ylim=(len(tables) - 0.5, -1.55), xlim=(-_END - 0.6, _END + 0.6), yticks=[])
    return ax


def place(claim: Claim, values: ArrayLike) -> NDArray:
    """Return places on the common axis: the regions' edges at -1 and 1, further out logarithmic.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> place(claims.load()["C11"], [-0.2, -0.3, -0.4, -0.7]).round(3).tolist()
    [-1.0, 0.0, 1.0, 2.0]
    """
    u = 2 * (at(claim, values) - 0.5)
    far = np.sign(u) * (1 + np.log(np.maximum(np.abs(u), 1)) / np.log(4))
    return np.clip(np.where(np.abs(u) <= 1, u, far), -REACH, REACH)


def _zones(ax: Axes, rows: int) -> None:
    """Shade the two regions and name the three zones above the rows."""
    names = {
        "speaks against": (-REACH - 0.1, -1),
        "neither": (-1, 1),
        "supports": (1, REACH + 0.1),
    }
    for name, (left, right) in names.items():
        if name != "neither":
            ax.axvspan(left, right, color=PALE, alpha=0.5, lw=0, zorder=0)
        style = {"ha": "center", "va": "center", "size": 10, "color": MUTED}
        ax.text((left + right) / 2, -1.25, name, **style, zorder=5)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.axhline(rows - 0.5, color=MUTED, lw=0.8)


def spoken(choice: str) -> str:
    """Return the word by which readers know a choice; arguments say vintage, texts say edition.

    Examples
    --------
    >>> spoken("vintage"), spoken("start")
    ('edition', 'start')
    """
    return {"vintage": "edition"}.get(choice, choice)


def movers(divided: Mapping[str, Decomposition], *, ax: Axes | None = None) -> Axes:
    """Draw how much of each claim's variance every choice explains, the largest first.

    Parameters
    ----------
    divided : mapping of str to Decomposition
        By claim id, from `multiverse.decompositions`.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> from uptake.openclosed.choices import decompose
    >>> table = pd.DataFrame({"start": [1, 1, 2, 2], "blend": [1, 2, 1, 2],
    ...                       "estimate": [0.0, 1.0, 4.0, 5.0]})
    >>> ax = movers({"C1": decompose(table)})
    >>> [round(float(bar.get_width()), 3) for bar in ax.patches]
    [0.941, 0.059]
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.0, 0.6 + 0.42 * len(divided)), layout="constrained")[1]
    for y, each in enumerate(divided.values()):
        left = 0.0
        for number, (name, part) in enumerate(each.table["share"].items()):
            if not part > 0:
                continue
            last = name == INTERACTIONS
            color = "white" if last else SHADES[min(number, len(SHADES) - 1)]
            style = {"hatch": "////", "edgecolor": SHADES[2]} if last else {"edgecolor": "white"}
            ax.barh(y, part, left=left, height=0.74, color=color, lw=0.8, **style)
            words = spoken(name).replace("_", " ")
            if part > 0.017 * len(words) + 0.02:
                ink = "white" if number < 2 and not last else INK
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5} if last else None
                ax.text(left + part / 2, y, words, ha="center", va="center", size=9, color=ink,
                        bbox=box)  # fmt: skip
            left += part
    ax.set_yticks(range(len(divided)), list(divided))
    ax.set(xlim=(0, 1), ylim=(len(divided) - 0.5, -0.6))
    ax.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    ax.grid(visible=False)
    return ax


def chance(tests: Mapping[str, CurveTest], *, ax: Axes | None = None) -> Axes:
    """Draw the median of each curve beside those of simulated curves without the effect.

    Parameters
    ----------
    tests : mapping of str to CurveTest
        By claim id, from `multiverse.null_curves`.
    ax : Axes, optional
        Where to draw.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c7 = claims.load()["C7"]
    >>> simulated = np.linspace(0, 1, 40)[:, None]
    >>> one = CurveTest(c7, "by lot", np.array([0]), np.array([0.3]), simulated)
    >>> ax = chance({"C7": one})
    >>> [text.get_text() for text in ax.texts][-1]
    'p 0.63'
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(figsize=(7.0, 0.9 + 0.42 * len(tests)), layout="constrained")[1]
    _zones(ax, len(tests))
    for y, test in enumerate(tests.values()):
        ends = place(test.claim, np.quantile(test.medians, [0.025, 0.5, 0.975]))
        style = {"color": SHADES[2], "solid_capstyle": "butt", "zorder": 2}
        ax.plot(np.sort(ends[[0, 2]]), [y, y], lw=9, alpha=0.8, **style)
        seen = place(test.claim, test.median)
        ax.plot(seen, y, "D", color=INK, mfc="white", ms=8, mew=2, zorder=4)
        ax.text(REACH + 0.25, y, f"p {test.p_median:.2f}", size=9.5, color=INK, va="center")
    ax.set_yticks(range(len(tests)), list(tests))
    ax.set(ylim=(len(tests) - 0.5, -1.55), xlim=(-_END, _END))
    return ax
