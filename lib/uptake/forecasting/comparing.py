"""Who forecast better, and by how much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from uptake.forecasting.scores import interval_score


def summary(frame: pd.DataFrame, *, level: float = 0.95, shared: bool = True) -> pd.DataFrame:
    """Return the scores of every model at every horizon.

    Parameters
    ----------
    frame : DataFrame
        From `uptake.forecasting.rolling_origin`, with the same ``level``; frames of several
        records may be put together if a column ``series`` tells them apart.
    shared : bool
        Score only where every model has a forecast, so that none gains by failing where it is
        hard. How often each failed is in ``failed`` all the same.

    Returns
    -------
    DataFrame
        Indexed by horizon and model: ``n`` forecasts scored, ``failed``; ``mae``; ``mase``, errors
        over the mean change known at the origin (Hyndman and Koehler 2006); ``rmse_log``, of logs,
        NaN where something is not above zero; ``crps``, ``quantile_score``, ``log_score``;
        ``coverage`` of the bands, their mean ``width``, ``interval_score``. All but n, failed and
        coverage are the lower the better. Forecasts from neighbouring origins overlap, so n
        overstates what is known.

    Raises
    ------
    ValueError
        When there is nothing to score.

    Examples
    --------
    >>> from uptake.forecasting import Drift, Naive, rolling_origin, summary
    >>> levels = [1.0, 2.1, 2.9, 4.2, 5.0, 6.1, 6.9, 8.0, 9.2, 10.1]
    >>> frame = rolling_origin([Naive, Drift], range(10), levels, [1], 5)
    >>> summary(frame)[["n", "mae", "mase", "coverage"]].round(2)
                   n   mae  mase  coverage
    horizon model
    1       Naive  5  1.02  1.02       1.0
            Drift  5  0.15  0.15       1.0
    """
    there = frame["forecast"].notna()
    failed = (~there).groupby([frame["horizon"], frame["model"]], sort=False).sum()
    used = frame[_everywhere(frame) if shared else there]
    if used.empty:
        raise ValueError("no forecast is shared by all models; drop those that fail, see 'reason'")
    error = (used["forecast"] - used["actual"]).abs()
    positive = (used["forecast"] > 0) & (used["actual"] > 0)
    logs = np.log(used["forecast"].where(positive)) - np.log(used["actual"].where(positive))
    inside = (used["low"] <= used["actual"]) & (used["actual"] <= used["high"])
    scaled = error / used["naive_step"].where(used["naive_step"] > 0)
    cells = used[["horizon", "model", "crps", "quantile_score", "log_score"]].assign(
        mae=error,
        mase=scaled,
        rmse_log=logs**2,
        coverage=inside,
        width=used["high"] - used["low"],
        interval_score=interval_score(used["low"], used["high"], used["actual"], level),
    )
    groups = cells.groupby(["horizon", "model"], sort=False)
    # A mean over what happens to be positive would not compare like with like.
    table = groups.agg(lambda column: column.mean(skipna=False))
    table["rmse_log"] = np.sqrt(table["rmse_log"])
    table.insert(0, "n", groups.size())
    table.insert(1, "failed", failed)
    columns = ["n", "failed", "mae", "mase", "rmse_log", "crps", "quantile_score", "log_score"]
    return table[[*columns, "coverage", "width", "interval_score"]].sort_index(
        level="horizon", sort_remaining=False
    )


def _everywhere(frame: pd.DataFrame) -> pd.Series:
    """Tell rows at which every model has a forecast."""
    where = [name for name in ("series", "origin", "horizon") if name in frame.columns]
    there = frame["forecast"].notna()
    models = frame["model"].nunique()
    return there.groupby([frame[name] for name in where]).transform("sum") == models


def skill(
    frame: pd.DataFrame, baseline: str = "Naive", *, score: str = "quantile_score"
) -> pd.Series:
    """Return by how much each model beats a baseline: one less the ratio of their scores.

    Parameters
    ----------
    frame : DataFrame
        From `uptake.forecasting.rolling_origin`.
    baseline : str
        Name of the model to beat.
    score : str
        A column of `summary` whose ideal is zero: "mae", "mase", "rmse_log", "crps",
        "quantile_score" or "interval_score". The log score has no ideal, and no ratio.

    Returns
    -------
    Series
        By horizon and model: 1 is perfect, 0 no better than the baseline, negative is worse.

    Raises
    ------
    ValueError
        For a baseline that is not there, or a score of which there is no ratio.

    Examples
    --------
    >>> from uptake.forecasting import Drift, Naive, rolling_origin, skill
    >>> levels = [1.0, 2.1, 2.9, 4.2, 5.0, 6.1, 6.9, 8.0, 9.2, 10.1]
    >>> frame = rolling_origin([Naive, Drift], range(10), levels, [1], 5)
    >>> skill(frame, score="mae").round(2).to_dict()
    {(1, 'Naive'): 0.0, (1, 'Drift'): 0.85}
    """
    allowed = ("mae", "mase", "rmse_log", "crps", "quantile_score", "interval_score")
    if score not in allowed:
        raise ValueError(f"skill is worked out from one of {', '.join(allowed)}; got {score!r}")
    if baseline not in set(frame["model"]):
        raise ValueError(f"{baseline!r} is not among the models; give it to rolling_origin too")
    table = summary(frame)[score]
    against = table.xs(baseline, level="model").reindex(table.index.get_level_values("horizon"))
    return (1 - table / against.to_numpy()).rename("skill")
