"""Published lags and gaps recomputed, and each difference taken apart into steps that add up."""

import itertools
import math
from collections.abc import Callable, Mapping

import pandas as pd

from uptake.frontier import DAYS_PER_MONTH
from uptake.openclosed.capability.index import index, monthly, sides
from uptake.openclosed.capability.lags import OURS

EPOCH = OURS | {
    "vintage": "2025-12-19",
    "until": "2025-10-31",
    "measure": "scores",
    "standard_errors": 1.0,
}
"""Epoch AI, 30 October 2025, as near as the tables allow: no edition of October 2025 is at hand,
and what it takes as level is not published as a number; one standard error is our guess."""

IAPS = OURS | {"vintage": "2026-08-11", "tolerance": 1.0, "o3_date": "announced"}
"""IAPS, 22 August 2026; its tolerance is not in the table, one point is our guess."""

PUBLISHED = {"Epoch AI": 3.5}
"""Lag in months, epoch.ai/data-insights/open-weights-vs-closed-weights-models, 2025-10-30:
3.5 (90% interval 1.1 to 5.3) and 7 points (0 to 14), January 2023 to October 2025."""


def steps(
    function: Callable[..., float],
    ours: Mapping[str, object],
    theirs: Mapping[str, object],
    published: float,
) -> pd.Series:
    r"""Take the difference between our figure and a published one apart, choice by choice.

    The contribution of a choice is its Shapley value: the change when it alone is switched from
    ours to theirs, averaged over all orders in which the choices can be switched,

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!} [f(S \cup i) - f(S)] ,

    (Shapley 1953), so that no order is favoured and the steps add up. What the choices do not
    explain is the last step.

    Parameters
    ----------
    function : callable
        Takes the choices as keyword arguments.
    ours, theirs : mapping
        The same choices with our and with their values; only those that differ count.
    published : float
        Their figure.

    Returns
    -------
    Series
        ``ours``, a row for each differing choice, ``not explained``; the sum is ``published``.

    Raises
    ------
    ValueError
        If the two name different choices.

    Examples
    --------
    >>> both = steps(lambda a, b: a * b, {"a": 2, "b": 3}, {"a": 4, "b": 5}, 21.0)
    >>> both.to_dict()
    {'ours': 6.0, 'a': 8.0, 'b': 6.0, 'not explained': 1.0}
    """
    if set(ours) != set(theirs):
        raise ValueError("name the same choices on both sides")
    names = [name for name in ours if ours[name] != theirs[name]]
    value = {
        chosen: function(**{**ours, **{name: theirs[name] for name in chosen}})
        for size in range(len(names) + 1)
        for chosen in itertools.combinations(names, size)
    }
    found = {"ours": value[()]}
    for name in names:
        total = 0.0
        for chosen in value:
            if name not in chosen:
                joined = tuple(n for n in names if n in chosen or n == name)
                rest = len(names) - len(chosen) - 1
                orders = math.factorial(len(chosen)) * math.factorial(rest)
                total += orders / math.factorial(len(names)) * (value[joined] - value[chosen])
        found[name] = total
    found["not explained"] = published - value[tuple(names)]
    return pd.Series(found, dtype=float)


def months_between(earlier: str, later: str, *, vintage: str = str(OURS["vintage"])) -> float:
    """Return the months from the release of one model to that of another.

    Parameters
    ----------
    earlier, later : str
        Names in the index.
    vintage : str
        Edition of the index.

    Examples
    --------
    >>> round(months_between("GPT-4 (Mar 2023)", "GPT-4 (Jun 2023)"), 1)
    3.0
    """
    released = index(vintage).set_index("model")["released"]
    return (released[later] - released[earlier]).days / DAYS_PER_MONTH


def gaps(start: str = "2023-01-01", until: str | None = None, **choices: object) -> pd.Series:
    """Return the vertical gap between the frontiers by month: mean, middle 90%, last.

    Parameters
    ----------
    start, until : str
        First and last month.
    **choices
        ``vintage``, and those of `sides`.

    Returns
    -------
    Series
        ``mean``, ``low``, ``high`` (5th and 95th percentile of the months), ``last``, in index
        points, and ``months``.

    Examples
    --------
    >>> gaps(vintage="2026-08-11", until="2025-10-31")["months"]
    np.float64(32.0)
    """
    vintage = str(choices.pop("vintage", OURS["vintage"]))
    both = sides(index(vintage), **({"unknown": "overridden"} | choices))
    gap = monthly(both, start, until=pd.Timestamp(until) if until else None)["gap"]
    low, high = gap.quantile([0.05, 0.95])
    found = {"mean": gap.mean(), "low": low, "high": high, "last": gap.iloc[-1]}
    return pd.Series(found | {"months": len(gap)})
