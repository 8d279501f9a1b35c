r"""How many units one side loses when the other gains one, from growth by steps.

Near the line on which a side of a Lotka-Volterra pair stops growing, :math:`N_1 + a N_2 = K`, a
step of the other side's own moves it by :math:`dN_1 = dK - a\,dN_2`. Let demand scale both sides
and the room alike, by :math:`d_t` log units in step t, and let u be what the other side grows on
its own. Then to first order the two grow by

.. math:: h_t = \mu_2 + d_t + u_t, \qquad g_t = \mu_{1t} + d_t - a\,\rho_{t-1} u_t + v_t,

with :math:`\rho = N_2 / N_1`. If d and u are independent and d has the share :math:`\kappa` of the
variance of h, then :math:`E[d_t \mid h_t] = \kappa (h_t - \mu_2)`, and

.. math:: E[g_t \mid h_t] = \alpha + \gamma \rho_{t-1} + \kappa h_t
          - a (1 - \kappa) \rho_{t-1} h_t, \qquad 0 \le \kappa \le 1 .

A regression with an interaction: common demand moves both sides by one rate whatever their sizes,
and displacement counts for more the larger the other side is. Without the term in h the two
are taken for each other. The level term lets the trend in growth be anything linear in the ratio.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

LEVEL = 0.95
PARAMETERS = 4
GRID = np.sinh(np.linspace(-7.0, 7.0, 561)) / 4
"""Displacements tried, dense about zero, out to about 137 either way."""
_PHI = np.linspace(-0.9, 0.9, 19)


@dataclass(frozen=True, eq=False)
class Steps:
    """Growth of two sides by steps.

    Attributes
    ----------
    growth : ndarray, shape (n,)
        Log growth of the side that may be displaced.
    other : ndarray, shape (n,)
        Log growth of the other.
    ratio : ndarray, shape (n,)
        Size of the other over that of the first, before the step.
    number : ndarray of int, shape (n,)
        Which step it is; jumps where steps are missing.
    """

    growth: NDArray
    other: NDArray
    ratio: NDArray
    number: NDArray

    @classmethod
    def of(cls, table: pd.DataFrame, displaced: str = "closed") -> Steps:
        """Return the steps of a record between neighbours.

        Parameters
        ----------
        table : DataFrame
            ``open``, ``closed``, ``number`` and ``part``, as `market.record` returns them.
        displaced : {"closed", "open"}
            The side that may be displaced.
        """
        other = {"closed": "open", "open": "closed"}[displaced]
        logs = np.log(table[[displaced, other]].to_numpy(float))
        number = table["number"].to_numpy(int)
        # A step from one list to another would be a change of list, not of use.
        next_door = (np.diff(number) == 1) & (np.diff(table["part"]) == 0)
        growth, ahead = np.diff(logs, axis=0)[next_door].T
        ratio = np.exp(logs[:-1, 1] - logs[:-1, 0])[next_door]
        return cls(growth, ahead, ratio, number[1:][next_door])

    @property
    def design(self) -> NDArray:
        """Columns of the regression: one, the ratio, the other's growth, and their product."""
        one = np.ones(len(self.number))
        return np.column_stack([one, self.ratio, self.other, self.ratio * self.other])


class CutOffs(Protocol):
    """What the F statistic of a displacement may reach, by displacement and common demand."""

    def __call__(self, a: NDArray, kappa: NDArray) -> NDArray:
        """Return the cut-offs, of the shape of ``kappa``."""


