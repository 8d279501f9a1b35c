"""Two populations that compete for, or add to, one another's room to grow."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from uptake.competing.systems import Coordinate, Setting, System, integrate
from uptake.curves import Logistic
from uptake.fitting import fit_many
from uptake.least_squares import Array
from uptake.values import as_times

if TYPE_CHECKING:
    from uptake.competing.contests import Contest

_BURST = np.log(100.0)
"""Log of the level, in records' maxima, at which a population that bursts is cut off."""
_STIFFEST = 20.0
"""Fastest rate, per mean step of the record, that is followed: what it does is not observed.

Well above the fastest own rate searched, so that a search at that edge can still turn either way.
"""
_SWIFT = 2.5
"""A rate, per mean step, at which a population fills at once what room the other leaves."""
_FARTHEST = 1e4
"""Largest cross term in records' maxima: by then a ceiling is past telling from infinity."""


@dataclass(frozen=True)
class LotkaVolterra(System):
    r"""Two populations under competition or mutual help (Lotka 1925, Volterra 1926).

    .. math::

        \frac{dN_1}{dt} = r_1 N_1 \Bigl(1 - \frac{N_1 + a_{12} N_2}{m_1}\Bigr), \qquad
        \frac{dN_2}{dt} = r_2 N_2 \Bigl(1 - \frac{N_2 + a_{21} N_1}{m_2}\Bigr)

    Parameters
    ----------
    m1, m2 : float
        Ceilings each population would reach alone, in the unit of its data.
    r1, r2 : float
        Growth rates when both are small, per unit of time.
    a12, a21 : float
        Room for the first that one unit of the second takes up, and the reverse: positive is
        competition, negative is help, zero is separate growth along a logistic curve.
    n1, n2 : float
        Levels at time ``start``.
    start : float
        When the levels were n1 and n2.

    Notes
    -----
    The search goes along :math:`g_{ij} = r_i a_{ij} / m_i`, the loss of growth rate to one unit
    of the other, which stays finite where growth is still exponential and a ceiling is not
    bounded; the cross term's own interval is then open, as it should be.

    References
    ----------
    Pistorius, C. W. I. and Utterback, J. M. (1997). Multi-mode interaction among technologies.
    *Research Policy* 26(1), 67-84.

    Examples
    --------
    >>> alone = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)
    >>> alone([0.0, 5.0, 10.0]).round(2)
    array([[ 2.  , 52.7 , 98.38],
           [ 1.  ,  9.96, 37.59]])
    """

    cross: ClassVar[tuple[str, ...]] = ("a12", "a21")

    m1: float
    m2: float
    r1: float
    r2: float
    a12: float
    a21: float
    n1: float
    n2: float
    start: float = 0.0

    def __post_init__(self) -> None:
        """Refuse parameters without meaning."""
        if not np.isfinite(astuple(self)).all():
            raise ValueError(f"all parameters must be finite; got {self}")
        for name in ("m1", "m2", "r1", "r2", "n1", "n2"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero; got {getattr(self, name)}")

    def __call__(self, t: ArrayLike) -> Array:
        """Return both levels at increasing times not before ``start``, shape (2, times)."""
        t = as_times(t)
        if t.ndim != 1 or (t < self.start).any() or (np.diff(t) < 0).any():
            raise ValueError(f"times must be a list that increases from start = {self.start}")
        values = np.array([astuple(self)[:-1]])
        size = np.array([max(self.m1, self.n1), max(self.m2, self.n2)])
        times = np.unique(np.r_[self.start, t])
        levels = _levels(values, size, times, rtol=1e-11, burst=20.0)[0]
        # Mutual help without limit reaches infinity in finite time.
        levels[levels >= np.exp(19.999) * size[:, np.newaxis]] = np.inf
        return levels[:, np.searchsorted(times, t)]

    def reached(self, t: float) -> dict[str, float]:
        """Return the share of each ceiling that is reached by a time; help may lift it past one."""
        first, second = self([t])[:, 0]
        return {"m1": float(first / self.m1), "m2": float(second / self.m2)}

    @property
    def equilibrium(self) -> tuple[float, float]:
        """Levels at which neither would change with both present; negative means one dies out.

        NaN when the two lines of no growth are parallel.
        """
        matrix = np.array([[1.0, self.a12], [self.a21, 1.0]])
        if abs(np.linalg.det(matrix)) < 1e-12:
            return float("nan"), float("nan")
        first, second = np.linalg.solve(matrix, [self.m1, self.m2])
        return float(first), float(second)

    @classmethod
    def coordinates(cls, setting: Setting) -> tuple[Coordinate, ...]:
        """Return ceilings, rates, losses of growth rate to the other, and first levels."""
        first, second = setting.size
        rate, fastest = 1 / setting.span, 5.0 * len(setting.t)
        return (
            Coordinate("m1", first, -7.0, np.log(1e6)),
            Coordinate("m2", second, -7.0, np.log(1e6)),
            Coordinate("r1", rate, -7.0, np.log(fastest)),
            Coordinate("r2", rate, -7.0, np.log(fastest)),
            Coordinate("a12", rate / second, -fastest, fastest, positive=False),
            Coordinate("a21", rate / first, -fastest, fastest, positive=False),
            Coordinate("n1", first, -25.0, 3.0),
            Coordinate("n2", second, -25.0, 3.0),
        )

    @classmethod
    def check(cls, setting: Setting) -> None:
        """Refuse any number of records but two."""
        super().check(setting)
        if len(setting.size) != 2:
            raise ValueError(f"LotkaVolterra takes two records; got {len(setting.size)}")

    @classmethod
    def values(cls, x: Array, setting: Setting) -> Array:
        """Map coordinates to parameters: a cross term is its effect times m / r."""
        values = super().values(x, setting)
        values[:, 4:6] *= values[:, 0:2] / values[:, 2:4]
        return values

    @classmethod
    def inverse(cls, values: Array, setting: Setting) -> Array:
        """Map parameters to coordinates."""
        effects = values.copy()
        effects[:, 4:6] *= values[:, 2:4] / values[:, 0:2]
        return super().inverse(effects, setting)

    @classmethod
    def hold(cls, x: Array, i: int, values: Array, setting: Setting) -> None:
        """Set a coordinate; a held cross term's effect follows the ceiling and the rate."""
        if i in (4, 5):
            axes = cls.coordinates(setting)
            ceiling, rate = axes[i - 4].value(x[:, i - 4]), axes[i - 2].value(x[:, i - 2])
            values = values * rate / ceiling
        super().hold(x, i, values, setting)

    @classmethod
    def reach(cls, i: int, setting: Setting) -> tuple[float, float]:
        """Return where a profile ends: a cross term is told in records' maxima."""
        if i not in (4, 5):
            return super().reach(i, setting)
        edge = _FARTHEST * float(setting.size[i - 4] / setting.size[5 - i])
        return -edge, edge

    @classmethod
    def near(cls, x: Array, i: int, values: Array, setting: Setting) -> Array:
        """Return starts for a held cross term: at its optimum's effect, the ceiling following."""
        starts = super().near(x, i, values, setting)
        if i in (4, 5):
            axes = cls.coordinates(setting)
            effect = axes[i].value(x[:, i])
            least = axes[i].value(np.float64(0.1))
            effect = np.where(effect * values > 0, np.abs(effect), least)
            ceiling = np.abs(values) * axes[i - 2].value(x[:, i - 2]) / np.maximum(effect, least)
            axis = axes[i - 4]
            lowest = max(axis.lower, -1.0)
            starts[:, i - 4] = np.clip(
                axis.inverse(np.maximum(ceiling, 1e-300)), lowest, axis.upper
            )
        return starts

    @classmethod
    def levels(cls, values: Array, setting: Setting) -> Array:
        """Return levels of rows of parameters; NaN where they change too fast to follow."""
        return _levels(values, setting.size, setting.t, rtol=1e-7, stiffest=_STIFFEST)

    @classmethod
    def nested(cls) -> dict[str, dict[str, float]]:
        """Return the model without cross terms."""
        return {"separate curves": {"a12": 0.0, "a21": 0.0}}

    @classmethod
    def starts(cls, contest: Contest) -> Array:
        """Return logistic fits of each record, and a decline for each, in all combinations."""
        rising = [_logistic(contest, i) for i in (0, 1)]
        falling = [_decline(contest, i) for i in (0, 1)]
        starts = []
        for first in (rising[0], falling[0]):
            for second in (rising[1], falling[1]):
                (m1, r1, n1), (m2, r2, n2) = first, second
                zero = np.zeros_like(m1)
                starts.append(np.stack([m1, m2, r1, r2, zero, zero, n1, n2], axis=1))
        return np.array(starts)

    @classmethod
    def spread(cls, null: Array, contest: Contest) -> Array:
        """Return the separate optimum with cross effects, and each record as the other's rest."""
        setting = contest.setting
        x = cls.inverse(null, setting)
        moved = []
        for first in (0.0, -3.0, 3.0):
            for second in (0.0, -3.0, 3.0):
                step = np.zeros(8)
                step[4:6] = first, second
                # What the other takes away, own growth must supply.
                step[2:4] = 0.3 * np.sign([first, second])
                moved.append(cls.values(x + step, setting))
        return np.array([*moved, _filling(null, contest, 0), _filling(null, contest, 1)])

    @classmethod
    def build(cls, values: dict[str, float], setting: Setting) -> Self:
        """Return the system, its first levels holding at the first time."""
        return cls(**values, start=float(setting.t[0]))


def _levels(
    values: Array,
    size: Array,
    times: Array,
    *,
    rtol: float,
    stiffest: float = np.inf,
    burst: float = _BURST,
) -> Array:
    m, r, a, n = (values[:, i : i + 2].T for i in (0, 2, 4, 6))
    m, n = m / size[:, np.newaxis], n / size[:, np.newaxis]
    # In records' maxima the other's level counts for its size against this one's.
    own, other = r / m, r * a * (size[::-1] / size)[:, np.newaxis] / m
    step = (times[-1] - times[0]) / max(len(times) - 1, 1)
    followed = (np.maximum(own, np.abs(other)) * step <= stiffest).all(axis=0)
    own, other, r = (np.where(followed, each, 0.0) for each in (own, other, r))

    def slope(t: float, u: Array) -> Array:
        # Capped, a population that bursts neither stops the solver nor leaves the search without
        # a slope; at a hundred times its record it is never the best.
        level = np.exp(np.minimum(u, burst))
        return r - own * level - other * level[::-1]

    u = integrate(slope, np.log(n), times, rtol=rtol)
    levels = np.exp(np.minimum(u, burst)) * size[:, np.newaxis]
    levels[~followed] = np.nan
    return levels


def _logistic(contest: Contest, i: int) -> tuple[Array, Array, Array]:
    """Return ceiling, rate and first level of logistic fits to record i of each row."""
    used, t = contest.root[i] > 0, contest.setting.t
    fits = fit_many(
        Logistic,
        t[used],
        contest.y[:, i, used],
        scale=contest.scale,
        weights=contest.root[i, used] ** 2,
    ).params
    m, r, t0 = (fits[name].to_numpy() for name in ("m", "r", "t0"))
    # Where the best ceiling is below zero, no logistic moves so: its size is as good a start.
    m = np.where(m > 0, m, contest.setting.size[i])
    # Far before the midpoint the level is its exponential limit; both stay inside floats.
    return m, r, m * np.exp(-np.logaddexp(0, -r * (t[0] - t0)))


def _filling(null: Array, contest: Contest, i: int) -> Array:
    """Return a start at which population i fills at once what room the other leaves it.

    In a plain substitution one level is a constant less a multiple of the other's. No logistic is
    near that, for the growth rate that keeps it so is beyond any that its own record shows.
    """
    used = (contest.root > 0).all(axis=0)
    y, other = contest.y[:, i, used], contest.y[:, 1 - i, used]
    apart = other - other.mean(axis=1, keepdims=True)
    taken = -np.vecdot(apart, y) / np.vecdot(apart, apart)
    room = y.mean(axis=1) + taken * other.mean(axis=1)
    size = contest.setting.size
    room = np.where(room > 0, room, size[i])
    step = contest.setting.span / max(len(contest.setting.t) - 1, 1)
    swift = np.maximum(size[i], np.abs(taken) * size[1 - i]) / room
    start = null.copy()
    start[:, i], start[:, 2 + i] = room, _SWIFT / (step * np.maximum(swift, 1.0))
    start[:, 4 + i], start[:, 5 - i] = taken, 0.0
    start[:, 6 + i] = np.maximum(y[:, 0], 1e-3 * size[i])
    return start


def _decline(contest: Contest, i: int) -> tuple[Array, Array, Array]:
    """Return a start for a population that falls towards its ceiling from above."""
    used = contest.root[i] > 0
    y = np.maximum(contest.y[:, i, used], 1e-3 * contest.unit[i])
    return 0.5 * y.min(axis=1), np.full(len(y), 2 / contest.setting.span), y[:, 0]
