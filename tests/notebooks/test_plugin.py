"""The plugin as `make test` runs it, on notebooks that were doctored after they were recorded."""

import base64
import io
import shutil

import nbformat
import nbformat.v4 as v4
import pytest
from notebook_run import failed_items
from PIL import Image

from uptake.openclosed.book import canonical, record
from uptake.openclosed.choices.publishing import MIME as SPECIFICATIONS

pytestmark = pytest.mark.kernel

DRAW = """
import io, os, pathlib
from PIL import Image
from IPython.display import display
buffer = io.BytesIO()
Image.new("L", (40, 30), 128).save(buffer, "png")
svg = '<svg><path d="M 10 20 L 30 40"/></svg>'
place = pathlib.Path(os.environ["UPTAKE_FIGURES"])
_ = (place / ("NN-line" + ".svg")).write_text(svg)
shown = {"image/png": buffer.getvalue(), "text/plain": "A grey field."}
display(shown, raw=True)
""".strip()
# Shows specifications, and how many results it finds that an earlier run of itself has stored.
STORE = f"""
stored = pathlib.Path(os.environ["UPTAKE_CACHE"], "NN-line")
print(stored.exists())
stored.parent.mkdir(parents=True, exist_ok=True)
stored.touch()
kind = "{SPECIFICATIONS}"
numbers = {{"C4": {{"estimate": "1.5 2.5"}}}}
display({{kind: numbers, "text/plain": "C4"}}, raw=True)
""".strip()
FIRST = "# NN · Is it whole?"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return a folder with one recorded notebook, 01-whole, and its figure."""
    root = tmp_path_factory.mktemp("recorded")
    sources = ["1 / 8", "print('ratio', 3.5)", DRAW, "# the figure is 'NN-line'\n6 * 7"]
    sources.append(STORE)
    sources = [source.replace("NN-line", "01-line") for source in sources]
    cells = [v4.new_markdown_cell(FIRST.replace("NN", "01")), *map(v4.new_code_cell, sources)]
    (root / "notebooks").mkdir()
    nbformat.write(v4.new_notebook(cells=cells), root / "notebooks/01-whole.ipynb")
    record(root)
    return root


def code(notebook, number):
    return [cell for cell in notebook.cells if cell.cell_type == "code"][number - 1]


def change(notebook):
    """Change a number, a picture and the prose, and clear a cell's output."""
    code(notebook, 2).outputs[0].text = "ratio 3.6\n"
    black = io.BytesIO()
    Image.new("L", (40, 30), 0).save(black, "png")
    code(notebook, 3).outputs[0].data["image/png"] = base64.b64encode(black.getvalue()).decode()
    code(notebook, 4).outputs = []
    specify(notebook, "1.500001 2.5")  # within the tolerance of numbers
    notebook.cells[0].source += "\n\nIt takes 3 months."


def specify(notebook, numbers):
    """Change the specifications that the last cell shows."""
    (shown,) = (each for each in code(notebook, 5).outputs if "data" in each)
    shown.data[SPECIFICATIONS]["C4"]["estimate"] = numbers


def strip(notebook):
    """Take all outputs and run numbers away."""
    for cell in notebook.cells[1:]:
        cell.outputs, cell.execution_count = [], None


def swap_order(notebook):
    """Make it look as if the second cell had been run first; change a specification."""
    specify(notebook, "1.6 2.5")
    code(notebook, 1).execution_count, code(notebook, 2).execution_count = 2, 1
    code(notebook, 1).outputs[0].execution_count = 2


# Name, what is done to the notebook, which items must fail. The figure of 02 is changed too, that
# of 03 is missing. Few notebooks, for each starts a kernel.
CELLS = {"Cell 0", "Cell 1", "Cell 2", "Cell 3", "Cell 4"}
DOCTORED = [
    ("01-whole", lambda notebook: None, set()),
    ("02-changed", change, {"rules", "Cell 1", "Cell 2", "Cell 3", "figures"}),
    ("03-stripped", strip, {"rules", "figures"} | CELLS),
    ("04-order", swap_order, {"rules", "Cell 4"}),
]


@pytest.fixture(scope="module")
def failures(recorded, tmp_path_factory):
    """Return, for each doctored notebook, the items that fail."""
    root = tmp_path_factory.mktemp("a folder with spaces") / "tree"
    (root / "lib/uptake/openclosed").mkdir(parents=True)
    (root / "lib/uptake/openclosed/claims.toml").write_text("[claims]\n")
    for folder in ("notebooks", "figures"):
        (root / folder).mkdir()
    shutil.copytree(recorded / "build/cache", root / "build/cache")
    for name, doctor, _ in DOCTORED:
        number = name[:2]
        path = root / "notebooks" / f"{name}.ipynb"
        text = (recorded / "notebooks/01-whole.ipynb").read_text()
        path.write_text(
            text.replace("01-line", f"{number}-line").replace("# 01 ·", f"# {number} ·")
        )
        notebook = nbformat.read(path, as_version=4)
        doctor(notebook)
        nbformat.write(notebook, path)
        shutil.copy(recorded / "figures/01-line.svg", root / "figures" / f"{number}-line.svg")
    drawing = root / "figures/02-line.svg"
    drawing.write_text(drawing.read_text().replace("30 40", "30 41"))
    (root / "figures/03-line.svg").unlink()
    return failed_items(root, "notebooks")


@pytest.mark.parametrize(("name", "expected"), [(name, items) for name, _, items in DOCTORED])
def test_the_plugin_finds_what_was_doctored_and_nothing_else(failures, name, expected):
    assert failures.get(f"notebooks/{name}", set()) == expected


def test_a_recorded_notebook_is_in_canonical_form(recorded):
    path = recorded / "notebooks/01-whole.ipynb"
    assert canonical.text(nbformat.read(path, as_version=4)) == path.read_text()
