"""Each curve against its differential equation, a known point, and its own closed forms."""

from dataclasses import FrozenInstanceError, asdict, astuple

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from truths import CURVES, EDGES, every_curve, every_truth

from uptake import (
    Bass,
    BiLogistic,
    Exponential,
    Gompertz,
    Logistic,
    Richards,
    ShiftedGompertz,
    Weibull,
)

# Worked out with mpmath at 40 digits from the formulas of Bass (1969), each identity asserted.
CLOSED_FORMS = [
    {
        "p": 0.03,
        "q": 0.38,
        "peak": 6.192619197703112385441498,
        "share_at_peak": 0.4605263157894736842105263,
        "rate_at_peak": 0.1105921052631578947368421,
        "half_life": 6.550188646951588954880884,
        "mean": 6.881473100095258190714521,
        "inflections": (2.980526766179169193673093, 9.404711629227055577209904),
        "when_90": 11.756784306353748450643,
        "share_at_10": 0.812803221221346168319584,
        "flow_9_to_10": 0.07207611488487023672805339,
    },
    {
        "p": 0.0028,
        "q": 0.04,
        "peak": 62.13224385356958090959416,
        "share_at_peak": 0.465,
        "rate_at_peak": 0.011449,
        "half_life": 65.19365185371920924570449,
        "mean": 68.17296713516482170497615,
        "inflections": (31.36219953289629332489682, 92.90228817424286849429151),
        "when_90": 115.2192972533204486221813,
        "share_at_10": 0.03376671588227089289254577,
        "flow_9_to_10": 0.003941917025375901280425292,
    },
    {
        "p": 0.00659398228,
        "q": 0.638090485,
        "peak": 7.092341872674485448430322,
        "share_at_peak": 0.4948330350984625636597606,
        "rate_at_peak": 0.1628366478275010598999921,
        "half_life": 7.124073949976753735343636,
        "mean": 7.181745613601227065816998,
        "inflections": (5.049547352618468272807318, 9.135136392730502624053325),
        "when_90": 10.51826790957289990561534,
        "share_at_10": 0.8656060349296490292690119,
        "flow_9_to_10": 0.09415352888433083455937853,
    },
    {
        "p": 0.01,
        "q": 0.35,
        "peak": 9.8759668374705935547392,
        "share_at_peak": 0.4857142857142857142857143,
        "rate_at_peak": 0.09257142857142857142857143,
        "half_life": 10.03032753512284567880027,
        "mean": 10.2386255384460285760713,
        "inflections": (6.217750457123880475225183, 13.53418321781730663425322),
        "when_90": 16.06618106202704857015279,
        "share_at_10": 0.4971943054221675188362672,
        "flow_9_to_10": 0.09190414583562392280588978,
    },
]
INSIDE = np.linspace(0.5, 24.5, 49)
bounded = pytest.mark.parametrize(
    "curve", [c for c in CURVES if c.bounded], ids=lambda c: type(c).__name__
)


@pytest.mark.parametrize("case", CLOSED_FORMS, ids=lambda case: f"p={case['p']}")
def test_bass_agrees_with_its_closed_forms(case):
    curve, exactly = Bass(1.0, case["p"], case["q"]), {"rtol": 1e-12, "atol": 0}
    assert_allclose(curve.peak, case["peak"], **exactly)
    assert_allclose(curve(case["peak"]), case["share_at_peak"], **exactly)
    assert_allclose(curve.rate(case["peak"]), case["rate_at_peak"], **exactly)
    assert_allclose(curve.half_life, case["half_life"], **exactly)
    assert_allclose(curve.mean_adoption_time, case["mean"], **exactly)
    assert_allclose(curve.inflections, case["inflections"], **exactly)
    assert_allclose(curve.when(0.9), case["when_90"], **exactly)
    assert_allclose(curve(10), case["share_at_10"], **exactly)
    assert_allclose(curve.flow([9, 10]), [case["flow_9_to_10"]], **exactly)


@every_truth
def test_curve_obeys_its_differential_equation(truth):
    level, rate = truth.curve(INSIDE), truth.curve.rate(INSIDE)
    assert_allclose(rate, truth.slope(truth.curve, level, INSIDE), rtol=1e-10)


@every_truth
def test_curve_passes_through_its_known_point(truth):
    at, level = truth.point
    assert_allclose(truth.curve(at), level, rtol=1e-14, atol=1e-14)


