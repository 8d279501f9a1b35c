"""The growth model: closed forms, differential equations, and the sweep over its worlds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import spearmanr

from uptake.openclosed import claims
from uptake.openclosed import selfimprovement as si
from uptake.openclosed.figures import selfimprovement as draw
from uptake.openclosed.selfimprovement.sweep import Range


@pytest.fixture(scope="module")
def claim():
    return claims.load()["C14"]


@pytest.mark.parametrize("returns", [0.6, 1.6, 4.0])
def test_the_closed_side_follows_its_closed_form(returns):
    # Elasticity 1, all work by models, compute one half: feedback is half of returns * hardening.
    world = si.World(hardening=0.5, returns=returns, automated=1.0)
    path = si.run(world, 6.0)
    expected = si.closed_form(path.t, 0.5, 0.25 * returns)
    # Near infinity the time, not the capability, is what can be compared; see the next test.
    near = path.best < 5
    assert_allclose(path.best[near], expected[near], rtol=1e-4, atol=1e-5)
    assert path.runaway == (returns == 4.0)


def test_above_the_threshold_the_closed_side_is_infinite_at_the_known_time():
    path = si.run(si.World(hardening=0.5, returns=4.0, automated=1.0), 20.0)
    assert_allclose(path.t[-1], np.log(2) / 0.5, rtol=1e-4)


@pytest.mark.parametrize("copied", [0.0, 0.4, 1.0])
def test_without_feedback_and_tightening_the_lag_stays(copied):
    path = si.run(si.World(automated=0.0, copied=copied, withheld=0.3), 12.0)
    assert_allclose(path.best, path.t, atol=1e-5)
    assert_allclose(path.true_lag, 1.3, atol=1e-3)
    assert_allclose(path.measured_lag, 1.0, atol=1e-3)


def test_with_copying_alone_a_lag_follows_its_differential_equation():
    # S = 1 and no feedback: gap' = 1 - (gap - eta t), so gap = 1 + eta (t - 1 + exp(-t)).
    eta = 0.2
    path = si.run(si.World(automated=0.0, copied=1.0, tightening=eta), 8.0)
    expected = 1 + eta * (path.t - 1 + np.exp(-path.t))
    assert_allclose(path.gap, expected, atol=2e-3)
    assert_allclose(path.true_lag, path.gap, atol=2e-3)
    # What is public at t was made at (1 - eta) t; when was the open side's level shown?
    made = path.t - expected
    assert_allclose(
        path.measured_lag, path.t - np.where(made > 0, made / (1 - eta), made), atol=5e-3
    )


def test_the_open_sides_equation_holds_along_a_path():
    world = si.World(returns=1.5, elasticity=0.7, copied=0.3, withheld=0.4, tightening=0.1,
                     closing=0.05, access=0.8, quickening=0.6, hardening=0.4)  # fmt: skip
    path = si.run(world, 6.0, points=4000)
    t, x, y = path.t, path.best, path.opened
    made = t - 0.4 - 0.1 * t
    public = np.where(made > 0, np.interp(made, t, x), made)
    effort = [np.exp(world.log_effort(z)) for z in (x, y + 0.8 * np.maximum(public - y, 0))]
    speed = np.exp(0.4 * (t - x)) * effort[0]
    own = 0.7 * np.exp(0.4 * (t - 1.4 - y)) * effort[1]
    rate = own + 0.3 * np.exp(-0.05 * t) * (public - y) * speed**0.6
    assert_allclose(np.gradient(y, t)[5:-5], rate[5:-5], rtol=5e-3)


@pytest.mark.parametrize("sigma", [0.3, 0.999999, 1.0, 1.000001, 2.58])
def test_research_effort_is_a_ces_and_is_one_today(sigma):
    world = si.World(elasticity=sigma, compute=0.4, automated=0.3, returns=2.0, hardening=0.5)
    assert_allclose(world.log_effort(0.0), 0.0, atol=1e-12)
    work = 0.7 + 0.3 * np.exp(1.0 * 2.0)
    rho = (sigma - 1) / sigma
    plain = (0.4 + 0.6 * work**rho) ** (1 / rho) if abs(rho) > 1e-3 else work**0.6
    assert_allclose(np.exp(world.log_effort(2.0)), plain, rtol=1e-5)


def test_complements_cannot_run_away_and_substitutes_can():
    common = {"returns": 4.0, "automated": 0.5, "hardening": 0.5}
    assert not si.run(si.World(elasticity=0.3, **common), 20.0).runaway
    assert si.run(si.World(elasticity=2.0, **common), 20.0).runaway


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"copied": 2}, "copied is 2"),
        ({"tightening": 1.0}, "tightening"),
        ({"closing": -1}, "closing"),
    ],
)
def test_a_world_without_meaning_is_refused(bad, words):
    with pytest.raises(ValueError, match=words):
        si.World(**bad)
    with pytest.raises(ValueError, match="horizon"):
        si.run(si.World(), 0.0)


def test_holding_back_lengthens_the_true_lag_and_not_the_measured_one():
    today = si.today(draws=50)
    (lag, kept), (_, tight) = si.paths(
        si.ranges(today), [{"tightening": 0.0}, {"tightening": 2.0}], years=3.0
    )
    assert tight.true_lag[-1] > kept.true_lag[-1] and tight.measured_lag[-1] < kept.measured_lag[-1]
    assert lag == pytest.approx(today.lag.value)


def test_the_sweep_stays_in_its_ranges_and_repeats_itself():
    ranges = si.ranges(si.today(draws=50))
    tables = [si.sweep(ranges, np.random.default_rng(7), size=8, years=2.0) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)
    for name, each in ranges.items():
        values = tables[0][name]
        assert values.between(each.low, each.high).all()
        # A Latin hypercube has one value in each eighth of the range.
        low, high, at = (np.log(v) if each.log else v for v in (each.low, each.high, values))
        assert sorted(((at - low) / (high - low) * 8).astype(int)) == list(range(8))


def test_a_fixed_parameter_has_one_value_and_open_sources_keep_the_lag_bounded():
    ranges = si.ranges(si.today(draws=50))
    still = {"tightening": 0.0, "closing": 0.0}
    table = si.sweep(ranges, np.random.default_rng(7), size=24, **still)
    assert (table[list(still)] == 0).all(axis=None)
    assert table["true"].max() < 0.5
    assert (table["runaway"] == (table["progress"] > 19.99)).all()


def test_rank_correlations_are_spearmans():
    rng = np.random.default_rng(8)
    table = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    table["out"] = np.exp(table["a"] + 0.3 * rng.normal(size=60))
    names = {name: Range(name, "", 0, 1, "") for name in "ab"}
    found = si.importance(table, names, "out", np.random.default_rng(9), draws=200)
    for name in "ab":
        assert found.loc[name, "rank correlation"] == pytest.approx(
            spearmanr(table[name], table["out"])[0]
        )
    assert found.index[0] == "a" and found.loc["a", "low"] > 0.8
    assert found.loc["b", "low"] < 0 < found.loc["b", "high"]


def test_each_world_has_one_region_and_the_bounds_are_the_claims(claim):
    drifts = [claim.prediction.supports.high, 1.5, claim.prediction.refutes.low, -3.0]
    table = pd.DataFrame({"true": drifts, "runaway": [False, False, False, True]})
    assert si.place(table, claim).tolist() == ["bounded", "between", "lag grows", "runaway"]


def test_the_map_shows_each_region_where_it_is():
    x, y = np.meshgrid([0.25, 1.0, 4.0], [0.0, 0.9], indexing="ij")
    table = pd.DataFrame({"returns": x.ravel(), "copied": y.ravel()})
    place = pd.Series(["bounded", "lag grows"] * 2 + ["runaway"] * 2)
    names = {"bounded": "B", "lag grows": "G", "runaway": "R"}
    ax = draw.regions(table, place, names=names, labels=("r", "S"))
    cells = ax.collections[0].get_array()
    assert cells.reshape(2, 3).tolist() == [[0, 0, 3], [2, 2, 3]]
    assert {text.get_text() for text in ax.texts} == set("BGR")
    plt.close(ax.figure)


def test_true_and_measured_are_drawn_once_where_they_are_one():
    ranges = si.ranges(si.today(draws=50))
    worlds = si.paths(ranges, [{"withheld": 0.0, "tightening": 0.0}, {"withheld": 3.0}], years=2.0)
    ax = draw.hidden(dict(zip(("none", "some"), worlds, strict=True)), years=2.0)
    assert [t.get_text() for t in ax.texts] == [
        "none:\ntrue and measured",
        "some: true",
        "measured",
    ]
    plt.close(ax.figure)


def test_the_cloud_counts_its_worlds_in_the_key(claim):
    table = pd.DataFrame({"true": [0.0, 3.0], "distance": [1.0, 3.0], "runaway": [False, False]})
    names = dict.fromkeys(si.REGIONS, "world")
    ax = draw.cloud(table, si.place(table, claim), names=names, bounds=(1.0, 2.0))
    assert [t.get_text()[-3:] for t in ax.get_legend().get_texts()] == ["(1)", "(0)", "(1)", "(0)"]
    plt.close(ax.figure)
