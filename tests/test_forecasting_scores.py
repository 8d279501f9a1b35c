"""Scores against numerical integration and other libraries, tests against regressions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

from uptake.forecasting import (
    calibration,
    crps_normal,
    crps_sample,
    diebold_mariano,
    interval_score,
    log_score_normal,
    pit_counts,
    quantile_score,
)
from uptake.forecasting.predictive import Mixture, Predictive, quantiles


def crps_by_integration(cdf, actual, low, high):
    """Integrate the squared distance of a distribution function from what came."""
    below, _ = integrate.quad(lambda x: cdf(x) ** 2, low, actual, limit=200)
    above, _ = integrate.quad(lambda x: (1 - cdf(x)) ** 2, actual, high, limit=200)
    return below + above


@pytest.mark.parametrize("actual", [-1.0, 2.0, 2.9, 9.0])
def test_the_crps_of_a_normal_is_its_integral(actual):
    expected = crps_by_integration(stats.norm(2.0, 1.5).cdf, actual, -15.0, 20.0)
    assert_allclose(crps_normal(2.0, 1.5, actual), expected, rtol=1e-7)
    assert_allclose(log_score_normal(2.0, 1.5, actual), -stats.norm(2.0, 1.5).logpdf(actual))


@pytest.mark.parametrize("actual", [-1.0, 0.4, 7.0])
def test_the_crps_of_samples_is_the_integral_of_their_steps(actual):
    samples, weights = np.array([3.0, -0.5, 1.0, 1.0, 6.0]), np.array([0.1, 0.2, 0.3, 0.3, 0.1])

    def mean_distance(w):
        pairs = np.abs(samples[:, np.newaxis] - samples)
        return w @ np.abs(samples - actual) - w @ pairs @ w / 2

    assert_allclose(crps_sample(samples, actual), mean_distance(np.full(5, 0.2)))
    assert_allclose(crps_sample(samples, actual, weights), mean_distance(weights))
    edges = np.sort(np.r_[samples, actual])
    middle = (edges[1:] + edges[:-1]) / 2
    cdf = np.array([(weights * (samples <= x)).sum() for x in middle])
    steps = np.diff(edges) * (cdf - (middle >= actual)) ** 2
    assert_allclose(crps_sample(samples, actual, weights), steps.sum())


def test_many_samples_tend_to_the_closed_form():
    even = stats.norm(1.0, 2.0).ppf((np.arange(20_000) + 0.5) / 20_000)
    assert_allclose(crps_sample(even, 2.5), crps_normal(1.0, 2.0, 2.5), rtol=1e-4)
    levels = np.arange(1, 1000) / 1000
    values = stats.norm(1.0, 2.0).ppf(levels)
    assert_allclose(quantile_score(values, levels, 2.5), crps_normal(1.0, 2.0, 2.5), rtol=2e-3)


def test_the_truth_scores_best_on_average():
    actual = np.random.default_rng(5).normal(0.0, 1.0, 20_000)
    for score in (crps_normal, log_score_normal):
        true = score(0.0, 1.0, actual).mean()
        for mean, sd in [(0.3, 1.0), (0.0, 0.7), (0.0, 1.4)]:
            assert true < score(mean, sd, actual).mean()
    ends = stats.norm.interval(0.9)
    true = interval_score(*ends, actual, 0.9).mean()
    assert true < interval_score(1.3 * ends[0], 1.3 * ends[1], actual, 0.9).mean()
    assert true < interval_score(0.7 * ends[0], 0.7 * ends[1], actual, 0.9).mean()


def test_a_mixture_is_scored_as_one_distribution():
    rng = np.random.default_rng(3)

    def part(mean, sd, scale="linear"):
        shape = (1, 4000, 1)
        spread = np.full(shape, sd)
        means = np.full(shape, mean)
        fresh = rng.standard_normal(shape)
        return Predictive(np.array([[mean]]), means, spread, scale, ("",), fresh)

    shares = np.array([[[0.25, 0.75]]])
    mixed = Mixture((part(0.0, 1.0), part(1.0, 0.5, "log")), shares, ("",))
    first, second = stats.norm(0, 1), stats.lognorm(0.5, scale=np.e)
    actual = np.array([[1.7]])
    density = 0.25 * first.pdf(1.7) + 0.75 * second.pdf(1.7)
    assert_allclose(mixed.density(actual), [[density]])
    assert_allclose(mixed.below(actual), [[0.25 * first.cdf(1.7) + 0.75 * second.cdf(1.7)]])
    assert_allclose(mixed.weights.sum(), 1.0)
    median = quantiles(mixed.samples, np.array([0.5]), mixed.weights)[0, 0, 0]
    assert_allclose(0.25 * first.cdf(median) + 0.75 * second.cdf(median), 0.5, atol=0.02)


@given(samples=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12), actual=st.floats(-1e6, 1e6))
def test_the_crps_is_never_negative_nor_above_the_mean_distance(samples, actual):
    found = float(crps_sample(samples, actual))
    assert -1e-6 <= found <= np.abs(np.array(samples) - actual).mean() + 1e-6


# Diebold and Mariano -----------------------------------------------------------------------------


def losses(n, seed, lead=0.3):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=n + 2)
    return noise[2:] + 0.6 * noise[1:-1] + 0.4 * noise[:-2] + 5, rng.normal(size=n) + 5 + lead


@pytest.mark.parametrize("n", [6, 15, 40])
def test_one_step_ahead_the_corrected_test_is_student_s(n):
    first, second = losses(n, 1)
    found, student = diebold_mariano(first, second), stats.ttest_rel(first, second)
    assert_allclose([found.statistic, found.p], [student.statistic, student.pvalue])


@pytest.mark.parametrize("horizon", [2, 3, 5])
def test_further_ahead_it_is_a_regression_with_its_correction(horizon):
    from statsmodels.regression.linear_model import OLS

    first, second = losses(40, 4)
    options = {"maxlags": horizon - 1, "kernel": "uniform", "use_correction": False}
    plain = OLS(first - second, np.ones(40)).fit(cov_type="HAC", cov_kwds=options).tvalues[0]
    # Harvey, Leybourne and Newbold's factor at n = 40, worked out by hand for each horizon.
    factor = {2: 37.05 / 40, 3: 35.15 / 40, 5: 31.5 / 40}[horizon]
    found = diebold_mariano(first, second, horizon)
    assert_allclose(found.statistic, plain * np.sqrt(factor))
    assert_allclose(found.p, 2 * stats.t(39).sf(abs(found.statistic)))


def test_the_sign_says_who_is_better_and_swapping_turns_it():
    first, second = losses(30, 2, lead=2.0)
    one, other = diebold_mariano(first, second), diebold_mariano(second, first)
    assert one.difference < 0 and one.statistic < 0 and "the first is better" in str(one)
    assert_allclose([one.statistic, one.p], [-other.statistic, other.p])
    assert not one.concerns


def test_a_test_on_few_forecasts_says_that_it_is_empty():
    small = diebold_mariano(*losses(6, 3))
    assert "6 forecasts: only a difference of" in small.concerns[0]
    # The power it names is that of the noncentral t.
    cut = stats.t.ppf(0.975, 199)
    large = diebold_mariano(*losses(200, 3))
    power = stats.nct.sf(cut, 199, large.detectable * np.sqrt(200))
    assert_allclose(power, 0.8, atol=0.005)
    overlapping = diebold_mariano(*losses(25, 3), horizon=6)
    assert any("overlap" in concern for concern in overlapping.concerns)


def test_losses_that_do_not_vary_are_told_apart():
    same = diebold_mariano(np.ones(12), np.ones(12))
    assert (same.p, same.difference) == (1.0, 0.0) and "the same" in str(same)
    apart = diebold_mariano(np.ones(12), np.full(12, 2.0))
    assert np.isnan(apart.p) and apart.difference == -1.0


def test_a_negative_variance_is_replaced_and_said():
    swinging = np.tile([1.0, -1.0], 8) + 0.1
    found = diebold_mariano(swinging, np.zeros(16), 2)
    assert np.isfinite(found.p) and any("negative" in each for each in found.concerns)


@pytest.mark.parametrize(
    ("first", "second", "horizon", "match"),
    [
        ([1.0, 2, 3], [1.0, 2], 1, "one length"),
        ([1.0, 2], [1.0, 3], 1, "at least 3"),
        ([1.0, 2, 3, 4], [1.0, 3, 2, 4], 2, "at least 5"),
        ([1.0, 2, 3], [1.0, 3, 4], 0, "too few"),
        ([1.0, np.nan, 3], [1.0, 3, 4], 1, "NaN"),
    ],
)
def test_losses_that_cannot_be_compared_are_refused(first, second, horizon, match):
    with pytest.raises(ValueError, match=match):
        diebold_mariano(first, second, horizon)


# Calibration -------------------------------------------------------------------------------------


def test_coverage_has_the_exact_interval_and_levels_fall_into_bins():
    import pandas as pd

    scored = pd.DataFrame(
        {"model": "A", "low": 0.0, "high": 1.0, "actual": [0.5] * 9 + [2.0], "pit": 0.5}
    )
    row = calibration(scored, level=0.9).loc["A"]
    # Clopper and Pearson by the beta distribution.
    assert_allclose(
        row[["low", "high"]].astype(float),
        [stats.beta.ppf(0.025, 9, 2), stats.beta.ppf(0.975, 10, 1)],
    )
    assert (row["n"], row["nominal"], row["coverage"]) == (10, 0.9, 0.9)
    assert pit_counts([0.0, 0.19, 0.5, 1.0, np.nan]).tolist() == [2, 0, 1, 0, 1]
    with pytest.raises(ValueError, match="level="):
        calibration(scored)
    with pytest.raises(ValueError, match="nothing to count"):
        calibration(scored.assign(actual=np.nan), level=0.9)
    with pytest.raises(ValueError, match="between 0 and 1"):
        pit_counts([1.2])
    with pytest.raises(ValueError, match="two bins"):
        pit_counts([0.2], bins=1)


@pytest.mark.parametrize("score", [crps_normal, log_score_normal])
def test_a_forecast_without_spread_has_no_normal_score(score):
    with pytest.raises(ValueError, match="above zero"):
        score(0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval_score(0.0, 1.0, 0.5, level=95)
