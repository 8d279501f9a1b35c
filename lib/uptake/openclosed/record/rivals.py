"""Other readings of the same scores: two curves or one, and the same share measured twice."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from uptake.forecasting import Drift, predict
from uptake.openclosed.capability.scoring import LATER
from uptake.openclosed.freeze import FREEZE, known, later
from uptake.openclosed.record.chance import usual
from uptake.openclosed.record.hindcast import SECOND_LABEL, by_series, came, scored
from uptake.openclosed.record.tables import NOW, edition, series


def two_curves_or_one() -> pd.DataFrame:
    """Return the open share that separate growth of both sides implies, beside one substitution.

    The log odds of open are the log of open tokens less the log of closed tokens. So an
    exponential for each side, or a mean growth for each, implies a straight line in the log odds:
    the substitution curve of Fisher and Pry. The two readings forecast the same share.

    Returns
    -------
    DataFrame
        By week after the freeze: ``separate`` (mean growth of each side carried on), ``one`` (mean
        growth of the odds) with ``low`` and ``high`` (95%), ``actual``, all open shares of tokens.

    Examples
    --------
    >>> table = two_curves_or_one()
    >>> bool(((table["separate"] - table["one"]).abs() < 1e-9).all())
    True
    """
    share = series()["router_token_share"]
    actual = came(share)
    opened, closed = (_drift(f"router_{side}_tokens", actual.index) for side in ("open", "closed"))
    odds = _drift(share.name, actual.index)
    table = odds.transform(share.from_fit).rename(columns={"forecast": "one"})
    opened, closed = opened["forecast"], closed["forecast"]
    return table.assign(separate=opened / (opened + closed), actual=actual)


def _drift(name: str, targets: pd.DatetimeIndex) -> pd.DataFrame:
    one = series()[name]
    table = one.record(FREEZE)
    frame = predict(
        [Drift],
        pd.DatetimeIndex(table["date"]),
        one.to_fit(table["value"]),
        targets,
        scale="log",
        draws=20_000,  # a baseline needs no refits, so a smooth band costs nothing
    )
    return frame.set_index("target")[["forecast", "low", "high"]]


def measured_twice() -> pd.DataFrame:
    """Return the router's open share by week from two archives that were compiled apart.

    Returns
    -------
    DataFrame
        By week: ``weekly``, from the rankings by model; ``daily``, mean of the days; ``low`` and
        ``high``, the same if tokens of models not named were all closed or all open.

    Examples
    --------
    >>> table = measured_twice()
    >>> bool((table["low"] <= table["high"]).all())
    True
    """
    daily = later("gateways_daily").pivot_table(
        index="date", columns="series", values="value", observed=True
    )
    daily = daily.filter(like="gateway_openrouter")
    daily.columns = daily.columns.str.removeprefix("gateway_openrouter_")
    weeks = daily.resample("W-MON", label="left", closed="left")
    mean = weeks.mean()[weeks.size() == 7]
    opened, closed = mean["open_share"], mean["closed_share"]
    table = {"daily": opened / (opened + closed), "low": opened, "high": 1 - closed}
    weekly = came(series()["router_token_share"])
    return pd.DataFrame(table).assign(weekly=weekly.reindex(mean.index)).dropna()


def editions() -> pd.DataFrame:
    """Return what part of the index's errors is the edition's doing, and what part came after.

    The last edition estimates every score anew, those of models known in May too, and scores
    models that were out by then and not in the edition of May. A forecast made with that edition
    could know neither.

    Returns
    -------
    DataFrame
        By series of the index: ``known`` (last month of the edition of May), ``re-estimated``
        (change of that same month by August, new scores of the models that both editions have),
        ``scored late`` (the same month's change by models out by then that only August has),
        ``after`` (change since) and ``came``, the sum, in index points; ``without Kimi K3``, the
        sum without that model.

    Examples
    --------
    >>> table = editions()
    >>> parts = table[["known", "re-estimated", "scored late", "after"]].sum(axis=1)
    >>> bool(((parts - table["came"]).abs() < 1e-9).all())
    True
    """
    rows = {}
    for one in series(hindcast=True).values():
        if one.reader != "index":
            continue
        before = one.record(FREEZE).iloc[-1]
        later_table = one.figures(NOW)
        after = later_table.set_index("date")["value"]
        same, last = after[before["date"]], after.iloc[-1]
        only = edition(one, later_table["known"].max(), without=_only_later(before))
        shared = only.set_index("date")["value"][before["date"]]
        other = last if one.name == "index_closed" else came(one, second_label=True).iloc[-1]
        moved = (shared - before["value"], same - shared, last - same)
        rows[one.label] = (before["value"], *moved, last, other)
    columns = ["known", "re-estimated", "scored late", "after", "came", "without Kimi K3"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _only_later(before: pd.Series) -> tuple[str, ...]:
    """Return the models of the last edition out by the record's last month, and not in its own.

    Models of earlier years are kept: those that seem new there were renamed between editions.
    """
    table = later("capability_index", vintage=LATER)
    out = table["released"].between(f"{before['date'].year}-01-01", before["date"])
    had = known("capability_index", vintage=before["known"])["model"]
    return tuple(table.loc[out & ~table["model"].isin(had), "model"])


def relabelled(models: Sequence[str]) -> pd.DataFrame:
    """Return the mean errors of the series that hang on Kimi K3, counted both ways.

    Parameters
    ----------
    models : sequence of str
        Columns wanted.

    Returns
    -------
    DataFrame
        By series and count: mean error (forecast less actual) of each model on the series' scale,
        and the model of ``lowest CRPS`` among them.

    Examples
    --------
    >>> relabelled(["Naive", "Drift"]).shape
    (12, 3)
    """
    tables = {False: by_series(), True: by_series(scored(second_label=True))}
    rows = {}
    for name, label in SECOND_LABEL.items():
        for second, table in tables.items():
            part = table.loc[name].loc[list(models)]
            row = part["error"].to_dict() | {"lowest CRPS": part["crps"].idxmin()}
            rows[series()[name].label, label if second else "as in the tables"] = row
    return pd.DataFrame.from_dict(rows, orient="index")


def moved_by_label() -> pd.Series:
    """Return by how much the second count of Kimi K3 moves what came, in usual errors of Drift.

    Returns
    -------
    Series
        By label of the series, the largest first: mean over the targets of the size of the move,
        on the series' scale, over the usual error of Drift on the same series.

    Examples
    --------
    >>> bool((moved_by_label() > 0).all())
    True
    """
    moves = {}
    for name in SECOND_LABEL:
        one = series()[name]
        first, second = (one.to_scale(came(one, second_label=way)) for way in (False, True))
        moves[one.label] = np.abs(second - first).mean() / usual(name)
    return pd.Series(moves).sort_values(ascending=False)
