"""What came after the freeze: later editions of the index, for scoring and description only."""

import numpy as np
import pandas as pd

from uptake.openclosed.capability.index import VINTAGE, index, monthly, sides
from uptake.openclosed.trends import slope, years

LATER = "2026-08-11"
KIMI_K3 = {
    "any weights": {},
    "without Kimi K3": {"without": ("Kimi K3",)},
    "permissive licences": {"licence": "permissive"},
}
"""How to count Kimi K3 (2026-07-16), whose weights carry a non-commercial licence."""


def forecasts(
    count: str = "any weights",
    *,
    start: str = "2023-01-01",
    day: str = "2026-07-31",
    least: int = 12,
    level: float = 0.9,
) -> pd.DataFrame:
    """Return what the edition known at the freeze said of the gap on a later day.

    The interval adds to a forecast the errors that the same rule made as many months ahead from
    every earlier month of the same edition, so it holds the doubt about level, slope and records.
    It does not hold what a later edition re-estimates.

    Parameters
    ----------
    count : {"any weights", "without Kimi K3", "permissive licences"}
        Which models make the series: each is forecast from its own past.
    start : str
        First month of the record.
    day : str
        A month end after the freeze.
    least : int
        Months before the first forecast whose error counts.
    level : float
        Of the interval; a few dozen overlapping errors do not bear 0.95.

    Returns
    -------
    DataFrame
        ``gap``, ``low``, ``high`` in index points and ``errors``, their number, for ``no change``
        (the last gap) and for the ``line`` by least squares.

    Examples
    --------
    >>> forecasts().index.tolist()
    ['no change', 'line']
    """
    gap = _gaps(index(VINTAGE), start, **KIMI_K3[count])
    ahead = len(pd.date_range(gap.index[-1], day, freq="ME")) - 1
    rows = {}
    for name, rule in {"no change": _last, "line": _line}.items():
        origins = range(least, len(gap) - ahead + 1)
        errors = [gap.iloc[n - 1 + ahead] - rule(gap.iloc[:n], ahead) for n in origins]
        low, high = np.quantile(errors, [(1 - level) / 2, (1 + level) / 2])
        middle = rule(gap, ahead)
        rows[name] = (middle, middle + low, middle + high, len(errors))
    return pd.DataFrame(rows, index=["gap", "low", "high", "errors"]).T


def _last(gap: pd.Series, ahead: int) -> float:
    return float(gap.iloc[-1])


def _line(gap: pd.Series, ahead: int) -> float:
    t = years(gap.index)
    reach = (gap.index[-1] + pd.offsets.MonthEnd(ahead) - gap.index[0]) / pd.Timedelta(days=365.25)
    return float(gap.mean() + slope(t, gap) * (reach - t.mean()))


def scored(*, day: str = "2026-07-31") -> pd.DataFrame:
    """Return the gap that the edition of August 2026 gives, by how Kimi K3 is counted.

    A later edition changes the gap of a day before the freeze too: it estimates all scores anew,
    and it scores models that were out by then and not in the edition of the freeze. Both changes
    are shown apart from what happened afterwards.

    Parameters
    ----------
    day : str
        A month end after the freeze.

    Returns
    -------
    DataFrame
        By count of Kimi K3: ``known in May`` (gap of the last month in the edition of the freeze),
        ``re-estimated`` (change by August of the gap of that same month between the models that
        both editions score), ``scored late`` (its change by models that only August scores),
        ``after`` (change since) and ``gap``, the sum, in index points.

    Examples
    --------
    >>> table = scored()
    >>> parts = table.drop(columns="gap").sum(axis=1)
    >>> bool((parts - table["gap"]).abs().max() < 1e-9)
    True
    """
    may, august = index(VINTAGE), index(LATER)
    both = august[august["model"].isin(may["model"])]
    rows = {}
    for name, choice in KIMI_K3.items():
        before = _gaps(may, **choice)
        shared, after = (_gaps(t, unknown="overridden", **choice) for t in (both, august))
        month, gap = before.index[-1], after[pd.Timestamp(day)]
        known, anew, all_ = before[month], shared[month], after[month]
        rows[name] = (known, anew - known, all_ - anew, gap - all_, gap)
    columns = ["known in May", "re-estimated", "scored late", "after", "gap"]
    return pd.DataFrame(rows, index=columns).T


def _gaps(table: pd.DataFrame, start: str = "2023-01-01", **choice: object) -> pd.Series:
    return monthly(sides(table, **choice), start)["gap"]


def misses(*, day: str = "2026-07-31", level: float = 0.9) -> pd.DataFrame:
    """Return what was forecast of each count's gap from its own record, beside what came of it.

    Parameters
    ----------
    day : str
        A month end after the freeze.
    level : float
        Of the intervals; see `forecasts`.

    Returns
    -------
    DataFrame
        By count of Kimi K3 and rule: ``gap`` (forecast), ``low``, ``high``, ``came``, ``miss``
        (came less forecast, index points) and ``inside``. The outcomes overlap: they are three
        readings of one month in one edition.

    Examples
    --------
    >>> table = misses()
    >>> bool((table["came"] - table["gap"] == table["miss"]).all())
    True
    """
    came = scored(day=day)["gap"]
    parts = {name: forecasts(name, day=day, level=level) for name in KIMI_K3}
    table = pd.concat(parts).drop(columns="errors").rename_axis(["count", "rule"])
    table["came"] = came.reindex(table.index, level="count")
    table["miss"] = table["came"] - table["gap"]
    return table.assign(inside=table["came"].between(table["low"], table["high"]))


def editions() -> dict[str, pd.Series]:
    """Return the monthly gap in the edition of the freeze and in the last one, two ways.

    Examples
    --------
    >>> [series.index[-1].month for series in editions().values()]
    [4, 7, 7]
    """
    later = {
        name: monthly(sides(index(LATER), unknown="overridden", **choice), "2023-01-01")["gap"]
        for name, choice in (("August edition", {}), ("without Kimi K3", {"without": ("Kimi K3",)}))
    }
    return {"May edition": monthly(sides(index(VINTAGE)), "2023-01-01")["gap"], **later}
