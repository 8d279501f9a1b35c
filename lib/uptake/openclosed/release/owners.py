"""Whether C7 could be seen, and its rival measures: over time, by volume, at half of the cases."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.release.efficiency import (
    closed_share,
    interval,
    on_frontier,
    places,
    redrawn,
    runs,
)
from uptake.openclosed.simulations import Simulation


@dataclass(frozen=True, eq=False)
class ShareSimulation(Simulation):
    """Intervals of the closed share on frontiers whose owners were drawn by lot.

    Each record has its own true share; at one half the owner makes no difference.
    """

    no_effect: ClassVar[float] = 0.5


def simulate_owners(
    share: float,
    rng: np.random.Generator,
    *,
    within: float = 0.02,
    size: int = 300,
    draws: int = 400,
    apart: str = "lab",
    **choices: object,
) -> ShareSimulation:
    """Simulate records whose closed share is known, as many and as noisy as the real runs.

    The real costs, cases and scores are taken for the truth. Owners are dealt to models by lot,
    each closed with the probability asked for, and kept where the true share comes that near.
    Then every score is drawn from its binomial, and the interval is made as for the estimate.

    Parameters
    ----------
    share : float
        True closed share of the cost range.
    rng : Generator
        Source of randomness.
    within : float
        How near the true share of a record must come.
    size : int
        Number of simulated records.
    draws : int
        Redrawn sets of scores behind each interval.
    apart : {"lab", "base"}
        As for `frontier_share`.
    **choices
        As for `runs`.

    Raises
    ------
    ValueError
        If owners dealt by lot hardly ever give such a share.

    Examples
    --------
    >>> simulate_owners(0.75, np.random.default_rng(7), size=5, draws=50).low.shape
    (5,)
    """
    table = runs(**choices).table
    place, score = places(table, "log"), table["score"].to_numpy()
    code, names = pd.factorize(table["base"])
    lots = rng.random((200 * size, len(names))) < share
    true = closed_share(np.broadcast_to(score, (len(lots), score.size)), lots[:, code], place)
    near = np.flatnonzero(np.abs(true - share) <= within)[:size]
    if near.size < size:
        raise ValueError(f"only {near.size} of {len(lots)} lots come near {share}; widen within")
    drawn = redrawn(table, size, rng)
    rows = []
    for lot, scores in zip(lots[near][:, code], drawn, strict=True):
        seen = table.assign(closed=lot, score=scores)
        rows.append(interval(seen, place, draws, rng, apart=apart))
    _, low, high = np.array(rows).T
    return ShareSimulation(true[near], low, high)


def over_time(benchmark: str = "aider_polyglot") -> pd.DataFrame:
    """Return the closed share of the frontier of all runs so far, by month end.

    Parameters
    ----------
    benchmark : str
        Which test.

    Returns
    -------
    DataFrame
        ``share``, ``runs`` and ``on_frontier`` (runs so far, and those on the frontier); months
        with fewer than three runs on the frontier are left out.

    Examples
    --------
    >>> over_time().index[-1]
    Timestamp('2025-10-31 00:00:00')
    """
    table = runs(benchmark=benchmark).table
    ends = pd.date_range(table["run"].min(), table["run"].max() + pd.offsets.MonthEnd(), freq="ME")
    rows = {}
    for end in ends:
        seen = table[table["run"] <= end]
        score = seen["score"].to_numpy()
        front = on_frontier(score)
        if front.sum() >= 3:
            share = closed_share(score, seen["closed"].to_numpy(), places(seen, "log"))[0]
            rows[end] = (share, len(seen), int(front.sum()))
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["share", "runs", "on_frontier"])
    return found.astype({"runs": int, "on_frontier": int})


def hypervolume(table: pd.DataFrame) -> pd.Series:
    r"""Return who fills the area of cost and score that the frontier dominates.

    The area under the best score for the money, over log dollars from the cheapest to the dearest
    run of all (so the dearest adds none), from a score of zero:

    .. math:: V = \int \max_{i:\, \log c_i \le x} s_i \, dx .

    Parameters
    ----------
    table : DataFrame
        As in `uptake.openclosed.release.efficiency.Runs`.

    Returns
    -------
    Series
        Shares of V: ``closed`` and ``open`` reached by each side alone, ``only_closed`` and
        ``only_open`` lost without it.

    Examples
    --------
    >>> rows = pd.DataFrame({"cost": [1.0, np.e], "score": [0.2, 0.8], "closed": [False, True]})
    >>> hypervolume(rows)[["closed", "open"]].tolist()
    [0.0, 1.0]
    """
    place, score = np.log(table["cost"].to_numpy()), table["score"].to_numpy()
    closed = table["closed"].to_numpy()
    areas = {
        "all": _area(place, score),
        "closed": _area(place, np.where(closed, score, 0.0)),
        "open": _area(place, np.where(closed, 0.0, score)),
    }
    whole = areas["all"]
    return pd.Series(
        {
            "closed": areas["closed"] / whole,
            "open": areas["open"] / whole,
            "only_closed": 1 - areas["open"] / whole,
            "only_open": 1 - areas["closed"] / whole,
        }
    )


def _area(place: NDArray, score: NDArray) -> float:
    return float(np.maximum.accumulate(score)[:-1] @ np.diff(place))


def by_measure(table: pd.DataFrame) -> pd.Series:
    r"""Return the closed share of the frontier by each way to measure it.

    In log dollars (the declared one), by rank, in plain dollars, and turned round: the share of
    the scores, from zero to the best, that a closed run reaches at the least cost,

    .. math:: \sum_k 1[\text{closed}_k]\, (s_k - s_{k-1}) / s_K, \qquad s_0 = 0 .

    Parameters
    ----------
    table : DataFrame
        As in `uptake.openclosed.release.efficiency.Runs`.

    Examples
    --------
    >>> rows = pd.DataFrame({"cost": [1.0, 10.0, 100.0], "score": [0.2, 0.3, 0.8],
    ...                      "closed": [True, False, True]})
    >>> by_measure(rows).round(3).tolist()
    [0.5, 0.5, 0.091, 0.875]
    """
    score, closed = table["score"].to_numpy(), table["closed"].to_numpy()
    scales = {"log dollars": places(table, "log"), "ranks": places(table, "rank")}
    scales["plain dollars"] = table["cost"].to_numpy()
    found = {name: closed_share(score, closed, at)[0] for name, at in scales.items()}
    front = on_frontier(score)
    steps = np.diff(np.r_[0.0, score[front]])
    return pd.Series(found | {"scores": (steps * closed[front]).sum() / steps.sum()})


def cheapest_solver(table: pd.DataFrame, solved: float = 0.5) -> pd.DataFrame:
    """Return the cheapest run of each side that solves a share of the cases.

    Parameters
    ----------
    table : DataFrame
        As in `Runs`.
    solved : float
        Share of the cases.

    Examples
    --------
    >>> cheapest_solver(runs().table).index.tolist()
    ['open', 'closed']
    """
    able = table[table["score"] >= solved].drop_duplicates("closed")
    able = able.set_index(able["closed"].map({True: "closed", False: "open"}))
    return able.loc[["open", "closed"], ["model", "cost", "score", "run"]].rename_axis("weights")


def open_on_frontier(
    table: pd.DataFrame, draws: int = 2000, rng: np.random.Generator | None = None
) -> tuple[list[str], float]:
    """Return the open models on the frontier, and how often one stays there with scores redrawn.

    One is enough to refute the word "always".

    Parameters
    ----------
    table : DataFrame
        As in `Runs`.
    draws : int
        Redrawn sets of scores.
    rng : Generator, optional
        By default seeded with 7.

    Examples
    --------
    >>> names, kept = open_on_frontier(runs().table, draws=50)
    >>> 0 <= kept <= 1
    True
    """
    rng = rng or np.random.default_rng(7)
    opened = ~table["closed"].to_numpy()
    names = table.loc[on_frontier(table["score"].to_numpy()) & opened, "model"].tolist()
    kept = (on_frontier(redrawn(table, draws, rng)) & opened).any(axis=1)
    return names, float(kept.mean())


def energy_ceiling(price_usd: float, usd_per_kwh: float) -> float:
    """Return the kilowatt hours that a price can at most have paid for.

    The bound holds for work sold at no less than its electricity: all of the price, and nothing
    else, spent on power.

    Parameters
    ----------
    price_usd : float
        What was asked, in dollars.
    usd_per_kwh : float
        Price of electricity, an assumption.

    Examples
    --------
    >>> energy_ceiling(3.0, 0.06)
    50.0
    """
    if price_usd < 0 or usd_per_kwh <= 0:
        raise ValueError("give a price of at least 0 and a positive price of electricity")
    return price_usd / usd_per_kwh
