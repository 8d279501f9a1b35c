"""What came after the freeze: the relative price scored, and what one label does to it."""

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import later
from uptake.openclosed.volume import lines
from uptake.openclosed.volume.weekly import relative_price

KIMI_K3 = "moonshotai/kimi-k3"


def scored(mix: str = "observed") -> pd.DataFrame:
    """Return what the known weeks said of the relative price from June to August 2026.

    Parameters
    ----------
    mix : str
        See `relative_price`.

    Returns
    -------
    DataFrame
        By forecast: ``forecast`` (geometric mean over the later weeks), ``actual``, and ``error``
        (log units, forecast less actual). No change is the last known week; a week swings, so
        the mean of the last four stands beside it.

    Examples
    --------
    >>> scored()["forecast"].idxmax()
    'last four weeks known'
    """
    after = relative_price(mix=mix, read=later)
    full = relative_price(mix=mix, scope="all_listed_models")
    every = relative_price(mix=mix)
    slope = float(lines.hac(full["number"], full["price"]).value[0])
    ahead = after["number"].mean() - full["number"].mean()
    logs = {
        "last week, all models listed": full["price"].iloc[-1],
        "last four weeks, all models listed": full["price"].iloc[-4:].mean(),
        "line, all models listed": full["price"].mean() + slope * ahead,
        "last week known": every["price"].iloc[-1],
        "last four weeks known": every["price"].iloc[-4:].mean(),
    }
    found = pd.DataFrame({"forecast": np.exp(pd.Series(logs))})
    actual = float(after["price"].mean())
    return found.assign(actual=np.exp(actual), error=pd.Series(logs) - actual)


def one_label() -> pd.DataFrame:
    """Return shares and relative price of August 2026 with Kimi K3 counted closed and open.

    Returns
    -------
    DataFrame
        By label: open share of ``tokens`` and of ``dollars`` (means of the weeks), and
        ``relative`` (geometric mean).

    Examples
    --------
    >>> one_label().index.tolist()
    ['closed', 'open']
    """
    spend = later("router_spend").query("mix == 'observed' and week >= '2026-08-01'")
    models = later("router_models").query("week >= '2026-08-01'")
    spend = spend.set_index("week")
    dollars = {"closed": "open_dollar_share", "open": "open_dollar_share_kimi_k3_open"}
    rows = {}
    for label, column in dollars.items():
        weights = models["weights"].astype(str).mask(models["model"] == KIMI_K3, label)
        sums = models.assign(weights=weights).pivot_table(
            index="week", columns="weights", values="tokens", aggfunc="sum"
        )
        share = sums["open"] / (sums["open"] + sums["closed"])
        odds = np.log(1 / spend[column] - 1) - np.log(1 / share - 1)
        rows[label] = (share.mean(), spend[column].mean(), np.exp(odds.mean()))
    return pd.DataFrame(rows, index=["tokens", "dollars", "relative"]).T


def list_over_reported() -> pd.Series:
    """Return dollars at list prices over the dollars that the router reported, by mix of tokens.

    The report is of one month, June 2026. The weeks that begin in it stand for its days; cached
    tokens have a price of their own only since the middle of the month.

    Returns
    -------
    Series
        By mix: how many times the reported dollars the tokens would have cost at list prices.

    Examples
    --------
    >>> list_over_reported().gt(1).all()
    np.True_
    """
    told = later("later").query("series == 'openrouter_company_spend_month_usd'").iloc[0]
    month = told["date"].to_period("M")
    weeks = later("router_spend")
    weeks = weeks[weeks["week"].dt.to_period("M") == month]
    sums = weeks.assign(usd=weeks["usd_open"] + weeks["usd_closed"]).groupby("mix", observed=True)
    daily = sums["usd"].sum() / sums["days"].sum()
    return daily * month.days_in_month / told["value"]


def second_gateway() -> pd.DataFrame:
    """Return the relative price at the second gateway by month, as bounds.

    Dollars are open over open and closed; of tokens a part is not named. The bounds count that
    part as all closed or all open.

    Returns
    -------
    DataFrame
        By month: ``open_low``, ``open_high`` (share of tokens), ``dollars`` (open share), and
        ``relative_low``, ``relative_high``.

    Examples
    --------
    >>> table = second_gateway()
    >>> bool((table["relative_low"] < table["relative_high"]).all())
    True
    """
    wide = later("gateways_daily").pivot_table(
        index="date", columns="series", values="value", observed=True
    )
    month = wide.filter(like="gateway_vercel").resample("MS").mean()
    month.columns = month.columns.str.removeprefix("gateway_vercel_")
    low = month["open_share"]
    high = 1 - month["closed_share"]
    dollars = month["open_spend_share"]
    odds = (1 - dollars) / dollars
    table = {"open_low": low, "open_high": high, "dollars": dollars}
    table |= {"relative_low": odds * low / (1 - low), "relative_high": odds * high / (1 - high)}
    return pd.DataFrame(table).rename_axis(index="month")
