"""The specifications of every claim as the notebooks ran them, and what each would have said."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.openclosed import choices
from uptake.openclosed.choices import RESULTS, Decomposition, decompose
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.judging import POWER, SHARE, judge
from uptake.openclosed.rules import Claim
from uptake.openclosed.verdict import Verdict

SHORTER: dict[str, dict[str, object]] = {"C5": {"draws": 199}, "C11": {"by_host": False}}
"""Arguments by which two notebooks shorten the runs; estimates do not depend on C11's, and C5's
moves only the ends of intervals. The primary row is always the estimate that was judged."""

WORDS = ("supported", "mixed", "cannot tell", "against")
MANY = 100
"""Specifications below which a claim's choices are called few."""


def tables(claims: Mapping[str, Claim], *, progress: bool | None = None) -> dict[str, pd.DataFrame]:
    """Run every claim's choices by its own function, as the notebook that owns it does.

    Parameters
    ----------
    claims : mapping of str to Claim
        As `claims.load` returns them; those that no public figure tests are left out.
    progress : bool, optional
        As for `choices.run`.

    Returns
    -------
    dict of DataFrame
        What `choices.run` returns, by claim id. The first row holds the primary estimate with the
        interval that was judged, also where the others have a shorter one (`SHORTER`).

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> found = tables({"C4": claims.load()["C4"]})
    >>> len(found["C4"])
    8
    """
    found = {}
    for name, claim in claims.items():
        if claim.testable:
            function = choices.owner(claim)
            table = choices.run(function, claim, progress=progress, **SHORTER.get(name, {}))
            found[name] = _with_primary(table, function(**claim.primary))
    return found


def _with_primary(table: pd.DataFrame, estimate: Estimate) -> pd.DataFrame:
    numbers = (estimate.value, estimate.low, estimate.high, "; ".join(estimate.concerns))
    first = table.index[0]
    if not np.isclose(table.loc[first, "estimate"], estimate.value, rtol=1e-9, equal_nan=True):
        raise ValueError(
            f"the first specification is {table.loc[first, 'estimate']}, the primary estimate "
            f"{estimate.value}; the table is not of this claim"
        )
    table = table.copy()
    table.loc[first, list(RESULTS)] = numbers
    return table


def judged(claim: Claim, table: pd.DataFrame, verdict: Mapping[str, Any]) -> Verdict:
    """Apply a claim's rule to its table again, with the power and the day of the verdict shown.

    Parameters
    ----------
    claim : Claim
        The claim.
    table : DataFrame
        From `tables`.
    verdict : mapping
        The verdict that the owning notebook shows, as `Verdict.as_dict` makes it.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c4 = claims.load()["C4"]
    >>> shown = {"power": 0.1, "as_of": "2026-05-31"}
    >>> judged(c4, tables({"C4": c4})["C4"], shown).verdict
    'cannot tell'
    """
    first = table.iloc[0]
    ends = [float(first[name]) for name in ("estimate", "low", "high")]
    unit = claim.prediction.unit
    estimate = Estimate.missing(unit, "none") if np.isnan(ends[0]) else Estimate(*ends, unit)
    return judge(
        claim, estimate, specifications=table, power=verdict["power"], as_of=verdict["as_of"]
    )


def agrees(
    claims: Mapping[str, Claim],
    found: Mapping[str, pd.DataFrame],
    verdicts: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """Compare the rule applied to these tables with the verdicts that the notebooks show.

    Parameters
    ----------
    claims : mapping of str to Claim
        As `claims.load` returns them.
    found : mapping of str to DataFrame
        From `tables`.
    verdicts : sequence of mapping
        As `uptake.openclosed.book.verdicts.read` returns them.

    Returns
    -------
    DataFrame
        By claim: ``verdict`` shown, ``again`` by these tables, and ``differs``, the names of the
        numbers that are not the same to four digits (empty where all agree).
    """
    keys = ("verdict", "estimate", "low", "high", "share", "share_against", "specifications")
    rows = {}
    for shown in verdicts:
        name = shown["claim"]
        again = judged(claims[name], found[name], shown).as_dict()
        differs = ", ".join(key for key in keys if again[key] != shown[key])
        rows[name] = (shown["verdict"], again["verdict"], differs)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["verdict", "again", "differs"])


def words(claim: Claim, table: pd.DataFrame, power: float | None) -> pd.Series:
    """Return the verdict that each specification would give, had it been the primary one.

    Its own interval decides, with the power that was simulated for the primary choice and the
    shares of all specifications; the branches are those of `judge`.

    Parameters
    ----------
    claim : Claim
        The claim.
    table : DataFrame
        From `tables`.
    power : float or None
        Simulated power of the primary choice.

    Returns
    -------
    Series
        One of the words of `judge` by row.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c4 = claims.load()["C4"]
    >>> words(c4, tables({"C4": c4})["C4"], None).unique().tolist()
    ['cannot tell']
    """
    found = pd.Series("cannot tell", table.index)
    if power is None or power < POWER:
        return found
    rule = claim.prediction
    for word, region in (("supported", rule.supports), ("against", rule.refutes)):
        inside = (table["low"] >= region.low) & (table["high"] <= region.high)
        enough = choices.share(table, region, claim=claim) >= SHARE
        found[inside] = word if enough else "mixed"
    return found


