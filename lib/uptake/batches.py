"""What fitting many records returns: their parameters as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.intervals import figure
from uptake.least_squares import Array, Minimum
from uptake.separable import HORIZON, Problem
from uptake.showing import as_html

C = TypeVar("C", bound=Curve)


@dataclass(frozen=True, eq=False)
class FitMany(Generic[C]):
    """Fits of one curve to many records on common times.

    Attributes
    ----------
    params : DataFrame
        One row per record, one column per parameter; rows are labelled as the records' were.
    sse : ndarray, shape (batch,)
        Sums of squared residuals, on the scale of the fits.
    converged : ndarray of bool, shape (batch,)
        Whether each search ended at an optimum, or at a limit. False where the best scale is zero
        or negative: no curve is, and `uptake.fit` raises FitError. The numbers found stay in
        `params` all the same, so that what is counted over records counts all of them.
    interior : ndarray of bool, shape (batch,)
        Whether that optimum is interior; if not, the parameters are the limit reached, or those
        of no curve.

    Examples
    --------
    >>> from uptake import Logistic, fit_many
    >>> records = [[2, 4, 9, 17, 27, 36, 41, 44], [1, 2, 4, 8, 13, 17, 20, 21]]
    >>> fits = fit_many(Logistic, range(8), records)
    >>> print(len(fits), fits.curve(1))
    2 Logistic(m=22.13, r=0.9, t0=3.628)
    """

    model: type[C]
    params: pd.DataFrame
    sse: Array
    converged: np.ndarray
    interior: np.ndarray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.params)

    def curve(self, i: int) -> C:
        """Return the curve of record ``i``, counted from 0.

        Raises
        ------
        ValueError
            For a record that no curve fits best: its scale is zero or negative.
        """
        return self.model(*self.params.iloc[i].tolist())

    def _summary(self) -> tuple[str, list[tuple[str, ...]]]:
        """Return what was fitted, and quantiles of each parameter over the records."""
        settled, interior = int(self.converged.sum()), int(self.interior.sum())
        title = (
            f"{self.model.__name__}, {len(self)} records: {settled} searches settled, "
            f"{interior} at an interior optimum"
        )
        below = int((self.params.iloc[:, 0] <= 0).sum())
        title += f", {below} with a scale that no curve has" if below else ""
        quantiles = self.params.quantile([0.05, 0.5, 0.95]).T
        return title, [(name, *map(figure, row)) for name, row in zip(quantiles.index,
                       quantiles.to_numpy(), strict=True)]  # fmt: skip

    def __str__(self) -> str:
        """Say how many searches settled, and the spread of each parameter over the records."""
        title, rows = self._summary()
        spread = [
            f"  {name}: median {mid}, 90% within {low} to {high}" for name, low, mid, high in rows
        ]
        return "\n".join([title, *spread])

    def _repr_html_(self) -> str:
        title, rows = self._summary()
        return as_html(title, (["", "5%", "median", "95%"], rows))


def many(problem: Problem, found: Minimum) -> FitMany:
    """Collect where the searches of a problem ended.

    Rows whose ceiling ran away are kept as they are; `uptake.fit_many` puts them at the limit.
    """
    rows = np.arange(len(problem.y))
    scale = problem.best_scale(found.theta)
    columns = [column[:, 0] for column in problem.to_shapes(found.theta, rows)]
    params = pd.DataFrame(np.column_stack([scale, *columns]), columns=list(problem.curve.names()))
    shape = found.at_bound if problem.errors == "iid" else found.at_bound[:, :-1]
    away = problem.curve.bounded & (scale > HORIZON * problem.record)
    # The scale is projected out whatever its sign: falling flows are a rising curve turned over.
    is_curve = scale > 0
    return FitMany(
        model=problem.curve,
        params=params,
        sse=found.cost * problem.unit**2,
        converged=found.converged & is_curve,
        interior=is_curve & ~away & ~shape.any(axis=1),
    )
