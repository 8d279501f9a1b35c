"""All claims under all choices: the rule applied again, simulated curves, figures that count."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake.frontier import frontier
from uptake.openclosed import choices, claims, multiverse
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.figures import choice_curves
from uptake.openclosed.figures import choices as draw
from uptake.openclosed.judging import judge
from uptake.openclosed.market.profile import Steps
from uptake.openclosed.multiverse import dealt, frontiers, noise
from uptake.openclosed.trends import correlated
from uptake.openclosed.volume import lines

CLAIMS = claims.load()
TESTABLE = [name for name, claim in CLAIMS.items() if claim.testable]


@pytest.fixture(scope="module")
def small():
    """Tables of three claims with few choices."""
    return multiverse.tables({name: CLAIMS[name] for name in ("C4", "C5", "C7")}, progress=False)


def a_few(name):
    """Return some rows of a claim's universe, estimated by the function that owns it."""
    claim = CLAIMS[name]
    table = choices.universe(claim)
    rows = table.iloc[[0, len(table) // 2, len(table) - 1]].reset_index(drop=True)
    function, fixed = choices.owner(claim), multiverse.SHORTER.get(name, ({}, ""))[0]
    found = [function(**row, **fixed).value for row in rows.to_dict("records")]
    return rows.assign(estimate=found, low=0.0, high=0.0, concerns="")


# ------------------------------------------------------------------ the tables and the rule


def test_the_first_row_holds_the_estimate_that_was_judged(small):
    judged = choices.owner(CLAIMS["C5"])()
    shorter = choices.run(choices.owner(CLAIMS["C5"]), CLAIMS["C5"], draws=199)
    assert small["C5"].loc[0, "high"] == judged.high != shorter.loc[0, "high"]
    assert_allclose(small["C5"]["estimate"], shorter["estimate"])
    assert small["C5"].loc[1, "concerns"].endswith("interval from 199 draws")
    assert "199" not in small["C5"].loc[0, "concerns"]


def test_each_specifications_verdict_is_that_of_the_rule_with_it_as_primary(small):
    claim, table = CLAIMS["C7"], small["C7"]
    found = multiverse.words(claim, table, 0.9)
    for word, row in zip(found, table.itertuples(), strict=True):
        estimate = Estimate(row.estimate, row.low, row.high, claim.prediction.unit)
        again = judge(claim, estimate, specifications=table, power=0.9, as_of="2026-05-31")
        assert word == again.verdict
    assert set(found) == {"against", "cannot tell"}
    assert set(multiverse.words(claim, table, 0.49)) == {"cannot tell"}


def test_where_too_few_specifications_agree_an_interval_inside_is_mixed(small):
    claim = CLAIMS["C7"]
    table = small["C7"].assign(estimate=[0.2] * 12 + [0.9] * 4, low=0.1, high=0.3)
    assert set(multiverse.words(claim, table, 0.9)) == {"mixed"}


def test_a_number_that_differs_from_the_verdict_shown_is_named(small):
    shown = [multiverse.judged(CLAIMS["C7"], small["C7"], {"power": 0.7, "as_of": "2026-05-31"})]
    shown = [each.as_dict() for each in shown]
    assert multiverse.agrees(CLAIMS, small, shown).loc["C7", "differs"] == ""
    moved = [{**shown[0], "share_against": 0.5}]
    assert multiverse.agrees(CLAIMS, small, moved).loc["C7", "differs"] == "share_against"


def test_shares_of_for_against_between_and_missing_are_one(small):
    shown = [{"claim": name, "verdict": "cannot tell", "power": 0.9} for name in small]
    table = multiverse.accounts(CLAIMS, small, shown)
    assert_allclose(table[["for", "against", "between", "missing"]].sum(axis=1), 1)


def test_a_choice_that_moves_no_estimate_is_called_idle():
    claim = CLAIMS["C4"]
    table = choices.universe(claim).assign(low=0.0, high=1.0, concerns="")
    table["estimate"] = np.where(table["level"] == "author", 1.0, 2.0) + (
        table["mixed"] == "bounds"
    )
    row = multiverse.few(CLAIMS, {"C4": table}).loc["C4"]
    assert (row["idle"], row["different"], row["specifications"]) == ("start", 3, 8)


@pytest.mark.parametrize("name", TESTABLE)
def test_every_claim_is_supported_to_the_right_and_refuted_to_the_left(name):
    rule = CLAIMS[name].prediction
    for region, side in ((rule.supports, 1), (rule.refutes, -1)):
        middle = [v for v in (rule.no_effect, rule.smallest_effect) if region.contains(v, v)]
        places = draw.place(CLAIMS[name], middle)
        assert (side * places >= 1 - 1e-9).all() and len(places)


# ------------------------------------------------------------------------- simulated curves


def test_p_values_count_the_curves_that_are_at_least_as_far_out():
    simulated = np.array([[0.8, 0.9], [0.1, 0.3], [0.5, 0.6], [0.2, 0.2], [0.4, 0.4]])
    test = multiverse.CurveTest(CLAIMS["C7"], "", np.arange(2), np.array([0.8, 0.8]), simulated)
    assert test.median == 0.8
    assert_allclose(test.medians, [0.85, 0.2, 0.55, 0.2, 0.4])
    assert test.p_median == pytest.approx(2 * 2 / 6)  # one above, and one is added
    assert test.share == 1.0 and test.p_share == pytest.approx(2 / 6)
    row = multiverse.against_chance({"C7": test}).loc["C7"]
    assert row["error"] == pytest.approx(2 * np.sqrt(2 / 9 / 5))


def test_a_missing_estimate_lies_in_no_region_and_not_in_the_median():
    seen = np.array([np.nan, 0.9])
    test = multiverse.CurveTest(CLAIMS["C7"], "", np.arange(2), seen, np.array([[0.1, np.nan]]))
    assert (test.median, test.share, test.medians[0], test.shares[0]) == (0.9, 0.5, 0.1, 0.0)


def test_where_the_claim_is_that_nothing_changes_the_effect_is_what_refutes_it():
    for name, side in (("C1", "refutes"), ("C14", "refutes"), ("C10", "supports")):
        test = multiverse.CurveTest(CLAIMS[name], "", np.arange(1), np.zeros(1), np.zeros((1, 1)))
        assert test.effect == getattr(CLAIMS[name].prediction, side)


def test_every_testable_claim_has_null_records_or_a_reason():
    assert set(multiverse.NULLS) | set(multiverse.NO_TEST) == set(TESTABLE)
    assert not set(multiverse.NULLS) & set(multiverse.NO_TEST)
    with pytest.raises(ValueError, match="no sampling error"):
        multiverse.null_curves(CLAIMS["C4"], pd.DataFrame(), np.random.default_rng(1))


@pytest.mark.parametrize("name", multiverse.NULLS)
def test_on_the_real_record_a_simulator_gives_the_claims_own_estimates(name):
    # null_curves refuses anything else; the simulated estimates must differ from one another.
    table = a_few(name)
    found = multiverse.null_curves(CLAIMS[name], table, np.random.default_rng(13), size=9)
    assert found.simulated.shape == (9, len(found.rows))
    assert (found.simulated.std(axis=0) > 0).all()


def test_a_simulator_that_has_parted_from_the_claims_function_is_refused(small):
    moved = small["C7"].assign(estimate=small["C7"]["estimate"] + 0.01)
    with pytest.raises(ValueError, match="16 of 16 estimates on the real record"):
        multiverse.null_curves(CLAIMS["C7"], moved, np.random.default_rng(13), size=3)


def test_dealing_keeps_the_numbers_of_each_label_and_the_lots_of_each_name():
    lots = dealt.Lots(np.random.default_rng(1), 50)
    labels = [2025, 2026, 2026, 2025, 2026]
    first = lots.deal(list("abcde"), labels)
    assert first[0].tolist() == labels
    assert (np.sort(first, axis=1) == [2025, 2025, 2026, 2026, 2026]).all()
    again = lots.deal(list("edcba"), labels[::-1])[:, ::-1]
    assert (first == again).all()
    assert len({tuple(row) for row in first[1:]}) > 5


def test_a_model_that_draws_itself_keeps_its_score():
    dates = pd.to_datetime(["2024-01-01", "2024-07-01", "2025-01-01"])
    side = frontier(dates, [1.0, 5.0, 3.0], names=["a", "b", "c"], errors=[1.0, 1.0, 1.0])
    lots = pd.DataFrame([[0.1, 0.5, 0.9], [0.9, 0.1, 0.5]], columns=["a", "b", "c"])
    drawn = frontiers._drawn(side, lots, 2.0, 2.0, dates[0])
    assert_allclose(drawn[0], side.scores)
    t = np.asarray((dates - dates[0]) / pd.Timedelta(days=365.25))
    assert_allclose(drawn[1] - 2 * t, (side.scores - 2 * t)[[2, 0, 1]])


def test_records_that_are_one_record_get_one_noise_as_large_as_the_themes_own():
    rng = np.random.default_rng(5)
    y = pd.Series(correlated(30, 0.8, 1, rng)[0], np.arange(30))
    assert lines.hac(y.index, y).correlation[0] > 0.5
    real, drawn = noise._together([y, y, -y], rng, 4000, kind="slope")
    assert_allclose(real, [real[0], real[0], -real[0]])
    assert_allclose(drawn[:, 0], drawn[:, 1], atol=1e-8)
    assert_allclose(drawn[:, 0], -drawn[:, 2], atol=1e-8)
    own = lines.simulate(y.index, y, 0.0, rng, size=4000).noise
    assert drawn[:, 0].std() == pytest.approx(own.std(), rel=0.06)


def test_errors_without_displacement_are_those_of_growth_on_common_demand():
    rng = np.random.default_rng(2)
    other, ratio = rng.normal(size=40), np.linspace(0.2, 1.0, 40)
    shared = Steps(0.4 * other + 3 * ratio, other, ratio, np.arange(40))
    assert_allclose(noise._errors_without(shared), 0, atol=1e-12)
    opposed = Steps(-0.4 * other + 3 * ratio, other, ratio, np.arange(40))
    trend = np.polyval(np.polyfit(ratio, -0.4 * other, 1), ratio)
    assert_allclose(noise._errors_without(opposed), -0.4 * other - trend, atol=1e-10)


def test_what_was_published_as_two_levels_is_their_change_by_the_year():
    values = {each.claim: each.value for each in multiverse.PUBLISHED if each.value is not None}
    # From the middle of 2023-01-01 to 2025-10-30 to that of 2026-01-01 to 2026-05-29.
    years = (1033 / 2 + 63 + 148 / 2) / 365.25
    assert_allclose([values["C10"], values["C14"]], [1 / years, 0.5 / years], rtol=1e-12)


# ---------------------------------------------------------------------------------- figures


def test_a_thinned_curve_keeps_the_ends_and_the_primary_specification():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"estimate": rng.normal(size=500)})
    drawn, primary = choice_curves.thinned(table, 60)
    assert len(drawn) == 60 and drawn["estimate"][primary].tolist() == [table["estimate"][0]]
    assert drawn["estimate"].min() == table["estimate"].min()
    assert drawn["estimate"].max() == table["estimate"].max()
    assert np.diff(np.sort(table["estimate"].rank()[drawn.index])).max() < 20
    assert choice_curves.thinned(table, 500)[0] is table


