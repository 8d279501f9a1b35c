"""One break at an unknown date in a straight line with correlated errors.

statsmodels has no sup-F test with an unknown date, and its limit distribution is poor in short,
correlated records; here it is simulated from a fitted autoregression (a sieve bootstrap).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from uptake.intervals import Interval, figure
from uptake.least_squares import Array


@dataclass(frozen=True, eq=False)
class Break:
    """A break in intercept and slope, and the test of there being none.

    Attributes
    ----------
    statistic : float
        The largest F statistic over the trimmed dates (Quandt 1960, Andrews 1993).
    p_value : float
        Share of records simulated without a break whose statistic is at least as large,
        (1 + count) / (1 + n).
    time : float
        The date with the largest F: the first time of the second segment.
    spread : Interval
        Middle 95% of the dates found in records simulated with this break.
    slopes : tuple of float
        Slope before and after.
    order : int
        Order of the autoregression used to simulate.
    concerns : tuple of str
        Reasons to distrust the test.
    """

    statistic: float
    p_value: float
    time: float
    spread: Interval
    slopes: tuple[float, float]
    order: int
    concerns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say the result in a line."""
        return (
            f"break at {figure(self.time)} ({figure(self.spread.low)} to "
            f"{figure(self.spread.high)}): sup-F {self.statistic:.2f}, bootstrap p = "
            f"{self.p_value:.3g}, slope {figure(self.slopes[0])} then {figure(self.slopes[1])}"
        )


def find_break(t: Array, y: Array, trim: float, n: int, rng: np.random.Generator) -> Break:
    """Test for one break at an unknown date, and date it.

    Errors are drawn from an autoregression fitted to the residuals (Yule-Walker, hence stationary;
    order by AIC), recoloured from its resampled innovations. A wild bootstrap would keep changing
    variances but destroy the serial correlation that daily and weekly shares have, and reject far
    too often. Orders refer to the sequence of observations: with irregular times that is an
    approximation.

    The errors of a running maximum (or minimum) about a line are no stationary autoregression: it
    stands still between its steps, and the steps become rarer. Without any break the test at 5%
    rejects about half of the running maxima of 40 months with one to five Gaussian values each.
    Such a record has a concern; to test it, simulate maxima and compare their `largest_f`.

    Parameters
    ----------
    t, y : ndarray, shape (n,)
        Increasing times, and the record.
    trim : float
        Share of the points left out at each end.
    n : int
        Number of simulated records, for the test and again for the date.
    rng : Generator

    Returns
    -------
    Break

    Raises
    ------
    ValueError
        If trimming leaves no date to test.

    Examples
    --------
    >>> t, rng = np.arange(40.0), np.random.default_rng(1)
    >>> y = np.where(t < 25, 0.0, 0.5 * (t - 25)) + rng.normal(0, 0.3, 40)
    >>> found = find_break(t, y, 0.15, 99, rng)
    >>> found.p_value, 25 in found.spread, found.concerns
    (0.01, True, ())
    """
    scan = _Scan(t, trim)
    null = scan.line @ (scan.line.T @ y)
    statistics, at = scan.best(y[np.newaxis])
    sieve = _Sieve(y - null)
    simulated, _ = scan.best(null + sieve.draw(n, rng))
    p_value = (1 + int((simulated >= statistics[0]).sum())) / (1 + n)
    basis = scan.bases[at[0]]
    broken = basis @ (basis.T @ y)
    _, dates = scan.best(broken + _Sieve(y - broken).draw(n, rng))
    low, high = np.quantile(t[scan.candidates[dates]], [0.025, 0.975], method="nearest")
    split = scan.candidates[at[0]]
    slopes = tuple(float(np.polyfit(t[part], y[part], 1)[0]) for part in _parts(split))
    spread = Interval(float(low), float(high))
    statistic, concerns = float(statistics[0]), tuple(_concerns(y))
    return Break(statistic, p_value, float(t[split]), spread, slopes, sieve.order, concerns)


