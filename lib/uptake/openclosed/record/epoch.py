"""When Anthropic's revenue passes OpenAI's: Epoch's forecast of February 2026, refitted, scored."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from uptake import Exponential, fit
from uptake.fitting import Fit
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.record.models import forecast
from uptake.openclosed.record.tables import NOW, series

LABS = {"Anthropic": "anthropic_revenue", "OpenAI": "openai_revenue"}
PUBLISHED = {"Anthropic": 10.0, "OpenAI": 3.4, "crossing": "2026-08", "level": 43e9}
"""Growth a year (factor), month of the crossing and revenue there (USD a year): Epoch AI, February
2026, as kersai.com reported it on the 24th; Epoch's own page was not read."""
PUBLISHED_ON = pd.Timestamp("2026-02-28")
_YEAR = pd.Timedelta(days=365.25)
_ORIGIN = pd.Timestamp("2025-01-01")


@dataclass(frozen=True, eq=False)
class Crossing:
    """Two exponentials and where they meet.

    Attributes
    ----------
    growth : DataFrame
        By laboratory: ``factor`` a year with ``low`` and ``high`` (95%), and ``n`` figures.
    date, low, high : Timestamp
        Day of the crossing and its 95% interval; NaT for a day that never comes.
    level : float
        USD a year at the crossing.
    """

    growth: pd.DataFrame
    date: pd.Timestamp
    low: pd.Timestamp
    high: pd.Timestamp
    level: float


def crossing(
    day: pd.Timestamp = PUBLISHED_ON,
    *,
    since: float = 1e9,
    every: bool = False,
    errors: str = "iid",
    draws: int = 999,
    rng: np.random.Generator | None = None,
) -> Crossing:
    """Fit an exponential to each laboratory's revenue and return where the two meet.

    Parameters
    ----------
    day : Timestamp
        Figures public by this day are used.
    since : float
        Figures from the first that reaches this many USD a year; Epoch began at one billion.
    every : bool
        Whether figures a few days apart all count; else see `Series.record`.
    errors : {"iid", "ar1"}
        How errors of the logs follow each other.
    draws : int
        Bootstrap refits behind the intervals.
    rng : Generator, optional
        Source of randomness, by default one seeded with 0.

    Examples
    --------
    >>> found = crossing(draws=99)
    >>> bool(found.growth.loc["Anthropic", "factor"] > found.growth.loc["OpenAI", "factor"])
    True
    """
    rng = rng or np.random.default_rng(0)
    rows, lines, samples = {}, {}, {}
    for lab, name in LABS.items():
        found, n = _line(name, day, since, every, errors)
        lines[lab] = np.array([[found.params["a"], found.params["r"]]])
        samples[lab] = found.draws(draws, rng).params[["a", "r"]].to_numpy()
        low, high = np.quantile(samples[lab][:, 1], [0.025, 0.975])
        rows[lab] = np.exp([found.params["r"], low, high]).tolist() + [n]
    growth = pd.DataFrame.from_dict(rows, orient="index", columns=["factor", "low", "high", "n"])
    years = _meeting(*lines.values())[0]
    # A pair of lines that never meets has its crossing at infinity, and counts there.
    low, high = np.quantile(_meeting(*samples.values()), [0.025, 0.975], method="inverted_cdf")
    a, r = lines["OpenAI"][0]
    return Crossing(growth, *map(_date, (years, low, high)), float(a * np.exp(r * years)))


