"""Pages of the library's functions, from their docstrings, tied to the notebooks that use them.

The directive ``{api} package names...`` documents a package's public names, all of them when none
is given. Each entry says which notebooks use it, and each notebook ends with what it uses.
"""

import ast
import functools
import importlib
import inspect
import types
from collections.abc import Iterator
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

_ROOT = "uptake"
PACKAGES = ("competing", "curves", "figures", "forecasting", "frontier", "sharing", "datasets")
"""Those with a page each; what only `uptake` itself exports stands on the page on fitting."""


class Api(SphinxDirective):
    """Document public names of a package."""

    required_arguments = 1
    optional_arguments = 99

    def run(self) -> list[nodes.Node]:
        """Return the entries in the order asked for, or of ``__all__``."""
        package, *asked = self.arguments
        module = importlib.import_module(package)
        unknown = set(asked) - set(module.__all__)
        if unknown:
            raise self.error(f"{package} does not export {', '.join(sorted(unknown))}")
        names = asked or [name for name in module.__all__ if _documented(module, name)]
        lines = [f".. currentmodule:: {package}", ""]
        for name in names:
            lines += [*_entry(getattr(module, name), name), ""]
        return self.parse_text_to_nodes("\n".join(["```{eval-rst}", *lines, "```"]))


def _documented(module: types.ModuleType, name: str) -> bool:
    """Tell whether a public name has a docstring of its own: constants and modules do not."""
    value = getattr(module, name)
    return inspect.isclass(value) or inspect.isfunction(value)


def _entry(value: object, name: str) -> list[str]:
    if inspect.isclass(value):
        inherited = "   :inherited-members: object, BaseException"
        return [f".. autoclass:: {name}", "   :members:", inherited]
    return [f".. autofunction:: {name}"]


def used_names(notebook: nbformat.NotebookNode) -> set[str]:
    """Return the library's functions and classes that a notebook's code names.

    Methods of results are not found: their class is known only when the notebook runs.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    set of str
        Names by where each is defined, such as ``"uptake.fitting.fit"``.

    Examples
    --------
    >>> code = "from uptake import Bass, fit; fit(Bass, t, y)"
    >>> cell = nbformat.v4.new_code_cell(code)
    >>> sorted(used_names(nbformat.v4.new_notebook(cells=[cell])))
    ['uptake.curves.launched.Bass', 'uptake.fitting.fit']
    """
    known: dict[str, object] = {}
    found = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                known |= dict(_imported(node))
        # What is imported only to reach further in does not count: its attribute does.
        found |= {where for node in ast.walk(tree) if (where := _defined(_value(node, known)))}
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.ImportFrom):
        if (node.module or "").split(".")[0] != _ROOT:
            return
        module = importlib.import_module(node.module)
        for name in node.names:
            inner = f"{node.module}.{name.name}"
            value = getattr(module, name.name, None)
            yield name.asname or name.name, value or importlib.import_module(inner)
        return
    for name in node.names:
        if name.name.split(".")[0] == _ROOT:
            module = importlib.import_module(name.name)
            yield name.asname or _ROOT, module if name.asname else importlib.import_module(_ROOT)


def _value(node: ast.AST, known: dict[str, object]) -> object:
    """Return what a name or a dotted name of the code stands for, None if nothing of ours."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value, known), node.attr, None)
    return None


def _defined(value: object) -> str | None:
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return None
    module = value.__module__
    return f"{module}.{value.__qualname__}" if module.split(".")[0] == _ROOT else None


@functools.cache
def _uses(folder: Path) -> dict[Path, set[str]]:
    paths = sorted(folder.glob("*.ipynb"))
    return {path: used_names(nbformat.read(path, as_version=4)) for path in paths}


def _short(notebook: Path) -> str:
    """Return a notebook's number, or its name where it has none."""
    number = notebook.stem.split("-")[0]
    return number if number.isdigit() else notebook.stem.replace("-", " ")


def _say_where_used(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    """Add to a docstring the notebooks that use it."""
    where = _defined(value)
    homes = [path for path, names in _uses(Path(app.srcdir)).items() if where in names]
    if homes and what in ("function", "class"):
        links = ", ".join(f":doc:`{_short(path)} </{path.stem}>`" for path in homes)
        lines += ["", f"*Used in notebooks* {links}.", ""]


def _say_what_is_used(app: Sphinx, tree: nodes.document) -> None:
    """Add to a notebook's page the functions it uses."""
    page = Path(app.srcdir) / f"{app.env.docname}.ipynb"
    entries = _public().keys() & _uses(Path(app.srcdir)).get(page, set())
    sections = [node for node in tree.children if isinstance(node, nodes.section)]
    if not (entries and sections):
        return
    words = nodes.paragraph("", "Functions of the library used here: ", classes=["used-here"])
    for number, where in enumerate(sorted(entries, key=lambda where: where.split(".")[-1])):
        words += nodes.Text(", " if number else "")
        words += _reference(_public()[where], app.env.docname)
    sections[-1] += words


def _reference(public: str, docname: str) -> addnodes.pending_xref:
    shown = nodes.literal("", public.removeprefix(f"{_ROOT}."), classes=["xref", "py"])
    about = {"refdomain": "py", "reftype": "obj", "reftarget": public, "refdoc": docname}
    return addnodes.pending_xref("", shown, refexplicit=True, refwarn=True, **about)


@functools.cache
def _public() -> dict[str, str]:
    """Return the public name of each documented object, by where it is defined."""
    found = {}
    for package in (_ROOT, *(f"{_ROOT}.{name}" for name in PACKAGES)):
        module = importlib.import_module(package)
        for name in module.__all__:
            if _documented(module, name):
                found[_defined(getattr(module, name))] = f"{package}.{name}"
    return found


class NameRole(SphinxRole):
    """What single backticks mean in docstrings: a link where the name is public, else code."""

    def run(self) -> tuple[list[nodes.Node], list]:
        """Return the link or the code."""
        public = _full(self.text)
        if public is None:
            return [nodes.literal("", self.text)], []
        return [_reference(public, self.env.docname)], []


def _full(name: str) -> str | None:
    """Return the full public name of what a docstring names, None if it is not public."""
    homes = {public.rpartition(".")[2]: public for public in _public().values()}
    first, *rest = name.removeprefix(f"{_ROOT}.").split(".")
    if first in PACKAGES and rest and rest[0] in homes:
        first, *rest = rest
    return ".".join([homes[first], *rest]) if first in homes else None


def _link_public_names_only(app: Sphinx, tree: nodes.document) -> None:
    """Unlink what Sphinx takes for names: the n of a shape is no attribute called n."""
    for link in list(tree.findall(addnodes.pending_xref)):
        if link.get("refdomain") != "py":
            continue
        if public := _full(link["reftarget"]):
            link["reftarget"] = public
        else:
            link.replace_self(link.children)


def setup(app: Sphinx) -> None:
    """Register the directive, the role and both directions of the links."""
    app.add_directive("api", Api)
    app.add_role("public", NameRole())
    app.connect("autodoc-process-docstring", _say_where_used)
    app.connect("doctree-read", _link_public_names_only)
    app.connect("doctree-read", _say_what_is_used)
