"""The lag in months on the capability index, under one definition after another."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from uptake.frontier import Frontier, catch_up, cluster_weights, frontier
from uptake.openclosed.capability.index import index, sides
from uptake.openclosed.capability.waiting import restricted_mean

OURS = {
    "vintage": "2026-05-14",
    "until": None,
    "measure": "records",
    "standard_errors": 0.0,
    "tolerance": 0.0,
    "o3_date": "released",
}
"""This project's own lag: strict, at each closed record, on the edition known at the freeze."""


def episodes(
    *,
    vintage: str = OURS["vintage"],
    until: str | None = None,
    measure: str = "records",
    standard_errors: float = 0.0,
    tolerance: float = 0.0,
    o3_date: str = "released",
    without: tuple[str, ...] = (),
    licence: str = "any",
) -> pd.DataFrame:
    """Return catch-up times on one edition of the index under one definition of the lag.

    Parameters
    ----------
    vintage : str
        Edition; one after the freeze serves to reproduce or describe.
    until : str, optional
        Only models released by this day count, and waits are cut there; by default the edition's.
    measure : {"records", "scores"}
        A wait for each closed record, or for each of 400 scores across the range both sides cover,
        whose mean is the horizontal distance of the frontiers.
    standard_errors, tolerance, o3_date, without, licence
        As for `uptake.frontier.catch_up` and `sides`.

    Raises
    ------
    ValueError
        If ``measure`` is neither of the two.

    Examples
    --------
    >>> int(episodes(vintage="2026-08-11")["matched"].sum())
    16
    """
    if measure not in ("records", "scores"):
        raise ValueError(f"measure is {measure!r}; use 'records' or 'scores'")
    choices = {"o3_date": o3_date, "licence": licence, "without": without}
    both = sides(index(vintage), unknown="overridden", **choices)
    end = pd.Timestamp(until) if until else both.until
    closed, opened = (_cut(side, end) for side in (both.closed, both.open))
    levels = None
    if measure == "scores":
        bottom = max(closed.records["score"].iloc[0], opened.records["score"].iloc[0])
        levels = np.linspace(bottom, min(closed.scores.max(), opened.scores.max()), 401)[1:]
    return catch_up(
        closed,
        opened,
        levels,
        tolerance=tolerance,
        standard_errors=standard_errors,
        until=end,
    )


def lag(**definition: object) -> float:
    """Return the mean catch-up time of what is caught up, in months; see `episodes`.

    What is not caught up is left out, as in the published figures, so this lag is too short when
    the newest waits are the longest.

    Examples
    --------
    >>> round(lag(vintage="2026-08-11"), 1)
    7.1
    """
    table = episodes(**definition)
    return float(table.loc[table["matched"], "months"].mean())


def by_tolerance(
    definition: Mapping[str, object], standard_errors: Sequence[float] = (0, 0.5, 1, 1.645, 1.96)
) -> pd.DataFrame:
    """Return the lag for several readings of caught up, everything else as defined.

    Parameters
    ----------
    definition : mapping
        Such as `OURS`.
    standard_errors : sequence of float
        Combined standard errors by which the follower may fall short.

    Returns
    -------
    DataFrame
        By standard errors: ``records`` and ``scores``, the mean lag in months by both measures.

    Examples
    --------
    >>> table = by_tolerance(OURS, [0, 1])
    >>> bool((table.loc[1] < table.loc[0]).all())
    True
    """
    rows = {
        z: {
            measure: lag(**{**definition, "standard_errors": z, "measure": measure})
            for measure in ("records", "scores")
        }
        for z in standard_errors
    }
    return pd.DataFrame(rows).T.rename_axis("standard errors")


def cohorts(*, split: str = "2025-01-01", horizon: float = 12.0) -> pd.DataFrame:
    """Return catch-up times on the index for closed records set before and from a day.

    Parameters
    ----------
    split : str
        Records from this day are the later cohort.
    horizon : float
        Months to which the Kaplan-Meier mean is restricted.

    Returns
    -------
    DataFrame
        By cohort: ``records``, ``matched``, ``models`` (open ones that did it: a model that
        reaches five records counts once), ``mean`` (months, each such model with weight one).

    Examples
    --------
    >>> cohorts().index.tolist()
    ['before', 'from']
    """
    table = episodes()
    rows = {}
    for name, late in (("before", False), ("from", True)):
        part = table[(table["date"] >= split) == late]
        weights = cluster_weights(part["follower"])
        mean = restricted_mean(part["months"], part["matched"], weights, horizon=horizon)[0]
        counts = (len(part), int(part["matched"].sum()), part["follower"].nunique())
        rows[name] = (*counts, float(mean))
    return pd.DataFrame(rows, index=["records", "matched", "models", "mean"]).T


def redrawn_lag(
    draws: int, rng: np.random.Generator, *, level: float = 0.9, **definition: object
) -> tuple[float, float]:
    """Return the interval of the mean lag when every score is redrawn within its own interval.

    Parameters
    ----------
    draws : int
        Number of redrawn sets of scores.
    rng : Generator
        Source of randomness.
    level : float
        Of the interval; 0.9 as published.
    **definition
        ``vintage`` and ``until``, as for `episodes`.

    Examples
    --------
    >>> low, high = redrawn_lag(50, np.random.default_rng(1))
    >>> low < high
    True
    """
    both = sides(index(str(definition.get("vintage", OURS["vintage"]))), unknown="overridden")
    end = pd.Timestamp(definition.get("until") or both.until)
    fronts = [_cut(side, end) for side in (both.closed, both.open)]
    means = []
    for _ in range(draws):
        closed, opened = (
            frontier(f.dates, f.scores + f.errors * rng.standard_normal(f.scores.size))
            for f in fronts
        )
        table = catch_up(closed, opened, until=end)
        means.append(table.loc[table["matched"], "months"].mean())
    tail = (1 - level) / 2
    low, high = np.nanquantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _cut(side: Frontier, end: pd.Timestamp) -> Frontier:
    kept = side.dates <= end
    return frontier(
        side.dates[kept],
        side.scores[kept],
        names=side.names[kept].tolist(),
        errors=side.errors[kept],
    )
