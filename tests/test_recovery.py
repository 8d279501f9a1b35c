import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from truths import VCR_SALES

from uptake import Bass, Exponential, Logistic, fit
from uptake.recovery import as_known, recovery, simulate, summarise

TRUTH = Bass(100.0, 0.01, 0.4)
EDGES = np.linspace(0, 2 * TRUTH.peak, 41)


def test_noise_has_the_size_and_the_correlation_asked_for():
    options = {"noise": 0.05, "size": 4000, "correlation": 0.6}
    records = simulate(TRUTH, EDGES, rng=np.random.default_rng(1), **options)
    errors = records - TRUTH.flow(EDGES)
    unit = TRUTH.rate(TRUTH.peak) * (EDGES[1] - EDGES[0])
    assert_allclose(errors.std(axis=0), 0.05 * unit, rtol=0.05)
    neighbours = np.mean(errors[:, 1:] * errors[:, :-1], axis=0) / errors.var()
    assert_allclose(neighbours, 0.6, atol=0.06)


@pytest.mark.parametrize("cut", [0.6, 0.9, 1.5])
def test_what_recovery_says_of_intervals_is_what_tracing_each_one_says(cut):
    end = cut * TRUTH.peak
    fits = recovery(TRUTH, EDGES, [end], noise=0.05, rng=np.random.default_rng(2), size=6)
    points = int(fits["points"].iloc[0])
    records = simulate(TRUTH, EDGES, noise=0.05, rng=np.random.default_rng(2), size=6)
    traced = [
        fit(Bass, EDGES[: points + 1], record[:points], kind="flow").interval("m")
        for record in records
    ]
    assert fits["covered"].tolist() == [TRUTH.m in interval for interval in traced]
    assert fits["unbounded"].tolist() == [np.isinf(interval.high) for interval in traced]


def test_intervals_cover_the_truth_as_often_as_they_promise():
    rng = np.random.default_rng(3)
    table = summarise(recovery(TRUTH, EDGES, [9, 14], noise=0.05, rng=rng, size=1500))
    # Four standard errors of a share of 95% among 1500.
    assert_allclose(table["covered"], 0.95, atol=4 * np.sqrt(0.95 * 0.05 / 1500))


def test_independent_errors_assumed_of_cumulated_flows_cover_far_less():
    options = {"noise": 0.05, "size": 400}
    tables = [
        summarise(recovery(TRUTH, EDGES, [14], rng=np.random.default_rng(4), **kind, **options))
        for kind in ({}, {"cumulated": True})
    ]
    assert tables[1]["covered"].iloc[0] < 0.6 < tables[0]["covered"].iloc[0]


def test_a_record_cut_later_is_the_same_record_with_more_of_it():
    fits = recovery(TRUTH, EDGES, [9, 18], noise=0.05, rng=np.random.default_rng(5), size=20)
    reached = fits.pivot_table(index="record", columns="cut", values="reached").to_numpy()
    records = simulate(TRUTH, EDGES, noise=0.05, rng=np.random.default_rng(5), size=20)
    assert_allclose(reached[:, 1], records.sum(axis=1))
    assert_allclose(reached[:, 0], records[:, : int(fits["points"].min())].sum(axis=1))


def test_as_known_gives_what_fitting_each_part_gives():
    table = as_known(Bass, np.arange(11), VCR_SALES, [7, 10], kind="flow")
    for row in table.itertuples():
        part = fit(Bass, np.arange(row.known + 1), VCR_SALES[: row.known], kind="flow")
        interval = part.interval("m")
        assert_allclose([row.m, row.low, row.high], [part.curve.m, interval.low, interval.high])
    assert table["reached"].tolist() == [sum(VCR_SALES[:7]), sum(VCR_SALES)]


def test_as_known_takes_periods_series_and_the_weights_of_the_part():
    options = {"kind": "flow", "intervals": False}
    years = pd.period_range("1979", periods=10, freq="Y")
    table = as_known(Bass, years, VCR_SALES, [6, 10], origin="1979-01-01", **options)
    weights = np.r_[0.0, np.ones(9)]
    labelled = pd.Series(VCR_SALES, index=np.arange(10.0) / 2)
    weighted = as_known(Bass, range(11), labelled, [6, 10], weights=weights, **options)
    for i, end in enumerate([6, 10]):
        part = fit(Bass, years[:end], VCR_SALES[:end], kind="flow", origin="1979-01-01")
        assert_allclose(table["m"][i], part.curve.m)
        part = fit(Bass, range(end + 1), VCR_SALES[:end], kind="flow", weights=weights[:end])
        assert_allclose(weighted["m"][i], part.curve.m)
    with pytest.raises(ValueError, match="give one for each of 10"):
        as_known(Bass, range(11), VCR_SALES, [6], weights=1.0, **options)


def test_what_is_known_without_intervals_is_the_same_but_for_them():
    whole = as_known(Bass, np.arange(11), VCR_SALES, [7, 10], kind="flow")
    bare = as_known(Bass, np.arange(11), VCR_SALES, [7, 10], kind="flow", intervals=False)
    assert set(whole) - set(bare) == {"low", "high", "bounded"}
    assert whole[list(bare)].equals(bare)


def test_records_that_grow_as_an_exponential_are_fitted_at_the_limit():
    # Electrified households in the United States, 1908-1922: no search for a ceiling settles.
    share = [0.1, 0.1067, 0.1233, 0.14, 0.16, 0.18, 0.19, 0.2, 0.22, 0.24, 0.27, 0.3, 0.335]
    table = as_known(Logistic, np.arange(15.0), [*share, 0.37, 0.4], [15])
    assert not table["interior"].iloc[0]
    assert table["high"].iloc[0] == np.inf


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"noise": -1.0}, "noise must not be negative"),
        ({"correlation": 1.0}, "inside"),
        ({"kind": "stock", "cumulated": True}, "only flows"),
        ({"truth": Exponential(1.0, 0.3)}, "no ceiling"),
    ],
)
def test_impossible_designs_are_refused_with_the_reason(change, message):
    options = {"truth": TRUTH, "noise": 0.05} | change
    truth = options.pop("truth")
    with pytest.raises(ValueError, match=message):
        recovery(truth, EDGES, [9], rng=np.random.default_rng(1), **options)
