"""Results of `run`, stored under what they rest on, so that two notebooks do not repeat them.

A result is found again only if nothing that it rests on has changed: the function's name and fixed
arguments; the claim with its rule and choices; the source of every module that the function's
module reaches, and the data files in their folders, all tables among them; the versions of Python
and of the numerical packages. Files that no estimate reaches, such as figures, the site and other
themes, do not count, so work on them costs no reruns.

Files hold plain text (JSON, floats in hexadecimal, which is exact). They lie in the folder named
in the environment variable ``UPTAKE_CACHE``; without it, in ``build/cache/choices`` of the
repository that holds this package. ``UPTAKE_CACHE=""`` switches storing off. ``make clean``
empties the folder; nothing else does.
"""

import datetime
import functools
import hashlib
import json
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from uptake.files import write
from uptake.openclosed.choices.reach import reached
from uptake.openclosed.rules import Claim

Row = tuple[float, float, float, str]
"""Estimate, low, high and concerns of one specification."""

_LIBRARY = Path(__file__).parents[3]
_PACKAGES = ("numpy", "scipy", "pandas", "statsmodels")
_PLAIN = (str, bool, int, float, type(None), datetime.date)
# A source that was edited after Python had loaded it is not the code that runs, so its hash would
# lie. Nothing is stored or recalled then, until Python is started again.
_LOADED = time.time_ns()


@dataclass(frozen=True)
class Slot:
    """A place for the rows of one run.

    Parameters
    ----------
    path : Path
        The file, whether it exists or not; its name holds a digest of all that the rows rest on.
    """

    path: Path

    def recall(self, count: int) -> list[Row] | None:
        """Return the stored rows, or None where there are none or the file is damaged."""
        if not self.path.is_file():
            return None
        try:
            entry = json.loads(self.path.read_text("utf-8"))
            rows = [(*map(float.fromhex, numbers), words) for *numbers, words in entry["rows"]]
            if entry["check"] != _check(entry["rows"]) or len(rows) != count:
                raise ValueError("its content is not what was stored")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            warnings.warn(
                f"{self.path.name} is damaged ({error}); its results are computed anew",
                RuntimeWarning,
                stacklevel=3,
            )
            return None
        return rows

    def keep(self, rows: Sequence[Row]) -> None:
        """Store rows in one step; another process sees the whole file or none."""
        exact = [[*(float(number).hex() for number in row[:3]), row[3]] for row in rows]
        content = json.dumps({"rows": exact, "check": _check(exact)}, ensure_ascii=False)
        write(self.path, content)


def slot(function: Callable, claim: Claim, fixed: Mapping[str, object]) -> Slot | None:
    """Return the place for a run's rows, or None where they must not be stored.

    Stored are results of functions that stand in a module of this package under their own name,
    with fixed arguments that are plain values: a function made on the spot, or a generator of
    random numbers among the arguments, has no name by which to find the result again.

    Parameters
    ----------
    function : callable
        As for `run`.
    claim : Claim
        As for `run`.
    fixed : mapping
        As for `run`.
    """
    folder = _folder()
    name = _name(function)
    if folder is None or name is None or not all(map(_plain, fixed.values())):
        return None
    digest = _code(function.__module__)
    if digest is None:
        return None
    rests_on = {
        "function": name,
        "fixed": {key: repr(fixed[key]) for key in sorted(fixed)},
        "claim": repr(claim),
        "code and data": digest,
        "versions": {package: version(package) for package in _PACKAGES},
        "python": [sys.version, platform.machine()],
    }
    whole = hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()
    return Slot(folder / f"{claim.id}-{function.__name__}-{whole[:24]}.json")


def _folder() -> Path | None:
    chosen = os.environ.get("UPTAKE_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    repository = _LIBRARY.parent
    return repository / "build/cache/choices" if (repository / "pyproject.toml").is_file() else None


def _name(function: Callable) -> str | None:
    """Return the full name of a function of this package, if the name leads back to it."""
    module, name = (getattr(function, key, "") for key in ("__module__", "__qualname__"))
    if module.split(".")[0] != __name__.split(".")[0]:
        return None
    named = getattr(sys.modules.get(module), name, None)
    return f"{module}.{name}" if named is function else None


def _plain(value: object) -> bool:
    return all(map(_plain, value)) if isinstance(value, tuple) else isinstance(value, _PLAIN)


def _code(module: str) -> str | None:
    """Return a digest of the files that a module rests on; None if one changed since loading."""
    digest = hashlib.sha256()
    for path in _files(module):
        if not path.exists() or path.stat().st_mtime_ns > _LOADED:
            return None
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_LIBRARY)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


@functools.cache
def _files(module: str) -> tuple[Path, ...]:
    """Return the files of a function's module and of the code that runs it."""
    own = reached(f"{__package__}.running", _LIBRARY)
    return tuple(sorted({*own, *reached(module, _LIBRARY)}))


def _check(rows: list) -> str:
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
