"""Each function, given each kind of thing that is no record, or hardly one, says what to do."""

import numpy as np
import pandas as pd
import pytest
from hostile import Answer, EndlessError, bounded, finite

from uptake import (
    UCRCD,
    Exponential,
    Logistic,
    LotkaVolterra,
    NortonBass,
    candidates,
    compete,
    fit,
    fit_many,
    rolling_origin,
    share,
    substitution,
)
from uptake.forecasting import Drift, Naive, predict

N = 16
T = np.arange(1.0, N + 1)
DAYS = pd.date_range("2020-01-01", periods=N, freq="D")
LEVELS, OTHER = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)(T) + np.random.default_rng(
    3
).normal(0, 0.4, (2, N))

CALLS = {
    "fit": lambda t, y: fit(Logistic, t, y),
    "fit_many": lambda t, y: fit_many(Logistic, t, pd.DataFrame([y]) if one(y) else [y, OTHER]),
    "share": lambda t, y: share(Logistic, {"a": (t, y), "b": (t, OTHER)}, ["r"], draws=0),
    "LotkaVolterra": lambda t, y: compete(LotkaVolterra, t, {"a": y, "b": OTHER}),
    "UCRCD": lambda t, y: compete(UCRCD, t, {"a": y, "b": OTHER}, kind="stock", **since(t)),
    "NortonBass": lambda t, y: compete(NortonBass, t, {"a": y, "b": OTHER}, **since(t)),
    "rolling_origin": lambda t, y: rolling_origin([Logistic, Drift], t, y, [1], 14, draws=20),
    "predict": lambda t, y: predict([Logistic, Naive], t, y, after(t), draws=20),
    "candidates": lambda t, y: candidates(t, y, curves=[Logistic, Exponential]),
    "substitution": lambda t, y: substitution(t, y),
}
every_call = pytest.mark.parametrize("call", CALLS)


def one(y):
    return isinstance(y, pd.Series)


def since(t):
    """Return the launch that dated records of these models need."""
    return {"origin": "2019-12-31"} if isinstance(t, pd.DatetimeIndex) else {}


def after(t):
    last = t[-1] if isinstance(t, np.ndarray | pd.Index) and t.ndim == 1 and len(t) else 0.0
    return [2 * abs(float(last)) + 1] if isinstance(last, float) else ["2100-01-01"]


def put(at, value):
    y = LEVELS.astype(object)
    y[at] = value
    return y


NO_RECORDS = {
    "nothing": [],
    "one point": [1.0],
    "three points": [1.0, 2.0, 3.0],
    "a number": 3.0,
    "none": None,
    "text": "a" * N,
    "bytes": b"a" * N,
    "object": object(),
    "mapping": {1: 2.0},
    "set": {1.0, 2.0},
    "generator": (value for value in [1.0]),
    "rows": np.stack([LEVELS, LEVELS]),
    "column": LEVELS[:, np.newaxis],
    "ragged": [[1.0], [1.0, 2.0]],
    "NaN": put(3, np.nan),
    "infinity": put(0, np.inf),
    "minus infinity": put(-1, -np.inf),
    "missing": put(2, None),
    "not available": put(2, pd.NA),
    "nullable": pd.Series(put(2, pd.NA)).astype("Float64"),
    "numerals": list(map(str, LEVELS)),
    "numerals in a series": pd.Series(map(str, LEVELS)),
    "complex": LEVELS + 1j,
    "complex in a series": pd.Series(LEVELS + 1j),
    "dates": DAYS,
    "dates in a series": pd.Series(DAYS),
    "zoned dates in a series": pd.Series(DAYS.tz_localize("UTC")),
    "spans": pd.Series(pd.to_timedelta(T, "D")),
    "periods": pd.Series(DAYS.to_period("D")),
    "masked": np.ma.masked_array(LEVELS, T == 3),
    "structure": np.zeros(N, [("a", float)]),
    "beyond integers": [10 ** (400 + i) for i in range(N)],
    "beyond squares": 1e300 * LEVELS,
    "below squares": 1e-300 * LEVELS,
    "subnormal": 5e-324 * np.arange(N),
    "constant": np.full(N, 3.0),
    "zero": np.zeros(N),
    "negative": -LEVELS,
    "false": np.zeros(N, bool),
}


