"""Durables sold in the United States: what each year's record said of the market's size."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from uptake import datasets
from uptake.curves import Bass
from uptake.recovery import as_known

DURABLES = {
    "us_vcr_sales": "Video recorders",
    "us_colour_television_sales": "Colour television",
    "us_clothes_dryer_sales": "Clothes dryers",
    "us_room_air_conditioner_sales": "Room air conditioners",
}
"""Yearly sales in `classic_diffusion`, and their names in tables."""


def each_year(
    name: str,
    *,
    first: int = 5,
    earlier: float = 0.0,
    ends: Iterable[int] | None = None,
    intervals: bool = True,
) -> pd.DataFrame:
    """Fit a Bass curve to a durable's sales as known at the end of each year.

    Parameters
    ----------
    name : str
        A value of `DURABLES`.
    first : int
        Number of years known at first.
    earlier : float
        By how many years the launch came before the first year on record.
    ends : iterable of int, optional
        Numbers of years known; by default all from ``first`` on.
    intervals : bool
        As for `uptake.recovery.as_known`.

    Returns
    -------
    DataFrame
        As `uptake.recovery.as_known` returns it, ``ceiling``, ``low`` and ``high`` over what was
        sold by the end of the record; indexed by the last year known.

    Raises
    ------
    ValueError
        For a name that is not there.

    Examples
    --------
    >>> each_year("Video recorders", first=9)[["low", "high"]].round(2).to_numpy().tolist()
    [[0.95, 1.2], [1.0, 1.24]]
    """
    series = {label: key for key, label in DURABLES.items()}
    if name not in series:
        raise ValueError(f"no durable {name!r}; there are {', '.join(series)}")
    sales = datasets.load("classic_diffusion").query("series == @series[@name]")
    y, edges = sales["value"].to_numpy(), np.arange(len(sales) + 1) + earlier
    ends = range(first, y.size + 1) if ends is None else ends
    table = as_known(Bass, edges, y, ends, kind="flow", intervals=intervals)
    table[["ceiling", *(["low", "high"] if intervals else [])]] /= y.sum()
    years = sales["date"].dt.year.to_numpy()[table["known"] - 1]
    return table.set_index(years).rename_axis("last_known")


def all_as_known(first: int) -> pd.DataFrame:
    """Return every durable's table of `each_year` without intervals, named in ``record``.

    Examples
    --------
    >>> all_as_known(6)["record"].nunique()
    4
    """
    options = {"first": first, "intervals": False}
    return pd.concat([each_year(k, **options).assign(record=k) for k in DURABLES.values()])


def borrowed_shape(p: float, q: float, *, years: int = 5) -> pd.DataFrame:
    """Fit only the ceiling to a durable's first years, the shape held at borrowed values.

    Parameters
    ----------
    p, q : float
        Coefficients of innovation and imitation, per year.
    years : int
        How many are known.

    Returns
    -------
    DataFrame
        By durable, as multiples of what was sold by the end of the record: the 95% interval with
        the borrowed shape (``low``, ``high``), and the one of the whole record with its shape
        free (``whole_low``, ``whole_high``).

    Examples
    --------
    >>> borrowed_shape(0.03, 0.38).loc["Video recorders"].round(2).tolist()
    [0.42, 1.35, 1.0, 1.24]
    """
    sales, rows = datasets.load("classic_diffusion"), {}
    for series, name in DURABLES.items():
        y = sales.loc[sales["series"] == series, "value"].to_numpy()
        edges = np.arange(y.size + 1)
        held = as_known(Bass, edges, y, [years], kind="flow", fixed={"p": p, "q": q}).iloc[0]
        free = as_known(Bass, edges, y, [y.size], kind="flow").iloc[0]
        ends = {"low": held["low"], "high": held["high"]}
        ends |= {"whole_low": free["low"], "whole_high": free["high"]}
        rows[name] = pd.Series(ends) / y.sum()
    return pd.DataFrame(rows).T
