"""Numbers of any kind become floats, and nothing else does."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from uptake import fit
from uptake.competing import UCRCD, LotkaVolterra, NortonBass, substitution
from uptake.curves import Bass, Logistic
from uptake.recovery import simulate
from uptake.values import floats

DAYS = pd.date_range("2024-01-01", periods=3)
NUMBERS = {
    "list": [1, 2, 3],
    "range": range(1, 4),
    "small": np.array([1, 2, 3], "uint8"),
    "truth": [True, 2, 3],
    "extended": np.array([1, 2, 3], "longdouble"),
    "object": np.array([1, 2.0, np.int8(3)], object),
    "decimal": [Decimal(1), Decimal(2), Decimal(3)],
    "fraction": [Fraction(2, 2), Fraction(2), Fraction(3)],
    "nullable": pd.array([1, 2, 3], dtype="Int64"),
    "category": pd.Categorical([1.0, 2.0, 3.0]),
    "sparse": pd.arrays.SparseArray([1.0, 2.0, 3.0]),
    "series": pd.Series([1, 2, 3], index=[7, 7, 7]),
    "unmasked": np.ma.masked_array([1.0, 2.0, 3.0]),
}
NO_NUMBERS = {
    "numerals": ["1", "2"],
    "numerals in a series": pd.Series(["1", "2"]),
    "bytes": [b"1", b"2"],
    "text": "12",
    "dates": DAYS,
    "dates in a series": pd.Series(DAYS),
    "dates with a zone": pd.Series(DAYS.tz_localize("UTC")),
    "dates in rows": [list(DAYS), [1.0, 2.0, 3.0]],
    "periods": pd.period_range("2024", periods=3),
    "complex": [1j, 2.0],
    "complex in a series": pd.Series([1j, 2.0]),
    "ragged": [[1.0], [1.0, 2.0]],
    "structure": np.zeros(3, [("a", float)]),
    "none": None,
    "mapping": {1: 2},
    "generator": (value for value in [1.0]),
    "object": object(),
}


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_every_kind_are_floats(values):
    assert_array_equal(floats(values), [1.0, 2.0, 3.0])
    assert floats(values).dtype == float


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT, float("nan"), Decimal("NaN")], ids=repr)
def test_what_is_missing_is_nan(missing):
    assert_array_equal(floats([1.0, missing]), [1.0, np.nan])


@pytest.mark.parametrize("values", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_not_made_one(values):
    with pytest.raises(ValueError, match="must be real numbers; convert text"):
        floats(values)


@pytest.mark.parametrize("spans", [pd.to_timedelta([1, 2], "D"), np.array([1, 2], "m8[s]")])
def test_spans_of_time_are_not_taken_for_their_nanoseconds(spans):
    with pytest.raises(ValueError, match="divide spans of time by pandas.Timedelta"):
        floats(spans)
    with pytest.raises(ValueError, match="must be real numbers"):
        floats([list(spans.astype("m8[s]")), [1.0, 2.0]])
    assert_array_equal(floats(pd.to_timedelta([1, 2], "D") / pd.Timedelta(days=1)), [1.0, 2.0])


def test_masked_values_are_not_taken_for_known():
    masked = np.ma.masked_array([1.0, 2.0], mask=[True, False])
    for values in (masked, [masked, [3.0, 4.0]]):
        with pytest.raises(ValueError, match="must not be masked; drop those points"):
            floats(values)


def test_numbers_beyond_floating_point_are_refused_or_infinite():
    with pytest.raises(ValueError, match="use another unit"):
        floats([10**400, 1])
    assert floats(np.array([np.finfo("longdouble").max]))[0] > 1e308


def test_a_result_keeps_its_record_when_the_readers_array_changes():
    t, y = np.arange(8.0), Logistic(9.0, 0.9, 4.0)(np.arange(8.0))
    result, before = fit(Logistic, t, y), y[0]
    t[0], y[0] = -5.0, 7.0
    assert (result.t[0], result.y[0]) == (0.0, before)


ODDS = np.arange(8) - 3.5 + 0.1 * (-1.0) ** np.arange(8)
ASKED = {
    "level": Logistic(80.0, 0.5, 9.0),
    "rate": Logistic(80.0, 0.5, 9.0).rate,
    "flow": Bass(80.0, 0.01, 0.4).flow,
    "substitution": substitution(range(8), 1 / (1 + np.exp(-ODDS))),
    "populations": LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0),
    "generations": NortonBass((100.0,), 0.01, 0.4),
    "products": UCRCD(m=100.0, p1=0.02, p2=0.01, q11=0.4, q12=0.1, q21=0.1, q22=0.4),
    "records": lambda t: simulate(
        Bass(80.0, 0.01, 0.4), t, noise=0.1, rng=np.random.default_rng(1)
    ),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize(
    "dates",
    [DAYS, pd.Series(DAYS), DAYS.to_numpy(), DAYS[0]],
    ids=["index", "series", "days", "day"],
)
def test_dates_are_not_taken_for_times_of_a_curve(ask, dates):
    with pytest.raises(ValueError, match=r"Dates become times with result\.time\(dates\)"):
        ask(dates)
    assert np.isfinite(ask([1, 2.5])).all()


def test_the_times_that_a_fit_makes_of_its_dates_give_its_levels():
    years = pd.date_range("2020-01-01", periods=8, freq="YS")
    result = fit(Logistic, years, [2, 4, 9, 17, 27, 36, 41, 44])
    assert_array_equal(result.curve(result.time(years)), result.fitted)
