"""C11: whether the prices that hosts ask for the same weights draw together.

Three kinds of doubt are kept apart: models differ (errors alike within a model), a developer's
models are priced alike (errors alike within a developer), and one host may reprice all it sells
(one host left out at a time). The widest of the three intervals holds.
"""

import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.hosting.jackknife import effective_number, half_width, without_hosts
from uptake.openclosed.hosting.panels import dispersion, followed, panel
from uptake.openclosed.hosting.trends import Trend, trend

UNIT = "log units a year"
JUMPS = (
    "its power is for single prices that stand still and then jump; it is higher if dispersion "
    "shrinks smoothly, and far lower if whole hosts reprice at once"
)
"""What `uptake.openclosed.hosting.simulate_jumps` assumes by default; `simulate` is the smooth
case."""

FEWEST = 4
"""Least number of models with two months and more for which a trend is estimated."""


def dispersion_trend(
    *,
    sample: str = "fixed_pairs",
    measure: str = "sd_log",
    blend: str = "3:1",
    variants: str = "cheapest",
    minimum_hosts: int = 3,
    source: str = "models.dev",
    zeros: str = "counted",
    outliers: str = "left_out",
    by_host: bool = True,
) -> Estimate:
    r"""Estimate C11: yearly change in the log of the dispersion of host prices.

    .. math:: E[D_{mt}] = e^{\alpha_m + \beta t}

    with ``D`` the dispersion of the prices of model ``m`` over hosts in month ``t``. The half-width
    of the interval is the widest of three: clustered by model, by developer, and a jackknife over
    hosts (`uptake.openclosed.hosting.jackknife.half_width`).

    Parameters
    ----------
    sample : {"fixed_pairs", "fixed_models", "pooled"}
        Which prices are followed; see `uptake.openclosed.hosting.followed`. The pooled sample has
        one intercept for all models.
    measure : {"sd_log", "cv", "median_over_min"}
        Which dispersion; see `uptake.openclosed.hosting.dispersion`.
    blend, variants, source, outliers
        Which prices; see `uptake.openclosed.hosting.host_prices`.
    minimum_hosts : int
        Least number of hosts of a model.
    zeros : {"counted", "left_out"}
        Poisson pseudo-likelihood, or least squares on the log where it exists.
    by_host : bool
        Whether the jackknife over hosts enters the interval; the estimate does not depend on it.

    Returns
    -------
    Estimate
        In log units a year; negative when prices draw together.

    Examples
    --------
    >>> estimate = dispersion_trend(by_host=False)
    >>> estimate.unit, bool(estimate.low < estimate.value < estimate.high)
    ('log units a year', True)
    """
    chosen = {"sample": sample, "source": source, "outliers": outliers, "blend": blend}
    chosen |= {"variants": variants, "minimum_hosts": minimum_hosts}
    table = _positive(panel(measure=measure, **chosen), zeros)
    months = table.groupby("model")["month"].nunique()
    if (months > 1).sum() < FEWEST:
        few = f"{(months > 1).sum()} models with two months and more"
        return Estimate.missing(UNIT, f"{few} are too few for a trend")
    found = of_panel(table, sample=sample, zeros=zeros)
    half = float(found.half[0])
    if by_host:
        rows = followed(**chosen)
        slopes = without_hosts(rows, sample=sample, measure=measure, zeros=zeros)
        half = max(half, half_width(slopes))
    value = float(found.slope[0])
    concerns = tuple(_concerns(table, months))
    if by_host:
        concerns += (
            f"left out in turn, {slopes.size} hosts move it as {effective_number(slopes):.1f} of "
            "equal weight would",
        )
    if sample == "fixed_pairs":
        concerns += (few_changes(followed(**chosen)), JUMPS)
    return Estimate(value, value - half, value + half, UNIT, n=len(table), concerns=concerns)


def _positive(table: pd.DataFrame, zeros: str) -> pd.DataFrame:
    return table[table["dispersion"] > 0] if zeros == "left_out" else table


