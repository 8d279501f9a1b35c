"""Any input gives a finite result, or a ValueError or FitError that says what to do next."""

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hostile import Answer, finite
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from uptake import (
    UCRCD,
    Bass,
    Exponential,
    Gompertz,
    Logistic,
    LotkaVolterra,
    NortonBass,
    Weibull,
    candidates,
    compete,
    datasets,
    fit,
    fit_many,
    read_series,
    rolling_origin,
    share,
)
from uptake.competing.systems import Coordinate
from uptake.forecasting import Drift, Naive

SIMPLE = [Bass, Logistic, Gompertz, Weibull, Exponential]
ordinary = st.floats(0.1, 100.0)
odd = st.sampled_from([0.0, -1.0, 1e-300, 1e-9, 1e12, 1e300, np.nan, np.inf, -np.inf])
curves = st.sampled_from(SIMPLE)
kinds = st.sampled_from(["stock", "flow"])
scales = st.sampled_from(["linear", "log"])
few = examples(25, suppress_health_check=[HealthCheck.too_slow])
fewer = examples(10, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def times(draw, count):
    """Draw times: mostly increasing, sometimes with repeats, gaps, backward steps or nothing."""
    steps = draw(st.lists(st.floats(0.01, 50.0), min_size=count, max_size=count))
    t = np.cumsum(steps)
    fault = draw(st.sampled_from([None] * 15 + ["repeat", "back", "nan", "huge", "short"]))
    if count > 1 and fault == "repeat":
        t[1] = t[0]
    elif count > 1 and fault == "back":
        t = t[::-1]
    elif count and fault == "nan":
        t[0] = np.nan
    elif fault == "huge":
        t = t * 1e200
    elif fault == "short":
        t = t[:-1]
    return t


@st.composite
def values(draw, least, most):
    """Draw a record: any shape, in any unit, and now and then with values that are odd."""
    y = np.array(draw(st.lists(ordinary, min_size=least, max_size=most)), float)
    if draw(st.booleans()):
        y = np.sort(y)
    y *= draw(st.sampled_from([1.0, 1.0, 1e-9, 1e12]))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        y[draw(st.integers(0, max(y.size - 1, 0))) :][:1] = draw(odd)
    return y


@st.composite
def records(draw, least=0, most=12):
    """Draw (t, y, kind, scale)."""
    kind, scale = draw(kinds), draw(scales)
    y = draw(values(least, most))
    return draw(times(y.size + (kind == "flow"))), y, kind, scale


@few
@given(record=records(least=5), curve=curves)
def test_fit_and_everything_it_returns(record, curve):
    t, y, kind, scale = record
    result = Answer(fit, curve, t, y, kind=kind, scale=scale).value
    if result is None:
        return
    assert finite(list(result.params.values()), result.sse, result.fitted, result.residuals)
    assert result.table["estimate"].notna().all()
    assert not result.table[["low", "high"]].isna().any().any()
    rng = np.random.default_rng(1)
    ahead = t[-1] + np.arange(kind == "stock", 4) * np.ptp(t) / 8
    band = Answer(result.forecast, ahead, rng=rng, draws=30).value
    if band is not None:
        assert (band["low"] <= band["high"]).all()


@few
@given(batch=st.integers(0, 3), record=records(least=5, most=10), curve=curves, data=st.data())
def test_fit_many(batch, record, curve, data):
    t, y, kind, scale = record
    rows = [y, *(data.draw(values(y.size, y.size)) for _ in range(batch))]
    many = Answer(fit_many, curve, t, np.array(rows), kind=kind, scale=scale).value
    if many is not None:
        assert len(many.params) == batch + 1
        settled = many.converged
        assert finite(many.params.to_numpy()[settled], many.sse[settled])


@fewer
@given(record=records(least=5, most=9), curve=curves, data=st.data())
def test_share(record, curve, data):
    t, y, kind, scale = record
    other = data.draw(values(5, 9))
    pair = {"one": (t, y), "other": (data.draw(times(other.size + (kind == "flow"))), other)}
    names = list(curve.names())[1:]
    shared = Answer(share, curve, pair, names, kind=kind, scale=scale, draws=20).value
    if shared is not None:
        assert shared.table["parameters"].is_monotonic_decreasing
        assert (shared.table["p"].dropna().between(0, 1)).all()


@pytest.mark.parametrize("model", [LotkaVolterra, UCRCD, NortonBass])
@examples(6, suppress_health_check=[HealthCheck.too_slow])
@given(record=records(least=12, most=13), data=st.data())
def test_compete(model, record, data):
    t, y, kind, scale = record
    kind = "stock" if model is not UCRCD else kind
    t = t[: y.size + (kind == "flow")]
    other = data.draw(values(y.size, y.size))
    answer = Answer(compete, model, t, {"old": y, "new": other}, kind=kind, scale=scale)
    if answer.value is not None:
        assert finite(list(answer.value.params.values()))
        assert answer.value.ladder["p"].dropna().between(0, 1).all()


@fewer
@given(
    record=records(least=9, most=14),
    horizon=st.sampled_from([1, 1, 2, 3, 0, -1, 14]),
    least=st.sampled_from([6, 6, 7, 0, 20]),
)
def test_rolling_origin(record, horizon, least):
    t, y, kind, scale = record
    models = [Logistic, Naive, Drift]
    options = {"kind": kind, "scale": scale, "draws": 20}
    frame = Answer(rolling_origin, models, t, y, [horizon], least, **options).value
    if frame is not None:
        there = frame["forecast"].notna()
        assert finite(frame.loc[there, ["forecast", "actual"]])
        assert (frame.loc[~there, "reason"] != "").all()


@fewer
@given(record=records(least=4, most=10))
def test_candidates(record):
    t, y, kind, scale = record
    found = Answer(candidates, t, y, kind=kind, scale=scale, curves=SIMPLE).value
    if found is not None:
        assert set(found.fits) | set(found.left_out) == {curve.__name__ for curve in SIMPLE}


@examples(150)
@given(
    rows=st.lists(st.tuples(st.integers(2000, 2030), st.one_of(ordinary, odd)), max_size=5),
    place=st.integers(0, 60),
    noise=st.text("2024-0153Q,;\n \"'.eax\r\t\u2212\u00e9\x00", max_size=3),
)
def test_read_series(rows, place, noise, tmp_path_factory):
    text = "when,users\n" + "".join(f"{year},{value}\n" for year, value in sorted(rows))
    text = text[:place] + noise + text[place:]
    path = tmp_path_factory.mktemp("csv") / "mine.csv"
    path.write_bytes(text.encode())
    table = Answer(read_series, path).value
    if table is not None:
        assert table.index.is_monotonic_increasing and table.index.is_unique
        assert all(pd.api.types.is_float_dtype(each) for each in table.dtypes)


@examples(40)
@given(place=st.integers(0, 10_000), byte=st.binary(min_size=1, max_size=3))
def test_a_table_with_any_bytes_changed_is_refused_by_name(place, byte, tmp_path_factory):
    source = datasets.source("pasture")
    folder = tmp_path_factory.mktemp("tables")
    for name in ("pasture.toml", "pasture.csv", "sources.toml", "sources.csv"):
        (folder / name).write_bytes((source.folder / name).read_bytes())
    table = folder / "pasture.csv"
    before = table.read_bytes()
    where = place % len(before)
    table.write_bytes(before[:where] + byte + before[where + 1 :])
    assume(table.read_bytes() != before)
    problems = [str(problem) for problem in datasets.check(["pasture"], folder=folder)]
    assert problems and all("pasture" in problem for problem in problems)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e12])
