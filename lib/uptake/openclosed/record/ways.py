"""The declared comparison under other choices: model, label, edition of the index, count."""

import itertools

import pandas as pd

from uptake.openclosed.record.hindcast import by_series, differences, pooled, scored
from uptake.openclosed.record.rivals import editions
from uptake.openclosed.record.tables import declared, series

LABELS = ("as in the tables", "Kimi K3 the other way")
EDITIONS = ("August", "its change of April taken out")
COUNTS = ("subjects", "series")


def ways() -> pd.DataFrame:
    """Return the pooled difference from Drift for every combination of four choices.

    The first model is the declared average of curves, the exponential alone, or the average by
    past errors; Kimi K3 counts one way or the other; the index is that of August, or freed of what
    August changed of April (new estimates, and models scored late); subjects or series are counted.
    All are chosen after the declared comparison, and none replaces it.

    Returns
    -------
    DataFrame
        One row per combination: ``model``, ``label``, ``edition``, ``count``, ``value``, ``low``,
        ``high`` (95%), in usual errors of Drift; above zero Drift was nearer.

    Examples
    --------
    >>> len(ways())
    24
    """
    pair = declared()["comparison"]
    models = (pair["first"], "Exponential", pair["house"])
    rows = []
    for label, edition in itertools.product(LABELS, EDITIONS):
        table = by_series(_scored(label, edition))
        for model, count in itertools.product(models, COUNTS):
            found = pooled(differences(table, model), count=count)
            rows.append((model, label, edition, count, found.value, found.low, found.high))
    columns = ["model", "label", "edition", "count", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _scored(label: str, edition: str) -> pd.DataFrame:
    table = scored()
    if label == LABELS[1]:
        other = scored(second_label=True)
        kept = table[~table["series"].isin(other["series"].unique())]
        table = pd.concat([kept, other], ignore_index=True)
    if edition == EDITIONS[1]:
        names = {one.label: name for name, one in series().items()}
        moved = editions()[["re-estimated", "scored late"]].sum(axis=1).rename(index=names)
        # What came is lowered by what the edition changed of April, so the error rises by it.
        table["error"] += table["series"].map(moved).fillna(0.0)
    return table
