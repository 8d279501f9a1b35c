"""Earlier contests: rules, cuts, answers worked by hand, pooling, scores, the press."""

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from uptake.openclosed import claims, known, market, precedents, trends
from uptake.openclosed.figures import precedents as draw
from uptake.openclosed.precedents import markets, pooling, scores, statements
from uptake.openclosed.precedents.contests import Contest, _filled, _thinned
from uptake.openclosed.precedents.forecasts import ODDS, _from
from uptake.openclosed.precedents.rules import document


def contest(share, *, spacing=1.0):
    share = np.asarray(share, float)
    return Contest("n", "p", np.arange(share.size) * spacing, share, None)


def along(odds):
    return contest(1 / (1 + np.exp(-np.asarray(odds, float))))


# --- rules ----------------------------------------------------------------------------------------


def test_every_claim_has_a_test_or_a_reason_for_none():
    for claim in claims.load():
        assert bool(precedents.of_claim(claim)) != (claim in document()["no_test"])
    with pytest.raises(ValueError, match="no test for 'C99'"):
        precedents.of_claim("C99")


def test_a_test_bears_on_claims_and_statements_that_exist():
    there = set(claims.load()) | set(claims.statements())
    for test in precedents.tests().values():
        assert set(test.claims) | set(test.analogy) <= there
        assert not set(test.claims) & set(test.analogy)


def test_an_interval_carries_fails_or_cannot_tell_by_its_region():
    test = precedents.tests()["ceiling"]
    assert [test.says(*ends) for ends in ((0.85, 1), (0, 0.75), (0.7, 0.9), (0.76, 0.84))] == [
        "carries",
        "fails",
        "cannot tell",
        "cannot tell",
    ]


def test_smallest_effect_and_no_effect_lie_in_their_regions():
    for test in precedents.tests().values():
        assert test.supports.contains(test.smallest_effect, test.smallest_effect)
        assert test.refutes.contains(test.no_effect, test.no_effect)


# --- contests and cuts ----------------------------------------------------------------------------


def test_the_challenger_begins_as_the_smaller_side_and_every_end_is_kept():
    for name, each in precedents.contests().items():
        assert each.share[0] <= 0.5, name
        assert ((each.share > 0) & (each.share < 1)).all(), name
        assert_allclose(np.diff(each.t), each.t[1])


def test_linux_is_the_share_of_the_lists_from_one_percent_to_ninety_nine():
    table = known("precedents").query("series == 'top500_os_share_linux'")
    share = table.sort_values("date")["value"].to_numpy()
    first = np.flatnonzero(share >= 0.01)[0]
    last = np.flatnonzero(share >= 0.99)[0]
    linux = precedents.contests()["Linux v the rest, TOP500"]
    assert_allclose(linux.share, share[first:last])
    assert linux.filled == 0


def test_a_share_of_two_is_of_the_two_alone():
    rows = known("classic_diffusion").set_index("date")
    day = pd.Timestamp("2010-03-01")
    seven, old = (
        rows.loc[rows["series"] == f"windows_share_{name}", "value"][day]
        for name in ("win7", "winxp")
    )
    found = precedents.contests()["Windows 7 v XP"]
    month = (day.year - found.first.year) * 12 + day.month - found.first.month
    assert_allclose(found.share[month], seven / (seven + old))


def test_a_short_gap_is_filled_on_a_line_in_the_log_odds_and_counted():
    share, count = _filled(np.array([0.2, np.nan, 0.5]))
    assert count == 1
    assert_allclose(np.log(share[1] / (1 - share[1])), np.log(0.25) / 2)


def test_after_a_long_gap_the_record_begins_anew():
    dates = pd.to_datetime(["1910-07-01", "1951-07-01", "1952-07-01", "1954-07-01"])
    frame = pd.DataFrame({"share": [0.0, 0.3, 0.4, 0.6], "together": 1.0}, dates)
    thinned = _thinned(frame, 12)["share"]
    assert_allclose(thinned, [0.3, 0.4, np.nan, 0.6])


def test_stages_are_counted_by_hand():
    one = contest(np.linspace(0.05, 0.95, 37))  # steps of 0.025, a year each
    where = {"tokens": 0.6, "dollars": 0.1, "points": 24, "age": 9.0}
    found, left = precedents.stages(one, where)
    assert found == {"tokens": 23, "points": 24, "age": 10}
    assert left == {"dollars": "too few known"}
    assert precedents.stages(one, {"tokens": 0.96})[1] == {"tokens": "never reached"}
    assert precedents.stages(one, {"points": 34})[1] == {"points": "ends too early"}


