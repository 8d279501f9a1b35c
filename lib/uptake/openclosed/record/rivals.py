"""Other readings of the same scores: two curves or one, and the same share measured twice."""

import numpy as np
import pandas as pd

from uptake.forecasting import Drift, predict
from uptake.openclosed.freeze import FREEZE, later
from uptake.openclosed.record.hindcast import came
from uptake.openclosed.record.series import series


def two_curves_or_one() -> pd.DataFrame:
    """Return the open share that separate growth of both sides implies, beside one substitution.

    The log odds of open are the log of open tokens less the log of closed tokens. So an
    exponential for each side, or a mean growth for each, implies a straight line in the log odds:
    the substitution curve of Fisher and Pry. The two readings forecast the same share.

    Returns
    -------
    DataFrame
        By week after the freeze: ``separate`` (mean growth of each side carried on), ``one`` (mean
        growth of the odds), ``actual``, all open shares of tokens.

    Examples
    --------
    >>> table = two_curves_or_one()
    >>> bool(np.allclose(table["separate"], table["one"]))
    True
    """
    share = series()["router_token_share"]
    actual = came(share)
    sides = {name: _drift(f"router_{name}_tokens", actual.index) for name in ("open", "closed")}
    return pd.DataFrame(
        {
            "separate": sides["open"] / (sides["open"] + sides["closed"]),
            "one": share.from_fit(_drift("router_token_share", actual.index)),
            "actual": actual.to_numpy(),
        },
        index=actual.index,
    )


def _drift(name: str, targets: pd.DatetimeIndex) -> np.ndarray:
    one = series()[name]
    table = one.record(FREEZE)
    frame = predict(
        [Drift], pd.DatetimeIndex(table["date"]), one.to_fit(table["value"]), targets, scale="log"
    )
    return frame["forecast"].to_numpy()


def measured_twice() -> pd.DataFrame:
    """Return the router's open share by week from two archives that were compiled apart.

    Returns
    -------
    DataFrame
        By week: ``weekly``, from the rankings by model; ``daily``, mean of the days; ``low`` and
        ``high``, the same if tokens of models not named were all closed or all open.

    Examples
    --------
    >>> table = measured_twice()
    >>> bool((table["low"] <= table["high"]).all())
    True
    """
    daily = later("gateways_daily").pivot_table(
        index="date", columns="series", values="value", observed=True
    )
    daily = daily.filter(like="gateway_openrouter")
    daily.columns = daily.columns.str.removeprefix("gateway_openrouter_")
    weeks = daily.resample("W-MON", label="left", closed="left")
    mean = weeks.mean()[weeks.size() == 7]
    opened, closed = mean["open_share"], mean["closed_share"]
    table = {"daily": opened / (opened + closed), "low": opened, "high": 1 - closed}
    weekly = came(series()["router_token_share"])
    return pd.DataFrame(table).assign(weekly=weekly.reindex(mean.index)).dropna()
