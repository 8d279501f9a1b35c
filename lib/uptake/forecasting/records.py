"""A forecast as a record: who said what, when, knowing what; scored when the time comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from typing import Any, Self

import numpy as np
import pandas as pd

from uptake.forecasting.scores import quantile_score

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
"""Quantiles put on record: the median and the 50, 80, 90 and 95% bands."""


@dataclass(frozen=True)
class Forecast:
    """Quantiles of a series at dates to come, as one model had them on one day.

    Parameters
    ----------
    series : str
        What is forecast: an id that a reader can look up.
    unit : str
    model : str
    made_on : date
        The day the forecast was put on record.
    known_until : date
        The day after which nothing was known to the model.
    targets : tuple of date
        In order, all after ``known_until``.
    levels : tuple of float
        Rising, between 0 and 1, the median among them.
    quantiles : tuple of tuple of float
        For each target a value at each level, not falling.
    data_sha256 : str
        Hash of the data the forecast rests on; see `data_hash`.
    version : str
        Of this library, by default the one installed.

    Raises
    ------
    ValueError
        For a forecast that contradicts itself, with what to mend.

    Examples
    --------
    >>> from datetime import date
    >>> forecast = Forecast(
    ...     series="lab revenue", unit="billion dollars a year", model="Naive",
    ...     made_on=date(2026, 6, 1), known_until=date(2026, 5, 31),
    ...     targets=(date(2026, 12, 31),), levels=(0.1, 0.5, 0.9), quantiles=((50.0, 60.0, 75.0),),
    ...     data_sha256=data_hash(pd.Series([40.0, 47.0])), version="0.1.0",
    ... )
    >>> forecast.score({"2026-12-31": 70.0})[["actual", "median", "inside", "pit"]].round(3)
                actual  median  inside    pit
    target
    2026-12-31    70.0    60.0    True  0.767
    >>> Forecast.from_json(forecast.to_json()) == forecast
    True
    """

    series: str
    unit: str
    model: str
    made_on: date
    known_until: date
    targets: tuple[date, ...]
    levels: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]
    data_sha256: str
    version: str = version("uptake")

    def __post_init__(self) -> None:
        """Refuse a forecast that contradicts itself."""
        for problem in self._problems():
            raise ValueError(f"forecast of {self.series!r} by {self.model!r}: {problem}")

    def _problems(self) -> list[str]:
        # Types first: what follows counts on them.
        texts = (self.series, self.unit, self.model, self.version)
        days = (self.made_on, self.known_until, *self.targets)
        if not all(isinstance(each, str) and each for each in texts):
            return ["series, unit, model and version must be text"]
        if not all(type(each) is date for each in days):
            return ["days must be datetime.date, without a time"]
        try:
            levels = np.array(self.levels, float)
            values = np.array(self.quantiles, float)
        except (ValueError, TypeError, OverflowError):
            return ["levels and quantiles must be numbers, one list of quantiles for each target"]
        found = []
        if self.known_until > self.made_on:
            found.append(
                f"made on {self.made_on}, it cannot know {self.known_until}; give an earlier "
                "known_until"
            )
        if not self.targets or list(self.targets) != sorted(set(self.targets)):
            found.append("targets must be in order, without repeats, and at least one")
        elif self.targets[0] <= self.known_until:
            found.append(
                f"{self.targets[0]} is no forecast of what is known by {self.known_until}; leave "
                "that target out"
            )
        inside = levels.ndim == 1 and ((0 < levels) & (levels < 1)).all()
        if not inside or 0.5 not in self.levels or not (np.diff(levels) > 0).all():
            found.append("levels must rise between 0 and 1, with 0.5 among them")
        elif values.shape != (len(self.targets), levels.size) or not np.isfinite(values).all():
            found.append("each target needs one finite quantile for each level")
        elif not (np.diff(values, axis=1) >= 0).all():
            found.append("quantiles must not fall as their level rises")
        if len(self.data_sha256) != 64 or set(self.data_sha256) - set("0123456789abcdef"):
            found.append("data_sha256 must be 64 hexadecimal digits; see data_hash")
        return found

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it this forecast and no other: day, series and model."""
        return self.made_on.isoformat(), self.series, self.model

    @property
    def table(self) -> pd.DataFrame:
        """Quantiles, one row per target and one column per level."""
        index = pd.DatetimeIndex(self.targets, name="target")
        return pd.DataFrame(self.quantiles, index=index, columns=list(self.levels))

    def to_json(self) -> str:
        """Return the forecast as one line of JSON."""
        return json.dumps(asdict(self), default=date.isoformat, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a forecast back; nothing in the text is executed.

        Raises
        ------
        ValueError
            For text that is no forecast.
        """
        try:
            cells = json.loads(text)
            cells["made_on"] = date.fromisoformat(cells["made_on"])
            cells["known_until"] = date.fromisoformat(cells["known_until"])
            cells["targets"] = tuple(date.fromisoformat(each) for each in cells["targets"])
            cells["levels"] = tuple(cells["levels"])
            cells["quantiles"] = tuple(tuple(each) for each in cells["quantiles"])
            # Written with its version always; a line without one is not ours.
            cells["version"] = str(cells["version"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(
                f"this is no forecast on record: {error!r}; give what to_json wrote"
            ) from None
        try:
            return cls(**cells)
        except TypeError as error:
            raise ValueError(
                f"this is no forecast on record: {error}; give what to_json wrote"
            ) from None

    def score(self, actuals: Mapping[Any, float] | pd.Series) -> pd.DataFrame:
        """Score the targets that have come due.

        Parameters
        ----------
        actuals : mapping or Series
            What came, by date. Dates that are no target, and missing values, are left out.

        Returns
        -------
        DataFrame
            One row per target that came: ``series``, ``model``, ``made_on``; ``actual``,
            ``median``; ``low``, ``high``, the outermost quantiles, and ``level`` between them;
            ``inside``; ``error``, median less actual; ``quantile_score``; ``pit``, the level of
            what came, interpolated between quantiles and beyond them the middle of what is left.

        Raises
        ------
        ValueError
            For a date given twice or a value that is no number.
        """
        came = pd.Series(actuals, dtype=float).dropna()
        came.index = pd.DatetimeIndex(pd.to_datetime(came.index)).normalize()
        if came.index.has_duplicates:
            twice = came.index[came.index.duplicated()][0]
            raise ValueError(f"{twice:%Y-%m-%d} has more than one value; say which holds")
        table = self.table
        table = table[table.index.isin(came.index)]
        actual = came.reindex(table.index)
        low, high = table[self.levels[0]], table[self.levels[-1]]
        rows = {
            "series": self.series,
            "model": self.model,
            "made_on": pd.Timestamp(self.made_on),
            "actual": actual,
            "median": table[0.5],
            "low": low,
            "high": high,
            "level": self.levels[-1] - self.levels[0],
            "inside": (low <= actual) & (actual <= high),
            "error": table[0.5] - actual,
            "quantile_score": quantile_score(table.to_numpy(), self.levels, actual.to_numpy()),
            "pit": [self._pit(*pair) for pair in zip(table.to_numpy(), actual, strict=True)],
        }
        return pd.DataFrame(rows, index=table.index)

    def _pit(self, values: np.ndarray, actual: float) -> float:
        first, last = self.levels[0], self.levels[-1]
        if actual < values[0]:
            return first / 2
        if actual > values[-1]:
            return (1 + last) / 2
        # Where quantiles coincide the level is any between theirs: take the middle.
        upper = np.interp(actual, values, self.levels)
        lower = 1 - np.interp(-actual, -values[::-1], 1 - np.array(self.levels)[::-1])
        return float((lower + upper) / 2)


def data_hash(data: pd.DataFrame | pd.Series, *, digits: int | None = 12) -> str:
    """Return the SHA-256 of a table's rows, as written to CSV.

    Parameters
    ----------
    data : DataFrame or Series
        What a forecast rests on: the rows it was fitted to, not the file they came from.
    digits : int or None
        Significant digits of numbers; None for all. The last ones of a mean or a quotient hang on
        the version of the library that took it, and say nothing of the data.

    Examples
    --------
    >>> data_hash(pd.Series([1.0, 2.0]))[:12]
    'fc2a4f93442d'
    >>> data_hash(pd.Series([1.0, 2.0])) == data_hash(pd.Series([1.0, 2.1]))
    False
    >>> data_hash(pd.Series([0.3])) == data_hash(pd.Series([0.1 + 0.2]))
    True
    """
    form = None if digits is None else f"%.{digits}g"
    return hashlib.sha256(data.to_csv(lineterminator="\n", float_format=form).encode()).hexdigest()


def forecasts(
    frame: pd.DataFrame,
    *,
    series: str,
    unit: str,
    made_on: date,
    known_until: date,
    data_sha256: str,
    levels: Sequence[float] = LEVELS,
) -> list[Forecast]:
    """Turn what `uptake.forecasting.predict` says into records, one for each model.

    Parameters
    ----------
    frame : DataFrame
        With dates as targets, and ``levels`` among its columns.
    series, unit, made_on, known_until, data_sha256
        As for `Forecast`.
    levels : sequence of float

    Raises
    ------
    ValueError
        When the frame has no dates, lacks a level, or a model has no forecast.

    Examples
    --------
    >>> from datetime import date
    >>> from uptake.forecasting import Drift, predict
    >>> months = pd.period_range("2026-01", periods=5, freq="M")
    >>> levels = pd.Series([20.0, 24.0, 29.0, 33.0, 38.0], index=months)
    >>> frame = predict([Drift], months, levels, ["2026-12-31"], levels=LEVELS)
    >>> known = {"made_on": date(2026, 6, 1), "known_until": date(2026, 5, 31)}
    >>> records = forecasts(
    ...     frame, series="revenue", unit="billion", data_sha256=data_hash(levels), **known
    ... )
    >>> [(record.model, record.targets[0].isoformat()) for record in records]
    [('Drift', '2026-12-31')]
    """
    missing = [level for level in levels if level not in frame.columns]
    if missing:
        raise ValueError(f"the frame has no quantiles at {missing}; give predict levels={levels}")
    if not pd.api.types.is_datetime64_any_dtype(frame["target"]):
        raise ValueError("a forecast on record has dates as targets; predict from dates")
    found = []
    for model, rows in frame.groupby("model", sort=False):
        if rows["forecast"].isna().any():
            reason = next(filter(None, rows["reason"]), "it gave none")
            raise ValueError(f"{model} has no forecast ({reason}); leave it out")
        targets = tuple(each.date() for each in rows["target"])
        values = tuple(map(tuple, rows[list(levels)].to_numpy(float).tolist()))
        found.append(
            Forecast(
                series,
                unit,
                str(model),
                made_on,
                known_until,
                targets,
                tuple(levels),
                values,
                data_sha256,
            )
        )
    return found