@pytest.mark.parametrize("curve", SIMPLE, ids=lambda curve: curve.__name__)
def test_the_unit_of_the_data_changes_the_scale_and_nothing_else(curve, size):
    t = np.arange(1.0, 21.0)
    rng = np.random.default_rng(6)
    y = 50 / (1 + np.exp(-0.5 * (t - 9))) * np.exp(rng.normal(0, 0.03, t.size))
    plain, scaled = fit(curve, t, y), fit(curve, t, size * y)
    first, *others = curve.names()
    np.testing.assert_allclose(scaled.params[first], size * plain.params[first], rtol=1e-6)
    np.testing.assert_allclose(
        [scaled.params[name] for name in others],
        [plain.params[name] for name in others],
        rtol=1e-6,
        atol=1e-9,
    )


@pytest.mark.parametrize("n", [5, 3000])
def test_very_short_and_very_long_records(n):
    t = np.linspace(0.0, 20.0, n)
    y = Logistic(10.0, 0.7, 8.0)(t) + np.random.default_rng(2).normal(0, 0.05, n)
    result = fit(Logistic, t, y)
    assert finite(list(result.params.values()))
    assert result.params["m"] == pytest.approx(10.0, abs=0.5)


def test_a_record_in_tiny_units_beside_one_in_huge_units_competes():
    t = np.arange(16.0)
    pair = {"old": 1e-9 * Logistic(9.0, 0.6, 5.0)(t), "new": 1e12 * Logistic(5.0, 0.5, 9.0)(t)}
    assert finite(list(Answer(compete, LotkaVolterra, t, pair).value.params.values()))


