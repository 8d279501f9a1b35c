"""When `make` is killed, has an old Python or no network: it ends clearly and starts again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from killing import FOLDER, ambient, kill_at

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.kernel

# The Makefile, with a shell script that stands for Python, pip and uv: it notes what it is asked,
# and stays at the words in the file stop-at.
STAND_IN = """\
#!/bin/sh
echo "$@" >> asked
echo "$LC_ALL" > locale
if [ -e stop-at ] && echo "$@" | grep -q -e "$(cat stop-at)"; then touch reached; sleep 60; fi
case "$*" in "-m pip install"*) [ ! -e offline ] || exit 1 ;; esac
case "$1 $2" in
    "-c import"*) exec "{python}" -c "import sys; sys.version_info = $VERSION; $2" ;;
    "--version "*) echo Python 3.11 ;;
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip") [ -e .venv/bin/uv ] || cp "$0" .venv/bin/uv ;;
esac
"""


@pytest.fixture
def project(tmp_path):
    """Return a folder with the Makefile, what it depends on, and the stand-in for Python."""
    root = tmp_path / FOLDER
    root.mkdir()
    shutil.copy(ROOT / "Makefile", root)
    for name in ("requirements.lock", "requirements-uv.lock", "pyproject.toml"):
        (root / name).touch()
    (root / "python").write_text(STAND_IN.format(python=sys.executable))
    (root / "python").chmod(0o755)
    return root


def make(root, *words, version="(3, 11, 0)"):
    return subprocess.run(
        ["make", "PYTHON=./python", *words],
        cwd=root,
        env={**ambient(), "VERSION": version},
        capture_output=True,
        text=True,
        check=False,
    )


def asked(root):
    """Return what the stand-in was asked since this was last called."""
    lines = (root / "asked").read_text().splitlines() if (root / "asked").exists() else []
    (root / "asked").unlink(missing_ok=True)
    return lines


@pytest.mark.parametrize(
    ("moment", "again"),
    [
        ("-m venv", True),
        ("requirements-uv.lock", True),
        ("pip install.*requirements.lock", True),
        ("--editable", False),  # by then the packages are whole
    ],
)
def test_an_installation_that_was_killed_is_taken_up_where_it_was_last_whole(
    project, moment, again
):
    (project / "stop-at").write_text(moment)
    command = ["make", "PYTHON=./python"]
    kill_at(project / "reached", command, project, VERSION="(3, 11, 0)")
    assert not (project / ".venv/.ready").exists()
    (project / "stop-at").unlink()
    asked(project)
    done = make(project)
    assert done.returncode == 0, done.stderr
    lines = asked(project)
    assert any(line.startswith("-m venv") for line in lines) == again
    assert any("--editable" in line for line in lines)
    assert lines[-1] == "-m uptake.openclosed.book build"
    assert make(project).returncode == 0
    assert asked(project) == ["-m uptake.openclosed.book build"]


def test_an_installation_without_a_network_ends_with_advice_and_is_not_taken_for_whole(project):
    (project / "offline").touch()
    done = make(project)
    assert done.returncode == 2
    *_, advice, _ = done.stderr.splitlines()
    assert advice.endswith(
        "Once the index that pip uses can be reached, run the same command again."
    )
    assert not (project / ".venv/.packages").exists()
    (project / "offline").unlink()
    assert make(project).returncode == 0


def test_half_an_environment_that_a_killed_clean_has_left_is_not_used(project):
    make(project)
    (project / "bin").mkdir()
    slow = '#!/bin/sh\ncase "$1" in -rf) touch reached; sleep 60 ;; esac\nexec /bin/rm "$@"\n'
    (project / "bin/rm").write_text(slow)
    (project / "bin/rm").chmod(0o755)
    kill_at(project / "reached", ["make", "clean"], project, PATH=f"bin:{os.environ['PATH']}")
    assert (project / ".venv").exists()
    asked(project)
    assert make(project).returncode == 0
    assert any(line.startswith("-m venv") for line in asked(project))


@pytest.mark.parametrize("version", ["(3, 8, 18)", "(3, 10, 13)"])
def test_an_old_python_is_refused_before_anything_is_made(project, version):
    before = set(project.iterdir()) | {project / "asked", project / "locale"}
    done = make(project, version=version)
    assert done.returncode == 2
    first, *_ = done.stderr.splitlines()
    assert first.startswith("Python 3.11 or later is needed, and ./python is not that. Name one: ")
    assert done.stdout == ""
    assert set(project.iterdir()) == before
    assert make(project).returncode == 0


@pytest.mark.parametrize(("given", "used"), [("C", "C.UTF-8"), ("de_DE.UTF-8", "de_DE.UTF-8")])
def test_a_locale_of_ascii_alone_does_not_hide_the_folders_name(project, monkeypatch, given, used):
    monkeypatch.setenv("LC_ALL", given)
    make(project, "score")
    assert (project / "locale").read_text() == f"{used}\n"
