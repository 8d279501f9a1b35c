"""Every combination of the declared choices: list them, run them, count what they say.

After Steegen et al. (2016), Perspectives on Psychological Science 11, and Simonsohn, Simmons and
Nelson (2020), Nature Human Behaviour 4: all reasonable specifications are run and all are kept.
"""

import itertools
import math
import sys
from collections.abc import Callable, Iterator

import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.rules import Claim, Region

RESULTS = ("estimate", "low", "high", "concerns")
"""Columns that `run` adds to the choices."""


def universe(claim: Claim) -> pd.DataFrame:
    """Return all combinations of a claim's declared levels, the primary choice first.

    Parameters
    ----------
    claim : Claim
        A claim with its dimensions of choice.

    Returns
    -------
    DataFrame, shape (product of the numbers of levels, number of dimensions)
        One row per specification, one column per dimension, in the file's order.

    Raises
    ------
    ValueError
        If the claim declares no dimensions.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c4 = claims.load()["C4"]
    >>> len(universe(c4)), universe(c4).iloc[0].to_dict() == c4.primary
    (8, True)
    """
    if not claim.dimensions:
        raise ValueError(f"{claim.id} declares no choices; add [[claims.{claim.id}.dimensions]]")
    names = [dimension.name for dimension in claim.dimensions]
    rows = itertools.product(*(dimension.values for dimension in claim.dimensions))
    return pd.DataFrame(list(rows), columns=names)


def run(
    function: Callable[..., Estimate],
    claim: Claim,
    *,
    progress: bool | None = None,
    **fixed: object,
) -> pd.DataFrame:
    """Estimate a claim under every combination of its choices and keep all results.

    A combination that cannot be estimated is one for which ``function`` returns
    `Estimate.missing`; it stays in the table with its reason. An exception is a fault and is
    passed on with the choices that led to it. A choice that does not apply in some combination
    should leave the estimate as it is.

    Parameters
    ----------
    function : callable
        Takes the claim's dimensions as keyword arguments and returns an `Estimate`.
    claim : Claim
        The claim whose choices are run.
    progress : bool, optional
        Whether to count on the error stream; by default only where that is a terminal.
    **fixed
        Further arguments, the same for every combination.

    Returns
    -------
    DataFrame
        The columns of `universe`, then ``estimate``, ``low``, ``high`` (in the unit of the
        prediction, NaN where there is none) and ``concerns`` (text).

    Raises
    ------
    ValueError
        If an estimate comes in another unit than the prediction's, or no choices are declared.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c4 = claims.load()["C4"]
    >>> def difference(level, mixed, start):
    ...     return Estimate(12.0, 4.0, 20.0, "percentage points")
    >>> run(difference, c4)["estimate"].tolist() == [12.0] * 8
    True
    """
    table = universe(claim)
    estimates = []
    for chosen in _counted(table.to_dict("records"), claim.id, progress):
        try:
            estimate = function(**chosen, **fixed)
        except Exception as error:
            error.add_note(f"while estimating {claim.id} with {chosen}")
            raise
        if estimate.unit != claim.prediction.unit:
            raise ValueError(
                f"{claim.id} is judged in {claim.prediction.unit!r}, but with {chosen} "
                f"{function.__name__} returned {estimate.unit!r}; convert it"
            )
        estimates.append(estimate)
    rows = [(e.value, e.low, e.high, "; ".join(e.concerns)) for e in estimates]
    return table.join(pd.DataFrame(rows, columns=list(RESULTS)))


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


def _counted(rows: list[dict], name: str, progress: bool | None) -> Iterator[dict]:
    """Yield the rows, counting them on one line of the error stream."""
    show = sys.stderr.isatty() if progress is None else progress
    for number, row in enumerate(rows, 1):
        if show:
            end = "\n" if number == len(rows) else ""
            print(f"\r{name}: choice {number} of {len(rows)}", end=end, file=sys.stderr, flush=True)
        yield row
