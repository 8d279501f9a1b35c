"""What Google's gap does by release dates alone, and whether catching up could be seen.

The rival of C6: leadership rotates with releases. `uptake.openclosed.capability.simulate` draws
models around equal slopes on the real release dates, which is that rival.
"""

import numpy as np
import pandas as pd

from uptake.openclosed.capability import Sides, monthly, simulate
from uptake.openclosed.capability.widening import best_by_month
from uptake.openclosed.release.leaders import LEADERS, google_gap_trend, pair
from uptake.openclosed.simulations import SlopeSimulation
from uptake.openclosed.trends import slope, years

START = "2024-01-01"


def catching_up(
    effect: float,
    rng: np.random.Generator,
    *,
    both: Sides | None = None,
    start: str = START,
    size: int = 1000,
    draws: int = 200,
) -> SlopeSimulation:
    """Simulate leaders and Google released on their real days, with a known change of the gap.

    Equal slopes of the models do not make equal slopes of the best to date, so the drift of the
    null is taken out: the mean slope of the gap is the effect itself, as for C10.

    Parameters
    ----------
    effect : float
        Index points a year; 0 is the rival, release rhythm alone.
    rng : Generator
        Source of randomness.
    both : Sides, optional
        By default `pair`.
    start : str
        First month.
    size : int
        Number of simulated records.
    draws : int
        Redrawn sets of scores; 0 for intervals by correlated months alone.

    Examples
    --------
    >>> catching_up(-60.0, np.random.default_rng(6), size=100).power > 0.9
    True
    """
    choices = {"both": both or pair(), "start": start, "size": size, "draws": draws}
    drift = simulate(0.0, rng, **choices).drift
    found = simulate(effect - drift, rng, **choices)
    return SlopeSimulation(effect, found.low, found.high, slopes=found.slopes)


def takeovers(rng: np.random.Generator, *, start: str = START, size: int = 1000) -> pd.DataFrame:
    """Return how often Google leads and how often the lead changes if all gain at one pace.

    Levels are kept: each group's models lie around its own line, and both lines have the mean
    slope of the two frontiers.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    start : str
        First month.
    size : int
        Number of simulated records.

    Returns
    -------
    DataFrame
        Rows "seen" and, of the simulated records, "low", "median" and "high" (95%); columns
        ``google_leads`` (share of months) and ``changes`` (of the lead).

    Examples
    --------
    >>> takeovers(np.random.default_rng(6), size=50).index.tolist()
    ['seen', 'low', 'median', 'high']
    """
    both = pair()
    table = monthly(both, start)
    ends, t = table.index, years(table.index)
    shared = float(slope(t, table[["closed", "open"]].to_numpy().T).mean())
    fronts = []
    for side in (both.closed, both.open):
        since = years(side.dates, ends[0])
        around = side.scores - shared * since
        drawn = rng.choice(around, (size, around.size)) + shared * since
        fronts.append(best_by_month(side.dates, drawn, ends, "best"))
    behind = np.vstack([table["gap"].to_numpy(), fronts[0] - fronts[1]]) < 0
    shares, changes = behind.mean(axis=1), np.abs(np.diff(behind.astype(int), axis=1)).sum(axis=1)
    simulated = np.quantile(np.column_stack([shares, changes])[1:], [0.025, 0.5, 0.975], axis=0)
    rows = np.vstack([[shares[0], changes[0]], simulated])
    return pd.DataFrame(rows, ["seen", "low", "median", "high"], ["google_leads", "changes"])


def readings(effect: float, rng: np.random.Generator, *, size: int = 1000) -> pd.DataFrame:
    """Return Google's trend by each way to make its interval, with what each way can see.

    Parameters
    ----------
    effect : float
        Index points a year at which power is simulated.
    rng : Generator
        Source of randomness.
    size : int
        Number of simulated records.

    Returns
    -------
    DataFrame
        By way: ``estimate``, ``low``, ``high`` (index points a year), ``power``, ``coverage``.

    Examples
    --------
    >>> readings(-2.0, np.random.default_rng(6), size=20).columns.tolist()
    ['estimate', 'low', 'high', 'power', 'coverage']
    """
    rows = {}
    for name, draws in (("correlated months alone", 0), ("wider, with score noise", 200)):
        estimate = google_gap_trend(draws=draws)
        seen = catching_up(effect, rng, size=size, draws=draws)
        numbers = (estimate.value, estimate.low, estimate.high, seen.power, seen.coverage)
        rows[name] = numbers
    return pd.DataFrame(rows, ["estimate", "low", "high", "power", "coverage"]).T


def without_one() -> pd.DataFrame:
    """Return Google's trend against each leader alone.

    Examples
    --------
    >>> without_one().index.tolist()
    ['OpenAI alone', 'Anthropic alone']
    """
    rows = {}
    for lab in LEADERS:
        e = google_gap_trend(leaders=(lab,))
        rows[f"{lab} alone"] = {"estimate": e.value, "low": e.low, "high": e.high}
    return pd.DataFrame(rows).T
