"""C5: days from a model's release to its first listing at its laboratory's interface.

The waits are interval-censored; `uptake.openclosed.release.listings` says which count.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.release.listings import check_choice, delays
from uptake.openclosed.release.turnbull import waiting

UNIT = "days"
HORIZON = 90.0


def access_delay_change(
    *,
    models: str = "all",
    labs: str = "all",
    clock: str = "interval",
    previews: str = "censored",
    lists: str = "dated_twice",
    editions: str = "freeze",
    without: tuple[str, ...] = (),
    draws: int = 499,
    rng: np.random.Generator | None = None,
) -> Estimate:
    r"""Estimate C5: the change in mean days from release to first listing.

    .. math:: \theta = E[\min(T, 90) \mid 2026] - E[\min(T, 90) \mid 2025]

    with Turnbull's distribution in each year; mass that the data cannot divide is spread over its
    days. Percentile interval of resampled releases (laboratory and day), each year apart, at a
    level raised for few releases; see `widened`.

    Parameters
    ----------
    models, labs, previews, lists, editions
        Which releases and lists count; see `delays`.
    clock : {"interval", "upper", "lower"}
        Left to the likelihood, at the first listing, or at the earliest possible day.
    without : tuple of str
        Laboratories to leave out.
    draws : int
        Number of resampled sets of releases.
    rng : Generator, optional
        By default seeded with 5, the claim's number.

    Returns
    -------
    Estimate
        In days; positive when access comes later in 2026.

    Examples
    --------
    >>> estimate = access_delay_change(draws=49)
    >>> estimate.unit, bool(estimate.low <= estimate.high)
    ('days', True)
    """
    chosen = {"models": models, "labs": labs, "previews": previews, "lists": lists}
    found = delays(**chosen, editions=editions)
    table = found.table
    table = at_clock(table[~table["lab"].isin(without)], clock)
    sizes = table.groupby("year")["cluster"].nunique().reindex([2025, 2026], fill_value=0)
    if sizes.min() < 3:
        few = f"{sizes[2025]} releases of 2025 and {sizes[2026]} of 2026"
        return Estimate.missing(UNIT, f"{few} are too few to resample")
    rng = rng or np.random.default_rng(5)
    value, low, high = change(table, draws, rng)
    concerns = _concerns(table, int(found.left_out["in no edition by the freeze"]))
    return Estimate(value, low, high, UNIT, n=len(table), concerns=concerns)


def late_share_change(
    days: int = 7,
    *,
    models: str = "all",
    previews: str = "censored",
    draws: int = 499,
    rng: np.random.Generator | None = None,
) -> Estimate:
    """Estimate the change in the share of models not listed within some days, 2026 less 2025.

    A secondary prediction of C5, on any set of models; interval as for the mean.

    Parameters
    ----------
    days : int
        Within how many days.
    models, previews
        Which releases count; see `delays`.
    draws : int
        Number of resampled sets of releases.
    rng : Generator, optional
        By default seeded with 5.

    Examples
    --------
    >>> late_share_change(draws=49).unit
    'share of models'
    """
    table = delays(models=models, previews=previews).table
    rng = rng or np.random.default_rng(5)
    numbers = change(table, draws, rng, summary=lambda found: found.beyond(days))
    return Estimate(*numbers, "share of models", n=len(table))


def at_clock(table: pd.DataFrame, clock: str) -> pd.DataFrame:
    """Return the waits with access placed at one end of its interval, or left in it."""
    check_choice(clock, ("interval", "upper", "lower"), "clock")
    if clock == "upper":
        return table.assign(first=table["first"].where(np.isinf(table["last"]), table["last"]))
    if clock == "lower":
        return table.assign(last=table["last"].where(np.isinf(table["last"]), table["first"]))
    return table


def change(
    table: pd.DataFrame,
    draws: int,
    rng: np.random.Generator,
    *,
    summary: Callable[..., NDArray] | None = None,
    level: float = 0.95,
) -> tuple[float, float, float]:
    """Return 2026 less 2025 and its percentile interval by resampling releases.

    Parameters
    ----------
    table : DataFrame
        From `delays`.
    draws : int
        Number of resampled sets.
    rng : Generator
        Source of randomness.
    summary : callable, optional
        Of a `Waiting`; by default the mean restricted to 90 days.
    level : float
        Of the interval.
    """
    summary = summary or (lambda found: found.mean(HORIZON))
    means = []
    for year in (2026, 2025):
        rows = table[table["year"] == year]
        code, names = pd.factorize(rows["cluster"])
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
        weights = np.vstack([np.ones(len(names)), times])[:, code]
        means.append(summary(waiting(rows["first"], rows["last"], weights)))
    found = means[0] - means[1]
    wide = widened(table.groupby("year")["cluster"].nunique().min(), level)
    low, high = np.quantile(found[1:], [(1 - wide) / 2, (1 + wide) / 2])
    return float(found[0]), float(low), float(high)


def widened(number: int, level: float) -> float:
    r"""Return the level of a percentile interval that makes up for few units.

    .. math:: 1 - 2\,\Phi\!\left(-\sqrt{\tfrac{n}{n-1}}\; t_{(1+\text{level})/2,\,n-1}\right)

    Resampling ``n`` units understates their variance by (n - 1)/n and takes quantiles of a normal
    where those of Student's t are due (Hesterberg 2015, The American Statistician 69).

    Parameters
    ----------
    number : int
        Units resampled, the smaller of two groups.
    level : float
        Confidence level that is wanted.

    Examples
    --------
    >>> round(widened(20, 0.95), 3)
    0.968
    """
    reach = np.sqrt(number / (number - 1)) * student.ppf((1 + level) / 2, number - 1)
    return float(1 - 2 * norm.cdf(-reach))


def _concerns(table: pd.DataFrame, unnamed: int) -> tuple[str, ...]:
    years = {year: rows for year, rows in table.groupby("year")}
    ends = [
        [waiting(rows["first"], rows["last"]).mean(HORIZON, where)[0] for rows in years.values()]
        for where in ("early", "late")
    ]
    (early5, early6), (late5, late6) = ends
    counts = " and ".join(
        f"{len(rows)} models in {rows['cluster'].nunique()} releases of {year}"
        for year, rows in years.items()
    )
    found = [counts]
    if waits := int(np.isinf(table["last"]).sum()):
        found.append(
            f"{waits} of them previews not listed by the freeze, searched for most in 2026"
        )
    bounds = f"{early6 - late5:.1f} to {late6 - early5:.1f} days"
    found.append(f"from {bounds} wherever within the lists' intervals access began")
    if unnamed:
        found.append(
            f"{unnamed} models are left out that no edition of the index by the freeze names"
        )
    return tuple(found)
