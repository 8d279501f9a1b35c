"""What the specifications of the claims say: verdict by verdict, choice by choice, and how many."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.openclosed import choices
from uptake.openclosed.choices import RESULTS, Decomposition, decompose
from uptake.openclosed.choices.variance import INTERACTIONS
from uptake.openclosed.judging import POWER, SHARE
from uptake.openclosed.rules import Claim, Region

MANY = 100
"""Specifications below which a claim's choices are called few."""


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
    >>> from uptake.openclosed.multiverse import tables
    >>> c4 = claims.load()["C4"]
    >>> words(c4, tables({"C4": c4})["C4"], None).unique().tolist()
    ['cannot tell']
    """
    found = pd.Series("cannot tell", table.index)
    if power is None or power < POWER:
        return found
    rule = claim.prediction
    for word, region in (("supported", rule.supports), ("against", rule.refutes)):
        enough = choices.share(table, region, claim=claim) >= SHARE
        found[_inside(table, region)] = word if enough else "mixed"
    return found


def _inside(table: pd.DataFrame, region: Region) -> pd.Series:
    """Tell which intervals lie wholly in a region."""
    return (table["low"] >= region.low) & (table["high"] <= region.high)


def _different(table: pd.DataFrame) -> int:
    """Count the estimates that differ in their first six digits."""
    return table["estimate"].dropna().map("{:.6g}".format).nunique()


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
        region; ``power``, simulated for the primary choice; ``same``, the share of the combinations
        with an estimate that, taken for the primary one, give the same verdict (`words`).
    """
    rows = {}
    for shown in verdicts:
        name = shown["claim"]
        claim, table = claims[name], found[name]
        rule, known = claim.prediction, table["estimate"].notna()
        regions = (rule.supports, rule.refutes)
        sides = [choices.share(table, side, claim=claim) for side in regions]
        inside = [_inside(table, side).mean() for side in regions]
        again = words(claim, table, shown["power"])[known]
        rows[name] = {
            "verdict": shown["verdict"],
            "specifications": len(table),
            "different": _different(table),
            "for": sides[0],
            "against": sides[1],
            "between": known.mean() - sum(sides),
            "missing": 1 - known.mean(),
            "intervals for": inside[0],
            "intervals against": inside[1],
            "power": shown["power"],
            "same": (again == shown["verdict"]).mean(),
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
    >>> missing({"C1": table})["reason"].tolist()
    ['too short']
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
            shifts = decompose(table).table["share"].drop(INTERACTIONS)
            idle = [choice for choice in shifts.index if not _moves(table, choice)]
            rows[name] = (len(table), _different(table), ", ".join(levels), ", ".join(idle))
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
    >>> at(claims.load()["C11"], [-0.3, -0.4, 0.0]).tolist()
    [0.5, 1.0, -1.0]
    """
    rule = claim.prediction
    right = rule.supports.low > rule.refutes.low
    near = (
        (rule.refutes.high, rule.supports.low) if right else (rule.refutes.low, rule.supports.high)
    )
    return np.round((np.asarray(values, float) - near[0]) / (near[1] - near[0]), 12)


def movers(claims: Mapping[str, Claim], divided: Mapping[str, Decomposition]) -> pd.DataFrame:
    """Return the choice that explains most of the variance of each claim's estimates.

    Parameters
    ----------
    claims : mapping of str to Claim
        As `claims.load` returns them.
    divided : mapping of str to Decomposition
        From `decompositions`.

    Returns
    -------
    DataFrame
        By claim: ``choice``; its ``share`` of the variance; ``shift``, how far it moves the
        estimate, in the claim's unit; ``regions``, that distance over the one between the facing
        edges of the two regions; and the share of ``interactions``.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> table = pd.DataFrame({"start": [1, 1, 2, 2], "blend": [1, 2, 1, 2],
    ...                       "estimate": [0.0, 1.0, 4.0, 5.0]})
    >>> movers(claims.load(), {"C4": decompose(table)}).loc["C4", "choice"]
    'start'
    """
    rows = {}
    for name, each in divided.items():
        single = each.table.drop(INTERACTIONS)
        top = single.iloc[0]
        regions = abs(float(np.diff(at(claims[name], [0.0, top["shift"]]))[0]))
        rest = each.table.loc[INTERACTIONS, "share"]
        rows[name] = (single.index[0], top["share"], top["shift"], regions, rest)
    columns = ["choice", "share", "shift", "regions", "interactions"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
