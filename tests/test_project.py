"""The files at the top of the tree agree with each other and with the notebooks."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ["requirements.lock", "requirements-bench.lock", "requirements-uv.lock"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def requirements(*extras):
    """Return name -> version bounds of the dependencies and of these extras."""
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    found = map(Requirement, lines)
    return {canonicalize_name(item.name): str(item.specifier) for item in found}


def locked(name):
    """Return name -> version of a lock file, one version each."""
    pins = re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / name).read_text(), re.MULTILINE)
    assert len(dict(pins)) == len(pins), "a package is locked in two versions"
    return dict(pins)


def test_environment_yml_names_the_packages_and_bounds_of_pyproject():
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = map(Requirement, (entry for entry in entries if isinstance(entry, str)))
    named = {canonicalize_name(item.name): str(item.specifier) for item in conda}
    assert named.pop("pip") == ""
    assert named.pop("python") == PROJECT["requires-python"]
    assert named == requirements("book", "test")


def test_the_lock_holds_a_version_within_bounds_of_every_package_wanted():
    versions = locked("requirements.lock")
    for name, bounds in requirements("book", "test").items():
        assert Requirement(f"{name}{bounds}").specifier.contains(versions[name]), name


def test_what_only_benchmarks_need_is_locked_apart():
    wanted, versions = requirements("bench").keys() - requirements(), locked(LOCKS[1])
    assert wanted <= versions.keys()
    assert not wanted & locked(LOCKS[0]).keys()


def test_both_locks_name_the_same_version_of_a_package():
    first, second = locked(LOCKS[0]), locked(LOCKS[1])
    shared = first.keys() & second.keys()
    assert {name: first[name] for name in shared} == {name: second[name] for name in shared}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    entry = r"[\w.-]+==[\w.+!-]+(?: ; [^\\\n]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
    assert re.fullmatch(f"(?:{entry})+", text)


def test_the_citation_has_what_the_format_requires_and_the_present_version():
    card = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= card.keys()
    assert card["version"] == PROJECT["version"]
    assert card["license"] == PROJECT["license"]


def test_the_readme_lists_exactly_the_notebooks_in_order():
    text = (ROOT / "README.md").read_text()
    block = text.split("<!-- notebooks:")[1].split("<!-- end of notebooks")[0]
    table = re.findall(r"\]\(notebooks/([\w-]+\.ipynb)\)", block)
    assert table == [path.name for path in NOTEBOOKS]


def test_the_readme_links_only_to_what_is_there():
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", (ROOT / "README.md").read_text())
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_its_claims_and_its_kernel(path):
    metadata = nbformat.read(path, as_version=4).metadata
    stated = tomllib.loads((ROOT / "lib/uptake/openclosed/claims.toml").read_text())["claims"]
    owned = [claim for claim, card in stated.items() if card["notebook"] == path.stem]
    assert sorted(metadata["uptake"]["claims"]) == sorted(owned)
    assert metadata["kernelspec"]["display_name"] == "Python 3 (ipykernel)"


def test_every_figure_bears_the_number_of_a_notebook():
    numbers = {path.name[:3] for path in NOTEBOOKS}
    strays = [path.name for path in (ROOT / "figures").iterdir() if path.name[:3] not in numbers]
    assert strays in ([], [".gitkeep"])


def test_git_ignores_neither_the_library_nor_the_lock_files():
    ignored = (ROOT / ".gitignore").read_text().split()
    assert not {"lib/", "lib", "*.lock", "*.svg"} & set(ignored)