def largest_f(t: Array, records: Array, trim: float) -> Array:
    """Return the sup-F statistic of each record, to be compared with that of other records.

    Parameters
    ----------
    t : ndarray, shape (n,)
        Times.
    records : ndarray, shape (b, n)
        One record a row.
    trim : float
        Share of the points left out at each end, at least three of them.

    Returns
    -------
    ndarray, shape (b,)

    Raises
    ------
    ValueError
        If trimming leaves no date to test.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> t, y = np.arange(20.0), rng.normal(size=(2, 20))
    >>> alone = find_break(t, y[1], 0.15, 1, rng).statistic
    >>> bool(np.isclose(largest_f(t, y, 0.15)[1], alone))
    True
    """
    return _Scan(t, trim).best(records)[0]


def _concerns(y: Array) -> Iterator[str]:
    steps = np.diff(y)
    if (steps == 0).any() and ((steps >= 0).all() or (steps <= 0).all()):
        way = "falls" if y[-1] >= y[0] else "rises"
        yield (
            f"the record stands still at times and never {way}, as a running maximum or minimum "
            "does: without any break such records are called broken far too often"
        )


def _parts(split: int) -> tuple[slice, slice]:
    return slice(None, split), slice(split, None)


class _Scan:
    """Orthonormal bases of a line, and of a broken line for each candidate date."""

    def __init__(self, t: Array, trim: float) -> None:
        n = len(t)
        first = max(int(np.ceil(trim * n)), 3)
        self.candidates = np.arange(first, n - first + 1)
        if not self.candidates.size:
            raise ValueError(
                f"{n} points leave no date to test after trimming {trim:.0%} at each end; give "
                "more points or breaks=0"
            )
        x = np.column_stack([np.ones(n), t - t.mean()])
        self.line = np.linalg.qr(x)[0]
        after = np.arange(n) >= self.candidates[:, np.newaxis]
        self.bases = [np.linalg.qr(np.hstack([x, x * each[:, np.newaxis]]))[0] for each in after]

    def best(self, y: Array) -> tuple[Array, np.ndarray]:
        """Return the largest F of each row of y, and the candidate where it is."""
        total = np.einsum("bn,bn->b", y, y)
        flat = total - np.square(y @ self.line).sum(axis=1)
        broken = np.stack([total - np.square(y @ basis).sum(axis=1) for basis in self.bases], 1)
        # An exact line would divide rounding by rounding.
        broken = np.maximum(broken, 1e-14 * total[:, np.newaxis])
        f = (flat[:, np.newaxis] - broken) / 2 / (broken / (y.shape[1] - 4))
        at = np.argmax(f, axis=1)
        return f[np.arange(len(y)), at], at


class _Sieve:
    """An autoregression fitted to residuals, from which others are drawn."""

    def __init__(self, residuals: Array) -> None:
        from statsmodels.tsa.stattools import levinson_durbin

        n = len(residuals)
        largest = max(1, min(int(10 * np.log10(n)), n // 5))
        if residuals @ residuals <= 1e-24 * n:
            self.order, self.coefficients = 0, np.empty(0)
        else:
            _, _, _, sigma, phi = levinson_durbin(residuals, nlags=largest)
            sigma[0] = residuals.var()
            self.order = int(np.argmin(n * np.log(sigma) + 2 * np.arange(largest + 1)))
            self.coefficients = phi[1 : self.order + 1, self.order]
        whitened = lfilter(np.r_[1.0, -self.coefficients], [1.0], residuals)[self.order :]
        # Residuals of a fitted line are smaller than the errors by its two parameters.
        self.innovations = (whitened - whitened.mean()) * np.sqrt(n / (n - 2))
        self.length = n

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Return rows of errors, after a run-in that lets the start be forgotten."""
        run_in = 50 + 20 * self.order
        drawn = rng.choice(self.innovations, (count, run_in + self.length))
        return lfilter([1.0], np.r_[1.0, -self.coefficients], drawn, axis=1)[:, run_in:]
