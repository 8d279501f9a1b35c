"""The share of the specifications whose estimate lies in a region, each level weighted equally."""

import math

import pandas as pd

from uptake.openclosed.choices.running import RESULTS, universe
from uptake.openclosed.rules import Claim, Region


def share(specifications: pd.DataFrame, region: Region, *, claim: Claim | None = None) -> float:
    r"""Return the weight of the specifications whose estimate lies in a region.

    Every level of a dimension has the same weight, and the dimensions multiply:

    .. math:: w = \prod_d \frac{1}{\text{levels of } d}, \qquad
              \text{share} = w \cdot \#\{i : \text{estimate}_i \in \text{region}\}

    Over the full factorial the weights sum to one and each combination counts once. So a dimension
    that does not move the estimate leaves the share unchanged, however many levels it has: copies
    of a result made by an idle choice do not vote. Near-copies among the levels of one dimension
    do take weight, which is why declared levels must differ in substance.

    A combination that is absent, or has no estimate, keeps its weight and lies in no region. The
    share is then the lowest it could be: what cannot be computed never helps a claim.

    Parameters
    ----------
    specifications : DataFrame
        As `run` returns it: a column per dimension, then the results.
    region : Region
        Where the estimate should lie, ends included.
    claim : Claim, optional
        Whose declared levels are counted; by default the levels that occur in the table.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the table does not hold the claim's choices, or holds a combination twice.

    Examples
    --------
    >>> import math
    >>> table = pd.DataFrame({"start": ["2023", "2024"], "estimate": [4.0, 1.0]})
    >>> share(table, Region(3, math.inf))
    0.5
    """
    estimate = specifications["estimate"].to_numpy(float)
    inside = (region.low <= estimate) & (estimate <= region.high)
    return float(inside.sum() / _combinations(specifications, claim))


def _combinations(specifications: pd.DataFrame, claim: Claim | None) -> int:
    """Return the number of combinations of levels, having checked that none occurs twice."""
    found = specifications.drop(columns=list(RESULTS), errors="ignore")
    if claim is not None:
        declared = universe(claim)
        if set(found) != set(declared):
            raise ValueError(
                f"{claim.id} declares the choices {', '.join(declared)}, but the table has "
                f"{', '.join(found) or 'none'}; make the table with run()"
            )
        extra = set(_rows(found[list(declared)])) - set(_rows(declared))
        if extra:
            raise ValueError(f"{claim.id} does not declare the combination {extra.pop()}")
    if repeated := found.duplicated().sum():
        raise ValueError(f"{repeated} combinations occur more than once; each counts once")
    return math.prod(found.nunique()) if claim is None else claim.combinations


def _rows(table: pd.DataFrame) -> list[tuple]:
    return list(table.itertuples(index=False, name=None))
