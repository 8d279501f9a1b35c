"""All verdicts as one table: checked against the rules, placed between the regions, reworded."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from uptake.openclosed import claims
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.judging import POWER, SHARE
from uptake.openclosed.rules import Claim, Prediction

WORDS = claims.VERDICTS
"""The verdicts in the order in which they are counted."""


def sheet(verdicts: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row per claim, from the verdicts that the notebooks showed.

    Parameters
    ----------
    verdicts : iterable of dict
        As `uptake.openclosed.book.verdicts.read` returns them.

    Returns
    -------
    DataFrame
        Indexed by claim: ``title``, ``verdict``, ``estimate``, ``low`` and ``high`` (infinite where
        unbounded, NaN without an estimate), ``unit``, ``power``, ``share_for`` and
        ``share_against`` (of the combinations of choices), ``specifications``, ``grade``,
        ``notebook``, ``tripwire`` (its day), ``observation``, ``source``; and, by the interval
        alone, ``leaves_out``: "what supports", "what refutes", "both" or "".

    Raises
    ------
    ValueError
        If the verdicts are not those of the rules in ``claims.toml`` (see `check`).
    """
    found = {verdict["claim"]: dict(verdict) for verdict in verdicts}
    rules = claims.load()
    check(found, rules)
    return pd.DataFrame({name: _row(found[name], claim) for name, claim in rules.items()}).T


def _row(verdict: Mapping[str, Any], claim: Claim) -> dict[str, Any]:
    low, high = ends(verdict)
    same = ("title", "verdict", "unit", "specifications", "grade", "notebook")
    return {name: verdict[name] for name in same} | {
        "estimate": _number(verdict["estimate"]),
        "low": low,
        "high": high,
        "power": _number(verdict["power"]),
        "share_for": _number(verdict["share"]),
        "share_against": _number(verdict["share_against"]),
        "tripwire": pd.Timestamp(claim.tripwire.date),
        "observation": claim.tripwire.observation,
        "source": claim.tripwire.source,
        "leaves_out": _leaves_out(claim.prediction, low, high),
    }


def ends(verdict: Mapping[str, Any]) -> tuple[float, float]:
    """Return the ends of a verdict's interval, infinite where unbounded, NaN without an estimate.

    Examples
    --------
    >>> ends({"estimate": 1.0, "low": 0.5, "high": None})
    (0.5, inf)
    """
    if verdict["estimate"] is None:
        return math.nan, math.nan
    low, high = verdict["low"], verdict["high"]
    return -math.inf if low is None else low, math.inf if high is None else high


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _leaves_out(rule: Prediction | None, low: float, high: float) -> str:
    if rule is None or math.isnan(low):
        return ""
    out = (not rule.supports.meets(low, high), not rule.refutes.meets(low, high))
    words = {(True, True): "both", (True, False): "what supports", (False, True): "what refutes"}
    return words.get(out, "")


def check(verdicts: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Claim]) -> None:
    """Refuse verdicts that do not belong to these rules.

    Each claim must have one, shown by the notebook that owns it, of the title, unit, grade and
    tripwire that its rule has now, as of the freeze, and its word must follow from its own
    numbers. Whether the numbers are those of the code as it stands only a fresh run can tell,
    which ``make test`` does.

    Parameters
    ----------
    verdicts : mapping of str to dict
        By claim.
    rules : mapping of str to Claim
        As `claims.load` returns them.

    Raises
    ------
    ValueError
        Naming the claim, what differs, and what to do.
    """
    if missing := [name for name in rules if name not in verdicts]:
        raise ValueError(f"no notebook shows a verdict on {', '.join(missing)}: run make record")
    for name, claim in rules.items():
        verdict, wire = verdicts[name], claim.tripwire
        expected = {
            "title": claim.title,
            "grade": claim.grade,
            "notebook": claim.notebook,
            "unit": claim.prediction.unit if claim.prediction else None,
            "as_of": FREEZE.date().isoformat(),
            "tripwire": {
                "date": wire.date.isoformat(),
                "observation": wire.observation,
                "source": wire.source,
            },
            "verdict": worded(verdict, claim),
        }
        if wrong := [field for field, value in expected.items() if verdict[field] != value]:
            raise ValueError(
                f"the {', '.join(wrong)} of {name} in {verdict['notebook']} is not what claims.toml"
                f" gives; run make record ONLY={claim.notebook[:2]}"
            )


