"""C1, power: whether one market, half of one, and separate curves could be told apart."""

import functools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.openclosed.argument import Swings
from uptake.openclosed.market.calibration import Simulated, cut_offs, drawn
from uptake.openclosed.market.displacement import in_tokens
from uptake.openclosed.market.profile import Profile, Steps, profile


@dataclass(frozen=True, eq=False)
class Chance:
    """Estimates from simulated records whose displacement is known.

    Attributes
    ----------
    truth, common : float
        Displacement and strength of common demand of the records.
    found : Profile
        Their profiles.
    allowed : bool
        Whether the estimates allow for common demand.
    """

    truth: float
    common: float
    found: Profile
    allowed: bool = True

    @property
    def power(self) -> float:
        """Share of the intervals that leave out no displacement."""
        return float(1 - self.found.holds(0.0, common=self.allowed).mean())

    @property
    def coverage(self) -> float:
        """Share of the intervals that hold the truth."""
        return float(self.found.holds(self.truth, common=self.allowed).mean())

    @property
    def median(self) -> float:
        """Median of the estimates; infinite ones count at their end."""
        return float(np.median(self.found.best(common=self.allowed)[0]))

    @property
    def unbounded(self) -> float:
        """Share of the intervals without an upper end."""
        return float(self.found.endless(1).mean()) if self.allowed else 0.0

    def within(self, low: float, high: float) -> float:
        """Share of the intervals that allow for common demand and lie in a region."""
        return float(self.found.within(low, high).mean())


def chance(
    truth: float,
    common: float,
    rng: np.random.Generator,
    *,
    allowed: bool = True,
    errors: str = "iid",
    phi: float = 0.0,
    size: int = 2000,
    **choices: str | bool,
) -> Chance:
    """Simulate records as long and as noisy as the real one and estimate each.

    Parameters
    ----------
    truth, common : float
        Displacement, and the share of common demand in the variance of the other's growth.
    rng : Generator
        Source of randomness.
    allowed : bool
        Whether the estimates allow for common demand, as C1's rule asks.
    errors, phi : str, float
        Errors allowed for in the estimates, and the autocorrelation of those drawn.
    size : int
        Number of records.
    **choices : str
        ``displaced``, and those of `market.record`.

    Examples
    --------
    >>> chance(20.0, 0.0, np.random.default_rng(1), size=50).power
    1.0
    """
    steps, table = _table(errors, tuple(sorted(choices.items())))
    growth = drawn(steps, truth, common, rng, size=size, phi=phi)
    found = replace(profile(steps, growth, errors=errors), table=table)
    return Chance(truth, common, found, allowed)


@functools.cache
def _table(errors: str, chosen: tuple[tuple[str, str | bool], ...]) -> tuple[Steps, Simulated]:
    choices = dict(chosen)
    displaced = choices.pop("displaced", "closed")
    steps = Steps.of(in_tokens(**choices), displaced)
    return steps, cut_offs(steps, errors=errors)


def fitting_demand(truth: float, **choices: str | bool) -> float:
    """Return the strength of common demand that fits a record best with a given displacement.

    What power is judged at: a property of the noise under the effect in question, which does not
    tell whether the effect is there.

    Parameters
    ----------
    truth : float
        Displacement taken as given.
    **choices : str
        As for `displacement`.

    Examples
    --------
    >>> 0 <= fitting_demand(0.5, start="2025-11-17") <= 1
    True
    """
    displaced, errors = choices.pop("displaced", "closed"), choices.pop("errors", "iid")
    found = profile(Steps.of(in_tokens(**choices), displaced), errors=errors)
    return float(found.kappa(np.array([truth]))[0, 0])


