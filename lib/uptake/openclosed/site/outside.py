"""Links to files of the repository: they work where notebooks are read beside them, not here."""

import re

from sphinx.application import Sphinx

_OUTSIDE = re.compile(r"\[([^\]\[]*)\]\(\.\./[^)\s]*\)")


def unlinked(text: str) -> str:
    """Return Markdown with links that leave the folder replaced by their words.

    Examples
    --------
    >>> unlinked("[rules](../lib/claims.toml) of [03](03-gap.ipynb)")
    'rules of [03](03-gap.ipynb)'
    """
    return _OUTSIDE.sub(r"\1", text)


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    # Pages of the site in folders of their own link upward to pages that are there.
    if "/" not in docname:
        source[0] = unlinked(source[0])


def setup(app: Sphinx) -> None:
    """Have every page at the top read so."""
    app.connect("source-read", _read)
