"""README says what the notebooks found, and its code does what its comments say."""

import re
from pathlib import Path

import pytest

from uptake.openclosed import claims
from uptake.openclosed.book import readme
from uptake.openclosed.rules import DASH

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_committed_notebooks():
    assert readme.from_tree(ROOT) == TEXT, "README.md is behind the notebooks: run make record"


def test_a_changed_verdict_in_readme_is_noticed():
    table = TEXT.split("<!-- verdicts:")[1].split("<!-- end of verdicts")[0]
    verdict = re.search(r"\*\*[a-z ]+\*\*", table).group(0)
    assert readme.from_tree(ROOT) != TEXT.replace(verdict, "**certain**")


def test_shares_that_are_no_evidence_are_a_dash_and_its_reason_stands_below():
    rules = claims.load()
    silent = [name for name, rule in rules.items() if rule.no_vote]
    assert silent == ["C4", "C5"]
    block = TEXT.split("<!-- verdicts:")[1].split("<!-- end of verdicts")[0]
    for name in rules:
        (row,) = (line for line in block.splitlines() if line.startswith(f"| [{name}]"))
        cell = row.split(" | ")[3]
        assert (cell == DASH) == (name in silent), row
    assert all(f"{name}: {rules[name].no_vote}" in block for name in silent)


def test_lost_marks_are_named():
    with pytest.raises(ValueError, match="lost the marks of its block 'verdicts'"):
        readme.render("# nothing here", [])


def test_the_example_prints_what_its_comments_say(capsys):
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL).group(1)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed == re.findall(r"print\(.*?\)\s+# (.*)", code)
    assert len(printed) == 2
