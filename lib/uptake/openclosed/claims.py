"""The claims of the essay, read from ``claims.toml`` and checked; the door to rules and judge."""

import datetime
import functools
import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Any

import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.judging import judge
from uptake.openclosed.rules import (
    GRADES,
    Claim,
    Dimension,
    Essay,
    Level,
    Prediction,
    Region,
    Statement,
    Tripwire,
    Untestable,
)
from uptake.openclosed.verdict import VERDICTS, Verdict

__all__ = [
    "VERDICTS",
    "Claim",
    "Dimension",
    "Essay",
    "Estimate",
    "Level",
    "Prediction",
    "Region",
    "Statement",
    "Tripwire",
    "Untestable",
    "Verdict",
    "essay",
    "judge",
    "load",
    "rules",
    "statements",
]


def load() -> dict[str, Claim]:
    """Return the claims by id, in the order of the file.

    Raises
    ------
    ValueError
        If the file breaks one of its own rules; the message names the claim.

    Examples
    --------
    >>> load()["C10"].prediction.unit
    'index points a year'
    """
    return dict(_book()[0])


def statements() -> dict[str, Statement]:
    """Return the author's further statements by id.

    Examples
    --------
    >>> statements()["S4"].claims
    ('C12',)
    """
    return dict(_book()[1])


def essay() -> Essay:
    """Return the text under test.

    Examples
    --------
    >>> essay().date.isoformat()
    '2026-06-01'
    """
    return Essay(**_clean(_document()["essay"]))


