"""Rules that a committed notebook keeps, checked without running it."""

import ast
import re
from collections.abc import Collection

from nbformat import NotebookNode

from uptake.openclosed.book import canonical
from uptake.openclosed.book.verdicts import claims, shown

_UNITS = (
    r"%|per ?cent|percentage|times\b|x\b|×|-?fold\b|(?:index )?points?\b|years?\b|months?\b"
    r"|weeks?\b|days?\b|hours?\b|seconds?\b|dollars?\b|cents?\b|tokens?\b|thousand\b|million\b"
    r"|billion\b|trillion\b"
)
# Money, or a number with a unit. Names (GPT-4.1, C9), dates, headings and the level of an
# interval ("95% interval") are no results.
_LEVEL = r"(?!\s?%\s(?:[\w-]+\s)?(?:interval|band|confidence|level|limit))"
_TYPED = re.compile(
    rf"\$\s?\d[\d.,]*|(?<![\w\-/.#\[(])\d[\d,]*(?:\.\d+)?{_LEVEL}\s?(?:{_UNITS})", re.IGNORECASE
)
_NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\d\s][^$]*\$|\]\([^)]*\)|<[^>]+>|^#+ .*?$",
    re.DOTALL | re.MULTILINE,
)
_PRIVATE = re.compile(r"0x[0-9a-f]{8,}|/home/|/Users/|site-packages|ipykernel_\d+")
# How pandas ends a printed Series; it tells a reader nothing.
_DEBRIS = re.compile(r"^(?:Name|Freq|Length): .*|^dtype: .*", re.MULTILINE)
_EXCUSES = ("nbval_skip", "nbval_ignore_output", "nbval_raises_exception", "raises_exception")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_WIDEST = 79


def problems(
    notebook: NotebookNode, name: str, *, owned: Collection[str], figures: Collection[str]
) -> list[str]:
    """Return which rules a committed notebook breaks.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook as committed.
    name : str
        Its file name without the ending, such as ``03-capability-gap``.
    owned : collection of str
        Ids of the claims that claims.toml gives to this notebook.
    figures : collection of str
        Names, without the ending, of the committed figures that bear the notebook's number.

    Returns
    -------
    list of str
        A sentence for each breach; empty when there is none.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        *_run_order(code),
        *(f"code cell {i}: {p}" for i, cell in enumerate(code, 1) for p in _code_cell(cell)),
        *_prose(notebook),
        *_first_cell(notebook, name),
        *_claims(notebook, owned),
        *_figure_names(code, name, figures),
        *_form(notebook),
    ]


def typed_numbers(prose: str) -> list[str]:
    """Return the numbers with a unit that are typed into a cell of prose.

    Code, formulas, links, headings and the level of an interval are left out.
    """
    return [match[0].strip() for match in _TYPED.finditer(_NOT_PROSE.sub(" ", prose))]


def _run_order(code: list[NotebookNode]) -> list[str]:
    order = [cell.execution_count for cell in code]
    if order != list(range(1, len(code) + 1)):
        return [f"not run from top to bottom in a fresh kernel, but in the order {order}"]
    return []


def _code_cell(cell: NotebookNode) -> list[str]:
    found = _definitions(cell.source)
    if max(map(len, cell.source.splitlines()), default=0) > _WIDEST:
        found.append(f"a line is wider than {_WIDEST}")
    marks = [*cell.metadata.get("tags", []), *re.findall(r"#\s*(\w+)", cell.source)]
    if any(mark.lower().replace("-", "_") in _EXCUSES for mark in marks):
        found.append("it excuses itself from the comparison of outputs")
    return found + [problem for output in cell.outputs for problem in _output(output)]


def _definitions(source: str) -> list[str]:
    try:
        kinds = {type(node) for node in ast.walk(ast.parse(source))}
    except SyntaxError as error:
        return [f"it is not plain Python ({error.msg})"]
    names = sorted(kind.__name__ for kind in kinds.intersection(_DEFINITIONS))
    return [f"a {name} belongs in the library" for name in names]


def _output(output: NotebookNode) -> list[str]:
    if output.output_type == "error":
        return [f"it failed with {output.ename}"]
    if output.output_type == "stream" and output.name == "stderr":
        return ["it wrote a warning or an error message"]
    data = output.get("data", {"text/plain": output.get("text", "")})
    found = [
        f"{kind} holds {match[0]!r}, which differs from machine to machine"
        for kind, content in data.items()
        if kind.startswith("text/") and (match := _PRIVATE.search(content))
    ]
    if "text/html" not in data and (match := _DEBRIS.search(data.get("text/plain", ""))):
        found.append(f"it shows {match[0]!r}; print a table, or the Series by to_string()")
    if "image/png" in data and data.get("text/plain", "<").startswith("<"):
        found.append("a figure has no alt text; show it by figures.save(...)")
    return found


def _prose(notebook: NotebookNode) -> list[str]:
    return [
        f"cell {position}: a number is typed into prose: {number!r}; print it by code"
        for position, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "markdown"
        for number in typed_numbers(cell.source)
    ]


def _first_cell(notebook: NotebookNode, name: str) -> list[str]:
    # A notebook without a number stands outside the argument, and its heading needs none.
    number = name.split("-")[0]
    start = f"# {number} · " if number.isdigit() else "# "
    if notebook.cells and notebook.cells[0].source.startswith(start):
        return []
    return [f"the first cell does not begin with {start!r}"]


def _claims(notebook: NotebookNode, owned: Collection[str]) -> list[str]:
    found = []
    stated, first = claims(notebook), notebook.cells[0].source if notebook.cells else ""
    if sorted(stated) != sorted(owned):
        found.append(f"its metadata name the claims {stated}, claims.toml gives it {sorted(owned)}")
    if missing := [claim for claim in stated if not re.search(rf"\b{claim}\b", first)]:
        found.append(f"the first cell does not name {', '.join(missing)}")
    judged = {verdict["claim"]: verdict["verdict"] for verdict in shown(notebook)}
    order = sorted(judged, key=lambda claim: int(claim[1:]))
    line = " ".join(f"{claim}: {judged[claim]}." for claim in order)
    if judged and f"**{'Verdicts' if len(judged) > 1 else 'Verdict'}.** {line}" not in first:
        found.append(f"the first cell does not say '{line}' before its short answer")
    if sorted(judged) != sorted(owned):
        found.append(f"it shows verdicts on {list(judged)}, and owns {sorted(owned)}")
    return found


def _figure_names(code: list[NotebookNode], name: str, figures: Collection[str]) -> list[str]:
    number, sources = name.split("-")[0], "\n".join(cell.source for cell in code)
    named = set(re.findall(rf"""["']({number}-[\w-]+)["']""", sources))
    found = [f"figures/{figure}.svg is named in no cell" for figure in sorted(set(figures) - named)]
    return found + [
        f"it names {figure}, and figures/{figure}.svg is not there"
        for figure in sorted(named - set(figures))
    ]


def _form(notebook: NotebookNode) -> list[str]:
    if canonical.canonical(notebook) != notebook:
        return ["it is not in the form that `make record` writes"]
    return []
