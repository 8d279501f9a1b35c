"""When things go wrong: a kill, a full disk, a missing font, a damaged file. Each has a clear end.

For an old Python and what else befalls `make` itself, see test_faults_make.py.
"""

import datetime
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest
from killing import FOLDER, kill_at, wait_for

from uptake import files
from uptake.datasets import loader, upkeep
from uptake.forecasting import Forecast
from uptake.openclosed.book import BookError, building, record
from uptake.openclosed.book.__main__ import main
from uptake.openclosed.record import ledger

# The book, with notebooks of a cell or two.
STAY = """
import os, pathlib, time
place = pathlib.Path("stop")
if place.exists():
    _ = place.with_name("pid.new").write_text(str(os.getpid()))
    _ = place.with_name("pid.new").rename("pid")
    time.sleep(60)
print("whole")
""".strip()
DRAW = """
import matplotlib.pyplot as plt
from uptake import figures
figures.use_house_style()
fig, ax = plt.subplots()
_ = ax.plot([1, 2])
_ = figures.finish(ax, title="It rises", unit="users", source="Made up.")
figures.save(fig, "01-line", alt="A line that rises.")
""".strip()
SETTINGS = """
import pathlib, time
extensions = ["myst_nb"]
nb_execution_mode = "off"
stop = pathlib.Path(__file__).with_name("stop-site")
if stop.exists():
    stop.with_name("reached").touch()
    time.sleep(60)
""".strip()
BOOK = [sys.executable, "-m", "uptake.openclosed.book"]


@pytest.fixture
def book(tmp_path):
    """Return the folder of a project with two notebooks, not yet run."""
    root = tmp_path / FOLDER
    (root / "notebooks").mkdir(parents=True)
    write_notebook(root, "01-line", STAY, DRAW)
    write_notebook(root, "02-sum", "1 + 1")
    (root / "notebooks/conf.py").write_text(SETTINGS)
    pages = "\n".join(["# Book", "", "```{toctree}", "01-line", "02-sum", "```", ""])
    (root / "notebooks/index.md").write_text(pages)
    return root


def write_notebook(root, name, *sources):
    cells = [v4.new_markdown_cell(f"# {name[:2]} · Why?"), *map(v4.new_code_cell, sources)]
    notebook = v4.new_notebook(cells=cells, metadata={"uptake": {"claims": []}})
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")


def tree(root):
    """Return every file outside build/ with its content."""
    inside = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in inside
        if "build" not in path.parts and "__pycache__" not in path.parts
    }


def alive(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith(b"Z")


@pytest.mark.kernel
def test_a_record_that_is_killed_while_cells_run_leaves_the_tree_and_no_kernel(book):
    (book / "notebooks/stop").touch()
    before = tree(book)
    pid = book / "build/record/book/pid"
    # The kernel is in a group of its own, so it must see by itself that it is alone.
    kill_at(pid, [*BOOK, "record"], book)
    assert tree(book) == before
    wait_for(lambda: not alive(int(pid.read_text())))
    (book / "notebooks/stop").unlink()
    assert record(book) == [
        Path("notebooks/01-line.ipynb"),
        Path("notebooks/02-sum.ipynb"),
        Path("figures/01-line.svg"),
    ]


KILLED = """
import os, pathlib, signal, sys
from uptake.openclosed.book import record
replace = os.replace
def killed(old, new):
    # the second notebook of the tree itself, when the first has been written
    if pathlib.Path(new).parent == pathlib.Path("notebooks") and "02" in str(new):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(old, new)
os.replace = killed
record(pathlib.Path())
""".strip()


@pytest.mark.kernel
def test_a_record_that_is_killed_while_it_writes_leaves_whole_files_and_is_made_good(book):
    before = tree(book)
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=book, check=False)
    assert done.returncode == -signal.SIGKILL
    after = tree(book)
    assert after["notebooks/02-sum.ipynb"] == before["notebooks/02-sum.ipynb"]
    first = nbformat.reads(after["notebooks/01-line.ipynb"].decode(), as_version=4)
    assert first.cells[1].outputs[0].text == "whole\n"
    assert all(name.endswith(".part") for name in after.keys() - before.keys())
    assert record(book) == [Path("notebooks/02-sum.ipynb"), Path("figures/01-line.svg")]


