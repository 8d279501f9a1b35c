"""Series on record, the pooled comparison of forecasts, and where two lines cross."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtri

from uptake import datasets
from uptake.forecasting import crps_normal
from uptake.openclosed import FREEZE, claims, record
from uptake.openclosed.record import chance, epoch, hindcast, models
from uptake.openclosed.record.tables import NOW, _spaced

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


def test_kimi_k3_moves_open_and_closed_tokens_by_its_own_and_the_share_by_a_little():
    table = datasets.load("router_models")
    k3 = table[table["model"] == "moonshotai/kimi-k3"].groupby("week")
    rate = k3["tokens"].sum() / k3["days"].first()
    moved = {}
    for side, sign in (("open", 1), ("closed", -1)):
        one = record.series()[f"router_{side}_tokens"]
        moved[side] = record.came(one, second_label=True) - record.came(one)
        expected = sign * rate.reindex(moved[side].index, fill_value=0.0)
        assert_allclose(moved[side], expected, rtol=1e-6, atol=1.0)
    assert (moved["open"] > 0).any()
    share = record.series()["router_token_share"]
    by = record.came(share, second_label=True) - record.came(share)
    assert (by[rate.index] > 0).all()
    assert 0.02 < by.max() < 0.03
    sizes = record.moved_by_label()
    assert set(sizes.index) == {record.series()[name].label for name in record.SECOND_LABEL}
    assert sizes.iloc[2] > 0.3 and 0 < sizes.iloc[-1] and sizes.iloc[3] < 0.1
    logit = np.log(record.came(share) / (1 - record.came(share)))
    other = record.came(share, second_label=True)
    moved = np.abs(np.log(other / (1 - other)) - logit).mean()
    assert_allclose(sizes[share.label], moved / record.usual(share.name))


def test_every_week_of_the_router_is_fitted_or_left_out_with_a_reason():
    weeks = datasets.load("router_models", until=FREEZE)["week"].nunique()
    priced = datasets.load("router_spend", until=FREEZE)["week"].nunique()
    for one in record.series(hindcast=True).values():
        known = {"router": weeks, "spend": priced}.get(one.reader, len(one.figures()))
        assert len(one.record()) + sum(one.left_out().values()) == known, one.name
        assert all(one.left_out().values())
    share = record.series()["router_token_share"]
    assert share.left_out() == {"nine models charted": 42}
    assert not share.record()["date"].isin(pd.to_datetime(["2026-05-04", "2026-05-11"])).any()
    near = record.series()["openai_revenue"].left_out()
    assert near == {"within 30 days of a later one": 4}


def test_parts_of_weeks_at_a_gateway_are_counted():
    one = record.series()["vercel_dollar_share"]
    rows = datasets.load("gateways_daily")
    days = rows.loc[rows["series"] == one.options["column"], "date"]
    weeks = days.dt.to_period("W-SUN").value_counts()
    (n,) = one.left_out(NOW).values()
    assert n == (weeks < 7).sum()
    assert len(one.record(NOW)) == (weeks == 7).sum()


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
