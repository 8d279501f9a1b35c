"""Records without an effect for C1, C2, C3 and C8: noise as large and as lasting as the real one.

C2, C3, C8: each specification has a record of its own, and these records hang together. Noise is
first-order autoregressive, as in the themes' own simulators, and its surprises are drawn for all
records of a claim together, with the correlations between the real ones.

C1: the regression is fitted with no displacement, and the sign of each step's error is drawn by
lot, one lot for all specifications (the wild bootstrap of Wu 1986, Annals of Statistics 14); this
keeps unequal errors as they are, and does not keep their correlation from step to step.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.market import records as market_records
from uptake.openclosed.market.displacement import in_tokens
from uptake.openclosed.market.profile import PARAMETERS, Steps, profile
from uptake.openclosed.premium.ratio import premium
from uptake.openclosed.trends import slope
from uptake.openclosed.volume import lines
from uptake.openclosed.volume.breadth import breadth
from uptake.openclosed.volume.weekly import relative_price

Result = tuple[NDArray, NDArray, NDArray]
"""Rows of the table, estimates on the real record, and on the simulated ones."""


def relative_prices(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return trends of the relative price (C2) on records without a trend.

    Parameters
    ----------
    table : DataFrame
        Specifications of C2.
    rng : Generator
        Source of randomness.
    size : int
        Number of records.
    """
    names = ["mix", "scope", "february", "free_variants"]
    found = _each(table, names, lambda chosen: relative_price(**chosen))
    series = [pd.Series(each["price"].to_numpy(), each["number"]) for each in found]
    real, drawn = _together(series, rng, size, kind="slope")
    return np.arange(len(table)), lines.WEEKS_A_YEAR * real, lines.WEEKS_A_YEAR * drawn


