"""Whether a score hangs on one story."""

import pandas as pd

from uptake.openclosed.precedents import pooling
from uptake.openclosed.precedents.forecasts import forecasts
from uptake.openclosed.precedents.rules import tests
from uptake.openclosed.precedents.scores import CURVE, answers


def without_one(test: str) -> pd.DataFrame:
    """Return the score of a test with each story left out in turn, and what it would say.

    Parameters
    ----------
    test : str
        Id in ``precedents.toml``.

    Returns
    -------
    DataFrame
        By the story left out: ``value``, ``low``, ``high``, ``says``.

    Examples
    --------
    >>> without_one("pace").columns.tolist()
    ['value', 'low', 'high', 'says']
    """
    if test == "skill":
        keys = ["precedent", "record", "stage", "ahead"]
        rows = forecasts()
        rows = rows[rows["model"].isin([CURVE, "Naive"])]
        both = rows.set_index([*keys, "model"])["score"].unstack()[[CURVE, "Naive"]].dropna()  # noqa: PD010
        means = both.groupby("precedent").mean()
        found = {one: pooling.skill(*means.drop(one).to_numpy().T) for one in means.index}
    else:
        rates = pooling.by_precedent(answers(test))
        unit = tests()[test].unit
        found = {one: pooling.pooled(rates.drop(one), unit) for one in rates.index}
    rule = tests()[test]
    table = {one: (f.value, f.low, f.high, rule.says(f.low, f.high)) for one, f in found.items()}
    return pd.DataFrame(table, index=["value", "low", "high", "says"]).T