def _meeting(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return when exponentials (n, 2) of a and r meet; infinity if the first grows no faster."""
    with np.errstate(divide="ignore", invalid="ignore"):
        years = np.log(second[:, 0] / first[:, 0]) / (first[:, 1] - second[:, 1])
    return np.where(first[:, 1] > second[:, 1], years, np.inf)


def _date(years: float) -> pd.Timestamp:
    if not np.isfinite(years) or years > 100:
        return pd.NaT
    return (_ORIGIN + years * _YEAR).normalize()


def reported(raised: float = 1.0) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days between which Anthropic's reported revenue passed OpenAI's.

    Each figure of Anthropic is held against OpenAI's last; the first day is the last on which it
    was no higher. Anthropic reports gross of what its cloud partners keep, OpenAI net, so the
    crossing on one basis would be later.

    Parameters
    ----------
    raised : float
        Factor on OpenAI's figures that would make them gross; an assumption.

    Examples
    --------
    >>> [f"{day:%Y-%m-%d}" for day in reported()]
    ['2026-03-15', '2026-04-06']
    """
    both = [series()[name].figures(FREEZE).set_index("date")["value"] for name in LABS.values()]
    wide = pd.concat(both, axis=1, keys=LABS, sort=True)
    wide["OpenAI"] = raised * wide["OpenAI"].ffill()
    wide = wide.dropna()
    behind = wide.index[wide["Anthropic"] <= wide["OpenAI"]]
    return behind[-1], wide.index[wide.index > behind[-1]][0]


def refits(rng: np.random.Generator) -> pd.DataFrame:
    """Return the crossing under other windows, errors and days, one change at a time.

    Returns
    -------
    DataFrame
        By change: growth factors of ``Anthropic`` and ``OpenAI``, ``crossing`` with ``low`` and
        ``high`` (95%), ``level`` in billion USD, and ``months`` from the crossing to the reported
        one (negative where the forecast was too late).

    Examples
    --------
    >>> refits(np.random.default_rng(1)).index[0]
    "Epoch's rule, our figures"
    """
    ways = {
        "Epoch's rule, our figures": {},
        "errors that follow each other": {"errors": "ar1"},
        "figures to January 2026": {"day": pd.Timestamp("2026-01-31")},
        "every figure, however near": {"every": True},
        "from the first figure": {"since": 0.0},
        "figures to March 2026": {"day": pd.Timestamp("2026-03-31")},
    }
    first, last = reported()
    middle = first + (last - first) / 2
    rows = {}
    for name, choice in ways.items():
        found = crossing(rng=rng, **choice)
        away = (middle - found.date) / _YEAR * 12
        rows[name] = {
            **found.growth["factor"].to_dict(),
            "crossing": found.date,
            "low": found.low,
            "high": found.high,
            "level": found.level / 1e9,
            "months": away,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def drawn(
    since: str = "2024-06-01", until: str = "2026-12-31"
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.Series]]:
    """Return all figures of both laboratories and Epoch's lines, to describe and to draw.

    Parameters
    ----------
    since, until : str
        First and last day.

    Returns
    -------
    figures : dict of str to DataFrame
        ``date`` and ``value`` (USD a year) by laboratory, those after the freeze among them.
    lines : dict of str to Series
        Fitted to the figures of `PUBLISHED_ON`, by day, from the first figure that is fitted.

    Examples
    --------
    >>> figures, lines = drawn()
    >>> list(figures) == list(lines) == ["Anthropic", "OpenAI"]
    True
    """
    days = pd.date_range(since, until, freq="5D").union([PUBLISHED_ON])
    figures = {lab: series()[name].figures(NOW) for lab, name in LABS.items()}
    figures = {lab: rows[rows["date"] >= since] for lab, rows in figures.items()}
    lines = {}
    for lab, name in LABS.items():
        fitted = _since(series()[name].record(PUBLISHED_ON), 1e9)["date"]
        own = days[days >= fitted.min()].union([max(fitted.min(), pd.Timestamp(since))])
        lines[lab] = pd.Series(_rule(lab, own), own)
    return figures, lines


def beside_ours() -> pd.DataFrame:
    """Return how Epoch's rule and our models, all fitted to February 2026, met what came.

    Returns
    -------
    DataFrame
        By model, ``Epoch's rule`` among them: for each laboratory the mean absolute error of the
        log over all later figures, and ``n`` of them.

    Examples
    --------
    >>> "Epoch's rule" in beside_ours().index
    True
    """
    columns = {}
    for lab, name in LABS.items():
        one = series()[name]
        after = one.figures(NOW).query("date > @PUBLISHED_ON").set_index("date")["value"]
        frame = forecast(one, PUBLISHED_ON, pd.DatetimeIndex(after.index), levels=())
        table = frame.pivot_table(index="target", columns="model", values="forecast", sort=False)
        table["Epoch's rule"] = _rule(lab, after.index)
        columns[lab] = np.log(table).sub(np.log(after), axis=0).abs().mean()
        columns[f"n, {lab}"] = table.count()
    return pd.DataFrame(columns).sort_values("Anthropic")


def _rule(lab: str, dates: pd.DatetimeIndex) -> np.ndarray:
    found, _ = _line(LABS[lab], PUBLISHED_ON, 1e9, False, "iid")
    return found.curve(np.asarray((dates - _ORIGIN) / _YEAR, float))


def _line(
    name: str, day: pd.Timestamp, since: float, every: bool, errors: str
) -> tuple[Fit[Exponential], int]:
    """Return the exponential through a laboratory's figures, and how many there are."""
    one = series()[name]
    table = one.figures(day) if every else one.record(day)
    table = _since(table, since)
    dates = pd.DatetimeIndex(table["date"])
    found = fit(
        Exponential, dates, table["value"], scale="log", errors=errors, origin=f"{_ORIGIN:%Y-%m-%d}"
    )
    return found, len(table)


def _since(table: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return a record from the first figure that reaches a level."""
    return table[table["date"] >= table["date"][table["value"] >= least].min()]
