"""What fits return: a curve, the record behind it, and its doubts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.intervals import Interval, Profile, figure, profile
from uptake.least_squares import Array
from uptake.optimum import Optimum, Quantity
from uptake.separable import HORIZON, Kind, Scale

C = TypeVar("C", bound=Curve)


@dataclass(frozen=True, eq=False)
class Fit(Generic[C]):
    """What fitting one curve to one record produced.

    Attributes
    ----------
    curve : Curve
        The best curve; call it to predict. Its times count from `origin`, in years for dates.
    t : ndarray
        Times (stock) or edges (flow), as numbers.
    y : ndarray
        The record.
    kind, scale : str
        As given to `fit`.
    origin : Timestamp, float or None
        What time zero is.
    sse : float
        Weighted sum of squared residuals, on the scale of the fit.
    interior : bool
        Whether there is an interior optimum; if not, `curve` is the limit that was reached.
    concerns : tuple of str
        Reasons to distrust the fit.
    """

    curve: C
    t: Array
    y: Array
    kind: Kind
    scale: Scale
    origin: pd.Timestamp | float | None
    sse: float
    interior: bool
    concerns: tuple[str, ...] = ()
    _optimum: Optimum = field(repr=False, kw_only=True)

    @property
    def params(self) -> dict[str, float]:
        """All parameters by name, fixed ones too."""
        return dict(self._optimum.values)

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the parameters that were fitted."""
        return tuple(name for name in self.params if name not in self._optimum.problem.fixed)

    @property
    def fitted(self) -> Array:
        """What the curve says where the record was observed: levels, or flows."""
        return self.curve(self.t) if self.kind == "stock" else self.curve.flow(self.t)

    @property
    def residuals(self) -> Array:
        """Record less fit; on the log scale the difference of logs."""
        if self.scale == "log":
            return np.log(self.y) - np.log(np.maximum(self.fitted, 1e-300))
        return self.y - self.fitted

    @property
    def degrees_of_freedom(self) -> int:
        """Points less free parameters."""
        return self._optimum.points - self._optimum.parameters

    @property
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood at its maximum, in the unit of the data on both scales."""
        n, root = self._optimum.points, self._optimum.problem.root_weights
        root = np.ones(self.y.size) if root is None else root.ravel()
        used = root > 0
        floor = n * (1e-15 * np.abs(self.y).max()) ** 2 if self.scale == "linear" else n * 1e-30
        value = -n / 2 * (np.log(2 * np.pi * max(self.sse, floor) / n) + 1)
        value += np.log(root[used]).sum()
        # The density of y itself, so that fits on the two scales can be compared.
        return float(value - (np.log(self.y[used]).sum() if self.scale == "log" else 0.0))

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points (Hurvich and Tsai 1989); noise counts as one.

        Infinite when no degree of freedom is left for the correction.
        """
        n, k = self._optimum.points, self._optimum.parameters + 1
        correction = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else float("inf")
        return -2 * self.log_likelihood + 2 * k + correction

    @property
    def fraction_observed(self) -> float:
        """Share of the ceiling reached at the record's end; 0 for a curve without a ceiling."""
        return float(self.curve(self.t[-1])) / self.curve.ceiling

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per free parameter: estimate, standard error, 95% profile interval.

        The standard error is the usual one of nonlinear least squares, infinite where it does
        not exist. It is symmetric, which the interval need not be: trust the interval.
        """
        rows = {}
        for name in self.free:
            interval = self.interval(name)
            error = self._optimum.standard_error(lambda curve, name=name: getattr(curve, name))
            rows[name] = (self.params[name], error, interval.low, interval.high)
        columns = ["estimate", "se", "low", "high"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    @cached_property
    def identified(self) -> bool:
        """Whether the record determines the curve.

        True when there is an interior optimum and every free parameter has a finite 95% profile
        interval.
        """
        return self.interior and all(self.interval(name).bounded for name in self.free)

    def profile(self, quantity: str | Quantity) -> Profile:
        """Return the profile likelihood of a parameter or of a derived quantity.

        Parameters
        ----------
        quantity : str or callable
            A free parameter, an attribute of the curve ("peak", "half_life"), or a function of
            the curve.
        """
        if callable(quantity):
            return profile(self._optimum, quantity)
        if quantity not in self._profiles:
            self._profiles[quantity] = profile(self._optimum, quantity)
        return self._profiles[quantity]

    @cached_property
    def _profiles(self) -> dict[str, Profile]:
        return {}

    def interval(self, quantity: str | Quantity, level: float = 0.95) -> Interval:
        """Return a profile-likelihood interval, whose ends may be infinite.

        Parameters
        ----------
        quantity : str or callable
            A free parameter, an attribute of the curve ("peak", "half_life"), or a function of
            the curve such as ``lambda curve: curve.when(0.9)``.
        level : float
            Nominal coverage.

        Returns
        -------
        Interval

        Raises
        ------
        ValueError
            For an unknown name, a fixed parameter, or a quantity the curve does not have.
        """
        return self.profile(quantity).interval(level)

    @property
    def _runaway(self) -> float:
        """The ceiling at which a search counts as run away; infinite for curves without one."""
        return HORIZON * self._optimum.problem.record[0] if self.curve.bounded else float("inf")

    def __str__(self) -> str:
        """Say what was fitted, with the intervals and the concerns."""
        what = f"{type(self.curve).__name__}, {self.y.size} {self.kind}s"
        lines = [f"{what}, {'identified' if self.identified else 'not identified'}"]
        for name, row in self.table.iterrows():
            away = name == self._optimum.problem.scale_name and self.curve.scale >= self._runaway
            value = "runs away" if away else f"= {figure(row['estimate'])}"
            lines.append(f"  {name} {value}: {Interval(row['low'], row['high'])}")
        return "\n".join(lines + [f"  concern: {concern}" for concern in self.concerns])


@dataclass(frozen=True, eq=False)
class FitMany(Generic[C]):
    """Fits of one curve to many records on common times.

    Attributes
    ----------
    params : DataFrame
        One row per record, one column per parameter.
    sse : ndarray, shape (batch,)
        Sums of squared residuals, on the scale of the fits.
    converged : ndarray of bool, shape (batch,)
        Whether each search ended at an optimum, or at a limit.
    interior : ndarray of bool, shape (batch,)
        Whether that optimum is interior; if not, the parameters are the limit reached.
    """

    model: type[C]
    params: pd.DataFrame
    sse: Array
    converged: np.ndarray
    interior: np.ndarray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.params)

    def curve(self, i: int) -> C:
        """Return the curve of record ``i``."""
        return self.model(*self.params.iloc[i].tolist())
