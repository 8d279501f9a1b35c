"""One way to write a notebook file, so that a rerun that changes nothing changes no byte."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from uptake import files

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# Without the interpreter's version, which differs from reader to reader and says nothing.
_LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
_KEPT_IN_CELLS = ("tags",)


def canonical(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of a notebook without anything that says when, where or how it was run.

    Kept are the sources, cell ids, tags, outputs, run order and our own metadata (``uptake``).
    Cells without an id get one that depends on their position only.
    """
    copy = nbformat.from_dict(notebook)
    copy.nbformat, copy.nbformat_minor = 4, 5
    copy.metadata = nbformat.from_dict({"kernelspec": _KERNEL, "language_info": _LANGUAGE})
    if "uptake" in notebook.metadata:
        copy.metadata["uptake"] = notebook.metadata["uptake"]
    taken: set[str] = set()
    for position, cell in enumerate(copy.cells, 1):
        if not cell.get("id") or cell.id in taken:
            cell["id"] = f"cell-{position:02d}"
        taken.add(cell.id)
        kept = {key: cell.metadata[key] for key in _KEPT_IN_CELLS if key in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)
    nbformat.validate(copy)
    return copy


def text(notebook: NotebookNode) -> str:
    """Return the file's content: sorted keys, one space of indent, one newline at the end."""
    return nbformat.writes(canonical(notebook), version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook in its canonical form; return whether the file changed."""
    return files.write(path, text(notebook))
