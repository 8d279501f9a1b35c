"""Regions, estimates and the rule of the verdict, branch by branch."""

import datetime
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptake.openclosed import choices, claims
from uptake.openclosed.book import verdicts
from uptake.openclosed.claims import Estimate, Region, judge
from uptake.openclosed.estimates import spell, spelled, together
from uptake.openclosed.verdict import MIME, VERDICTS

UNIT = "points"
AS_OF = datetime.date(2026, 5, 31)


def example(supports=(2, math.inf), refutes=(-math.inf, 1), *, levels=10, testable=True):
    """Return a claim with one dimension, or none."""
    dimension = claims.Dimension("start", "From when?", _levels(levels))
    rule = claims.Prediction(
        "slope", UNIT, ("table",), 0, 2, "because", Region(*supports), Region(*refutes)
    )
    return claims.Claim(
        **{name: "x" for name in ("id", "title", "claim", "link", "theme", "function")},
        **{name: "x" for name in ("notebook", "seen", "rival")},
        grade="B",
        tripwire=claims.Tripwire(datetime.date(2027, 3, 31), "what is seen", "where"),
        prediction=rule if testable else None,
        dimensions=(dimension,) if levels else (),
        untestable=(claims.Untestable("the datum", "the holder", "a bound"),),
    )


def _levels(count):
    return tuple(claims.Level(value, f"level {value}") for value in range(count))


def specified(*estimates):
    """Return specifications of the example claim with these estimates."""
    rows = [(i, value, value - 1, value + 1, "") for i, value in enumerate(estimates)]
    return pd.DataFrame(rows, columns=["start", *choices.RESULTS])


def decide(low, high, *estimates, power=0.9, **options):
    middle = next((x for x in (low, high) if math.isfinite(x)), 0.0)
    table = specified(*estimates) if estimates else None
    estimate = Estimate(middle, low, high, UNIT)
    return judge(example(**options), estimate, specifications=table, power=power, as_of=AS_OF)


# --- regions and estimates ----------------------------------------------------------------------


def test_the_ends_of_a_region_belong_to_it():
    region = Region(1, 2)
    assert region.contains(1, 2)
    assert region.meets(2, 3)
    assert region.meets(0, 1)
    assert not region.contains(1, 2.001)
    assert not region.meets(2.001, 3)
    assert not region.meets(0, 0.999)


@pytest.mark.parametrize(
    ("ends", "words"),
    [((3, math.inf), "at least 3"), ((-math.inf, 1.5), "at most 1.5"), ((0, 1), "0 to 1")],
)
def test_a_region_reads_as_words(ends, words):
    assert str(Region(*ends)) == words


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (math.nan, 1), (-math.inf, math.inf)])
def test_an_impossible_region_is_refused(ends):
    with pytest.raises(ValueError, match="region"):
        Region(*ends)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1, 2, "1.00 to 2.00"),
        (1, math.inf, "from 1.00, not bounded above"),
        (-math.inf, 2, "up to 2.00, not bounded below"),
        (-math.inf, math.inf, "not bounded on either side"),
    ],
)
def test_an_interval_reads_as_words(low, high, words):
    assert Estimate(1.5, low, high, UNIT).range == words


@pytest.mark.parametrize("level", [-0.1, 0, 1, 1.5, 95])
def test_a_level_of_an_estimate_is_a_coverage(level):
    with pytest.raises(ValueError, match="95% is 0.95"):
        Estimate(1.5, 1, 2, UNIT, level=level)


def test_one_text_is_not_taken_for_many_concerns():
    with pytest.raises(ValueError, match="a tuple of texts"):
        Estimate(1.5, 1, 2, UNIT, concerns="thin")


def test_what_is_left_out_is_nothing_and_no_placeholder():
    estimate = Estimate(1.5, 1, 2, UNIT)
    assert (estimate.n, estimate.level, estimate.concerns) == (None, 0.95, ())
    names = "id title claim link theme function notebook grade seen rival".split()
    bare = claims.Claim(**dict.fromkeys(names, "x"), tripwire=example().tripwire)
    assert (bare.prediction, bare.dimensions, bare.untestable) == (None, (), ())
    assert (bare.testable, bare.primary, bare.combinations) == (False, {}, 1)
    assert example().prediction.secondary == ()
    assert claims.Untestable("the datum", "the holder").bound == ""


