"""Before any score: whether so few series could tell a better forecaster from a worse one."""

import functools

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.record.models import past
from uptake.openclosed.record.tables import declared, series

AHEAD = {"labs": 3, "users": 2, "router": 12, "index": 3}
"""Points ahead by subject: months, or for the router weeks, from the freeze to August 2026."""
COUNTS = ("subjects", "series")


@functools.cache
def past_errors() -> pd.DataFrame:
    """Return the errors of both compared models on the records known at the freeze.

    Returns
    -------
    DataFrame
        One row per series and origin: ``subject``, ``series``, ``points`` known, ``difference``,
        the mean over horizons of the absolute error of the first model less that of the second,
        in units of the second's mean error on that series.

    Examples
    --------
    >>> past_errors()["subject"].unique().tolist()
    ['labs', 'users', 'router', 'index']
    """
    first, second = declared()["comparison"]["first"], declared()["comparison"]["second"]
    parts = []
    for name, one in series(hindcast=True).items():
        frame = _past(name)
        if first not in set(frame["model"]):
            continue
        wide = frame.pivot_table(index="points", columns="model", values="error")
        gap = ((wide[first] - wide[second]) / usual(name)).rename("difference").reset_index()
        parts.append(gap.assign(subject=one.subject, series=name))
    return pd.concat(parts, ignore_index=True)


def usual(name: str) -> float:
    """Return the mean error of the second compared model on a series before the freeze.

    Parameters
    ----------
    name : str
        Of a series with a record at the freeze.

    Returns
    -------
    float
        In logs, log odds or points; over all origins and horizons of `past`.

    Examples
    --------
    >>> usual("openai_revenue") > 0
    True
    """
    frame = _past(name)
    return float(frame.loc[frame["model"] == declared()["comparison"]["second"], "error"].mean())


@functools.cache
def _past(name: str) -> pd.DataFrame:
    one = series()[name]
    return past(one, FREEZE, AHEAD[one.subject])


def power(
    effect: float, rng: np.random.Generator, *, size: int = 20_000, level: float = 0.95
) -> pd.DataFrame:
    """Return how often a pooled comparison as small as ours would see an effect.

    A simulated summer gives every series the effect and a deviation drawn from its own past
    origins, the same origin for all series of a subject, since they move together. The interval
    is Student's t on the means of the subjects, or on the series as if they were independent.

    Parameters
    ----------
    effect : float
        True mean difference, in units of the second model's usual error.
    rng : Generator
        Source of randomness.
    size : int
        Simulated summers.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame
        By what is counted, ``subjects`` or ``series``: ``n``; ``power``, the share of intervals
        without zero; ``coverage``, the share that holds the effect; ``visible``, the effect that
        half of the intervals would tell from zero.

    Examples
    --------
    >>> table = power(-0.2, np.random.default_rng(1), size=500)
    >>> table.loc["subjects", "n"]
    np.float64(4.0)
    """
    table = past_errors()
    drawn, subjects = _deviations(table, rng, size), table.groupby("series")["subject"].first()
    by_subject = np.array([drawn[:, subjects == each].mean(1) for each in subjects.unique()]).T
    rows = {}
    for name, noise in zip(COUNTS, (by_subject, drawn), strict=True):
        middle, half = interval(noise, level)
        rows[name] = {
            "n": noise.shape[1],
            "power": (np.abs(middle + effect) > half).mean(),
            "coverage": (np.abs(middle) <= half).mean(),
            # The effect that puts the interval's near end beyond zero in half of the draws.
            "visible": -np.median(half + middle),
        }
    return pd.DataFrame(rows).T


def interval(values: NDArray, level: float = 0.95) -> tuple[NDArray, NDArray]:
    """Return mean and half-width of Student's t interval along the last axis.

    Raises
    ------
    ValueError
        For fewer than two values, of which no spread can be known.

    Examples
    --------
    >>> middle, half = interval(np.array([1.0, 3.0]))
    >>> float(middle), round(float(half), 1)
    (2.0, 12.7)
    """
    values = np.asarray(values, float)
    n = values.shape[-1]
    if n < 2:
        raise ValueError(f"{n} value has no spread; an interval needs two or more")
    error = values.std(axis=-1, ddof=1) / np.sqrt(n)
    return values.mean(axis=-1), stats.t.ppf((1 + level) / 2, n - 1) * error


def least_p(n: int) -> float:
    """Return the smallest two-sided p of a sign test on ``n`` pairs: all won by one side.

    Examples
    --------
    >>> least_p(4)
    0.125
    """
    return float(stats.binomtest(n, n).pvalue)


def _deviations(table: pd.DataFrame, rng: np.random.Generator, size: int) -> NDArray:
    """Draw one past deviation per series (size, series); one uniform for each subject."""
    draws = {subject: rng.random(size) for subject in table["subject"].unique()}
    columns = []
    for _, rows in table.groupby("series"):
        own = (rows["difference"] - rows["difference"].mean()).to_numpy()
        at = np.floor(draws[rows["subject"].iloc[0]] * own.size).astype(int)
        columns.append(own[at])
    return np.array(columns).T
