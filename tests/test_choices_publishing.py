import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uptake.openclosed import choices, claims
from uptake.openclosed.choices import publishing
from uptake.openclosed.choices.publishing import MIME, numbers, packed, publish
from uptake.openclosed.judging import judge
from uptake.openclosed.site.explorer import content, disagreements

CLAIMS = claims.load()
C4 = CLAIMS["C4"]  # at least 10 supports it, at most 5 refutes it


def table(claim=C4, estimate=12.0, low=10.5, high=math.inf, concerns="short"):
    columns = {"estimate": estimate, "low": low, "high": high, "concerns": concerns}
    return choices.universe(claim).assign(**columns)


def verdict(specifications, power=0.8):
    first = specifications.iloc[0]
    estimate = claims.Estimate(first["estimate"], first["low"], first["high"], C4.prediction.unit)
    found = judge(C4, estimate, specifications=specifications, power=power, as_of="2026-05-31")
    return {**found.as_dict(), "page": "04-the-premium.html"}


@given(st.lists(st.floats(-1e6, 1e6) | st.sampled_from([5.0, 10.0]), min_size=8, max_size=8))
@example([math.nextafter(10, 0), math.nextafter(10, 11), math.nextafter(5, 6), 5, 10, 0, -0.0, 1])
def test_what_is_published_lies_where_the_full_number_lies(values):
    back = numbers(packed(C4, table(estimate=values)))["estimate"]
    np.testing.assert_allclose(back, values, rtol=1e-6)
    for end in (5, 10):
        assert np.array_equal(np.sign(back - end), np.sign(np.array(values) - end))


def test_unbounded_ends_and_missing_estimates_come_back_in_valid_json():
    values = [1 / 3, math.nan, 2.0, -3.0, 0.0, 1e9, 1e-9, 4.0]
    made = packed(C4, table(estimate=values, low=-math.inf))
    text = json.dumps(made, allow_nan=False)
    back = numbers(json.loads(text))
    assert back["estimate"].round(7).tolist()[0] == 0.3333333
    assert np.isnan(back["estimate"]).tolist() == [False, True, *[False] * 6]
    assert (back["low"] == -math.inf).all() and (back["high"] == math.inf).all()


def test_each_specification_keeps_its_concerns():
    words = ["short", "noisy", "short", "", "noisy", "short", "short", "old"]
    made = packed(C4, table(concerns=words))
    assert [made["concerns"][int(code)] for code in made["concern"].split()] == words
    assert len(made["concerns"]) == 4


def test_a_notebook_shows_a_line_for_each_claim_and_hands_over_the_rest():
    bundle = publish(CLAIMS, {"C4": table(estimate=[math.nan] + [1.0] * 7)})._repr_mimebundle_()
    assert bundle["text/plain"] == "C4: 8 combinations of choices, 7 with an estimate"
    assert bundle[MIME]["C4"]["choices"][0] == ["level", list(C4.dimensions[0].values)]


def test_a_table_of_other_choices_or_in_another_order_is_refused():
    with pytest.raises(ValueError, match="C4: the table is not in the order of run"):
        packed(C4, table().iloc[::-1])
    with pytest.raises(ValueError, match="C4: the table is not in the order of run"):
        packed(C4, table().iloc[:-1])
    with pytest.raises(ValueError, match="C4 declares the choices"):
        packed(C4, table().drop(columns="level"))


def test_too_much_to_publish_is_refused(monkeypatch):
    size = len(json.dumps(packed(C4, table())))
    monkeypatch.setattr(publishing, "LARGEST", size)
    publish(CLAIMS, {"C4": table()})
    monkeypatch.setattr(publishing, "LARGEST", size - 1)
    with pytest.raises(ValueError, match="shorten the concerns"):
        publish(CLAIMS, {"C4": table()})


def test_specifications_and_verdict_of_the_same_run_agree():
    made = table(estimate=[12.0] * 7 + [4.0])
    assert disagreements({"C4": packed(C4, made)}, {"C4": verdict(made)}) == []
    assert disagreements({"C4": packed(C4, made)}, {}) == []


def test_a_number_that_ends_elsewhere_when_rounded_twice_is_no_other_number():
    made = table(low=3.8847347)  # to seven digits 3.884735, and that to six 3.88474, not 3.88473
    assert disagreements({"C4": packed(C4, made)}, {"C4": verdict(made)}) == []
    near = table(low=3.885)
    assert len(disagreements({"C4": packed(C4, near)}, {"C4": verdict(made)})) == 1


def test_specifications_of_another_run_than_the_verdict_are_reported():
    made = table(estimate=[12.0] * 7 + [4.0])
    other = {"C4": packed(C4, table(estimate=[12.0] * 6 + [4.0] * 2))}
    found = disagreements(other, {"C4": verdict(made)})
    assert [words.split(" is ")[0] for words in found] == [
        "C4: verdict",
        "C4: share",
        "C4: share_against",
    ]
    assert "mixed by the published specifications, and supported where it was judged" in found[0]
    other = {"C4": packed(C4, table(estimate=[13.0] + [12.0] * 6 + [4.0]))}
    assert [words.split(" is ")[0] for words in disagreements(other, {"C4": verdict(made)})] == [
        "C4: estimate"
    ]


def test_specifications_of_choices_no_longer_declared_are_reported():
    made = packed(C4, table())
    made["choices"][0][1] = made["choices"][0][1][::-1]
    assert disagreements({"C4": made}, {}) == [
        "C4 declares other choices now; record its notebooks again"
    ]


def test_the_page_has_the_claims_in_the_order_of_the_file():
    made = {name: packed(CLAIMS[name], table(CLAIMS[name])) for name in ("C10", "C4", "C9")}
    data = content(made, {"C4": verdict(table())})
    assert [each["id"] for each in data["claims"]] == ["C4", "C9", "C10"]
    assert [each["judged"] is None for each in data["claims"]] == [False, True, True]
    assert data["claims"][0]["supports"] == {
        "low": "10.0",
        "high": "Infinity",
        "words": "at least 10",
    }


def test_every_level_of_a_choice_has_a_name_of_its_own_in_an_address():
    for claim in CLAIMS.values():
        for dimension in claim.dimensions:
            assert len({str(value) for value in dimension.values}) == len(dimension.values)


def test_all_claims_fit_on_the_page():
    rng = np.random.default_rng(8)
    tables = {}
    for name, claim in CLAIMS.items():
        count = claim.combinations
        values = rng.normal(size=(3, count))
        words = [f"{number} of 40 models have no price in this list" for number in range(count)]
        tables[name] = table(claim, *values, concerns=words)
    assert isinstance(publish(CLAIMS, tables), choices.Published)


def test_missing_everywhere_is_published_too():
    made = packed(C4, table(estimate=math.nan, low=math.nan, high=math.nan))
    assert pd.isna(numbers(made)).all().all()
    found = judge(C4, None, specifications=table(estimate=math.nan), as_of="2026-05-31", power=0.8)
    assert disagreements({"C4": made}, {"C4": found.as_dict()}) == []
