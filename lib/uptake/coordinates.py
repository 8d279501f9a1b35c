"""Free coordinates of a curve's shape: where searches move without walls or units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from uptake.curves import Curve
from uptake.least_squares import Array, Rows

_BELOW = {"log": 20.0, "logit": 12.0, "none": 8.0}
_ABOVE = {"log": 7.0, "logit": 12.0, "none": 8.0}


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The map between a curve's shape parameters and the free coordinates of those searched.

    Logs and logits need no unit; a parameter searched as it is gets the starting grid's own
    centre and width, so that a change of the unit of time changes nothing.

    Parameters
    ----------
    curve : type of Curve
    first, last : float
        The record's first and last time.
    held : tuple of str
        Names of parameters that are not searched.
    """

    curve: type[Curve]
    first: float
    last: float
    held: tuple[str, ...] = ()

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Positions of the searched parameters among the shape parameters."""
        names = self.curve.names()[1:]
        return tuple(i for i, name in enumerate(names) if name not in self.held)

    @cached_property
    def starts(self) -> Array:
        """The curve's grid of starting shapes on this span."""
        with np.errstate(all="ignore"):
            return np.asarray(self.curve.starts(self.first, self.last), float)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The transform of each searched parameter."""
        return tuple(self.curve.transforms()[1 + i].name for i in self.free)

    @cached_property
    def frame(self) -> tuple[Array, Array]:
        """Centre and width of each free coordinate."""
        centre, width = np.zeros(len(self.free)), np.ones(len(self.free))
        for j, (i, kind) in enumerate(zip(self.free, self.kinds, strict=True)):
            if kind == "none":
                column = self.starts[:, i]
                centre[j] = np.median(column)
                width[j] = (np.ptp(np.percentile(column, [5, 95])) or 1.0) / 4
        return centre, width

    @cached_property
    def _moved(self) -> bool:
        """Whether some coordinate has a centre and width of its own."""
        return "none" in self.kinds

    def slopes(self, shapes: list[Array]) -> Iterator[tuple[int, Array]]:
        """Yield each searched parameter's position and its derivative by the free coordinate."""
        _, width = self.frame
        transforms = self.curve.transforms()[1:]
        for j, i in enumerate(self.free):
            slope = transforms[i].slope(shapes[i])
            yield i, slope * width[j] if self._moved else slope

    def to_free(self, shapes: Array) -> Array:
        """Map rows of all shape parameters (b, shape) to free coordinates (b, k)."""
        if not self.free:
            return np.empty((len(shapes), 0))
        centre, width = self.frame
        transforms = self.curve.transforms()[1:]
        columns = [transforms[i].free(shapes[:, i]) for i in self.free]
        # Columns of one coordinate each lie together: the grid is compared column by column.
        return ((np.stack(columns).T - centre) / width) if self._moved else np.stack(columns).T

    def to_shapes(self, theta: Array, fixed: dict[str, Array], rows: Rows) -> list[Array]:
        """Map free coordinates to all shape parameters, each a column of shape (b, 1)."""
        transforms = self.curve.transforms()[1:]
        if self._moved:
            centre, width = self.frame
            theta = centre + width * theta[:, : len(self.free)]
        searched = {i: transforms[i].back(theta[:, j]) for j, i in enumerate(self.free)}
        return [
            (searched[i] if i in searched else fixed[name][rows])[:, np.newaxis]
            for i, name in enumerate(self.curve.names()[1:])
        ]

    @cached_property
    def grid(self) -> Array:
        """The starting shapes in free coordinates, shape (grid, k)."""
        return self.to_free(self.starts)

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of the free coordinates, far outside the starting grid."""
        corners = self.grid
        return (
            corners.min(axis=0, initial=np.inf) - [_BELOW[kind] for kind in self.kinds],
            corners.max(axis=0, initial=-np.inf) + [_ABOVE[kind] for kind in self.kinds],
        )