def accounts(
    claims: Mapping[str, Claim],
    found: Mapping[str, pd.DataFrame],
    verdicts: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """Return what the specifications of each claim say, in shares of all combinations.

    Parameters
    ----------
    claims, found, verdicts
        As for `agrees`.

    Returns
    -------
    DataFrame
        By claim: ``verdict``; ``specifications``; ``different``, how many different estimates
        they hold; ``for``, ``against``, ``between`` and ``missing``, shares of the estimates;
        ``intervals for`` and ``intervals against``, shares of the intervals that lie wholly in the
        region; ``low power``, whether it alone forbids a verdict; ``survives``, whether every
        combination with an estimate, taken for the primary one, gives the same verdict.
    """
    rows = {}
    for shown in verdicts:
        name = shown["claim"]
        claim, table = claims[name], found[name]
        rule, known = claim.prediction, table["estimate"].notna()
        sides = [choices.share(table, side, claim=claim) for side in (rule.supports, rule.refutes)]
        inside = [
            ((table["low"] >= side.low) & (table["high"] <= side.high)).mean()
            for side in (rule.supports, rule.refutes)
        ]
        again = words(claim, table, shown["power"])[known]
        weak = shown["power"] is None or shown["power"] < POWER
        rows[name] = {
            "verdict": shown["verdict"],
            "specifications": len(table),
            "different": table["estimate"].dropna().map("{:.6g}".format).nunique(),
            "for": sides[0],
            "against": sides[1],
            "between": known.mean() - sum(sides),
            "missing": 1 - known.mean(),
            "intervals for": inside[0],
            "intervals against": inside[1],
            "low power": weak,
            "survives": bool((again == shown["verdict"]).all()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def missing(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return why combinations have no estimate, and how many of each claim.

    Parameters
    ----------
    found : mapping of str to DataFrame
        From `tables`.

    Returns
    -------
    DataFrame
        ``claim``, ``reason``, ``combinations``.

    Examples
    --------
    >>> table = pd.DataFrame({"estimate": [1.0, np.nan], "concerns": ["", "too short"]})
    >>> missing({"C1": table}).iloc[0].tolist()
    ['C1', 'too short', 1]
    """
    rows = [
        (name, reason, count)
        for name, table in found.items()
        for reason, count in table.loc[table["estimate"].isna(), "concerns"].value_counts().items()
    ]
    return pd.DataFrame(rows, columns=["claim", "reason", "combinations"])


def few(claims: Mapping[str, Claim], found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the claims with fewer than `MANY` specifications, and what bounds their number.

    Parameters
    ----------
    claims : mapping of str to Claim
        As `claims.load` returns them.
    found : mapping of str to DataFrame
        From `tables`.

    Returns
    -------
    DataFrame
        By claim, the fewest first: ``specifications``, ``different`` estimates, ``choices`` with
        the number of levels of each, and ``idle``, the choices that move no estimate.
    """
    rows = {}
    for name, table in found.items():
        if len(table) < MANY:
            levels = [f"{d.name} {len(d.levels)}" for d in claims[name].dimensions]
            shifts = decompose(table).table["share"].drop("interactions")
            idle = [choice for choice in shifts.index if not _moves(table, choice)]
            different = table["estimate"].dropna().map("{:.6g}".format).nunique()
            rows[name] = (len(table), different, ", ".join(levels), ", ".join(idle))
    columns = ["specifications", "different", "choices", "idle"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).sort_values(
        "specifications", kind="stable"
    )


def _moves(table: pd.DataFrame, choice: str) -> bool:
    """Tell whether some estimate depends on a choice, all others held."""
    others = [name for name in table if name not in (*RESULTS, choice)]
    groups = table.groupby(others)["estimate"] if others else [(0, table["estimate"])]
    return any(np.ptp(each.dropna().to_numpy()) > 1e-9 for _, each in groups if each.count() > 1)


def decompositions(found: Mapping[str, pd.DataFrame]) -> dict[str, Decomposition]:
    """Return `choices.decompose` of every claim.

    Parameters
    ----------
    found : mapping of str to DataFrame
        From `tables`.
    """
    return {name: decompose(table) for name, table in found.items()}


def at(claim: Claim, values: ArrayLike) -> NDArray:
    r"""Return values without a unit: 0 at the edge of the refuting region, 1 at the supporting.

    .. math:: z = \frac{x - e_{refutes}}{e_{supports} - e_{refutes}}

    with the edges that face each other, so that every claim is supported to the right of 1 and
    refuted to the left of 0, whichever way its own unit runs.

    Parameters
    ----------
    claim : Claim
        The claim with its rule.
    values : array-like
        In the unit of its prediction; ends of intervals may be infinite.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> at(claims.load()["C11"], [-0.2, -0.4, 0.0]).tolist()
    [0.0, 1.0, -1.0]
    """
    rule = claim.prediction
    right = rule.supports.low > rule.refutes.low
    near = (
        (rule.refutes.high, rule.supports.low) if right else (rule.refutes.low, rule.supports.high)
    )
    return np.round((np.asarray(values, float) - near[0]) / (near[1] - near[0]), 12)