def test_the_shares_at_which_precedents_are_cut_are_those_of_the_last_weeks_that_c1_keeps():
    weeks = precedents.weeks_of()
    for unit in ("tokens", "dollars"):
        sides = market.record(unit).tail(4)
        assert weeks.index.equals(sides.index)
        share = sides["open"] / (sides["open"] + sides["closed"])
        assert_allclose(weeks[unit], share, rtol=1e-3)
        assert precedents.position()[unit] == round(share.mean(), 2)
    assert weeks["unknown"].max() < 0.02
    assert not weeks.index.isin(precedents.weeks_of("last").index).any()
    with pytest.raises(ValueError, match="use 'usable' or 'last'"):
        precedents.weeks_of("all")


def test_c1_keeps_none_of_the_weeks_of_may_that_the_first_edition_took():
    weeks = precedents.weeks_of("last")
    assert len(weeks) == market.left_out()["list cut, partial or joined"]
    assert set(weeks["scope"]) == {"top9_chart", "top50+other"}
    charts = weeks[weeks["scope"] == "top9_chart"]
    assert (charts["unknown"] > 0.5).all()


def test_every_question_is_put_at_the_position_it_is_given():
    where = {"tokens": 0.3}
    cuts = precedents.cuts(where).dropna(subset="known")
    here = cuts.set_index("contest")["known"].to_dict()
    for ask in (precedents.direction, precedents.side, precedents.forecasts):
        rows = ask(where).drop_duplicates("record")
        assert rows["stage"].unique().tolist() == ["tokens"]
        assert rows.set_index("record")["known"].to_dict() == here
        assert ask(dict(where)) is ask(where)
    for test in ("direction", "side", "bands"):
        assert scores.one_test(test, where)["answers"] == len(precedents.answers(test, where))
        assert len(precedents.answers(test, where)) < len(precedents.answers(test))
    levels = precedents.ceiling({"tokens": 0.47, "dollars": 0.15})
    assert levels is precedents.ceiling({"tokens": 0.47, "dollars": 0.15})
    assert len(levels) != len(precedents.ceiling({"tokens": 0.61, "dollars": 0.12}))


def test_every_cut_is_used_or_has_a_reason():
    table = precedents.cuts()
    assert (table["known"].isna() == (table["left_out"] != "")).all()
    assert len(table) == 4 * len(precedents.contests())


# --- answers --------------------------------------------------------------------------------------


def test_a_trend_that_turns_is_called_wrong_and_one_that_goes_on_right():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.02, 40)
    on, turned = 0.1 * np.arange(40) - 2, np.r_[0.1 * np.arange(20), 2 - 0.1 * np.arange(20)] - 2
    for odds, right in ((on, True), (turned, False)):
        answer = statements._direction(along(odds + noise), 20)
        assert answer["said"] == "up"
        assert answer["right"] is right and answer["rises"] is right
    down = statements._direction(along(-on + noise), 20)
    assert down["said"] == "down" and down["right"] is True and down["rises"] is False


def test_a_level_record_is_cannot_tell_and_neither_right_nor_wrong():
    noise = np.random.default_rng(2).normal(0, 0.3, 40)
    answer = statements._direction(along(noise), 20)
    assert answer["said"] == "cannot tell"
    assert answer["right"] is None and not answer["stated"]


def test_the_side_is_that_of_the_line_at_the_end_of_the_record():
    noise = np.random.default_rng(3).normal(0, 0.02, 40)
    rising = 0.1 * np.arange(40) - 2.5  # crosses one half at 25
    answer = statements._side(along(rising + noise), 15)
    assert answer["said"] == "challenger" and answer["right"] is True
    assert answer["leads_now"] is False and answer["challenger"] is True
    slow = 0.02 * np.arange(40) - 2.5
    answer = statements._side(along(slow + noise), 15)
    assert answer["said"] == "incumbent" and answer["right"] is True


def test_a_steady_pace_goes_on_and_a_halved_one_does_not():
    noise = np.random.default_rng(4).normal(0, 0.01, 40)
    steady = 0.1 * np.arange(40)
    halved = np.r_[steady[:20], steady[19] + 0.05 * np.arange(1, 21)]
    assert statements._pace(along(steady - 2 + noise), 20)["right"]
    assert not statements._pace(along(halved - 2 + noise), 20)["right"]
    assert statements._pace(along(steady), 35) is None


def test_slopes_may_differ_by_the_root_of_both_half_widths_squared():
    rows, found = precedents.pace(), precedents.contests()
    row = rows[(rows["record"] == "Windows XP v 2000") & (rows["stage"] == "points")].iloc[0]
    one = found["Windows XP v 2000"]
    parts = [trends.slope_interval(one.t[cut], one.odds[cut]) for cut in (slice(24), slice(24, 48))]
    assert_allclose(row["half"] ** 2, sum(half[0] ** 2 for _, half, _ in parts))
    assert_allclose([row["earlier"], row["later"]], [value[0] for value, _, _ in parts])


