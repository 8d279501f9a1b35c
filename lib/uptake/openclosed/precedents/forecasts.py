"""Forecasts of the challenger's share from every stage, scored on what came."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from uptake import Exponential, Gompertz, Logistic
from uptake.forecasting import ETS, Drift, Naive, predict, quantile_score
from uptake.openclosed.precedents.contests import Contest, at_position, contests, stages

MODELS = (Logistic, Gompertz, Exponential, Naive, Drift, ETS)
SPANS = {"quarter": 0.25, "half": 0.5, "whole": 1.0}
"""How far ahead, as a share of the points known."""
ODDS = "Fisher-Pry"
"""Name of the exponential of the odds, as notebook 10 forecasts shares."""
_GRID = tuple(np.round(np.arange(0.05, 1, 0.05), 2))
DRAWS = 199
"""Simulated records behind each band."""


@at_position
def forecasts(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return every model's forecast of every contest from every stage, and its score.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        ``precedent``, ``record``, ``stage``, ``known``, ``ahead`` (share of the points known),
        ``model``, ``forecast``, ``low``, ``high`` (95%), ``actual``, ``score`` (mean quantile
        score over twenty levels: close to half the CRPS), ``right`` (the band held it).

    Examples
    --------
    >>> contest = contests()["Linux v the rest, TOP500"]
    >>> one = _from(contest, 13, 50)
    >>> one[one["model"] == "Naive"]["ahead"].tolist()
    ['quarter', 'half', 'whole']
    """
    tables = []
    for contest in contests().values():
        for stage, known in stages(contest, where)[0].items():
            if spans(contest, known):
                about = {"precedent": contest.precedent, "record": contest.name}
                about |= {"stage": stage, "known": known}
                tables.append(_kept(contest.name, known).assign(**about))
    return pd.concat(tables, ignore_index=True)


def spans(contest: Contest, known: int) -> dict[str, int]:
    """Return the points ahead that are forecast, as far as the record goes.

    Examples
    --------
    >>> contest = Contest("", "", np.arange(20.0), np.linspace(0.1, 0.9, 20), None)
    >>> spans(contest, 12)
    {'quarter': 3, 'half': 6}
    """
    steps = {name: max(1, round(part * known)) for name, part in SPANS.items()}
    return {name: step for name, step in steps.items() if step <= contest.t.size - known}


@functools.cache
def _kept(name: str, known: int) -> pd.DataFrame:
    # Stages of several positions share their cuts, and each costs a tenth of a second.
    return _from(contests()[name], known, DRAWS)


def _from(contest: Contest, known: int, draws: int) -> pd.DataFrame:
    """Forecast one contest from one stage."""
    steps = spans(contest, known)
    future = contest.t[known : known + max(steps.values())]
    t, share = contest.t[:known], contest.share[:known]
    table = predict(MODELS, t, share, future, levels=_GRID, draws=draws)
    odds = share / (1 - share)
    line = predict([Exponential], t, odds, future, scale="log", levels=_GRID, draws=draws)
    values = ["forecast", "low", "high", *_GRID]
    # Quantiles of the odds are quantiles of the share, for one rises with the other.
    line[values] = 1 / (1 + 1 / line[values].to_numpy())
    table = pd.concat([table, line.assign(model=ODDS)], ignore_index=True)
    parts = []
    for name, step in steps.items():
        part = table[np.isclose(table["target"], contest.t[known + step - 1])].copy()
        actual = contest.share[known + step - 1]
        values = part[list(_GRID)].to_numpy()
        part["actual"], part["ahead"] = actual, name
        part["score"] = quantile_score(values, np.array(_GRID), np.full(len(part), actual))
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    held = (frame["low"] <= frame["actual"]) & (frame["actual"] <= frame["high"])
    frame["right"] = held.astype(object).where(frame["forecast"].notna(), None)
    columns = ["ahead", "model", "forecast", "low", "high", "actual", "score", "right", "reason"]
    return frame[columns]
