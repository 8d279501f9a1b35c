"""Do several records share parameters? The ladder from all separate to all shared."""

from uptake.sharing.ladder import share
from uptake.sharing.results import SharedFit
from uptake.sharing.testing import SharedTest

__all__ = ["SharedFit", "SharedTest", "share"]