@every_curve
def test_rate_is_the_derivative_of_the_level(curve):
    step = 1e-4
    # A central difference of fourth order: its own error is far below the tolerance.
    near = [curve(INSIDE + k * step) for k in (-2, -1, 1, 2)]
    slope = (near[0] - 8 * near[1] + 8 * near[2] - near[3]) / (12 * step)
    assert_allclose(curve.rate(INSIDE), slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "curve",
    # Those whose formula NumPy takes into the complex plane; expit and logaddexp are real only.
    [c for c in CURVES if isinstance(c, Bass | Gompertz | ShiftedGompertz | Weibull | Exponential)],
    ids=lambda c: type(c).__name__,
)
def test_rate_a_curve_inherits_is_as_exact_as_its_closed_form(curve):
    shape = astuple(curve)[1:]
    stepped = super(type(curve), curve).shape_rate(INSIDE, *shape)
    assert_allclose(type(curve).shape_rate(INSIDE, *shape), stepped, rtol=1e-12)


@every_curve
def test_shape_jacobian_is_the_derivative_by_each_parameter(curve):
    t, shape = INSIDE[:, np.newaxis], np.array(astuple(curve)[1:])
    jacobian = type(curve).shape_jacobian(INSIDE, *shape)
    assert len(jacobian) == len(shape)
    for i, column in enumerate(jacobian):
        step = 1e-4 * abs(shape[i]) * np.eye(len(shape))[i]
        moved = [type(curve).shape(t, *(shape + k * step)).ravel() for k in (-2, -1, 1, 2)]
        slope = (moved[0] - 8 * moved[1] + 8 * moved[2] - moved[3]) / (12 * step[i])
        assert_allclose(column, slope, rtol=1e-8, atol=1e-10 * np.abs(slope).max())


FORMULAS = {
    Bass: lambda t, p, q: (1 - mpmath.exp(-(p + q) * t)) / (1 + q / p * mpmath.exp(-(p + q) * t)),
    Logistic: lambda t, r, t0: 1 / (1 + mpmath.exp(-r * (t - t0))),
    Gompertz: lambda t, b, t0: mpmath.exp(-mpmath.exp(-b * (t - t0))),
    Exponential: lambda t, r: mpmath.exp(r * t),
    ShiftedGompertz: lambda t, b, eta: (
        (1 - mpmath.exp(-b * t)) * mpmath.exp(-eta * mpmath.exp(-b * t))
    ),
    Weibull: lambda t, b, k: 1 - mpmath.exp(-((t / b) ** k)),
    Richards: lambda t, r, t0, nu: (1 + mpmath.exp(-r * (t - t0))) ** (-1 / nu),
    BiLogistic: lambda t, w, r1, t1, r2, t2: (
        w / (1 + mpmath.exp(-r1 * (t - t1))) + (1 - w) / (1 + mpmath.exp(-r2 * (t - t2)))
    ),
}


@pytest.mark.parametrize(
    "curve", [c for c in CURVES if type(c) in FORMULAS], ids=lambda c: type(c).__name__
)
def test_shape_and_its_derivatives_agree_with_mpmath(curve):
    family, formula = type(curve), FORMULAS[type(curve)]
    with mpmath.workdps(40):
        shape = [mpmath.mpf(each) for each in astuple(curve)[1:]]
        for t in (0.5, 4.0, 9.0, 24.5):
            level, jacobian = family.shape_and_jacobian(np.float64(t), *map(np.float64, shape))
            assert_allclose(level, float(formula(t, *shape)), rtol=1e-13)
            assert_allclose(
                family.shape_rate(np.float64(t), *map(np.float64, shape)),
                float(mpmath.diff(lambda at: formula(at, *shape), t)),
                rtol=1e-12,
            )
            for i, column in enumerate(jacobian):
                order = tuple(int(j == i + 1) for j in range(len(shape) + 1))
                exact = float(mpmath.diff(formula, (mpmath.mpf(t), *shape), order))
                assert_allclose(column, exact, rtol=1e-11, atol=1e-16)


@every_curve
def test_shape_and_jacobian_says_what_its_parts_say(curve):
    family, shape = type(curve), astuple(curve)[1:]
    level, jacobian = family.shape_and_jacobian(EDGES, *shape)
    assert_allclose(level, family.shape(EDGES, *shape), rtol=1e-15)
    assert_allclose(jacobian, family.shape_jacobian(EDGES, *shape), rtol=1e-15)


