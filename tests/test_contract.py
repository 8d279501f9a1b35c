"""The contract of `fit` and `fit_many`, over every curve, both kinds and both scales."""

from dataclasses import astuple, replace
from functools import cache

import numpy as np
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from truths import (
    CURVES,
    Arctangent,
    every_curve,
    every_kind,
    every_scale,
    independent,
    predict,
    record,
    residuals,
    scattered,
    times,
)

from uptake import Bass, BiLogistic, Exponential, FitError, Logistic, fit, fit_many


@cache
def fitted(curve, kind, scale):
    """Return the fit of the curve's usual record, which many tests compare with."""
    return fit(type(curve), times(kind), record(curve, kind, scale), kind=kind, scale=scale)


def same_curve(found, expected, kind, t=None, rtol=1e-6):
    """Assert that two curves say the same of the times observed."""
    t = times(kind) if t is None else t
    size = np.abs(predict(expected, t, kind)).max()
    assert_allclose(
        predict(found, t, kind), predict(expected, t, kind), rtol=rtol, atol=1e-3 * rtol * size
    )


@every_curve
@every_kind
@every_scale
def test_clean_records_give_the_curve_back(curve, kind, scale):
    result = fit(
        type(curve), times(kind), predict(curve, times(kind), kind), kind=kind, scale=scale
    )
    assert_allclose(astuple(result.curve), astuple(curve), rtol=1e-5)
    assert result.interior


@every_curve
@every_kind
@every_scale
def test_no_curve_found_otherwise_fits_better(curve, kind, scale):
    t, y, rng = times(kind), record(curve, kind, scale), np.random.default_rng(13)
    result = fitted(curve, kind, scale)
    assert result.sse <= (residuals(curve, t, y, kind, scale) ** 2).sum()
    starts = [curve, *(scattered(curve, rng) for _ in range(3))]
    with np.errstate(divide="ignore"):
        usable = [s for s in starts if np.isfinite(residuals(s, t, y, kind, scale)).all()]
    lowest = min(independent(start, t, y, kind, scale)[1] for start in usable)
    assert result.sse <= lowest * (1 + 1e-8)


@every_curve
@every_kind
@every_scale
def test_results_say_what_they_rest_on(curve, kind, scale):
    t, y = times(kind), record(curve, kind, scale)
    result = fitted(curve, kind, scale)
    assert (result.kind, result.scale, result.origin) == (kind, scale, None)
    assert_array_equal(result.t, t)
    assert_array_equal(result.y, y)
    assert tuple(result.params.values()) == astuple(result.curve)
    assert result.free == type(curve).names()
    assert result.degrees_of_freedom == 25 - len(result.params)
    assert_allclose(result.fitted, predict(result.curve, t, kind), rtol=1e-12)
    assert_allclose(result.residuals, residuals(result.curve, t, y, kind, scale), atol=1e-9)
    assert_allclose(result.sse, (result.residuals**2).sum(), rtol=1e-9)


@every_curve
@every_kind
@every_scale
def test_likelihood_is_that_of_the_residuals(curve, kind, scale):
    t, y = times(kind), record(curve, kind, scale)
    result = fitted(curve, kind, scale)
    sigma, middle = np.sqrt(result.sse / y.size), predict(result.curve, t, kind)
    noise = (
        stats.lognorm.logpdf(y, sigma, scale=middle)
        if scale == "log"
        else stats.norm.logpdf(y, middle, sigma)
    )
    assert_allclose(result.log_likelihood, noise.sum(), rtol=1e-8)
    k, n = len(result.params) + 1, y.size
    expected = 2 * k - 2 * noise.sum() + 2 * k * (k + 1) / (n - k - 1)
    assert_allclose(result.aicc, expected, rtol=1e-8)


