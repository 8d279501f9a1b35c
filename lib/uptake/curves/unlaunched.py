"""Curves defined at any time: their place in time is a parameter, not a launch."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import ClassVar

import numpy as np
from scipy import optimize, special

from uptake.curves.base import Array, Curve, check_share, fraction, grid, positive, real


def places(first: float, last: float, rates: Array, beyond: Array) -> Array:
    """Return a grid of rates and midpoints, those past the record spaced by the rate.

    Beyond the record only the product of the rate and the distance to the midpoint matters (it
    sets how far the level is below the ceiling), so those midpoints are ``last + beyond / rate``.

    Parameters
    ----------
    first, last : float
        The record's first and last time.
    rates : ndarray
        Rates per record.
    beyond : ndarray
        Distances of the midpoint past the record's end, in units of one over the rate.
    """
    span = last - first
    rows = [
        np.column_stack([np.full(inside.size, rate / span), inside])
        for rate in rates
        for inside in [
            np.r_[first + span * np.linspace(-0.5, 1.0, 19), last + span / rate * beyond]
        ]
    ]
    return np.concatenate(rows)


@dataclass(frozen=True)
class Logistic(Curve):
    r"""Growth slowed in proportion to what is already reached (Verhulst 1838).

    .. math:: N(t) = \frac{m}{1 + e^{-r(t - t_0)}}

    Parameters
    ----------
    m : float
        Ceiling, in the unit of the data.
    r : float
        Growth rate while small, per unit of time.
    t0 : float
        Time of fastest growth, at which half the ceiling is reached.

    Notes
    -----
    Solves :math:`dN/dt = r N (1 - N/m)`. As :math:`m \to \infty` it tends to an exponential of
    rate r.

    Examples
    --------
    >>> curve = Logistic(m=80.0, r=0.5, t0=9.0)
    >>> float(curve(9.0)), round(curve.when(0.9), 2)
    (40.0, 13.39)
    """

    m: float = positive()
    r: float = positive()
    t0: float = real()

    @staticmethod
    def shape(t: Array, r: Array, t0: Array) -> Array:
        """Return the share of the ceiling reached at time ``t``."""
        return special.expit(r * (t - t0))

    @staticmethod
    def shape_rate(t: Array, r: Array, t0: Array) -> Array:
        """Return the derivative of `shape` by time."""
        return r * special.expit(r * (t - t0)) * special.expit(-r * (t - t0))

    @staticmethod
    def shape_jacobian(t: Array, r: Array, t0: Array) -> tuple[Array, Array]:
        """Return the derivatives of `shape` by r and t0."""
        since = t - t0
        steepness = special.expit(r * since) * special.expit(-r * since)
        return since * steepness, -r * steepness

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of rates and midpoints, before, inside and beyond the record."""
        return places(first, last, np.geomspace(0.1, 200.0, 24), np.array([1.0, 2, 4, 8, 16]))

    def when(self, share: float) -> float:
        """Return the time at which this share of the ceiling is reached."""
        check_share(share)
        return float(self.t0 + special.logit(share) / self.r)

    @property
    def peak(self) -> float:
        """Time of fastest growth."""
        return float(self.t0)


@dataclass(frozen=True)
class Gompertz(Curve):
    r"""Growth whose relative rate falls exponentially (Gompertz 1825).

    .. math:: N(t) = m \exp\left(-e^{-b(t - t_0)}\right)

    Parameters
    ----------
    m : float
        Ceiling, in the unit of the data.
    b : float
        Rate at which relative growth falls, per unit of time.
    t0 : float
        Time of fastest growth, at which 1/e of the ceiling is reached.

    Notes
    -----
    Solves :math:`dN/dt = b N \ln(m/N)`. As :math:`m \to \infty` with
    :math:`b \ln m` kept, it tends to an exponential, more slowly than the logistic does.

    Examples
    --------
    >>> curve = Gompertz(m=80.0, b=0.5, t0=9.0)
    >>> round(float(curve(9.0)), 2), round(curve.when(0.9), 2)
    (29.43, 13.5)
    """

    m: float = positive()
    b: float = positive()
    t0: float = real()

    @staticmethod
    def shape(t: Array, b: Array, t0: Array) -> Array:
        """Return the share of the ceiling reached at time ``t``."""
        return np.exp(-np.exp(-b * (t - t0)))

    @staticmethod
    def shape_rate(t: Array, b: Array, t0: Array) -> Array:
        """Return the derivative of `shape` by time."""
        # exp(-z - e^-z) in one piece: its factors apart give infinity times zero far below t0.
        z = b * (t - t0)
        return b * np.exp(-z - np.exp(-z))

    @staticmethod
    def shape_jacobian(t: Array, b: Array, t0: Array) -> tuple[Array, Array]:
        """Return the derivatives of `shape` by b and t0."""
        since = t - t0
        steepness = np.exp(-b * since - np.exp(-b * since))
        return since * steepness, -b * steepness

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of rates and midpoints, before, inside and beyond the record."""
        return places(first, last, np.geomspace(0.05, 100.0, 24), np.array([0.5, 1, 1.5, 2, 2.5]))

    def when(self, share: float) -> float:
        """Return the time at which this share of the ceiling is reached."""
        check_share(share)
        return float(self.t0 - np.log(-np.log(share)) / self.b)

    @property
    def peak(self) -> float:
        """Time of fastest growth."""
        return float(self.t0)


@dataclass(frozen=True)
class Exponential(Curve):
    r"""Growth (or decay) at a constant relative rate.

    .. math:: N(t) = a \, e^{rt}

    Parameters
    ----------
    a : float
        Level at t = 0, in the unit of the data.
    r : float
        Relative growth per unit of time; may be negative.

    Notes
    -----
    It has no ceiling: `when`, `half_life` and `peak` are NaN.

    Examples
    --------
    >>> curve = Exponential(a=2.0, r=0.7)
    >>> round(float(curve(1.0)), 3), round(curve.doubling_time, 3)
    (4.028, 0.99)
    >>> curve.peak
    nan
    """

    bounded: ClassVar[bool] = False

    a: float = positive()
    r: float = real()

    @staticmethod
    def shape(t: Array, r: Array) -> Array:
        """Return the level at time ``t`` per unit of the level at 0."""
        return np.exp(r * t)

    @staticmethod
    def shape_rate(t: Array, r: Array) -> Array:
        """Return the derivative of `shape` by time."""
        return r * np.exp(r * t)

    @staticmethod
    def shape_jacobian(t: Array, r: Array) -> tuple[Array]:
        """Return the derivative of `shape` by r."""
        return (t * np.exp(r * t),)

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return rates of either sign."""
        rates = np.geomspace(0.01, 200.0, 48) / (last - first)
        return np.r_[-rates[::-1], 0.0, rates][:, np.newaxis]

    @property
    def doubling_time(self) -> float:
        """Time in which the level doubles; negative (time to halve) when it falls."""
        return float(np.log(2) / self.r) if self.r else float("inf")


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
