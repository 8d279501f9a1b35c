import re

import numpy as np
import pandas as pd
import pytest

from uptake import Bass, BiLogistic, Curve, Logistic, ahead, candidates, middles, read_series


@pytest.fixture
def write(tmp_path):
    """Return a function that writes text to a file and returns its path."""

    def written(text, encoding="utf-8"):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return written


@pytest.mark.parametrize(
    ("times", "index"),
    [
        ("1979 1980", pd.PeriodIndex(["1979", "1980"], freq="Y")),
        ("2024Q4 2025Q1", pd.PeriodIndex(["2024Q4", "2025Q1"], freq="Q")),
        ("2024-12 2025-01", pd.PeriodIndex(["2024-12", "2025-01"], freq="M")),
        ("2024-12-31 2025-01-31", pd.DatetimeIndex(["2024-12-31", "2025-01-31"])),
        ("0.5 1.5", pd.Index([0.5, 1.5])),
    ],
)
def test_times_are_read_as_they_are_written(write, times, index):
    first, second = times.split()
    table = read_series(write(f"when, users ,sold\n{first},3,4.5\n{second},,6\n"))
    pd.testing.assert_index_equal(table.index, index, check_names=False)
    assert table.index.name == "when" and list(table) == ["users", "sold"]
    assert table["sold"].tolist() == [4.5, 6.0] and np.isnan(table["users"].iloc[1])


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "a header"),
        ("when,users\n", "no lines below the names"),
        ("when\n2024\n", "at least one of numbers"),
        ("when,users\n2024-01-01,3\n2024-13-01,4\n", "line 3: '2024-13-01' is no time"),
        ("when,users\n2024,3\n2024-02,4\n2025x,1\n", "line 3: '2024-02' is no time"),
        ("when,users\n2024-01-31,3\n2024-02,4\n", "line 3: '2024-02' is no time"),
        ("when,users\n2024-12,3\n2024-13,4\n", "mine.csv, line 3: '2024-13' is no time"),
        ("when,users\n0000,3\n0001,4\n", "mine.csv, line 2: '0000' is no time"),
        ("when,users\n2024-02-29,3\n2024-02-30,4\n", "line 3: '2024-02-30' is no time"),
        ("when,users\n1,3\n1e400,4\n", "line 3: '1e400' is no time"),
        ("when,users\n٢٠٢٤,1\n", "line 2: '٢٠٢٤' is no time"),
        (
            "when,users\n2024-03-30T00:00+01:00,3\n2024-03-31T00:00+02:00,4\n",
            r"mine.csv, line 3: the offset from UTC is \+02:00, and \+01:00 in line 2; write",
        ),
        ("when,users\n2024,inf\n2025,4\n", "line 2: users is 'inf', which is no finite number"),
        ("when,users\n2024,1\n2025,1e400\n", "line 3: users is '1e400', which is no finite"),
        ("\nwhen,users\n\n2024,3\n\n2025,x\n", "line 6: users is 'x'"),
        ("when,users\n2024,3\n\n2024,4\n", "line 4: 2024 does not come after 2024"),
        ("when;users\n2024-01;1,5\n2024-02;2,5\n", "separated by semicolons; export"),
        ("when\tusers\n2024-01\t1,5\n", "separated by tabs; export"),
        ("# mine, all\nwhen,users\n2024,3\n", "line 1 is a comment; drop"),
        ("when,users\n2024,1,234\n", "line 2 has 3 cells for 2 names; .* write 1,234 as 1234"),
        ("when,users ,users\n2024,1,2\n", "line 1 names 'users' twice; give"),
        ("when,users,\n2024,1,\n", "line 1: column 3 has no name; name it"),
        ('when,users\n2024,"1\n2025,2\n', "line 3, .* quotation"),
        ("when,users\n2025,3\n2024,4\n", "line 3: 2024 does not come after 2025; sort"),
        ("when,users\n2024,3\n2024,4\n", "add up or average repeated"),
        ("when,users\n2024,3\n2025,many\n", "line 3: users is 'many'"),
        ('when,users\n2024,3\n2025,"1,204"\n', "without separators of thousands"),
        ("when,users\n2024,3,\n2025,4,\n", "line 2 has 3 cells for 2 names; drop the commas"),
        ("when,users\n2024,3,9\n2025,4,9,9\n", "line 2 has 3 cells for 2 names"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_line_and_advice(write, text, advice):
    with pytest.raises(ValueError, match=advice):
        read_series(write(text))


def test_the_advice_on_semicolons_gives_a_file_that_is_read(write, monkeypatch):
    path = write("month;users\n2024-01;1,5\n2024-02;2,5\n")
    with pytest.raises(ValueError, match="pandas") as refusal:
        read_series(path)
    monkeypatch.chdir(path.parent)
    eval(re.search(r"pandas\..*$", str(refusal.value))[0], {"pandas": pd})  # noqa: S307
    assert read_series(path)["users"].tolist() == [1.5, 2.5]


def test_what_other_programs_add_to_a_file_is_passed_over(write):
    text = ',users,sold\r\n 2024-01 ,1\r\n\r\n2024-02,"2",5e-1\r\n,,\r\n'
    table = read_series(write(text, "utf-8-sig"))
    assert table.index.astype(str).tolist() == ["2024-01", "2024-02"] and table.index.name is None
    assert table["users"].tolist() == [1.0, 2.0] and table["sold"].iloc[1] == 0.5
    assert np.isnan(table["sold"].iloc[0])


def test_a_file_in_another_encoding_is_refused(write):
    with pytest.raises(ValueError, match="UTF-8"):
        read_series(write("when,größe\n2024,3\n", "latin-1"))


def test_times_go_on_at_the_spacing_of_the_record():
    months = pd.period_range("2024-11", periods=2, freq="M")
    assert ahead(months, 2).astype(str).tolist() == ["2025-01", "2025-02"]
    days = pd.DatetimeIndex(["2024-01-01", "2024-01-08", "2024-01-15"])
    assert ahead(days, 1)[0] == pd.Timestamp("2024-01-22")
    with pytest.raises(ValueError, match="two or more"):
        ahead(days[:1], 1)


def test_values_are_drawn_in_the_middle_of_periods_and_at_dates():
    quarter = middles(pd.period_range("2025Q1", periods=1, freq="Q"))[0]
    assert abs(quarter - pd.Timestamp("2025-02-15")) < pd.Timedelta(days=1)
    assert middles(pd.Index([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_the_curve_that_made_a_record_is_among_the_best_and_weights_add_to_one():
    edges = np.arange(25.0)
    flows = Bass(100.0, 0.01, 0.5).flow(edges) + np.random.default_rng(3).normal(0, 0.05, 24)
    found = candidates(edges, flows, kind="flow")
    table = found.table
    assert table["weight"].sum() == pytest.approx(1)
    assert table["aicc"].is_monotonic_increasing
    assert found.fits["Bass"].aicc < table["aicc"].min() + 6
    assert found.best.aicc == table["aicc"].iloc[0]
    # Sales that rise and fall are no exponential, which the search finds out.
    assert set(found.left_out) <= {"Exponential"}


def test_a_curve_that_cannot_be_fitted_is_left_out_with_the_reason():
    dates = pd.date_range("2020-01-01", periods=7, freq="YS")
    found = candidates(dates, [1.0, 2.1, 3.9, 8.2, 13.8, 20.1, 23.9])
    assert "Logistic" in found.fits
    assert "points" in found.left_out["BiLogistic"]
    assert "origin=" in found.left_out["Bass"]
    assert "Bass: starts at launch" in str(found)


def test_points_without_weight_carry_no_parameters():
    levels = [2.0, 4.0, 9.0, 17.0, 27.0, 36.0, 41.0, 44.0, 45.0, 45.5]
    found = candidates(
        range(10), levels, weights=[0, 0, 0, *[1] * 7], curves=[Logistic, BiLogistic]
    )
    assert list(found.fits) == ["Logistic"]
    assert found.left_out == {"BiLogistic": "needs 8 points, the record has 7"}


def test_a_record_that_begins_before_the_launch_is_left_to_curves_without_one():
    levels, options = [2.0, 4.0, 9.0, 17.0, 27.0, 36.0, 41.0], {"curves": [Logistic, Bass]}
    found = candidates(np.arange(7) - 3, levels, **options)
    dated = candidates(
        pd.date_range("2020", periods=7, freq="YS"), levels, origin="2023-01-01", **options
    )
    for each in (found, dated):
        assert list(each.fits) == ["Logistic"]
        assert re.fullmatch(
            r"starts at launch, [23](\.001)? after the record begins; give an earlier origin=",
            each.left_out["Bass"],
        )


@pytest.mark.parametrize(
    "curves", [["Bass"], [Bass(1.0, 0.1, 0.2)], [None], [Curve], Bass, None, 3]
)
def test_what_is_no_list_of_curves_is_refused(curves):
    with pytest.raises(ValueError, match=r"curves (is a list of|holds) curves"):
        candidates(range(10), range(10), curves=curves)


def test_a_curve_named_twice_is_refused():
    with pytest.raises(ValueError, match="curves holds Logistic twice"):
        candidates(range(10), range(10), curves=[Logistic, Bass, Logistic])


def test_a_record_for_which_nothing_can_be_fitted_says_why():
    with pytest.raises(ValueError, match="BiLogistic needs 8 points"):
        candidates(range(5), [1.0, 2.0, 3.0, 5.0, 8.0], curves=[BiLogistic])
    with pytest.raises(ValueError, match="NaN"):
        candidates(range(6), [1.0, 2.0, np.nan, 5.0, 8.0, 9.0], curves=[Logistic])