def power_curve(
    truths: ArrayLike, commons: ArrayLike, seed: int, *, size: int = 2000, **options: object
) -> pd.DataFrame:
    """Return power and coverage by displacement and strength of common demand.

    Parameters
    ----------
    truths, commons : array-like
        Values to combine.
    seed : int
        Of the generator, the same for every combination.
    size : int
        Records of each combination.
    **options
        As for `chance`.

    Returns
    -------
    DataFrame
        ``common``, ``truth``, ``median``, ``power``, ``coverage``, ``unbounded``.

    Examples
    --------
    >>> table = power_curve([0.0, 20.0], [0.0], 1, size=100)
    >>> bool(table["power"].is_monotonic_increasing)
    True
    """
    rows = []
    for common in np.asarray(commons, float):
        for truth in np.asarray(truths, float):
            one = chance(truth, common, np.random.default_rng(seed), size=size, **options)
            rows.append((common, truth, one.median, one.power, one.coverage, one.unbounded))
    columns = ["common", "truth", "median", "power", "coverage", "unbounded"]
    return pd.DataFrame(rows, columns=columns)


def visible(common: float, seed: int, *, power: float = 0.8, **options: object) -> float:
    """Return the least displacement on a grid of twentieths at which power reaches a level.

    Infinite if it does not by a displacement of ten: there the other side's own growth is too
    small a part of what is seen.

    Parameters
    ----------
    common, seed
        As for `power_curve`.
    power : float
        The level.
    **options
        As for `chance`.

    Examples
    --------
    >>> visible(0.0, 1, size=200) < 3
    True
    """
    low, high = 0, 200
    if chance(high / 20, common, np.random.default_rng(seed), **options).power < power:
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        reached = chance(middle / 20, common, np.random.default_rng(seed), **options).power
        low, high = (low, middle) if reached >= power else (middle, high)
    return high / 20


def adjusting(
    rates: ArrayLike,
    truth: float,
    rng: np.random.Generator,
    *,
    common: float = 0.25,
    size: int = 500,
) -> pd.Series:
    r"""Return the median estimate when a true Lotka-Volterra pair takes its time.

    Records come from the differential equation itself: the open side swings about its trend with
    the memory of notebook 01, demand is a random walk, and the closed side follows
    :math:`d\ln c/dt = r (1 - (c + a o)/k_t)` within the week, ``k`` such that the expected course
    is the record's own trend. The estimate takes the line of no growth for reached each week, and
    so finds only what is displaced within the week.

    Parameters
    ----------
    rates : array-like
        The rate r, per week.
    truth : float
        Displacement a.
    rng : Generator
        Source of randomness.
    common : float
        Strength of common demand.
    size : int
        Number of records.

    Returns
    -------
    Series
        Median estimate by rate.

    Examples
    --------
    >>> found = adjusting([0.5, 20.0], 1.0, np.random.default_rng(1), size=50)
    >>> bool(found.is_monotonic_increasing)
    True
    """
    table = in_tokens()
    swings = Swings()
    h, shape = np.diff(np.log(table["open"])).std(), (size, len(table))
    # A swing with this memory changes by the week with the standard deviation asked for.
    deviation = h * np.sqrt((1 - common) / (2 * (1 - swings.memory)))
    own = swings.draw(deviation, shape, rng)
    demand = np.sqrt(common) * h * rng.normal(size=shape)
    trends = [
        np.polynomial.Polynomial.fit(table["number"], np.log(table[side]), 1)
        for side in ("open", "closed")
    ]
    opened, closed = (np.exp(trend(table["number"].to_numpy(float))) for trend in trends)
    o = opened * np.exp(own)
    moved = np.exp(demand.cumsum(axis=1))
    found = {}
    for rate in np.asarray(rates, float):
        c = _followed(rate, truth, o, opened, closed)
        values = [
            profile(Steps.of(table.assign(open=x, closed=y))).best()[0][0]
            for x, y in zip(o * moved, c * moved, strict=True)
        ]
        found[rate] = float(np.median(values))
    return pd.Series(found, name="median").rename_axis("rate")


def _followed(
    rate: float, truth: float, o: NDArray, opened: NDArray, closed: NDArray, *, parts: int = 40
) -> NDArray:
    """Return the closed side as it follows the open one, shape of ``o``, by small steps."""
    room = closed + truth * opened
    c = np.empty_like(o)
    c[:, 0] = closed[0]
    for week in range(1, o.shape[1]):
        level = c[:, week - 1] * closed[week] / closed[week - 1]
        for _ in range(parts):
            pull = rate * (1 - (level + truth * o[:, week]) / room[week]) / parts
            level = level * np.exp(np.clip(pull, -0.5, 0.5))
        c[:, week] = level
    return c
