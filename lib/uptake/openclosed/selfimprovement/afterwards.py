"""What came after the freeze: the lag in the last edition, for scoring and description only."""

import numpy as np
import pandas as pd

from uptake.openclosed.capability import index, sides
from uptake.openclosed.capability.scoring import KIMI_K3, LATER
from uptake.openclosed.selfimprovement.chance import VINTAGE
from uptake.openclosed.selfimprovement.lags import monthly_lag
from uptake.openclosed.trends import slope, years


def scored(start: str = "2025-01-01", *, day: str = "2026-07-31") -> pd.DataFrame:
    """Return two forecasts of the lag made at the freeze, and what the last edition says.

    Parameters
    ----------
    start : str
        First month of the record.
    day : str
        A month end after the freeze.

    Returns
    -------
    DataFrame
        By count of Kimi K3: ``known in May`` (the last month in the edition of the freeze),
        ``in August`` (that month in the last edition), ``lag`` on the day, and the two
        forecasts, ``drift`` (the line drawn on) and ``mean`` (the mean lag), in months.

    Examples
    --------
    >>> scored().index.tolist()
    ['any weights', 'without Kimi K3', 'permissive licences']
    """
    rows = {}
    for name, choice in KIMI_K3.items():
        record = monthly_lag(sides(index(VINTAGE), **choice), start)
        after = monthly_lag(sides(index(LATER), unknown="overridden", **choice), start)["months"]
        t, lags = years(record.index), record["months"].to_numpy()
        reach = (pd.Timestamp(day) - record.index[0]) / pd.Timedelta(days=365.25)
        line = float(lags.mean() + slope(t, lags) * (reach - np.mean(t)))
        known = record.index[-1]
        rows[name] = (lags[-1], after[known], after[pd.Timestamp(day)], line, lags.mean())
    columns = ["known in May", "in August", "lag", "drift", "mean"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def drift_by_edition(start: str = "2025-01-01") -> pd.Series:
    """Return the drift of the lag in the edition of the freeze and in the last one.

    Parameters
    ----------
    start : str
        First month.

    Returns
    -------
    Series
        Months a year: ``May`` and ``August`` by edition, both over the months of May's, and
        ``August, on``, over all months of August's.

    Examples
    --------
    >>> drift_by_edition().index.tolist()
    ['May', 'August', 'August, on']
    """
    may = monthly_lag(sides(index(VINTAGE)), start)["months"]
    august = monthly_lag(sides(index(LATER), unknown="overridden"), start)["months"]
    records = {"May": may, "August": august[: may.index[-1]], "August, on": august}
    return pd.Series(
        {name: float(slope(years(each.index), each)) for name, each in records.items()}
    )


def scored_late() -> pd.DataFrame:
    """Return the open models out by the edition of the freeze that only the last edition scores.

    Returns
    -------
    DataFrame
        ``model``, ``released`` and ``score`` in the last edition, the best first.

    Examples
    --------
    >>> bool((scored_late()["released"] <= VINTAGE).all())
    True
    """
    may, august = index(VINTAGE), index(LATER)
    late = august[(august["weights"] == "open") & (august["released"] <= VINTAGE)]
    late = late[~late["model"].isin(may["model"]) & (late["released"] >= "2026-01-01")]
    columns = ["model", "released", "score"]
    return late[columns].sort_values("score", ascending=False).reset_index(drop=True)