def test_right_is_missing_exactly_where_nothing_was_stated():
    for rows in (precedents.direction(), precedents.side(), precedents.displacement()):
        scored = rows[rows["truth"] != ""] if "truth" in rows else rows
        assert (scored["right"].isna() == ~scored["stated"].astype(bool)).all()


# --- one market or two ----------------------------------------------------------------------------


def test_answers_follow_the_regions_of_the_first_claim():
    rule = claims.load()["C1"].prediction
    assert markets.answers(1.0, rule.smallest_effect, np.inf) == "one"
    assert markets.answers(0.0, -np.inf, rule.supports.high) == "two"
    assert markets.answers(0.3, 0.2, 0.6) == markets.answers(*[np.nan] * 3) == "cannot tell"


def test_norton_and_bass_find_one_market_in_three_generations_of_computers():
    name = "IBM computers, to the third generation"
    (_, points, (value, low, high)) = markets._terms(name, precedents.position())[-1]
    assert points == 15
    assert 0.8 < low < value < high < 1.2


def test_generations_end_where_the_next_one_enters():
    t, records = markets._computers(2)
    assert t[-1] == 10 and list(records) == [f"{markets.GENERATIONS}{i}" for i in (1, 2)]
    assert markets._computers(2, following=True)[0][-1] == 24


def test_drivers_make_the_share_that_the_other_table_has():
    pair = document()["pairs"]["Closed and open database drivers"]
    levels = markets._drivers(known("package_downloads"), pair)
    share = levels.iloc[:, 0] / levels.sum(axis=1)
    other = known("precedents").query("series == 'database_driver_open_share'")
    both = pd.concat([share, other.set_index("date")["value"]], axis=1, sort=True).dropna()
    assert len(both) > 40
    assert_allclose(both.iloc[:, 0], both.iloc[:, 1], atol=1e-6)


# --- pooling --------------------------------------------------------------------------------------


def test_a_pooled_rate_is_worked_by_hand():
    found = precedents.pooled([1.0, 1.0, 0.0, 0.5], "share")
    more = np.array([1, 1, 0, 0.5, 0, 1])
    half = 2.5705818 * more.std(ddof=1) / np.sqrt(6)
    assert found.value == 0.625
    assert_allclose([found.low, found.high], [more.mean() - half, 1.0], rtol=1e-6)


def test_stories_have_equal_weight_whatever_their_number_of_rows():
    rows = pd.DataFrame({"precedent": ["a"] * 9 + ["b"], "right": [True] * 9 + [False]})
    assert precedents.by_precedent(rows).mean() == 0.5


def test_two_stories_are_too_few():
    assert not precedents.pooled([1.0, 1.0], "share").exists
    with pytest.raises(ValueError, match="between 0 and 1"):
        precedents.pooled([1.2, 0.5, 0.5], "share")


@examples(50)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=12))
def test_the_interval_of_wrong_is_that_of_right_turned_round(rates):
    right, wrong = (precedents.pooled(each, "") for each in (rates, 1 - np.array(rates)))
    assert_allclose([right.low, right.high], [1 - wrong.high, 1 - wrong.low], atol=1e-9)


def test_the_interval_covers_what_it_promises_on_tables_as_small_as_ours():
    sizes = precedents.cuts().dropna(subset="known").groupby("precedent").size()
    rng = np.random.default_rng(5)
    table = precedents.power(sizes.tolist(), [0.5, 0.75, 0.9], rng=rng, size=1000)
    assert table["covered"].min() > 0.96
    assert table["bootstrap_covered"].min() < 0.9


def test_a_skill_is_one_less_the_ratio_and_never_above_one():
    found = precedents.skill([1.0, 0.1, 0.2], [1.0, 2.0, 3.0])
    assert_allclose(found.value, 1 - 1.3 / 6)
    assert found.high <= 1
    assert precedents.skill([2.0, 4.0, 6.0], [1.0, 2.0, 3.0]).value == -1


# --- forecasts and scores -------------------------------------------------------------------------


def test_a_forecast_sees_nothing_after_its_stage():
    whole = precedents.contests()["Windows XP v 2000"]
    changed = np.where(np.arange(whole.t.size) < 24, whole.share, 0.5)
    other = Contest(whole.name, whole.precedent, whole.t, changed, whole.first)
    one, two = (_from(each, 24, 50) for each in (whole, other))
    pd.testing.assert_frame_equal(
        one[["forecast", "low", "high"]], two[["forecast", "low", "high"]]
    )
    assert not one["actual"].equals(two["actual"])


