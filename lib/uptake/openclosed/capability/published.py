"""Published lags and gaps recomputed, and each difference taken apart into steps that add up."""

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from uptake.frontier import Frontier, catch_up, frontier
from uptake.openclosed.capability.index import index, monthly, sides

OURS = {
    "vintage": "2026-05-14",
    "until": None,
    "measure": "records",
    "standard_errors": 0.0,
    "tolerance": 0.0,
    "o3_date": "released",
}
"""This project's own lag: strict, at each closed record, on the edition known at the freeze."""

EPOCH = OURS | {
    "vintage": "2025-12-19",
    "until": "2025-10-31",
    "measure": "scores",
    "standard_errors": 1.0,
}
"""Epoch AI, 30 October 2025, as near as the tables allow: no edition of October 2025 is at hand."""

IAPS = OURS | {"vintage": "2026-08-11", "tolerance": 1.0, "o3_date": "announced"}
"""IAPS, 22 August 2026; its tolerance is not in the table, one point is our guess."""

PUBLISHED = {"Epoch AI": 3.5}
"""Lag in months, epoch.ai/data-insights/open-weights-vs-closed-weights-models, 2025-10-30:
3.5 (90% interval 1.1 to 5.3) and 7 points (0 to 14), January 2023 to October 2025."""


def episodes(
    *,
    vintage: str = OURS["vintage"],
    until: str | None = None,
    measure: str = "records",
    standard_errors: float = 0.0,
    tolerance: float = 0.0,
    o3_date: str = "released",
    without: tuple[str, ...] = (),
    licence: str = "any",
) -> pd.DataFrame:
    """Return catch-up times on one edition of the index under one definition of the lag.

    Parameters
    ----------
    vintage : str
        Edition; one after the freeze serves to reproduce or describe.
    until : str, optional
        Only models released by this day count, and waits are cut there; by default the edition's.
    measure : {"records", "scores"}
        A wait for each closed record, or for each of 400 scores across the range both sides cover,
        whose mean is the horizontal distance of the frontiers.
    standard_errors, tolerance, o3_date, without, licence
        As for `uptake.frontier.catch_up` and `sides`.

    Raises
    ------
    ValueError
        If ``measure`` is neither of the two.

    Examples
    --------
    >>> int(episodes(vintage="2026-08-11")["matched"].sum())
    16
    """
    if measure not in ("records", "scores"):
        raise ValueError(f"measure is {measure!r}; use 'records' or 'scores'")
    choices = {"o3_date": o3_date, "licence": licence, "without": without}
    both = sides(index(vintage), unknown="overridden", **choices)
    end = pd.Timestamp(until) if until else both.until
    closed, opened = (_cut(side, end) for side in (both.closed, both.open))
    levels = None
    if measure == "scores":
        bottom = max(closed.records["score"].iloc[0], opened.records["score"].iloc[0])
        levels = np.linspace(bottom, min(closed.scores.max(), opened.scores.max()), 401)[1:]
    return catch_up(
        closed,
        opened,
        levels,
        tolerance=tolerance,
        standard_errors=standard_errors,
        until=end,
    )


def lag(**definition: object) -> float:
    """Return the mean catch-up time of what is caught up, in months; see `episodes`.

    What is not caught up is left out, as in the published figures, so this lag is too short when
    the newest waits are the longest.

    Examples
    --------
    >>> round(lag(vintage="2026-08-11"), 1)
    7.1
    """
    table = episodes(**definition)
    return float(table.loc[table["matched"], "months"].mean())


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


def redrawn_lag(
    draws: int, rng: np.random.Generator, *, level: float = 0.9, **definition: object
) -> tuple[float, float]:
    """Return the interval of the mean lag when every score is redrawn within its own interval.

    Parameters
    ----------
    draws : int
        Number of redrawn sets of scores.
    rng : Generator
        Source of randomness.
    level : float
        Of the interval; 0.9 as published.
    **definition
        ``vintage`` and ``until``, as for `episodes`.

    Examples
    --------
    >>> low, high = redrawn_lag(50, np.random.default_rng(1))
    >>> low < high
    True
    """
    both = sides(index(str(definition.get("vintage", OURS["vintage"]))), unknown="overridden")
    end = pd.Timestamp(definition.get("until") or both.until)
    fronts = [_cut(side, end) for side in (both.closed, both.open)]
    means = []
    for _ in range(draws):
        closed, opened = (
            frontier(f.dates, f.scores + f.errors * rng.standard_normal(f.scores.size))
            for f in fronts
        )
        table = catch_up(closed, opened, until=end)
        means.append(table.loc[table["matched"], "months"].mean())
    tail = (1 - level) / 2
    low, high = np.nanquantile(means, [tail, 1 - tail])
    return float(low), float(high)


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


def _cut(side: Frontier, end: pd.Timestamp) -> Frontier:
    kept = side.dates <= end
    return frontier(
        side.dates[kept],
        side.scores[kept],
        names=side.names[kept].tolist(),
        errors=side.errors[kept],
    )
