"""Published fits, times as given, what a fit doubts, and a curve of one's own."""

from dataclasses import astuple

import mpmath
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from truths import (
    CURVES,
    VCR_EDGES,
    VCR_SALES,
    Arctangent,
    predict,
    record,
    times,
)

from uptake import (
    Bass,
    BiLogistic,
    Exponential,
    FitError,
    Gompertz,
    Logistic,
    Richards,
    ShiftedGompertz,
    fit,
    fit_many,
)
from uptake.records import prepare
from uptake.starts import grid

# NIST StRD, nonlinear regression, Rat42 (Ratkowsky 1983): pasture regrowth against time.
RAT42_TIME = [9.0, 14.0, 21.0, 28.0, 42.0, 57.0, 63.0, 70.0, 79.0]
RAT42_YIELD = [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08]

# Simulated flows of m = 10,000, p = 0.01, q = 0.35 with multiplied noise.
BENCH30 = [
    115.8265404942, 152.7159429054, 236.9595009799, 319.1631394267, 394.5239685546,
    522.2396454940, 558.8378935168, 719.3799718282, 884.3021630546, 962.8280856306,
    911.1090722019, 793.2761585848, 724.4066936286, 647.6187904921, 441.7831104909,
    419.1520667250, 281.5740761684, 197.2774627411, 140.0111647889, 99.5202469549,
    82.5156945016, 49.0175477963, 36.1020192592, 27.4047909114, 17.2024161040,
    12.1011249511, 10.5819396847, 6.4390462720, 4.4139318743, 3.7228693377,
]  # fmt: skip


# Published answers -------------------------------------------------------------------------------


def test_logistic_matches_the_certified_fit_of_pasture_yield():
    # Certified: y = b1 / (1 + exp(b2 - b3 x)), so m = b1, r = b3, t0 = b2 / b3.
    result = fit(Logistic, RAT42_TIME, RAT42_YIELD)
    exactly = {"rtol": 1e-8, "atol": 0}
    assert_allclose(result.params["m"], 72.462237576, **exactly)
    assert_allclose(result.params["r"], 0.067359200066, **exactly)
    assert_allclose(result.params["t0"] * result.params["r"], 2.6180768402, **exactly)
    assert_allclose(result.sse, 8.0565229338, **exactly)
    assert_allclose(result.table.se["m"], 1.7340283401, rtol=1e-4)
    assert_allclose(result.table.se["r"], 0.0034465663377, rtol=1e-4)
    # The certified error is that of b2 = r t0, a derived quantity.
    error = result._optimum.standard_error(lambda curve: curve.r * curve.t0)
    assert_allclose(error, 0.088295217536, rtol=1e-4)


def test_bass_matches_the_published_fit_of_recorder_sales():
    # R 4.2.2, nlsLM on differences of the level.
    result = fit(Bass, VCR_EDGES, VCR_SALES, kind="flow")
    assert_allclose(result.params["m"], 67660.0248, rtol=1e-8)
    assert_allclose(result.params["p"], 0.00878896251, rtol=1e-8)
    assert_allclose(result.params["q"], 0.642158904, rtol=1e-8)
    assert_allclose(result.sse, 3672146.26438, rtol=1e-10)
    assert_allclose(result.curve.peak, 6.592446697818682, rtol=1e-8)
    assert_allclose(result.table.se, [3070.90599, 0.00177644825, 0.0425712928], rtol=1e-4)


def test_bass_reaches_the_optimum_that_forty_digits_find():
    def sse(m, p, q):
        def level(t):
            decay = mpmath.exp(-(p + q) * t)
            return m * (1 - decay) / (1 + q / p * decay)

        edges = [level(mpmath.mpf(t)) for t in range(31)]
        return sum(
            (mpmath.mpf(y) - (high - low)) ** 2
            for y, low, high in zip(BENCH30, edges[:-1], edges[1:], strict=True)
        )

    result = fit(Bass, np.arange(31.0), BENCH30, kind="flow")
    with mpmath.workdps(40):

        def gradient(*at):
            return [mpmath.diff(sse, at, order) for order in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]

        exact = mpmath.findroot(gradient, (9756, "0.0095", "0.355"), tol=1e-20)
        lowest = sse(*exact)
    assert_allclose(list(result.params.values()), [float(each) for each in exact], rtol=1e-8)
    assert_allclose(result.sse, float(lowest), rtol=1e-12)


