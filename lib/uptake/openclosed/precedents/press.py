"""Thin records from the press: two measures of one market in one period. Described, not fitted."""

from __future__ import annotations

import pandas as pd

from uptake.openclosed.freeze import known

PAIRS = {
    "Apple, phones": ("smartphone_units_share_ios", "smartphone_profit_share_apple"),
    "Windows, servers": ("server_os_units_share_windows", "server_os_revenue_share_windows"),
    "Linux, servers": ("server_os_units_share_linux", "server_os_revenue_share_linux"),
}
"""Series of volume (units) and of value (profit or revenue)."""

MEASURES = {
    "all_sites": "all sites",
    "active_sites": "active sites",
    "top_million": "top million sites",
    "computers": "computers",
}
"""What Netcraft counts."""


def volume_and_value() -> pd.DataFrame:
    """Return shares of volume and of value in the quarters that have both.

    Returns
    -------
    DataFrame
        ``side``, ``quarter`` (its first day), ``volume`` (share of units), ``value`` (share of
        revenue, or of the industry's profit), ``ratio`` of the odds of value over those of volume.

    Examples
    --------
    >>> table = volume_and_value().set_index(["side", "quarter"])
    >>> table.loc[("Apple, phones", "2011-07-01"), ["volume", "value"]].tolist()
    [0.15, 0.52]
    """
    table, rows = known("precedents"), []
    table = table[table["period"] == "quarter"].set_index("date")
    for name, series in PAIRS.items():
        sides = [table.loc[table["series"] == one, "value"] for one in series]
        both = pd.concat(sides, axis=1, keys=["volume", "value"], join="inner")
        odds = both / (1 - both)
        both["ratio"] = odds["value"] / odds["volume"]
        rows.append(both.rename_axis("quarter").reset_index().assign(side=name))
    columns = ["side", "quarter", "volume", "value", "ratio"]
    return pd.concat(rows, ignore_index=True)[columns]


def same_month() -> pd.DataFrame:
    """Return the shares of web servers in months for which all servers at hand have two measures.

    Returns
    -------
    DataFrame
        Indexed by month and measure; a column for each of apache, microsoft, nginx (missing where
        not at hand), and ``leader``, the largest where two or more are at hand.

    Examples
    --------
    >>> same_month().loc["2022-04-01", "leader"].to_dict()["computers"]
    'nginx'
    """
    table = known("precedents")
    names = table["series"].astype(str).str.extract(r"^webserver_(.+)_share_(.+)$")
    rows = table.assign(measure=names[0].map(MEASURES), server=names[1]).dropna(subset=["server"])
    wide = rows.pivot_table(index=["date", "measure"], columns="server", values="value")
    wide["leader"] = wide.idxmax(axis=1).where(wide.notna().sum(axis=1) > 1)
    leaders = wide.dropna(subset=["leader"])
    several = leaders.groupby(level="date")["leader"].transform("size") > 1
    return leaders[several].rename_axis(columns=None)
