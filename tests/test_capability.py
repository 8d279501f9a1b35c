"""The open-closed gap: choices, intervals, waiting times, and steps that add up."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import SurvfuncRight

from uptake import datasets
from uptake.frontier import mean_lag
from uptake.openclosed import FREEZE, choices, claims, trends
from uptake.openclosed import capability as cap
from uptake.openclosed.capability.benchmarks import ratio
from uptake.openclosed.capability.index import stated


@pytest.fixture(scope="module")
def table():
    return cap.index("2026-05-14")


def test_an_edition_after_the_freeze_is_never_fitted():
    with pytest.raises(ValueError, match="later than the freeze"):
        cap.slope_difference(vintage="2026-08-11")


def test_no_wait_and_no_month_reaches_past_the_freeze(table):
    found = cap.waits().table
    assert found["date"].max() <= FREEZE and found["caught"].max() <= FREEZE
    assert (found.loc[~found["matched"], "date"] <= FREEZE).all()
    assert cap.monthly(cap.sides(table), "2023-01-01").index[-1] <= pd.Timestamp("2026-05-14")


def test_every_model_is_on_one_side_or_counted_as_left_out(table):
    for kw in ({}, {"licence": "permissive"}, {"country": "us_china"}, {"unknown": "overridden"}):
        both = cap.sides(table, **kw)
        assert len(both.closed.dates) + len(both.open.dates) + both.left_out.sum() == len(table)


def test_the_date_of_o3_moves_only_o3(table):
    released, announced = (cap.sides(table, o3_date=d).closed for d in ("released", "announced"))
    when = {
        s: dict(zip(f.names, f.dates, strict=True))
        for s, f in (("released", released), ("announced", announced))
    }
    moved = [m for m in when["released"] if when["released"][m] != when["announced"][m]]
    assert moved == ["o3"]


def test_spreads_come_from_the_edition_before_the_freeze(table):
    first = datasets.load("capability_index", vintage="2025-12-19").dropna(subset=["low"])
    widths = ((first["high"] - first["low"]) / (2 * 1.6449)).round(9)
    assert set(table["error"].round(9)) <= set(widths)


@pytest.mark.parametrize("bad", ["licence", "o3_date", "unknown", "country"])
def test_an_unknown_choice_is_refused_by_name(table, bad):
    with pytest.raises(ValueError, match=f"{bad} is 'nonsense'"):
        cap.sides(table, **{bad: "nonsense"})


def test_the_declared_choices_are_arguments_of_the_owning_functions():
    rules = claims.load()
    for claim, function in (("C9", cap.catch_up_ratio), ("C10", cap.slope_difference)):
        declared = {d.name: d.values for d in rules[claim].dimensions}
        defaults = function.__kwdefaults__
        assert {name: values[0] for name, values in declared.items()} == {
            name: defaults[name] for name in declared
        }


@pytest.mark.parametrize("claim", ["C9", "C10"])
def test_every_level_of_every_choice_gives_an_estimate_or_a_reason(claim):
    rule = claims.load()[claim]
    function = {"C9": cap.catch_up_ratio, "C10": cap.slope_difference}[claim]
    for dimension in rule.dimensions:
        for level in dimension.values:
            estimate = function(**(rule.primary | {dimension.name: level}), draws=50)
            assert estimate.unit == rule.prediction.unit
            assert estimate.exists or estimate.concerns


def test_the_slope_and_its_error_match_ordinary_least_squares_without_correlation():
    # With rho = 0 the formula is the textbook one; at rho = 0.5 it is checked against matrices.
    t, rng = np.arange(24) / 12, np.random.default_rng(4)
    y = rng.normal(size=24)
    b, a = np.polyfit(t, y, 1)
    assert_allclose(trends.slope(t, y), b)
    error, rho = trends.slope_error(t, y)
    x = t - t.mean()
    e = y - a - b * t
    covariance = rho[0] ** np.abs(np.subtract.outer(range(24), range(24)))
    design = np.column_stack([np.ones(24), x])
    hat = design @ np.linalg.inv(design.T @ design) @ design.T
    sigma2 = e @ e / np.trace((np.eye(24) - hat) @ covariance)
    assert_allclose(error[0], np.sqrt(sigma2 * x @ covariance @ x) / (x @ x))


@pytest.mark.parametrize(("rho", "least"), [(0.0, 0.93), (0.6, 0.91), (0.85, 0.88)])
def test_the_interval_of_a_slope_covers_it_on_correlated_records(rho, least):
    t, rng = np.arange(38) / 12, np.random.default_rng(8)
    y = 3 * t + trends.correlated(38, rho, 3000, rng)
    value, half, _ = trends.slope_interval(t, y)
    assert least < (abs(value - 3) < half).mean() < 0.98


def test_a_slope_needs_eight_points_on_an_even_grid():
    with pytest.raises(ValueError, match="too few"):
        trends.slope_interval(np.arange(7), np.arange(7.0))
    with pytest.raises(ValueError, match="equally spaced"):
        trends.slope_interval(np.r_[np.arange(7), 30], np.arange(8.0))


def test_the_unit_of_the_score_scales_the_interval():
    t, y = np.arange(20) / 12, np.random.default_rng(2).normal(size=20)
    value, half, rho = trends.slope_interval(t, y)
    scaled = trends.slope_interval(t, 10 * y + 4)
    assert_allclose([v[0] for v in scaled], [10 * value[0], 10 * half[0], rho[0]])


def test_simulated_records_have_the_effect_they_were_given():
    found = cap.power(3.0, np.random.default_rng(10), size=600)
    assert abs(found.slopes.mean() - 3.0) < 4 * found.slopes.std() / np.sqrt(600) * np.sqrt(2)
    large = cap.power(15.0, np.random.default_rng(10), size=300)
    assert large.power > 0.95 > 0.2 > cap.power(0.0, np.random.default_rng(10), size=300).power


def test_more_open_releases_narrow_the_gap_without_any_progress():
    # The expected maximum grows with the number of draws: the null of rule 5.
    slopes = [
        cap.simulate(0.0, np.random.default_rng(6), size=400, growth=g).slopes.mean()
        for g in (1.0, 8.0)
    ]
    assert slopes[1] < slopes[0]


def test_redrawing_exact_scores_changes_nothing(table):
    both = cap.sides(table.assign(error=0.0))
    slopes = cap.score_noise(both, "2023-01-01", draws=5)
    assert_allclose(slopes, cap.slope_difference(draws=5).value)


times = st.lists(
    st.tuples(st.floats(0.5, 30), st.booleans(), st.integers(1, 4)), min_size=2, max_size=20
)


@examples(40)
@given(times)
def test_the_weighted_curve_is_that_of_statsmodels(rows):
    months, matched, weights = (np.array(c) for c in zip(*rows, strict=True))
    if not matched.any():
        return
    found = SurvfuncRight(months, matched.astype(int), freq_weights=weights)
    grid = np.linspace(0, 12, 100_001)
    place = np.searchsorted(found.surv_times, grid, side="right")
    expected = np.r_[1.0, found.surv_prob][place].mean() * 12
    assert_allclose(cap.restricted_mean(months, matched, weights)[0], expected, atol=2e-3)


def test_the_restricted_mean_is_worked_by_hand():
    # One of two is over at 3; the other is censored at 20, past the horizon: (12 + 3) / 2.
    assert_allclose(cap.restricted_mean([3, 20], [True, False], [[1, 1], [3, 1]]), [7.5, 5.25])
    assert np.isnan(cap.restricted_mean([3.0], [True], [0.0])[0])
    assert_allclose(cap.months_per_event([3, 20], [True, False], [2, 1]), [13.0])
    assert np.isinf(cap.months_per_event([3.0], [False], [1.0])[0])


def test_a_cluster_counts_once_in_the_curve():
    waits = pd.DataFrame({"months": [2.0, 2.0, 2.0, 6.0], "matched": True})
    found = cap.curve(waits, ["a", "a", "a", None])
    assert_allclose(found["waiting"], [0.5, 0.0], atol=1e-12)


def test_stretching_newer_benchmarks_is_seen_as_a_longer_wait():
    table = cap.groups()
    rng = np.random.default_rng(1)
    plain = ratio(table, 199, rng)[0]
    longer = table.assign(months=table["months"] * np.where(table["newer"], 2.0, 1.0))
    assert ratio(longer, 199, rng)[0] > plain
    swapped = table.assign(newer=~table["newer"])
    assert_allclose(ratio(swapped, 199, rng)[0], 1 / plain)


def test_every_benchmark_has_the_same_weight():
    assert_allclose(cap.groups().groupby("benchmark")["weight"].sum(), 1)
    shorter = cap.groups(watched="last run")
    assert (shorter["months"] <= (FREEZE - shorter["date"]) / pd.Timedelta(days=30.4)).all()


definitions = st.fixed_dictionaries({k: st.sampled_from([0, 1]) for k in "abcd"})


@given(definitions, st.lists(st.floats(-9, 9), min_size=16, max_size=16))
def test_the_steps_add_up_to_the_published_figure_for_any_function(theirs, values):
    def function(a, b, c, d):
        return values[8 * a + 4 * b + 2 * c + d]

    found = cap.steps(function, dict.fromkeys("abcd", 0), theirs, 5.0)
    assert_allclose(found.sum(), 5.0)
    assert_allclose(found.drop("not explained").sum(), function(**theirs), atol=1e-12)


def test_a_step_without_influence_is_zero_and_symmetric_steps_are_equal():
    found = cap.steps(
        lambda a, b, c: a * b, {"a": 1, "b": 1, "c": 1}, {"a": 3, "b": 3, "c": 3}, 9.0
    )
    assert_allclose(found[["a", "b", "c"]], [4, 4, 0], atol=1e-12)
    with pytest.raises(ValueError, match="same choices"):
        cap.steps(lambda a: a, {"a": 1}, {"b": 1}, 1.0)


@pytest.mark.parametrize("theirs", [cap.EPOCH, cap.IAPS], ids=["Epoch", "IAPS"])
def test_the_published_lags_are_reached_step_by_step(theirs):
    target = {"Epoch": 3.5, "IAPS": 6.0}["Epoch" if theirs is cap.EPOCH else "IAPS"]
    found = cap.steps(cap.lag, cap.OURS, theirs, target)
    assert_allclose(found.sum(), target)
    assert_allclose(found["ours"], cap.lag())
    assert_allclose(found["not explained"], target - cap.lag(**theirs))


def test_the_matched_records_of_august_2026_are_those_iaps_counts():
    published = datasets.load("published_gaps").set_index("benchmark").loc["eci"]
    found = cap.episodes(vintage="2026-08-11")
    assert found["matched"].sum() == published["matched"]


def test_deepseek_v2_reaches_gpt_4_only_within_its_noise():
    # Epoch's example: 125 against 126, fourteen months later.
    strict = cap.episodes().set_index("leader").loc["GPT-4 (Mar 2023)"]
    near = cap.episodes(tolerance=1.5).set_index("leader").loc["GPT-4 (Mar 2023)"]
    assert near["follower"] == "DeepSeek-V2 (MoE-236B)" != strict["follower"]
    assert round(near["months"]) == 14


def test_the_mean_over_scores_is_the_area_between_the_frontiers():
    both = cap.sides(cap.index("2026-05-14"), unknown="overridden")
    assert_allclose(cap.lag(measure="scores"), mean_lag(both.closed, both.open), rtol=0.02)


def test_arena_gaps_stay_within_one_snapshot_of_one_series():
    found = cap.arena_gaps(datasets.load("arena_leaders"))
    assert not found.duplicated(["series", "snapshot"]).any()
    day = found[(found["series"] == "lab_flagships") & (found["snapshot"] == "2026-06-16")]
    assert_allclose(day["gap"], 31, atol=0.5)
    flagships = found[found["series"] == "lab_flagships"]
    assert flagships["snapshot"].min() >= pd.Timestamp("2025-07-01")


def test_a_gap_by_votes_has_an_interval_where_both_ratings_have_one():
    day = pd.Timestamp("2025-01-01")
    rows = [("text_csv", "closed", 1400.0, 3.0), ("text_csv", "open", 1350.0, 4.0)]
    table = pd.DataFrame(rows, columns=["series", "weights", "elo", "half"])
    table = table.assign(snapshot=day, model=["a", "b"])
    table = table.assign(low=table["elo"] - table["half"], high=table["elo"] + table["half"])
    bare = table.assign(series="history", low=np.nan, high=np.nan)
    found = cap.arena_gaps(pd.concat([table, bare])).set_index("series")
    assert_allclose(found.loc["text_csv", ["low", "gap", "high"]].to_list(), [45, 50, 55])
    assert found.loc["history", ["low", "high"]].isna().all() and found.loc["history", "gap"] == 50


def test_the_ratio_cannot_pass_its_bound_and_reaches_it_when_nothing_newer_is_matched():
    table = cap.groups()
    never = table.assign(
        matched=table["matched"] & ~table["newer"],
        months=table["months"].where(~table["newer"], 99.0),
    )
    for horizon in (12.0, 24.0):
        summary = partial(cap.restricted_mean, horizon=horizon)
        most = cap.attainable(table, horizon=horizon)
        value, low, _ = ratio(never, 99, np.random.default_rng(1), summary)
        assert_allclose(value, most)
        assert low <= most
    assert cap.attainable(table) < claims.load()["C9"].prediction.supports.low
    assert any("no newer record" in concern for concern in cap.catch_up_ratio(draws=20).concerns)
    other = cap.catch_up_ratio(estimator="exponential", draws=20)
    assert not any("no newer record" in concern for concern in other.concerns)


def test_the_horizon_of_the_claim_gives_the_estimate_of_the_claim():
    found, estimate = cap.by_horizon([12.0, 24.0]), cap.catch_up_ratio()
    assert_allclose(found.loc[12.0, ["ratio", "low", "high"]].to_list(), [*_numbers(estimate)])


def _numbers(estimate):
    return estimate.value, estimate.low, estimate.high


def test_intervals_read_at_a_higher_level_mean_smaller_errors(table):
    both = cap.sides(table)
    wide, narrow = (cap.score_noise(both, "2023-01-01", score_level=s) for s in (0.9, 0.99))
    assert wide.std() > 1.2 * narrow.std()
    # A single model on each side: the slope's spread would scale as the errors do.
    ends = pd.DatetimeIndex([both.closed.dates[-1]])
    lone = cap.sides(table[table["model"].isin([both.closed.names[0], both.open.names[0]])])
    gaps = [cap.redrawn_gaps(lone, ends, score_level=s) for s in (0.9, 0.95)]
    centre = lone.closed.scores[0] - lone.open.scores[0]
    assert_allclose((gaps[0] - centre) / (gaps[1] - centre), 1.959964 / 1.644854, rtol=1e-5)


def test_each_way_to_the_interval_of_c10_is_that_of_its_choice():
    found = cap.readings(3.0, np.random.default_rng(1), size=60, batches=3)
    for row, choice in enumerate(({"draws": 0}, {}, {"score_level": 0.95})):
        estimate = cap.slope_difference(**choice)
        assert_allclose(found.iloc[row, :2].to_list(), [estimate.low, estimate.high])
    widths = found["high"] - found["low"]
    assert widths.iloc[0] < widths.iloc[2] < widths.iloc[1]
    assert found["power"].between(0, 1).all() and (found["error"] >= 0).all()


def test_the_smallest_gap_is_a_month_of_its_edition():
    found = cap.lowest(["2026-05-14", "2026-08-11"])
    gap = cap.monthly(cap.sides(cap.index("2026-05-14")), "2023-01-01")["gap"]
    assert found.loc["2026-05-14", "gap"] == gap.min() == gap[found.loc["2026-05-14", "lowest"]]
    assert found["lowest"].nunique() == 2  # the editions disagree
    rise = cap.rise(draws=500)
    assert_allclose(rise.value, gap.iloc[-1] - gap.min())
    first, last = cap.lowest_redrawn(draws=500)
    assert first < found.loc["2026-05-14", "lowest"] < last


def test_no_country_is_taken_from_an_edition_after_the_freeze():
    named = stated("country")
    editions = datasets.load("capability_index")
    early = editions[(editions["vintage"] <= FREEZE) & editions["country"].notna()]
    assert set(named.index) == set(early["model"].dropna())
    assert set(editions["model"].dropna()) - set(named.index)


def test_near_releases_end_at_the_freeze_in_every_edition():
    late = cap.near_frontier(vintage="2026-08-11")
    both = cap.sides(cap.index("2026-08-11"))
    inside = (both.open.dates >= "2023-01-01") & (both.open.dates <= FREEZE)
    assert late["all"].sum() == inside.sum() < (both.open.dates >= "2023-01-01").sum()
    assert (late["near"] <= late["all"]).all()


def test_a_forecast_carries_the_errors_of_its_own_rule():
    found = cap.forecasts(level=0.9)
    gap = cap.monthly(cap.sides(cap.index("2026-05-14")), "2023-01-01")["gap"]
    past = (gap.shift(-3) - gap).iloc[11:].dropna()
    assert found.loc["no change", "errors"] == len(past)
    expected = gap.iloc[-1] + past.quantile([0.05, 0.95])
    assert_allclose(found.loc["no change", ["low", "high"]].to_list(), expected)
    line = np.polyfit(np.arange(len(gap)), gap, 1)
    assert_allclose(found.loc["line", "gap"], np.polyval(line, len(gap) + 2), atol=0.1)


def test_each_count_of_kimi_k3_is_forecast_from_its_own_record():
    table, came = cap.misses(), cap.scored()
    last = table.xs("no change", level="rule")["gap"]
    pd.testing.assert_series_equal(last, came["known in May"], check_names=False)
    assert last["permissive licences"] > last["any weights"] + 0.5
    both = cap.sides(cap.index("2026-05-14"), licence="permissive")
    gap = cap.monthly(both, "2023-01-01")["gap"]
    line = np.polyfit(np.arange(len(gap)), gap, 1)
    found = table.loc[("permissive licences", "line")]
    assert_allclose(found["gap"], np.polyval(line, len(gap) + 2), atol=0.1)
    assert_allclose(found["miss"], came.loc["permissive licences", "gap"] - found["gap"])
    assert found["inside"] == (found["low"] <= found["came"] <= found["high"])


def test_every_benchmark_counts_or_is_counted_as_left_out():
    counts, table = cap.benchmarks_used(), cap.groups()
    assert counts["scored"] == counts.drop("scored").sum()
    assert counts["newer"] == table.loc[table["newer"], "benchmark"].nunique()
    assert counts["older"] == table.loc[~table["newer"], "benchmark"].nunique()
    both = cap.waits().table.groupby("benchmark")
    assert counts["without a release date"] == both["appeared"].first().isna().sum()
    old = both["date"].max() < "2024-01-01"
    assert {"GSM8K", "HellaSwag", "TriviaQA"} < set(old[old].index)
    assert counts["without a closed record since 2024-01-01"] == old.sum()
    assert cap.benchmarks_used(undated="newer")["without a release date"] == 0
    runs = cap.first_run()
    assert len(runs) == counts["scored"] - counts["with models of one side only"]
    assert (~runs["dated"]).sum() == counts["without a release date"]


def test_leaving_out_a_lab_leaves_out_its_records():
    found = cap.leave_one_out(draws=20)
    assert {"OpenAI", "DeepSeek"} <= set(found.index)
    both = cap.sides(cap.index("2026-05-14"), without=("OpenAI",))
    assert "OpenAI" not in set(both.labs)


def test_a_universe_of_c10_runs_through_choices():
    rule = claims.load()["C10"]
    few = choices.universe(rule).iloc[:3]
    assert len(choices.universe(rule)) == rule.combinations
    for chosen in few.to_dict("records"):
        assert cap.slope_difference(**chosen, draws=20).exists
