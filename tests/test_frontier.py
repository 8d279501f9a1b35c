"""Frontiers, gaps and lags: worked by hand, then held to what must be true of any data."""

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from uptake.frontier import (
    DAYS_PER_MONTH,
    Frontier,
    catch_up,
    cluster_weights,
    frontier,
    gap,
    lag_backward,
    mean_lag,
)

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2024-01-01")


def on(*days):
    return START + pd.to_timedelta(days, unit="D")


def months(days):
    return np.asarray(days) / DAYS_PER_MONTH


# The example of the whole file: day 0: 10, day 10: 20, day 40: 15 (no record), day 50: 30.
LEADER = frontier(on(0, 10, 40, 50), [10, 20, 15, 30], names=["L1", "L2", "no", "L3"])
# Day 5: 4, day 30: 12, day 70: 25 and 24 on the same day.
FOLLOWER = frontier(on(5, 30, 70, 70), [4, 12, 24, 25], names=["F1", "F2", "no", "F3"])

records_of = st.lists(
    st.tuples(st.integers(0, 900), st.integers(-40, 40)), min_size=1, max_size=25
).map(sorted)


def build(pairs, shift=0, **kw):
    days, scores = zip(*pairs, strict=True)
    return frontier(on(*days) + shift * DAY, np.array(scores, float), **kw)


def test_only_a_strict_improvement_is_a_record_and_the_best_of_a_day_counts():
    assert LEADER.records["name"].tolist() == ["L1", "L2", "L3"]
    assert FOLLOWER.records["name"].tolist() == ["F1", "F2", "F3"]
    tied = frontier(on(0, 0, 3), [7, 7, 7], names=["first", "second", "later"])
    assert tied.records["name"].tolist() == ["first"]


def test_a_month_is_the_mean_of_four_years():
    assert DAYS_PER_MONTH == (3 * 365 + 366) / 48


def test_records_are_numbered_anew_under_four_columns():
    assert LEADER.records.columns.tolist() == ["date", "score", "name", "error"]
    assert LEADER.records.index.tolist() == [0, 1, 2]
    assert LEADER.records["date"].tolist() == on(0, 10, 50).tolist()


def test_entries_without_names_are_numbered_in_the_order_given():
    found = frontier(on(0, 1, 1), [1, 2, 3])
    assert found.names.tolist() == ["1", "3", "2"]
    assert found.names.dtype == object


def test_a_frontier_is_a_record_high_unless_told():
    assert Frontier(LEADER.dates, LEADER.scores, LEADER.names, LEADER.errors).sign == 1


def test_the_level_counts_the_day_itself_and_is_missing_before_the_first_entry():
    assert_array_equal(LEADER(on(-1, 0, 9, 10, 45, 60)), [np.nan, 10, 10, 20, 20, 30])


def test_a_record_low_mirrors_a_record_high():
    low = frontier(LEADER.dates, -LEADER.scores, names=LEADER.names, best="min")
    assert low.records["name"].tolist() == ["L1", "L2", "L3"]
    assert_array_equal(low(on(45)), [-20])
    assert low.reached(-15) == on(10)[0]
    assert_array_equal(low.mean_of_top(2, on(60)), [-25])
    down = frontier(FOLLOWER.dates, -FOLLOWER.scores, names=FOLLOWER.names, best="min")
    at = on(5, 30, 60, 80)
    assert_allclose(gap(low, down, at), gap(LEADER, FOLLOWER, at))
    assert_allclose(lag_backward(low, down)["months"], lag_backward(LEADER, FOLLOWER)["months"])
    assert_allclose(catch_up(low, down)["months"], catch_up(LEADER, FOLLOWER)["months"])
    assert_allclose(mean_lag(low, down), mean_lag(LEADER, FOLLOWER))


def test_the_mean_of_the_top_two_is_worked_by_hand():
    # Day 0 has one entry; day 45 has 20 and 15; day 60 has 30 and 20.
    assert_array_equal(LEADER.mean_of_top(2, on(0, 45, 60)), [np.nan, 17.5, 25])
    # On day 10 itself there are exactly two, 10 and 20.
    assert_array_equal(LEADER.mean_of_top(2, on(9, 10)), [np.nan, 15])


