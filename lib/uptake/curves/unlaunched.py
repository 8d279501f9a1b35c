"""Curves defined at any time: their place in time is a parameter, not a launch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special

from uptake.curves.base import Curve, check_share
from uptake.curves.parameters import Array, positive, real


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
