"""What must not matter does not: units, time zero, order, copies, gaps and weights of one."""

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from truths import every_curve, every_kind, predict, times

from uptake import (
    Bass,
    Exponential,
    Gompertz,
    Logistic,
    LotkaVolterra,
    candidates,
    compete,
    fit,
    fit_many,
    rolling_origin,
    share,
)
from uptake.forecasting import Drift, Naive

fewer = examples(5)
units = st.floats(-9.0, 12.0).map(lambda power: 10.0**power)
shifts = st.integers(-3000, 3000)
T = np.arange(1.0, 17.0)
NOISE = np.random.default_rng(3).normal(0, 0.4, (2, 16))
LEVELS = Logistic(50.0, 0.6, 8.0)(T) + NOISE[0]
OTHER = Logistic(30.0, 0.6, 9.0)(T) + NOISE[1]
PAIR = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)(T) + NOISE
FLOWS = np.diff(Bass(60.0, 0.02, 0.5)(np.r_[0.0, T])) + 0.2 * NOISE[0]
EDGES = np.r_[0.0, T]
CROSSED = ["m2", "m1", "r2", "r1", "a21", "a12", "n2", "n1"]
"""Parameters of two populations in the order they have when the populations change places."""


def shared(first, second, **options):
    return share(Logistic, {"a": first, "b": second}, ["r", "t0"], draws=0, **options)


def same_ladder(one, other, rtol=1e-5):
    columns = ["parameters", "ratio", "constraints", "p_chi_squared"]
    assert_allclose(
        one.table[columns].to_numpy(float), other.table[columns].to_numpy(float), rtol=rtol
    )


# The unit of the data ----------------------------------------------------------------------------


@fewer
@given(first=units, second=units)
def test_each_shared_record_may_come_in_a_unit_of_its_own(first, second):
    plain = shared((T, LEVELS), (T, OTHER))
    scaled = shared((T, first * LEVELS), (T, second * OTHER))
    assert_allclose(scaled.params["m"], plain.params["m"] * [first, second], rtol=1e-5)
    assert_allclose(scaled.params[["r", "t0"]], plain.params[["r", "t0"]], rtol=1e-5)
    same_ladder(scaled, plain)


@fewer
@given(units=st.tuples(*[units] * 4))
def test_each_of_many_records_may_come_in_a_unit_of_its_own(units):
    y, size = np.tile(LEVELS, (4, 1)), np.array(units)[:, np.newaxis]
    many, alone = fit_many(Logistic, T, size * y), fit(Logistic, T, LEVELS).params
    assert_allclose(many.params[["r", "t0"]], np.tile([alone["r"], alone["t0"]], (4, 1)), rtol=1e-6)
    assert_allclose(many.params["m"] / size[:, 0], alone["m"], rtol=1e-6)


