"""What was said with the figures of the freeze, scored on June to August 2026."""

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from uptake.forecasting import quantile_score
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.record.chance import interval, past_errors, usual
from uptake.openclosed.record.models import BASELINES, GRID, forecast
from uptake.openclosed.record.tables import NOW, Series, declared, edition, series
from uptake.openclosed.volume import afterwards

LEVELS = tuple(sorted({0.025, *GRID, 0.975}))
KIMI_K3 = "Kimi K3"
SECOND_LABEL = {
    "index_open": "without Kimi K3",
    "index_gap": "without Kimi K3",
    "router_open_tokens": "Kimi K3 counted open",
    "router_closed_tokens": "Kimi K3 counted open",
    "router_token_share": "Kimi K3 counted open",
    "router_dollar_share": "Kimi K3 counted open",
}
"""Series whose later figures hang on how one model is counted, and the other way to count it."""


def came(one: Series, *, second_label: bool = False) -> pd.Series:
    """Return the figures of a series that are later than the freeze, by date, to score with.

    Parameters
    ----------
    one : Series
        With a record at the freeze.
    second_label : bool
        Kimi K3, a model with weights under a licence that bars commercial use, counted the other
        way (see `SECOND_LABEL`).

    Raises
    ------
    ValueError
        If the series has no second label.

    Examples
    --------
    >>> came(series()["openai_revenue"]).to_dict()
    {Timestamp('2026-08-13 00:00:00'): 40000000000.0}
    """
    if second_label and one.name not in SECOND_LABEL:
        raise ValueError(f"{one.name} does not hang on one label; leave out second_label")
    if second_label and one.reader == "index":
        table = edition(one, one.figures(NOW)["known"].max(), without=(KIMI_K3,))
    elif second_label:
        other = {"column": "open_dollar_share_kimi_k3_open", "as_open": afterwards.KIMI_K3}
        table = Series(**{**vars(one), "options": one.options | other}).figures(NOW)
    else:
        table = one.figures(NOW)
    last = one.record(FREEZE)["date"].iloc[-1]
    # A later edition re-estimates months that the last one had; those are no news. The end of May
    # is: the edition of mid-May could not have it.
    after = table[(table["date"] > last) & (table["date"] >= FREEZE) & (table["known"] > FREEZE)]
    return after.set_index("date")["value"]


@functools.cache
def forecasts() -> pd.DataFrame:
    """Return all models' forecasts, from the figures of the freeze, of what came.

    Returns
    -------
    DataFrame
        As `uptake.openclosed.record.models.forecast` gives them.

    Examples
    --------
    >>> forecasts()["series"].nunique()
    12
    """
    parts = [
        forecast(one, FREEZE, pd.DatetimeIndex(came(one).index), levels=LEVELS)
        for one in series(hindcast=True).values()
    ]
    return pd.concat(parts, ignore_index=True)


def scored(*, second_label: bool = False) -> pd.DataFrame:
    r"""Return every forecast made with the figures of the freeze beside what came.

    Errors are measured where each series' noise is additive, in logs, log odds or index points.
    The CRPS is approximated by twice the mean pinball loss of the quantiles from 1% to 99%.

    Parameters
    ----------
    second_label : bool
        Only the series that hang on one label, Kimi K3 counted the other way.

    Returns
    -------
    DataFrame
        One row per series, target and model: ``subject``, ``series``, ``target``, ``model``;
        ``forecast``, ``low``, ``high`` (95%) and ``actual`` in the series' unit; ``error``
        (forecast less actual) and ``crps`` on its scale; ``inside``; ``pit``, the level of what
        came.

    Examples
    --------
    >>> table = scored()
    >>> bool(table["pit"].between(0, 1).all())
    True
    """
    return _scored(second_label).copy()


@functools.cache
def _scored(second_label: bool) -> pd.DataFrame:
    frame = forecasts().dropna(subset=["forecast"])
    parts = []
    for name, rows in frame.groupby("series", sort=False):
        if second_label and name not in SECOND_LABEL:
            continue
        one = series()[name]
        actual = came(one, second_label=second_label).reindex(rows["target"]).to_numpy()
        parts.append(_beside(one, rows, actual))
    return pd.concat(parts, ignore_index=True)


def _beside(one: Series, rows: pd.DataFrame, actual: np.ndarray) -> pd.DataFrame:
    grid, truth = one.to_scale(rows[list(GRID)]), one.to_scale(actual)
    return rows[["subject", "series", "target", "model", "forecast"]].assign(
        low=rows[0.025],
        high=rows[0.975],
        actual=actual,
        error=one.to_scale(rows["forecast"]) - truth,
        crps=quantile_score(grid, GRID, truth),
        inside=(rows[0.025] <= actual) & (actual <= rows[0.975]),
        # The share of the grid below, within half a step: a level to one in a hundred.
        pit=((grid < truth[:, np.newaxis]).sum(axis=1) + 0.5) / (len(GRID) + 1),
    )