@every_curve
def test_shape_broadcasts_a_batch_of_parameters_over_times(curve):
    family, shape = type(curve), np.array(astuple(curve)[1:])
    batch = np.stack([shape, 1.1 * shape])
    level, jacobian = family.shape_and_jacobian(EDGES, *batch.T[:, :, np.newaxis])
    for row, values in enumerate(batch):
        alone, slopes = family.shape_and_jacobian(EDGES, *values)
        assert_allclose(level[row], alone, rtol=1e-15)
        assert_allclose([each[row] for each in jacobian], slopes, rtol=1e-15)


@every_curve
def test_flow_adds_up_to_the_level(curve):
    assert_allclose(curve.flow(EDGES).sum(), curve(EDGES[-1]) - curve(EDGES[0]), rtol=1e-12)
    assert_allclose(curve.flow(EDGES), np.diff(curve(EDGES)), rtol=1e-15)


@every_curve
def test_level_is_proportional_to_the_first_parameter(curve):
    first, *shape = astuple(curve)
    assert_allclose(type(curve)(3 * first, *shape)(INSIDE), 3 * curve(INSIDE), rtol=1e-14)


@bounded
@pytest.mark.parametrize("share", [1e-3, 0.1, 0.5, 0.9, 0.999])
def test_when_is_where_the_share_is_reached(curve, share):
    assert_allclose(curve(curve.when(share)) / curve.ceiling, share, rtol=1e-10)


@pytest.mark.parametrize(
    "curve",
    [c for c in CURVES if {"when", "peak"} <= vars(type(c)).keys()],
    ids=lambda c: type(c).__name__,
)
def test_numerical_when_and_peak_agree_with_the_closed_forms(curve):
    # Curve gives both for any shape with an analytic rate; subclasses may do better.
    numerical_when = super(type(curve), curve).when(0.8)
    numerical_peak = super(type(curve), type(curve)).peak.fget(curve)
    assert_allclose(numerical_when, curve.when(0.8), rtol=1e-9)
    assert_allclose(numerical_peak, curve.peak, rtol=1e-9)


@bounded
def test_half_life_is_where_half_the_ceiling_is_reached(curve):
    assert_allclose(curve(curve.half_life), curve.ceiling / 2, rtol=1e-10)
    assert curve.half_life == curve.when(0.5)


@bounded
def test_peak_is_where_the_rate_is_highest(curve):
    apart = np.array([-1e-2, -1e-3, 1e-3, 1e-2])
    assert (curve.rate(curve.peak + apart) < curve.rate(curve.peak)).all()


def powers_of_time(family):
    """Return the power of time in the unit of each shape parameter: how starts grow with time."""
    with np.errstate(invalid="ignore"):
        growth = family.starts(0.0, 2.0) / family.starts(0.0, 1.0)
    return np.round(np.log2(np.nanmedian(growth, axis=0)))


@every_curve
@pytest.mark.parametrize("factor", [1e-3, 1 / 12, 365.25])
def test_a_shorter_unit_of_time_stretches_every_time_and_nothing_else(curve, factor):
    first, *shape = astuple(curve)
    units = np.power(factor, powers_of_time(type(curve)))
    other = type(curve)(first, *(shape * units))
    assert_allclose(other(factor * INSIDE), curve(INSIDE), rtol=1e-12)
    assert_allclose(other.rate(factor * INSIDE), curve.rate(INSIDE) / factor, rtol=1e-12)
    if curve.bounded:
        shares = (1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6)
        expected = [factor * curve.when(share) for share in shares]
        assert_allclose([other.when(share) for share in shares], expected, rtol=1e-8)
        assert_allclose(other.half_life, factor * curve.half_life, rtol=1e-8)
        assert_allclose(other.peak, factor * curve.peak, rtol=1e-8)


@pytest.mark.parametrize(
    "curve",
    [c for c in CURVES if c.bounded and not c.launched],
    ids=lambda c: type(c).__name__,
)
@pytest.mark.parametrize("later", [-2000.0, 2000.0])
def test_a_later_calendar_moves_every_time_by_as_much(curve, later):
    moved = [value + later * name.startswith("t") for name, value in asdict(curve).items()]
    other = type(curve)(*moved)
    for share in (0.01, 0.5, 0.99):
        assert_allclose(other.when(share), curve.when(share) + later, atol=1e-7)
    assert_allclose(other.peak, curve.peak + later, atol=1e-7)


