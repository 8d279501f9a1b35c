"""README's first figure and tables, set from the committed notebooks: what was found and asked."""

import re
from pathlib import Path

from nbformat import NotebookNode

from uptake.openclosed.book.execution import read_notebook
from uptake.openclosed.book.verdicts import claims, estimate, shown
from uptake.openclosed.claims import Claim, load
from uptake.openclosed.estimates import together
from uptake.openclosed.rules import DASH

_BLOCK = "<!-- {0}: written by make record -->\n{1}\n<!-- end of {0} -->"


def render(text: str, notebooks: list[tuple[Path, NotebookNode]]) -> str:
    """Return README's text with its blocks ``figure``, ``verdicts`` and ``notebooks`` set anew.

    The figure is the first one of the notebook whose role is ``summary``, with the alt text that it
    has there; without such a notebook no figure is set.

    Parameters
    ----------
    text : str
        README as it stands.
    notebooks : list of (Path, NotebookNode)
        The committed notebooks in order.

    Raises
    ------
    ValueError
        When a block's marks are missing.
    """
    blocks = {"verdicts": _verdicts(notebooks), "notebooks": _table(notebooks)}
    if figure := _figure(notebooks):
        blocks["figure"] = figure
    for name, content in blocks.items():
        pattern = re.compile(rf"<!-- {name}: .*?<!-- end of {name} -->", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"README.md has lost the marks of its block {name!r}; restore them")
        block = _BLOCK.format(name, content)
        text = pattern.sub(lambda _, block=block: block, text)
    return text


def from_tree(root: Path) -> str:
    """Return README's text as the committed notebooks have it."""
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    read = [(path, read_notebook(path)) for path in paths]
    return render((root / "README.md").read_text(encoding="utf-8"), read)


def _figure(notebooks: list[tuple[Path, NotebookNode]]) -> str:
    """Return the first figure of the summary as Markdown, or nothing where there is none."""
    for _, notebook in notebooks:
        if notebook.metadata.get("uptake", {}).get("role") != "summary":
            continue
        for cell in notebook.cells:
            pictures = [o.data for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
            if pictures:
                (name,) = re.findall(r'figures\.save\(\s*[\w.]+,\s*"([\w-]+)"', cell.source)
                return f"![{pictures[0]['text/plain']}](figures/{name}.svg)"
    return ""


def _verdicts(notebooks: list[tuple[Path, NotebookNode]]) -> str:
    head = [
        "| claim | verdict | estimate | choices for / against | data |",
        "|---|---|---|---|---|",
    ]
    rows, rules, reasons = {}, load(), {}
    for path, notebook in notebooks:
        for verdict in shown(notebook):
            link = f"[{verdict['claim']}](notebooks/{path.name}) {verdict['title']}"
            rule = rules[verdict["claim"]]
            share = _shares(verdict, rule)
            if rule.no_vote:
                reasons[int(rule.id[1:])] = f"{rule.id}: {rule.no_vote}"
            grade = f"{verdict['grade']}, known by {verdict['as_of']}"
            rows[int(verdict["claim"][1:])] = (
                f"| {link} | **{verdict['verdict']}** | {_estimate(verdict)} | {share} | {grade} |"
            )
    table = "\n".join([*head, *(rows[number] for number in sorted(rows))])
    if not reasons:
        return table
    why = " ".join(reasons[number] for number in sorted(reasons))
    return f"{table}\n\nA dash ({DASH}) under choices: their shares are no evidence. {why}"


def _shares(verdict: dict, rule: Claim) -> str:
    if verdict["share"] is None:
        return ""
    return rule.shares(verdict["share"], verdict["share_against"])


def _estimate(verdict: dict) -> str:
    found = estimate(verdict)
    if found is None:
        return "none possible"
    value, low, high = together(found.value, found.low, found.high)
    return f"{value} [{low}, {high}] {found.unit}"


def _table(notebooks: list[tuple[Path, NotebookNode]]) -> str:
    rows = ["| notebook | question | claims |", "|---|---|---|"]
    for path, notebook in notebooks:
        heading = notebook.cells[0].source.splitlines()[0]
        question = heading.split("·", 1)[-1].strip().lstrip("# ")
        role = notebook.metadata.get("uptake", {}).get("role", "method")
        owned = ", ".join(claims(notebook)) or f"({role})"
        rows.append(f"| [{path.stem}](notebooks/{path.name}) | {question} | {owned} |")
    return "\n".join(rows)
