"""What the site needs beyond Sphinx and MyST-NB; `notebooks/conf.py` lists it as an extension.

Formulas become MathML, so no script is fetched; figures in notebooks get their alt text, printed
tables keep their rows; the page on the data is made from the cards; the library's functions have
pages that name the notebooks which use them; five directives show what there is: ``verdicts``,
``notebooks``, ``gallery``, of the gallery one figure as ``lead``, and the ``explorer`` of all
choices.
"""

from sphinx.application import Sphinx

from uptake.openclosed.site import (
    alt_text,
    api,
    data_page,
    directives,
    explorer,
    mathml,
    outside,
    printed,
)

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all parts with Sphinx."""
    mathml.setup(app)
    api.setup(app)
    outside.setup(app)
    alt_text.setup(app)
    printed.setup(app)
    data_page.setup(app)
    directives.setup(app)
    explorer.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
