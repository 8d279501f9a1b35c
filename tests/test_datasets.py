"""Tables and cards: what is shipped obeys its rules, and what was changed is refused by name."""

import hashlib
import re
import shutil
import time

import pandas as pd
import pytest

from uptake import datasets
from uptake.datasets import cards, loader

EVERY = pytest.mark.parametrize("name", datasets.names())


def test_every_table_is_small_and_in_the_package_data_patterns():
    for name in datasets.names():
        path = datasets.source(name).path
        assert path.stat().st_size < 2_000_000
        assert path.name in (f"{name}.csv", f"{name}.csv.gz")


def test_the_price_panel_is_read_in_under_a_second():
    start = time.perf_counter()
    assert len(datasets.load("api_prices")) > 30_000
    assert time.perf_counter() - start < 1


def test_every_row_has_a_source_and_every_source_is_used():
    used = set(datasets.load("corrections")["source"])
    for name in set(datasets.names()) - {"sources"}:
        ids = datasets.references(name)
        assert ids.index.equals(datasets.load(name).index)
        used |= set("; ".join(ids.unique()).split("; "))
    assert set(datasets.load("sources")["id"]) == used


def test_a_row_of_a_computed_table_names_the_list_and_the_release_it_rests_on():
    listed = datasets.load("first_listed")["list"]
    ids = datasets.references("first_listed")
    assert set(ids[listed.isna()]) == {"epoch-eci"}
    assert set(ids[listed == "models.dev"]) == {"epoch-eci; models-dev-prices"}
    gaps = datasets.load("access_gaps").set_index("model")["source"]
    assert gaps["Gemini 1.5 Pro"].count("; ") == 1


def test_users_say_what_is_counted_on_which_plans_and_who_says_so():
    usage = datasets.load("usage")
    weekly = usage[usage["series"] == "usage_openai_chatgpt_wau"].set_index("date")
    assert set(weekly["definition"]) == {"users in a week"}
    # the figure of July is higher than that of August because it counts other plans
    assert weekly.loc["2025-07-15", ["value", "plans"]].tolist() == [770e6, "consumer"]
    assert weekly.loc["2025-08-04", ["value", "plans"]].tolist() == [700e6, "all"]
    assert weekly["plans"].value_counts().to_dict() == {
        "consumer": 6, "not stated": 5, "all": 1, "API": 0,
    }  # fmt: skip
    for unit, part in usage.groupby("unit", observed=True):
        assert {text.split()[0] for text in part["definition"].unique()} == {unit.split()[0]}
    for _, part in usage.groupby("series", observed=True):
        assert len(set(part["definition"])) == 1


def test_share_alike_tables_carry_their_notice_and_stand_apart():
    for name in datasets.names():
        card = datasets.source(name)
        assert ("BY-SA" in card.license) == ("ShareAlike" in card.notice), name


def test_revenue_and_users_are_intervals_with_a_definition():
    for name in ("revenue", "usage"):
        frame = datasets.load(name)
        assert (frame["low"] <= frame["value"]).all() and (frame["value"] <= frame["high"]).all()
        assert (frame["low"] < frame["high"]).all()
    revenue = datasets.load("revenue")
    assert set(revenue.loc[revenue["company"] == "OpenAI", "basis"]) == {"net"}
    assert set(revenue.loc[revenue["company"] == "Anthropic", "basis"]) == {"gross"}


def test_every_table_obeys_its_card_and_every_content_rule():
    assert [str(problem) for problem in datasets.check()] == []


@EVERY
def test_the_line_under_a_figure_names_producer_address_day_and_licence(name):
    card = datasets.source(name)
    line = str(card)
    assert line.startswith(f"Source: {card.producer}, ")
    for part in (card.title, card.license, f"{card.accessed:%Y-%m-%d}"):
        assert part in line


@EVERY
def test_weights_are_a_category_of_open_closed_and_unknown(name):
    frame = datasets.load(name)
    if "weights" in frame:
        assert frame["weights"].cat.categories.tolist() == ["open", "closed", "unknown"]


@EVERY
def test_columns_have_the_types_of_their_card(name):
    frame = datasets.load(name)
    for column in datasets.source(name).columns:
        dtype = frame[column.name].dtype
        if column.type == "date":
            assert dtype == "datetime64[ns]"
        if column.type == "category":
            assert isinstance(dtype, pd.CategoricalDtype)
        if column.type == "number":
            assert dtype.kind == "f"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A folder of our own with the shipped tables, that load() then uses."""
    folder = tmp_path / "datasets"
    shutil.copytree(cards.HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(loader, "source", lambda name: cards.source(name, folder=folder))
    return folder


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda stored: stored[:-40], id="truncated"),
        pytest.param(lambda stored: stored.replace(b"8.93", b"8.39"), id="edited"),
        pytest.param(lambda stored: b"\x00" + stored, id="corrupted"),
    ],
)
def test_a_file_that_differs_from_its_hash_is_refused_by_name(copy, damage):
    file = copy / "pasture.csv"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match=re.escape("pasture.csv differs from its card")):
        datasets.load("pasture")
    problems = datasets.check(["pasture"], folder=copy)
    assert any(problem.file == "pasture.csv" for problem in problems)


def test_a_missing_file_is_refused_by_name(copy):
    (copy / "pasture.csv").unlink()
    with pytest.raises(ValueError, match=re.escape("pasture.csv is missing")):
        datasets.load("pasture")
    assert [str(problem) for problem in datasets.check(["pasture"], folder=copy)] == [
        "pasture.csv: the file is missing; restore it beside its card"
    ]


def test_an_unknown_table_is_answered_with_the_names_there_are():
    with pytest.raises(ValueError, match="capability_index"):
        datasets.load("no_such_table")


def test_vintage_returns_one_edition_and_until_the_last_edition_by_that_day():
    one = datasets.load("capability_index", vintage="2026-05-14")
    assert len(one) == 151
    pd.testing.assert_frame_equal(datasets.load("capability_index", until="2026-06-30"), one)
    with pytest.raises(ValueError, match="2026-07-01"):
        datasets.load("capability_index", vintage="2026-05-15")
    with pytest.raises(ValueError, match="no vintages"):
        datasets.load("arena_leaders", vintage="2026-05-15")


def test_until_keeps_what_was_public_by_the_end_of_that_day():
    weekly = datasets.load("router_traffic")
    weekly = weekly[weekly["series"] == "openrouter_weekly_tokens_total"]
    last = weekly.iloc[-1]
    day_before = last["known"] - pd.Timedelta("1D")
    until = datasets.load("router_traffic", until=day_before)
    kept = until[until["series"] == "openrouter_weekly_tokens_total"]
    assert len(kept) == len(weekly) - 1
    assert last["date"] <= day_before


def test_a_table_without_dates_refuses_until():
    with pytest.raises(ValueError, match="pasture has no dates"):
        datasets.load("pasture", until="2026-01-01")


def test_the_card_holds_the_hash_of_the_file_as_stored():
    card = datasets.source("pasture")
    assert card.sha256 == hashlib.sha256(card.path.read_bytes()).hexdigest()
