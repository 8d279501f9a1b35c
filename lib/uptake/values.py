"""Numbers as the reader has them, of whatever kind, as floats; and nothing else as floats."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def floats(values: Any) -> NDArray[np.float64]:
    """Return numbers as floats, missing ones as NaN.

    Dates, spans of time and numerals in text are no numbers, though NumPy would make some of them
    (a date becomes its nanoseconds since 1970, a complex number its real part).

    Parameters
    ----------
    values : array_like
        Integers, floats, truth values, decimals or fractions, also in a Series, an Index or an
        array with missing values.

    Returns
    -------
    ndarray
        Of the same shape.

    Raises
    ------
    ValueError
        With what to do about values that are no real numbers, are masked, or are too large.

    Examples
    --------
    >>> floats([1, None, 2.5]).tolist()
    [1.0, nan, 2.5]
    >>> floats(pd.Series(["1", "2"]))
    Traceback (most recent call last):
    ...
    ValueError: must be real numbers; convert text with pandas.to_numeric
    """
    # Rows may be masked one by one, which NumPy forgets.
    rows = values if isinstance(values, list | tuple) else [values]
    if any(isinstance(row, np.ma.MaskedArray) and np.ma.is_masked(row) for row in rows):
        raise ValueError("must not be masked; drop those points, for their values are not known")
    try:
        array = np.asarray(values)
    except (ValueError, TypeError):  # rows of different lengths
        raise _no_numbers() from None
    if array.dtype.kind == "m":
        raise ValueError("must be plain numbers; divide spans of time by pandas.Timedelta(days=1)")
    if array.dtype.kind == "O" and array.ndim:
        missing = pd.isna(array)
        if not all(map(is_real, array[~missing])):
            raise _no_numbers()
        array = np.where(missing, np.nan, array)
    elif array.dtype.kind not in "biuf":
        raise _no_numbers()
    try:
        # Extended precision reaches further; what is lost becomes infinite, and is told so.
        with np.errstate(over="ignore"):
            return array.astype(float)
    except OverflowError:
        raise ValueError("must be within floating point; use another unit") from None


def as_times(t: Any) -> NDArray[np.float64]:
    """Return times at which a curve is asked for its level, on its own scale.

    Parameters
    ----------
    t : array_like
        Numbers: time since the curve's zero, which of itself is no date.

    Returns
    -------
    ndarray
        Of the same shape.

    Raises
    ------
    ValueError
        For dates, or anything else that is no number, with what to do about it.

    Examples
    --------
    >>> as_times(range(3))
    array([0., 1., 2.])
    >>> as_times(pd.DatetimeIndex(["2024-01-01"]))
    Traceback (most recent call last):
    ...
    ValueError: times must be real numbers; convert text with pandas.to_numeric. Dates become times
    with result.time(dates), or with uptake.times.years_since(dates, result.origin)
    """
    try:
        return floats(t)
    except ValueError as error:
        raise ValueError(
            f"times {error}. Dates become times with result.time(dates), or with "
            "uptake.times.years_since(dates, result.origin)"
        ) from None


def _no_numbers() -> ValueError:
    return ValueError("must be real numbers; convert text with pandas.to_numeric")


def is_real(value: Any) -> bool:
    """Tell a real number from anything else.

    Examples
    --------
    >>> is_real(np.int64(3)), is_real("3"), is_real(np.timedelta64(3, "D"))
    (True, False, False)
    """
    # NumPy counts spans of time among its integers.
    return isinstance(value, Real | Decimal) and not isinstance(value, np.timedelta64)
