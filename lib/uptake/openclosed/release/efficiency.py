"""C7: the part of the cost range over which the best score was a closed model's.

The frontier rests on few runs, one a model, by volunteers. Two doubts are kept apart: binomial
noise of scores, and makers left out one at a time. Runs are never resampled: a maximum would fall.
"""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known
from uptake.openclosed.release.listings import check_choice
from uptake.openclosed.release.makers import base_model, maker

UNIT = "share of the cost range"
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of one benchmark under one set of choices, by cost, and what was left out.

    Attributes
    ----------
    table : DataFrame
        ``model``, ``base`` (the model without its settings), ``lab`` (its maker),
        ``closed`` (bool), ``run`` (day), ``cost`` (USD), ``score`` (share solved) and ``cases``.
    left_out : Series
        Number of runs left out, by reason.
    """

    table: pd.DataFrame
    left_out: pd.Series


@functools.cache
def runs(
    *,
    benchmark: str = "aider_polyglot",
    pairs: str = "out",
    floor: float = 0,
    corrected: bool = True,
) -> Runs:
    """Return the runs with a cost, cheapest first.

    A run of part of the cases costs less for that reason alone, and so does one filed under
    another benchmark's name: what has a number of cases more than 2% off the usual is left out.

    Parameters
    ----------
    benchmark : {"aider_polyglot", "aider_edit"}
        Which test.
    pairs : {"out", "closed"}
        Runs by two models together: left out, or counted as closed.
    floor : float
        Least percent solved.
    corrected : bool
        Whose weights are open: as corrected, or as the table has it.

    Raises
    ------
    ValueError
        If there is no such benchmark or choice.

    Examples
    --------
    >>> runs().left_out["no cost"] > 0
    np.True_
    """
    if pairs not in ("out", "closed"):
        raise ValueError(f"pairs is {pairs!r}; use 'out' or 'closed'")
    table = known("coding_cost", corrected=corrected)
    table = table[table["benchmark"] == benchmark]
    if table.empty:
        raise ValueError(f"no runs of {benchmark!r}; use 'aider_polyglot' or 'aider_edit'")
    usual = table["cases"].median()
    together = table["model"].str.contains(" + ", regex=False)
    reasons = {
        "no cost": table["run_cost_usd"].isna(),
        "other number of cases": (table["cases"] / usual - 1).abs() > 0.02,
        "two models together": together & (pairs == "out"),
        "weights not known": ~together & (table["weights"] == "unknown"),
        "under the floor": table["percent_solved"] < floor,
    }
    out, left = pd.Series(False, table.index), {"runs": len(table)}
    for reason, rows in reasons.items():
        left[reason] = int((rows & ~out).sum())
        out |= rows
    kept = table[~out]
    base = kept["model"].map(base_model)
    found = pd.DataFrame({"model": kept["model"].astype(str), "base": base, "lab": base.map(maker)})
    found["closed"] = (kept["weights"] != "open").to_numpy()
    found["run"], found["cost"] = kept["run"], kept["run_cost_usd"].astype(float)
    found["score"] = kept["percent_solved"].astype(float) / 100
    found["cases"] = kept["cases"].astype(int)
    return Runs(found.sort_values("cost", kind="stable").reset_index(drop=True), pd.Series(left))


def frontier_share(
    *,
    benchmark: str = "aider_polyglot",
    pairs: str = "out",
    cost_scale: str = "log",
    floor: float = 0,
    apart: str = "lab",
    draws: int = 2000,
    rng: np.random.Generator | None = None,
) -> Estimate:
    r"""Estimate C7: the closed share of the cost range in which they have the best score.

    With the frontier's runs :math:`k = 1, \dots, K` by rising cost :math:`c_k`,

    .. math:: \theta = \frac{\sum_{k<K} 1[\text{closed}_k]\, (\log c_{k+1} - \log c_k)}
              {\log c_K - \log c_1} .

    The interval holds the central 95% of the shares with every score redrawn from its binomial,
    and the share without each maker in turn, since what a maker's models share no single one shows.

    Parameters
    ----------
    benchmark, pairs, floor
        Which runs count; see `runs`.
    cost_scale : {"log", "rank"}
        Distances in log dollars, or in ranks among the runs.
    apart : {"lab", "base"}
        What the interval leaves out one at a time: makers, or models.
    draws : int
        Redrawn sets of scores.
    rng : Generator, optional
        By default seeded with 7, the claim's number.

    Returns
    -------
    Estimate
        Between 0 and 1.

    Examples
    --------
    >>> estimate = frontier_share(draws=50)
    >>> 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    True
    """
    table = runs(benchmark=benchmark, pairs=pairs, floor=floor).table
    place = places(table, cost_scale)
    rng = rng or np.random.default_rng(7)
    value, low, high = interval(table, place, draws, rng, apart=apart)
    if np.isnan(value):
        return Estimate.missing(UNIT, "one run holds the whole frontier, so there is no range")
    concerns = _concerns(table, place)
    return Estimate(value, low, high, UNIT, n=len(table), concerns=concerns)


def _concerns(table: pd.DataFrame, place: NDArray) -> tuple[str, ...]:
    front = table[on_frontier(table["score"].to_numpy())]
    labs = leave_out(table, place, "lab").dropna().sort_values()
    ends = labs.drop(labs.index[1:-1])
    found = (
        f"the frontier is {len(front)} runs of {front['base'].nunique()} models by "
        f"{front['lab'].nunique()} makers, one run each",
        f"last run on {table['run'].max():%Y-%m-%d}: newer models are not in it",
        "cost is the list price of one coding test; work per watt or second is not observed",
        " and ".join(f"{share:.2f} without {lab}" for lab, share in ends.items()),
    )
    return tuple(filter(None, found))


def places(table: pd.DataFrame, cost_scale: str) -> NDArray:
    """Return where each run lies on the cost range: log dollars, or rank."""
    if cost_scale not in ("log", "rank"):
        raise ValueError(f"cost_scale is {cost_scale!r}; use 'log' or 'rank'")
    cost = table["cost"].to_numpy()
    return np.log(cost) if cost_scale == "log" else np.arange(cost.size, dtype=float)


def interval(
    table: pd.DataFrame,
    place: NDArray,
    draws: int,
    rng: np.random.Generator,
    *,
    apart: str = "lab",
) -> tuple[float, float, float]:
    """Return the closed share, and the interval of score noise and of makers left out.

    Parameters
    ----------
    table : DataFrame
        As in `Runs`, by rising cost.
    place : ndarray
        From `places`.
    draws : int
        Redrawn sets of scores.
    rng : Generator
        Source of randomness.
    apart : {"lab", "base"}
        What is left out one at a time: makers, or models.

    Raises
    ------
    ValueError
        If ``apart`` is neither.
    """
    check_choice(apart, ("lab", "base"), "apart")
    closed, score = table["closed"].to_numpy(), table["score"].to_numpy()
    value = closed_share(score, closed, place)[0]
    noisy = closed_share(redrawn(table, draws, rng), closed, place)
    noise = np.nanquantile(noisy, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    without = leave_out(table, place, apart).to_numpy()
    ends = np.r_[noise, value, without[~np.isnan(without)]]
    return float(value), float(ends.min()), float(ends.max())


def redrawn(table: pd.DataFrame, draws: int, rng: np.random.Generator) -> NDArray:
    """Return scores redrawn from binomials over the number of cases, shape (draws, runs)."""
    cases = table["cases"].to_numpy()
    return rng.binomial(cases, table["score"].to_numpy(), (draws, cases.size)) / cases


def on_frontier(score: NDArray) -> NDArray:
    """Return which runs, by rising cost, beat all cheaper ones; along the last axis.

    Examples
    --------
    >>> on_frontier(np.array([0.2, 0.5, 0.4, 0.9])).tolist()
    [True, True, False, True]
    """
    best = np.maximum.accumulate(score, axis=-1)
    before = np.concatenate([np.full((*score.shape[:-1], 1), -np.inf), best[..., :-1]], axis=-1)
    return score > before


def closed_share(score: NDArray, closed: NDArray, place: NDArray) -> NDArray:
    """Return the share of the range held by closed runs, for each row of scores.

    Parameters
    ----------
    score : ndarray, shape (n,) or (b, n)
        Scores by rising cost.
    closed : ndarray of bool, shape (n,) or (b, n)
        Who made the run.
    place : ndarray, shape (n,)
        Place on the cost range, ascending.

    Returns
    -------
    ndarray, shape (b,)
        NaN where one run is the whole frontier.

    Examples
    --------
    >>> closed_share(np.array([0.2, 0.5, 0.9]), np.array([True, False, True]),
    ...              np.array([0.0, 1.0, 4.0])).tolist()
    [0.25]
    """
    score, closed = np.atleast_2d(score), np.atleast_2d(closed)
    front = on_frontier(score)
    index = np.arange(place.size)
    holder = np.maximum.accumulate(np.where(front, index, -1), axis=1)
    top = np.where(front, index, -1).max(axis=1)
    steps = np.diff(place) * (index[:-1] < top[:, None])
    owned = np.take_along_axis(np.broadcast_to(closed, score.shape), holder, axis=1)[:, :-1]
    total = steps.sum(axis=1)
    part = (steps * owned).sum(axis=1)
    return np.divide(part, total, out=np.full(total.shape, np.nan), where=total > 0)


def leave_out(table: pd.DataFrame, place: NDArray, by: str) -> pd.Series:
    """Return the closed share without each model, or each maker, that is on the frontier.

    Parameters
    ----------
    table : DataFrame
        As in `Runs`.
    place : ndarray
        From `places`.
    by : {"base", "lab"}
        Models, or makers. What is not on the frontier leaves it as it is.
    """
    front = table.loc[on_frontier(table["score"].to_numpy()), by].unique()
    closed, score = table["closed"].to_numpy(), table["score"].to_numpy()
    found = {}
    for name in front:
        keep = (table[by] != name).to_numpy()
        found[name] = closed_share(score[keep], closed[keep], place[keep])[0]
    return pd.Series(found, dtype=float)
