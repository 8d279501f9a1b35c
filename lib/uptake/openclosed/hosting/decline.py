r"""What makes a mean over models move: prices, hosts that come and go, or other models.

For a statistic :math:`s` of a model's host prices and the mean over models, from one month to the
next and with standing models as the reference (after Melitz and Polanec 2015, RAND Journal of
Economics 46),

.. math:: \bar s' - \bar s = (\bar s'_C - \bar s_C)
          + \frac{n_E}{n'}(\bar s'_E - \bar s'_C) - \frac{n_X}{n}(\bar s_X - \bar s_C)

with standing models C, new ones E and those that left X. The first term is parted again: the same
hosts in both months, and the rest, which hosts bring that come or go. The four parts add up
exactly.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PARTS = ("same hosts", "hosts come and go", "new models", "models leave")
STATISTICS = ("price", "dispersion")


def parts(
    table: pd.DataFrame,
    statistic: str = "price",
    *,
    minimum_hosts: int = 1,
    draws: int = 0,
    rng: np.random.Generator | None = None,
) -> NDArray:
    """Return the parts of the monthly change of a mean over models.

    Parameters
    ----------
    table : DataFrame
        ``month``, ``host``, ``model``, ``price`` (USD per million tokens), such as
        ``host_prices().table``.
    statistic : {"price", "dispersion"}
        Mean, or standard deviation, over hosts of the log price; log units.
    minimum_hosts : int
        Models count in months with at least so many hosts; 2 or more for the dispersion.
    draws : int
        Number of resampled sets of models, for an interval.
    rng : Generator, optional
        Source of randomness, needed for draws.

    Returns
    -------
    ndarray, shape (1 + draws, months - 1, 4)
        The columns are `PARTS`; the first record is the real one. A resampled month without
        standing models has no parts and counts as no change.

    Raises
    ------
    ValueError
        If the statistic is neither, or draws are asked for without ``rng``.

    Examples
    --------
    >>> months = pd.to_datetime(["2026-01-01", "2026-02-01"])
    >>> rows = pd.DataFrame({"month": months, "host": "a", "model": "m", "price": [1.0, np.e]})
    >>> parts(rows).sum(axis=1).round(6).tolist()
    [[1.0, 0.0, 0.0, 0.0]]
    """
    if statistic not in STATISTICS or (draws and rng is None):
        raise ValueError(f"statistic is one of {', '.join(STATISTICS)}; give rng with draws")
    table = table.assign(log=np.log(table["price"]))
    enough = table.groupby(["model", "month"])["host"].transform("size") >= minimum_hosts
    table = table[enough]
    names, months = table["model"].unique(), np.sort(table["month"].unique())
    weights = np.ones((1, names.size))
    if draws:
        drawn = rng.multinomial(names.size, np.full(names.size, 1 / names.size), draws)
        weights = np.vstack([weights, drawn])
    steps = [
        _step(*(table[table["month"] == month] for month in pair), statistic)
        for pair in zip(months[:-1], months[1:], strict=True)
    ]
    return np.stack([_weighted(step.reindex(names), weights) for step in steps], axis=1)


def _step(before: pd.DataFrame, after: pd.DataFrame, statistic: str) -> pd.DataFrame:
    """Return each model's statistic before and after, and its change on the same hosts."""
    both = before.merge(after, on=["model", "host"], suffixes=("", "_after"))
    summary = "mean" if statistic == "price" else "std"
    per_model = both.groupby("model")
    same = per_model["log_after"].agg(summary) - per_model["log"].agg(summary)
    columns = {"before": before, "after": after}
    found = {name: rows.groupby("model")["log"].agg(summary) for name, rows in columns.items()}
    return pd.DataFrame({**found, "same": same})


def _weighted(step: pd.DataFrame, weights: NDArray) -> NDArray:
    """Return the four parts for each row of model weights, shape (rows, 4)."""
    before, after = step["before"].to_numpy(), step["after"].to_numpy()
    stands = ~np.isnan(before) & ~np.isnan(after)
    same = np.where(stands, np.nan_to_num(step["same"].to_numpy()), 0.0)
    groups = {"C": stands, "E": np.isnan(before) & ~np.isnan(after)}
    groups["X"] = ~np.isnan(before) & np.isnan(after)
    n = {name: weights @ group for name, group in groups.items()}
    with np.errstate(invalid="ignore", divide="ignore"):
        was, now = (
            {name: weights @ np.where(g, np.nan_to_num(values), 0) / n[name] for name, g in
             groups.items()}
            for values in (before, after)
        )  # fmt: skip
        kept = weights @ same / n["C"]
        new = n["E"] / (n["C"] + n["E"]) * np.nan_to_num(now["E"] - now["C"])
        gone = -n["X"] / (n["C"] + n["X"]) * np.nan_to_num(was["X"] - was["C"])
        found = np.stack([kept, now["C"] - was["C"] - kept, new, gone], axis=1)
    return np.where(n["C"][:, None] > 0, found, 0.0)


def summed(
    table: pd.DataFrame,
    statistic: str = "price",
    *,
    minimum_hosts: int = 1,
    draws: int = 400,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Return the parts summed over all months, with 95% intervals from resampled models.

    Parameters
    ----------
    table, statistic, minimum_hosts, draws
        As in `parts`.
    rng : Generator, optional
        By default seeded with 11, the claim's number.

    Returns
    -------
    DataFrame
        By part, and "all" for their sum: ``change``, ``low``, ``high`` in log units.

    Examples
    --------
    >>> from uptake.openclosed.hosting.prices import host_prices
    >>> found = summed(host_prices().table, draws=20)
    >>> bool(np.isclose(found["change"].drop("all").sum(), found["change"]["all"]))
    True
    """
    rng = rng or np.random.default_rng(11)
    found = parts(table, statistic, minimum_hosts=minimum_hosts, draws=draws, rng=rng).sum(axis=1)
    found = np.column_stack([found, found.sum(axis=1)])
    low, high = np.quantile(found[1:], [0.025, 0.975], axis=0)
    columns = {"change": found[0], "low": low, "high": high}
    return pd.DataFrame(columns, index=[*PARTS, "all"])
