"""Systems against closed forms, solvers and likelihoods that are not the library's own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats
from scipy.integrate import odeint

from uptake import Bass, Logistic, datasets, fit
from uptake.competing import UCRCD, LotkaVolterra, NortonBass, compete
from uptake.competing.systems import System

T = np.linspace(0.0, 25.0, 26)
RIVALS = LotkaVolterra(100.0, 90.0, 0.6, 0.7, 0.9, 0.3, 5.0, 0.2)


def records(system, t, noise, seed):
    rng = np.random.default_rng(seed)
    levels = system(t)
    return dict(zip("abc", levels + rng.normal(0, noise, levels.shape), strict=False))


@pytest.fixture(scope="module")
def rivalry():
    return compete(LotkaVolterra, T, records(RIVALS, T, 1.5, 4))


@pytest.fixture(scope="module")
def apart():
    truth = LotkaVolterra(100.0, 60.0, 0.5, 0.4, 0.0, 0.0, 3.0, 2.0)
    return compete(LotkaVolterra, T, records(truth, T, 2.0, 11))


# A plain substitution


@pytest.mark.parametrize("seed", range(3))
def test_what_one_gains_and_the_other_loses_is_found(seed):
    t, rng = np.arange(16.0), np.random.default_rng(seed)
    first = Logistic(50.0, 0.6, 8.0)(t)
    levels = np.array([first, 60.0 - first])
    y = levels + rng.normal(0, 0.5, levels.shape)
    result = compete(LotkaVolterra, t, {"new": y[0], "old": y[1]})
    fitted = np.array(list(result.fitted.values()))
    # The truth is the limit of a second rate without bound; the fastest one searched lags a fifth
    # of a step behind it.
    assert ((y - fitted) ** 2).sum() < 3 * ((y - levels) ** 2).sum()
    assert result.ladder.aicc["separate curves"] > result.ladder.aicc["LotkaVolterra"] + 50
    taken = result.interval("a21")
    assert 0.9 < taken.low < result.params["a21"] < taken.high < 1.2
    assert any("r2 has run to the edge" in concern for concern in result.concerns)


# Fits


def negative_log_likelihood(values, y):
    (m1, m2, r1, r2), (a12, a21), start = np.exp(values[:4]), values[4:6], values[6:]

    def slope(logs, _):
        n1, n2 = np.exp(np.minimum(logs, 10.0))
        return r1 * (1 - (n1 + a12 * n2) / m1), r2 * (1 - (n2 + a21 * n1) / m2)

    levels = np.exp(odeint(slope, start, T, rtol=1e-8, atol=1e-8)).T
    return -sum(
        stats.norm.logpdf(record, level, np.std(record - level, mean=0)).sum()
        for record, level in zip(y, levels, strict=True)
    )


def test_optimum_is_not_bettered_by_an_independent_search(rivalry):
    y = list(rivalry.records.values())
    found = np.array(list(rivalry.params.values()))
    found[[0, 1, 2, 3, 6, 7]] = np.log(found[[0, 1, 2, 3, 6, 7]])
    ours = negative_log_likelihood(found, y)
    assert rivalry.log_likelihood == pytest.approx(-ours, abs=1e-4)
    start = np.log([100.0, 90.0, 0.6, 0.7, 1.0, 1.0, 5.0, 0.2])
    start[4:6] = 0.9, 0.3
    options = {"maxiter": 700, "xatol": 1e-5, "fatol": 1e-7}
    other = optimize.minimize(
        negative_log_likelihood, start, (y,), method="Nelder-Mead", options=options
    )
    assert ours <= other.fun + 1e-3


def test_model_without_cross_terms_is_two_logistic_fits(rivalry, apart):
    together = sum(fit(Logistic, T, y).log_likelihood for y in apart.records.values())
    assert apart.ladder.log_likelihood["separate curves"] == pytest.approx(together, abs=1e-4)
    assert apart.ladder.parameters["separate curves"] == 6
    ratio = 2 * (rivalry.log_likelihood - rivalry.ladder.log_likelihood["separate curves"])
    assert rivalry.ladder.ratio["separate curves"] == pytest.approx(ratio)


def test_cross_terms_are_recovered_where_they_are_strong(rivalry):
    assert 0.9 in rivalry.interval("a12")
    assert 0.3 in rivalry.interval("a21")
    assert 0.0 not in rivalry.interval("a12")
    assert rivalry.ladder.p["separate curves"] < 1e-6
    assert rivalry.ladder.aicc.idxmin() == "LotkaVolterra"


def test_end_of_an_interval_lies_on_the_cutoff(rivalry):
    interval, profile = rivalry.interval("a12"), rivalry.profile("a12")
    held = compete(LotkaVolterra, T, rivalry.records, fixed={"a12": interval.high})
    rise = np.expm1(2 * (rivalry.log_likelihood - held.log_likelihood) / 52) * (52 - 8)
    assert rise == pytest.approx(profile.cutoff(0.95), rel=0.01)
    assert rise == pytest.approx(stats.f.ppf(0.95, 1, 44), rel=0.01)


def test_end_lies_on_the_cutoff_when_the_estimate_has_run_off():
    # Seen from a cross term of a million, zero and the crossing at ten are next to each other.
    endless = LotkaVolterra(1e7, 90.0, 0.12, 0.5, 0.3 / 90 * 1e7 / 0.12, 0.0, 20.0, 0.3)
    t = np.arange(20.0)
    result = compete(LotkaVolterra, t, records(endless, t, 1.0, 1))
    profile, interval = result.profile("a12"), result.interval("a12")
    assert result.params["a12"] > 1e5 and interval.high == np.inf
    at = profile.trace.solve(interval.low * np.array([0.95, 1.0, 1.05]))
    below, on, above = profile.statistic(at.cost)
    assert on == pytest.approx(profile.cutoff(0.95), rel=0.01)
    assert below > 1.02 * on > 1.04 * above


def test_separate_populations_are_rejected_about_as_often_as_they_should_be(apart):
    # At a nominal 5%, 3 of 60 are expected; 10 or more has a chance below 0.001.
    ratios = apart.simulated_ratios(60, np.random.default_rng(8))
    p = stats.f.sf(np.expm1(ratios / 52) * 44 / 2, 2, 44)
    assert (p < 0.05).sum() < 10
    # A search that missed optima would crowd at 1, one that compared unlike models at 0.
    assert 0.3 < np.median(p) < 0.7


def test_bootstrap_p_counts_simulated_ratios(apart):
    rng = np.random.default_rng
    ratios, observed = apart.simulated_ratios(19, rng(3)), apart.ladder.ratio["separate curves"]
    result = apart.test(19, rng=rng(3))
    assert result.p_value == pytest.approx((1 + (ratios >= observed).sum()) / 20)
    assert result.constraints == 2
    assert "separate curves" in str(result)


def test_cross_term_is_open_while_growth_is_exponential():
    t, rng = np.arange(14.0), np.random.default_rng(1)
    y = np.exp(np.outer([0.2, 0.35], t) + rng.normal(0, 0.05, (2, 14)))
    result = compete(LotkaVolterra, t, {"a": y[0], "b": y[1]}, scale="log")
    assert not result.interval("a12").bounded
    assert result.ladder.aicc.idxmin() == "separate curves"


def test_unit_of_one_record_changes_only_what_is_in_that_unit(rivalry):
    other = {"a": rivalry.records["a"] * 1000, "b": rivalry.records["b"]}
    large = compete(LotkaVolterra, T, other).params
    unit = {"m1": 1e3, "n1": 1e3, "a12": 1e3, "a21": 1e-3}
    for name, value in rivalry.params.items():
        assert large[name] == pytest.approx(value * unit.get(name, 1.0), rel=1e-3)


def test_points_without_weight_change_nothing():
    y, weights = records(RIVALS, T, 1.5, 4), {"b": np.ones(T.size)}
    weights["b"][[3, 10]] = 0.0
    spoilt = {"a": y["a"], "b": y["b"].copy()}
    spoilt["b"][[3, 10]] = 1e3
    fits = [compete(LotkaVolterra, T, each, weights=weights) for each in (y, spoilt)]
    assert fits[0].params == pytest.approx(fits[1].params, rel=1e-9)
    assert np.isnan(fits[1].residuals["b"][[3, 10]]).all()
    assert fits[1].degrees_of_freedom == 52 - 2 - 8


def test_the_share_of_each_ceiling_is_that_of_the_level_reached():
    assert_allclose(
        list(RIVALS.reached(8.0).values()), RIVALS([8.0])[:, 0] / [RIVALS.m1, RIVALS.m2]
    )
    late = NortonBass(m=(100.0, 60.0), p=0.02, q=0.5, launches=(0.0, 6.0))
    own = Bass(1.0, 0.02, 0.5)
    assert late.reached(9.0) == pytest.approx({"m1": float(own(9.0)), "m2": float(own(3.0))})
    market = UCRCD(m=100.0, p1=0.02, p2=0.01, q11=0.4, q12=0.1, q21=0.1, q22=0.4)
    assert market.reached(5.0) == pytest.approx({"m": market([5.0]).sum() / 100})
    entered = replace(market, entry=4.0, m0=60.0, p0=0.02, q0=0.5)
    assert entered.reached(9.0)["m0"] == pytest.approx(entered([4.0])[0, 0] / 60)


def test_a_fit_holds_together(rivalry):
    residual = rivalry.records["a"] - rivalry.fitted["a"]
    assert_allclose(rivalry.residuals["a"], residual)
    assert rivalry.sse["a"] == pytest.approx(residual @ residual)
    assert_allclose(rivalry.system(T)[0], rivalry.fitted["a"], rtol=1e-5)
    assert rivalry.interior
    text = str(rivalry)
    assert "1 = a, 2 = b" in text
    assert "a12" in text


def test_fixed_parameters_stay_and_have_no_interval():
    y = records(RIVALS, T, 1.5, 4)
    result = compete(LotkaVolterra, T, y, fixed={"a12": 0.9, "a21": 0.3})
    assert result.params["a12"] == 0.9
    assert list(result.ladder.index) == ["LotkaVolterra"]
    with pytest.raises(ValueError, match="was fixed"):
        result.interval("a12")
    with pytest.raises(ValueError, match="no simpler model"):
        result.test(5, rng=np.random.default_rng(1))


def test_dates_count_in_years():
    days = pd.date_range("2024-01-01", periods=26, freq="MS")
    result = compete(LotkaVolterra, days, records(RIVALS, T, 1.5, 4))
    assert result.origin == days[0]
    assert result.params["r1"] == pytest.approx(0.57 * 12, rel=0.03)


# Diffusions and generations


def test_competing_diffusions_are_recovered_from_flows():
    edges, rng = np.arange(26.0), np.random.default_rng(2)
    truth = UCRCD(m=100.0, p1=0.02, p2=0.01, q11=0.5, q12=-0.1, q21=0.3, q22=0.3)
    flows = np.diff(truth(edges)) + rng.normal(0, 0.05, (2, 25))
    result = compete(UCRCD, edges, {"a": flows[0], "b": flows[1]})
    assert result.kind == "flow"
    assert result.params["m"] == pytest.approx(100, rel=0.02)
    assert -0.1 in result.interval("q12")
    assert result.ladder.p["no cross influence"] < 0.001
    assert result.ladder.parameters.to_dict() == {
        "no cross influence": 5,
        "two Bass curves": 6,
        "UCRCD": 7,
    }


def test_rival_bass_curves_are_those_of_fit():
    edges, rng = np.arange(21.0), np.random.default_rng(5)
    truth = UCRCD(100.0, 0.02, 0.02, 0.4, 0.1, 0.2, 0.4, 6.0, 60.0, 0.03, 0.35)
    flows = np.diff(truth(edges)) + rng.normal(0, 0.1, (2, 20))
    result = compete(UCRCD, edges, {"a": flows[0], "b": flows[1]}, launches={"a": 0.0, "b": 6.0})
    first = fit(Bass, edges, flows[0], kind="flow")
    second = fit(Bass, edges[6:] - 6, flows[1, 6:], kind="flow")
    expected = first.log_likelihood + second.log_likelihood
    assert result.ladder.log_likelihood["two Bass curves"] == pytest.approx(expected)
    assert result.degrees_of_freedom == 20 + 14 - 10
    assert result.params["m0"] == pytest.approx(60, rel=0.1)
    assert result.log_likelihood > expected


def test_computer_generations_are_fitted_as_well_as_by_another_optimiser():
    table = datasets.load("classic_diffusion")
    y = np.array(
        [
            table.loc[table["series"] == f"ibm_systems_in_use_generation_{i}", "value"]
            for i in (1, 2, 3, 4)
        ]
    )
    # Period 1 is the first year of generation 1; each starts where it is first above zero.
    begins = [int(np.argmax(row > 0)) for row in y]
    t = np.arange(1.0, y.shape[1] + 1)
    names = ["first", "second", "third", "fourth"]
    result = compete(
        NortonBass,
        t,
        dict(zip(names, y, strict=True)),
        launches=dict(zip(names, map(float, begins), strict=True)),
        fixed={"switching": 1.0},
    )

    def objective(logs):
        *m, p, q = np.exp(logs)
        levels = NortonBass(tuple(m), p, q, 1.0, tuple(map(float, begins)))(t)
        used = t > np.array(begins)[:, np.newaxis]
        return sum(
            u.sum() / 2 * (np.log(2 * np.pi * np.mean((a - b)[u] ** 2)) + 1)
            for a, b, u in zip(y, levels, used, strict=True)
        )

    starts = [np.log([*y.max(axis=1), p, q]) for p in (0.003, 0.03) for q in (0.3, 0.7)]
    options = {"maxiter": 4000, "maxfev": 4000, "xatol": 1e-6, "fatol": 1e-8}
    other = min(
        optimize.minimize(objective, start, method="Nelder-Mead", options=options).fun
        for start in starts
    )
    assert -result.log_likelihood <= other + 1e-3
    assert 0 < result.params["p"] < result.params["q"] < 2


def test_switching_is_told_from_its_absence():
    t = np.arange(1.0, 26.0)
    for switching in (0.0, 1.0):
        truth = NortonBass((100.0, 60.0), 0.02, 0.5, switching, (0.0, 6.0))
        y = records(truth, t, 1.5, 3)
        result = compete(NortonBass, t, y, launches={"a": 0.0, "b": 6.0})
        assert switching in result.interval("switching")
        assert (1.0 - switching) not in result.interval("switching")
        label = "full switching" if switching else "separate curves"
        assert result.ladder.p[label] > 0.01


# Bad input


@pytest.mark.parametrize(
    ("model", "options", "match"),
    [
        (Bass, {}, "system such as"),
        (LotkaVolterra, {"kind": "flow"}, "kind='stock'"),
        (LotkaVolterra, {"scale": "loglog"}, "scale must be"),
        (LotkaVolterra, {"fixed": {"a13": 0.0}}, "no parameter 'a13'"),
        (LotkaVolterra, {"fixed": {"m1": -1.0}}, "above zero"),
        (LotkaVolterra, {"fixed": {"m1": "wide"}}, "m1 is fixed at 'wide'; it must be one finite"),
        (LotkaVolterra, {"fixed": {"a12": None}}, "a12 is fixed at None"),
        (LotkaVolterra, {"weights": {"c": np.ones(26)}}, "name no record"),
        (LotkaVolterra, {"weights": {1: 2, "c": 3}}, "name no record: 1, c"),
        (LotkaVolterra, {"weights": {"a": np.zeros(26)}}, "not all zero"),
        (LotkaVolterra, {"launches": {"a": 0.0, "b": 2.0}}, "no launches"),
        (LotkaVolterra, {"fixed": ["a12"]}, "fixed must be a mapping"),
        (LotkaVolterra, {"weights": np.ones(26)}, "weights must be a mapping"),
        (UCRCD, {"kind": "stock", "launches": [0.0, 2.0]}, "launches must be a mapping"),
        (UCRCD, {"kind": "stock", "launches": {"a": 0.0, "b": "soon"}}, "numbers where those are"),
        (UCRCD, {"kind": "stock", "launches": {"a": 0.0, "b": np.nan}}, "launches holds NaN"),
        (LotkaVolterra, {"bootstrap": 5}, "rng="),
        (UCRCD, {"kind": "stock", "launches": {"a": 0.0, "b": 2.0}}, "points lie before"),
        (UCRCD, {"kind": "stock", "launches": {"a": 0.0}}, "one entry for each"),
        (UCRCD, {"kind": "stock", "launches": {"a": 3.0, "b": 1.0}}, "order of the records"),
        (NortonBass, {"kind": "flow"}, "kind='stock'"),
    ],
)
def test_impossible_options_are_refused_with_advice(model, options, match):
    y = records(RIVALS, T, 0.1, 1)
    if options.get("kind") == "flow":
        y = {name: values[1:] for name, values in y.items()}
    with pytest.raises(ValueError, match=match):
        compete(model, T, y, **options)


@pytest.mark.parametrize(
    ("second", "options", "match"),
    [
        (np.full(26, 3.0), {}, "constant"),
        (np.r_[np.nan, np.ones(25)], {}, "NaN"),
        (np.arange(25.0), {}, "go with 26 values"),
        (np.arange(26.0), {"scale": "log"}, "log scale cannot take"),
    ],
)
def test_impossible_records_are_refused_with_advice(second, options, match):
    with pytest.raises(ValueError, match=match):
        compete(LotkaVolterra, T, {"a": np.arange(1.0, 27.0), "b": second}, **options)


@pytest.mark.parametrize(
    ("second", "match"),
    [
        (pd.NaT, "launches must be dates"),
        (pd.Timestamp("2013-01-01", tz="UTC"), "neither numbers nor dates"),
        ("soon", "neither numbers nor dates"),
        (2013, "neither numbers nor dates, but a mixture"),
    ],
)
def test_launches_that_are_no_dates_are_refused_where_times_are(second, match):
    t, y = pd.date_range("2012-01-01", periods=26, freq="YS"), records(RIVALS, T, 0.1, 1)
    launches = {"a": pd.Timestamp("2012-01-01"), "b": second}
    options = {"kind": "stock", "origin": "2012-01-01", "launches": launches}
    with pytest.raises(ValueError, match=match):
        compete(UCRCD, t, y, **options)
    zoned = pd.DatetimeIndex(["2012-01-01", "2013-01-01"], tz="UTC")
    with pytest.raises(ValueError, match="a time zone only where times have one"):
        compete(UCRCD, t, y, **options | {"launches": dict(zip("ab", zoned, strict=True))})
    for values, advice in ((dict(enumerate(y.values())), "by text"), ([1.0], "is a mapping")):
        with pytest.raises(ValueError, match=advice):
            compete(UCRCD, t, values, kind="stock", origin="2012-01-01")


def test_lone_and_third_populations_are_refused():
    y = np.arange(1.0, 27.0)
    for names in ("a", "abc"):
        with pytest.raises(ValueError, match="two records"):
            compete(LotkaVolterra, T, {name: y for name in names})


@pytest.mark.parametrize("wrong", ["LotkaVolterra", None, Bass, System])
def test_what_is_no_system_is_refused(wrong):
    with pytest.raises(ValueError, match="the first argument is a system such as LotkaVolterra"):
        compete(wrong, T, {"a": T + 1, "b": T + 2})
