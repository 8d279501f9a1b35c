"""What was known when the essay appeared, and what has become known since.

Verdicts rest on fits to ``known`` rows; ``later`` rows may only score or describe.
"""

import pandas as pd

from uptake import datasets

FREEZE = pd.Timestamp("2026-05-31")
"""The last day whose figures may enter a fit; the essay is dated 2026-06-01."""


def known(name: str, **options: object) -> pd.DataFrame:
    """Return the rows of a table that were public by the freeze.

    Of a table that its producer revises, the rows are those of the last edition by the freeze.

    Parameters
    ----------
    name : str
        Name of the table.
    **options
        Passed to `uptake.datasets.load`: ``vintage``, ``until``, ``corrected``.

    Returns
    -------
    DataFrame
        Typed as `uptake.datasets.load` types it.

    Raises
    ------
    ValueError
        If a vintage or a day after the freeze is asked for.

    Examples
    --------
    >>> from uptake.openclosed.freeze import known
    >>> known("capability_index")["vintage"].unique().astype(str).tolist()
    ['2026-05-14']
    """
    for option in ("vintage", "until"):
        day = options.get(option)
        if day is not None and pd.Timestamp(day) > FREEZE:
            raise ValueError(
                f"{option} {day} is after the freeze ({FREEZE:%Y-%m-%d}); "
                f"use later({name!r}) to score or describe"
            )
    return datasets.load(name, **{"until": FREEZE, **options})


def later(name: str, **options: object) -> pd.DataFrame:
    """Return the rows of a table that became public after the freeze, to score or describe.

    Of a table that its producer revises, the rows are those of all editions after the freeze.

    Parameters
    ----------
    name : str
        Name of the table.
    **options
        Passed to `uptake.datasets.load`: ``vintage``, ``corrected``.

    Returns
    -------
    DataFrame
        Typed as `uptake.datasets.load` types it.

    Raises
    ------
    ValueError
        If the table has no dates.

    Examples
    --------
    >>> from uptake.openclosed.freeze import later
    >>> later("capability_index")["vintage"].unique().astype(str).tolist()
    ['2026-07-01', '2026-08-11']
    """
    card = datasets.source(name)
    column = card.vintage or card.known
    if not column:
        raise ValueError(f"{name} has no dates, so nothing in it is later than the freeze")
    frame = datasets.load(name, **options)
    return frame[frame[column] > FREEZE].reset_index(drop=True)
