"""Alt text for the figures in notebooks: the text that stands beside the picture in the output."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

_log = logging.getLogger(__name__)


def describe(app: Sphinx, doctree: nodes.document) -> None:
    """Give each picture in an output the plain text of that output as its alt text.

    A picture whose text is only an object's address, as Matplotlib gives, is reported.
    """
    for bundle in doctree.findall(nodes.container):
        if bundle.get("nb_element") != "mime_bundle":
            continue
        text = " ".join(
            child.astext() for child in bundle if child.get("mime_type") == "text/plain"
        )
        for picture in bundle.findall(nodes.image):
            if not text.strip() or text.startswith("<"):
                _log.warning("a figure has no alt text; use figures.save(...)", location=picture)
            else:
                picture["alt"] = " ".join(text.split())


def setup(app: Sphinx) -> None:
    """Run before MyST-NB keeps only one kind of each output."""
    app.connect("doctree-read", describe)
