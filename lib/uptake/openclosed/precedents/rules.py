"""What is put to the precedents and what counts as a hit: ``precedents.toml``, read and checked."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pandas as pd

from uptake.openclosed.rules import Region


@dataclass(frozen=True)
class Question:
    """One question put to all precedents, and the rule by which the answers count.

    Parameters
    ----------
    id : str
        Such as "direction".
    question, estimator, statement, hit : str
        What is asked, computed, said, and counted as right.
    baselines : tuple of str
        What the method has to beat.
    claims, analogy : tuple of str
        Ids of the claims whose number is of this form, and of those only like it.
    unit : str
        Of the score.
    no_effect, smallest_effect : float
        Score without knowledge, and the least that would carry a claim.
    supports, refutes : Region
        Where the whole interval of the score must lie.
    """

    id: str
    question: str
    estimator: str
    statement: str
    hit: str
    baselines: tuple[str, ...]
    claims: tuple[str, ...]
    analogy: tuple[str, ...]
    unit: str
    no_effect: float
    smallest_effect: float
    supports: Region
    refutes: Region

    def says(self, low: float, high: float) -> str:
        """Return what an interval of the score means: "carries", "fails" or "cannot tell".

        Examples
        --------
        >>> tests()["direction"].says(0.8, 1.0), tests()["direction"].says(0.5, 0.9)
        ('carries', 'cannot tell')
        """
        if self.supports.contains(low, high):
            return "carries"
        return "fails" if self.refutes.contains(low, high) else "cannot tell"


def tests() -> dict[str, Question]:
    """Return the tests by id.

    Examples
    --------
    >>> list(tests())
    ['direction', 'pace', 'side', 'ceiling', 'market', 'displacement', 'bands', 'skill']
    """
    return {name: _test(name, table) for name, table in document()["tests"].items()}


tests.__test__ = False  # pytest would take the name for a test of the code


def of_claim(claim: str) -> dict[str, str]:
    """Return the tests that bear on a claim: "same form", or "by analogy".

    Parameters
    ----------
    claim : str
        Id of a claim or statement.

    Raises
    ------
    ValueError
        If the file does not say what to do with it.

    Examples
    --------
    >>> of_claim("C12")
    {'direction': 'same form', 'pace': 'same form', 'bands': 'by analogy', 'skill': 'by analogy'}
    >>> of_claim("C7")
    {}
    """
    found = {name: "same form" for name, test in tests().items() if claim in test.claims}
    found |= {name: "by analogy" for name, test in tests().items() if claim in test.analogy}
    if not found and claim not in document()["no_test"]:
        raise ValueError(f"precedents.toml names no test for {claim!r} and no reason for none")
    return {name: found[name] for name in tests() if name in found}


def bearing() -> pd.DataFrame:
    """Return which test bears on which claim, one row each, and why some have none.

    Examples
    --------
    >>> bearing().loc["C5"].tolist()
    ['none', '', 'days until access, a change already past']
    """
    rows = []
    for test in tests().values():
        for how, ids in (("same form", test.claims), ("by analogy", test.analogy)):
            rows += [(claim, test.id, how, test.question) for claim in ids]
    rows += [(claim, "none", "", why) for claim, why in document()["no_test"].items()]
    table = pd.DataFrame(rows, columns=["claim", "test", "form", "question"])
    order = table["claim"].str.extract(r"([A-Z])(\d+)").astype({1: int})
    return table.iloc[order.sort_values([0, 1], kind="stable").index].set_index("claim")


@functools.cache
def document() -> Mapping[str, Any]:
    """Return the content of ``precedents.toml``, texts on one line each."""
    package = __package__.rpartition(".")[0]
    text = (resources.files(package) / "precedents.toml").read_text("utf-8")
    return _one_line(tomllib.loads(text))


def _one_line(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _one_line(value) for key, value in content.items()}
    return " ".join(content.split()) if isinstance(content, str) else content


def _test(name: str, table: Mapping[str, Any]) -> Question:
    regions = {side: Region(*table[side]) for side in ("supports", "refutes")}
    if regions["supports"].meets(regions["refutes"].low, regions["refutes"].high):
        raise ValueError(f"precedents.toml, {name}: the regions overlap; part them")
    lists = {key: tuple(table[key]) for key in ("baselines", "claims", "analogy")}
    return Question(**{"id": name, **table, **lists, **regions})
