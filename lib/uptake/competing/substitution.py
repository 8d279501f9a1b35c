"""Share substitution along a logistic line (Fisher and Pry 1971)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit

from uptake.competing.breaks import Break, find_break
from uptake.intervals import Interval, estimates, figure
from uptake.least_squares import Array
from uptake.records import numbers
from uptake.serial import lag_one
from uptake.times import DAYS_PER_YEAR, measure
from uptake.values import as_times


@dataclass(frozen=True, eq=False)
class Substitution:
    r"""A straight line through log odds: :math:`\ln\frac{s}{1-s} = a + b\,t`.

    Attributes
    ----------
    t, share : ndarray
        Times (years since `origin` for dates) and shares.
    middle, height : float
        Mean of the times, and the line's log odds there. Far from time zero the line is known
        well here and nowhere else.
    slope : float
        b, per unit of time.
    spread : ndarray, shape (2, 2)
        Covariance of (height, slope), Newey-West.
    hac_lags : int
        Lags of the Newey-West covariance.
    origin : Timestamp, float or None
        What time zero is.
    segmented : Break or None
        The test for one break, if asked for.
    concerns : tuple of str
        Reasons to distrust the line.
    """

    t: Array
    share: Array
    middle: float
    height: float
    slope: float
    spread: Array
    hac_lags: int
    origin: pd.Timestamp | float | None
    segmented: Break | None
    concerns: tuple[str, ...] = ()

    def __call__(self, t: Any) -> Array:
        """Return the share at times on the scale of `t`, numbers for dates too."""
        return expit(self.height + self.slope * (as_times(t) - self.middle))

    @property
    def intercept(self) -> float:
        """a, the log odds at time zero."""
        return self.height - self.slope * self.middle

    @property
    def covariance(self) -> Array:
        """Covariance of (a, b), shape (2, 2), Newey-West."""
        back = np.array([[1.0, -self.middle], [0.0, 1.0]])
        return back @ self.spread @ back.T

    @property
    def degrees_of_freedom(self) -> int:
        """Points less two."""
        return len(self.t) - 2

    @property
    def residuals(self) -> Array:
        """Log odds less the line."""
        return logit(self.share) - self.height - self.slope * (self.t - self.middle)

    @property
    def half_time(self) -> float:
        """When the share is one half: -a / b."""
        return self.middle - self.height / self.slope

    @property
    def takeover_time(self) -> float:
        """Time from 10% to 90% (from 90% to 10% for a falling share): ln 81 / abs(b)."""
        return float(np.log(81) / abs(self.slope))

    @property
    def half_date(self) -> pd.Timestamp:
        """The half time as a date, for records with dates; ValueError where times are numbers."""
        if not isinstance(self.origin, pd.Timestamp):
            raise ValueError("the times are numbers, so the half time is no date; use half_time")
        return self.origin + pd.Timedelta(days=self.half_time * DAYS_PER_YEAR)

    def interval(self, quantity: str, level: float = 0.95) -> Interval:
        """Return an interval for "intercept", "slope", "takeover_time" or "half_time".

        The half time's is Fieller's: all h for which "a + b h = 0" is not rejected. If the slope
        may be zero that set runs to infinity on at least one side; a set of two rays is returned
        as the whole line that spans it.

        Raises
        ------
        ValueError
            For another quantity, or a level that is no coverage.
        """
        if not 0 < level < 1:
            raise ValueError(f"level is a coverage between 0 and 1; got {level}")
        cutoff = float(stats.t.ppf((1 + level) / 2, self.degrees_of_freedom))
        errors = np.sqrt(np.diag(self.covariance))
        if quantity in ("intercept", "slope"):
            i = int(quantity == "slope")
            centre = (self.intercept, self.slope)[i]
            return Interval(centre - cutoff * errors[i], centre + cutoff * errors[i], level)
        if quantity == "takeover_time":
            return self._takeover(self.interval("slope", level))
        if quantity == "half_time":
            return self._half(cutoff**2, level)
        raise ValueError(
            f"there is no {quantity!r}; ask for intercept, slope, takeover_time or half_time"
        )

    def _takeover(self, slope: Interval) -> Interval:
        ends = sorted(np.log(81) / max(abs(end), 1e-300) for end in (slope.low, slope.high))
        return Interval(ends[0], float("inf") if 0 in slope else ends[1], slope.level)

    def _half(self, square: float, level: float) -> Interval:
        # (a + b h)^2 <= c^2 (Vaa + 2 h Vab + h^2 Vbb), a quadratic in h, here from the middle on.
        (vaa, vab), (_, vbb) = self.spread
        leading = self.slope**2 - square * vbb
        linear = self.height * self.slope - square * vab
        constant = self.height**2 - square * vaa
        discriminant = linear**2 - leading * constant
        if leading <= 0 or discriminant < 0:
            return Interval(-np.inf, np.inf, level)
        ends = (np.array([-1, 1]) * np.sqrt(discriminant) - linear) / leading
        return Interval(*(self.middle + ends).tolist(), level)

    @property
    def table(self) -> pd.DataFrame:
        """Estimate, Newey-West standard error and 95% interval of a, b and the derived times."""
        errors = [*np.sqrt(np.diag(self.covariance)), np.nan, np.nan]
        names = ["intercept", "slope", "takeover_time", "half_time"]
        each = zip(names, errors, strict=True)
        return estimates({name: (getattr(self, name), e, self.interval(name)) for name, e in each})

    def __str__(self) -> str:
        """Say the line, its times and the concerns."""
        lines = [f"Substitution, {len(self.t)} shares, Newey-West with {self.hac_lags} lags"]
        for name in ("slope", "takeover_time", "half_time"):
            lines.append(f"  {name} = {figure(getattr(self, name))}: {self.interval(name)}")
        if self.segmented is not None:
            lines.append(f"  {self.segmented}")
        return "\n".join(lines + [f"  concern: {concern}" for concern in self.concerns])


def substitution(
    t: Any,
    share: Any,
    *,
    breaks: int = 0,
    hac_lags: int | None = None,
    trim: float = 0.15,
    bootstrap: int = 999,
    rng: np.random.Generator | None = None,
    origin: Any = None,
) -> Substitution:
    """Fit a line to the log odds of a share, with Newey-West errors, and test it for a break.

    Parameters
    ----------
    t : array_like, shape (n,)
        Increasing times, evenly spaced or not: numbers, or dates, which become years since
        ``origin``.
    share : array_like, shape (n,)
        Between 0 and 1, both excluded.
    breaks : {0, 1}
        Whether to test for one break in intercept and slope at an unknown date.
    hac_lags : int, optional
        Lags of the Newey-West covariance; by default 4 (n / 100)^(2/9), rounded down (Newey and
        West 1994). They count observations, whatever the spacing.
    trim : float
        Share of the points at each end where no break is looked for.
    bootstrap : int
        Simulated records for the break's p value and spread.
    rng : Generator, optional
        Needed for a break test.
    origin : date or number, optional
        Time zero; by default the first date.

    Returns
    -------
    Substitution

    Raises
    ------
    ValueError
        For shares of 0 or 1 or outside, fewer than 8 points, and impossible options.

    Notes
    -----
    Fisher, J. C. and Pry, R. H. (1971). A simple substitution model of technological change.
    *Technological Forecasting and Social Change* 3, 75-88. Two exponentials of different rates
    give the same line: it shows that one gains on the other, not that it takes from it.

    Examples
    --------
    >>> import numpy as np
    >>> t, rng = np.arange(40.0), np.random.default_rng(2)
    >>> share = 1 / (1 + np.exp(-0.2 * (t - 25) + rng.normal(0, 0.1, 40)))
    >>> result = substitution(t, share)
    >>> round(result.half_time, 1), 25 in result.interval("half_time")
    (25.0, True)
    >>> print(result.interval("takeover_time"))
    21.72 to 22.24 (95%)
    """
    share = numbers("share", share)
    times, origin = measure(t, "stock", origin, launched=False)
    _check(times, share, breaks, trim, hac_lags, bootstrap, rng)
    import statsmodels.api as sm

    odds, middle, span = logit(share), float(times.mean()), float(np.ptp(times))
    lags = int(4 * (len(odds) / 100) ** (2 / 9)) if hac_lags is None else hac_lags
    # Centred and in spans of the record, so that no date or unit makes the two columns alike.
    line = sm.OLS(odds, sm.add_constant((times - middle) / span, has_constant="add")).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    found = find_break(times, odds, trim, bootstrap, rng) if breaks else None
    units = np.array([1.0, 1 / span])
    height, slope = (units * line.params).tolist()
    spread = np.outer(units, units) * line.cov_params()
    result = Substitution(times, share, middle, height, slope, spread, lags, origin, found)
    return Substitution(**{**vars(result), "concerns": tuple(_concerns(result))})


def _check(
    times: Array,
    share: Array,
    breaks: int,
    trim: float,
    hac_lags: int | None,
    bootstrap: int,
    rng: np.random.Generator | None,
) -> None:
    if share.shape != times.shape:
        raise ValueError(f"{times.size} times need as many shares; got shape {share.shape}")
    if (share <= 0).any() or (share >= 1).any():
        raise ValueError(
            "shares of 0 or 1 have no log odds; drop those points, or give counts with one half "
            "added to each side. Percentages must be divided by 100"
        )
    if share.size < 8:
        raise ValueError(f"{share.size} points are too few for a line with HAC errors; give 8")
    if np.ptp(share) == 0:
        raise ValueError("the share is constant: nothing is being substituted")
    if breaks not in (0, 1):
        raise ValueError(f"breaks must be 0 or 1; got {breaks}")
    if hac_lags is not None and not 0 <= hac_lags < share.size - 2:
        raise ValueError(f"hac_lags must lie between 0 and {share.size - 3}; got {hac_lags}")
    if breaks and (rng is None or bootstrap < 1):
        raise ValueError(
            "the break test draws at random: give rng=numpy.random.default_rng(seed) and "
            "bootstrap of at least 1"
        )
    if not 0 < trim < 0.5:
        raise ValueError(f"trim is a share of the points at each end, below one half; got {trim}")


def _concerns(result: Substitution) -> Iterator[str]:
    if 0 in result.interval("slope"):
        yield "the slope may be zero: the record does not tell which way the share moves"
    if not result.t[0] <= result.half_time <= result.t[-1]:
        yield "the half time lies outside the record: it is extrapolated"
    if np.ptp(result.share) < 0.2:
        yield f"the share moved by {np.ptp(result.share):.2f} only, a small part of a takeover"
    correlation = lag_one(result.residuals, 1e-20)
    if correlation > 2 / np.sqrt(len(result.t)):
        yield (
            f"serial correlation of {correlation:.2f}: Newey-West errors allow for it, but are too "
            "small when it is strong and the record short"
        )
    if result.segmented is not None:
        if result.segmented.p_value <= 0.05:
            yield "a break is found at the 5% level: one line does not describe the whole record"
        yield from result.segmented.concerns
