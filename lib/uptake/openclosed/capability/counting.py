"""C9: which benchmarks count, and why the others do not."""

import pandas as pd

from uptake.openclosed.capability.benchmarks import groups, known_scores, waits


def benchmarks_used(
    *,
    newer_from: str = "2024-07-01",
    undated: str = "out",
    start: str = "2024-01-01",
    unknown: str = "resolved",
    country: str = "all",
) -> pd.Series:
    """Return how many benchmarks were scored, how many are left out and why, and how many count.

    Parameters
    ----------
    newer_from, undated, start, unknown, country
        Which records count; see `groups`.

    Returns
    -------
    Series
        ``scored`` by the freeze; left out, in this order: ``with models of one side only``,
        ``without a release date``, ``without a closed record since`` the start; and what remains,
        ``older`` and ``newer``. The parts sum to the first.

    Examples
    --------
    >>> counts = benchmarks_used()
    >>> bool(counts["scored"] == counts.drop("scored").sum())
    True
    """
    choices = {"unknown": unknown, "country": country}
    scored = known_scores(**choices)[0]["benchmark"].nunique()
    table = waits(**choices).table
    kept = groups(newer_from=newer_from, undated=undated, start=start, **choices)
    both, used = set(table["benchmark"]), set(kept["benchmark"])
    dated = set(table.loc[table["appeared"].notna(), "benchmark"]) if undated == "out" else both
    newer = kept.loc[kept["newer"], "benchmark"].nunique()
    return pd.Series(
        {
            "scored": scored,
            "with models of one side only": scored - len(both),
            "without a release date": len(both - dated),
            f"without a closed record since {start}": len(dated - used),
            "older": len(used) - newer,
            "newer": newer,
        }
    )


def first_run(*, unknown: str = "resolved", country: str = "all") -> pd.DataFrame:
    """Return when the first model that was run on each benchmark was released.

    A benchmark on which no model of an earlier day was run is hardly older than that day; one on
    which some were may be, or not, for old models are run on new benchmarks too.

    Parameters
    ----------
    unknown, country
        As for `waits`; benchmarks with models of one side only are left out.

    Returns
    -------
    DataFrame
        By benchmark: ``first``, the earliest release of a model that was run, and ``dated``,
        whether the table gives a release date of the benchmark.

    Examples
    --------
    >>> bool((first_run()["first"] <= pd.Timestamp("2026-05-31")).all())
    True
    """
    scores = known_scores(unknown, country)[0].groupby("benchmark", observed=True)
    table = pd.DataFrame(
        {
            "first": scores["released"].min(),
            "dated": scores["benchmark_released"].first().notna(),
        }
    )
    return table[table.index.isin(waits(unknown=unknown, country=country).table["benchmark"])]
