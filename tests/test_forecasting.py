"""Forecasts from every origin: nothing from the future, and the same answers as one by one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from uptake import Bass, Exponential, Logistic, fit
from uptake.forecasting import (
    ETS,
    Drift,
    Naive,
    aicc_weights,
    calibration,
    compare,
    curves,
    error_weights,
    predict,
    rolling_origin,
    skill,
    summary,
)

SALES = np.array([840.0, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890])
EDGES = np.arange(11.0)
LEVELS = np.array([1.0, 2.1, 2.9, 4.2, 5.0, 6.1, 6.9, 8.0, 9.2, 10.1])


def of(frame, model):
    """Return the rows of one model."""
    return frame[frame["model"] == model].reset_index(drop=True)


# Curves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("curve", [Bass, Logistic, Exponential])
def test_a_curve_forecasts_what_its_fit_to_the_points_known_says(curve, scale):
    options = {"kind": "flow", "scale": scale}
    frame = rolling_origin([curve], EDGES, SALES, [1, 3], 6, draws=20, **options)
    assert len(frame) == 4 + 2
    for row in frame.itertuples():
        known = fit(curve, EDGES[: row.points + 1], SALES[: row.points], **options)
        ahead = row.points + row.horizon
        assert_allclose(row.forecast, known.curve.flow(EDGES[ahead - 1 : ahead + 1])[0], rtol=1e-5)
        assert_allclose(row.aicc, known.aicc, rtol=1e-7)
        assert row.actual == SALES[ahead - 1]
        assert (row.origin, row.target) == (EDGES[row.points], EDGES[ahead])


def test_bands_of_a_batch_are_those_of_a_fit_alone():
    rng = np.random.default_rng(2)
    edges = np.arange(21.0)
    flows = Bass(100.0, 0.01, 0.4).flow(edges) + rng.normal(0, 0.3, 20)
    frame = rolling_origin([Bass], edges, flows, [1], 14, kind="flow", draws=1500)
    alone = fit(Bass, edges[:15], flows[:14], kind="flow")
    band = alone.forecast(edges[14:16], rng=rng, draws=1500).iloc[0]
    row = frame.iloc[0]
    # Two sets of draws: ends agree within a few Monte Carlo errors of a 2.5% quantile.
    width = band["high"] - band["low"]
    assert_allclose([row["low"], row["high"]], [band["low"], band["high"]], atol=0.1 * width)


@pytest.mark.parametrize("kind", ["stock", "flow"])
@pytest.mark.parametrize("averages", [(), ("aicc", "errors")])
def test_what_comes_after_an_origin_changes_no_forecast_from_it(kind, averages):
    models = [Logistic, Exponential, Naive, Drift]
    t = EDGES if kind == "flow" else EDGES[:10]
    said = ["forecast", "low", "high", "naive_step"]
    options = {"kind": kind, "averages": averages, "draws": 20}
    before = rolling_origin(models, t, SALES, [1, 2], 6, **options)
    changed = np.r_[SALES[:8], 1e5, 3e5]
    after = rolling_origin(models, t, changed, [1, 2], 6, **options)
    known = before["points"] <= 8
    assert known.sum() > 8
    assert_allclose(before.loc[known, said], after.loc[known, said], rtol=1e-5)
    later = before["points"] == 9
    assert not np.allclose(before.loc[later, "forecast"], after.loc[later, "forecast"])


def test_adding_a_model_changes_nothing_in_those_before_it():
    alone = rolling_origin([Logistic], EDGES[:10], SALES, [1], 7, draws=20)
    joined = rolling_origin([Logistic, Naive], EDGES[:10], SALES, [1], 7, draws=20)
    pd.testing.assert_frame_equal(alone, of(joined, "Logistic"))


def test_origins_in_blocks_forecast_as_all_at_once(monkeypatch):
    at_once = rolling_origin([Logistic], EDGES[:10], SALES, [1, 2], 5, draws=20)
    # Room for two origins at a time: twenty draws of ten points each.
    monkeypatch.setattr(curves, "CHUNK", 400)
    in_blocks = rolling_origin([Logistic], EDGES[:10], SALES, [1, 2], 5, draws=20)
    pd.testing.assert_frame_equal(in_blocks, at_once, rtol=1e-6)


def test_bands_cover_about_what_they_say():
    rng = np.random.default_rng(11)
    edges = np.arange(23.0)
    truth = Bass(100.0, 0.01, 0.4)
    frames = []
    for series in range(40):
        flows = truth.flow(edges) + rng.normal(0, 0.5, 22)
        frame = rolling_origin([Bass], edges, flows, [2], 20, kind="flow", draws=99, rng=rng)
        frames.append(frame.assign(series=series))
    row = calibration(pd.concat(frames), level=0.95).loc["Bass"]
    assert row["n"] == 40
    # A band of 75% or of 100.0% coverage would fail in most samples of 40.
    assert stats.binomtest(round(row["coverage"] * 40), 40, 0.95).pvalue > 0.001
    assert 0.35 < row["pit"] < 0.65


def test_dates_and_periods_are_read_as_fit_reads_them():
    months = pd.period_range("2024-01", periods=10, freq="M")
    frame = rolling_origin([Logistic, Naive], months, SALES, [1], 7, kind="flow", draws=20)
    assert frame["origin"].iloc[0] == pd.Timestamp("2024-08-01")
    assert frame["target"].iloc[0] == pd.Timestamp("2024-09-01")
    known = fit(Logistic, months[:7], SALES[:7], kind="flow")
    year = 365.2425
    ahead = (pd.DatetimeIndex(["2024-08-01", "2024-09-01"]) - known.origin).days / year
    assert_allclose(frame["forecast"].iloc[0], known.curve.flow(ahead)[0], rtol=1e-5)
    with pytest.raises(ValueError, match="origin="):
        rolling_origin([Bass], months, SALES, [1], 7, kind="flow")


def test_an_origin_that_knows_too_little_says_so_and_the_others_stand():
    levels = np.r_[np.full(6, 2.0), 3.0, 5.0, 8.0, 9.0]
    frame = rolling_origin([Logistic], np.arange(10), levels, [1], 6, draws=20)
    assert frame["reason"].tolist() == ["the record has been constant so far", "", "", ""]
    assert frame["forecast"].isna().tolist() == [True, False, False, False]
    assert frame[["crps", "log_score", "low"]].iloc[0].isna().all()


# Baselines ---------------------------------------------------------------------------------------


def test_naive_and_drift_are_the_exact_student_forecasts():
    frame = rolling_origin([Naive, Drift], np.arange(10), LEVELS, [3], 7, draws=40_000)
    changes = np.diff(LEVELS[:7])
    naive, drift = of(frame, "Naive").iloc[0], of(frame, "Drift").iloc[0]
    assert naive["forecast"] == LEVELS[6]
    walk = stats.t(6, LEVELS[6], np.sqrt(3 * (changes**2).mean()))
    assert_allclose(naive[["low", "high"]].astype(float), walk.interval(0.95), rtol=0.03)
    # A regression of the changes on a constant: its forecast of the sum of three more.
    sd = changes.std(ddof=1) * np.sqrt(3 + 9 / 6)
    with_drift = stats.t(5, LEVELS[6] + 3 * changes.mean(), sd)
    assert_allclose(drift["forecast"], with_drift.mean(), rtol=1e-12)
    assert_allclose(drift[["low", "high"]].astype(float), with_drift.interval(0.95), rtol=0.01)
    assert_allclose(drift["pit"], with_drift.cdf(LEVELS[9]), atol=0.01)
    assert_allclose(drift["log_score"], -with_drift.logpdf(LEVELS[9]), atol=0.02)


def test_scores_on_the_log_scale_are_in_the_unit_of_the_data():
    frame = rolling_origin([Drift], np.arange(10), LEVELS, [1], 9, scale="log", draws=40_000)
    changes = np.diff(np.log(LEVELS[:9]))
    law = stats.t(7, np.log(LEVELS[8]) + changes.mean(), changes.std(ddof=1) * np.sqrt(9 / 8))
    row = frame.iloc[0]
    assert_allclose(row["forecast"], np.exp(law.mean()), rtol=1e-12)
    assert_allclose(row[["low", "high"]].astype(float), np.exp(law.interval(0.95)), rtol=0.02)
    density = law.pdf(np.log(LEVELS[9])) / LEVELS[9]
    assert_allclose(row["log_score"], -np.log(density), atol=0.02)


def test_irregular_times_give_a_random_walk_its_due():
    t = np.array([0.0, 1, 2, 4, 5, 9])
    frame = rolling_origin([Drift], t, LEVELS[:6], [1], 5, draws=20)
    assert_allclose(frame["forecast"], LEVELS[4] + (LEVELS[4] - LEVELS[0]) / 5 * 4)


def test_a_baseline_may_have_a_scale_of_its_own():
    frame = rolling_origin([Drift(), Drift("log")], np.arange(10), LEVELS, [1], 9, draws=20)
    assert frame["model"].tolist() == ["Drift", "Drift (log)"]
    assert_allclose(frame["forecast"][1], LEVELS[8] * (LEVELS[8] / LEVELS[0]) ** (1 / 8))
    with pytest.raises(ValueError, match="takes logs"):
        rolling_origin([Drift("log")], np.arange(5), [-1.0, 2, 3, 4, 5], [1], 4)


def test_exponential_smoothing_is_that_of_statsmodels_and_its_failures_are_told():
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    frame = rolling_origin([ETS], np.arange(10), LEVELS, [2], 8, draws=20)
    # Fitted in another unit, the search ends where it ends: hence the tolerance.
    model = ETSModel(pd.Series(LEVELS[:8]), error="add", trend="add", damped_trend=True)
    assert_allclose(frame["forecast"], model.fit(disp=False).forecast(2).iloc[1], rtol=0.02)
    t = np.array([0.0, 1, 2, 3, 5, 6, 7, 8, 9, 10])
    broken = rolling_origin([ETS, Naive], t, LEVELS, [1], 9, draws=20)
    assert broken["reason"].tolist() == ["exponential smoothing needs regular times", ""]
    assert broken["forecast"].isna().tolist() == [True, False]


# Averages ----------------------------------------------------------------------------------------


def test_an_average_by_aicc_weighs_the_curves_and_by_errors_all_models():
    models = [Logistic, Exponential, Naive]
    frame = rolling_origin(models, EDGES[:10], SALES, [1], 6, averages=["aicc", "errors"], draws=20)
    table = frame.set_index(["points", "model"])["forecast"].unstack()  # noqa: PD010
    aicc = frame.set_index(["points", "model"])["aicc"].unstack()  # noqa: PD010
    curves = ["Logistic", "Exponential"]
    weights = np.exp(-(aicc[curves].sub(aicc[curves].min(axis=1), axis=0)) / 2)
    expected = (weights * table[curves]).sum(axis=1) / weights.sum(axis=1)
    assert_allclose(table["average by AICc"], expected)
    names = [*curves, "Naive"]
    squares = table[names].sub(SALES[6:], axis=0) ** 2
    for count in (7, 8, 9):
        inverse = 1 / squares.loc[: count - 1].mean()
        hand = (inverse * table.loc[count, names]).sum() / inverse.sum()
        assert_allclose(table.loc[count, "average by past errors"], hand)
    assert_allclose(table.loc[6, "average by past errors"], table.loc[6, names].mean())


def test_an_average_goes_on_without_a_model_that_failed():
    levels = np.r_[np.full(5, 2.0), 2.5, 3.0, 5.0, 8.0, 9.0]
    frame = rolling_origin(
        [Logistic, Naive, Drift], np.arange(10), levels, [1], 5, averages=["errors"], draws=20
    )
    first = frame[frame["points"] == 5].set_index("model")
    assert np.isnan(first.loc["Logistic", "forecast"])
    assert first.loc["average by past errors", ["forecast", "low", "high"]].tolist() == [2.0] * 3
    assert first.loc["average by past errors", "crps"] == pytest.approx(0.5)


def test_weights_add_up_and_leave_out_who_takes_no_part():
    assert_allclose(
        aicc_weights([3.0, np.inf, 5.0, np.nan]), [1 / (1 + np.e**-1), 0, 0.26894, 0], atol=1e-5
    )
    assert np.isnan(aicc_weights([np.nan, np.inf])).all()
    assert_allclose(error_weights([[2.0, 2.0], [np.nan, 4.0]]), [[0.5, 0.5], [0.0, 1.0]])


# Tables ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frame():
    """Return two baselines' forecasts of ten levels."""
    return rolling_origin([Naive, Drift], np.arange(10), LEVELS, [1, 2], 5, draws=99)