# Times -------------------------------------------------------------------------------------------


def test_dates_are_years_since_the_origin():
    dates = pd.date_range("2020-02-01", periods=26, freq="MS")
    y = record(CURVES[0], "flow")
    dated = fit(Bass, dates, y, kind="flow", origin="2020-01-01")
    numbers = (dates - pd.Timestamp("2020-01-01")).days.to_numpy() / 365.2425
    plain = fit(Bass, numbers, y, kind="flow")
    assert_allclose(astuple(dated.curve), astuple(plain.curve), rtol=1e-7)
    assert dated.origin == pd.Timestamp("2020-01-01") and plain.origin is None


def test_flows_of_periods_are_flows_between_their_edges():
    months, y = pd.period_range("2020-01", periods=25, freq="M"), record(CURVES[0], "flow")
    by_period = fit(Bass, months, y, kind="flow", origin="2020-01-01")
    edges = pd.date_range("2020-01-01", periods=26, freq="MS")
    by_edges = fit(Bass, edges, y, kind="flow", origin="2020-01-01")
    assert astuple(by_period.curve) == astuple(by_edges.curve)
    assert by_period.t[0] == 0 and by_period.t.size == 26


def test_curves_without_a_launch_count_from_the_first_date():
    dates, y = pd.date_range("2020-02-01", periods=25, freq="MS"), record(CURVES[1], "stock")
    result = fit(Logistic, dates, y)
    assert result.origin == dates[0] and result.t[0] == 0
    later = fit(Logistic, dates, y, origin="2019-02-01")
    assert_allclose(later.curve.t0 - result.curve.t0, 365 / 365.2425, rtol=1e-6)


# What is identified, and what is doubtful --------------------------------------------------------


def concern(result, words):
    """Return whether a concern says this."""
    return any(words in each for each in result.concerns)


@pytest.mark.parametrize("years", [4 + 1, 6])
def test_a_ceiling_that_runs_away_is_said_to_and_stays_finite(years):
    result = fit(Bass, VCR_EDGES[: years + 1], VCR_SALES[:years], kind="flow")
    assert np.isfinite(list(result.params.values())).all()
    assert not result.identified
    assert result.interval("m").high == np.inf
    assert result.interval("m").low > sum(VCR_SALES[:years])
    assert "not bounded above" in str(result)


def test_a_record_on_its_limit_curve_has_no_interior_optimum():
    # A record that grows ever faster is best met by the exponential that Bass tends to.
    y = np.exp(0.3 * np.arange(10) + 0.02 * np.arange(10) ** 2)
    result = fit(Bass, np.arange(11.0), y, kind="flow")
    limit = fit(Exponential, np.arange(11.0), y, kind="flow")
    assert not result.interior and not result.identified
    assert concern(result, "no interior optimum: the best ceiling runs away")
    assert np.isfinite(list(result.params.values())).all()
    assert_allclose(result.sse, limit.sse, rtol=1e-6)
    assert "m runs away" in str(result)


def test_a_far_ceiling_is_a_concern():
    curve = Logistic(80.0, 0.5, 9.0)
    t = np.arange(8.0)
    result = fit(Logistic, t, curve(t) * np.exp(np.random.default_rng(1).normal(0, 1e-3, 8)))
    ratio = result.params["m"] / curve(t[-1])
    assert ratio > 2 and concern(
        result, f"the ceiling is {ratio:.1f} times what the record reached"
    )
    whole = fit(Logistic, times("stock"), record(curve, "stock"))
    assert not concern(whole, "the ceiling is")


def test_negative_values_are_a_concern_and_not_an_error():
    y = np.abs(record(CURVES[0], "flow"))
    y[[0, 24]] = [-0.1, -0.2]
    assert concern(fit(Bass, times("flow"), y, kind="flow"), "2 flows are negative")
    y = record(CURVES[1], "stock")
    y[0] = -0.1
    assert concern(fit(Logistic, times("stock"), y), "1 levels are negative")


def test_few_points_are_a_concern():
    t, y = times("flow"), record(CURVES[0], "flow")
    assert concern(fit(Bass, t[:12], y[:11], kind="flow"), "few points: 11 for 3 parameters")
    assert not concern(fit(Bass, t[:13], y[:12], kind="flow"), "few points")
    held = fit(Bass, t[:12], y[:11], kind="flow", fixed={"q": 0.4})
    assert not concern(held, "few points")


