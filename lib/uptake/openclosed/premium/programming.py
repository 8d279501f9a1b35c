"""C4: do closed models hold more of programming than of other use? Bounds, not points.

The router's programming charts name authors or models; most authors publish both kinds, and a
part is not named. What the unnamed are is not assumed: the difference is bounded.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known
from uptake.openclosed.trends import correlated

UNIT = "percentage points"
PROGRAMMING = (0.11, 0.5)
"""Share of programming in all tokens: about 11% early in 2025, over half by its end (OpenRouter and
Andreessen Horowitz, State of AI, December 2025). By week it is not published: both ends are tried.
"""
LAGS = 8
"""Weeks over which errors of the weekly mean may be correlated."""


def weekly(
    *, level: str = "author", mixed: str = "bounds", start: str = "2025-05-19"
) -> pd.DataFrame:
    """Return closed shares by week as bounds: of programming, and of all tokens.

    Parameters
    ----------
    level : {"author", "model"}
        Which chart: authors by week (to 2026-04), models by day (2026-03 to 2026-05; days are
        averaged by week).
    mixed : {"bounds", "as_elsewhere"}
        Programming tokens of authors that publish both kinds: unknown, or closed in the share
        in which the listed tokens of these authors in all use are closed that week.
    start : str
        First week; the chart by model begins later than any start.

    Returns
    -------
    DataFrame
        By Monday: ``low`` and ``high`` (closed share of programming), ``all_low`` and
        ``all_high`` (closed share of all tokens); fractions.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> len(weekly()), len(weekly(level="model"))
    (50, 8)
    """
    if level not in ("author", "model") or mixed not in ("bounds", "as_elsewhere"):
        raise ValueError(f"no {level!r} or no {mixed!r}; use author, model; bounds, as_elsewhere")
    charts = known("router_programming_bounds")
    charts = charts[(charts["level"] == level) & (charts["date"] >= start)]
    week = charts["date"] - pd.to_timedelta(charts["date"].dt.day_of_week, "D")
    parts = charts.groupby(week)[["open", "closed", "mixed", "unknown"]].mean()
    every = _all_tokens()
    table = parts.join(every, how="inner")
    split = table["mixed"] * table["mixed_closed"] if mixed == "as_elsewhere" else 0.0
    unsaid = table["unknown"] + (0.0 if mixed == "as_elsewhere" else table["mixed"])
    low = table["closed"] + split
    out = {"low": low, "high": low + unsaid}
    return pd.DataFrame(out | {"all_low": table["all_low"], "all_high": table["all_high"]})


def _all_tokens() -> pd.DataFrame:
    """Return bounds of the closed share of all tokens by week, and of that of mixed authors."""
    models = known("router_models").astype({"weights": str, "author": str})
    models = models[models["share"].notna()]
    by = models.pivot_table(index="week", columns="weights", values="share", aggfunc="sum")
    by = by.fillna(0.0).div(by.sum(axis=1), axis=0)
    both = models.groupby("author")["weights"].agg(lambda w: {"open", "closed"} <= set(w))
    theirs = models[models["author"].isin(both[both].index)]
    split = theirs.pivot_table(index="week", columns="weights", values="share", aggfunc="sum")
    split = split.fillna(0.0)
    closed = split["closed"] / (split["closed"] + split["open"])
    return pd.DataFrame(
        {"all_low": by["closed"], "all_high": by["closed"] + by["unknown"], "mixed_closed": closed}
    )


def bound(
    low: ArrayLike, high: ArrayLike, all_low: ArrayLike, all_high: ArrayLike, share: float
) -> tuple[NDArray, NDArray]:
    r"""Return bounds of the closed share of programming less that of other tokens.

    With ``share`` programming's part :math:`\pi` of all tokens, the closed share elsewhere is

    .. math:: o = \frac{a - \pi p}{1 - \pi}

    from that of programming ``p`` and of all tokens ``a``; it lies in [0, 1], and :math:`p - o`
    is least at the lower end of ``p`` and the upper of ``a``.

    Parameters
    ----------
    low, high : array-like
        Bounds of ``p``, fractions.
    all_low, all_high : array-like
        Bounds of ``a``.
    share : float
        Programming's part of all tokens, 0 to below 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper bounds of the difference, fractions.

    Raises
    ------
    ValueError
        If ``share`` lies outside [0, 1).

    Examples
    --------
    >>> [round(float(end), 3) for end in bound(0.6, 0.7, 0.5, 0.5, 0.5)]
    [0.2, 0.4]
    """
    if not 0 <= share < 1:
        raise ValueError(f"share is {share}; give programming's part of all tokens, 0 to below 1")
    low, high = np.asarray(low, float), np.asarray(high, float)
    most = np.clip((np.asarray(all_high, float) - share * low) / (1 - share), 0, 1)
    least = np.clip((np.asarray(all_low, float) - share * high) / (1 - share), 0, 1)
    return low - most, high - least


def differences(
    *,
    level: str = "author",
    mixed: str = "bounds",
    start: str = "2025-05-19",
    programming: tuple[float, float] = PROGRAMMING,
) -> pd.DataFrame:
    """Return the bounds of the difference by week, in percentage points.

    Parameters
    ----------
    level, mixed, start
        As in `weekly`.
    programming : (low, high)
        Programming's part of all tokens; the wider bound of the two ends holds.
    """
    table = weekly(level=level, mixed=mixed, start=start)
    columns = [table[name] for name in ("low", "high", "all_low", "all_high")]
    ends = [bound(*columns, share) for share in programming]
    low = np.minimum(*(end[0] for end in ends))
    high = np.maximum(*(end[1] for end in ends))
    return pd.DataFrame({"low": 100 * low, "high": 100 * high}, index=table.index)


def programming_difference(
    *,
    level: str = "author",
    mixed: str = "bounds",
    start: str = "2025-05-19",
    programming: tuple[float, float] = PROGRAMMING,
) -> Estimate:
    r"""Estimate C4: closed share of programming tokens less that of all other tokens, as bounds.

    The interval is :math:`[\bar l - 1.96\, s_l,\; \bar h + 1.96\, s_h]`: means of the weekly
    bounds, with HAC standard errors of these means. The value is the middle of the bounds and no
    more likely than any other point between them.

    Parameters
    ----------
    level, mixed, start, programming
        As in `differences`.

    Returns
    -------
    Estimate
        In percentage points.

    Examples
    --------
    >>> estimate = programming_difference()
    >>> estimate.low < 0 < estimate.high
    True
    """
    table = differences(level=level, mixed=mixed, start=start, programming=programming)
    if len(table) < 4:
        return Estimate.missing(UNIT, f"{len(table)} weeks are too few for a mean")
    low, high = _widened(table["low"].to_numpy(), table["high"].to_numpy())
    middle = float(table.mean().mean())
    wide = float((table["high"] - table["low"]).mean())
    ends = " or ".join(f"{100 * end:g}" for end in sorted(set(programming)))
    concerns = (
        f"on average {wide:.0f} points lie between the bounds: the value is their middle",
        f"programming is taken to be {ends} percent of all tokens, which no choice varies",
        "the charts are samples, by classifier, of one router",
    )
    return Estimate(middle, low, high, UNIT, n=len(table), concerns=concerns)


def by_part(parts: tuple[float, ...], **choices: str) -> pd.DataFrame:
    """Return the estimate as if programming's part of all tokens were known, for several parts.

    Parameters
    ----------
    parts : tuple of float
        Programming's part of all tokens, the same in every week; 0 to below 1.
    **choices
        As for `programming_difference`.

    Returns
    -------
    DataFrame
        By part: ``middle`` of the bounds, ``low``, ``high`` (percentage points).

    Examples
    --------
    >>> by_part((0.3,)).columns.tolist()
    ['middle', 'low', 'high']
    """
    rows = {}
    for part in parts:
        found = programming_difference(programming=(part, part), **choices)
        rows[part] = (found.value, found.low, found.high)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["middle", "low", "high"])
    return table.rename_axis(index="part")


def _widened(low: NDArray, high: NDArray) -> tuple[float, float]:
    return (
        float(low.mean() - 1.96 * _mean_error(low)),
        float(high.mean() + 1.96 * _mean_error(high)),
    )


def _mean_error(y: NDArray) -> float:
    """Return the HAC standard error of a mean; lags no more than a quarter of the record."""
    options = {"maxlags": min(LAGS, len(y) // 4), "use_correction": True}
    fitted = sm.OLS(y, np.ones(len(y))).fit(cov_type="HAC", cov_kwds=options)
    return float(fitted.bse[0])


@dataclass(frozen=True)
class BoundsPower:
    """What bounds as wide as these could show, by where in them the truth lies.

    Attributes
    ----------
    truth : float
        Percentage points.
    middle, edge : float
        Share of intervals that leave out zero when the truth lies in the middle of the bounds,
        and at their lower edge, where bounds show most.
    """

    truth: float
    middle: float
    edge: float


def programming_power(
    effect: float, rng: np.random.Generator, *, size: int = 300, **choices: object
) -> BoundsPower:
    """Simulate weekly bounds as wide and as noisy as the real ones around a known difference.

    The bounds keep their real widths; their middle moves about the truth as an AR(1) record with
    the spread and the correlation of the real middle.

    Parameters
    ----------
    effect : float
        True difference, percentage points.
    rng : Generator
        Source of randomness.
    size : int
        Number of records.
    **choices
        As for `differences`.
    """
    table = differences(**choices)
    middle = table.mean(axis=1).to_numpy()
    half = ((table["high"] - table["low"]) / 2).to_numpy()
    noise = middle - middle.mean()
    rho = float(np.clip((noise[1:] @ noise[:-1]) / (noise @ noise), 0, 0.95))
    found = []
    for offset in (0.0, half.mean()):
        moved = noise.std(ddof=1) * correlated(len(noise), rho, size, rng) + effect + offset
        ends = [_widened(row - half, row + half) for row in moved]
        found.append(np.mean([low > 0 or high < 0 for low, high in ends]))
    return BoundsPower(effect, *map(float, found))
