"""Profiles against fits made without the library, and intervals whose ends may be infinite."""

from dataclasses import astuple, dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats
from truths import (
    CURVES,
    every_curve,
    every_kind,
    every_scale,
    independent,
    record,
    residuals,
    times,
)

from uptake import Bass, Curve, Exponential, Interval, Logistic, fit
from uptake.calibration import statistics
from uptake.curves import positive
from uptake.draws import simulate
from uptake.intervals import figure

SALES = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
EDGES = np.arange(11.0)
LOGISTIC = Logistic(80.0, 0.5, 9.0)
# The log of an exponential is a straight line, for which every answer is known.
LINE = np.arange(12.0)
GROWTH = Exponential(3.0, 0.2)(LINE) * np.exp(np.random.default_rng(3).normal(0, 0.1, 12))


@dataclass(frozen=True)
class Idle(Curve):
    """A curve with a parameter that changes nothing."""

    m: float = positive()
    r: float = positive()

    @staticmethod
    def shape(t, r):
        return stats.logistic.cdf(t, 6, 3) + 0 * r

    @staticmethod
    def shape_jacobian(t, r):
        return (0 * t * r,)

    @staticmethod
    def starts(first, last):
        return np.array([[1.0], [2.0]])


@pytest.fixture(scope="module")
def recorders():
    """Return the fit of video recorder sales, whose profile others have worked out."""
    return fit(Bass, EDGES, SALES, kind="flow")


@pytest.fixture(scope="module")
def early():
    """Return the same before the peak."""
    return fit(Bass, EDGES[:6], SALES[:5], kind="flow")


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
        _, lowest = independent(start, EDGES, np.array(SALES), "flow", held=("m",))
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
        rest = residuals(curve, EDGES, np.array(SALES), "flow")
        return weight * np.r_[rest, curve(9.0) - level]

    found = optimize.least_squares(cost, np.log(astuple(start)), x_scale="jac", xtol=1e-15)
    rest = residuals(Bass(*np.exp(found.x)), EDGES, np.array(SALES), "flow")
    return float(rest @ rest)


@every_curve
def test_wider_levels_give_wider_intervals(curve):
    result = fit(type(curve), times("stock"), record(curve, "stock"))
    name = type(curve).names()[-1]
    nested = [result.interval(name, level) for level in (0.1, 0.5, 0.9, 0.99)]
    for inner, outer in zip(nested[:-1], nested[1:], strict=True):
        assert outer.low < inner.low < result.params[name] < inner.high < outer.high


def test_units_of_data_and_time_scale_the_interval(recorders):
    other = fit(Bass, 12 * EDGES, np.multiply(SALES, 1e3), kind="flow")
    for name, unit in (("m", 1e3), ("q", 1 / 12), ("peak", 12)):
        expected = np.multiply(astuple(recorders.interval(name))[:2], unit)
        assert_allclose(astuple(other.interval(name))[:2], expected, rtol=1e-6)


def test_masked_points_count_for_no_degree_of_freedom():
    t, y = times("stock"), record(LOGISTIC, "stock")
    weights = np.ones(25)
    weights[[3, 11]] = 0
    masked = fit(Logistic, t, y, weights=weights)
    dropped = fit(Logistic, np.delete(t, [3, 11]), np.delete(y, [3, 11]))
    for name in ("m", "r", "t0", "half_life"):
        assert_allclose(astuple(masked.interval(name)), astuple(dropped.interval(name)), rtol=1e-6)


def test_holding_a_parameter_narrows_the_interval_of_another(recorders):
    held = fit(Bass, EDGES, SALES, kind="flow", fixed={"q": recorders.params["q"]})
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


# Ends that may be infinite -----------------------------------------------------------------------


def test_before_the_peak_the_ceiling_has_no_upper_end(early):
    interval = early.interval("m")
    assert interval.high == np.inf and not interval.bounded
    assert sum(SALES[:5]) < interval.low < np.inf
    # The limit curve itself, fitted on its own, lies below the cut-off: that is the reason.
    limit = fit(Exponential, EDGES[:6], SALES[:5], kind="flow")
    cutoff = stats.f.ppf(0.95, 1, 2)
    assert (limit.sse / early.sse - 1) * 2 < cutoff
    assert not early.identified