@dataclass(frozen=True, eq=False)
class Profile:
    """The sum of squares by displacement, common demand at its best, for a batch of records.

    Attributes
    ----------
    moments : ndarray, shape (b, 6)
        Inner products, level and trend taken out: of growth with itself (yy), with the other's
        (1y) and with the product (2y), and of these two (11, 12, 22).
    freedom : int
        Steps less parameters.
    phi : ndarray, shape (b,)
        Autocorrelation of the errors that was allowed for.
    table : CutOffs, optional
        Simulated cut-offs; by default those of F(1, freedom).
    """

    moments: NDArray
    freedom: int
    phi: NDArray
    table: CutOffs | None = None

    def squares(self, a: NDArray, *, common: bool = True) -> NDArray:
        """Return sums of squares, shape (b, m).

        Parameters
        ----------
        a : ndarray, shape (m,) or (b, 1)
            Displacements, the same for all records or each its own.
        common : bool
            Whether common demand is allowed for; if not, kappa is zero.
        """
        yy, y1, y2, s11, s12, s22 = (column[:, np.newaxis] for column in self.moments.T)
        rest = yy + 2 * a * y2 + a**2 * s22
        if not common:
            return rest
        along = y1 + a * y2 + a * s12 + a**2 * s22
        across = s11 + 2 * a * s12 + a**2 * s22
        kappa = self.kappa(a)
        return rest - 2 * kappa * along + kappa**2 * across

    def at_infinity(self, sign: int) -> NDArray:
        """Return the sum of squares as the displacement grows without end, shape (b,).

        Kappa then tends to one so that ``a (1 - kappa)`` stays what it likes, of the same sign.
        """
        yy, y1, y2, s11, s12, s22 = self.moments.T
        level, slope = yy - 2 * y1 + s11, y2 - s12
        best = np.where(sign * slope < 0, slope, 0.0)  # of rest + 2 s slope + s^2 s22
        return level - best**2 / s22

    def best(self, *, common: bool = True) -> tuple[NDArray, NDArray]:
        """Return displacement and kappa at the least sum of squares; infinite if it runs away."""
        yy, y1, y2, s11, s12, s22 = self.moments.T
        alone = -y2 / s22
        if not common:
            return alone, np.zeros_like(alone)
        kappa = (y1 * s22 - y2 * s12) / (s11 * s22 - s12**2)
        product = (y2 * s11 - y1 * s12) / (s11 * s22 - s12**2)
        with np.errstate(divide="ignore"):
            free = -product / (1 - kappa)
        away = np.where(y2 - s12 < 0, np.inf, -np.inf)
        value = np.where(kappa <= 0, alone, np.where(kappa < 1, free, away))
        return value, np.clip(kappa, 0, 1)

    def kappa(self, a: NDArray) -> NDArray:
        """Return the strength of common demand that fits best with a displacement, (b, m)."""
        _, y1, y2, s11, s12, s22 = (column[:, np.newaxis] for column in self.moments.T)
        along = y1 + a * y2 + a * s12 + a**2 * s22
        return np.clip(along / (s11 + 2 * a * s12 + a**2 * s22), 0, 1)

    def cut(self, a: NDArray, *, common: bool = True, level: float = LEVEL) -> NDArray:
        """Return how far above the least a sum of squares may lie, as a factor, (b, m)."""
        if self.table is None or not common:
            plain = stats.f.ppf(level, 1, self.freedom)
            return np.full((len(self.moments), np.shape(a)[-1]), 1 + plain / self.freedom)
        return 1 + self.table(a, self.kappa(a)) / self.freedom

    def least(self, *, common: bool = True) -> NDArray:
        """Return the least sum of squares, shape (b,)."""
        value, _ = self.best(common=common)
        inside = np.where(np.isfinite(value), value, 0.0)
        found = self.squares(inside[:, np.newaxis], common=common)[:, 0]
        ends = np.minimum(self.at_infinity(1), self.at_infinity(-1))
        return np.where(np.isfinite(value), found, ends)

    def above(self, a: NDArray, *, common: bool = True) -> NDArray:
        """Return how far sums of squares lie above what the confidence sets allow, (b, m)."""
        bound = self.cut(a, common=common) * self.least(common=common)[:, np.newaxis]
        return self.squares(a, common=common) - bound

    def holds(self, a: float, *, common: bool = True) -> NDArray:
        """Tell which records' confidence sets hold a displacement, shape (b,)."""
        return self.above(np.array([a]), common=common)[:, 0] <= 0

    def endless(self, sign: int) -> NDArray:
        """Tell which records' confidence sets run to infinity on a side, shape (b,)."""
        far = np.array([sign * np.inf])
        factor = self.cut(np.clip(far, GRID[0], GRID[-1]))[:, 0]
        return self.at_infinity(sign) <= factor * self.least()

    def within(self, low: float, high: float) -> NDArray:
        """Tell which records' confidence sets lie in a region, shape (b,)."""
        ends = [(sign, end) for sign, end in ((-1, low), (1, high)) if np.isfinite(end)]
        beyond = np.r_[GRID[(GRID < low) | (GRID > high)], [end for _, end in ends]]
        inside = (self.above(beyond) > 0).all(axis=1)
        for sign, _ in ends:
            inside &= ~self.endless(sign)
        return inside

    def interval(self, *, common: bool = True) -> tuple[float, float]:
        """Return the ends of the first record's confidence set; an end may be infinite.

        The set may fall into parts; the ends are the outermost.
        """
        one = replace(self, moments=self.moments[:1], phi=self.phi[:1])
        centre = one.best(common=common)[0]
        grid = np.unique(np.r_[GRID, centre[np.isfinite(centre)]])
        inside = np.flatnonzero(one.above(grid, common=common)[0] <= 0)

        def outside(a: float) -> float:
            return float(one.above(np.array([a]), common=common)[0, 0])

        ends = []
        for sign, at, edge in ((-1, inside.min(), 0), (1, inside.max(), grid.size - 1)):
            if at == edge or (common and one.endless(sign)[0]):
                ends.append(sign * np.inf)
            else:
                ends.append(brentq(outside, *sorted((float(grid[at]), float(grid[at + sign])))))
        return ends[0], ends[1]


