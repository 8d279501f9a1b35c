"""The conclusion: verdicts held to their rules, one scale for all, README's figure, tables."""

import copy
import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output
from notebook_comparison import drawing_differences
from numpy.testing import assert_allclose

from uptake import figures
from uptake.openclosed import FREEZE, capability, choices, claims, conclusion, volume
from uptake.openclosed.argument import implied_price_ratio
from uptake.openclosed.book import verdicts
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.figures import conclusion as draw
from uptake.openclosed.rules import DASH
from uptake.openclosed.site.directives import caption

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
RULES = claims.load()


@pytest.fixture(scope="module")
def found():
    return verdicts.read(NOTEBOOKS)


@pytest.fixture(scope="module")
def table(found):
    return conclusion.sheet(found)


# --- verdicts and rules ---------------------------------------------------------------------------

UNIVERSES = {name: choices.universe(RULES[name]) for name in ("C2", "C3", "C5")}
numbers = st.floats(-40, 40)


@examples(60)
@given(
    st.sampled_from(sorted(UNIVERSES)),
    st.tuples(numbers, numbers, numbers),
    st.sampled_from([0.0, 0.3, 0.49, 0.5, 0.9]),
    st.tuples(numbers, numbers),
    st.sampled_from([0.1, 0.5, 0.79, 0.8, 0.81, 1.0]),
)
def test_a_word_follows_from_a_verdict_as_the_judge_found_it(name, x, power, levels, part):
    claim, universe = RULES[name], UNIVERSES[name]
    low, value, high = sorted(x)
    first = np.arange(len(universe)) < round(part * len(universe))
    runs = universe.assign(estimate=np.where(first, *levels))
    estimate = Estimate(value, low, high, claim.prediction.unit)
    judged = claims.judge(claim, estimate, specifications=runs, power=power, as_of=FREEZE)
    shown = {"estimate": value, "low": low, "high": high, "power": power}
    shown |= {"share": judged.share_for, "share_against": judged.share_against}
    assert conclusion.worded(shown, claim) == judged.verdict


def test_a_threshold_that_is_just_met_is_met():
    shown = {"estimate": 0.0, "low": -1.0, "high": 1.0, "power": 0.5}
    shown |= {"share": 0.0, "share_against": 0.8}
    assert conclusion.worded(shown, RULES["C10"]) == "against"
    assert conclusion.worded(shown | {"share_against": 0.7999}, RULES["C10"]) == "mixed"
    assert conclusion.worded(shown | {"power": 0.4999}, RULES["C10"]) == "cannot tell"


def test_an_end_without_limit_is_read_as_such():
    shown = {"estimate": 9.0, "low": 4.0, "high": None, "power": 0.9}
    shown |= {"share": 1.0, "share_against": 0.0}
    assert conclusion.worded(shown, RULES["C10"]) == "supported"
    assert conclusion.worded(shown | {"low": None}, RULES["C10"]) == "cannot tell"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Another title"),
        ("grade", "A"),
        ("notebook", "01-the-argument"),
        ("unit", "furlongs"),
        ("as_of", "2026-08-31"),
        ("tripwire", {"date": "2030-01-01", "observation": "x", "source": "y"}),
        ("verdict", "supported"),
    ],
)
def test_a_verdict_that_is_not_of_the_rule_is_refused(found, field, value):
    changed = copy.deepcopy(found)
    (one,) = (verdict for verdict in changed if verdict["claim"] == "C12")
    one[field] = value
    with pytest.raises(ValueError, match=r"of C12 in .* run make record ONLY=08"):
        conclusion.sheet(changed)


def test_a_claim_without_a_verdict_is_named(found):
    with pytest.raises(ValueError, match="no notebook shows a verdict on C3"):
        conclusion.sheet([verdict for verdict in found if verdict["claim"] != "C3"])


def test_the_rules_own_thresholds_change_nothing_and_stricter_ones_decide_no_more(found):
    ways = conclusion.other_thresholds(found)
    assert ways.loc["the rule", "changed"] == "none"
    undecided = ways["cannot tell"]
    assert undecided["power of 80%"] >= undecided["the rule"] >= undecided["power not asked for"]
    assert (ways.drop(columns="changed").sum(axis=1) == len(RULES)).all()


# --- one scale ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_on_the_common_scale_one_supports_and_minus_one_refutes(name):
    rule = RULES[name].prediction
    refuted, supported = conclusion.edges(rule)
    row = {"estimate": supported, "low": min(refuted, supported), "high": max(refuted, supported)}
    where = conclusion.placed(pd.DataFrame(row, [name])).loc[name]
    assert_allclose(where, [1, -1, 1], atol=1e-12)
    far = 3 * (supported - refuted)
    for x, region in ((supported + far, rule.supports), (refuted - far, rule.refutes)):
        held = np.clip(x, region.low, region.high)
        assert region.contains(held, held)
        where = conclusion.placed(pd.DataFrame(dict.fromkeys(row, held), [name])).loc[name]
        assert abs(where["estimate"]) > 1
        assert (where["estimate"] > 0) == (region is rule.supports)


