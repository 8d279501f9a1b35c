"""Whatever a reader can import has an example that runs."""

import ast
import doctest
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import uptake

FOLDERS = ("curves", "competing", "figures", "forecasting", "frontier", "sharing", "datasets")
MODULES = ["uptake", *(f"uptake.{name}" for name in FOLDERS)]


def public():
    """Return the public names that are not modules."""
    found = {}
    for module in map(importlib.import_module, MODULES):
        found |= {name: getattr(module, name) for name in module.__all__}
    return {name: each for name, each in found.items() if not isinstance(each, ModuleType)}


def methods(cls):
    """Return the public methods that the package itself defines, without properties."""
    found = {}
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        method = getattr(method, "__func__", method)
        ours = inspect.isfunction(method) and method.__module__.startswith("uptake")
        if ours and not name.startswith("_"):
            found[name] = method
    return found


def shown(each):
    return ">>>" in (inspect.getdoc(each) or "")


def called():
    """Return every attribute that some example of the package calls."""
    names, parser = set(), doctest.DocTestParser()
    for path in Path(uptake.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for example in parser.get_examples(ast.get_docstring(node) or ""):
                    calls = (n for n in ast.walk(ast.parse(example.source)))
                    funcs = (n.func for n in calls if isinstance(n, ast.Call))
                    names |= {f.attr for f in funcs if isinstance(f, ast.Attribute)}
    return names


def gives(maker, name):
    """Tell whether a callable says that it returns a class, alone or among others."""
    returns = str(getattr(maker, "__annotations__", {}).get("return", ""))
    return re.search(rf"\b{name}\b", returns) is not None


def without_example(names):
    """Return what no example shows: functions, classes and methods."""
    in_use = called()
    classes = {name: each for name, each in names.items() if inspect.isclass(each)}
    functions = {name: each for name, each in names.items() if inspect.isfunction(each)}
    makers = [each for each in functions.values() if shown(each)]
    for each in classes.values():
        makers += [method for name, method in methods(each).items() if name in in_use]
    missing = [name for name, each in functions.items() if not shown(each)]
    for name, each in classes.items():
        own = ">>>" in (each.__doc__ or "")
        if not own and not any(gives(maker, name) for maker in makers):
            missing.append(name)
        missing += [f"{name}.{method}" for method in methods(each) if method not in in_use]
    return sorted(missing)


def test_every_public_name_has_an_example():
    names = public()
    assert {"fit", "Bass", "Fit", "load", "rolling_origin"} <= set(names)
    assert without_example(names) == []


def test_what_has_no_example_is_named():
    class Silent:
        """No example."""

        def whisper(self):
            """Nor here."""

    def mute():
        """Nor here."""

    Silent.whisper.__module__ = "uptake.somewhere"
    found = without_example({"Silent": Silent, "mute": mute})
    assert found == ["Silent", "Silent.whisper", "mute"]
