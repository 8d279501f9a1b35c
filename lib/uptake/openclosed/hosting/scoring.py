"""Scoring only: what the host prices of summer 2026 say of forecasts made in May."""

import functools

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE, known, later
from uptake.openclosed.hosting.panels import dispersion
from uptake.openclosed.hosting.prices import of_rows
from uptake.openclosed.hosting.spread import UNIT, dispersion_trend, of_panel

_CHOICES = {"source": "models.dev", "blend": "3:1", "variants": "cheapest"}
_CHOICES |= {"outliers": "left_out", "weights": "open"}


@functools.cache
def around() -> pd.DataFrame:
    """Return the prices of the last month before the freeze and of all months since.

    Returns
    -------
    DataFrame
        As ``host_prices().table``, with the primary choices.

    Examples
    --------
    >>> around()["month"].min()
    Timestamp('2026-05-01 00:00:00')
    """
    last = known("api_prices")
    last = last[last["month"] == FREEZE.to_period("M").to_timestamp()]
    rows = pd.concat([last, later("api_prices")], ignore_index=True)
    return of_rows(rows, **_CHOICES).table


def still_listed(minimum_hosts: int = 3) -> pd.DataFrame:
    """Return the prices of hosts that list a model in May 2026 and in every month since.

    Parameters
    ----------
    minimum_hosts : int
        Least number of such hosts of a model.

    Examples
    --------
    >>> rows = still_listed()
    >>> bool((rows.groupby(["model", "month"]).size() >= 3).all())
    True
    """
    table = around()
    months = table["month"].nunique()
    table = table[table.groupby(["model", "host"])["month"].transform("size") == months]
    size = table.groupby(["model", "month"])["host"].transform("size")
    return table[size >= minimum_hosts].reset_index(drop=True)


def since_freeze() -> Estimate:
    """Return the trend of dispersion on the same pairs from May to August 2026.

    Returns
    -------
    Estimate
        Log units a year; interval clustered by model and by developer.

    Examples
    --------
    >>> since_freeze().unit
    'log units a year'
    """
    panel = dispersion(still_listed())
    found = of_panel(panel)
    value, half = float(found.slope[0]), float(found.half[0])
    return Estimate(value, value - half, value + half, UNIT, n=len(panel))


def scored(smallest_effect: float) -> pd.DataFrame:
    """Return how three forecasts made in May 2026 fared by the last month at hand.

    Parameters
    ----------
    smallest_effect : float
        The trend that the claim asks for, log units a year.

    Returns
    -------
    DataFrame
        By forecast: ``trend`` (log units a year), ``forecast`` and ``actual`` (mean over models
        of the standard deviation of log price), ``error`` (mean absolute error over models).

    Examples
    --------
    >>> scored(-0.4).index.tolist()
    ['no change', 'fitted in May', 'smallest effect']
    """
    panel = dispersion(still_listed()).pivot_table(
        index="model", columns="month", values="dispersion"
    )
    first, last = panel.columns[0], panel.columns[-1]
    gone = (last.year - first.year) + (last.month - first.month) / 12
    trends = {"no change": 0.0, "fitted in May": dispersion_trend(by_host=False).value}
    rows = {}
    for name, slope in {**trends, "smallest effect": smallest_effect}.items():
        forecast = panel[first] * np.exp(slope * gone)
        error = (panel[last] - forecast).abs().mean()
        rows[name] = [slope, forecast.mean(), panel[last].mean(), error]
    return pd.DataFrame(rows, ["trend", "forecast", "actual", "error"]).T


def dearest_over_cheapest(models: int = 5) -> pd.DataFrame:
    """Return the tripwire's figure as it stands: dearest over cheapest host price.

    Parameters
    ----------
    models : int
        How many open models, those with most hosts in the last month at hand.

    Returns
    -------
    DataFrame
        By model: ``hosts`` and ``ratio`` in the first and the last month of `around`; NaN where a
        model was not listed.

    Examples
    --------
    >>> dearest_over_cheapest().shape
    (5, 4)
    """
    groups = around().groupby(["model", "month"])["price"]
    table = pd.DataFrame({"hosts": groups.size(), "ratio": groups.max() / groups.min()})
    wide = table.pivot_table(index="model", columns="month", values=["hosts", "ratio"])
    months = [wide["hosts"].columns[0], wide["hosts"].columns[-1]]
    top = wide.sort_values(("hosts", months[-1]), ascending=False, kind="stable").index[:models]
    columns = {f"{kind}, {month:%B}": wide.loc[top, (kind, month)]
               for month in months for kind in ("hosts", "ratio")}  # fmt: skip
    return pd.DataFrame(columns)