@bounded
def test_ceiling_is_approached_and_never_passed(curve):
    far = curve(curve.when(0.5) + np.array([10.0, 100.0, 1e4, 1e6]))
    assert (np.diff(far) >= 0).all() and far[-1] <= curve.ceiling
    assert_allclose(far[-1], curve.ceiling, rtol=1e-5)


# In the last two the peak lies within a two-hundredth of the way from one midpoint to the other.
@pytest.mark.parametrize(
    "waves",
    [
        (0.4, 0.9, 8.0, 0.5, 10.5),
        (0.7, 1.5, 3.0, 4.0, 3.5),
        (0.5, 2.0, 5.0, 0.4, 12.0),
        (0.5, 0.4, 5.0, 2.0, 12.0),
    ],
)
def test_the_peak_of_two_waves_that_overlap_is_where_their_sum_turns(waves):
    curve = BiLogistic(60.0, *waves)

    def level(t):
        w, r1, t1, r2, t2 = map(mpmath.mpf, waves)
        return w / (1 + mpmath.exp(-r1 * (t - t1))) + (1 - w) / (1 + mpmath.exp(-r2 * (t - t2)))

    times = np.linspace(curve.t1, curve.t2, 1001)
    near = times[np.argmax(curve.rate(times))]
    exact = mpmath.findroot(lambda t: mpmath.diff(level, t, 2), near)
    assert curve.t1 + 0.001 < exact < curve.t2 - 0.001
    assert_allclose(curve.peak, float(exact), rtol=1e-11)


@pytest.mark.parametrize("curve", [Logistic, Gompertz, Richards, BiLogistic])
def test_starts_of_a_curve_without_a_launch_move_with_the_record(curve):
    here, there = curve.starts(2.0, 12.0), curve.starts(1002.0, 1012.0)
    moved = np.array([1000.0 * name.startswith("t") for name in curve.names()[1:]])
    assert moved.any()
    assert_allclose(there, here + moved, rtol=1e-12)


def test_bass_peak_is_negative_when_adoption_only_slows():
    curve = Bass(10.0, 0.4, 0.1)
    assert curve.peak < 0
    assert (np.diff(curve.rate(np.linspace(0, 5, 50))) < 0).all()


def test_bass_inflections_are_where_the_rate_bends():
    curve = Bass(1.0, 0.03, 0.38)
    for at in curve.inflections:
        near = at + 1e-3 * np.array([-1.5, -0.5, 0.5, 1.5])
        first, middle, last = np.diff(curve.rate(near))
        assert abs(middle) > max(abs(first), abs(last))


def test_bass_mean_adoption_time_is_the_mean_of_its_flow():
    curve = Bass(1.0, 0.03, 0.38)
    mean = mpmath.quad(lambda t: 1 - curve(float(t)), [0, 5, 10, 20, 60, 120])
    assert_allclose(curve.mean_adoption_time, float(mean), rtol=1e-10)


@pytest.mark.parametrize("curve", [Weibull(9.0, 5.0, 0.7), Weibull(9.0, 5.0, 1.0)])
def test_weibull_of_no_upturn_peaks_at_launch(curve):
    assert curve.peak == 0
    assert (np.diff(curve.rate(np.linspace(0.01, 9, 50))) < 0).all()
    assert curve.rate(0.0) == (np.inf if curve.k < 1 else 9.0 / 5.0)


@pytest.mark.parametrize("eta", [0.2, 0.5])
def test_shifted_gompertz_of_no_upturn_peaks_at_launch(eta):
    curve = ShiftedGompertz(9.0, 0.4, eta)
    assert curve.peak == 0
    assert (np.diff(curve.rate(np.linspace(0.01, 9, 50))) < 0).all()


def test_flexible_curves_contain_the_simple_ones():
    # Richards at nu = 1 is the logistic, Weibull at k = 1 an exponential approach, and two equal
    # waves are one. The shifted Gompertz tends to Gompertz's with t0 = log(eta) / b.
    assert_allclose(Richards(80.0, 0.5, 9.0, 1.0)(INSIDE), Logistic(80.0, 0.5, 9.0)(INSIDE))
    assert_allclose(Weibull(80.0, 4.0, 1.0)(INSIDE), -80 * np.expm1(-INSIDE / 4))
    waves = BiLogistic(80.0, 0.3, 0.5, 9.0, 0.5, 9.0 + 1e-9)
    assert_allclose(waves(INSIDE), Logistic(80.0, 0.5, 9.0)(INSIDE), rtol=1e-8)
    late = np.linspace(20, 40, 9)
    shifted, plain = ShiftedGompertz(80.0, 0.5, 1e5), Gompertz(80.0, 0.5, np.log(1e5) / 0.5)
    assert_allclose(shifted(late), plain(late) * -np.expm1(-0.5 * late), rtol=1e-12)


