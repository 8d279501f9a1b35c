"""Times as the reader has them, and as the formulas need them: numbers or dates to numbers."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from uptake.separable import Array, Kind
from uptake.values import floats, is_real

DAYS_PER_YEAR = 365.2425
"""Mean Gregorian year."""
LARGEST = 1e100
"""Numbers beyond this have sums of squares beyond floating point."""
SMALLEST = 1 / LARGEST
"""A record or a span of time below this has sums of squares that vanish in floating point."""


def is_dated(t: Any) -> bool:
    """Tell dates (or periods) from numbers.

    Examples
    --------
    >>> is_dated(["2024-01-01"]), is_dated([0, 1])
    (True, False)
    """
    if isinstance(t, pd.PeriodIndex | pd.DatetimeIndex):
        return True
    try:
        values = np.asarray(t)
    except ValueError:  # rows of different lengths: refused where numbers are read
        return False
    if values.dtype.kind in "MUT":
        return True
    if values.dtype != object:
        return False
    known = values[~pd.isna(values)]
    return not all(map(is_real, known)) if known.size else bool(values.size)


def as_dates(t: Any, kind: Kind) -> pd.DatetimeIndex:
    """Return dates; periods become their ends (stock) or the edges around them (flow).

    Raises
    ------
    ValueError
        When the text is no date, periods are mixed with other times, or periods of flows leave a
        gap.

    Examples
    --------
    >>> as_dates([pd.Period("2024Q1")], "flow").strftime("%Y-%m-%d").tolist()
    ['2024-01-01', '2024-04-01']
    """
    if (periods := as_periods(t)) is not None:
        return _around(periods, kind)
    values = np.asarray(t)
    if values.ndim != 1:
        raise ValueError(f"times must be one-dimensional; got shape {values.shape}")
    text = values.dtype.kind in "OU"
    if text and any(map(is_real, values.ravel())):
        # Pandas would take a bare number for nanoseconds since 1970.
        raise ValueError(
            "times are neither numbers nor dates, but a mixture; write all of them as 2024-03-31"
        )
    try:
        return pd.DatetimeIndex(pd.to_datetime(values, format="ISO8601" if text else None))
    except (ValueError, TypeError) as error:
        reason = str(error).split(". You")[0].splitlines()[0]
        raise ValueError(
            f"times are neither numbers nor dates ({reason}); write dates as 2024-03-31, or "
            "convert them with pandas.to_datetime first"
        ) from None


def as_index(t: Any, kind: Kind) -> pd.Index:
    """Return times as the reader has them: dates as by `as_dates`, or numbers.

    Raises
    ------
    ValueError
        For what is neither.

    Examples
    --------
    >>> as_index([0, 1], "stock").tolist(), as_index(["2024-01-01"], "stock").year.tolist()
    ([0.0, 1.0], [2024])
    """
    return as_dates(t, kind) if is_dated(t) else pd.Index(_numbers(t))


def as_periods(t: Any) -> pd.PeriodIndex | None:
    """Return periods as an index, whatever holds them; None for times of another sort."""
    if isinstance(t, pd.PeriodIndex):
        return t
    values = np.asarray(t)
    if values.dtype != object or values.ndim != 1:
        return None
    known = values[~pd.isna(values)]
    periods = [each for each in known if isinstance(each, pd.Period)]
    if not periods:
        return None
    if len(periods) < len(known) or len({each.freqstr for each in periods}) > 1:
        raise ValueError(
            "times mix periods of one length with others or with dates; make all of them one, "
            'with pandas.PeriodIndex(times, freq="M") for instance'
        )
    return pd.PeriodIndex(values)


def _around(periods: pd.PeriodIndex, kind: Kind) -> pd.DatetimeIndex:
    """Return the ends of periods (stock), or the edges around them (flow)."""
    ends = pd.DatetimeIndex((periods + 1).to_timestamp(how="start"))
    if kind == "stock":
        return ends
    if len(periods) > 1 and not (periods[1:] == periods[:-1] + 1).all():
        raise ValueError(
            "the periods leave a gap or are out of order; give every period in order, with a "
            "weight of zero where the flow is not known"
        )
    return periods[:1].to_timestamp(how="start").append(ends)


def years_since(dates: pd.DatetimeIndex, origin: pd.Timestamp) -> Array:
    """Return mean Gregorian years from ``origin`` to each date.

    Examples
    --------
    >>> years_since(pd.DatetimeIndex(["2024-01-01", "2024-12-31"]), pd.Timestamp("2024-01-01"))
    array([0.        , 0.99933606])
    """
    return np.asarray((dates - origin) / pd.Timedelta(days=DAYS_PER_YEAR), float)


def measure(
    t: Any, kind: Kind, origin: Any, *, launched: bool
) -> tuple[Array, pd.Timestamp | float | None]:
    """Return times as numbers, and the origin they are counted from.

    Parameters
    ----------
    t : array_like
        Numbers, dates (datetime64, DatetimeIndex, ISO text) or periods (a PeriodIndex, or a list,
        array or Series of them).
    kind : {"stock", "flow"}
    origin : date or number, optional
        What becomes time zero: the launch, for curves that have one.
    launched : bool
        Whether the curve starts at t = 0.

    Returns
    -------
    numbers : ndarray
        Years since the origin for dates, else ``t`` less the origin.
    origin : Timestamp, float or None

    Raises
    ------
    ValueError
        For times that are not increasing or not finite, dates without an origin for a curve
        that has a launch, an origin of another sort than the times, and times before the launch.
    """
    if is_dated(t):
        dates = as_dates(t, kind)
        if not len(dates):
            raise ValueError("there are no times; give one for each value")
        if origin is None and launched:
            raise ValueError(
                "this curve starts at launch: say when that was, origin='2022-11-30' for instance"
            )
        start = dates[0] if origin is None else _date(origin)
        numbers = _since(dates, start)
    else:
        numbers = _numbers(t)
        start = None if origin is None else _number(origin)
        numbers = numbers - (start or 0.0)
    check(numbers, launched)
    return numbers, start


def counted(t: Any, kind: Kind, origin: pd.Timestamp | float | None) -> Array:
    """Return times as numbers, counted as those of a record that has been measured.

    Parameters
    ----------
    t : array_like
        Dates (or periods) where the record had them, else numbers; in any order.
    kind : {"stock", "flow"}
    origin : Timestamp, float or None
        As `measure` returned it.

    Raises
    ------
    ValueError
        For numbers where the record's times are dates or the reverse, and missing times.

    Examples
    --------
    >>> counted([2024, 2023], "stock", 2020.0)
    array([4., 3.])
    """
    dated = isinstance(origin, pd.Timestamp)
    if is_dated(t) != dated:
        sort = "date" if dated else "number"
        raise ValueError(f"the record's times are {sort}s, so give a {sort} for each time")
    if dated:
        return _since(as_dates(t, kind), origin)
    numbers = _numbers(t) - (origin or 0.0)
    _finite(numbers)
    return numbers


def _since(dates: pd.DatetimeIndex, origin: pd.Timestamp) -> Array:
    if dates.hasnans:
        raise ValueError("times contain a missing date (NaT); drop those rows first")
    if (dates.tz is None) != (origin.tz is None):
        raise ValueError("times and origin must both have a time zone, or neither")
    return years_since(dates, origin)


def _date(origin: Any) -> pd.Timestamp:
    # A bare number would be read as nanoseconds since 1970.
    try:
        date = pd.NaT if isinstance(origin, Real) else pd.Timestamp(origin)
    except (ValueError, TypeError):
        date = pd.NaT
    if pd.isna(date):
        raise ValueError(
            f"the times are dates, so origin must be one too, '2022-11-30' for instance; got "
            f"{origin!r}"
        )
    return date


def _number(origin: Any) -> float:
    try:
        number = float(origin)
    except (ValueError, TypeError):
        number = float("nan")
    if not np.isfinite(number):
        raise ValueError(
            f"the times are numbers, so origin must be a finite number too; got {origin!r}"
        )
    return number


def _numbers(t: Any) -> Array:
    try:
        numbers = floats(t)
    except ValueError as error:
        raise ValueError(f"times are neither numbers nor dates: they {error}") from None
    if numbers.ndim != 1:
        raise ValueError(f"times must be one-dimensional; got shape {numbers.shape}")
    return numbers


def _finite(numbers: Array) -> None:
    if not np.isfinite(numbers).all():
        raise ValueError("times contain NaN or infinity; drop those rows first")


def check(numbers: Array, launched: bool) -> None:
    """Refuse times, as numbers, that no record can have.

    Parameters
    ----------
    numbers : ndarray
    launched : bool
        Whether the curve starts at t = 0.

    Raises
    ------
    ValueError
        For times that are not finite or not increasing, and those before the launch.

    Examples
    --------
    >>> check(np.array([0.0, 1.0]), launched=True)
    """
    _finite(numbers)
    if numbers.size and np.abs(numbers).max() > LARGEST:
        raise ValueError("times lie beyond 1e100; use a larger unit of time")
    if numbers.size > 1 and not (np.diff(numbers) > 0).all():
        where = int(np.argmin(np.diff(numbers) > 0)) + 1
        raise ValueError(
            f"times must increase without repeats; time {where} is not after the one before: "
            "sort the record, and add up or average repeated times"
        )
    if numbers.size > 1 and numbers[-1] - numbers[0] < SMALLEST:
        raise ValueError("times span less than 1e-100; use a smaller unit of time")
    if launched and numbers.size and numbers[0] < 0:
        raise ValueError(
            f"the record begins {-numbers[0]:.4g} before the launch at t = 0, where this curve is "
            "zero; give an earlier origin or drop those rows"
        )