@pytest.mark.kernel
def test_a_build_that_is_killed_leaves_the_last_site_until_the_next_is_whole(book):
    build = [*BOOK, "build", "02"]
    page, notes = book / "build/site/02-sum.html", book / "build/doctrees/environment.pickle"
    for path in (page, notes):
        path.parent.mkdir(parents=True)
    page.write_text("the last one")
    notes.write_text("half of what Sphinx notes for itself")
    (book / "notebooks/stop-site").touch()
    write_notebook(book, "02-sum", "20 + 22")
    kill_at(book / "build/book/reached", build, book)
    assert page.read_text() == "the last one"
    (book / "notebooks/stop-site").unlink()
    assert subprocess.run(build, cwd=book, check=False).returncode == 0
    assert "42" in page.read_text()


# Python imports it in every process of the build; it notes each address outside this machine.
LISTEN = """
import os, sys
def note(event, args):
    if event in ("socket.getaddrinfo", "socket.connect", "socket.sendto"):
        address = args[0] if event == "socket.getaddrinfo" else args[1]
        host = address[0] if isinstance(address, tuple) else address
        if event == "socket.getaddrinfo" or isinstance(address, tuple):
            if host not in ("127.0.0.1", "::1", "localhost", None, ""):
                with open(os.environ["HEARD"], "a") as heard:
                    heard.write(f"{event} {host}\\n")
sys.addaudithook(note)
""".strip()
ASK = """
import contextlib, socket
with contextlib.suppress(OSError):
    socket.getaddrinfo("example.invalid", 80)
""".strip()


@pytest.mark.kernel
def test_a_build_needs_no_network_no_display_and_none_of_the_readers_settings(book, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(LISTEN)
    (tmp_path / "matplotlibrc").write_text("backend: TkAgg\nfont.size: 40\n")
    heard = tmp_path / "heard"
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    environment |= {"PYTHONPATH": path, "HEARD": str(heard), "MPLBACKEND": "TkAgg"}
    environment |= {"MATPLOTLIBRC": str(tmp_path)}
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        environment[name] = "http://127.0.0.1:9"  # where nothing listens
    backend = "import os\nprint(os.environ['MPLBACKEND'])\nprint(os.environ['MATPLOTLIBRC'])"
    write_notebook(book, "02-sum", backend)

    subprocess.run([*BOOK, "build"], cwd=book, env=environment, check=True)
    assert not heard.exists(), heard.read_text()
    assert (book / "build/figures/01-line.svg").exists()
    page = (book / "build/site/02-sum.html").read_text()
    assert "matplotlib_inline" in page and "TkAgg" not in page
    assert f"{FOLDER}/build/cache/matplotlib" in page
    subprocess.run([sys.executable, "-c", ASK], env=environment, check=True)
    assert "example.invalid" in heard.read_text(), "the listener is deaf"


def recorded(book, capsys):
    """Try to record, see that it is refused and the tree left alone, and return what was said."""
    before = tree(book)
    assert main(["record", "--root", str(book)]) == 1
    assert tree(book) == before
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text.replace('"cells"', '<<<<<<< HEAD\n"cells"'), "line 2"),
        (lambda text: text[: len(text) // 2], "line"),
        (lambda text: "", "line 1 column 1"),
        (lambda text: "[]", "cannot be read as a notebook"),
        (lambda text: json.dumps({**json.loads(text), "cells": 3}), "not iterable"),
        (lambda text: text.replace('"source"', '"sauce"'), "sauce"),
    ],
    ids=["merge marks", "cut short", "empty", "a list", "no cells", "no sources"],
)
def test_a_damaged_notebook_is_named_with_the_place_and_the_way_out(book, capsys, damage, reason):
    path = book / "notebooks/02-sum.ipynb"
    path.write_text(damage(path.read_text()))
    said = recorded(book, capsys)
    assert "02-sum.ipynb cannot be read as a notebook (" in said and reason in said
    assert said.endswith("restore it: git checkout -- notebooks/02-sum.ipynb\n")
    with pytest.raises(BookError, match="02-sum.ipynb cannot be read"):
        record(book, only=["01"])  # the site and README need it, too


def test_a_build_folder_that_cannot_be_written_is_named(book, capsys):
    (book / "build").write_text("in the way")
    said = recorded(book, capsys)
    assert f"{FOLDER}/build/record/book" in said
    assert "see to it that build/, notebooks/ and\nfigures/ are folders that you may write" in said


