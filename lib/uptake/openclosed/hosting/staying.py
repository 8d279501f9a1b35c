"""S4: how long models stay in the router's top nine.

Nine rows is what every week of the archive has. Developers on a router switch by changing a word;
a firm that has built a model in cannot, so stays here are a lower bound for firms.
"""

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.frontier import cluster_weights
from uptake.openclosed.capability import waiting
from uptake.openclosed.freeze import known
from uptake.openclosed.volume.breadth import TOP

LEVEL = 0.95
SIDES = ("open", "closed")
HALF_YEAR = 26


def top(
    *, size: int = TOP, unit: str = "model", read: Callable[..., pd.DataFrame] = known
) -> pd.DataFrame:
    """Return which models hold the largest rows of the router's table in each week.

    Variants of a model are one model, so a week may have fewer models than rows.

    Parameters
    ----------
    size : int
        Rows of a week; more than nine need the weeks with all models listed.
    unit : {"model", "author"}
        Whose slot it is.
    read : callable
        `known`, or `uptake.datasets.load` for a description past the freeze.

    Returns
    -------
    DataFrame
        ``week`` (number since the first), ``name``, ``weights``; one row per holder.

    Raises
    ------
    ValueError
        If ``unit`` is neither.

    Examples
    --------
    >>> int(top().groupby("week")["name"].nunique().max())
    9
    """
    if unit not in ("model", "author"):
        raise ValueError(f"unit is {unit!r}; use 'model' or 'author'")
    table = read("router_models").astype({"model": str, "author": str, "weights": str})
    if size > TOP:
        table = table[table["scope"] == "all_listed_models"]
    week = (table["week"] - table["week"].min()).dt.days // 7
    rows = table.assign(week=week, name=table[unit])[table["model"] != "others"]
    rows = rows.sort_values("tokens", ascending=False, kind="stable").groupby("week").head(size)
    rows = rows.drop_duplicates(["week", "name"])
    return rows[["week", "name", "weights"]].sort_values(["week", "name"]).reset_index(drop=True)


PREVIEW = r"preview|-exp-|-alpha$|-beta$"
"""Names under which makers offer a model for a while: their end is the maker's doing."""


def stays(holders: pd.DataFrame, *, gap: int = 1) -> pd.DataFrame:
    """Return the stays of each holder: runs of weeks, short absences bridged.

    Parameters
    ----------
    holders : DataFrame
        From `top`.
    gap : int
        Weeks of absence after which a return is a new stay.

    Returns
    -------
    DataFrame
        ``name``, ``weights``, ``first``, ``last`` (weeks), ``weeks`` (length), ``ended`` (absent
        for longer than ``gap`` before the record ends), ``begun`` (False when it was there in the
        first week, so that its beginning is not seen).

    Raises
    ------
    ValueError
        If ``gap`` is negative.

    Examples
    --------
    >>> rows = pd.DataFrame({"week": [1, 2, 4, 0], "name": ["a", "a", "a", "b"], "weights": "open"})
    >>> stays(rows)[["name", "weeks", "ended", "begun"]].values.tolist()
    [['a', 4, False, True], ['b', 1, True, False]]
    """
    if gap < 0:
        raise ValueError(f"gap is {gap}; give the weeks of absence that are bridged, 0 or more")
    rows = holders.sort_values(["name", "week"])
    fresh = rows.groupby("name")["week"].diff().fillna(np.inf) > gap + 1
    groups = rows.groupby(fresh.cumsum().rename("stay"), sort=False)
    table = groups.agg(name=("name", "first"), weights=("weights", "last"),
                       first=("week", "min"), last=("week", "max"))  # fmt: skip
    table["weeks"] = table["last"] - table["first"] + 1
    table["ended"] = table["last"] < holders["week"].max() - gap
    table["begun"] = table["first"] > holders["week"].min()
    return table.reset_index(drop=True)


