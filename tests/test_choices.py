import io
import math
import sys
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptake.openclosed import choices, claims
from uptake.openclosed.claims import Dimension, Estimate, Level, Region

POSITIVE = Region(0, math.inf)


def choice(name, count):
    return Dimension(name, "Which?", tuple(Level(i, str(i)) for i in range(count)))


def claim_with(**levels):
    """Return a claim of the file with other dimensions, such as ``start=3``."""
    dimensions = tuple(choice(name, count) for name, count in levels.items())
    return replace(claims.load()["C10"], dimensions=dimensions)


def points(value):
    return Estimate(value, value - 1, value + 1, "index points a year")


def test_the_universe_holds_every_combination_once_and_the_primary_first():
    claim = claim_with(start=3, licence=2, country=2)
    table = choices.universe(claim)
    assert table.shape == (12, 3)
    assert not table.duplicated().any()
    assert table.iloc[0].to_dict() == claim.primary == {"start": 0, "licence": 0, "country": 0}


def test_values_reach_the_function_as_the_file_spells_them():
    seen = []
    claim = claims.load()["C9"]
    choices.run(lambda **chosen: seen.append(chosen) or Estimate(1, 1, 1, "ratio"), claim)
    assert seen[0] == claim.primary
    assert {type(value) for value in seen[0].values()} == {str, float}
    assert len(seen) == claim.combinations


def test_run_keeps_every_result_and_passes_fixed_arguments_on():
    def estimate(*, start, licence, shift):
        if start == 2:
            return Estimate.missing("index points a year", "no open model yet")
        return replace(points(start + 10.0 * licence + shift), concerns=("short", "noisy"))

    table = choices.run(estimate, claim_with(start=3, licence=2), shift=100)
    assert list(table.columns) == ["start", "licence", "estimate", "low", "high", "concerns"]
    assert table["estimate"].dropna().tolist() == [100, 110, 101, 111]
    assert table["low"].dropna().tolist() == [99, 109, 100, 110]
    assert table.loc[table.start == 2, "concerns"].unique().tolist() == ["no open model yet"]
    assert table["concerns"].iloc[0] == "short; noisy"


def test_run_refuses_another_unit():
    with pytest.raises(ValueError, match="index points a year.*months"):
        choices.run(lambda start: Estimate(1, 0, 2, "months"), claim_with(start=2))


def test_a_fault_names_the_choices_that_led_to_it():
    def faulty(start):
        if start:
            raise ZeroDivisionError("no weeks")
        return points(1.0)

    with pytest.raises(ZeroDivisionError) as caught:
        choices.run(faulty, claim_with(start=2))
    assert caught.value.__notes__ == ["while estimating C10 with {'start': 1}"]


def test_a_claim_without_choices_has_no_universe():
    with pytest.raises(ValueError, match="declares no choices"):
        choices.universe(claim_with())


@pytest.mark.parametrize(("progress", "lines"), [(True, 2), (False, 0), (None, 0)])
def test_progress_is_counted_on_the_error_stream_when_asked(monkeypatch, progress, lines):
    stream = io.StringIO()  # is no terminal
    monkeypatch.setattr(sys, "stderr", stream)
    choices.run(lambda start: points(1.0), claim_with(start=2), progress=progress)
    assert stream.getvalue().count("\r") == lines


def test_share_counts_each_combination_once():
    table = choices.run(lambda start, licence: points(start - 1.0), claim_with(start=4, licence=2))
    assert choices.share(table, POSITIVE) == 0.75  # the end of the region belongs to it
    assert choices.share(table, Region(-math.inf, -1)) == 0.25


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6), st.integers(2, 5))
def test_copies_made_by_an_idle_choice_do_not_vote(values, idle):
    def estimate(start, blend=0):
        return points(values[start])

    alone = choices.run(estimate, claim_with(start=len(values)))
    copied = choices.run(estimate, claim_with(start=len(values), blend=idle))
    assert choices.share(copied, POSITIVE) == pytest.approx(choices.share(alone, POSITIVE))


@given(st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=6, max_size=6))
def test_shares_of_disjoint_regions_and_the_missing_fill_one(values):
    claim = claim_with(start=3, licence=2)
    table = choices.universe(claim).assign(estimate=values)
    sides = [choices.share(table, r, claim=claim) for r in (POSITIVE, Region(-math.inf, -1e-9))]
    between = sum(-1e-9 < value < 0 for value in values) / 6
    missing = sum(math.isnan(value) for value in values) / 6
    assert sum(sides) + between + missing == pytest.approx(1)


def test_absent_combinations_keep_their_weight():
    claim = claim_with(start=2, licence=2)
    table = choices.universe(claim).assign(estimate=1.0).iloc[:3]
    assert choices.share(table, POSITIVE, claim=claim) == 0.75
    assert choices.share(table, POSITIVE) == 0.75


def test_a_table_of_other_choices_is_refused():
    claim = claim_with(start=2)
    table = choices.universe(claim).assign(estimate=1.0)
    with pytest.raises(ValueError, match="declares the choices start"):
        choices.share(table.assign(country="all"), POSITIVE, claim=claim)
    with pytest.raises(ValueError, match="does not declare the combination"):
        choices.share(table.replace({"start": {1: 7}}), POSITIVE, claim=claim)
    with pytest.raises(ValueError, match="1 combinations occur more than once"):
        choices.share(pd.concat([table, table.tail(1)]), POSITIVE, claim=claim)
