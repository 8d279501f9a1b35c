"""An error of each kind, put into a shipped table, is caught by the name of its file and line."""

import csv
import gzip
import hashlib
import re
import shutil
from io import StringIO

import pandas as pd
import pytest

from uptake import datasets
from uptake.datasets import cards, checks


@pytest.fixture
def folder(tmp_path):
    """A folder of our own with the shipped tables."""
    copy = tmp_path / "datasets"
    shutil.copytree(cards.HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def lines_of(folder, name):
    path = cards.source(name, folder=folder).path
    stored = path.read_bytes()
    return (gzip.decompress(stored) if path.suffix == ".gz" else stored).decode().splitlines()


def store(folder, name, lines):
    """Write a table and make its card fit in hash and rows, so that only content can tell."""
    card = cards.source(name, folder=folder)
    plain = ("\n".join(lines) + "\n").encode()
    card.path.write_bytes(gzip.compress(plain, mtime=0) if card.path.suffix == ".gz" else plain)
    toml = folder / f"{name}.toml"
    text = toml.read_text(encoding="utf-8")
    digest = hashlib.sha256(card.path.read_bytes()).hexdigest()
    text = re.sub(r'^sha256 = ".*"$', f'sha256 = "{digest}"', text, flags=re.M)
    text = re.sub(r"^rows = .*$", f"rows = {len(lines) - 1}", text, flags=re.M)
    toml.write_text(text, encoding="utf-8")


def change(folder, name, row, **values):
    """Change cells of the first row whose line holds ``row``; return its line number."""
    lines = lines_of(folder, name)
    header = lines[0].split(",")
    number = next(i for i, line in enumerate(lines) if i and row in line)
    (cells,) = csv.reader([lines[number]])
    for column, value in values.items():
        cells[header.index(column)] = value
    changed = StringIO()
    csv.writer(changed, lineterminator="").writerow(cells)
    lines[number] = changed.getvalue()
    store(folder, name, lines)
    return number + 1


ERRORS = [
    pytest.param(
        "classic_diffusion", "tetracycline_doctors,,9,", {"value": "1"}, "is cumulative", id="falls"
    ),
    pytest.param(
        "technology_adoption", "us_adoption_microwave,1982", {"value": "20.0"}, "outside [0, 1]",
        id="percent for a fraction",
    ),
    pytest.param(
        "router_traffic", "openrouter_daily_tokens_open,2026-03-02", {"value": "1e12"},
        "do not sum to the whole", id="parts and total",
    ),
    pytest.param(
        "precedents", "top500_os_share_linux,2005-06-01", {"value": "0.9"},
        "do not sum to the whole", id="shares that pass the whole",
    ),
    pytest.param(
        "usage", "usage_openai_chatgpt_wau,2023-03-25", {"date": "2023-13-25"}, "is not a date",
        id="impossible date",
    ),
    pytest.param(
        "usage", "usage_openai_chatgpt_wau,2023-03-25", {"date": "1923-03-25"}, "is outside 2",
        id="date out of range",
    ),
    pytest.param(
        "usage", "usage_openai_chatgpt_wau,2023-03-25", {"known": "2023-01-01"},
        "before it happened", id="known too early",
    ),
    pytest.param(
        "api_prices", "2025-07-01,models.dev,2025-07-31,anthropic,claude-opus-4,",
        {"input_usd_per_mtok": "0.000015"}, "looks like a price per token", id="price per token",
    ),
    pytest.param(
        "api_prices", "2025-07-01,models.dev,2025-07-31,anthropic,claude-opus-4,",
        {"output_usd_per_mtok": "75000000"}, "is outside [0, 1000]", id="price a million times",
    ),
    pytest.param(
        "arena_leaders", "catalog,2025-03-07,open,1,", {"weights": "opne"}, "is none of open",
        id="unknown category",
    ),
    pytest.param(
        "arena_leaders", "catalog,2025-03-07,open,1,", {"low": "1600"}, "outside its interval",
        id="interval without its figure",
    ),
    pytest.param(
        "arena_leaders", "catalog,2025-03-07,open,1,", {"elo": "high"}, "is not a number",
        id="text for a number",
    ),
    pytest.param(
        "arena_leaders", "catalog,2025-03-07,open,1,", {"elo": ""}, "elo is blank", id="blank"
    ),
    pytest.param(
        "package_downloads", "package_downloads_vllm,vllm,open_stack,2026-04-01", {"value": "-5"},
        "is negative", id="negative flow",
    ),
    pytest.param(
        "package_downloads", "package_downloads_vllm,vllm,open_stack,2026-04-01",
        {"unit": "downloads"}, "mixes units", id="two units in a series",
    ),
    pytest.param(
        "package_downloads", "package_downloads_vllm,vllm,open_stack,2026-04-01",
        {"source": "nobody"}, "is not in sources.csv", id="no such source",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "values", "message"), ERRORS)
def test_an_error_in_a_row_is_caught_by_file_and_line(folder, name, row, values, message):
    line = change(folder, name, row, **values)
    problems = checks.check([name], folder=folder)
    file = cards.source(name, folder=folder).path.name
    found = [p for p in problems if message in p.message and p.file == file]
    assert found, [str(problem) for problem in problems]
    if "units" in message:  # the series is at fault, not one of its rows
        return
    days = [p.row for p in found]
    same_day = lines_of(folder, name)[line - 1].split(",")[1]
    assert line in days or all(same_day in lines_of(folder, name)[day - 1] for day in days)
    assert str(found[0]).startswith(f"{file}, line ")


@pytest.mark.parametrize("column", ["date", "known"])
def test_a_row_later_than_the_last_reading_of_its_card_is_caught_by_line(folder, column):
    toml = folder / "revenue.toml"
    text = toml.read_text()
    rows = datasets.load("revenue", corrected=False)
    last = rows[column].max()
    (accessed,) = re.findall(r"^accessed = (.*)$", text, flags=re.M)
    for days, expected in ((0, 0), (1, (rows[column] == last).sum())):
        day = last - pd.Timedelta(days=days)
        toml.write_text(text.replace(f"accessed = {accessed}", f"accessed = {day:%Y-%m-%d}"))
        problems = checks.check(["revenue"], folder=folder)
        found = [
            p for p in problems if p.message.startswith(f"{column} = {last:%Y-%m-%d} is after")
        ]
        assert len(found) == expected, [str(problem) for problem in problems]
    assert "set accessed in the card" in found[0].message
    assert lines_of(folder, "revenue")[found[0].row - 1].count(f"{last:%Y-%m-%d}")


def test_a_repeated_key_is_caught_by_line(folder):
    lines = lines_of(folder, "coding_cost")
    store(folder, "coding_cost", [*lines, lines[5].replace(",133,", ",132,")])
    (problem,) = checks.check(["coding_cost"], folder=folder)
    assert str(problem).startswith(f"coding_cost.csv, line {len(lines) + 1}: repeats the key")


def test_a_series_without_a_description_is_caught(folder):
    change(folder, "cloud_revenue", "cloud_revenue_aws,2022-07-01", series="cloud_revenue_awz")
    messages = [problem.message for problem in checks.check(["cloud_revenue"], folder=folder)]
    assert any("cloud_revenue_awz has no entry under [series]" in text for text in messages)


def test_a_lost_row_and_a_lost_column_are_caught(folder):
    lines = lines_of(folder, "coding_cost")
    path = folder / "coding_cost.csv"
    path.write_text("\n".join(lines[:-1]) + "\n")
    assert "has 180 rows, the card says 181" in str(checks.check(["coding_cost"], folder=folder)[1])
    path.write_text("\n".join(line.rsplit(",", 1)[0] for line in lines) + "\n")
    assert any("columns are" in str(p) for p in checks.check(["coding_cost"], folder=folder))


def test_a_broken_archive_is_caught_by_name(folder):
    path = folder / "api_prices.csv.gz"
    path.write_bytes(path.read_bytes()[:1000])
    problems = checks.check(["api_prices"], folder=folder)
    assert {problem.file for problem in problems} == {"api_prices.csv.gz"}
    assert any("cannot be read" in problem.message for problem in problems)


def test_an_incomplete_card_is_caught_by_name(folder):
    card = folder / "pasture.toml"
    card.write_text(card.read_text().replace("producer = ", "maker = "))
    (problem,) = checks.check(["pasture"], folder=folder)
    assert problem.file == "pasture.toml"
    assert "not a complete card" in problem.message


@pytest.mark.parametrize("line", [1, 3])
def test_a_row_with_a_cell_too_many_is_told_from_an_index(folder, line):
    lines = lines_of(folder, "pasture")
    lines[line] += ",1"
    store(folder, "pasture", lines)
    (problem,) = checks.check(["pasture"], folder=folder)
    assert problem.file == "pasture.csv" and "cannot be read as a table" in problem.message
