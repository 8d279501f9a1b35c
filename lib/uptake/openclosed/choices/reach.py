"""Which files of a package a module rests on: what it imports, and the data beside that."""

import ast
from collections.abc import Iterator
from pathlib import Path


def reached(module: str, folder: Path) -> list[Path]:
    """Return the files of its own package that a module rests on.

    These are the module, every module of the same package that it imports, directly or through
    others, at the top or inside a function; the packages that hold them; and the files other than
    Python's in the folders of all these, such as tables and rules. An import by a name that is
    made while the code runs is not seen.

    Parameters
    ----------
    module : str
        Full name, such as ``"uptake.frontier.lags"``.
    folder : Path
        Folder in which the package lies.

    Returns
    -------
    list of Path
        Sorted.

    Raises
    ------
    ValueError
        If there is no such module in the folder.

    Examples
    --------
    >>> import uptake
    >>> folder = Path(uptake.__file__).parents[1]
    >>> found = {path.name for path in reached("uptake.openclosed.rules", folder)}
    >>> {"rules.py", "claims.toml"} <= found, "verdict.py" in found
    (True, False)
    """
    if _file(module, folder) is None:
        raise ValueError(f"no module {module} in {folder}; give the full name of one")
    found: dict[str, Path] = {}
    open_ends = [module]
    while open_ends:
        name = open_ends.pop()
        path = _file(name, folder)
        if path is None or name in found:
            continue
        found[name] = path
        open_ends += [name.rpartition(".")[0], *_imports(name, path)]
    code = set(found.values())
    beside = {file for path in code for file in path.parent.iterdir() if _is_data(file)}
    return sorted(code | beside)


def _file(name: str, folder: Path) -> Path | None:
    """Return the file of a module or package, if it is one and not another package's."""
    base = folder.joinpath(*name.split(".")) if name else folder
    candidates = (base / "__init__.py", base.with_suffix(".py"))
    return next((path for path in candidates if name and path.is_file()), None)


def _imports(name: str, path: Path) -> Iterator[str]:
    """Yield the names that a module imports; some are no modules but what stands in one."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _is_data(file: Path) -> bool:
    """Tell whether a file is neither code nor something that a tool left there."""
    return file.is_file() and file.suffix not in (".py", ".pyc") and not file.name.startswith(".")
