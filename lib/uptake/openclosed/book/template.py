"""A new notebook for a claim: the cells every notebook has, in their order, ready to be filled."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from uptake.files import write
from uptake.openclosed.book.execution import BookError
from uptake.openclosed.claims import Claim, load


def new(root: Path, name: str, claim_id: str) -> Path:
    """Write the notebook of a claim, from its entry in ``claims.toml``.

    It runs as it stands: data, estimate, all choices, verdict. What only its author can say is
    marked "Fill in".

    Parameters
    ----------
    root : Path
        The repository's folder.
    name : str
        Number and words, as in ``15-faster-durables``; `claims.toml` names it as the claim's.
    claim_id : str
        Such as ``"C15"``.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    BookError
        If there is no such claim, it belongs to another notebook, has no prediction, or the
        notebook exists.
    """
    path = root / "notebooks" / f"{name}.ipynb"
    claim = load().get(claim_id)
    if claim is None:
        raise BookError(f"claims.toml has no {claim_id}; write its rule there first.")
    if claim.notebook != name:
        raise BookError(f"claims.toml gives {claim_id} to {claim.notebook}, not to {name}.")
    if not claim.testable:
        raise BookError(f"{claim_id} has no prediction, so there is nothing to run.")
    if path.exists():
        raise BookError(f"{path.name} is there already; nothing was written.")
    if not re.fullmatch(r"\d\d(-[a-z0-9]+)+", name):
        raise BookError(f"call a notebook by two digits and words, as in 15-my-claim, not {name}.")
    text = nbformat.writes(_notebook(claim, name)) + "\n"
    write(path, text)
    return path


def _notebook(claim: Claim, name: str) -> nbformat.NotebookNode:
    number = name[:2]
    cells = [*_opening(claim, number), *_estimate(claim), *_rival(claim, number), *_close(claim)]
    for position, cell in enumerate(cells, 1):
        cell["id"] = f"{number}-{position:02d}"
    metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "uptake": {"claims": [claim.id]},
    }
    return new_notebook(cells=cells, metadata=metadata)


def _opening(claim: Claim, number: str) -> Iterator[nbformat.NotebookNode]:
    yield new_markdown_cell(
        f"# {number} · Fill in: the question?\n\n**Claim.** {claim.id}: {claim.claim}\n\n"
        f"**Verdict.** {claim.id}: fill in the verdict's word.\n\n"
        "**Short answer.** Fill in, without numbers, once the verdict stands.\n\n"
        f"**Rests on** {', '.join(claim.prediction.data)}."
    )
    yield _code(
        "from uptake import datasets, figures",
        f"from uptake.openclosed import FREEZE, choices, claims, known, {claim.theme}",
        "",
        "figures.use_house_style()",
        f'claim = claims.load()["{claim.id}"]',
        hidden=True,
    )
    yield new_markdown_cell(
        "## What was seen\n\nFill in: what one row is, what was left out and how many."
    )
    for table in claim.prediction.data:
        yield _code(f'print(datasets.source("{table}"))', f'known("{table}").tail(3)')


def _estimate(claim: Claim) -> Iterator[nbformat.NotebookNode]:
    yield new_markdown_cell(
        "## First: could the data tell?\n\nFill in: how records were simulated. Power is the "
        "share of records with the smallest effect whose interval leaves out no effect."
    )
    yield _code(f"power = {claim.theme}.power()", "power")
    yield new_markdown_cell("## The estimate\n\nFill in: the model and its formula.")
    yield _code(f"estimate = {_function(claim)}(**claim.primary)", "print(estimate)")


def _rival(claim: Claim, number: str) -> Iterator[nbformat.NotebookNode]:
    yield new_markdown_cell(f"## The same data, the other story\n\n{claim.rival}")
    yield _code(
        f"runs = choices.run({_function(claim)}, claim)",
        "rule = claim.prediction",
        "ax = figures.specification_curve(",
        "    runs,",
        "    [dimension.name for dimension in claim.dimensions],",
        "    regions={",
        '        "supports": (rule.supports.low, rule.supports.high),',
        '        "against": (rule.refutes.low, rule.refutes.high),',
        "    },",
        ")",
        "_ = figures.finish(",
        "    ax,",
        '    title="Fill in: the finding",',
        "    unit=rule.unit.capitalize(),",
        "    source=datasets.source(rule.data[0]),",
        ")",
        "figures.save(",
        "    ax.figure,",
        f'    "{number}-choices",',
        '    alt="Fill in: what the curve of all estimates shows.",',
        ")",
        hidden=True,
    )


def _close(claim: Claim) -> Iterator[nbformat.NotebookNode]:
    yield new_markdown_cell("## The verdict")
    yield _code(
        "claims.judge(",
        "    claim, estimate, specifications=runs, power=power, as_of=FREEZE",
        ")",
    )
    yield new_markdown_cell(f"## What would change this answer\n\n{claim.tripwire.observation}")


def _function(claim: Claim) -> str:
    """Return the claim's function as the notebook calls it, by its theme."""
    return f"{claim.theme}.{claim.function.split('.')[1]}"


def _code(*lines: str, hidden: bool = False) -> nbformat.NotebookNode:
    metadata = {"tags": ["hide-input"]} if hidden else {}
    return new_code_cell("\n".join(lines), metadata=metadata)
