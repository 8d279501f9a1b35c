r"""Which law forecasts both sides best: rolling origins, scored on the pair.

Every law forecasts the logs of open and closed tokens from each origin with the weeks known then.
Its forecast distribution is normal about that point, with the second moments of its own errors at
earlier origins, so that all laws are scored by one rule:

.. math:: S = \tfrac12 e^T \Sigma^{-1} e + \tfrac12 \ln |\Sigma| + \ln 2\pi,
          \qquad \Sigma = \tfrac1m \sum_{j \le m} e_j e_j^T .
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake import FitError, Logistic, fit
from uptake.competing import LotkaVolterra, compete
from uptake.forecasting import Comparison, diebold_mariano
from uptake.openclosed.market.records import record

SIDES = ("closed", "open")
FIRST = 26
"""Weeks known at the first origin."""
LEARNT = 8
"""Errors known before a forecast has a distribution, and is scored."""


def rolling(
    horizons: tuple[int, ...] = (1, 4), *, first: int = FIRST, table: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Forecast both sides from every origin, by every law, and score the pair.

    Parameters
    ----------
    horizons : tuple of int
        Weeks ahead.
    first : int
        Weeks known at the first origin.
    table : DataFrame, optional
        ``open`` and ``closed`` by week; by default `market.record`.

    Returns
    -------
    DataFrame
        ``model``, ``horizon``, ``points`` (weeks known), ``open`` and ``closed`` (errors, log
        points) and ``log_score``, the lower the better; empty until enough errors are known.

    Examples
    --------
    >>> weeks = pd.date_range("2025-01-06", periods=16, freq="7D")
    >>> noise = np.random.default_rng(1).normal(0, 0.1, (2, 16))
    >>> sides = pd.DataFrame(np.exp(0.05 * np.arange(16) + noise).T, weeks, SIDES)
    >>> found = rolling((1,), first=14, table=sides)
    >>> found["model"].tolist()[:2]
    ['drift', 'exponential each']
    """
    table = record() if table is None else table
    logs = np.log(table[list(SIDES)].to_numpy(float))
    rows = []
    for points in range(first, len(logs)):
        ahead = np.array([h for h in horizons if points + h <= len(logs)])
        for name, said in _forecasts(table.iloc[:points], logs[:points], ahead).items():
            errors = said - logs[points - 1 + ahead]
            rows += [(name, h, points, *e) for h, e in zip(ahead, errors, strict=True)]
    found = pd.DataFrame(rows, columns=["model", "horizon", "points", *SIDES])
    scores = [_scored(part) for _, part in found.groupby(["model", "horizon"])]
    return found.assign(log_score=pd.concat(scores))


def _forecasts(known: pd.DataFrame, logs: NDArray, ahead: NDArray) -> dict[str, NDArray]:
    """Return the logs of both sides at the weeks ahead, shape (ahead, 2), by law."""
    n = len(logs)
    week, future = np.arange(n), n - 1 + ahead
    total = np.log(np.exp(logs).sum(axis=1))
    odds = logs[:, 1] - logs[:, 0]
    whole, lead = (np.polyval(np.polyfit(week, each, 1), future) for each in (total, odds))
    return {
        "drift": logs[-1] + np.outer(ahead, (logs[-1] - logs[0]) / (n - 1)),
        "exponential each": np.column_stack(
            [np.polyval(np.polyfit(week, each, 1), future) for each in logs.T]
        ),
        "one substitution": np.column_stack(
            [whole - np.logaddexp(0, lead), whole - np.logaddexp(0, -lead)]
        ),
        "two free curves": np.column_stack(
            [_curve(week, each, future) for each in np.exp(logs - logs[0]).T]
        )
        + logs[0],
        "competition": _competition(week, np.exp(logs - logs[0]), future) + logs[0],
    }


def _curve(week: NDArray, y: NDArray, future: NDArray) -> NDArray:
    """Return the log of a logistic curve, or of its limit; NaN where the search fails."""
    try:
        return np.log(fit(Logistic, week, y, scale="log").curve(future))
    except FitError:
        # No forecast is a result: `standing` counts it, and compares where all laws have one.
        return np.full(len(future), np.nan)


def _competition(week: NDArray, y: NDArray, future: NDArray) -> NDArray:
    """Return the logs of a Lotka-Volterra pair; NaN where its search does not settle."""
    sides = dict(zip(SIDES, y.T, strict=True))
    try:
        found = compete(LotkaVolterra, week.astype(float), sides, scale="log")
    except FitError:
        return np.full((len(future), 2), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(found.system(future.astype(float))).T
    return np.where(np.isfinite(logs), logs, np.nan)


def _scored(part: pd.DataFrame) -> pd.Series:
    """Return the log scores of one law at one horizon, in order of origins."""
    horizon = int(part["horizon"].iloc[0])
    errors, scores = part[list(SIDES)].to_numpy(), np.full(len(part), np.nan)
    for i in range(len(part)):
        # The error of an origin is known a horizon later.
        past = errors[: max(i - horizon + 1, 0)]
        past = past[np.isfinite(past).all(axis=1)]
        if len(past) < LEARNT or not np.isfinite(errors[i]).all():
            continue
        spread = past.T @ past / len(past)
        quadratic = errors[i] @ np.linalg.solve(spread, errors[i])
        scores[i] = quadratic / 2 + np.linalg.slogdet(spread)[1] / 2 + np.log(2 * np.pi)
    return pd.Series(scores, part.index)


def standing(found: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score and the errors of each law, where all laws are scored.

    Parameters
    ----------
    found : DataFrame
        From `rolling`.

    Returns
    -------
    DataFrame
        By horizon and model: ``n``, ``failed`` (origins without a forecast), ``log_score``,
        ``open`` and ``closed`` (root mean squared errors, log units).

    Examples
    --------
    >>> rows = [(name, 1, p, 0.1, 0.2, 1.0) for name in ("a", "b") for p in (30, 31)]
    >>> columns = ["model", "horizon", "points", "closed", "open", "log_score"]
    >>> standing(pd.DataFrame(rows, columns=columns))["n"].tolist()
    [2, 2]
    """
    failed = found["open"].isna().groupby([found["horizon"], found["model"]]).sum()
    groups = found.groupby(["horizon", "points"])["log_score"]
    used = found[groups.transform(lambda scores: scores.notna().all())]
    by = used.groupby(["horizon", "model"])
    table = pd.DataFrame({"n": by.size(), "failed": failed, "log_score": by["log_score"].mean()})
    errors = by[["open", "closed"]].agg(lambda e: np.sqrt((e**2).mean()))
    return table.join(errors).sort_values(["horizon", "log_score"])


def against(found: pd.DataFrame, first: str, second: str, horizon: int) -> Comparison:
    """Test whether two laws score alike, with the warning for few forecasts.

    Parameters
    ----------
    found : DataFrame
        From `rolling`.
    first, second : str
        Laws.
    horizon : int
        Weeks ahead.

    Returns
    -------
    Comparison
        From `uptake.forecasting.diebold_mariano`.

    Examples
    --------
    >>> rows = [(n, 1, p, 0.0, 0.0, p + s * (p % 3)) for n, s in (("a", 0), ("b", 1))
    ...         for p in range(12)]
    >>> columns = ["model", "horizon", "points", "closed", "open", "log_score"]
    >>> against(pd.DataFrame(rows, columns=columns), "a", "b", 1).difference < 0
    True
    """
    rows = found[found["horizon"] == horizon]
    table = rows.pivot_table(index="points", columns="model", values="log_score")
    both = table[[first, second]].dropna()
    return diebold_mariano(both[first], both[second], horizon)
