"""Mutants of a source file: what the operators of mutmut 3 would change in it, one at a time.

mutmut's own runner is not used. It leaves out every decorated function, and so all properties,
which hold half of the formulas of the curves; it changes functions only, not the bodies of classes
and modules; and it does not find a package below ``lib``. Its operators are taken as they are, at
the version of requirements-bench.lock.

Left out, since no test should depend on them: annotations and aliases of types, decorators,
``__all__``, docstrings, whatever stands in a ``raise`` (the condition before it is changed), and
the wording of texts: a string with a space in it. Of any other string (a column, a key, a mode)
the first change is taken; the two others only change its case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import libcst as cst
from libcst import matchers
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

PACKAGE = Path(__file__).parents[2] / "lib" / "uptake"
LEFT_OUT = (cst.Annotation, cst.Decorator, cst.Raise, cst.Import, cst.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Parameters
    ----------
    path : Path
        The file.
    place : str
        Function or class that is changed, with the names around it; empty for the module.
    lines : range
        Lines of the statement that is changed, for choosing the tests that run it.
    node, changed : CSTNode
        What stands there, and what stands there in the mutant.
    module : cst.Module
        The whole file.
    """

    path: Path
    place: str
    lines: range
    node: cst.CSTNode
    changed: cst.CSTNode
    module: cst.Module

    @cached_property
    def code(self) -> str:
        """The file with the change."""
        return self.module.deep_replace(self.node, self.changed).code

    def row(self) -> dict[str, str]:
        """Return what is changed and where, in words."""
        module = self.path.relative_to(PACKAGE).with_suffix("").as_posix()
        before, after = self.difference
        return {"module": module, "place": self.place, "before": before, "after": after}

    @cached_property
    def difference(self) -> tuple[str, str]:
        """The lines that are changed, before and after, each as one text."""
        before, after = self.module.code.splitlines(), self.code.splitlines()
        head = _alike(before, after)
        tail = _alike(before[head:][::-1], after[head:][::-1])
        sides = (before[head : len(before) - tail], after[head : len(after) - tail])
        return tuple(" ".join(line.strip() for line in side) for side in sides)


def _alike(first: list[str], second: list[str]) -> int:
    """Return how many lines two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second)))  # noqa: B905


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a file, in the order of the file."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text("utf-8")))
    visitor = _Visitor()
    wrapper.visit(visitor)
    for place, lines, node, changed in visitor.found:
        yield Mutant(path, place, lines, node, changed, wrapper.module)


class _Visitor(cst.CSTVisitor):
    """Collect the changes of every node that counts."""

    METADATA_DEPENDENCIES = (PositionProvider, ParentNodeProvider)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, range, cst.CSTNode, cst.CSTNode]] = []
        self._names: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, LEFT_OUT) or self._declares(node):
            return False
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._names.append(node.name.value)
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                changes = list(operator(node))
                if operator is operator_string:
                    wording = " " in getattr(node, "value", " ")
                    changes = [] if wording else changes[:1]
                place, lines = ".".join(self._names), self._lines(node)
                self.found += [(place, lines, node, changed) for changed in changes]
        return True

    def on_leave(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._names.pop()

    def _declares(self, node: cst.CSTNode) -> bool:
        """Return whether a statement of the module only names its exports or a type."""
        if self._names or not isinstance(node, cst.Assign):
            return False
        exports = matchers.matches(node.targets[0].target, matchers.Name("__all__"))
        return exports or isinstance(node.value, cst.Subscript)

    def _lines(self, node: cst.CSTNode) -> range:
        """Return the lines of the statement, or of the node in the head of a block."""
        above = node
        while not isinstance(
            above, cst.SimpleStatementLine | cst.BaseCompoundStatement | cst.Module
        ):
            above = self.get_metadata(ParentNodeProvider, above)
        whole = above if isinstance(above, cst.SimpleStatementLine) else node
        position = self.get_metadata(PositionProvider, whole)
        return range(position.start.line, position.end.line + 1)
