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
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "uptake": version()}
    table = pd.DataFrame(rows).assign(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(), seed=seed, **versions
    )
    table.to_csv(HERE / f"{name}.csv", index=False, float_format="%.4g", lineterminator="\n")
    return table


def version() -> str:
    """Return the installed version of the package."""
    from importlib.metadata import version as installed

    return installed(uptake.__name__)
