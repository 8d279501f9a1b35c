"""What a solved coding task costs: closed against open at the same share solved."""

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import known

WITHIN = 3.3
"""Percentage points within which two runs count as equal: one standard error of a run of 225."""


def runs(benchmark: str = "aider_polyglot", *, corrected: bool = True) -> pd.DataFrame:
    """Return runs with a known cost and known weights, with the cost of one solved case.

    Parameters
    ----------
    benchmark : str
        Leaderboard.
    corrected : bool
        Whose weights are open: as corrected, or as the table has it.

    Returns
    -------
    DataFrame
        ``model``, ``weights``, ``run`` (day), ``percent_solved``, ``run_cost_usd`` and
        ``per_solved`` (USD per case solved).

    Examples
    --------
    >>> runs()["weights"].value_counts().to_dict()
    {'closed': 39, 'open': 10}
    """
    table = known("coding_cost", corrected=corrected)
    table = table[(table["benchmark"] == benchmark) & table["run_cost_usd"].notna()]
    numbers = dict.fromkeys(("cases", "percent_solved", "run_cost_usd"), float)
    table = table[table["weights"] != "unknown"]
    table = table.astype({"weights": str, "model": str} | numbers)
    solved = table["cases"] * table["percent_solved"] / 100
    return table.assign(per_solved=table["run_cost_usd"] / solved).reset_index(drop=True)


def at_equal_score(table: pd.DataFrame | None = None, within: float = WITHIN) -> pd.DataFrame:
    """Return, for each open run, what closed runs of equal score cost a solved case.

    Parameters
    ----------
    table : DataFrame, optional
        From `runs`.
    within : float
        Percentage points of score.

    Returns
    -------
    DataFrame
        By open model: ``percent_solved``, ``open``, ``cheapest``, ``median`` (USD per solved
        case; the latter two of closed runs), ``closed_runs``. Open runs without a closed run of
        equal score have NaN.

    Examples
    --------
    >>> int(at_equal_score().loc["Kimi K2", "closed_runs"])
    5
    """
    table = runs() if table is None else table
    closed = table[table["weights"] == "closed"]
    rows = {}
    for run in table[table["weights"] == "open"].itertuples():
        near = closed.loc[(closed["percent_solved"] - run.percent_solved).abs() <= within]
        cost = near["per_solved"]
        rows[run.model] = (run.percent_solved, run.per_solved, cost.min(), cost.median(), len(cost))
    columns = ["percent_solved", "open", "cheapest", "median", "closed_runs"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return found.sort_values("percent_solved")


def cost_ratios(table: pd.DataFrame | None = None, within: float = WITHIN) -> pd.Series:
    """Return geometric mean ratios of closed to open cost at equal score, and their number.

    Parameters
    ----------
    table, within
        As in `at_equal_score`.

    Returns
    -------
    Series
        ``cheapest`` and ``median`` (closed over open), ``matched`` (open runs with a closed
        neighbour), ``open_cheaper`` (of them, cheaper than every neighbour), ``open`` (all).
    """
    found = at_equal_score(table, within)
    near = found.dropna()
    return pd.Series(
        {
            "cheapest": np.exp(np.log(near["cheapest"] / near["open"]).mean()),
            "median": np.exp(np.log(near["median"] / near["open"]).mean()),
            "matched": len(near),
            "open_cheaper": (near["open"] < near["cheapest"]).sum(),
            "open": len(found),
        }
    )