def test_a_summary_is_worked_out_by_hand(frame):
    row = summary(frame).loc[(2, "Drift")]
    part = of(frame[frame["horizon"] == 2], "Drift")
    error = np.abs(part["forecast"] - part["actual"])
    steps = [np.abs(np.diff(LEVELS[:n])).mean() for n in range(5, 9)]
    assert row["n"] == 4
    assert_allclose(row["mae"], error.mean())
    assert_allclose(row["mase"], (error / steps).mean())
    logs = np.log(part["forecast"] / part["actual"])
    assert_allclose(row["rmse_log"], np.sqrt((logs**2).mean()))
    assert_allclose(row["width"], (part["high"] - part["low"]).mean())
    assert_allclose(
        skill(frame, score="mae").loc[(2, "Drift")],
        1 - row["mae"] / summary(frame).loc[(2, "Naive"), "mae"],
    )


def test_no_model_gains_by_failing_where_it_is_hard(frame):
    holed = frame.copy()
    lost = (holed["model"] == "Drift") & (holed["points"] == 5)
    columns = ["forecast", "low", "high", "crps", "quantile_score", "log_score", "pit"]
    holed.loc[lost, columns] = np.nan
    table = summary(holed)
    assert table.loc[1, ["n", "failed"]].to_numpy().tolist() == [[4, 0], [4, 1]]
    assert summary(holed, shared=False).loc[(1, "Naive"), "n"] == 5
    assert compare(holed, "Drift", "Naive").n == 4
    assert_allclose(table.loc[(1, "Naive"), "mae"], np.abs(np.diff(LEVELS[5:])).mean())