def test_a_level_is_labelled_by_its_own_words():
    dimension = example().dimensions[0]
    assert [dimension.label(value) for value in (0, 3, 9)] == ["level 0", "level 3", "level 9"]


@pytest.mark.parametrize(
    "numbers",
    [
        (1, 3, 2),
        (math.inf, 1, 2),
        (math.nan, 1, 2),
        (math.nan,) * 3,
        (1, math.nan, 2),
        (1, math.inf, math.inf),
        (1, -math.inf, -math.inf),
    ],
)
def test_an_impossible_estimate_is_refused(numbers):
    with pytest.raises(ValueError, match="give|no estimate"):
        Estimate(*numbers, UNIT)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_spelled_numbers_keep_three_digits(number):
    shown = float(spell(number).replace(",", ""))
    assert shown == pytest.approx(number, rel=5.001e-3, abs=1e-300)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((17.516, -0.611, 51.103), ("18", "-0.6", "51")),
        ((1476.0, 5.0, 20_000.0), ("1,500", "5", "20,000")),
        ((2.0, -math.inf, math.inf), ("2.0", "-∞", "∞")),
        ((0.0, -math.inf, math.inf), ("0", "-∞", "∞")),
        ((0.5, 0.0, 2.0), ("0.50", "0.00", "2.00")),
        ((0.3, -0.00001, 0.9), ("0.30", "0.00", "0.90")),
        ((0.3, 0.0004, 0.9), ("0.30", "0.0004", "0.90")),
    ],
)
def test_an_estimate_and_its_interval_have_the_digits_that_are_known(row, words):
    assert together(*row) == words


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((10.0, 9.75, 500.0), ("10.00", "9.75", "500.00")),
        ((10.0, -500.0, 10.25), ("10.00", "-500.00", "10.25")),
        ((5.0, 4.5, 9.0), ("5.00", "4.50", "9.00")),
        ((1.0, 1.0, 3.0), ("1.0", "1.0", "3.0")),
        ((2.0, -math.inf, math.inf), ("2.0", "< -1000", "> 1000")),
        ((2.0, 2.0, 2.0), ("2.000", "2.000", "2.000")),
        ((math.nan,) * 3, ("",) * 3),
    ],
)
def test_a_row_of_numbers_has_the_digits_that_its_nearer_end_leaves(row, words):
    table = pd.DataFrame([row], ["C1"], ["estimate", "low", "high"])
    shown = spelled(table, most=3, past=1000.0)
    assert tuple(shown.loc["C1"]) == words and list(shown.columns) == list(table.columns)


# --- the judge, branch by branch ------------------------------------------------------------------


def test_a_claim_without_prediction_is_not_testable_whatever_is_given():
    claim = example(testable=False)
    verdict = judge(claim, Estimate(9, 8, 10, UNIT), power=0.9, as_of=AS_OF)
    assert verdict.verdict == "not testable"
    assert "the datum" in verdict.reasons[0]
    assert "the holder" in verdict.reasons[0]
    assert "a bound" in verdict.reasons[0]
    assert verdict.estimate is None
    assert verdict.specifications == 0


def test_a_datum_without_a_bound_is_said_without_one():
    claim = replace(example(testable=False), untestable=(claims.Untestable("sales", "the firm"),))
    (reason,) = judge(claim, None, as_of=AS_OF).reasons
    assert reason == "It would take sales; held by the firm."


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (2, 3, "supported"),  # an end of the region belongs to it
        (3, math.inf, "supported"),
        (0, 1, "against"),
        (-math.inf, 0.5, "against"),
        (0, 3, "cannot tell"),  # meets both
        (-math.inf, math.inf, "cannot tell"),
        (1.2, 1.8, "cannot tell"),  # meets neither
        (1.5, 3, "cannot tell"),  # meets one, reaches out of it
        (0, 1.5, "cannot tell"),
        (1.5, math.inf, "cannot tell"),
    ],
)
def test_the_place_of_the_interval_decides_first(low, high, word):
    agreeing = [5.0] * 10 if word != "against" else [0.0] * 10
    assert decide(low, high, *agreeing).verdict == word


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [(0, 3, "both"), (1.2, 1.8, "between"), (1.5, 3, "supports"), (0, 1.5, "refutes")],
)
def test_cannot_tell_says_where_the_interval_lies(low, high, reason):
    assert reason in decide(low, high, *[5.0] * 10).reasons[0].split(":")[0]


