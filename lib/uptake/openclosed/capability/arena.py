"""The gap by pairwise votes: best closed less best open model on one day of one leaderboard."""

import pandas as pd

FLAGSHIPS_FROM = pd.Timestamp("2025-07-01")
"""`lab_flagships` holds no model of Meta or DeepSeek before, so its open side begins here."""


def arena_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Return the Elo gap by series and snapshot; gaps of different series do not compare.

    Parameters
    ----------
    table : DataFrame
        Rows of ``arena_leaders``.

    Returns
    -------
    DataFrame
        ``series``, ``snapshot``, ``closed``, ``open`` (best rating of each, Elo points), ``gap``
        and ``best_open`` (name); snapshots without both sides are left out.

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
    wide = best.pivot_table(index=["series", "snapshot"], columns="weights", values="elo").dropna()
    names = best[best["weights"] == "open"].set_index(["series", "snapshot"])["model"]
    wide = wide.assign(gap=wide["closed"] - wide["open"], best_open=names)
    return wide.reset_index().rename_axis(columns=None)
