"""C14: does the lag grow? Its drift since 2025, and what one laboratory or one month does to it."""

import pandas as pd

from uptake.openclosed.capability import index, sides
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.selfimprovement.chance import VINTAGE
from uptake.openclosed.selfimprovement.estimators import interval
from uptake.openclosed.selfimprovement.lags import monthly_lag
from uptake.openclosed.trends import slope, slope_interval, years

UNIT = "months a year"
LEAST = 8
"""Months below which no drift is estimated."""


def lag_drift(
    *,
    vintage: str = VINTAGE,
    start: str = "2025-01-01",
    tolerance: str = "exact",
    o3_date: str = "released",
    licence: str = "any",
    estimator: str = "trend",
    without: tuple[str, ...] = (),
) -> Estimate:
    """Estimate C14: the yearly change of the lag of the best open model.

    Parameters
    ----------
    vintage : str
        Edition of the index, by the freeze.
    start, tolerance
        First month, and what counts as level; see `monthly_lag`.
    o3_date, licence, without
        Which models count; see `uptake.openclosed.capability.sides`.
    estimator : {"trend", "random_walk", "hac", "ar1"}
        See `interval`; the last two, which cover too little, are for comparison.

    Returns
    -------
    Estimate
        In months a year; positive when the lag grows.

    Raises
    ------
    ValueError
        If the edition is later than the freeze, or a choice is unknown.

    Examples
    --------
    >>> lag_drift().unit
    'months a year'
    """
    if pd.Timestamp(vintage) > FREEZE:
        raise ValueError(f"edition {vintage} is later than the freeze; it may score, not be fitted")
    both = sides(index(vintage), o3_date=o3_date, licence=licence, without=without)
    record = monthly_lag(both, start, tolerance=tolerance)
    if len(record) < LEAST:
        return Estimate.missing(UNIT, f"{len(record)} months are too few for a drift")
    value, half = (each[0] for each in interval(years(record.index), record["months"], estimator))
    concerns = tuple(_concerns(record))
    low, high = float(value - half), float(value + half)
    return Estimate(float(value), low, high, UNIT, n=len(record), concerns=concerns)


def _concerns(record: pd.DataFrame) -> list[str]:
    falls = int((record["months"].diff() < 0).sum())
    found = [f"the lag grows by a month each month but for {falls} falls; they are all it rests on"]
    if record.attrs["left_out"]:
        found.append(f"{record.attrs['left_out']} months left out, the lag only bounded from below")
    if level := int(record["leader"].isna().sum()):
        found.append(f"in {level} months no closed model is ahead, and the lag is zero")
    rho = float(slope_interval(years(record.index), record["months"])[2][0])
    if rho > 0.7:
        found.append(f"the lag remembers its past (autocorrelation {rho:.1f})")
    return found


def leave_one_out(start: str = "2025-01-01") -> pd.DataFrame:
    """Return the drift without each laboratory that set a record, one at a time.

    Parameters
    ----------
    start : str
        First month.

    Returns
    -------
    DataFrame
        By developer left out: ``drift``, ``low``, ``high`` in months a year, and ``records``, the
        number it holds.

    Examples
    --------
    >>> leave_one_out().columns.tolist()
    ['drift', 'low', 'high', 'records']
    """
    both = sides(index(VINTAGE))
    setters = pd.concat([both.closed.records["name"], both.open.records["name"]])
    counts = setters.map(both.labs).value_counts()
    rows = {}
    for lab, records in counts.items():
        e = lag_drift(start=start, without=(lab,))
        rows[lab] = (e.value, e.low, e.high, records)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["drift", "low", "high", "records"])


def by_last_month(start: str = "2025-01-01", least: int = 12) -> pd.Series:
    """Return the drift by the last month counted, months a year.

    The lag falls when an open model sets a record and grows between records, so its drift depends
    on where in such a wait the record ends.

    Parameters
    ----------
    start : str
        First month.
    least : int
        Least number of months.

    Examples
    --------
    >>> len(by_last_month())
    5
    """
    record = monthly_lag(sides(index(VINTAGE)), start)
    t, lags = years(record.index), record["months"].to_numpy()
    ends = range(least, len(record) + 1)
    drifts = [float(slope(t[:n], lags[:n])) for n in ends]
    return pd.Series(drifts, record.index[least - 1 :])