def test_cannot_tell_names_both_regions():
    (reason,) = decide(0, 3, *[5.0] * 10).reasons
    assert "at least 2 supports" in reason
    assert "at most 1 refutes" in reason


def test_all_five_verdicts_are_given():
    given = [decide(3, 4, *[5.0] * 10), decide(0, 1, *[0.5] * 10), decide(3, 4, *[0.5] * 10)]
    given += [decide(0, 3, *[5.0] * 10), decide(3, 4, testable=False)]
    assert tuple(verdict.verdict for verdict in given) == VERDICTS


@pytest.mark.parametrize(
    ("ends", "results", "side", "agreed"),
    [
        ((3, 4), [5.0] * 8 + [0.5] * 2, "supports the claim (at least 2)", True),
        ((3, 4), [5.0] * 7 + [0.5] * 3, "supports the claim (at least 2)", False),
        ((0, 1), [0.5] * 8 + [5.0] * 2, "refutes the claim (at most 1)", True),
        ((0, 1), [0.5] * 7 + [5.0] * 3, "refutes the claim (at most 1)", False),
    ],
)
def test_the_reason_names_the_region_and_whether_the_choices_lead_there(
    ends, results, side, agreed
):
    (reason,) = decide(*ends, *results).reasons
    assert side in reason
    assert ("fewer than 80% of the choices" in reason) is not agreed


@pytest.mark.parametrize(
    ("inside", "word"), [(10, "supported"), (8, "supported"), (7, "mixed"), (0, "mixed")]
)
def test_four_fifths_of_the_choices_must_agree(inside, word):
    verdict = decide(3, 4, *[5.0] * inside, *[0.0] * (10 - inside))
    assert verdict.verdict == word
    assert verdict.share_for == pytest.approx(inside / 10)
    assert verdict.share_against == pytest.approx(1 - inside / 10)


@pytest.mark.parametrize(("inside", "word"), [(8, "against"), (7, "mixed")])
def test_four_fifths_also_to_refute(inside, word):
    assert decide(0, 1, *[0.5] * inside, *[5.0] * (10 - inside)).verdict == word


def test_choices_without_estimate_help_neither_side():
    verdict = decide(3, 4, *[5.0] * 7, *[math.nan] * 3)
    assert (verdict.verdict, verdict.specifications) == ("mixed", 7)
    assert (verdict.share_for, verdict.share_against) == (0.7, 0)


def test_choices_that_were_not_run_keep_their_weight():
    # Seven of the ten declared levels were run and all agree: 70%, not all.
    verdict = decide(3, 4, *[5.0] * 7)
    assert (verdict.verdict, verdict.specifications) == ("mixed", 7)
    assert verdict.share_for == pytest.approx(0.7)


def test_the_order_of_the_choices_does_not_matter():
    rng = np.random.default_rng(1)
    table = specified(*[5.0] * 7, *[0.5] * 3).sample(frac=1, random_state=rng, ignore_index=True)
    verdict = judge(
        example(), Estimate(3.5, 3, 4, UNIT), specifications=table, power=0.9, as_of=AS_OF
    )
    assert (verdict.verdict, verdict.share_for, verdict.share_against) == ("mixed", 0.7, 0.3)


def test_no_choices_run_are_none_counted():
    assert decide(3, 4, levels=0).specifications == 0


@pytest.mark.parametrize(
    ("power", "word"), [(0.5, "supported"), (0.49, "cannot tell"), (None, "cannot tell")]
)
def test_without_power_one_cannot_tell(power, word):
    assert decide(3, 4, *[5.0] * 10, power=power).verdict == word


def test_without_the_declared_choices_one_cannot_tell():
    assert decide(3, 4).verdict == "cannot tell"
    assert decide(3, 4, levels=0).verdict == "supported"


@pytest.mark.parametrize("estimate", [None, Estimate.missing(UNIT, "open never caught up")])
def test_without_an_estimate_one_cannot_tell(estimate):
    table = specified(*[5.0] * 10)
    verdict = judge(example(), estimate, specifications=table, power=1.0, as_of=AS_OF)
    assert verdict.verdict == "cannot tell"
    assert estimate is None or "open never caught up" in str(verdict)


def test_all_doubts_are_given():
    assert len(decide(0, 3, power=0.1).reasons) == 3