def test_serial_correlation_is_a_concern():
    t, curve, rng = times("flow"), CURVES[0], np.random.default_rng(23)
    noise = rng.normal(0, 0.2, 25)
    drifting = np.array([noise[: i + 1] @ 0.9 ** np.arange(i + 1)[::-1] for i in range(25)])
    result = fit(Bass, t, curve.flow(t) + drifting, kind="flow")
    rest = result.residuals
    correlation = rest[1:] @ rest[:-1] / (rest @ rest)
    assert concern(result, f"neighbouring residuals correlate at {correlation:.2f}")
    assert not concern(fit(Bass, t, curve.flow(t) + noise, kind="flow"), "serial correlation")


def test_a_fixed_ceiling_below_the_record_is_a_concern_and_not_an_error():
    t, y = times("stock"), record(CURVES[1], "stock")
    assert concern(fit(Logistic, t, y, fixed={"m": 60.0}), "fixed m lies below the largest")
    assert not concern(fit(Logistic, t, y, fixed={"m": 100.0}), "fixed m")


def test_fraction_observed_is_the_share_of_the_ceiling_at_the_end():
    t, y = times("stock"), record(CURVES[1], "stock")
    result = fit(Logistic, t, y)
    assert_allclose(result.fraction_observed, result.curve(t[-1]) / result.params["m"])
    assert fit(Exponential, t, record(Exponential(3.0, 0.12), "stock")).fraction_observed == 0


def test_many_find_the_rows_whose_ceiling_runs_away():
    edges, rng = np.arange(11.0), np.random.default_rng(2)
    runaway = np.exp(0.3 * np.arange(10) + 0.02 * np.arange(10) ** 2)
    regular = Bass(100.0, 0.02, 0.6).flow(edges) + rng.normal(0, 0.2, 10)
    many = fit_many(Bass, edges, np.stack([regular, runaway, regular]), kind="flow")
    assert_array_equal(many.interior, [True, False, True])
    assert np.isfinite(many.params).all(axis=None) and many.converged.all()
    alone = fit(Bass, edges, runaway, kind="flow")
    assert_allclose(many.sse[1], alone.sse, rtol=1e-6)


# A curve of one's own ----------------------------------------------------------------------------


def test_a_curve_of_ones_own_gets_all_that_the_librarys_have():
    edges, truth = np.arange(31.0), Arctangent(500.0, 2.5, 12.0)
    rng = np.random.default_rng(29)
    y = truth.flow(edges) + rng.normal(0, 0.5, (5, 30))
    result = fit(Arctangent, edges, y[0], kind="flow")
    assert isinstance(result.curve, Arctangent) and result.identified
    assert_allclose(result.curve.t0, 12.0, rtol=0.02)
    for name in ("m", "w", "t0", "half_life"):
        interval = result.interval(name)
        centre = getattr(result.curve, name)
        assert interval.low < centre < interval.high and interval.bounded
    # The curve is symmetric about t0, so its peak and its half-life are t0.
    assert_allclose(result.curve.peak, result.curve.t0, rtol=1e-6)
    assert_allclose(result.interval("half_life").high, result.interval("t0").high, rtol=1e-5)
    many = fit_many(Arctangent, edges, y, kind="flow")
    assert_allclose(many.params.iloc[0], astuple(result.curve), rtol=1e-6)
    assert many.converged.all() and many.interior.all()


@pytest.mark.parametrize("record", [[2.0] * 6 + [3.0], [1.0, 1, 2, 3, 5, 9, 15, 26, 44]])
def test_many_at_a_runaway_ceiling_fit_as_well_as_one(record):
    t = np.arange(float(len(record)))
    one, many = fit(Logistic, t, record), fit_many(Logistic, t, [record])
    assert_allclose(many.sse[0], one.sse, rtol=1e-6)


def test_two_waves_are_found_from_starts_with_the_waves_in_either_order():
    truth, edges = BiLogistic(100.0, 0.25, 0.8, 6.0, 0.8, 20.5), np.arange(32.0)
    for seed in range(6):
        noise = 1 + 0.08 * np.random.default_rng(seed).standard_normal(31)
        y = truth.flow(edges) * noise
        result = fit(BiLogistic, edges, y, kind="flow")
        assert result.interior
        assert result.sse <= ((y - truth.flow(edges)) ** 2).sum()


