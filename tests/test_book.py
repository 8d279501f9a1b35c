import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest
from jsonschema import Draft202012Validator

from uptake.openclosed.book import BookError, build, canonical, record
from uptake.openclosed.book.__main__ import main
from uptake.openclosed.book.execution import execute, kernel_environment
from uptake.openclosed.book.files import replace_folder
from uptake.openclosed.book.progress import Progress
from uptake.openclosed.book.verdicts import MIME, for_machines, read, schema, table
from uptake.openclosed.claims import Estimate, judge, load

JUDGED = judge(
    load()["C9"],
    Estimate(1.0, 0.9, math.inf, "ratio", concerns=("short",)),
    power=0.8,
    as_of="2026-05-31",
).as_dict()
VERDICT = f"""
import json
from IPython.display import display
verdict = json.loads(r'''{json.dumps(JUDGED)}''')
display({{"{MIME}": verdict, "text/plain": "cannot tell"}}, raw=True)
""".strip()
FIGURE = """
import os, pathlib
_ = pathlib.Path(os.environ["UPTAKE_FIGURES"], "01-line.svg").write_text("<svg/>")
""".strip()


def write_notebook(root, name, *sources, claims=()):
    cells = [v4.new_markdown_cell(f"# {name[:2]} · Why?"), *map(v4.new_code_cell, sources)]
    notebook = v4.new_notebook(cells=cells, metadata={"uptake": {"claims": list(claims)}})
    (root / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")
    return root / "notebooks" / f"{name}.ipynb"


@pytest.fixture
def root(tmp_path):
    """Return the folder of a small project, with a space in its name."""
    root = tmp_path / "a project"
    root.mkdir()
    write_notebook(root, "01-gap", "1 + 1", FIGURE, VERDICT, claims=["C9", "C10"])
    write_notebook(root, "02-method", "print('two')")
    (root / "notebooks/conf.py").write_text(
        "extensions = ['myst_nb']\nnb_execution_mode = 'off'\n"
        "suppress_warnings = ['mystnb.unknown_mime_type']\n"
    )
    (root / "notebooks/index.md").write_text(
        "# Book\n\n```{toctree}\n01-gap\n02-method\n```\n", encoding="utf-8"
    )
    return root


def tree(root):
    """Return every file outside build/ with its content."""
    inside = (path for path in root.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in inside if "build" not in path.parts}


@pytest.mark.kernel
def test_build_writes_site_and_verdicts_and_leaves_the_tree_alone(root, capfd):
    before = tree(root)
    build(root)
    out, err = capfd.readouterr()
    assert tree(root) == before
    assert (root / "build/figures/01-line.svg").read_text() == "<svg/>"
    assert "Why?" in (root / "build/site/01-gap.html").read_text()
    found = json.loads((root / "build/verdicts.json").read_text())
    assert found == [{**JUDGED, "notebook": "01-gap"}]
    assert JUDGED["verdict"] == "cannot tell" and JUDGED["high"] is None
    rows = [row.split() for row in out.splitlines() if row.startswith(("01", "02"))]
    assert rows[0][:4] == ["01-gap", "C9", "cannot", "tell"]
    assert rows[1][:2] == ["02-method", "(method)"] and float(rows[1][2]) > 0
    assert "01-gap: done in" in err and "WARNING" not in err


@pytest.mark.kernel
def test_a_notebook_that_sums_up_runs_last_and_reads_what_the_others_show(root):
    read = "from uptake.openclosed.book import verdicts\n[v['claim'] for v in verdicts.read()]"
    path = write_notebook(root, "00-summary", read)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["uptake"]["last"] = True
    nbformat.write(notebook, path)
    build(root)
    summary = nbformat.read(root / "build/book/00-summary.ipynb", as_version=4)
    assert summary.cells[1].outputs[0].data["text/plain"] == "['C9']"
    assert summary.metadata["uptake"]["last"] is True


def test_verdicts_are_read_from_a_folder_of_notebooks(tmp_path):
    output = v4.new_output("display_data", {MIME: JUDGED})
    made = v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[output])])
    nbformat.write(made, tmp_path / "03-gap.ipynb")
    assert read(tmp_path) == [{**JUDGED, "notebook": "03-gap"}]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BookError, match="No notebook lies in .*empty"):
        read(tmp_path / "empty")


