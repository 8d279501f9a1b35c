"""What fits return: a curve, the record behind it, and its doubts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic

import numpy as np
import pandas as pd

from uptake.bands import forecast
from uptake.batches import C, FitMany, many
from uptake.calibration import statistics
from uptake.criteria import aicc, log_likelihood
from uptake.draws import Method, refit, simulate
from uptake.intervals import (
    Interval,
    Profile,
    as_function,
    estimates,
    figure,
    percent,
    profile,
)
from uptake.least_squares import Array
from uptake.optimum import Optimum, Quantity
from uptake.separable import HORIZON, Errors, Kind, Scale
from uptake.showing import Stored, as_html
from uptake.times import counted


@dataclass(frozen=True, eq=False)
class Fit(Stored, Generic[C]):
    """What fitting one curve to one record produced.

    Attributes
    ----------
    curve : Curve
        The best curve; call it to predict. Its times count from `origin`, in years for dates.
    t : ndarray
        Times (stock) or edges (flow), as numbers.
    y : ndarray
        The record.
    kind, scale, errors : str
        As given to `fit`.
    origin : Timestamp, float or None
        What time zero is.
    sse : float
        Weighted sum of squared residuals, on the scale of the fit, weights relative to the
        largest. With autocorrelated errors,
        of the whitened residuals, times the factor that makes its least value the most likely.
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
    errors: Errors
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

    def time(self, when: Any) -> Array:
        """Return dates (or numbers, as given to the fit) as times of the curve.

        Parameters
        ----------
        when : date, number, or array_like of them
            Periods stand for their ends.

        Returns
        -------
        ndarray
            What `curve` takes; a single time has shape ().

        Raises
        ------
        ValueError
            For dates when the record's times are numbers, the reverse, and missing times.

        Examples
        --------
        >>> from uptake import Logistic, fit
        >>> dates = pd.date_range("2020-01-01", periods=8, freq="YS")
        >>> result = fit(Logistic, dates, [1.0, 2.1, 3.9, 8.2, 13.8, 20.1, 23.9, 26.2])
        >>> then = result.time("2028-01-01")
        >>> print(result.interval(lambda curve: curve(then)))
        26.64 to 28.00 (95%)
        """
        if np.ndim(when):
            return counted(when, "stock", self.origin)
        return counted([when], "stock", self.origin)[0]

    @property
    def residuals(self) -> Array:
        """Record less fit; on the log scale the difference of logs, NaN where there is no log.

        Only points left out by a weight of zero can be without one.
        """
        if self.scale == "log":
            seen = np.where(self.y > 0, self.y, np.nan)
            return np.log(seen) - np.log(np.maximum(self.fitted, 1e-300))
        return self.y - self.fitted

    @property
    def degrees_of_freedom(self) -> int:
        """Points less free parameters."""
        return self._optimum.freedom

    @property
    def rho(self) -> float:
        """Estimated correlation of neighbouring errors; 0 where they are taken as independent."""
        return self._optimum.rho

    @property
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood at its maximum, in the unit of the data on both scales."""
        n, root = self._optimum.points, self._optimum.problem.root_weights
        root = np.ones(self.y.size) if root is None else root.ravel()
        used = root > 0
        floor = n * (1e-15 * np.abs(self.y).max()) ** 2 if self.scale == "linear" else n * 1e-30
        value = log_likelihood(max(self.sse, floor) / n, n) + np.log(root[used]).sum()
        # The density of y itself, so that fits on the two scales can be compared.
        return float(value - (np.log(self.y[used]).sum() if self.scale == "log" else 0.0))

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points (Hurvich and Tsai 1989); noise counts as one.

        Infinite when no degree of freedom is left for the correction.
        """
        optimum = self._optimum
        return float(aicc(self.log_likelihood, optimum.parameters + 1, optimum.points))

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
        error, interval = self._optimum.standard_error, self.interval
        return estimates(
            {
                name: (self.params[name], error(attrgetter(name)), interval(name))
                for name in self.free
            }
        )

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

        Examples
        --------
        >>> from uptake import Logistic, fit
        >>> result = fit(Logistic, range(8), [2, 4, 9, 17, 27, 36, 41, 44])
        >>> print(result.profile("half_life").interval(0.8))
        3.571 to 3.629 (80%)
        """
        if not isinstance(quantity, str):
            return profile(self._optimum, quantity)
        if quantity not in self._profiles:
            self._profiles[quantity] = profile(self._optimum, quantity)
        return self._profiles[quantity]

    @cached_property
    def _profiles(self) -> dict[str, Profile]:
        return {}

    def interval(
        self,
        quantity: str | Quantity,
        level: float = 0.95,
        *,
        rng: np.random.Generator | None = None,
        draws: int = 399,
    ) -> Interval:
        """Return a profile-likelihood interval, whose ends may be infinite.

        With independent errors the cut-off is that of the F distribution. With autocorrelated
        errors that is too low on short records, so the cut-off is the quantile of the same
        statistic over records simulated from the fit.

        Parameters
        ----------
        quantity : str or callable
            A free parameter, an attribute of the curve ("peak", "half_life"), or a function of
            the curve such as ``lambda curve: curve.when(0.9)``.
        level : float
            Nominal coverage.
        rng : numpy.random.Generator, optional
            For the calibration with autocorrelated errors; by default one seeded with 0, so that
            the same record always has the same interval.
        draws : int
            Records simulated for it.

        Returns
        -------
        Interval

        Raises
        ------
        ValueError
            For an unknown name, a quantity that is not one number or that the curve does not
            have, and a fixed parameter or what hangs on fixed ones alone.
        """
        profiled = self.profile(quantity)
        if self.errors == "iid":
            return profiled.interval(level)
        return profiled.interval(level, self._calibrated(quantity, level, rng, draws))

    def _calibrated(
        self, quantity: str | Quantity, level: float, rng: np.random.Generator | None, draws: int
    ) -> float:
        key = (quantity, draws)
        if rng is not None or key not in self._statistics:
            free = quantity in self.params
            measured = quantity if free else as_function(type(self.curve), quantity)
            drawn = statistics(self._optimum, measured, draws, rng or np.random.default_rng(0))
            if rng is not None:
                return float(np.quantile(drawn, level))
            self._statistics[key] = drawn
        return float(np.quantile(self._statistics[key], level))

    @cached_property
    def _statistics(self) -> dict[tuple[str | Quantity, int], Array]:
        return {}

    def draws(
        self,
        n: int,
        rng: np.random.Generator,
        *,
        method: Method = "residual",
        block: int | None = None,
    ) -> FitMany[C]:
        """Return refits to bootstrap records, all in one batch.

        Parameters
        ----------
        n : int
            How many.
        rng : numpy.random.Generator
        method : {"residual", "parametric", "block"}
            Residuals drawn with replacement, Gaussian noise, or moving blocks of residuals,
            which keep whatever correlation they have.
        block : int, optional
            Length of a block; by default the cube root of the number of points.

        Returns
        -------
        FitMany

        Raises
        ------
        ValueError
            For an unknown method, or fewer than one draw.

        Examples
        --------
        >>> from uptake import Bass, fit
        >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
        >>> result = fit(Bass, range(11), sales, kind="flow")
        >>> refits = result.draws(200, np.random.default_rng(1))
        >>> refits.params["m"].quantile([0.05, 0.95]).round(-3).tolist()
        [63000.0, 74000.0]
        """
        records = simulate(self._optimum, n, rng, method=method, block=block)
        problem, found = refit(self._optimum, records)
        return many(problem, found)

    def forecast(
        self,
        t: Any,
        level: float = 0.95,
        rng: np.random.Generator | None = None,
        *,
        draws: int = 999,
        cumulative: bool = False,
    ) -> pd.DataFrame:
        """Forecast the record, with the uncertainty of the curve and of the noise.

        Each draw refits the curve to a record simulated from the fit and adds noise of an
        uncertain size. The bands hold for this curve: that another may be true is not in them.
        Their coverage by fraction of the curve observed is measured in the benchmarks; before
        the peak it is below the nominal one.

        Parameters
        ----------
        t : array_like
            Times (stock) or edges (flow), counted as the record's were: dates if those were dates.
            Within the record, the bands are of what might as well have been observed there. A
            time has the weight of the point of the record at or before it; an interval longer
            than the record's has the noise of as many of them as it holds.
        level : float
            Nominal coverage of each point's band.
        rng : numpy.random.Generator, optional
            By default one seeded with 0, so that the same record always has the same bands.
        draws : int
            Bootstrap records.
        cumulative : bool
            For flows: sums from the first edge on instead of each interval.

        Returns
        -------
        DataFrame
            Columns ``median``, ``low``, ``high``; rows labelled by time, or by interval for flows.

        Raises
        ------
        ValueError
            For times that cannot be used, or ``cumulative`` with levels.

        Examples
        --------
        >>> from uptake import Bass, fit
        >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470]
        >>> result = fit(Bass, range(9), sales, kind="flow")
        >>> band = result.forecast([8, 9, 10], 0.95, np.random.default_rng(1))
        >>> for interval, row in band.round(-3).iterrows():
        ...     print(interval, *row)
        (8.0, 9.0] 6000.0 4000.0 8000.0
        (9.0, 10.0] 3000.0 2000.0 5000.0
        """
        rng = rng or np.random.default_rng(0)
        return forecast(
            self._optimum, t, self.origin, level=level, rng=rng, draws=draws, cumulative=cumulative
        )

    @property
    def _runaway(self) -> float:
        """The ceiling at which a search counts as run away; infinite for curves without one."""
        return HORIZON * self._optimum.problem.record[0] if self.curve.bounded else float("inf")

    def _summary(self) -> tuple[str, list[tuple[str, str, str]]]:
        """Return what was fitted, and each parameter's name, estimate and interval in words."""
        what = f"{type(self.curve).__name__}, {self.y.size} {self.kind}s"
        rows = []
        for name, row in self.table.iterrows():
            scale = name == self._optimum.problem.scale_name
            away = scale and self.curve.scale >= self._runaway
            interval = str(Interval(row["low"], row["high"]))
            if scale and self.curve.bounded and not away:
                # A ceiling means little without how much of it has been seen.
                interval += f"; {percent(self.fraction_observed)} observed"
            rows.append((name, "runs away" if away else figure(row["estimate"]), interval))
        return f"{what}, {'identified' if self.identified else 'not identified'}", rows

    def __str__(self) -> str:
        """Say what was fitted, with the intervals and the concerns."""
        title, rows = self._summary()
        lines = [title]
        for name, value, interval in rows:
            lines.append(f"  {name} {'' if value == 'runs away' else '= '}{value}: {interval}")
        return "\n".join(lines + [f"  concern: {concern}" for concern in self.concerns])

    def _repr_html_(self) -> str:
        title, rows = self._summary()
        return as_html(title, (["", "estimate", "interval"], rows), notes=self.concerns)
