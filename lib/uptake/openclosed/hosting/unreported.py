"""C13, around the estimate: what the hosts' sum may have been, and one host after the freeze."""

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known, later
from uptake.openclosed.hosting.revenues import ENDS, LABS, UNIT, between, host_figures, lab_revenue


def sum_bounds(
    first: str = "2025-03-31", last: str = "2026-03-31", *, hosts: str = "inference"
) -> pd.DataFrame:
    """Return what the ratio of all hosts together may have been, where figures are missing.

    Between a host's figures its revenue is taken on a straight line in logs. Before its first, or
    after its last, it is only supposed to lie between nothing (or the figure before) and the figure
    after: revenue that did not shrink.

    Parameters
    ----------
    first, last : str
        The two days.
    hosts : {"inference", "with_compute"}
        As in `host_figures`.

    Returns
    -------
    DataFrame
        By day and for the ``change``: ``low`` and ``high``; ratios, and log units a year. What a
        host earned after its last figure is not bounded above, so it counts as that figure, and the
        high end of the last day is a floor of the true one.

    Examples
    --------
    >>> table = sum_bounds()
    >>> bool((table["low"] <= table["high"]).all())
    True
    """
    days = pd.Series(pd.to_datetime([first, last]))
    table = host_figures(hosts)
    low, high = np.zeros(2), np.zeros(2)
    for _, rows in table.groupby("host"):
        seen = rows.sort_values("date")
        for i, day in enumerate(days):
            before, after = seen[seen["date"] <= day], seen[seen["date"] >= day]
            if len(before) and len(after):
                at = between(seen, days[[i]]).iloc[0]
                low[i], high[i] = low[i] + at["low"], high[i] + at["high"]
            else:
                low[i] += 0.0 if before.empty else before["low"].iloc[-1]
                high[i] += after["high"].iloc[0] if before.empty else before["high"].iloc[-1]
    labs = lab_revenue(days)
    ratio = pd.DataFrame({"low": low / labs["high"], "high": high / labs["low"]})
    years = (days[1] - days[0]).days / 365.25
    change = np.log([ratio["low"][1] / ratio["high"][0], ratio["high"][1] / ratio["low"][0]])
    ratio.index = [first, last]
    ratio.loc["change"] = change / years
    return ratio


def host_since_freeze(host: str = "fireworks") -> Estimate:
    """Return a host's ratio to both laboratories from its last figure in May to its first since.

    Scoring only. Two figures, so the interval is the range that the figures' own allow.

    Parameters
    ----------
    host : str
        With a figure on either side of the freeze.

    Returns
    -------
    Estimate
        Change of the log ratio, in log units a year.

    Examples
    --------
    >>> host_since_freeze().n
    2
    """
    new = later("later").astype({"series": str})
    rows = host_figures()
    before = rows[rows["host"] == host].iloc[-1]
    after = new[new["series"] == f"{host}_runrate_usd"].sort_values("date").iloc[0]
    labs = [new[new["series"] == f"{lab}_runrate_usd"] for lab in LABS["two"]]
    past = lab_revenue(pd.Series([before["date"]])).iloc[0]
    table = known("revenue").astype({"series": str})
    now = sum(_across(table, lab, rows, after["date"])
              for lab, rows in zip(LABS["two"], labs, strict=True))  # fmt: skip
    years = (after["date"] - before["date"]).days / 365.25
    other = {"low": "high", "value": "value", "high": "low"}
    low, value, high = (
        np.log(after[end] / now[other[end]] / (before[other[end]] / past[end])) / years
        for end in ENDS
    )
    return Estimate(value, low, high, UNIT, n=2)


def _across(table: pd.DataFrame, lab: str, new: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Return a laboratory's revenue on a day between its last figure in May and its first since."""
    old = table[table["series"] == f"revenue_{lab}_annualised_usd"]
    both = pd.concat([old, new]).sort_values("date")
    return between(both, pd.Series([day])).iloc[0]
