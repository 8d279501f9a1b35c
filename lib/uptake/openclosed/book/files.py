"""Replace files and folders so that a kill in between loses nothing."""

import os
import shutil
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> bool:
    """Write a file in one step; return False, touching nothing, if it holds that already."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    os.replace(beside, path)
    return True


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
