r"""C13: whether the hosts' revenue gains on the laboratories'.

A handful of press figures on different days. Hosts are followed one by one,

.. math:: \log \frac{h_{it}}{L_t} = \alpha_i + \beta t + e_{it},

with ``L`` the laboratories' annualised revenue, between its figures on a straight line in logs.
"""

import functools

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known

UNIT = "log units a year"
LEVEL = 0.95
HOSTS = {"inference": ("baseten", "fireworks", "together", "modal")}
HOSTS["with_compute"] = (*HOSTS["inference"], "coreweave", "nebius")
LABS = {"two": ("openai", "anthropic"), "anthropic": ("anthropic",)}
CLOUD_PART = (0.0, 8 / 30)
"""Part of Anthropic's gross sales that clouds may keep. An assumption: the press of April 2026
reports a dispute with OpenAI over about 8 of 30 billion USD; Anthropic publishes no figure."""
ENDS = ["low", "value", "high"]
LOOSE = pd.Timedelta(days=14)


def host_figures(hosts: str = "inference") -> pd.DataFrame:
    """Return the dated figures of the hosts' annualised revenue that were public by the freeze.

    Parameters
    ----------
    hosts : {"inference", "with_compute"}
        Which hosts. A quarter's revenue counts four times, at the middle of the quarter.

    Returns
    -------
    DataFrame
        ``host``, ``date``, ``low``, ``value``, ``high`` (USD a year), by host and date.

    Raises
    ------
    ValueError
        If ``hosts`` is neither.

    Examples
    --------
    >>> host_figures()["host"].value_counts().to_dict()
    {'baseten': 3, 'fireworks': 2, 'modal': 2, 'together': 1}
    """
    if hosts not in HOSTS:
        raise ValueError(f"hosts is {hosts!r}; use one of {', '.join(HOSTS)}")
    table = known("later").astype({"series": str, "period": str})
    table["host"] = table["series"].str.split("_").str[0]
    money = table["series"].str.contains("runrate|quarter_revenue")
    table = table[table["host"].isin(HOSTS[hosts]) & money].copy()
    for end in ("low", "high"):  # figures from filings stand as they are
        table[end] = table[end].fillna(table["value"])
    quarter = table["period"] == "quarter"
    table.loc[quarter, ENDS] *= 4
    table.loc[quarter, "date"] += pd.Timedelta(days=45)
    return table.sort_values(["host", "date"])[["host", "date", *ENDS]].reset_index(drop=True)


def lab_revenue(dates: pd.Series, *, labs: str = "two", gross: str = "gross") -> pd.DataFrame:
    """Return the laboratories' annualised revenue on given days, as an interval.

    Parameters
    ----------
    dates : Series of Timestamp
        Days; none more than a fortnight outside the laboratories' own figures.
    labs : {"two", "anthropic"}
        OpenAI and Anthropic, or Anthropic only.
    gross : {"gross", "net"}
        As reported; or less `CLOUD_PART`, whose middle gives the value and whose ends the interval.

    Returns
    -------
    DataFrame
        ``low``, ``value``, ``high`` in USD a year, in the order of ``dates``.

    Raises
    ------
    ValueError
        If a choice is not one of these, or a day lies too far outside.

    Examples
    --------
    >>> both, one = (lab_revenue(pd.Series([pd.Timestamp("2026-03-31")]), labs=labs)
    ...              for labs in ("two", "anthropic"))
    >>> bool(both["value"][0] > one["value"][0])
    True
    """
    if labs not in LABS or gross not in ("gross", "net"):
        raise ValueError(f"labs {labs!r}, gross {gross!r}; use two or anthropic, gross or net")
    table = known("revenue").astype({"series": str})
    total = pd.DataFrame(0.0, dates.index, ENDS)
    for lab in LABS[labs]:
        rows = table[table["series"] == f"revenue_{lab}_annualised_usd"].sort_values("date")
        part = between(rows, dates)
        if lab == "anthropic" and gross == "net":
            least, most = CLOUD_PART
            part *= [1 - most, 1 - (least + most) / 2, 1 - least]
        total += part
    return total


