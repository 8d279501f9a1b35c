"""C5: days from a model's release to its first listing at its laboratory's interface.

Price lists are read every few days, so each wait is known only to lie between the last list
without the model and the first with it.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

from uptake import datasets
from uptake.openclosed.capability import index, sides
from uptake.openclosed.capability.index import O3
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.release.turnbull import waiting

UNIT = "days"
HORIZON = 90.0
LEADING = ("OpenAI", "Anthropic", "Google")
DATED_TWICE = ("litellm", "tokencost")
"""Lists with a dated snapshot before each first listing; both were kept in 2025 and in 2026."""


@dataclass(frozen=True, eq=False)
class Delays:
    """Waiting times under one set of choices, and what was left out.

    Attributes
    ----------
    table : DataFrame
        ``lab``, ``model``, ``released``, ``year``, ``first`` and ``last`` (days after release
        between which access began, both possible; the last is inf where it had not by the
        freeze), ``list`` and ``cluster`` (laboratory and day: models released together).
    left_out : Series
        Number of models left out, by reason.
    """

    table: pd.DataFrame
    left_out: pd.Series


@functools.cache
def delays(
    *,
    models: str = "all",
    labs: str = "all",
    previews: str = "censored",
    lists: str = "dated_twice",
) -> Delays:
    """Return the days from release to first listing of closed models, 2025 to the freeze.

    Of several lists the one counts that dates both the last snapshot without the model and the
    first with it, since these were kept in both years; models.dev, which began in mid-2025 and
    has no such day, counts only for models in neither, from the day of release on. A listing after
    the freeze is no listing.

    Parameters
    ----------
    models : {"all", "record_setters"}
        All models, or those that set a record among closed ones in the index of the freeze.
    labs : {"all", "leading3"}
        All laboratories, or OpenAI, Anthropic and Google.
    previews : {"censored", "out"}
        Models shown to some and listed nowhere by the freeze: as still waiting, or left out.
    lists : {"dated_twice", "any"}
        Which list counts: as above, or whichever names the model first. The latter favours 2026,
        since models.dev is the quickest and began in mid-2025.

    Examples
    --------
    >>> found = delays(previews="out")
    >>> bool(np.isfinite(found.table["last"]).all())
    True
    """
    _check(models, ("all", "record_setters"), "models")
    _check(labs, ("all", "leading3"), "labs")
    _check(previews, ("censored", "out"), "previews")
    _check(lists, ("dated_twice", "any"), "lists")
    rows, count = _candidates()
    listed = _bounds(rows[rows["usable"] & rows["listed"]], lists)
    shown = unlisted_previews()
    missing = rows.loc[~rows["model"].isin(listed["model"]), "model"].drop_duplicates()
    left = {
        "closed models of these months": count,
        "without a usable listing": int((~missing.isin(shown["model"])).sum()),
        "previews never listed": len(shown) * (previews == "out"),
    }
    table = listed if previews == "out" else pd.concat([listed, shown])
    record = table["model"].isin(_record_setters()) | (models == "all")
    leading = table["lab"].isin(LEADING) | (labs == "all")
    left |= {"no record": int((~record).sum()), "other laboratory": int((record & ~leading).sum())}
    table = table[record & leading].sort_values(["released", "model"], kind="stable")
    cluster = table["lab"] + " " + table["released"].dt.strftime("%Y-%m-%d")
    table = table.assign(year=table["released"].dt.year, cluster=cluster)
    return Delays(table.reset_index(drop=True), pd.Series(left))


def _candidates() -> tuple[pd.DataFrame, int]:
    """Return closed rows of the window, listings after the freeze struck out, and their models."""
    # known() would drop models released by the freeze and listed later, which are still waiting.
    rows = datasets.load("first_listed")
    rows = rows.astype({"lab": str, "weights": str, "model": str, "list": str})
    # The list dates o3 at its announcement, at which nobody could use it.
    shift = (O3["released"] - rows["released"]).dt.days.where(rows["model"] == "o3", 0)
    rows = rows.assign(
        released=rows["released"] + pd.to_timedelta(shift, unit="D"),
        upper=rows["days_to_listing"].astype(float) - shift,
        lower=rows["days_lower_bound"].astype(float) - shift,
        listed=rows["first_listed"] <= FREEZE,
    )
    inside = rows["released"].between("2025-01-01", FREEZE) & (rows["weights"] == "closed")
    return rows[inside], int(rows.loc[inside, "model"].nunique())


def _bounds(rows: pd.DataFrame, lists: str) -> pd.DataFrame:
    """Return one row a model with the days between which its access began."""
    twice = rows["list"].isin(DATED_TWICE) & rows["lower"].notna()
    first_by = ["twice", "upper"] if lists == "dated_twice" else ["upper", "twice"]
    rows = rows.assign(twice=twice).sort_values(
        first_by, ascending=[c == "upper" for c in first_by]
    )
    rows = rows.drop_duplicates("model")
    lower = rows["lower"].where(rows["twice"], 0.0).clip(lower=0)
    # Absent from the list of day L > 0: access began on L + 1 at the earliest.
    rows = rows.assign(first=np.where(lower > 0, lower + 1, 0.0), last=rows["upper"])
    return rows[["lab", "model", "released", "first", "last", "list"]]


def unlisted_previews() -> pd.DataFrame:
    """Return closed models shown to some since 2025 and named in no list by the freeze.

    Examples
    --------
    >>> unlisted_previews()["model"].tolist()
    ['Claude Mythos Preview', 'Muse Spark']
    """
    events = known("release_events").astype({"lab": str, "model": str, "kind": str})
    shown = events[(events["kind"] == "limited access") & (events["date"] >= "2025-01-01")]
    rows, _ = _candidates()
    listed = [_plain(name) for name in rows.loc[rows["listed"], "model"].unique()]
    new = [not any(n.startswith(_plain(name)) for n in listed) for name in shown["model"]]
    shown = shown[new].drop_duplicates("model")
    waited = (FREEZE - shown["date"]).dt.days
    table = shown.assign(released=shown["date"], first=waited + 1.0, last=np.inf, list="none")
    return table[["lab", "model", "released", "first", "last", "list"]]


def _plain(name: str) -> str:
    return name.lower().replace("-", " ")


def _record_setters() -> set[str]:
    return set(sides(index("2026-05-14")).closed.records["name"])


def access_delay_change(
    *,
    models: str = "all",
    labs: str = "all",
    clock: str = "interval",
    previews: str = "censored",
    lists: str = "dated_twice",
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
    models, labs, previews, lists
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
    table = delays(models=models, labs=labs, previews=previews, lists=lists).table
    table = at_clock(table[~table["lab"].isin(without)], clock)
    sizes = table.groupby("year")["cluster"].nunique().reindex([2025, 2026], fill_value=0)
    if sizes.min() < 3:
        few = f"{sizes[2025]} releases of 2025 and {sizes[2026]} of 2026"
        return Estimate.missing(UNIT, f"{few} are too few to resample")
    rng = rng or np.random.default_rng(5)
    value, low, high = change(table, draws, rng)
    return Estimate(value, low, high, UNIT, n=len(table), concerns=_concerns(table))


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
    _check(clock, ("interval", "upper", "lower"), "clock")
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


def _concerns(table: pd.DataFrame) -> tuple[str, ...]:
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
    return tuple(found)


def _check(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; use one of {', '.join(allowed)}")
