"""What a claim and its rule are: regions, predictions, choices, tripwires. Data only.

A rule is written before the estimate exists. `uptake.openclosed.claims.load` reads the rules from
``claims.toml``; `uptake.openclosed.judging.judge` applies them.
"""

import datetime
import math
from dataclasses import dataclass

GRADES = {"A": "official", "B": "reputable estimate", "C": "press or list-price estimate"}
"""How far the data behind a verdict can be trusted."""
DASH = "–"
"""Stands for shares of combinations of choices that are no evidence."""


@dataclass(frozen=True)
class Region:
    """A closed range of values; either end may be infinite.

    Parameters
    ----------
    low, high : float
        The ends, in the unit of the prediction; both belong to the region.

    Raises
    ------
    ValueError
        If an end is not a number, or the ends are in the wrong order.

    Examples
    --------
    >>> wide = Region(3, math.inf)
    >>> str(wide), wide.contains(3, 8), wide.meets(1, 4)
    ('at least 3', True, True)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse ends that contradict each other."""
        if math.isnan(self.low) or math.isnan(self.high) or self.low >= self.high:
            raise ValueError(f"region [{self.low}, {self.high}]: give a low end below the high end")
        if self.low == -math.inf and self.high == math.inf:
            raise ValueError("region [-inf, inf] holds every value, so it cannot judge anything")

    def __str__(self) -> str:
        """Return the region in words."""
        if self.high == math.inf:
            return f"at least {self.low:g}"
        if self.low == -math.inf:
            return f"at most {self.high:g}"
        return f"{self.low:g} to {self.high:g}"

    def contains(self, low: float, high: float) -> bool:
        """Return whether the whole interval from ``low`` to ``high`` lies in the region."""
        return self.low <= low and high <= self.high

    def meets(self, low: float, high: float) -> bool:
        """Return whether some value from ``low`` to ``high`` lies in the region."""
        return low <= self.high and self.low <= high


@dataclass(frozen=True)
class Level:
    """One reasonable choice: the argument's value, and what it means."""

    value: str | float | bool
    label: str


@dataclass(frozen=True)
class Dimension:
    """A choice that reasonable analysts make differently; the first level is the primary one.

    Parameters
    ----------
    name : str
        Keyword argument of the claim's function.
    question : str
        What is chosen, as a question.
    levels : tuple of Level
        Two or more.
    """

    name: str
    question: str
    levels: tuple[Level, ...]

    @property
    def values(self) -> tuple[str | float | bool, ...]:
        """The levels' values, the primary one first."""
        return tuple(level.value for level in self.levels)

    def label(self, value: str | float | bool) -> str:
        """Return what a level means, in words."""
        return next(level.label for level in self.levels if level.value == value)


@dataclass(frozen=True)
class Prediction:
    """What is estimated, and which values would support or refute the claim.

    Parameters
    ----------
    estimand : str
        The quantity, exactly.
    unit : str
        Its unit.
    data : tuple of str
        Names for `uptake.datasets.load`.
    no_effect : float
        Its value if the claim's mechanism does nothing, in ``unit``.
    smallest_effect : float
        The smallest value that matters, in ``unit``; power is simulated here.
    reason : str
        Why a smaller one does not matter.
    supports, refutes : Region
        Where the whole interval must lie; they have no value in common.
    secondary : tuple of str
        Further predictions, which are reported and do not decide.
    """

    estimand: str
    unit: str
    data: tuple[str, ...]
    no_effect: float
    smallest_effect: float
    reason: str
    supports: Region
    refutes: Region
    secondary: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tripwire:
    """A dated, public observation that would change a verdict."""

    date: datetime.date
    observation: str
    source: str


@dataclass(frozen=True)
class Untestable:
    """A figure nobody publishes: the datum, who holds it, and a bound where there is one."""

    datum: str
    holder: str
    bound: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim of the essay and the rule that judges it; ``claims.toml`` explains each field.

    ``prediction`` is None when no public figure can test the claim; ``untestable`` then says why.
    ``no_vote`` says why the shares of its combinations of choices are no evidence, where they are
    none; the rule that uses them stays as it is.
    """

    id: str
    title: str
    claim: str
    link: str
    theme: str
    function: str
    notebook: str
    grade: str
    seen: str
    rival: str
    tripwire: Tripwire
    prediction: Prediction | None = None
    dimensions: tuple[Dimension, ...] = ()
    untestable: tuple[Untestable, ...] = ()
    no_vote: str = ""

    @property
    def testable(self) -> bool:
        """Whether a public figure tests the claim."""
        return self.prediction is not None

    @property
    def primary(self) -> dict[str, str | float | bool]:
        """The primary choice: each dimension's first level, as keyword arguments."""
        return {dimension.name: dimension.values[0] for dimension in self.dimensions}

    @property
    def combinations(self) -> int:
        """Number of combinations of the declared levels."""
        return math.prod(len(dimension.levels) for dimension in self.dimensions)

    def shares(self, support: float, against: float) -> str:
        """Return the shares of combinations as tables show them: a dash where they are no evidence.

        Parameters
        ----------
        support, against : float
            Shares that support the claim and that speak against it.
        """
        return DASH if self.no_vote else f"{support:.0%} / {against:.0%}"


@dataclass(frozen=True)
class Statement:
    """A further statement of the author: tied to claims, or with the datum that would test it."""

    id: str
    statement: str
    claims: tuple[str, ...]
    testable: bool
    datum: str
    holder: str
    bound: str


@dataclass(frozen=True)
class Essay:
    """The text under test."""

    author: str
    title: str
    publication: str
    date: datetime.date
    url: str
    interests: str
