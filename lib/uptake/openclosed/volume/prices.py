"""The router's dollars rebuilt model by model, to see where the relative price comes from.

The table of dollars holds two numbers a week. Weekly tokens of each model times its list
price give them again, and can be taken apart: list prices, free tokens, choice of models, labs.
"""

import functools
import re

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import known
from uptake.openclosed.outliers import far_from_median
from uptake.openclosed.volume import lines
from uptake.openclosed.volume.lines import WEEKS_A_YEAR
from uptake.openclosed.volume.weekly import check, tokens

FIRST = pd.Timestamp("2025-11-17")
"""First week in which the archive lists all models."""
ALL_LISTED = "all_listed_models"
_INPUT = {"1:1": 1 / 2, "3:1": 3 / 4, "9:1": 9 / 10}
_DATED = re.compile(r"-(20\d\d-\d\d-\d\d|20\d{6}|\d\d-\d\d)$")
_FORMS = re.compile(r"-(instruct|preview|it|exp|latest|chat)(?=-|$)")


def key(name: str) -> str:
    """Return what the names of one model in two lists have in common.

    Without the author, with hyphens for dots, without a date at the end and without words for the
    form of a model rather than for the model.

    Examples
    --------
    >>> key("deepseek/deepseek-chat-v3-0324"), key("qwen/qwen3.5-flash-02-23")
    ('deepseek-v3-0324', 'qwen3-5-flash')
    """
    last = name.rsplit("/", 1)[-1].lower().replace(".", "-").replace("_", "-")
    return _FORMS.sub("", _DATED.sub("", last))


@functools.cache
def _by_month(host: str, mix: str, flag: str = "known") -> pd.DataFrame:
    """Return price by model and month, the last one known carried on, the first one back."""
    check(host, ("median", "min"), "host")
    check(mix, tuple(_INPUT), "mix")
    check(flag, ("known", "table"), "flag")
    table = known("api_prices", corrected=True)
    paid = table["input_usd_per_mtok"] + table["output_usd_per_mtok"] > 0
    # The table's own flag compares with medians that later months are part of.
    far = far_from_median(table) if flag == "known" else table["outlier"]
    table = table[paid & ~far & (table["month"] >= "2025-10-01")]
    share = _INPUT[mix]
    price = share * table["input_usd_per_mtok"] + (1 - share) * table["output_usd_per_mtok"]
    named = table.assign(key=table["model"].astype(str).map(key), price=price)
    wide = named.pivot_table(index="key", columns="month", values="price", aggfunc=host)
    return wide.sort_index(axis=1).ffill(axis=1).bfill(axis=1)


def spending(*, host: str = "median", mix: str = "3:1", flag: str = "known") -> pd.DataFrame:
    """Return the router's tokens by week and model with list prices and dollars.

    Parameters
    ----------
    host : {"median", "min"}
        Price of a model among its hosts in the month; of a closed one this is its developer or a
        cloud that resells it.
    mix : {"1:1", "3:1", "9:1"}
        Input tokens for one output token.
    flag : {"known", "table"}
        Prices left out as outliers: against the medians of the rows known at the freeze, or by
        the table's flag, in whose medians later months count; that one only shows what it does.

    Returns
    -------
    DataFrame
        Rows of ``router_models`` from 2025-11-17 to the freeze, with ``price`` (USD per million
        tokens; 0 for free variants, NaN where no list has the model), ``first`` (its price in the
        first month), ``usd``.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> table = spending()
    >>> bool((table.loc[table["variant"] == "free", "usd"] == 0).all())
    True
    """
    table = known("router_models")
    table = table[table["week"] >= FIRST].reset_index(drop=True)
    prices = _by_month(host, mix, flag)
    names = table["model"].astype(str).map(key)
    months = table["week"].dt.to_period("M").dt.to_timestamp()
    long = prices.melt(ignore_index=False).set_index("month", append=True)["value"]
    at = pd.MultiIndex.from_arrays([names, months])
    free = table["variant"] == "free"
    table["price"] = np.where(free, 0.0, long.reindex(at).to_numpy())
    began = months.groupby(names).transform("min")
    first = long.reindex(pd.MultiIndex.from_arrays([names, began])).to_numpy()
    table["first"] = np.where(free, 0.0, first)
    return table.assign(usd=table["tokens"] / 1e6 * table["price"])


def rebuilt(*, host: str = "median", mix: str = "3:1", without: str | None = None) -> pd.DataFrame:
    """Return tokens, dollars and relative price by week from the models that have a price.

    Parameters
    ----------
    host, mix
        See `spending`.
    without : str, optional
        An author to leave out of both.

    Returns
    -------
    DataFrame
        By week: ``price_closed``, ``price_open`` (USD per million tokens, free ones counted),
        ``relative``, ``open_dollar_share``, ``covered`` (share of tokens with a price), ``scope``.

    Examples
    --------
    >>> table = rebuilt()
    >>> bool((table["relative"] > 1).all())
    True
    """
    table = spending(host=host, mix=mix)
    if without is not None:
        table = table[table["author"] != without]
    priced = table[table["price"].notna() & table["weights"].isin(["open", "closed"])]
    sums = priced.assign(weights=priced["weights"].astype(str)).pivot_table(
        index="week", columns="weights", values=["usd", "tokens"], aggfunc="sum"
    )
    price = 1e6 * sums["usd"] / sums["tokens"]
    weeks = table.groupby("week")
    return pd.DataFrame(
        {
            "price_closed": price["closed"],
            "price_open": price["open"],
            "relative": price["closed"] / price["open"],
            "open_dollar_share": sums["usd"]["open"] / sums["usd"].sum(axis=1),
            "covered": sums["tokens"].sum(axis=1) / weeks["tokens"].sum(),
            "scope": weeks["scope"].first().astype(str),
        }
    )


