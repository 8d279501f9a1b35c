"""Dates, periods and numbers become the same times."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from uptake.times import DAYS_PER_YEAR, as_dates, as_index, counted, is_dated, measure

MONTHS = pd.period_range("2024-01", "2024-04", freq="M")
DATES = pd.DatetimeIndex(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"])


def years(*dates, since):
    """Count days by the calendar of Python's own datetime."""
    start = pd.Timestamp(since).to_pydatetime()
    days = [(pd.Timestamp(date).to_pydatetime() - start).total_seconds() / 86400 for date in dates]
    return np.array(days) / DAYS_PER_YEAR


@pytest.mark.parametrize(
    "dates",
    [
        DATES,
        DATES.to_numpy(),
        DATES.to_numpy().astype("datetime64[D]"),
        pd.Series(DATES),
        list(DATES),
        [date.date() for date in DATES],
        [str(date.date()) for date in DATES],
        DATES.as_unit("s"),
    ],
    ids=["index", "ns", "days", "series", "stamps", "dates", "text", "seconds"],
)
def test_dates_in_any_form_are_the_same_years(dates):
    assert is_dated(dates)
    numbers, origin = measure(dates, "stock", "2023-07-01", launched=True)
    assert_allclose(numbers, years(*DATES, since="2023-07-01"), rtol=1e-14)
    assert origin == pd.Timestamp("2023-07-01")


@pytest.mark.parametrize("t", [[0, 1, 2], [0.5, 1.5], np.arange(3), pd.Series([1.0, 2.0])])
def test_numbers_are_not_dates(t):
    assert not is_dated(t)
    numbers, origin = measure(t, "stock", None, launched=False)
    assert_array_equal(numbers, np.asarray(t, float))
    assert origin is None


def test_years_are_mean_gregorian_years():
    # 400 years hold 146,097 days.
    numbers, _ = measure(["1600-01-01", "2000-01-01"], "stock", "1600-01-01", launched=True)
    assert_allclose(numbers, [0, 400], rtol=1e-15)


def test_origin_of_numbers_is_subtracted():
    numbers, origin = measure([1979, 1980, 1981], "stock", 1978, launched=True)
    assert_array_equal(numbers, [1, 2, 3])
    assert origin == 1978.0


def test_first_date_is_the_origin_of_curves_without_a_launch():
    numbers, origin = measure(DATES, "stock", None, launched=False)
    assert numbers[0] == 0 and origin == DATES[0]


def test_flows_of_periods_lie_between_edges_that_meet():
    assert_array_equal(as_dates(MONTHS, "flow"), DATES)
    assert_array_equal(as_dates(pd.Series(MONTHS), "flow"), DATES)


def test_levels_of_periods_hold_at_their_ends():
    assert_array_equal(as_dates(MONTHS, "stock"), DATES[1:])


@pytest.mark.parametrize("kind", ["stock", "flow"])
@pytest.mark.parametrize(
    "hold",
    [
        list,
        tuple,
        lambda each: each.to_numpy(),
        lambda each: each.array,
        pd.Series,
        lambda each: pd.Series(each).astype(object),
        lambda each: each.astype(object),
        pd.CategoricalIndex,
    ],
    ids=["list", "tuple", "numpy", "array", "series", "objects", "index", "categories"],
)
def test_periods_are_the_same_in_whatever_holds_them(hold, kind):
    assert_array_equal(as_dates(hold(MONTHS), kind), as_dates(MONTHS, kind))
    assert_array_equal(as_index(hold(MONTHS), kind), as_dates(MONTHS, kind))
    numbers, origin = measure(hold(MONTHS), kind, "2024-01-01", launched=True)
    assert numbers[-1] == years("2024-05-01", since="2024-01-01")[0]


@pytest.mark.parametrize(
    "others", [[pd.Period("2024", freq="Y")], ["2024-05"], [DATES[4]], [5]], ids=repr
)
def test_periods_mixed_with_other_times_are_refused(others):
    # Pandas would read some of them as periods of the others' length.
    with pytest.raises(ValueError, match="times mix periods of one length with others or with"):
        measure([*MONTHS, *others], "stock", None, launched=False)


def test_a_missing_period_is_a_missing_date():
    with pytest.raises(ValueError, match="missing date"):
        measure([*MONTHS, pd.NaT], "stock", None, launched=False)


def test_times_of_a_measured_record_are_counted_in_any_order_from_its_origin():
    _, origin = measure(DATES, "stock", "2023-07-01", launched=True)
    expected = years(*DATES[[3, 1]], since="2023-07-01")
    assert_allclose(counted(DATES[[3, 1]], "stock", origin), expected, rtol=1e-14)
    assert_allclose(counted(list(MONTHS[[2, 0]]), "stock", origin), expected, rtol=1e-14)
    assert_array_equal(counted([3, 1], "stock", 1.0), [2, 0])
    assert_array_equal(counted([3, 1], "stock", None), [3, 1])


@pytest.mark.parametrize(
    ("t", "origin", "advice"),
    [
        ([5.0], pd.Timestamp("2024-01-01"), "record's times are dates, so give a date"),
        (DATES, 2020.0, "record's times are numbers, so give a number"),
        (DATES, None, "record's times are numbers, so give a number"),
        ([pd.NaT], pd.Timestamp("2024-01-01"), "missing date"),
        ([np.nan], None, "NaN or infinity"),
        (DATES.tz_localize("UTC"), pd.Timestamp("2024-01-01"), "time zone, or neither"),
        (["soon"], pd.Timestamp("2024-01-01"), "neither numbers nor dates"),
    ],
)
def test_times_of_another_sort_than_a_records_are_refused(t, origin, advice):
    with pytest.raises(ValueError, match=advice):
        counted(t, "stock", origin)