@pytest.mark.kernel
def test_a_failing_cell_is_named_with_its_source_and_error(root, capfd):
    write_notebook(root, "03-broken", "x = 0", "# the ratio\n1 / x", "x")
    before = tree(root)
    assert main(["record", "--root", str(root)]) == 1
    err = capfd.readouterr().err
    assert "03-broken.ipynb failed in code cell 2 of 3 (cell 3 in all):" in err
    assert "    # the ratio\n    1 / x" in err
    assert "ZeroDivisionError: division by zero" in err
    assert "nbclient" not in err
    assert tree(root) == before


@pytest.mark.kernel
def test_a_dead_kernel_is_reported(root):
    write_notebook(root, "03-dead", "import os", "os._exit(1)")
    with pytest.raises(BookError, match=r"03-dead\.ipynb failed in code cell 2 of 2(.|\n)*died"):
        record(root, only=["03"])


@pytest.mark.kernel
def test_record_writes_outputs_and_figures_and_a_second_time_nothing(root, capsys):
    changed = record(root)
    names = ["notebooks/01-gap.ipynb", "notebooks/02-method.ipynb", "figures/01-line.svg"]
    assert changed == [Path(name) for name in names]
    before = tree(root)
    notebook = nbformat.read(root / names[0], as_version=4)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "2"
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2, 3]
    assert record(root) == []
    assert tree(root) == before
    assert capsys.readouterr().out.endswith("unchanged\n")


@pytest.mark.kernel
def test_record_of_one_notebook_touches_no_other(root):
    other = (root / "notebooks/01-gap.ipynb").read_bytes()
    assert record(root, only=["02"]) == [Path("notebooks/02-method.ipynb")]
    assert (root / "notebooks/01-gap.ipynb").read_bytes() == other


@pytest.mark.kernel
def test_record_deletes_figures_that_the_notebook_no_longer_writes(root):
    (root / "figures").mkdir()
    for name in ("01-old.svg", "02-old.svg", "04-other.svg"):
        (root / "figures" / name).write_text("<svg/>")
    record(root, only=["01"])
    names = sorted(path.name for path in (root / "figures").iterdir())
    assert names == ["01-line.svg", "02-old.svg", "04-other.svg"]


@pytest.mark.kernel
def test_record_keeps_an_edit_made_while_the_notebook_ran(root):
    path = root / "notebooks/02-method.ipynb"
    touch = f"import pathlib\nfile = pathlib.Path({str(path)!r})\n_ = file.write_text('edited')"
    write_notebook(root, "02-method", touch)
    with pytest.raises(BookError, match="02-method.ipynb changed while it ran"):
        record(root, only=["02"])
    assert path.read_text() == "edited"


def test_an_unknown_notebook_is_refused_with_the_names_there_are(root):
    with pytest.raises(BookError, match="No notebook begins with 07; there are: 01-gap, 02-method"):
        build(root, only=["07"])


def test_a_project_without_notebooks_is_refused(tmp_path):
    with pytest.raises(BookError, match="there are: none"):
        build(tmp_path)


@pytest.mark.kernel
def test_kernels_run_in_a_known_environment_whatever_the_reader_has(root, tmp_path, monkeypatch):
    spec = tmp_path / "reader/kernels/python3"
    spec.mkdir(parents=True)
    other = {"argv": ["false", "{connection_file}"], "display_name": "other", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(other))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "reader"))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    ask = "import os, sys\nprint(sys.executable)\nprint(os.environ['OMP_NUM_THREADS'])"
    ask += "\nprint(os.environ['UPTAKE_CACHE'])"
    path = write_notebook(root, "03-environment", ask)
    environment = kernel_environment(tmp_path / "figures", tmp_path / "cache")
    (run,) = execute([path], environment=environment, logs=tmp_path)
    assert run.notebook.cells[1].outputs[0].text.splitlines() == [
        sys.executable,
        "1",
        str(tmp_path / "cache/choices"),
    ]


@pytest.mark.kernel
def test_an_interrupt_ends_the_run_and_its_kernels(root):
    write_notebook(root, "03-slow", "import os, pathlib, time", SLEEP)
    command = [sys.executable, "-m", "uptake.openclosed.book", "record", "03"]
    with subprocess.Popen(
        command, cwd=root, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
    ) as run:
        pid = _wait_for(root / "build/record/book/pid")
        run.send_signal(signal.SIGINT)
        try:
            _, err = run.communicate(timeout=30)
        finally:
            run.kill()
    assert run.returncode == 130
    assert err.endswith("stopped\n") and "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


SLEEP = """
new = pathlib.Path("pid.new")
_ = new.write_text(str(os.getpid()))
_ = new.rename("pid")
time.sleep(60)
""".strip()


