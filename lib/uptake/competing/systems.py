"""The contract of a model of several records at once, and how its equations are solved in batches.

A system is a frozen dataclass of its parameters. It lists its search coordinates, gives levels for
a batch of parameter rows, and starts; searches, intervals and tests follow from these.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from scipy.integrate import solve_ivp

from uptake.least_squares import Array
from uptake.separable import Kind

if TYPE_CHECKING:
    from uptake.competing.contests import Contest


@dataclass(frozen=True, eq=False)
class Setting:
    """What a system must know of the records besides their values.

    Attributes
    ----------
    t : ndarray
        Times (stock) or edges (flow).
    kind : {"stock", "flow"}
    launches : tuple of float
        When each record starts, on the scale of ``t``.
    size : ndarray, shape (records,)
        The largest level each record reaches (for flows, their sum): the unit of its ceiling.
    """

    t: Array
    kind: Kind
    launches: tuple[float, ...]
    size: Array

    @property
    def span(self) -> float:
        """Length of the record, the unit of rates."""
        return float(self.t[-1] - self.t[0])


@dataclass(frozen=True)
class Coordinate:
    """One axis of a search: a parameter is ``unit * exp(x)`` if positive, else ``unit * x``."""

    name: str
    unit: float
    lower: float
    upper: float
    positive: bool = True

    def value(self, x: Array) -> Array:
        """Return the parameter at a coordinate."""
        return self.unit * (np.exp(x) if self.positive else x)

    def inverse(self, value: Array) -> Array:
        """Return the coordinate of a parameter; minus infinity for one lost to underflow."""
        if not self.positive:
            return np.asarray(value) / self.unit
        with np.errstate(divide="ignore"):
            return np.log(value / self.unit)

    @property
    def open_ends(self) -> tuple[float, float]:
        """What the parameter tends to beyond the box."""
        return (0.0 if self.positive else -np.inf), np.inf


@dataclass(frozen=True)
class System(ABC):
    """Several records whose growth depends on one another; the fields are the parameters.

    Examples
    --------
    What a search asks of a system, here of two populations that grow apart:

    >>> from uptake import LotkaVolterra
    >>> setting = Setting(np.arange(12.0), "stock", (0.0, 0.0), np.array([100.0, 50.0]))
    >>> values = np.array([[100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0]])
    >>> x, levels = LotkaVolterra.inverse(values, setting), LotkaVolterra.levels(values, setting)
    >>> bool(np.allclose(LotkaVolterra.values(x, setting), values)), levels.shape
    (True, (1, 2, 12))
    >>> [axis.name for axis in LotkaVolterra.coordinates(setting)][:4]
    ['m1', 'm2', 'r1', 'r2']
    >>> LotkaVolterra.nested()
    {'separate curves': {'a12': 0.0, 'a21': 0.0}}

    A profile of the first ceiling holds it at values within reach, and starts near the optimum:

    >>> low, high = LotkaVolterra.reach(0, setting)
    >>> near = LotkaVolterra.near(x, 0, np.array([120.0, 150.0]), setting)
    >>> LotkaVolterra.hold(near, 0, np.array([120.0, 150.0]), setting)
    >>> low < 120.0 < high, LotkaVolterra.values(near, setting)[:, 0].round(6).tolist()
    (True, [120.0, 150.0])
    >>> best = dict(zip(["m1", "m2", "r1", "r2", "a12", "a21", "n1", "n2"], values[0].tolist()))
    >>> built = LotkaVolterra.build(best, setting)
    >>> built([0.0]).ravel().tolist(), built.reached(0.0)
    ([2.0, 1.0], {'m1': 0.02, 'm2': 0.02})

    Models that are not nested in it stand beside it; this one has none:

    >>> from uptake.competing.contests import Contest
    >>> contest = Contest(LotkaVolterra, setting, levels, np.ones((2, 12)), "linear", {})
    >>> LotkaVolterra.rivals(contest), LotkaVolterra.starts(contest).shape
    ({}, (4, 1, 8))
    >>> LotkaVolterra.spread(values, contest).shape
    (11, 1, 8)
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("stock",)
    """Kinds of record the model speaks of."""
    launched: ClassVar[bool] = False
    """Whether times must count from the first record's launch."""
    cross: ClassVar[tuple[str, ...]] = ()
    """Parameters through which one record acts on another."""

    @abstractmethod
    def __call__(self, t: Array) -> Array:
        """Return the level of each record, shape (records, times)."""

    def reached(self, t: float) -> dict[str, float]:
        """Return the share of each ceiling that is reached by a time, by the parameter's name.

        A system without ceilings has none.
        """
        return {}

    @classmethod
    @abstractmethod
    def coordinates(cls, setting: Setting) -> tuple[Coordinate, ...]:
        """Return the axes of the search, one per parameter and in the parameters' order."""

    @classmethod
    @abstractmethod
    def levels(cls, values: Array, setting: Setting) -> Array:
        """Return levels (b, records, times) of rows of parameters (b, k); NaN where refused."""

    @classmethod
    @abstractmethod
    def starts(cls, contest: Contest) -> Array:
        """Return where searches without cross terms begin, as parameters (starts, b, k)."""

    @classmethod
    @abstractmethod
    def spread(cls, null: Array, contest: Contest) -> Array:
        """Return where searches with cross terms begin, given optima without them (b, k)."""

    @classmethod
    @abstractmethod
    def build(cls, values: dict[str, float], setting: Setting) -> Self:
        """Return the system with these parameters."""

    @classmethod
    @abstractmethod
    def nested(cls) -> dict[str, dict[str, float]]:
        """Return simpler models inside this one, by label; the first has no cross terms."""

    @classmethod
    def rivals(cls, contest: Contest) -> dict[str, tuple[int, float, float]]:
        """Return other models of the records, not nested: parameters, log-likelihood, AICc."""
        return {}

    @classmethod
    def check(cls, setting: Setting) -> None:
        """Refuse records the model does not speak of."""
        if setting.kind not in cls.kinds:
            raise ValueError(
                f"{cls.__name__} describes {cls.kinds[0]} records; got kind={setting.kind!r}: "
                f"give kind={cls.kinds[0]!r} with levels in use, or sales per period, at each time"
            )

    @classmethod
    def values(cls, x: Array, setting: Setting) -> Array:
        """Map coordinates (b, k) to parameters."""
        axes = cls.coordinates(setting)
        return np.stack([axis.value(x[:, i]) for i, axis in enumerate(axes)], axis=1)

    @classmethod
    def inverse(cls, values: Array, setting: Setting) -> Array:
        """Map parameters (b, k) to coordinates, kept inside the box."""
        axes = cls.coordinates(setting)
        columns = [axis.inverse(values[:, i]) for i, axis in enumerate(axes)]
        return np.stack(
            [np.clip(x, a.lower, a.upper) for x, a in zip(columns, axes, strict=True)], axis=1
        )

    @classmethod
    def hold(cls, x: Array, i: int, values: Array, setting: Setting) -> None:
        """Set coordinate ``i`` of each row, in place, so that its parameter has a given value."""
        x[:, i] = cls.coordinates(setting)[i].inverse(values)

    @classmethod
    def near(cls, x: Array, i: int, values: Array, setting: Setting) -> Array:
        """Return coordinates (b, k) from which to search with parameter ``i`` held at values.

        ``x``, shape (1, k), is the optimum.
        """
        return np.repeat(x, len(values), axis=0)

    @classmethod
    def reach(cls, i: int, setting: Setting) -> tuple[float, float]:
        """Return the parameter's values at which a profile has come to the edge of the box."""
        axis = cls.coordinates(setting)[i]
        low, high = axis.value(np.array([axis.lower, axis.upper]))
        return float(low), float(high)


