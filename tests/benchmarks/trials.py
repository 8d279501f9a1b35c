"""Run the tests against a mutant, in a child process that imports the package with the change."""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest
from coverage import Coverage
from mutants import Mutant

# Imported once here for all children; the package itself each child imports anew.
for library in (
    "hypothesis.extra.numpy matplotlib.pyplot mpmath nbclient nbformat scipy.optimize "
    "statsmodels.api statsmodels.stats.api statsmodels.tsa.api"
).split():
    importlib.import_module(library)

ROOT = Path(__file__).parents[2]
FAULT = 99
"""Exit status of a child that did not end by itself; pytest has none as high."""


class Altered(SourceFileLoader):
    """Plug-in of pytest: has one module imported with other code, and nothing else."""

    def __init__(self, path: Path, code: str) -> None:
        name = ".".join(path.relative_to(ROOT / "lib").with_suffix("").parts)
        super().__init__(name, str(path))
        if name in sys.modules:
            raise RuntimeError(f"{name} is imported already, so that no test would see the change")
        self.altered = code

    def pytest_configure(self) -> None:
        # Before pytest's own finder, which takes over the modules whose examples are tests.
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _: str) -> object:
        # Compiled here, not read from the cache, which knows the file as it is.
        return compile(self.altered, self.path, "exec", dont_inherit=True)


class Chosen:
    """Plug-in of pytest: runs the chosen tests, the quickest first."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.seconds),
            key=lambda item: self.seconds[item.nodeid],
        )


class Watch:
    """Plug-in of pytest: notes which test runs which line, and how long each takes."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage, self.seconds = coverage, {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> object:
        self.coverage.switch_context(item.nodeid)
        start = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - start
        self.coverage.switch_context("")
        return result


def start(work: Callable[[], int], limit: float = math.inf) -> int:
    """Start work in a child process, with a limit of processor seconds, and return its id."""
    gc.freeze()
    child = os.fork()
    if child == 0:
        status = FAULT
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        if math.isfinite(limit):
            seconds = math.ceil(limit)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
        try:
            status = work()
        finally:
            os._exit(status)
    return child


def finish() -> tuple[int, int]:
    """Return the id and exit status (minus the signal) of the child that ends next."""
    child, status = os.wait()
    status = os.waitstatus_to_exitcode(status)
    if status == FAULT:
        raise RuntimeError("the child process failed before pytest could end")
    return child, status


def run_pytest(files: list[str], *plugins: object) -> int:
    """Run tests within this process; only the child of a run does."""
    # Plug-ins that no test here needs would double the time of a mutant.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ["-x", "-q", "--doctest-modules", "-p", "no:cacheprovider"]
    return int(pytest.main([*options, f"--rootdir={ROOT}", *files], plugins=[*plugins]))


def reach(
    tests: list[str], sources: list[Path], note: Path
) -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    """Return which tests run each line of each source, and the seconds of each test.

    A line that is run on import counts for every test, under the empty name.
    """

    def watch() -> int:
        coverage = Coverage(data_file=None, include=[str(path) for path in sources])
        coverage.start()
        plugin = Watch(coverage)
        status = run_pytest(tests, plugin)
        coverage.stop()
        data = coverage.get_data()
        lines = {str(path): data.contexts_by_lineno(str(path)) for path in sources}
        note.write_text(json.dumps([lines, plugin.seconds]))
        return status

    start(watch)
    if finish()[1]:
        raise SystemExit(f"the tests fail as they stand; mend them first: {' '.join(tests)}")
    lines, seconds = json.loads(note.read_text())
    if not all(lines.values()):
        raise SystemExit("the tests run another copy of the package; install this one (make bench)")
    return {
        path: {int(line): contexts for line, contexts in found.items()}
        for path, found in lines.items()
    }, seconds


def attempt(mutant: Mutant, tests: list[str], lines: dict, seconds: dict[str, float]) -> int:
    """Start the tests that reach a mutant, and return the child's id."""
    found = [test for line in mutant.lines for test in lines[str(mutant.path)].get(line, [])]
    names = set(seconds) if "" in found else set(found)
    code = mutant.code

    def work() -> int:
        if not names:
            return 0
        chosen = Chosen({name: seconds[name] for name in names})
        return run_pytest(tests, Altered(mutant.path, code), chosen)

    # Watched runs are slower than these, so this is several times what is needed.
    return start(work, limit=20 + 3 * sum(seconds[name] for name in names))
