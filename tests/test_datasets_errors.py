"""Every kind of error, put into every column of every table that can have it, is caught by row.

The tables are changed in memory, cell by cell, and held to their cards; the last tests damage the
files themselves. What no rule can tell apart is listed by name, and counted.
"""

import shutil

import pandas as pd
import pytest

from uptake import datasets
from uptake.datasets import cards, checks, loader, relations

EVERY = pytest.mark.parametrize("name", datasets.names())

# The least figures of a column, whose thousandfold could be true as well: a count of votes, the
# cost of a run under 0.2 USD, a score of 0.0005, and tokens that vanish in the total of their week.
# An edit of one is still caught by the hash of its file. The last of each is shown to be one, so
# that the list cannot grow without reason.
BELOW_NOTICE = {
    ("arena_leaders", "votes"): 7,
    ("benchmark_scores", "score"): 1,
    ("coding_cost", "run_cost_usd"): 7,
    ("router_models", "tokens"): 74,
}


def table(name):
    """A card, and its cells as they stand in the file."""
    card = datasets.source(name)
    return card, loader.read_text(card, loader.content(card))


def typical(column):
    """Rows of the least, the middle and the largest of the figures that are not nought."""
    present = column[column.astype(float) != 0].dropna().sort_values(kind="stable")
    return list(dict.fromkeys(present.index[[0, len(present) // 2, -1]])) if len(present) else []


def some(column):
    """The first, the middle and the last row with a cell that is not blank."""
    present = column.dropna().index
    return list(dict.fromkeys(present[[0, len(present) // 2, -1]])) if len(present) else []


def changed(cells, row, column, value):
    copy = cells.copy()
    copy[column] = copy[column].astype(object)
    copy.loc[row, column] = value
    return copy.infer_objects()


def messages(card, cells, row):
    """What the rules say of a row, or of the other rows of its date (parts that make a whole)."""
    same = {row}
    if card.date:
        same |= set(cells.index[cells[card.date] == cells.loc[row, card.date]])
    return [message for place, message in checks._content(card, cells) if place in same]


def numeric(card):
    return [column for column in card.columns if column.type in ("number", "integer")]


@EVERY
def test_a_figure_a_thousand_times_too_large_is_caught(name):
    card, cells = table(name)
    for column in numeric(card):
        values = cells[column.name]
        for row in typical(values.drop(below_notice(name, column.name, values))):
            wrong = changed(cells, row, column.name, values[row] * 1000)
            assert messages(card, wrong, row), (column.name, row + 2, values[row])


@pytest.mark.parametrize(("name", "column"), BELOW_NOTICE)
def test_what_is_said_to_be_below_notice_is(name, column):
    card, cells = table(name)
    row = below_notice(name, column, cells[column])[-1]
    wrong = changed(cells, row, column, cells.loc[row, column] * 1000)
    assert messages(card, wrong, row) == []


SERIES = [name for name in datasets.names() if datasets.source(name).kind == "observations"]


@pytest.mark.parametrize("name", SERIES)
def test_a_figure_a_thousand_times_too_large_is_caught_in_every_series(name):
    card, cells = table(name)
    summed = {part for rule in card.rules.get("sums", ()) for part in rule["parts"]}
    spared = exempt(card, "leaps")
    for place in (0, -1):  # the least and the largest of each series, all series at once
        present = cells[(cells["value"] > 0) & ~spared].sort_values("value", kind="stable")
        rows = present.groupby("series").nth(place).index
        wrong = cells.assign(value=cells["value"].astype(float))
        wrong.loc[rows, "value"] *= 1000
        found = {row for row, _ in checks._content(card, wrong)} - {None}
        days = set(cells.loc[list(found), card.date])
        for row in rows:
            day = cells.loc[row, "series"] in summed and cells.loc[row, card.date] in days
            assert row in found or day, (row + 2, cells.loc[row, "series"])


def exempt(card, kind):
    """Rows that the card exempts by name from a kind of rule."""
    frame = loader.read(card)
    rows = pd.Series(False, index=frame.index)
    for one in [one for rule in card.rules.get(kind, ()) for one in rule.get("exempt", ())]:
        named = {key: one[key] for key in one if key not in ("rows", "why")}
        rows |= relations._where(frame, named)
    return rows


DERIVED = [
    pytest.param(name, kind, rule["share"], id=f"{name}-{rule['share']}")
    for name in datasets.names()
    for kind in ("shares", "fractions")
    for rule in datasets.source(name).rules.get(kind, ())
]


@pytest.mark.parametrize(("name", "kind", "share"), DERIVED)
def test_a_share_that_its_parts_do_not_give_is_caught_in_its_row(name, kind, share):
    card, cells = table(name)
    column = "value" if card.kind == "observations" else share
    present = cells[cells["series"] == share] if card.kind == "observations" else cells
    for row in some(present.loc[~exempt(card, kind), column]):
        moved = cells.loc[row, column] + (0.01 if cells.loc[row, column] < 0.5 else -0.01)
        found = checks._content(card, changed(cells, row, column, moved))
        assert any(place == row and "over the whole is" in text for place, text in found)


def below_notice(name, column, values):
    """Rows of the least figures, as many as are listed."""
    order = values.where(values > 0).dropna().sort_values(kind="stable").index
    return list(order[: BELOW_NOTICE.get((name, column), 0)])


def everywhere(card, cells, wrong):
    """What is found when each of the columns gets its wrong value in three rows; and the rows.

    All at once, for rules on single cells do not look at the others.
    """
    copy, places = cells.copy(), set()
    for column, value in wrong.items():
        copy[column] = copy[column].astype(object)
        rows = some(cells[column])
        copy.loc[rows, column] = value
        places |= {(row, column) for row in rows}
    found = list(checks._content(card, copy.infer_objects()))
    return [(row, column) for row, column in places if not _said(found, row, column)]


def _said(found, row, column):
    return any(place == row and text.startswith(column) for place, text in found)


@EVERY
def test_a_share_over_one_is_caught_in_its_row(name):
    card, cells = table(name)
    columns = [column.name for column in numeric(card) if column.unit == "fraction"]
    assert everywhere(card, cells, dict.fromkeys(columns, 1.5)) == []
    if card.kind == "observations":
        shares = cells.loc[cells["kind"] == "share"]
        for column in {"value", "low", "high"} & set(cells.columns):
            for row in some(shares[column]):
                found = list(checks._content(card, changed(cells, row, column, 1.5)))
                assert any(place == row and "share 1.5 is outside" in text for place, text in found)


@EVERY
@pytest.mark.parametrize("day", ["2026-02-31", "2062-01-01", "soon"])
def test_an_impossible_date_is_caught_in_its_row(name, day):
    card, cells = table(name)
    dates = [column.name for column in card.columns if column.type == "date"]
    if name == "sources" and day == "2062-01-01":
        pytest.skip("the days on which sources were read bound all other dates")
    assert everywhere(card, cells, dict.fromkeys(dates, day)) == []


@EVERY
def test_a_repeated_key_is_caught_in_its_row(name):
    card, cells = table(name)
    for row in some(pd.Series(0, index=cells.index)):
        longer = pd.concat([cells, cells.loc[[row]]], ignore_index=True)
        found = dict(checks._keys(card, longer))
        assert list(found) == [len(cells)]
        assert "repeats the key" in found[len(cells)]


@EVERY
def test_a_value_outside_its_levels_and_a_blank_are_caught_in_their_rows(name):
    card, cells = table(name)
    strange = {column.name: "opne" for column in card.columns if column.levels}
    assert everywhere(card, cells, strange) == []
    blank = {column.name: None for column in card.columns if column.required}
    assert everywhere(card, cells, blank) == []


@EVERY
def test_a_row_without_a_source_is_caught(name):
    card, cells = table(name)
    if "source" in cells:
        for row in some(cells["source"]):
            wrong = changed(cells, row, "source", "nobody")
            assert any("not in sources.csv" in text for text in messages(card, wrong, row))
    elif name != "sources":
        found = list(checks._content(_without_origin(card), cells))
        assert any("no row names its source" in text for _, text in found)


def _without_origin(card):
    return cards.Source(**{**vars(card), "origin": {}})


CUMULATIVE = [
    (name, series)
    for name in datasets.names()
    for series in datasets.source(name).rules.get("never_falls", ())
]


@pytest.mark.parametrize(("name", "series"), CUMULATIVE)
def test_a_cumulative_series_that_falls_is_caught_in_its_row(name, series):
    card, cells = table(name)
    before = cells.loc[cells["series"] == series, "value"].shift()
    for row in some(before):
        wrong = changed(cells, row, "value", before[row] * 0.99)
        found = list(checks._content(card, wrong))
        assert any(place == row and "is cumulative" in text for place, text in found)


PARTS = [
    pytest.param(name, rule, id=f"{name}-{number}")
    for name in datasets.names()
    for number, rule in enumerate(datasets.source(name).rules.get("sums", ()))
]


@pytest.mark.parametrize(("name", "rule"), PARTS)
def test_parts_that_no_longer_make_a_whole_are_caught_on_their_day(name, rule):
    card, cells = table(name)
    for part in rule["parts"]:
        if isinstance(part, dict):
            named = {key: value for key, value in part.items() if key != "column"}
            rows = cells[[all(cells.loc[i, k] == v for k, v in named.items()) for i in cells.index]]
            column = part["column"]
        elif card.kind == "observations":
            rows, column = cells[cells["series"] == part], "value"
        else:
            rows, column = cells, part
        # in a composition a tenth is moved, in a sum of counts the largest part is raised by half
        present = rows[column].dropna().astype(float)
        row = present.idxmax() if "total" in rule else present.index[0]
        old = rows.loc[row, column]
        new = old * 1.5 if "total" in rule else old + (0.1 if old < 0.5 else -0.1)
        found = messages(card, changed(cells, row, column, new), row)
        assert any("sum" in text or "should be" in text for text in found), part


@pytest.fixture
def folder(tmp_path, monkeypatch, name):
    """A folder of our own with a table and the table of sources, that load() then uses."""
    for one in (name, "sources"):
        for path in (cards.HERE / f"{one}.toml", cards.source(one).path):
            shutil.copy(path, tmp_path)
    monkeypatch.setattr(loader, "source", lambda name: cards.source(name, folder=tmp_path))
    return tmp_path


def _flip(stored):
    middle = len(stored) // 2
    return stored[:middle] + bytes([stored[middle] ^ 1]) + stored[middle + 1 :]


@EVERY
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda stored: stored[: len(stored) // 2], id="half the file"),
        pytest.param(lambda stored: stored[:-1], id="the last byte lost"),
        pytest.param(lambda stored: b"", id="empty"),
        pytest.param(_flip, id="one bit"),
    ],
)
def test_a_damaged_file_is_refused_and_named(folder, name, damage):
    path = cards.source(name, folder=folder).path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"^{path.name} differs from its card"):
        datasets.load(name)
    problems = datasets.check([name], folder=folder)
    assert problems
    assert {problem.file for problem in problems} == {path.name}