def test_the_limit_closes_the_interval_at_a_lower_level_where_it_is_worse():
    # A record bent enough that its limit is refuted at one level and not at a higher one.
    t = np.arange(13.0)
    y = LOGISTIC(t) + np.random.default_rng(5).normal(0, 1.0, 13)
    result = fit(Logistic, t, y)
    limit = fit(Exponential, t, y)
    at_limit = stats.f.cdf((limit.sse / result.sse - 1) * 10, 1, 10)
    assert 0.5 < at_limit < 1
    assert result.interval("m", 0.999 * at_limit).high < np.inf
    assert result.interval("m", 1 - 0.5 * (1 - at_limit)).high == np.inf


def test_the_lower_end_of_an_open_interval_is_where_a_fit_is_worse_by_the_cut_off(early):
    low = early.interval("m").low
    start = replace(early.curve, m=low, p=0.05, q=0.8)
    _, lowest = independent(start, EDGES[:6], np.array(SALES[:5]), "flow", held=("m",))
    assert_allclose((lowest / early.sse - 1) * 2, stats.f.ppf(0.95, 1, 2), rtol=1e-4)


def test_peak_may_be_bounded_below_only(early):
    interval = early.interval("peak")
    assert interval.high == np.inf and np.isfinite(interval.low)


def test_a_parameter_that_changes_nothing_has_no_bounds_and_leaves_the_others_theirs():
    t = LINE + 1
    shape = Idle.shape(t, 1.0)
    y = 80 * shape + np.random.default_rng(3).normal(0, 1, 12)
    result = fit(Idle, t, y)
    assert result.interval("r") == Interval(0.0, np.inf)
    # The ceiling is the one coefficient of a straight line, with a degree of freedom given away.
    best = shape @ y / (shape @ shape)
    error = np.sqrt(((y - best * shape) ** 2).sum() / 10 / (shape @ shape))
    ends = best + error * stats.t.ppf(0.975, 10) * np.array([-1, 1])
    assert_allclose(astuple(result.interval("m"))[:2], ends, rtol=1e-6)
    # There is no covariance, and the table says so.
    assert np.isinf(result.table.se).all()


def test_a_peak_is_open_where_curves_that_peak_ever_later_fit_as_well():
    t, y = times("stock")[:9], record(Bass(80.0, 0.01, 0.4), "stock", seed=9)[:9]
    result = fit(Bass, t, y)

    def lowest(peak):
        # With the peak held only the speed p + q is left to search, the ceiling being linear.
        def squares(log_speed):
            speed = np.exp(log_speed)
            p = speed / (1 + np.exp(speed * peak))
            shape = Bass(1.0, p, speed - p)(t)
            return ((y - shape * (shape @ y) / (shape @ shape)) ** 2).sum()

        return optimize.minimize_scalar(squares, bounds=(-3, 1), method="bounded").fun

    rises = [(lowest(peak) / result.sse - 1) * 6 for peak in (20, 50, 60, 150)]
    cutoff = stats.f.ppf(0.95, 1, 6)
    assert max(rises) < cutoff
    interval = result.interval("peak")
    assert interval.high == np.inf
    assert_allclose((lowest(interval.low) / result.sse - 1) * 6, cutoff, rtol=1e-4)


def test_interval_of_a_runaway_ceiling_still_has_a_lower_end():
    t = np.arange(10.0)
    result = fit(Logistic, t, np.exp(0.3 * t + 0.02 * t**2))
    assert not result.interior
    interval = result.interval("m")
    assert interval.high == np.inf and result.y.max() < interval.low < np.inf
    assert result.interval("r").bounded


