"""Who serves and what stays: medians shuffled, hosts' dollars, bounds, stays, slots, clouds."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import permutation_test
from statsmodels.duration.survfunc import SurvfuncRight

from uptake import datasets
from uptake.openclosed import FREEZE, claims, hosting, known
from uptake.openclosed.hosting import (
    clouds,
    reach,
    revenue_chance,
    revenues,
    serving,
    shuffled,
    slots,
    stack,
    staying,
    unreported,
)

VALUES = st.lists(st.floats(-5, 5), min_size=4, max_size=6, unique=True)


def gaps(a, b, axis):
    return np.abs(np.median(a, axis=axis) - np.median(b, axis=axis))


# --- medians and shuffled labels ------------------------------------------------------------------


def test_the_permutation_p_value_is_that_of_scipy():
    rng = np.random.default_rng(3)
    for n, m in ((4, 5), (6, 4), (7, 6)):
        first, second = rng.normal(0.5, 1, n), rng.normal(size=m)
        theirs = permutation_test(
            (first, second), gaps, vectorized=True, n_resamples=np.inf, alternative="greater"
        )
        assert_allclose(shuffled.p_value(first, second), theirs.pvalue, rtol=1e-12)


def test_a_p_value_is_worked_by_hand():
    # 20 deals of 1 to 6; the medians lie 3 apart in {1,2,x | ...} for x = 3, 4 and the mirrors.
    assert shuffled.p_value([4.0, 5.0, 6.0], [1.0, 2.0, 3.0]) == pytest.approx(4 / 20)


@given(VALUES, VALUES, st.floats(-3, 3))
@settings(max_examples=12)
def test_an_interval_moves_with_the_shift_and_holds_the_difference(first, second, shift):
    first, second = np.array(first), np.array(second)
    low, high = shuffled.interval(first, second)
    moved = shuffled.interval(first + shift, second)
    assert_allclose(moved, (low + shift, high + shift), atol=1e-6)
    assert low <= np.median(first) - np.median(second) <= high


def test_shifts_outside_the_interval_are_rejected_and_those_just_inside_are_not():
    rng = np.random.default_rng(5)
    first, second = rng.normal(1, 1, 7), rng.normal(size=6)
    low, high = shuffled.interval(first, second)
    step = 0.002 * (high - low)
    for end, out in ((low, -1), (high, 1)):
        assert shuffled.p_value(first, second, end + out * step) <= 0.05
        assert shuffled.p_value(first, second, end - out * step) > 0.05


def test_groups_too_small_to_reject_anything_have_no_ends():
    assert shuffled.interval([1.0, 2.0, 3.0], [1.5, 2.5, 3.5]) == (-math.inf, math.inf)


def test_many_deals_are_drawn_and_agree_with_all_of_them():
    rng = np.random.default_rng(7)
    first, second = rng.normal(0.6, 1, 8), rng.normal(size=8)
    every = shuffled.p_value(first, second)
    drawn = shuffled.p_value(first, second, most=5000)
    assert every != drawn
    assert_allclose(drawn, every, atol=4 * math.sqrt(every * (1 - every) / 5000))


def test_simulated_intervals_cover_when_the_sides_are_alike():
    values = np.random.default_rng(9).normal(size=9)
    found = shuffled.simulate(values, values, 0.0, np.random.default_rng(11), size=300, most=1000)
    assert 0.92 <= found.coverage <= 0.98
    assert found.power == pytest.approx(1 - found.coverage)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match="three values or more"):
        shuffled.p_value([1.0, 2.0], [1.0, 2.0, 3.0])


# --- the stack ------------------------------------------------------------------------------------


def test_the_declared_choices_are_arguments_of_the_owning_functions():
    for name, function in (
        ("C12", hosting.stack_growth_difference),
        ("C13", hosting.revenue_ratio_trend),
    ):
        claim = claims.load()[name]
        assert claim.function == f"hosting.{function.__name__}"
        assert function().unit == claim.prediction.unit
        for dimension in claim.dimensions:
            assert function.__kwdefaults__[dimension.name] == dimension.values[0]
            for value in dimension.values:
                found = function(**{dimension.name: value})
                assert found.low < found.value < found.high


def test_growth_is_the_slope_of_the_log_against_the_index():
    table = known("package_downloads").astype({"package": str})
    wide = table.pivot_table(index="date", columns="package", values="value")
    # 2024-08-30 and 2024-11-26 lie within a week of the snapshots after them.
    wide = wide.loc["2024-01-01":].drop(pd.to_datetime(["2024-08-30", "2024-11-26"]))
    years = (wide.index - wide.index[0]).days.to_numpy() / 365.25
    model = sm.OLS(np.log(wide["vllm"] / wide["pip"]).to_numpy(), sm.add_constant(years)).fit()
    found = hosting.package_growth(deflator="pip")
    assert_allclose(found.loc["vllm", "growth"], model.params[1], rtol=1e-9)
    assert_allclose(found.loc["vllm", "last"], wide["vllm"].iloc[-1] / 1e6)


def test_the_deflator_moves_both_sides_and_hardly_their_difference():
    growth = {d: hosting.package_growth(deflator=d)["growth"] for d in stack.DEFLATORS}
    assert abs(growth["pip"]["vllm"] - growth["boto3"]["vllm"]) > 0.05
    found = [hosting.stack_growth_difference(deflator=d).value for d in stack.DEFLATORS]
    assert np.ptp(found) < 1e-9
    sums = [hosting.stack_growth_difference(deflator=d, aggregate="sum") for d in stack.DEFLATORS]
    assert np.ptp([e.value for e in sums]) < 1e-9


def test_only_packages_of_the_first_snapshot_count_and_a_successor_is_one_with_the_old():
    table = known("package_downloads").astype({"package": str})
    first = set(table.loc[table["date"] == "2024-01-01", "package"])
    growth = hosting.package_growth()
    assert set(growth.index) <= first and "google-genai" not in growth.index
    last = table[table["date"] == table["date"].max()].set_index("package")["value"]
    both = last["google-generativeai"] + last["google-genai"]
    assert_allclose(growth.loc["google-generativeai", "last"], both / 1e6)
    assert "openai" not in hosting.package_growth(clients="without_openai").index


def test_the_sums_are_those_of_the_same_packages():
    record, growth = hosting.stack_record(), hosting.package_growth()
    table = known("package_downloads").astype({"package": str})
    last = table[table["date"] == table["date"].max()].set_index("package")["value"]
    opened = last[growth.index[growth["side"] == "open"]].sum()
    assert_allclose(record["open"].iloc[-1], opened / last["boto3"])
    assert record["number"].is_unique and record["number"].is_monotonic_increasing


def test_leaving_a_package_out_changes_the_middle_as_it_should():
    growth = hosting.package_growth()
    closed = growth.loc[growth["side"] == "closed", "growth"]
    opened = growth.loc[growth["side"] == "open", "growth"]
    found = hosting.stack_growth_difference(without=("tiktoken",))
    assert_allclose(found.value, opened.median() - closed.drop("tiktoken").median())


@pytest.mark.parametrize("name", ["stack", "clients", "deflator", "aggregate"])
def test_an_unknown_choice_of_packages_is_refused(name):
    with pytest.raises(ValueError, match="use"):
        hosting.stack_growth_difference(**{name: "all of them"})


def test_the_power_of_a_large_effect_is_higher():
    rng = np.random.default_rng(12)
    growth = stack.by_side(hosting.package_growth())
    small, large = (shuffled.simulate(*growth, e, rng, size=150, most=500) for e in (0.25, 3.0))
    assert small.power < 0.5 < large.power
    assert_allclose(np.median(large.estimates), 3.0, atol=0.5)


# --- dollars --------------------------------------------------------------------------------------


def test_the_common_slope_and_its_scatter_are_those_of_statsmodels():
    host = pd.Series(["a", "a", "a", "b", "b"])
    years = pd.Series([0.0, 0.7, 1.0, 0.5, 1.2])
    logs = np.array([0.1, 0.9, 1.0, -2.0, -1.8])
    design = pd.get_dummies(host).assign(years=years).astype(float)
    model = sm.OLS(logs, design).fit()
    value, half, low, high = revenues.slope_of_all(host, years, np.array([logs] * 3))
    assert_allclose(value, model.params["years"])
    assert_allclose([low, high], value)  # figures without a range
    assert_allclose([value - half, value + half], model.conf_int().loc["years"])


def test_the_range_of_slopes_is_that_of_all_corners_of_the_figures():
    host, years = pd.Series(["a", "a", "a", "b", "b"]), pd.Series([0.0, 0.7, 1.0, 0.5, 1.2])
    middle = np.array([0.1, 0.9, 1.0, -2.0, -1.8])
    wide = np.array([0.1, 0.2, 0.3, 0.1, 0.4])
    logs = np.array([middle - wide, middle, middle + wide])
    corners = []
    for signs in itertools.product([-1, 1], repeat=5):
        corner = middle + np.array(signs) * wide
        corners.append(revenues.slope_of_all(host, years, np.array([corner] * 3))[0])
    _, _, low, high = revenues.slope_of_all(host, years, logs)
    assert_allclose([low, high], [min(corners), max(corners)])


def test_a_host_with_one_figure_does_not_move_the_slope():
    table = hosting.ratios()
    counts = table["host"].value_counts()
    seen = table[table["host"].map(counts) > 1]
    found = hosting.revenue_ratio_trend()
    assert found.n == len(seen) < len(table)
    assert any("fireworks, together" in concern for concern in found.concerns)


def test_laboratories_are_read_between_their_figures_on_a_line_in_logs():
    table = known("revenue").astype({"series": str})
    rows = table[table["series"] == "revenue_anthropic_annualised_usd"].sort_values("date")
    first, last = rows.iloc[-5], rows.iloc[-4]
    middle = first["date"] + (last["date"] - first["date"]) / 2
    days = pd.Series([first["date"], middle.normalize()])
    found = revenues.lab_revenue(days, labs="anthropic")
    assert_allclose(found["value"][0], first["value"])
    share = (days[1] - first["date"]) / (last["date"] - first["date"])
    expected = first["value"] ** (1 - share) * last["value"] ** share
    assert_allclose(found["value"][1], expected)
    both = revenues.lab_revenue(days)
    assert (both["low"] <= both["value"]).all() and (both["value"] <= both["high"]).all()


def test_a_day_far_from_any_figure_is_refused():
    with pytest.raises(ValueError, match="have no figure near"):
        revenues.lab_revenue(pd.Series([pd.Timestamp("2026-09-01")]))


def test_net_sales_are_an_interval_below_gross_sales():
    day = pd.Series([pd.Timestamp("2026-04-06")])
    gross, net = (revenues.lab_revenue(day, labs="anthropic", gross=g) for g in ("gross", "net"))
    most = revenues.CLOUD_PART[1]
    assert_allclose(net["high"], gross["high"])
    assert_allclose(net["low"], (1 - most) * gross["low"])
    assert_allclose(net["value"], (1 - most / 2) * gross["value"])


def test_a_quarter_counts_four_times_at_its_middle():
    rows = hosting.host_figures("with_compute")
    raw = known("later").astype({"series": str})
    raw = raw[raw["series"] == "coreweave_quarter_revenue_usd"].sort_values("date")
    found = rows[rows["host"] == "coreweave"]
    assert_allclose(found["value"], 4 * raw["value"])
    assert (found["date"].to_numpy() - raw["date"].to_numpy() == np.timedelta64(45, "D")).all()


def test_no_figure_of_a_host_is_later_than_the_freeze():
    public = datasets.load("later")
    last = public[public["series"].astype(str) == "fireworks_runrate_usd"]["known"].max()
    assert last > FREEZE
    assert (hosting.host_figures()["date"] <= FREEZE).all()


def test_the_simulated_slope_is_centred_and_covered():
    found = revenue_chance.revenue_power(0.2, np.random.default_rng(4), size=800)
    assert_allclose(found.slopes.mean(), 0.2, atol=0.05)
    assert found.coverage > 0.95 and found.power < 0.1


def test_the_sum_of_hosts_is_bounded_by_hand(monkeypatch):
    days = pd.to_datetime(["2025-03-31", "2026-03-31", "2026-03-31"])
    figures = pd.DataFrame({"host": ["a", "a", "b"], "date": days})
    for end, values in (("low", [1, 2, 3]), ("value", [1, 2, 3]), ("high", [1, 2, 4])):
        figures[end] = np.array(values, float)
    labs = pd.DataFrame({"low": [10.0, 20.0], "value": [10.0, 20.0], "high": [10.0, 20.0]})
    monkeypatch.setattr(unreported, "host_figures", lambda hosts: figures)
    monkeypatch.setattr(unreported, "lab_revenue", lambda days: labs)
    found = unreported.sum_bounds()
    assert_allclose(found.iloc[0], [1 / 10, (1 + 4) / 10])  # b may have been nothing, or as large
    assert_allclose(found.iloc[1], [5 / 20, 6 / 20])
    years = 365 / 365.25
    assert_allclose(found.loc["change"], np.log([0.25 / 0.5, 0.3 / 0.1]) / years)


def test_a_host_that_grows_as_the_laboratories_keeps_its_ratio(monkeypatch):
    found = hosting.host_since_freeze()
    assert found.low <= found.value <= found.high and found.n == 2
    table = unreported.host_figures()
    last = table[table["host"] == "fireworks"].iloc[-1]
    scaled = table.assign(**{end: table[end] * 2 for end in revenues.ENDS})
    monkeypatch.setattr(unreported, "host_figures", lambda hosts="inference": scaled)
    new = pd.Timestamp("2026-07-16")
    years = (new - last["date"]).days / 365.25
    assert_allclose(hosting.host_since_freeze().value, found.value - math.log(2) / years)


# --- who serves -----------------------------------------------------------------------------------


def test_the_log_ratio_of_two_sides_turns_its_sign_when_they_are_exchanged():
    pair = ("clouds", "independent hosts")
    makers = ("makers of closed models", "makers of open models")
    found, turned = serving.log_ratio_trend(pair), serving.log_ratio_trend(makers)
    assert_allclose([turned.value, turned.low, turned.high],
                    [-found.value, -found.high, -found.low])  # fmt: skip
    with pytest.raises(ValueError, match="name each"):
        serving.log_ratio_trend(("clouds",), ("clouds",))


def test_the_slope_of_hosts_is_that_of_least_squares_on_weeks():
    table = serving.weekly(serving.host_shares())
    share = table["clouds"]
    slope = np.polyfit(table.index, np.log(share / (1 - share)), 1)[0]
    assert_allclose(serving.log_ratio_trend(("clouds",)).value, slope * 365.25 / 7)


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5))
@settings(max_examples=60)
def test_every_table_of_cells_lies_within_the_bounds_of_its_margins(parts):
    cells = np.array(parts) / sum(parts)
    names = list(serving._CELLS)
    at_home, elsewhere, at_makers, open_away, open_home = cells
    one = lambda value: pd.Series([value])  # noqa: E731
    bounds = serving.frechet(
        one(at_home + elsewhere + at_makers),
        one(at_home),
        one(at_makers + open_home),
        one(elsewhere + open_away),
    )
    for name, cell in zip(names, cells, strict=True):
        assert bounds.loc[name, "low"] - 1e-12 <= cell <= bounds.loc[name, "high"] + 1e-12


def test_bounds_are_reached_and_impossible_margins_refused():
    one = pd.Series([0.5])
    found = serving.frechet(one, one * 0.4, one * 0.6, one)
    assert found.loc["closed, elsewhere"].tolist() == [0.0, 0.3]
    assert_allclose(found.loc["open, at their makers"], [0.0, 0.3])
    tight = serving.frechet(one * 1.6, one * 0.6, one * 0.2, one * 1.2)
    assert_allclose(tight.loc["closed, elsewhere"], [0.4, 0.5])
    with pytest.raises(ValueError, match="fall short"):
        serving.frechet(one, one * 1.2, one * 0.2, one * 0.6)


def test_counted_cells_come_after_the_freeze_and_add_up_to_the_rows():
    rows = datasets.load("router_hosts_by_weights").astype({"host_class": str, "weights": str})
    rows = rows[rows["kind"] == "exact"]
    assert (rows["known"] > FREEZE).all()
    found = serving.exact_cells()
    days = rows["date"].nunique()
    home = rows[(rows["host_class"] == "closed_lab_firstparty") & (rows["weights"] == "closed")]
    assert_allclose(found.loc["closed, at their makers", "mean"], home["share"].sum() / days)


# --- what stays -----------------------------------------------------------------------------------


def weeks_of(**presence):
    """A table of holders: name=(weights, weeks)."""
    rows = [(week, name, side) for name, (side, weeks) in presence.items() for week in weeks]
    return pd.DataFrame(rows, columns=["week", "name", "weights"])


def test_stays_are_worked_by_hand():
    table = weeks_of(a=("open", [0, 1]), b=("closed", [1, 2, 4, 5, 9]), c=("open", [8, 9]))
    found = staying.stays(table).set_index(["name", "first"])
    assert found["weeks"].tolist() == [2, 5, 1, 2]
    assert found["ended"].tolist() == [True, True, False, False]
    assert found["begun"].tolist() == [False, True, True, True]
    lately = staying.stays(weeks_of(a=("open", range(9)), b=("open", range(10))))
    assert not lately["ended"].any()  # one week away may still be bridged
    assert staying.stays(table, gap=0).groupby("name").size().to_dict() == {"a": 1, "b": 3, "c": 1}
    assert staying.stays(table, gap=9).groupby("name").size().to_dict() == {"a": 1, "b": 1, "c": 1}
    with pytest.raises(ValueError, match="0 or more"):
        staying.stays(table, gap=-1)


def test_a_longer_bridge_never_shortens_the_weeks_covered():
    holders = staying.top()
    covered = [staying.stays(holders, gap=gap)["weeks"].sum() for gap in (0, 1, 4, 13)]
    assert covered == sorted(covered)
    assert covered[0] == len(holders)


def test_the_top_nine_are_the_largest_rows_and_lie_before_the_freeze():
    holders = staying.top()
    table = known("router_models").astype({"model": str})
    table = table[table["model"] != "others"]
    last = table[table["week"] == table["week"].max()].nlargest(9, "tokens")["model"]
    week = holders["week"].max()
    assert set(holders.loc[holders["week"] == week, "name"]) == set(last)
    assert table["known"].max() <= FREEZE
    ten = staying.top(size=10)
    assert ten.groupby("week")["name"].nunique().max() == 10
    with pytest.raises(ValueError, match="'model' or 'author'"):
        staying.top(unit="vendor")


def test_the_curve_is_that_of_statsmodels_when_every_model_stays_once():
    table = pd.DataFrame(
        {
            "name": list("abcdef"),
            "weights": "open",
            "weeks": [1, 2, 2, 4, 6, 6],
            "ended": [True, True, False, True, True, False],
            "begun": True,
            "first": 1,
        }
    )
    both = pd.concat([table, table.assign(weights="closed", name=list("ghijkl"))])
    found = staying.staying_curves(both, np.random.default_rng(1))["open"]
    theirs = SurvfuncRight(table["weeks"].astype(float), table["ended"].astype(int))
    assert_allclose(found["waiting"], theirs.surv_prob)
    assert_allclose(staying.log_rank(both), 1.0)  # two sides alike
    ratio = staying.staying_ratio(both, np.random.default_rng(1), draws=50)
    assert_allclose(ratio["ratio"], 1.0)
    assert_allclose(ratio.loc["weeks per exit", "open"], 21 / 4)


def test_stays_whose_beginning_is_unseen_count_only_where_age_does_not_matter():
    table = staying.stays(weeks_of(a=("open", range(9)), b=("open", [2]), c=("closed", [2]),
                                   d=("closed", [5, 6]), e=("open", [11])))  # fmt: skip
    found = staying.staying_ratio(table, np.random.default_rng(1), draws=20)
    # b leaves after a week, e is watched for one: half are gone, and the curve runs level to 26.
    assert found.loc["restricted mean", "open"] == 1 + 25 / 2
    # 9 + 1 + 1 weeks over the two exits that were seen
    assert_allclose(found.loc["weeks per exit", "open"], 11 / 2)


def test_kept_slots_are_worked_by_hand():
    table = weeks_of(a=("open", [0, 1, 2]), b=("closed", [0, 2]), c=("open", [1]))
    found = slots.kept_slots(table, 2)
    assert found[["name", "kept"]].to_numpy().tolist() == [["a", True], ["b", True]]
    assert slots.kept_slots(table, 1)["kept"].sum() == 2


def test_slots_that_never_change_hands_are_all_kept():
    table = weeks_of(a=("open", range(40)), b=("closed", range(40)))
    found = slots.kept_share(slots.kept_slots(table, 13), np.random.default_rng(2), draws=50)
    assert (found[["share", "low", "high"]].to_numpy(float) == 1.0).all()


def test_scored_slots_have_their_horizon_after_the_freeze():
    found = slots.scored_slots(np.random.default_rng(3), horizon=5)
    holders = staying.top()
    last = holders["week"].max()
    spring = holders[(holders["week"] > last - 5) & holders["weights"].isin(staying.SIDES)]
    assert found["slots"].sum() == len(spring)


# --- clouds and ceilings --------------------------------------------------------------------------


def test_growth_is_not_worked_out_across_a_new_definition():
    growth = clouds.cloud_growth()
    assert growth.loc["2024-07-01":"2025-06-30", "Microsoft Intelligent Cloud"].isna().all()
    table = known("cloud_revenue").astype({"series": str}).set_index(["series", "date"])["value"]
    series = table["cloud_revenue_aws"]
    expected = np.log(series["2026-01-01"] / series["2025-01-01"])
    assert_allclose(growth.loc["2026-01-01", "Amazon Web Services"], expected)
    assert len(clouds.cloud_growth(scored=True)) == len(growth) + 1


def test_the_step_at_a_date_is_worked_by_hand():
    days = pd.date_range("2024-01-01", periods=7, freq="QS")
    found = clouds.steps(pd.Series([1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0], days))
    assert found.to_dict() == {days[3]: 4 - 1, days[4]: 5 - 1}


def test_a_rank_counts_the_dates_with_a_larger_step():
    found = clouds.placebo().loc["Amazon Web Services"]
    all_steps = clouds.steps(clouds.cloud_growth()["Amazon Web Services"])
    assert found["rank"] == (all_steps >= found["step"]).sum()
    assert found["dates"] == len(all_steps)


def test_the_increments_of_a_package_add_up_to_its_deflated_downloads():
    found = reach.download_ceiling("peft")
    series = stack.deflated("peft") / 1e6
    days = np.diff(series.index.insert(0, series.index[0] - pd.Timedelta(days=30)))
    assert_allclose(found.y, series * (days / np.timedelta64(30, "D")))


def test_stars_gained_are_those_of_a_year_where_a_year_is_on_the_list():
    found = reach.stars_gained()
    assert found["gained"].isna().any() and (found["gained"].dropna() > 0).all()
    table = datasets.load("repository_stars").astype({"repository": str})
    own = table[(table["repository"] == "pytorch/pytorch") & (table["date"] <= FREEZE)]
    assert_allclose(found.loc["pytorch/pytorch", "stars"], own["value"].iloc[-1] / 1e3)