finite = st.integers(-3, 4).map(float) | st.floats(-1e300, 1e300)
intervals = st.tuples(finite | st.just(-math.inf), finite | st.just(math.inf))
inputs = {
    "interval": st.none() | intervals.filter(lambda pair: pair[0] <= pair[1]),
    "power": st.none() | st.floats(0, 1),
    "results": st.none() | st.lists(st.floats(-3, 4) | st.just(math.nan), min_size=10, max_size=10),
    "testable": st.booleans(),
}


def judged(claim, interval, power, results):
    estimate = None if interval is None else Estimate(0.0, *interval, UNIT)
    table = None if results is None else specified(*results)
    return judge(claim, estimate, specifications=table, power=power, as_of=AS_OF)


@given(**inputs)
def test_every_input_gives_one_verdict_with_its_reason(interval, power, results, testable):
    verdict = judged(example(testable=testable), interval, power, results)
    assert verdict.verdict in VERDICTS
    assert verdict.reasons
    assert all(reason.endswith(".") for reason in verdict.reasons)
    assert (verdict.verdict == "not testable") is not testable
    json.dumps(verdict.as_dict(), allow_nan=False)


@given(**inputs)
def test_exchanging_the_regions_exchanges_the_verdict(interval, power, results, testable):
    claim = example(testable=testable)
    mirrored = example((-math.inf, 1), (2, math.inf), testable=testable)
    straight, turned = (judged(c, interval, power, results) for c in (claim, mirrored))
    swap = {"supported": "against", "against": "supported"}
    assert turned.verdict == swap.get(straight.verdict, straight.verdict)
    assert (turned.share_for, turned.share_against) == (straight.share_against, straight.share_for)


@given(**inputs)
def test_weak_data_never_give_a_firm_verdict(interval, power, results, testable):
    weak = judged(
        example(testable=testable), interval, None if power is None else power / 2.1, results
    )
    assert weak.verdict in ("cannot tell", "not testable")


@pytest.mark.parametrize(
    ("estimate", "options", "message"),
    [
        (Estimate(1, 0, 2, "months"), {}, "judged in 'points'"),
        (Estimate(1, 0, 2, UNIT, level=0.9), {}, "90% interval is too short"),
        (Estimate(1, 0, 2, UNIT), {"power": 1.2}, "power 1.2"),
        (
            Estimate(1, 0, 2, UNIT),
            {"specifications": specified(1.0).rename(columns={"start": "end"})},
            "declares the choices start",
        ),
    ],
)
def test_input_the_rule_does_not_speak_of_is_refused(estimate, options, message):
    with pytest.raises(ValueError, match=message):
        judge(example(), estimate, as_of=AS_OF, **options)


# --- how a verdict is shown -----------------------------------------------------------------------


def test_a_verdict_shows_itself_to_readers_and_machines():
    bundle = decide(3.0000001, math.inf, *[5.0] * 9, 0.0)._repr_mimebundle_()
    text = bundle["text/markdown"]
    said = ["x x: supported", "not bounded above", "90% support", "10% speak against"]
    said += ["grade B", "31 May 2026", "31 March 2027"]
    assert [words for words in said if words not in text] == []
    data = bundle[MIME]
    assert data["low"] == 3.0
    assert data["high"] is None
    assert (data["share"], data["specifications"]) == (0.9, 10)
    assert data["tripwire"]["date"] == "2027-03-31"
    assert "inf" not in json.dumps(data) + text
    assert "*" not in bundle["text/plain"]


def test_a_verdict_says_where_the_shares_of_choices_are_no_evidence():
    claim = replace(example(), no_vote="All leave out the one case that counts.")
    estimate = Estimate(3.0, 2.5, 4.0, UNIT)
    found = judge(claim, estimate, specifications=specified(*[3.0] * 10), power=0.9, as_of=AS_OF)
    assert "are no evidence. All leave out" in str(found) and "100%" not in str(found)
    assert found.as_dict()["share"] == 1


def test_the_book_collects_verdicts_under_the_same_type():
    assert verdicts.MIME == MIME


def test_a_verdict_keeps_the_claim_as_it_was():
    claim = example()
    verdict = judge(replace(claim, grade="C"), None, as_of="2026-05-31")
    assert (verdict.grade, verdict.as_of, verdict.tripwire) == ("C", AS_OF, claim.tripwire)


@pytest.mark.parametrize("as_of", [None, pd.NaT, 5, 20260531, 1.8e18, np.int64(0)], ids=repr)
def test_a_verdict_without_a_date_is_refused(as_of):
    with pytest.raises(ValueError, match="give the last day of the data"):
        judge(example(), None, as_of=as_of)
