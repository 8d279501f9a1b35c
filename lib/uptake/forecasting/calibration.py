"""Were forecasters as sure as they had reason to be? Coverage, and where the truth fell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats


def calibration(scored: pd.DataFrame, *, level: float | None = None) -> pd.DataFrame:
    """Return how often each model's bands held what came.

    Parameters
    ----------
    scored : DataFrame
        From `uptake.forecasting.rolling_origin`, or scores of forecasts on record put together
        with `pandas.concat`.
    level : float, optional
        Nominal coverage. Needed for a frame of `rolling_origin`; scores of records carry theirs.

    Returns
    -------
    DataFrame
        By model: ``n``; ``nominal`` coverage, ``coverage`` seen, and its exact 95% interval
        ``low`` to ``high`` (Clopper and Pearson 1934); ``pit``, the mean level of what came: 0.5
        when forecasts were neither too high nor too low, above when they were too low. The
        interval takes forecasts as independent; where they overlap, or one event moved many
        series, less is known than it says.

    Raises
    ------
    ValueError
        When there is nothing to count, or bands of several levels.

    Examples
    --------
    >>> from uptake.forecasting import Naive, calibration, rolling_origin
    >>> frame = rolling_origin([Naive], range(9), [5, 6, 4, 6, 5, 3, 4, 6, 5], [1], 4)
    >>> calibration(frame, level=0.95)[["n", "coverage", "low", "high"]].round(2)
           n  coverage   low  high
    model
    Naive  5       1.0  0.48   1.0
    """
    if level is None and "level" not in scored:
        raise ValueError("say the nominal coverage of the bands, level=0.95 for instance")
    used = scored[scored["low"].notna() & scored["actual"].notna()]
    if used.empty:
        raise ValueError("no forecast has come due; there is nothing to count")
    rows = {}
    for model, part in used.groupby("model", sort=False):
        nominal = part["level"].unique().round(12) if level is None else np.array([level])
        if len(nominal) > 1:
            raise ValueError(f"{model} has bands of several levels; count each by itself")
        inside = int(((part["low"] <= part["actual"]) & (part["actual"] <= part["high"])).sum())
        sure = stats.binomtest(inside, len(part)).proportion_ci(0.95)
        share = inside / len(part)
        rows[model] = (len(part), nominal[0], share, sure.low, sure.high, part["pit"].mean())
    columns = ["n", "nominal", "coverage", "low", "high", "pit"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("model")


def pit_counts(pit: ArrayLike, bins: int = 5) -> pd.Series:
    """Count where the truth fell among the levels of the forecasts: evenly, if calibrated.

    A hump in the middle means bands too wide, both ends means too narrow, a slope means bias
    (Dawid 1984; Gneiting, Balabdaoui and Raftery 2007).

    Parameters
    ----------
    pit : array_like
        Probability integral transforms, between 0 and 1; NaN is left out.
    bins : int
        Of equal width.

    Returns
    -------
    Series
        Counts by interval.

    Raises
    ------
    ValueError
        For values that are no levels, or fewer than two bins.

    Examples
    --------
    >>> pit_counts([0.05, 0.1, 0.55, 0.97], bins=2).tolist()
    [2, 2]
    """
    pit = np.asarray(pit, float)
    pit = pit[~np.isnan(pit)]
    if bins < 2:
        raise ValueError(f"take at least two bins; got {bins}")
    if ((pit < 0) | (pit > 1)).any():
        raise ValueError("the levels of what came lie between 0 and 1")
    counts, edges = np.histogram(pit, bins=bins, range=(0, 1))
    index = pd.IntervalIndex.from_breaks(edges.round(12), closed="left", name="level")
    return pd.Series(counts, index=index, name="n")
