"""Stored results are the results, and are found only while nothing that they rest on has changed.

Changes of code and data are tried on a copy of the library, by processes of their own.
"""

import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptake.openclosed import choices, claims, premium
from uptake.openclosed.choices import cache
from uptake.openclosed.choices.reach import reached

LIBRARY = Path(__file__).parents[1] / "lib"
C4 = claims.load()["C4"]
ROWS = [(1.5, -math.inf, math.nan, "short"), (0.1 + 0.2, 5e-324, math.inf, "")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder for stored results, the sources taken to be as they were."""
    monkeypatch.setenv("UPTAKE_CACHE", str(tmp_path / "choices"))
    monkeypatch.setattr(cache, "_code", lambda module: module)
    return tmp_path / "choices"


def place(function=premium.programming_difference, claim=C4, **fixed):
    return cache.slot(function, claim, fixed)


def test_the_table_is_the_same_computed_stored_and_recalled(folder, monkeypatch):
    first = choices.run(premium.programming_difference, C4)
    assert len(list(folder.iterdir())) == 1
    second = choices.run(premium.programming_difference, C4)
    monkeypatch.setenv("UPTAKE_CACHE", "")
    without = choices.run(premium.programming_difference, C4)
    pd.testing.assert_frame_equal(first, without, check_exact=True)
    pd.testing.assert_frame_equal(second, without, check_exact=True)


def test_what_is_recalled_is_what_was_stored_and_not_computed_anew(folder):
    rows = [(float(number), -1.0, math.inf, "stored") for number in range(8)]
    place().keep(rows)
    table = choices.run(premium.programming_difference, C4)
    assert table[list(choices.RESULTS)].to_numpy().tolist() == [list(row) for row in rows]


@given(st.lists(st.tuples(*[st.floats()] * 3, st.text()), min_size=1))
def test_numbers_and_words_come_back_as_they_were(tmp_path_factory, rows):
    slot = cache.Slot(tmp_path_factory.mktemp("slot") / "C4.json")
    slot.keep(rows)
    back = slot.recall(len(rows))
    assert [row[3] for row in back] == [row[3] for row in rows]
    before, after = (np.array([row[:3] for row in each]) for each in (rows, back))
    assert np.array_equal(before, after, equal_nan=True)
    signs = np.signbit(np.where(np.isnan([before, after]), 1.0, [before, after]))
    assert np.array_equal(*signs)  # also of zeros


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-9],
        lambda text: text.replace("short", "shorn"),
        lambda text: text.replace("0x1.8", "0x1.9"),
        lambda text: "[]",
        lambda text: '{"rows": [["0x1p0", "x", 1, 2]], "check": ""}',
        lambda text: '{"rows": [[1, 2, 3, ""]], "check": ""}',
        lambda text: '{"rows": 3, "check": ""}',
    ],
)
def test_a_damaged_file_is_passed_over_with_a_warning(tmp_path, damage):
    slot = cache.Slot(tmp_path / "C4.json")
    slot.keep(ROWS)
    text = slot.path.read_text()
    assert damage(text) != text
    slot.path.write_text(damage(text))
    with pytest.warns(RuntimeWarning, match="C4.json is damaged .* computed anew"):
        assert slot.recall(2) is None


def test_bytes_that_are_no_text_and_rows_of_another_number_are_damage(tmp_path):
    slot = cache.Slot(tmp_path / "C4.json")
    slot.keep(ROWS)
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert slot.recall(3) is None
    slot.path.write_bytes(b"\xff\xfe\x00")
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert slot.recall(2) is None


def test_a_damaged_file_is_replaced(folder):
    first = choices.run(premium.programming_difference, C4)
    place().path.write_text("{")
    with pytest.warns(RuntimeWarning, match="damaged"):
        second = choices.run(premium.programming_difference, C4)
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert place().recall(8) is not None


def test_a_file_is_whole_or_absent(tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.os, "replace", killed)
    slot = cache.Slot(tmp_path / "C4.json")
    with pytest.raises(KeyboardInterrupt):
        slot.keep(ROWS)
    assert not slot.path.exists()


def test_another_rule_argument_function_or_version_is_another_place(folder, monkeypatch):
    rule = replace(C4.prediction, smallest_effect=11.0)
    places = [
        place(),
        place(claim=replace(C4, prediction=rule)),
        place(claim=replace(C4, dimensions=C4.dimensions[::-1])),
        place(size=3),
        place(size=4),
        place(size="3"),
        place(function=premium.premium_trend),
    ]
    monkeypatch.setattr(cache, "version", lambda package: f"{package} of tomorrow")
    places.append(place())
    assert len({slot.path for slot in places}) == len(places)


def test_what_has_no_lasting_name_is_not_stored(folder, monkeypatch):
    assert place(function=lambda level: level) is None
    assert place(function=pd.concat) is None
    assert place(rng=np.random.default_rng(1)) is None
    assert place(levels=(1, [2])) is None
    assert place(levels=(1, ("a", None))) is not None
    monkeypatch.setenv("UPTAKE_CACHE", "")
    assert place() is None


def test_a_function_put_in_the_place_of_another_is_not_taken_for_it(folder):
    def programming_difference(level):
        return level

    programming_difference.__module__ = premium.programming_difference.__module__
    programming_difference.__qualname__ = "programming_difference"
    assert place(function=programming_difference) is None


def test_nothing_is_recalled_when_a_source_changed_after_it_was_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("UPTAKE_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_LOADED", math.inf)
    assert place() is not None
    newest = max(path.stat().st_mtime_ns for path in cache._files(C4_MODULE))
    monkeypatch.setattr(cache, "_LOADED", newest - 1)
    assert place() is None


C4_MODULE = premium.programming_difference.__module__
RUN = """
import sys
from uptake.openclosed import choices, claims
choices.all_claims([claims.load()["C4"]])
print(*sorted(name for name in sys.modules if name.split(".")[0] == "uptake"))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return the folder of a copy of the library."""
    folder = tmp_path_factory.mktemp("copy") / "lib"
    shutil.copytree(LIBRARY, folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return folder


def stored_after_a_run(copy, stored):
    """Run C4 by the copy of the library; return the files stored by now, and what was loaded."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "UPTAKE_CACHE": str(stored)}
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path.name for path in stored.iterdir()}, done.stdout.split()


