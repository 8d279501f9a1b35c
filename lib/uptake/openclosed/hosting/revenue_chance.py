"""Whether a handful of press figures could show what C13 predicts."""

import numpy as np
import pandas as pd

from uptake.openclosed.hosting.revenues import ENDS, ratios, slope_of_all
from uptake.openclosed.simulations import SlopeSimulation


def revenue_power(
    effect: float, rng: np.random.Generator, *, scatter: float | None = None, size: int = 2000
) -> SlopeSimulation:
    """Simulate press figures on the same days and as rounded, with a known slope.

    Parameters
    ----------
    effect : float
        True slope, log units a year.
    rng : Generator
        Source of the noise.
    scatter : float, optional
        Standard deviation of a figure about its host's line, in logs; by default that of the real
        record, itself uncertain on so few figures.
    size : int
        Number of simulated records.

    Returns
    -------
    SlopeSimulation
        Its ``power`` is the share of 95% intervals that leave out zero.

    Examples
    --------
    >>> revenue_power(9.0, np.random.default_rng(1), scatter=0.01, size=20).power
    1.0
    """
    table = ratios()
    seen = table[table.groupby("host")["date"].transform("size") > 1]
    scatter = record_scatter() if scatter is None else scatter
    widths = np.log(seen[ENDS].to_numpy()).T
    widths = widths - widths[1]
    noise = rng.normal(0, scatter, (size, len(seen)))
    rounding = rng.uniform(widths[0], widths[2], (size, len(seen)))
    middle = effect * seen["years"].to_numpy() + noise + rounding
    value, half, low, high = slope_of_all(
        seen["host"], seen["years"], middle[:, np.newaxis, :] + widths[np.newaxis]
    )
    return SlopeSimulation(effect, low - half, high + half, slopes=value)


def record_scatter() -> float:
    """Return the standard deviation of the primary figures about their common slope, in logs.

    Examples
    --------
    >>> record_scatter() > 0
    True
    """
    table = ratios()
    seen = table[table.groupby("host")["date"].transform("size") > 1]
    design = pd.get_dummies(seen["host"]).assign(years=seen["years"]).to_numpy(float)
    logs = np.log(seen["value"].to_numpy())
    residuals = logs - design @ np.linalg.lstsq(design, logs, rcond=None)[0]
    return float(np.sqrt(residuals @ residuals / (len(seen) - design.shape[1])))
