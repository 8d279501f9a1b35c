"""When a growth curve can be trusted: published rules recomputed, and records planned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Curve, Logistic
from uptake.fitting import fit, fit_many
from uptake.intervals import Interval
from uptake.recovery import recovery


def systematic_change(fits: pd.DataFrame, parameters: Sequence[str] = ("m", "p", "q")) -> pd.Series:
    r"""Return how estimates move when a record grows by a tenth.

    Within each record the log of an estimate is regressed on the log of what had been observed,
    :math:`\log\hat\theta_{ik} = a_i + b\,\log Y_{ik}`, after Van den Bulte and Lilien (1997),
    *Marketing Science* 16(4); reported is :math:`1.1^b - 1`. A record enters only if all its cuts
    have an interior optimum, for a runaway ceiling has no log worth averaging.

    Parameters
    ----------
    fits : DataFrame
        ``record``, ``reached`` (cumulated adoption when the record was cut), ``interior`` and the
        parameters, as `uptake.recovery.recovery` returns them.
    parameters : sequence of str
        Which ones to follow.

    Returns
    -------
    Series
        Percent by parameter, then ``records`` used and ``left_out``.

    Raises
    ------
    ValueError
        If no record has an interior optimum at every cut.

    Examples
    --------
    >>> fits = pd.DataFrame({"record": [1, 1], "reached": [10.0, 20.0], "interior": True,
    ...                      "m": [50.0, 50.0], "p": [0.01, 0.02]})
    >>> systematic_change(fits, ["m", "p"]).round(1).to_dict()
    {'m': 0.0, 'p': 10.0, 'records': 1.0, 'left_out': 0.0}
    """
    complete = fits.groupby("record")["interior"].transform("all")
    used = fits[complete]
    if used.empty:
        raise ValueError("no record has an interior optimum at every cut; start the cuts later")
    logs = np.log(used[["reached", *parameters]])
    within = logs - logs.groupby(used["record"]).transform("mean")
    slopes = within[list(parameters)].mul(within["reached"], axis=0).sum()
    change = 100 * (1.1 ** (slopes / (within["reached"] ** 2).sum()) - 1)
    records = used["record"].nunique()
    change["records"], change["left_out"] = records, fits["record"].nunique() - records
    return change


def half_curve_rule(
    *,
    rng: np.random.Generator,
    share: float = 0.5,
    noises: Sequence[float] = (0.05, 0.1),
    points: Sequence[int] = (20, 50),
    size: int = 1000,
    quantile: float = 0.9,
) -> pd.DataFrame:
    """Return how far off a logistic's ceiling is when half of it was seen, by reading of noise.

    Debecker and Modis (1994), *Technological Forecasting and Social Change* 46, 153-173: with at
    least half of the curve and data better than 10%, the ceiling is known to 20% with 90%
    confidence. Their fits minimised chi squared, so errors in proportion to the level are
    weighted by its inverse square. What "10%" is of, and of what law, is read in three ways. The
    record starts at 1% of the ceiling.

    Parameters
    ----------
    rng : Generator
    share : float
        Of the ceiling, at which the record ends.
    noises : sequence of float
        Sizes of the errors.
    points : sequence of int
        Lengths of the record, equally spaced.
    size : int
        Records for each combination.
    quantile : float
        Of the absolute error of the ceiling.

    Returns
    -------
    DataFrame
        The quantile of ``abs(fitted / true - 1)``; rows are readings and noises, columns numbers
        of points. Infinite when it exceeds ten, for the ceiling has then run away.

    Examples
    --------
    >>> table = half_curve_rule(rng=np.random.default_rng(1), points=[20], size=200)
    >>> bool(table.loc[("within, of the level", 0.05), 20] < 0.2)
    True
    """
    truth, errors = Logistic(1.0, 1.0, 0.0), {}
    for reading, noise, count in product(_READINGS, noises, points):
        t = np.linspace(truth.when(0.01), truth.when(share), count)
        draw, of_level = _READINGS[reading]
        unit = truth(t) if of_level else np.ones(count)
        records = truth(t) + noise * unit * draw(rng, (size, count))
        ceilings = fit_many(Logistic, t, records, weights=unit**-2).params["m"]
        errors[reading, noise, count] = np.quantile(np.abs(ceilings - 1), quantile)
    columns = {
        count: {key[:2]: v for key, v in errors.items() if key[2] == count} for count in points
    }
    table = pd.DataFrame(columns).rename_axis(index=["errors", "noise"], columns="points")
    return table.where(table <= 10, np.inf)


def ceiling_errors(
    shares: Sequence[float],
    *,
    rng: np.random.Generator,
    noises: Sequence[float] = (0.05, 0.1),
    points: int = 50,
    size: int = 1000,
) -> pd.DataFrame:
    """Return how far off a logistic's ceiling is, by how much of it was seen.

    Parameters
    ----------
    shares : sequence of float
        Of the ceiling, at which records end.
    rng : Generator
    noises, points, size
        As in `half_curve_rule`; one length of the record.

    Returns
    -------
    DataFrame
        Rows are shares; columns noise and reading of the errors. In each cell the error that nine
        in ten fits stay below, infinite where it exceeds ten.

    Examples
    --------
    >>> table = ceiling_errors([0.3, 0.9], rng=np.random.default_rng(1), noises=[0.1], size=200)
    >>> bool((table.loc[0.9] < table.loc[0.3]).all())
    True
    """
    options = {"rng": rng, "noises": noises, "points": [points], "size": size}
    rows = {share: half_curve_rule(share=share, **options)[points] for share in shares}
    table = pd.DataFrame(rows).T.rename_axis(index="share")
    return table.swaplevel(axis=1).sort_index(axis=1, level=0, sort_remaining=False)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.standard_normal(shape)


def _uniform(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.uniform(-1.0, 1.0, shape)


_READINGS = {
    "within, of the level": (_uniform, True),
    "standard deviation, of the level": (_normal, True),
    "standard deviation, of the ceiling": (_normal, False),
}
"""How errors of 10% may be read: the law of the error, and whether it is in proportion."""


def level_errors(fits: pd.DataFrame, truth: Curve, t: float) -> pd.DataFrame:
    """Return how far off the level at one later time was, by cut.

    Parameters
    ----------
    fits : DataFrame
        What `uptake.recovery.recovery` returned for ``truth``.
    truth : Curve
    t : float
        Time of the forecast.

    Returns
    -------
    DataFrame
        By cut: ``observed``, and of ``abs(forecast / true - 1)`` the ``median`` and
        ``nine_in_ten``, its 90% quantile.

    Examples
    --------
    >>> from uptake import Logistic
    >>> from uptake.recovery import recovery
    >>> truth, rng = Logistic(1.0, 1.0, 0.0), np.random.default_rng(1)
    >>> fits = recovery(truth, np.arange(-5, 5.5, 0.5), [-1, 5], noise=0.01, rng=rng, kind="stock")
    >>> level_errors(fits, truth, 6.0)["median"].is_monotonic_decreasing
    True
    """
    parameters = [fits[name].to_numpy() for name in truth.names()]
    level = parameters[0] * type(truth).shape(np.float64(t), *parameters[1:])
    off = pd.Series(np.abs(level / float(truth(t)) - 1), index=fits.index)
    by_cut = off.groupby(fits["cut"])
    table = fits.groupby("cut")[["observed"]].first()
    return table.assign(median=by_cut.median(), nine_in_ten=by_cut.quantile(0.9))


def families(curves: Sequence[type[Curve]], t: Any, y: Any, **options: Any) -> pd.DataFrame:
    """Fit several curves to one record and set fit quality beside what they say of the end.

    Parameters
    ----------
    curves : sequence of type of Curve
    t, y
        As for `uptake.fit`.
    **options
        Passed to `uptake.fit`.

    Returns
    -------
    DataFrame
        By curve: ``r2`` (share of the variance about the mean explained), ``aicc`` above the
        lowest, ``weight`` (Akaike's, which add to one), the ``ceiling`` with ``low`` and ``high``
        of its 95% profile interval, all infinite for a curve without one; ``fit``, the `Fit`.

    Examples
    --------
    >>> from uptake import Exponential, Logistic
    >>> t = np.arange(10.0)
    >>> table = families([Logistic, Exponential], t, Logistic(1.0, 1.0, 9.0)(t))
    >>> (table["r2"] > 0.98).tolist(), table["ceiling"].round(2).tolist()
    ([True, True], [1.0, inf])
    """
    rows = {}
    for curve in curves:
        result = fit(curve, t, y, **options)
        no_end = Interval(np.inf, np.inf)
        interval = result.interval(curve.names()[0]) if curve.bounded else no_end
        explained = 1 - result.sse / ((result.y - result.y.mean()) ** 2).sum()
        ceiling = result.curve.ceiling if result.interior else np.inf
        about = {"r2": explained, "aicc": result.aicc, "ceiling": ceiling}
        rows[curve.__name__] = about | {"low": interval.low, "high": interval.high, "fit": result}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table["aicc"] = table["aicc"] - table["aicc"].min()
    weight = np.exp(-table["aicc"].astype(float) / 2)
    table.insert(2, "weight", weight / weight.sum())
    return table


def planning(
    truth: Curve,
    points: Sequence[int],
    cuts: Sequence[float],
    *,
    noise: float,
    correlation: float,
    rng: np.random.Generator,
    size: int = 1000,
) -> pd.DataFrame:
    """Return how often a record of so many flows, ending at such a stage, bounds its ceiling.

    Parameters
    ----------
    truth : Curve
        Launched at zero.
    points : sequence of int
        Numbers of flows.
    cuts : sequence of float
        Ends of the record as shares of the time of the peak.
    noise, correlation, rng, size
        As for `uptake.recovery.recovery`.

    Returns
    -------
    DataFrame
        One row per number of points and cut: ``bounded`` and ``covered`` (shares of records whose
        95% interval has an upper end, and holds the true ceiling), and the quantiles ``q05`` and
        ``q95`` of the fitted ceiling over the true one.

    Examples
    --------
    >>> from uptake import Bass
    >>> table = planning(Bass(1.0, 0.01, 0.4), [20], [0.5, 1.5], noise=0.05, correlation=0.0,
    ...                  rng=np.random.default_rng(1), size=200)
    >>> table["bounded"].gt(0.5).tolist()
    [False, True]
    """
    options = {"noise": noise, "correlation": correlation, "rng": rng, "size": size}
    rows = {}
    for count, cut in product(points, cuts):
        end = cut * truth.peak
        fits = recovery(truth, np.linspace(0, end, count + 1), [end], **options)
        q05, q95 = fits["ratio"].quantile([0.05, 0.95])
        shares = {"bounded": 1 - fits["unbounded"].mean(), "covered": fits["covered"].mean()}
        rows[count, cut] = shares | {"q05": q05, "q95": q95}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.rename_axis(["points", "cut"])
