r"""Errors that follow each other: first-order autocorrelation, also on irregular times.

With :math:`e_i = \rho^{g_i} e_{i-1} + \ldots` and gaps g in units of the record's median spacing,
the whitened errors :math:`(e_i - \rho^{g_i} e_{i-1})/\sqrt{1-\rho^{2g_i}}` are independent.
Minimising their sum of squares times :math:`\prod_i (1-\rho^{2g_i})^{1/n}` is maximum likelihood in
the curve and in rho together, so rho is one more coordinate of the same search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uptake.least_squares import Array

BOUNDS = (-3.0, 3.0)
"""Of the coordinate atanh(rho): |rho| up to 0.995."""
STARTS = (0.0, 0.6)
"""Where searches for atanh(rho) start."""


def lag_one(residuals: Array, least: float = 0.0) -> float:
    r"""Return the correlation of residuals with those before them.

    .. math:: r_1 = \sum_{i>1} e_i e_{i-1} \Big/ \sum_i e_i^2

    Parameters
    ----------
    residuals : ndarray, shape (n,)
        In order of time.
    least : float
        Sum of squares up to which they count as rounding, which has no correlation worth a word.

    Returns
    -------
    float
        0 for rounding.

    Examples
    --------
    >>> lag_one(np.array([1.0, 1.0, -1.0, -1.0])), lag_one(np.zeros(4))
    (0.25, 0.0)
    """
    square = residuals @ residuals
    return float(residuals[1:] @ residuals[:-1] / square) if square > least else 0.0


@dataclass(frozen=True, eq=False)
class Chain:
    """Which point follows which, and how far apart they are.

    Parameters
    ----------
    before : ndarray of int, shape (n,) or (batch, n)
        The point before each point, -1 where there is none.
    gap : ndarray, same shape
        Distance to it in units of the median spacing.
    used : ndarray of bool, same shape
        Points with a weight.
    """

    before: NDArray[np.intp]
    gap: Array
    used: NDArray[np.bool_]

    @classmethod
    def of(cls, times: Array, used: NDArray[np.bool_]) -> Chain:
        """Link the used points of a record, in order of time."""
        position = np.broadcast_to(np.arange(times.size), used.shape)
        last = np.maximum.accumulate(np.where(used, position, -1), axis=-1)
        before = np.concatenate([np.full((*used.shape[:-1], 1), -1), last[..., :-1]], axis=-1)
        before = np.where(used, before, -1)
        gap = np.where(before >= 0, times - times[np.maximum(before, 0)], np.nan)
        spacing = np.median(np.diff(times))
        gap = gap / spacing
        if np.nanmax(np.abs(gap - 1), initial=0.0) < 0.12:
            # Months differ in length, yet one month is one step.
            gap = np.where(np.isfinite(gap), 1.0, np.nan)
        return cls(before, np.where(np.isfinite(gap), gap, 1.0), used)

    @property
    def regular(self) -> bool:
        """Whether all gaps are one step; only then can rho be negative."""
        return bool((self.gap == np.round(self.gap)).all())

    def rows(self, which: NDArray[np.intp] | slice) -> Chain:
        """Return the chains of some rows."""
        if self.before.ndim == 1:
            return self
        return Chain(self.before[which], self.gap[which], self.used[which])

    def previous(self, values: Array) -> Array:
        """Return the value before each, zero where there is none; values (..., batch, n)."""
        index = np.broadcast_to(np.maximum(self.before, 0), values.shape)
        return np.where(self.before >= 0, np.take_along_axis(values, index, axis=-1), 0.0)

    def whitener(self, coordinate: Array) -> Whitener:
        """Return the whitening at each row's atanh(rho), shape (batch,)."""
        rho = np.tanh(coordinate)[:, np.newaxis]
        linked = self.before >= 0
        power = np.sign(rho) ** self.gap if self.regular else 1.0
        carried = np.where(linked, power * np.abs(rho) ** self.gap, 0.0)
        with np.errstate(all="ignore"):
            slope = np.where(linked, self.gap * carried / np.where(rho == 0, 1.0, rho), 0.0)
        slope = np.where((rho == 0) & linked & (self.gap == 1), 1.0, slope)
        count = self.used.sum(axis=-1, keepdims=True)
        left = 1 - carried**2
        factor = np.exp(np.log(left).sum(axis=1, keepdims=True) / (2 * count))
        factor_slope = -(carried * slope / left).sum(axis=1, keepdims=True) / count
        return Whitener(self, carried, slope * (1 - rho**2), factor, factor_slope * (1 - rho**2))


@dataclass(frozen=True, eq=False)
class Whitener:
    """A whitening of rows, and its derivative by the coordinate of rho.

    Attributes
    ----------
    carried : ndarray, shape (batch, n)
        Rho to the power of each gap, 0 for a first point.
    slope : ndarray, shape (batch, n)
        Its derivative by the coordinate.
    factor : ndarray, shape (batch, 1)
        By which whitened residuals are multiplied, so that their sum of squares ranks as the
        likelihood does.
    factor_slope : ndarray, shape (batch, 1)
        Derivative of its log by the coordinate.
    """

    chain: Chain
    carried: Array
    slope: Array
    factor: Array
    factor_slope: Array

    def __call__(self, values: Array) -> Array:
        """Whiten weighted values (..., batch, n)."""
        fresh = (values - self.carried * self.chain.previous(values)) / self._spread
        return np.where(self.chain.used, fresh, 0.0)

    def change(self, values: Array) -> Array:
        """Return the derivative of the whitened values (batch, n) by the coordinate."""
        before, spread = self.chain.previous(values), self._spread
        fresh = (values - self.carried * before) / spread
        change = self.slope * (fresh * self.carried / spread**2 - before / spread)
        return np.where(self.chain.used, change, 0.0)

    @property
    def _spread(self) -> Array:
        return np.sqrt(1 - self.carried**2)
