"""README says what the notebooks found, and its code does what its comments say."""

import re
from pathlib import Path

import pytest

from uptake.openclosed.book import readme

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_committed_notebooks():
    assert readme.from_tree(ROOT) == TEXT, "README.md is behind the notebooks: run make record"


def test_a_changed_verdict_in_readme_is_noticed():
    table = TEXT.split("<!-- verdicts:")[1].split("<!-- end of verdicts")[0]
    verdict = re.search(r"\*\*[a-z ]+\*\*", table).group(0)
    assert readme.from_tree(ROOT) != TEXT.replace(verdict, "**certain**")


def test_lost_marks_are_named():
    with pytest.raises(ValueError, match="lost the marks of its block 'verdicts'"):
        readme.render("# nothing here", [])


def test_the_example_prints_what_its_comments_say(capsys):
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL).group(1)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed == re.findall(r"print\(.*?\)\s+# (.*)", code)
    assert len(printed) == 2
