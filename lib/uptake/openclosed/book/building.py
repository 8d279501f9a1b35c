"""Build the book beside the tree, or record its outputs in the tree."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from nbformat import NotebookNode

from uptake.files import write
from uptake.openclosed.book import canonical, readme
from uptake.openclosed.book.execution import (
    BookError,
    Executed,
    execute,
    kernel_environment,
    read_notebook,
    warm_font_cache,
)
from uptake.openclosed.book.files import empty_folder, replace_folder
from uptake.openclosed.book.verdicts import for_machines, summary, table

_ROOM = 1_000_000
"""Bytes; a disk with less of them is full."""


def build(root: Path = Path(), *, only: Sequence[str] = (), workers: int = 2) -> None:
    """Execute the notebooks into ``build/``, build the site and print the table of verdicts.

    Nothing outside ``build/`` is written. ``build/verdicts.json`` holds the verdicts for machines,
    in the form that ``verdicts.schema.json`` beside this module prescribes. Notebooks with
    ``uptake.last`` in their metadata run when the others are done, whose outputs they find in
    their folder (`verdicts.read`). Notebooks that are not asked for appear in the site with their
    committed outputs, and in neither the table nor that file.

    Parameters
    ----------
    root : Path
        The repository's folder.
    only : sequence of str
        Beginnings of notebook names, such as ``"03"``; all notebooks when empty.
    workers : int
        Notebooks run side by side.

    Raises
    ------
    BookError
        If there is no such notebook, one cannot be read, a cell fails, Sphinx does, or a verdict is
        malformed.
    OSError
        If a file cannot be written.
    """
    executed = _execute_beside(root, root / "build", only, workers)
    _build_site(root / "build")
    found = summary(executed)
    content = json.dumps(for_machines(found), indent=1, ensure_ascii=False) + "\n"
    write(root / "build/verdicts.json", content)
    print(f"\n{table(found)}\n\nsite: {root / 'build/site/index.html'}")


def record(root: Path = Path(), *, only: Sequence[str] = (), workers: int = 2) -> list[Path]:
    """Execute the notebooks and write their outputs and figures back into the tree.

    The tree is touched only after every notebook has run, one whole file at a time. Figures that
    a notebook no longer writes are deleted.

    Parameters
    ----------
    root, only, workers
        As for `build`.

    Returns
    -------
    list of Path
        The files that changed, relative to `root`.

    Raises
    ------
    BookError
        If there is no such notebook, one cannot be read, a cell fails, or a notebook was edited
        while it ran.
    OSError
        If a file cannot be written.
    """
    before = {path: path.read_bytes() for path in notebooks(root, only)}
    executed = _execute_beside(root, root / "build/record", only, workers)
    edited = [path.name for path, content in before.items() if path.read_bytes() != content]
    if edited:
        raise BookError(f"{', '.join(edited)} changed while it ran; record again.")
    changed = [
        path
        for path, run in zip(before, executed, strict=True)
        if canonical.write(run.notebook, path)
    ]
    changed += _record_figures(root, root / "build/record/figures", before)
    if (root / "README.md").exists() and write(root / "README.md", readme.from_tree(root)):
        changed.append(root / "README.md")
    changed = [path.relative_to(root) for path in changed]
    print(
        "\n".join(["", *(f"changed: {path}" for path in changed)] if changed else ["", "unchanged"])
    )
    return changed


def notebooks(root: Path, only: Sequence[str] = ()) -> list[Path]:
    """Return the notebook files in order, or those whose names begin as asked.

    Raises
    ------
    BookError
        If a beginning fits no notebook.
    """
    every = sorted((root / "notebooks").glob("*.ipynb"))
    unknown = [start for start in only if not any(path.name.startswith(start) for path in every)]
    if unknown or not every:
        names = ", ".join(path.stem for path in every) or "none"
        raise BookError(
            f"No notebook begins with {', '.join(unknown) or 'anything'}; there are: {names}."
        )
    return [path for path in every if not only or path.name.startswith(tuple(only))]


def _execute_beside(root: Path, place: Path, only: Sequence[str], workers: int) -> list[Executed]:
    """Execute copies of the notebooks in ``place/book``, their figures in ``place/figures``."""
    asked = notebooks(root, only)
    last = {path.name for path in notebooks(root) if _is_last(read_notebook(path))}
    book, figures = empty_folder(place / "book"), empty_folder(place / "figures")
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(root / "notebooks", book, ignore=ignored, dirs_exist_ok=True)
    for figure in _figures_of(root / "figures", set(notebooks(root)) - set(asked)):
        shutil.copy2(figure, figures)
    environment = kernel_environment(figures, root / "build/cache")
    warm_font_cache(environment)
    logs, executed = empty_folder(place / "logs"), {}
    for part in _parts([book / path.name for path in asked], last):
        for run in execute(part, environment=environment, logs=logs, workers=workers):
            canonical.write(run.notebook, book / f"{run.name}.ipynb")
            executed[run.name] = run
    return [executed[path.stem] for path in asked]


def _parts(paths: Iterable[Path], last: Collection[str]) -> list[list[Path]]:
    """Return the notebooks apart from those that read what the others show, which run last."""
    parts: tuple[list[Path], list[Path]] = ([], [])
    for path in paths:
        parts[path.name in last].append(path)
    return [part for part in parts if part]


def _is_last(notebook: NotebookNode) -> bool:
    return bool(notebook.metadata.get("uptake", {}).get("last"))


def _record_figures(root: Path, new: Path, recorded: Iterable[Path]) -> list[Path]:
    written = [
        root / "figures" / figure.name
        for figure in _figures_of(new, recorded)
        if write(root / "figures" / figure.name, figure.read_bytes())
    ]
    stale = [
        figure
        for figure in _figures_of(root / "figures", recorded)
        if not (new / figure.name).exists()
    ]
    for figure in stale:
        figure.unlink()
    return written + stale


def _figures_of(folder: Path, owners: Iterable[Path]) -> list[Path]:
    """Return a folder's figures that belong to these notebooks, by the number that begins both."""
    numbers = {path.name.split("-")[0] for path in owners}
    return [path for path in sorted(folder.glob("*.svg")) if path.name.split("-")[0] in numbers]


def _build_site(place: Path) -> None:
    new = empty_folder(place / "site.new")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", str(place / "doctrees")]
    done = subprocess.run([*command, str(place / "book"), str(new)], check=False)
    if done.returncode:
        if shutil.disk_usage(place).free < _ROOM:  # of which Sphinx says too much and too little
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))
        raise BookError(
            "Sphinx could not build the site, for the reason above. Mend the page that it names, "
            "and run the same command again; until then the last site stands."
        )
    replace_folder(new, place / "site")
