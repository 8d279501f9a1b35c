"""Whether the clouds' revenue speeds up from 2025 on, and how that compares with other dates."""

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import known, later

NAMES = {"aws": "Amazon Web Services", "google_cloud": "Google Cloud",
         "microsoft_intelligent_cloud": "Microsoft Intelligent Cloud"}  # fmt: skip
REDEFINED = {"Microsoft Intelligent Cloud": pd.Timestamp("2024-07-01")}
"""First quarter under another definition; no growth is worked out across it."""
START = pd.Timestamp("2025-01-01")


def cloud_growth(*, scored: bool = False) -> pd.DataFrame:
    """Return the growth of cloud revenue over the same quarter a year before.

    Parameters
    ----------
    scored : bool
        Whether the quarters that became known after the freeze are added, to describe.

    Returns
    -------
    DataFrame
        Log units, by first day of the quarter; NaN where a year before is not known or is defined
        otherwise.

    Examples
    --------
    >>> cloud_growth().columns.tolist()[0]
    'Amazon Web Services'
    """
    table = known("cloud_revenue")
    if scored:
        table = pd.concat([table, later("cloud_revenue")])
    table["firm"] = table["series"].astype(str).str.removeprefix("cloud_revenue_").map(NAMES)
    wide = table.pivot_table(index="date", columns="firm", values="value")
    wide = wide.reindex(pd.date_range(wide.index[0], wide.index[-1], freq="QS"))
    growth = np.log(wide / wide.shift(4))
    for firm, day in REDEFINED.items():
        across = (growth.index >= day) & (growth.index < day + pd.DateOffset(years=1))
        growth.loc[across, firm] = np.nan
    return growth.dropna(how="all").rename_axis(index="quarter", columns=None)


def steps(growth: pd.Series, *, least: int = 3) -> pd.Series:
    """Return the mean growth from each date on less that before, where both sides are long enough.

    Parameters
    ----------
    growth : Series
        Yearly growth by quarter.
    least : int
        Least number of quarters on either side.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=6, freq="QS")
    >>> steps(pd.Series([1.0, 1.0, 1.0, 3.0, 3.0, 3.0], days)).tolist()
    [2.0]
    """
    values = growth.dropna()
    days = values.index[least : len(values) - least + 1]
    return pd.Series({day: values[day:].mean() - values[: day - pd.Timedelta("1D")].mean()
                      for day in days}, dtype=float)  # fmt: skip


def placebo() -> pd.DataFrame:
    """Return the step of each firm's growth at the start of 2025 among those at all other dates.

    Returns
    -------
    DataFrame
        By firm: ``step`` (log units a year; NaN where 2025 cannot be tried), ``largest
        elsewhere``, ``rank`` of 2025 from the largest, ``dates`` tried. With so few dates a first
        rank comes by chance once in ``dates``.

    Examples
    --------
    >>> placebo().columns.tolist()
    ['step', 'largest elsewhere', 'rank', 'dates']
    """
    rows = {}
    for firm, growth in cloud_growth().items():
        found = steps(growth)
        if START in found:
            others = found.drop(START)
            rows[firm] = (found[START], others.max(), 1 + (others > found[START]).sum(), len(found))
        else:
            rows[firm] = (np.nan, np.nan, np.nan, 0)
    return pd.DataFrame(rows, ["step", "largest elsewhere", "rank", "dates"]).T
