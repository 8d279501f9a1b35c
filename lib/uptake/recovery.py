"""Ask whether a record this short and this noisy would give back the curve it came from.

Records are drawn from a known curve, cut off at several times, and fitted in batches. The answer
comes before any estimate: a ceiling that simulated records do not find, real ones do not show.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from uptake.curves import Curve
from uptake.fitting import fit, fit_many
from uptake.intervals import Interval
from uptake.least_squares import Array
from uptake.separable import HORIZON, Kind
from uptake.values import as_times

_BURN_IN = 100
"""Steps after which a correlated error has forgotten its start."""


def simulate(
    truth: Curve,
    t: Any,
    *,
    noise: float,
    rng: np.random.Generator,
    size: int = 1,
    kind: Kind = "flow",
    correlation: float = 0.0,
) -> Array:
    r"""Draw noisy records of a known curve.

    Parameters
    ----------
    truth : Curve
        A curve with a ceiling.
    t : array_like, shape (n,) for stocks, (n + 1,) for flows
        Times, or edges of intervals.
    noise : float
        Standard deviation of the errors: of flows, as a share of the largest flow that an
        interval of that width could have; of stocks, as a share of the ceiling.
    rng : Generator
    size : int
        Number of records.
    kind : {"flow", "stock"}
    correlation : float
        Correlation of neighbouring errors,
        :math:`e_i = \rho e_{i-1} + \sqrt{1-\rho^2}\,u_i`; their variance does not depend on it.

    Returns
    -------
    ndarray, shape (size, n)
        Flows or levels; errors may make small ones negative.

    Raises
    ------
    ValueError
        If the curve has no ceiling, the noise is negative, or the correlation is not inside
        (-1, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Bass
    >>> truth, edges = Bass(100.0, 0.01, 0.4), np.arange(21)
    >>> flows = simulate(truth, edges, noise=0.05, rng=np.random.default_rng(1), size=3)
    >>> flows.shape, bool(np.allclose(flows, truth.flow(edges), atol=0.25 * truth.rate(9)))
    ((3, 20), True)
    """
    if not truth.bounded:
        raise ValueError(f"{type(truth).__name__} has no ceiling to recover; take a curve with one")
    if noise < 0 or not -1 < correlation < 1:
        raise ValueError(
            f"noise must not be negative and correlation must lie inside (-1, 1); got {noise} and "
            f"{correlation}"
        )
    t = as_times(t)
    level = truth.flow(t) if kind == "flow" else truth(t)
    unit = float(truth.rate(truth.peak)) * np.diff(t) if kind == "flow" else truth.ceiling
    return level + noise * unit * _errors((size, level.size), correlation, rng)


def _errors(shape: tuple[int, int], correlation: float, rng: np.random.Generator) -> Array:
    """Return errors of variance one, rows independent, neighbours in a row correlated."""
    if correlation == 0:
        return rng.standard_normal(shape)
    shocks = np.sqrt(1 - correlation**2) * rng.standard_normal((shape[0], _BURN_IN + shape[1]))
    for i in range(1, shocks.shape[1]):
        shocks[:, i] += correlation * shocks[:, i - 1]
    return shocks[:, _BURN_IN:]


def recovery(
    truth: Curve,
    t: Any,
    cuts: Any,
    *,
    noise: float,
    rng: np.random.Generator,
    size: int = 500,
    kind: Kind = "flow",
    correlation: float = 0.0,
    curve: type[Curve] | None = None,
    cumulated: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Cut simulated records at several times and see what a fit makes of what is left.

    Whether a profile interval holds the true ceiling, and whether it has an upper end, needs no
    tracing: the best fits at the true ceiling and at the limit without one are held against the
    F cut-off. That is what `Fit.interval` comes to where the profile has a single valley.

    Parameters
    ----------
    truth, t, noise, rng, size, kind, correlation
        As for `simulate`.
    cuts : array_like
        Times at which the record stops, in the unit of ``t``.
    curve : type of Curve, optional
        What to fit, with a ceiling; by default the family the truth comes from.
    cumulated : bool
        Fit the running sum of the flows as if it were a level with independent errors, as is
        often done; for flows only.
    level : float
        Nominal coverage.

    Returns
    -------
    DataFrame
        One row per cut and record: ``cut``, ``record``, ``points``, ``observed`` (true share of
        the ceiling reached at the cut), ``reached`` (what the record adds up to, or its last
        level), the fitted parameters, ``interior``, ``ratio`` (fitted ceiling over true),
        ``covered`` (the interval holds the true ceiling) and ``unbounded`` (it has no upper end).

    Raises
    ------
    ValueError
        As for `simulate` and `uptake.fit_many`; if a stock is to be cumulated.

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Bass
    >>> truth, rng = Bass(100.0, 0.01, 0.4), np.random.default_rng(2)
    >>> fits = recovery(truth, np.arange(0, 20, 0.25), [5, 18], noise=0.05, rng=rng, size=200)
    >>> fits.groupby("cut")["unbounded"].mean().gt(0.5).to_dict()
    {5.0: True, 18.0: False}
    """
    if cumulated and kind != "flow":
        raise ValueError("only flows can be cumulated; use kind='flow' or cumulated=False")
    t = as_times(t)
    draw = {"noise": noise, "kind": kind, "correlation": correlation, "size": size}
    records = simulate(truth, t, rng=rng, **draw)
    last = np.searchsorted(t, np.atleast_1d(as_times(cuts)), side="right")
    parts = []
    for end in last:
        seen = records[:, : end - 1] if kind == "flow" else records[:, :end]
        times, as_kind = t[:end], kind
        reached = seen.sum(axis=1) if kind == "flow" else seen[:, -1]
        if cumulated:
            times, seen, as_kind = times[1:], seen.cumsum(axis=1), "stock"
        part = _recovered(curve or type(truth), truth.ceiling, times, seen, as_kind, level)
        about = {"cut": t[end - 1], "record": range(size), "points": seen.shape[1]}
        observed = float(truth(t[end - 1])) / truth.ceiling
        parts.append(part.assign(**about, observed=observed, reached=reached))
    frame = pd.concat(parts, ignore_index=True)
    front = ["cut", "record", "points", "observed", "reached"]
    return frame[front + [name for name in frame if name not in front]]


def _recovered(
    curve: type[Curve], ceiling: float, t: Array, y: Array, kind: Kind, level: float
) -> pd.DataFrame:
    """Fit records at their best, at the true ceiling and at the limit, and compare."""
    name = curve.names()[0]
    best = fit_many(curve, t, y, kind=kind)
    size = np.abs(y).sum(axis=1) if kind == "flow" else np.abs(y).max(axis=1)
    held = {"truth": ceiling, "limit": HORIZON * size.max()}
    cost = {
        where: fit_many(curve, t, y, kind=kind, fixed={name: value}).sse
        for where, value in held.items()
    }
    lowest = np.minimum(best.sse, np.minimum(cost["truth"], cost["limit"]))
    freedom = y.shape[1] - len(curve.names())
    cutoff = lowest * (1 + stats.f.ppf(level, 1, freedom) / freedom)
    return best.params.assign(
        interior=best.interior,
        ratio=best.params[name] / ceiling,
        covered=cost["truth"] <= cutoff,
        unbounded=cost["limit"] <= cutoff,
    )


def summarise(fits: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cut: what share was recovered, and how far off the ceilings were.

    Parameters
    ----------
    fits : DataFrame
        What `recovery` returned.

    Returns
    -------
    DataFrame
        By cut: ``observed`` and ``points``; the quantiles ``q05``, ``q25``, ``median``, ``q75``
        and ``q95`` of the fitted ceiling over the true one, runaway ceilings among them;
        ``no_optimum`` (share without an interior one), ``unbounded``, ``covered``.

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Logistic
    >>> truth, rng = Logistic(1.0, 1.0, 5.0), np.random.default_rng(3)
    >>> fits = recovery(truth, np.arange(13.0), [12], noise=0.02, rng=rng, kind="stock", size=300)
    >>> summarise(fits)[["median", "unbounded"]].round(2).to_dict("list")
    {'median': [1.0], 'unbounded': [0.0]}
    """
    by_cut = fits.groupby("cut")
    quantiles = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
    table = by_cut[["points", "observed"]].first()
    table = table.assign(**{name: by_cut["ratio"].quantile(q) for name, q in quantiles.items()})
    table["no_optimum"] = 1 - by_cut["interior"].mean()
    return table.join(by_cut[["unbounded", "covered"]].mean())


def as_known(
    curve: type[Curve],
    t: Any,
    y: Any,
    ends: Any,
    *,
    kind: Kind = "stock",
    weights: Any = None,
    intervals: bool = True,
    **options: Any,
) -> pd.DataFrame:
    """Fit a record as it was known at each of several points, to see what one would have said.

    Parameters
    ----------
    curve : type of Curve
        With a ceiling.
    t, y, kind, weights
        As for `uptake.fit`, of the whole record.
    ends : iterable of int
        How many of the record's values were known.
    intervals : bool
        False leaves out ``low``, ``high`` and ``bounded``, whose tracing takes most of the time.
    **options
        Passed to `uptake.fit`: ``scale``, ``errors``, ``fixed``, ``origin``.

    Returns
    -------
    DataFrame
        One row per end: ``known`` (how many), ``reached`` (the sum of the flows known, or the last
        level), ``ceiling``, ``low`` and ``high`` (its 95% profile
        interval; an end may be infinite), the parameters, ``peak``, ``fraction`` (share of the
        fitted ceiling seen), ``bounded`` (a finite interval) and ``interior``.

    Raises
    ------
    ValueError
        As for `uptake.fit`; if the curve has no ceiling, or weights are not one for each value.

    Examples
    --------
    >>> import numpy as np
    >>> from uptake import Bass
    >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    >>> table = as_known(Bass, np.arange(11), sales, [6, 10], kind="flow")
    >>> table[["low", "high"]].round(-2).to_numpy().tolist()
    [[42600.0, inf], [60700.0, 75300.0]]
    """
    if not curve.bounded:
        raise ValueError(f"{curve.__name__} has no ceiling; take a curve that has one")
    if weights is not None and np.shape(weights) != np.shape(y):
        raise ValueError(f"weights have shape {np.shape(weights)}; give one for each of {len(y)}")
    # One edge more than flows; as many times as levels, or as periods of flows.
    extra = len(t) - len(y)
    rows = []
    for end in ends:
        known = {} if weights is None else {"weights": _first(weights, end)}
        result = fit(curve, _first(t, end + extra), _first(y, end), kind=kind, **known, **options)
        reached = result.y.sum() if kind == "flow" else result.y[-1]
        about = {"known": end, "reached": reached, "ceiling": result.curve.ceiling}
        about |= _ends(result.interval(curve.names()[0])) if intervals else {}
        about |= result.params | {"peak": result.curve.peak}
        rows.append(about | {"fraction": result.fraction_observed, "interior": result.interior})
    return pd.DataFrame(rows)


def _first(values: Any, count: int) -> Any:
    """Return the first values by their place, whatever the labels of a Series."""
    return values.iloc[:count] if isinstance(values, pd.Series) else values[:count]


def _ends(interval: Interval) -> dict[str, float | bool]:
    return {"low": interval.low, "high": interval.high, "bounded": interval.bounded}
