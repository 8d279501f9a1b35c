"""Which choice moves the answer most: the variance over all specifications, divided."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.choices.running import RESULTS

INTERACTIONS = "interactions"
"""Row for the variance that no single choice explains."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """How much of the variance of the estimates each choice explains.

    Parameters
    ----------
    table : DataFrame
        Indexed by choice, the largest share first, then ``interactions``. ``share`` is the part of
        the variance, 0 to 1, which sums to one. ``shift`` is how far the estimate moves, in its
        own unit, from the level with the lowest to that with the highest, the other choices held;
        NaN for interactions, where one level only has estimates, and everywhere if two choices
        cannot be told apart.
    estimated, combinations : int
        How many combinations of the levels have an estimate, and how many there are.
    thin : tuple of str
        Levels, as ``choice=level``, that have an estimate in fewer combinations than another level
        of their choice; where one has none at all, nothing is known of it.
    """

    table: pd.DataFrame
    estimated: int
    combinations: int
    thin: tuple[str, ...] = ()

    @cached_property
    def concerns(self) -> tuple[str, ...]:
        """Reasons to distrust the division."""
        missing = self.combinations - self.estimated
        if not missing:
            return ()
        found = f"{missing} of {self.combinations} combinations have no estimate"
        uneven = f", more of them under {', '.join(self.thin)}" if self.thin else ""
        return (f"{found}{uneven}; the shares hold for the others",)


def decompose(specifications: pd.DataFrame) -> Decomposition:
    r"""Divide the variance of the estimates among the choices.

    In a full factorial the share of a choice :math:`d` is its main effect in the analysis of
    variance,

    .. math:: \text{share}_d = \frac{\sum_\ell n_\ell (\bar{y}_\ell - \bar{y})^2}
              {\sum_i (y_i - \bar{y})^2},

    with :math:`\bar{y}_\ell` the mean of the :math:`n_\ell` estimates with level :math:`\ell`.
    Where combinations have no estimate the choices are correlated, and the main effect of one
    depends on which others were taken out before it. The share is then the mean of that dependent
    sum of squares over all orders of the choices (Lindeman, Merenda and Gold 1980; Groemping 2007,
    The American Statistician 61), which for a full factorial is the formula above. What is left,
    the part that the sum of the single choices does not explain, are interactions.

    Intervals play no part: a choice may matter little for the estimate and much for its interval.
    A few estimates far from the others decide the result, as they do in any variance.

    Parameters
    ----------
    specifications : DataFrame
        As `run` returns it: a column per choice, then the results.

    Returns
    -------
    Decomposition
        Shares sum to one. If all estimates are equal there is nothing to divide, and they are NaN.

    Raises
    ------
    ValueError
        If there is no choice, or fewer than two estimates, or a combination occurs twice.

    Examples
    --------
    >>> table = pd.DataFrame({"start": ["a", "a", "b", "b"], "blend": [1, 2, 1, 2],
    ...                       "estimate": [0.0, 1.0, 4.0, 5.0]})
    >>> decompose(table).table.round(3)
                  share  shift
    start         0.941    4.0
    blend         0.059    1.0
    interactions  0.000    NaN
    """
    names = [name for name in specifications if name not in RESULTS]
    _check(specifications, names)
    known = specifications[np.isfinite(specifications["estimate"].to_numpy(float))]
    if len(known) < 2:
        raise ValueError(f"{len(known)} estimates have no variance to divide; two are needed")
    y = known["estimate"].to_numpy(float)
    columns = {name: _indicators(known[name]) for name in names}
    # Relative to the size of the numbers, so that rounding alone is not taken for variance.
    varies = np.ptp(y) > 1e-12 * np.abs(y).max()
    shares = _shares(y, columns) if varies else dict.fromkeys(names, math.nan)
    shifts = _shifts(y, columns)
    table = pd.DataFrame({"share": shares, "shift": shifts}).sort_values(
        "share", ascending=False, kind="stable"
    )
    table.loc[INTERACTIONS] = [1 - table["share"].sum(skipna=False), math.nan]
    if varies:  # what rounding leaves of an exact zero
        table["share"] = table["share"].where(table["share"].abs() > 1e-12, 0.0)
    combinations = math.prod(specifications[names].nunique())
    return Decomposition(table, len(known), combinations, _thin(specifications, known, names))


def _check(specifications: pd.DataFrame, names: Sequence[str]) -> None:
    if not names or "estimate" not in specifications:
        raise ValueError("the table needs choices and an estimate; make it with run()")
    if repeated := specifications.duplicated(names).sum():
        raise ValueError(f"{repeated} combinations occur more than once; each counts once")


def _indicators(levels: pd.Series) -> NDArray:
    """Return a column per level that occurs, but the first, less its mean: shape (n, levels-1)."""
    codes, found = pd.factorize(levels)
    marks = codes[:, None] == np.arange(1, len(found))
    return marks - marks.mean(axis=0)


def _explained(y: NDArray, columns: Sequence[NDArray]) -> float:
    """Return the part of the variance that a sum of choices explains."""
    centred = y - y.mean()
    if not columns:
        return 0.0
    design = np.column_stack(columns)
    fitted = design @ np.linalg.lstsq(design, centred)[0]
    return float(fitted @ fitted / (centred @ centred))


def _shares(y: NDArray, columns: dict[str, NDArray]) -> dict[str, float]:
    """Return the mean over all orders of what each choice explains beyond those before it."""
    names, total = list(columns), len(columns)
    explained = {
        chosen: _explained(y, [columns[name] for name in chosen])
        for size in range(total + 1)
        for chosen in itertools.combinations(names, size)
    }
    shares = dict.fromkeys(names, 0.0)
    for chosen, before in explained.items():
        # The part of all orders in which exactly these come before the next one.
        weight = 1 / (total * math.comb(total - 1, len(chosen))) if len(chosen) < total else 0
        for name in set(names) - set(chosen):
            with_it = tuple(each for each in names if each in chosen or each == name)
            shares[name] += weight * (explained[with_it] - before)
    return shares


def _shifts(y: NDArray, columns: dict[str, NDArray]) -> dict[str, float]:
    """Return for each choice the range of its levels' effects in the sum of all choices."""
    design = np.column_stack([np.ones(len(y)), *columns.values()])
    effects, _, rank, _ = np.linalg.lstsq(design, y)
    if rank < design.shape[1]:  # two choices always changed together: which of them moved it?
        return dict.fromkeys(columns, math.nan)
    effects = effects[1:]
    ends = np.cumsum([part.shape[1] for part in columns.values()])
    parts = np.split(effects, ends[:-1])
    return {
        name: float(np.ptp([0.0, *part])) if part.size else math.nan
        for name, part in zip(columns, parts, strict=True)
    }


def _thin(
    specifications: pd.DataFrame, known: pd.DataFrame, names: Sequence[str]
) -> tuple[str, ...]:
    found = []
    for name in names:
        counts = known[name].value_counts().reindex(specifications[name].unique(), fill_value=0)
        found += [f"{name}={level}" for level in counts.index[counts < counts.max()]]
    return tuple(found)
