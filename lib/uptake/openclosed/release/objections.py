"""What the interval of C7 does not hold: chance, makers, costs, labels, and models nobody ran."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from uptake.openclosed.freeze import known
from uptake.openclosed.release.efficiency import closed_share, places, redrawn, runs

LEVEL = 0.95


def by_lot(table: pd.DataFrame, rng: np.random.Generator, *, size: int = 2000) -> NDArray:
    """Return closed shares with the owners of the models dealt anew among them.

    As many models are closed as really are, so this is what the share would be if the owner made
    no difference. All runs of a model go to one owner.

    Parameters
    ----------
    table : DataFrame
        As in `uptake.openclosed.release.efficiency.Runs`.
    rng : Generator
        Source of randomness.
    size : int
        Number of deals.

    Returns
    -------
    ndarray, shape (size,)
        Share of the cost range, in log dollars.

    Examples
    --------
    >>> rows = pd.DataFrame({"cost": [1.0, 10.0, 1000.0], "score": [0.2, 0.3, 0.8],
    ...                      "closed": [True, False, False], "base": ["a", "b", "c"]})
    >>> sorted(set(by_lot(rows, np.random.default_rng(7)).round(2).tolist()))
    [0.0, 0.33, 0.67]
    """
    code, names = pd.factorize(table["base"])
    owners = table.groupby("base")["closed"].first().reindex(names).to_numpy()
    dealt = rng.permuted(np.broadcast_to(owners, (size, owners.size)), axis=1)[:, code]
    score = np.broadcast_to(table["score"].to_numpy(), dealt.shape)
    return closed_share(score, dealt, places(table, "log"))


def overturning_cost(table: pd.DataFrame, share: float) -> float:
    """Return the cost at which one more closed run would lift the closed share so far.

    The run is one that nobody made, of a closed model that solves more than every open run. The
    cheaper it is, the more of the range it takes.

    Parameters
    ----------
    table : DataFrame
        As in `Runs`, by rising cost.
    share : float
        Closed share of the cost range, above the present one.

    Returns
    -------
    float
        Dollars for the whole run; at this cost or any lower one the share is at least ``share``.

    Raises
    ------
    ValueError
        If the share is not above the present one, or is one.

    Examples
    --------
    >>> rows = pd.DataFrame({"cost": [1.0, 10.0, 100.0], "score": [0.2, 0.5, 0.8],
    ...                      "closed": [False, False, True]})
    >>> round(overturning_cost(rows, 0.5), 6)
    10.0
    """
    place, score = places(table, "log"), table["score"].to_numpy()
    closed = table["closed"].to_numpy()
    now = float(closed_share(score, closed, place)[0])
    if not now < share < 1:
        raise ValueError(f"the share is {now:.2f} now; ask for one above that and below 1")
    above = np.nextafter(score[~closed].max(), 1.0)

    def missing(at: float) -> float:
        where = np.searchsorted(place, at, side="right")
        added = (np.insert(score, where, above), np.insert(closed, where, True))
        return float(closed_share(*added, np.insert(place, where, at))[0]) - share

    return float(np.exp(brentq(missing, place[0], place[score.argmax()])))


def doubts(
    rng: np.random.Generator,
    *,
    off: float = 1.5,
    draws: int = 2000,
) -> pd.DataFrame:
    """Return the closed share of the cost range if one thing about the runs were otherwise.

    Each row changes one thing. The interval holds the central 95% with every score redrawn.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    off : float
        Factor by which a third of the costs are off, up or down: one standard deviation of the
        logarithm of a run's cost. An assumption, since no run was repeated.
    draws : int
        Redrawn sets of scores in each row.

    Returns
    -------
    DataFrame
        ``share``, ``low``, ``high``, by what is otherwise.

    Examples
    --------
    >>> doubts(np.random.default_rng(7), draws=50).columns.tolist()
    ['share', 'low', 'high']
    """
    table = runs().table
    ways = {
        "as declared": table,
        "a day before the last run": table[table["run"] < table["run"].max()],
        "without DeepSeek": table[table["lab"] != "DeepSeek"],
        "without OpenAI": table[table["lab"] != "OpenAI"],
        "up to the dearest run of all": to_dearest(table),
    }
    found = {name: _noise(rows, redrawn(rows, draws, rng)) for name, rows in ways.items()}
    found[f"costs off by a factor of {off:g} too"] = _noisy_costs(table, off, draws, rng)
    return pd.DataFrame.from_dict(found, orient="index", columns=["share", "low", "high"])


def to_dearest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the runs with the range drawn out to the dearest of all, on the frontier or not.

    The frontier ends at the best score, though a buyer may spend more. A last run that solves
    everything closes the range there; its owner holds none of it.

    Examples
    --------
    >>> rows = pd.DataFrame({"cost": [1.0, 10.0, 100.0], "score": [0.2, 0.8, 0.7],
    ...                      "closed": [False, True, True]})
    >>> found = to_dearest(rows)
    >>> closed_share(found["score"].to_numpy(), found["closed"].to_numpy(), places(found, "log"))
    array([0.5])
    """
    return pd.concat([table, table.iloc[[-1]].assign(score=1.0)], ignore_index=True)


def relabelled() -> pd.DataFrame:
    """Return what correcting the labels open and closed does to the closed share of the cost range.

    Returns
    -------
    DataFrame
        By benchmark: ``relabelled`` (runs whose label was corrected), ``with_cost`` (those of them
        that have a cost, so that the share can move), ``published`` and ``corrected`` (the share,
        in log dollars, under either set of labels).

    Examples
    --------
    >>> bool((relabelled()["with_cost"] <= relabelled()["relabelled"]).all())
    True
    """
    table, mended = known("coding_cost"), known("coding_cost", corrected=True)
    changed = table[table["weights"] != mended["weights"]]
    rows = {}
    for name in ("aider_polyglot", "aider_edit"):
        of_test = changed[changed["benchmark"] == name]
        shares = [_share(runs(benchmark=name, corrected=mend).table) for mend in (False, True)]
        rows[name] = (len(of_test), int(of_test["run_cost_usd"].notna().sum()), *shares)
    columns = ["relabelled", "with_cost", "published", "corrected"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _share(table: pd.DataFrame) -> float:
    score, closed = table["score"].to_numpy(), table["closed"].to_numpy()
    return float(closed_share(score, closed, places(table, "log"))[0])


def _noise(table: pd.DataFrame, drawn: NDArray) -> tuple[float, float, float]:
    closed, place = table["closed"].to_numpy(), places(table, "log")
    value = closed_share(table["score"].to_numpy(), closed, place)[0]
    return value, *_ends(closed_share(drawn, closed, place))


def _noisy_costs(
    table: pd.DataFrame, off: float, draws: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    shift = rng.normal(scale=np.log(off), size=(draws, len(table)))
    closed, shares = table["closed"].to_numpy(), np.empty(draws)
    for i, score in enumerate(redrawn(table, draws, rng)):
        place = places(table, "log") + shift[i]
        order = np.argsort(place)
        shares[i] = closed_share(score[order], closed[order], place[order])[0]
    return _noise(table, table[["score"]].to_numpy().T)[0], *_ends(shares)


def _ends(shares: NDArray) -> NDArray:
    return np.nanquantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