def integrate(
    slope: Callable[[float, Array], Array],
    start: Array,
    times: Array,
    *,
    rtol: float = 1e-9,
) -> Array:
    """Solve one differential equation for a batch of rows at once.

    All rows share the solver's steps, so differences between rows are smooth and their numerical
    errors nearly cancel (internal differentiation, Bock 1981). `DOP853` was the fastest of
    scipy's methods on batches at the accuracy wanted here; LSODA gains on single rows only.

    Parameters
    ----------
    slope : callable
        ``slope(t, state)`` with the state of shape (states, b).
    start : ndarray, shape (states, b)
    times : ndarray
        Increasing; the first is where ``start`` holds.
    rtol : float
        Relative tolerance per step; the absolute one is a hundredth of it.

    Returns
    -------
    ndarray, shape (b, states, times)
        NaN for a row the solver cannot follow.

    Examples
    --------
    >>> rate = np.array([[1.0, 2.0]])
    >>> integrate(lambda t, x: rate * x, np.ones((1, 2)), np.array([0.0, 1.0]))[:, 0, 1].round(6)
    array([2.718282, 7.389056])
    """
    states, batch = start.shape
    if len(times) == 1:
        return start.T[:, :, np.newaxis].copy()

    def flat(t: float, state: Array) -> Array:
        return slope(t, state.reshape(states, batch)).ravel()

    solution = solve_ivp(
        flat,
        (times[0], times[-1]),
        start.ravel(),
        method="DOP853",
        t_eval=times,
        rtol=rtol,
        atol=0.01 * rtol,
    )
    if not solution.success:
        return np.full((batch, states, len(times)), np.nan)
    return solution.y.reshape(states, batch, len(times)).transpose(1, 0, 2)
