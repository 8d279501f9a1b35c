"""A notebook of this repository is edited in every way that has slipped past a check of text.

Edits of outputs and figures need a run. They share one, each in a cell of its own, so that each
must be caught by another item and none hides behind the next. Edits that the rules catch need none.
"""

import base64
import io
import re
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest
from notebook_rules import problems
from notebook_run import failed_items
from PIL import Image

ROOT = Path(__file__).parents[2]
NAME = "01-the-argument"  # the quickest of those that the argument rests on
CLAIMS = Path("lib/uptake/openclosed/claims.toml")
PICTURE = "image/png"


@pytest.fixture
def committed():
    return _read(ROOT)


def _read(folder):
    return nbformat.read(folder / f"notebooks/{NAME}.ipynb", as_version=4)


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _first(notebook, wanted):
    """Return the place among the code cells, and the output, of the first output wanted."""
    outputs = ((i, each) for i, cell in enumerate(_code(notebook)) for each in cell.outputs)
    return next((i, each) for i, each in outputs if wanted(each))


def _next_digit(match):
    return match[1] + str((int(match[2]) + 1) % 10)


def _change_a_number(notebook, figures):
    place, output = _first(notebook, lambda each: "." in each.get("text", ""))
    output.text, changes = re.subn(r"(\d\.\d+)(\d)", _next_digit, output.text, count=1)
    assert changes
    return f"Cell {place}"


def _blot_a_picture(notebook, figures):
    """Set a spot of ink, about as large as two markers, on the picture in the notebook."""
    place, output = _first(notebook, lambda each: PICTURE in each.get("data", {}))
    picture = Image.open(io.BytesIO(base64.b64decode(output.data[PICTURE])))
    picture.paste("black", (20, picture.height // 2, 32, picture.height // 2 + 12))
    blotted = io.BytesIO()
    picture.save(blotted, "png")
    output.data[PICTURE] = base64.b64encode(blotted.getvalue()).decode()
    return f"Cell {place}"


def _move_a_point(notebook, figures):
    """Move one point of one line in a figure's file by one tenth of a point."""
    drawing = sorted(figures.glob("01-*.svg"))[-1]
    text, changes = re.subn(r"(\nL \d+\.)(\d)", _next_digit, drawing.read_text("utf-8"), count=1)
    assert changes
    drawing.write_text(text, "utf-8")
    return "figures"


def _empty_a_cell(notebook, figures):
    """Take the outputs of the last cell away, and leave the mark that it was run."""
    code = _code(notebook)
    code[-1].outputs = []
    return f"Cell {len(code) - 1}"


EDITS = (_change_a_number, _blot_a_picture, _move_a_point, _empty_a_cell)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return which items fail of the notebook as it is and as edited, and which each edit must."""
    root = tmp_path_factory.mktemp("two copies")
    (root / CLAIMS).parent.mkdir(parents=True)
    shutil.copy(ROOT / CLAIMS, root / CLAIMS)
    for copy in ("whole", "edited"):
        for part, pattern in (("notebooks", f"{NAME}.ipynb"), ("figures", "01-*.svg")):
            (root / copy / part).mkdir(parents=True)
            for path in (ROOT / part).glob(pattern):
                shutil.copy(path, root / copy / part)
    notebook = _read(root / "edited")
    expected = [edit(notebook, root / "edited/figures") for edit in EDITS]
    nbformat.write(notebook, root / f"edited/notebooks/{NAME}.ipynb")
    return failed_items(root, "whole", "edited"), expected


@pytest.mark.kernel
def test_the_notebook_as_committed_passes(run):
    failed, _ = run
    assert f"whole/notebooks/{NAME}" not in failed


@pytest.mark.kernel
@pytest.mark.parametrize("number", range(len(EDITS)), ids=[edit.__name__ for edit in EDITS])
def test_an_edit_of_what_a_run_makes_is_caught_where_it_was_made(run, number):
    failed, expected = run
    assert expected[number] in failed[f"edited/notebooks/{NAME}"]


@pytest.mark.kernel
def test_nothing_fails_but_what_was_edited_and_each_edit_in_another_place(run):
    failed, expected = run
    assert sorted(failed[f"edited/notebooks/{NAME}"]) == sorted(expected)


def _strip(notebook):
    for cell in _code(notebook):
        cell.outputs, cell.execution_count = [], None


def _clear_a_cell(notebook):
    cell = _code(notebook)[3]
    cell.outputs, cell.execution_count = [], None


def _swap_the_order(notebook):
    first, second, *_ = _code(notebook)
    first.execution_count, second.execution_count = second.execution_count, first.execution_count


def _type_a_number(notebook):
    notebook.cells[2].source += "\n\nOpen use doubles every 5 months."


ORDER = "not run from top to bottom in a fresh kernel, but in the order "


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_strip, f"{ORDER}[None, None, None"),
        (_clear_a_cell, f"{ORDER}[1, 2, 3, None, 5"),
        (_swap_the_order, f"{ORDER}[2, 1, 3"),
        (_type_a_number, "cell 3: a number is typed into prose: '5 months'"),
    ],
)
def test_an_edit_that_breaks_a_rule_is_caught_without_a_run(committed, edit, said):
    assert _problems(committed) == []
    edit(committed)
    (found,) = _problems(committed)
    assert found.startswith(said)


def _problems(notebook):
    claims = tomllib.loads((ROOT / CLAIMS).read_text("utf-8"))["claims"].items()
    owned = [claim for claim, card in claims if card["notebook"] == NAME]
    figures = [path.stem for path in (ROOT / "figures").glob("01-*.svg")]
    return problems(notebook, NAME, owned=owned, figures=figures)