def test_the_mean_of_the_top_one_is_the_level():
    at = on(-1, 0, 10, 39, 40, 50, 99)
    assert_array_equal(LEADER.mean_of_top(1, at), LEADER(at))


def test_the_gap_is_the_difference_in_points_on_each_date():
    found = gap(LEADER, FOLLOWER, on(1, 5, 30, 60, 70))
    assert_array_equal(found, [np.nan, 6, 8, 18, 5])
    assert found.index.tolist() == on(1, 5, 30, 60, 70).tolist()
    assert found.name == "gap"


def test_the_backward_lag_looks_back_from_the_follower():
    found = lag_backward(LEADER, FOLLOWER)
    # 4 was passed by the leader's first entry on day 0; 12 and 25 were reached on days 10 and 50.
    assert_allclose(found["months"], months([5, 20, 20]))
    assert found["open_start"].tolist() == [True, False, False]
    assert not found["open_end"].any()


def test_the_backward_lag_may_be_asked_on_any_date_of_the_follower():
    found = lag_backward(LEADER, FOLLOWER, on(5, 40, 60))
    assert found.index.tolist() == on(5, 40, 60).tolist()
    assert found["level"].tolist() == [4, 12, 12]
    assert found["reached"].tolist() == on(0, 10, 10).tolist()
    assert_allclose(found["months"], months([5, 30, 50]))


def test_a_tolerance_lifts_the_follower_before_looking_back():
    # 4, 12 and 25 count as 12, 20 and 33: the leader had them on day 10, day 10 and not by day 70.
    found = lag_backward(LEADER, FOLLOWER, tolerance=8)
    assert_allclose(found["months"], months([-5, 20, 0]))
    assert found["open_end"].tolist() == [False, False, True]
    low = frontier(LEADER.dates, -LEADER.scores, best="min")
    down = frontier(FOLLOWER.dates, -FOLLOWER.scores, best="min")
    assert_allclose(lag_backward(low, down, tolerance=8)["months"], found["months"])


def test_a_follower_who_is_ahead_has_a_negative_backward_lag():
    found = lag_backward(FOLLOWER, LEADER, until=on(100)[0])
    # LEADER's 10, 20, 30 at days 0, 10, 50 against FOLLOWER's 12 (day 30), 25 (day 70), never.
    assert_allclose(found["months"], months([-30, -60, -50]))
    assert found["open_end"].tolist() == [False, False, True]


def test_catch_up_times_are_worked_by_hand_with_censoring_and_entry():
    found = catch_up(LEADER, FOLLOWER, until=on(100)[0])
    assert found["leader"].tolist() == ["L1", "L2", "L3"]
    assert found["follower"].tolist()[:2] == ["F2", "F3"]
    assert found["follower"].isna().tolist() == [False, False, True]
    assert found["matched"].tolist() == [True, True, False]
    assert found["caught"].tolist() == [*on(30, 70), pd.NaT]
    assert_allclose(found["months"], months([30, 60, 50]))
    assert_allclose(found["entry"], months([5, 0, 0]))
    assert not found["open_start"].any()


def test_a_level_the_follower_had_when_first_seen_is_flagged():
    late = frontier(on(60), [15.0])
    found = catch_up(LEADER, late)
    assert found["open_start"].tolist() == [True, False, False]


def test_tolerance_and_noise_let_the_follower_count_as_level():
    assert catch_up(LEADER, FOLLOWER, tolerance=4.9)["matched"].tolist() == [True, True, False]
    assert catch_up(LEADER, FOLLOWER, tolerance=5.0)["matched"].tolist() == [True, True, True]
    a = frontier(on(0), [10.0], errors=[3.0])
    b = frontier(on(0, 20), [5.1, 4.0], errors=[4.0, 4.0])
    # The combined standard error is 5: 5.1 + 0.98 * 5 = 10, and 4.0 needs 1.2.
    assert not catch_up(a, b, standard_errors=0.97)["matched"].any()
    assert not catch_up(a, b)["matched"].any()
    assert catch_up(a, b, standard_errors=0.981)["months"].tolist() == [0.0]


def test_a_wide_error_may_catch_up_without_a_record():
    a = frontier(on(0), [10.0])
    b = frontier(on(5, 9), [6.0, 5.0], names=["sharp", "blurred"], errors=[0.1, 5.0])
    assert catch_up(a, b, standard_errors=1.0)["follower"].tolist() == ["blurred"]


