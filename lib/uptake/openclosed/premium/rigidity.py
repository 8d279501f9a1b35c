"""How long a list price stands: Kaplan-Meier, closed laboratories against hosts of open models."""

import functools

import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from uptake import datasets
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.premium.prices import BLENDS, listed

OWN = {"openai", "anthropic", "google", "xai", "mistral", "cohere", "ai21", "amazon_nova"}
"""Hosts that sell closed models of their own."""
SHORTEST = 90
"""Days on the list below which a name of a laboratory is not watched."""


@functools.cache
def spells(
    source: str = "litellm", start: str = "2024-11-01", corrected: bool = True
) -> pd.DataFrame:
    """Return how long each host kept its first listed price of a model.

    Watching begins in the first month in which the pair is on the list, which for pairs on the
    first list is later than their launch, and ends with the last month by the freeze. Names that
    move between models are out; so is a pair seen in one month only.

    Parameters
    ----------
    source : {"litellm", "models.dev"}
        One list: another list's price is no change.
    start : str
        First month.
    corrected : bool
        Whether known errors of the list are put right; if not, its mendings count as changes.

    Returns
    -------
    DataFrame
        One row per host and model: ``side``, ``host``, ``model``, ``months`` watched,
        ``changed``, ``step`` (log of the new price over the old, 3:1 blend; NaN if unchanged).

    Raises
    ------
    ValueError
        If there is no such list.

    Examples
    --------
    >>> table = spells()
    >>> bool((table["months"] > 0).all())
    True
    """
    rows = listed(FREEZE, corrected)[0]
    rows = rows[(rows["list"] == source) & (rows["month"] >= start)]
    if rows.empty:
        raise ValueError(f"no list {source!r} from {start}; use litellm or models.dev")
    rows = rows[~rows["model"].str.contains("latest")]
    own = (rows["weights"] == "closed") & rows["host"].isin(OWN)
    rows = rows[own | (rows["weights"] == "open")]
    price = BLENDS["3:1"] * rows["input_usd_per_mtok"] + 0.25 * rows["output_usd_per_mtok"]
    rows = rows.assign(price=price, side=rows["weights"].astype(str))
    found = [
        {"side": side, "host": host, "model": model, **_spell(pair)}
        for (side, host, model), pair in rows.groupby(["side", "host", "model"])
    ]
    table = pd.DataFrame(found)
    return table[table["months"] > 0].reset_index(drop=True)


def _spell(pair: pd.DataFrame) -> dict:
    """Return the time to the first change of one pair; months are counted on the calendar."""
    pair = pair.sort_values("month")
    log = np.log(pair["price"].to_numpy())
    month = pair["month"].dt.year.to_numpy() * 12 + pair["month"].dt.month.to_numpy()
    # A hundredth is rounding of prices per token, not a change.
    moved = np.flatnonzero(np.abs(log - log[0]) > 0.01)
    at = moved[0] if moved.size else len(log) - 1
    step = float(log[at] - log[0]) if moved.size else np.nan
    return {"months": int(month[at] - month[0]), "changed": bool(moved.size), "step": step}


