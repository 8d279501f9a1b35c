"""Where the gap was smallest, and its rise since: both picked from the record itself."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from uptake.openclosed.capability.index import VINTAGE, index, monthly, sides
from uptake.openclosed.capability.widening import redrawn_gaps
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE

EDITIONS = ("2025-12-19", "2026-01-20", "2026-02-22", "2026-03-09", "2026-04-19", VINTAGE)
"""The editions by the freeze; two more came later."""


def lowest(vintages: Sequence[str] = EDITIONS, *, start: str = "2023-01-01") -> pd.DataFrame:
    """Return the month of the smallest gap in each edition of the index.

    Parameters
    ----------
    vintages : sequence of str
        Editions; those after the freeze describe only.
    start : str
        First month.

    Returns
    -------
    DataFrame
        By edition: ``lowest`` (month end), ``gap`` then and ``last`` (the edition's last gap), in
        index points.

    Examples
    --------
    >>> table = lowest()
    >>> bool((table["gap"] <= table["last"]).all())
    True
    """
    rows = {}
    for vintage in vintages:
        # Later editions leave the access of many models blank; the release settles it.
        unknown = "out" if pd.Timestamp(vintage) <= FREEZE else "overridden"
        gap = monthly(sides(index(vintage), unknown=unknown), start)["gap"]
        rows[vintage] = (gap.idxmin(), gap.min(), gap.iloc[-1])
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["lowest", "gap", "last"])
    return found.rename_axis("edition")


def lowest_redrawn(
    *,
    start: str = "2023-01-01",
    level: float = 0.9,
    draws: int = 4000,
    rng: np.random.Generator | None = None,
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the months between which the smallest gap falls when every score is redrawn.

    Parameters
    ----------
    start : str
        First month.
    level : float
        Share of the redrawn sets, equal tails left out.
    draws : int
        Number of redrawn sets of scores, see `score_noise`.
    rng : Generator, optional
        By default seeded with 10.

    Examples
    --------
    >>> first, last = lowest_redrawn(draws=200)
    >>> first < last
    True
    """
    both = sides(index(VINTAGE))
    ends = monthly(both, start).index
    place = redrawn_gaps(both, ends, draws=draws, rng=rng).argmin(axis=1)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(place, tails, method="inverted_cdf")
    return ends[int(low)], ends[int(high)]


def rise(
    since: str = "2025-07-31",
    *,
    start: str = "2023-01-01",
    level: float = 0.95,
    draws: int = 4000,
    rng: np.random.Generator | None = None,
) -> Estimate:
    """Estimate by how much the gap has risen since a month picked after the record was seen.

    The interval is the percentile interval of redrawn scores. It knows nothing of the picking,
    which makes a rise from the smallest gap look surer than it is.

    Parameters
    ----------
    since : str
        A month end.
    start : str
        First month.
    level : float
        Of the interval.
    draws, rng
        As in `lowest_redrawn`.

    Examples
    --------
    >>> rise(draws=200).unit
    'index points'
    """
    both = sides(index(VINTAGE))
    gap = monthly(both, start)["gap"]
    place = gap.index.get_loc(pd.Timestamp(since))
    redrawn = redrawn_gaps(both, gap.index, draws=draws, rng=rng)
    change = redrawn[:, -1] - redrawn[:, place]
    low, high = np.quantile(change, [(1 - level) / 2, (1 + level) / 2])
    value = float(gap.iloc[-1] - gap.iloc[place])
    concerns = ("its first month was picked after the record was seen",)
    return Estimate(value, float(low), float(high), "index points", len(gap), level, concerns)