def test_fixed_levels_are_credited_to_the_model_that_crossed_them():
    found = catch_up(LEADER, FOLLOWER, levels=[5, 12, 18, 20, 28, 99])
    assert found["level"].tolist() == [5, 12, 18, 20, 28]
    assert found["leader"].tolist() == ["L1", "L2", "L2", "L2", "L3"]
    assert_allclose(cluster_weights(found["leader"]), [1, 1 / 3, 1 / 3, 1 / 3, 1])


def test_fixed_levels_of_a_record_low_are_those_of_the_mirrored_high():
    levels = np.array([5.0, 12, 18, 20, 28, 99])
    low = frontier(LEADER.dates, -LEADER.scores, names=LEADER.names, best="min")
    down = frontier(FOLLOWER.dates, -FOLLOWER.scores, names=FOLLOWER.names, best="min")
    found = catch_up(low, down, levels=-levels).sort_values("level", ascending=False)
    mirror = catch_up(LEADER, FOLLOWER, levels=levels)
    assert found["level"].tolist() == (-mirror["level"]).tolist()
    assert found["leader"].tolist() == mirror["leader"].tolist()
    assert_allclose(found["months"], mirror["months"])


def test_the_last_day_of_the_entries_may_end_the_observation():
    last = on(70)[0]
    assert_allclose(catch_up(LEADER, FOLLOWER, until=last)["months"], months([30, 60, 20]))
    assert_allclose(catch_up(LEADER, FOLLOWER)["months"], months([30, 60, 20]))


def test_the_mean_lag_over_a_range_counts_that_range_alone():
    # Between 12 and 20 the leader is at day 10 and the follower at day 70, whichever is better.
    assert_allclose(mean_lag(LEADER, FOLLOWER, low=12, high=20), months(60))
    low = frontier(LEADER.dates, -LEADER.scores, best="min")
    down = frontier(FOLLOWER.dates, -FOLLOWER.scores, best="min")
    assert_allclose(mean_lag(low, down, low=-12, high=-20), months(60))
    # Scores below both first entries were there on the first day: 0 and 5 up to 4, then 0 and 30.
    assert_allclose(mean_lag(LEADER, FOLLOWER, low=2, high=10), months((2 * 5 + 6 * 30) / 8))
    # Up to the follower's best of 25, and no further.
    assert_allclose(mean_lag(LEADER, FOLLOWER, low=20, high=25), months(20))
    for ends in ({"high": 25.1}, {"low": 12, "high": 12}, {"low": 25}):
        with pytest.raises(ValueError, match="share no such range"):
            mean_lag(LEADER, FOLLOWER, **ends)


def test_the_mean_lag_is_the_area_between_the_steps():
    # Shared scores 10..25. 10 to 12: days 10 and 30; 12 to 20: days 10 and 70; 20 to 25: 50, 70.
    by_hand = (2 * 20 + 8 * 60 + 5 * 20) / 15
    assert_allclose(mean_lag(LEADER, FOLLOWER), by_hand / DAYS_PER_MONTH)
    grid = np.linspace(10, 25, 30_001)[1:]
    brute = [FOLLOWER.reached(s) - LEADER.reached(s) for s in grid[::10]]
    assert_allclose(mean_lag(LEADER, FOLLOWER), months(np.mean([b.days for b in brute])), rtol=2e-3)


@given(records_of)
def test_a_record_against_itself_has_no_gap_and_no_lag(pairs):
    one = build(pairs)
    assert_allclose(gap(one, one, one.dates), 0)
    assert_allclose(lag_backward(one, one)["months"], 0)
    assert_allclose(catch_up(one, one)["months"], 0)


@given(records_of, st.integers(1, 400))
def test_delaying_the_follower_adds_the_delay_to_every_lag(pairs, delay):
    one, late = build(pairs), build(pairs, shift=delay)
    assert_allclose(lag_backward(one, late)["months"], months(delay))
    found = catch_up(one, late)
    assert found["matched"].all()
    assert_allclose(found["months"], months(delay))