@every_call
@pytest.mark.parametrize("kind", NO_RECORDS)
def test_what_is_no_record_is_refused_with_advice(call, kind):
    assert Answer(CALLS[call], T, NO_RECORDS[kind]).refusal


NO_TIMES = {
    "nothing": [],
    "no dates": DAYS[:0],
    "no periods": pd.PeriodIndex([], freq="M"),
    "a number": 3.0,
    "none": None,
    "nones": [None] * N,
    "object": object(),
    "mapping": {1: 2},
    "text": "a" * N,
    "words": ["soon"] * N,
    "numerals": list(map(str, T)),
    "bytes": [b"2020"] * N,
    "rows": T[np.newaxis],
    "frame": pd.DataFrame({"t": T}),
    "dates in rows": DAYS.to_numpy()[np.newaxis],
    "ragged": [[1.0], [1.0, 2.0]],
    "too few": T[:-1],
    "too many": np.r_[T, N + 1],
    "NaN": np.r_[T[:-1], np.nan],
    "infinity": np.r_[T[:-1], np.inf],
    "missing": [*T[:-1], None],
    "not available": [*T[:-1], pd.NA],
    "no date": DAYS.where(DAYS.day != 3),
    "a period missing": pd.PeriodIndex([*DAYS[:-1].to_period("D"), pd.NaT]),
    "backwards": T[::-1],
    "dates backwards": DAYS[::-1],
    "repeats": np.r_[T[:-1], T[-2]],
    "all the same": np.ones(N),
    "truth": T > 3,
    "numbers and dates": np.array([*T[:-1], pd.Timestamp("2020-01-01")], object),
    "dates and numbers": np.array([*DAYS[:-1], 1.0], object),
    "with and without a zone": [pd.Timestamp("2019-01-01", tz="UTC"), *DAYS[1:]],
    "complex": T + 1j,
    "spans": pd.to_timedelta(T, "D"),
    "masked": np.ma.masked_array(T, T == 3),
    "intervals": pd.interval_range(0, N),
    "beyond integers": [10 ** (400 + i) for i in range(N)],
    "beyond squares": 1e99 * T,
    "subnormal": 5e-324 * np.arange(1, N + 1),
    "briefer than squares": 1e-310 * T,
    "from end to end": np.r_[-1.7e308, T[1:-1], 1.7e308],
}


@every_call
@pytest.mark.parametrize("kind", NO_TIMES)
def test_what_are_no_times_are_refused_with_advice(call, kind):
    assert Answer(CALLS[call], NO_TIMES[kind], LEVELS / 200).refusal


HARD = {
    "alternating": np.where(T % 2, 1.0, 2.0),
    "alternating in sign": np.where(T % 2, 1.0, -1.0),
    "a last spike": np.r_[np.zeros(N - 1), 1.0],
    "a first spike": np.r_[1.0, np.zeros(N - 1)],
    "a step": (T > 8).astype(float),
    "nearly constant": 3 + 1e-13 * np.sin(T),
    "one value far above": np.r_[LEVELS[:-1], 1e90],
    "huge and tiny in turn": np.where(T % 2, 1e90, 1e-90),
    "powers of ten": 10.0 ** np.arange(N),
    "falling": LEVELS[::-1],
    "mostly negative": LEVELS - 90,
    "largest allowed": 9e99 * LEVELS / LEVELS.max(),
    "least allowed": 2e-100 * LEVELS / LEVELS.max(),
}
QUICK = [name for name in CALLS if name not in ("UCRCD", "NortonBass")]
HARD_TIMES = {
    "brief": 1e-90 * T,
    "long": 1e90 * T,
    "far off": T + 1e9,
    "hardly apart": 1 + 2.3e-16 * np.arange(N),
    "one gap": np.r_[T[:-1], 1e60],
    "in powers": np.logspace(-40, 40, N),
    "ages ago": T - 1e6,
    "across clocks put forward": pd.date_range("2024-03-25", periods=N, tz="Europe/Berlin"),
    "the farthest years": pd.date_range("2246-01-01", periods=N, freq="YS"),
}