@pytest.mark.parametrize("frequency", ["D", "W", "Q", "Y"])
def test_edges_of_any_period_are_its_neighbours_starts(frequency):
    periods = pd.period_range("2023-05-01", periods=5, freq=frequency)
    edges = as_dates(periods, "flow")
    assert_array_equal(edges[:-1], periods.to_timestamp(how="start"))
    assert edges[-1] == (periods[-1] + 1).to_timestamp(how="start")


def test_one_period_has_two_edges():
    assert_array_equal(as_dates(MONTHS[:1], "flow"), DATES[:2])


@pytest.mark.parametrize("periods", [MONTHS[[0, 2, 3]], MONTHS[[1, 0, 2]], MONTHS[[0, 0, 1]]])
def test_periods_with_a_gap_are_refused_for_flows(periods):
    with pytest.raises(ValueError, match="leave a gap.*weight of zero"):
        as_dates(periods, "flow")


def test_periods_with_a_gap_are_fine_for_levels():
    assert_array_equal(as_dates(MONTHS[[0, 2]], "stock"), DATES[[1, 3]])


@pytest.mark.parametrize(
    ("t", "advice"),
    [
        ([0.0, np.nan], "times contain NaN or infinity; drop those rows"),
        ([0.0, np.inf], "times contain NaN or infinity; drop those rows"),
        ([0.0, 2.0, 1.0], "increase without repeats; time 2 .* sort the record"),
        ([0.0, 1.0, 1.0], "increase without repeats; time 2 .* add up or average"),
        ([[0.0, 1.0]], r"one-dimensional; got shape \(1, 2\)"),
        (["2024-01-01", "soon"], "neither numbers nor dates"),
        ([None, "2024-01-01"], "missing date"),
        (["2024-01-01", pd.NaT], "missing date"),
        ([object(), 1.0], "neither numbers nor dates"),
        ([1.0, 2j], "neither numbers nor dates"),
        ([[0.0], [1.0, 2.0]], "neither numbers nor dates"),
        (["2024-02-01", "2024-01-01"], "increase without repeats"),
        ([["2024-01-01", "2024-02-01"]], r"one-dimensional; got shape \(1, 2\)"),
        ([1.0, None, 3.0], "times contain NaN"),
        ([1.0, pd.NA, 3.0], "times contain NaN"),
        ([None, None], "missing date"),
        (np.array([1.0, pd.Timestamp("2024-01-01")], object), "mixture; write all of them as"),
        (np.array(["2024-01-01", 3], object), "mixture; write all of them as"),
        ([1j, 2.0], "neither numbers nor dates"),
        ([b"2020", b"2021"], "neither numbers nor dates"),
        ([10**400, 10**401], "use another unit"),
        (pd.to_timedelta([1, 2], "D"), "divide spans of time"),
        (np.ma.masked_array([0.0, 1.0], mask=[False, True]), "must not be masked"),
        (pd.DatetimeIndex([]), "there are no times"),
        (pd.PeriodIndex([], freq="M"), "there are no times"),
        ([0.0, 1e-310], "span less than 1e-100; use a smaller unit of time"),
    ],
)
def test_times_that_cannot_be_used_are_refused_with_advice(t, advice):
    with pytest.raises(ValueError, match=advice):
        measure(t, "stock", None, launched=False)


def test_dates_without_an_origin_are_refused_where_launch_matters():
    with pytest.raises(ValueError, match="starts at launch: say when"):
        measure(DATES, "stock", None, launched=True)


def test_records_from_before_the_launch_are_refused():
    with pytest.raises(ValueError, match="begins 1 before the launch.*earlier origin"):
        measure([-1.0, 0.0, 1.0], "stock", None, launched=True)
    with pytest.raises(ValueError, match="before the launch"):
        measure(DATES, "stock", "2024-06-01", launched=True)
    assert measure([-1.0, 0.0], "stock", None, launched=False)[0][0] == -1


def test_time_zones_must_agree():
    with pytest.raises(ValueError, match="time zone, or neither"):
        measure(DATES.tz_localize("UTC"), "stock", "2024-01-01", launched=True)
    aware, _ = measure(DATES.tz_localize("UTC"), "stock", "2023-07-01T00:00Z", launched=True)
    naive, _ = measure(DATES, "stock", "2023-07-01", launched=True)
    assert_allclose(aware, naive, rtol=1e-15)


@pytest.mark.parametrize("origin", ["launch", object(), pd.NaT, 2022, np.float64(2022.5)])
def test_an_origin_of_dates_must_be_a_date(origin):
    # The year 2022 as a bare number would silently be 2022 nanoseconds after 1970.
    with pytest.raises(ValueError, match="origin must be one too"):
        measure(DATES, "stock", origin, launched=True)


@pytest.mark.parametrize("origin", ["2024-01-01", np.nan, np.inf])
def test_an_origin_of_numbers_must_be_a_finite_number(origin):
    with pytest.raises(ValueError, match="origin must be a finite number"):
        measure([0.0, 1.0], "stock", origin, launched=False)
