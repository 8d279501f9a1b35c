"""C1: closed tokens displaced by one more open token, or the reverse."""

import functools
import math

import numpy as np
import pandas as pd
from scipy import stats

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.market import records
from uptake.openclosed.market.calibration import calibrated
from uptake.openclosed.market.profile import PARAMETERS, Profile, Steps, profile
from uptake.openclosed.volume.weekly import check

UNIT = "tokens lost per token gained"
LABELS = {
    "weights where listed": {},
    "makers throughout": {"by_maker": True},
    "makers, own models open": {"by_maker": True, "own_models": "open"},
}
"""Choices of labels, from the one that counts to that of the first estimate."""


def displacement(
    *,
    record: str = "tokens",
    displaced: str = "closed",
    start: str = "2025-05-01",
    weak_months: str = "keep",
    free_variants: str = "keep",
    errors: str = "iid",
) -> Estimate:
    """Estimate C1: units that one side loses when the other gains one on its own.

    The model is that of `uptake.openclosed.market.profile`. The interval is the profile of the
    displacement, the strength of common demand at its best, with a simulated cut-off
    (`calibrated`). It may be unbounded: the stronger the common demand, the less of the other
    side's growth is its own. Dollars are turned into tokens at each side's mean price;
    downloads stay downloads.

    Parameters
    ----------
    record, start, weak_months, free_variants
        See `market.record`.
    displaced : {"closed", "open"}
        The side that may lose.
    errors : {"iid", "ar1"}
        How errors of the weekly growth follow each other.

    Returns
    -------
    Estimate
        In tokens lost per token gained: 0 for separate curves, 1 for a market in which every gain
        is a loss. Missing where no finite value fits best.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> estimate = displacement(start="2025-11-17")
    >>> estimate.unit, estimate.n
    ('tokens lost per token gained', 23)
    """
    check(record, records.RECORDS, "record")
    check(displaced, ("closed", "open"), "displaced")
    check(start, records.STARTS, "start")
    check(weak_months, ("keep", "drop"), "weak_months")
    check(free_variants, ("keep", "drop"), "free_variants")
    # A choice that does not concern a record leaves it: it need not be worked out again.
    if record != "tokens":
        start, free_variants = records.STARTS[1], "keep"
    if record == "downloads":
        weak_months = "keep"
    return _displacement(record, displaced, start, weak_months, free_variants, errors)


@functools.cache
def _displacement(
    record: str, displaced: str, start: str, weak_months: str, free_variants: str, errors: str
) -> Estimate:
    table = in_tokens(record, start=start, weak_months=weak_months, free_variants=free_variants)
    steps = Steps.of(table, displaced)
    if len(steps.number) < 2 * PARAMETERS:
        return Estimate.missing(UNIT, f"only {len(steps.number)} steps from one time to the next")
    found = calibrated(steps, errors=errors)
    value, kappa = (float(part[0]) for part in found.best())
    if not math.isfinite(value):
        reason = "all of the other side's growth may be common demand: no finite value fits best"
        return Estimate.missing(UNIT, reason)
    low, high = found.interval()
    concerns = _concerns(record, start, steps, found, kappa)
    return Estimate(value, low, high, UNIT, n=len(steps.number), concerns=concerns)


def in_tokens(record: str = "tokens", **choices: str | bool) -> pd.DataFrame:
    """Return a record with dollars turned into tokens at each side's mean price.

    A dollar of open use buys several times the tokens of a dollar of closed use; a loss in dollars
    for a gain in dollars would compare unlike units.

    Parameters
    ----------
    record : str
        See `market.record`.
    **choices : str
        Likewise.

    Returns
    -------
    DataFrame
        As `market.record` returns it.

    Examples
    --------
    >>> sums = [
    ...     in_tokens(record, start="2025-11-17")["open"].sum() for record in ("tokens", "dollars")
    ... ]
    >>> round(sums[0] / sums[1], 9)
    np.float64(1.0)
    """
    table = records.record(record, **choices)
    if record != "dollars":
        return table
    sold = records.record("tokens", start=records.STARTS[1]).loc[table.index]
    sides = ["open", "closed"]
    return table.assign(**(table[sides] / table[sides].sum() * sold[sides].sum()))


def without_common_demand(**choices: str) -> Estimate:
    """Estimate the displacement as if nothing moved both sides at once.

    Common demand hides displacement, so this is a lower bound as far as the model holds.

    Parameters
    ----------
    **choices : str
        As for `displacement`.

    Returns
    -------
    Estimate
        In tokens lost per token gained.

    Examples
    --------
    >>> without_common_demand(start="2025-11-17").n
    23
    """
    found, n = _profiled(**choices)
    low, high = found.interval(common=False)
    return Estimate(float(found.best(common=False)[0][0]), low, high, UNIT, n=n)


