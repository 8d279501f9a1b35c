"""C11's interval if it counted by how few hosts or developers carry the estimate."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from uptake.openclosed.hosting.jackknife import effective_number, half_width
from uptake.openclosed.hosting.panels import dispersion, followed, panel
from uptake.openclosed.hosting.spread import leave_one_out, of_panel, years
from uptake.openclosed.hosting.trends import LEVEL, trend


def by_influence() -> pd.DataFrame:
    """Return C11's primary interval with the degrees of freedom counted in two ways.

    Student's cut-off with one degree of freedom less than there are units holds where all weigh
    about alike; where few carry the estimate it is too small, and the effective number of units
    takes its place.

    Returns
    -------
    DataFrame
        By unit, host (jackknife), developer and model (clustered errors): ``units``, their
        ``effective`` number, ``low`` and ``high`` as declared, and ``low_effective`` and
        ``high_effective`` with the effective number as degrees of freedom, log units a year.

    Examples
    --------
    >>> found = by_influence()
    >>> bool((found["effective"] < found["units"]).all())
    True
    """
    table = panel()
    value = float(of_panel(table).slope[0])
    rows = {}
    for by in ("host", "developer", "model"):
        slopes = leave_one_out(by)["slope"].to_numpy()
        few = effective_number(slopes)
        if by == "host":
            halves = half_width(slopes), half_width(slopes, few)
        else:
            halves = _clustered(table, by, few)
        ends = [value + sign * half for half in halves for sign in (-1, 1)]
        rows[by] = (slopes.size, few, *ends)
    columns = ["units", "effective", "low", "high", "low_effective", "high_effective"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype({"units": int})


def _clustered(table: pd.DataFrame, by: str, few: float) -> tuple[float, float]:
    """Return the half-widths of errors alike within one clustering, as declared and with few."""
    model, cluster = (pd.factorize(table[name])[0] for name in ("model", by))
    found = trend(table["dispersion"], years(table["month"]), model, [cluster])
    cut = student.ppf((1 + LEVEL) / 2, few)
    return float(found.half[0]), float(cut * found.error[0])


def host_coins(rng: np.random.Generator, *, size: int = 400) -> NDArray:
    """Return trends of records in which each host's prices are read either way round.

    One coin for each host turns all its prices at once. If hosts reprice apart from each other and
    without a common direction, a record so turned is as likely as the real one.

    Parameters
    ----------
    rng : Generator
        Source of the coins.
    size : int
        Number of records.

    Returns
    -------
    ndarray, shape (size,)
        Log units a year.

    Examples
    --------
    >>> host_coins(np.random.default_rng(5), size=3).shape
    (3,)
    """
    rows = followed().sort_values(["model", "host", "month"], kind="stable")
    groups = rows.groupby(["model", "host"], observed=True)["price"]
    back = groups.transform(lambda prices: prices.to_numpy()[::-1]).to_numpy()
    code, names = pd.factorize(rows["host"])
    forth = rows["price"].to_numpy()
    turned = rng.integers(0, 2, (size, names.size))[:, code].astype(bool)
    records = (dispersion(rows.assign(price=np.where(coin, back, forth))) for coin in turned)
    return np.array([of_panel(record).slope[0] for record in records])
