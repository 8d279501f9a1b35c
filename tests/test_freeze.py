"""The freeze: fits see what was known on 2026-05-31, and nothing else."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from uptake import datasets
from uptake.openclosed.freeze import FREEZE, known, later

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.ipynb"))
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


def bypasses(cells):
    """Return the tables that cells load past the freeze without saying that they do.

    A cell may describe (it marks FREEZE) or reproduce (it, or the text before it, says so).
    """
    found, text = [], ""
    for cell in cells:
        if cell.cell_type == "markdown":
            text = cell.source
            continue
        said = f"{text} {cell.source}".lower()
        for name in re.findall(r"datasets\.load\(\s*[\"'](\w+)", cell.source):
            beyond = datasets.source(name).known and len(later(name))
            if beyond and "freeze" not in said and not re.search("reproduc|recomput", said):
                found.append(name)
    return found


def test_a_cell_that_loads_past_the_freeze_unsaid_is_found():
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    load = code('frame = datasets.load("usage")')
    assert bypasses([text("Fit the record."), load]) == ["usage"]
    assert bypasses([text("Reproduce the published number."), load]) == []
    assert bypasses([load, code('known("usage"); datasets.load("pasture")')]) == ["usage"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_reach_data_through_the_freeze(path):
    assert bypasses(nbformat.read(path, as_version=4).cells) == []
