"""Times of a curve found from its formula alone: where a share is reached, and the fastest one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from uptake.curves.parameters import Array

Formula = Callable[[Array], Array]
"""A quantity of one curve as a function of time."""
SHARES = (1e-6, 0.5, 1 - 1e-6)
"""Shares of the ceiling between which a peak is looked for, and the one between them."""
_EVEN = np.linspace(0.0, 1.0, 401)
_NEAR = np.geomspace(1e-12, 1.0, 181)
"""Distances, in spans, of which most are as small as a rise beside a heavy tail."""
_FARTHEST = 1e300
"""Times beyond this leave floating point."""


def reached(level: Formula, share: float, *, launched: bool) -> float:
    """Return the time at which a rising level reaches a share.

    Parameters
    ----------
    level : callable
        Share of the ceiling reached at a time.
    share : float
    launched : bool
        Whether the curve starts at t = 0.

    Returns
    -------
    float
        0 for a launched curve that starts at the share or above; NaN where the level never
        reaches the share, or is NaN about there.

    Examples
    --------
    >>> round(reached(lambda t: -np.expm1(-t / 1e-9), 0.5, launched=True), 15)
    6.93147e-10
    """
    if launched and level(np.float64(0.0)) >= share:
        return 0.0
    low, high = _bracket(level, share, launched=launched)
    # NaN at an end is no bracket either: a search has left the curve's domain, or the formula its
    # range. That the curve has no such time tells so.
    if not level(low) <= share <= level(high):
        return float("nan")
    # Relative to the time sought, which may be in any unit.
    tolerance = max(1e-15 * high, np.finfo(float).tiny)
    return float(optimize.brentq(lambda t: level(np.float64(t)) - share, low, high, xtol=tolerance))


def _bracket(level: Formula, share: float, *, launched: bool) -> tuple[np.float64, np.float64]:
    """Widen, then narrow a span of times about zero until it just holds the share."""
    reach = np.float64(1.0)
    while reach < _FARTHEST and (level(reach) < share or (not launched and level(-reach) > share)):
        reach *= 2
    while level(reach / 2) > share and (launched or level(-reach / 2) < share):
        reach /= 2
    return (reach / 2 if launched else -reach), reach


def fastest(rate: Formula, reached_at: tuple[float, float, float], *, launched: bool) -> float:
    """Return the time at which the rate is highest.

    Parameters
    ----------
    rate : callable
        Derivative of the level, or a multiple of it, as a function of time.
    reached_at : tuple of float
        When `SHARES` are reached.
    launched : bool
        Whether the curve starts at t = 0.

    Returns
    -------
    float
        0 for a launched curve whose rate only falls.

    Examples
    --------
    >>> from uptake import Gompertz
    >>> curve = Gompertz(1.0, 0.5, 9.0)
    >>> round(fastest(curve.rate, tuple(map(curve.when, SHARES)), launched=False), 9)
    9.0
    """
    first, middle, last = reached_at
    # Evenly spaced for what rises twice, and ever closer to where a rise may hide that is short
    # beside the tails: at either end and at the middle.
    even, near = (last - first) * _EVEN, (last - first) * _NEAR
    times = np.r_[first + even, first + near, middle - near, middle + near, last - near]
    times = np.unique(times[(times >= first) & (times <= last)])
    if launched:
        times = np.r_[0.0, times]
    rates = rate(times)
    # A formula may have no rate at launch itself.
    rates = np.where(np.isnan(rates), -np.inf, rates)
    best = int(np.argmax(rates))
    if best in (0, times.size - 1):
        return float(times[best])
    # Between times so far apart that rounding does not hide how the rate changes.
    lower = np.flatnonzero(rates < (1 - 1e-4) * rates[best])
    low = times[max(lower[lower < best], default=0)]
    high = times[min(lower[lower > best], default=times.size - 1)]
    step = (high - low) / 100
    # Four points give the slope of the rate so well that its root is smooth in the parameters;
    # the maximum itself is flat, and known to half the digits only.
    weights, places = np.array([1, -8, 8, -1]) / 12, step * np.array([-2, -1, 1, 2])

    def slope(t: float) -> float:
        return float(weights @ rate(t + places))

    # All four inside: before launch there is no rate.
    low, high = low + 2 * step, high - 2 * step
    if not slope(low) > 0 > slope(high):
        return float(times[best])
    return float(optimize.brentq(slope, low, high, xtol=1e-13 * max(abs(high), step)))
