"""Every record that cannot be fitted is refused, and the refusal says what to do."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from uptake import Bass, BiLogistic, Curve, Exponential, FitError, Logistic, fit, fit_many
from uptake.records import numbers

T = np.arange(10.0)
LEVELS = Logistic(80.0, 0.7, 4.0)(T)
EDGES = np.arange(11.0)
FLOWS = Bass(80.0, 0.02, 0.6).flow(EDGES)


def changed(values, at, value):
    """Return a copy with one value changed."""
    values = np.array(values, float)
    values[at] = value
    return values


BAD_RECORDS = {
    "NaN": (T, changed(LEVELS, 3, np.nan), "NaN or infinity .first at .3,.*weight of zero"),
    "infinity": (T, changed(LEVELS, 3, -np.inf), "NaN or infinity"),
    "empty": ([], [], "y is empty"),
    "text": (T, ["a"] * 10, "y must be real numbers; convert text"),
    "numerals": (T, ["1"] * 10, "y must be real numbers; convert text"),
    "complex": (T, LEVELS * 1j, "y must be real numbers"),
    "dates": (T, pd.date_range("2024", periods=10), "y must be real numbers"),
    "missing": (T, [None, *LEVELS[1:]], "y (must be real numbers|holds NaN)"),
    "ragged": (T, [[1.0], [1.0, 2.0]], "y must be real numbers"),
    "scalar": (T, 3.0, "fit takes one record"),
    "two records": (T, np.stack([LEVELS, LEVELS]), "use fit_many for several"),
    "shorter": (T, LEVELS[:-1], "9 levels need 9 times; got 10"),
    "longer": (T[:-1], LEVELS, "10 levels need 10 times; got 9"),
    "constant": (T, np.full(10, 3.0), "the record is constant"),
    "zero": (T, np.zeros(10), "the record has no value above zero"),
    "negative": (T, -LEVELS, "the record has no value above zero"),
    "few": (T[:4], LEVELS[:4], "4 points cannot carry 3 free parameters; at least 5"),
    "too large": (T, 1e160 * LEVELS, "largest y is 7.77e.161, whose square .* use another unit"),
    "too small": (T, 1e-160 * LEVELS, "largest y is .*use another unit"),
    "spans": (T, pd.Series(pd.to_timedelta(T, "D")), "y must be plain numbers; divide spans"),
    "masked": (T, np.ma.masked_array(LEVELS, T == 3), "y must not be masked; drop those points"),
    "endless": (T, [10**400] * 10, "y must be within floating point; use another unit"),
    "brief": (1e-320 * T, LEVELS, "times span less than 1e-100; use a smaller unit"),
    "far": (1e160 * T, LEVELS, "times lie beyond 1e100; use a larger unit"),
    "unsorted": (T[::-1], LEVELS, "sort the record"),
    "repeated": (changed(T, 4, 3.0), LEVELS, "add up or average repeated times"),
    "time NaN": (changed(T, 4, np.nan), LEVELS, "times contain NaN"),
    "time infinite": (changed(T, 9, np.inf), LEVELS, "times contain NaN or infinity"),
}


@pytest.mark.parametrize(("t", "y", "advice"), BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_bad_records_are_refused_with_advice(t, y, advice):
    with pytest.raises(ValueError, match=advice):
        fit(Logistic, t, y)


BAD_OPTIONS = {
    "kind": ({"kind": "level"}, "kind must be one of 'stock', 'flow'; got 'level'"),
    "scale": ({"scale": "log10"}, "scale must be one of 'linear', 'log'"),
    "kind of no sort": ({"kind": None}, "kind must be one of"),
    "fixed list": ({"fixed": ["m"]}, "fixed must be a mapping of names to values; got a list"),
    "unknown parameter": ({"fixed": {"k": 1.0}}, "no parameter 'k' to fix; it has m, r, t0"),
    "fixed at zero": ({"fixed": {"m": 0.0}}, "m is fixed at 0.0; it must be one number above 0"),
    "fixed below": ({"fixed": {"r": -1.0}}, "r is fixed at -1.0"),
    "fixed NaN": ({"fixed": {"t0": np.nan}}, "t0 is fixed at nan"),
    "fixed infinite": ({"fixed": {"m": np.inf}}, "m is fixed at inf"),
    "fixed text": ({"fixed": {"m": "large"}}, "m is fixed at"),
    "fixed missing": ({"fixed": {"m": None}}, "m is fixed at"),
    "weights short": ({"weights": np.ones(9)}, r"weights have shape \(9,\)"),
    "weights negative": ({"weights": changed(np.ones(10), 2, -1)}, "weights must not be negative"),
    "weights NaN": ({"weights": changed(np.ones(10), 2, np.nan)}, "weights holds? NaN"),
    "weights zero": ({"weights": np.zeros(10)}, "all weights of a record are zero"),
    "weights text": ({"weights": ["one"] * 10}, "weights must be real numbers"),
    "weights mask": ({"weights": np.eye(10)[0] + np.eye(10)[5]}, "2 points cannot carry 3"),
}


@pytest.mark.parametrize(("options", "advice"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options_are_refused_with_advice(options, advice):
    with pytest.raises(ValueError, match=advice):
        fit(Logistic, T, LEVELS, **options)


@pytest.mark.parametrize("wrong", ["Bass", Bass(1.0, 0.1, 0.1), None, float, Curve])
def test_what_is_no_curve_is_refused(wrong):
    with pytest.raises(ValueError, match="the first argument is a curve such as Bass"):
        fit(wrong, T, LEVELS)


def test_flows_need_one_edge_more_than_flows():
    with pytest.raises(ValueError, match="10 flows need 11 edges; got 10"):
        fit(Bass, EDGES[:-1], FLOWS, kind="flow")


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_the_log_scale_refuses_zeros_and_negative_values(value):
    with pytest.raises(ValueError, match="log scale cannot take zeros.*scale='linear'"):
        fit(Logistic, T, changed(LEVELS, 0, value), scale="log")


def test_flows_that_fall_are_no_flows_of_a_falling_exponential():
    # Its level falls, so its flows are negative, and negative flows have no log.
    y = 50 * np.exp(-0.3 * np.arange(10)) * np.exp(np.random.default_rng(1).normal(0, 0.1, 10))
    with pytest.raises(FitError, match="a falling exponential has negative flows"):
        fit(Exponential, EDGES, y, kind="flow")
    with pytest.raises(FitError, match="try a curve with fewer"):
        fit(Exponential, EDGES, y, kind="flow", scale="log")


def test_the_log_scale_takes_a_zero_that_was_left_out_as_advised():
    held = fit(Logistic, T, changed(LEVELS, 0, 1.0), scale="log", weights=changed(T * 0 + 1, 0, 0))
    assert abs(held.params["m"] / 80 - 1) < 1e-6


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -3.0])
def test_what_a_point_left_out_holds_does_not_matter_on_the_log_scale(value):
    options = {"scale": "log", "weights": changed(np.ones(10), 2, 0)}
    spoiled, plain = (fit(Logistic, T, changed(LEVELS, 2, v), **options) for v in (value, 1.0))
    assert spoiled.params == plain.params and spoiled.aicc == plain.aicc
    assert spoiled.interval("m") == plain.interval("m")
    assert np.flatnonzero(np.isnan(spoiled.residuals)).tolist() == [2]
    one = fit_many(Logistic, T, [changed(LEVELS, 2, value), LEVELS], **options)
    assert_allclose(one.params.iloc[0], list(plain.params.values()), rtol=1e-6)


def test_fixed_parameters_that_no_curve_has_together_are_named():
    with pytest.raises(ValueError, match="no BiLogistic .* t1 = 10, t2 = 3; change or free"):
        fit(BiLogistic, T, LEVELS, fixed={"t1": 10, "t2": 3})


@pytest.mark.parametrize("starts", [0, -1, 1.5, "four"])
def test_many_search_from_at_least_one_start(starts):
    with pytest.raises(ValueError, match="starts counts searches of each record, at least one"):
        fit_many(Logistic, T, [LEVELS], starts=starts)


def test_dates_need_an_origin_where_the_curve_has_a_launch():
    months = pd.period_range("2024-01", periods=10, freq="M")
    with pytest.raises(ValueError, match="say when that was, origin="):
        fit(Bass, months, FLOWS, kind="flow")


def test_times_before_the_launch_are_refused():
    with pytest.raises(ValueError, match="before the launch"):
        fit(Bass, EDGES - 1, FLOWS, kind="flow")


def test_masked_values_may_be_constant_or_absurd():
    weights = changed(np.ones(10), 9, 0)
    kept = fit(Logistic, T, changed(LEVELS, 9, 1e9), weights=weights)
    assert abs(kept.params["m"] / 80 - 1) < 1e-6
    with pytest.raises(ValueError, match="the record is constant"):
        fit(Logistic, T, changed(np.full(10, 3.0), 9, 5.0), weights=weights)


def test_a_fixed_parameter_makes_room_for_a_shorter_record():
    with pytest.raises(ValueError, match="fix a parameter"):
        fit(Logistic, T[:4], LEVELS[:4])
    assert fit(Logistic, T[:4], LEVELS[:4], fixed={"m": 80.0}).params["m"] == 80.0


def test_fit_many_names_the_record_at_fault():
    y = np.stack([LEVELS, np.full(10, 2.0), LEVELS])
    with pytest.raises(ValueError, match="record 1 is constant"):
        fit_many(Logistic, T, y)
    with pytest.raises(ValueError, match="record 2 has no value above zero"):
        fit_many(Logistic, T, np.stack([LEVELS, LEVELS, 0 * LEVELS]))


def test_each_record_of_many_has_a_unit_of_its_own():
    rows = np.stack([LEVELS, 1e-160 * LEVELS])
    with pytest.raises(ValueError, match="largest y of record 1 is 7.77e-159, .* another unit"):
        fit_many(Logistic, T, rows)
    rows[1] = 1e-90 * LEVELS
    many = fit_many(Logistic, T, rows)
    np.testing.assert_allclose(many.params["m"][1], 1e-90 * many.params["m"][0], rtol=1e-9)


def test_columns_given_for_rows_are_told_to_be_turned():
    with pytest.raises(ValueError, match="records are rows, so transpose columns with y.T"):
        fit_many(Logistic, T, pd.DataFrame({"a": LEVELS, "b": LEVELS}))


@pytest.mark.parametrize("y", [LEVELS, LEVELS[np.newaxis, np.newaxis]])
def test_fit_many_takes_rows(y):
    with pytest.raises(ValueError, match="rows of a two-dimensional array"):
        fit_many(Logistic, T, y)


def test_fit_many_refuses_weights_of_a_wrong_shape():
    with pytest.raises(ValueError, match="weights have shape"):
        fit_many(Logistic, T, np.stack([LEVELS, LEVELS]), weights=np.ones((3, 10)))


def test_levels_beyond_floating_point_are_an_error_and_not_a_number():
    # A level of e^-2000 at t = 0 has no floating-point number.
    t = 2000.0 + np.arange(8)
    with pytest.raises(FitError, match="nearer origin"):
        fit(Exponential, t, np.exp(1.0 * np.arange(8)))
    assert abs(fit(Exponential, t, np.exp(np.arange(8)), origin=2000).params["r"] - 1) < 1e-9


@pytest.mark.parametrize(
    "values", [[1, 2], (1.0, 2.0), np.array([True, False]), pd.Series([1, 2], dtype="Int64")]
)
def test_numbers_of_any_kind_become_floats(values):
    assert_array_equal(numbers("y", values), np.array(values, float))
    assert numbers("y", values).dtype == float


def test_the_record_given_is_not_changed():
    y, t, weights = FLOWS.copy(), EDGES.copy(), np.linspace(1, 2, 10)
    kept = y.copy(), t.copy(), weights.copy()
    fit(Bass, t, y, kind="flow", weights=weights)
    fit_many(Bass, t, np.stack([y, y]), kind="flow", weights=weights)
    for now, before in zip((y, t, weights), kept, strict=True):
        assert_array_equal(now, before)
