"""Host prices of open weights: one price for each host, model and month, under stated choices."""

import functools
from dataclasses import dataclass

import pandas as pd

from uptake import datasets
from uptake.openclosed.freeze import known
from uptake.openclosed.outliers import far_from_median

BLENDS = {"3:1": (3, 1), "1:1": (1, 1), "9:1": (9, 1)}
"""Input tokens for one output token, by the name of the blend."""

FIRST = {"models.dev": pd.Timestamp("2025-06-01"), "litellm": pd.Timestamp("2024-11-01")}
"""First month of the unbroken record of each list; litellm has none from 2024-01 to 2024-10."""


@dataclass(frozen=True, eq=False)
class HostPrices:
    """Prices under one set of choices, and the rows that these choices left out.

    Attributes
    ----------
    table : DataFrame
        ``month``, ``host``, ``model``, ``developer`` (the model's own name where none is given)
        and ``price``, USD per million tokens of the blend; one row for each host, model and month.
    left_out : Series
        Number of rows left out, by reason.
    """

    table: pd.DataFrame
    left_out: pd.Series


@functools.cache
def host_prices(
    *,
    source: str = "models.dev",
    blend: str = "3:1",
    variants: str = "cheapest",
    outliers: str = "left_out",
    weights: str = "open",
) -> HostPrices:
    """Return the prices that hosts ask for models, known at the freeze.

    Parameters
    ----------
    source : {"models.dev", "litellm"}
        Whose list. Resellers are in neither.
    blend : {"3:1", "1:1", "9:1"}
        Input tokens for one output token.
    variants : {"cheapest", "standard"}
        Of several servings of the same weights by a host: the cheapest, or the plain one only.
    outliers : {"left_out", "kept"}
        Prices over ten times, or under a tenth, of the median of their model over all rows known
        at the freeze.
    weights : {"open", "closed"}
        Which models.

    Returns
    -------
    HostPrices

    Raises
    ------
    ValueError
        If a choice is none of these.

    Examples
    --------
    >>> found = host_prices()
    >>> bool((found.table["price"] > 0).all())
    True
    >>> bool(found.table.duplicated(["month", "host", "model"]).any())
    False
    """
    _check(source, blend, variants, outliers, weights)
    return of_rows(
        _known(),
        source=source,
        blend=blend,
        variants=variants,
        outliers=outliers,
        weights=weights,
    )


@functools.cache
def _known() -> pd.DataFrame:
    # The flag of the table rests on the whole list, later months included; here on known rows only.
    rows = known("api_prices")
    return rows.assign(outlier=far_from_median(rows))


def source_line(source: str = "models.dev") -> str:
    """Return the line under a figure drawn from one of the two lists.

    Parameters
    ----------
    source : {"models.dev", "litellm"}
        Whose list.

    Raises
    ------
    ValueError
        If there is no such list.

    Examples
    --------
    >>> source_line("models.dev").startswith("Source: models.dev")
    True
    """
    if source not in FIRST:
        raise ValueError(f"source is {source!r}; use one of {', '.join(FIRST)}")
    (name,) = datasets.source("api_prices").origin["list"][source]
    card = datasets.load("sources").set_index("id").loc[name]
    address = card["url"].removeprefix("https://")
    read = f"read {card['read']:%Y-%m-%d} ({card['licence']})"
    return f"Source: {card['producer']}, {card['title']}, {address}, {read}"


def of_rows(
    rows: pd.DataFrame, *, source: str, blend: str, variants: str, outliers: str, weights: str
) -> HostPrices:
    """Return the prices in any rows of ``api_prices``; `host_prices` gives the known ones.

    Parameters
    ----------
    rows : DataFrame
        Rows of the table.
    source, blend, variants, outliers, weights
        As in `host_prices`.
    """
    rows = rows[(rows["list"] == source) & (rows["month"] >= FIRST[source])]
    rows = rows[rows["weights"] == weights]
    plain = rows["variant"].isna()
    far = rows["outlier"].fillna(False).astype(bool)
    dropped = (~plain & (variants == "standard"), far & (outliers == "left_out"))
    counts = {"not the standard serving": dropped[0].sum()}
    counts["outliers"] = (dropped[1] & ~dropped[0]).sum()
    rows = rows[~dropped[0] & ~dropped[1]]
    names = {name: rows[name].astype(str) for name in ("host", "model")}
    developer = rows["developer"].astype(object).where(rows["developer"].notna(), names["model"])
    table = pd.DataFrame(
        {"month": rows["month"], **names, "developer": developer, "price": _blended(rows, blend)}
    )
    table = table.sort_values(["model", "month", "host", "price"], kind="stable")
    table = table.drop_duplicates(["model", "month", "host"])
    counts["dearer servings of the same host"] = len(rows) - len(table)
    return HostPrices(table.reset_index(drop=True), pd.Series(counts))


def _blended(rows: pd.DataFrame, blend: str) -> pd.Series:
    per_input, per_output = BLENDS[blend]
    parts = per_input * rows["input_usd_per_mtok"] + per_output * rows["output_usd_per_mtok"]
    return parts / (per_input + per_output)


def _check(source: str, blend: str, variants: str, outliers: str, weights: str) -> None:
    allowed = {
        "source": (source, tuple(FIRST)),
        "blend": (blend, tuple(BLENDS)),
        "variants": (variants, ("cheapest", "standard")),
        "outliers": (outliers, ("left_out", "kept")),
        "weights": (weights, ("open", "closed")),
    }
    for name, (value, values) in allowed.items():
        if value not in values:
            raise ValueError(f"{name} is {value!r}; use one of {', '.join(values)}")
