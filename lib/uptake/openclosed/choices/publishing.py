"""Specifications as an output of a notebook, which the book collects for the explorer.

Numbers are rounded to seven significant digits, one more than a fresh run is compared on, unless
that would carry one over an end of a region: then all its digits are kept, so that a verdict
worked out from what was published is the verdict of the full numbers.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.choices.counting import share
from uptake.openclosed.choices.running import RESULTS, universe
from uptake.openclosed.rules import Claim

MIME = "application/vnd.uptake.specifications+json"
"""Type under which specifications show themselves, so that the book can collect them."""

LARGEST = 1_000_000
"""Characters that the specifications of all claims may take, in JSON without spaces."""

_DIGITS = 7


@dataclass(frozen=True, eq=False)
class Published:
    """The specifications of some claims; Jupyter shows a line for each.

    Parameters
    ----------
    content : dict
        By claim id, as `packed` makes it.
    """

    content: dict[str, dict[str, Any]]

    def __str__(self) -> str:
        """Return a line for each claim: how many combinations there are, and have an estimate."""
        counts = {name: len(numbers(each)) for name, each in self.content.items()}
        known = {
            name: int(numbers(each)["estimate"].notna().sum())
            for name, each in self.content.items()
        }
        return "\n".join(
            f"{name}: {count} combinations of choices, {known[name]} with an estimate"
            for name, count in counts.items()
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": str(self), MIME: self.content}


def publish(claims: Mapping[str, Claim], tables: Mapping[str, pd.DataFrame]) -> Published:
    """Return specifications in the form that the book collects for the explorer.

    Parameters
    ----------
    claims : mapping of str to Claim
        As `claims.load` returns them.
    tables : mapping of str to DataFrame
        What `run` returned for each claim, by id; `all_claims` returns such a mapping.

    Returns
    -------
    Published
        Show it as the last line of a cell.

    Raises
    ------
    ValueError
        If a table is not the whole universe of its claim, or all tables together are too large.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c4 = claims.load()["C4"]
    >>> table = universe(c4).assign(estimate=12.0, low=4.0, high=math.inf, concerns="short")
    >>> print(publish({"C4": c4}, {"C4": table}))
    C4: 8 combinations of choices, 8 with an estimate
    """
    content = {name: packed(claims[name], table) for name, table in tables.items()}
    size = sum(len(json.dumps(each)) for each in content.values())
    if size > LARGEST:
        raise ValueError(
            f"the specifications take {size:,} characters, more than {LARGEST:,}; shorten the "
            "concerns, which repeat themselves most"
        )
    return Published(content)


def packed(claim: Claim, table: pd.DataFrame) -> dict[str, Any]:
    """Return one claim's specifications for machines.

    Parameters
    ----------
    claim : Claim
        The claim whose choices were run.
    table : DataFrame
        As `run` returns it.

    Returns
    -------
    dict
        ``choices``: name and levels of each dimension, the primary level first. ``estimate``,
        ``low``, ``high``: numbers in the order of `universe` (the last dimension changes fastest),
        written one after the other with spaces between, ``NaN`` and ``Infinity`` among them.
        ``concerns``: the different texts; ``concern``: which of them each specification has.
    """
    share(table, claim.prediction.supports, claim=claim)  # refuses a table of other choices
    names = [dimension.name for dimension in claim.dimensions]
    if not table[names].reset_index(drop=True).equals(universe(claim)):
        raise ValueError(f"{claim.id}: the table is not in the order of run(); give its result")
    regions = (claim.prediction.supports, claim.prediction.refutes)
    ends = np.array([end for region in regions for end in (region.low, region.high)])
    codes, texts = pd.factorize(table["concerns"])
    return {
        "choices": [[d.name, list(d.values)] for d in claim.dimensions],
        **{column: _written(table[column].to_numpy(float), ends) for column in RESULTS[:3]},
        "concerns": list(texts),
        "concern": " ".join(map(str, codes)),
    }


def numbers(content: Mapping[str, Any]) -> pd.DataFrame:
    """Return the numbers of one claim's published specifications.

    Parameters
    ----------
    content : mapping
        As `packed` made it.

    Returns
    -------
    DataFrame
        ``estimate``, ``low`` and ``high``, NaN where there is none.
    """
    columns = {name: [float(each) for each in content[name].split()] for name in RESULTS[:3]}
    return pd.DataFrame(columns)


def _written(values: NDArray, ends: NDArray) -> str:
    return " ".join(_short(value, ends) for value in values.tolist())


def _short(value: float, ends: NDArray) -> str:
    """Return a number, rounded unless that would move it over, onto or off one of the ends."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:.{_DIGITS}g}"
    same = np.array_equal(np.sign(float(text) - ends), np.sign(value - ends))
    return text if same else repr(value)
