"""Tables that the benchmarks leave behind, with what they were made with."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

import uptake

HERE = Path(__file__).parent


def write(name: str, rows: list[dict], seed: int) -> pd.DataFrame:
    """Write rows to a CSV beside this file with date, seed and versions, and return them."""
    table = stamped(rows, seed)
    table.to_csv(HERE / f"{name}.csv", index=False, float_format="%.4g", lineterminator="\n")
    return table


def stamped(rows: list[dict], seed: int) -> pd.DataFrame:
    """Return rows with today's date, the seed and the versions that made them."""
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "uptake": version()}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return pd.DataFrame(rows).assign(date=today, seed=seed, **versions)


def version() -> str:
    """Return the installed version of the package."""
    from importlib.metadata import version as installed

    return installed(uptake.__name__)
