"""One market or two: the displacement, its intervals and power, its rivals, the forecasts."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake import figures
from uptake.openclosed import FREEZE, claims, known, market
from uptake.openclosed.figures import market as draw
from uptake.openclosed.market import contest, growth, records
from uptake.openclosed.market.calibration import calibrated, drawn
from uptake.openclosed.market.profile import GRID, Steps, profile
from uptake.openclosed.volume import lines
from uptake.times import DAYS_PER_YEAR

N = 50


@pytest.fixture(scope="module")
def steps():
    """Open growth and a ratio that rises from a quarter to one and a quarter."""
    rng = np.random.default_rng(5)
    ratio = np.linspace(0.25, 1.25, N)
    return Steps(rng.normal(0, 0.1, N), rng.normal(0.04, 0.13, N), ratio, np.arange(N))


def exact(steps, a, kappa):
    h, ratio = steps.other, steps.ratio
    return 0.02 + 0.03 * ratio + kappa * h - a * (1 - kappa) * ratio * h


@pytest.mark.parametrize(("a", "kappa"), [(0.0, 0.0), (0.5, 0.3), (1.0, 0.6), (-0.7, 0.2)])
def test_a_record_without_noise_gives_displacement_and_common_demand_back(steps, a, kappa):
    value, common = profile(steps, exact(steps, a, kappa)).best()
    assert_allclose([value[0], common[0]], [a, kappa], atol=1e-10)


def test_the_interaction_follows_from_two_equations_of_growth():
    # h = d + u, g = d - a ratio u: many draws of the equations, not of the regression.
    rng, n, a = np.random.default_rng(6), 200_000, 0.8
    demand, own = rng.normal(0, 0.1, n), rng.normal(0, 0.2, n)
    ratio = rng.uniform(0.3, 1.5, n)
    growth_of_closed = demand - a * ratio * own
    columns = np.column_stack([np.ones(n), ratio, demand + own, ratio * (demand + own)])
    found = np.linalg.lstsq(columns, growth_of_closed, rcond=None)[0]
    kappa = 0.1**2 / (0.1**2 + 0.2**2)
    assert_allclose(found[2:], [kappa, -a * (1 - kappa)], atol=0.01)


@pytest.mark.parametrize("a", [-2.0, 0.0, 0.4, 3.0])
def test_sums_of_squares_are_those_of_the_best_common_demand_between_none_and_all(steps, a):
    found = profile(steps)
    trend = np.linalg.qr(steps.design[:, :2])[0]
    best = np.inf
    for kappa in np.linspace(0, 1, 2001):
        rest = steps.growth - kappa * steps.other + a * (1 - kappa) * steps.ratio * steps.other
        rest = rest - trend @ (trend.T @ rest)
        best = min(best, rest @ rest)
    assert_allclose(found.squares(np.array([a]))[0, 0], best, rtol=1e-6)
    assert found.squares(np.array([a]))[0, 0] >= found.least()[0] - 1e-12


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_profile_has_the_limit_it_says(steps, sign):
    found = profile(steps)
    far = found.squares(np.array([sign * 1e4]))[0, 0]
    assert_allclose(found.at_infinity(sign)[0], far, rtol=1e-3)


def test_all_growth_shared_leaves_no_finite_displacement(steps):
    value, common = profile(steps, 1.3 * steps.other + 1e-3 * steps.growth).best()
    assert np.isinf(value[0]) and common[0] == 1
    low, high = profile(steps, 0.95 * steps.other + 0.5 * steps.growth).interval()
    assert low == -np.inf or high == np.inf


def test_ends_of_the_interval_lie_where_the_profile_crosses_its_cut_off(steps):
    growth_of_closed = exact(steps, 0.5, 0.1) + 0.3 * steps.growth
    found = calibrated(steps, growth_of_closed)
    low, high = found.interval()
    assert_allclose(found.above(np.array([low]))[0, 0], 0, atol=1e-8)
    assert low < 0.5 < high
    plain = profile(steps, growth_of_closed).interval()
    assert low <= plain[0] and high >= plain[1]  # simulated cut-offs are never below F's


@pytest.mark.parametrize("truth", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("common", [0.0, 0.25, 0.5])
def test_intervals_hold_the_truth_about_as_often_as_they_promise(steps, truth, common):
    simulated = drawn(steps, truth, common, np.random.default_rng(8), size=1000)
    assert 0.925 < calibrated(steps, simulated).holds(truth).mean() < 0.995


def test_without_common_demand_in_the_model_one_market_looks_like_two(steps):
    simulated = drawn(steps, 1.0, 0.5, np.random.default_rng(9), size=400)
    found = profile(steps, simulated)
    assert np.median(found.best(common=False)[0]) < 0.4
    assert found.holds(1.0, common=False).mean() < 0.3
    assert abs(np.median(found.best()[0]) - 1) < 0.3


def test_autocorrelated_errors_are_found_and_make_no_difference_to_exact_records(steps):
    noise = drawn(steps, 0.0, 0.0, np.random.default_rng(10), size=300, phi=0.6)
    assert 0.35 < np.median(profile(steps, noise, errors="ar1").phi) < 0.75
    value = profile(steps, exact(steps, 0.5, 0.3), errors="ar1").best()[0]
    assert_allclose(value, 0.5, atol=1e-8)


def test_displacement_is_in_units_of_the_side_that_loses():
    table = market.record(start="2025-11-17")
    one = profile(Steps.of(table)).best()[0][0]
    ten = profile(Steps.of(table.assign(closed=10 * table["closed"]))).best()[0][0]
    assert_allclose(ten, 10 * one)


def test_power_grows_with_the_displacement_and_falls_with_common_demand():
    table = market.power_curve([0.0, 1.0, 3.0], [0.0, 0.5], 7, size=300)
    wide = table.set_index(["common", "truth"])["power"]
    assert wide[0.0].is_monotonic_increasing and wide[0.0, 3.0] > 0.95
    assert wide[0.5, 1.0] < wide[0.0, 1.0]
    assert table["coverage"].min() > 0.92


def test_slow_adjustment_hides_displacement():
    found = market.adjusting([0.25, 16], 0.5, np.random.default_rng(7), size=60, common=0.0)
    assert found[0.25] < 0.2 < 0.35 < found[16.0] < 0.65


def test_the_chart_of_makers_counts_four_makers_and_the_router_as_closed():
    table = known("router_traffic")
    table = table[table["date"] == "2025-09-15"]
    values = table.assign(series=table["series"].astype(str)).set_index("series")["value"]
    names = ("anthropic", "google", "openai", "x-ai", "openrouter")
    named = [values[f"openrouter_weekly_tokens_author_{name}"] for name in names]
    week = market.record().loc["2025-09-15"]
    assert_allclose(week["closed"], sum(named))
    assert_allclose(week["open"] + week["closed"], values["openrouter_weekly_tokens_total"])


def test_the_share_by_maker_is_that_of_the_charts_producer():
    table = known("router_traffic")
    share = table[table["series"] == "openrouter_weekly_open_author_share_high"]
    theirs = share.set_index("date")["value"]
    ours = market.record(by_maker=True)
    part = ours["open"] / (ours["open"] + ours["closed"])
    assert_allclose(part, theirs.loc[part.index], atol=2e-4)


def test_no_step_leads_from_one_list_to_another_or_over_a_gap():
    table = market.record()
    assert len(Steps.of(table).number) == len(table) - 2
    fewer = market.record(weak_months="drop")
    assert not ((fewer.index >= records.WEAK[0]) & (fewer.index < records.WEAK[1])).any()
    assert len(Steps.of(fewer).number) == len(fewer) - 2
    assert table.index.max() <= FREEZE


def test_dropping_free_variants_takes_tokens_off_both_sides():
    kept, paid = market.record(), market.record(free_variants="drop")
    assert (paid[["open", "closed"]] <= kept[["open", "closed"]] + 1).all(axis=None)
    assert (paid[["open", "closed"]] > 0).all(axis=None)
    assert (paid["open"] < kept["open"]).mean() > 0.9


@pytest.mark.parametrize(
    ("record", "idle"),
    [
        ("dollars", {"start": "2025-11-17", "free_variants": "drop"}),
        ("downloads", {"start": "2025-11-17", "free_variants": "drop", "weak_months": "drop"}),
    ],
)
def test_choices_that_do_not_concern_a_record_leave_its_estimate(record, idle):
    one = {"record": record, "displaced": "open"}
    assert market.displacement(**one) == market.displacement(**one, **idle)


def test_choices_that_concern_a_record_change_its_estimate():
    base = market.displacement(start="2025-11-17")
    for other in ({"weak_months": "drop"}, {"free_variants": "drop"}, {"displaced": "open"}):
        assert market.displacement(start="2025-11-17", **other).value != base.value
    assert market.displacement(record="dollars", weak_months="drop").n == 12


@pytest.mark.parametrize(
    "choice", ["record", "displaced", "start", "weak_months", "free_variants", "errors"]
)
def test_an_unknown_choice_is_refused_by_name(choice):
    with pytest.raises(ValueError, match=f"{choice} is 'nonsense'"):
        market.displacement(**{choice: "nonsense"})


def test_too_few_steps_are_refused_with_the_number_that_would_do(steps):
    few = Steps(steps.growth[:7], steps.other[:7], steps.ratio[:7], steps.number[:7])
    with pytest.raises(ValueError, match="give 8"):
        profile(few)


def test_the_slope_of_the_log_ratio_is_the_difference_of_the_exponentials():
    rates = market.shared_growth("iid").separate["r"]
    table = market.growth_differences(np.random.default_rng(7), draws=20)
    year = DAYS_PER_YEAR / 7 / lines.WEEKS_A_YEAR
    value = table.loc["Router tokens, a year", "value"]
    assert_allclose(value, (rates["open"] - rates["closed"]) * year, rtol=1e-4)


def test_revenue_difference_is_that_of_two_slopes_within_firms():
    table = growth.reports()
    years = (table["date"] - table["date"].min()).dt.days / DAYS_PER_YEAR
    logs = np.log(table["value"])
    firm = table["series"]
    x, y = (
        years - years.groupby(firm).transform("mean"),
        logs - logs.groupby(firm).transform("mean"),
    )
    hosts = firm.isin(growth.INFRASTRUCTURE)
    slopes = [(x[side] @ y[side]) / (x[side] @ x[side]) for side in (hosts, ~hosts)]
    assert_allclose(growth.revenue_difference()["value"], slopes[0] - slopes[1])


def test_laws_forecast_records_that_obey_them_without_error():
    week = np.arange(14)
    opened, closed = np.exp(0.06 * week - 1), np.exp(0.02 * week)
    index = pd.date_range("2025-05-05", periods=14, freq="7D")
    found = contest.rolling(
        (1,), first=12, table=pd.DataFrame({"open": opened, "closed": closed}, index)
    )
    worst = found.set_index("model")[["open", "closed"]].abs().groupby("model").max()
    assert_allclose(worst.loc[["drift", "exponential each"]], 0, atol=1e-9)
    # The sum of two exponentials is none, so substitution with a total of its own must err.
    assert worst.loc["one substitution"].min() > 1e-6


def test_log_scores_are_those_of_a_normal_pair_with_the_spread_of_past_errors():
    errors = np.random.default_rng(11).normal(size=(12, 2))
    part = pd.DataFrame(errors, columns=list(contest.SIDES)).assign(horizon=2)
    scores = contest._scored(part)
    # Of horizon 2, origin 10 knows the errors of origins 0 to 8.
    spread = errors[:9].T @ errors[:9] / 9
    from scipy.stats import multivariate_normal

    assert_allclose(scores[10], -multivariate_normal([0, 0], spread).logpdf(errors[10]))
    assert scores[:9].isna().all() and np.isfinite(scores[9])


def test_later_weeks_only_score():
    after = market.after()
    assert (after.index > FREEZE).all()
    assert_allclose(after["no change"].nunique(), 1)


def test_the_band_of_the_line_holds_the_line():
    line = market.fisher_pry(np.random.default_rng(7), draws=19)
    dates = market.record().index
    band = market.band(line, dates)
    middle = line((dates - line.origin).days.to_numpy() / DAYS_PER_YEAR)
    assert ((band["low"] < middle) & (middle < band["high"])).all()


def test_figures_draw_what_they_are_given():
    figures.use_house_style()
    table = market.by_common_demand(np.linspace(0, 0.6, 13))
    rule = claims.load()["C1"].prediction
    regions = {"supports": rule.supports, "refutes": rule.refutes}
    ax = draw.demand(table, regions, fits=0.3)
    assert [line.get_linestyle() for line in ax.lines[:2]] == ["-", "--"]
    assert "fits worse" in [text.get_text() for text in ax.texts]
    ax = draw.demand(table, regions, fits=0.6)
    assert "fits worse" not in [text.get_text() for text in ax.texts]
    ax = draw.growth(market.growth_differences(np.random.default_rng(7), draws=20))
    assert ax.get_yticklabels()[0].get_text() == "Router tokens, a year (52)"
    assert len(ax.texts) == 6
    plt.close("all")


def test_the_grid_of_displacements_is_dense_where_the_rule_decides():
    near = GRID[(GRID > -0.1) & (GRID < 1)]
    assert np.diff(near).max() < 0.03 and GRID[-1] > 100


def test_a_set_lies_within_a_region_only_if_all_of_it_does(steps):
    growth_of_closed = exact(steps, 0.5, 0.1) + 0.3 * steps.growth
    found = profile(steps, growth_of_closed)
    low, high = found.interval()
    assert np.isfinite([low, high]).all()
    assert found.within(low - 0.01, high + 0.01)[0]
    assert not found.within(low + 0.01, high + 0.01)[0]
    assert not found.within(low - 0.01, high - 0.01)[0]
    assert found.within(-np.inf, high + 0.01)[0] and found.within(low - 0.01, np.inf)[0]
    endless = profile(steps, 0.95 * steps.other + 0.5 * steps.growth)
    end = endless.interval()
    assert not endless.within(*((-np.inf, 1e3) if end[1] == np.inf else (-1e3, np.inf)))[0]


def test_labels_of_the_first_estimate_give_it_back_with_the_same_verdict():
    labels = market.by_labels()
    first = labels.loc["makers, own models open"]
    # As the commit that corrected the labels states it.
    assert_allclose(first[["value", "low", "high"]].astype(float), [0.14, -0.02, 0.60], atol=0.006)
    options = {"by_maker": True, "own_models": "open"}
    demand = market.fitting_demand(0.5, **options)
    power = market.chance(0.5, demand, np.random.default_rng(7), **options).power
    assert abs(power - 0.8) < 0.02
    rule = claims.load()["C1"].prediction
    for low, high in labels[["low", "high"]].to_numpy():
        assert rule.supports.meets(low, high) and rule.refutes.meets(low, high)


def test_the_routers_own_models_change_sides_and_nothing_else_does():
    ours, first = (market.record(by_maker=True, own_models=side) for side in ("closed", "open"))
    own = growth.chart()["author_openrouter"].loc[ours.index]
    assert own.max() > 0
    assert_allclose(ours["closed"] - first["closed"], own, rtol=1e-9, atol=10)
    assert_allclose(first["open"] - ours["open"], own, rtol=1e-9, atol=10)


def test_leaving_out_a_step_is_a_fit_without_it():
    found = market.without_one_step()
    steps = Steps.of(market.record())
    assert len(found) == len(steps.number)
    week = found.idxmax()
    assert market.record()["number"][week] == steps.number[np.argmax(found)]
    keep = np.arange(len(found)) != np.argmax(found)
    columns = np.column_stack([steps.design[:, :2], steps.other, steps.ratio * steps.other])[keep]
    slopes = np.linalg.lstsq(columns, steps.growth[keep], rcond=None)[0]
    assert 0 < slopes[2] < 1  # the bounds of common demand do not bind, so plain least squares
    assert_allclose(found.max(), -slopes[3] / (1 - slopes[2]))


def test_displacement_both_ways_misleads_and_one_way_does_not():
    found = market.both_ways([0.0], [0.0, 0.5], 7, common=0.15, size=150)
    assert found.loc[0.0, "back"].item() == 0 and found.loc[0.5, "back"].item() > 0
    assert abs(found.loc[0.0, "median"].item()) < 0.2 < 0.5 < found.loc[0.5, "median"].item()
    assert found.loc[0.0, "coverage"].item() > 0.9 > 0.6 > found.loc[0.5, "coverage"].item()


def test_swings_of_open_use_keep_their_size_whatever_part_closed_use_causes():
    from uptake.openclosed.market import limits

    steps = Steps.of(market.record())
    for pull in (0.0, 0.5):
        drawn_ = limits._drawn(steps, 0.5, pull, 0.25, np.random.default_rng(1), 4000)
        variance = np.square(drawn_[2]).mean()
        assert_allclose(variance, steps.other.var(ddof=1), rtol=0.02)


@pytest.mark.parametrize("kappa", [0.0, 0.3])
def test_for_a_given_strength_the_displacement_is_a_regression(kappa):
    import statsmodels.api as sm

    steps = Steps.of(market.record())
    design = np.column_stack([np.ones(len(steps.ratio)), steps.ratio, steps.ratio * steps.other])
    found = sm.OLS(steps.growth - kappa * steps.other, design).fit()
    ends = np.sort(-found.conf_int()[2]) / (1 - kappa)
    row = market.by_common_demand(np.array([kappa])).loc[kappa]
    assert_allclose(row[["value", "low", "high"]], [-found.params[2] / (1 - kappa), *ends])


def test_longer_steps_are_those_of_every_second_week():
    table = market.record()
    rows = market.by_step((1, 2))
    logs = np.log(table[["open", "closed"]])[table["number"] % 2 == 0]
    parts = table["part"][logs.index]
    kept = np.flatnonzero(np.diff(parts) == 0)
    assert rows["n"].tolist() == [50, len(kept)]
    h, g = logs.diff().iloc[1:].to_numpy()[kept].T
    ratio = np.exp(logs["open"] - logs["closed"]).to_numpy()[:-1][kept]
    assert_allclose(
        profile(Steps(g, h, ratio, np.arange(len(g)))).best()[0][0], rows.loc[2, "value"]
    )


def test_dollars_become_tokens_at_each_sides_mean_price():
    tokens, dollars = (market.in_tokens(r, start="2025-11-17") for r in ("tokens", "dollars"))
    sides = ["open", "closed"]
    assert_allclose(dollars[sides].sum(), tokens[sides].sum())
    spend = known("router_spend").query("mix == 'observed'").set_index("week")
    week = pd.Timestamp("2026-04-27")
    share = spend.loc[week, "open_dollar_share"]
    raw = market.record("dollars").loc[week]
    assert_allclose(raw["open"] / (raw["open"] + raw["closed"]), share)


def test_no_change_is_the_mean_of_the_last_four_log_odds():
    seen = market.record(start="2025-11-17").iloc[-4:]
    odds = np.log(seen["open"] / seen["closed"]).mean()
    assert_allclose(market.after()["no change"], np.exp(odds) / (1 + np.exp(odds)))


def test_growth_of_makers_adds_up_to_that_of_the_router():
    found, weeks = market.makers(), growth.chart().loc[market.record().index]
    assert_allclose(found["last"].sum(), weeks["total"].iloc[-4:].mean() / 1e12)
    assert_allclose(found["first"].sum(), weeks["total"].iloc[:4].mean() / 1e12)


def test_the_band_at_time_zero_of_the_line_is_that_of_its_level():
    line = market.fisher_pry(np.random.default_rng(7), draws=19)
    day = market.record().index[:1]
    band, ends = market.band(line, day), line.interval("intercept")
    assert_allclose(band.iloc[0], [1 / (1 + np.exp(-end)) for end in (ends.low, ends.high)])


def test_the_displacement_that_is_visible_has_the_power_asked_for():
    at = market.visible(0.0, 7, size=300)
    powers = [
        market.chance(a, 0.0, np.random.default_rng(7), size=300).power for a in (at - 0.05, at)
    ]
    assert powers[0] < 0.8 <= powers[1]


def test_laws_are_compared_only_where_all_of_them_are_scored():
    rows = [
        ("a", 1, 30, 0.1, 0.1, 1.0),
        ("a", 1, 31, 0.1, 0.1, 9.0),
        ("b", 1, 30, 0.1, 0.1, 2.0),
        ("b", 1, 31, np.nan, np.nan, np.nan),
    ]
    columns = ["model", "horizon", "points", "closed", "open", "log_score"]
    table = market.standing(pd.DataFrame(rows, columns=columns)).loc[1]
    assert table["n"].tolist() == [1, 1] and table["log_score"].tolist() == [1.0, 2.0]
    assert table["failed"].to_dict() == {"a": 0, "b": 1}


def test_one_substitution_forecasts_a_record_that_obeys_it():
    week = np.arange(20)
    total, odds = np.exp(0.05 * week), -1 + 0.08 * week
    opened, closed = total / (1 + np.exp(-odds)), total / (1 + np.exp(odds))
    logs = np.log(np.column_stack([closed, opened]))
    index = pd.date_range("2025-05-05", periods=20, freq="7D")
    known_ = pd.DataFrame({"closed": closed, "open": opened}, index)
    said = contest._forecasts(known_.iloc[:15], logs[:15], np.array([1, 4]))["one substitution"]
    assert_allclose(said, logs[[15, 18]])
