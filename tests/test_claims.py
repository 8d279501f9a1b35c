"""The file of claims: what it holds, and how a faulty one is refused."""

import copy
import json
import math
import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from uptake import datasets
from uptake.openclosed import choices, claims

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
DOCUMENT = tomllib.loads((resources.files("uptake.openclosed") / "claims.toml").read_text("utf-8"))


def test_file_holds_every_claim_and_statement():
    assert list(claims.load()) == [f"C{n}" for n in range(1, 15)]
    assert list(claims.statements()) == [f"S{n}" for n in range(1, 8)]


def test_owners_are_those_of_the_plan_of_the_book():
    owned = {}
    for claim in claims.load().values():
        owned.setdefault(claim.notebook[:2], []).append(claim.id)
    plan = {"03": "C9 C10", "04": "C3 C4", "05": "C11", "06": "C2 C8", "07": "C1"}
    plan |= {"08": "C12 C13", "09": "C5 C6 C7", "12": "C14"}
    assert owned == {number: ids.split() for number, ids in plan.items()}


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_names_the_claims_it_owns(path):
    named = json.loads(path.read_text())["metadata"].get("uptake", {}).get("claims", [])
    assert named == [c.id for c in claims.load().values() if c.notebook == path.stem]


@pytest.mark.parametrize("claim", claims.load().values(), ids=lambda c: c.id)
def test_the_rule_stands_and_is_explained(claim):
    rule = claim.prediction
    assert not rule.supports.meets(rule.refutes.low, rule.refutes.high)
    assert min(len(text.split()) for text in (rule.estimand, rule.reason, claim.rival)) > 10
    assert rule.secondary
    assert claim.tripwire.date > claims.essay().date
    assert all(2 <= len(dimension.levels) <= 4 for dimension in claim.dimensions)


@pytest.mark.parametrize("statement", claims.statements().values(), ids=lambda s: s.id)
def test_a_statement_is_tied_to_a_claim_or_names_what_would_test_it(statement):
    assert statement.claims or not statement.testable
    assert statement.datum
    assert statement.holder


def _rule(document):
    return document["claims"]["C2"]["prediction"]


def broken(change):
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["claims"].pop("C3"), "not C1 to C13 in order"),
        (lambda d: d["statements"].pop("S1"), "not S1 to S6 in order"),
        (lambda d: _rule(d).update(supports=[0.1, math.inf]), "C2.*overlap"),
        (lambda d: _rule(d).update(supports=[3.0, 2.0]), "C2.*low end below"),
        (lambda d: _rule(d).update(smallest_effect=0.2), "C2.*neither region"),
        (lambda d: _rule(d).update(smallest_effect=0.1), "C2.*in one region"),
        (lambda d: _rule(d).update(data=[]), "C2.*no data"),
        (lambda d: _rule(d).pop("reason"), "C2.*reason"),
        (lambda d: _rule(d).pop("supports"), "C2.*no field 'supports'"),
        (lambda d: d["claims"]["C5"].pop("tripwire"), "C5.*no field 'tripwire'"),
        (lambda d: d["claims"]["C5"]["tripwire"].update(date="soon"), "C5.*no date"),
        (lambda d: d["claims"]["C5"].update(notebook="15-none"), "C5.*notebook '15-none'"),
        (lambda d: d["claims"]["C5"].update(theme="luck"), "C5.*theme 'luck'"),
        (lambda d: d["claims"]["C5"].update(function="premium.delay"), "should be release.name"),
        (lambda d: d["claims"]["C5"].update(grade="D"), "C5.*grade 'D'"),
        (lambda d: d["claims"]["C9"]["dimensions"][0].update(levels=[]), "two or more"),
        (lambda d: d["claims"]["C9"]["dimensions"][0].update(name="undated"), "declared twice"),
        (lambda d: d["claims"]["C9"]["dimensions"][0].update(name="not a name"), "an argument"),
        (lambda d: d["claims"]["C3"].update(prediction_=1), "C3.*prediction_"),
        (lambda d: [d["claims"]["C3"].pop(x) for x in ("prediction", "untestable")], "C3.*no pred"),
        (lambda d: d["statements"]["S4"].update(claims=["C99"]), "S4.*C99, which is no claim"),
        (lambda d: d["statements"]["S4"].update(claims=[]), "S4.*tied to no claim"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_with_the_place(change, message):
    with pytest.raises(ValueError, match=message):
        claims.parse(broken(change))


def test_the_table_of_rules_has_a_row_for_each_claim():
    table = claims.rules(claims.load().values())
    assert list(table.index) == list(claims.load())
    assert table.loc["C9", "choices"] == len(choices.universe(claims.load()["C9"]))
    bare = replace(claims.load()["C9"], prediction=None)
    assert claims.rules([bare]).loc["C9", "unit"] == "not testable"


@pytest.mark.parametrize("claim", claims.load().values(), ids=lambda c: c.id)
def test_a_rule_names_tables_that_exist(claim):
    assert set(claim.prediction.data) <= set(datasets.names())


def test_shares_of_choices_that_are_no_evidence_are_shown_as_a_dash():
    silent = {name: claim.no_vote for name, claim in claims.load().items() if claim.no_vote}
    assert list(silent) == ["C4", "C5"] and all(why.endswith(".") for why in silent.values())
    shown = {name: claim.shares(0.1, 0.255) for name, claim in claims.load().items()}
    assert {shown[name] for name in silent} == {"–"}
    assert {words for name, words in shown.items() if name not in silent} == {"10% / 26%"}
