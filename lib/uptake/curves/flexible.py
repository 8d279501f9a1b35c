"""Curves at any time with more freedom: a lopsided one, and one of two waves."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
from scipy import optimize, special

from uptake.curves.base import Curve, check_share, grid
from uptake.curves.parameters import Array, fraction, positive, real
from uptake.curves.unlaunched import Logistic, places


@dataclass(frozen=True)
class Richards(Curve):
    r"""Logistic growth with a lopsidedness of its own (Richards 1959).

    .. math:: N(t) = m \left(1 + e^{-r(t - t_0)}\right)^{-1/\nu}

    Parameters
    ----------
    m : float
        Ceiling, in the unit of the data.
    r : float
        Rate at which the ceiling is approached, per unit of time.
    t0 : float
        Place in time; the peak lies at ``t0 - log(nu) / r``.
    nu : float
        Form: 1 is the logistic; towards 0 it becomes a Gompertz curve.

    Examples
    --------
    >>> curve = Richards(m=80.0, r=0.5, t0=9.0, nu=0.5)
    >>> round(curve.peak, 2), round(curve.half_life, 2)
    (10.39, 10.76)
    """

    m: float = positive()
    r: float = positive()
    t0: float = real()
    nu: float = positive()

    @staticmethod
    def shape(t: Array, r: Array, t0: Array, nu: Array) -> Array:
        """Return the share of the ceiling reached at time ``t``."""
        return np.exp(-np.logaddexp(0.0, -r * (t - t0)) / nu)

    @staticmethod
    def shape_rate(t: Array, r: Array, t0: Array, nu: Array) -> Array:
        """Return the derivative of `shape` by time."""
        return r / nu * Richards.shape(t, r, t0, nu) * special.expit(-r * (t - t0))

    @staticmethod
    def shape_jacobian(t: Array, r: Array, t0: Array, nu: Array) -> tuple[Array, Array, Array]:
        """Return the derivatives of `shape` by r, t0 and nu."""
        since = t - t0
        logs = np.logaddexp(0.0, -r * since) / nu
        level = np.exp(-logs)
        steepness = level * special.expit(-r * since) / nu
        return since * steepness, -r * steepness, level * logs / nu

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of rates, places and forms."""
        rows = places(first, last, np.geomspace(0.3, 100.0, 14), np.array([1.0, 2, 4, 8]))
        forms = np.geomspace(0.02, 20.0, 7)
        # The place is that of the peak, so that every form starts near where growth is.
        rate, place = rows.T
        return np.concatenate(
            [
                np.column_stack([rate, place + np.log(nu) / rate, np.full(len(rows), nu)])
                for nu in forms
            ]
        )

    def when(self, share: float) -> float:
        """Return the time at which this share of the ceiling is reached."""
        check_share(share)
        return float(self.t0 - np.log(np.expm1(-self.nu * np.log(share))) / self.r)

    @property
    def peak(self) -> float:
        """Time of fastest growth."""
        return float(self.t0 - np.log(self.nu) / self.r)