@pytest.mark.parametrize("where", ["while cells run", "while files are copied"])
def test_a_full_disk_ends_with_advice_and_loses_nothing(book, capsys, monkeypatch, where):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "build/cache")

    def several(*_, **__):
        raise shutil.Error([("a", "b", "[Errno 28] No space left on device: 'build/cache'")] * 9)

    if where == "while cells run":
        monkeypatch.setattr(building, "execute", full)
    else:
        monkeypatch.setattr(building.shutil, "copytree", several)
    said = recorded(book, capsys)
    assert said.count("No space left on device: 'build/cache'") == 1
    assert "Make room on the disk" in said and said.endswith("run the same command again.\n")


def test_a_sealing_that_was_cut_short_is_said_and_taken_up_again(tmp_path, monkeypatch):
    day, target = datetime.date(2026, 11, 23), datetime.date(2026, 12, 31)
    rest = (day, day, (target,), (0.1, 0.5, 0.9), ((1.0, 2.0, 3.0),), "0" * 64)
    made = [Forecast("users", "millions", model, *rest) for model in ("Naive", "Drift")]
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "write", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            ledger.put(made, "2026-11.jsonl", tmp_path)
    with pytest.raises(ValueError, match="2026-11.jsonl has no seal, .* cut short; run the same"):
        ledger.standing(tmp_path)
    assert ledger.put(made, "2026-11.jsonl", tmp_path) == 2
    assert ledger.standing(tmp_path) == tuple(made)


def _interrupt(*_):
    raise KeyboardInterrupt


def test_rows_whose_appending_was_cut_short_are_refused_with_the_way_out(tmp_path, monkeypatch):
    for path in upkeep.HERE.glob("pasture.*"):
        shutil.copy(path, tmp_path)
    for path in upkeep.HERE.glob("sources.*"):
        shutil.copy(path, tmp_path)
    rows = tmp_path / "rows.csv"
    rows.write_text("day,yield\n80,70.5\n")

    def half(path, content):
        return _interrupt() if path == tmp_path / "pasture.toml" else files.write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "write", half)
        with pytest.raises(KeyboardInterrupt):
            upkeep.append("pasture", rows, folder=tmp_path)
    card = upkeep.source("pasture", folder=tmp_path)
    with pytest.raises(
        ValueError, match=r"pasture\.csv differs .* SHA-256 .* restore .* renew pasture"
    ):
        loader.read(card)
    upkeep.renew("pasture", folder=tmp_path)
    assert loader.read(upkeep.source("pasture", folder=tmp_path))["yield"].iloc[-1] == 70.5


@pytest.mark.parametrize(
    ("free", "error", "said"),
    [(0, OSError, "No space left on device: .*build"), (10**9, BookError, "the last site stands")],
)
def test_a_failure_of_sphinx_on_a_full_disk_is_told_from_one_of_a_page(
    tmp_path, monkeypatch, free, error, said
):
    failed = subprocess.CompletedProcess([], 2)
    monkeypatch.setattr(building.subprocess, "run", lambda *_, **__: failed)
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(building.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(error, match=said):
        building._build_site(tmp_path / "build")


FONTS = """
import matplotlib.font_manager as manager
import matplotlib.pyplot as plt
fonts = manager.fontManager
fonts.ttflist = [each for each in fonts.ttflist if each.name.startswith({present})]
from uptake import figures
figures.use_house_style()
fig, ax = plt.subplots()
ax.semilogy([1, 1e6])
figures.finish(ax, title="It rises a lot", unit="users", source="Made up.")
print(figures.save(fig, "01-line", alt="A line that rises.").path.stat().st_size)
""".strip()


def draw(*present):
    """Draw a figure where only fonts are installed whose names begin so."""
    command = [sys.executable, "-c", FONTS.format(present=present)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_missing_font_is_said_once_and_the_figure_drawn_all_the_same():
    done = draw("STIX")
    assert int(done.stdout) > 5000
    assert done.stderr.count("UserWarning") == 1
    assert "the font DejaVu Sans of the house style is not installed" in done.stderr
    assert "figures are set in STIXGeneral" in done.stderr and "findfont" not in done.stderr
    assert draw("DejaVu", "STIX", "cm").stderr == ""


def test_without_any_font_the_way_out_is_said():
    done = draw()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ValueError: Matplotlib finds no font; install it again: DejaVu Sans comes with it"
    )