@examples(3)
@given(first=units, second=units)
def test_each_competing_record_may_come_in_a_unit_of_its_own(first, second):
    plain = compete(LotkaVolterra, T, {"a": PAIR[0], "b": PAIR[1]})
    scaled = compete(LotkaVolterra, T, {"a": first * PAIR[0], "b": second * PAIR[1]})
    assert_allclose(scaled.params["m1"], first * plain.params["m1"], rtol=1e-3)
    assert_allclose(scaled.params["m2"], second * plain.params["m2"], rtol=1e-3)
    assert_allclose(scaled.ladder["ratio"], plain.ladder["ratio"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", ["linear", "log"])
@fewer
@given(unit=units)
@example(unit=10.0**10.875)  # a refit's ceiling leaves floating point in this unit only
def test_forecasts_and_their_scores_are_in_the_unit_of_the_data(scale, unit):
    models, options = [Logistic, Naive, Drift], {"scale": scale, "draws": 40}
    plain = rolling_origin(models, T, LEVELS, [1, 2], 12, **options)
    scaled = rolling_origin(models, T, unit * LEVELS, [1, 2], 12, **options)
    measured = ["forecast", "low", "high", "actual", "crps", "quantile_score", "naive_step"]
    assert_allclose(scaled[measured], unit * plain[measured], rtol=1e-4)
    assert_allclose(scaled["log_score"], plain["log_score"] + np.log(unit), rtol=1e-4, atol=1e-4)
    assert_allclose(scaled["pit"], plain["pit"], atol=1e-5)


@fewer
@given(unit=units)
def test_the_choice_between_curves_does_not_depend_on_the_unit(unit):
    curves = [Logistic, Gompertz, Bass, Exponential]
    plain, scaled = (candidates(T, size * LEVELS, curves=curves).table for size in (1.0, unit))
    assert list(plain.index) == list(scaled.index)
    assert_allclose(scaled["weight"], plain["weight"], rtol=1e-6, atol=1e-12)


# Time --------------------------------------------------------------------------------------------


@fewer
@given(unit=st.sampled_from([365.2425, 1 / 12, 1e-9, 1e9]), shift=shifts)
def test_shared_rates_are_per_unit_of_time_from_any_origin(unit, shift):
    plain = shared((T, LEVELS), (T[3:], OTHER[3:]))
    moved = [unit * (t + shift) for t in (T, T[3:])]
    other = shared((moved[0], LEVELS), (moved[1], OTHER[3:]), origin=unit * shift)
    assert_allclose(other.params["r"] * unit, plain.params["r"], rtol=1e-5)
    assert_allclose(other.params["t0"] / unit, plain.params["t0"], rtol=1e-5)
    same_ladder(other, plain)


@examples(3)
@given(unit=st.sampled_from([365.2425, 1 / 12, 1e6]), shift=shifts)
def test_populations_compete_alike_in_any_unit_of_time_from_any_origin(unit, shift):
    plain = compete(LotkaVolterra, T, {"a": PAIR[0], "b": PAIR[1]})
    moved = unit * (T + shift)
    other = compete(LotkaVolterra, moved, {"a": PAIR[0], "b": PAIR[1]}, origin=unit * shift)
    assert_allclose(other.params["r1"] * unit, plain.params["r1"], rtol=1e-3)
    # The solver chooses steps of its own; a thousandth of a unit moves no test or interval.
    assert_allclose(other.log_likelihood, plain.log_likelihood, atol=1e-3)


@fewer
@given(unit=st.sampled_from([365.2425, 1 / 12, 1e-9, 1e9]), shift=shifts)
def test_forecasts_are_the_same_in_any_unit_of_time_from_any_origin(unit, shift):
    models, options = [Bass, Naive, Drift], {"kind": "flow", "draws": 40}
    plain = rolling_origin(models, EDGES, FLOWS, [1, 2], 13, **options)
    moved = unit * (EDGES + shift)
    other = rolling_origin(models, moved, FLOWS, [1, 2], 13, origin=unit * shift, **options)
    assert_allclose(other["forecast"], plain["forecast"], rtol=1e-5)
    assert_allclose(other["target"] / unit - shift, plain["target"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@fewer
@given(days=st.integers(-20_000, 20_000))
def test_dates_moved_along_with_the_launch_change_nothing(zone, days):
    dates = pd.date_range("2010-01-01", periods=17, freq="91D", tz="UTC")
    later = dates + pd.Timedelta(days=days)
    dates, later = (each.tz_convert(zone) for each in (dates, later))
    fits = [fit(Bass, each, FLOWS, kind="flow", origin=each[0]) for each in (dates, later)]
    assert_allclose(list(fits[1].params.values()), list(fits[0].params.values()), rtol=1e-7)


# Order, copies, gaps and weights ------------------------------------------------------------------


@fewer
@given(order=st.permutations(range(6)), copies=st.lists(st.integers(0, 5), max_size=4))
def test_rows_of_a_batch_know_nothing_of_each_other(order, copies):
    rng = np.random.default_rng(8)
    y = Bass(60.0, 0.02, 0.5).flow(EDGES) * np.exp(rng.normal(0, 0.2, (6, 16)))
    rows = [*order, *copies]
    plain, other = (fit_many(Bass, EDGES, each, kind="flow") for each in (y, y[rows]))
    assert_allclose(other.params, plain.params.iloc[rows], rtol=1e-7)
    assert_allclose(other.sse, plain.sse[rows], rtol=1e-9)
    for i, j in enumerate(rows):
        assert (other.params.iloc[i] == other.params.iloc[rows.index(j)]).all()


def test_records_shared_or_competing_may_change_places():
    plain = shared((T, LEVELS), (T[2:], OTHER[2:]))
    turned = shared((T[2:], OTHER[2:]), (T, LEVELS))
    assert_allclose(turned.params.iloc[::-1], plain.params, rtol=1e-5)
    same_ladder(turned, plain)
    first = compete(LotkaVolterra, T, {"a": PAIR[0], "b": PAIR[1]})
    other = compete(LotkaVolterra, T, {"b": PAIR[1], "a": PAIR[0]})
    assert_allclose(other.log_likelihood, first.log_likelihood, rtol=1e-6)
    assert_allclose([other.params[name] for name in CROSSED], list(first.params.values()),
                    rtol=2e-2, atol=2e-3)  # fmt: skip


def test_a_record_given_twice_shares_all_with_itself_at_no_cost():
    result = share(Logistic, {"a": (T, LEVELS), "b": (T, LEVELS)}, ["r", "t0", "m"], draws=0)
    alone = fit(Logistic, T, LEVELS).params
    assert_allclose(result.params, np.tile(list(alone.values()), (2, 1)), rtol=1e-6)
    assert_allclose(result.table["ratio"].dropna(), 0.0, atol=1e-6)


CALLS = {
    "fit": lambda t: fit(Logistic, t, LEVELS),
    "fit_many": lambda t: fit_many(Logistic, t, [LEVELS, OTHER]),
    "share": lambda t: shared((t, LEVELS), (T, OTHER)),
    "compete": lambda t: compete(LotkaVolterra, t, {"a": LEVELS, "b": OTHER}),
    "rolling_origin": lambda t: rolling_origin([Naive], t, LEVELS, [1], 9),
    "candidates": lambda t: candidates(t, LEVELS),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dated", [False, True])
def test_repeated_times_are_refused_with_advice(name, dated):
    t = T.copy()
    t[5] = t[4]
    if dated:
        t = pd.Timestamp("2020-01-01") + pd.to_timedelta(t, "D")
    if name == "share" and dated:
        CALLS[name] = lambda t: shared((t, LEVELS), (t, OTHER))
    with pytest.raises(ValueError, match="time 5 is not after the one before: .*add up or average"):
        CALLS[name](t)


@every_curve
@every_kind
@fewer
@given(data=st.data())
def test_points_left_out_leave_an_exact_record_its_curve(curve, kind, data):
    t, k = times(kind), len(type(curve).names())
    gone = data.draw(st.sets(st.integers(0, t.size - 2), max_size=t.size - 2 * k - 4))
    kept = np.delete(t, sorted(gone))
    result = fit(type(curve), kept, predict(curve, kept, kind), kind=kind)
    assert_allclose(predict(result.curve, t, kind), predict(curve, t, kind), rtol=1e-4, atol=1e-6)


@every_kind
def test_weights_of_one_are_no_weights(kind):
    t, y = (EDGES, FLOWS) if kind == "flow" else (T, LEVELS)
    ones, options = np.ones(16), {"kind": kind}
    plain, weighted = (fit(Logistic, t, y, weights=w, **options) for w in (None, ones))
    assert weighted.params == plain.params and weighted.sse == plain.sse
    plain, weighted = (
        fit_many(Logistic, t, [y, 2 * y], weights=w, **options) for w in (None, [ones, ones])
    )
    assert_allclose(weighted.params, plain.params, rtol=1e-7)
    both = ((t, y), (t, 2 * y + NOISE[1]))
    plain, weighted = (shared(*both, weights=w, **options) for w in (None, {"b": ones}))
    assert_allclose(weighted.params, plain.params, rtol=1e-7)


def test_weights_of_one_are_no_weights_where_records_compete():
    pair = {"a": PAIR[0], "b": PAIR[1]}
    plain, weighted = (compete(LotkaVolterra, T, pair, weights=w) for w in (None, {"a": 0 * T + 1}))
    assert weighted.params == plain.params
