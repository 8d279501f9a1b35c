"""The universe of a claim's choices, and the estimate under each of them."""

import importlib
import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from uptake.openclosed.choices.cache import Row, slot
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.rules import Claim

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
    should leave the estimate as it is. A run whose code and data have not changed is recalled
    from an earlier one (see `uptake.openclosed.choices.cache`).

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
    place = slot(function, claim, fixed)
    rows = place.recall(len(table)) if place else None
    if rows is None:
        chosen = _counted(table.to_dict("records"), claim.id, progress)
        rows = [_row(function, claim, each, fixed) for each in chosen]
        # Asked again, for a source may have been edited meanwhile and loaded late.
        if place and place == slot(function, claim, fixed):
            place.keep(rows)
    return table.join(pd.DataFrame(rows, columns=list(RESULTS)))


def _row(function: Callable[..., Estimate], claim: Claim, chosen: dict, fixed: dict) -> Row:
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
    numbers = (float(number) for number in (estimate.value, estimate.low, estimate.high))
    return (*numbers, "; ".join(estimate.concerns))


def owner(claim: Claim) -> Callable[..., Estimate]:
    """Return the function that owns a claim, as ``function`` in ``claims.toml`` names it.

    Parameters
    ----------
    claim : Claim
        Its ``function`` is a module of `uptake.openclosed` and a name in it.

    Raises
    ------
    ValueError
        If the module or the function does not exist.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> owner(claims.load()["C10"]).__name__
    'slope_difference'
    """
    theme, name = claim.function.split(".")
    module = f"{__package__.rpartition('.')[0]}.{theme}"
    # Looked up before it is imported, so that a fault inside the module is not taken for absence.
    if importlib.util.find_spec(module) is None:
        raise ValueError(f"{claim.id}: there is no module {module}")
    function = getattr(importlib.import_module(module), name, None)
    if function is None:
        raise ValueError(f"{claim.id}: {module} has no function {name}")
    return function


def all_claims(claims: Iterable[Claim], *, progress: bool | None = None) -> dict[str, pd.DataFrame]:
    """Run every combination of every claim's choices by the function that owns the claim.

    A claim that no public figure tests has nothing to run and is left out. What other runs have
    stored is not computed again (see `uptake.openclosed.choices.cache`).

    Parameters
    ----------
    claims : iterable of Claim
        Such as ``claims.load().values()``.
    progress : bool, optional
        As for `run`.

    Returns
    -------
    dict of DataFrame
        What `run` returns, by the claim's id, in the order given.

    Raises
    ------
    ValueError
        If the function of a claim does not exist. All such claims are named, and none is run.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> tables = all_claims([claims.load()["C4"]])
    >>> {name: len(table) for name, table in tables.items()}
    {'C4': 8}
    """
    testable = [claim for claim in claims if claim.testable]
    functions, absent = {}, []
    for claim in testable:
        try:
            functions[claim.id] = owner(claim)
        except ValueError as error:
            absent.append(str(error))
    if absent:
        raise ValueError(
            f"not all claims can be run; leave them out or write what is missing: "
            f"{'; '.join(absent)}"
        )
    return {each.id: run(functions[each.id], each, progress=progress) for each in testable}


def _counted(rows: list[dict], name: str, progress: bool | None) -> Iterator[dict]:
    """Yield the rows, counting them on one line of the error stream."""
    show = sys.stderr.isatty() if progress is None else progress
    for number, row in enumerate(rows, 1):
        if show:
            end = "\n" if number == len(rows) else ""
            print(f"\r{name}: choice {number} of {len(rows)}", end=end, file=sys.stderr, flush=True)
        yield row
