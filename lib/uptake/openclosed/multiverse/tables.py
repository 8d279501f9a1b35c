"""The specifications of every claim as the notebooks ran them, and their rule applied again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from uptake.openclosed import choices
from uptake.openclosed.choices import RESULTS
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.judging import judge
from uptake.openclosed.rules import Claim
from uptake.openclosed.verdict import Verdict

SHORTER: dict[str, tuple[dict[str, object], str]] = {
    "C5": ({"draws": 199}, "interval from 199 draws"),
}
"""Arguments by which a notebook shortens the runs, and what that does. No estimate depends on
them. The primary row always holds the interval that was judged."""


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
            fixed, concern = SHORTER.get(name, ({}, ""))
            table = choices.run(function, claim, progress=progress, **fixed)
            if concern:
                table["concerns"] = (table["concerns"] + f"; {concern}").str.removeprefix("; ")
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
