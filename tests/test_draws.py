"""Bootstrap draws and forecast bands."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from uptake import Bass, Logistic, fit
from uptake.draws import futures, simulate

EDGES = np.arange(31.0)
TRUTH = Bass(1000.0, 0.02, 0.35)
NOISE = 3.0


@pytest.fixture(scope="module")
def result():
    flows = TRUTH.flow(EDGES) + np.random.default_rng(4).normal(0, NOISE, 30)
    return fit(Bass, EDGES, flows, kind="flow")


@pytest.mark.parametrize("method", ["residual", "parametric", "block"])
def test_drawn_records_have_the_fitted_mean_and_the_residual_spread(result, method):
    drawn = simulate(result._optimum, 4000, np.random.default_rng(1), method=method)
    sigma = np.sqrt(result.sse / result.degrees_of_freedom)
    assert drawn.shape == (4000, 30)
    assert_allclose(drawn.mean(axis=0), result.fitted, atol=6 * sigma / np.sqrt(4000) + 0.6)
    expected = np.sqrt(result.sse / 30) if method == "block" else sigma
    assert_allclose(drawn.std(), np.sqrt(expected**2 + result.fitted.var()), rtol=0.03)
    assert_allclose((drawn - result.fitted).std(), expected, rtol=0.05)


def test_blocks_keep_neighbours_together(result):
    order = np.argsort(np.argsort(result.residuals))
    drawn = simulate(result._optimum, 50, np.random.default_rng(2), method="block", block=5)
    centred = result.residuals - result.residuals.mean()
    place = np.argmin(np.abs((drawn - result.fitted)[:, :, np.newaxis] - centred), axis=2)
    inside = np.diff(place.reshape(50, 6, 5), axis=2)
    assert (inside == 1).all()
    assert len(np.unique(order)) == 30


def test_correlated_draws_correlate_as_fitted():
    rng = np.random.default_rng(3)
    errors = rng.standard_normal(60)
    for i in range(1, 60):
        errors[i] = 0.7 * errors[i - 1] + np.sqrt(1 - 0.49) * errors[i]
    t = np.arange(60.0)
    tied = fit(Logistic, t, Logistic(100.0, 0.15, 30.0)(t) + errors, errors="ar1")
    drawn = simulate(tied._optimum, 3000, rng) - tied.fitted
    neighbours = (drawn[:, 1:] * drawn[:, :-1]).mean() / (drawn**2).mean()
    assert_allclose(neighbours, tied.rho, atol=0.02)
    assert_allclose(drawn.std(axis=0), drawn.std(), rtol=0.1)


def test_refits_spread_as_the_standard_errors_say(result):
    refits = result.draws(2000, np.random.default_rng(5), method="parametric")
    assert refits.converged.all()
    assert_allclose(refits.params.std(), result.table["se"], rtol=0.08)
    assert_allclose(refits.params.median(), result.table["estimate"], rtol=0.01)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"n": 0}, "at least one"),
        ({"n": 5, "method": "wild"}, "'parametric', 'residual' or 'block'"),
        ({"n": 5, "method": "block", "block": 31}, "between 1 and 30"),
    ],
)
def test_impossible_draws_are_refused(result, arguments, advice):
    with pytest.raises(ValueError, match=advice):
        result.draws(rng=np.random.default_rng(), **arguments)


def test_past_the_peak_bands_are_noise_around_the_curve(result):
    ahead = np.arange(30.0, 36.0)
    band = result.forecast(ahead, rng=np.random.default_rng(6), draws=20_000)
    sigma = np.sqrt(result.sse / result.degrees_of_freedom)
    assert_allclose(band["median"], result.curve.flow(ahead), atol=0.3 * sigma)
    # Student's t on 27 degrees of freedom; the curve itself adds a little.
    half = (band["high"] - band["low"]) / 2 / sigma / stats.t.ppf(0.975, 27)
    assert ((half > 0.98) & (half < 1.15)).all()


def test_cumulative_forecasts_are_sums_of_the_flows(result):
    ahead = np.arange(30.0, 34.0)
    each = result.forecast(ahead, rng=np.random.default_rng(6), draws=500)
    total = result.forecast(ahead, rng=np.random.default_rng(6), draws=500, cumulative=True)
    assert_allclose(total["median"].iloc[0], each["median"].iloc[0])
    assert total["high"].iloc[-1] - total["low"].iloc[-1] < (each["high"] - each["low"]).sum()
    assert_allclose(total["median"].iloc[-1], each["median"].sum(), atol=1.0)


def test_rows_are_labelled_as_the_record_was():
    months = pd.period_range("2020-01", periods=24, freq="M")
    t = np.arange(25) / 12
    flows = Bass(100.0, 0.3, 2.5).flow(t) + np.random.default_rng(1).normal(0, 0.05, 24)
    dated = fit(Bass, months, flows, kind="flow", origin="2020-01-01")
    ahead = pd.period_range("2022-01", periods=3, freq="M")
    band = dated.forecast(ahead, rng=np.random.default_rng(1), draws=100)
    assert band.index[0].left == pd.Timestamp("2022-01-01")
    assert band.index[-1].right == pd.Timestamp("2022-04-01")
    assert (band["low"] < band["median"]).all()
    assert (band["median"] < band["high"]).all()
    days = pd.date_range("2020-01-01", periods=12, freq="MS")
    level = fit(Logistic, days, Logistic(50.0, 6.0, 0.5)(np.arange(12) / 12) + 0.01 * flows[:12])
    band = level.forecast(["2021-03-01"], rng=np.random.default_rng(1), draws=100)
    assert band.index[0] == pd.Timestamp("2021-03-01")


def test_a_forecast_follows_on_from_the_last_error_when_errors_are_correlated():
    t = np.arange(50.0)
    rng = np.random.default_rng(8)
    errors = rng.standard_normal(50)
    for i in range(1, 50):
        errors[i] = 0.9 * errors[i - 1] + np.sqrt(1 - 0.81) * errors[i]
    errors[-4:] = 2.5
    tied = fit(Logistic, t, Logistic(100.0, 0.3, 20.0)(t) + errors, errors="ar1")
    ahead = np.r_[50.0:56.0, 400.0]
    median = tied.forecast(ahead, rng=rng, draws=3000)["median"].to_numpy()
    last = tied.residuals[-1]
    assert last > 1
    expected = last * tied.rho ** (ahead - 49)
    assert_allclose(median - tied.curve(ahead), expected, atol=0.2)
    assert expected[5] < expected[0] - 0.5


def test_within_the_record_bands_of_correlated_errors_have_the_spread_of_all_errors():
    t, rng = np.arange(30.0), np.random.default_rng(5)
    y = Logistic(100.0, 0.4, 14.0)(t) + rng.normal(0, 2, 30)
    y[-1] -= 8.0
    tied = fit(Logistic, t, y, errors="ar1")
    assert tied.rho > 0.05 and tied.residuals[-1] < -3
    band = tied.forecast(np.arange(33.0), rng=rng, draws=2000)
    width = (band["high"] - band["low"]).to_numpy()
    assert width[:30].max() < 1.5 * width[:30].min()
    assert_allclose(band["median"].iloc[:30], tied.curve(t), atol=0.6)
    # Past the record the last residual goes on, whatever else was asked for.
    ahead = tied.forecast(np.arange(30.0, 33.0), rng=rng, draws=2000)
    assert_allclose(band["median"].iloc[30:], ahead["median"].to_numpy(), atol=0.4)


def test_level_and_generator_may_be_given_by_place(result):
    ahead, seed = [30.0, 31.0], np.random.default_rng
    named = result.forecast(ahead, level=0.8, rng=seed(3), draws=50)
    assert_array_equal(result.forecast(ahead, 0.8, seed(3), draws=50), named)
    # Without a generator the same record always has the same bands.
    assert_array_equal(
        result.forecast(ahead, draws=50), result.forecast(ahead, 0.95, seed(0), draws=50)
    )


def test_levels_have_no_cumulative_forecast_and_a_level_is_a_coverage(result):
    level = fit(Logistic, np.arange(12.0), Logistic(10.0, 1.0, 5.0)(np.arange(12.0)) + 0.01)
    with pytest.raises(ValueError, match="cumulative already"):
        level.forecast([13.0], rng=np.random.default_rng(), cumulative=True)
    with pytest.raises(ValueError, match="between 0 and 1"):
        result.forecast([30.0, 31.0], 95, rng=np.random.default_rng())


def test_dates_become_times_of_the_curve():
    dates = pd.date_range("2020-01-01", periods=8, freq="YS")
    y = [1.0, 2.1, 3.9, 8.2, 13.8, 20.1, 23.9, 26.2]
    dated = fit(Logistic, dates, y)
    assert_allclose(dated.time(dates), dated.t)
    assert dated.time("2021-01-01").shape == ()
    numbered = fit(Logistic, np.arange(2020.0, 2028.0), y, origin=2020)
    assert_allclose(numbered.time(2021), 1.0)
    with pytest.raises(ValueError, match="give a number"):
        numbered.time("2021-01-01")
    with pytest.raises(ValueError, match="give a number"):
        numbered.forecast(dates, draws=30)


def test_times_of_dates_are_dates_or_periods_and_nothing_else():
    dates = pd.date_range("2020-01-01", periods=8, freq="YS")
    dated = fit(Logistic, dates, [1.0, 2.1, 3.9, 8.2, 13.8, 20.1, 23.9, 26.2])
    # A period stands for its end.
    assert_allclose(dated.time(pd.period_range("2019", periods=8, freq="Y")), dated.t)
    assert dated.time(pd.Period("2020", freq="Y")) == dated.t[1]
    # 5 would be five nanoseconds after 1970 began.
    for ask in (dated.time, dated.forecast):
        with pytest.raises(ValueError, match="the record's times are dates, so give a date"):
            ask([5.0, 6.0])
    with pytest.raises(ValueError, match="the record's times are dates"):
        dated.time(5.0)
    with pytest.raises(ValueError, match="time zone"):
        dated.time(pd.Timestamp("2021-01-01", tz="UTC"))
    with pytest.raises(ValueError, match="missing date"):
        dated.time(pd.NaT)


def test_a_scale_beyond_any_record_is_not_cut_where_the_level_is_ordinary():
    # The exponential start of a logistic whose ceiling has run away to the end of the numbers.
    scale, rate, middle = np.array([[1e306]]), np.array([[0.5]]), np.array([[1400.0]])
    t = np.array([0.0, 2.0])
    exact = 1e306 * np.exp(-700.0 + 0.5 * t)
    assert_allclose(futures(Logistic, "stock", t, scale, [rate, middle])[0], exact, rtol=1e-12)
    assert_allclose(
        futures(Logistic, "flow", t, scale, [rate, middle])[0], np.diff(exact), rtol=1e-12
    )


def test_bands_of_a_weighted_record_are_as_wide_as_its_noise_there():
    t = np.arange(24.0)
    spread = np.where(t < 12, 0.2, 4.0)
    truth = Logistic(100.0, 0.5, 12.0)
    y = truth(t) + np.random.default_rng(3).normal(0, spread)
    result = fit(Logistic, t, y, weights=1 / spread**2)
    band = result.forecast(np.r_[t, 24.0, 30.0])
    width = (band["high"] - band["low"]).to_numpy()
    # Noise alone makes the one twenty times the other; beyond the record it is that of its end.
    assert (width[12:] > 8 * width[:12].max()).all()
    assert_allclose(width[24:], width[23], rtol=0.1)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_year_has_the_band_of_its_months_together(scale):
    edges, rng = np.arange(61) / 12, np.random.default_rng(2)
    y = Bass(100.0, 0.15, 1.0).flow(edges) * np.exp(rng.normal(0, 0.05, 60))
    result = fit(Bass, edges, y, kind="flow", scale=scale)
    months = result.forecast(np.arange(60, 73) / 12, cumulative=True).iloc[-1]
    year = result.forecast([5.0, 6.0]).iloc[0]
    assert_allclose(year["high"] - year["low"], months["high"] - months["low"], rtol=0.15)
    assert_allclose(year["median"], months["median"], rtol=0.01)
