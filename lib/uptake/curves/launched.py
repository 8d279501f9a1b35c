"""Curves of something launched at t = 0: nothing has been adopted before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special

from uptake.curves.base import Curve, check_share, grid
from uptake.curves.parameters import Array, positive

# Starting shapes of records that last one unit of time, worked out once.
_BASS_GRID = grid(np.geomspace(1e-6, 8.0, 24), np.geomspace(0.02, 200.0, 24))
_GOMPERTZ_GRID = grid(np.geomspace(0.02, 200.0, 24), np.geomspace(0.01, 1e8, 26))
_WEIBULL_GRID = grid(np.geomspace(0.03, 100.0, 28), np.geomspace(0.2, 30.0, 22))


@dataclass(frozen=True)
class Bass(Curve):
    r"""Diffusion of an innovation through outside influence and imitation (Bass 1969).

    .. math:: N(t) = m \, \frac{1 - e^{-(p+q)t}}{1 + (q/p)\, e^{-(p+q)t}}, \qquad t \ge 0

    Parameters
    ----------
    m : float
        Ceiling: eventual number of adopters, in the unit of the data.
    p : float
        Adoption through outside influence, per unit of time.
    q : float
        Adoption through imitation, per unit of time.

    Notes
    -----
    Solves :math:`dN/dt = (p + q N/m)(m - N)` with :math:`N(0) = 0`. As :math:`m \to \infty` with
    :math:`m p` kept, it tends to :math:`(mp/q)(e^{qt} - 1)`.

    References
    ----------
    Bass, F. M. (1969). A new product growth for model consumer durables. *Management Science*
    15(5), 215-227.

    Examples
    --------
    >>> curve = Bass(m=100.0, p=0.03, q=0.38)
    >>> round(curve.peak, 3), round(curve.when(0.9), 2)
    (6.193, 11.76)
    >>> curve.flow([0, 1, 2]).round(2)
    array([3.58, 4.93])
    """

    launched: ClassVar[bool] = True

    m: float = positive()
    p: float = positive()
    q: float = positive()

    @staticmethod
    def shape(t: Array, p: Array, q: Array) -> Array:
        """Return the share of the ceiling adopted by time ``t``."""
        elapsed = -(p + q) * t
        return -np.expm1(elapsed) / (1 + q / p * np.exp(elapsed))

    @staticmethod
    def shape_rate(t: Array, p: Array, q: Array) -> Array:
        """Return the derivative of `shape` by time."""
        decay = np.exp(-(p + q) * t)
        return (p + q) ** 2 / p * decay / (1 + q / p * decay) ** 2

    @staticmethod
    def shape_jacobian(t: Array, p: Array, q: Array) -> tuple[Array, Array]:
        """Return the derivatives of `shape` by p and q."""
        return Bass.shape_and_jacobian(t, p, q)[1]

    @classmethod
    def shape_and_jacobian(cls, t: Array, p: Array, q: Array) -> tuple[Array, tuple[Array, Array]]:
        """Return `shape` and its derivatives from the same exponentials."""
        # In place where it can be: in a large batch fresh arrays cost as much as the arithmetic.
        # Both exponentials, for far from saturation a large q/p brings out the digits of e^-(p+q)t
        # that one less its complement has lost.
        ratio = q / p
        level = -(p + q) * t
        by_speed = np.exp(level)
        level = np.expm1(level)
        below = ratio * by_speed
        below += 1
        below = -1.0 / below
        level *= below
        # At a fixed ratio q/p only the speed p + q moves the curve; at a fixed speed only the
        # ratio does. Both derivatives are sums of these two.
        by_speed *= below
        by_ratio = level * by_speed
        by_ratio *= -1 / p
        by_speed *= below
        by_speed *= (1 + ratio) * t
        return level, (by_speed + ratio * by_ratio, by_speed - by_ratio)

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of p and q per time since launch."""
        return _BASS_GRID / last

    def when(self, share: float) -> float:
        """Return the time at which this share of the ceiling is reached."""
        check_share(share)
        ratio = self.q / self.p
        return float((np.log1p(share * ratio) - np.log1p(-share)) / (self.p + self.q))

    @property
    def peak(self) -> float:
        """Time of fastest adoption; negative when adoption only ever slows."""
        return float(np.log(self.q / self.p) / (self.p + self.q))

    @property
    def inflections(self) -> tuple[float, float]:
        """Times at which adoption accelerates and slows fastest, either side of the peak."""
        apart = float(np.log(2 + np.sqrt(3)) / (self.p + self.q))
        return self.peak - apart, self.peak + apart

    @property
    def mean_adoption_time(self) -> float:
        """Mean time from launch to adoption over all eventual adopters."""
        return float(np.log1p(self.q / self.p) / self.q)