def test_an_unbounded_interval_stays_unbounded_when_the_direction_turns():
    falling = pd.DataFrame({"estimate": [-0.4], "low": [-0.4], "high": [np.inf]}, ["C11"])
    assert_allclose(conclusion.placed(falling).loc["C11"], [1.0, -np.inf, 1.0])


def test_what_an_interval_leaves_out_is_told_by_its_region(table):
    for name, row in table.iterrows():
        rule = RULES[name].prediction
        assert (row["leaves_out"] == "what supports") == (
            not rule.supports.meets(row["low"], row["high"])
        )


# --- figure, README and landing page --------------------------------------------------------------


def drawn(table, folder, monkeypatch):
    """Return the SVG of the main figure, drawn as the notebook draws it."""
    monkeypatch.setenv("UPTAKE_FIGURES", str(folder))
    figures.use_house_style()
    ax = draw.all_claims(table)
    figures.finish(ax, **conclusion.captions(table))
    return figures.save(ax.figure, "14-claims", alt=conclusion.alt_text(table)).path.read_text()


def test_the_first_figure_is_that_of_the_notebooks_verdicts(table, tmp_path, monkeypatch):
    committed = ROOT / "figures/14-claims.svg"
    fresh = drawn(table, tmp_path, monkeypatch)
    assert drawing_differences(committed.read_text(), fresh) == [], "run make record ONLY=14"
    assert caption(committed) == (conclusion.headline(table), conclusion.alt_text(table))
    changed = table.copy()
    changed.loc["C3", "estimate"] += 0.3
    assert drawing_differences(committed.read_text(), drawn(changed, tmp_path, monkeypatch))


def test_readme_opens_with_this_figure_and_its_words(table):
    alt, path = re.search(r"!\[(.*?)\]\((.*?)\)", (ROOT / "README.md").read_text()).groups()
    assert path == "figures/14-claims.svg"
    assert alt == conclusion.alt_text(table)


def test_the_landing_page_leads_with_the_same_figure():
    page = (NOTEBOOKS / "index.md").read_text()
    assert page.index("{lead} 14-claims") < page.index("{verdicts}") < page.index("{notebooks}")


def test_the_short_answer_names_the_decided_claims_and_no_other(table):
    first = nbformat.read(NOTEBOOKS / "14-verdict.ipynb", as_version=4).cells[0].source
    answer = first.split("**Short answer.**")[1].split("**Rests on**")[0]
    decided = table.index[table["verdict"].isin(["supported", "against", "mixed"])]
    assert set(re.findall(r"C\d+", answer)) == set(decided)
    assert ("none is supported" in answer) == (not (table["verdict"] == "supported").any())


def test_claims_that_the_prose_qualifies_still_leave_out_what_supports(table):
    cells = nbformat.read(NOTEBOOKS / "14-verdict.ipynb", as_version=4).cells
    (said,) = (cell.source for cell in cells if "say less than they seem" in " ".join(
        re.sub(r'"\s+f?"', "", cell.source).split()))  # fmt: skip
    named = set(re.findall(r"C\d+", said.split("Three of them")[1].split("C7 rests")[0]))
    assert named == {"C9", "C12", "C14"}
    assert (table.loc[sorted(named), "leaves_out"] == "what supports").all()
    assert (table.loc[sorted(named), "verdict"] == "cannot tell").all()


def test_the_table_of_verdicts_shows_no_share_that_is_no_evidence(table):
    shown = conclusion.verdict_table(table)["choices for / against"]
    dashed = {row.split()[0] for row in shown.index[shown == DASH]}
    assert dashed == {name for name, rule in RULES.items() if rule.no_vote}
    assert shown[~(shown == DASH)].str.fullmatch(r"\d+% / \d+%|none").all()


def test_every_row_of_the_figure_has_title_verdict_and_interval(table):
    ax = draw.all_claims(table)
    words = [text.get_text() for text in ax.texts]
    for name, row in table.iterrows():
        assert f"{name} {row['title']}" in words
    for word, count in table["verdict"].value_counts().items():
        assert words.count(word) == count
    marks = [line for line in ax.lines if line.get_marker() == "D"]
    assert [line.get_markerfacecolor() != "white" for line in marks] == [
        word != "cannot tell" for word in table["verdict"]
    ]


# --- what other notebooks show --------------------------------------------------------------------


def executed(folder, *frames):
    """Return the path of a notebook that shows tables."""
    outputs = [
        new_output("execute_result", {"text/html": f.to_html(notebook=True)}) for f in frames
    ]
    cells = [new_code_cell("table", outputs=[output]) for output in outputs]
    path = folder / "10-on-the-record.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def scores(**columns):
    row = {"series": "a & b", "forecast": "1", "actual": "2", "due": "2026-12-31"}
    return pd.DataFrame(row | columns, index=["C10", "C2", "C10"])


