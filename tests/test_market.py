"""One market or two (C1): displacement, its intervals and its power."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from uptake.openclosed import market
from uptake.openclosed.market.calibration import calibrated, drawn
from uptake.openclosed.market.profile import GRID, Steps, profile

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


def test_too_few_steps_are_refused_with_the_number_that_would_do(steps):
    few = Steps(steps.growth[:7], steps.other[:7], steps.ratio[:7], steps.number[:7])
    with pytest.raises(ValueError, match="give 8"):
        profile(few)


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


def test_the_displacement_that_is_visible_has_the_power_asked_for():
    at = market.visible(0.0, 7, size=300)
    powers = [
        market.chance(a, 0.0, np.random.default_rng(7), size=300).power for a in (at - 0.05, at)
    ]
    assert powers[0] < 0.8 <= powers[1]
