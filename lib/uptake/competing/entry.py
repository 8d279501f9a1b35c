"""`compete`: from records to a fitted system, its simpler rivals, and its doubts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from uptake.competing.contests import Contest, best
from uptake.competing.preparing import prepare
from uptake.competing.profiles import Peak
from uptake.competing.results import Competition, fit_both, ratio_p
from uptake.competing.systems import System
from uptake.fitting import FitError
from uptake.separable import Kind, Scale
from uptake.serial import lag_one


def compete(
    model: type[System],
    t: Any,
    records: Mapping[str, Any] | pd.DataFrame,
    *,
    kind: Kind | None = None,
    scale: Scale = "linear",
    weights: Mapping[str, Any] | None = None,
    fixed: Mapping[str, float] | None = None,
    launches: Mapping[str, Any] | None = None,
    origin: Any = None,
    bootstrap: int = 0,
    rng: np.random.Generator | None = None,
) -> Competition:
    """Fit several records at once, each acting on the others, and the same without cross terms.

    Parameters
    ----------
    model : type of System
        `LotkaVolterra`, `UCRCD` or `NortonBass`.
    t : array_like
        Times common to all records: n for stocks, n + 1 edges for flows. Numbers or dates.
    records : mapping of str to array_like of shape (n,), or DataFrame
        In the order of the model's numbering, the older first. Of a DataFrame each column is a
        record, and ``t`` is mostly its index.
    kind : {"stock", "flow"}, optional
        By default what the model describes first.
    scale : {"linear", "log"}
        Whether the noise is additive or multiplicative. Each record has its own variance.
    weights : mapping of str to array_like, optional
        Inverse variances up to a factor; zero marks a point that was not observed.
    fixed : mapping, optional
        Parameters to hold, by name.
    launches : mapping of str to date or number, optional
        When each record begins; by default all at the origin. For models with launches only.
    origin : date or number, optional
        Time zero.
    bootstrap : int
        Number of records to simulate for the p value of "no cross terms" in the ladder; with 0
        it is an approximation by the F distribution.
    rng : Generator, optional
        Needed for a bootstrap.

    Returns
    -------
    Competition

    Raises
    ------
    ValueError
        For input that cannot be fitted, with what to do about it.
    FitError
        When no search settles.

    Examples
    --------
    A newcomer takes room from an incumbent:

    >>> import numpy as np
    >>> from uptake.competing import LotkaVolterra, compete
    >>> truth = LotkaVolterra(100.0, 90.0, 0.6, 0.7, 0.9, 0.3, 5.0, 0.2)
    >>> t, rng = np.arange(25.0), np.random.default_rng(4)
    >>> y1, y2 = truth(t) + rng.normal(0, 1.5, (2, t.size))
    >>> result = compete(LotkaVolterra, t, {"closed": y1, "open": y2})
    >>> result.ladder["parameters"].to_dict()
    {'separate curves': 6, 'LotkaVolterra': 8}
    >>> 0.9 in result.interval("a12"), 0.0 in result.interval("a12")
    (True, False)
    """
    contest, origin = prepare(model, t, records, kind, scale, weights, fixed, launches, origin)
    if bootstrap and rng is None:
        raise ValueError("a bootstrap draws at random: give rng=numpy.random.default_rng(seed)")
    null = _null(contest)
    simple, rich = fit_both(contest.holding(null), contest)
    peak, null_peak = Peak(contest, rich), Peak(contest.holding(null), simple)
    if not (rich.converged[0] and np.isfinite(rich.cost[0])):
        raise FitError(
            f"the search for a best {model.__name__} did not settle; rescale the records, hold a "
            "parameter with fixed=, or give more points"
        )
    result = Competition(
        model.build(peak.values, contest.setting),
        contest.setting.t,
        {name: contest.y[0, i] for i, name in enumerate(records)},
        contest.setting.kind,
        scale,
        origin,
        _ladder(peak, null_peak if null else None),
        not rich.at_bound[0].any(),
        _peak=peak,
        _null=null_peak if null else None,
    )
    if bootstrap and null:
        ladder = result.ladder.copy()
        ladder.iloc[0, ladder.columns.get_loc("p")] = result.test(bootstrap, rng=rng).p_value
        result = replace(result, ladder=ladder)
    return replace(result, concerns=tuple(_concerns(result, rich.at_bound[0])))


def _null(contest: Contest) -> dict[str, float]:
    """Return what the model without cross terms holds beyond what is held already."""
    simplest = next(iter(contest.system.nested().values()))
    return {name: value for name, value in simplest.items() if name not in contest.held}


def _ladder(peak: Peak, null: Peak | None) -> pd.DataFrame:
    """Return the simpler models and the full one, with ratios against the full one."""
    contest, rows = peak.contest, {}
    for i, (label, values) in enumerate(contest.system.nested().items()):
        held = {name: value for name, value in values.items() if name not in contest.held}
        if not held:
            continue
        if i == 0:
            simpler = null
        else:
            inner = contest.holding(held)
            near = np.array([[[*peak.values.values()]]])
            starts = np.concatenate([contest.system.starts(inner), near])
            simpler = Peak(inner, best(inner, starts))
        ratio = max(2 * (peak.log_likelihood - simpler.log_likelihood), 0.0)
        p = ratio_p(ratio, peak.parameters - simpler.parameters, peak.points, peak.freedom)
        rows[label] = (simpler.parameters, simpler.log_likelihood, simpler.aicc, ratio, p)
    for label, (count, likelihood, criterion) in contest.system.rivals(contest).items():
        rows[label] = (count, likelihood, criterion, np.nan, np.nan)
    name = contest.system.__name__
    rows[name] = (peak.parameters, peak.log_likelihood, peak.aicc, np.nan, np.nan)
    columns = ["parameters", "log_likelihood", "aicc", "ratio", "p"]
    ladder = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return ladder.astype({"parameters": int})


def _concerns(result: Competition, at_bound: np.ndarray) -> Iterator[str]:
    """Yield reasons to distrust the fit."""
    peak = result._peak
    for name, out in zip(peak.names, at_bound, strict=True):
        if out:
            yield (
                f"no interior optimum: {name} has run to the edge of its range, a simpler model; "
                "read the intervals, not the estimates"
            )
    if peak.points < 4 * peak.parameters:
        yield f"few points: {peak.points} for {peak.parameters} parameters"
    for i, (name, values) in enumerate(result.residuals.items()):
        weighted = (values * peak.contest.root[i])[~np.isnan(values)]
        correlation = lag_one(weighted, 1e-20 * peak.contest.unit[i] ** 2)
        if weighted.size >= 8 and abs(correlation) > 2 / np.sqrt(weighted.size):
            yield (
                f"serial correlation: neighbouring residuals of {name} correlate at "
                f"{correlation:.2f}, so intervals and p values that assume independent errors are "
                "off"
            )
        if (result.records[name][peak.contest.root[i] > 0] < 0).any():
            yield f"{name} has negative values, which no adoption model can give"
