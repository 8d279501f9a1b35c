r"""The best scale of each record for given shapes, and what it takes out of residuals and slopes.

For :math:`y = s g + \text{noise}` the best scale is
:math:`\hat s = \langle g, y\rangle / \langle g, g\rangle`, unless it is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from uptake.least_squares import Array, Rows


def powers(shape: Array) -> NDArray[np.intc]:
    """Return the power of two of the largest value in each row (..., n), shape (..., 1).

    Rows divided by it have squares in floating point, and not a digit of theirs changes.

    Examples
    --------
    >>> rows = np.array([[1e-200, 3e-200], [0.1, 0.7]])
    >>> np.ldexp(rows, -powers(rows)).round(2).tolist()
    [[0.19, 0.57], [0.1, 0.7]]
    """
    largest = np.abs(shape).max(axis=-1, keepdims=True)
    return np.where(np.isfinite(largest), np.frexp(largest)[1], 0)


@dataclass(frozen=True, eq=False)
class Projection:
    """Which rows' scale is projected out, and at what the others' is held.

    Parameters
    ----------
    held : ndarray, shape (batch, 1), or None
        The scale as the search sees it, NaN where it is projected out; None for all rows.
    """

    held: Array | None

    @cached_property
    def out(self) -> NDArray[np.bool_] | bool:
        """Rows (batch, 1) whose scale is projected out."""
        return True if self.held is None else np.isnan(self.held)

    @cached_property
    def mixed(self) -> bool:
        """Whether the scale is held in some rows and projected out in others."""
        return self.held is not None and bool(np.any(self.out))

    @cached_property
    def whole(self) -> bool:
        """Whether the scale is held in every row."""
        return not np.any(self.out)

    def scale(self, y: Array, design: Array, rows: Rows) -> tuple[Array, Array]:
        """Return the best (or held) scale of each row (b, 1), and the design's square."""
        size = np.vecdot(design, design)[:, np.newaxis]
        if self.whole:
            return self.held[rows], size
        best = np.vecdot(design, y)[:, np.newaxis] / size
        return np.where(self.out[rows], best, self.held[rows]) if self.mixed else best, size

    def take_out(
        self, slopes: Array, by_residual: Array | float, design: Array, size: Array, rows: Rows
    ) -> None:
        """Subtract, in place, what a change of the best scale takes up of slopes (..., b, n)."""
        if self.whole:
            return
        change = (by_residual + np.vecdot(slopes, design))[..., np.newaxis] / size
        slopes -= (np.where(self.out[rows], change, 0.0) if self.mixed else change) * design
