"""Intervals whose ends may be infinite, against limits and fits made without the library."""

from dataclasses import astuple, dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats
from truths import (
    VCR_EDGES,
    VCR_SALES,
    independent,
    record,
    residuals,
    times,
)

from uptake import Bass, Curve, Exponential, Interval, Logistic, fit
from uptake.curves import positive


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
def early():
    """Return the same before the peak."""
    return fit(Bass, VCR_EDGES[:6], VCR_SALES[:5], kind="flow")


def test_before_the_peak_the_ceiling_has_no_upper_end(early):
    interval = early.interval("m")
    assert interval.high == np.inf and not interval.bounded
    assert sum(VCR_SALES[:5]) < interval.low < np.inf
    # The limit curve itself, fitted on its own, lies below the cut-off: that is the reason.
    limit = fit(Exponential, VCR_EDGES[:6], VCR_SALES[:5], kind="flow")
    cutoff = stats.f.ppf(0.95, 1, 2)
    assert (limit.sse / early.sse - 1) * 2 < cutoff
    assert not early.identified


def test_the_limit_closes_the_interval_at_a_lower_level_where_it_is_worse():
    # A record bent enough that its limit is refuted at one level and not at a higher one.
    t = np.arange(13.0)
    y = Logistic(80.0, 0.5, 9.0)(t) + np.random.default_rng(5).normal(0, 1.0, 13)
    result = fit(Logistic, t, y)
    limit = fit(Exponential, t, y)
    at_limit = stats.f.cdf((limit.sse / result.sse - 1) * 10, 1, 10)
    assert 0.5 < at_limit < 1
    assert result.interval("m", 0.999 * at_limit).high < np.inf
    assert result.interval("m", 1 - 0.5 * (1 - at_limit)).high == np.inf


def test_the_lower_end_of_an_open_interval_is_where_a_fit_is_worse_by_the_cut_off(early):
    low = early.interval("m").low
    start = replace(early.curve, m=low, p=0.05, q=0.8)
    _, lowest = independent(start, VCR_EDGES[:6], np.array(VCR_SALES[:5]), "flow", held=("m",))
    assert_allclose((lowest / early.sse - 1) * 2, stats.f.ppf(0.95, 1, 2), rtol=1e-4)


def test_peak_may_be_bounded_below_only(early):
    interval = early.interval("peak")
    assert interval.high == np.inf and np.isfinite(interval.low)


def test_a_parameter_that_changes_nothing_has_no_bounds_and_leaves_the_others_theirs():
    t = np.arange(1.0, 13)
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


# Fits at a limit: what is derived from them is still bounded where the record bounds it


def least_with_level(value, at=6.0):
    """Return the least sum of squares of the early record with a level held, by scipy alone."""

    def rest(free):
        return residuals(Bass(*np.exp(free)), VCR_EDGES[:6], np.array(VCR_SALES[:5]), "flow")

    def cost(free):
        return np.r_[rest(free), 1e3 * (Bass(*np.exp(free))(at) - value)]

    starts = [np.log([m, 600 / m, 0.6]) for m in (3e4, 6e4, 1e6, 1e9)]
    found = [optimize.least_squares(cost, start, x_scale="jac", xtol=1e-15) for start in starts]
    return min(rest(each.x) @ rest(each.x) for each in found)


def test_a_level_soon_after_the_record_is_bounded_though_its_ceiling_is_not(early):
    assert not early.interior
    interval = early.interval(lambda curve: curve(6.0))
    for end in (interval.low, interval.high):
        rise = (least_with_level(end) / early.sse - 1) * 2
        assert_allclose(rise, stats.f.ppf(0.95, 1, 2), rtol=2e-3)
    # Half of a ceiling that has run away is reached ever later.
    assert early.interval("half_life").high == np.inf


@pytest.mark.parametrize("seed", [1, 5])
def test_at_an_edge_a_parameter_has_the_interval_of_a_function_that_returns_it(seed):
    # Sales that only fall: the coefficient of imitation is at its edge, or on its way there.
    edges, rng = np.arange(16.0), np.random.default_rng(seed)
    y = np.diff(100 * (1 - np.exp(-0.25 * edges))) + rng.normal(0, 0.8, 15)
    result = fit(Bass, edges, y, kind="flow")
    plain = astuple(result.interval("m"))[:2]
    assert_allclose(astuple(result.interval(lambda curve: curve.m))[:2], plain, rtol=1e-4)
    half = result.interval("half_life")
    assert half.bounded and half.low < result.curve.half_life < half.high


def test_a_midpoint_is_as_open_as_the_ceiling_that_it_goes_with():
    y = [2.0, 3, 5, 9, 13, 21, 34, 50, 79]
    result = fit(Logistic, range(9), y)
    assert result.interval("m").high == np.inf
    assert result.interval("t0").high == result.interval("peak").high == np.inf
    assert_allclose(result.interval("t0").low, result.interval("peak").low, rtol=1e-4)
    # Held far out, before its ceiling has run away, it fits nearly as well: that is the reason.
    late = fit(Logistic, range(9), y, fixed={"t0": 40.0})
    assert (late.sse / result.sse - 1) * 6 < stats.f.ppf(0.95, 1, 6)
    assert result.interval("r").bounded