@dataclass(frozen=True)
class ShiftedGompertz(Curve):
    r"""Adoption by people whose propensity is gamma-distributed (Bemmaor 1994, its simplest case).

    .. math:: N(t) = m \left(1 - e^{-bt}\right) \exp\left(-\eta\, e^{-bt}\right), \qquad t \ge 0

    Parameters
    ----------
    m : float
        Ceiling: eventual number of adopters, in the unit of the data.
    b : float
        Speed, per unit of time.
    eta : float
        How unwilling people are at first: below one half adoption only ever slows.

    References
    ----------
    Bemmaor, A. C. (1994). Modeling the diffusion of new durable goods: word-of-mouth effect versus
    consumer heterogeneity. In *Research Traditions in Marketing*, Kluwer, 201-223.

    Examples
    --------
    >>> curve = ShiftedGompertz(m=100.0, b=0.4, eta=10.0)
    >>> round(curve.peak, 2), round(curve.half_life, 2)
    (5.99, 6.92)
    """

    launched: ClassVar[bool] = True

    m: float = positive()
    b: float = positive()
    eta: float = positive()

    @staticmethod
    def shape(t: Array, b: Array, eta: Array) -> Array:
        """Return the share of the ceiling adopted by time ``t``."""
        return -np.expm1(-b * t) * np.exp(-eta * np.exp(-b * t))

    @staticmethod
    def shape_rate(t: Array, b: Array, eta: Array) -> Array:
        """Return the derivative of `shape` by time."""
        decay = np.exp(-b * t)
        return b * decay * np.exp(-eta * decay) * (1 + eta * (1 - decay))

    @staticmethod
    def shape_jacobian(t: Array, b: Array, eta: Array) -> tuple[Array, Array]:
        """Return the derivatives of `shape` by b and eta."""
        decay = np.exp(-b * t)
        slowed = decay * np.exp(-eta * decay)
        missing = -np.expm1(-b * t)
        return t * slowed * (1 + eta * missing), -missing * slowed

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of speeds per time since launch, and of eta."""
        return _GOMPERTZ_GRID / [last, 1.0]

    @property
    def peak(self) -> float:
        """Time of fastest adoption; 0 when adoption only ever slows (eta of one half or less)."""
        if self.eta <= 0.5:
            return 0.0
        root = np.sqrt(self.eta**2 + 2 * self.eta + 5)
        # (3 + eta - root) / (2 eta), multiplied out so that a large eta cancels nothing:
        # (3 + eta)^2 - root^2 = 4 (eta + 1).
        decay = 2 * (self.eta + 1) / (self.eta * (3 + self.eta + root))
        return float(-np.log(decay) / self.b)


@dataclass(frozen=True)
class Weibull(Curve):
    r"""Adoption whose hazard rises or falls as a power of time.

    .. math:: N(t) = m \left(1 - e^{-(t/b)^k}\right), \qquad t \ge 0

    Parameters
    ----------
    m : float
        Ceiling: eventual number of adopters, in the unit of the data.
    b : float
        Time by which 63% (1 - 1/e) of the ceiling is reached.
    k : float
        Form: above one adoption first speeds up, at or below one it only ever slows.

    Notes
    -----
    The rate at t = 0 is infinite when k is below one.

    References
    ----------
    Sharif, M. N. and Islam, M. N. (1980). The Weibull distribution as a general model for
    forecasting technological change. *Technological Forecasting and Social Change* 18, 247-256.

    Examples
    --------
    >>> curve = Weibull(m=100.0, b=5.0, k=2.0)
    >>> round(curve.peak, 2), round(curve.half_life, 2)
    (3.54, 4.16)
    """

    launched: ClassVar[bool] = True

    m: float = positive()
    b: float = positive()
    k: float = positive()

    @staticmethod
    def shape(t: Array, b: Array, k: Array) -> Array:
        """Return the share of the ceiling adopted by time ``t``."""
        return -np.expm1(-((t / b) ** k))

    @staticmethod
    def shape_rate(t: Array, b: Array, k: Array) -> Array:
        """Return the derivative of `shape` by time."""
        # In one exponential: far beyond b its factors apart are infinity times zero.
        return k / b * np.exp(special.xlogy(k - 1, t / b) - (t / b) ** k)

    @staticmethod
    def shape_jacobian(t: Array, b: Array, k: Array) -> tuple[Array, Array]:
        """Return the derivatives of `shape` by b and k."""
        hazard = (t / b) ** k
        density = hazard * np.exp(-hazard)
        # At launch the product is 0 log 0, whose limit is 0.
        logs = np.log(np.where(t > 0, t / b, 1.0))
        return -k / b * density, logs * density

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of times per time since launch, and of forms."""
        return _WEIBULL_GRID * [last, 1.0]

    def when(self, share: float) -> float:
        """Return the time at which this share of the ceiling is reached."""
        check_share(share)
        return float(self.b * (-np.log1p(-share)) ** (1 / self.k))

    @property
    def peak(self) -> float:
        """Time of fastest adoption; 0 when adoption only ever slows (k of one or less)."""
        return float(self.b * (1 - 1 / self.k) ** (1 / self.k)) if self.k > 1 else 0.0