@every_curve
@every_kind
@every_scale
@pytest.mark.parametrize("unit", [1e-9, 1e12])
def test_changing_the_unit_of_the_data_changes_only_the_first_parameter(curve, kind, scale, unit):
    t, y = times(kind), record(curve, kind, scale)
    plain = fitted(curve, kind, scale)
    other = fit(type(curve), t, unit * y, kind=kind, scale=scale)
    first, *shape = astuple(plain.curve)
    assert_allclose(astuple(other.curve), [unit * first, *shape], rtol=1e-6)
    assert_allclose(other.sse, plain.sse * (1 if scale == "log" else unit**2), rtol=1e-9)
    assert other.concerns == plain.concerns and other.interior == plain.interior


@every_curve
@every_kind
@every_scale
@pytest.mark.parametrize("unit", [1 / 365.25])
def test_changing_the_unit_of_time_changes_nothing_the_curve_says(curve, kind, scale, unit):
    t, y = times(kind), record(curve, kind, scale)
    plain = fitted(curve, kind, scale)
    other = fit(type(curve), unit * t, y, kind=kind, scale=scale)
    assert_allclose(other.sse, plain.sse, rtol=1e-9)
    assert_allclose(other.fitted, plain.fitted, rtol=1e-5, atol=1e-9 * y.max())
    assert other.concerns == plain.concerns and other.interior == plain.interior


@pytest.mark.parametrize(
    "curve", [c for c in CURVES if not c.launched], ids=lambda c: type(c).__name__
)
@every_kind
@every_scale
@pytest.mark.parametrize("shift", [2000.0])
def test_moving_the_record_in_time_moves_the_curve(curve, kind, scale, shift):
    t, y = times(kind), record(curve, kind, scale)
    plain = fitted(curve, kind, scale)
    moved = fit(type(curve), t + shift, y, kind=kind, scale=scale)
    assert_allclose(moved.sse, plain.sse, rtol=1e-8)
    assert_allclose(moved.fitted, plain.fitted, rtol=1e-5, atol=1e-9 * y.max())
    # With the shift as origin it is the same fit, digit by digit.
    again = fit(type(curve), t + shift, y, kind=kind, scale=scale, origin=shift)
    assert astuple(again.curve) == astuple(plain.curve) and again.origin == shift


@every_curve
@every_kind
@every_scale
def test_fixed_parameters_are_kept_and_the_others_are_best(curve, kind, scale):
    t, y = times(kind), record(curve, kind, scale)
    for i, (name, value) in enumerate(zip(type(curve).names(), astuple(curve), strict=True)):
        held = value * (1.01 if i else 1.05)
        result = fit(type(curve), t, y, kind=kind, scale=scale, fixed={name: held})
        assert result.params[name] == held and name not in result.free
        assert result.degrees_of_freedom == 25 - len(result.free)
        start = replace(curve, **{name: held})
        _, lowest = independent(start, t, y, kind, scale, held=(name,))
        assert_allclose(result.sse, lowest, rtol=1e-6)


@every_curve
def test_all_parameters_but_one_may_be_fixed(curve):
    t, y, names = times("flow"), record(curve, "flow"), type(curve).names()
    for name in names:
        fixed = {each: getattr(curve, each) for each in names if each != name}
        result = fit(type(curve), t, y, kind="flow", fixed=fixed)
        assert result.free == (name,)
        best, lowest = independent(curve, t, y, "flow", held=tuple(fixed))
        assert_allclose(result.params[name], getattr(best, name), rtol=1e-6)
        assert_allclose(result.sse, lowest, rtol=1e-9)


@every_curve
@every_scale
def test_points_without_weight_are_as_good_as_absent(curve, scale):
    t, y = times("stock"), record(curve, "stock", scale)
    weights, absurd = np.ones(25), y.copy()
    gone = [1, 7, 24]
    weights[gone], absurd[gone] = 0, 5 * y.max()
    masked = fit(type(curve), t, absurd, scale=scale, weights=weights)
    dropped = fit(type(curve), np.delete(t, gone), np.delete(y, gone), scale=scale)
    assert_allclose(masked.sse, dropped.sse, rtol=1e-8)
    same_curve(masked.curve, dropped.curve, "stock")
    assert masked.degrees_of_freedom == dropped.degrees_of_freedom
    assert_allclose(masked.aicc, dropped.aicc, rtol=1e-7)


