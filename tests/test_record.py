"""Forecasts on record: reading, scoring, pooling, the crossing, and a record nobody can rewrite."""

import dataclasses
import json
import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtri

from uptake import datasets
from uptake.forecasting import LEVELS, Forecast, crps_normal, data_hash
from uptake.forecasting import record as write
from uptake.openclosed import FREEZE, claims, record
from uptake.openclosed.record import chance, epoch, hindcast, ledger, models, reporting
from uptake.openclosed.record.__main__ import main
from uptake.openclosed.record.tables import NOW, _spaced

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


# --- series ---------------------------------------------------------------------------------------


def test_figures_near_a_later_one_are_left_out_from_the_last_backwards():
    days = pd.Series(pd.to_datetime(["2026-01-01", "2026-01-20", "2026-02-10", "2026-03-12"]))
    assert _spaced(days, 30).tolist() == [True, False, True, True]
    assert _spaced(days, 0).all()


def test_every_figure_of_a_laboratory_is_fitted_or_left_out_for_nearness():
    table = datasets.load("revenue", until=FREEZE)
    for lab, name in epoch.LABS.items():
        column = f"revenue_{lab.lower()}_annualised_usd"
        one = record.series()[name]
        days = set(table.loc[table["series"] == column, "date"])
        assert set(one.figures()["date"]) == days
        gaps = one.record()["date"].diff().dt.days.dropna()
        assert gaps.min() >= 30
        assert one.record()["date"].iloc[-1] == max(days)


def test_nothing_that_is_fitted_was_public_after_the_freeze():
    for one in record.series(hindcast=True).values():
        assert one.record()["known"].max() <= FREEZE
        assert record.came(one).index.min() >= FREEZE


def test_router_weeks_are_rates_of_the_days_they_cover():
    table = datasets.load("router_models")
    week = table[table["week"] == "2026-05-18"]
    rate = record.series()["router_tokens"].figures().set_index("date")["value"]
    assert week["days"].iloc[0] == 5
    assert_allclose(rate["2026-05-18"], week["tokens"].sum() / 5)


def test_the_gap_is_the_closed_less_the_open_frontier_in_every_month():
    closed, opened, gap = (
        record.series()[f"index_{side}"].figures(NOW).set_index("date")["value"]
        for side in ("closed", "open", "gap")
    )
    assert_allclose(closed - opened, gap)


@pytest.mark.parametrize("name", ["anthropic_revenue", "router_token_share", "index_gap"])
def test_a_scale_and_its_inverse_undo_each_other(name):
    one, values = record.series()[name], np.array([0.1, 0.5, 0.9])
    assert_allclose(one.from_scale(one.to_scale(values)), values)
    assert_allclose(one.from_fit(one.to_fit(values)), values)


def test_a_share_however_near_one_stays_a_share():
    one = record.series()["router_token_share"]
    assert one.from_fit(np.array([0.0, np.inf])).tolist() == [0.0, 1.0]


def test_series_bear_on_claims_that_exist_and_have_one_unit_of_error():
    for one in record.series().values():
        assert set(one.claims) <= set(claims.load())
    with pytest.raises(ValueError, match="scale is 'cubic'"):
        dataclasses.replace(record.series()["index_gap"], scale="cubic")
    with pytest.raises(ValueError, match="reader is 'guess'"):
        dataclasses.replace(record.series()["index_gap"], reader="guess")


# --- the pooled comparison ------------------------------------------------------------------------


def test_students_interval_is_worked_by_hand():
    middle, half = chance.interval(np.array([1.0, 2.0, 3.0, 6.0]))
    assert_allclose([middle, half], [3.0, 3.1824463 * 2.1602469 / 2], rtol=1e-6)
    with pytest.raises(ValueError, match="no spread"):
        chance.interval(np.array([1.0]))


def test_four_wins_of_four_are_no_evidence_at_five_percent():
    assert record.least_p(4) == 0.125
    assert record.least_p(6) < 0.05


@pytest.fixture
def past(monkeypatch):
    rng = np.random.default_rng(4)
    rows = [
        {"subject": f"s{i // 2}", "series": f"{i}", "points": n, "difference": rng.normal()}
        for i in range(8)
        for n in range(40)
    ]
    table = pd.DataFrame(rows)
    monkeypatch.setattr(chance, "past_errors", lambda: table)
    return table


def test_power_grows_with_the_effect_and_coverage_does_not_move(past):
    small, large = (chance.power(e, np.random.default_rng(1), size=4000) for e in (0.0, -3.0))
    assert_allclose(small["power"], 1 - small["coverage"])  # with no effect, the same event
    assert (large["power"] > 0.8).all()
    assert_allclose(small["coverage"], large["coverage"])
    assert (small["coverage"] > 0.9).all()


def test_the_visible_effect_is_seen_by_half(past):
    seen = chance.power(0.0, np.random.default_rng(1), size=8000)["visible"]["series"]
    again = chance.power(seen, np.random.default_rng(1), size=8000)["power"]["series"]
    assert_allclose(again, 0.5, atol=0.02)


def test_subjects_are_means_of_their_series_and_count_once():
    rows = {"subject": ["a", "a", "b"], "difference": [1.0, 3.0, 0.0]}
    table = pd.DataFrame(rows, ["x", "y", "z"])
    by_subject = record.pooled(table)
    assert (by_subject.value, by_subject.n) == (1.0, 2)
    assert_allclose(record.pooled(table, count="series").value, 4 / 3)
    with pytest.raises(ValueError, match="use 'subjects' or 'series'"):
        record.pooled(table, count="weeks")


