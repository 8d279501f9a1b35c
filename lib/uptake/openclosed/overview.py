"""The claims at a glance: what each says, how long its record is, tables to print."""

from html import escape

import pandas as pd

from uptake import datasets
from uptake.openclosed import choices
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.judging import judge
from uptake.openclosed.rules import Claim


def spans(claims: dict[str, Claim]) -> pd.DataFrame:
    """Return how much time the primary record of each claim covers, to the freeze.

    Parameters
    ----------
    claims : dict of Claim
        As `claims.load` returns them.

    Returns
    -------
    DataFrame
        Indexed by id: ``first`` and ``last`` date of the record that the primary choice uses,
        ``years`` between them, and the ``tripwire`` date.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> spans({"C10": claims.load()["C10"]}).loc["C10", "first"].year
    2023
    """
    rows = {name: _span(claim) for name, claim in claims.items() if claim.testable}
    return pd.DataFrame.from_dict(rows, orient="index")


def _span(claim: Claim) -> dict:
    name = claim.prediction.data[0]
    table = known(name)
    # A primary level that the table spells in the same word narrows it: a benchmark, a price list.
    for column in table.select_dtypes("category"):
        if chosen := set(claim.primary.values()) & set(table[column].cat.categories):
            table = table[table[column].isin(chosen)]
    dates = table[datasets.source(name).date]
    begin = next((claim.primary[x] for x in ("start", "window") if x in claim.primary), dates.min())
    first, last = max(pd.Timestamp(begin), dates.min()), dates.max()
    years = (last - first).days / 365.25
    tripwire = pd.Timestamp(claim.tripwire.date)
    return {"first": first, "last": last, "years": years, "tripwire": tripwire}


def dossier(claims: dict[str, Claim]) -> str:
    """Return what is claimed and how it is judged, claim by claim, as Markdown.

    Parameters
    ----------
    claims : dict of Claim
        As `claims.load` returns them.

    Returns
    -------
    str
        For each claim its title, under which the rest is folded.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> print(dossier({"C10": claims.load()["C10"]}).splitlines()[1])
    <summary><b>C10 Open builders leave the race, and the gap widens</b></summary>
    """
    return "\n\n".join(_entry(claim) for claim in claims.values())


def _entry(claim: Claim) -> str:
    rule = claim.prediction
    parts = {"Rival": claim.rival, "Known when the rule was written": claim.seen}
    if rule:
        parts = {"Estimated": rule.estimand, "What matters": rule.reason, **parts}
    gaps = [f"{gap.datum} (held by {gap.holder})" for gap in claim.untestable]
    if gaps:
        parts["No public figure tells"] = f"{'; '.join(gaps)}."
    points = "\n".join(f"- *{head}:* {words}" for head, words in parts.items())
    return folded(f"{claim.id} {claim.title}", f"{claim.claim}\n\n{points}")


def folded(summary: str, content: str) -> str:
    """Return Markdown that shows one line, and the rest when the reader opens it.

    Parameters
    ----------
    summary : str
        The line, without markup.
    content : str
        Markdown.

    Returns
    -------
    str
        A ``details`` element; GitHub, JupyterLab and the site all fold it.

    Examples
    --------
    >>> print(folded("A & B", "*C*"))
    <details>
    <summary><b>A &amp; B</b></summary>
    <BLANKLINE>
    *C*
    <BLANKLINE>
    </details>
    """
    # Without the empty lines the content would be taken for HTML and not be set.
    head = f"<summary><b>{escape(summary)}</b></summary>"
    return f"<details>\n{head}\n\n{content}\n\n</details>"


def markdown_table(frame: pd.DataFrame) -> str:
    """Return a table of text as Markdown, uncut, with the index as first column.

    Examples
    --------
    >>> print(markdown_table(pd.DataFrame({"rule": ["at least 3"]}, index=["C1"])))
    |  | rule |
    | --- | --- |
    | C1 | at least 3 |
    """
    head = ["", *map(str, frame.columns)]
    rows = [head, ["---"] * len(head), *map(list, frame.itertuples())]
    return "\n".join(f"| {' | '.join(_cell(each) for each in row)} |" for row in rows)


def _cell(content: object) -> str:
    """Return a cell in which a bar does not end the cell."""
    return str(content).replace("|", "\\|")


def verdict_if(claim: Claim, value: float, low: float, high: float) -> str:
    """Return the verdict that an estimate would give, if power were full and all choices agreed.

    Parameters
    ----------
    claim : Claim
        The claim with its rule.
    value, low, high : float
        The imagined estimate and the ends of its interval, in the unit of the prediction.

    Returns
    -------
    str
        One of the five verdicts.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> verdict_if(claims.load()["C10"], 0.0, -1.0, 1.0)
    'against'
    """
    estimate = Estimate(value, low, high, claim.prediction.unit)
    agreeing = choices.universe(claim).assign(estimate=float(value))
    verdict = judge(claim, estimate, specifications=agreeing, power=1.0, as_of=FREEZE)
    return verdict.verdict
