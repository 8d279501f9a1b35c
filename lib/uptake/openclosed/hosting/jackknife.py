"""How far the trend of C11 hangs on single hosts: a jackknife over them, in one pass each.

`uptake.openclosed.hosting.dispersion` gives the same numbers (tested), but sorts all rows anew;
here that is done once for all hosts, so that every specification can have its interval.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from uptake.openclosed.hosting.trends import LEVEL, trend


def host_half_width(
    rows: pd.DataFrame,
    *,
    sample: str = "fixed_pairs",
    measure: str = "sd_log",
    zeros: str = "counted",
) -> float:
    """Return the half-width of a jackknife interval over hosts, in log units a year.

    Hosts are left out, never drawn twice: a host that appears twice agrees with itself, which
    would shrink the dispersion.

    Parameters
    ----------
    rows : DataFrame
        From `uptake.openclosed.hosting.followed`.
    sample, measure, zeros
        As in `uptake.openclosed.hosting.dispersion_trend`.

    Examples
    --------
    >>> from uptake.openclosed.hosting.panels import followed
    >>> host_half_width(followed()) > 0
    True
    """
    return half_width(without_hosts(rows, sample=sample, measure=measure, zeros=zeros))


def half_width(slopes: ArrayLike, degrees: float | None = None) -> float:
    r"""Return the half-width of a jackknife interval.

    .. math:: h = t_{H-1} \sqrt{\frac{H-1}{H} \sum_h (\hat\beta_{-h} - \bar\beta)^2}

    Parameters
    ----------
    slopes : array-like
        Estimates without each of H units.
    degrees : float, optional
        Of freedom; by default H - 1, and fewer, such as the `effective_number`, where few units
        carry most of the sum.

    Examples
    --------
    >>> half_width([0.0, 2.0], degrees=3) < half_width([0.0, 2.0])
    True
    """
    slopes = np.asarray(slopes, float)
    error = np.sqrt((slopes.size - 1) * np.var(slopes))
    return float(student.ppf((1 + LEVEL) / 2, degrees or slopes.size - 1) * error)


def effective_number(slopes: ArrayLike) -> float:
    r"""Return how many units of equal influence the units weigh like.

    .. math:: \frac{\bigl(\sum_h v_h\bigr)^2}{\sum_h v_h^2}, \qquad
              v_h = (\hat\beta_{-h} - \bar\beta)^2

    Parameters
    ----------
    slopes : array-like
        Estimates without each unit.

    Examples
    --------
    >>> effective_number([1.0, -1.0, 1.0, -1.0]), round(effective_number([0.0] * 99 + [1.0]), 2)
    (4.0, 1.02)
    """
    squares = (np.asarray(slopes, float) - np.mean(slopes)) ** 2
    return float(squares.sum() ** 2 / (squares**2).sum())


def without_hosts(
    rows: pd.DataFrame,
    *,
    sample: str = "fixed_pairs",
    measure: str = "sd_log",
    zeros: str = "counted",
) -> NDArray:
    """Return the trend without each host in turn, in the order of their names.

    Parameters
    ----------
    rows, sample, measure, zeros
        As in `host_half_width`.

    Examples
    --------
    >>> from uptake.openclosed.hosting.panels import followed
    >>> without_hosts(followed()).size == followed()["host"].nunique()
    True
    """
    rows = rows.sort_values(["model", "month", "price"], kind="stable")
    cells = rows.groupby(["model", "month"], observed=True).ngroup().to_numpy()
    price, host = rows["price"].to_numpy(float), rows["host"].astype(str).to_numpy()
    first = np.r_[True, np.diff(cells) > 0]
    month = (12 * rows["month"].dt.year + rows["month"].dt.month).to_numpy()[first] / 12
    model = pd.factorize(rows["model"].to_numpy()[first])[0]
    slopes = []
    for name in np.unique(host):
        kept = host != name
        values = _dispersions(price[kept], cells[kept], first.sum(), measure)
        count = values > 0 if zeros == "left_out" else ~np.isnan(values)
        one = np.zeros(count.sum(), int) if sample == "pooled" else _codes(model[count])
        clusters = [np.arange(count.sum()) % 2]  # any two: the slope does not depend on them
        slopes.append(trend(values[count], month[count], one, clusters, zeros=zeros).slope[0])
    return np.array(slopes)


def _codes(names: NDArray) -> NDArray:
    return np.unique(names, return_inverse=True)[1]


def _dispersions(price: NDArray, cells: NDArray, count: int, measure: str) -> NDArray:
    """Return the dispersion of each cell of prices sorted within it; NaN with one price or none."""
    size = np.bincount(cells, minlength=count)
    start = np.cumsum(size) - size
    found = np.full(count, np.nan)
    many = size >= 2
    if measure == "median_over_min":
        middle = (start + (size - 1) // 2)[many], (start + size // 2)[many]
        found[many] = np.log((price[middle[0]] + price[middle[1]]) / 2 / price[start[many]])
    else:
        values = np.log(price) if measure == "sd_log" else price
        mean = np.bincount(cells, values, count) / np.maximum(size, 1)
        squares = np.bincount(cells, (values - mean[cells]) ** 2, count)
        spread = np.sqrt(squares[many] / (size[many] - 1))
        found[many] = spread if measure == "sd_log" else spread / mean[many]
    # As in `dispersion`: equal prices leave rounding noise.
    return np.where(found <= 1e-9, 0.0, found)
