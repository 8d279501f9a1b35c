"""The series that are forecast: how each is read from the tables, as known on a day."""

import functools
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake import datasets
from uptake.openclosed.capability.index import index, monthly, sides
from uptake.openclosed.estimates import spell
from uptake.openclosed.freeze import FREEZE

SCALES = ("log", "odds", "linear")
NOW = pd.Timestamp("2100-01-01")
"""A day by which every row of the tables is known."""
_FIRST_MONTH = "2023-01-01"
_FIRST_TOTAL = "2025-04-28"
"""First week in which the router's chart has a row for the models below the ninth place."""


@dataclass(frozen=True)
class Series:
    """One series that is forecast; read from record.toml by `series`.

    Parameters
    ----------
    name, label, unit : str
        Id, words for a reader, unit of the values.
    subject : str
        What it has in common with others; series of one subject move together.
    scale : {"log", "odds", "linear"}
        Where errors are additive.
    reader : {"reports", "router", "spend", "gateway", "index"}
        How the tables become one record.
    claims : tuple of str
        Claims beside whose verdicts the scores stand.
    hindcast : bool
        Whether there was a record by the freeze.
    per, words : float and str
        What the values are divided by where they are printed, and the unit that makes.
    options : mapping
        What the reader needs beside.

    Raises
    ------
    ValueError
        For a scale or a reader that is none of these.
    """

    name: str
    label: str
    unit: str
    subject: str
    scale: str
    reader: str
    claims: tuple[str, ...]
    hindcast: bool
    per: float = 1.0
    words: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        if self.scale not in SCALES:
            raise ValueError(f"{self.name}: scale is {self.scale!r}; use {', '.join(SCALES)}")
        if self.reader not in _READERS:
            raise ValueError(f"{self.name}: reader is {self.reader!r}; use {', '.join(_READERS)}")

    def figures(self, day: pd.Timestamp = FREEZE) -> pd.DataFrame:
        """Return every figure public by a day.

        Parameters
        ----------
        day : Timestamp
            By default the freeze. A later one may score or describe; see `uptake.openclosed`.

        Returns
        -------
        DataFrame
            ``date``, ``value`` in the series' unit and ``known``, the day it was public, by date;
            of several figures for one date the best graded, and of those the last.

        Raises
        ------
        ValueError
            If nothing was public by the day.
        """
        table = _READERS[self.reader](self, pd.Timestamp(day))
        if table.empty:
            raise ValueError(f"nothing of {self.name} was public by {day:%Y-%m-%d}")
        return table[["date", "value", "known"]].reset_index(drop=True)

    def record(self, day: pd.Timestamp = FREEZE) -> pd.DataFrame:
        """Return the figures that forecasts made on a day are fitted to.

        Press figures days apart say more of rounding than of growth: from the last figure
        backwards, those less than ``apart`` days before one that is kept are left out.
        """
        table = self.figures(day)
        return table[_spaced(table["date"], self.options.get("apart", 0))].reset_index(drop=True)

    def left_out(self, day: pd.Timestamp = FREEZE) -> dict[str, int]:
        """Return how many figures public by a day are not fitted, by reason.

        Weeks of the router in which only its nine largest models are charted say nothing of the
        sides, and before the chart had a row for the rest, nothing of the total.
        """
        day = pd.Timestamp(day)
        counts = dict(_PASSED_OVER.get(self.reader, lambda one, day: {})(self, day))
        near = len(self.figures(day)) - len(self.record(day))
        counts[f"within {self.options.get('apart', 0)} days of a later one"] = near
        return {reason: n for reason, n in counts.items() if n}

    def spell(self, value: float) -> str:
        """Return a value with three digits in the unit in which it is printed."""
        return f"{value:.1%}" if self.scale == "odds" else spell(value / self.per)

    def to_fit(self, values: ArrayLike) -> NDArray:
        """Return values as curves are fitted to them: a share as its odds."""
        values = np.asarray(values, float)
        return values / (1 - values) if self.scale == "odds" else values

    def from_fit(self, values: ArrayLike) -> NDArray:
        """Return what was fitted in the unit of the series: odds as a share."""
        values = np.asarray(values, float)
        if self.scale != "odds":
            return values
        # Written so that odds beyond any number give one, and none at all gives none.
        with np.errstate(divide="ignore"):
            return 1 / (1 + 1 / values)

    def to_scale(self, values: ArrayLike) -> NDArray:
        """Return values on the scale where errors are measured: logs, log odds or points."""
        values = self.to_fit(values)
        return values if self.scale == "linear" else np.log(values)

    def from_scale(self, values: ArrayLike) -> NDArray:
        """Return the inverse of `to_scale`."""
        values = np.asarray(values, float)
        return values if self.scale == "linear" else self.from_fit(np.exp(values))


@functools.cache
def declared() -> dict[str, Any]:
    """Return record.toml: the declared comparison, the series, and the sealed files."""
    text = (resources.files("uptake.openclosed") / "record.toml").read_text("utf-8")
    return tomllib.loads(text)


def series(hindcast: bool | None = None) -> dict[str, Series]:
    """Return the series by name, in the order of record.toml.

    Parameters
    ----------
    hindcast : bool, optional
        Only those with, or without, a record by the freeze.

    Examples
    --------
    >>> series()["router_token_share"].to_scale(0.5)
    np.float64(0.0)
    """
    common = set(Series.__dataclass_fields__)
    found = {}
    for name, cells in declared()["series"].items():
        own = {k: v for k, v in cells.items() if k in common}
        own["claims"] = tuple(own["claims"])
        options = {k: v for k, v in cells.items() if k not in common}
        found[name] = Series(name=name, **own, options=options)
    return {k: s for k, s in found.items() if hindcast is None or s.hindcast == hindcast}