def test_waves_in_the_wrong_order_are_refused():
    for earlier in (5.0, 18.0):
        with pytest.raises(ValueError, match="exchange the waves"):
            BiLogistic(80.0, 0.4, 1.0, 18.0, 0.8, earlier)


def test_bass_is_zero_before_launch_and_others_are_not():
    assert_allclose(Bass(10.0, 0.1, 0.4)([-5.0, -1e-9, 0.0]), 0)
    assert_allclose(Bass(10.0, 0.1, 0.4).rate([-5.0, -1e-9]), 0)
    assert_allclose(Bass(10.0, 0.1, 0.4).flow([-2, -1, 0]), 0)
    assert (Logistic(10.0, 0.5, 3.0)([-5.0, -1.0]) > 0).all()


def test_exponential_has_no_ceiling_and_so_no_share_of_it():
    curve = Exponential(2.0, 0.7)
    assert np.isnan([curve.peak, curve.half_life, curve.when(0.9)]).all()
    assert curve.ceiling == np.inf
    assert_allclose(curve(curve.doubling_time), 4.0)
    assert_allclose(Exponential(2.0, -0.7)(-Exponential(2.0, -0.7).doubling_time), 1.0)
    assert Exponential(2.0, 0.0).doubling_time == np.inf


@every_curve
def test_far_times_overflow_to_nothing_and_warn_of_nothing(curve):
    level, rate = curve([0.0, 1e3, 1e300]), curve.rate([0.0, 1e3, 1e300])
    assert not np.isnan(level).any() and not np.isnan(rate).any()


@every_curve
def test_underflow_is_no_fault_even_where_the_caller_makes_it_one(curve):
    far = [-1e5, 0.0, 1e5]
    expected = curve(far), curve.rate(far)
    with np.errstate(under="raise"):
        assert_allclose((curve(far), curve.rate(far)), expected)


def test_a_share_is_reached_at_the_same_moment_in_any_unit_of_time():
    for unit in (1e-11, 1e-100, 1e60):
        curve = ShiftedGompertz(1.0, 0.4 / unit, 10.0)
        assert_allclose(curve(curve.half_life), 0.5, rtol=1e-12)
        waves = BiLogistic(1.0, 0.4, 1 / unit, -5 * unit, 0.8 / unit, 20 * unit)
        for share in (0.01, 0.5, 0.99):
            assert_allclose(waves(waves.when(share)), share, rtol=1e-12)
    assert BiLogistic(1.0, 0.5, 1.0, -1.0, 1.0, 1.0).half_life == 0


def test_complements_keep_their_digits_far_from_the_ceiling():
    # 1 - exp(-x) as written loses all digits here; the first order is p t.
    assert_allclose(Bass(1.0, 1e-3, 1e-4)(1e-12), 1e-15, rtol=1e-10)


@every_curve
def test_curves_are_values(curve):
    assert curve == type(curve)(*astuple(curve))
    assert hash(curve) == hash(type(curve)(*astuple(curve)))
    with pytest.raises(FrozenInstanceError):
        setattr(curve, type(curve).names()[0], 1.0)


@every_curve
def test_parameters_outside_their_bounds_are_refused(curve):
    for i, transform in enumerate(type(curve).transforms()):
        for wrong in {transform.lower, transform.upper, np.nan, np.inf}:
            values = list(astuple(curve))
            values[i] = wrong
            with pytest.raises(ValueError, match="must be finite, above .* and below"):
                type(curve)(*values)


@every_curve
@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_shares_outside_zero_and_one_are_refused(curve, share):
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        curve.when(share)


@every_curve
def test_transforms_undo_themselves_and_know_their_slope(curve):
    for value, transform in zip(astuple(curve), type(curve).transforms(), strict=True):
        free, step = transform.free(np.float64(value)), 1e-6
        assert_allclose(transform.back(free), value, rtol=1e-14)
        slope = (transform.back(free + step) - transform.back(free - step)) / (2 * step)
        assert_allclose(transform.slope(np.float64(value)), slope, rtol=1e-8)