def test_the_order_of_models_is_kept_and_unknown_names_are_refused(frame):
    assert summary(frame).index.tolist()[:2] == [(1, "Naive"), (1, "Drift")]
    with pytest.raises(ValueError, match="not among the models"):
        skill(frame, "Bass")
    with pytest.raises(ValueError, match="no ratio|one of"):
        skill(frame, score="log_score")
    with pytest.raises(ValueError, match="no forecasts 1 ahead by Bass"):
        compare(frame, "Bass", "Naive")
    with pytest.raises(ValueError, match="score must be"):
        compare(frame, "Drift", "Naive", score="bias")


# Forecasts beyond the record ---------------------------------------------------------------------


def test_predicting_is_rolling_from_the_last_point():
    known = rolling_origin([Bass, Naive], EDGES, SALES, [1, 2], 8, kind="flow", draws=500)
    ahead = predict([Bass, Naive], EDGES[:9], SALES[:8], EDGES[8:], kind="flow", draws=500)
    first = known[known["points"] == 8]
    assert_allclose(ahead["forecast"], first["forecast"], rtol=1e-5)
    assert ahead["target"].tolist() == first["target"].tolist()
    assert_allclose(ahead["high"], first["high"], rtol=0.15)


@pytest.mark.parametrize("hold", [list, pd.Series, pd.PeriodIndex], ids=["list", "series", "index"])
def test_every_period_to_come_is_forecast_in_whatever_holds_it(hold):
    years = pd.period_range("2018", periods=13, freq="Y")
    frame = predict([Naive], years[:10], SALES, hold(years[10:]), kind="flow", draws=20)
    assert frame["horizon"].tolist() == [1, 2, 3]
    assert frame["target"].dt.year.tolist() == [2029, 2030, 2031]
    levels = predict([Naive], hold(years[:10]), SALES, years[10:], draws=20)
    assert_array_equal(levels["target"], frame["target"])


