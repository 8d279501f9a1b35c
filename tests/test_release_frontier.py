"""Who holds the frontier of cost and score (C7), and what the interval leaves out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from uptake.openclosed import known
from uptake.openclosed import release as rel
from uptake.openclosed.release.efficiency import (
    closed_share,
    interval,
    leave_out,
    on_frontier,
    places,
)
from uptake.openclosed.release.makers import base_model, maker


def test_the_share_of_a_frontier_is_worked_by_hand():
    # Places 0, 1, 2, 4, 9; the run at 2 is beaten by a cheaper one, the dearest adds nothing.
    score = np.array([0.2, 0.5, 0.4, 0.7, 0.6])
    place = np.array([0.0, 1.0, 2.0, 4.0, 9.0])
    closed = np.array([True, False, True, True, True])
    assert on_frontier(score).tolist() == [True, True, False, True, False]
    assert_allclose(closed_share(score, closed, place), [1 / 4])
    assert_allclose(closed_share(score, ~closed, place), [3 / 4])
    # As good for more money is no better: a tie belongs to the cheaper run.
    assert on_frontier(np.array([0.5, 0.5, 0.6])).tolist() == [True, False, True]
    assert np.isnan(closed_share(np.array([0.9, 0.5]), closed[:2], place[:2])[0])


frontiers = st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=3, max_size=15)


@given(frontiers)
def test_open_and_closed_shares_add_up_and_costs_have_no_unit(rows):
    score, closed = (np.array(column) for column in zip(*rows, strict=True))
    cost = np.sort(np.random.default_rng(len(rows)).lognormal(size=len(rows)))
    share = closed_share(score, closed, np.log(cost))
    if on_frontier(score).sum() == 1:
        assert np.isnan(share[0])
        return
    assert_allclose(share + closed_share(score, ~closed, np.log(cost)), 1)
    assert_allclose(share, closed_share(score, closed, np.log(7 * cost)))


def test_a_run_off_the_frontier_does_not_matter_to_the_share():
    table = rel.runs().table
    front = table[on_frontier(table["score"].to_numpy())]
    whole, alone = (
        closed_share(t["score"].to_numpy(), t["closed"].to_numpy(), places(t, "log"))[0]
        for t in (table, front)
    )
    assert_allclose(whole, alone)
    assert_allclose(rel.frontier_share(draws=5).value, whole)


def test_runs_of_other_sizes_and_of_two_models_are_counted_out():
    for benchmark in ("aider_polyglot", "aider_edit"):
        found = rel.runs(benchmark=benchmark)
        assert len(found.table) + found.left_out.iloc[1:].sum() == found.left_out["runs"]
        assert found.table["cases"].nunique() <= 3
    assert rel.runs(benchmark="aider_edit").left_out["other number of cases"] == 3
    assert len(rel.runs(pairs="closed").table) == len(rel.runs().table) + 2


@pytest.mark.parametrize("apart", ["lab", "base"])
def test_the_interval_holds_each_one_left_out_and_all_the_noise(apart):
    table = rel.runs().table
    found = rel.frontier_share(draws=200, apart=apart)
    without = leave_out(table, places(table, "log"), apart)
    assert found.low <= without.min() and found.high >= without.max()
    exact = table.assign(cases=10**9)
    certain = interval(exact, places(exact, "log"), 50, np.random.default_rng(7), apart=apart)
    assert_allclose(certain[1:], [min(without.min(), found.value), max(without.max(), found.value)],
                    atol=1e-3)  # fmt: skip


def test_makers_are_left_out_by_default_and_nothing_else_is():
    by_maker, by_model = (rel.frontier_share(draws=50, apart=a) for a in ("lab", "base"))
    declared = rel.frontier_share(draws=50)
    assert (declared.low, declared.high) == (by_maker.low, by_maker.high)
    assert (declared.low, declared.high) != (by_model.low, by_model.high)
    with pytest.raises(ValueError, match="apart is 'country'"):
        rel.frontier_share(draws=5, apart="country")


def test_leaving_a_maker_out_leaves_the_others_in():
    rows = {"cost": [1.0, 10.0, 100.0, 1000.0], "score": [0.1, 0.2, 0.3, 0.4]}
    table = pd.DataFrame(rows).assign(closed=[True, False, False, True], lab=list("abbc"))
    found = leave_out(table, places(table, "log"), "lab")
    # Without b closed a holds all; without a open b; without c one decade of each.
    assert_allclose(found[["a", "b", "c"]], [0.0, 1.0, 0.5])


def test_labels_open_and_closed_agree_with_the_other_tables_and_their_change_is_counted():
    runs = known("coding_cost", corrected=True).set_index("model")["weights"].astype(str)
    arena = known("arena_leaders").set_index("model")["weights"].astype(str)
    for here, there in {
        "yi-lightning": "Yi-Lightning",
        "Mistral Large 2 (2407)": "mistral-large-2407",
        "Mistral Large (2411)": "Mistral-Large-2411",
        "command-a-03-2025-quality": "command-a-03-2025",
        "Command R+ (08-24)": "Command R+ (08-2024)",
    }.items():
        assert set(runs[[here]]) == set(arena[[there]])
    assert runs.groupby(runs.index.str.lower().str.contains("yi.coder")).nunique()[True] == 1
    found, published = rel.relabelled(), rel.runs(corrected=False)
    assert found["relabelled"].sum() == (runs.to_numpy() != known("coding_cost")["weights"]).sum()
    moved = published.table["closed"] != rel.runs().table["closed"]
    assert moved.sum() == found.loc["aider_polyglot", "with_cost"]
    assert found.loc["aider_polyglot", "corrected"] == rel.frontier_share(draws=2).value


def test_settings_of_a_model_are_one_model_and_makers_are_known():
    assert base_model("o3 (high)") == base_model("o3") == "o3"
    assert {maker(b) for b in ("gpt-5", "o1", "chatgpt-4o-latest")} == {"OpenAI"}
    assert maker("Kimi K2") == "Kimi K2"


def test_owners_dealt_by_lot_have_the_share_they_should():
    found = rel.simulate_owners(0.75, np.random.default_rng(7), size=40, draws=100)
    assert (np.abs(found.truth - 0.75) <= 0.02).all()
    assert found.coverage > 0.9
    sure = rel.simulate_owners(1.0, np.random.default_rng(7), size=20, draws=100)
    assert sure.power == 1.0 and sure.power > found.power


def test_volume_and_turned_round_shares_are_worked_by_hand():
    e = np.e
    rows = pd.DataFrame({"cost": [1.0, e, e**3], "score": [0.2, 0.5, 0.8]})
    rows["closed"] = [True, False, True]
    # Areas: all .2 + 2 x .5, closed .2 x 3, open 2 x .5.
    found = rel.hypervolume(rows)
    assert_allclose(found[["closed", "open"]], [0.6 / 1.2, 1.0 / 1.2])
    assert_allclose(found[["only_closed", "only_open"]], [0.2 / 1.2, 0.6 / 1.2])
    ways = rel.by_measure(rows)
    assert_allclose(ways["log dollars"], 1 / 3)
    assert_allclose(ways["plain dollars"], (e - 1) / (e**3 - 1))
    assert_allclose(ways["scores"], (0.2 + 0.3) / 0.8)


def test_the_cheapest_solver_solves_and_nothing_cheaper_of_its_side_does():
    table = rel.runs().table
    for side, run in rel.cheapest_solver(table).iterrows():
        same = table[table["closed"] == (side == "closed")]
        assert run["score"] >= 0.5
        assert (same.loc[same["cost"] < run["cost"], "score"] < 0.5).all()


def test_energy_is_bounded_by_price_over_the_price_of_power():
    assert rel.energy_ceiling(1.0, 0.1) == pytest.approx(10)
    with pytest.raises(ValueError, match="positive price of electricity"):
        rel.energy_ceiling(1.0, 0.0)


def test_owners_dealt_by_lot_are_worked_by_hand():
    rows = {"cost": [1.0, 10.0, 1000.0], "score": [0.1, 0.2, 0.3], "base": list("abc")}
    table = pd.DataFrame(rows).assign(closed=[True, False, False])
    found = rel.by_lot(table, np.random.default_rng(7), size=3000)
    # The closed model is a, b or c with equal chance: one decade of three, two, or none.
    assert_allclose(np.unique(found.round(6)), [0, 1 / 3, 2 / 3], atol=1e-6)
    assert found.mean() == pytest.approx(1 / 3, abs=0.02)
    assert (rel.by_lot(table.assign(closed=True), np.random.default_rng(7), size=9) == 1).all()


def test_a_models_settings_are_dealt_to_one_owner():
    rows = {"cost": [1.0, 10.0, 100.0], "score": [0.1, 0.2, 0.3], "base": list("aab")}
    table = pd.DataFrame(rows).assign(closed=[True, True, False])
    assert set(rel.by_lot(table, np.random.default_rng(7), size=50)) == {0.0, 1.0}


def test_the_overturning_run_lifts_the_share_to_what_was_asked_and_a_dearer_one_does_not():
    rows = {"cost": [1.0, 10.0, 100.0, 1000.0], "score": [0.2, 0.5, 0.8, 0.9]}
    table = pd.DataFrame(rows).assign(closed=[False, False, True, True])
    assert_allclose(rel.overturning_cost(table, 0.5), 10**1.5)
    assert_allclose(rel.overturning_cost(table, 5 / 6), 10**0.5)
    real = rel.runs().table
    cost = rel.overturning_cost(real, 0.625)
    for factor, side in ((0.99, 1), (1.01, -1)):
        one = real.iloc[[0]].assign(cost=cost * factor, score=0.75, closed=True, base="new")
        more = pd.concat([real, one]).sort_values("cost", ignore_index=True)
        share = rel.by_measure(more)["log dollars"]
        assert side * (share - 0.625) > 0
    with pytest.raises(ValueError, match="above that"):
        rel.overturning_cost(table, 0.2)


def test_the_range_to_the_dearest_run_counts_who_leads_there():
    rows = {"cost": [1.0, 10.0, 100.0], "score": [0.2, 0.8, 0.7]}
    table = pd.DataFrame(rows).assign(closed=[False, True, False])
    assert_allclose(rel.by_measure(table)["log dollars"], 0.0)
    # Two decades: the cheaper one is open; above it the closed run still solves most.
    assert_allclose(rel.by_measure(rel.to_dearest(table))["log dollars"], 0.5)


def test_doubts_start_from_the_estimate_and_noisier_costs_widen_it():
    found = rel.doubts(np.random.default_rng(7), draws=400)
    declared, costs = found.loc["as declared"], found.iloc[-1]
    assert declared["share"] == rel.frontier_share(draws=50).value == costs["share"]
    assert costs["high"] - costs["low"] > declared["high"] - declared["low"]
    labs = leave_out(rel.runs().table, places(rel.runs().table, "log"), "lab")
    assert_allclose(found.loc["without DeepSeek", "share"], labs["DeepSeek"])
