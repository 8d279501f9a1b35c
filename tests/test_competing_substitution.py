"""Share substitution: the line, its derived times, and the break test."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.signal import lfilter

from uptake.competing import substitution
from uptake.competing.breaks import _Sieve, find_break, largest_f


def share_of(odds):
    return 1 / (1 + np.exp(-odds))


def noise(n, rho, size, seed):
    shocks = np.random.default_rng(seed).normal(0, size, n + 100)
    return lfilter([1.0], [1.0, -rho], shocks)[100:]


def test_exact_logistic_share_gives_its_own_slope_and_times():
    t = np.array([0.0, 1.0, 2.5, 3.0, 7.0, 8.0, 9.5, 12.0])
    result = substitution(t, share_of(0.5 * (t - 6)))
    assert result.slope == pytest.approx(0.5)
    assert result.half_time == pytest.approx(6.0)
    assert result(result.half_time + result.takeover_time / 2) == pytest.approx(0.9)
    assert result.concerns == ()


def test_standard_errors_are_newey_and_west():
    t = np.arange(30.0)
    odds = 0.2 * (t - 12) + noise(30, 0.5, 0.3, 1)
    result = substitution(t, share_of(odds), hac_lags=2)
    x = np.column_stack([np.ones(30), t])
    scores = x * (odds - x @ np.linalg.lstsq(x, odds)[0])[:, np.newaxis]
    middle = scores.T @ scores
    for lag in (1, 2):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / 3) * (cross + cross.T)
    bread = np.linalg.inv(x.T @ x)
    assert_allclose(result.covariance, bread @ middle @ bread * 30 / 28, rtol=1e-8)


def test_half_time_interval_holds_every_time_that_is_not_rejected():
    t = np.arange(30.0)
    result = substitution(t, share_of(0.1 * (t - 12) + noise(30, 0.3, 0.4, 2)))
    interval = result.interval("half_time")
    h = np.linspace(-20, 60, 4001)
    vector = np.stack([np.ones_like(h), h])
    variance = np.einsum("ih,ij,jh->h", vector, result.covariance, vector)
    accepted = (result.intercept + result.slope * h) ** 2 / variance <= stats.t.ppf(0.975, 28) ** 2
    assert_allclose([interval.low, interval.high], h[accepted][[0, -1]], atol=0.03)


@pytest.mark.parametrize("shift", [-1e9, 0.0, 1e6, 1e12])
@pytest.mark.parametrize("unit", [1e-6, 1.0, 604800.0])
def test_the_line_is_the_same_in_any_unit_of_time_from_any_origin(shift, unit):
    t = np.arange(64.0) / 2
    share = share_of(0.1 * (t - 12) + noise(64, 0.3, 0.4, 2))
    plain, other = substitution(t, share), substitution(unit * (t + shift), share)
    # Times themselves have no more digits than floating point gives them at such a distance.
    last = 1e-9 + 8 * np.finfo(float).eps * abs(shift)
    assert_allclose(other.slope * unit, plain.slope, rtol=last)
    assert_allclose(other.residuals, plain.residuals, atol=last)
    assert_allclose(other(other.t), plain(plain.t), rtol=last)
    for quantity in ("half_time", "takeover_time"):
        interval, expected = other.interval(quantity), plain.interval(quantity)
        moved = shift if quantity == "half_time" else 0.0
        ends = np.array([interval.low, interval.high]) / unit - moved
        assert_allclose(ends, [expected.low, expected.high], rtol=last, atol=last)


def test_times_are_open_where_the_slope_may_be_zero():
    t = np.arange(30.0)
    result = substitution(t, share_of(noise(30, 0.0, 0.5, 3)))
    assert result.interval("takeover_time").high == np.inf
    assert not result.interval("half_time").bounded
    assert any("may be zero" in concern for concern in result.concerns)


def test_falling_share_mirrors_the_rising_one():
    t = np.arange(30.0)
    share = share_of(0.2 * (t - 12) + noise(30, 0.3, 0.3, 4))
    rising, falling = substitution(t, share), substitution(t, 1 - share)
    assert falling.slope == pytest.approx(-rising.slope)
    for name in ("takeover_time", "half_time"):
        ends = [(fit.interval(name).low, fit.interval(name).high) for fit in (rising, falling)]
        assert_allclose(ends[0], ends[1], rtol=1e-9)


def test_dates_become_years_and_the_half_time_a_date():
    days = pd.date_range("2024-01-01", periods=60, freq="W")
    years = np.arange(60) * 7 / 365.2425
    result = substitution(days, share_of(4 * (years - 0.5)))
    assert result.slope == pytest.approx(4.0)
    assert abs(result.half_date - (days[0] + pd.Timedelta(days=182.62))) < pd.Timedelta(hours=1)
    with pytest.raises(ValueError, match="no date"):
        _ = substitution(years, share_of(4 * (years - 0.5))).half_date


def test_statistic_is_the_largest_f_of_two_segments():
    t = np.arange(40.0)
    y = 0.1 * t + noise(40, 0.0, 0.3, 5)

    def squares(part):
        return np.square(y[part] - np.polyval(np.polyfit(t[part], y[part], 1), t[part])).sum()

    whole = squares(slice(None))
    each = {
        k: (whole - (two := squares(slice(0, k)) + squares(slice(k, None)))) / 2 / (two / 36)
        for k in range(6, 35)
    }
    assert largest_f(t, np.stack([y, 3 * y - t]), 0.15) == pytest.approx([max(each.values())] * 2)
    found = find_break(t, y, 0.15, 1, np.random.default_rng(1))
    assert found.statistic == pytest.approx(max(each.values()))
    assert found.time == max(each, key=each.get)


def test_drawn_errors_have_the_size_and_correlation_of_those_they_imitate():
    errors = noise(4000, 0.6, 0.3, 7)
    drawn = _Sieve(errors - errors.mean()).draw(50, np.random.default_rng(1))
    assert drawn.std() == pytest.approx(0.3 / np.sqrt(1 - 0.6**2), rel=0.05)
    assert np.corrcoef(drawn[:, 1:].ravel(), drawn[:, :-1].ravel())[0, 1] == pytest.approx(
        0.6, abs=0.05
    )


def test_break_is_found_where_it_is():
    t = np.arange(80.0)
    odds = np.where(t < 50, 0.02 * t, 1.0 + 0.15 * (t - 50)) - 2 + noise(80, 0.3, 0.15, 6)
    result = substitution(t, share_of(odds), breaks=1, rng=np.random.default_rng(1), bootstrap=199)
    assert result.segmented.p_value < 0.02
    assert 50 in result.segmented.spread
    assert result.segmented.spread.high - result.segmented.spread.low < 15
    assert_allclose(result.segmented.slopes, [0.02, 0.15], atol=0.02)
    assert "break at" in str(result)


def test_unbroken_records_are_rejected_about_as_often_as_they_should_be():
    t, rng = np.arange(80.0), np.random.default_rng(9)
    values = []
    for seed in range(40):
        share = share_of(0.05 * (t - 40) + noise(80, 0.5, 0.2, 100 + seed))
        found = substitution(t, share, breaks=1, rng=rng, bootstrap=99).segmented
        values.append(found.p_value)
    # Two expected at 5%; 9 or more has a chance below 0.001 for a true 5%, and of about 0.01 for
    # the 10% that a sieve of this length may reach. Errors drawn as if independent reject 25 of
    # these 40.
    assert (np.array(values) <= 0.05).sum() < 9
    assert 0.2 < np.median(values) < 0.8


def test_a_running_maximum_or_minimum_has_a_concern_because_it_is_called_broken_too_often():
    t, rng = np.arange(40.0), np.random.default_rng(3)
    drawn = np.maximum.accumulate(0.05 * t + rng.normal(size=(40, 40)), axis=1)
    found = [find_break(t, y, 0.15, 99, rng) for y in drawn]
    # None has a break. Of 40 tests that keep their 5%, 9 or more reject with a chance below 0.001.
    assert sum(each.p_value <= 0.05 for each in found) >= 9
    assert all("never falls, as a running maximum" in each.concerns[0] for each in found)
    assert "never rises" in find_break(t, -drawn[0], 0.15, 1, rng).concerns[0]
    shares = share_of(drawn[0] - drawn[0].mean())
    result = substitution(t, shares, breaks=1, rng=rng, bootstrap=1)
    assert set(found[0].concerns) < set(result.concerns)
    assert find_break(t, np.sort(rng.normal(size=40)), 0.15, 1, rng).concerns == ()


@pytest.mark.parametrize(
    ("share", "options", "match"),
    [
        (np.r_[0.0, np.full(9, 0.5)], {}, "shares of 0 or 1"),
        (np.linspace(10, 90, 10), {}, "Percentages"),
        (np.full(10, 0.4), {}, "constant"),
        (np.linspace(0.1, 0.9, 9), {}, "10 times need"),
        (np.linspace(0.1, 0.9, 10), {"breaks": 2}, "breaks must be"),
        (np.linspace(0.1, 0.9, 10), {"breaks": 1}, "rng="),
        (np.linspace(0.1, 0.9, 10), {"hac_lags": 9}, "hac_lags"),
        (np.linspace(0.1, 0.9, 10), {"trim": 0.6}, "trim"),
        (np.r_[np.nan, np.full(9, 0.5)], {}, "NaN"),
    ],
)
def test_impossible_input_is_refused_with_advice(share, options, match):
    with pytest.raises(ValueError, match=match):
        substitution(np.arange(10.0), share, **options)


def test_short_records_and_unknown_quantities_are_refused():
    with pytest.raises(ValueError, match="too few"):
        substitution(np.arange(7.0), np.linspace(0.1, 0.9, 7))
    with pytest.raises(ValueError, match="ask for"):
        substitution(np.arange(9.0), np.linspace(0.1, 0.9, 9)).interval("peak")
