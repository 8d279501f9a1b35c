"""The walk-throughs of extend.md, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "notebooks/extend.md").read_text("utf-8")
BLOCK = re.compile(r"(?:^`([\w./]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
pytestmark = pytest.mark.kernel


def section(heading):
    """Return the section's blocks in order: (file or nothing, language, text)."""
    text = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [match.groups() for match in BLOCK.finditer(text)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return a copy of what the walk-throughs touch."""
    folder = tmp_path_factory.mktemp("a copy")
    ignored = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "benchmarks")
    for name in ("lib", "notebooks", "figures", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("README.md", "pyproject.toml", "Makefile"):
        shutil.copy2(ROOT / name, folder)
    return folder


def run(tree, *command, code=0):
    """Run a command of the page in the copy and return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(tree / "lib"), "UPTAKE_CACHE": ""}
    environment |= {"UPTAKE_FIGURES": str(tree / "figures")}
    words = [sys.executable if word == "python" else word for word in command]
    done = subprocess.run(
        words, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def follow(tree, blocks):
    """Write the files and run the commands and the code of some blocks; return what they print."""
    said = []
    for file, language, text in blocks:
        if file:
            (tree / file).write_text(text, "utf-8")
        elif language == "python":
            said.append(run(tree, "python", "-c", text))
        else:
            assert language == "sh"
            said += [run(tree, *line.split()) for line in text.splitlines()]
    return "\n".join(said)


def test_a_curve_of_thirty_lines_fits_has_intervals_and_obeys_the_contract(tree):
    curve, use, (file, _, truth), command = section("A curve")
    body = [line for line in curve[2].splitlines() if line.strip() and '"""' not in line]
    assert len(body) <= 30
    said = follow(tree, [curve, use])
    assert re.search(r"LogLogistic, 10 flows, identified\n  m = [\d,]+: [\d,]+ to [\d,]+", said)
    # The peak lies inside the record, and its interval has two ends around it.
    low, high = (float(x) for x in re.search(r"\n([\d.]+) to ([\d.]+) \(95%\)", said).groups())
    assert 5 < low < high < 7
    line = "from uptake.curves.log_logistic import LogLogistic\n"
    exports = tree / "lib/uptake/curves/__init__.py"
    exports.write_text(exports.read_text("utf-8") + line, "utf-8")
    text = (tree / file).read_text("utf-8")
    text = text.replace("TRUTHS = [\n", f"TRUTHS = [\n{truth.strip()},\n")
    text = text.replace("from uptake.curves import", "from uptake.curves import LogLogistic,")
    (tree / file).write_text(text, "utf-8")
    tests = int(re.search(r"(\d+) passed", follow(tree, [command])).group(1))
    count = int(re.search(r"The tests of the contract, some (\d+),", PAGE).group(1))
    assert 0.9 < tests / count < 1.1


def test_a_dataset_is_added_filled_in_checked_loaded_and_fitted(tree):
    said = follow(tree, section("A dataset"))
    assert "every table obeys its card" in said
    # The certified ceiling of Rat43 is 699.64; the interval must hold it.
    low, high = (float(x) for x in re.search(r"([\d.]+) to ([\d.]+) \(95%\)", said).groups())
    assert low < 699.64151270 < high
    assert run(tree, "python", "-m", "pytest", "-q", "tests/test_datasets_onions.py")


def test_figures_out_of_the_cards_range_are_refused_and_then_taken(tree):
    (_, _, rows), (_, _, command), (_, _, record) = section("The next quarter's figures")
    (tree / "rows.csv").write_text(rows)
    table = tree / "lib/uptake/datasets/onions.csv"
    before = table.read_bytes()
    said = run(tree, *command.split(), code=1)
    assert "line 17" in said and "nothing was written" in said and table.read_bytes() == before
    card = table.with_suffix(".toml")
    card.write_text(card.read_text().replace("high = 15", "high = 16"))
    assert "renewed" in run(tree, *command.split())
    assert table.read_text().endswith("16,720.00\n")
    assert re.search(rf"^{record.split()[1]}:", (tree / "Makefile").read_text(), re.MULTILINE)


def test_a_claim_with_its_rule_is_judged(tree):
    (file, _, rule), *rest = section("A claim with its rule")
    path = tree / file
    text = path.read_text("utf-8").replace('themes = ["', 'themes = ["pace", "')
    text = text.replace('  "14-verdict",\n', '  "14-verdict",\n  "15-faster-uptake",\n')
    path.write_text(text.replace("[statements.S1]", f"{rule}\n[statements.S1]"), "utf-8")
    said = follow(tree, rest)
    assert re.search(r"C15.*(supported|against|mixed|cannot tell)", said, re.DOTALL)


def test_a_notebook_from_the_template_runs_and_shows_the_verdict(tree):
    follow(tree, section("A notebook from the template"))
    notebook = nbformat.read(tree / "notebooks/15-faster-uptake.ipynb", as_version=4)
    shown = [
        data["application/vnd.uptake.verdict+json"]["claim"]
        for cell in notebook.cells
        for data in (output.get("data", {}) for output in cell.get("outputs", []))
        if "application/vnd.uptake.verdict+json" in data
    ]
    assert shown == ["C15"]
    assert (tree / "figures/15-choices.svg").exists()
    assert "15-faster-uptake" in (tree / "README.md").read_text("utf-8")
    again = run(
        tree, "python", "-m", "uptake.openclosed.book", "new", "15-faster-uptake", "C15", code=1
    )
    assert "is there already; nothing was written" in again