@every_curve
@every_kind
@every_scale
def test_a_weight_of_three_is_as_good_as_three_points(curve, kind, scale):
    t, y = times(kind), record(curve, kind, scale)
    weights = np.random.default_rng(17).integers(1, 4, 25)
    result = fit(type(curve), t, y, kind=kind, scale=scale, weights=weights)
    repeat = np.repeat(np.arange(25), weights)

    def cost(candidate):
        return (residuals(candidate, t, y, kind, scale)[repeat] ** 2).sum()

    best, _ = independent(result.curve, t, y, kind, scale, root_weights=np.sqrt(weights))
    assert cost(result.curve) <= cost(best) * (1 + 1e-9)
    # Weights count up to a factor: the largest is taken as one.
    assert_allclose(result.sse * weights.max(), cost(result.curve), rtol=1e-8)


@every_kind
def test_a_common_factor_of_the_weights_changes_nothing(kind):
    t, y = times(kind), record(Logistic(80.0, 0.5, 9.0), kind)
    weights = np.random.default_rng(17).uniform(0.5, 2, 25)
    one, other = (fit(Logistic, t, y, kind=kind, weights=c * weights) for c in (1, 1e8))
    assert_allclose(astuple(other.curve), astuple(one.curve), rtol=1e-9)
    assert_allclose([other.sse, other.aicc], [one.sse, one.aicc], rtol=1e-12)
    sigma = np.sqrt(one.sse / 25 / (weights / weights.max()))
    expected = stats.norm.logpdf(y, one.fitted, sigma).sum()
    assert_allclose(one.log_likelihood, expected, rtol=1e-9)


@every_curve
@every_kind
@every_scale
def test_many_at_once_are_what_each_is_alone(curve, kind, scale):
    t = times(kind)
    y = np.stack([(1 + i) * record(curve, kind, scale, seed=i) for i in range(3)])
    many = fit_many(type(curve), t, y, kind=kind, scale=scale)
    assert len(many) == 3 and many.converged.all()
    assert list(many.params.columns) == list(type(curve).names())
    for i, row in enumerate(y):
        alone = fit(type(curve), t, row, kind=kind, scale=scale)
        assert_allclose(many.sse[i], alone.sse, rtol=1e-7)
        same_curve(many.curve(i), alone.curve, kind, rtol=1e-4)
        assert many.interior[i] == alone.interior


def test_many_take_weights_for_each_record_and_so_records_of_different_lengths():
    t, y = times("flow"), np.stack([record(CURVES[0], "flow", seed=i) for i in range(3)])
    weights = np.ones((3, 25))
    weights[1, 18:], weights[2, 15:] = 0, 0
    many = fit_many(Bass, t, y, kind="flow", weights=weights)
    for i, length in enumerate((25, 18, 15)):
        alone = fit(Bass, t[: length + 1], y[i, :length], kind="flow")
        assert_allclose(many.params.iloc[i], astuple(alone.curve), rtol=1e-6)
        assert_allclose(many.sse[i], alone.sse, rtol=1e-9)


def test_a_batch_marks_the_rows_that_fit_would_refuse():
    edges, falling = np.arange(7), [9.0, 7.0, 5.0, 4.0, 3.0, 2.0]
    many = fit_many(Exponential, edges, [falling, falling[::-1]], kind="flow")
    assert many.params["a"].iloc[0] < 0 < many.params["a"].iloc[1]
    assert many.converged.tolist() == many.interior.tolist() == [False, True]
    with pytest.raises(FitError, match="best Exponential is negative"):
        fit(Exponential, edges, falling, kind="flow")
    with pytest.raises(ValueError, match="Exponential.a is -"):
        many.curve(0)


