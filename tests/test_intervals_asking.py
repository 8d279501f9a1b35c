"""Intervals as values, and what cannot be asked of a fit."""

import numpy as np
import pytest
from truths import (
    CURVES,
    VCR_EDGES,
    VCR_SALES,
    record,
    times,
)

from uptake import Bass, Exponential, Interval, fit
from uptake.intervals import figure


@pytest.fixture(scope="module")
def recorders():
    """Return the fit of video recorder sales, whose profile others have worked out."""
    return fit(Bass, VCR_EDGES, VCR_SALES, kind="flow")


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
    held = fit(Bass, VCR_EDGES, VCR_SALES, kind="flow", fixed={"m": 7e4})
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
    held = fit(Bass, VCR_EDGES, VCR_SALES, kind="flow", fixed=fixed, errors=errors)
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
