"""C9: how long open models take to catch up on newer benchmarks, against older ones.

For each benchmark and each score at which a closed model set its record: how long until an open
model had that score? Benchmarks are the unit of resampling, since one model meets many of them.
"""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.frontier import DAYS_PER_MONTH, catch_up, frontier
from uptake.openclosed.capability.index import stated
from uptake.openclosed.capability.waiting import months_per_event, restricted_mean
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE, known

UNIT = "ratio"
_SUMMARIES = {"restricted_mean": restricted_mean, "exponential": months_per_event}


@dataclass(frozen=True, eq=False)
class Waits:
    """Waiting times of all benchmarks under one set of choices, and what was left out.

    Attributes
    ----------
    table : DataFrame
        `uptake.frontier.catch_up` for each benchmark, with ``benchmark``, its release date
        ``appeared`` and the numbers of ``closed`` and ``open`` models measured on it.
    left_out : Series
        Number of rows or benchmarks left out, by reason.
    """

    table: pd.DataFrame
    left_out: pd.Series


@functools.cache
def waits(*, tolerance: float = 0.0, unknown: str = "resolved", country: str = "all") -> Waits:
    """Return the time open models needed to reach each closed record, benchmark by benchmark.

    Parameters
    ----------
    tolerance : float
        How near counts as caught up, in share of the full score.
    unknown : {"resolved", "out"}
        Rows whose access the table does not state: as the index states it for the same name, or
        left out. What the index does not state either is left out in both cases.
    country : {"all", "us_china"}
        All models, or closed ones of the United States against open ones of China.

    Returns
    -------
    Waits
        Censored at the freeze. Benchmarks with models of one side only are left out and counted:
        an open model that was never run has not failed.

    Examples
    --------
    >>> bool(waits().table["months"].notna().all())
    True
    """
    kept, counts = known_scores(unknown, country)
    groups = dict(list(kept.groupby("benchmark", observed=True)))
    both = {name: rows for name, rows in groups.items() if rows["weights"].nunique() == 2}
    counts["benchmarks with models of one side only"] = len(groups) - len(both)
    table = pd.concat([_waits(name, rows, tolerance) for name, rows in both.items()])
    return Waits(table.reset_index(drop=True), pd.Series(counts))


