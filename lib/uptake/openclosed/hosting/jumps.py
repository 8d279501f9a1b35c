"""Power of C11's estimate if dispersion falls by jumps: single prices, or whole hosts, reprice.

C11 is judged by the power for single prices. The record moves by few jumps, so dispersion that
shrinks smoothly in every model (`uptake.openclosed.hosting.simulate`) is too easy a case; and most
hosts that reprice leave most of their prices alone, so whole hosts are too hard a one.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from uptake.openclosed.hosting.jackknife import host_half_width
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.spread import of_panel, years
from uptake.openclosed.simulations import SlopeSimulation

UNITS = {"host": ["host"], "price": ["host", "model"]}
"""What jumps as one: all prices of a host, or one price by itself."""

CALIBRATION = 60
"""Records over which dispersion is averaged to find how often prices must jump."""


def simulate_jumps(
    effect: float, rng: np.random.Generator, *, unit: str = "price", size: int = 40
) -> SlopeSimulation:
    r"""Simulate records in which prices stand still and then jump to the median of their model.

    Every pair of host and model starts at its real first price. In each month a unit reprices
    with probability :math:`1 - e^{-\lambda/12}`, and then each of its prices is the median of the
    first prices of its model. The rate :math:`\lambda` is such that the mean dispersion over
    records has the trend asked for. Estimate and interval are those of the claim, with the
    jackknife over hosts done anew on each record.

    Parameters
    ----------
    effect : float
        True trend, log units a year; negative.
    rng : Generator
        Source of the months in which units reprice.
    unit : {"price", "host"}
        What reprices as one; by default what C11 is judged by.
    size : int
        Number of simulated records.

    Returns
    -------
    SlopeSimulation
        Its ``power`` is the share of 95% intervals that leave out zero.

    Raises
    ------
    ValueError
        If the unit is neither, or the effect is not negative.

    Examples
    --------
    >>> simulate_jumps(-0.4, np.random.default_rng(1), size=3).slopes.shape
    (3,)
    """
    if unit not in UNITS or not effect < 0:
        raise ValueError(f"unit is {unit!r}, effect {effect}; use 'host' or 'price', and below 0")
    rows = followed()
    months = round(12 * years(rows["month"]).max()) + 1
    count = rows.groupby(UNITS[unit]).ngroups
    rate = _rate(effect, rows, unit, rng.random((CALIBRATION, count, months)))
    found = []
    for draw in rng.random((size, count, months)):
        record = repriced(rows, draw < _chance(rate), unit=unit)
        fit = of_panel(dispersion(record))
        found.append([fit.slope[0], max(fit.half[0], host_half_width(record))])
    slope, half = np.array(found).T
    return SlopeSimulation(effect, slope - half, slope + half, slopes=slope)


def repriced(rows: pd.DataFrame, events: NDArray, *, unit: str = "host") -> pd.DataFrame:
    """Return prices that stand at their first value until their unit reprices.

    Parameters
    ----------
    rows : DataFrame
        From `uptake.openclosed.hosting.followed`.
    events : ndarray of bool, shape (units, months)
        Whether a unit reprices in a month; units in the order of their names. Only events after
        the first month of a model move its prices.
    unit : {"host", "price"}
        As in `simulate_jumps`.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": "m", "host": ["a", "a", "b", "b"],
    ...                      "month": pd.to_datetime(["2026-01-01", "2026-02-01"] * 2),
    ...                      "price": [1.0, 1.0, 4.0, 4.0]})
    >>> repriced(rows, np.array([[False, False], [False, True]]))["price"].tolist()
    [1.0, 1.0, 4.0, 2.0]
    """
    place = np.rint(12 * years(rows["month"])).astype(int)
    start = pd.Series(place, index=rows.index).groupby(rows["model"]).transform("min").to_numpy()
    log = np.log(rows["price"]).where(place == start)
    first = log.groupby([rows["host"], rows["model"]]).transform("max")
    median = log.groupby(rows["model"]).transform("median")
    which = rows.groupby(UNITS[unit]).ngroup().to_numpy()
    so_far = events.cumsum(axis=1)
    moved = so_far[which, place] > so_far[which, start]
    return rows.assign(price=np.exp(np.where(moved, median, first)))


def _rate(effect: float, rows: pd.DataFrame, unit: str, draws: NDArray) -> float:
    """Return the yearly rate at which the mean dispersion over records has the trend."""

    def off(rate: float) -> float:
        records = [dispersion(repriced(rows, d < _chance(rate), unit=unit)) for d in draws]
        mean = records[0].assign(dispersion=np.mean([r["dispersion"] for r in records], axis=0))
        return float(of_panel(mean).slope[0]) - effect

    return brentq(off, 0.0, -8 * effect, xtol=0.01)


def _chance(rate: float) -> float:
    return 1 - np.exp(-rate / 12)
