"""Forecasts on record: made, sealed, scored when a figure comes, and never rewritten."""

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from uptake import datasets
from uptake.files import write
from uptake.forecasting import LEVELS, Forecast, data_hash, forecasts, record, recorded
from uptake.openclosed.record.models import EQUAL, forecast
from uptake.openclosed.record.tables import NOW, Series, edition, series

FOLDER = Path(__file__).parents[1] / "forecasts"
SEALS = "seals.toml"
TARGETS = ("2026-12-31", "2027-06-30", "2027-12-31")
_DRAWS = 999
REACH = 92
"""Days within which there must be a figure on each side of a target, for it to have come due."""


def make(made_on: date, targets: tuple[str, ...] = TARGETS) -> list[Forecast]:
    """Return every model's forecast of every series, from all figures public on a day.

    Parameters
    ----------
    made_on : date
        Today: figures that become public later are not used.
    targets : tuple of str
        Dates to forecast.

    Returns
    -------
    list of Forecast
        Quantiles with five digits; models without a forecast are left out.
    """
    found = []
    for one in series().values():
        table = one.record(pd.Timestamp(made_on))
        days = pd.DatetimeIndex(targets)
        frame = forecast(one, pd.Timestamp(made_on), days, levels=LEVELS, weigh=False, draws=_DRAWS)
        frame = frame.dropna(subset=["forecast"])
        frame[list(LEVELS)] = _rounded(frame[list(LEVELS)].to_numpy())
        found += forecasts(
            frame,
            series=one.name,
            unit=one.unit,
            made_on=made_on,
            known_until=table["known"].max().date(),
            data_sha256=data_hash(table[["date", "value"]]),
        )
    return found


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda number: float(f"{number:.5g}"))(values)


def put(made: list[Forecast], name: str, folder: Path = FOLDER) -> int:
    """Put forecasts on record in a new file and seal it.

    Parameters
    ----------
    made : list of Forecast
    name : str
        Of the file, such as ``2026-11.jsonl``.
    folder : Path
        Where the files and their seals are.

    Returns
    -------
    int
        How many.

    Raises
    ------
    ValueError
        If the file is sealed already: a later round has a file of its own.
    """
    folder = Path(folder)
    if name in _seals(folder):
        raise ValueError(f"{name} is sealed; put new forecasts into a file of their own")
    record(made, folder / name)
    # Counted in the file: a run that was cut short here before has put them there already.
    count = len(recorded(folder / name))
    seal = f'["{name}"]\nforecasts = {count}\nsha256 = "{_hash(folder / name)}"\n'
    seals = folder / SEALS
    write(seals, (seals.read_text("utf-8") if seals.exists() else "") + seal)
    return count


def standing(folder: Path = FOLDER) -> tuple[Forecast, ...]:
    """Return all forecasts on record, refusing a file that is not as it was sealed.

    The chain of hashes inside a file shows a line that was changed, moved or taken out; the seal
    shows lines cut off at the end, and a file that is gone. Who rewrites both is shown by the
    history of the repository, where seals are only ever added.

    Parameters
    ----------
    folder : Path
        Where the files and their seals are.

    Raises
    ------
    ValueError
        Naming the file, and the line where it can be told.

    Examples
    --------
    >>> all(forecast.known_until <= forecast.made_on for forecast in standing())
    True
    """
    folder = Path(folder)
    seals = _seals(folder)
    there = {path.name for path in folder.glob("*.jsonl")}
    if missing := sorted(set(seals) - there):
        raise ValueError(f"{missing[0]} is sealed and not there; restore it from the history")
    if loose := sorted(there - set(seals)):
        raise ValueError(
            f"{loose[0]} has no seal, as when putting it on record was cut short; run the same "
            "'python -m uptake.openclosed.record forecast' again, or delete the file"
        )
    found = []
    for name, seal in seals.items():
        rows = recorded(folder / name)
        if len(rows) != seal["forecasts"] or _hash(folder / name) != seal["sha256"]:
            raise ValueError(
                f"{name} is not as it was sealed ({len(rows)} forecasts, {seal['forecasts']} "
                "sealed); restore it: forecasts are never rewritten"
            )
        found += rows
    return tuple(found)


