"""The book: the notebooks executed, collected into a site, and summed up in a table of verdicts.

The command line is ``python -m uptake.openclosed.book``; ``make`` and ``make record`` call it.
Needs the packages of the ``book`` extra, which a reader of the library does without.
"""

from uptake.openclosed.book.building import build, record
from uptake.openclosed.book.execution import BookError

__all__ = ["BookError", "build", "record"]