# Intervals as values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(60691.4, 75346.5), "60,690 to 75,350 (95%)"),
        (Interval(0.0053722, 0.0134730, 0.9), "0.005372 to 0.01347 (90%)"),
        (Interval(-2.5, 0.0), "-2.500 to 0 (95%)"),
        (Interval(160.0, np.inf), "160.0 or more, not bounded above (95%)"),
        (Interval(-np.inf, 160.0), "160.0 or less, not bounded below (95%)"),
        (Interval(-np.inf, np.inf), "not bounded on either side (95%)"),
        (Interval(1.0, 2.0, 0.999), "1.000 to 2.000 (99.9%)"),
        (Interval(1.0, 2.0, 0.29), "1.000 to 2.000 (29%)"),
        (Interval(1.0, 2.0, 0.57), "1.000 to 2.000 (57%)"),
        (Interval(1.0, 2.0, 1 - 1 / 3), "1.000 to 2.000 (66.6667%)"),
        (Interval(1e-20, 1e20), "1e-20 to 1e+20 (95%)"),
    ],
)
def test_intervals_are_said_in_words(interval, words):
    assert str(interval) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (999.96, "1,000"),
        (-75346.49, "-75,350"),
        (np.inf, "infinity"),
        (-np.inf, "minus infinity"),
        (np.nan, "undefined"),
    ],
)
def test_figures_have_four_significant_digits(value, words):
    assert figure(value) == words


def test_ends_belong_to_the_interval():
    interval = Interval(1.0, np.inf)
    assert 1.0 in interval and 1e300 in interval and 0.999 not in interval
    assert not interval.bounded and Interval(1.0, 2.0).bounded


# What cannot be asked ----------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 95, np.nan])
def test_levels_are_coverages(recorders, level):
    with pytest.raises(ValueError, match="level is a coverage between 0 and 1"):
        recorders.interval("m", level)


@pytest.mark.parametrize("name", ["k", "rate", "scale_", "", None, ["m"], 1.0], ids=repr)
def test_unknown_quantities_are_refused_with_those_there_are(recorders, name):
    with pytest.raises(ValueError, match="ask for one of m, p, q, peak, half_life"):
        recorders.interval(name)


def test_what_was_fixed_has_no_interval():
    held = fit(Bass, EDGES, SALES, kind="flow", fixed={"m": 7e4})
    with pytest.raises(ValueError, match="m was fixed, so it has no interval"):
        held.interval("m")
    assert held.interval("peak").bounded


@pytest.mark.parametrize(
    ("fixed", "names"),
    [
        ({"m": 7e4}, ["ceiling", "scale"]),
        ({"p": 0.0088, "q": 0.642}, ["peak", "half_life"]),
        ({"m": 7e4, "p": 0.0088, "q": 0.642}, ["ceiling", "peak"]),
    ],
    ids=["ceiling", "shape", "all"],
)
@pytest.mark.parametrize("errors", ["iid", "ar1"])
def test_what_hangs_on_fixed_parameters_alone_has_no_interval(fixed, names, errors):
    held = fit(Bass, EDGES, SALES, kind="flow", fixed=fixed, errors=errors)
    for name in names:
        with pytest.raises(ValueError, match=f"{name} hangs on no parameter that was fitted"):
            held.interval(name)
    with pytest.raises(ValueError, match="this quantity hangs on no parameter"):
        held.interval(lambda curve: 1.0)


def test_a_quantity_that_moves_in_steps_does_not_count_as_settled(recorders):
    optimum = recorders._optimum

    def thousands(curve):
        return round(curve.m, -3)

    assert not optimum.gradient(thousands).any()
    assert not optimum.settles(thousands) and optimum.settles(lambda curve: 7)


@pytest.mark.parametrize("value", [(1.0, 2.0), None, "m", np.ones(2)], ids=repr)
def test_a_quantity_is_one_number(recorders, value):
    with pytest.raises(ValueError, match="a quantity is one number for each curve; got"):
        recorders.interval(lambda curve: value)
    with pytest.raises(ValueError, match="one number for each curve"):
        recorders.interval("inflections")


def test_quantities_the_curve_does_not_have_are_refused():
    exponential = next(curve for curve in CURVES if isinstance(curve, Exponential))
    result = fit(Exponential, times("stock"), record(exponential, "stock"))
    with pytest.raises(ValueError, match="not finite for the fitted curve"):
        result.interval("peak")
