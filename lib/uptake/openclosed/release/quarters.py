"""Who leads, quarter by quarter, and what became of it after the freeze."""

import numpy as np
import pandas as pd

from uptake.openclosed.capability import index, monthly, sides
from uptake.openclosed.freeze import later
from uptake.openclosed.release.leaders import (
    ARCHIVE,
    GOOGLE,
    LEADERS,
    VINTAGE,
    arena_gap,
    leading,
    pair,
    split,
)
from uptake.openclosed.trends import slope, years


def by_quarter(*, start: str = "2024-01-01", best: int = 10) -> pd.DataFrame:
    """Return who leads at the end of each quarter, and who holds the best places.

    Parameters
    ----------
    start : str
        First day.
    best : int
        How many places. Of models that one laboratory released on one day only the best counts.

    Returns
    -------
    DataFrame
        By quarter: ``leader``, Google's gap on the ``index`` (points) and on the ``Arena`` (Elo),
        and of the best releases to date how many are of the ``two`` leaders, of ``Google``, of
        ``others``, and how many of those have ``open`` weights. The last quarter ends with the
        edition.

    Examples
    --------
    >>> table = by_quarter()
    >>> bool((table[["two", "Google", "others"]].sum(axis=1) == 10).all())
    True
    """
    table = index(VINTAGE)
    months = monthly(pair(), start)["gap"]
    ends = months.index[(months.index.month % 3 == 0) | (months.index == months.index[-1])]
    votes, first = arena_gap()["gap"], leading(start=start)
    rows = {}
    for end in ends:
        labs = _best(table[table["released"] <= end], best)
        groups = [labs["lab"].str.startswith(g).sum() for g in (LEADERS, GOOGLE)]
        opened = (labs["weights"] == "open").sum()
        counts = (*groups, best - sum(groups), opened)
        rows[f"{end:%Y-%m}"] = (first[end], months[end], votes.get(end, np.nan), *counts)
    columns = ["leader", "index", "Arena", "two", "Google", "others", "open"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _best(table: pd.DataFrame, best: int) -> pd.DataFrame:
    table = table.assign(lab=table["developer"].astype(str), weights=table["weights"].astype(str))
    table = table.sort_values("score", ascending=False, kind="stable")
    return table.drop_duplicates(["lab", "released"]).head(best)


def afterwards(vintage: str = "2026-08-11") -> pd.DataFrame:
    """Return Google's gap at the freeze and since, against the line and no change.

    Scoring only: the edition is later than the freeze, and re-estimates every score.

    Parameters
    ----------
    vintage : str
        Edition after the freeze.

    Returns
    -------
    DataFrame
        Rows "index" (points) and "Arena" (Elo): ``before`` (known at the freeze), ``again`` (the
        same month as the later edition has it), ``after`` (last month), ``line`` and ``no_change``
        (what either implied for that month).

    Examples
    --------
    >>> afterwards().index.tolist()
    ['index', 'Arena']
    """
    before = monthly(pair(), "2024-01-01")["gap"]
    since = monthly(split(sides(index(vintage)), LEADERS, GOOGLE), "2024-01-01")["gap"]
    rows = {"index": _scored(before, since)}
    votes = arena_gap()["gap"].loc["2024-01-01":]
    table = later("arena_leaders")
    table = table[(table["series"] == ARCHIVE) & (table["weights"] == "closed")]
    last = table[table["snapshot"] == table["snapshot"].max()]
    best = {g: last.loc[last["developer"].isin(g), "elo"].max() for g in (LEADERS, GOOGLE)}
    end = last["snapshot"].iloc[0] + pd.offsets.MonthEnd(0)
    found = pd.Series([best[LEADERS] - best[GOOGLE]], [end])
    rows["Arena"] = _scored(votes, pd.concat([votes, found]))
    return pd.DataFrame(rows).T


def _scored(before: pd.Series, since: pd.Series) -> dict[str, float]:
    t = years(before.index)
    at = (since.index[-1] - before.index[0]) / pd.Timedelta(days=365.25)
    line = before.mean() + float(slope(t, before)) * (at - t.mean())
    return {
        "before": before.iloc[-1],
        "again": since.get(before.index[-1], np.nan),
        "after": since.iloc[-1],
        "line": line,
        "no_change": before.iloc[-1],
    }


def record_access() -> pd.DataFrame:
    """Return the closed record setters listed since the freeze: days by the lists and by events.

    Scoring only; C5's tripwire asks for these. The index dates two of them at general access, so
    the days since they were first shown to anyone come from the dated events.

    Returns
    -------
    DataFrame
        By model: ``released``, ``days`` to the first listing and ``since_shown`` to general
        access (NaN where no event is dated).

    Examples
    --------
    >>> record_access().columns.tolist()
    ['released', 'days', 'since_shown']
    """
    table = later("first_listed", corrected=True)
    table = table[table["record_setter"] & (table["weights"] == "closed") & table["usable"]]
    table = table.sort_values("days_to_listing").drop_duplicates("model")
    gaps = later("access_gaps")
    shown = {_short(name): days for name, days in zip(gaps["model"], gaps["days"], strict=True)}
    since = [next((d for k, d in shown.items() if k in m), np.nan) for m in table["model"]]
    found = table.set_index("model")[["released", "days_to_listing"]]
    found.columns = ["released", "days"]
    return found.assign(since_shown=since).sort_values("released")


def _short(name: str) -> str:
    """Return the name of the model that became generally available."""
    return str(name).split(" -> ")[-1]
