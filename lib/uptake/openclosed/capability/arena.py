"""The gap by pairwise votes: best closed less best open model on one day of one leaderboard."""

import numpy as np
import pandas as pd

FLAGSHIPS_FROM = pd.Timestamp("2025-07-01")
"""`lab_flagships` holds no model of Meta or DeepSeek before, so its open side begins here."""


def arena_gaps(table: pd.DataFrame) -> pd.DataFrame:
    r"""Return the Elo gap by series and snapshot; gaps of different series do not compare.

    The interval takes the two ratings as independent, half-widths :math:`h` adding in squares,

    .. math:: h_{gap} = \sqrt{h_{closed}^2 + h_{open}^2} .

    Who is best is taken as given.

    Parameters
    ----------
    table : DataFrame
        Rows of ``arena_leaders``.

    Returns
    -------
    DataFrame
        ``series``, ``snapshot``, ``closed``, ``open`` (best rating of each, Elo points), ``gap``,
        ``low`` and ``high`` (95%, NaN where the archive prints no intervals) and ``best_open``
        (name); snapshots without both sides are left out.

    Examples
    --------
    >>> from uptake.openclosed import known
    >>> bool((arena_gaps(known("arena_leaders"))["series"] == "history").any())
    True
    """
    early = (table["series"] == "lab_flagships") & (table["snapshot"] < FLAGSHIPS_FROM)
    table = table[~early].assign(series=table["series"].astype(str))
    best = table.sort_values("elo", ascending=False, kind="stable")
    best = best[best["weights"].isin(["open", "closed"])]
    best = best.drop_duplicates(["series", "snapshot", "weights"])
    best = best.assign(weights=best["weights"].astype(str))
    best = best.assign(square=((best["high"] - best["low"]) / 2) ** 2)
    keys = {"index": ["series", "snapshot"], "columns": "weights"}
    wide = best.pivot_table(**keys, values="elo").dropna()
    squares = best.pivot_table(**keys, values="square", dropna=False).reindex(wide.index)
    half = np.sqrt(squares["closed"] + squares["open"])
    names = best[best["weights"] == "open"].set_index(["series", "snapshot"])["model"]
    gap = wide["closed"] - wide["open"]
    wide = wide.assign(gap=gap, low=gap - half, high=gap + half, best_open=names)
    return wide.reset_index().rename_axis(columns=None)