@dataclass(frozen=True)
class BiLogistic(Curve):
    r"""Two logistic waves, one after the other (Meyer 1994).

    .. math::
        N(t) = m \left[\frac{w}{1 + e^{-r_1(t - t_1)}} + \frac{1 - w}{1 + e^{-r_2(t - t_2)}}\right]

    Parameters
    ----------
    m : float
        Ceiling of both waves together, in the unit of the data.
    w : float
        Share of the first wave, between 0 and 1.
    r1, r2 : float
        Growth rates of the waves while small, per unit of time.
    t1, t2 : float
        Times of their fastest growth; the first wave is the earlier: ``t1 < t2``.

    References
    ----------
    Meyer, P. S. (1994). Bi-logistic growth. *Technological Forecasting and Social Change* 47,
    89-102.

    Examples
    --------
    >>> curve = BiLogistic(m=100.0, w=0.4, r1=1.0, t1=5.0, r2=0.8, t2=20.0)
    >>> round(float(curve(12.0)), 1), round(curve.peak, 2)
    (40.1, 20.0)
    """

    m: float = positive()
    w: float = fraction()
    r1: float = positive()
    t1: float = real()
    r2: float = positive()
    t2: float = real()

    def __post_init__(self) -> None:
        """Refuse parameters outside their bounds, and waves in the wrong order."""
        super().__post_init__()
        if not self.t1 < self.t2:
            raise ValueError(
                f"BiLogistic needs t1 < t2, the earlier wave first; got {self.t1} and {self.t2}: "
                "exchange the waves, and w for 1 - w"
            )

    @staticmethod
    def shape(t: Array, w: Array, r1: Array, t1: Array, r2: Array, t2: Array) -> Array:
        """Return the share of the ceiling reached at time ``t``; NaN unless ``t1 < t2``."""
        # Without an order the same curve has two names, and a search would wander between them.
        ordered = np.where(np.real(t1) < np.real(t2), 1.0, np.nan)
        return ordered * (w * special.expit(r1 * (t - t1)) + (1 - w) * special.expit(r2 * (t - t2)))

    @staticmethod
    def inside(w: Array, r1: Array, t1: Array, r2: Array, t2: Array) -> tuple[Array, ...]:
        """Return the parameters with the earlier wave first."""
        exchange = t1 > t2
        first, second = (w, r1, t1, r2, t2), (1 - w, r2, t2, r1, t1)
        return tuple(map(np.where, [exchange] * 5, second, first))

    @staticmethod
    def shape_rate(t: Array, w: Array, r1: Array, t1: Array, r2: Array, t2: Array) -> Array:
        """Return the derivative of `shape` by time."""
        first = Logistic.shape_rate(t, r1, t1)
        return w * first + (1 - w) * Logistic.shape_rate(t, r2, t2)

    @staticmethod
    def shape_jacobian(
        t: Array, w: Array, r1: Array, t1: Array, r2: Array, t2: Array
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Return the derivatives of `shape` by w, r1, t1, r2 and t2."""
        apart = special.expit(r1 * (t - t1)) - special.expit(r2 * (t - t2))
        first, second = Logistic.shape_jacobian(t, r1, t1), Logistic.shape_jacobian(t, r2, t2)
        return apart, w * first[0], w * first[1], (1 - w) * second[0], (1 - w) * second[1]

    @property
    def peak(self) -> float:
        """Time of fastest growth, of the faster wave where there are two peaks."""
        # Between the midpoints one wave still speeds up and the other slows; outside both do alike.
        times = np.linspace(self.t1, self.t2, 201)
        best = int(np.argmax(self.shape_rate(times, *astuple(self)[1:])))
        low, high = times[max(best - 1, 0)], times[min(best + 1, 200)]
        slopes = self._slope(low), self._slope(high)
        if slopes[0] <= 0 or slopes[1] >= 0:
            return float(times[best])
        return float(optimize.brentq(self._slope, low, high, xtol=1e-13 * (abs(high) + high - low)))

    def _slope(self, t: float) -> float:
        """Return the derivative of the rate by time, per unit of the ceiling."""
        total = 0.0
        for share, r, t0 in ((self.w, self.r1, self.t1), (1 - self.w, self.r2, self.t2)):
            level = 1 / (1 + math.exp(min(-r * (t - t0), 700.0)))
            total += share * r**2 * level * (1 - level) * (1 - 2 * level)
        return total

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of shares, rates and ordered midpoints, the second perhaps beyond."""
        span = last - first
        shares, rates = np.array([0.15, 0.4, 0.7]), np.array([3.0, 9.0, 27.0, 81.0]) / span
        early = first + span * np.linspace(0.0, 0.9, 9)
        late = np.r_[first + span * np.linspace(0.15, 1.05, 9), last + span * np.array([0.25, 0.6])]
        rows = grid(shares, rates, early, rates, late)
        return rows[rows[:, 4] > rows[:, 2] + 0.04 * span]
