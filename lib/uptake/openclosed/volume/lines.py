r"""Slope or mean of a short weekly record with correlated errors, by HAC and by blocks of weeks.

Heteroskedasticity and autocorrelation consistent (HAC) standard errors of Newey and West (1987)
are too small for two dozen weeks, and so are normal cut-offs. The bandwidth is the long one of
Lazarus, Lewis, Stock and Watson (2018), Journal of Business and Economic Statistics 36, and the
cut-off is simulated for these very weeks.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from uptake.openclosed.trends import correlated

WEEKS_A_YEAR = 365.25 / 7
LEVEL = 0.95
BLOCK = 6
"""Weeks in a block: a quarter of the record; longer ones leave too few to draw from."""
_CORRELATIONS = (*np.arange(0, 0.9, 0.1), 0.9, 0.95, 0.98)


@dataclass(frozen=True, eq=False)
class Found:
    """A coefficient of each record, with its interval.

    Attributes
    ----------
    value, low, high : ndarray, shape (b,)
        Per week for a slope, in the unit of the record for a mean.
    correlation : ndarray, shape (b,)
        Autocorrelation of the residuals from week to week, corrected for its bias.
    """

    value: NDArray
    low: NDArray
    high: NDArray
    correlation: NDArray


@dataclass(frozen=True, eq=False)
class Simulation:
    """Estimates from simulated records whose truth is known.

    Attributes
    ----------
    truth, no_effect : float
        What the records were drawn with, and what they would have if nothing happened.
    noise : ndarray, shape (size,)
        Error of each estimate.
    half : ndarray, shape (size,)
        Half-width of each interval.
    """

    truth: float
    no_effect: float
    noise: NDArray
    half: NDArray

    @property
    def power(self) -> float:
        """Share of the intervals that leave out ``no_effect``."""
        return self.power_at(self.truth)

    @property
    def coverage(self) -> float:
        """Share of the intervals that hold the truth."""
        return float((np.abs(self.noise) <= self.half).mean())

    def power_at(self, truth: float) -> float:
        """Return the share for another truth, the noise being the same."""
        return float((np.abs(truth - self.no_effect + self.noise) > self.half).mean())

    def visible(self, power: float = 0.5) -> float:
        """Return the distance from ``no_effect`` at which the power reaches a level."""
        top = 4 * float(np.quantile(self.half, 0.99) + np.abs(self.noise).max())
        return float(brentq(lambda d: self.power_at(self.no_effect + d) - power, 0, top, rtol=1e-3))


def hac(weeks: ArrayLike, y: ArrayLike, *, kind: str = "slope", level: float = LEVEL) -> Found:
    r"""Estimate the slope or the mean of each record, with a HAC interval.

    With :math:`x_t` the centred week (or one), residuals :math:`e_t` and
    :math:`u_t = x_t e_t / \sum x^2`,

    .. math:: s^2 = \sum_{|l| \le L} \Big(1 - \frac{|l|}{L+1}\Big) \sum_t u_t u_{t+l},
              \qquad L = \lceil 1.3 \sqrt n \rceil .

    A week that is left out counts as :math:`u_t = 0`, so that lags stay lags of weeks. The cut-off
    for the ratio of estimate to ``s`` is simulated on the same weeks with first-order
    autoregressive errors, from a fixed stream of random numbers, since it is a table and no
    property of the data.

    Parameters
    ----------
    weeks : array-like of int, shape (n,)
        Number of each week; gaps are allowed.
    y : array-like, shape (n,) or (b, n)
        One record, or ``b`` of them.
    kind : {"slope", "mean"}
        What is estimated.
    level : float
        Confidence level.

    Raises
    ------
    ValueError
        If there are fewer than 8 weeks, or a week comes twice.

    Examples
    --------
    >>> found = hac(np.arange(10), np.arange(10) * 2.0 + np.tile([0.1, -0.1], 5))
    >>> bool(found.low[0] < 2.0 < found.high[0])
    True
    """
    weeks = np.asarray(weeks, int)
    if weeks.size < 8 or np.unique(weeks).size < weeks.size:
        raise ValueError(f"{weeks.size} weeks are given; give 8 or more, each once and in order")
    y = np.atleast_2d(np.asarray(y, float))
    value, error, rho = _estimate(weeks, y, kind)
    half = np.interp(rho, _CORRELATIONS, _cut_offs(tuple(weeks - weeks[0]), kind, level)) * error
    return Found(value, value - half, value + half, rho)


def blocks(
    weeks: ArrayLike,
    y: ArrayLike,
    rng: np.random.Generator,
    *,
    kind: str = "slope",
    block: int = BLOCK,
    draws: int = 2000,
    level: float = LEVEL,
) -> Found:
    """Estimate one record's slope or mean with an interval from resampled blocks of residuals.

    Blocks of consecutive residuals, wrapped round the end, are laid on the fitted line
    (Künsch 1989); the interval is the basic one, reflected about the estimate.

    Parameters
    ----------
    weeks : array-like of int, shape (n,)
        Number of each week.
    y : array-like, shape (n,)
        The record.
    rng : Generator
        Source of the blocks.
    kind, level
        As in `hac`.
    block : int
        Length of a block, in weeks.
    draws : int
        Number of resampled records.

    Examples
    --------
    >>> y = np.arange(12) * 2.0 + np.tile([0.1, -0.1], 6)
    >>> found = blocks(np.arange(12), y, np.random.default_rng(1))
    >>> bool(found.low[0] < 2.0 < found.high[0])
    True
    """
    weeks, y = np.asarray(weeks, int), np.asarray(y, float)
    value, _, rho = _estimate(weeks, y[np.newaxis], kind)
    basis = _basis(weeks, kind)
    residuals = y - basis @ (basis.T @ y)
    n = y.size
    starts = rng.integers(0, n, (draws, math.ceil(n / block)))
    at = (starts[:, :, np.newaxis] + np.arange(block)).reshape(draws, -1)[:, :n] % n
    moved = _estimate(weeks, residuals[at], kind)[0]
    low, high = np.quantile(moved, [(1 - level) / 2, (1 + level) / 2])
    return Found(value, value - high, value - low, rho)


def simulate(
    weeks: ArrayLike,
    y: ArrayLike,
    truth: float,
    rng: np.random.Generator,
    *,
    kind: str = "slope",
    no_effect: float = 0.0,
    size: int = 2000,
    level: float = LEVEL,
) -> Simulation:
    r"""Simulate records on the same weeks, as noisy as this one, and estimate each.

    The noise is first-order autoregressive, with the bias-corrected autocorrelation of the
    residuals and variance :math:`e^T e / \operatorname{tr}(M R)`, whose expectation is right when
    ``R`` holds the correlations and ``M`` makes residuals.

    Parameters
    ----------
    weeks, y
        The real record; only its residuals are used.
    truth : float
        Slope per week, or mean.
    rng : Generator
        Source of the noise.
    kind, level
        As in `hac`.
    no_effect : float
        What power is power against.
    size : int
        Number of records.

    Examples
    --------
    >>> weeks, rng = np.arange(20), np.random.default_rng(2)
    >>> simulate(weeks, rng.normal(size=20), 5.0, rng, size=50).power
    1.0
    """
    weeks = np.asarray(weeks, int)
    noise = _noise(weeks, np.asarray(y, float), rng, kind, size)
    found = hac(weeks, noise, kind=kind, level=level)
    return Simulation(truth, no_effect, found.value, (found.high - found.low) / 2)


def block_coverage(
    weeks: ArrayLike, y: ArrayLike, rng: np.random.Generator, *, size: int = 300, draws: int = 500
) -> float:
    """Return the share of simulated records whose interval from `blocks` holds their true slope.

    Parameters
    ----------
    weeks, y, rng
        As in `simulate`.
    size : int
        Number of simulated records.
    draws : int
        Number of resampled records of each.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> block_coverage(np.arange(20), rng.normal(size=20), rng, size=20, draws=50) <= 1
    True
    """
    weeks = np.asarray(weeks, int)
    noise = _noise(weeks, np.asarray(y, float), rng, "slope", size)
    found = [blocks(weeks, each, rng, draws=draws) for each in noise]
    return float(np.mean([each.low[0] <= 0 <= each.high[0] for each in found]))


def _noise(weeks: NDArray, y: NDArray, rng: np.random.Generator, kind: str, size: int) -> NDArray:
    """Draw records of noise like the residuals of this one."""
    at = weeks - weeks[0]
    rho = float(_estimate(weeks, y[np.newaxis], kind)[2][0])
    basis = _basis(weeks, kind)
    residuals = y - basis @ (basis.T @ y)
    between = rho ** np.abs(np.subtract.outer(at, at))
    variance = residuals @ residuals / (np.trace(between) - np.trace(basis.T @ between @ basis))
    return math.sqrt(variance) * correlated(int(at[-1]) + 1, rho, size, rng)[:, at]


def _basis(weeks: NDArray, kind: str) -> NDArray:
    """Return an orthonormal basis of the constant, and of the line where a slope is asked for."""
    columns = {"slope": [np.ones(weeks.size), weeks - weeks.mean()], "mean": [np.ones(weeks.size)]}
    if kind not in columns:
        raise ValueError(f"kind is {kind!r}; use one of slope, mean")
    return np.linalg.qr(np.column_stack(columns[kind]))[0]


def _estimate(weeks: NDArray, y: NDArray, kind: str) -> tuple[NDArray, NDArray, NDArray]:
    """Return value, HAC standard error and autocorrelation of each record."""
    basis, n = _basis(weeks, kind), weeks.size
    x = weeks - weeks.mean() if kind == "slope" else np.ones(n)
    weight = x / (x @ x)
    residuals = y - (y @ basis) @ basis.T
    at = weeks - weeks[0]
    grid = np.zeros((len(y), int(at[-1]) + 1))
    grid[:, at] = residuals * weight
    reach = min(math.ceil(1.3 * math.sqrt(n)), grid.shape[1] - 1)
    variance = np.square(grid).sum(axis=1)
    for lag in range(1, reach + 1):
        products = (grid[:, lag:] * grid[:, :-lag]).sum(axis=1)
        variance += 2 * (1 - lag / (reach + 1)) * products
    return y @ weight, np.sqrt(np.maximum(variance, 0)), _correlation(residuals, at, kind)


def _correlation(residuals: NDArray, at: NDArray, kind: str) -> NDArray:
    """Return the autocorrelation, with what a fitted mean or line takes from it added back.

    The bias is (1 + 3 rho) / n for a mean and (2 + 4 rho) / n for a line (Kendall 1954).
    """
    pairs = np.flatnonzero(np.diff(at) == 1)
    squares = np.maximum(np.square(residuals).sum(axis=1), np.finfo(float).tiny)
    raw = (residuals[:, pairs] * residuals[:, pairs + 1]).sum(axis=1) / squares
    raw *= (at.size - 1) / pairs.size
    k, n = (2 if kind == "slope" else 1), at.size
    return np.clip((raw + k / n) / (1 - (k + 2) / n), 0, 0.98)


@functools.cache
def _cut_offs(at: tuple[int, ...], kind: str, level: float) -> NDArray:
    rng, weeks = np.random.default_rng(1987), np.array(at)
    cuts = []
    for rho in _CORRELATIONS:
        noise = correlated(at[-1] + 1, float(rho), 4000, rng)[:, weeks]
        value, error, _ = _estimate(weeks, noise, kind)
        cuts.append(np.quantile(np.abs(value) / error, level))
    # A larger correlation never calls for a smaller cut-off; dips are simulation noise.
    return np.maximum.accumulate(cuts)
