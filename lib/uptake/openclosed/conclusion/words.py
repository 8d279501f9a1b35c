"""The conclusion in words and tables: what the figure says, statements, gaps in the data."""

import datetime

import pandas as pd

from uptake.openclosed import claims
from uptake.openclosed.conclusion.sheet import WORDS, named
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE

POWER_REPEATED = ("C1", "C3", "C5", "C6", "C7", "C11")
"""Claims whose power was simulated, or simulated again, after a first estimate had been seen:
labels were corrected (C1), an interval was widened (C3), estimate and power were worked out in one
go (C5 to C7), the sample was held to models named by the freeze (C5), makers took the place of
models in the interval (C7), or prices that jump that of smooth ones (C11). Their notebooks say
so."""

_SAID = {
    "supported": "supported",
    "against": "contradicted where tested",
    "mixed": "mixed",
    "cannot tell": "undecided",
    "not testable": "not testable",
}


def headline(table: pd.DataFrame) -> str:
    """Return the count of verdicts as a sentence without a full stop.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.

    Examples
    --------
    >>> headline(pd.DataFrame({"verdict": ["against", "cannot tell", "cannot tell"]}))
    'Of 3 claims none is supported, 1 is contradicted where tested and 2 are undecided'
    """
    counts = {word: int((table["verdict"] == word).sum()) for word in WORDS}
    shown = [w for w in WORDS if counts[w] or w in ("supported", "against")]
    parts = [f"{_count(counts[word])} {_SAID[word]}" for word in shown]
    return f"Of {len(table)} claims {', '.join(parts[:-1])} and {parts[-1]}"


def _count(number: int) -> str:
    return "none is" if number == 0 else f"{number} {'is' if number == 1 else 'are'}"


def captions(table: pd.DataFrame) -> dict[str, str]:
    """Return title, unit and source of the figure of all claims, for ``figures.finish``.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.
    """
    return {
        "title": headline(table),
        "unit": "Estimate and 95% interval of each claim, moved and stretched so that all share "
        "the same regions; away from the middle the scale is compressed",
        "source": f"own estimates on figures known by {day(FREEZE)}, but for C9, whose scores are "
        "of a later edition; sources in each notebook",
    }


def alt_text(table: pd.DataFrame) -> str:
    """Return what the figure of all claims shows, for readers who do not see it.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.
    """
    sides = {word: named(table, table["verdict"] == word) for word in WORDS}
    parts = "; ".join(f"{_SAID[word]}: {ids}" for word, ids in sides.items() if ids != "none")
    wide = (table["leaves_out"] == "") & table["estimate"].notna()
    return (
        f"A row for each of {len(table)} claims, with the region that refutes on the left and the "
        f"region that supports on the right. {parts[:1].upper() + parts[1:]}. Intervals that "
        f"reach into both regions: {named(table, wide)}."
    )


def day(date: pd.Timestamp | datetime.date) -> str:
    """Return a date as in "1 June 2026".

    Examples
    --------
    >>> day(pd.Timestamp("2026-06-01"))
    '1 June 2026'
    """
    return f"{date.day} {date:%B %Y}"


def estimated(row: pd.Series) -> str:
    """Return a claim's estimate with interval and unit, as its notebook writes it.

    Examples
    --------
    >>> estimated(pd.Series({"estimate": 1.0, "low": 0.5, "high": float("inf"), "unit": "days"}))
    '1.00 days (95% interval from 0.50, not bounded above)'
    """
    if pd.isna(row["estimate"]):
        return "none"
    return str(Estimate(row["estimate"], row["low"], row["high"], row["unit"]))


def verdict_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts as text: verdict, estimate, power, choices, grade of data, notebook.

    A dash stands for shares of choices that are no evidence, as the rule of their claim says.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.
    """
    rows, rules = {}, claims.load()
    for name, row in table.iterrows():
        share = rules[name].shares(row["share_for"], row["share_against"])
        share = "none" if pd.isna(row["share_for"]) else share
        rows[f"{name} {row['title']}"] = {
            "verdict": f"**{row['verdict']}**",
            "estimate": estimated(row),
            "power": "none" if pd.isna(row["power"]) else f"{row['power']:.0%}",
            "choices for / against": share,
            "data": row["grade"],
            "notebook": row["notebook"][:2],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def checked_elsewhere(
    table: pd.DataFrame, record: dict[str, str], precedents: dict[str, str]
) -> pd.DataFrame:
    """Return, claim by claim, what came after the freeze, before it, and what is waited for.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.
    record, precedents : dict of str
        As `told` and `recalled` return them.
    """
    rows = {
        name: {
            "forecasts of the summer (10)": record.get(name, "none here; see its notebook"),
            "precedents (11)": precedents.get(name, "none of this form"),
            "tripwire": day(row["tripwire"]),
        }
        for name, row in table.iterrows()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def statements(table: pd.DataFrame) -> pd.DataFrame:
    """Return the author's further statements: verdicts of the claims they hang on, what they await.

    Parameters
    ----------
    table : DataFrame
        As `sheet` returns it.
    """
    rows = {}
    for name, said in claims.statements().items():
        tied = [f"{claim} ({table.loc[claim, 'verdict']})" for claim in said.claims]
        rows[name] = {
            "statement": said.statement,
            "hangs on": ", ".join(tied) or "no claim",
            "waits for": said.datum,
            "held by": said.holder,
            "until then": said.bound,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def unseen() -> pd.DataFrame:
    """Return the figures that nobody publishes, by claim: datum, holder, bound.

    Examples
    --------
    >>> unseen().columns.tolist()
    ['claim', 'datum', 'held by', 'what bounds it']
    """
    rows = [
        (name, gap.datum, gap.holder, gap.bound or "nothing")
        for name, claim in claims.load().items()
        for gap in claim.untestable
    ]
    return pd.DataFrame(rows, columns=["claim", "datum", "held by", "what bounds it"])