def rules(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the rules as a table, one row per claim.

    Parameters
    ----------
    claims : iterable of Claim
        Such as ``load().values()``.

    Returns
    -------
    DataFrame
        Indexed by id: title, unit, smallest effect, the two regions in words, number of
        combinations of choices, grade and owning notebook.

    Examples
    --------
    >>> rules([load()["C10"]]).loc["C10", "supports"]
    'at least 3'
    """
    rows = {claim.id: _rule(claim) for claim in claims}
    return pd.DataFrame.from_dict(rows, orient="index")


def _rule(claim: Claim) -> dict[str, Any]:
    rule = claim.prediction
    return {
        "title": claim.title,
        "unit": rule.unit if rule else "not testable",
        "smallest effect": rule.smallest_effect if rule else None,
        "supports": str(rule.supports) if rule else "",
        "refutes": str(rule.refutes) if rule else "",
        "choices": claim.combinations if rule else 0,
        "grade": claim.grade,
        "notebook": claim.notebook,
    }


def _document() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "claims.toml").read_text("utf-8"))


@functools.cache
def _book() -> tuple[dict[str, Claim], dict[str, Statement]]:
    return parse(_document())


def parse(document: dict[str, Any]) -> tuple[dict[str, Claim], dict[str, Statement]]:
    """Return the claims and statements of a file's content, checked.

    Parameters
    ----------
    document : dict
        ``claims.toml`` as `tomllib` reads it.

    Returns
    -------
    claims, statements : dict
        By id.

    Raises
    ------
    ValueError
        If an id, field, owner, level, region or date is missing or wrong.

    Examples
    --------
    >>> parse({"essay": {"url": ""}, "book": {}, "claims": {"C2": {}}, "statements": {}})
    Traceback (most recent call last):
    ...
    ValueError: claims.toml: ids ['C2'] are not C1 to C1 in order
    """
    try:
        return _parsed(document)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"claims.toml lacks a table or has one of a wrong sort ({error!r}); its head says what "
            "belongs where"
        ) from error


def _parsed(document: dict[str, Any]) -> tuple[dict[str, Claim], dict[str, Statement]]:
    link = document["essay"]["url"]
    for letter, group in (("C", "claims"), ("S", "statements")):
        ids = list(document[group])
        if ids != [f"{letter}{number}" for number in range(1, len(ids) + 1)]:
            raise ValueError(
                f"claims.toml: ids {ids} are not {letter}1 to {letter}{len(ids)} in order"
            )
    claims = {
        name: _within(name, _claim, {"id": name, "link": link, **_clean(table)}, document["book"])
        for name, table in document["claims"].items()
    }
    stated = {
        name: _within(name, _statement, {"id": name, **_clean(table)}, claims)
        for name, table in document["statements"].items()
    }
    return claims, stated


def _within(name: str, make: Any, *content: Any) -> Any:
    """Make one entry of the file, naming it in any error."""
    try:
        return make(*content)
    except (AttributeError, ValueError, TypeError, KeyError) as error:
        kinds = {KeyError: "has no field ", AttributeError: "has a field of a wrong sort: "}
        raise ValueError(f"claims.toml, {name}: {kinds.get(type(error), '')}{error}") from error


def _claim(table: dict[str, Any], book: dict[str, list[str]]) -> Claim:
    dimensions = tuple(_dimension(each) for each in table.pop("dimensions", []))
    untestable = tuple(Untestable(**each) for each in table.pop("untestable", []))
    prediction = _prediction(table.pop("prediction")) if "prediction" in table else None
    tripwire = Tripwire(**table.pop("tripwire"))
    claim = Claim(
        prediction=prediction,
        dimensions=dimensions,
        untestable=untestable,
        tripwire=tripwire,
        **table,
    )
    _check(claim, book)
    return claim


def _check(claim: Claim, book: dict[str, list[str]]) -> None:
    names = [dimension.name for dimension in claim.dimensions]
    known = {"theme": book["themes"], "notebook": book["notebooks"], "grade": tuple(GRADES)}
    for field, allowed in known.items():
        if getattr(claim, field) not in allowed:
            raise ValueError(f"{field} {getattr(claim, field)!r} is none of {', '.join(allowed)}")
    if claim.function.split(".")[0] != claim.theme or not claim.function.count(".") == 1:
        raise ValueError(f"function {claim.function!r} should be {claim.theme}.name")
    if len(set(names)) < len(names):
        raise ValueError(f"a dimension is declared twice among {', '.join(names)}")
    if not isinstance(claim.tripwire.date, datetime.date):
        raise ValueError(f"tripwire date {claim.tripwire.date!r} is no date; write 2027-03-31")
    if not claim.testable and not claim.untestable:
        raise ValueError("no prediction and no untestable datum; give one of them")


def _dimension(table: dict[str, Any]) -> Dimension:
    levels = tuple(Level(**level) for level in table["levels"])
    values = [level.value for level in levels]
    if len(values) < 2 or len(set(values)) < len(values):
        raise ValueError(f"dimension {table['name']} needs two or more different levels")
    if not table["name"].isidentifier():
        raise ValueError(f"dimension {table['name']!r} must be the name of an argument")
    return Dimension(table["name"], table["question"], levels)


def _prediction(table: dict[str, Any]) -> Prediction:
    supports, refutes = (Region(*table.pop(side)) for side in ("supports", "refutes"))
    if supports.meets(refutes.low, refutes.high):
        raise ValueError(
            f"the regions overlap: {supports} supports and {refutes} refutes; part them"
        )
    data, secondary = (tuple(table.pop(name)) for name in ("data", "secondary"))
    rule = Prediction(supports=supports, refutes=refutes, data=data, secondary=secondary, **table)
    for value in (rule.no_effect, rule.smallest_effect):
        if not (supports.contains(value, value) or refutes.contains(value, value)):
            raise ValueError(f"no_effect and smallest_effect: {value} lies in neither region")
    if supports.contains(rule.no_effect, rule.no_effect) == supports.contains(
        rule.smallest_effect, rule.smallest_effect
    ):
        raise ValueError("no_effect and smallest_effect lie in one region; they must differ")
    if not data:
        raise ValueError("no data named; name the tables of uptake.datasets")
    return rule


def _statement(table: dict[str, Any], claims: dict[str, Claim]) -> Statement:
    if unknown := set(table["claims"]) - set(claims):
        raise ValueError(f"tied to {', '.join(sorted(unknown))}, which is no claim")
    if table["testable"] and not table["claims"]:
        raise ValueError("testable but tied to no claim; name the claim that tests it")
    return Statement(claims=tuple(table.pop("claims")), **table)


def _clean(content: Any) -> Any:
    """Return the file's content with its wrapped texts on one line each."""
    if isinstance(content, dict):
        return {key: _clean(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_clean(value) for value in content]
    return " ".join(content.split()) if isinstance(content, str) else content
