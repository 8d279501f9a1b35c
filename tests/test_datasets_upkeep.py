"""Corrections, new rows, new tables, and the page made from the cards."""

import re
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from uptake import datasets
from uptake.datasets import __main__ as command
from uptake.datasets import cards, corrections, loader, origins, page, upkeep


@pytest.fixture
def folder(tmp_path):
    """A folder of our own with the shipped tables."""
    copy = tmp_path / "datasets"
    shutil.copytree(cards.HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def read_on(folder, name, day):
    """Set the day of the last reading in the card of a table."""
    toml = folder / f"{name}.toml"
    toml.write_text(re.sub(r"^accessed = .*$", f"accessed = {day}", toml.read_text(), flags=re.M))


def test_corrections_change_the_cells_they_name_and_nothing_else():
    for name in datasets.load("corrections")["table"].unique():
        plain, mended = datasets.load(name), datasets.load(name, corrected=True)
        named = corrections.read(cards.source("corrections")).query("table == @name")
        changed = {column for column in plain if not plain[column].equals(mended[column])}
        assert changed == set(named["column"])
        rows = set()
        for column in changed:
            cells = plain[column] != mended[column]
            differs = plain[cells & plain[column].notna()]
            rows |= set(zip(differs.index, [column] * len(differs), strict=True))
            allowed = [dict(pair.split("=") for pair in row.split("; ")) for row in named["row"]]
            for _, row in differs.astype(str).iterrows():
                assert any(all(row[k] == v for k, v in one.items()) for one in allowed)
        assert len(rows) >= len(named)
    o3 = datasets.load("benchmark_scores", corrected=True).query("model == 'o3'")
    assert o3["released"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2025-04-16"]


def test_a_correction_that_matches_nothing_is_refused():
    frame = datasets.load("capability_index", vintage="2025-12-19")
    with pytest.raises(ValueError, match="take the correction out"):
        corrections.apply("capability_index", frame)


def test_appended_rows_are_loaded_and_the_card_follows(folder, tmp_path, monkeypatch):
    rows = tmp_path / "october.csv"
    rows.write_text(
        "benchmark,model,weights,run,cases,percent_solved\n"
        "aider_polyglot,new-model,open,2026-10-05,225,81.0\n"
    )
    (refused,) = upkeep.append("coding_cost", rows, folder=folder)
    assert "set accessed in the card to the day of the last reading" in refused.message
    read_on(folder, "coding_cost", "2026-10-06")
    assert upkeep.append("coding_cost", rows, folder=folder) == []
    card = cards.source("coding_cost", folder=folder)
    assert (card.rows, f"{card.last}") == (182, "2026-10-05")
    monkeypatch.setattr(loader, "source", lambda name: cards.source(name, folder=folder))
    last = loader.load("coding_cost").iloc[-1]
    assert last["model"] == "new-model"
    assert last["run_cost_usd"] != last["run_cost_usd"]  # the column left out is blank


def test_rows_are_appended_to_a_compressed_table(folder, tmp_path):
    rows = tmp_path / "more.csv"
    old = cards.source("router_models", folder=folder)
    rows.write_text(
        "week,model,variant,author,weights,basis,tokens,days,scope,known\n"
        "2026-08-24,a/b,standard,a,open,public list,1.0,7,top50+other,2026-08-30\n"
    )
    read_on(folder, "router_models", "2026-08-30")
    assert upkeep.append("router_models", rows, folder=folder) == []
    assert cards.source("router_models", folder=folder).rows == old.rows + 1


def test_rows_that_break_a_rule_leave_table_and_card_untouched(folder, tmp_path):
    rows = tmp_path / "wrong.csv"
    rows.write_text(
        "benchmark,model,weights,run,cases,percent_solved\naider_polyglot,x,maybe,2026-10-05,225,181\n"
    )
    read_on(folder, "coding_cost", "2026-10-06")
    before = [(folder / f"coding_cost.{kind}").read_bytes() for kind in ("csv", "toml")]
    problems = [str(problem) for problem in upkeep.append("coding_cost", rows, folder=folder)]
    assert problems == [
        "coding_cost.csv, line 183: weights = 'maybe' is none of open, closed, unknown",
        "coding_cost.csv, line 183: percent_solved = 181.0 is outside [0, 100] percent",
    ]
    assert before == [(folder / f"coding_cost.{kind}").read_bytes() for kind in ("csv", "toml")]


def test_rows_with_a_strange_column_are_refused(folder, tmp_path):
    rows = tmp_path / "strange.csv"
    rows.write_text("benchmark,price\nx,1\n")
    with pytest.raises(ValueError, match=r"columns \['price'\]"):
        upkeep.append("coding_cost", rows, folder=folder)


def test_a_table_is_added_from_a_csv_and_passes_once_its_card_is_filled_in(
    folder, tmp_path, capsys
):
    table = tmp_path / "new_users.csv"
    table.write_text("day,users,open\n2026-01-31,10,True\n2026-02-28,12,False\n")
    arguments = ["--folder", str(folder), "add", str(table)]
    assert command.main(arguments) == 0
    assert command.main(["--folder", str(folder), "check", "new_users"]) == 1
    assert "still to fill in" in capsys.readouterr().out
    card = folder / "new_users.toml"
    card.write_text(re.sub(r'"fill in[^"]*"', '"x"', card.read_text()))
    assert command.main(["--folder", str(folder), "check", "new_users"]) == 1
    assert "line 2: source 'x' is not in sources.csv" in capsys.readouterr().out
    source = tmp_path / "source.csv"
    source.write_text("id,producer,title,url,read,licence\nx,x,x,x,2026-03-01,x\n")
    assert command.main(["--folder", str(folder), "append", "sources", str(source)]) == 0
    assert command.main(["--folder", str(folder), "check", "new_users"]) == 0
    columns = {c.name: c.type for c in cards.source("new_users", folder=folder).columns}
    assert columns == {"day": "date", "users": "integer", "open": "flag"}
    _the_test_written_beside_the_file_fails_on_a_changed_figure(folder, tmp_path)
    assert command.main(arguments) == 1
    assert "there is a dataset new_users already" in capsys.readouterr().err


def _the_test_written_beside_the_file_fails_on_a_changed_figure(folder, tmp_path):
    script = (tmp_path / "tests" / "test_datasets_new_users.py").read_text()
    names = {}
    exec(compile(script, "test_datasets_new_users.py", "exec"), names)  # noqa: S102
    here = {name: partial(getattr(datasets, name), folder=folder) for name in ("check", "source")}
    card = here["source"]("new_users")
    names["datasets"] = SimpleNamespace(
        check=here["check"],
        load=lambda name: loader.read(card),
        references=lambda name: origins.resolve(card, loader.read(card)),
    )
    tests = [names[name] for name in names if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()
    names["datasets"].load = lambda name: loader.read(card).assign(users=0)
    with pytest.raises(AssertionError):
        tests[1]()


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("day;weight\n1;2,5\n", "new.csv, line 1: the columns are separated by semicolons"),
        ("day,weight\n1,2.5,9\n", "new.csv, line 2 has 3 cells for 2 names"),
        ("day,weight\n1,2.5\n3\n", "new.csv, line 3 has 1 cells for 2 names; leave a cell empty"),
        ("day,weight\n", "new.csv has no lines below the names"),
        ("day,day\n1,2\n", "new.csv, line 1 names 'day' twice"),
        (",weight\n1,2\n", "new.csv, line 1: column 1 has no name"),
        ("", "new.csv is empty"),
    ],
)
def test_a_file_that_is_no_whole_table_is_neither_added_nor_appended(
    folder, tmp_path, capsys, content, advice
):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    file = tmp_path / "new.csv"
    file.write_text(content)
    assert command.main(["--folder", str(folder), "add", str(file)]) == 1
    assert advice in capsys.readouterr().err
    assert command.main(["--folder", str(folder), "append", "pasture", str(file)]) == 1
    if not content.startswith(",") and "day,day" not in content:
        assert advice in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("rows", ["day,yield\n80,66\n\n", "\ufeffyield,day\n66,80\n"])
def test_rows_as_spreadsheets_save_them_follow_a_table_without_a_last_line_end(
    folder, tmp_path, rows
):
    table = folder / "pasture.csv"
    table.write_bytes(table.read_bytes().rstrip(b"\n"))
    upkeep.renew("pasture", folder=folder)
    before = table.read_bytes()
    file = tmp_path / "rows.csv"
    file.write_text(rows, encoding="utf-8")
    assert upkeep.append("pasture", file, folder=folder) == []
    assert table.read_bytes() == before + b"\n80,66\n"


def test_a_table_is_added_without_its_byte_order_mark(folder, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("day,weight\n1,2.5\n", encoding="utf-8-sig")
    upkeep.add(file, folder=folder)
    assert (folder / "new.csv").read_bytes() == b"day,weight\n1,2.5\n"


def test_the_test_of_a_new_table_goes_to_the_repository_that_holds_the_tables(tmp_path):
    assert upkeep._tests_beside(tmp_path / "x.csv", tmp_path) == tmp_path / "tests"
    repository = upkeep._tests_beside(tmp_path / "x.csv", cards.HERE)
    assert repository == Path(__file__).parent


def test_one_problem_is_not_called_one_problems(folder, capsys):
    (folder / "pasture.csv").unlink()
    command.main(["--folder", str(folder), "check", "pasture"])
    assert capsys.readouterr().out.splitlines()[-1] == "1 problem"


def test_a_meant_edit_is_accepted_after_renewing_the_card(folder, capsys):
    file = folder / "pasture.csv"
    file.write_text(file.read_text().replace("8.93", "8.94"))
    assert command.main(["--folder", str(folder), "check", "pasture"]) == 1
    assert "pasture.csv: the file differs from the hash in its card" in capsys.readouterr().out
    assert command.main(["--folder", str(folder), "renew", "pasture"]) == 0


def test_the_page_shows_every_table_with_its_terms_and_its_notice(tmp_path):
    text = page.write(tmp_path).read_text(encoding="utf-8")
    for name in datasets.names():
        card = datasets.source(name)
        assert f"\n## {name}\n" in text
        assert f"{card.rows:,} rows" in text
        assert page._plain(card.license) in text
    assert text.count(":::{important}") == 2
    dated = [name for name in datasets.names() if datasets.source(name).date]
    assert text.count("<polyline") == len(dated)


def test_a_sparkline_of_rising_figures_rises():
    points = re.search(r'points="([^"]+)"', page.sparkline([0, 1, 2], [1, 2, 5], "x")).group(1)
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights == sorted(heights, reverse=True)  # SVG counts from the top