def premiums(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return trends of the premium (C3) on records without a trend.

    Parameters
    ----------
    table : DataFrame
        Specifications of C3.
    rng, size
        As for `relative_prices`.
    """
    names = ["definition", "blend", "start", "source", "vintage"]
    found = _each(table, names, lambda chosen: premium(**chosen))
    series = [
        pd.Series(each["premium"].to_numpy(), 12 * each.index.year + each.index.month)
        for each in found
    ]
    real, drawn = _together(series, rng, size, kind="slope")
    return np.arange(len(table)), 12 * real, 12 * drawn


def breadths(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return ratios of breadth (C8) on records in which both sides are equally broad.

    Parameters
    ----------
    table : DataFrame
        Specifications of C8.
    rng, size
        As for `relative_prices`.
    """
    names = ["unit_of_use", "concentration", "free_variants", "scope"]
    found = _each(table, names, lambda chosen: breadth(**chosen))
    series = [pd.Series(np.log(each["open"] / each["closed"]).to_numpy(), each["number"])
              for each in found]  # fmt: skip
    real, drawn = _together(series, rng, size, kind="mean")
    return np.arange(len(table)), np.exp(real), np.exp(drawn)


def _each(table: pd.DataFrame, names: list[str], make: object) -> list[pd.DataFrame]:
    """Return the record of each specification; one that two share is made once."""
    keys = list(table[names].itertuples(index=False, name=None))
    made = {key: make(dict(zip(names, key, strict=True))) for key in dict.fromkeys(keys)}
    return [made[key] for key in keys]


def _together(
    series: list[pd.Series], rng: np.random.Generator, size: int, *, kind: str
) -> tuple[NDArray, NDArray]:
    """Return the slope or mean of each record, and of noise drawn for all of them together.

    Parameters
    ----------
    series : list of Series
        Records, indexed by the number of the week or month.
    kind : {"slope", "mean"}
        What is estimated.
    """
    parts = [_taken_apart(each, kind) for each in series]
    begin = min(each.index.min() for each in series)
    span = max(each.index.max() for each in series) - begin + 1
    surprises = pd.concat([part[2] for part in parts], axis=1).corr().fillna(0.0).to_numpy()
    shocks = rng.standard_normal((size, span, len(series))) @ _root(surprises).T
    rho = np.array([part[0] for part in parts])
    noise = np.empty_like(shocks)
    noise[:, 0] = shocks[:, 0]
    for step in range(1, span):
        noise[:, step] = rho * noise[:, step - 1] + np.sqrt(1 - rho**2) * shocks[:, step]
    estimate = {"slope": slope, "mean": lambda _, y: np.asarray(y).mean(axis=-1)}[kind]
    real = np.array([float(estimate(each.index, each.to_numpy())) for each in series])
    drawn = [
        part[1] * estimate(each.index, noise[:, each.index - begin, place])
        for place, (each, part) in enumerate(zip(series, parts, strict=True))
    ]
    return real, np.column_stack(drawn)


def _taken_apart(record: pd.Series, kind: str) -> tuple[float, float, pd.Series]:
    r"""Return autocorrelation, standard deviation and surprises of a record's noise.

    The variance is :math:`e^T e / \operatorname{tr}(M R)`, as in `lines.simulate`: its expectation
    is right when ``R`` holds the correlations and ``M`` makes residuals.
    """
    at, y = record.index.to_numpy(), record.to_numpy(float)
    rho = float(lines.hac(at, y, kind=kind).correlation[0])
    columns = [np.ones(at.size)] + ([at - at.mean()] if kind == "slope" else [])
    basis = np.linalg.qr(np.column_stack(columns))[0]
    residuals = y - basis @ (basis.T @ y)
    between = rho ** np.abs(np.subtract.outer(at, at))
    variance = residuals @ residuals / (np.trace(between) - np.trace(basis.T @ between @ basis))
    follows = np.diff(at) == 1
    surprise = (residuals[1:] - rho * residuals[:-1])[follows]
    return rho, math.sqrt(variance), pd.Series(surprise, at[1:][follows])


def _root(correlations: NDArray) -> NDArray:
    """Return a root of a correlation matrix made pair by pair, negative eigenvalues set to zero."""
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return root / np.linalg.norm(root, axis=1, keepdims=True)


def displaced(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return displacements (C1) on records in which nothing is displaced.

    Specifications without an estimate stay in, as do simulated ones in which none is finite.

    Parameters
    ----------
    table : DataFrame
        Specifications of C1.
    rng, size
        As for `relative_prices`.
    """
    signs: dict[pd.Timestamp, NDArray] = {}
    known: dict[tuple, NDArray] = {}
    found = []
    for row in table.to_dict("records"):
        key = tuple(_concerning(row).items())
        if key not in known:
            known[key] = _displacements(dict(key), signs, rng, size)
        found.append(known[key])
    values = np.column_stack(found)
    return np.arange(len(table)), values[0], values[1:]


def _concerning(row: dict) -> dict[str, str]:
    """Return the choices with those that do not concern a record at one level."""
    names = ("record", "displaced", "start", "weak_months", "free_variants", "errors")
    chosen = {name: row[name] for name in names}
    if row["record"] != "tokens":
        chosen |= {"start": market_records.STARTS[1], "free_variants": "keep"}
    if row["record"] == "downloads":
        chosen |= {"weak_months": "keep"}
    return chosen


def _displacements(
    chosen: dict[str, str], signs: dict, rng: np.random.Generator, size: int
) -> NDArray:
    side, errors = chosen.pop("displaced"), chosen.pop("errors")
    table = in_tokens(chosen.pop("record"), **chosen)
    steps = Steps.of(table, side)
    if len(steps.number) < 2 * PARAMETERS:
        return np.full(size + 1, np.nan)
    days = table.index[np.searchsorted(table["number"], steps.number)]
    for day in days:
        if day not in signs:
            signs[day] = rng.choice([-1.0, 1.0], size)
    errors_now = _errors_without(steps)
    turned = errors_now * np.column_stack([signs[day] for day in days])
    growth = np.vstack([steps.growth, steps.growth - errors_now + turned])
    values = profile(steps, growth, errors=errors).best()[0]
    return np.where(np.isfinite(values), values, np.nan)


def _errors_without(steps: Steps) -> NDArray:
    """Return the errors of the regression with no displacement, common demand at its best."""
    trend = np.linalg.qr(steps.design[:, :2])[0]
    own, other = (each - trend @ (trend.T @ each) for each in (steps.growth, steps.other))
    return own - np.clip(own @ other / (other @ other), 0, 1) * other
