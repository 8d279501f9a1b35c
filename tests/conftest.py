"""What all tests share: figures go to a folder of their own, and searches repeat themselves.

No test recalls stored results: one may have changed the code in memory, which no hash of the
sources sees.
"""

import os
import tempfile

import pytest
from effort import WIDER, examples
from hypothesis import settings

# Two workers share the machine, so no deadline; the same examples each time, so that a failure
# seen once is seen again.
settings.register_profile("uptake", examples(100, deadline=None, derandomize=WIDER == 1))
settings.load_profile("uptake")

os.environ["MPLBACKEND"] = "Agg"  # a reader's own may open windows
os.environ["UPTAKE_CACHE"] = ""

QUICK = {
    f"test_{name}.py"
    for name in (
        "argument choices choices_publishing choices_variance claims competing_systems curves "
        "curves_solving datasets figures freeze frontier judging least_squares project readme "
        "records separable times values verdict"
    ).split()
}
"""Modules whose tests take seconds all together; the others are marked slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test outside the quick modules as slow."""
    for item in items:
        if item.path.name not in QUICK:
            item.add_marker(pytest.mark.slow)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the figures of docstring examples out of the tree, in xdist's workers too."""
    if "UPTAKE_FIGURES" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="uptake-figures-")
        config.add_cleanup(folder.cleanup)
        os.environ["UPTAKE_FIGURES"] = folder.name
