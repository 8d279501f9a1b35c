"""The conclusion: all verdicts in one table, what stands beside them, and the published numbers."""

from uptake.openclosed.conclusion.reproductions import not_recomputed, ratio, recomputed
from uptake.openclosed.conclusion.sheet import (
    check,
    edges,
    named,
    other_thresholds,
    placed,
    sheet,
    worded,
)
from uptake.openclosed.conclusion.witnesses import before, recalled, shown_table, summer, told
from uptake.openclosed.conclusion.words import (
    POWER_REPEATED,
    alt_text,
    captions,
    checked_elsewhere,
    day,
    estimated,
    headline,
    statements,
    unseen,
    verdict_table,
)

__all__ = [
    "POWER_REPEATED",
    "alt_text",
    "before",
    "captions",
    "check",
    "checked_elsewhere",
    "day",
    "edges",
    "estimated",
    "headline",
    "named",
    "not_recomputed",
    "other_thresholds",
    "placed",
    "ratio",
    "recalled",
    "recomputed",
    "sheet",
    "shown_table",
    "statements",
    "summer",
    "told",
    "unseen",
    "verdict_table",
    "worded",
]
