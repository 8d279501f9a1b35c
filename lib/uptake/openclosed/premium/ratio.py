"""The premium by month: the price of the best closed models over that of the best open ones.

The dearest tiers (o1, GPT-5.2 Pro)
enter and leave the top of the index from month to month, so the record jumps by whole factors.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.premium.prices import on_sale

DEFINITIONS = ("best", "top3", "matched")
AGE = 12
"""Months since release up to which a model takes part in the matched comparison."""
WITHIN = 2.0
"""Index points within which two models count as equal: under one standard error of a score."""
TIERS = ("GPT-5 Pro", "GPT-5.2 Pro", "GPT-5.4 Pro", "GPT-5.5 Pro", "o1", "o1-preview", "o3-pro")
"""OpenAI's dearest tiers: 20 USD and more per million tokens, five to twelve times its main model.

Claude 3 Opus and Opus 4, 30 USD, are the flagship itself and not a tier above it.
"""


def premium(
    *,
    definition: str = "best",
    blend: str = "3:1",
    start: str = "2024-01-01",
    source: str = "litellm",
    vintage: str = "2026-05-14",
    without: tuple[str, ...] = (),
    within: float = WITHIN,
    until: pd.Timestamp = FREEZE,
    corrected: bool = True,
) -> pd.DataFrame:
    """Return the log premium by month, and the two sides it comes from.

    Parameters
    ----------
    definition : {"best", "top3", "matched"}
        ``best``: the model with the highest index of each side. ``top3``: the mean of the log
        prices of the three highest of each side; of versions of one name the newest on sale
        counts. ``matched``: the mean over closed models, released in the last 12 months, of
        the log of their price over the mean log price of the open models of that age within
        ``within`` index points; closed models without such a neighbour are left out.
    blend, source : str
        As in `on_sale`.
    start : str
        First month. litellm has no list from 2024-01 to 2024-10, the other lists none for three
        months of 2024: a month without a list keeps the prices of the last one, after the first.
    vintage : str
        Edition of the index. The record ends with the edition: it ranks no later model.
    without : tuple of str
        Models or developers to leave out.
    within : float
        Index points within which models count as equal, for ``matched``.
    until : Timestamp
        Last day of a price list; after the freeze to score or describe only.
    corrected : bool
        As in `on_sale`.

    Returns
    -------
    DataFrame
        By month: ``premium`` (log of the ratio), ``closed`` and ``open`` (USD per million
        tokens; geometric means), ``model_closed`` and ``model_open`` (the best of each side, or
        their number), ``carried`` (no list that month).

    Raises
    ------
    ValueError
        If the definition is none of these.

    Examples
    --------
    >>> table = premium()
    >>> len(table), str(table.index[0].date())
    (19, '2024-11-01')
    """
    if definition not in DEFINITIONS:
        raise ValueError(f"definition is {definition!r}; use one of {', '.join(DEFINITIONS)}")
    chosen = {"blend": blend, "start": start, "source": source, "vintage": vintage}
    table = ranked(**chosen, without=without, until=until, corrected=corrected)
    compare = {"best": _top(1), "top3": _top(3), "matched": _matched(within)}[definition]
    rows = {month: compare(models) for month, models in table.groupby("month")}
    record = pd.DataFrame({m: r for m, r in rows.items() if r is not None}).T
    months = pd.date_range(record.index[0], record.index[-1], freq="MS")
    carried = ~months.isin(record.index)
    record = record.reindex(months).ffill().assign(carried=carried)
    return record.astype(dict.fromkeys(("premium", "closed", "open"), float))


def ranked(
    *,
    blend: str,
    start: str,
    source: str,
    vintage: str,
    without: tuple[str, ...] = (),
    until: pd.Timestamp = FREEZE,
    corrected: bool = True,
) -> pd.DataFrame:
    """Return the models on sale from a month to the end of the edition that ranks them.

    Parameters
    ----------
    blend, start, source, vintage, without, until, corrected
        As in `premium`.

    Returns
    -------
    DataFrame
        As `on_sale` gives it.
    """
    chosen = {"blend": blend, "source": source, "vintage": vintage, "until": until}
    table = on_sale(**chosen, corrected=corrected).table
    table = table[~table["name"].isin(without) & ~table["developer"].isin(without)]
    last = min(until, pd.Timestamp(vintage) if until <= FREEZE else until)
    return table[(table["month"] >= start) & (table["month"] <= last)]


def _top(k: int) -> Callable[[pd.DataFrame], dict | None]:
    """Return a comparison of the k best of each side in one month."""

    def compare(models: pd.DataFrame) -> dict | None:
        top = newest(models).sort_values("score", ascending=False).groupby("side").head(k)
        sides = {side: rows for side, rows in top.groupby("side")}
        if len(sides) < 2 or min(map(len, sides.values())) < k:
            return None
        logs = {side: np.log(rows["price"]).mean() for side, rows in sides.items()}
        names = {f"model_{side}": ", ".join(rows["name"]) for side, rows in sides.items()}
        return _row(logs["closed"], logs["open"]) | names

    return compare


def _matched(within: float) -> Callable[[pd.DataFrame], dict | None]:
    """Return a comparison of closed models with open ones of equal index in one month."""

    def compare(models: pd.DataFrame) -> dict | None:
        pairs = matches(models, within)
        if pairs.empty:
            return None
        closed, opened = pairs["closed"].mean(), pairs["open"].mean()
        names = {"model_closed": str(len(pairs)), "model_open": str(_young(models, "open"))}
        return _row(closed, opened) | names

    return compare


def _row(closed: float, opened: float) -> dict:
    return {"premium": closed - opened, "closed": np.exp(closed), "open": np.exp(opened)}


def newest(models: pd.DataFrame) -> pd.DataFrame:
    """Return one month's models with the newest version of each name only."""
    return models.sort_values("released").drop_duplicates("base", keep="last")