def by_series(table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row per series and model: means over the targets, which are one summer's path.

    Parameters
    ----------
    table : DataFrame, optional
        From `scored`.

    Returns
    -------
    DataFrame
        Indexed by series and model: ``subject``, ``n`` targets, ``error`` (mean), ``size`` (mean
        absolute error), ``crps`` and ``inside`` (share in the 95% band).

    Examples
    --------
    >>> by_series().loc[("openai_revenue", "Naive"), "n"]
    np.int64(1)
    """
    table = scored() if table is None else table
    groups = table.assign(size=table["error"].abs()).groupby(["series", "model"], sort=False)
    found = groups[["error", "size", "crps", "inside"]].mean()
    found.insert(0, "n", groups.size())
    found.insert(0, "subject", groups["subject"].first())
    return found


def winners(score: str = "crps", table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return which model had the lowest score on each series, and which the best baseline.

    Parameters
    ----------
    score : {"crps", "size"}
        By distribution or by best guess.
    table : DataFrame, optional
        From `by_series`.

    Returns
    -------
    DataFrame
        By series: ``n`` targets, ``best`` model, ``baseline``, the best of the baselines,
        ``gained``, one less the ratio of their scores; of the ``models``, how many had bands
        ``inside`` which more than half of what came lay (95%), and how many stood ``below``.

    Examples
    --------
    >>> bool((winners()["gained"] >= 0).all())
    True
    """
    table = by_series() if table is None else table
    plain = [b.__name__ for b in BASELINES]
    rows = {}
    for name, part in table.groupby(level="series", sort=False):
        scores = part[score].droplevel("series")
        base = scores[scores.index.isin(plain)]
        gained = 1 - scores.min() / base.min()
        held = int((part["inside"] > 0.5).sum())
        below = int((part["error"] < 0).sum())
        best = (part["n"].iloc[0], scores.idxmin(), base.idxmin(), gained)
        rows[name] = (*best, len(part), held, below)
    columns = ["n", "best", "baseline", "gained", "models", "inside", "below"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("series")


def relative(models: Sequence[str], column: str = "error") -> pd.DataFrame:
    """Return a mean by series and model, errors in units of the usual error of Drift.

    Parameters
    ----------
    models : sequence of str
        Columns wanted.
    column : {"error", "pit"}
        Mean error (forecast less actual), or mean level of what came.

    Returns
    -------
    DataFrame
        By label of the series; NaN where a model has no forecast, or the series no past errors.

    Examples
    --------
    >>> relative(["Naive"]).loc["ChatGPT, weekly users", "Naive"] < 0
    np.True_
    """
    table = scored().pivot_table(index="series", columns="model", values=column, sort=False)
    if column == "error":
        table = table.div([usual(name) for name in table.index], axis=0)
    labels = [series()[name].label for name in table.index]
    return table[list(models)].set_axis(labels).rename_axis(index=None, columns=None)


def differences(table: pd.DataFrame | None = None, first: str | None = None) -> pd.DataFrame:
    """Return by how much the first compared model erred more than the second, on each series.

    Parameters
    ----------
    table : DataFrame, optional
        From `by_series`.
    first : str, optional
        Another model than the declared one.

    Returns
    -------
    DataFrame
        By series: ``subject`` and ``difference``, in units of the second model's mean error before
        the freeze; negative where the first was nearer.

    Examples
    --------
    >>> differences().columns.tolist()
    ['subject', 'difference']
    """
    table = by_series() if table is None else table
    size = table["size"].unstack("model")  # noqa: PD010 (keys are unique)
    pair = declared()["comparison"]
    rows = {}
    for name in past_errors()["series"].unique():
        gap = size.loc[name, first or pair["first"]] - size.loc[name, pair["second"]]
        rows[name] = (series()[name].subject, gap / usual(name))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["subject", "difference"])


def pooled(table: pd.DataFrame | None = None, *, count: str = "subjects") -> Estimate:
    """Return the mean difference of the two compared models over subjects, or over series.

    Parameters
    ----------
    table : DataFrame, optional
        From `differences`.
    count : {"subjects", "series"}
        What counts as one: a subject, whose series move together, or a series.

    Returns
    -------
    Estimate
        In units of the second model's usual error; Student's t interval.

    Raises
    ------
    ValueError
        If ``count`` is neither of the two.

    Examples
    --------
    >>> pooled().n
    4
    """
    if count not in ("subjects", "series"):
        raise ValueError(f"count is {count!r}; use 'subjects' or 'series'")
    table = differences() if table is None else table
    values = table["difference"]
    if count == "subjects":
        values = values.groupby(table["subject"]).mean()
    middle, half = interval(values.to_numpy())
    doubt = f"{len(values)} {count}, each one summer: their deviations are far from independent"
    ends = (float(middle - half), float(middle + half))
    return Estimate(float(middle), *ends, "usual errors of Drift", len(values), concerns=(doubt,))
