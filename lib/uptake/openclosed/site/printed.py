"""What code printed: sentences wrap, the rows of a table stay whole and are scrolled to."""

import re
from itertools import groupby

from docutils import nodes
from sphinx.application import Sphinx

_COLUMNS = re.compile(r"\S {2,}\S")


def parts(text: str) -> list[tuple[bool, str]]:
    r"""Return the blocks of a printed text in order, each with whether it is a table.

    A block ends at a blank line, and is a table when most of its lines, and two at least, have
    columns: words with two spaces or more between them.

    Parameters
    ----------
    text : str
        What was printed.

    Examples
    --------
    >>> parts("      low  high\nC1   0.1   0.2\n\nOne sentence.")
    [(True, '      low  high\nC1   0.1   0.2'), (False, 'One sentence.')]
    """
    blocks = [block for block in re.split(r"\n[ \t]*\n", text.strip("\n")) if block.strip()]
    return [
        (table, "\n\n".join(block for _, block in same))
        for table, same in groupby(((_is_table(block), block) for block in blocks), lambda b: b[0])
    ]


def _is_table(block: str) -> bool:
    lines = block.split("\n")
    with_columns = sum(bool(_COLUMNS.search(line)) for line in lines)
    return with_columns >= 2 and 2 * with_columns > len(lines)


def divide(app: Sphinx, doctree: nodes.document) -> None:
    """Let each printed text be one block for sentences and one for each table."""
    for printed in list(doctree.findall(nodes.literal_block)):
        if "stream" not in printed["classes"]:
            continue
        blocks = []
        for table, text in parts(printed.astext()):
            block = nodes.literal_block(text, text, **printed.attributes)
            block["classes"] = [*printed["classes"], *(["table"] if table else [])]
            blocks.append(block)
        if blocks:
            printed.replace_self(blocks)


def setup(app: Sphinx) -> None:
    """Run once the outputs stand in the page."""
    app.connect("doctree-read", divide)
