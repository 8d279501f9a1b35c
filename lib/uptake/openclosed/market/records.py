"""Open and closed use over time, in tokens, list-price dollars and package downloads."""

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import known
from uptake.openclosed.volume import downloads, tokens
from uptake.openclosed.volume.weekly import check

RECORDS = ("tokens", "dollars", "downloads")
STARTS = ("2025-05-01", "2025-11-17")
CLOSED_MAKERS = ("anthropic", "google", "openai", "x-ai", "openrouter")
"""Makers whose models count as closed in the chart of makers, as its producer has it."""
WEAK = ("2025-11-01", "2026-02-01")
"""When daily sums run low, because models taken off the list since are missing from them."""
MONTH = (25, 36)
"""Days between two snapshots of the downloads that make a step of one month."""


def record(
    record: str = "tokens",
    *,
    start: str = "2025-05-01",
    weak_months: str = "keep",
    free_variants: str = "keep",
    by_maker: bool = False,
    own_models: str = "closed",
) -> pd.DataFrame:
    """Return one record of open and closed use, as known at the freeze.

    Tokens of weeks in which all models are listed, from 2025-11-17, go by the weights of each
    model. Before that, and only there, they are those of the weekly chart of makers: closed is what
    four makers and the router itself (models under a code name) sell, open is the rest. A chart of
    the nine largest models would not do: there a model that enters pushes another out. The two
    lists count as two parts, and no step leads from one to the other. Weeks after 2026-04-27 list
    only the largest models, or are partial, or may hold joined traffic; they are left out. Dollars
    begin with the full list, and downloads do not come by the router: a choice that does not
    concern a record leaves it.

    Parameters
    ----------
    record : {"tokens", "dollars", "downloads"}
        Whose use: router tokens a week, router dollars a week at list prices, or package downloads
        in 30 days (millions, deflated by the size of the index).
    start : {"2025-05-01", "2025-11-17"}
        First week with a total, or with all models listed.
    weak_months : {"keep", "drop"}
        Whether the weeks from November 2025 to January 2026 count.
    free_variants : {"keep", "drop"}
        Whether tokens sold at a price of zero count. Of the chart of makers only the free variants
        that the archive of models names can be taken off.
    by_maker : bool
        Whether tokens from 2025-05-01 go by maker to the end, to see what the labels do. Three
        makers of open models sold closed ones too, many tokens in March 2026.
    own_models : {"closed", "open"}
        Side of the router's own models, under a code name, in the chart of makers. The first
        estimate had them open.

    Returns
    -------
    DataFrame
        By date: ``open``, ``closed``, ``number``, the step since the first, and ``part``, which
        list it is from.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> record("tokens")[["open", "closed"]].gt(0).all(axis=None)
    np.True_
    >>> len(record("tokens")), len(record("tokens", start="2025-11-17"))
    (52, 24)
    """
    check(record, RECORDS, "record")
    check(start, STARTS, "start")
    check(weak_months, ("keep", "drop"), "weak_months")
    check(free_variants, ("keep", "drop"), "free_variants")
    check(own_models, ("closed", "open"), "own_models")
    if record == "downloads":
        return _months(downloads())
    if record == "dollars":
        table = _dollars()
    elif start == STARTS[1]:
        table = _by_weights(free_variants)
    elif by_maker:
        table = _by_maker(free_variants, own_models).assign(part=0)
    else:
        listed, makers = _by_weights(free_variants), _by_maker(free_variants, own_models)
        table = pd.concat([makers[makers.index < listed.index[0]].assign(part=0), listed])
    if weak_months == "drop":
        table = table[(table.index < WEAK[0]) | (table.index >= WEAK[1])]
    return table.assign(number=(table.index - table.index[0]).days // 7)


def _by_weights(free_variants: str) -> pd.DataFrame:
    table = tokens(free_variants=free_variants)
    return table.loc[table.index.isin(_full_list()), ["open", "closed"]].assign(part=1)


def left_out() -> dict[str, int]:
    """Return how many known weeks each record of tokens leaves out, and why.

    Examples
    --------
    >>> left_out()["doubled by an overlapping week"]
    2
    """
    weeks = known("router_models")["week"].drop_duplicates()
    starts = chart().index
    return {
        "first months without a total": int((weeks < STARTS[0]).sum()),
        "doubled by an overlapping week": int((starts.day_of_week != 0).sum()),
        "list cut, partial or joined": int((weeks > _full_list().max()).sum()),
    }


def chart() -> pd.DataFrame:
    """Return the weekly chart of makers in tokens: ``total`` and ``author_`` with each name.

    A maker below the ninth place of a week counts as zero there and is in ``author_others``.

    Examples
    --------
    >>> bool((chart()["author_anthropic"] > 0).all())
    True
    """
    table = known("router_traffic")
    names = table["series"].astype(str)
    table = table[names.str.startswith("openrouter_weekly_tokens_")]
    wide = table.pivot_table(index="date", columns="series", values="value", observed=True)
    wide.columns = wide.columns.str.removeprefix("openrouter_weekly_tokens_")
    return wide.rename_axis(index="week", columns=None).fillna(0.0)


def _by_maker(free_variants: str, own_models: str) -> pd.DataFrame:
    sellers = [name for name in CLOSED_MAKERS if own_models == "closed" or name != "openrouter"]
    weeks = chart()
    # Two weeks of the chart begin on a Sunday; the second holds six days of the one after it.
    weeks = weeks[(weeks.index.day_of_week == 0) & (weeks.index >= STARTS[0])]
    closed = weeks[[f"author_{maker}" for maker in sellers]].sum(axis=1)
    table = pd.DataFrame({"open": weeks["total"] - closed, "closed": closed})
    if free_variants == "drop":
        free = known("router_models").query("variant == 'free'")
        side = np.where(free["author"].isin(sellers), "closed", "open")
        sums = free.groupby(["week", side])["tokens"].sum().unstack(fill_value=0.0)  # noqa: PD010
        table = table - sums.reindex(index=table.index, columns=table.columns, fill_value=0.0)
    return table


def _full_list() -> pd.DatetimeIndex:
    """Return the weeks in which the archive lists all models."""
    table = known("router_models")
    weeks = table.loc[table["scope"] == "all_listed_models", "week"].unique()
    return pd.DatetimeIndex(weeks).sort_values()


def _dollars() -> pd.DataFrame:
    spend = known("router_spend").query("mix == 'observed'").set_index("week").sort_index()
    spend = spend[spend["scope"] == "all_listed_models"]
    share = spend["open_dollar_share"]
    # By the share: five rows lost a final zero of usd_open on their way.
    return pd.DataFrame(
        {"open": spend["usd_closed"] * share / (1 - share), "closed": spend["usd_closed"]}
    ).assign(part=1)


def _months(table: pd.DataFrame) -> pd.DataFrame:
    """Give snapshots numbers, so that those about a month apart follow each other."""
    days = np.diff(table.index) / np.timedelta64(1, "D")
    apart = (days >= MONTH[0]) & (days <= MONTH[1])
    # A gap of two months, or of a week, is no step: the count jumps there.
    return table.assign(number=np.r_[0, np.cumsum(np.where(apart, 1, 2))], part=0)