def test_a_table_is_read_as_it_is_shown(tmp_path):
    whole = scores(n=[3, 3, 0], inside=["1.00", "0.67", ""], gained=["-0.2", "0.1", ""])
    path = executed(tmp_path, whole, pd.DataFrame({"n": [1]}))
    read = conclusion.shown_table(path, {"series", "gained"})
    pd.testing.assert_frame_equal(read, whole.astype(str))
    with pytest.raises(ValueError, match=r"shows 2 tables with the columns n;.*make record"):
        conclusion.shown_table(path, {"n"})
    with pytest.raises(ValueError, match="shows 0 tables"):
        conclusion.shown_table(path, {"no such column"})


def test_the_summer_is_summed_up_by_claim_over_scored_series(tmp_path):
    rows = scores(n=[3, 12, 12], inside=["1.00", "0.50", "0.50"], gained=["-0.2", "0.1", "0.3"])
    executed(tmp_path, rows)
    found = conclusion.summer(tmp_path)
    assert found.index.tolist() == ["C2", "C10"]
    assert found.loc["C10"].tolist() == [2, 12, 0.75, 1, "2026-12-31"]
    executed(tmp_path, rows.assign(n=[0, 12, 0]))
    assert conclusion.summer(tmp_path).index.tolist() == ["C2"]


def test_committed_notebooks_show_what_is_read_from_them():
    assert set(conclusion.summer(NOTEBOOKS).index) <= set(RULES)
    before = conclusion.before(NOTEBOOKS)
    assert {"C1", "C2", "C8", "C12", "C13"} == set(before["claim"])
    assert before.dropna(subset="value").eval("low <= value <= high").all()


# --- published numbers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published():
    return conclusion.recomputed()


def test_each_published_number_is_recomputed_or_its_absence_explained(published):
    wanted = {f"R{number}" for number in range(1, 17)}
    assert set(published["id"]) | set(conclusion.not_recomputed().index) == wanted
    assert published[["published", "ours"]].notna().all(axis=None)
    assert published["notebook"].map(lambda n: (NOTEBOOKS / f"{n}.ipynb").exists()).all()


def test_ours_is_what_the_steps_of_the_notebooks_end_at(published):
    def row(number, by):
        return published[(published["id"] == number) & (published["by"] == by)].iloc[0]

    lag = capability.steps(capability.lag, capability.OURS, capability.EPOCH, 3.5)
    epoch = row("R1", "Epoch AI")
    assert_allclose(epoch["ours"], 3.5 - lag["not explained"])
    assert_allclose(epoch["own"], lag["ours"])
    share = row("R8", "T. Tunguz")
    explained = volume.tunguz_steps().drop("not explained")
    assert_allclose([share["ours"], share["own"]], [100 * explained.sum(), 100 * explained["ours"]])
    # Four fifths of the tokens and 96% of the dollars: 0.96 / 0.04 over 0.8 / 0.2.
    assert_allclose(row("R7", "Nagle and Yue")["ours"], 24 / 4)
    assert_allclose(implied_price_ratio(0.8, 0.96), 6)


def test_a_ratio_of_one_is_drawn_at_one_and_labelled(published):
    ax = draw.published(published)
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert_allclose(marks, published["ours"] / published["published"])
    assert ax.get_yticklabels()[0].get_text().startswith("R1 open models' lag")


# --- tables ---------------------------------------------------------------------------------------


def test_statements_and_unseen_figures_are_all_listed(table):
    said = conclusion.statements(table)
    assert said.index.tolist() == [f"S{number}" for number in range(1, 8)]
    assert said.loc["S7", "hangs on"] == f"C7 ({table.loc['C7', 'verdict']})"
    assert said.loc["S2", "hangs on"] == "no claim"
    assert len(conclusion.unseen()) == sum(len(claim.untestable) for claim in RULES.values())


def test_the_table_of_verdicts_shows_what_the_notebooks_show(found, table):
    shown = conclusion.verdict_table(table)
    for verdict, (head, row) in zip(found, shown.iterrows(), strict=True):
        assert head == f"{verdict['claim']} {verdict['title']}"
        assert verdict["notebook"].startswith(row["notebook"])
        assert row["verdict"] == f"**{verdict['verdict']}**"
        assert verdict["unit"] in row["estimate"]


def test_a_headline_counts_every_verdict():
    words = ["supported", "mixed", "mixed", "not testable", "cannot tell"]
    assert conclusion.headline(pd.DataFrame({"verdict": words})) == (
        "Of 5 claims 1 is supported, none is contradicted where tested, 2 are mixed, 1 is "
        "undecided and 1 is not testable"
    )
