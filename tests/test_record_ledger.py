"""Forecasts on record: sealed files, what is due, and its scores."""

import dataclasses
import json
import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake.forecasting import LEVELS, Forecast, data_hash
from uptake.forecasting import record as write
from uptake.openclosed import record
from uptake.openclosed.record import ledger, reporting
from uptake.openclosed.record.__main__ import main

SEALED = {"2026-11.jsonl": "996b3671bf9f592dd31358999c56caacd50533b3e7b2a85921b3e7f37010c486"}
"""The seals as they were first made: a file and its seal rewritten together are found here."""


def frame(dates, values, known=None):
    dates = pd.to_datetime(dates)
    known = dates if known is None else pd.to_datetime(known)
    return pd.DataFrame({"date": dates, "value": values, "known": known})


def made(series="anthropic_revenue", model=record.EQUAL, targets=("2027-01-31",), middle=60e9):
    days = tuple(date.fromisoformat(day) for day in targets)
    quantiles = tuple(tuple(middle * 2 ** np.linspace(-1, 1, 9)) for _ in days)
    first, known = date(2026, 11, 23), date(2026, 8, 23)
    return Forecast(series, "USD a year", model, first, known, days, LEVELS, quantiles, "0" * 64)


def test_the_forecasts_of_november_2026_are_as_they_were_put_on_record():
    seals = tomllib.loads((ledger.FOLDER / ledger.SEALS).read_text("utf-8"))
    assert {name: seal["sha256"] for name, seal in seals.items()}.items() >= SEALED.items()
    assert len(record.standing()) >= 98


def test_a_forecast_on_record_rests_on_the_data_that_its_hash_names():
    known = record.series()
    each = next(f for f in record.standing() if f.series == "router_token_share")
    table = known[each.series].record(pd.Timestamp(each.made_on))
    assert data_hash(table[["date", "value"]], digits=None) == each.data_sha256
    assert record.revised((dataclasses.replace(each, data_sha256="0" * 64),)) == [each.series]


def test_a_last_digit_that_another_version_of_a_library_gives_is_no_revision():
    each = next(f for f in record.standing() if f.series == "router_token_share")
    table = record.series()[each.series].record(pd.Timestamp(each.made_on))[["date", "value"]]
    for factor, found in [(1 + 4e-16, []), (1 + 1e-9, [each.series])]:
        other = data_hash(table.assign(value=table["value"] * factor))
        assert record.revised((dataclasses.replace(each, data_sha256=other),)) == found


def test_no_average_of_what_is_on_record_looks_at_past_errors():
    names = {each.model for each in record.standing()}
    assert record.EQUAL in names
    assert "average by past errors" not in names


@pytest.fixture
def folder(tmp_path):
    record.put([made(), made(model="Naive")], "2026-11.jsonl", tmp_path)
    return tmp_path


def test_what_was_put_on_record_is_read_back(folder):
    assert record.standing(folder) == (made(), made(model="Naive"))


def test_a_sealed_file_takes_no_more_and_a_later_round_stands_beside_it(folder):
    with pytest.raises(ValueError, match="is sealed"):
        record.put([made(model="Drift")], "2026-11.jsonl", folder)
    record.put([made(model="Drift")], "2027-02.jsonl", folder)
    assert [each.model for each in record.standing(folder)] == [record.EQUAL, "Naive", "Drift"]


def edit(path):
    path.write_text(path.read_text().replace("60000000000.0", "61000000000.0", 1))


def cut(path):
    path.write_text(path.read_text().splitlines(keepends=True)[0])


def turn(path):
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))


def remove(path):
    path.unlink()


def rechain(path):
    """Rewrite the first forecast with hashes that fit each other."""
    forecasts = [made(middle=70e9), made(model="Naive")]
    path.unlink()
    write(forecasts, path)


@pytest.mark.parametrize("change", [edit, cut, turn, remove, rechain])
def test_a_rewritten_forecast_is_found(folder, change):
    change(folder / "2026-11.jsonl")
    with pytest.raises(ValueError, match=r"2026-11\.jsonl"):
        record.standing(folder)


def test_a_file_without_a_seal_is_no_record(folder):
    (folder / "extra.jsonl").write_text("")
    with pytest.raises(ValueError, match="has no seal"):
        record.standing(folder)