def _seals(folder: Path) -> dict[str, dict]:
    path = folder / SEALS
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def actual(one: Series, target: pd.Timestamp, figures: pd.DataFrame | None = None) -> float:
    """Return the figure of a day once it can be told, else NaN.

    A figure of the day itself counts as it is. Else it is read off the straight line, in logs, log
    odds or points, between the figures before and after, each within `REACH` days. A month of the
    index counts as the first edition from that day on gives it.

    Parameters
    ----------
    one : Series
        What was forecast.
    target : Timestamp
        The day.
    figures : DataFrame, optional
        ``date`` and ``value``; by default all that are known.

    Examples
    --------
    >>> one = series()["openai_revenue"]
    >>> actual(one, pd.Timestamp("2026-05-26")), actual(one, pd.Timestamp("2030-01-01"))
    (33000000000.0, nan)
    """
    table = one.figures(NOW) if figures is None else figures
    if one.reader == "index" and figures is None:
        table = _first_edition(one, target)
    dates, values = pd.DatetimeIndex(table["date"]), table["value"].to_numpy(float)
    if (dates == target).any():
        return float(values[dates == target][0])
    before, after = dates[dates < target], dates[dates > target]
    if before.empty or after.empty:
        return float("nan")
    ends = [before.max(), after.min()]
    if max(abs((target - end).days) for end in ends) > REACH:
        return float("nan")
    y = one.to_scale([values[dates == end][0] for end in ends])
    part = (target - ends[0]) / (ends[1] - ends[0])
    return float(one.from_scale(y[0] + part * (y[1] - y[0])))


def _first_edition(one: Series, target: pd.Timestamp) -> pd.DataFrame:
    days = datasets.load("capability_index")["vintage"]
    days = days[days >= target]
    return edition(one, days.min()) if len(days) else pd.DataFrame({"date": [], "value": []})


def score(
    forecasts: tuple[Forecast, ...] | None = None,
    figures: dict[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Return the scores of every forecast on record that has come due.

    Parameters
    ----------
    forecasts : tuple of Forecast, optional
        By default those of `standing`.
    figures : dict of str to DataFrame, optional
        ``date`` and ``value`` by series, instead of what the tables hold.

    Returns
    -------
    DataFrame
        As `uptake.forecasting.Forecast.score` gives it, one row per forecast and target, with
        ``target`` as a column; empty while nothing has come due.

    Examples
    --------
    >>> {"series", "model", "target", "pit"} <= set(score().columns)
    True
    """
    kept = standing() if forecasts is None else forecasts
    wanted = {each.series: set() for each in kept if figures is None or each.series in figures}
    for each in kept:
        wanted.get(each.series, set()).update(pd.DatetimeIndex(each.targets))
    came = {name: _came(name, days, figures) for name, days in wanted.items()}
    parts = [each.score(came[each.series]).reset_index() for each in kept if each.series in came]
    columns = ["target", "series", "model", "made_on", "actual", "median", "low", "high"]
    columns += ["level", "inside", "error", "quantile_score", "pit"]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _came(
    name: str, days: set[pd.Timestamp], figures: dict[str, pd.DataFrame] | None
) -> dict[pd.Timestamp, float]:
    one = series()[name]
    table = one.figures(NOW) if figures is None else figures[name]
    editions = figures is None and one.reader == "index"
    return {day: actual(one, day, None if editions else table) for day in days}


def house(forecasts: tuple[Forecast, ...] | None = None) -> pd.DataFrame:
    """Return the forecasts of the average of all models, one row per series and target.

    Parameters
    ----------
    forecasts : tuple of Forecast, optional
        By default those of `standing`.

    Returns
    -------
    DataFrame
        ``series``, ``target``, ``made_on``, ``known_until``, ``median`` and the ends of the 50,
        80 and 95% bands: ``low50``, ``high50`` and so on.

    Examples
    --------
    >>> table = house()
    >>> bool((table["low95"] <= table["median"]).all())
    True
    """
    rows = []
    for each in standing() if forecasts is None else forecasts:
        if each.model != EQUAL:
            continue
        for day, values in each.table.iterrows():
            row = {"series": each.series, "target": day, "made_on": each.made_on}
            row |= {"known_until": each.known_until, "median": values[0.5]}
            row |= {"low50": values[0.25], "high50": values[0.75], "low80": values[0.1]}
            row |= {"high80": values[0.9], "low95": values[0.025], "high95": values[0.975]}
            rows.append(row)
    return pd.DataFrame(rows)


def revised(forecasts: tuple[Forecast, ...] | None = None) -> list[str]:
    """Return the series whose data of the day of forecast are no longer what they were.

    A table may be corrected after a forecast; the forecast stays, and this says so.

    Parameters
    ----------
    forecasts : tuple of Forecast, optional
        By default those of `standing`.

    Examples
    --------
    >>> isinstance(revised(), list)
    True
    """
    kept = standing() if forecasts is None else forecasts
    found = set()
    for name, day, old in {(each.series, each.made_on, each.data_sha256) for each in kept}:
        table = series()[name].record(pd.Timestamp(day))[["date", "value"]]
        # The first forecasts were sealed with a hash over all digits.
        if old not in (data_hash(table), data_hash(table, digits=None)):
            found.add(name)
    return sorted(found)
