"""S4: what share of the slots in the router's top nine the same holder has a quarter later."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake import datasets
from uptake.openclosed.hosting.staying import LEVEL, SIDES, top

QUARTER = 13


def kept_slots(holders: pd.DataFrame, horizon: int = QUARTER) -> pd.DataFrame:
    """Return every slot of every week and whether the same holder is there again at the horizon.

    Parameters
    ----------
    holders : DataFrame
        From `top`.
    horizon : int
        Weeks.

    Returns
    -------
    DataFrame
        ``week``, ``name``, ``weights``, ``kept``; weeks without one at the horizon are left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"week": [0, 0, 1], "name": ["a", "b", "a"], "weights": "open"})
    >>> kept_slots(rows, 1)["kept"].tolist()
    [True, False]
    """
    there = set(zip(holders["week"], holders["name"], strict=True))
    rows = holders[(holders["week"] + horizon).isin(holders["week"])]
    kept = [(week + horizon, name) in there
            for week, name in zip(rows["week"], rows["name"], strict=True)]  # fmt: skip
    return rows.assign(kept=kept)


def kept_share(slots: pd.DataFrame, rng: np.random.Generator, *, draws: int = 2000) -> pd.DataFrame:
    """Return the share of slots that outlives the horizon, with the wider of two intervals.

    Slots are alike within a holder and within neighbouring weeks, so holders are drawn anew, and
    then blocks of weeks as long as a quarter; the wider interval stands.

    Parameters
    ----------
    slots : DataFrame
        From `kept_slots`.
    rng : Generator
        Source of the draws.
    draws : int
        How many.

    Returns
    -------
    DataFrame
        By ``open``, ``closed``: ``share``, ``low``, ``high``, ``slots``, ``holders``.

    Examples
    --------
    >>> kept_share(kept_slots(top()), np.random.default_rng(8), draws=50).index.tolist()
    ['open', 'closed']
    """
    rows = {}
    for side in SIDES:
        own = slots[slots["weights"] == side]
        found = [_drawn(own, rng, draws, "name", 1), _drawn(own, rng, draws, "week", QUARTER)]
        ends = [np.nanquantile(f, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) for f in found]
        low, high = max(ends, key=np.ptp)
        rows[side] = (own["kept"].mean(), low, high, len(own), own["name"].nunique())
    return pd.DataFrame(rows, ["share", "low", "high", "slots", "holders"]).T


def _drawn(own: pd.DataFrame, rng: np.random.Generator, draws: int, by: str, block: int) -> NDArray:
    """Return the share kept with groups drawn anew, in blocks of consecutive ones."""
    counts = own.groupby(by)["kept"].agg(["sum", "size"]).to_numpy(float)
    number = len(counts)
    starts = rng.integers(0, number, (draws, -(-number // block)))
    at = (starts[:, :, np.newaxis] + np.arange(block)).reshape(draws, -1)[:, :number] % number
    sums = counts[at].sum(axis=1)
    return sums[:, 0] / sums[:, 1]


def scored_slots(
    rng: np.random.Generator, *, horizon: int = QUARTER, unit: str = "model"
) -> pd.DataFrame:
    """Return how the slots of spring fared by weeks after the freeze. Scoring only.

    Parameters
    ----------
    rng : Generator
        Source of the draws.
    horizon : int
        Weeks.
    unit : {"model", "author"}
        Whose slot it is.

    Returns
    -------
    DataFrame
        As `kept_share`, of slots in known weeks whose horizon lies after the freeze.

    Examples
    --------
    >>> scored_slots(np.random.default_rng(8)).index.tolist()
    ['open', 'closed']
    """
    last = top(unit=unit)["week"].max()
    slots = kept_slots(top(unit=unit, read=datasets.load), horizon)
    return kept_share(slots[(slots["week"] <= last) & (slots["week"] + horizon > last)], rng)
