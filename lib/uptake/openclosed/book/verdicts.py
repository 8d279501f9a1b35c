"""Collect the verdicts that the notebooks showed, and set them as a table."""

import json
import math
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from nbformat import NotebookNode

from uptake.openclosed.book.execution import BookError, Executed, read_notebook
from uptake.openclosed.estimates import Estimate

MIME = "application/vnd.uptake.verdict+json"
"""Type under which a verdict displays itself for collection."""

_HEADER = ("notebook", "claims", "verdict", "seconds")


def claims(notebook: NotebookNode) -> list[str]:
    """Return the ids of the claims that a notebook owns, from its metadata ``uptake.claims``."""
    return list(notebook.metadata.get("uptake", {}).get("claims", []))


def shown(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the verdicts among a notebook's outputs, in the order in which they appear."""
    return collected(notebook, MIME)


def estimate(verdict: dict[str, Any]) -> Estimate | None:
    """Return the estimate of a verdict as `shown` gives it; None where there is none.

    Examples
    --------
    >>> print(estimate({"estimate": 2.0, "low": 1.0, "high": None, "level": 0.95, "unit": "days"}))
    2.0 days (95% interval from 1.0, not bounded above)
    """
    if verdict["estimate"] is None:
        return None
    low = -math.inf if verdict["low"] is None else verdict["low"]
    high = math.inf if verdict["high"] is None else verdict["high"]
    return Estimate(verdict["estimate"], low, high, verdict["unit"], level=verdict["level"])


def collected(notebook: NotebookNode, mime: str) -> list[dict[str, Any]]:
    """Return what a notebook's outputs hold under a type of our own, in order."""
    return [
        dict(output.data[mime])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if mime in output.get("data", {})
    ]


def read(folder: Path = Path()) -> list[dict[str, Any]]:
    """Return the verdicts that the notebooks of a folder show, in the order of the claims.

    A notebook that sums up the others calls this in its own folder; ``"last": true`` under
    ``uptake`` in its metadata lets it run after them.

    Parameters
    ----------
    folder : Path
        By default the working directory, which for a notebook is its own folder.

    Returns
    -------
    list of dict
        As `for_machines` returns them.

    Raises
    ------
    BookError
        If no notebook lies there, a verdict is malformed, or a claim has two.
    """
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise BookError(f"No notebook lies in {folder.resolve()}; name the folder that holds them.")
    entries = [{"notebook": path.stem, "verdicts": shown(read_notebook(path))} for path in paths]
    return for_machines(entries)


def summary(executed: list[Executed]) -> list[dict[str, Any]]:
    """Return one entry per notebook: name, claims, verdicts, and the seconds that it took."""
    return [
        {
            "notebook": run.name,
            "claims": claims(run.notebook),
            "role": run.notebook.metadata.get("uptake", {}).get("role", "method"),
            "verdicts": shown(run.notebook),
            "seconds": round(run.seconds, 1),
        }
        for run in executed
    ]


def schema() -> dict[str, Any]:
    """Return the JSON schema of ``build/verdicts.json``."""
    return json.loads((resources.files(__package__) / "verdicts.schema.json").read_text("utf-8"))


def for_machines(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the verdicts alone, each with its notebook, in the order of the claims.

    Parameters
    ----------
    entries : list of dict
        As `summary` returns them.

    Raises
    ------
    BookError
        If a verdict is not of the form that `schema` prescribes, or a claim has two.
    """
    found = [
        {**verdict, "notebook": entry["notebook"]}
        for entry in entries
        for verdict in entry["verdicts"]
    ]
    for error in Draft202012Validator(schema()).iter_errors(found):
        number, *place = error.absolute_path
        each = found[number]
        where = "".join(f", {part}" for part in place)
        raise BookError(f"{each['notebook']} shows a faulty verdict{where}: {error.message}")
    names = [verdict["claim"] for verdict in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BookError(f"{', '.join(twice)} is judged in two places; let one notebook show it.")
    return sorted(found, key=lambda verdict: int(verdict["claim"][1:]))


def table(entries: list[dict[str, Any]]) -> str:
    """Return the table notebook / claims / verdict / seconds, a line per claim.

    A notebook that owns no claim shows its role, such as ``method``, instead.

    Examples
    --------
    >>> entry = {"notebook": "03-gap", "claims": ["C9"], "role": "", "seconds": 12.34,
    ...          "verdicts": [{"claim": "C9", "verdict": "cannot tell"}]}
    >>> print(table([entry]))
    notebook  claims  verdict      seconds
    --------  ------  -----------  -------
    03-gap    C9      cannot tell     12.3
    """
    rows = [_HEADER, *(row for entry in entries for row in _rows(entry))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(_line(row, widths) for row in rows)


def _rows(entry: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    seconds = f"{entry['seconds']:.1f}"
    if not entry["claims"]:
        return [(entry["notebook"], f"({entry['role']})", "", seconds)]
    verdicts = {verdict["claim"]: verdict["verdict"] for verdict in entry["verdicts"]}
    first, *others = (
        (claim, verdicts.get(claim, "none shown: see the notebook")) for claim in entry["claims"]
    )
    return [(entry["notebook"], *first, seconds), *(("", *pair, "") for pair in others)]


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    *texts, seconds = row
    cells = [text.ljust(width) for text, width in zip(texts, widths[:-1], strict=True)]
    return "  ".join([*cells, seconds.rjust(widths[-1])]).rstrip()
