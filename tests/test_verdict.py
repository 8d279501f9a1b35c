"""A verdict as readers and machines are shown it, field by field."""

import datetime
import math

import pytest

from uptake.openclosed.claims import Estimate, Tripwire, Verdict

UNIT = "points"


def documented(**changes):
    """Return a verdict with something else in every field."""
    fields = {
        "claim": "C99",
        "title": "Growth differs",
        "verdict": "supported",
        "estimate": Estimate(
            3.14159265, 2.71828183, math.inf, UNIT, n=31, level=0.99, concerns=("thin", "late")
        ),
        "power": 0.87654321,
        "specifications": 9,
        "share_for": 0.8,
        "share_against": 0.1,
        "grade": "B",
        "as_of": datetime.date(2026, 5, 31),
        "tripwire": Tripwire(datetime.date(2027, 3, 1), "what is seen", "where"),
        "reasons": ("It lies there.", "And stays."),
    }
    return Verdict(**fields | changes)


def test_a_verdict_for_machines_holds_each_field_under_its_name():
    assert documented().as_dict() == {
        "claim": "C99",
        "title": "Growth differs",
        "verdict": "supported",
        "estimate": 3.14159,
        "low": 2.71828,
        "high": None,
        "unit": UNIT,
        "level": 0.99,
        "n": 31,
        "power": 0.876543,
        "specifications": 9,
        "share": 0.8,
        "share_against": 0.1,
        "grade": "B",
        "as_of": "2026-05-31",
        "tripwire": {"date": "2027-03-01", "observation": "what is seen", "source": "where"},
        "reasons": ["It lies there.", "And stays."],
        "concerns": ["thin", "late"],
    }
    bounded = documented(estimate=Estimate(-1.0, -2.0000004, -0.5, UNIT)).as_dict()
    assert (bounded["estimate"], bounded["low"], bounded["high"]) == (-1.0, -2.0, -0.5)


def test_a_verdict_without_an_estimate_has_no_numbers_for_machines():
    nothing = documented(estimate=None).as_dict()
    gone = documented(estimate=Estimate.missing("months", "nobody caught up")).as_dict()
    for name in ("estimate", "low", "high", "level", "n"):
        assert nothing[name] is None and gone[name] is None
    assert (nothing["unit"], gone["unit"]) == (None, "months")
    assert nothing["concerns"] == gone["concerns"] == []


def test_a_verdict_reads_as_one_paragraph():
    bundle = documented()._repr_mimebundle_()
    body = (
        "3.14 points (99% interval from 2.72, not bounded above). Of the declared combinations of "
        "choices 80% support the claim and 10% speak against it (9 could be estimated). Power at "
        "the smallest effect that matters: 88%. To be borne in mind: thin; late. It lies "
        "there. And stays. Data: grade B (reputable estimate), "
        "known by 31 May 2026."
    )
    outlook = "Tripwire, 1 March 2027: what is seen (where)"
    assert bundle["text/plain"] == f"C99 Growth differs: supported. {body} {outlook}"
    assert bundle["text/markdown"] == f"**C99 Growth differs: supported.** {body}\n\n*{outlook}*"


def test_a_verdict_says_nothing_of_what_it_does_not_have():
    bare = documented(estimate=None, power=None, share_for=None, share_against=None)
    data = "Data: grade B (reputable estimate), known by 31 May 2026."
    assert str(bare).startswith(
        f"C99 Growth differs: supported. It lies there. And stays. {data} Tripwire"
    )
    gone = documented(estimate=Estimate.missing("months", "nobody caught up"))
    assert "No estimate: nobody caught up." in str(gone)
    assert "borne in mind" not in str(gone)
    assert "borne in mind" not in str(documented(estimate=Estimate(3.0, 2.0, 4.0, UNIT)))


@pytest.mark.parametrize(
    ("grade", "words"), [("A", "official"), ("B", "reputable estimate"), ("C", "press")]
)
def test_a_grade_is_spelled_out(grade, words):
    assert f"grade {grade} ({words}" in str(documented(grade=grade))
