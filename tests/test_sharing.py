"""Sharing must reach the likelihood's own optimum, and its test must reject when it ought to."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose
from scipy import optimize, stats
from truths import every_curve, every_kind, predict, record, times

from uptake import Bass, Exponential, Logistic, fit, share
from uptake.figures import ladder

EDGES = np.arange(21.0)


def launches(truths, *, noise=0.03, seed=0, lengths=(20, 13)):
    """Return noisy flows of several launches, each as long as said, noise relative to the peak."""
    rng, records = np.random.default_rng(seed), {}
    for i, (curve, n) in enumerate(zip(truths, lengths, strict=True)):
        edges = EDGES[: n + 1]
        flows = curve.flow(EDGES)
        records[f"r{i}"] = (edges, flows[:n] + noise * flows.max() * rng.standard_normal(n))
    return records


SAME = (Bass(100.0, 0.01, 0.45), Bass(30.0, 0.01, 0.45))


def criterion(records, curve=Bass):
    """Return the sum of n log S as a function of log p and log q, written anew."""

    def value(free):
        total = 0.0
        for edges, y in records.values():
            shape = np.diff(curve.shape(edges, *np.exp(free)))
            total += y.size * np.log(np.sum((y - shape * (shape @ y) / (shape @ shape)) ** 2))
        return total

    return value


@pytest.mark.parametrize("apart", [1.0, 1.4, 2.5])
def test_the_likelihoods_own_optimum_is_found_however_far_the_records_are_apart(apart):
    records = launches((SAME[0], Bass(30.0, 0.01 / apart, 0.45 * apart)), noise=0.08, seed=3)
    result = share(Bass, records, ["p", "q"], kind="flow", draws=0)
    value, rng = criterion(records), np.random.default_rng(1)
    tight = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}
    rivals = [
        optimize.minimize(
            value, rng.uniform([-7, -2], [-2, 1]), method="Nelder-Mead", options=tight
        )
        for _ in range(12)
    ]
    best = min(rivals, key=lambda each: each.fun)
    ours = sum(y.size * np.log(result.sse[name]) for name, (_, y) in records.items())
    assert ours <= best.fun + 1e-7
    assert_allclose(result.params[["p", "q"]].iloc[0], np.exp(best.x), rtol=1e-4)


def test_with_autocorrelated_errors_the_full_gaussian_likelihood_is_highest():
    records = launches(SAME, noise=0.05, seed=5, lengths=(20, 16))
    rng = np.random.default_rng(5)
    for _, y in records.values():
        y += (
            0.05
            * y.max()
            * np.convolve(rng.standard_normal(y.size + 9), 0.7 ** np.arange(10))[9:-9]
        )
    result = share(Bass, records, ["p", "q"], kind="flow", errors="ar1", draws=0)

    def loss(x):
        total = 0.0
        for i, (edges, y) in enumerate(records.values()):
            scale, rho, sigma = np.exp(x[2 + i]), np.tanh(x[4 + i]), np.exp(x[6 + i])
            apart = np.abs(np.subtract.outer(np.arange(y.size), np.arange(y.size)))
            mean = scale * np.diff(Bass.shape(edges, *np.exp(x[:2])))
            total -= stats.multivariate_normal.logpdf(y, mean, sigma**2 * rho**apart)
        return total

    start = np.log([0.01, 0.45, 100, 30, 1, 1, 0.5, 0.3])
    start[4:6] = 0.5
    found = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-4})
    assert_allclose(result.log_likelihood, -found.fun, atol=1e-4)
    assert_allclose(result.params["rho"], np.tanh(found.x[4:6]), atol=1e-3)
    assert_allclose(result.params["m"], np.exp(found.x[2:4]), rtol=1e-3)


@every_curve
@every_kind
def test_the_first_rung_is_what_fit_finds_for_each_record(curve, kind):
    t = times(kind)
    records = {f"{seed}": (t, record(curve, kind, seed=seed)) for seed in (7, 8)}
    names = list(type(curve).names()[1:2])
    result = share(type(curve), records, names, kind=kind, draws=0)
    alone = [fit(type(curve), *each, kind=kind).log_likelihood for each in records.values()]
    assert_allclose(result.table["log_likelihood"].iloc[0], sum(alone), atol=1e-5)


@every_curve
def test_sharing_all_of_one_records_copy_in_another_unit_changes_nothing(curve):
    t, y = times("stock"), record(curve, "stock")
    family, scaled = type(curve), {"here": (t, y), "there": (t, 1000 * y)}
    result = share(family, scaled, family.names()[1:], draws=0)
    own = fit(family, t, y).params
    assert_allclose(result.params.loc["here"], list(own.values()), rtol=2e-4, atol=1e-4)
    assert_allclose(result.params.loc["there"].iloc[0], 1000 * list(own.values())[0], rtol=2e-4)
    assert (result.table["ratio"].dropna() < 1e-5).all()


def test_each_rung_has_a_lower_likelihood_and_fewer_parameters():
    truths = (Bass(100.0, 0.02, 0.4), Bass(30.0, 0.01, 0.5), Bass(50.0, 0.005, 0.6))
    records = launches(truths, lengths=(20, 15, 17))
    table = share(Bass, records, ["q", "p", "m"], kind="flow", draws=0).table
    assert table["parameters"].tolist() == [9, 7, 5, 3]
    assert table["constraints"].dropna().tolist() == [2, 2, 2]
    assert (np.diff(table["log_likelihood"]) < 0).all()
    assert_allclose(table["ratio"].iloc[1:], -2 * np.diff(table["log_likelihood"]), atol=1e-8)


def test_a_noisy_record_counts_for_less():
    quiet, loud = Bass(100.0, 0.01, 0.40), Bass(100.0, 0.01, 0.50)
    rng, records = np.random.default_rng(2), {}
    for name, curve, noise in (("quiet", quiet, 0.05), ("loud", loud, 2.0)):
        records[name] = (EDGES, curve.flow(EDGES) + noise * rng.standard_normal(20))
    q = share(Bass, records, ["q"], kind="flow", draws=0).params["q"]
    assert q["quiet"] == q["loud"]
    assert abs(q["quiet"] - 0.40) < 0.01


def test_parameters_that_differ_are_found_to_differ():
    different = launches((Bass(100.0, 0.01, 0.35), Bass(30.0, 0.01, 0.50)), lengths=(20, 20))
    table = share(Bass, different, ["p", "q"], kind="flow", draws=99).table
    assert table.loc["p, q shared", "p"] == 0.01
    assert table["aicc"].iloc[2] > table["aicc"].iloc[1] + 10


def test_a_true_sharing_is_mostly_preferred_and_rejected_at_about_the_nominal_rate():
    p_values, preferred = [], 0
    for seed in range(30):
        records = launches(SAME, noise=0.05, seed=seed, lengths=(14, 10))
        fitted = share(Bass, records, ["p", "q"], kind="flow", draws=0)
        preferred += fitted.table["aicc"].idxmin() == "p, q shared"
        p_values.append(fitted.test(19, rng=np.random.default_rng(1000 + seed)).p)
    rejected = int((np.array(p_values) <= 0.2).sum())
    # Outside these counts a test of level one fifth would fall once in a thousand times.
    assert stats.binom.ppf(0.0005, 30, 0.2) <= rejected <= stats.binom.ppf(0.9995, 30, 0.2)
    assert preferred >= 20


def test_short_records_make_the_chi_squared_test_reject_more_often_than_the_bootstrap():
    records = launches(SAME, noise=0.05, seed=1, lengths=(8, 8))
    result = share(Bass, records, ["p", "q"], kind="flow", draws=0)
    test = result.test(299, rng=np.random.default_rng(1))
    assert test.p > test.p_chi_squared
    assert str(test).startswith("shared against separate: likelihood ratio ")


def test_an_interval_ends_where_an_independent_search_meets_the_cut_off():
    records = launches(SAME, noise=0.05, seed=2)
    result = share(Bass, records, ["p", "q"], kind="flow", draws=0)
    value, points = criterion(records), sum(y.size for _, y in records.values())
    interval, freedom = result.interval("q"), points - 4
    least = optimize.minimize(value, np.log([0.01, 0.45]), method="Nelder-Mead").fun
    for end in (interval.low, interval.high):
        held = optimize.minimize_scalar(
            lambda p, end=end: value([p, np.log(end)]), bounds=(-8, -2), method="bounded"
        )
        rise = freedom * np.expm1((held.fun - least) / points)
        assert_allclose(rise, stats.f.ppf(0.95, 1, freedom), rtol=2e-3)


def test_with_one_rung_and_much_data_elsewhere_a_short_record_borrows_a_ceiling():
    records = launches(SAME, noise=0.03, seed=4, lengths=(20, 7))
    alone = fit(Bass, *records["r1"], kind="flow").interval("m")
    result = share(Bass, records, ["p", "q"], kind="flow", draws=0)
    borrowed = result.interval("m", "r1")
    assert not alone.bounded
    assert borrowed.bounded
    assert 30.0 in borrowed


def test_ceilings_that_run_away_are_said_to():
    rng = np.random.default_rng(3)
    records = {
        name: (EDGES[:11], size * np.exp(0.3 * EDGES[1:11]) * rng.lognormal(0, 0.02, 10))
        for name, size in (("a", 1.0), ("b", 5.0))
    }
    result = share(Bass, records, ["p", "q"], kind="flow", scale="log", draws=0)
    assert not result.interior
    assert any("a: the best ceiling runs away" in concern for concern in result.concerns)
    assert result.interval("m", "a").high == np.inf
    assert "runs away" in str(result)


def test_autocorrelated_intervals_are_calibrated_and_repeat():
    records = launches(SAME, noise=0.05, seed=6)
    result = share(Bass, records, ["p", "q"], kind="flow", errors="ar1", draws=0)
    calibrated = result.interval("q", draws=59)
    assert calibrated == result.interval("q", draws=59)
    assert calibrated != result.profile("q").interval(0.95)
    assert calibrated != result.interval("q", draws=59, rng=np.random.default_rng(9))


def test_dates_count_from_each_launch_or_from_one_day_for_all():
    early = pd.date_range("2019-01-01", periods=21, freq="YS")
    late = pd.date_range("2022-01-01", periods=14, freq="YS")
    numbered = launches(SAME)
    dated = {"r0": (early, numbered["r0"][1]), "r1": (late, numbered["r1"][1])}
    result = share(
        Bass, dated, ["p", "q"], kind="flow", draws=0,
        origin={"r0": "2019-01-01", "r1": "2022-01-01"},
    )  # fmt: skip
    plain = share(Bass, numbered, ["p", "q"], kind="flow", draws=0)
    assert_allclose(result.params, plain.params, rtol=3e-3)
    assert result.origins["r1"] == pd.Timestamp("2022-01-01")
    wave = Logistic(50.0, 0.6, 9.0)
    levels = {
        "whole": (early, wave(np.arange(21.0))),
        "part": (early[4:18], 2 * wave(np.arange(4.0, 18.0))),
    }
    levels["part"][1][3] *= 1.01
    levels["whole"][1][3] *= 1.01
    common = share(Logistic, levels, ["r", "t0"], draws=0)
    assert set(common.origins.values()) == {early[0]}
    assert_allclose(common.params["t0"], 9.0, atol=0.02)


def test_weights_of_zero_leave_points_out():
    records = launches(SAME)
    spoiled = {name: (t, y.copy()) for name, (t, y) in records.items()}
    spoiled["r0"][1][5] = 1e3
    weights = {"r0": np.arange(20) != 5}
    first = share(Bass, spoiled, ["q"], kind="flow", draws=0, weights=weights)
    spoiled["r0"][1][5] = 0.0
    second = share(Bass, spoiled, ["q"], kind="flow", draws=0, weights=weights)
    assert_allclose(first.params, second.params, rtol=1e-6)
    assert first.degrees_of_freedom == 32 - 5


def test_growth_rates_alone_can_be_shared():
    t, accepted, found = np.arange(12.0), 0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        records = {
            name: (t, size * np.exp(rate * t) * rng.lognormal(0, 0.05, 12))
            for name, size, rate in (("a", 1.0, 0.30), ("b", 9.0, 0.30), ("c", 4.0, 0.42))
        }
        pair = {name: records[name] for name in "ab"}
        for which, of in (("pair", pair), ("all", records)):
            p = share(Exponential, of, "r", scale="log", draws=0).table["p_chi_squared"].iloc[1]
            accepted += which == "pair" and p > 0.05
            found += which == "all" and p < 0.05
    assert accepted >= 14
    assert found == 20


@pytest.mark.parametrize(
    ("records", "shared", "options", "message"),
    [
        ({"a": (EDGES, np.ones(20))}, ["p"], {}, "two or more records"),
        (launches(SAME), ["r"], {}, "each once: some of m, p, q"),
        (launches(SAME), ["p", "p"], {}, "each once"),
        (launches(SAME), [], {}, "each once"),
        ({**launches(SAME), "bad": (EDGES, np.ones(19))}, ["p"], {}, "record 'bad': 19 flows"),
        (launches(SAME), ["p"], {"weights": {"x": 1}}, "weights names .'x'."),
        (launches(SAME), ["p"], {"weights": {1: 2, "x": 3}}, "weights names .'1', 'x'."),
        (launches(SAME), ["p"], {"weights": np.ones(20)}, "weights must be a mapping"),
        ({"a": EDGES, "b": 3.0}, ["p"], {}, "two or more records"),
        ([(EDGES, np.ones(20))], ["p"], {}, "or the columns of a DataFrame"),
        (dict(enumerate(launches(SAME).values())), ["p"], {}, "named by text; got 0"),
        (launches(SAME), ["p"], {"draws": -1}, "draws counts"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(records, shared, options, message):
    with pytest.raises(ValueError, match=message):
        share(Bass, records, shared, kind="flow", **options)


DAYS = pd.date_range("2024-01-01", periods=12)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (["soon"] * 12, "record 'b': times are neither numbers nor dates"),
        (DAYS.tz_localize("UTC"), "all records must have a time zone, or none of them"),
        (np.arange(12.0), "dates and of others numbers"),
        (DAYS[:0], "record 'b': there are no times"),
        ([None] * 12, "record 'b': times contain a missing date"),
    ],
)
def test_times_that_have_no_common_origin_are_refused(other, message):
    levels = Logistic(9.0, 0.9, 5.0)(np.arange(12.0))
    with pytest.raises(ValueError, match=message):
        share(Logistic, {"a": (DAYS, levels), "b": (other, levels)}, ["r"])


def test_an_interval_asks_whose_parameter_is_meant():
    result = share(Bass, launches(SAME), ["p", "q"], kind="flow", draws=0)
    for arguments, message in (
        (("m",), "say whose, record= one of r0, r1"),
        (("q", "r0"), "leave record out"),
        (("nu",), "has no 'nu'"),
    ):
        with pytest.raises(ValueError, match=message):
            result.interval(*arguments)
    assert list(result.curves) == ["r0", "r1"]
    assert_allclose(
        result.residuals["r1"],
        launches(SAME)["r1"][1] - predict(result.curves["r1"], EDGES[:14], "flow"),
        atol=1e-9,
    )


def test_the_ladder_is_drawn_with_the_best_model_filled_and_each_step_named():
    records = launches((Bass(100.0, 0.01, 0.35), Bass(30.0, 0.01, 0.50)), lengths=(20, 20))
    result = share(Bass, records, ["p", "q"], kind="flow", draws=0)
    ax = ladder(result)
    offsets = ax.collections[1].get_offsets()
    above = result.table["aicc"] - result.table["aicc"].min()
    assert_allclose(np.asarray(offsets)[:, 0], above)
    filled = (ax.collections[1].get_facecolors()[:, :3] < 0.9).all(axis=1)
    assert filled.tolist() == (above == 0).tolist()
    assert [text.get_text() for text in ax.texts][1].endswith("below 0.001 (χ²)")
    assert ax.get_yticklabels()[2].get_text() == "p, q shared (4)"
    plt.close(ax.figure)


RISING = (Exponential(3.0, 0.12), Exponential(5.0, 0.08))


def rising(noise, seed):
    """Return levels of two records that grow without a ceiling in sight."""
    rng, t = np.random.default_rng(seed), np.arange(20.0)
    errors = np.exp(noise * rng.standard_normal((2, t.size)))
    return {f"r{i}": (t, curve(t) * errors[i]) for i, curve in enumerate(RISING)}


@pytest.mark.parametrize("shared", ["r", "t0", "m"])
@pytest.mark.parametrize("seed", [3, 6])
def test_ceilings_that_run_away_end_at_the_limit_and_not_in_an_error(shared, seed):
    records = rising(0.25, seed)
    alone = {name: fit(Logistic, *each, scale="log") for name, each in records.items()}
    away = [not each.interior for each in alone.values()]
    assert any(away)
    result = share(Logistic, records, shared, scale="log", draws=0)
    likelihood = sum(each.log_likelihood for each in alone.values())
    assert_allclose(result.table["log_likelihood"].iloc[0], likelihood, atol=1e-5)
    assert (result.table["log_likelihood"].diff().dropna() < 0).all()


def test_a_ceiling_that_runs_away_keeps_its_lower_end():
    records = rising(0.25, 3)
    result = share(Logistic, records, "r", scale="log", draws=0)
    assert not result.interior
    assert result.concerns[0].startswith("r0: the best ceiling runs away")
    interval = result.interval("m", "r0")
    assert np.isinf(interval.high)
    assert interval.low > records["r0"][1].max() / 2
    assert np.isfinite(result.interval("r").high)


def test_records_without_a_ceiling_can_be_tested_by_simulation():
    result = share(Logistic, rising(0.25, 3), "r", scale="log", draws=19)
    assert 0 < result.table["p"].iloc[1] <= 1


@pytest.mark.parametrize("first", [100.0, 2000.0])
def test_exponentials_share_a_rate_however_far_from_their_time_zero(first):
    rng, t = np.random.default_rng(3), np.arange(12.0)
    records = {"a": 3 * np.exp(0.25 * t + rng.normal(0, 0.05, 12))}
    records["b"] = 7 * np.exp(0.25 * t + rng.normal(0, 0.05, 12))
    near, far = (
        share(Exponential, {name: (at + t, y) for name, y in records.items()}, ["r"], draws=0)
        for at in (0.0, first)
    )
    assert_allclose(far.params["r"], near.params["r"], rtol=1e-6)
    assert_allclose(far.table["aicc"], near.table["aicc"], rtol=1e-6)
    assert_allclose(far.interval("r").high, near.interval("r").high, rtol=1e-4)
    for name, curve in far.curves.items():
        assert_allclose(curve(first + t), near.curves[name](t), rtol=1e-5)
