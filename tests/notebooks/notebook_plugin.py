"""Pytest plugin: the second check of a notebook, on the outputs that nbval's run has made.

``pytest --nbval --nbval-current-env -p notebook_plugin notebooks``. nbval runs each cell and
compares its text; afterwards this plugin compares the same fresh outputs with the committed ones
its own way, so that one execution serves both. Each notebook gets two more items: ``rules``, which
needs no run, and ``figures``, which compares the files that the run has written.
"""

import os
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile
from notebook_comparison import differences, drawing_differences
from notebook_rules import problems

from uptake.openclosed.book.execution import (
    BookError,
    kernel_environment,
    read_notebook,
    warm_font_cache,
)
from uptake.openclosed.choices.publishing import MIME as SPECIFICATIONS


class Broken(Exception):
    """What is committed breaks a rule or is not what a fresh run gives."""


class Check(pytest.Item):
    """An item whose failure is a list of sentences."""

    def runtest(self) -> None:
        """Fail if anything is found."""
        if found := self.find():
            raise Broken("\n".join(found))

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> str:
        """Show the sentences; a traceback of this file would help nobody."""
        if isinstance(excinfo.value, Broken):
            return f"{self.path.name}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the notebook and the check."""
        return self.path, 0, f"{self.path.name}::{self.name}"


class Rules(Check):
    """The rules that need no run."""

    def find(self) -> list[str]:
        """Return the broken rules."""
        name, root = self.path.stem, self.config.rootpath
        content = (root / "lib/uptake/openclosed/claims.toml").read_text(encoding="utf-8")
        stated = tomllib.loads(content)["claims"].items()
        owned = [claim for claim, card in stated if card["notebook"] == name]
        figures = [path.stem for path in _figures(self.path.parent.parent / "figures", name)]
        return problems(self.parent.nb, name, owned=owned, figures=figures)


class Figures(Check):
    """The figures in ``figures/`` against those that the run of the cells wrote."""

    def find(self) -> list[str]:
        """Return the figures that differ, are missing or are no longer written."""
        folders = self.path.parent.parent / "figures", Path(os.environ["UPTAKE_FIGURES"])
        committed, fresh = (
            {path.name: path.read_text() for path in _figures(folder, self.path.stem)}
            for folder in folders
        )
        found = [f"figures/{name} is no longer written" for name in committed.keys() - fresh.keys()]
        found += [f"figures/{name} is not committed" for name in fresh.keys() - committed.keys()]
        found += [
            f"figures/{name}: {difference}"
            for name in committed.keys() & fresh.keys()
            for difference in drawing_differences(committed[name], fresh[name])
        ]
        return sorted(found)


def _figures(folder: Path, name: str) -> list[Path]:
    return sorted(folder.glob(f"{name.split('-')[0]}-*.svg"))


def pytest_configure(config: pytest.Config) -> None:
    """Give the kernels a folder of their own for figures; xdist's workers inherit it."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="uptake-figures-")
        config.add_cleanup(folder.cleanup)
        environment = kernel_environment(Path(folder.name), config.rootpath / "build/cache")
        # What earlier runs have stored would hide a result that is not the same twice; within
        # this one run the notebooks may share.
        environment["UPTAKE_CACHE"] = str(Path(folder.name) / "choices")
        warm_font_cache(environment)
        os.environ.update(environment)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator:
    """Put the two further items round a notebook's cells."""
    report = yield
    if isinstance(collector, IPyNbFile) and report.failed:
        try:
            read_notebook(collector.path)
        except BookError as error:  # it says more than a traceback of the reader's
            report.longrepr = str(error)
    if isinstance(collector, IPyNbFile) and report.passed:
        # Letter by letter, thousands of numbers cannot agree between machines; the second check
        # compares them within its tolerance.
        collector.skip_compare += (SPECIFICATIONS,)
        rules = Rules.from_parent(collector, name="rules")
        figures = Figures.from_parent(collector, name="figures")
        report.result = [rules, *report.result, figures]
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator:
    """After nbval's own comparison, compare the same outputs once more."""
    yield
    if isinstance(item, IPyNbCell):
        found = differences(item.cell.outputs, item.test_outputs)
        if found:
            item.raise_cell_error("\n".join(["The second check finds:", *found]))