def by_common_demand(strengths: np.ndarray, **choices: str) -> pd.DataFrame:
    """Return the displacement for each assumed strength of common demand.

    Parameters
    ----------
    strengths : ndarray
        Share of the variance of the other side's weekly growth that both sides share, from 0 to
        below 1.
    **choices : str
        As for `displacement`.

    Returns
    -------
    DataFrame
        By strength: ``value``, ``low``, ``high`` (95%), and ``fit``, the F statistic of this
        strength against the best; large where the record speaks against it.

    Examples
    --------
    >>> table = by_common_demand(np.array([0.0, 0.5]))
    >>> bool(table["value"].is_monotonic_increasing)
    True
    """
    found, _ = _profiled(**choices)
    yy, y1, y2, s11, s12, s22 = found.moments[0]
    k = np.asarray(strengths, float)
    squares = yy - 2 * k * y1 + k**2 * s11
    product = (y2 - k * s12) / s22
    rest = squares - product**2 * s22
    error = np.sqrt(rest / (found.freedom + 1) / s22)
    half = stats.t.ppf(0.975, found.freedom + 1) * error
    columns = {"value": -product, "low": -product - half, "high": -product + half}
    table = pd.DataFrame(columns, index=pd.Index(k, name="common")).div(1 - k, axis=0)
    return table.assign(fit=(rest / found.least()[0] - 1) * found.freedom)


def by_step(lengths: tuple[int, ...] = (1, 2, 4), **choices: str) -> pd.DataFrame:
    """Return the displacement over longer steps, which see slower displacement too.

    Only every second, or fourth, week is kept, so steps do not overlap and there are few.

    Parameters
    ----------
    lengths : tuple of int
        Weeks in a step.
    **choices : str
        As for `displacement`, of a weekly record.

    Returns
    -------
    DataFrame
        By length: ``value``, ``low``, ``high`` (95%), ``n``.

    Examples
    --------
    >>> by_step((1, 2))["n"].tolist()
    [50, 24]
    """
    displaced, errors = choices.pop("displaced", "closed"), choices.pop("errors", "iid")
    table, rows = in_tokens(**choices), {}
    for length in lengths:
        thin = table[table["number"] % length == 0]
        steps = Steps.of(thin.assign(number=thin["number"] // length), displaced)
        rows[length] = _row(steps, errors)
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high", "n"])
    return found.rename_axis(index="weeks")


def by_labels() -> pd.DataFrame:
    """Return the displacement with labels as corrected, by maker to the end, and as first seen.

    The first estimate went by maker to the end and had the router's own models open.

    Returns
    -------
    DataFrame
        By labels: ``value``, ``low``, ``high`` (95%), ``n``, and ``largest``, the largest ratio of
        open to closed, on which the estimate leans.

    Examples
    --------
    >>> by_labels()["n"].tolist()
    [50, 51, 51]
    """
    rows = {}
    for name, choices in LABELS.items():
        steps = Steps.of(in_tokens(**choices))
        rows[name] = (*_row(steps, "iid"), float(steps.ratio.max()))
    columns = ["value", "low", "high", "n", "largest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _row(steps: Steps, errors: str) -> tuple[float, float, float, int]:
    found = calibrated(steps, errors=errors)
    value = float(found.best()[0][0])
    # A value that runs away has no interval to speak of.
    ends = found.interval() if math.isfinite(value) else (-math.inf, math.inf)
    return value, *ends, len(steps.number)


def _profiled(
    displaced: str = "closed", errors: str = "iid", **choices: str | bool
) -> tuple[Profile, int]:
    steps = Steps.of(in_tokens(**choices), displaced)
    return profile(steps, errors=errors), len(steps.number)


def _concerns(
    record: str, start: str, steps: Steps, found: Profile, kappa: float
) -> tuple[str, ...]:
    common = f"{kappa:.0%} of the other side's growth fits best as common demand"
    lines = [
        f"{len(steps.number)} steps; {common}, and this strength is taken as constant",
        "what takes more than a step to move from one side to the other is not seen",
    ]
    if record == "tokens" and start == records.STARTS[0]:
        lines.append(
            "to November 2025 labels go by maker: open takes in a few small closed models, "
            "closed the open models of Google and OpenAI"
        )
    if record == "dollars":
        lines.append("dollars are list prices, turned into tokens at each side's mean price")
    if record == "downloads":
        lines.append("a download is no token: the scale of this number is that of downloads")
    if found.phi[0] > 0.5:
        lines.append(f"errors are correlated from step to step ({found.phi[0]:.1f})")
    return tuple(lines)
