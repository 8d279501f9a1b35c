"""Profiles and the ends of intervals against published ones and fits made without the library."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats
from truths import (
    VCR_EDGES,
    VCR_SALES,
    every_curve,
    every_kind,
    every_scale,
    independent,
    record,
    residuals,
    times,
)

from uptake import Bass, Exponential, Logistic, fit
from uptake.calibration import statistics
from uptake.draws import simulate

# The log of an exponential is a straight line, for which every answer is known.
LINE = np.arange(12.0)
GROWTH = Exponential(3.0, 0.2)(LINE) * np.exp(np.random.default_rng(3).normal(0, 0.1, 12))


@pytest.fixture(scope="module")
def recorders():
    """Return the fit of video recorder sales, whose profile others have worked out."""
    return fit(Bass, VCR_EDGES, VCR_SALES, kind="flow")


# Published answers -------------------------------------------------------------------------------


def test_intervals_match_the_published_profile_of_recorder_sales(recorders):
    # SSE(x) - SSE <= s^2 F(.95; 1, 7), from R 4.2.2 with the ends solved for.
    assert_allclose(astuple(recorders.interval("m"))[:2], (60691.376, 75346.488), rtol=1e-8)
    assert_allclose(astuple(recorders.interval("peak"))[:2], (6.308556, 6.904834), rtol=1e-7)
    # R's own confint, which interpolates its profile.
    assert_allclose(astuple(recorders.interval("p"))[:2], (0.0053722362, 0.01347304), rtol=1e-4)
    assert_allclose(astuple(recorders.interval("q"))[:2], (0.54424137, 0.74504638), rtol=1e-4)


def test_interval_of_an_exponential_on_the_log_scale_is_that_of_a_straight_line():
    # Student's interval is exact for it.
    result = fit(Exponential, LINE, GROWTH, scale="log")
    line = stats.linregress(LINE, np.log(GROWTH))
    # At the lowest level both ends lie before the first point of the profile.
    for level in (0.01, 0.5, 0.95, 0.999):
        reach = stats.t.ppf((1 + level) / 2, 10)
        slope = line.slope + line.stderr * reach * np.array([-1, 1])
        assert_allclose(astuple(result.interval("r", level))[:2], slope, rtol=1e-6)
        start = line.intercept + line.intercept_stderr * reach * np.array([-1, 1])
        assert_allclose(astuple(result.interval("a", level))[:2], np.exp(start), rtol=1e-6)
    assert_allclose(result.table.se["r"], line.stderr, rtol=1e-6)
    # The error of an exponential is, to first order, that of its log times itself.
    assert_allclose(result.table.se["a"], result.params["a"] * line.intercept_stderr, rtol=1e-6)


@pytest.mark.parametrize(
    ("fixed", "by", "known"),
    [({"r": 0.2}, LINE**0, 0.2 * LINE), ({"a": 3.0}, LINE, np.log(3.0))],
    ids=["through a slope", "through a point"],
)
def test_with_one_parameter_fixed_the_interval_is_that_of_a_line_with_one_coefficient(
    fixed, by, known
):
    result = fit(Exponential, LINE, GROWTH, scale="log", fixed=fixed)
    rest = np.log(GROWTH) - known
    best = by @ rest / (by @ by)
    error = np.sqrt(((rest - best * by) ** 2).sum() / 11 / (by @ by))
    free = "a" if "r" in fixed else "r"
    shown = {"a": np.exp, "r": float}[free]
    assert_allclose(result.params[free], shown(best), rtol=1e-9)
    slope = result.params["a"] if free == "a" else 1.0
    assert_allclose(result.table.se[free], slope * error, rtol=1e-6)
    ends = best + error * stats.t.ppf(0.975, 11) * np.array([-1, 1])
    assert_allclose(astuple(result.interval(free))[:2], [shown(end) for end in ends], rtol=1e-6)
    derived = result.interval(lambda curve: float(np.log(curve(5.0))))
    at_five = np.log(result.curve(5.0)) + by[5] * (ends - best)
    assert_allclose(astuple(derived)[:2], at_five, rtol=1e-6)


# Cut-offs that are simulated ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "r"])
@pytest.mark.parametrize("derived", [False, True])
@pytest.mark.parametrize("weights", [None, np.r_[0.0, np.linspace(0.5, 3.0, 11)]])
def test_the_statistic_of_a_simulated_line_is_the_square_of_student_s(name, derived, weights):
    result = fit(Exponential, LINE, GROWTH, scale="log", weights=weights)
    quantity = (lambda curve: getattr(curve, name)) if derived else name
    drawn = statistics(result._optimum, quantity, 50, np.random.default_rng(8))
    records = simulate(result._optimum, 50, np.random.default_rng(8))
    root = np.ones(12) if weights is None else np.sqrt(weights)
    design = root[:, np.newaxis] * np.column_stack([LINE**0, LINE])
    best, squares, *_ = np.linalg.lstsq(design, root[:, np.newaxis] * np.log(records).T)
    at = ["a", "r"].index(name)
    spread = np.linalg.inv(design.T @ design)[at, at] * squares / (np.count_nonzero(root) - 2)
    truth = [np.log(result.params["a"]), result.params["r"]][at]
    assert_allclose(drawn, (best[at] - truth) ** 2 / spread, rtol=2e-5)


def generalised(y, slope=None):
    """Return what a line with errors of correlation rho^distance leaves of the log of a record.

    Returns
    -------
    cost : float
        Least sum of squares, corrected by the determinant so that it orders likelihoods.
    rho : float
    """
    design = np.column_stack([LINE**0, LINE])
    log = np.log(y)
    if slope is not None:
        log, design = log - slope * LINE, design[:, :1]

    def cost(free):
        correlation = np.tanh(free) ** np.abs(LINE[:, np.newaxis] - LINE)
        root = np.linalg.cholesky(correlation)
        whitened = np.linalg.solve(root, np.column_stack([log, design]))
        best = np.linalg.lstsq(whitened[:, 1:], whitened[:, 0])[0]
        rest = whitened[:, 0] - whitened[:, 1:] @ best
        return (rest @ rest) * np.linalg.det(correlation) ** (1 / LINE.size)

    found = optimize.minimize_scalar(
        cost, bounds=(-2.5, 2.5), method="bounded", options={"xatol": 1e-9}
    )
    return found.fun, np.tanh(found.x)


def test_a_profile_with_correlated_errors_is_that_of_generalised_least_squares():
    result = fit(Exponential, LINE, GROWTH, scale="log", errors="ar1")
    lowest, rho = generalised(GROWTH)
    assert_allclose(result.rho, rho, atol=1e-6)
    ends = result.profile("r").interval()
    rises = [generalised(GROWTH, end)[0] / lowest - 1 for end in (ends.low, ends.high)]
    # Three parameters: rho is one.
    assert_allclose(np.multiply(rises, 9), stats.f.ppf(0.95, 1, 9), rtol=1e-5)


def test_simulated_statistics_with_correlated_errors_are_those_of_generalised_least_squares():
    optimum = fit(Exponential, LINE, GROWTH, scale="log", errors="ar1")._optimum
    drawn = statistics(optimum, "r", 20, np.random.default_rng(8))
    rng = np.random.default_rng(8)
    # rho is first moved by as much as refits fall short of it.
    rhos = [generalised(each)[1] for each in simulate(optimum, 20, rng)]
    theta = optimum.theta.copy()
    theta[-1] = 2 * theta[-1] - np.median(np.arctanh(rhos))
    records = simulate(replace(optimum, theta=theta), 20, rng)
    costs = [[generalised(each, end)[0] for end in (optimum.values["r"], None)] for each in records]
    held, free = np.transpose(costs)
    assert_allclose(drawn, 9 * (held / free - 1), rtol=1e-4, atol=1e-6)


def test_a_profile_is_cut_where_it_is_told(recorders):
    profile = recorders.profile("m")
    # The default is the quantile of F on 1 and 10 - 3 degrees of freedom.
    told = profile.interval(0.95, cutoff=stats.f.ppf(0.99, 1, 7))
    assert astuple(told)[:2] == astuple(profile.interval(0.99))[:2]
    assert told.level == 0.95


# Profiles ----------------------------------------------------------------------------------------


@every_curve
@every_kind
@every_scale
def test_at_both_ends_an_independent_fit_is_worse_by_the_cut_off(curve, kind, scale):
    t, y = times(kind), record(curve, kind, scale)
    result = fit(type(curve), t, y, kind=kind, scale=scale)
    freedom = y.size - len(result.params)
    cutoff = stats.f.ppf(0.95, 1, freedom)
    name = type(curve).names()[(kind == "flow") + (scale == "log" and len(result.params) > 2)]
    interval = result.interval(name)
    assert interval.low < result.params[name] < interval.high
    for end in (interval.low, interval.high):
        start = replace(result.curve, **{name: end})
        _, lowest = independent(start, t, y, kind, scale, held=(name,))
        assert_allclose((lowest / result.sse - 1) * freedom, cutoff, rtol=1e-4)


def test_profile_is_zero_at_the_optimum_and_rises_outward(recorders):
    for name in ("m", "p", "q", "peak"):
        frame = recorders.profile(name).frame
        at = int(frame["statistic"].argmin())
        estimate = getattr(recorders.curve, name)
        assert_allclose(frame["value"][at], estimate, rtol=1e-9)
        assert_allclose(frame["statistic"][at], 0, atol=1e-9)
        assert_allclose(frame["sse"][at], recorders.sse, rtol=1e-12)
        near = frame[frame["statistic"] < 50]
        assert near["value"].is_monotonic_increasing and len(near) > 8
        below, above = near[near["value"] < estimate], near[near["value"] > estimate]
        assert below["statistic"].is_monotonic_decreasing
        assert above["statistic"].is_monotonic_increasing


def test_profile_gives_the_95_percent_interval_unless_told(recorders):
    assert recorders.profile("q").interval() == recorders.interval("q", 0.95)


def test_profile_agrees_with_independent_fits_along_its_length(recorders):
    frame = recorders.profile("m").frame
    some = frame[(frame["statistic"] > 0.01) & (frame["statistic"] < 30)][::4]
    assert len(some) >= 4
    for _, row in some.iterrows():
        start = replace(recorders.curve, m=row["value"])
        _, lowest = independent(start, VCR_EDGES, np.array(VCR_SALES), "flow", held=("m",))
        assert_allclose(row["sse"], lowest, rtol=1e-6)
        assert_allclose(row["statistic"], (lowest / recorders.sse - 1) * 7, rtol=1e-4)


@pytest.mark.parametrize("name", ["m", "p", "q"])
def test_interval_of_a_function_of_the_curve_is_that_of_the_parameter_it_returns(recorders, name):
    by_name = recorders.interval(name)
    by_function = recorders.interval(lambda curve: getattr(curve, name))
    assert_allclose(astuple(by_function), astuple(by_name), rtol=1e-6)


def test_interval_follows_a_transformation_of_its_quantity(recorders):
    # A profile knows no scale: the interval of a square is the square of the interval.
    square = recorders.interval(lambda curve: curve.m**2)
    ends = astuple(recorders.interval("m"))[:2]
    assert_allclose(astuple(square)[:2], np.square(ends), rtol=1e-6)
    less = recorders.interval(lambda curve: -curve.m)
    assert_allclose((-less.high, -less.low), ends, rtol=1e-6)


def test_interval_of_a_level_holds_the_level_with_an_independent_fit(recorders):
    interval = recorders.interval(lambda curve: float(curve(9.0)))
    assert interval.low < recorders.curve(9.0) < interval.high
    cutoff = recorders.sse * (1 + stats.f.ppf(0.95, 1, 7) / 7)
    inside = 0.999 * interval.high + 0.001 * recorders.curve(9.0)
    for level, allowed in ((inside, True), (1.001 * interval.high, False)):
        assert (lowest_through(recorders.curve, level) <= cutoff) == allowed


def lowest_through(start, level):
    """Return the least sum of squares of curves through a level at t = 9, a heavy extra point."""
    weight = np.r_[np.ones(10), 1e4]

    def cost(free):
        curve = Bass(*np.exp(free))
        rest = residuals(curve, VCR_EDGES, np.array(VCR_SALES), "flow")
        return weight * np.r_[rest, curve(9.0) - level]

    found = optimize.least_squares(cost, np.log(astuple(start)), x_scale="jac", xtol=1e-15)
    rest = residuals(Bass(*np.exp(found.x)), VCR_EDGES, np.array(VCR_SALES), "flow")
    return float(rest @ rest)


@every_curve
def test_wider_levels_give_wider_intervals(curve):
    result = fit(type(curve), times("stock"), record(curve, "stock"))
    name = type(curve).names()[-1]
    nested = [result.interval(name, level) for level in (0.1, 0.5, 0.9, 0.99)]
    for inner, outer in zip(nested[:-1], nested[1:], strict=True):
        assert outer.low < inner.low < result.params[name] < inner.high < outer.high


def test_units_of_data_and_time_scale_the_interval(recorders):
    other = fit(Bass, 12 * VCR_EDGES, np.multiply(VCR_SALES, 1e3), kind="flow")
    for name, unit in (("m", 1e3), ("q", 1 / 12), ("peak", 12)):
        expected = np.multiply(astuple(recorders.interval(name))[:2], unit)
        assert_allclose(astuple(other.interval(name))[:2], expected, rtol=1e-6)


def test_masked_points_count_for_no_degree_of_freedom():
    t, y = times("stock"), record(Logistic(80.0, 0.5, 9.0), "stock")
    weights = np.ones(25)
    weights[[3, 11]] = 0
    masked = fit(Logistic, t, y, weights=weights)
    dropped = fit(Logistic, np.delete(t, [3, 11]), np.delete(y, [3, 11]))
    for name in ("m", "r", "t0", "half_life"):
        assert_allclose(astuple(masked.interval(name)), astuple(dropped.interval(name)), rtol=1e-6)


def test_holding_a_parameter_narrows_the_interval_of_another(recorders):
    held = fit(Bass, VCR_EDGES, VCR_SALES, kind="flow", fixed={"q": recorders.params["q"]})
    inner, outer = held.interval("m"), recorders.interval("m")
    # One parameter fewer leaves one degree of freedom more.
    assert held.degrees_of_freedom == 8
    assert outer.low < inner.low < inner.high < outer.high


def test_table_holds_the_estimates_and_the_95_percent_intervals(recorders):
    assert list(recorders.table.columns) == ["estimate", "se", "low", "high"]
    assert list(recorders.table.index) == ["m", "p", "q"]
    for name, row in recorders.table.iterrows():
        interval = recorders.interval(name)
        assert (row["low"], row["high"]) == (interval.low, interval.high)
        assert row["estimate"] == recorders.params[name]
