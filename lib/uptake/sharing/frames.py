"""One coordinate for each parameter of all records, so that it can be common to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from uptake.least_squares import Array
from uptake.separable import Problem


@dataclass(frozen=True, eq=False)
class CommonFrame:
    """Centre, width and bounds of each parameter's coordinate (scale first, rho last).

    A record's own frame depends on its times; this one lies in the middle of them all, and its
    bounds hold each record's.

    Attributes
    ----------
    centre, width, lower, upper : ndarray, shape (parameters of the curve and rho,)
    """

    centre: Array
    width: Array
    lower: Array
    upper: Array

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> CommonFrame:
        """Return the frame of some records."""
        centres, widths = zip(*(own_frame(each) for each in problems), strict=True)
        centre, width = np.mean(centres, axis=0), np.mean(widths, axis=0)
        lower, upper = [], []
        for problem, own_centre, own_width in zip(problems, centres, widths, strict=True):
            low, high = _own_bounds(problem)
            lower.append((own_centre + own_width * low - centre) / width)
            upper.append((own_centre + own_width * high - centre) / width)
        return cls(centre, width, np.min(lower, axis=0), np.max(upper, axis=0))

    def own(self, problem: Problem, where: list[int]) -> tuple[Array, Array]:
        """Return a and b of "a record's own coordinate = a + b times the common one"."""
        centre, width = (each[where] for each in own_frame(problem))
        return (self.centre[where] - centre) / width, self.width[where] / width


def own_frame(problem: Problem) -> tuple[Array, Array]:
    """Return a record's own centre and width of each parameter, whether it is held or not."""
    centre, width = replace(problem.coordinates, held=()).frame
    return np.r_[0.0, centre, 0.0], np.r_[1.0, width, 1.0]


def _own_bounds(problem: Problem) -> tuple[Array, Array]:
    free = replace(problem, fixed={})
    low, high = (np.pad(each, (1, int(free.errors == "iid"))) for each in free.bounds)
    # A scale may run past the horizon, but not for ever.
    lowest, highest = problem.scale_box(1.5)
    low[0], high[0] = lowest.min(), highest.max()
    return low, high