def recent(models: pd.DataFrame) -> pd.DataFrame:
    """Return one month's models released in the `AGE` months to its end."""
    oldest = models["month"] + pd.offsets.MonthEnd(0) - pd.DateOffset(months=AGE)
    return models[models["released"] > oldest]


def _young(models: pd.DataFrame, side: str) -> int:
    return int((recent(models)["side"] == side).sum())


def matches(models: pd.DataFrame, within: float = WITHIN) -> pd.DataFrame:
    """Return each recent closed model of one month with the open models of equal index.

    Parameters
    ----------
    models : DataFrame
        One month of `on_sale`.
    within : float
        Index points.

    Returns
    -------
    DataFrame
        By closed model: ``closed`` (log price), ``open`` (mean log price of its neighbours),
        ``neighbours``.
    """
    young = recent(models)
    opened = young[young["side"] == "open"]
    rows = {}
    for model in young[young["side"] == "closed"].itertuples():
        near = opened[(opened["score"] - model.score).abs() <= within]
        if len(near):
            log_open = np.log(near["price"]).mean()
            rows[model.name] = (np.log(model.price), log_open, len(near))
    columns = ["closed", "open", "neighbours"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def years(months: pd.DatetimeIndex) -> np.ndarray:
    """Return months as years since the first, each month a twelfth."""
    return np.arange(len(months)) / 12


def levels(months: int = 12, **choices: object) -> pd.DataFrame:
    """Return how large the premium was in the last months, by definition.

    Parameters
    ----------
    months : int
        Number of months to the end of the record.
    **choices
        As for `premium`, without ``definition``.

    Returns
    -------
    DataFrame
        By definition: geometric ``mean``, ``least`` and ``most`` of the monthly ratios, and
        ``twofold``, the number of months with a ratio of two and more.

    Examples
    --------
    >>> levels().index.tolist()
    ['best', 'top3', 'matched']
    """
    rows = {}
    for definition in DEFINITIONS:
        last = premium(definition=definition, **choices)["premium"].tail(months)
        ratio = np.exp(last)
        rows[definition] = (np.exp(last.mean()), ratio.min(), ratio.max(), int((ratio >= 2).sum()))
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["mean", "least", "most", "twofold"]
    )
