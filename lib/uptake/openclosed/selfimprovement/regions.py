"""Where the growth model keeps the lag bounded, and where it locks the open side out."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from uptake.openclosed.rules import Claim
from uptake.openclosed.selfimprovement.growth import Path, run
from uptake.openclosed.selfimprovement.sweep import Range, middle, outcome, world

REGIONS = ("bounded", "between", "lag grows", "runaway")


def place(result: pd.DataFrame, claim: Claim) -> pd.Series:
    """Return the region of each world, by the bounds of the claim's own rule.

    "runaway" where the closed side makes `RUNAWAY` times the progress of today's speed within the
    horizon, whatever the lag in months; else "bounded" where the lag behind the best model, shown
    or not, drifts by no more than what supports the claim, "lag grows" where it drifts by what
    refutes it or more, and "between".

    Parameters
    ----------
    result : DataFrame
        With the columns ``true`` and ``runaway`` of `outcome`.
    claim : Claim
        C14.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> table = pd.DataFrame({"true": [0.5, 3.0, 0.5], "runaway": [False, False, True]})
    >>> place(table, claims.load()["C14"]).tolist()
    ['bounded', 'lag grows', 'runaway']
    """
    rule = claim.prediction
    found = pd.Series("between", result.index)
    found[result["true"] <= rule.supports.high] = "bounded"
    found[result["true"] >= rule.refutes.low] = "lag grows"
    return found.mask(result["runaway"].astype(bool), "runaway")


def grid(
    found: dict[str, Range],
    across: str,
    up: str,
    *,
    size: int = 21,
    years: float = 5.0,
    **others: float,
) -> pd.DataFrame:
    """Solve the model over a grid of two parameters, the others in the middle of their ranges.

    Parameters
    ----------
    found : dict
        From `ranges`.
    across, up : str
        Names of the two.
    size : int
        Values of each.
    years : float
        Horizon.
    **others
        Values instead of the middle.

    Returns
    -------
    DataFrame, shape (size * size, 9)
        The two parameters and the columns of `outcome`.

    Examples
    --------
    >>> from uptake.openclosed.selfimprovement.calibration import today
    >>> from uptake.openclosed.selfimprovement.sweep import ranges
    >>> grid(ranges(today(draws=50)), "returns", "copied", size=2).shape
    (4, 9)
    """
    base, rows = middle(found, **others), []
    for x in levels(found[across], size):
        for y in levels(found[up], size):
            chosen = {across: float(x), up: float(y)}
            rows.append(chosen | outcome(base | chosen, years))
    return pd.DataFrame(rows)


def levels(parameter: Range, size: int) -> np.ndarray:
    """Return evenly spaced values of a parameter, on its own scale."""
    space = np.geomspace if parameter.log else np.linspace
    return space(parameter.low, parameter.high, size)


def paths(
    found: dict[str, Range], changes: Sequence[dict[str, float]], *, years: float = 5.0
) -> list[tuple[float, Path]]:
    """Return today's lag in months and the path of each world, others in the middle.

    Parameters
    ----------
    found : dict
        From `ranges`.
    changes : sequence of dict
        What differs from the middle, world by world.
    years : float
        Horizon.
    """
    solved = []
    for change in changes:
        values = middle(found, **change)
        solved.append((values["lag"], run(world(values), years * 12 / values["lag"])))
    return solved