def test_errors_and_scores_of_one_series_are_worked_by_hand():
    one = record.series()["anthropic_revenue"]
    z = np.array([-1.959964, *ndtri(hindcast.GRID), 1.959964])
    values = np.exp(np.log(50e9) + 0.2 * z)
    cells = dict(zip((0.025, *hindcast.GRID, 0.975), values, strict=True))
    first = {"subject": "labs", "series": one.name, "model": "m"}
    rows = pd.DataFrame([first | {"target": FREEZE, "forecast": 50e9} | cells])
    found = hindcast._beside(one, rows, np.array([65e9])).iloc[0]
    assert_allclose(found["error"], np.log(50 / 65))
    assert_allclose(found["crps"], crps_normal(0, 0.2, np.log(65 / 50)), rtol=0.02)
    assert found["inside"]  # 65 lies 1.3 deviations above
    assert_allclose(found["pit"], 0.905, atol=0.006)


def test_winners_name_the_lowest_score_and_the_best_baseline():
    rows = [("a", "Naive", 2.0, 0.4), ("a", "Drift", 1.0, 0.2), ("a", "Bass", 0.5, -0.1)]
    table = pd.DataFrame(rows, columns=["series", "model", "crps", "error"])
    table = table.assign(n=3, inside=[1.0, 0.3, 0.6]).set_index(["series", "model"])
    found = record.winners(table=table).loc["a"]
    assert found.to_dict() == {
        "n": 3, "best": "Bass", "baseline": "Drift", "gained": 0.5,
        "models": 3, "inside": 2, "below": 1,
    }  # fmt: skip


def test_a_short_record_is_forecast_by_what_it_can_bear():
    names = [getattr(m, "__name__", m) for m in models.taking_part(4, 4)]
    assert names == ["Naive", "Drift", "Exponential"]
    assert len(models.taking_part(26, 8)) == 6


def test_two_exponentials_and_one_substitution_are_the_same_share():
    table = record.two_curves_or_one()
    assert_allclose(table["separate"], table["one"], rtol=1e-9)
    assert ((table["low"] < table["one"]) & (table["one"] < table["high"])).all()


def test_kimi_k3_is_counted_the_other_way_only_where_it_matters():
    with pytest.raises(ValueError, match="does not hang on one label"):
        record.came(record.series()["router_tokens"], second_label=True)
    gap = record.series()["index_gap"]
    assert record.came(gap, second_label=True).iloc[-1] > record.came(gap).iloc[-1] + 4
    dollars = record.series()["router_dollar_share"]
    more = record.came(dollars, second_label=True) - record.came(dollars)
    assert (more >= 0).all()
    assert more.max() > 0.05


def test_new_scores_of_old_models_are_told_from_models_scored_late():
    table = record.editions()
    parts = table[["known", "re-estimated", "scored late", "after"]].sum(axis=1)
    assert_allclose(parts, table["came"])
    may, august = (
        datasets.load("capability_index", vintage=day) for day in ("2026-05-14", "2026-08-11")
    )
    best = august[august["released"] <= "2026-04-30"].set_index("model")["score"]
    was = may[may["released"] <= "2026-04-30"].groupby("weights", observed=True)["score"].max()
    both = august[august["model"].isin(may["model"])].groupby("weights", observed=True)
    assert both["score"].max()["open"] < best["Kimi K2.6"]
    opened = table.loc["Index, best open model"]
    assert_allclose(opened["re-estimated"], both["score"].max()["open"] - was["open"])
    assert_allclose(opened["scored late"], best["Kimi K2.6"] - both["score"].max()["open"])


# --- Epoch's forecast -----------------------------------------------------------------------------


def test_no_line_is_drawn_before_the_first_figure_it_is_fitted_to():
    figures, lines = record.drawn(since="2024-06-01")
    first = figures["Anthropic"].query("value >= 1e9")["date"].min()
    assert lines["Anthropic"].index[0] == first > pd.Timestamp("2024-06-01")
    assert lines["OpenAI"].index[0] == pd.Timestamp("2024-06-01")


def test_two_exponentials_meet_where_algebra_says():
    slow, fast = np.array([[8.0, 0.0]]), np.array([[1.0, np.log(2)]])
    assert_allclose(epoch._meeting(fast, slow), [3.0])  # 2^3 = 8
    assert np.isinf(epoch._meeting(slow, fast)).all()


def test_epochs_growth_is_reproduced_and_the_crossing_lies_between_its_ends():
    found = record.crossing(draws=199)
    assert abs(found.growth.loc["OpenAI", "factor"] - record.PUBLISHED["OpenAI"]) < 0.1
    assert abs(found.growth.loc["Anthropic", "factor"] - record.PUBLISHED["Anthropic"]) < 1.0
    assert found.low < found.date < found.high


def test_the_reported_crossing_is_later_when_openai_is_raised():
    assert [f"{day:%m-%d}" for day in record.reported()] == ["03-15", "04-06"]
    assert record.reported(raised=1.25)[1] > record.reported()[1]


# --- forecasts on record --------------------------------------------------------------------------


def test_the_forecasts_of_november_2026_are_as_they_were_put_on_record():
    seals = tomllib.loads((ledger.FOLDER / ledger.SEALS).read_text("utf-8"))
    assert {name: seal["sha256"] for name, seal in seals.items()}.items() >= SEALED.items()
    assert len(record.standing()) >= 98


def test_a_forecast_on_record_rests_on_the_data_that_its_hash_names():
    known = record.series()
    each = next(f for f in record.standing() if f.series == "router_token_share")
    table = known[each.series].record(pd.Timestamp(each.made_on))
    assert data_hash(table[["date", "value"]]) == each.data_sha256
    assert record.revised((dataclasses.replace(each, data_sha256="0" * 64),)) == [each.series]


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
