r"""Predictive distributions: mixtures of normals, on the record's scale or its log.

Each draw of a model gives every target a mean and a standard deviation. The density of a target is
the mean of the draws' normal densities, which is exact for the mixture and needs no kernel
(Krueger, Lerch, Thorarinsdottir and Gneiting 2021, "mixture of parameters").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from uptake.separable import Array, Scale

LARGEST = 1e150
"""Draws beyond this are cut to it, so that scores stay finite."""
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Predictive:
    """What one model says at every origin about every target.

    Parameters
    ----------
    point : ndarray, shape (origins, horizons)
        Single best guesses, in the unit of the data; NaN where the model failed.
    mean, spread : ndarray, shape (origins, draws, horizons)
        Of each draw's normal distribution, on ``scale``.
    scale : {"linear", "log"}
    reasons : tuple of str
        For each origin why there is no forecast, or what to distrust in it; else empty.
    fresh : ndarray, shape (origins, draws, horizons)
        Standard normal draws, by which samples are made.
    aicc : ndarray, shape (origins,), optional
        Akaike's corrected criterion of the fit at each origin.
    """

    point: Array
    mean: Array
    spread: Array
    scale: Scale
    reasons: tuple[str, ...]
    fresh: Array
    aicc: Array | None = None

    weights = None

    @property
    def samples(self) -> Array:
        """One draw of each target from each draw of the model, shape (origins, horizons, draws)."""
        with np.errstate(all="ignore"):
            drawn = self.mean + self.spread * self.fresh
            drawn = np.exp(drawn) if self.scale == "log" else drawn
        return np.moveaxis(np.clip(drawn, -LARGEST, LARGEST), 1, 2)

    def density(self, actual: Array) -> Array:
        """Return the density at ``actual`` (origins, horizons), in the unit of the data."""
        with np.errstate(all="ignore"):
            value = np.exp(-(self._standard(actual) ** 2) / 2) / (
                np.sqrt(2 * np.pi) * self._floored
            )
            found = value.mean(axis=1)
            return found / actual if self.scale == "log" else found

    def below(self, actual: Array) -> Array:
        """Return the probability of at most ``actual``, shape (origins, horizons)."""
        with np.errstate(all="ignore"):
            return special.ndtr(self._standard(actual)).mean(axis=1)

    @property
    def _floored(self) -> Array:
        # A model that fits without residuals has a spread at rounding, not none.
        size = np.abs(self.mean) if self.scale == "linear" else 1.0
        return np.maximum(self.spread, np.maximum(1e-12 * size, _TINY))

    def _standard(self, actual: Array) -> Array:
        value = np.log(actual) if self.scale == "log" else actual
        return (value[:, np.newaxis] - self.mean) / self._floored


@dataclass(frozen=True, eq=False)
class Mixture:
    """Several models' distributions, weighted.

    Parameters
    ----------
    parts : tuple of Predictive
    shares : ndarray, shape (origins, horizons, parts)
        Weights, adding to one; NaN where no part has a forecast.
    reasons : tuple of str
    """

    parts: tuple[Predictive, ...]
    shares: Array
    reasons: tuple[str, ...]

    aicc = None

    @property
    def point(self) -> Array:
        """Weighted means of the parts' best guesses, shape (origins, horizons)."""
        return self._average([part.point for part in self.parts])

    @property
    def samples(self) -> Array:
        """All parts' samples, shape (origins, horizons, draws of all)."""
        drawn = np.concatenate([part.samples for part in self.parts], axis=2)
        # A part that failed has no weight, and must not spoil those that have.
        return np.where(np.isnan(drawn) & (self.weights == 0), 0.0, drawn)

    @property
    def weights(self) -> Array:
        """The samples' weights, of the same shape, adding to one."""
        sizes = [part.mean.shape[1] for part in self.parts]
        return np.repeat(self.shares / np.array(sizes), sizes, axis=2)

    def density(self, actual: Array) -> Array:
        """Return the density at ``actual`` (origins, horizons)."""
        return self._average([part.density(actual) for part in self.parts])

    def below(self, actual: Array) -> Array:
        """Return the probability of at most ``actual``."""
        return self._average([part.below(actual) for part in self.parts])

    def _average(self, values: list[Array]) -> Array:
        stacked = np.stack(values, axis=2)
        return np.where(self.shares == 0, 0.0, self.shares * stacked).sum(axis=2)


def failed(
    origins: int, draws: int, horizons: int, scale: Scale, reasons: tuple[str, ...]
) -> Predictive:
    """Return a distribution of which nothing is known yet."""
    nothing = np.full((origins, draws, horizons), np.nan)
    return Predictive(
        np.full((origins, horizons), np.nan), nothing, nothing, scale, reasons, nothing
    )


def quantiles(samples: Array, levels: Array, weights: Array | None = None) -> Array:
    """Return quantiles of the last axis, shape (..., levels).

    Weighted samples have the smallest value whose cumulated weight reaches the level.

    Examples
    --------
    >>> quantiles(np.array([[3.0, 1.0, 2.0]]), np.array([0.5])).tolist()
    [[2.0]]
    >>> quantiles(np.array([3.0, 1.0]), np.array([0.5]), np.array([0.9, 0.1])).tolist()
    [3.0]
    """
    if weights is None:
        return np.moveaxis(np.quantile(samples, levels, axis=-1), 0, -1)
    order = np.argsort(samples, axis=-1)
    ordered = np.take_along_axis(samples, order, axis=-1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=-1), axis=-1)
    found = [
        # The sum of many weights may end a rounding below one.
        np.take_along_axis(
            ordered, np.argmax(reached >= level - 1e-12, axis=-1)[..., np.newaxis], axis=-1
        )
        for level in levels
    ]
    return np.concatenate(found, axis=-1)
