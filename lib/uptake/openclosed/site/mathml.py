"""Formulas as MathML, which browsers draw by themselves: no script, no network."""

import re
from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_LINES = re.compile(
    r"\\begin\{((?:align|gather|split|eqnarray|aligned)\*?)\}(.*)\\end\{\1\}", re.DOTALL
)
_log = logging.getLogger(__name__)


def mathml(latex: str, *, block: bool = False) -> str:
    r"""Return a formula as a ``math`` element, with the LaTeX as its text alternative.

    Parameters
    ----------
    latex : str
        The formula, without delimiters.
    block : bool
        Whether it stands on its own line.

    Returns
    -------
    str
        The MathML element.

    Raises
    ------
    ValueError
        If the formula holds a command that cannot be converted.

    Examples
    --------
    >>> "<mfrac>" in mathml(r"\frac{q}{p}")
    True
    >>> mathml(r"\nosuchcommand x")
    Traceback (most recent call last):
    ...
    ValueError: MathML knows no \nosuchcommand; write the formula without it
    """
    source, aligned = _one_element(latex.strip())
    element = convert(source, display="block" if block else "inline")
    # Of a brace of a size that is asked for the converter keeps the backslash.
    element = re.sub(r">\\([{}])<", r">\1<", element)
    # What the converter does not know it passes on as text.
    unknown = re.search(r"&#x0005C;[A-Za-z]+|\\[A-Za-z]+", element)
    if unknown:
        command = unknown[0].replace("&#x0005C;", "\\")
        raise ValueError(f"MathML knows no {command}; write the formula without it")
    attributes = f'alttext="{escape(" ".join(latex.split()))}"'
    if aligned:  # the style sheet aligns the columns; fractions and sums keep their full size
        attributes += ' class="aligned"'
        element = element.replace("<mtable", '<mtable displaystyle="true"', 1)
    return element.replace("<math ", f"<math {attributes} ", 1)


def _one_element(latex: str) -> tuple[str, bool]:
    """Return the formula with lines, if it has several, in one table; and whether it has."""
    inside = _LINES.fullmatch(latex)
    if inside or (r"\\" in latex and r"\begin" not in latex):
        body = inside[2] if inside else latex
        return rf"\begin{{align*}}{body}\end{{align*}}", True
    return latex, False


def setup(app: Sphinx) -> None:
    """Offer ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_or_source(node, block=False))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append('<div class="formula">')
    translator.body.append(_or_source(node, block=True))
    if number := node.get("number"):
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this formula")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _or_source(node: nodes.Element, *, block: bool) -> str:
    """Return the formula, or its source with a warning that names the place."""
    try:
        return mathml(node.astext(), block=block)
    except Exception as error:  # whatever the converter raises must not lose the page
        _log.warning("formula left as LaTeX: %s", error, location=node)
        return f"<code>{escape(node.astext())}</code>"
