"""Autocorrelated errors: checked against likelihoods written out in full."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from uptake import Bass, Logistic, fit, fit_many
from uptake.optimum import Optimum
from uptake.separable import Problem
from uptake.starts import grid_starts
from uptake.traces import hold_quantity

TRUTH = Bass(1000.0, 0.01, 0.25)
EDGES = np.arange(41.0)


def correlated(n, rho, rng):
    errors = rng.standard_normal(n)
    for i in range(1, n):
        errors[i] = rho * errors[i - 1] + np.sqrt(1 - rho**2) * errors[i]
    return errors


def record(rho=0.6, seed=2):
    flows = TRUTH.flow(EDGES)
    return flows + 0.05 * flows.max() * correlated(40, rho, np.random.default_rng(seed))


def log_density(curve, rho, sigma, y, mean, times):
    """Density under the covariance sigma^2 rho^|t_i - t_j|, with no whitening anywhere."""
    covariance = sigma**2 * rho ** np.abs(times[:, np.newaxis] - times)
    return stats.multivariate_normal(mean(curve), covariance).logpdf(y)


@pytest.mark.parametrize("rho", [0.6, -0.4])
def test_the_fit_maximises_the_exact_likelihood(rho):
    y = record(rho)
    result = fit(Bass, EDGES, y, kind="flow", errors="ar1")

    def unlikely(x):
        m, p, q, sigma = np.exp(x[:4])
        e = y - Bass(m, p, q).flow(EDGES)
        r = np.tanh(x[4])
        fresh = np.r_[e[0], (e[1:] - r * e[:-1]) / np.sqrt(1 - r**2)]
        return -stats.norm(0, sigma).logpdf(fresh).sum() + (e.size - 1) / 2 * np.log(1 - r**2)

    start = np.r_[np.log([1000, 0.01, 0.25, 3.0]), np.arctanh(rho)]
    options = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-9, "fatol": 1e-11}
    best = optimize.minimize(unlikely, start, method="Nelder-Mead", options=options)
    assert_allclose(list(result.params.values()), np.exp(best.x[:3]), rtol=1e-5)
    assert_allclose(result.rho, np.tanh(best.x[4]), atol=1e-5)
    assert_allclose(result.log_likelihood, -best.fun, atol=1e-6)


def test_no_correlation_and_a_full_one_are_told_apart():
    t = np.cumsum(np.r_[0.0, np.tile([1.0, 1.0, 0.25], 7)])
    y = Logistic(100.0, 0.6, 8.0)(t) + np.random.default_rng(1).normal(0, 1.0, t.size)
    (none,) = fit(Logistic, t, y, errors="ar1").concerns
    assert "do not correlate" in none
    walk = np.cumsum(np.random.default_rng(1).normal(0, 1.0, 40))
    full = fit(Bass, EDGES, Bass(1000.0, 0.01, 0.25).flow(EDGES) + walk, kind="flow", errors="ar1")
    assert any("random walk" in each for each in full.concerns) or full.rho > 0.5


def test_errors_taken_as_independent_have_no_correlation_to_tell():
    assert fit(Bass, EDGES, record(), kind="flow").rho == 0


def test_irregular_times_have_the_likelihood_of_their_distances():
    rng = np.random.default_rng(5)
    times = np.cumsum(rng.choice([1.0, 2.0, 5.0], 30))
    truth = Logistic(100.0, 0.12, 40.0)
    y = truth(times) + 3 * correlated(30, 0.7, rng)
    result = fit(Logistic, times, y, errors="ar1")
    spacing = np.median(np.diff(times))
    sigma = (
        np.sqrt(result._optimum.fresh @ result._optimum.fresh / 30)
        * result._optimum.problem.unit[0]
    )
    density = log_density(result.curve, result.rho, sigma, y, lambda c: c(times), times / spacing)
    assert_allclose(result.log_likelihood, density, atol=1e-8)


def test_flows_over_uneven_edges_are_as_far_apart_as_the_middles_of_their_intervals():
    rng = np.random.default_rng(6)
    edges = np.r_[0.0, np.cumsum(rng.choice([1.0, 1.5, 3.0], 30))]
    middles = (edges[1:] + edges[:-1]) / 2
    y = Bass(1000.0, 0.01, 0.25).flow(edges) + 3 * correlated(30, 0.7, rng)
    result = fit(Bass, edges, y, kind="flow", errors="ar1")
    sigma = np.sqrt(result._optimum.fresh @ result._optimum.fresh / 30)
    sigma *= result._optimum.problem.unit[0]
    apart = middles / np.median(np.diff(middles))
    density = log_density(result.curve, result.rho, sigma, y, lambda c: c.flow(edges), apart)
    assert_allclose(result.log_likelihood, density, atol=1e-8)


def test_records_of_a_batch_may_each_have_gaps_of_their_own():
    weights = np.ones((3, 40))
    weights[0, 30:], weights[1, 5:9], weights[2, ::7] = 0.0, 0.0, 0.0
    records = np.stack([record(rho, seed) for rho, seed in [(0.6, 2), (0.3, 3), (0.5, 4)]])
    options = {"kind": "flow", "errors": "ar1"}
    many = fit_many(Bass, EDGES, records, weights=weights, starts=4, **options)
    for i, (y, known) in enumerate(zip(records, weights, strict=True)):
        alone = fit(Bass, EDGES, y, weights=known, **options)
        assert_allclose(many.sse[i], alone.sse, rtol=1e-9)
        assert_allclose(many.params.loc[i], list(alone.params.values()), rtol=1e-5)


def test_with_rho_at_zero_nothing_differs_from_independent_errors():
    y = record()
    ours = Problem(Bass, EDGES, y[np.newaxis], kind="flow", errors="ar1")
    plain = Problem(Bass, EDGES, y[np.newaxis], kind="flow")
    theta = grid_starts(plain)[0]
    with_rho = np.column_stack([theta, [0.0]])
    mine, slopes = ours.project(with_rho, np.array([0]))
    theirs, others = plain.project(theta, np.array([0]))
    assert_allclose(mine, theirs, rtol=1e-13)
    assert_allclose(slopes[:2], others, rtol=1e-12)


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("fixed", [{}, {"m": np.array([900.0])}])
def test_the_jacobian_is_the_derivative_also_by_rho_with_masked_points(scale, fixed):
    root = np.sqrt(np.r_[np.ones(10), 0, 0, np.full(28, 0.5)])
    y = np.maximum(record(), 1.0)[np.newaxis]
    problem = Problem(Bass, EDGES, y, "flow", scale, "ar1", root, fixed)
    theta = np.column_stack([grid_starts(problem)[0][:, :-1], [0.4]])
    _, jacobian = problem.project(theta, np.array([0]))
    for k in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[0, k] = 1e-6
        up, down = (problem.project(theta + s * step, np.array([0]))[0] for s in (1, -1))
        slope = (up - down) / 2e-6
        assert_allclose(jacobian[k], slope, atol=3e-5 * np.abs(slope).max())


def test_an_interval_with_correlated_errors_is_calibrated_and_repeats():
    y = record()
    tied, plain = (fit(Bass, EDGES, y, kind="flow", errors=e) for e in ("ar1", "iid"))
    wide, narrow = tied.interval("m", draws=199), plain.interval("m")
    assert wide.high - wide.low > 1.2 * (narrow.high - narrow.low)
    assert wide == tied.interval("m", draws=199)
    assert wide == fit(Bass, EDGES, y, kind="flow", errors="ar1").interval("m", draws=199)
    uncalibrated = tied.profile("m").interval()
    assert uncalibrated.high < wide.high
    other = tied.interval("m", rng=np.random.default_rng(9), draws=199)
    assert other != wide
    assert_allclose([other.low, other.high], [wide.low, wide.high], rtol=0.03)


def test_a_parameter_and_the_same_thing_as_a_function_are_calibrated_alike():
    tied = fit(Bass, EDGES, record(), kind="flow", errors="ar1")
    named = tied.interval("q", draws=99)
    derived = tied.interval(lambda curve: curve.q, draws=99)
    assert_allclose([derived.low, derived.high], [named.low, named.high], rtol=2e-3)


def test_a_random_walk_is_a_concern():
    rng = np.random.default_rng(0)
    t = np.arange(60.0)
    y = 50 + np.cumsum(rng.standard_normal(60)) + 0.2 * t
    result = fit(Logistic, t, y, errors="ar1")
    assert result.rho > 0.8
    assert not result.identified or result.concerns


def test_holding_a_peak_costs_what_a_search_along_that_peak_finds():
    rng = np.random.default_rng(1)
    t = np.linspace(0, 1.8 * TRUTH.peak, 41)
    flows = TRUTH.flow(t)
    records = flows + rng.normal(0, 0.05 * flows.max(), (40, 40))
    problem = Problem(Bass, t, records, "flow")
    theta = problem.coordinates.to_free(np.array([[TRUTH.p, TRUTH.q]]))[0]
    cost = float(problem.solve(grid_starts(problem)[0]).cost[0])
    true = Optimum(problem.rows(slice(0, 1)), theta, TRUTH.m, cost)
    held = hold_quantity(true, problem, lambda curve: curve.peak)

    def along(y):
        # With the peak fixed only the speed p + q is left to search.
        def squares(log_speed):
            speed = np.exp(log_speed)
            p = speed / (1 + np.exp(speed * TRUTH.peak))
            shape = Bass(1.0, p, speed - p).flow(t)
            return ((y - shape * (shape @ y) / (shape @ shape)) ** 2).sum()

        return optimize.minimize_scalar(squares, bounds=np.log([0.1, 0.6]), method="bounded").fun

    assert_allclose(held * problem.unit**2, [along(y) for y in records], rtol=1e-6)