def test_an_exponential_forecasts_the_same_from_calendar_years():
    noise = np.random.default_rng(6).normal(0, 0.02, 12)
    y = 5 * np.exp(0.15 * np.arange(12) + noise)

    def frame(first):
        t, options = first + np.arange(12.0), {"draws": 20}
        rolled = rolling_origin([Exponential], t, y, [1, 2], 8, **options)
        ahead = predict([Exponential], t, y, first + np.array([12.0, 13.0]), **options)
        return pd.concat([rolled, ahead])[["forecast", "low", "high", "aicc"]]

    assert_allclose(frame(2000.0), frame(0.0), rtol=1e-5)


def test_quantiles_of_a_prediction_rise_and_dates_are_dates():
    months = pd.period_range("2025-01", periods=10, freq="M")
    options = {"levels": [0.1, 0.5, 0.9], "averages": ["errors"], "min_points": 6, "draws": 50}
    future = ["2025-12-31", "2026-06-30"]
    frame = predict([Logistic, Drift], months, LEVELS, future, **options)
    assert (frame[[0.1, 0.5]].to_numpy() <= frame[[0.5, 0.9]].to_numpy()).all()
    assert frame["target"].tolist()[::3] == [pd.Timestamp(day) for day in future]
    assert set(frame["model"]) == {"Logistic", "Drift", "average by past errors"}


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"models": []}, "no model"),
        ({"models": Naive}, "models is a list of curves and baselines"),
        ({"models": Naive()}, "models is a list of curves and baselines"),
        ({"models": [Naive, Naive()]}, "twice"),
        ({"models": ["Bass"]}, "got 'Bass'"),
        ({"models": [Bass], "min_points": 4}, "needs 5"),
        ({"horizons": [0]}, "horizons"),
        ({"horizons": [1, 1]}, "repeat"),
        ({"horizons": [1.5]}, "whole numbers"),
        ({"horizons": [7]}, "none left"),
        ({"min_points": 10}, "none left"),
        ({"level": 1.0}, "between 0 and 1"),
        ({"draws": 5}, "20 draws"),
        ({"averages": ["mean"]}, "'aicc' or 'errors'"),
        ({"averages": ["aicc"]}, "at least two curves"),
        ({"kind": "flux"}, "kind must be"),
        ({"kind": "flow"}, "need 11 edges"),
        ({"y": np.r_[LEVELS[:9], np.nan]}, "NaN"),
        ({"y": np.r_[LEVELS[:9], 0.0], "scale": "log"}, "log"),
        ({"y": np.full(10, 2.0)}, "constant"),
        ({"t": np.arange(10)[::-1]}, "increase"),
        ({"origin": "2024-01-01"}, "finite number"),
    ],
    ids=str,
)
def test_bad_input_is_refused_with_what_to_do(change, match):
    good = {"models": [Naive], "t": np.arange(10), "y": LEVELS, "horizons": [1], "min_points": 5}
    call = good | change
    with pytest.raises(ValueError, match=match):
        rolling_origin(
            call.pop("models"),
            call.pop("t"),
            call.pop("y"),
            call.pop("horizons"),
            call.pop("min_points"),
            **call,
        )


@pytest.mark.parametrize(
    ("future", "match"),
    [
        ([], "no time"),
        ([9, 10], "increase"),
        (["2026-01-01"], "must be too"),
        ([12, 11], "increase"),
        (14, "one-dimensional"),
        ([[11, 12]], "one-dimensional"),
    ],
)
def test_times_to_forecast_must_follow_the_record(future, match):
    with pytest.raises(ValueError, match=match):
        predict([Naive], np.arange(10), LEVELS, future)
    with pytest.raises(ValueError, match="begin where the record ends"):
        predict([Naive], EDGES, LEVELS, [11, 12], kind="flow")
    with pytest.raises(ValueError, match="min_points"):
        predict([Naive, Drift], EDGES[:10], LEVELS, [11], averages=["errors"])


@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=9),
    kind=st.sampled_from(["stock", "flow"]),
)
def test_any_record_gives_finite_forecasts_or_a_reason(values, kind):
    t = np.arange(len(values) + (kind == "flow"))
    try:
        frame = rolling_origin([Naive, Drift], t, values, [1], 3, kind=kind, draws=20)
    except ValueError as error:
        assert len(str(error)) > 20
    else:
        assert np.isfinite(frame[["forecast", "low", "high", "crps", "pit"]].to_numpy()).all()