def staying_curves(
    table: pd.DataFrame, rng: np.random.Generator | None = None
) -> dict[str, pd.DataFrame]:
    """Return the Kaplan-Meier curves of open and closed models, every model counting once.

    Parameters
    ----------
    table : DataFrame
        From `stays`; those whose beginning is not seen are left out.
    rng : Generator, optional
        For the band, made by resampling models.

    Returns
    -------
    dict of str to DataFrame
        By side: ``months`` (here weeks), ``waiting`` (share still there), ``low``, ``high``.

    Examples
    --------
    >>> sorted(staying_curves(stays(top())))
    ['closed', 'open']
    """
    seen = table[table["begun"]]
    return {
        side: waiting.curve(_as_waits(rows), rows["name"], rng=rng)
        for side, rows in ((side, seen[seen["weights"] == side]) for side in SIDES)
    }


def staying_ratio(
    table: pd.DataFrame,
    rng: np.random.Generator,
    *,
    horizon: float = HALF_YEAR,
    draws: int = 1000,
) -> pd.DataFrame:
    """Return how long open models stay over how long closed ones do, with intervals.

    Parameters
    ----------
    table : DataFrame
        From `stays`.
    rng : Generator
        Draws models with replacement within each side.
    horizon : float
        Weeks to which the restricted mean runs.
    draws : int
        Resampled sets of models.

    Returns
    -------
    DataFrame
        Two rows. ``restricted mean``: Kaplan-Meier mean within the horizon, over stays whose
        beginning is seen. ``weeks per exit``: weeks present over exits, over all stays: the mean
        stay if the chance to leave is the same every week, whatever the age, so that stays already
        under way at the start can count. Columns ``open``, ``closed`` (weeks), ``ratio``, ``low``,
        ``high``.

    Examples
    --------
    >>> found = staying_ratio(stays(top()), np.random.default_rng(8), draws=50)
    >>> found.index.tolist()
    ['restricted mean', 'weeks per exit']
    """
    measures = {
        "restricted mean": (
            table["begun"],
            functools.partial(waiting.restricted_mean, horizon=horizon),
        ),
        "weeks per exit": (table["weeks"] > 0, waiting.months_per_event),
    }
    rows = {}
    for name, (kept, measure) in measures.items():
        both = [
            _resampled(table[kept & (table["weights"] == side)], measure, rng, draws)
            for side in SIDES
        ]
        ratio = both[0] / both[1]
        ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        # Without interpolation: a draw without an exit has an infinite stay.
        low, high = np.nanquantile(ratio[1:], ends, method="nearest")
        rows[name] = (both[0][0], both[1][0], ratio[0], low, high)
    return pd.DataFrame(rows, ["open", "closed", "ratio", "low", "high"]).T


def _resampled(
    rows: pd.DataFrame, measure: Callable[..., NDArray], rng: np.random.Generator, draws: int
) -> NDArray:
    """Return a measure of the stays, then of stays whose models are drawn anew."""
    code = pd.factorize(rows["name"])[0]
    number = code.max() + 1
    times = rng.multinomial(number, np.full(number, 1 / number), draws)
    weights = np.vstack([np.ones(number), times])[:, code] * cluster_weights(code)
    return measure(rows["weeks"], rows["ended"], weights)


def _as_waits(rows: pd.DataFrame) -> pd.DataFrame:
    waits = pd.DataFrame({"months": rows["weeks"].astype(float), "matched": rows["ended"]})
    return waits.reset_index(drop=True)


def log_rank(table: pd.DataFrame) -> float:
    """Return the log-rank p-value of equal stays of open and closed models.

    One stay a model, its first whose beginning is seen, since stays of a model are not independent.

    Parameters
    ----------
    table : DataFrame
        From `stays`.

    Examples
    --------
    >>> 0 <= log_rank(stays(top())) <= 1
    True
    """
    from statsmodels.duration.survfunc import survdiff

    rows = table[table["begun"] & table["weights"].isin(SIDES)]
    rows = rows.sort_values("first").drop_duplicates("name")
    return float(survdiff(rows["weeks"], rows["ended"].astype(int), rows["weights"])[1])