def test_a_record_in_a_tiny_unit_is_forecast_from_its_own_points():
    t = np.arange(14.0)
    frame = Answer(rolling_origin, [Logistic, Naive], t, 1e-9 * np.sqrt(t + 1), [1], 9, draws=20)
    assert finite(frame.value[["forecast", "actual"]])


# A value of all but nothing makes the noise on the log scale hundreds of powers of e wide.
SPIKED = np.array([1e-300, 41.0, 41.0, 43.0, 52.0, 51.0, 58.0, 1.0, 1.0, 1.0])


def test_noise_wider_than_floating_point_leaves_finite_draws_on_the_log_scale():
    t = np.r_[1.0:10.0, 50.0]
    options = {"scale": "log", "draws": 40}
    models = [Logistic, Naive, Drift]
    frame = Answer(rolling_origin, models, t, SPIKED, [1], 6, **options).value
    assert finite(frame[["forecast", "low", "high", "crps"]])
    farthest = frame.query("model == 'Drift'").iloc[-1]
    assert farthest["forecast"] == pytest.approx(1e150)
    assert farthest["reason"] == "on the log scale it runs beyond 1e+150, and is cut to that"
    assert (frame["reason"] == "").sum() == len(frame) - 1
    result = fit(Logistic, t, SPIKED, scale="log")
    band = result.forecast([60.0, 70.0], rng=np.random.default_rng(1), draws=200)
    assert finite(band) and (band > 0).all(axis=None)


def test_refits_whose_levels_are_beyond_floating_point_leave_a_finite_band():
    t = np.array([0.01, 0.0725, 0.0825, 18.0825, 18.0925, 26.8122882, 26.8279132, 26.8435382,
                  26.8591632, 26.9587726])  # fmt: skip
    y = np.array([81.8201371, 18.0, 9.0, 77.6047965, 0.1, 0.5, 0.1, 0.125, 1.0]) * 1e12
    options = {"kind": "flow", "scale": "log", "draws": 1000}
    frame = Answer(rolling_origin, [Logistic], t, y, [1], 6, **options).value
    assert finite(frame[["forecast", "low", "high"]])


@pytest.mark.parametrize("first", [1.0, 7.0])
def test_a_scale_far_below_its_record_lies_in_its_interval(first):
    t = np.r_[first, first + np.arange(1.0, 7.0)]
    result = fit(Exponential, t, [0, 0, 0, 0, 0, 0, 1])
    interval = Answer(result.interval, "a").value
    assert result.params["a"] < 1e-99
    assert interval.low <= result.params["a"] <= interval.high < 1e-50


def test_a_record_whose_only_change_is_downwards_has_a_table():
    result = fit(Bass, np.arange(1.0, 7.0), [1e-9, -1.0, 1e-9, 1e-9, 1e-9], kind="flow")
    table = Answer(lambda: result.table).value
    assert (table["low"] <= table["estimate"]).all() and (table["estimate"] <= table["high"]).all()


def test_a_population_whose_first_level_is_lost_to_underflow_competes():
    t = np.cumsum([0.01, 50, 0.01, 3.7, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 1.1, 0.01])
    old = [0.0, 3.7, 50.7, 81.2, 85.3, 1.1, 77.5, 65.5, 96.2, 72.1, 34.3, 34.3, 77.7]
    new = [0.1, 65.5, 0.1, 96.2, 0.1, 72.1, 0.1, 34.3, 0.1, 34.3, 0.1, 77.7, 0.1]
    answer = Answer(compete, LotkaVolterra, t, {"old": old, "new": new})
    assert answer.refusal or finite(list(answer.value.params.values()))
    assert Coordinate("n1", 96.2, -25.0, 3.0).inverse(np.array([0.0, 96.2])).tolist() == [
        -np.inf,
        0,
    ]


def test_each_of_these_functions_answered_and_did_not_only_refuse():
    answered = Answer.given
    asked = "fit fit_many share compete rolling_origin candidates read_series".split()
    assert {name for name in asked if not answered[name]} == set()
