"""What the scores say beside each claim's verdict."""

import pandas as pd

from uptake.openclosed import claims
from uptake.openclosed.record.hindcast import by_series, scored
from uptake.openclosed.record.series import declared, series
from uptake.openclosed.record.standing import house, score, standing

COLUMNS = ["series", "n", "median", "actual", "error", "inside", "gained", "best", "next", "due"]


def scores_of(claim: str) -> pd.DataFrame:
    """Return how the forecasts that bear on a claim fared, and what is on record for later.

    Parameters
    ----------
    claim : str
        Id in claims.toml; record.toml says which series bear on it.

    Returns
    -------
    DataFrame
        One row per series, empty when none bears on the claim: ``series`` (its label); ``n``
        targets of June to August 2026; ``median`` and ``actual`` at the last of them (the average
        by past errors); ``error``, its mean absolute error on the series' scale; ``inside``, the
        share of what came in its 95% band; ``gained``, one less its CRPS over that of Drift;
        ``best``, the model with the lowest CRPS; ``next``, the median on record for the next
        target, and ``due``, that target; ``came due``, how many forecasts on record were scored.

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


def _row(name: str) -> dict[str, object]:
    one, row = series()[name], dict.fromkeys(COLUMNS)
    ahead = house().query("series == @name").sort_values("target").iloc[0]
    settled = score(tuple(each for each in standing() if each.series == name))
    row |= {"series": one.label, "next": ahead["median"], "due": ahead["target"]}
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
        "median": own["forecast"].iloc[-1],
        "actual": own["actual"].iloc[-1],
        "error": means.loc[chosen, "size"],
        "inside": own["inside"].mean(),
        "gained": 1 - means.loc[chosen, "crps"] / means.loc["Drift", "crps"],
        "best": means["crps"].idxmin(),
    }
