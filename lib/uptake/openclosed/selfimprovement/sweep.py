"""The growth model over the ranges of all its parameters at once, and the ones that matter."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import qmc, rankdata

from uptake.openclosed.selfimprovement.calibration import Today
from uptake.openclosed.selfimprovement.growth import Path, World, run


@dataclass(frozen=True)
class Range:
    """A parameter's range, its scale and what it rests on.

    Attributes
    ----------
    symbol, meaning : str
        As in `World`, but per year or in months where it has a dimension.
    low, high : float
        Ends.
    basis : str
        Where they come from; "assumed" where nobody has published the quantity.
    log : bool
        Whether all ratios, not all values, are equally likely.
    """

    symbol: str
    meaning: str
    low: float
    high: float
    basis: str
    log: bool = False


def ranges(start: Today) -> dict[str, Range]:
    """Return the ranges of all parameters, and of today's lag.

    Parameters
    ----------
    start : Today
        From `today`.

    Examples
    --------
    >>> from uptake.openclosed.selfimprovement.calibration import today
    >>> found = ranges(today(draws=50))
    >>> found["elasticity"].high
    2.58
    """
    work = "Whitfill and Wu 2025: 2.58 or about 0"
    index, press = "capability index, 95% interval", "none to the longest known by May"
    return {
        "hardening": Range("B", "growth of research inputs, log a year", 0.2, 1.6, "assumed"),
        "returns": Range(
            "r", "models' work gained per e-fold difficulty", 0.25, 4, "assumed", True
        ),
        "elasticity": Range("σ", "substitution of compute and work", 0.05, 2.58, work),
        "compute": Range("α", "share of compute in research", 0.2, 0.8, "assumed"),
        "automated": Range("w", "share of models in research work", 0.01, 0.5, "assumed", True),
        "copied": Range("S", "share of open progress that is copied", 0, 0.9, "assumed"),
        "quickening": Range("θ", "copying speeds up with research", 0, 1, "whole range"),
        "access": Range("a", "use of closed models as tools", 0, 1, "whole range"),
        "withheld": Range("H", "hold-back today, months", 0, start.delay, press),
        "tightening": Range("η", "growth of hold-back, months a year", 0, 2, "assumed"),
        "closing": Range("c", "copying cut off, log a year", 0, 0.5, "assumed"),
        "lag": Range("ℓ", "lag today, months", start.lag.low, start.lag.high, index),
    }


def world(values: dict[str, float]) -> World:
    """Return the world of parameters given per year and in months, and the lag they start from.

    Parameters
    ----------
    values : dict
        By the names of `ranges`.

    Examples
    --------
    >>> keys = "hardening returns elasticity compute automated copied quickening access".split()
    >>> values = dict.fromkeys(keys, 0.5) | {"withheld": 3.0, "tightening": 1.0, "closing": 0.2}
    >>> found = world(values | {"lag": 6.0})
    >>> found.hardening, found.withheld
    (0.25, 0.5)
    """
    lag = values["lag"]
    plain = {k: v for k, v in values.items() if k != "lag"}
    scaled = {
        "hardening": values["hardening"] * lag / 12,
        "closing": values["closing"] * lag / 12,
        "withheld": values["withheld"] / lag,
        "tightening": values["tightening"] / 12,
    }
    return World(**(plain | scaled))


def middle(found: dict[str, Range], **others: float) -> dict[str, float]:
    """Return the middle of every range (of its logarithm where it is logarithmic).

    Parameters
    ----------
    found : dict
        From `ranges`.
    **others
        Values to use instead.
    """
    mid = {
        k: float(np.sqrt(r.low * r.high)) if r.log else (r.low + r.high) / 2
        for k, r in found.items()
    }
    return mid | others


def outcome(values: dict[str, float], years: float) -> dict[str, float]:
    """Solve one world and say what became of the lag and of the distance.

    Parameters
    ----------
    values : dict
        As for `world`.
    years : float
        Horizon.

    Returns
    -------
    dict
        ``true`` and ``measured``: drift of the two lags, months a year; ``first``: that of the
        measured one in the first year; ``distance``: the gap in capability as a multiple of
        today's; ``runaway``; ``progress`` of the closed side by the horizon, as a multiple of that
        at today's speed; ``years``, the time run.
    """
    lag = values["lag"]
    horizon = years * 12 / lag
    path = run(world(values), horizon, points=120)
    end = path.t[-1]
    early = min(12 / lag, end)
    first = np.interp(early, path.t, path.measured_lag) - path.measured_lag[0]
    return {
        "true": _drift(path, path.true_lag),
        "measured": _drift(path, path.measured_lag),
        "first": float(first / early * 12),
        "distance": float(path.gap[-1] / path.gap[0]),
        "runaway": path.runaway,
        "progress": float(path.best[-1] / horizon),
        "years": float(end * lag / 12),
    }


def _drift(path: Path, lag: np.ndarray) -> float:
    # A lag per lag is a month per month, whatever the lag is.
    return float((lag[-1] - lag[0]) / path.t[-1] * 12)


def sweep(
    found: dict[str, Range],
    rng: np.random.Generator,
    *,
    size: int = 512,
    years: float = 5.0,
    **fixed: float,
) -> pd.DataFrame:
    """Solve the model for a Latin hypercube of parameters.

    Parameters
    ----------
    found : dict
        From `ranges`.
    rng : Generator
        Source of randomness.
    size : int
        Number of worlds.
    years : float
        Horizon.
    **fixed
        Parameters that have one value in all worlds.

    Returns
    -------
    DataFrame, shape (size, 12 + 7)
        The parameters, then the columns of `outcome`.

    Examples
    --------
    >>> from uptake.openclosed.selfimprovement.calibration import today
    >>> table = sweep(ranges(today(draws=50)), np.random.default_rng(1), size=4)
    >>> table.shape
    (4, 19)
    """
    ends = np.array(
        [(np.log([r.low, r.high]) if r.log else (r.low, r.high)) for r in found.values()]
    )
    cube = qmc.scale(qmc.LatinHypercube(len(found), rng=rng).random(size), *ends.T)
    logs = [r.log for r in found.values()]
    cube[:, logs] = np.exp(cube[:, logs])
    table = pd.DataFrame(cube, columns=list(found)).assign(**fixed)
    rows = [outcome(values, years) for values in table.to_dict("records")]
    return table.join(pd.DataFrame(rows))


def importance(
    table: pd.DataFrame,
    found: dict[str, Range],
    target: str,
    rng: np.random.Generator,
    *,
    draws: int = 500,
) -> pd.DataFrame:
    """Return the rank correlation of each parameter with an outcome, the strongest first.

    Parameters
    ----------
    table : DataFrame
        From `sweep`.
    found : dict
        From `ranges`.
    target : str
        A column of `outcome`.
    rng : Generator
        Source of the bootstrap, which resamples worlds.
    draws : int
        Number of resamples.

    Returns
    -------
    DataFrame
        By parameter: ``rank correlation`` (Spearman), ``low``, ``high`` (95%), and ``share``, its
        square: the share of the ranks' variance that goes with it alone, since the parameters of
        a Latin hypercube are nearly uncorrelated.

    Examples
    --------
    >>> from uptake.openclosed.selfimprovement.calibration import today
    >>> found = ranges(today(draws=50))
    >>> table = sweep(found, np.random.default_rng(1), size=16)
    >>> importance(table, found, "true", np.random.default_rng(2), draws=20).shape
    (12, 4)
    """
    columns = table[[*found, target]].to_numpy(float)
    picks = rng.integers(len(columns), size=(draws, len(columns)))
    values = _spearman(columns)
    redrawn = np.array([_spearman(columns[pick]) for pick in picks])
    low, high = np.quantile(redrawn, [0.025, 0.975], axis=0)
    frame = {"rank correlation": values, "low": low, "high": high, "share": values**2}
    result = pd.DataFrame(frame, index=list(found))
    return result.sort_values("share", ascending=False)


def _spearman(columns: np.ndarray) -> np.ndarray:
    ranks = rankdata(columns, axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    return ranks[:, :-1].T @ ranks[:, -1] / len(ranks)