def check(value):
    """Assert that all a result says is finite, or is told to be missing."""
    if isinstance(value, pd.DataFrame):
        there = value["forecast"].notna()
        assert finite(value.loc[there, ["forecast", "low", "high"]])
        assert (value.loc[~there, "reason"] != "").all()
    elif hasattr(value, "fits"):
        assert value.table["weight"].dropna().between(0, 1).all()
    elif hasattr(value, "slope"):
        assert finite(value.slope, value.intercept)
    else:
        params = value.params
        settled = getattr(value, "converged", slice(None))
        assert finite(params.to_numpy()[settled] if hasattr(params, "to_numpy")
                      else list(params.values()))  # fmt: skip


@pytest.mark.parametrize("call", QUICK)
@pytest.mark.parametrize("record", HARD)
def test_hard_records_have_a_finite_answer_or_advice(call, record):
    answer = Answer(CALLS[call], T, HARD[record])
    if answer.value is not None:
        check(answer.value)


@pytest.mark.parametrize("call", ["UCRCD", "NortonBass"])
@pytest.mark.parametrize("record", ["alternating", "a last spike", "powers of ten"])
def test_hard_records_have_a_finite_answer_in_the_slower_models(call, record):
    test_hard_records_have_a_finite_answer_or_advice(call, record)


@pytest.mark.parametrize("call", QUICK)
@pytest.mark.parametrize("times", HARD_TIMES)
def test_hard_times_have_a_finite_answer_or_advice(call, times):
    y = LEVELS / 200 if call == "substitution" else LEVELS
    answer = Answer(CALLS[call], HARD_TIMES[times], y)
    if answer.value is not None:
        check(answer.value)


@pytest.mark.parametrize("n", range(9))
@pytest.mark.parametrize("call", QUICK)
def test_records_of_no_or_few_points_have_an_answer_or_advice(call, n):
    y = LEVELS[:n] / 200 if call == "substitution" else LEVELS[:n]
    other, calls = OTHER[:n], CALLS | {
        "share": lambda t, y: share(Logistic, {"a": (t, y), "b": (t, other)}, ["r"], draws=0),
        "LotkaVolterra": lambda t, y: compete(LotkaVolterra, t, {"a": y, "b": other}),
        "fit_many": lambda t, y: fit_many(Logistic, t, np.array([y, other])),
        "rolling_origin": lambda t, y: rolling_origin([Logistic], t, y, [1], 5, draws=20),
    }  # fmt: skip
    answer = Answer(calls[call], T[:n], y)
    least = {"candidates": 4, "rolling_origin": 6, "substitution": 8}.get(call, 5)
    assert answer.refusal or n >= least
    assert not answer.refusal or n < 8
    if answer.value is not None:
        check(answer.value)


def test_records_of_ten_thousand_points():
    t = np.linspace(0.0, 20.0, 10_000)
    levels = Logistic(10.0, 0.7, 8.0)(t) + np.random.default_rng(2).normal(0, 0.05, t.size)
    truth = {"m": 10.0, "r": 0.7, "t0": 8.0}
    for result in (fit(Logistic, t, levels), fit_many(Logistic, t, [levels, levels])):
        assert_near(result.params, truth)
    half = {"odd": (t[::2], levels[::2]), "even": (t[1::2], levels[1::2])}
    assert_near(share(Logistic, half, ["r", "t0"], draws=0).params, truth)
    frame = rolling_origin([Logistic, Naive], t, levels, [1, 9], 9_985, draws=20)
    assert finite(frame[["forecast", "low", "high"]]) and len(frame) == 2 * (15 + 7)
    pair = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)(t[::5])
    found = compete(LotkaVolterra, t[::5], {"a": pair[0], "b": pair[1]}).params
    assert found["r1"] == pytest.approx(0.8, rel=1e-3)


def assert_near(params, truth):
    for name, value in truth.items():
        np.testing.assert_allclose(params[name], value, rtol=0.01)


def test_a_call_that_never_ends_is_caught():
    def endless():
        while True:
            pass

    with pytest.raises(EndlessError), bounded(0.05):
        endless()
