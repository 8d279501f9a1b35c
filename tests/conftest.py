"""What all tests share: figures go to a folder of their own, and searches repeat themselves."""

import os
import tempfile

import pytest
from hypothesis import settings

# Two workers share the machine, so no deadline; the same examples each time, so that a failure
# seen once is seen again.
settings.register_profile("uptake", deadline=None, derandomize=True)
settings.load_profile("uptake")

os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the figures of docstring examples out of the tree, in xdist's workers too."""
    if "UPTAKE_FIGURES" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="uptake-figures-")
        config.add_cleanup(folder.cleanup)
        os.environ["UPTAKE_FIGURES"] = folder.name
