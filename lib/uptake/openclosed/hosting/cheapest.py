"""The cheapest of a growing set of hosts: how far it falls when no host ever cuts a price."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def cheapest_paths(
    table: pd.DataFrame,
    rng: np.random.Generator,
    *,
    months: int = 6,
    minimum_hosts: int = 3,
    shuffles: int = 200,
    draws: int = 1000,
) -> pd.DataFrame:
    r"""Return how the cheapest price of a model moves with its age, and three comparisons.

    Models are followed from their first month in the list, if that is not the list's own first,
    for as long as ``months``. Every path is the mean over models of the log of a price over the
    cheapest, or the median, of the first month.

    * ``cheapest``: the lowest price that hosts ask.
    * ``no host changes``: the same hosts come and go, each at the price it first asked.
    * ``order shuffled``: as before, with the first prices dealt to the hosts at random; its mean
      over deals. What remains is the minimum of a growing set and nothing else.
    * ``median``: the median price that hosts ask, over that of the first month.

    Parameters
    ----------
    table : DataFrame
        ``host_prices().table``.
    rng : Generator
        Source of the shuffles and of the resampled models.
    months : int
        Age to which models are followed; those seen for less are left out.
    minimum_hosts : int
        Least number of hosts at that age.
    shuffles : int
        Number of deals.
    draws : int
        Number of resampled sets of models, for the intervals.

    Returns
    -------
    DataFrame
        By age in months: the four paths in log units, ``hosts`` (mean number), ``models``, and
        the ends of 95% intervals of ``cheapest`` and of its ``difference`` from
        ``no host changes``.

    Raises
    ------
    ValueError
        If no model is followed for that long.

    Examples
    --------
    >>> from uptake.openclosed.hosting.prices import host_prices
    >>> found = cheapest_paths(host_prices().table, np.random.default_rng(1), shuffles=5)
    >>> found.loc[0, ["cheapest", "no host changes", "median"]].tolist()
    [0.0, 0.0, 0.0]
    """
    start = table["month"].min()
    paths = []
    for _, rows in table.groupby("model"):
        wide = _by_age(rows, months)
        young = rows["month"].min() > start
        if young and wide is not None and np.isfinite(wide[:, -1]).sum() >= minimum_hosts:
            paths.append(_paths(wide, rng, shuffles))
    if not paths:
        raise ValueError(f"no model has {minimum_hosts} hosts at {months} months; ask for fewer")
    names = ["cheapest", "no host changes", "order shuffled", "median", "hosts"]
    found = pd.DataFrame(np.mean(paths, axis=0).T, columns=names).assign(models=len(paths))
    drawn = rng.integers(0, len(paths), (draws, len(paths)))
    means = np.stack(paths)[drawn].mean(axis=1)
    bands = {"cheapest": means[:, 0], "difference": means[:, 0] - means[:, 1]}
    for name, values in bands.items():
        found[f"{name} low"], found[f"{name} high"] = np.quantile(values, [0.025, 0.975], axis=0)
    return found.rename_axis("age")


def _by_age(rows: pd.DataFrame, months: int) -> NDArray | None:
    """Return log prices of hosts by age, NaN where a host does not list; None with empty months."""
    age = 12 * rows["month"].dt.year + rows["month"].dt.month
    wide = rows.assign(age=age - age.min(), log=np.log(rows["price"]))
    wide = wide[wide["age"] <= months].pivot_table(index="host", columns="age", values="log")
    return wide.to_numpy() if wide.shape[1] == months + 1 else None


def _paths(wide: NDArray, rng: np.random.Generator, shuffles: int) -> NDArray:
    listed = np.isfinite(wide)
    first = wide[np.arange(len(wide)), listed.argmax(axis=1)]
    deals = rng.permuted(np.tile(first, (shuffles, 1)), axis=1)
    still = np.where(listed, first[:, None], np.inf).min(axis=0)
    dealt = np.where(listed, deals[:, :, None], np.inf).min(axis=1)
    lowest, median = np.nanmin(wide, axis=0), np.nanmedian(wide, axis=0)
    levels = (lowest - lowest[0], still - still[0], (dealt - dealt[:, :1]).mean(axis=0))
    return np.stack([*levels, median - median[0], listed.sum(axis=0)])
