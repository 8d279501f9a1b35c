"""What the site needs beyond Sphinx and MyST-NB; `notebooks/conf.py` lists it as an extension.

Formulas become MathML, so no script is fetched; figures in notebooks get their alt text; three
directives list what there is: ``verdicts``, ``notebooks`` and ``gallery``.
"""

from sphinx.application import Sphinx

from uptake.openclosed.site import alt_text, directives, mathml

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all parts with Sphinx."""
    mathml.setup(app)
    alt_text.setup(app)
    directives.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
