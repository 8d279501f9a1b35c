"""Forecasts on record: they say what they said, and no one rewrites them unseen."""

import json
import os
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake import Logistic
from uptake.forecasting import (
    LEVELS,
    Drift,
    Forecast,
    calibration,
    data_hash,
    forecasts,
    predict,
    record,
    recorded,
)

ONE = Forecast(
    series="lab revenue",
    unit="billion dollars a year",
    model="Naïve",
    made_on=date(2026, 6, 1),
    known_until=date(2026, 5, 31),
    targets=(date(2026, 12, 31), date(2027, 6, 30)),
    levels=(0.1, 0.5, 0.9),
    quantiles=((50.0, 60.0, 80.0), (0.1 + 0.2, 1 / 3, 1e9)),
    data_sha256="0" * 64,
)
TWO = replace(ONE, model="Drift")


@pytest.fixture
def path(tmp_path):
    """Return a file with two forecasts on record."""
    path = tmp_path / "forecasts.jsonl"
    assert record([ONE, TWO], path) == 2
    return path


def test_a_forecast_comes_back_to_the_last_bit(path):
    assert recorded(path) == (ONE, TWO)
    assert Forecast.from_json(ONE.to_json()) == ONE
    with pytest.raises(FrozenInstanceError):
        ONE.unit = "euros"


def test_recording_only_appends(path):
    before = path.read_bytes()
    assert record([ONE], path) == 0
    assert path.read_bytes() == before
    assert record([replace(ONE, made_on=date(2026, 9, 1))], path) == 1
    after = path.read_bytes()
    assert after.startswith(before) and after.count(b"\n") == 3
    assert list(path.parent.iterdir()) == [path]


def test_an_old_forecast_is_never_rewritten(path):
    before = path.read_bytes()
    changed = replace(ONE, quantiles=((51.0, 60.0, 80.0), ONE.quantiles[1]))
    fresh = replace(ONE, made_on=date(2026, 9, 1))
    with pytest.raises(ValueError, match="on record already, and differs"):
        record([fresh, changed], path)
    with pytest.raises(ValueError, match="on record already, and differs"):
        record([fresh, replace(fresh, unit="euros")], path)
    earlier = replace(ONE, made_on=date(2026, 5, 31), model="Bass")
    with pytest.raises(ValueError, match="backwards"):
        record([earlier], path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("doctor", "line"),
    [
        (lambda lines: [lines[0].replace("60.0", "61.0"), lines[1]], 1),
        (lambda lines: [lines[0], lines[1].replace("2027-06-30", "2027-06-29")], 2),
        (lambda lines: lines[::-1], 1),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0], lines[0], lines[1]], 2),
        (lambda lines: [lines[0], "{}"], 2),
        (lambda lines: [lines[0], "import os"], 2),
    ],
    ids=["value", "date", "order", "removed", "doubled", "empty", "code"],
)
def test_an_edited_file_is_refused_and_left_alone(path, doctor, line):
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{each}\n" for each in doctor(lines)), encoding="utf-8")
    edited = path.read_bytes()
    with pytest.raises(ValueError, match=f"line {line}"):
        recorded(path)
    with pytest.raises(ValueError, match=f"line {line}"):
        record([replace(ONE, made_on=date(2026, 9, 1))], path)
    assert path.read_bytes() == edited


def test_a_last_line_cut_short_is_refused(path):
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="line 2"):
        recorded(path)


def test_a_crash_while_writing_leaves_the_old_file(path, monkeypatch):
    before = path.read_bytes()

    def crash(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="no space"):
        record([replace(ONE, made_on=date(2026, 9, 1))], path)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"known_until": date(2026, 6, 2)}, "cannot know"),
        ({"targets": ONE.targets[::-1]}, "in order"),
        ({"targets": ()}, "at least one"),
        ({"targets": (date(2026, 5, 31), date(2027, 1, 1))}, "no forecast of what is known"),
        ({"levels": (0.1, 0.4, 0.9)}, "0.5 among"),
        ({"levels": (0.0, 0.5, 0.9)}, "between 0 and 1"),
        ({"quantiles": ((1.0, 2.0, 3.0),)}, "each target"),
        ({"quantiles": ((1.0, 2.0), (1.0,))}, "one list"),
        ({"quantiles": ((3.0, 2.0, 1.0),) * 2}, "must not fall"),
        ({"quantiles": ((1.0, 2.0, np.inf),) * 2}, "finite"),
        ({"data_sha256": "abc"}, "64 hexadecimal"),
        ({"made_on": datetime(2026, 6, 1, 12)}, "without a time"),
        ({"made_on": "2026-06-01"}, "datetime.date"),
        ({"unit": ""}, "text"),
    ],
    ids=str,
)
def test_a_forecast_that_contradicts_itself_is_refused(change, match):
    with pytest.raises(ValueError, match=match):
        replace(ONE, **change)


