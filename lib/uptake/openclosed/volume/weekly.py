"""The router week by week: odds of closed models in tokens and in dollars, and their ratio."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import known

MIXES = ("observed", "1:1", "3:1", "9:1")
FEBRUARY = pd.Period("2026-02", "M")


def tokens(
    *, free_variants: str = "keep", read: Callable[..., pd.DataFrame] = known
) -> pd.DataFrame:
    """Return the router's tokens by week and weights.

    Parameters
    ----------
    free_variants : {"keep", "drop"}
        Whether tokens of variants sold at a price of zero count.
    read : callable
        `known`, or `later` to score and describe.

    Returns
    -------
    DataFrame
        ``open``, ``closed``, ``unknown`` in tokens, by week (Monday).

    Raises
    ------
    ValueError
        If ``free_variants`` is not one of these.

    Examples
    --------
    >>> tokens().loc["2026-04-27", "open"].round(-12)
    np.float64(14000000000000.0)
    """
    check(free_variants, ("keep", "drop"), "free_variants")
    table = read("router_models")
    if free_variants == "drop":
        table = table[table["variant"] != "free"]
    wide = table.pivot_table(
        index="week", columns="weights", values="tokens", aggfunc="sum", observed=True
    )
    return wide.fillna(0.0).rename_axis(columns=None)


def relative_price(
    *,
    mix: str = "observed",
    scope: str = "any",
    february: str = "keep",
    free_variants: str = "keep",
    weak_months: str = "keep",
    read: Callable[..., pd.DataFrame] = known,
) -> pd.DataFrame:
    r"""Return the relative price in use by week, as the identity of two odds.

    .. math:: k_t = \frac{d_t / (1 - d_t)}{s_t / (1 - s_t)}

    with ``s`` and ``d`` closed models' shares of tokens and of list-price dollars. It is an
    accounting identity: what users paid for a closed token over what they paid for an open one.

    Parameters
    ----------
    mix : {"observed", "1:1", "3:1", "9:1"}
        Input tokens for one output token, by which tokens become dollars.
    scope : {"all_listed_models", "any"}
        Weeks in which the archive lists all models, or all weeks.
    february : {"keep", "drop"}
        Whether the weeks that begin in February 2026 count.
    free_variants : {"keep", "drop"}
        Whether free tokens are tokens. They carry no dollars either way.
    weak_months : {"keep", "drop"}
        Whether the weeks to the end of January 2026 count, in which models that were taken off
        the list later are missing from its sums.
    read : callable
        `known`, or `later` to score and describe.

    Returns
    -------
    DataFrame
        By week: ``dollars`` and ``tokens`` (log odds of closed), ``price`` (their difference, log
        of k), ``number`` (weeks since 2025-11-17), ``priced`` (share of tokens with a price),
        ``scope``.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> table = relative_price(scope="all_listed_models")
    >>> len(table), bool((table["price"] > 0).all())
    (24, True)
    """
    check(mix, MIXES, "mix")
    check(scope, ("all_listed_models", "any"), "scope")
    check(february, ("keep", "drop"), "february")
    check(weak_months, ("keep", "drop"), "weak_months")
    spend = read("router_spend")
    spend = spend[spend["mix"] == mix].set_index("week").sort_index()
    # The share, not the dollars: five rows lost a final zero of usd_open on their way.
    opened = spend["open_dollar_share"]
    table = pd.DataFrame({"dollars": np.log((1 - opened) / opened)})
    volume = tokens(free_variants=free_variants, read=read).reindex(table.index)
    table["tokens"] = np.log(volume["closed"] / volume["open"])
    table["price"] = table["dollars"] - table["tokens"]
    table["number"] = (table.index - pd.Timestamp("2025-11-17")).days // 7
    table["priced"], table["scope"] = spend["share_of_tokens_priced"], spend["scope"]
    kept = pd.Series(True, table.index)
    if scope != "any":
        kept &= table["scope"] == scope
    if february == "drop":
        kept &= table.index.to_period("M") != FEBRUARY
    if weak_months == "drop":
        kept &= table.index.to_period("M") >= FEBRUARY
    return table[kept]


def check(value: str, allowed: tuple[str, ...], name: str) -> None:
    """Refuse a choice that is not declared."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; use one of {', '.join(allowed)}")
