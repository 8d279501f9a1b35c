"""Replace folders so that a kill in between loses nothing; for files see `uptake.files`."""

import shutil
from pathlib import Path


def replace_folder(new: Path, old: Path) -> None:
    """Put a finished folder in the place of another one."""
    aside = old.with_name(f"{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def empty_folder(folder: Path) -> Path:
    """Return the folder, made anew without content."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