def test_the_forecast_of_odds_stays_within_the_whole_and_hits_a_logistic():
    t = np.arange(30.0)
    truth = 1 / (1 + np.exp(-(t - 15) / 4))
    share = np.clip(truth + np.random.default_rng(6).normal(0, 1e-4, t.size), 0.01, 0.99)
    frame = _from(contest(share), 16, 50)
    line = frame[frame["model"] == ODDS]
    assert line[["forecast", "low", "high"]].apply(lambda c: c.between(0, 1)).all().all()
    assert_allclose(line["forecast"], line["actual"], atol=0.01)


def test_splits_add_up_to_all():
    parts = precedents.splits(["direction", "side"])
    both = parts.loc["challenger won"] + parts.loc["challenger lost"]
    assert (both == parts.loc["all"]).all()
    stages = parts[parts.index.str.startswith("stage")].sum()
    assert (stages == parts.loc["all"]).all()


def test_the_line_never_named_the_incumbent_so_it_scores_as_who_always_says_challenger():
    rows = precedents.side()
    spoken = rows[rows["stated"]]
    same = (spoken["right"].astype(bool) == spoken["challenger"]).all()
    assert same == (set(spoken["said"]) == {"challenger"})


def test_a_row_of_the_score_table_is_the_pooled_rate_of_its_answers():
    row, rows = scores.one_test("side"), precedents.side()
    rates = (
        rows[rows["stated"]].groupby("precedent")["right"].apply(lambda x: x.astype(float).mean())
    )
    assert_allclose(row["value"], rates.mean())
    assert row["says"] == precedents.tests()["side"].says(row["low"], row["high"])
    with pytest.raises(ValueError, match="no test 'luck'"):
        precedents.answers("luck")


def test_a_score_without_one_story_is_the_score_of_the_others():
    rates = precedents.by_precedent(precedents.answers("side"))
    found = precedents.without_one("side")
    assert set(found.index) == set(rates.index)
    for one, row in found.iterrows():
        other = precedents.pooled(rates.drop(one), "")
        assert_allclose([row["value"], row["low"]], [other.value, other.low])
        assert row["says"] == precedents.tests()["side"].says(other.low, other.high)
    frame = precedents.forecasts().query("precedent != 'phones' and score == score")
    keys = ["precedent", "record", "stage", "ahead", "model"]
    wide = frame.set_index(keys)["score"].unstack()[["Logistic", "Naive"]].dropna()  # noqa: PD010
    means = wide.groupby("precedent").mean().mean()
    skill = precedents.without_one("skill")
    assert_allclose(skill.loc["phones", "value"], 1 - means["Logistic"] / means["Naive"])
    assert len(skill) == precedents.skills().loc["Logistic", "precedents"]


def test_a_claim_about_how_things_stand_gets_no_hit_rate():
    assert precedents.hit_rate("C9").empty
    assert list(precedents.hit_rate("C9").columns) == []


# --- the press and the figures --------------------------------------------------------------------


def test_volume_and_value_are_of_one_quarter():
    rows = known("precedents")
    rows = rows[(rows["date"] == "2011-07-01") & (rows["period"] == "quarter")]
    value = dict(zip(rows["series"], rows["value"], strict=True))
    table = precedents.volume_and_value().set_index(["side", "quarter"])
    row = table.loc[("Apple, phones", "2011-07-01")]
    assert row["volume"] == value["smartphone_units_share_ios"] == 0.15
    assert_allclose(row["ratio"], (0.52 / 0.48) / (0.15 / 0.85))


def test_one_survey_in_one_month_names_two_leaders():
    leaders = precedents.same_month().loc["2022-04-01", "leader"]
    assert leaders["all sites"] == leaders["computers"] == "nginx"
    assert leaders["active sites"] == leaders["top million sites"] == "apache"


def test_crosses_rings_and_discs_stand_where_answers_were_wrong_missing_and_right():
    rows = pd.DataFrame(
        {
            "test": "side",
            "record": ["a", "b", "c"],
            "stage": "age",
            "stated": [True, True, False],
            "right": [True, False, None],
        }
    )
    ax = draw.said(rows, ["age"])
    at = {line.get_marker() + str(line.get_mfc()): list(line.get_ydata()) for line in ax.lines}
    assert at == {f"o{draw.RIGHT}": [0], f"X{draw.WRONG}": [1], "owhite": [2]}


def test_an_interval_is_drawn_from_its_low_to_its_high_end():
    table = pd.DataFrame(
        {"value": [0.8], "low": [0.5], "high": [1.0], "its_rate": [np.nan]}, ["side"]
    )
    ax = draw.rates(table, {"side": "who wins"}, {"side": precedents.tests()["side"].supports})
    assert [0.5, 1.0] in [list(line.get_xdata()) for line in ax.lines]


def test_pooling_refuses_scores_that_do_not_belong_together():
    with pytest.raises(ValueError, match="one score per precedent"):
        pooling.skill([1.0, 2.0], [1.0])
