"""Release and integration: waits between two days, gaps of laboratories, frontiers of cost."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import hypergeom
from statsmodels.duration.survfunc import SurvfuncRight

from uptake.openclosed import FREEZE, claims, known
from uptake.openclosed import release as rel
from uptake.openclosed.capability import index, monthly, sides
from uptake.openclosed.figures import release as draw
from uptake.openclosed.release.access import at_clock, change, widened
from uptake.openclosed.release.efficiency import (
    closed_share,
    interval,
    leave_out,
    on_frontier,
    places,
)
from uptake.openclosed.release.leaders import split
from uptake.openclosed.release.makers import base_model, maker

OWNERS = {
    "C5": rel.access_delay_change,
    "C6": rel.google_gap_trend,
    "C7": rel.frontier_share,
}


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("claim", OWNERS)
def test_the_declared_choices_are_arguments_and_their_first_levels_the_defaults(claim):
    rule, defaults = claims.load()[claim], OWNERS[claim].__kwdefaults__
    assert rule.function == f"release.{OWNERS[claim].__name__}"
    assert rule.primary == {name: defaults[name] for name in rule.primary}


@pytest.mark.parametrize("claim", OWNERS)
def test_every_level_of_every_choice_gives_an_estimate_or_a_reason(claim):
    rule = claims.load()[claim]
    for dimension in rule.dimensions:
        for level in dimension.values:
            found = OWNERS[claim](**(rule.primary | {dimension.name: level}), draws=30)
            assert found.unit == rule.prediction.unit
            assert found.exists or found.concerns


@pytest.mark.parametrize("claim", OWNERS)
def test_an_unknown_choice_is_refused_by_name(claim):
    names = [d.name for d in claims.load()[claim].dimensions if isinstance(d.values[0], str)]
    for name in names:
        with pytest.raises(ValueError):
            OWNERS[claim](**{name: "nonsense"}, draws=5)


# ------------------------------------------------------------------------------- waits of C5


def test_two_overlapping_waits_and_one_apart_are_worked_by_hand():
    # Mass can sit on day 2 (where both overlap) or on 8 to 10: two thirds and one third.
    found = rel.waiting([0, 2, 8], [2, 4, 10])
    assert found.first.tolist() == [2, 8] and found.last.tolist() == [2, 10]
    assert_allclose(found.mass, [[2 / 3, 1 / 3]], atol=1e-4)
    assert_allclose(found.mean(90), [(2 * 2 + 9) / 3], atol=1e-3)
    assert_allclose(found.mean(90, "early"), [(2 * 2 + 8) / 3], atol=1e-3)
    assert_allclose(found.mean(90, "late"), [(2 * 2 + 10) / 3], atol=1e-3)
    assert_allclose(found.beyond(8), [(1 / 3) * (2 / 3)], atol=1e-4)


def test_what_never_ends_runs_to_the_horizon_and_weights_are_counts():
    found = rel.waiting([1, 5], [1, np.inf], [[1, 1], [3, 1], [0, 0]])
    assert_allclose(found.mean(90)[:2], [(1 + 90) / 2, (3 + 90) / 4])
    assert_allclose(found.mean(90, "early")[:2], [3.0, 2.0])
    assert_allclose(found.beyond(30)[:2], [0.5, 0.25])
    assert np.isnan(found.mean(90)[2])


waits = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=3, max_size=25)


@settings(max_examples=30)
@given(waits)
def test_with_exact_days_turnbull_is_kaplan_and_meier(rows):
    days, ended = (np.array(column) for column in zip(*rows, strict=True))
    if not ended.any():
        return
    # Censored at day c means after c; statsmodels counts it at risk on day c itself.
    found = rel.waiting(np.where(ended, days, days + 1), np.where(ended, days, np.inf))
    known_curve = SurvfuncRight(days, ended.astype(int))
    for time, share in zip(known_curve.surv_times, known_curve.surv_prob, strict=True):
        assert_allclose(found.beyond(time)[0], share, atol=5e-3)


@pytest.mark.parametrize("bad", [([], []), ([3], [2]), ([1, 2], [3])])
def test_waits_that_end_before_they_begin_are_refused(bad):
    with pytest.raises(ValueError):
        rel.waiting(*bad)
    with pytest.raises(ValueError, match="where is 'middle'"):
        rel.waiting([1], [2]).mean(90, "middle")


def test_later_waits_give_a_later_change_and_alike_years_none():
    table = pd.DataFrame({"first": [0.0, 3, 6, 9] * 2, "year": [2025] * 4 + [2026] * 4})
    table = table.assign(last=table["first"], cluster=list("abcdefgh"))
    assert change(table, 20, np.random.default_rng(1))[0] == pytest.approx(0, abs=1e-6)
    shift = 10 * (table["year"] == 2026)
    later = table.assign(first=table["first"] + shift, last=table["last"] + shift)
    value, low, high = change(later, 400, np.random.default_rng(1))
    assert value == pytest.approx(10, abs=1e-3) and low < 10 < high


def test_models_released_together_are_resampled_together():
    # Eight releases of four models alike: twice the spread of 32 models that stand alone.
    days = np.repeat([0.0, 30.0] * 4, 4)
    one = pd.DataFrame({"first": days, "last": days, "year": 2025})
    both = pd.concat([one, one.assign(year=2026)], ignore_index=True)
    alone = both.assign(cluster=[f"r{i}" for i in range(64)])
    tied = both.assign(cluster=[f"r{i // 4}" for i in range(64)])
    ends = [change(t, 600, np.random.default_rng(2), level=0.8) for t in (alone, tied)]
    assert ends[1][2] - ends[1][1] > 1.7 * (ends[0][2] - ends[0][1])


def test_fewer_releases_call_for_a_wider_quantile():
    levels = [widened(n, 0.95) for n in (4, 20, 10_000)]
    assert levels[0] > levels[1] > levels[2]
    assert_allclose(levels[2], 0.95, atol=1e-4)


def test_no_listing_after_the_freeze_is_seen_and_every_model_is_counted():
    found = rel.delays()
    began = found.table["released"] + pd.to_timedelta(
        found.table["last"].where(np.isfinite(found.table["last"]), 0), unit="D"
    )
    assert (began <= FREEZE).all() and (found.table["first"] <= found.table["last"]).all()
    listed = np.isfinite(found.table["last"]).sum()
    # Muse Spark is in the table of first listings, Mythos Preview in the events alone.
    in_table = found.table["model"].isin(known("capability_index")["model"]) & ~np.isfinite(
        found.table["last"]
    )
    left = found.left_out
    assert listed + in_table.sum() + left["without a usable listing"] == left.iloc[0]


def test_a_day_on_which_the_list_lacked_the_model_is_not_a_day_of_access():
    row = rel.delays().table.set_index("model").loc["GPT-5.3 Codex"]
    # Absent on day 18, listed on day 24; the release notes say day 19.
    assert (row["first"], row["last"]) == (19, 24)


def test_o3_waits_from_its_release_and_not_from_its_announcement():
    row = rel.delays().table.set_index("model").loc["o3"]
    assert row["released"] == pd.Timestamp("2025-04-16") and row["last"] == 3


def test_the_ends_of_the_clock_bracket_the_likelihood():
    # Turnbull's distribution is the mean of the conditional ones, each within its interval.
    for _, rows in rel.delays().table.groupby("year"):
        means = [
            rel.waiting(t["first"], t["last"]).mean(90)[0]
            for t in (at_clock(rows, clock) for clock in ("lower", "interval", "upper"))
        ]
        assert means[0] < means[1] < means[2]


def test_counting_unlisted_previews_as_waiting_raises_the_change_only():
    kept, out = (rel.access_delay_change(previews=p, draws=5) for p in ("censored", "out"))
    assert kept.n == out.n + len(rel.unlisted_previews()) and kept.value > out.value


def test_simulated_delays_carry_the_effect_and_large_ones_are_seen():
    rng = np.random.default_rng(5)
    found = rel.simulate_delays(30.0, rng, size=60, draws=99)
    error = found.values.std() / np.sqrt(60)
    assert abs(found.values.mean() - 30) < 4 * error
    none = rel.simulate_delays(0.0, rng, size=60, draws=99)
    assert found.power > 0.8 > 0.3 > none.power
    assert none.held_share == 0
    with pytest.raises(ValueError, match="hold for more days"):
        rel.simulate_delays(30.0, rng, held=5)


# --------------------------------------------------------------------------- events of C5


def test_the_odds_of_restricting_events_are_those_of_fishers_table():
    table = rel.events()
    by = table.groupby("year")["does"].apply(lambda does: (does == "opens").sum())
    sizes = table.groupby("year").size()
    value, low, high = rel.restriction_odds(table)
    # At the conditional estimate the expected count equals the observed one (Fisher).
    observed = sizes[2026] - by[2026]
    counts = np.arange(0, sizes[2026] + 1)
    base = hypergeom(sizes.sum(), (sizes - by).sum(), sizes[2026])
    weight = base.pmf(counts) * value**counts
    assert_allclose((counts * weight).sum() / weight.sum(), observed, rtol=1e-3)
    assert low < value < high


def test_a_held_model_ends_with_general_access_to_the_same_model():
    held = rel.held_back(rel.events())
    dated = held.dropna(subset="until")
    assert len(dated) and (dated["until"] >= dated["date"]).all()
    assert set(held.loc[held["waiting"], "model"]) == set(rel.unlisted_previews()["model"])
    assert held.loc[held["waiting"], "until"].isna().all()
    assert (rel.events()["known"] <= FREEZE).all()


# ------------------------------------------------------------------------------- gaps of C6


def test_an_edition_after_the_freeze_is_never_fitted():
    with pytest.raises(ValueError, match="later than the freeze"):
        rel.google_gap_trend(vintage="2026-08-11")


def test_the_two_groups_hold_only_their_own_models():
    both = rel.pair()
    for front, names in ((both.closed, ("OpenAI", "Anthropic")), (both.open, ("Google",))):
        assert both.labs.reindex(front.names).str.startswith(names).all()
    everything = sides(index("2026-05-14")).closed
    assert len(both.closed.dates) + len(both.open.dates) + both.left_out.sum() == len(
        everything.dates
    )
    with pytest.raises(ValueError, match="no closed model of Nobody"):
        split(sides(index("2026-05-14")), ("Nobody",), ("Google",))


def test_the_gap_changes_sign_when_the_groups_change_places():
    swapped = rel.pair(leaders=("Google",), rivals=("OpenAI", "Anthropic"))
    there, back = (monthly(b, "2024-01-01")["gap"] for b in (rel.pair(), swapped))
    assert_allclose(there, -back)


def test_the_arena_trend_is_the_elo_trend_at_the_exchange_rate():
    gap = rel.arena_gap()["gap"].loc["2024-01-01":]
    years = (gap.index - gap.index[0]) / pd.Timedelta(days=365.25)
    expected = np.polyfit(years, gap, 1)[0] * rel.exchange_rate()
    assert_allclose(rel.google_gap_trend(measure="arena").value, expected, rtol=1e-9)


def test_an_elo_point_is_worth_the_slope_of_index_on_elo():
    both, votes = sides(index("2026-05-14")), rel.arena_gap()["best"]
    votes = votes[votes.index <= both.until]
    assert_allclose(rel.exchange_rate(), np.polyfit(votes, both.closed(votes.index), 1)[0])


def test_the_gap_of_a_laboratory_alone_is_never_wider_than_that_of_both():
    both = monthly(rel.pair(), "2024-03-01")["gap"]
    for lab in ("OpenAI", "Anthropic"):
        one = monthly(rel.pair(leaders=(lab,)), "2024-03-01")["gap"]
        assert (one <= both.reindex(one.index) + 1e-9).all()


def test_catching_up_that_is_put_in_is_found_on_average():
    found = rel.catching_up(-6.0, np.random.default_rng(6), size=600)
    assert abs(found.slopes.mean() + 6) < 4 * np.sqrt(2) * found.slopes.std() / np.sqrt(600)


def test_takeovers_count_the_months_in_which_google_leads():
    gap = monthly(rel.pair(), "2024-01-01")["gap"]
    seen = rel.takeovers(np.random.default_rng(6), size=20).loc["seen"]
    assert seen["google_leads"] == (gap < 0).mean()
    assert seen["changes"] == ((gap < 0).astype(int).diff().abs() == 1).sum()


def test_the_places_of_a_quarter_are_shared_out_completely():
    table = rel.by_quarter()
    assert (table[["two", "Google", "others"]].sum(axis=1) == 10).all()
    leads = rel.leading()
    assert all(leads[leads.index.strftime("%Y-%m") == q].item() == table.loc[q, "leader"]
               for q in table.index)  # fmt: skip


# ---------------------------------------------------------------------------- frontier of C7


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


def test_the_interval_holds_every_model_left_out_and_all_the_noise():
    table = rel.runs().table
    found = rel.frontier_share(draws=200)
    without = leave_out(table, places(table, "log"), "base")
    assert found.low <= without.min() and found.high >= without.max()
    exact = table.assign(cases=10**9)
    certain = interval(exact, places(exact, "log"), 50, np.random.default_rng(7))
    assert_allclose(certain[1:], [min(without.min(), found.value), max(without.max(), found.value)],
                    atol=1e-3)  # fmt: skip


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


# ---------------------------------------------------------------------------------- figures


def test_a_wait_without_end_is_dashed_to_the_horizon():
    ax = draw.waits(rel.delays().table)
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert len(ax.lines) == len(rel.delays().table)
    assert len(dashed) == len(rel.unlisted_previews())
    assert all(line.get_xdata()[1] >= 90 for line in dashed)


def test_the_frontier_is_drawn_in_its_owners_colours():
    table = rel.runs().table
    ax = draw.cost_frontier(table)
    front = table[on_frontier(table["score"].to_numpy())]
    bars = [line for line in ax.lines if line.get_linewidth() == 4]
    assert [bar.get_color() for bar in bars] == [
        draw.COLORS["closed" if closed else "open"] for closed in front["closed"]
    ]
    assert [text.get_text() for text in ax.texts] == front["model"].tolist()


def test_every_held_model_has_a_row_and_open_ends_are_dashed():
    held = rel.held_back(rel.events())
    marks = {"opens": rel.events().loc[rel.events()["does"] == "opens", "date"]}
    ax = draw.timeline(held, marks, freeze=FREEZE)
    assert sum(line.get_linestyle() == "--" for line in ax.lines) == held["waiting"].sum()
    assert f"opens ({len(marks['opens'])})" in [text.get_text() for text in ax.texts]


# ------------------------------------------------------------------- what the interval leaves out


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
