"""The page on the data, written from the cards when the site is built."""

import tempfile
from pathlib import Path

from sphinx.application import Sphinx

from uptake.datasets import page


def fill(app: Sphinx, name: str, content: list[str]) -> None:
    """Put the page made from the cards in the place of ``data.md``, a page without content."""
    if name == "data":
        with tempfile.TemporaryDirectory() as folder:
            content[0] = page.write(Path(folder)).read_text("utf-8")


def setup(app: Sphinx) -> None:
    """Run when a page has been read, before it is parsed."""
    app.connect("source-read", fill)