def of_panel(
    table: pd.DataFrame,
    *,
    sample: str = "fixed_pairs",
    zeros: str = "counted",
    records: NDArray | None = None,
) -> Trend:
    """Return the trend of a panel, clustered by model and by developer.

    Parameters
    ----------
    table : DataFrame
        From `uptake.openclosed.hosting.dispersion`.
    sample : str
        "pooled" has one intercept for all models, the others one for each.
    zeros : str
        As in `dispersion_trend`.
    records : ndarray, shape (b, n), optional
        Other dispersions on the same rows, such as simulated ones.

    Examples
    --------
    >>> of_panel(panel()).slope.shape
    (1,)
    """
    model, developer = (pd.factorize(table[name])[0] for name in ("model", "developer"))
    one = np.zeros(len(table), int) if sample == "pooled" else model
    values = table["dispersion"].to_numpy() if records is None else records
    return trend(values, years(table["month"]), one, [model, developer], zeros=zeros)


def years(months: pd.Series) -> NDArray:
    """Return months as years since the first; each month is a twelfth of a year."""
    count = 12 * months.dt.year + months.dt.month
    return (count - count.min()).to_numpy() / 12


def _slope(rows: pd.DataFrame, choices: Mapping[str, str]) -> float:
    table = dispersion(rows, choices.get("measure", "sd_log"))
    kept = {name: choices[name] for name in ("sample", "zeros") if name in choices}
    return float(of_panel(_positive(table, choices.get("zeros", "counted")), **kept).slope[0])


@functools.cache
def leave_one_out(by: str = "host") -> pd.DataFrame:
    """Return the primary trend without each host, developer or model, one at a time.

    Parameters
    ----------
    by : {"host", "developer", "model"}
        What is left out.

    Returns
    -------
    DataFrame
        By name of what is left out, the most influential first: ``slope`` in log units a year
        and ``months``, the number of host-model-months it holds.

    Raises
    ------
    ValueError
        If ``by`` is none of these.

    Examples
    --------
    >>> bool((leave_one_out("developer")["months"] > 0).all())
    True
    """
    if by not in ("host", "developer", "model"):
        raise ValueError(f"by is {by!r}; use 'host', 'developer' or 'model'")
    rows = followed()
    sizes = rows[by].value_counts()
    slopes = {name: _slope(rows[rows[by] != name], {}) for name in sizes.index}
    found = pd.DataFrame({"slope": pd.Series(slopes), "months": sizes})
    order = (found["slope"] - _slope(rows, {})).abs().sort_values(ascending=False).index
    return found.loc[order]


def few_changes(rows: pd.DataFrame) -> str:
    """Return in words on how many models and price changes a trend on the same hosts rests.

    Parameters
    ----------
    rows : DataFrame
        From `uptake.openclosed.hosting.followed`, with its sample of fixed pairs.

    Examples
    --------
    >>> months = pd.to_datetime(["2026-01-01", "2026-02-01"])
    >>> rows = pd.DataFrame({"model": "m", "developer": "d", "month": [*months, *months],
    ...                      "host": ["a", "a", "b", "b"], "price": [1.0, 1.0, 3.0, 2.0]})
    >>> few_changes(rows)
    'dispersion changes in 1 of 1 models, through 1 price changes, 1 of them at b'
    """
    ordered = rows.sort_values("month", kind="stable")
    change = np.log(ordered["price"]).groupby([ordered["host"], ordered["model"]]).diff()
    hosts = ordered.loc[change.abs() > 1e-9, "host"].value_counts()
    spans = dispersion(rows).groupby("model")["dispersion"].agg(np.ptp)
    found = f"dispersion changes in {(spans > 1e-9).sum()} of {spans.size} models"
    if hosts.empty:
        return f"{found}: no price changes"
    return (
        f"{found}, through {hosts.sum()} price changes, {hosts.iloc[0]} of them at {hosts.index[0]}"
    )


def _concerns(table: pd.DataFrame, months: pd.Series) -> list[str]:
    return [
        f"{months.size} models of {table['developer'].nunique()} developers, "
        f"half of them followed for {months.median():.0f} months or fewer"
    ]
