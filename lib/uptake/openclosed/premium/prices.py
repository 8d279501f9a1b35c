"""What a model of known capability costs by month: the median over its hosts."""

import functools
from dataclasses import dataclass

import pandas as pd

from uptake import datasets
from uptake.openclosed.capability import index
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.outliers import far_from_median
from uptake.openclosed.premium.names import base, links

BLENDS = {"3:1": 0.75, "1:1": 0.5, "9:1": 0.9}
"""Weight of input tokens by the ratio of input to output tokens."""
SOURCES = ("litellm", "all")


@dataclass(frozen=True, eq=False)
class OnSale:
    """Models of the index that are for sale, by month, and what was left out to get them.

    Attributes
    ----------
    table : DataFrame
        One row per month and model: ``month``, ``name`` (in the index), ``base`` (without the
        version), ``developer``, ``side`` (open or closed, by the index), ``score`` (index points),
        ``released``, ``price`` (USD per million tokens, blended, median over hosts), ``hosts``.
    left_out : Series
        Rows of the price lists left out, by reason.
    unlisted : tuple of str
        Dated models of the index with stated weights that no list sells.
    """

    table: pd.DataFrame
    left_out: pd.Series
    unlisted: tuple[str, ...]


def on_sale(
    *,
    blend: str = "3:1",
    source: str = "litellm",
    vintage: str = "2026-05-14",
    until: pd.Timestamp = FREEZE,
    corrected: bool = True,
) -> OnSale:
    """Return the price of every model of the index by month.

    The price of a model is the median over hosts of the blended list price; a host's own price is
    the median over the names and lists under which it sells the model. The closed laboratories'
    own interfaces are hosts like others: clouds that resell closed models do so at list price.

    Parameters
    ----------
    blend : {"3:1", "1:1", "9:1"}
        Input tokens for one output token.
    source : {"litellm", "all"}
        One price list, or all of them.
    vintage : str
        Edition of the index; it gives scores, sides and dates of release.
    until : Timestamp
        Last day of a price list. By default the freeze; later ones only score or describe.
    corrected : bool
        Whether known errors of the lists are put right; if not, prices are as listed.

    Returns
    -------
    OnSale

    Raises
    ------
    ValueError
        If a choice is not one of these, or an edition after the freeze meets prices before it
        only, in a fit.

    Examples
    --------
    >>> sold = on_sale()
    >>> may = sold.table[sold.table["month"] == "2026-05-01"].set_index("name")
    >>> float(may.loc["Claude Opus 4.6", "price"])
    10.0
    """
    if blend not in BLENDS or source not in SOURCES:
        raise ValueError(f"no {blend!r} or no {source!r}; use {list(BLENDS)} and {SOURCES}")
    if pd.Timestamp(vintage) > FREEZE and until <= FREEZE:
        raise ValueError(f"edition {vintage} is later than the freeze; it may score, not be fitted")
    return _on_sale(blend, source, vintage, until, corrected)


@functools.cache
def _on_sale(blend: str, source: str, vintage: str, until: pd.Timestamp, corrected: bool) -> OnSale:
    rows, left_out = listed(until, corrected)
    if source != "all":
        rows = rows[rows["list"] == source]
    models = _models(vintage)
    price = BLENDS[blend] * rows["input_usd_per_mtok"]
    price += (1 - BLENDS[blend]) * rows["output_usd_per_mtok"]
    rows = rows[["month", "host", "model"]].assign(price=price)
    rows = rows.merge(links(models["name"]), on="model")
    by_host = rows.groupby(["month", "name", "host"], as_index=False)["price"].median()
    by_model = by_host.groupby(["month", "name"], as_index=False).agg(
        price=("price", "median"), hosts=("host", "size")
    )
    table = by_model.merge(models, on="name")
    table = table[table["released"] <= table["month"] + pd.offsets.MonthEnd(0)]
    unlisted = tuple(sorted(set(models["name"]) - set(by_model["name"])))
    return OnSale(table.reset_index(drop=True), left_out, unlisted)


def _models(vintage: str) -> pd.DataFrame:
    """Return the dated models of an edition whose weights are stated."""
    table = index(vintage)
    table = table[table["released"].notna() & (table["weights"] != "unknown")]
    columns = {"model": "name", "weights": "side"}
    table = table[["model", "developer", "weights", "score", "released"]].rename(columns=columns)
    return table.assign(side=table["side"].astype(str), base=table["name"].map(base))


def unstated(vintage: str = "2026-05-14") -> tuple[str, ...]:
    """Return the models of an edition whose access we read ourselves, its producer being silent.

    They take part in the premium; from the capability gap the rules leave such models out unless a
    choice says otherwise (``unknown`` of `capability.sides`).

    Parameters
    ----------
    vintage : str
        Edition of the index.

    Returns
    -------
    tuple of str
        For ``without`` of `premium` and `premium_trend`.

    Examples
    --------
    >>> "o3-pro" in unstated()
    True
    """
    table = index(vintage)
    own = (table["weights"] != "unknown") & (table["weights_basis"] != "producer")
    return tuple(table.loc[own, "model"].astype(str))


@functools.cache
def listed(until: pd.Timestamp, corrected: bool = True) -> tuple[pd.DataFrame, pd.Series]:
    """Return the rows of the price lists that can be a model's price, and the count of the others.

    Left out, in this order: names that move between models and other
    variants (quantised, faster) of the same weights; prices over ten times, or under a tenth, of
    the median of their model in these rows; free offers, whose logarithm does not exist.

    Parameters
    ----------
    until : Timestamp
        Last day of a price list.
    corrected : bool
        Whether known errors of the lists are put right; if not, prices are as listed.

    Returns
    -------
    rows : DataFrame
        As `datasets.load` gives them.
    left_out : Series
        Number of rows by reason.
    """
    if until > FREEZE:
        rows = datasets.load("api_prices", until=until, corrected=corrected)
    else:
        rows = known("api_prices", until=until, corrected=corrected)
    # The table's own flag compares with medians that later months are part of.
    rows = rows.assign(outlier=far_from_median(rows))
    reasons = {
        "variants and moving names": rows["variant"].notna(),
        "outliers": rows["outlier"],
        "free": (rows["input_usd_per_mtok"] <= 0) & (rows["output_usd_per_mtok"] <= 0),
    }
    out, counts = pd.Series(False, rows.index), {}
    for reason, which in reasons.items():
        counts[reason] = int((which & ~out).sum())
        out |= which
    kept = rows[~out].astype({"host": str, "model": str, "list": str})
    return kept.reset_index(drop=True), pd.Series(counts)
