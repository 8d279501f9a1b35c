"""Lists for the site, made from what is there: notebooks, verdicts, figures."""

import re
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from uptake.openclosed.book.verdicts import claims as claims_of
from uptake.openclosed.book.verdicts import estimate, shown
from uptake.openclosed.claims import load

_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"


class Listing(SphinxDirective):
    """A directive that lists what lies beside the page, in a container named for itself."""

    def run(self) -> list[nodes.Node]:
        """Return the list, and have the page read anew when a source changes."""
        for path in self.sources():
            self.env.note_dependency(str(path))
        return [nodes.container("", *self.content_nodes(), classes=[self.name])]

    @property
    def folder(self) -> Path:
        """The folder of the notebooks."""
        return Path(self.env.srcdir)

    def sources(self) -> Iterable[Path]:
        """Return the files that the list is made from."""
        return notebooks(self.folder)

    @abstractmethod
    def content_nodes(self) -> Iterable[nodes.Node]:
        """Return the list itself."""


class Notebooks(Listing):
    """The table of notebooks: number and question, claims."""

    def content_nodes(self) -> Iterable[nodes.Node]:
        """Return a table with one row per notebook."""
        lines = ["| Notebook | Claims |", "|---|---|"]
        for path in notebooks(self.folder):
            notebook = nbformat.read(path, as_version=4)
            role = notebook.metadata.get("uptake", {}).get("role", "method")
            owned = ", ".join(claims_of(notebook)) or role
            lines.append(f"| [{plain(title(notebook))}]({path.name}) | {plain(owned)} |")
        return self.parse_text_to_nodes("\n".join(lines))


class Verdicts(Listing):
    """The claims that are judged, with verdict, estimate and reason; the others folded."""

    def content_nodes(self) -> Iterable[nodes.Node]:
        """Return a table with one row per judged claim, and a list of the others."""
        found = {}
        for path in notebooks(self.folder):
            for verdict in shown(nbformat.read(path, as_version=4)):
                found[verdict["claim"]] = (verdict, path.name)
        titles = {name: claim.title for name, claim in load().items()}
        judged = [(name, *found[name]) for name in titles if name in found]
        yield from self._judged(judged, titles)
        yield from self._open({k: v for k, v in titles.items() if k not in found})

    def _judged(
        self, rows: list[tuple[str, dict, str]], titles: dict[str, str]
    ) -> list[nodes.Node]:
        if not rows:
            return []
        lines = ["| Claim | Verdict | What was found |", "|---|---|---|"]
        for name, verdict, home in rows:
            link = f"[**{plain(verdict['verdict'])}**]({home})"
            words = " ".join([measured(verdict), *verdict["reasons"][:1]])
            lines.append(f"| {name} {plain(titles[name])} | {link} | {plain(words)} |")
        return self.parse_text_to_nodes("\n".join(lines))

    def _open(self, titles: dict[str, str]) -> list[nodes.Node]:
        if not titles:
            return []
        head = (
            f"{len(titles)} claims not yet judged" if len(titles) > 1 else "1 claim not yet judged"
        )
        items = "\n".join(f"- {name} {plain(words)}" for name, words in titles.items())
        return [
            nodes.raw("", f"<details><summary>{head}</summary>", format="html"),
            *self.parse_text_to_nodes(items),
            nodes.raw("", "</details>", format="html"),
        ]


class Gallery(Listing):
    """All figures, each with its finding and a link to the notebook that drew it."""

    def sources(self) -> Iterable[Path]:
        """Return the figures' files."""
        return figure_files(self.folder)

    def content_nodes(self) -> Iterable[nodes.Node]:
        """Return one figure after the other."""
        homes = {path.name[:2]: path.name for path in notebooks(self.folder)}
        for path in self.sources():
            finding, alt = caption(path)
            number = path.name[:2]
            where = f" [Notebook {number}]({homes[number]})" if number in homes else ""
            stop = "" if finding.endswith((".", "?", "!")) else "."
            (words,) = self.parse_text_to_nodes(f"{plain(finding)}{stop}{where}")
            picture = nodes.image(uri=f"../figures/{path.name}", alt=alt)
            yield nodes.figure("", picture, nodes.caption("", "", *words.children))


class Lead(Gallery):
    """One figure, named without its ending; none where it is not drawn yet."""

    required_arguments = 1

    def sources(self) -> Iterable[Path]:
        """Return the figure's file."""
        return [path for path in figure_files(self.folder) if path.stem == self.arguments[0]]


def measured(verdict: dict) -> str:
    """Return a verdict's estimate and interval in words, as its notebook has them.

    Examples
    --------
    >>> measured({"estimate": -2.339, "low": -6.761, "high": None, "level": 0.95, "unit": "days"})
    '-2.3 days (95% interval from -6.8, not bounded above).'
    >>> measured({"estimate": None})
    'No estimate is possible.'
    """
    found = estimate(verdict)
    return "No estimate is possible." if found is None else f"{found}."


def plain(text: str) -> str:
    r"""Return text with what Markdown would take for markup escaped.

    Examples
    --------
    >>> print(plain("from $3 to $5 a_b"))
    from \$3 to \$5 a\_b
    """
    return re.sub(r"([\\`*_\[\]{}<>$|~])", r"\\\1", text)


def notebooks(folder: Path) -> list[Path]:
    """Return the notebooks of a folder in order."""
    return sorted(folder.glob("[0-9][0-9]-*.ipynb"))


def figure_files(folder: Path) -> list[Path]:
    """Return the figures that lie beside a folder of notebooks, in the order of their use."""
    words = {path.name[:2]: path.read_text("utf-8") for path in notebooks(folder)}

    def place(figure: Path) -> tuple[str, int, str]:
        return figure.name[:2], words.get(figure.name[:2], "").find(figure.stem), figure.name

    return sorted((folder.parent / "figures").glob("[0-9][0-9]-*.svg"), key=place)


def title(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook's first heading.

    Raises
    ------
    ValueError
        If its first cell does not begin with one.
    """
    first = notebook.cells[0].source.splitlines()[0] if notebook.cells else ""
    if not first.startswith("# "):
        raise ValueError("the notebook's first cell must begin with '# NN · question'")
    return first.removeprefix("# ")


def caption(figure: Path) -> tuple[str, str]:
    """Return the finding and the alt text that ``figures.save`` wrote into a file.

    Raises
    ------
    ValueError
        If the file holds none; it was not written by ``figures.save``.
    """
    root = ElementTree.parse(figure).getroot()
    texts = [root.findtext(f".//{_DUBLIN_CORE}{name}") for name in ("title", "description")]
    if not all(texts):
        raise ValueError(f"{figure.name} has no title or description; write it by figures.save")
    return texts[0], texts[1]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("notebooks", Notebooks)
    app.add_directive("verdicts", Verdicts)
    app.add_directive("gallery", Gallery)
    app.add_directive("lead", Lead)
