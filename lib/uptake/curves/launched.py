"""Curves of something launched at t = 0: nothing has been adopted before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from uptake.curves.base import Array, Curve, check_share, positive


def grid(*axes: Array) -> Array:
    """Return every combination of the axes' values, one per row."""
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


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
        missing = np.expm1(-(p + q) * t)
        return -missing / (1 + q / p * (1 + missing))

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
        """Return `shape` and its derivatives from one exponential."""
        missing = np.expm1(-(p + q) * t)
        decay = 1 + missing
        below = 1 / (1 + q / p * decay)
        level = -missing * below
        # At a fixed ratio q/p only the speed p + q moves the curve; at a fixed speed only the
        # ratio does. Both derivatives are sums of these two.
        common = decay * below
        by_speed = (1 + q / p) * t * common * below
        by_ratio = level * common
        return level, (by_speed + q / p**2 * by_ratio, by_speed - by_ratio / p)

    @staticmethod
    def starts(first: float, last: float) -> Array:
        """Return a grid of p and q per time since launch."""
        return grid(np.geomspace(1e-6, 8.0, 24), np.geomspace(0.02, 200.0, 24)) / last

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
