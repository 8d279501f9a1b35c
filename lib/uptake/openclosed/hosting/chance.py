"""Whether the record of host prices could show what C11 predicts; and what no trend looks like."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.hosting.jackknife import host_half_width
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.spread import of_panel, years
from uptake.openclosed.simulations import SlopeSimulation


def simulate(
    effect: float,
    rng: np.random.Generator,
    *,
    coin: str = "developer",
    size: int = 1000,
    by_host: bool = True,
) -> SlopeSimulation:
    r"""Simulate records as long and as noisy as the primary one, with a known trend.

    The common trend is taken out of the real dispersions. Then the record of each model is read
    forwards or backwards by the toss of a coin, one coin for each developer or model, and the
    effect is put in:

    .. math:: D^*_{mt} = D_{m,\pi(t)}\, e^{-\hat\beta \pi(t)}\, e^{\beta t}

    A record without a trend is as likely either way round, so jumps, months without change,
    zeros and what models of a developer share stay as they are, and no model of price changes is
    needed.

    Parameters
    ----------
    effect : float
        True trend, log units a year.
    rng : Generator
        Source of the coins.
    coin : {"developer", "model"}
        What is turned as one.
    size : int
        Number of simulated records.
    by_host : bool
        Whether the jackknife over hosts of the real record enters the intervals.

    Returns
    -------
    SlopeSimulation
        Its ``power`` is the share of 95% intervals that leave out zero.

    Raises
    ------
    ValueError
        If ``coin`` is neither.

    Examples
    --------
    >>> rng = np.random.default_rng(11)
    >>> simulate(-8.0, rng, size=50, by_host=False).power
    1.0
    """
    if coin not in ("developer", "model"):
        raise ValueError(f"coin is {coin!r}; use 'developer' or 'model'")
    rows = followed()
    panel = dispersion(rows)
    t, still = years(panel["month"]), without_trend(panel)
    codes, names = pd.factorize(panel[coin])
    turned = rng.integers(0, 2, (size, names.size))[:, codes].astype(bool)
    records = np.where(turned, still[backwards(panel["model"])], still) * np.exp(effect * t)
    found = of_panel(panel, records=records)
    half = np.maximum(found.half, host_half_width(rows) if by_host else 0.0)
    return SlopeSimulation(effect, found.slope - half, found.slope + half, slopes=found.slope)


def without_trend(table: pd.DataFrame) -> NDArray:
    """Return the dispersions of a panel with its common trend taken out.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.hosting.dispersion`.

    Examples
    --------
    >>> table = dispersion(followed())
    >>> bool(abs(of_panel(table.assign(dispersion=without_trend(table))).slope[0]) < 0.01)
    True
    """
    slope = of_panel(table).slope[0]
    return table["dispersion"].to_numpy() * np.exp(-slope * years(table["month"]))


def backwards(models: pd.Series) -> NDArray:
    """Return the row to read in place of each so that every model's record is read backwards.

    Parameters
    ----------
    models : Series
        Model of each row, the rows of a model together and in time order.

    Examples
    --------
    >>> backwards(pd.Series(["a", "a", "a", "b"])).tolist()
    [2, 1, 0, 3]
    """
    place = pd.Series(np.arange(len(models)), index=models.index)
    groups = place.groupby(models, sort=False)
    return (groups.transform("min") + groups.transform("max") - place).to_numpy()
