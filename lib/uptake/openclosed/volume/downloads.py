"""C8, second witness: downloads of packages that serve open weights, and of vendors' clients."""

import numpy as np
import pandas as pd

from uptake import Logistic, fit
from uptake.openclosed.freeze import known

SIDES = {"open": "open_stack", "closed": "closed_client"}


def downloads(start: str = "2022-10-01") -> pd.DataFrame:
    """Return downloads a month of both sides, deflated by packages that everyone installs.

    Parameters
    ----------
    start : str
        First snapshot.

    Returns
    -------
    DataFrame
        Millions of downloads in the 30 days to the date, at the size that the index had in the last
        snapshot: ``open`` and ``closed``. A package counts from when it enters the list of the
        most downloaded.

    Examples
    --------
    >>> downloads().columns.tolist()
    ['open', 'closed']
    """
    table = known("package_downloads")
    wide = table[table["date"] >= start].pivot_table(
        index="date", columns="category", values="value", aggfunc="sum", observed=True
    )
    size = wide["deflator"] / wide["deflator"].iloc[-1]
    return pd.DataFrame({side: wide[name] / size / 1e6 for side, name in SIDES.items()}).dropna()


def ceilings(start: str = "2022-10-01") -> pd.DataFrame:
    """Return what a logistic curve says of the ceiling and the peak of both sides.

    Increments are fitted. Snapshots are not equally spaced; the downloads between two of them are
    those of the 30 days to the later, scaled to the days between.

    Parameters
    ----------
    start : str
        First snapshot.

    Returns
    -------
    DataFrame
        By side: ``seen`` (sum so far), ``low`` and ``high`` of the ceiling (95% profile, millions;
        an end may be infinite), ``growth`` (last year over the one before), ``identified``.

    Examples
    --------
    >>> ceilings().index.tolist()
    ['open', 'closed']
    """
    table = downloads(start)
    edges = table.index.insert(0, table.index[0] - pd.Timedelta(days=30))
    months = np.diff(edges) / np.timedelta64(30, "D")
    rows = {}
    for side in table:
        flow = (table[side] * months).to_numpy()
        found = fit(Logistic, edges, flow, kind="flow")
        ends = found.interval("m")
        year = table[side].iloc[-12:].mean() / table[side].iloc[-24:-12].mean()
        rows[side] = (flow.sum(), ends.low, ends.high, year, found.identified)
    return pd.DataFrame(rows, index=["seen", "low", "high", "growth", "identified"]).T
