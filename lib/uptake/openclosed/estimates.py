"""An estimate as a value: the number, its interval, its unit and its doubts."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Estimate:
    """What a claim's function returns: a number with its interval, which may be unbounded.

    Parameters
    ----------
    value : float
        The estimate, in ``unit``; NaN where there is none (see `missing`).
    low, high : float
        Ends of the interval, in ``unit``; either may be infinite. A bootstrap interval need not
        hold ``value``.
    unit : str
        Unit of the three, as the claim's prediction spells it.
    n : int, optional
        Number of observations behind it.
    level : float
        Confidence level of the interval.
    concerns : tuple of str
        Reasons to distrust the estimate.

    Raises
    ------
    ValueError
        If the ends are in the wrong order, only some of the three numbers are NaN, the value is
        infinite, or an estimate is missing without a reason.

    Examples
    --------
    >>> print(Estimate(1.2, -0.5, math.inf, "points a year"))
    1.2 points a year (95% interval from -0.5, not bounded above)
    """

    value: float
    low: float
    high: float
    unit: str
    n: int | None = None
    level: float = 0.95
    concerns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that contradict each other."""
        if isinstance(self.concerns, str):
            raise ValueError("concerns is one text; give a tuple of texts")
        absent = [math.isnan(number) for number in (self.value, self.low, self.high)]
        if any(absent) and not all(absent):
            raise ValueError("give a value and both ends (infinite where unbounded), or no number")
        if all(absent) and not self.concerns:
            raise ValueError("no estimate and no reason; use Estimate.missing(unit, reason)")
        if math.isinf(self.value):
            raise ValueError(f"the value is {self.value}; give a finite one or Estimate.missing")
        if self.low > self.high or self.low == math.inf or self.high == -math.inf:
            raise ValueError(f"[{self.low}, {self.high}] is no interval; give its low end first")
        if not 0 < self.level < 1:
            raise ValueError(f"level {self.level} lies outside (0, 1); 95% is 0.95")

    @classmethod
    def missing(cls, unit: str, reason: str) -> "Estimate":
        """Return the estimate that could not be made, with the reason.

        Examples
        --------
        >>> print(Estimate.missing("months", "open caught up on no benchmark"))
        no estimate: open caught up on no benchmark
        """
        return cls(math.nan, math.nan, math.nan, unit, concerns=(reason,))

    @property
    def exists(self) -> bool:
        """Whether there is a number."""
        return not math.isnan(self.value)

    def __str__(self) -> str:
        """Return the estimate in words, with the digits that are known; see `together`."""
        if not self.exists:
            return f"no estimate: {'; '.join(self.concerns)}"
        value = together(self.value, self.low, self.high)[0]
        return f"{value} {self.unit} ({self.level:.0%} interval {self.range})"

    @property
    def range(self) -> str:
        """The interval in words, such as ``from 2.1, not bounded above``."""
        _, low, high = together(self.value, self.low, self.high)
        if math.isinf(self.low) and math.isinf(self.high):
            return "not bounded on either side"
        if math.isinf(self.high):
            return f"from {low}, not bounded above"
        if math.isinf(self.low):
            return f"up to {high}, not bounded below"
        return f"{low} to {high}"


def spell(number: float) -> str:
    """Return a number with three significant digits, never as a power of ten.

    Examples
    --------
    >>> spell(1234.5), spell(0.04567), spell(-2.0)
    ('1,230', '0.0457', '-2')
    """
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    digits = 2 - math.floor(math.log10(abs(number)))
    text = f"{round(number, digits):,.{max(digits, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def together(value: float, low: float, high: float) -> tuple[str, str, str]:
    """Return an estimate and the ends of its interval with the digits that are known.

    All are rounded to two significant digits of the estimate's distance to the nearer end; a number
    of which this would leave nothing keeps its first digit, where that is one of the next two.

    Parameters
    ----------
    value : float
    low, high : float
        Either may be infinite.

    Examples
    --------
    >>> together(17.516, -0.611, 51.103), together(0.2814, 0.0927, math.inf)
    (('18', '-0.6', '51'), ('0.28', '0.09', '∞'))
    """
    decimals = _known_decimals(value, low, high)
    if decimals is None:
        # Nothing is known of how well it is known.
        decimals = 1 - math.floor(math.log10(abs(value))) if value else 0
    return tuple(_kept(number, decimals) for number in (value, low, high))


def _known_decimals(value: float, low: float, high: float) -> int | None:
    """Return how many decimals hold two digits of the distance to the nearer end, if any."""
    nearer = [end for end in (value - low, high - value) if 0 < end < math.inf]
    return 1 - math.floor(math.log10(min(nearer))) if nearer else None


def _kept(number: float, decimals: int) -> str:
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    first = -math.floor(math.log10(abs(number))) if number else decimals
    if decimals < first <= decimals + 2:
        decimals = first
    # Plus zero: nothing is less than nothing.
    return f"{round(number, decimals) + 0.0:,.{max(decimals, 0)}f}"


def spelled(table: pd.DataFrame, *, most: int = 2, past: float = math.inf) -> pd.DataFrame:
    """Return estimates with their intervals as text, each row with the digits that are known.

    Parameters
    ----------
    table : DataFrame
        Columns of estimate, low end and high end, in this order; missing where there is none.
    most : int
        Most decimals; the least is one.
    past : float
        Numbers as large as this, on either side, are past telling and shown as beyond it.

    Returns
    -------
    DataFrame of str
        Rounded to two significant digits of the estimate's distance to the nearer end; empty where
        there is no estimate.

    Examples
    --------
    >>> rows = {"term": [0.938, 0.665], "low": [0.9, -1.87], "high": [0.99, 4e6]}
    >>> spelled(pd.DataFrame(rows), past=1000.0)
       term   low    high
    0  0.94  0.90    0.99
    1   0.7  -1.9  > 1000
    """
    rows = []
    for row in np.clip(table.to_numpy(float), -past, past):
        digits = _known_decimals(*row)
        digits = most if digits is None else digits
        rows.append([_told(each, min(max(digits, 1), most), past) for each in row])
    return pd.DataFrame(rows, index=table.index, columns=table.columns)


def _told(number: float, decimals: int, past: float) -> str:
    if math.isnan(number):
        return ""
    if abs(number) >= past:
        return f"> {past:.0f}" if number > 0 else f"< -{past:.0f}"
    return f"{number:.{decimals}f}"