@pytest.mark.parametrize("curve, kind", [(Logistic, "stock"), (Logistic, "flow"), (Bass, "flow"),
                                         (Richards, "stock")])  # fmt: skip
@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("points, rate", [(8, 0.8), (12, 0.8), (13, 0.05), (20, 0.3)])
def test_an_exact_exponential_tells_nothing_of_a_ceiling(curve, kind, scale, points, rate):
    # A record to the last digit has no noise that would make the limit stand out by itself.
    t = np.arange(points + (kind == "flow"))
    truth = Exponential(3.0, rate)
    result = fit(curve, t, predict(truth, t, kind), kind=kind, scale=scale)
    assert not result.interior
    assert not result.identified
    assert "runs away" in result.concerns[0]


@pytest.mark.parametrize("curve", [Logistic, Bass])
def test_the_interval_of_a_ceiling_is_open_on_an_exact_exponential(curve):
    result = fit(curve, np.arange(14), Exponential(3.0, 0.2).flow(np.arange(14)), kind="flow")
    interval = result.interval("m")
    assert np.isinf(interval.high)
    assert interval.low > 1e6 * result.y.sum()


@pytest.mark.parametrize("above", [1e3, 1e6])
def test_a_ceiling_seen_in_exact_figures_is_not_taken_for_none(above):
    t = np.arange(20.0)
    truth = Logistic(1.0, 0.5, 19 + np.log(above) / 0.5)
    result = fit(Logistic, t, truth(t))
    assert result.interior
    assert_allclose(result.curve.m, 1.0, rtol=1e-3)


def test_a_level_at_launch_on_the_log_scale_is_refused_for_what_it_is():
    with pytest.raises(FitError, match="zero at its launch, which has no log"):
        fit(Bass, np.arange(10), np.arange(1, 11.0) ** 1.5, scale="log")
    assert fit(Bass, np.arange(1, 11), np.arange(1, 11.0) ** 1.5, scale="log").sse > 0


@pytest.mark.parametrize(("curve", "kind", "scale", "points", "rate", "noise"), [
    # So far below saturation that e^-(p+q)t has no digits left in one less its complement.
    (Bass, "stock", "linear", 30, 0.8, 0.01), (Bass, "flow", "log", 30, 0.8, 1e-6),
    # Flows that only fall: the ceiling runs away with the peak ever further in the past.
    (Logistic, "flow", "log", 8, 0.1, 0.1), (Gompertz, "flow", "log", 30, -0.3, 0.01),
    # A level that falls, for which the best rising curve is a step at launch.
    (ShiftedGompertz, "stock", "linear", 30, -0.3, 0.1),
])  # fmt: skip
def test_exponential_records_end_in_an_answer(curve, kind, scale, points, rate, noise):
    t = np.arange(1.0, points + 1)
    for seed in range(5):
        rng = np.random.default_rng([points, seed])
        y = np.exp(rate * t + noise * rng.standard_normal(points))
        times = np.arange(points + 1.0) if kind == "flow" else t
        result = fit(curve, times, y, kind=kind, scale=scale)
        # Any reference of the same form will do: no shape of the starting grid is better.
        problem, _ = prepare(curve, times, y[np.newaxis], kind=kind, scale=scale, errors="iid",
                             fixed=None, weights=None, origin=None)  # fmt: skip
        assert result.sse <= _best_on_grid(problem) * 1.001


def _best_on_grid(problem):
    """Return the least sum of squares among the shapes from which searches start."""
    theta, shape = grid(problem)
    y = problem.target[0]
    if problem.scale == "log":
        return np.var(y - shape, axis=1).min() * y.size
    scale = np.maximum(shape @ y / np.vecdot(shape, shape), 0.0)
    return ((y - scale[:, np.newaxis] * shape) ** 2).sum(axis=1).min() * problem.unit[0] ** 2