def test_draws_count_the_refits_that_are_no_curves():
    flat = np.array([5.0, 5.4, 4.8, 5.5, 4.9, 5.3, 5.2, 5.4])
    drawn = fit(Exponential, np.arange(9), flat, kind="flow").draws(200, np.random.default_rng(1))
    below = (drawn.params["a"] <= 0).to_numpy()
    assert len(drawn) == 200 and 0 < below.sum() < 100
    assert not drawn.converged[below].any() and drawn.converged[~below].all()


def test_many_hold_what_is_fixed():
    t, y = times("flow"), np.stack([record(CURVES[0], "flow", seed=i) for i in range(3)])
    many = fit_many(Bass, t, y, kind="flow", fixed={"q": 0.41})
    assert_array_equal(many.params["q"], 0.41)
    alone = fit(Bass, t, y[2], kind="flow", fixed={"q": 0.41})
    assert_allclose(many.params.iloc[2], astuple(alone.curve), rtol=1e-7)


def test_more_starts_never_fit_worse():
    rng = np.random.default_rng(19)
    y = CURVES[0].flow(np.arange(9.0)) * np.exp(rng.normal(0, 0.2, (60, 8)))
    one, four = (fit_many(Bass, np.arange(9.0), y, kind="flow", starts=s) for s in (1, 4))
    assert (four.sse <= one.sse * (1 + 1e-9)).all()


@every_curve
@every_kind
def test_long_regular_records_are_identified(curve, kind):
    result = fitted(curve, kind, "linear")
    assert result.interior
    assert result.identified, str(result)


SIZES = {
    "everyday": st.floats(-1e3, 1e3, allow_subnormal=False),
    "round": st.integers(-5, 20).map(float),
    "positive": st.floats(0.01, 100),
    "large": st.floats(1e20, 1e25),
    "anything": st.floats(allow_subnormal=True),
}
SIMPLE = [type(curve) for curve in CURVES if len(astuple(curve)) < 4]


@pytest.mark.parametrize("size", SIZES)
@examples(8)
@given(data=st.data())
def test_any_input_gives_a_finite_answer_or_says_why_not(size, data):
    numbers = SIZES[size]
    kind, scale = (
        data.draw(st.sampled_from(["stock", "flow"])),
        data.draw(st.sampled_from(["linear", "log"])),
    )
    y = data.draw(st.lists(numbers, min_size=5, max_size=9))
    count = len(y) + (kind == "flow")
    steps = data.draw(st.lists(st.floats(0.01, 100), min_size=count, max_size=count))
    try:
        result = fit(
            data.draw(st.sampled_from(SIMPLE)), np.cumsum(steps), y, kind=kind, scale=scale
        )
    except (ValueError, FitError) as error:
        # Not NumPy's LinAlgError, which is a ValueError too.
        assert type(error) in (ValueError, FitError) and len(str(error)) > 20
        return
    assert np.isfinite([*result.params.values(), result.sse, *result.fitted]).all()
    assert np.isfinite(result.log_likelihood)
    name = result.free[0]
    interval = result.interval(name)
    assert interval.low <= result.params[name] <= interval.high
    assert type(result.curve).__name__ in repr(result)


@pytest.mark.parametrize(
    "curve",
    [c for c in CURVES if c.bounded and not isinstance(c, Arctangent)],
    ids=lambda c: type(c).__name__,
)
@every_kind
def test_a_record_that_only_accelerates_gives_a_limit_and_no_error(curve, kind):
    edges = np.arange(13.0)
    t, y = edges if kind == "flow" else edges[1:], np.exp(0.3 * edges[1:] + 0.02 * edges[1:] ** 2)
    result = fit(type(curve), t, y, kind=kind)
    assert not result.identified
    # Two waves bend enough to have a ceiling of their own, if thousands of times the record.
    assert not result.interior or (type(curve) is BiLogistic and result.curve.m > 1e3 * max(y))
    said = "the ceiling is" if result.interior else "no interior optimum"
    assert any(said in concern for concern in result.concerns)
    assert np.isfinite([*result.params.values(), result.sse]).all()