def survival_of_prices(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share of prices not yet changed, by months on the list.

    Parameters
    ----------
    table : DataFrame
        Spells of one side.

    Returns
    -------
    DataFrame
        ``months``, ``unchanged``, ``low``, ``high``: 95% band on the log-log scale, as if pairs
        were independent; the hosts of one model are not, so it is too narrow.
    """
    fitted = SurvfuncRight(table["months"], table["changed"].astype(int))
    share, error = fitted.surv_prob, fitted.surv_prob_se
    inner = (share > 0) & (share < 1)
    spread = np.where(inner, 1.96 * error / np.where(inner, -share * np.log(share), 1), 0)
    ends = [np.where(inner, share ** np.exp(sign * spread), share) for sign in (1, -1)]
    return pd.DataFrame(
        {"months": fitted.surv_times, "unchanged": share, "low": ends[0], "high": ends[1]}
    )


def after_a_year(
    table: pd.DataFrame, rng: np.random.Generator, *, months: float = 12, size: int = 300
) -> pd.DataFrame:
    """Return the share of prices unchanged after some months, models resampled whole.

    Parameters
    ----------
    table : DataFrame
        From `spells`.
    rng : Generator
        Source of randomness.
    months : float
        When.
    size : int
        Number of resamples; the hosts of one model stay together.

    Returns
    -------
    DataFrame
        By side and for their ``difference`` (closed less open): ``unchanged``, ``low``, ``high``
        (95%), and ``pairs``, ``changed``.
    """
    sides = {side: rows for side, rows in table.groupby("side")}
    draws = {side: _redrawn(rows, rng, months, size) for side, rows in sides.items()}
    value = {side: _at(rows["months"], rows["changed"], months) for side, rows in sides.items()}
    value["difference"] = value["closed"] - value["open"]
    draws["difference"] = draws["closed"] - draws["open"]
    out = pd.DataFrame({"unchanged": value})
    ends = {name: np.quantile(d, [0.025, 0.975]) for name, d in draws.items()}
    out[["low", "high"]] = pd.DataFrame(ends, index=["low", "high"]).T
    out["pairs"] = pd.Series({side: len(rows) for side, rows in sides.items()})
    out["changed"] = pd.Series({side: rows["changed"].sum() for side, rows in sides.items()})
    return out


def _redrawn(rows: pd.DataFrame, rng: np.random.Generator, months: float, size: int) -> np.ndarray:
    places = [np.asarray(p) for p in rows.reset_index().groupby("model").indices.values()]
    times, events = rows["months"].to_numpy(), rows["changed"].to_numpy()
    found = np.empty(size)
    for i in range(size):
        at = np.concatenate([places[k] for k in rng.integers(len(places), size=len(places))])
        found[i] = _at(times[at], events[at], months)
    return found


def _at(times: np.ndarray, events: np.ndarray, months: float) -> float:
    """Return the Kaplan-Meier share still unchanged after some months."""
    times, events = np.asarray(times), np.asarray(events, bool)
    share = 1.0
    for t in np.unique(times[events & (times <= months)]):
        share *= 1 - (events & (times == t)).sum() / (times >= t).sum()
    return float(share)


def log_rank(table: pd.DataFrame) -> tuple[float, float]:
    """Return the log-rank statistic and p value of closed against open, pairs as independent."""
    statistic, p = survdiff(table["months"], table["changed"].astype(int), table["side"])
    return float(statistic), float(p)


def laboratory_changes(
    until: pd.Timestamp = FREEZE, *, corrected: bool = True
) -> tuple[pd.DataFrame, int]:
    """Return changes of the laboratories' list prices that were changes, and the count of others.

    Where the list had a price wrong and then mended it, no price moved: with the wrong cells put
    right such a row has the same prices before and after, and is left out.

    Parameters
    ----------
    until : Timestamp
        Last day of a list. By default the freeze; later ones only describe.
    corrected : bool
        Whether known errors of the list are put right; if not, its mendings count as changes.

    Returns
    -------
    rows : DataFrame
        As `datasets.load` gives them.
    mended : int
        Rows left out.

    Examples
    --------
    >>> len(laboratory_changes(corrected=False)[0]) - len(laboratory_changes()[0])
    2
    """
    rows = _until("first_party_price_changes", until, corrected=corrected)
    kinds = ("input", "output")
    moved = [rows[f"{k}_before_usd_per_mtok"] != rows[f"{k}_after_usd_per_mtok"] for k in kinds]
    kept = moved[0] | moved[1]
    return rows[kept].reset_index(drop=True), int((~kept).sum())


def _until(name: str, until: pd.Timestamp, **options: bool) -> pd.DataFrame:
    """Return the rows of a table known by a day; after the freeze they only describe."""
    read = known if until <= FREEZE else datasets.load
    return read(name, until=until, **options)


def laboratory_keys(
    *,
    labs: tuple[str, ...] = ("OpenAI", "Anthropic", "Google"),
    until: pd.Timestamp = FREEZE,
    corrected: bool = True,
) -> pd.DataFrame:
    """Return names in the laboratories' own price lists and their first change by a day.

    From weekly lists. Out: names ending in -latest, and names listed fewer than 90 days by then.

    Parameters
    ----------
    labs : tuple of str
        Laboratories; xAI's names were made to point to other models, and are out by default.
    until, corrected
        As in `laboratory_changes`.

    Returns
    -------
    DataFrame
        By name: ``lab``, ``days`` on the list by that day, ``seen`` (first change, or NaT).
    """
    keys = _until("first_party_price_keys", until).astype({"lab": str})
    keys = keys[keys["lab"].isin(labs) & ~keys["key"].str.contains("latest")]
    last = keys["last"].clip(upper=until)
    keys = keys.assign(days=(last - keys["first"]).dt.days)
    keys = keys[keys["days"] >= SHORTEST]
    changes, _ = laboratory_changes(until, corrected=corrected)
    first = changes.groupby("key")["seen"].min()
    return keys.assign(seen=keys["key"].map(first)).set_index("key")[["lab", "days", "seen"]]