def test_the_figure_of_a_day_is_read_between_the_two_around_it():
    one = record.series()["anthropic_revenue"]
    figures = frame(["2027-01-01", "2027-03-02"], [40e9, 90e9])
    day = pd.Timestamp("2027-01-31")  # half way: the geometric mean
    assert_allclose(record.actual(one, day, figures), 60e9)
    assert np.isnan(record.actual(one, pd.Timestamp("2027-04-30"), figures))
    far = frame(["2026-09-01", "2027-03-02"], [40e9, 90e9])
    assert np.isnan(record.actual(one, day, far))


def test_a_day_of_the_index_waits_for_an_edition_from_that_day_on():
    one = record.series()["index_closed"]
    assert np.isnan(record.actual(one, pd.Timestamp("2026-12-31")))
    assert_allclose(record.actual(one, pd.Timestamp("2026-06-30")), 161.34, atol=0.1)  # July's


def test_a_row_added_to_a_table_makes_a_forecast_due_and_scores_it():
    forecasts = (made(targets=("2027-01-31", "2027-12-31")),)
    before = frame(["2027-01-01"], [40e9])
    assert record.score(forecasts, {"anthropic_revenue": before}).empty
    after = pd.concat([before, frame(["2027-03-02"], [90e9])])
    scored = record.score(forecasts, {"anthropic_revenue": after})
    assert len(scored) == 1
    row = scored.iloc[0]
    assert (row["target"], bool(row["inside"])) == (pd.Timestamp("2027-01-31"), True)
    assert_allclose([row["actual"], row["error"], row["pit"]], [60e9, 0.0, 0.5], atol=1e-3)


def test_the_report_counts_coverage_and_levels_once_something_is_due(folder, monkeypatch):
    monkeypatch.setattr(reporting, "revised", lambda kept: [])
    assert "none has come due; the first target is 2027-01-31" in record.report(folder)
    figures = {"anthropic_revenue": frame(["2027-01-01", "2027-03-02"], [40e9, 900e9])}
    before = (folder / "2026-11.jsonl").read_bytes()
    text = record.report(folder, figures)
    assert "Coverage by model" in text
    assert "[0.8, 1.0)" in text
    assert "0 targets of this model are still to come" in text
    assert (folder / "2026-11.jsonl").read_bytes() == before


def test_the_command_scores_and_refuses_to_forecast_twice(capsys, monkeypatch):
    assert main(["score"]) == 0
    assert "as they were sealed" in capsys.readouterr().out
    monkeypatch.setattr("uptake.openclosed.record.__main__.make", lambda day: [made()])
    assert main(["forecast", "--day", "2026-11-23"]) == 1
    assert "is sealed" in capsys.readouterr().err


def test_recorded_quantiles_are_of_declared_days_and_bands_widen_with_them():
    table = record.house()
    assert set(table["target"].dt.strftime("%Y-%m-%d")) == set(ledger.TARGETS)
    panels = record.panels()
    assert sum(len(part) for part in panels.values()) == len(table)
    for _, rows in panels["log"].groupby("label"):
        wide = (rows["high80"] / rows["low80"]).to_numpy()
        assert (np.diff(wide) > 0).all()


def test_scores_stand_beside_the_claims_that_the_declaration_names(monkeypatch):
    rows = [("Naive", 55e9, 0.2), ("Drift", 60e9, 0.1), ("average by past errors", 62e9, 0.05)]
    table = pd.DataFrame(rows, columns=["model", "forecast", "crps"])
    table = table.assign(series="anthropic_revenue", subject="labs", actual=65e9, inside=True)
    table["error"] = np.log(table["forecast"] / 65e9)
    monkeypatch.setattr("uptake.openclosed.record.claims.scored", lambda: table)
    row = record.scores_of("C4").iloc[0]
    assert (row["series"], row["n"], row["best"]) == (
        "Anthropic, annualised revenue", 1, "average by past errors",
    )  # fmt: skip
    assert_allclose([row["forecast"], row["gained"], row["inside"]], [62e9, 0.5, 1.0])
    assert (row["due"], row["came due"]) == (pd.Timestamp("2026-12-31"), 0)
    with pytest.raises(ValueError, match="is no claim"):
        record.scores_of("C99")
    assert record.scores_of("C7").empty


def test_each_line_on_record_is_plain_json():
    for path in ledger.FOLDER.glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            assert {"forecast", "sha256"} == set(json.loads(line))
