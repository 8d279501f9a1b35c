"""Successive generations of a technology, each taking over from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from uptake.competing.systems import Coordinate, Setting, System
from uptake.curves import Bass
from uptake.least_squares import Array
from uptake.values import as_times

if TYPE_CHECKING:
    from uptake.competing.contests import Contest


@dataclass(frozen=True)
class NortonBass(System):
    r"""Diffusion and substitution of successive generations (Norton and Bass 1987).

    Each generation i has a launch :math:`\tau_i`, a potential :math:`m_i` that it adds, and the
    Bass share :math:`F_i(t) = F(t - \tau_i)` with p and q common to all. With :math:`U_0 = 0`,
    what has been won by generation i before its successor takes any is

    .. math:: U_i = F_i (m_i + s\,U_{i-1}), \qquad S_i = U_i (1 - s F_{i+1})

    and :math:`S_i` is its level: units in use, or sales per period when each adopter buys at a
    steady rate. The last generation has no successor.

    Parameters
    ----------
    m : tuple of float
        Potential that each generation adds, in the unit of the data.
    p, q : float
        Outside influence and imitation, per unit of time.
    switching : float
        The share s of an older generation's adopters who move on as the newer spreads. The paper
        has 1; 0 leaves a Bass curve for each generation. This parameter is ours: it puts both
        inside one model, so that "separate curves" can be tested.
    launches : tuple of float
        Launch of each generation, in order.

    References
    ----------
    Norton, J. A. and Bass, F. M. (1987). A diffusion theory model of adoption and substitution
    for successive generations of high-technology products. *Management Science* 33(9), 1069-1086.

    Examples
    --------
    >>> two = NortonBass(m=(100.0, 60.0), p=0.02, q=0.5, launches=(0.0, 6.0))
    >>> two([3.0, 9.0, 15.0]).round(1)
    array([[ 12.6,  70.3,  19.4],
           [  0. ,  17.7, 127.8]])
    """

    launched: ClassVar[bool] = True
    cross: ClassVar[tuple[str, ...]] = ("switching",)

    m: tuple[float, ...]
    p: float
    q: float
    switching: float = 1.0
    launches: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        """Refuse parameters without meaning."""
        if len(self.m) != len(self.launches) or not self.m:
            raise ValueError(f"{len(self.m)} potentials need as many launches; got {self.launches}")
        if min(*self.m, self.p, self.q, np.inf) <= 0 or not np.isfinite(self.switching):
            raise ValueError("m, p and q must be above zero, and switching finite")
        if (np.diff(self.launches) < 0).any():
            raise ValueError("generations must be in the order of their launches")

    def __call__(self, t: ArrayLike) -> Array:
        """Return the level of each generation, shape (generations, times)."""
        values = np.array([[*self.m, self.p, self.q, self.switching]])
        return _levels(values, as_times(t), self.launches)[0]

    def reached(self, t: float) -> dict[str, float]:
        """Return the share of each generation's own potential that has adopted by a time."""
        since = np.maximum(t - np.array(self.launches), 0.0)
        shares = Bass.shape(since, self.p, self.q).tolist()
        return {f"m{i}": share for i, share in enumerate(shares, 1)}

    @classmethod
    def coordinates(cls, setting: Setting) -> tuple[Coordinate, ...]:
        """Return potentials, p, q and switching."""
        rate, fastest = 1 / setting.span, np.log(5.0 * len(setting.t))
        potentials = [
            Coordinate(f"m{i}", size, -7.0, np.log(1e6)) for i, size in enumerate(setting.size, 1)
        ]
        return (
            *potentials,
            Coordinate("p", rate, -20.0, fastest),
            Coordinate("q", rate, -7.0, fastest),
            Coordinate("switching", 1.0, -20.0, 20.0, positive=False),
        )

    @classmethod
    def check(cls, setting: Setting) -> None:
        """Refuse flows, and a single record."""
        super().check(setting)
        if len(setting.launches) < 2:
            raise ValueError("NortonBass takes two generations or more; fit Bass to a single one")

    @classmethod
    def levels(cls, values: Array, setting: Setting) -> Array:
        """Return levels of rows of parameters."""
        return _levels(values, setting.t, setting.launches)

    @classmethod
    def nested(cls) -> dict[str, dict[str, float]]:
        """Return separate Bass curves with common p and q, and the paper's full switching."""
        return {"separate curves": {"switching": 0.0}, "full switching": {"switching": 1.0}}

    @classmethod
    def starts(cls, contest: Contest) -> Array:
        """Return a grid of p and q, with each record's maximum as its potential."""
        setting, batch = contest.setting, len(contest.y)
        used = np.where(contest.root > 0, contest.y, 0.0)
        largest = np.maximum(used.max(axis=2), 1e-3 * contest.unit)
        starts = []
        for speed in (4.0, 10.0, 25.0, 60.0):
            for ratio in (0.3, 0.03, 0.003):
                q = speed / setting.span
                rest = np.array([ratio * q, q, 0.5])
                starts.append(np.column_stack([largest, np.tile(rest, (batch, 1))]))
        return np.array(starts)

    @classmethod
    def spread(cls, null: Array, contest: Contest) -> Array:
        """Return the optimum of separate curves, and grids of p and q with much switching."""
        starts, setting = [], contest.setting
        potential = np.repeat(setting.size[np.newaxis], len(null), axis=0)
        for switching in (0.1, 0.5, 1.0):
            row = null.copy()
            row[:, -1] = switching
            starts.append(row)
            for speed in (4.0, 10.0, 25.0, 60.0):
                for ratio in (0.1, 0.003):
                    q = speed / setting.span
                    rest = np.tile([ratio * q, q, switching], (len(null), 1))
                    starts.append(np.column_stack([potential, rest]))
        return np.array(starts)

    @classmethod
    def build(cls, values: dict[str, float], setting: Setting) -> Self:
        """Return the system with the records' launches."""
        *m, p, q, switching = values.values()
        return cls(tuple(m), p, q, switching, setting.launches)


def _levels(values: Array, times: Array, launches: tuple[float, ...]) -> Array:
    count = len(launches)
    p, q, switching = values[:, count:].T[:, :, np.newaxis]
    since = np.maximum(times - np.array(launches)[:, np.newaxis], 0.0)
    shares = [Bass.shape(each, p, q) for each in since] + [np.zeros((len(values), len(times)))]
    levels, won = [], np.zeros((len(values), len(times)))
    for i in range(count):
        won = shares[i] * (values[:, i : i + 1] + switching * won)
        levels.append(won * (1 - switching * shares[i + 1]))
    return np.stack(levels, axis=1)