def test_the_titles_of_curves_count_all_specifications_also_when_thinned(small):
    assert choice_curves.finding(CLAIMS["C5"], small["C5"]).endswith("shares are no evidence")
    claim = replace(CLAIMS["C5"], no_vote="")
    ax = choice_curves.curve(claim, small["C5"])
    found = small["C5"]["estimate"]
    above, inside = ((found >= 14).mean(), (found <= 7).mean())
    title = " ".join(ax.figure.texts[0].get_text().split())
    assert title == f"C5: {above:.0%} of 24 combinations support, {inside:.0%} speak against"
    plt.close(ax.figure)


def test_the_overview_counts_both_sides_and_clips_what_lies_far_out(small):
    only = {"C7": small["C7"]}
    ax = draw.overview(CLAIMS, only, {"C7": "against"})
    texts = [text.get_text() for text in ax.texts]
    assert texts[-2:] == ["100%", "0%"]
    heights = [bar.get_height() for bar in ax.patches if bar.get_height() < 0]
    assert min(heights) == -0.5
    assert draw.place(CLAIMS["C7"], [-1e9, 1e9, np.inf]).tolist() == [-3.0, 3.0, 3.0]
    plt.close(ax.figure)


def test_bars_of_the_variance_fill_each_row(small):
    divided = multiverse.decompositions(small)
    ax = draw.movers(divided)
    rows = pd.Series({id(bar): round(bar.get_y(), 3) for bar in ax.patches})
    widths = pd.Series({id(bar): bar.get_width() for bar in ax.patches})
    assert_allclose(widths.groupby(rows).sum(), 1, atol=1e-9)
    plt.close(ax.figure)