@pytest.mark.parametrize("text", ["", "[]", "{}", "1", '{"made_on": 3}'])
def test_text_that_is_no_forecast_is_refused(text):
    with pytest.raises(ValueError, match="no forecast on record"):
        Forecast.from_json(text)
    cells = json.loads(ONE.to_json()) | {"extra": 1}
    with pytest.raises(ValueError, match="no forecast on record"):
        Forecast.from_json(json.dumps(cells))


def test_only_what_has_come_due_is_scored():
    scores = ONE.score({"2026-12-31": 70.0, "2027-01-31": 9.0, "2027-06-30": float("nan")})
    assert scores.index.tolist() == [pd.Timestamp("2026-12-31")]
    row = scores.iloc[0]
    assert (row["median"], row["error"], row["inside"], row["level"]) == (60.0, -10.0, True, 0.8)
    # Half-way from the median (0.5) to the upper quantile (0.9).
    assert_allclose(row["pit"], 0.7)
    # By hand: 2/3 of (.1 * 20 + .5 * 10 + .1 * 10).
    assert_allclose(row["quantile_score"], 2 / 3 * 8)
    assert ONE.score({}).empty
    with pytest.raises(ValueError, match="more than one value"):
        ONE.score(pd.Series([1.0, 2.0], index=["2026-12-31", "2026-12-31"]))


@pytest.mark.parametrize(("actual", "pit"), [(10.0, 0.05), (90.0, 0.95), (50.0, 0.1), (80.0, 0.9)])
def test_beyond_the_quantiles_the_level_is_the_middle_of_what_is_left(actual, pit):
    assert_allclose(ONE.score({"2026-12-31": actual})["pit"], pit)


def test_where_quantiles_coincide_the_level_is_between_theirs():
    flat = replace(ONE, quantiles=((60.0, 60.0, 80.0), ONE.quantiles[1]))
    assert_allclose(flat.score({"2026-12-31": 60.0})["pit"], 0.3)


def test_a_prediction_goes_on_record_and_is_scored_later(tmp_path):
    months = pd.period_range("2025-08", periods=10, freq="M")
    levels = pd.Series([1.0, 2.1, 2.9, 4.2, 5.0, 6.1, 6.9, 8.0, 9.2, 10.1], index=months)
    future = ["2026-12-31", "2027-06-30"]
    frame = predict([Logistic, Drift], months, levels, future, levels=LEVELS, draws=99)
    said = {"series": "index", "unit": "points", "data_sha256": data_hash(levels)}
    said |= {"made_on": date(2026, 6, 2), "known_until": date(2026, 6, 1)}
    made = forecasts(frame, **said)
    assert [each.model for each in made] == ["Logistic", "Drift"]
    record(made, tmp_path / "on-record.jsonl")
    again = recorded(tmp_path / "on-record.jsonl")
    scores = pd.concat([each.score({"2026-12-31": 17.0}) for each in again])
    assert calibration(scores)["n"].tolist() == [1, 1]
    assert calibration(scores)["nominal"].tolist() == [0.95, 0.95]
    with pytest.raises(ValueError, match="no quantiles at"):
        forecasts(frame, levels=(0.2, 0.5), **said)
    with pytest.raises(ValueError, match="leave it out"):
        forecasts(frame.assign(forecast=np.nan), **said)
    with pytest.raises(ValueError, match="dates as targets"):
        forecasts(frame.assign(target=1.0), **said)
