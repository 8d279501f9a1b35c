"""The freeze: fits see what was known on 2026-05-31, and nothing else."""

import pandas as pd
import pytest

from uptake import datasets
from uptake.openclosed.freeze import FREEZE, known, later

DATED = [name for name in datasets.names() if datasets.source(name).known]


def test_the_freeze_is_the_day_before_the_essay():
    assert pd.Timestamp("2026-06-01") - pd.Timedelta("1D") == FREEZE


@pytest.mark.parametrize("name", DATED)
def test_known_and_later_divide_a_table_at_the_freeze(name):
    card = datasets.source(name)
    column = card.vintage or card.known
    before, after, whole = known(name), later(name), datasets.load(name)
    assert (before[column] <= FREEZE).all()
    assert (after[column] > FREEZE).all()
    if not card.vintage:
        undated = whole[column].isna().sum()
        assert len(before) + len(after) + undated == len(whole)


def test_of_a_revised_index_only_the_edition_of_the_day_is_known():
    assert known("capability_index")["vintage"].unique() == pd.Timestamp("2026-05-14")
    assert later("capability_index")["vintage"].min() > FREEZE


def test_an_earlier_edition_can_be_asked_for_but_no_later_one():
    assert len(known("capability_index", vintage="2025-12-19")) == 138
    with pytest.raises(ValueError, match=r"later\('capability_index'\)"):
        known("capability_index", vintage="2026-07-01")
    with pytest.raises(ValueError, match="after the freeze"):
        known("router_traffic", until="2026-06-01")


def test_a_table_without_dates_has_nothing_later():
    with pytest.raises(ValueError, match="has no dates"):
        later("pasture")
