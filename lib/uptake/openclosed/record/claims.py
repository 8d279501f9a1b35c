"""What the scores say beside each claim's verdict."""

import pandas as pd

from uptake.openclosed import claims
from uptake.openclosed.record.hindcast import by_series, scored
from uptake.openclosed.record.ledger import house, score, standing
from uptake.openclosed.record.tables import declared, series

COLUMNS = [
    "series",
    "unit",
    "n",
    "forecast",
    "actual",
    "error",
    "inside",
    "gained",
    "best",
    "next",
    "due",
]


def scores_of(claim: str) -> pd.DataFrame:
    """Return how the forecasts that bear on a claim fared, and what is on record for later.

    Parameters
    ----------
    claim : str
        Id in claims.toml; record.toml says which series bear on it.

    Returns
    -------
    DataFrame
        One row per series, empty when none bears on the claim: ``series`` (its label) and
        ``unit``; ``n`` targets of June to August 2026; ``forecast`` (average by past errors) and
        ``actual`` at the last of them; ``error``, the mean absolute error on the series' scale;
        ``inside``, the share of what came in the 95% band; ``gained``, one less the CRPS over that
        of Drift; ``best``, the model of lowest CRPS; ``next``, the median on record for the next
        target, and ``due``, that target; ``came due``, how many scores on record there are.

    Raises
    ------
    ValueError
        For an id that is not in claims.toml.

    Examples
    --------
    >>> scores_of("C13")["series"].tolist()
    ['Anthropic, annualised revenue', 'OpenAI, annualised revenue']
    >>> scores_of("C7").empty
    True
    """
    if claim not in claims.load():
        raise ValueError(f"{claim!r} is no claim; the claims are {', '.join(claims.load())}")
    rows = [_row(name) for name, one in series().items() if claim in one.claims]
    return pd.DataFrame(rows, columns=[*COLUMNS, "came due"])


def spelled() -> pd.DataFrame:
    """Return `scores_of` for every claim that a series bears on, numbers written for readers.

    Examples
    --------
    >>> spelled().index.unique().tolist()
    ['C1', 'C2', 'C4', 'C8', 'C10', 'C13', 'C14']
    """
    parts = {}
    for claim in claims.load():
        table = scores_of(claim)
        named = [one for one in series().values() if claim in one.claims]
        for column in ("forecast", "actual", "next"):
            pairs = zip(named, table[column], strict=True)
            table[column] = ["" if pd.isna(v) else one.spell(v) for one, v in pairs]
        for column in ("error", "inside", "gained"):
            table[column] = ["" if pd.isna(v) else f"{v:.2f}" for v in table[column]]
        table["due"] = [f"{day:%Y-%m-%d}" for day in table["due"]]
        table["unit"] = [one.words for one in named]
        table["best"] = table["best"].fillna("")
        if len(table):
            parts[claim] = table
    return pd.concat(parts).droplevel(1)


def _row(name: str) -> dict[str, object]:
    one, row = series()[name], dict.fromkeys(COLUMNS)
    ahead = house().query("series == @name").sort_values("target").iloc[0]
    settled = score(tuple(each for each in standing() if each.series == name))
    row |= {"series": one.label, "unit": one.unit, "next": ahead["median"], "due": ahead["target"]}
    row |= {"n": 0, "came due": len(settled)}
    if one.hindcast:
        row |= _hindcast(name)
    return row


def _hindcast(name: str) -> dict[str, object]:
    chosen = declared()["comparison"]["house"]
    table = scored().query("series == @name")
    means = by_series(table).droplevel("series")
    own = table[table["model"] == chosen]
    return {
        "n": len(own),
        "forecast": own["forecast"].iloc[-1],
        "actual": own["actual"].iloc[-1],
        "error": means.loc[chosen, "size"],
        "inside": own["inside"].mean(),
        "gained": 1 - means.loc[chosen, "crps"] / means.loc["Drift", "crps"],
        "best": means["crps"].idxmin(),
    }
