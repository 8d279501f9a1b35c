"""The contract of a curve, and what every curve can do because of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import Field, astuple, dataclass, fields
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from uptake.curves.parameters import Array, Transform
from uptake.curves.solving import SHARES, fastest, reached
from uptake.values import as_times


@dataclass(frozen=True)
class Curve(ABC):
    """Cumulative adoption as a function of time; the fields are the parameters.

    A new curve is one frozen dataclass. Its first field is the scale, to which the curve is
    proportional; the others, at least one, are the shape. It gives `shape`, `shape_jacobian` and
    `starts`, and everything else (fits, intervals, sharing, forecasts) follows. Only where `shape`
    takes no complex times, as with ``special.expit``, `rate` and `peak` need `shape_rate` too.
    `shape_rate`, `peak` and `when` may be overridden where there is a closed form.

    Examples
    --------
    An exponential approach to a ceiling, and what it can do:

    >>> from dataclasses import dataclass
    >>> from uptake import Curve, fit
    >>> from uptake.curves import positive
    >>> @dataclass(frozen=True)
    ... class Approach(Curve):
    ...     launched = True
    ...     m: float = positive()
    ...     b: float = positive()
    ...     @staticmethod
    ...     def shape(t, b):
    ...         return 1 - np.exp(-b * t)
    ...     @staticmethod
    ...     def shape_jacobian(t, b):
    ...         return (t * np.exp(-b * t),)
    ...     @staticmethod
    ...     def starts(first, last):
    ...         return np.geomspace(0.1, 50.0, 30)[:, np.newaxis] / last
    >>> curve = Approach(m=100.0, b=0.5)
    >>> round(curve.when(0.5), 3), curve.flow([0, 1, 2]).round(2), float(curve.rate(0.0))
    (1.386, array([39.35, 23.87]), 50.0)
    >>> result = fit(Approach, range(1, 7), [40, 62, 78, 86, 92, 96])
    >>> round(result.curve.b, 2), result.identified
    (0.49, True)

    Its parts, which the searches use:

    >>> t, b = np.array([0.0, 2.0]), 0.5
    >>> Approach.shape(t, b).round(3), Approach.shape_rate(t, b).round(3)
    (array([0.   , 0.632]), array([0.5  , 0.184]))
    >>> level, (slope,) = Approach.shape_and_jacobian(t, b)
    >>> bool((slope == Approach.shape_jacobian(t, b)[0]).all()), Approach.starts(0.0, 6.0).shape
    (True, (30, 1))
    >>> Approach.names(), [each.name for each in Approach.transforms()], Approach.inside(b)
    (('m', 'b'), ['log', 'log'], (0.5,))
    >>> print(Approach.trusted([100.0, 0.5]))
    Approach(m=100, b=0.5)
    """

    bounded: ClassVar[bool] = True
    """Whether the scale is a ceiling, which the level approaches."""
    launched: ClassVar[bool] = False
    """Whether the curve is defined from launch (t = 0) on, and zero before."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse a curve without a parameter of its shape, for there is nothing to search."""
        super().__init_subclass__(**options)
        # Before the decorator `dataclass` has run, a class's own fields are but its attributes.
        parameters = {item.name for item in fields(cls)}
        parameters |= {name for name, value in vars(cls).items() if isinstance(value, Field)}
        if cls.shape is not Curve.shape and len(parameters) < 2:
            raise TypeError(
                f"{cls.__name__} needs its scale and at least one parameter of its shape, each "
                f"declared by positive(), fraction() or real(); it has {len(parameters)}"
            )

    def __post_init__(self) -> None:
        """Refuse parameters outside their bounds."""
        for name, transform in zip(self.names(), self.transforms(), strict=True):
            value = getattr(self, name)
            if not (math.isfinite(value) and transform.lower < value < transform.upper):
                raise ValueError(
                    f"{type(self).__name__}.{name} is {value}; it must be finite, above "
                    f"{transform.lower:g} and below {transform.upper:g}"
                )

    @classmethod
    def trusted(cls, values: Sequence[float]) -> Self:
        """Return a curve without checking its parameters, for searches that stay in bounds."""
        curve = object.__new__(cls)
        curve.__dict__.update(zip(cls.names(), values, strict=True))
        return curve

    @staticmethod
    @abstractmethod
    def shape(t: Array, *parameters: Array) -> Array:
        """Return the level per unit of the scale at times ``t``; arguments broadcast."""

    @staticmethod
    @abstractmethod
    def shape_jacobian(t: Array, *parameters: Array) -> tuple[Array, ...]:
        """Return the derivative of `shape` by each shape parameter, in their order."""

    @staticmethod
    @abstractmethod
    def starts(first: float, last: float) -> Array:
        """Return shapes (rows of shape parameters) to start searches from.

        Parameters
        ----------
        first, last : float
            The record's first and last time; the grid is scaled to them.

        Returns
        -------
        ndarray, shape (grid, shape parameters)
        """

    @staticmethod
    def inside(*parameters: Array) -> tuple[Array, ...]:
        """Return the shape parameters of the same curve that lie within its domain.

        Override it where one curve has several names, such as two waves in either order: a
        search then steps over the border between them, at which it would otherwise end.
        """
        return parameters

    @classmethod
    def shape_and_jacobian(cls, t: Array, *parameters: Array) -> tuple[Array, tuple[Array, ...]]:
        """Return `shape` and `shape_jacobian`; override where both share their exponentials."""
        return cls.shape(t, *parameters), cls.shape_jacobian(t, *parameters)

    @classmethod
    def shape_rate(cls, t: Array, *parameters: Array) -> Array:
        """Return the derivative of `shape` by time.

        The default is a complex step (Squire and Trapp 1998), exact to rounding for any formula
        that is analytic in ``t``. Override it where there is a closed form, and where `shape` takes
        no complex times: ``special.expit`` and ``special.gammainc`` do not, and ``abs`` makes them
        real.

        Raises
        ------
        TypeError
            If `shape` takes no complex times.
        """
        step = 1e-100
        try:
            level = cls.shape(np.asarray(t) + 1j * step, *parameters)
        except TypeError as error:
            raise _no_rate(cls) from error
        if not np.iscomplexobj(level):
            raise _no_rate(cls)
        return np.imag(level) / step

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """Return the parameters' names, the scale first."""
        return tuple(item.name for item in fields(cls))

    @classmethod
    @cache
    def transforms(cls) -> tuple[Transform, ...]:
        """Return the parameters' transforms, the scale's first."""
        return tuple(item.metadata["transform"] for item in fields(cls))

    def __str__(self) -> str:
        """Write the curve with its parameters to four figures; `repr` has them all."""
        values = ", ".join(f"{name}={getattr(self, name):.4g}" for name in self.names())
        return f"{type(self).__name__}({values})"

    @property
    def scale(self) -> float:
        """The first parameter, to which the level is proportional."""
        return float(getattr(self, self.names()[0]))

    @property
    def ceiling(self) -> float:
        """The level approached in the end; infinite for a curve without one."""
        return self.scale if self.bounded else float("inf")

    def __call__(self, t: ArrayLike) -> Array:
        """Return the cumulative level at times ``t``."""
        return self._scaled(self.shape, t)

    def rate(self, t: ArrayLike) -> Array:
        """Return the derivative of the level by time: adoptions per unit of time."""
        return self._scaled(self.shape_rate, t)

    def flow(self, edges: ArrayLike) -> Array:
        """Return what happens in each interval ``(edges[i], edges[i + 1]]``."""
        return np.diff(self(edges))

    def _scaled(self, function: Callable[..., Array], t: ArrayLike) -> Array:
        t = as_times(t)
        inside = np.maximum(t, 0.0) if self.launched else t
        scale, *parameters = astuple(self)
        with np.errstate(over="ignore", under="ignore"):
            value = scale * function(inside, *parameters)
        return np.where(t < 0, 0.0, value) if self.launched else value

    def when(self, share: float) -> float:
        """Return the time at which this share of the ceiling is reached.

        Parameters
        ----------
        share : float
            Between 0 and 1, both excluded.

        Returns
        -------
        float
            NaN for a curve without a ceiling, which has no share of it, and where the share is
            never reached; 0 for a launched curve that starts above it.

        Raises
        ------
        ValueError
            When ``share`` is not between 0 and 1.
        """
        check_share(share)
        if not self.bounded:
            return float("nan")
        with np.errstate(over="ignore", under="ignore"):
            return reached(self._unit(self.shape), share, launched=self.launched)

    @property
    def half_life(self) -> float:
        """Time at which half of the ceiling is reached; NaN without a ceiling."""
        return self.when(0.5)

    @property
    def peak(self) -> float:
        """Time of fastest adoption; 0 for a launched curve that only slows.

        NaN for a curve without a ceiling, whose rate has none.
        """
        if not self.bounded:
            return float("nan")
        first, middle, last = map(self.when, SHARES)
        if not first < last:
            return float("nan")
        with np.errstate(over="ignore", under="ignore"):
            rate = self._unit(self.shape_rate)
            return fastest(rate, (first, middle, last), launched=self.launched)

    def _unit(self, function: Callable[..., Array]) -> Callable[[Array], Array]:
        """Return a function of the shape as one of time alone."""
        parameters = astuple(self)[1:]
        return lambda t: function(t, *parameters)


def _no_rate(curve: type[Curve]) -> TypeError:
    shape = ", ".join(["t", *curve.names()[1:]])
    return TypeError(
        f"{curve.__name__}.shape takes no complex times, of which its rate would be made; define "
        f"{curve.__name__}.shape_rate({shape}), its derivative by time"
    )


def check_share(share: float) -> None:
    """Raise ValueError unless ``share`` lies between 0 and 1."""
    if not 0 < share < 1:
        raise ValueError(f"a share of the ceiling lies between 0 and 1, both excluded; got {share}")


def grid(*axes: Array) -> Array:
    """Return every combination of the axes' values, one per row."""
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