def _heed_interrupts():
    """Undo what a shell does to what it starts in the background: there Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for(path):
    for _ in range(300):
        if path.exists():
            return int(path.read_text())
        time.sleep(0.1)
    raise AssertionError(f"{path} did not appear")


def test_the_canonical_form_says_nothing_of_when_and_where():
    cell = v4.new_code_cell("1", metadata={"execution": {"a": "b"}, "tags": ["hide-input"]})
    made = v4.new_notebook(cells=[cell, v4.new_markdown_cell("x")])
    made.metadata["language_info"] = {"name": "python", "version": "3.12.1"}
    made.metadata["uptake"] = {"claims": []}
    text = canonical.text(made)
    assert "3.12.1" not in text and 'execution"' not in text and "hide-input" in text
    assert json.loads(text)["cells"][0]["id"] == cell.id
    assert canonical.text(nbformat.reads(text, as_version=4)) == text
    assert cell.metadata["execution"], "the given notebook was changed"


def test_cells_without_an_id_get_one_that_depends_on_their_place():
    made = v4.new_notebook(cells=[v4.new_code_cell("1"), v4.new_code_cell("2")])
    made.cells[1]["id"] = made.cells[0]["id"]
    assert canonical.canonical(made).cells[1].id == "cell-02"


def test_the_table_names_claims_without_a_verdict():
    entry = {"notebook": "03-gap", "claims": ["C9", "C10"], "seconds": 1.0, "verdicts": []}
    assert table([entry]).count("none shown") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"claim": "9"}, "'9' does not match"),
        ({"verdict": "probably"}, "verdict: 'probably' is not one of"),
        ({"estimate": "1"}, "estimate: '1' is not of type"),
        ({"estimate": None}, "low: .* is not of type 'null'"),
        ({"estimate": None, "low": None, "verdict": "mixed"}, "estimate: None is not of type"),
        ({"verdict": "supported", "power": 0.4}, "power: 0.4 is less than the minimum of 0.5"),
        ({"verdict": "not testable"}, "estimate: 1.0 is not of type 'null'"),
        ({"level": 0.9}, "level: 0.9 is less"),
        ({"share": 80.0}, "share: 80.0 is greater"),
        ({"grade": "D"}, "grade: 'D' is not one of"),
        ({"as_of": "31 May 2026"}, "as_of: .* does not match"),
        ({"tripwire": {"date": "2027-03-31"}}, "tripwire: 'observation' is a required property"),
        ({"reasons": []}, "reasons: .* should be non-empty"),
        ({"mood": "good"}, "'mood' was unexpected"),
    ],
)
def test_a_verdict_of_another_form_is_refused(change, message):
    entry = {"notebook": "03-gap", "verdicts": [{**JUDGED, **change}]}
    with pytest.raises(BookError, match=f"03-gap shows a faulty verdict.*{message}"):
        for_machines([entry])


@pytest.mark.parametrize("field", JUDGED)
def test_a_verdict_without_one_of_its_fields_is_refused(field):
    short = {key: value for key, value in JUDGED.items() if key != field}
    with pytest.raises(BookError, match=f"'{field}' is a required property"):
        for_machines([{"notebook": "03-gap", "verdicts": [short]}])


def test_verdicts_stand_in_the_order_of_the_claims_and_each_once():
    entries = [
        {"notebook": name, "verdicts": [{**JUDGED, "claim": claim} for claim in claims]}
        for name, claims in (("03-gap", ["C10", "C9"]), ("04-price", ["C4"]))
    ]
    assert [verdict["claim"] for verdict in for_machines(entries)] == ["C4", "C9", "C10"]
    with pytest.raises(BookError, match="C4 is judged in two places"):
        for_machines([*entries, entries[1]])


def test_the_schema_is_one_and_takes_the_verdict_on_every_claim():
    Draft202012Validator.check_schema(schema())
    judged = [judge(claim, None, as_of="2026-05-31").as_dict() for claim in load().values()]
    assert len(for_machines([{"notebook": "01-all", "verdicts": judged}])) == len(judged)


def test_a_finished_folder_takes_the_place_of_another(tmp_path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    replace_folder(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old/file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


class Terminal:
    """A stream that says that it is a terminal."""

    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_on_a_terminal_the_live_line_is_taken_away():
    stream = Terminal()
    progress = Progress(2, stream)
    progress.started("01-gap", 9)
    progress.reached("01-gap", 3)
    progress._draw()
    assert "0 of 2 done; cell 01-gap 4/9" in stream.text
    progress.finished("01-gap", 1.5)
    assert stream.text.endswith("\r\x1b[K01-gap: done in 1.5 s (1 of 2)\n")
