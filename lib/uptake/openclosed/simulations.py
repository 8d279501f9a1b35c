"""What an interval is worth: its power and its coverage on simulated records of known truth."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Simulation:
    """Intervals from simulated records whose truth is known.

    Attributes
    ----------
    truth : float or ndarray, shape (size,)
        What the records were drawn with, one for all or one for each.
    low, high : ndarray, shape (size,)
        Ends of the intervals, in the unit of the truth.

    Examples
    --------
    >>> low = np.array([-1.0, 0.5, 1.5, 2.5])
    >>> found = Simulation(2.0, low, low + 2)
    >>> found.power, found.coverage
    (0.75, 0.5)
    """

    no_effect: ClassVar[float] = 0.0
    """The truth of records in which nothing happens."""

    truth: float | NDArray
    low: NDArray
    high: NDArray

    @property
    def power(self) -> float:
        """Share of intervals that leave out `no_effect`."""
        return float(((self.low > self.no_effect) | (self.high < self.no_effect)).mean())

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether each interval holds the truth, shape (size,)."""
        return (self.low <= self.truth) & (self.truth <= self.high)

    @property
    def coverage(self) -> float:
        """Share of intervals that hold the truth."""
        return float(self.covered.mean())


@dataclass(frozen=True, eq=False)
class SlopeSimulation(Simulation):
    """Intervals of slopes, with the slopes themselves.

    Attributes
    ----------
    slopes : ndarray, shape (size,)
        Estimates, in the unit of the truth: log units a year, or index points a year.
    """

    slopes: NDArray

    @property
    def drift(self) -> float:
        """Mean estimate less the truth: what the record does by itself, as running maxima do."""
        return float(self.slopes.mean() - self.truth)
