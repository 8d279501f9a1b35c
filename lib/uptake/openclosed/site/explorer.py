"""The explorer: one page on which a reader switches choices and sees the verdict follow.

The directive ``explorer`` puts everything into the page itself: the specifications that a notebook
published, the rules of `claims.toml`, a style sheet and a script. The page needs no other file.
"""

import json
import math
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from uptake.openclosed import judging
from uptake.openclosed.book.verdicts import collected, shown
from uptake.openclosed.choices import universe
from uptake.openclosed.choices.publishing import MIME, numbers
from uptake.openclosed.claims import load
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.rules import Claim, Dimension, Region
from uptake.openclosed.site.directives import Listing, notebooks

_log = logging.getLogger(__name__)


class Explorer(Listing):
    """The explorer, or a sentence where no notebook has published specifications yet."""

    def content_nodes(self) -> Iterable[nodes.Node]:
        """Return the whole of it as HTML."""
        specifications, verdicts = found(notebooks(self.folder))
        if not specifications:
            return [nodes.paragraph("", "No notebook has published its specifications yet.")]
        for problem in disagreements(specifications, verdicts):
            _log.warning("explorer: %s", problem, location=self.get_location())
        return [nodes.raw("", html(content(specifications, verdicts)), format="html")]


def found(paths: Iterable[Path]) -> tuple[dict[str, dict], dict[str, dict]]:
    """Return the specifications and the verdicts that notebooks show, by claim id.

    A verdict gains ``page``, the address of the page that shows it.

    Parameters
    ----------
    paths : iterable of Path
        Executed notebooks.

    Returns
    -------
    specifications, verdicts : dict of dict
        As `choices.publish` and `Verdict.as_dict` make them.
    """
    specifications: dict[str, dict] = {}
    verdicts: dict[str, dict] = {}
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        for published in collected(notebook, MIME):
            specifications |= published
        for verdict in shown(notebook):
            verdicts[verdict["claim"]] = {**verdict, "page": f"{path.stem}.html"}
    return specifications, verdicts


def disagreements(
    specifications: Mapping[str, Mapping], verdicts: Mapping[str, Mapping]
) -> list[str]:
    """Return where the published specifications are not what the claims and verdicts speak of.

    Parameters
    ----------
    specifications, verdicts : mapping
        As `found` returns them.

    Returns
    -------
    list of str
        A sentence for each; empty when all agree.
    """
    problems = []
    claims = load()
    for name, published in specifications.items():
        if published["choices"] != [[d.name, list(d.values)] for d in claims[name].dimensions]:
            problems.append(f"{name} declares other choices now; record its notebooks again")
        elif verdict := verdicts.get(name):
            problems += _differences(claims[name], published, verdict)
    return problems


def _differences(claim: Claim, published: Mapping, verdict: Mapping) -> Iterable[str]:
    """Yield how the library's verdict on what was published differs from the one shown."""
    table = universe(claim).join(numbers(published))
    primary = table.iloc[0]
    estimate = None
    if not math.isnan(primary["estimate"]):
        ends = [float(primary[name]) for name in ("estimate", "low", "high")]
        estimate = Estimate(*ends, claim.prediction.unit)
    again = judging.judge(
        claim, estimate, specifications=table, power=verdict["power"], as_of=verdict["as_of"]
    ).as_dict()
    for key in ("verdict", "estimate", "low", "high", "share", "share_against", "specifications"):
        if not _same(again[key], verdict[key]):
            yield (
                f"{claim.id}: {key} is {again[key]} by the published specifications, and "
                f"{verdict[key]} where it was judged; record both notebooks again"
            )


def _same(one: object, other: object) -> bool:
    # Both are rounded, to seven digits and to six, and a number rounded twice may end elsewhere.
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-5)
    return one == other


def content(
    specifications: Mapping[str, Mapping], verdicts: Mapping[str, Mapping]
) -> dict[str, Any]:
    """Return what the page's script works on.

    Parameters
    ----------
    specifications, verdicts : mapping
        As `found` returns them.

    Returns
    -------
    dict
        The two constants of the rule and a list of claims in the order of ``claims.toml``.
    """
    claims = load()
    return {
        "share": judging.SHARE,
        "power": judging.POWER,
        "claims": [
            _claim(claims[name], specifications[name], verdicts.get(name))
            for name in claims
            if name in specifications
        ],
    }


def _claim(claim: Claim, published: Mapping, verdict: Mapping | None) -> dict[str, Any]:
    kept = ("verdict", "power", "page")
    return {
        "id": claim.id,
        "title": claim.title,
        "claim": _words(claim.claim),
        "estimand": _words(claim.prediction.estimand),
        "unit": claim.prediction.unit,
        "supports": _region(claim.prediction.supports),
        "refutes": _region(claim.prediction.refutes),
        "dimensions": [_dimension(dimension) for dimension in claim.dimensions],
        "judged": verdict and {key: verdict[key] for key in kept},
        **{key: published[key] for key in ("estimate", "low", "high", "concerns", "concern")},
    }


def _words(text: str) -> str:
    """Return a text of ``claims.toml`` on one line and without its marks of code."""
    return " ".join(text.replace("`", "").split())


def _region(region: Region) -> dict[str, str]:
    # As text, for JSON has no infinity; JavaScript's Number reads both words.
    low, high = (str(end).replace("inf", "Infinity") for end in (region.low, region.high))
    return {"low": low, "high": high, "words": str(region)}


def _dimension(dimension: Dimension) -> dict[str, Any]:
    levels = [{"value": str(level.value), "label": level.label} for level in dimension.levels]
    return {"name": dimension.name, "question": dimension.question, "levels": levels}


def html(data: Mapping[str, Any]) -> str:
    """Return the explorer as a piece of a page: style, elements, data and script.

    Parameters
    ----------
    data : mapping
        As `content` returns it.
    """
    style, elements, script = (_asset(f"explorer.{kind}") for kind in ("css", "html", "js"))
    # An element's end inside the data would end the script; JSON may write any character so.
    embedded = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f"<style>\n{style}</style>\n{elements}"
        f'<script type="application/json" id="explorer-data">{embedded}</script>\n'
        f"<script>\n{script}</script>\n"
    )


def _asset(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("explorer", Explorer)