@pytest.mark.parametrize("first", [0.0, 1.0, 2.0, 5.0])
def test_a_ceiling_that_runs_away_is_found_however_long_after_the_launch_the_record_begins(first):
    # Without a ceiling the curve is an exponential, which has no time zero.
    edges, flows = np.arange(6.0), [1.0, 1.0, 1.0, 1.0, 6.0]
    best = fit(Exponential, edges, flows, kind="flow").sse
    one = fit(Bass, first + edges, flows, kind="flow")
    many = fit_many(Bass, first + edges, [flows, flows], kind="flow")
    assert_allclose([one.sse, *many.sse], best, rtol=1e-6)
    assert one.params["m"] == many.params["m"][0] == pytest.approx(1e8 * sum(flows))
    interval = one.interval("m")
    assert interval.low < one.params["m"] and interval.high == np.inf


def test_an_interval_holds_its_estimate_to_the_last_digit():
    result = fit(Bass, VCR_EDGES, VCR_SALES, kind="flow")
    trace = result.profile("m").trace
    assert trace.outside(trace.estimate, 1) == result.params["m"]


# An exponential has its scale at t = 0, and no time of its own ------------------------------------

GROWTH = 3 * np.exp(0.27 * np.arange(9)) * np.exp(np.random.default_rng(2).normal(0, 0.05, 9))
every_distance = pytest.mark.parametrize("first", [100.0, 1500.0, 2000.0, -2000.0])


@pytest.mark.filterwarnings("error")
@every_distance
@pytest.mark.parametrize("falls", [False, True], ids=["growth", "decay"])
@pytest.mark.parametrize("errors", ["iid", "ar1"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_an_exponential_is_the_same_however_far_from_its_time_zero(first, falls, errors, scale):
    options = {"errors": errors, "scale": scale}
    t, y = np.arange(9.0), GROWTH[::-1] if falls else GROWTH
    near, far = fit(Exponential, t, y, **options), fit(Exponential, first + t, y, **options)
    assert far.interior and far.concerns == near.concerns
    assert_allclose(far.params["r"], near.params["r"], rtol=1e-7)
    assert_allclose(far.sse, near.sse, rtol=1e-9)
    assert_allclose(far.fitted, near.fitted, rtol=1e-6)
    # The level at t = 0 goes with the rate, and that with its error.
    drawn = far.params["r"] * first + np.log(far.params["a"])
    assert_allclose(drawn, np.log(near.params["a"]), atol=1e-5)


@pytest.mark.filterwarnings("error")
@every_distance
def test_what_is_known_of_an_exponential_does_not_hang_on_its_time_zero(first):
    t = np.arange(9.0)
    near, far = fit(Exponential, t, GROWTH), fit(Exponential, first + t, GROWTH)
    assert far.identified
    ends = [astuple(each.interval("r"))[:2] for each in (near, far)]
    assert_allclose(ends[1], ends[0], rtol=1e-6)
    assert_allclose(far.table.se["r"], near.table.se["r"], rtol=1e-5)
    ends = [
        astuple(near.interval("a"))[:2],
        astuple(far.interval(lambda curve: curve(first)))[:2],
    ]
    assert_allclose(ends[1], ends[0], rtol=1e-5)
    # The level at t = 0 is bounded too, by the rate's bounds as far as the eye can tell.
    low, high = np.log(astuple(far.interval("a"))[:2]) - np.log(far.params["a"])
    rates = np.array(astuple(far.interval("r"))[:2]) - far.params["r"]
    assert_allclose(sorted([low, high]), sorted(-rates * (first + 4)), rtol=0.1)


@pytest.mark.filterwarnings("error")
@every_distance
@pytest.mark.parametrize("kind", ["stock", "flow"])
def test_many_exponentials_are_found_far_from_their_time_zero(first, kind):
    t = first + np.arange(9.0 + (kind == "flow"))
    records = np.array([GROWTH, 2 * GROWTH, GROWTH[::-1]])[: 2 if kind == "flow" else 3]
    near, far = (fit_many(Exponential, t - shift, records, kind=kind) for shift in (first, 0.0))
    assert far.converged.all() and far.interior.all()
    assert_allclose(far.params["r"], near.params["r"], rtol=1e-7)


def test_a_fixed_scale_far_from_the_record_finds_its_rate():
    t = 2000 + np.arange(9.0)
    free = fit(Exponential, t, GROWTH)
    held = fit(Exponential, t, GROWTH, fixed={"a": free.params["a"]})
    assert_allclose(held.params["r"], free.params["r"], rtol=1e-9)
