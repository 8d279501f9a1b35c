"""Where forecasts are kept: a file that grows and is never rewritten."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from uptake.files import write
from uptake.forecasting.records import Forecast

_START = "0" * 64


def record(forecasts: Iterable[Forecast], path: str | os.PathLike[str]) -> int:
    """Put forecasts on record, after those already there.

    The file holds one JSON object a line: the forecast, and a SHA-256 over it and the line
    before. It is replaced at once, so a crash leaves the old file or the new one. Nothing already
    there changes.

    Parameters
    ----------
    forecasts : iterable of Forecast
    path : path
        Made if it is not there.

    Returns
    -------
    int
        How many were added; those on record already, word for word, are not added again.

    Raises
    ------
    ValueError
        When one differs from what is on record for its day, series and model, when it is dated
        before what stands last, or when the file was edited. The file is then left as it was.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import date
    >>> from pathlib import Path
    >>> forecast = Forecast(
    ...     "revenue", "billion dollars", "Naive", date(2026, 6, 1), date(2026, 5, 31),
    ...     (date(2026, 12, 31),), (0.1, 0.5, 0.9), ((50.0, 60.0, 75.0),), "0" * 64,
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "forecasts.jsonl")
    ...     record([forecast], path), record([forecast], path), recorded(path) == (forecast,)
    (1, 0, True)
    """
    path = Path(path)
    standing = recorded(path) if path.exists() else ()
    known = {each.key: each for each in standing}
    fresh = []
    for forecast in forecasts:
        there = known.get(forecast.key)
        if there is None:
            if standing and forecast.made_on < standing[-1].made_on:
                raise ValueError(
                    f"{_called(forecast)} is dated before the last on record "
                    f"({standing[-1].made_on}); a forecast cannot be put on record backwards"
                )
            known[forecast.key] = forecast
            fresh.append(forecast)
        elif there != forecast:
            raise ValueError(
                f"{_called(forecast)} is on record already, and differs: what was forecast stays "
                "as it was; put the new one on record under its own day or model name"
            )
    if fresh:
        _append(path, fresh)
    return len(fresh)


def recorded(path: str | os.PathLike[str]) -> tuple[Forecast, ...]:
    """Read the forecasts on record, refusing a file that was edited.

    Each line's hash covers the line before, so a change, a removal or a new order anywhere but
    the end is found. Lines cut off at the end are not: the history of the repository shows those.

    Raises
    ------
    ValueError
        Naming the first line that is not as it was written.
    FileNotFoundError
        When there is no file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "forecasts.jsonl")
    ...     path.write_text("")
    ...     recorded(path)
    0
    ()
    """
    before, found = _START, []
    for number, line in enumerate(_lines(Path(path)), 1):
        where = f"{Path(path).name}, line {number}"
        try:
            entry = json.loads(line)
            text, stamp = entry["forecast"], entry["sha256"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ValueError(f"{where} is no forecast on record; restore the file") from None
        text = json.dumps(text, ensure_ascii=False, sort_keys=True)
        if stamp != _stamp(before, text):
            raise ValueError(
                f"{where} is not as it was put on record, or does not follow the line before; "
                "restore the file: forecasts are never rewritten"
            )
        found.append(Forecast.from_json(text))
        before = stamp
    return tuple(found)


def _lines(path: Path) -> list[str]:
    # What is no UTF-8 fails the hash of its line, and so is found with its number.
    *whole, rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
    # What follows the last line's end is a line cut short, and must be seen.
    return [*whole, rest] if rest else whole


def _stamp(before: str, text: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _called(forecast: Forecast) -> str:
    day, series, model = forecast.key
    return f"the forecast of {series!r} by {model!r} made on {day}"


def _append(path: Path, fresh: list[Forecast]) -> None:
    """Put the old bytes and the new lines in the file's place."""
    old = path.read_bytes() if path.exists() else b""
    lines = _lines(path) if path.exists() else []
    before = json.loads(lines[-1])["sha256"] if lines else _START
    added = []
    for forecast in fresh:
        text = forecast.to_json()
        before = _stamp(before, text)
        added.append(f'{{"forecast": {text}, "sha256": "{before}"}}\n')
    write(path, old + "".join(added).encode())