def known_scores(unknown: str, country: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the scores known at the freeze that count, by release, and what was left out."""
    if unknown not in ("resolved", "out") or country not in ("all", "us_china"):
        raise ValueError("unknown is 'resolved' or 'out'; country is 'all' or 'us_china'")
    scores = known("benchmark_scores", corrected=True)
    weights = scores["weights"].astype(str)
    if unknown == "resolved":
        named = scores["model"].map(stated("weights"))
        weights = weights.where(weights != "unknown", named).fillna("unknown")
    is_stated = weights != "unknown"
    home = weights.map({"closed": "United States of America", "open": "China"})
    fits = (scores["model"].map(stated("country")) == home) | (country == "all")
    counts = {
        "rows, access not stated": int((~is_stated).sum()),
        "rows, other country": int((is_stated & ~fits).sum()),
    }
    kept = scores.assign(weights=weights)[is_stated & fits]
    return kept.sort_values("released", kind="stable"), counts


def _waits(name: str, rows: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    fronts = {}
    for side in ("closed", "open"):
        of_side = rows[rows["weights"] == side]
        fronts[side] = frontier(
            of_side["released"], of_side["score"], names=of_side["version"].tolist()
        )
    table = catch_up(fronts["closed"], fronts["open"], tolerance=tolerance, until=FREEZE)
    sizes = {side: len(front.dates) for side, front in fronts.items()}
    appeared, last = rows["benchmark_released"].iloc[0], fronts["open"].dates[-1]
    return table.assign(benchmark=name, appeared=appeared, last_open=last, **sizes)


def groups(
    *,
    newer_from: str = "2024-07-01",
    undated: str = "out",
    start: str = "2024-01-01",
    tolerance: float = 0.0,
    unknown: str = "resolved",
    country: str = "all",
    watched: str = "freeze",
) -> pd.DataFrame:
    """Return the waiting times that count, with ``newer`` (bool) and ``weight`` by record.

    Parameters
    ----------
    newer_from : str
        A benchmark released on this day or later is newer.
    undated : {"out", "newer"}
        What of benchmarks without a release date. (Most were first reported in 2025 and 2026.)
    start : str
        Closed records set from this day count.
    tolerance, unknown, country
        As for `waits`.
    watched : {"freeze", "last run"}
        Until when an open model could have caught up: the freeze, as the claim has it, or the
        release of the last open model that was run on the benchmark. Records set later than that
        drop out.

    Returns
    -------
    DataFrame
        Weights sum to one for each benchmark.

    Examples
    --------
    >>> table = groups()
    >>> bool(np.allclose(table.groupby("benchmark")["weight"].sum(), 1))
    True
    """
    if undated not in ("out", "newer"):
        raise ValueError(f"undated is {undated!r}; use 'out' or 'newer'")
    if watched not in ("freeze", "last run"):
        raise ValueError(f"watched is {watched!r}; use 'freeze' or 'last run'")
    table = waits(tolerance=tolerance, unknown=unknown, country=country).table
    table = table[table["date"] >= start]
    if undated == "out":
        table = table[table["appeared"].notna()]
    if watched == "last run":
        table = _until_last_run(table)
    newer = table["appeared"].isna() | (table["appeared"] >= newer_from)
    sizes = table.groupby("benchmark")["level"].transform("size")
    return table.assign(newer=newer, weight=1 / sizes).reset_index(drop=True)


def _until_last_run(table: pd.DataFrame) -> pd.DataFrame:
    since = np.asarray((table["last_open"] - table["date"]) / pd.Timedelta(days=DAYS_PER_MONTH))
    table = table.assign(months=table["months"].where(table["matched"], since))
    return table[table["matched"] | (since > 0)]


def catch_up_ratio(
    *,
    newer_from: str = "2024-07-01",
    undated: str = "out",
    estimator: str = "restricted_mean",
    start: str = "2024-01-01",
    tolerance: float = 0.0,
    unknown: str = "resolved",
    country: str = "all",
    watched: str = "freeze",
    draws: int = 999,
    rng: np.random.Generator | None = None,
) -> Estimate:
    r"""Estimate C9: catch-up time on newer over older benchmarks.

    .. math:: \theta = \frac{\int_0^{12} \hat S_{newer}(u)\,du}{\int_0^{12} \hat S_{older}(u)\,du}

    with Kaplan-Meier curves in which every benchmark has the same weight; or the ratio of months
    at risk per catch-up. The interval is the percentile interval of resampled benchmarks, newer
    and older apart.

    Parameters
    ----------
    newer_from, undated, start, tolerance, unknown, country, watched
        Which records count; see `groups`.
    estimator : {"restricted_mean", "exponential"}
        Kaplan-Meier mean of the first 12 months, or months at risk per catch-up.
    draws : int
        Number of resampled sets of benchmarks.
    rng : Generator, optional
        By default seeded with 9, the claim's number.

    Returns
    -------
    Estimate
        A ratio; above one when open models take longer on newer benchmarks.

    Examples
    --------
    >>> estimate = catch_up_ratio(draws=99)
    >>> bool(0 < estimate.low < estimate.high)
    True
    """
    if estimator not in _SUMMARIES:
        raise ValueError(f"estimator is {estimator!r}; use one of {', '.join(_SUMMARIES)}")
    choices = {"tolerance": tolerance, "unknown": unknown, "country": country, "watched": watched}
    table = groups(newer_from=newer_from, undated=undated, start=start, **choices)
    sizes = table.groupby("newer")["benchmark"].nunique().reindex([False, True], fill_value=0)
    if sizes.min() < 3:
        few = f"{sizes[False]} older and {sizes[True]} newer benchmarks"
        return Estimate.missing(UNIT, f"{few} are too few to resample")
    rng = rng or np.random.default_rng(9)
    value, low, high = ratio(table, draws, rng, _SUMMARIES[estimator])
    if not np.isfinite([value, low]).all():
        return Estimate.missing(UNIT, "open models were first, or never level, on one whole group")
    concerns = list(_concerns(table, sizes))
    if estimator == "restricted_mean":
        concerns.append(f"at most {attainable(table):.2f}, if no newer record were ever matched")
    return Estimate(value, low, high, UNIT, n=int(sizes.sum()), concerns=tuple(concerns))


def attainable(table: pd.DataFrame, *, horizon: float = 12.0) -> float:
    r"""Return the ratio if no record on a newer benchmark were ever matched, its upper bound.

    .. math:: \theta_{max} = H \Big/ \int_0^{H} \hat S_{older}(u)\,du .

    Parameters
    ----------
    table : DataFrame
        From `groups`.
    horizon : float
        In months.

    Examples
    --------
    >>> bool(attainable(groups()) < attainable(groups(), horizon=24.0))
    True
    """
    older = table[~table["newer"]]
    mean = restricted_mean(older["months"], older["matched"], older["weight"], horizon=horizon)
    return float(horizon / mean[0])


def ratio(
    table: pd.DataFrame,
    draws: int,
    rng: np.random.Generator,
    summary: object = restricted_mean,
    level: float = 0.95,
) -> tuple[float, float, float]:
    """Return the ratio newer over older and its percentile interval by resampling benchmarks.

    Parameters
    ----------
    table : DataFrame
        From `groups`.
    draws : int
        Number of resampled sets.
    rng : Generator
        Source of randomness.
    summary : callable
        `restricted_mean` or `months_per_event`.
    level : float
        Of the interval.
    """
    means = []
    for newer in (True, False):
        rows = table[table["newer"] == newer]
        code, names = pd.factorize(rows["benchmark"])
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
        weights = rows["weight"].to_numpy() * np.vstack([np.ones(len(names)), times])[:, code]
        means.append(summary(rows["months"], rows["matched"], weights))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = means[0] / means[1]
    low, high = _ends(found[1:], level)
    return float(found[0]), low, high


def _ends(found: NDArray, level: float) -> tuple[float, float]:
    """Return quantiles that may be infinite; undefined ratios count as unbounded above."""
    ordered = np.sort(np.where(np.isnan(found), np.inf, found))
    places = np.array([(1 - level) / 2, (1 + level) / 2]) * (len(ordered) + 1) - 1
    low, high = np.floor(places[0]), np.ceil(places[1])
    last = len(ordered) - 1
    return float(ordered[int(max(low, 0))]), float(ordered[int(min(high, last))])


def _concerns(table: pd.DataFrame, sizes: pd.Series) -> list[str]:
    seen = table.drop_duplicates("benchmark").groupby("newer")["open"].median()
    return [
        f"{sizes[True]} newer and {sizes[False]} older benchmarks",
        f"a median of {seen[True]:.0f} open models were run on a newer benchmark, "
        f"{seen[False]:.0f} on an older: fewer tries lengthen the wait by themselves",
        "the scores are those of August 2026; only the release of a model is cut at the freeze",
    ]