def _spaced(dates: pd.Series, apart: int) -> NDArray:
    """Tell dates (ascending) to keep, from the last backwards, at least ``apart`` days apart."""
    keep, last = np.zeros(len(dates), bool), None
    for i in range(len(dates) - 1, -1, -1):
        if last is None or (last - dates.iloc[i]).days >= apart:
            keep[i], last = True, dates.iloc[i]
    return keep


def _reports(one: Series, day: pd.Timestamp) -> pd.DataFrame:
    return _reported(one, day).drop_duplicates("date", keep="last")


def _same_day(one: Series, day: pd.Timestamp) -> dict[str, int]:
    return {"another figure of the same day": int(_reported(one, day)["date"].duplicated().sum())}


def _reported(one: Series, day: pd.Timestamp) -> pd.DataFrame:
    """Return every report, of one date the best graded last, and of those the latest."""
    parts = []
    for table, name in one.options["from"].items():
        rows = datasets.load(table, until=day)
        parts.append(rows.loc[rows["series"] == name, ["date", "value", "known", "grade"]])
    rows = pd.concat(parts).astype({"grade": str})
    return rows.sort_values(["date", "grade", "known"], ascending=[True, False, True])


def _router(one: Series, day: pd.Timestamp) -> pd.DataFrame:
    rows, side = datasets.load("router_models", until=day), one.options["side"]
    rows = rows[~_silent(one, rows)]
    weights = rows["weights"].astype(str)
    rows = rows.assign(weights=weights.mask(rows["model"] == one.options.get("as_open"), "open"))
    wide = rows.pivot_table(
        index="week", columns="weights", values="tokens", aggfunc="sum", observed=True
    )
    by_week = rows.groupby("week")
    days, public = by_week["days"].first(), by_week["known"].max()
    value = {
        "all": wide.sum(axis=1) / days,
        "open": wide["open"] / days,
        "closed": wide["closed"] / days,
        "share": wide["open"] / (wide["open"] + wide["closed"]),
    }[side]
    return pd.DataFrame({"value": value, "known": public}).rename_axis("date").reset_index()


def _silent(one: Series, rows: pd.DataFrame) -> pd.Series:
    """Tell rows of weeks that say nothing of a series of the router."""
    # Nine charted models say nothing of the sides; with the rest they still make up the total.
    charted = rows["scope"].astype(str) == "top9_chart"
    return rows["week"] < _FIRST_TOTAL if one.options.get("side") == "all" else charted


def _weeks_passed_over(one: Series, day: pd.Timestamp) -> dict[str, int]:
    rows = datasets.load("router_models" if one.reader == "router" else "router_spend", until=day)
    whole = one.options.get("side") == "all"
    reason = "nine models charted, no total" if whole else "nine models charted"
    return {reason: rows.loc[_silent(one, rows), "week"].nunique()}


def _spend(one: Series, day: pd.Timestamp) -> pd.DataFrame:
    rows = datasets.load("router_spend", until=day)
    rows = rows[(rows["mix"] == "observed") & ~_silent(one, rows)]
    column = one.options.get("column", "open_dollar_share")
    return rows.rename(columns={"week": "date", column: "value"}).sort_values("date")


def _gateway(one: Series, day: pd.Timestamp) -> pd.DataFrame:
    weeks = _gateway_weeks(one, day)
    table = weeks.agg({"value": "mean", "known": "max"})
    return table[weeks.size() == 7].reset_index()


def _parts_of_weeks(one: Series, day: pd.Timestamp) -> dict[str, int]:
    return {"weeks of fewer than seven days": int((_gateway_weeks(one, day).size() != 7).sum())}


def _gateway_weeks(one: Series, day: pd.Timestamp) -> pd.api.typing.TimeGrouper:
    rows = datasets.load("gateways_daily", until=day)
    rows = rows[rows["series"] == one.options["column"]].set_index("date").sort_index()
    return rows.resample("W-MON", label="left", closed="left")


def _index(one: Series, day: pd.Timestamp) -> pd.DataFrame:
    editions = datasets.load("capability_index", until=day)["vintage"]
    if editions.empty:
        return pd.DataFrame(columns=["date", "value", "known"])
    return edition(one, editions.iloc[0])


def edition(one: Series, vintage: pd.Timestamp, *, without: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return a series of the index month by month in one edition, named models left out.

    Parameters
    ----------
    one : Series
        With the reader "index".
    vintage : Timestamp
        Day of the edition.
    without : tuple of str
        Models or developers to leave out.
    """
    both = sides(index(vintage), unknown="overridden", without=without)
    table = monthly(both, _FIRST_MONTH)
    value = table[one.options["side"]].rename("value")
    return value.rename_axis("date").reset_index().assign(known=pd.Timestamp(vintage))


_READERS: dict[str, Callable[[Series, pd.Timestamp], pd.DataFrame]] = {
    "reports": _reports,
    "router": _router,
    "spend": _spend,
    "gateway": _gateway,
    "index": _index,
}
_PASSED_OVER: dict[str, Callable[[Series, pd.Timestamp], dict[str, int]]] = {
    "reports": _same_day,
    "router": _weeks_passed_over,
    "spend": _weeks_passed_over,
    "gateway": _parts_of_weeks,
}