def profile(steps: Steps, growth: NDArray | None = None, *, errors: str = "iid") -> Profile:
    """Return the profile of one record, or of many with the same course of the other side.

    Parameters
    ----------
    steps : Steps
        The record.
    growth : ndarray, shape (b, n), optional
        Growth of the displaced side in ``b`` records; by default that of ``steps``.
    errors : {"iid", "ar1"}
        Independent errors, or a first-order autoregression whose coefficient is found by
        restricted maximum likelihood; it runs over the gaps where steps are missing.

    Raises
    ------
    ValueError
        If there are fewer than 8 steps, or errors are of another kind.
    """
    if errors not in ("iid", "ar1"):
        raise ValueError(f"errors is {errors!r}; use one of iid, ar1")
    n = len(steps.number)
    if n < 2 * PARAMETERS:
        raise ValueError(f"{n} steps cannot carry {PARAMETERS} parameters; give {2 * PARAMETERS}")
    y = np.atleast_2d(steps.growth if growth is None else growth)
    between = np.abs(np.subtract.outer(steps.number, steps.number))
    found = None
    for phi in _PHI if errors == "ar1" else (0.0,):
        root = np.linalg.cholesky(phi**between)
        rows = np.linalg.solve(root, np.column_stack([steps.design, y.T]))
        columns, y_white = rows[:, :PARAMETERS], rows[:, PARAMETERS:]
        basis, upper = np.linalg.qr(columns)
        squares = np.square(y_white - basis @ (basis.T @ y_white)).sum(axis=0)
        spread = np.log(np.abs(np.diag(upper))).sum() + np.log(np.diag(root)).sum()
        likelihood = -(n - PARAMETERS) / 2 * np.log(squares) - spread
        moments = _moments(columns, y_white)
        one = (likelihood, moments, np.full(len(y), phi))
        if found is None:
            found = one
        else:
            better = likelihood > found[0]
            pairs = zip(one, found, strict=True)
            found = tuple(
                np.where(better[(...,) + (None,) * (new.ndim - 1)], new, old) for new, old in pairs
            )
    return Profile(found[1], n - PARAMETERS, found[2])


def _moments(columns: NDArray, y: NDArray) -> NDArray:
    """Return the inner products with the level and the trend taken out."""
    trend = np.linalg.qr(columns[:, :2])[0]
    x1, x2 = (columns[:, 2:] - trend @ (trend.T @ columns[:, 2:])).T
    y = y - trend @ (trend.T @ y)
    fixed = np.full((y.shape[1], 3), [x1 @ x1, x1 @ x2, x2 @ x2])
    return np.column_stack([np.square(y).sum(axis=0), x1 @ y, x2 @ y, fixed])