def sources_of_change(*, host: str = "median", mix: str = "3:1") -> pd.DataFrame:
    r"""Split the trend of the relative price into free tokens, choice of models and list prices.

    The mean price of a side is :math:`P = f \cdot \bar p_0 \cdot (\bar p / \bar p_0)`: the share of
    its tokens that is paid, the mean price of those at each model's first list price, and what list
    prices have done since. Logs make it a sum, and a least-squares slope of a sum is the sum of
    the slopes.

    Parameters
    ----------
    host, mix
        See `spending`.

    Returns
    -------
    DataFrame
        Log units a year over the weeks with all models listed. Columns ``free``, ``models``,
        ``list``, ``total``; rows ``closed``, ``open`` and ``relative``, closed less open.

    Examples
    --------
    >>> table = sources_of_change()
    >>> parts = table[["free", "models", "list"]].sum(axis=1)
    >>> bool((parts - table["total"]).abs().max() < 1e-9)
    True
    """
    slopes = source_intervals(host=host, mix=mix)["slope"]
    return pd.DataFrame({side: slopes[side] for side in ("closed", "open", "relative")}).T


def source_intervals(
    *, host: str = "median", mix: str = "3:1", flag: str = "known"
) -> pd.DataFrame:
    """Return the slopes of `sources_of_change` with their HAC intervals.

    Parameters
    ----------
    host, mix, flag
        See `spending`.

    Returns
    -------
    DataFrame
        By side (closed, open, relative) and part (free, models, list, total): ``slope``, ``low``,
        ``high`` (95%), in log units a year.

    Examples
    --------
    >>> source_intervals().loc[("closed", "models")].index.tolist()
    ['slope', 'low', 'high']
    """
    table = spending(host=host, mix=mix, flag=flag)
    table = table[(table["scope"] == ALL_LISTED) & table["price"].notna()]
    logs = {side: _logs(table[table["weights"] == side]) for side in ("closed", "open")}
    logs["relative"] = logs["closed"] - logs["open"]
    wide = pd.concat(logs, axis=1)
    found = lines.hac((wide.index - FIRST).days // 7, wide.to_numpy().T)
    columns = {"slope": found.value, "low": found.low, "high": found.high}
    return pd.DataFrame(columns, index=wide.columns) * WEEKS_A_YEAR


def _logs(side: pd.DataFrame) -> pd.DataFrame:
    side = side.assign(old=side["tokens"] / 1e6 * side["first"])
    by_week = side.groupby("week")[["tokens", "usd", "old"]].sum()
    paid = side[side["variant"] != "free"].groupby("week")["tokens"].sum()
    return pd.DataFrame(
        {
            "free": np.log(paid / by_week["tokens"]),
            "models": np.log(by_week["old"] / paid),
            "list": np.log(by_week["usd"] / by_week["old"]),
            "total": np.log(by_week["usd"] / by_week["tokens"]),
        }
    )


def unpriced_as_zero(rebuilt: pd.DataFrame) -> pd.Series:
    r"""Return the relative price when tokens without a price count as tokens sold for nothing.

    The odds in dollars of the rebuilt weeks over the odds in all tokens, as `weekly.relative_price`
    has them: dollars come only from tokens with a price, tokens from all.

    Parameters
    ----------
    rebuilt : DataFrame
        From `rebuilt`.

    Returns
    -------
    Series
        By week.

    Examples
    --------
    >>> weeks = rebuilt()
    >>> bool((unpriced_as_zero(weeks) != weeks["relative"]).any())
    True
    """
    dollars = 1 / rebuilt["open_dollar_share"] - 1
    volume = tokens().loc[rebuilt.index]
    return (dollars / (volume["closed"] / volume["open"])).rename("relative")


def without_each(*, host: str = "median", mix: str = "3:1", smallest: float = 0.03) -> pd.DataFrame:
    """Return the relative price when one author at a time is left out.

    Parameters
    ----------
    host, mix
        See `spending`.
    smallest : float
        Least share of tokens, of the weeks with all models listed, for which an author is tried.

    Returns
    -------
    DataFrame
        By author, ``nobody`` first: ``tokens`` (share), ``relative`` (geometric mean over the
        weeks), ``slope`` (log units a year).

    Examples
    --------
    >>> without_each().index[0]
    'nobody'
    """
    table = known("router_models")
    table = table[table["scope"] == ALL_LISTED]
    share = table.groupby("author", observed=True)["tokens"].sum() / table["tokens"].sum()
    labs = share[(share >= smallest) & (share.index != "others")].sort_values(ascending=False)
    rows = {}
    for lab in (None, *labs.index):
        weeks = rebuilt(host=host, mix=mix, without=lab).query("scope == @ALL_LISTED")
        logs = np.log(weeks["relative"])
        slope = lines.hac((logs.index - FIRST).days // 7, logs).value[0] * WEEKS_A_YEAR
        rows[lab or "nobody"] = (labs.get(lab, 0.0), float(np.exp(logs.mean())), float(slope))
    return pd.DataFrame(rows, index=["tokens", "relative", "slope"]).T
