"""C8: whether use of open models is spread over more of them than use of closed ones."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known
from uptake.openclosed.volume import lines
from uptake.openclosed.volume.lines import Simulation
from uptake.openclosed.volume.relative import coverage_concern
from uptake.openclosed.volume.weekly import check

UNIT = "ratio"
TOP = 9
"""Rows that every week of the archive has."""
START = pd.Timestamp("2025-02-10")


def effective_number(amounts: ArrayLike, concentration: str = "herfindahl") -> float:
    r"""Return how many equal users would be as concentrated as these.

    .. math:: N_2 = \frac{1}{\sum_i w_i^2}, \qquad N_1 = \exp\Big(-\sum_i w_i \ln w_i\Big)

    with shares ``w`` (Hill 1973, Ecology 54): the inverse Herfindahl index and the exponential of
    Shannon's entropy.

    Parameters
    ----------
    amounts : array-like, shape (n,)
        Tokens of each model or author, none negative.
    concentration : {"herfindahl", "shannon"}
        Which of the two; the second gives small ones more weight.

    Raises
    ------
    ValueError
        If nothing is used, or the measure is not one of these.

    Examples
    --------
    >>> effective_number([5.0, 5.0, 5.0, 5.0]), effective_number([1.0, 0.0], "shannon")
    (4.0, 1.0)
    """
    check(concentration, ("herfindahl", "shannon"), "concentration")
    amounts = np.asarray(amounts, float)
    if amounts.sum() <= 0 or (amounts < 0).any():
        raise ValueError("amounts must be positive somewhere and negative nowhere; give tokens")
    shares = amounts[amounts > 0] / amounts.sum()
    if concentration == "herfindahl":
        return float(1 / np.square(shares).sum())
    return float(np.exp(-(shares * np.log(shares)).sum()))


def breadth(
    *,
    unit_of_use: str = "models",
    concentration: str = "herfindahl",
    free_variants: str = "keep",
    scope: str = "all_listed_models",
    without: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the effective number of open and of closed models (or authors) by week.

    Parameters
    ----------
    unit_of_use : {"models", "authors"}
        What is counted; variants of a model are one model.
    concentration : {"herfindahl", "shannon"}
        See `effective_number`.
    free_variants : {"keep", "drop"}
        Whether tokens sold at a price of zero count.
    scope : {"all_listed_models", "any"}
        Weeks with all models listed, or all weeks by their nine largest rows alone.
    without : tuple of str
        Models or authors to leave out.

    Returns
    -------
    DataFrame
        By week: ``open``, ``closed``, and ``number`` of the week. A week without both is left out.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> len(breadth()), breadth().columns.tolist()
    (24, ['open', 'closed', 'number'])
    """
    check(unit_of_use, ("models", "authors"), "unit_of_use")
    table = _listed(free_variants, scope)
    table = table[~(table["model"].isin(without) | table["author"].isin(without))]
    by = {"models": "model", "authors": "author"}[unit_of_use]
    sums = table.groupby(["week", "weights", by], observed=True)["tokens"].sum()
    wide = (
        sums[sums > 0]
        .reset_index()
        .pivot_table(
            index="week",
            columns="weights",
            values="tokens",
            aggfunc=lambda amounts: effective_number(amounts, concentration),
            observed=True,
        )
    )
    wide.columns = wide.columns.astype(str)
    wide = wide[["open", "closed"]].dropna()
    return wide.assign(number=(wide.index - START).days // 7)


def _listed(free_variants: str, scope: str) -> pd.DataFrame:
    check(scope, ("all_listed_models", "any"), "scope")
    check(free_variants, ("keep", "drop"), "free_variants")
    table = known("router_models")
    table = table[table["weights"].isin(["open", "closed"])]
    if scope == "any":
        table = table.sort_values("tokens", ascending=False).groupby("week").head(TOP)
    else:
        table = table[table["scope"] == scope]
    if free_variants == "drop":
        table = table[table["variant"] != "free"]
    return table


def breadth_ratio(
    *,
    unit_of_use: str = "models",
    concentration: str = "herfindahl",
    free_variants: str = "keep",
    scope: str = "all_listed_models",
    without: tuple[str, ...] = (),
) -> Estimate:
    """Estimate C8: effective number of open over closed models, geometric mean over weeks.

    Parameters
    ----------
    unit_of_use, concentration, free_variants, scope, without
        See `breadth`.

    Returns
    -------
    Estimate
        A ratio; the interval is that of the mean of the weekly logs under correlated errors
        (`lines.hac`), so it speaks of other weeks of this router, not of other populations.

    Examples
    --------
    >>> estimate = breadth_ratio()
    >>> estimate.unit, estimate.n
    ('ratio', 24)
    """
    choices = {"unit_of_use": unit_of_use, "concentration": concentration}
    choices |= {"free_variants": free_variants, "scope": scope, "without": without}
    table = breadth(**choices)
    record = (table["number"], _logs(table))
    found = lines.hac(*record, kind="mean")
    value, low, high = (float(np.exp(part[0])) for part in (found.value, found.low, found.high))
    concerns = [
        f"weeks are correlated ({found.correlation[0]:.1f})",
        "models that people run themselves are not in the router's traffic",
        coverage_concern(*record, np.random.default_rng(8), kind="mean"),
    ]
    if scope == "any":
        concerns.append(f"{TOP} rows a week cannot show more than {TOP} models")
    return Estimate(value, low, high, UNIT, n=len(table), concerns=tuple(concerns))


def _logs(table: pd.DataFrame) -> np.ndarray:
    return np.log(table["open"] / table["closed"]).to_numpy()


def breadth_power(effect: float, rng: np.random.Generator, *, size: int = 2000) -> Simulation:
    """Simulate weekly ratios as many and as noisy as the real ones, with a known mean.

    Parameters
    ----------
    effect : float
        Ratio; for the claim's power its smallest effect that matters.
    rng : Generator
        Source of randomness.
    size : int
        Number of records.

    Returns
    -------
    Simulation
        Of the log ratio.

    Examples
    --------
    >>> breadth_power(1e3, np.random.default_rng(8), size=100).power > 0.9
    True
    """
    table = breadth()
    return lines.simulate(
        table["number"], _logs(table), float(np.log(effect)), rng, kind="mean", size=size
    )


def leave_one_out(*, largest: int = 5, **choices: str) -> pd.DataFrame:
    """Return the ratio without each of the most used models of either side.

    Parameters
    ----------
    largest : int
        How many of each side.
    **choices
        See `breadth`.

    Returns
    -------
    DataFrame
        By model: ``weights``, ``share`` of its side's tokens, ``ratio``, ``low``, ``high``.

    Examples
    --------
    >>> len(leave_one_out(largest=2))
    4
    """
    shares = ranked().groupby(level="weights", observed=True).head(largest)
    rows = {}
    for (side, model), share in shares.items():
        found = breadth_ratio(without=(model,), **choices)
        rows[model] = (side, share, found.value, found.low, found.high)
    return pd.DataFrame(rows, index=["weights", "share", "ratio", "low", "high"]).T


def ranked(unit_of_use: str = "models") -> pd.Series:
    """Return each model's share of its side's tokens over the weeks with all models listed.

    Parameters
    ----------
    unit_of_use : {"models", "authors"}
        What is ranked.

    Returns
    -------
    Series
        By weights and model, the largest first within each side.

    Examples
    --------
    >>> sums = ranked().groupby(level="weights", observed=True).sum()
    >>> sums.round(9).tolist()
    [1.0, 1.0]
    """
    by = {"models": "model", "authors": "author"}[unit_of_use]
    table = _listed("keep", "all_listed_models")
    sums = table.groupby([table["weights"].astype(str), table[by].astype(str)])["tokens"].sum()
    shares = sums[sums > 0] / sums.groupby(level=0).transform("sum")[sums > 0]
    return shares.sort_values(ascending=False).sort_index(level=0, sort_remaining=False)
