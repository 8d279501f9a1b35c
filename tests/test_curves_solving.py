"""Times and peaks found by search, for curves that give no closed form of them."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from uptake import BiLogistic, Curve, Logistic
from uptake.curves import positive


@dataclass(frozen=True)
class LogLogistic(Curve):
    """A launched curve whose tail is heavy: the smaller k, the heavier."""

    launched = True
    m: float = positive()
    b: float = positive()
    k: float = positive()

    @staticmethod
    def shape(t, b, k):
        return special.expit(special.xlogy(k, t / b))

    @staticmethod
    def shape_rate(t, b, k):
        logs = special.xlogy(k, t / b)
        return k / b * np.exp(special.xlogy(k - 1, t / b) - 2 * np.logaddexp(0, logs))

    @staticmethod
    def shape_jacobian(t, b, k):
        raise NotImplementedError

    @staticmethod
    def starts(first, last):
        raise NotImplementedError


@pytest.mark.parametrize("k", [0.1, 0.5, 1.0, 1.001, 1.1, 1.3, 2.0, 5.0, 40.0])
@pytest.mark.parametrize("b", [7.0, 7e-9])
def test_a_peak_is_found_however_heavy_the_tail(k, b):
    peak = b * (max(k - 1, 0) / (k + 1)) ** (1 / k)
    assert_allclose(LogLogistic(100.0, b, k).peak, peak, rtol=1e-7)


@dataclass(frozen=True)
class ByOdds(LogLogistic):
    """The same curve by a formula that is infinity by infinity where the odds are."""

    @staticmethod
    def shape(t, b, k):
        odds = (t / b) ** k
        return odds / (1 + odds)


def test_a_curve_whose_formula_breaks_down_has_no_time_there():
    with np.errstate(invalid="ignore"):
        curve = ByOdds(1.0, 1e-3, 1e3)
        assert np.isnan([curve.half_life, curve.when(0.9), curve.peak]).all()


@dataclass(frozen=True)
class HeadStart(LogLogistic):
    """A share of one half and more from the first day, and no way to the ceiling."""

    @staticmethod
    def shape(t, b, k):
        return 0.5 + 0.3 * -np.expm1(-t / b) + 0 * k


def test_a_share_had_at_launch_is_reached_there_and_one_out_of_reach_never():
    curve = HeadStart(10.0, 4.0, 1.0)
    assert curve.half_life == curve.when(0.2) == 0
    assert_allclose(curve(curve.when(0.6)), 6.0)
    assert np.isnan(curve.when(0.9))


@dataclass(frozen=True)
class RealOnly(LogLogistic):
    """A formula of functions that take no complex numbers."""

    @staticmethod
    def shape(t, b, k):
        return special.gammainc(k, t / b)


@dataclass(frozen=True)
class MadeReal(LogLogistic):
    """A formula that takes complex numbers and forgets their imaginary part."""

    @staticmethod
    def shape(t, b, k):
        return -np.expm1(-((np.abs(t) / b) ** k))


@pytest.mark.parametrize("family", [RealOnly, MadeReal])
def test_a_formula_for_real_times_alone_asks_for_its_rate(family, monkeypatch):
    curve = family(10.0, 4.0, 2.0)
    closed = curve.peak
    assert curve.half_life > 0 and closed > 0
    monkeypatch.setattr(family, "shape_rate", classmethod(Curve.shape_rate.__func__))
    for ask in (lambda: curve.rate(1.0), lambda: curve.peak):
        with pytest.raises(TypeError, match=rf"define {family.__name__}.shape_rate\(t, b, k\)"):
            ask()


def test_a_curve_without_a_shape_to_search_is_refused_where_it_is_defined():
    class Ceiling(Curve):
        m: float = positive()

    methods = {"shape": staticmethod(lambda t: t), "m": positive()}
    with pytest.raises(TypeError, match="Line needs its scale and at least one parameter of its"):
        type("Line", (Curve,), methods)
    shape = {"shape": staticmethod(lambda t, b: t / b), "b": positive()}
    type("Sloped", (dataclass(frozen=True)(Ceiling),), shape)


def test_a_curve_that_is_a_step_has_no_peak_to_search_for():
    # Between two times that floating point cannot tell apart there is no rate to compare.
    assert np.isnan(Curve.peak.fget(Logistic(80.0, 1e300, 9.0)))


@pytest.mark.parametrize("middle", [12.0, 22.0, 31.0])
def test_a_short_wave_on_a_long_one_is_not_missed(middle):
    curve = BiLogistic(80.0, 0.6, 0.15, 10.0, 12.0, middle)
    assert_allclose(Curve.peak.fget(curve), curve.peak, rtol=1e-9)
