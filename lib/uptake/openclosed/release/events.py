"""The dated events that the price lists miss: previews, restrictions, withdrawals.

They come from pages searched more thoroughly for 2026 than for the years before, so a count by
year says as much about the search as about the laboratories. The same search finds events that
open access; the odds of the two kinds are less exposed to it.
"""

import numpy as np
import pandas as pd
from scipy.stats.contingency import odds_ratio

from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.release.listings import delays, unlisted_previews

SELLERS = ("OpenAI", "Anthropic", "Google", "xAI", "Meta")
"""Laboratories that sold closed models and are searched for in both years."""
OPENS = ("general access", "weights released", "access restored")
RELAXES = ("limits raised", "reasoning shown")


def events(*, start: str = "2025-01-01") -> pd.DataFrame:
    """Return dated events of five laboratories up to the freeze, with what each does to access.

    Parameters
    ----------
    start : str
        First day.

    Returns
    -------
    DataFrame
        As ``release_events``, and ``year`` and ``does``: "holds back" (limited access,
        postponement, withdrawal), "rations" (a policy that limits use) or "opens".

    Examples
    --------
    >>> sorted(events()["does"].unique())
    ['holds back', 'opens', 'rations']
    """
    table = known("release_events")
    texts = dict.fromkeys(("lab", "model", "kind", "detail"), str)
    table = table[(table["date"] >= start) & table["lab"].isin(SELLERS)].astype(texts)
    opens = table["kind"].isin(OPENS) | table["detail"].isin(RELAXES)
    does = np.select([opens, table["kind"] == "policy"], ["opens", "rations"], "holds back")
    return table.assign(does=does, year=table["date"].dt.year).reset_index(drop=True)


def held_back(table: pd.DataFrame) -> pd.DataFrame:
    """Return the events that hold models back, with the day of general access where there was one.

    Parameters
    ----------
    table : DataFrame
        From `events`.

    Returns
    -------
    DataFrame
        ``date``, ``lab``, ``model``, ``kind`` and ``until``: general access to the same model by
        the freeze, found by its name; NaT where none is dated. ``waiting`` marks the previews
        that no list names by the freeze.

    Examples
    --------
    >>> held = held_back(events()).set_index("model")
    >>> held.loc["GPT-5.3-Codex", "until"]
    Timestamp('2026-02-24 00:00:00')
    """
    opened = table[table["kind"] == "general access"]
    held = table[table["does"] == "holds back"]
    until = []
    for event in held.itertuples():
        same = opened["model"].str.startswith(event.model) & (opened["date"] >= event.date)
        first = opened.loc[same, "date"].min()
        until.append(first if event.kind == "limited access" else pd.NaT)
    waiting = held["model"].isin(unlisted_previews()["model"]) & (held["kind"] == "limited access")
    found = held[["date", "lab", "model", "kind"]].assign(until=until, waiting=waiting)
    return found.reset_index(drop=True)


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return events by year and by what they do, with the months that each year had.

    Parameters
    ----------
    table : DataFrame
        From `events`.

    Examples
    --------
    >>> counts(events())["months"].tolist()
    [12, 5]
    """
    found = pd.crosstab(table["year"], table["does"]).rename_axis(columns=None)
    return found.assign(months=[FREEZE.month if y == FREEZE.year else 12 for y in found.index])


def restriction_odds(table: pd.DataFrame) -> tuple[float, float, float]:
    r"""Return the odds of a restricting over an opening event, 2026 over 2025, with a 95% interval.

    .. math:: \frac{r_{2026} / o_{2026}}{r_{2025} / o_{2025}}

    by conditional maximum likelihood, with Fisher's exact interval.

    Parameters
    ----------
    table : DataFrame
        From `events`.

    Examples
    --------
    >>> value, low, high = restriction_odds(events())
    >>> low < value < high
    True
    """
    cells = [
        [int(((table["year"] == year) & (opens == (table["does"] == "opens"))).sum())
         for opens in (False, True)]
        for year in (2026, 2025)
    ]  # fmt: skip
    found = odds_ratio(cells)
    low, high = found.confidence_interval(0.95)
    return float(found.statistic), float(low), float(high)


def clock_check() -> pd.DataFrame:
    """Return models whose delay is dated by events as well as bounded by the lists.

    A check of the lists, so models of any edition of the index count.

    Returns
    -------
    DataFrame
        By model: ``days`` from the first showing by the events, ``first`` and ``last`` from the
        release by the lists, and ``late``: by how many days at least the lists come later.

    Examples
    --------
    >>> clock_check().loc["GPT-5.3 Codex"].astype(int).tolist()
    [19, 19, 24, 0]
    """
    dated = known("access_gaps")
    dated = dated[dated["weights"] == "closed"].assign(name=dated["model"].map(_plain))
    listed = delays(previews="out", editions="any").table
    listed = listed.assign(name=listed["model"].map(_plain))
    rows = {}
    for event in dated.itertuples():
        # The index calls Grok 4.3 "Grok 4.3 Beta".
        match = listed[listed["name"].isin([event.name, f"{event.name} beta"])]
        for one in match.itertuples():
            late = max(one.first - event.days, 0.0)
            rows[one.model] = (int(event.days), one.first, one.last, late)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["days", "first", "last", "late"])


def _plain(name: str) -> str:
    return str(name).lower().replace("-", " ")


def by_laboratory() -> pd.DataFrame:
    """Return, by year and laboratory, how many models were surely listed within a week or later.

    Returns
    -------
    DataFrame
        ``models``, ``releases`` (laboratory and day), ``within`` (listed within seven days
        whatever the interval holds), ``later`` (surely after seven days), ``open`` (the interval
        holds both).

    Examples
    --------
    >>> table = by_laboratory()
    >>> bool((table[["within", "later", "open"]].sum(axis=1) == table["models"]).all())
    True
    """
    return within_a_week(delays().table, ["lab", "year"])


def within_a_week(table: pd.DataFrame, by: list[str], days: int = 7) -> pd.DataFrame:
    """Return how many models were surely listed within some days, surely later, or neither.

    Parameters
    ----------
    table : DataFrame
        From `delays`.
    by : list of str
        Columns to group by.
    days : int
        Within how many.

    Examples
    --------
    >>> within_a_week(delays(models="record_setters").table, ["year"]).index.tolist()
    [2025, 2026]
    """
    within, later = table["last"] <= days, table["first"] > days
    marked = table.assign(within=within, later=later, open=~within & ~later, models=1)
    sums = marked.groupby(by)[["models", "within", "later", "open"]].sum()
    sums.insert(1, "releases", table.groupby(by)["cluster"].nunique())
    return sums
