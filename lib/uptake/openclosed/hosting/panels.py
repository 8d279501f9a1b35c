"""Which host prices are followed, and how far apart they are in each month.

A panel has one row for each model and month: the dispersion of its host prices. What differs
between the samples is which hosts enter that row.
"""

import functools

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.hosting.prices import host_prices

MEASURES = ("sd_log", "cv", "median_over_min")
SAMPLES = ("fixed_pairs", "fixed_models", "pooled")


def dispersion(table: pd.DataFrame, measure: str = "sd_log") -> pd.DataFrame:
    """Return the dispersion of host prices of each model and month.

    Parameters
    ----------
    table : DataFrame
        ``model``, ``developer``, ``month``, ``host`` and ``price`` (USD per million tokens).
    measure : {"sd_log", "cv", "median_over_min"}
        Standard deviation of the log price; standard deviation over mean; log of the median over
        the lowest price. All are pure numbers and zero where all hosts ask one price.

    Returns
    -------
    DataFrame
        ``model``, ``developer``, ``month``, ``hosts`` (number) and ``dispersion``; months with
        one host are left out.

    Raises
    ------
    ValueError
        If the measure is none of these.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": "m", "developer": "d", "month": pd.Timestamp("2026-01-01"),
    ...                      "host": ["a", "b"], "price": [1.0, np.e]})
    >>> dispersion(rows)["dispersion"].round(3).tolist()
    [0.707]
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; use one of {', '.join(MEASURES)}")
    values = np.log(table["price"]) if measure == "sd_log" else table["price"]
    groups = values.groupby([table["model"], table["developer"], table["month"]], sort=True)
    if measure == "median_over_min":
        found = np.log(groups.median() / groups.min())
    else:
        found = groups.std() / (1.0 if measure == "sd_log" else groups.mean())
    # Equal prices leave rounding noise, which the log would take for tiny dispersions.
    found = found.where(found > 1e-9, 0.0)
    panel = pd.DataFrame({"hosts": groups.size(), "dispersion": found})
    return panel[panel["hosts"] >= 2].reset_index()


@functools.cache
def followed(
    *,
    sample: str = "fixed_pairs",
    blend: str = "3:1",
    variants: str = "cheapest",
    minimum_hosts: int = 3,
    source: str = "models.dev",
    outliers: str = "left_out",
) -> pd.DataFrame:
    """Return the host prices that a sample follows.

    Parameters
    ----------
    sample : {"fixed_pairs", "fixed_models", "pooled"}
        Of each model the block of hosts and months without a hole that holds most month-to-month
        comparisons (see `block`); or all hosts of each month with enough of them. The last two
        differ in the intercepts of the trend, not in the prices.
    blend, variants, source, outliers
        As in `uptake.openclosed.hosting.host_prices`.
    minimum_hosts : int
        Least number of hosts of a model, in every month that counts; at least 2.

    Returns
    -------
    DataFrame
        As ``host_prices().table``.

    Raises
    ------
    ValueError
        If a choice is none of these.

    Examples
    --------
    >>> rows = followed(sample="fixed_pairs")
    >>> bool((rows.groupby(["model", "month"]).size() >= 3).all())
    True
    """
    if sample not in SAMPLES or minimum_hosts < 2:
        raise ValueError(f"sample is one of {', '.join(SAMPLES)}; minimum_hosts is 2 or more")
    choices = {"source": source, "variants": variants, "outliers": outliers}
    kept = _kept(sample == "fixed_pairs", minimum_hosts, **choices)
    return host_prices(blend=blend, **choices).table[kept].reset_index(drop=True)


@functools.cache
def _kept(pairs: bool, minimum_hosts: int, **choices: str) -> NDArray:
    """Return which rows of the prices are followed; who lists what does not hang on the blend."""
    table = host_prices(**choices).table[["model", "host", "month"]]
    months, place = np.unique(table["month"], return_inverse=True)
    table = table.assign(place=place)
    enough = table.groupby(["model", "place"])["host"].transform("size") >= minimum_hosts
    if not pairs:
        return enough.to_numpy()
    often = table[table["model"].isin(table.loc[enough, "model"].unique())]
    kept = np.zeros(len(table), bool)
    for _, rows in often.groupby("model"):
        kept[_in_block(rows, months.size, minimum_hosts).index] = True
    return kept


@functools.cache
def panel(
    *, sample: str = "fixed_pairs", measure: str = "sd_log", **choices: object
) -> pd.DataFrame:
    """Return the dispersion of the prices that a sample follows.

    Parameters
    ----------
    sample, **choices
        As in `followed`.
    measure : str
        As in `dispersion`.

    Returns
    -------
    DataFrame
        As `dispersion` returns it; shared between calls, so copy it before changing it.

    Examples
    --------
    >>> bool((panel()["hosts"] >= 3).all())
    True
    """
    if sample == "pooled":  # the same prices, so the same panel
        return panel(sample="fixed_models", measure=measure, **choices)
    return dispersion(followed(sample=sample, **choices), measure)


def _in_block(rows: pd.DataFrame, months: int, minimum: int) -> pd.DataFrame:
    host, names = pd.factorize(rows["host"])
    place = rows["place"].to_numpy()
    listed = np.zeros((names.size, months), bool)
    listed[host, place] = True
    hosts, first, last = block(listed, minimum)
    return rows[np.isin(host, hosts) & (first <= place) & (place < last)]


def block(listed: NDArray, minimum: int) -> tuple[NDArray, int, int]:
    """Return the block of hosts and months without a hole that has most comparisons.

    Among all runs of months, with the hosts listed in every one of them, the one with the largest
    ``hosts * (months - 1)``; of equals the earliest. It depends on who lists a model, never on the
    price.

    Parameters
    ----------
    listed : ndarray of bool, shape (hosts, months)
        Whether a host lists the model.
    minimum : int
        Least number of hosts.

    Returns
    -------
    hosts : ndarray of int
        Their rows.
    first, last : int
        The months ``first`` to ``last - 1``; both 0 when there is no such block of two months.

    Examples
    --------
    >>> block(np.array([[1, 1, 1], [1, 1, 1], [0, 1, 1]], bool), 2)
    (array([0, 1]), 0, 3)
    """
    best, found = 0, (0, 0)
    for first in range(listed.shape[1] - 1):
        # How many hosts are listed in every month from `first` to each later one.
        reach = np.logical_and.accumulate(listed[:, first:], axis=1).sum(axis=0)
        comparisons = np.where(reach >= minimum, reach * np.arange(reach.size), 0)
        if comparisons.max() > best:
            best, found = comparisons.max(), (first, first + int(comparisons.argmax()) + 1)
    first, last = found
    whole = listed[:, first:last].all(axis=1) & (last > first)
    return np.flatnonzero(whole), first, last
