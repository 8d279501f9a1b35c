"""What a curve must beat: the last value, a random walk with drift, exponential smoothing."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from uptake.forecasting.history import History
from uptake.forecasting.predictive import LARGEST, Predictive
from uptake.separable import Array, Scale

_CUT = f"on the log scale it runs beyond {LARGEST:.0e}, and is cut to that"


@dataclass(frozen=True)
class Baseline(ABC):
    """A forecast that knows no curve.

    Parameters
    ----------
    scale : {"linear", "log"}, optional
        Where its noise is additive; by default that of the fits it stands beside.

    Examples
    --------
    A baseline of one's own says where the targets lie, how widely and with what freedom:

    >>> from uptake.forecasting import Baseline, rolling_origin
    >>> class First(Baseline):
    ...     def normal(self, history, z):
    ...         wide = np.ones((history.origins.size, history.horizons.size))
    ...         return z[0] * wide, wide, history.origins - 1, ("",) * len(wide)
    >>> frame = rolling_origin([First()], range(6), [1, 2, 4, 3, 5, 6], [1], 4)
    >>> frame["forecast"].tolist()
    [1.0, 1.0]
    """

    scale: Scale | None = None

    least: ClassVar[int] = 3
    """Points it needs."""

    def __post_init__(self) -> None:
        """Refuse an unknown scale."""
        if self.scale not in (None, "linear", "log"):
            raise ValueError(f"scale must be 'linear' or 'log'; got {self.scale!r}")

    @property
    def name(self) -> str:
        """What it is called in tables."""
        kind = type(self).__name__
        return f"{kind} ({self.scale})" if self.scale else kind

    def forecast(self, history: History, rng: np.random.Generator, draws: int) -> Predictive:
        """Forecast every target of a history.

        Returns
        -------
        Predictive

        Raises
        ------
        ValueError
            When the baseline is on the log scale and the record has values not above zero.
        """
        scale = self.scale or history.scale
        if scale == "log" and (history.y <= 0).any():
            raise ValueError(f"{self.name} takes logs, and the record has values not above zero")
        z = np.log(history.y) if scale == "log" else history.y
        centre, spread, freedom, reasons = self.normal(history, z)
        freedom = np.maximum(freedom, 1)[:, np.newaxis]
        wide = np.sqrt(freedom / rng.chisquare(freedom, (len(freedom), draws)))
        shape, point = (*wide.shape, centre.shape[1]), centre
        if scale == "log":
            point = np.exp(np.minimum(centre, np.log(LARGEST)))
            beyond = (centre > np.log(LARGEST)).any(axis=1)
            cut = np.where(beyond, _CUT, "").tolist()
            reasons = tuple(
                "; ".join(filter(None, pair)) for pair in zip(reasons, cut, strict=True)
            )
        return Predictive(
            point=point,
            mean=np.broadcast_to(centre[:, np.newaxis], shape),
            spread=spread[:, np.newaxis] * wide[..., np.newaxis],
            scale=scale,
            reasons=reasons,
            fresh=rng.standard_normal(shape),
        )

    @abstractmethod
    def normal(self, history: History, z: Array) -> tuple[Array, Array, Array, tuple[str, ...]]:
        """Return centres and spreads (origins, horizons), degrees of freedom, and reasons."""


@dataclass(frozen=True)
class Naive(Baseline):
    r"""The last value goes on: a random walk.

    Steps have variance proportional to the time they take, so records may be irregular. With the
    known changes :math:`d_i` over gaps :math:`g_i`, a target H later is Student-t about the last
    value with variance :math:`H \sum d_i^2 / g_i / (n - 1)`, on n - 1 degrees of freedom.

    Examples
    --------
    >>> from uptake.forecasting import Naive, rolling_origin
    >>> frame = rolling_origin([Naive()], range(6), [1, 2, 4, 3, 5, 6], [1], 4)
    >>> frame[["origin", "forecast", "actual"]].to_numpy().tolist()
    [[3.0, 3.0, 5.0], [4.0, 5.0, 6.0]]
    """

    def normal(self, history: History, z: Array) -> tuple[Array, Array, Array, tuple[str, ...]]:
        """Return centres and spreads (origins, horizons), degrees of freedom, and reasons."""
        count = history.origins
        _, squares, ahead = _walk(history, z)
        variance = squares / (count - 1)
        centre = np.repeat(z[count - 1][:, np.newaxis], ahead.shape[1], axis=1)
        return centre, np.sqrt(variance[:, np.newaxis] * ahead), count - 1, _none(count)


@dataclass(frozen=True)
class Drift(Baseline):
    r"""The mean change goes on: a random walk with drift; on the log scale, the mean growth.

    With drift :math:`\mu = (z_n - z_1)/T` over the known time T, a target H later is Student-t
    about :math:`z_n + \mu H` with variance :math:`s^2 (H + H^2/T)`, where
    :math:`s^2 = (\sum d_i^2/g_i - \mu^2 T)/(n - 2)`, on n - 2 degrees of freedom. The term in
    :math:`H^2` is what is not known of the drift.

    Examples
    --------
    >>> from uptake.forecasting import Drift, rolling_origin
    >>> frame = rolling_origin([Drift()], range(6), [1, 2, 4, 4, 5, 6], [1], 4)
    >>> frame[["origin", "forecast", "actual"]].to_numpy().tolist()
    [[3.0, 5.0, 5.0], [4.0, 6.0, 6.0]]
    """

    def normal(self, history: History, z: Array) -> tuple[Array, Array, Array, tuple[str, ...]]:
        """Return centres and spreads (origins, horizons), degrees of freedom, and reasons."""
        count = history.origins
        span, squares, ahead = _walk(history, z)
        last = z[count - 1]
        drift = (last - z[0]) / span
        # Rounding can leave a steady record a sum of squares just below zero.
        variance = np.maximum(squares - drift**2 * span, 0.0) / (count - 2)
        growth = ahead + ahead**2 / span[:, np.newaxis]
        centre = last[:, np.newaxis] + drift[:, np.newaxis] * ahead
        return centre, np.sqrt(variance[:, np.newaxis] * growth), count - 2, _none(count)


def _walk(history: History, z: Array) -> tuple[Array, Array, Array]:
    """Return time known, sum of squared changes per time, and time ahead of each origin."""
    times = history.times
    gaps = np.diff(times[: z.size])
    squares = np.r_[0.0, np.cumsum(np.diff(z) ** 2 / gaps)]
    last = history.origins - 1
    ahead = times[history.targets] - times[last][:, np.newaxis]
    return times[last] - times[0], squares[last], ahead


def _none(count: np.ndarray) -> tuple[str, ...]:
    return ("",) * len(count)


@dataclass(frozen=True)
class ETS(Baseline):
    """Exponential smoothing with additive errors and a damped trend, by statsmodels.

    The variance of each step is that of the state-space model (Hyndman, Koehler, Ord and Snyder
    2008), with the residual variance on n - 5 degrees of freedom; what is not known of the
    smoothing parameters is not in it. Records must be regular. statsmodels fits one origin at a
    time, about a third of a second each, so this is the slow baseline.

    Examples
    --------
    >>> from uptake.forecasting import ETS, rolling_origin
    >>> frame = rolling_origin([ETS()], range(9), [1, 2, 4, 5, 7, 8, 10, 11, 13], [1], 8)
    >>> frame[["forecast", "actual"]].round(0).to_numpy().tolist()
    [[12.0, 13.0]]
    """

    least: ClassVar[int] = 7
    _parameters: ClassVar[int] = 5

    def normal(self, history: History, z: Array) -> tuple[Array, Array, Array, tuple[str, ...]]:
        """Return centres and spreads (origins, horizons), degrees of freedom, and reasons."""
        steps = np.diff(history.times)
        # Months differ in length, yet one month is one step.
        regular = np.abs(steps / np.median(steps) - 1).max() < 0.12
        rows = [self._one(z[:count], history.horizons, regular) for count in history.origins]
        centre, spread, reasons = zip(*rows, strict=True)
        freedom = history.origins - self._parameters
        return np.array(centre), np.array(spread), freedom, tuple(reasons)

    def _one(self, z: Array, horizons: np.ndarray, regular: bool) -> tuple[Array, Array, str]:
        """Forecast from one origin; a failure is NaN with its reason."""
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        nothing = np.full(len(horizons), np.nan)
        if not regular:
            return nothing, nothing, "exponential smoothing needs regular times"
        unit = np.abs(z).max() or 1.0
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                model = ETSModel(pd.Series(z / unit), error="add", trend="add", damped_trend=True)
                found = model.fit(disp=False)
                ahead = found.get_prediction(start=z.size, end=z.size + int(horizons.max()) - 1)
            except (ValueError, np.linalg.LinAlgError) as error:
                return nothing, nothing, f"statsmodels could not fit: {error}"
        settled = found.mle_retvals["converged"]
        reasons = list(dict.fromkeys(str(each.message) for each in said))
        if not settled and not reasons:
            reasons = ["the search did not settle"]
        centre = np.asarray(ahead.predicted_mean)[horizons - 1] * unit
        variance = np.asarray(ahead.forecast_variance)[horizons - 1] * unit**2
        # statsmodels divides by n; the parameters took up five degrees of freedom.
        variance = variance * z.size / (z.size - self._parameters)
        return centre, np.sqrt(variance), "; ".join(reasons)