def append(path, text):
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def test_a_changed_line_of_code_or_datum_is_a_miss_and_one_that_no_estimate_reaches_is_not(
    copy, tmp_path
):
    package, stored = copy / "uptake", tmp_path / "choices"
    seen = [stored_after_a_run(copy, stored)[0]]
    changes = [
        (package / "openclosed/premium/__init__.py", "\n# another line\n", True),
        (package / "openclosed/figures/premium.py", "\n# another line\n", False),
        (package / "openclosed/claims.toml", "\n# another line\n", True),
        (package / "datasets/router_models.toml", "\n# another line\n", True),
        (package / "fitting.py", "\n# another line\n", True),
    ]
    for path, text, missed in changes:
        append(path, text)
        seen.append(stored_after_a_run(copy, stored)[0])
        assert len(seen[-1]) == len(seen[-2]) + missed, path
    assert len(seen[-1]) == 5


def test_all_that_a_run_loads_is_among_what_counts(copy, tmp_path):
    loaded = stored_after_a_run(copy, tmp_path / "choices")[1]
    files = reached(C4_MODULE, copy) + reached("uptake.openclosed.choices.running", copy)
    files += reached("uptake.openclosed.claims", copy)  # which the script itself asks for
    names = {
        ".".join(path.relative_to(copy).with_suffix("").parts).removesuffix(".__init__")
        for path in files
        if path.suffix == ".py"
    }
    assert len(loaded) > 20
    assert set(loaded) <= names


def test_modules_and_data_are_reached_through_others_and_from_within_functions(tmp_path):
    files = {
        "toy/__init__.py": "",
        "toy/first.py": "import math\ndef f():\n    from toy import inner\n",
        "toy/inner/__init__.py": "from .deep import x\nfrom ..second import y\n",
        "toy/inner/deep.py": "import toy.third as z\nx = 1\n",
        "toy/inner/rule.toml": "",
        "toy/inner/.hidden": "",
        "toy/second.py": "y = 1\n",
        "toy/third.py": "from numpy import pi\n",
        "toy/other.py": "import toy.first\n",
        "toy/apart/__init__.py": "",
        "toy/apart/table.csv": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {str(path.relative_to(tmp_path)) for path in reached("toy.first", tmp_path)}
    apart = {"toy/other.py", "toy/apart/__init__.py", "toy/apart/table.csv", "toy/inner/.hidden"}
    assert found == files.keys() - apart
    with pytest.raises(ValueError, match="no module toy.fourth"):
        reached("toy.fourth", tmp_path)


def test_the_function_that_owns_a_claim_is_found_by_its_name():
    assert choices.owner(C4) is premium.programming_difference
    for function, message in (
        ("premium.nothing", "uptake.openclosed.premium has no function nothing"),
        ("nowhere.at_all", "there is no module uptake.openclosed.nowhere"),
    ):
        with pytest.raises(ValueError, match=f"C4: {message}"):
            choices.owner(replace(C4, function=function))


def test_all_claims_are_run_or_those_that_cannot_be_are_named(capsys):
    tables = choices.all_claims([C4, replace(C4, id="C5", prediction=None)], progress=True)
    assert {name: len(table) for name, table in tables.items()} == {"C4": 8}
    assert "C4: choice 8 of 8" in capsys.readouterr().err
    lost = [replace(C4, id="C1", function="premium.x"), replace(C4, id="C2", function="x.y")]
    with pytest.raises(ValueError, match="(?s)C1: .*no function x; C2: .*no module"):
        choices.all_claims([*lost, C4], progress=True)
    assert capsys.readouterr().err == ""
