"""What the benchmarks measured when they were last run: coverage, sharing, speed, robustness."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

NAMES = ("coverage", "sharing", "speed", "robustness")


def measured(name: str, *, folder: Path | str | None = None) -> pd.DataFrame:
    """Return a table that ``make bench`` wrote, with the date, seed and versions of its run.

    Parameters
    ----------
    name : {"coverage", "sharing", "speed", "robustness"}
        Coverage: one row per kind of noise, method, cut (in peak times) and quantity, with the
        share of simulated intervals or bands that held the truth, the 95% interval of that share
        (``low``, ``high``), the share of ceilings ``unbounded`` and the median ``width`` (upper
        over lower end). Sharing: how often parameters that are shared were rejected at 5%. Speed:
        ratios of processor time, and shares of it. Robustness: records fitted, optima
        missed, and the worst sum of squares over the best of an independent optimiser.
    folder : path, optional
        Where the tables are; by default ``tests/benchmarks`` beside the nearest
        ``pyproject.toml`` above the working directory.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        For another name, or where there is no such table.

    Examples
    --------
    >>> measured("speed")["date"].nunique()
    1
    """
    if name not in NAMES:
        raise ValueError(f"no benchmark is called {name!r}; take one of {', '.join(NAMES)}")
    path = (_home() if folder is None else Path(folder)) / f"{name}.csv"
    if not path.is_file():
        raise ValueError(f"there is no {path.name} in {path.parent}; make bench writes it")
    return pd.read_csv(path, parse_dates=["date"])


def _home() -> Path:
    here = Path.cwd()
    homes = [each for each in (here, *here.parents) if (each / "pyproject.toml").is_file()]
    return (homes[0] if homes else here) / "tests" / "benchmarks"
