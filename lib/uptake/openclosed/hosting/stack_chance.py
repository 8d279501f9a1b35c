"""Whether downloads could show what C12 predicts, and on which packages the answer hangs."""

import numpy as np
import pandas as pd

from uptake.openclosed.hosting import shuffled
from uptake.openclosed.hosting.stack import (
    by_side,
    package_growth,
    snapshots,
    stack_growth_difference,
    stack_record,
)
from uptake.openclosed.volume import lines


def stack_power(
    effect: float, rng: np.random.Generator, *, aggregate: str = "median"
) -> shuffled.Chance | lines.Simulation:
    """Simulate records as the primary one, with a known difference of growth.

    Parameters
    ----------
    effect : float
        Log units a year.
    rng : Generator
        Source of the draws.
    aggregate : {"median", "sum"}
        Packages drawn anew about their side's median, or months of correlated noise about a line.

    Returns
    -------
    Chance or Simulation
        Both have ``power`` (share of 95% intervals that leave out zero) and ``coverage``.

    Examples
    --------
    >>> stack_power(9.0, np.random.default_rng(8), aggregate="sum").power
    1.0
    """
    if aggregate == "sum":
        table = stack_record()
        logs = np.log(table["open"] / table["closed"])
        return lines.simulate(table["number"], logs, effect / 12, rng)
    table = package_growth()
    return shuffled.simulate(*by_side(table), effect, rng)


def without_each() -> pd.DataFrame:
    """Return the primary estimate without each package, the most influential first.

    Returns
    -------
    DataFrame
        By package: ``side``, ``estimate``, ``low``, ``high`` (log units a year).

    Examples
    --------
    >>> len(without_each()) == len(package_growth())
    True
    """
    table, whole = package_growth(), stack_growth_difference()
    rows = {}
    for name, side in table["side"].items():
        found = stack_growth_difference(without=(name,))
        rows[name] = (side, found.value, found.low, found.high)
    found = pd.DataFrame(rows, ["side", "estimate", "low", "high"]).T
    order = (found["estimate"] - whole.value).abs().astype(float)
    return found.loc[order.sort_values(ascending=False, kind="stable").index]


def tripwire_ratio() -> pd.Series:
    """Return the ratio that the claim's tripwire names, by snapshot.

    Returns
    -------
    Series
        Downloads of vllm, peft, trl and unsloth over those of openai and anthropic; from the first
        snapshot that lists them all.

    Examples
    --------
    >>> bool((tripwire_ratio() > 0).all())
    True
    """
    table = snapshots()
    opened = table[["vllm", "peft", "trl", "unsloth"]].sum(axis=1, skipna=False)
    return (opened / table[["openai", "anthropic"]].sum(axis=1, skipna=False)).dropna()