def worded(
    verdict: Mapping[str, Any], claim: Claim, *, power: float = POWER, share: float = SHARE
) -> str:
    """Return the word that follows from a verdict's numbers, under these or other thresholds.

    Parameters
    ----------
    verdict : dict
        Of one claim, for machines.
    claim : Claim
        With its rule.
    power : float
        Least power; 0 asks for none.
    share : float
        Least share of the combinations of choices.

    Examples
    --------
    >>> c10 = claims.load()["C10"]
    >>> numbers = {"estimate": 0.0, "low": -1.0, "high": 1.0, "power": 0.4, "share": 0.0,
    ...            "share_against": 0.9, "specifications": 288}
    >>> worded(numbers, c10), worded(numbers, c10, power=0)
    ('cannot tell', 'against')
    """
    if claim.prediction is None:
        return "not testable"
    low, high = ends(verdict)
    sides = {
        "supported": (claim.prediction.supports, verdict["share"]),
        "against": (claim.prediction.refutes, verdict["share_against"]),
    }
    ran = verdict["share"] is not None or not claim.dimensions
    for word, (region, agreeing) in sides.items():
        if region.contains(low, high) and ran and (verdict["power"] or 0.0) >= power:
            agree = 1.0 if agreeing is None else agreeing
            return word if agree >= share else "mixed"
    return "cannot tell"


def other_thresholds(verdicts: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return how many verdicts of each word other thresholds of the rule would give.

    Parameters
    ----------
    verdicts : iterable of dict
        As for `sheet`.

    Returns
    -------
    DataFrame
        One row per pair of thresholds, the rule's own first: a count for each word that occurs,
        and ``changed``, the claims whose word differs from the rule's.
    """
    verdicts, rules = list(verdicts), claims.load()
    ways = {
        "the rule": {},
        "choices agree by 70%": {"share": 0.7},
        "choices agree by 90%": {"share": 0.9},
        "power of 80%": {"power": 0.8},
        "power not asked for": {"power": 0.0},
        "interval alone": {"power": 0.0, "share": 0.0},
    }
    rows = {}
    for way, thresholds in ways.items():
        words = {v["claim"]: worded(v, rules[v["claim"]], **thresholds) for v in verdicts}
        changed = [v["claim"] for v in verdicts if words[v["claim"]] != v["verdict"]]
        counts = {word: list(words.values()).count(word) for word in WORDS}
        rows[way] = counts | {"changed": ", ".join(changed) or "none"}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.loc[:, [c for c in table if c == "changed" or table[c].any()]]


def placed(table: pd.DataFrame) -> pd.DataFrame:
    r"""Return estimates and intervals on one scale on which every claim has the same regions.

    .. math:: u = \frac{x - (r + s) / 2}{(s - r) / 2}

    with :math:`r` the end of the region that refutes and :math:`s` that of the region that
    supports, so that 1 and more supports and -1 and less refutes, whatever unit and direction.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.

    Returns
    -------
    DataFrame
        By claim: ``estimate``, ``low``, ``high``; NaN where there is no estimate or no rule.

    Examples
    --------
    >>> c10 = pd.DataFrame({"estimate": [3.0], "low": [1.5], "high": [np.inf]}, ["C10"])
    >>> placed(c10).loc["C10"].tolist()
    [1.0, -1.0, inf]
    """
    rows = {}
    for name, claim in claims.load().items():
        if name in table.index and claim.prediction is not None:
            refuted, supported = edges(claim.prediction)
            x = table.loc[name, ["estimate", "low", "high"]].to_numpy(float)
            value, *both = (x - (refuted + supported) / 2) / ((supported - refuted) / 2)
            rows[name] = [value, *sorted(both)]
    columns = ["estimate", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).reindex(table.index)


def edges(rule: Prediction) -> tuple[float, float]:
    """Return where the regions face each other: the end of the refuting, of the supporting one.

    Examples
    --------
    >>> edges(claims.load()["C10"].prediction), edges(claims.load()["C11"].prediction)
    ((1.5, 3.0), (-0.2, -0.4))
    """
    if rule.supports.low > rule.refutes.high:
        return rule.refutes.high, rule.supports.low
    return rule.refutes.low, rule.supports.high


def named(table: pd.DataFrame, where: pd.Series | np.ndarray) -> str:
    """Return the ids of the claims that a condition picks, as text.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [1, 2, 3]}, ["C1", "C2", "C3"])
    >>> named(table, table["x"] > 1), named(table, table["x"] > 3)
    ('C2 and C3', 'none')
    """
    ids = list(table.index[np.asarray(where, bool)])
    return " and ".join(filter(None, [", ".join(ids[:-1]), *ids[-1:]])) or "none"