@given(records_of, records_of)
def test_forward_and_backward_lags_agree_where_the_follower_lands_on_the_level(leads, follows):
    leader, follower = build(leads), build(follows)
    until = max(leader.dates[-1], follower.dates[-1]) + DAY
    found = catch_up(leader, follower, levels=np.unique(follower.scores), until=until)
    back = lag_backward(leader, follower, until=until).reset_index(drop=True)
    joined = found.merge(back[~back["open_end"]], on="level", suffixes=("", "_back"))
    assert len(joined) == (~back["open_end"]).sum()
    assert_allclose(joined["months"], joined["months_back"])


@given(records_of, records_of, st.integers(0, 30))
def test_more_tolerance_never_lengthens_a_catch_up(leads, follows, tolerance):
    leader, follower = build(leads), build(follows)
    strict = catch_up(leader, follower)
    loose = catch_up(leader, follower, tolerance=tolerance)
    assert (loose["matched"] >= strict["matched"]).all()
    both = strict["matched"]
    assert (loose["months"][both] <= strict["months"][both] + 1e-9).all()


@examples(50)
@given(records_of, records_of, st.integers(0, 30), st.integers(0, 400))
def test_lags_are_those_of_a_search_entry_by_entry(leads, follows, tolerance, after):
    leader, follower = build(leads), build(follows)
    end = max(leads[-1][0], follows[-1][0]) + after
    asked = {"tolerance": tolerance, "until": START + end * DAY}

    found = catch_up(leader, follower, **asked)
    for level, date, wait, matched in found[["level", "date", "months", "matched"]].to_numpy():
        days = [day for day, score in follows if score + tolerance >= level]
        assert matched == bool(days)
        assert_allclose(wait, months(min(days, default=end) - (date - START).days))

    for date, row in lag_backward(leader, follower, **asked).iterrows():
        had = max(score for day, score in follows if day <= (date - START).days)
        days = [day for day, score in leads if score >= had + tolerance]
        assert (row["level"], row["open_end"]) == (had, not days)
        assert row["open_start"] == (min(days, default=None) == leads[0][0])
        assert_allclose(row["months"], months((date - START).days - min(days, default=end)))


@examples(50)
@given(records_of, records_of, st.floats(0.5, 20), st.integers(-300, 300))
def test_the_unit_and_origin_of_the_score_do_not_move_a_lag(leads, follows, scale, origin):
    leader, follower = build(leads), build(follows)
    moved = [
        frontier(side.dates, scale * side.scores + origin, names=side.names)
        for side in (leader, follower)
    ]
    assert_allclose(catch_up(*moved)["months"], catch_up(leader, follower)["months"])
    at = leader.dates
    assert_allclose(gap(*moved, at), scale * gap(leader, follower, at), atol=1e-9)


@pytest.mark.parametrize(
    ("dates", "scores", "kw", "advice"),
    [
        ([], [], {}, "no entries"),
        (["2024-02-01", "2024-01-01"], [1, 2], {}, "sort"),
        (["2024-02-01", None], [1, 2], {}, "1 dates are missing"),
        (["2024-02-01"], [1, 2], {}, "differ in length"),
        (["2024-02-01"], [np.nan], {}, "finite"),
        (["2024-02-01"], [1.0], {"errors": [-1.0]}, "non-negative"),
        (["2024-02-01"], [1.0], {"best": "least"}, "'max' or 'min'"),
    ],
)
def test_impossible_input_is_refused_with_advice(dates, scores, kw, advice):
    with pytest.raises(ValueError, match=advice):
        frontier(dates, scores, **kw)


def test_comparisons_that_make_no_sense_are_refused():
    low = frontier(on(0), [1.0], best="min")
    with pytest.raises(ValueError, match="build both alike"):
        gap(LEADER, low, on(3))
    with pytest.raises(ValueError, match="past until"):
        catch_up(LEADER, FOLLOWER, until=on(60)[0])
    with pytest.raises(ValueError, match="no entry before"):
        lag_backward(LEADER, FOLLOWER, on(2))
    with pytest.raises(ValueError, match="share no such range"):
        mean_lag(LEADER, frontier(on(0), [99.0]))
    with pytest.raises(ValueError, match="no entry before"):
        lag_backward(LEADER, FOLLOWER, on(4, 60))
    with pytest.raises(ValueError, match="1 or more"):
        LEADER.mean_of_top(0, on(3))
