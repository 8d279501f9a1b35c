"""Whether the lists keep up: prices that are not renewed would hide a convergence."""

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.prices import host_prices
from uptake.openclosed.hosting.spread import UNIT, dispersion_trend, of_panel

NEAR = 0.02
"""Two prices agree when they differ by less than this share."""


def moves(table: pd.DataFrame) -> pd.DataFrame:
    """Return the price changes of hosts from one month to the next, and where they lead.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.hosting.followed`.

    Returns
    -------
    DataFrame
        One row per host, model and pair of consecutive months: ``month`` (the later), ``host``,
        ``model``, ``change`` (log price, zero for none), ``distance`` and ``distance_after`` from
        the median of the other hosts of the earlier month (absolute log units).

    Examples
    --------
    >>> from uptake.openclosed.hosting.panels import followed
    >>> bool((moves(followed())["change"] != 0).any())
    True
    """
    log = np.log(table["price"])
    rows = table.assign(log=log, place=12 * table["month"].dt.year + table["month"].dt.month)
    earlier = rows[["host", "model", "place", "log"]].assign(place=rows["place"] + 1)
    both = rows.merge(earlier, on=["host", "model", "place"], suffixes=("", "_before"))
    others = []
    for _, cell in both.groupby(["model", "place"], sort=False):
        values = cell["log_before"].to_numpy()
        middle = [np.median(np.delete(values, i)) if values.size > 1 else np.nan
                  for i in range(values.size)]  # fmt: skip
        others.append(pd.Series(middle, index=cell.index))
    middle = pd.concat(others)
    change = both["log"] - both["log_before"]
    return both[["month", "host", "model"]].assign(
        change=change.where(change.abs() > 1e-9, 0.0),
        distance=(both["log_before"] - middle).abs(),
        distance_after=(both["log"] - middle).abs(),
    )


def list_agreement() -> pd.DataFrame:
    """Return how often the two lists agree on the price of a host and model, by month.

    Returns
    -------
    DataFrame
        By month: ``pairs`` in both lists, and the share (fraction) that ``agree`` to 2%.

    Examples
    --------
    >>> bool(list_agreement()["agree"].between(0, 1).all())
    True
    """
    one, other = (host_prices(source=name).table for name in ("models.dev", "litellm"))
    both = one.merge(other, on=["month", "host", "model"], suffixes=("", "_other"))
    near = (both["price"] / both["price_other"] - 1).abs() < NEAR
    groups = near.groupby(both["month"])
    return pd.DataFrame({"pairs": groups.size(), "agree": groups.mean()})


def unseen_trend(target: float, stale: float) -> float:
    r"""Return the trend that unseen prices would need for the trend of all to reach a target.

    If a share ``s`` of the pairs is not renewed, and the dispersion of true prices moves with
    :math:`\beta` where it is renewed and with :math:`\beta_s` where it is not, all together move
    by about :math:`(1-s)\beta + s\beta_s`.

    Parameters
    ----------
    target : float
        Trend of all, log units a year.
    stale : float
        Share of pairs that are not renewed, above 0 and at most 1.

    Raises
    ------
    ValueError
        If the share lies outside that range.

    Examples
    --------
    >>> unseen_trend(-0.4, 0.2) < unseen_trend(-0.4, 0.4)
    True
    """
    if not 0 < stale <= 1:
        raise ValueError(f"stale is {stale}; give a share above 0 and at most 1")
    return (target - (1 - stale) * dispersion_trend(by_host=False).value) / stale


def seen_to_move() -> Estimate:
    """Return the primary trend on hosts that changed some open price in the list.

    Returns
    -------
    Estimate
        Log units a year; interval clustered by model and by developer.

    Examples
    --------
    >>> seen_to_move().unit
    'log units a year'
    """
    changes = moves(host_prices().table)
    hosts = changes.loc[changes["change"] != 0, "host"].unique()
    rows = followed()
    panel = dispersion(rows[rows["host"].isin(hosts)])
    found = of_panel(panel)
    value, half = float(found.slope[0]), float(found.half[0])
    few = (f"{len(hosts)} hosts",)
    return Estimate(value, value - half, value + half, UNIT, n=len(panel), concerns=few)
