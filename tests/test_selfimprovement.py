"""Self-improvement: the lag by month, its drift, bends of the frontiers, and the freeze."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from uptake.competing.breaks import largest_f
from uptake.frontier import frontier, lag_backward
from uptake.openclosed import capability, choices, claims
from uptake.openclosed import selfimprovement as si
from uptake.openclosed.capability import Sides
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.figures import selfimprovement as draw


@pytest.fixture(scope="module")
def both():
    return capability.sides(capability.index("2026-05-14"))


@pytest.fixture(scope="module")
def claim():
    return claims.load()["C14"]


def pair(closed, opened, until="2024-12-31"):
    """Return two sides from {date: (score, error)}."""
    sides = []
    for entries in (closed, opened):
        scores, errors = zip(*entries.values(), strict=True)
        sides.append(frontier(list(entries), scores, names=list(entries), errors=errors))
    return Sides(*sides, pd.Series(dtype=str), pd.Series(dtype=int), pd.Timestamp(until))


def test_the_lag_is_the_librarys_backward_lag(both):
    table = si.monthly_lag(both, "2023-01-01")
    expected = lag_backward(both.closed, both.open, table.index)
    assert not expected["open_end"].any() and (expected["months"] > 0).all()
    assert_allclose(table["months"], expected["months"])
    every = capability.monthly(both, "2023-01-01").index
    bounded = lag_backward(both.closed, both.open, every)["open_start"]
    assert table.attrs["left_out"] == bounded.sum() and bounded.iloc[0]


def test_a_lag_worked_by_hand():
    # The open side has 5 from March; closed models had 4 in January, 6 in February, 9 in May.
    two = pair(
        {"2024-01-15": (4, 1), "2024-02-15": (6, 1), "2024-05-15": (9, 1)},
        {"2024-01-01": (1, 1), "2024-03-01": (5, 1)},
    )
    ends = pd.DatetimeIndex(["2024-03-31", "2024-06-30"])
    months, first = si.behind(two, ends)
    assert_allclose(months[0], np.array([45, 136]) / (365.25 / 12))
    assert first.tolist() == [[1, 1]]
    # 6 is within 1.645 * sqrt(2) of 5, 9 is not; by March no closed model is clear of the open one.
    months, first = si.behind(two, ends, standard_errors=1.645)
    assert_allclose(months[0], np.array([0, 46]) / (365.25 / 12))
    assert first.tolist() == [[-1, 2]]


def test_an_uncertain_open_model_counts_as_level_without_being_a_record():
    two = pair(
        {"2024-01-15": (4, 0), "2024-02-15": (6, 0)},
        {"2024-01-01": (5, 0), "2024-03-01": (3, 10)},
    )
    ends = pd.DatetimeIndex(["2024-02-29", "2024-03-31"])
    assert si.behind(two, ends, standard_errors=1.645)[1].tolist() == [[1, -1]]


def test_an_unknown_choice_is_refused_by_name(both):
    with pytest.raises(ValueError, match="tolerance is 'near'"):
        si.monthly_lag(both, "2025-01-01", tolerance="near")
    with pytest.raises(ValueError, match="estimator is 'median'"):
        si.lag_drift(estimator="median")
    with pytest.raises(ValueError, match="later than the freeze"):
        si.lag_drift(vintage="2026-08-11")
    with pytest.raises(ValueError, match="calendar is 'lunar'"):
        si.records(0.0, np.random.default_rng(1), both=both, calendar="lunar")


def test_the_declared_choices_are_arguments_of_the_owning_function(claim):
    declared = {d.name: d.values[0] for d in claim.dimensions}
    defaults = si.lag_drift.__kwdefaults__
    assert declared == {name: defaults[name] for name in declared}
    assert claim.function == "selfimprovement.lag_drift"


def test_every_combination_of_choices_gives_an_estimate_or_a_reason(claim):
    table = choices.run(si.lag_drift, claim)
    assert len(table) == claim.combinations
    assert (table["estimate"].notna() | (table["concerns"] != "")).all()
    moved = table.groupby([d.name for d in claim.dimensions if d.name != "tolerance"])["estimate"]
    assert (moved.nunique() == 2).mean() > 0.9


def test_a_lag_that_only_grows_drifts_twelve_months_a_year():
    t = np.arange(18) / 12
    for estimator in ("trend", "random_walk"):
        assert_allclose(si.interval(t, 12 * t + 3, estimator)[0], 12)


def test_the_mean_step_and_its_interval_are_students():
    from scipy.stats import ttest_1samp

    t, lags = np.arange(13) / 12, np.random.default_rng(2).normal(size=13).cumsum()
    value, half = si.interval(t, lags, "random_walk")
    expected = ttest_1samp(12 * np.diff(lags), 0).confidence_interval(0.95)
    assert_allclose([value[0] - half[0], value[0] + half[0]], expected)


def test_newey_and_wests_interval_is_that_of_statsmodels():
    t, lags = np.arange(20) / 12, np.random.default_rng(3).normal(size=20).cumsum()
    value, half = si.interval(t, lags, "hac")
    options = {"maxlags": 3, "use_correction": True}
    model = sm.OLS(lags, sm.add_constant(t)).fit(cov_type="HAC", cov_kwds=options, use_t=True)
    assert_allclose([value[0] - half[0], value[0] + half[0]], model.conf_int()[1])


def test_the_textbook_autoregressive_interval_is_that_of_statsmodels():
    t, lags = np.arange(20) / 12, np.random.default_rng(3).normal(size=(5, 20)).cumsum(axis=1)
    values, halves = si.interval(t, lags, "ar1")
    for record, value, half in zip(lags, values, halves, strict=True):
        model = sm.GLSAR(record, sm.add_constant(t), rho=1).iterative_fit(2000, rtol=1e-12)
        assert_allclose([value - half, value + half], model.conf_int()[1], rtol=1e-8)
    assert_allclose(si.interval(t, 12 * t + 3, "ar1")[0], 12)


def test_simulated_records_have_the_drift_they_were_given():
    found = si.power(6.0, np.random.default_rng(4), size=1500)
    error = found.drifts.std() / np.sqrt(1500)
    assert abs(found.drifts.mean() - 6.0) < 0.5 + 4 * error
    assert found.drifts.mean() > si.power(0.0, np.random.default_rng(4), size=1500).drifts.mean()


def test_the_days_of_release_make_the_lag_grow_by_themselves():
    found = si.by_calendar(np.random.default_rng(5), size=1500)
    assert found["real"] > 1.0 > found["even"] > -1.5


def test_textbook_intervals_are_too_short_for_sixteen_months_and_ours_is_not():
    shares = {
        name: si.power(0.0, np.random.default_rng(6), estimator=name, size=1500).coverage
        for name in ("hac", "ar1", "trend", "random_walk")
    }
    assert shares["hac"] < 0.75 and shares["ar1"] < 0.85
    assert shares["trend"] > 0.9 and shares["random_walk"] > 0.95


def test_today_is_the_mean_of_the_monthly_lag_and_the_longest_delay(both):
    found = si.today(draws=50)
    assert found.lag.value == si.monthly_lag(both, "2025-01-01")["months"].mean()
    assert found.delay == pytest.approx(117 / 365.25 * 12)
    assert found.hidden_drift == pytest.approx(found.delay / (16 / 12))


# Bends of the frontiers


def test_a_frontier_that_bends_is_found_bent_more_often(both):
    ends = capability.monthly(both, "2023-01-01").index
    t = np.asarray((ends - ends[0]) / pd.Timedelta(days=365.25), float)
    draw_pairs = partial(si.frontiers, both=both, ends=ends, size=300)
    flat, bent = (draw_pairs(np.random.default_rng(11), times=k) for k in (1.0, 3.0))
    for side in ("closed", "open"):
        cut = np.quantile(largest_f(t, flat[side], 0.15), 0.95)
        assert (largest_f(t, bent[side], 0.15) > cut).mean() > 0.2


def test_the_broken_line_is_two_least_squares_lines():
    found = si.bends(np.random.default_rng(12), draws=19, size=20, checked=2)
    for side in ("closed", "open", "gap"):
        table = found.lines[side]
        years = np.asarray((table.index - table.index[0]) / pd.Timedelta(days=365.25), float)
        for after, column in ((False, "before"), (True, "after")):
            part = (table["after"] == after).to_numpy()
            slope = np.polyfit(years[part], table["record"][part], 1)[0]
            assert_allclose(slope, found.table.loc[side, column], atol=1e-9)
        assert table.index[table["after"]][0] == found.table.loc[side, "date"]


# After the freeze


def test_the_last_edition_serves_scoring_and_starts_from_the_first(both):
    table, may = si.scored(), si.monthly_lag(both, "2025-01-01")["months"]
    assert table.loc["any weights", "known in May"] == may.iloc[-1]
    assert table.loc["any weights", "mean"] == pytest.approx(si.today(draws=2).lag.value)
    t = np.asarray((may.index - may.index[0]) / pd.Timedelta(days=365.25), float)
    ahead = (pd.Timestamp("2026-07-31") - may.index[0]) / pd.Timedelta(days=365.25)
    line = np.polyval(np.polyfit(t, may, 1), ahead)
    assert table.loc["any weights", "drift"] == pytest.approx(line)
    assert table.loc["any weights", "lag"] < table.loc["without Kimi K3", "lag"]


def test_the_drift_of_each_edition_is_a_least_squares_slope(both):
    found, may = si.drift_by_edition(), si.monthly_lag(both, "2025-01-01")["months"]
    t = np.asarray((may.index - may.index[0]) / pd.Timedelta(days=365.25), float)
    assert found["May"] == pytest.approx(np.polyfit(t, may, 1)[0])
    assert found["May"] == pytest.approx(si.lag_drift().value)
    # August's edition has three months more, in which its lag does not grow.
    assert found["August, on"] < found["August"]


def test_models_scored_late_were_out_and_not_in_the_edition_of_the_freeze(both):
    late = si.scored_late()
    assert len(late) and not set(late["model"]) & set(both.open.names)
    assert late["score"].is_monotonic_decreasing


# Figures


def test_the_lag_is_drawn_with_the_model_it_is_counted_from(both):
    table = si.monthly_lag(both, "2024-01-01")
    ax = draw.lag(table)
    assert_allclose(ax.lines[0].get_ydata(), table["months"])
    changes = (table["leader"] != table["leader"].shift()).sum()
    assert len(ax.texts) == changes and ax.texts[0].get_text() == table["leader"].iloc[0]
    # A name lies left of a line that goes on downward, and right of one that turns up.
    assert {t.get_text(): t.get_ha() for t in ax.texts}["o1-mini"] == "right"
    assert ax.texts[0].get_ha() == "left"
    plt.close(ax.figure)


def test_intervals_that_miss_are_drawn_apart():
    low, high = np.array([0.0, 8.0]), np.array([4.0, 10.0])
    found = si.DriftSimulation(2.0, low, high, np.array([2.0, 9.0]), 0.0)
    assert found.as_short_as(1.0) == (0.5, 0.0) and found.as_short_as(5.0) == (1.0, 0.5)
    ax = draw.intervals(found, Estimate(1.0, 0.0, 2.0, "months a year"), shown=2)
    colors = [tuple(lines.get_colors()[0]) for lines in ax.collections]
    assert len(set(colors)) == 2
    plt.close(ax.figure)


def test_bends_are_drawn_from_results():
    found = si.bends(np.random.default_rng(13), draws=19, size=20, checked=2)
    ax = draw.bends(found)
    assert [text.get_text() for text in ax.texts] == ["Closed", "Open"]
    plt.close(ax.figure)