def between(rows: pd.DataFrame, dates: pd.Series) -> pd.DataFrame:
    """Return revenue on given days, on a straight line in logs between figures.

    Parameters
    ----------
    rows : DataFrame
        ``date`` in order, ``low``, ``value``, ``high``.
    dates : Series of Timestamp
        Days; none more than a fortnight outside the figures, where the nearest counts.

    Raises
    ------
    ValueError
        If a day lies too far outside.

    Examples
    --------
    >>> rows = pd.DataFrame({"date": pd.to_datetime(["2026-01-01", "2026-01-03"]),
    ...                      "low": [1.0, 4.0], "value": [1.0, 4.0], "high": [1.0, 4.0]})
    >>> between(rows, pd.Series([pd.Timestamp("2026-01-02")]))["value"].round(6).tolist()
    [2.0]
    """
    first, last = rows["date"].min() - LOOSE, rows["date"].max() + LOOSE
    if not dates.between(first, last).all():
        raise ValueError(f"days outside {first:%Y-%m-%d} to {last:%Y-%m-%d} have no figure near")
    days = (rows["date"] - rows["date"].min()).dt.days
    at = (dates - rows["date"].min()).dt.days
    return pd.DataFrame(
        {end: np.exp(np.interp(at, days, np.log(rows[end]))) for end in ENDS}, index=dates.index
    )


@functools.cache
def ratios(
    *,
    hosts: str = "inference",
    labs: str = "two",
    gross: str = "gross",
    window: str = "2025-03-01",
) -> pd.DataFrame:
    """Return each host's revenue over the laboratories', on the host's own dates.

    Parameters
    ----------
    hosts, labs, gross
        As in `host_figures` and `lab_revenue`.
    window : str
        First day.

    Returns
    -------
    DataFrame
        ``host``, ``date``, ``years`` since the first date, and ``low``, ``value``, ``high`` of the
        ratio: each end takes the figures at their own worst.

    Examples
    --------
    >>> table = ratios()
    >>> bool((table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all())
    True
    """
    table = host_figures(hosts)
    table = table[table["date"] >= window].reset_index(drop=True)
    below = lab_revenue(table["date"], labs=labs, gross=gross)
    table["low"] /= below["high"]
    table["value"] /= below["value"]
    table["high"] /= below["low"]
    table["years"] = (table["date"] - table["date"].min()).dt.days / 365.25
    return table[["host", "date", "years", *ENDS]]


def revenue_ratio_trend(
    *,
    hosts: str = "inference",
    labs: str = "two",
    gross: str = "gross",
    window: str = "2025-03-01",
) -> Estimate:
    """Estimate C13: yearly change in the log of hosts' revenue over laboratories'.

    The interval adds two doubts: the scatter about one common slope, by Student's t on the few
    degrees of freedom there are, and the range of slopes that the figures' own intervals allow.

    Parameters
    ----------
    hosts, labs, gross, window
        As in `ratios`.

    Returns
    -------
    Estimate
        Log units a year; positive when hosts gain on laboratories.

    Examples
    --------
    >>> revenue_ratio_trend().n
    5
    """
    table = ratios(hosts=hosts, labs=labs, gross=gross, window=window)
    counts = table["host"].value_counts()
    single = sorted(counts.index[counts == 1])
    seen = table[~table["host"].isin(single)]
    concerns = [f"{len(seen)} press figures of {seen['host'].nunique()} hosts"]
    if single:
        concerns.append(f"with a single figure and no say: {', '.join(single)}")
    if missing := set(HOSTS[hosts]) - set(counts.index):
        concerns.append(f"without a figure that can be followed: {', '.join(sorted(missing))}")
    concerns.append("firms make figures public when they are proud of them")
    freedom = len(seen) - seen["host"].nunique() - 1
    if freedom < 1:
        return Estimate.missing(UNIT, f"{len(seen)} figures leave nothing to judge the scatter by")
    logs = np.log(seen[ENDS].to_numpy()).T
    value, half, low, high = slope_of_all(seen["host"], seen["years"], logs)
    return Estimate(float(value), float(low - half), float(high + half), UNIT, n=len(seen),
                    concerns=tuple(concerns))  # fmt: skip


def slope_of_all(
    host: pd.Series, years: pd.Series, logs: NDArray
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return slope, half-width from scatter, and the least and largest slope within the figures.

    ``logs`` has low, value and high along its last axis but one: (..., 3, n).
    """
    inside = (years - years.groupby(host).transform("mean")).to_numpy()
    weight = inside / (inside @ inside)
    low, middle, high = (logs[..., i, :] for i in range(3))
    means = pd.get_dummies(host).to_numpy(float)
    means = means @ np.diag(1 / means.sum(axis=0)) @ means.T
    value = middle @ weight
    residuals = middle - middle @ means - value[..., np.newaxis] * inside
    freedom = len(years) - host.nunique() - 1
    scatter = np.sqrt((residuals**2).sum(axis=-1) / freedom / (inside @ inside))
    least = low @ np.maximum(weight, 0) + high @ np.minimum(weight, 0)
    most = high @ np.maximum(weight, 0) + low @ np.minimum(weight, 0)
    return value, student.ppf((1 + LEVEL) / 2, freedom) * scatter, least, most
