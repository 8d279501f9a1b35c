"""Series go in as they come, results print, show and travel as a notebook's reader expects."""

import copy
import pickle
from datetime import date
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from uptake import (
    Bass,
    Exponential,
    Gompertz,
    Interval,
    Logistic,
    LotkaVolterra,
    ahead,
    candidates,
    compete,
    fit,
    fit_many,
    rolling_origin,
    share,
    substitution,
)
from uptake.forecasting import Forecast, Naive
from uptake.intervals import figure

T = np.arange(12.0)
NOISE = np.sin(3 * T)
LEVELS = Logistic(50.0, 0.9, 5.0)(T) + NOISE
FLOWS = 20 * Logistic(1.0, 0.9, 5.0).flow(np.arange(13)) + 2 + 0.2 * NOISE
DATED = pd.Series(LEVELS, index=pd.date_range("2012-01-01", periods=12, freq="YS"))
YEARLY = pd.Series(FLOWS, index=pd.period_range("2012", periods=12, freq="Y"))
EDGES = pd.date_range("2012-01-01", periods=13, freq="YS")
BOTH = {"<a>": (T, LEVELS), "b": (T, 2 * LEVELS + np.cos(T))}
PAIR = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)(T) + [NOISE, np.cos(5 * T)]

MAKERS = {
    "fit": lambda: fit(Logistic, T, LEVELS),
    "correlated": lambda: fit(Logistic, T, LEVELS, errors="ar1"),
    "dated": lambda: fit(Logistic, DATED.index, DATED),
    "many": lambda: fit_many(Logistic, T, [LEVELS, LEVELS + 1]),
    "shared": lambda: share(Logistic, BOTH, ["r"], draws=0),
    "competition": lambda: compete(LotkaVolterra, T, {"<a>": PAIR[0], "b": PAIR[1]}),
    "candidates": lambda: candidates(T, LEVELS, curves=[Logistic, Exponential, Gompertz]),
    "interval": lambda: Interval(1.0, float("inf")),
}
made = cache(lambda name: MAKERS[name]())
every_result = pytest.mark.parametrize("name", MAKERS)


# Series -------------------------------------------------------------------------------------------


def test_a_dated_series_is_fitted_as_its_numbers_are():
    plain = fit(Logistic, DATED.index.to_numpy(), DATED.to_numpy()).params
    assert fit(Logistic, DATED.index, DATED).params == plain
    many = fit_many(Logistic, DATED.index, pd.DataFrame([DATED, DATED]))
    assert_allclose(many.params.iloc[1], list(plain.values()), rtol=1e-6)
    assert candidates(DATED.index, DATED, curves=[Logistic]).best.params == plain


def test_rows_of_a_frame_keep_their_labels():
    frame = pd.DataFrame([LEVELS, LEVELS + 1, 2.0**T], index=["open", "closed", "away"])
    fits = fit_many(Logistic, T, frame)
    assert fits.params.index.tolist() == ["open", "closed", "away"]
    assert_frame_equal(
        fits.params.reset_index(drop=True), fit_many(Logistic, T, frame.to_numpy()).params
    )
    assert fits.curve(1).m == fits.params.loc["closed", "m"]


def test_a_series_by_periods_is_fitted_as_flows_between_their_edges():
    options = {"kind": "flow", "origin": "2012-01-01"}
    for curve in (Bass, Logistic):
        plain = fit(curve, EDGES, FLOWS, **options).params
        assert fit(curve, YEARLY.index, YEARLY, **options).params == plain
    found = candidates(YEARLY.index, YEARLY, curves=[Bass], **options)
    assert found.best.params == fit(Bass, EDGES, FLOWS, **options).params


def test_weights_may_be_a_series_in_the_records_order():
    weights = pd.Series(np.linspace(0.5, 1.0, 12), index=DATED.index)
    weighted = fit(Logistic, DATED.index, DATED, weights=weights)
    assert weighted.params == fit(Logistic, DATED.index, LEVELS, weights=weights.to_numpy()).params
    assert weighted.params != fit(Logistic, DATED.index, DATED).params


def test_several_series_are_shared_and_compete_as_their_numbers_do():
    other = 2 * DATED + np.cos(T)
    series = {"a": (DATED.index, DATED), "b": (other.index, other)}
    plain = {"a": (DATED.index, LEVELS), "b": (DATED.index, other.to_numpy())}
    one, two = (share(Logistic, each, ["r"], draws=0).params for each in (series, plain))
    assert_frame_equal(one, two)
    pair = pd.DataFrame(PAIR.T, columns=["a", "b"], index=DATED.index)
    one = compete(LotkaVolterra, pair.index, {name: pair[name] for name in pair}).params
    assert one == compete(LotkaVolterra, pair.index, {"a": PAIR[0], "b": PAIR[1]}).params


def test_the_columns_of_a_frame_are_records():
    pair = pd.DataFrame(PAIR.T, columns=["a", "b"], index=DATED.index)
    one = compete(LotkaVolterra, pair.index, pair)
    assert one.params == compete(LotkaVolterra, pair.index, {"a": PAIR[0], "b": PAIR[1]}).params
    assert list(one.records) == ["a", "b"]
    pair.loc[pair.index[:3], "b"] = np.nan
    plain = {"a": (pair.index, PAIR[0]), "b": (pair.index[3:], PAIR[1][3:])}
    one, two = (share(Logistic, each, ["r"], draws=0) for each in (pair, plain))
    assert_frame_equal(one.params, two.params)
    assert_frame_equal(one.table, two.table)


def test_the_columns_of_a_frame_of_periods_are_flows():
    other = YEARLY[2:] * 3
    frame = pd.DataFrame({"a": YEARLY, "b": other})
    plain = {"a": (YEARLY.index, YEARLY), "b": (other.index, other)}
    options = {"kind": "flow", "draws": 0}
    one, two = (share(Logistic, each, ["r"], **options) for each in (frame, plain))
    assert_frame_equal(one.params, two.params)
    with pytest.raises(ValueError, match="need periods as its index"):
        share(Logistic, frame.to_timestamp(), ["r"], **options)
    frame.loc["2016", "a"] = np.nan
    with pytest.raises(ValueError, match="record 'a': the periods leave a gap"):
        share(Logistic, frame, ["r"], **options)


@pytest.mark.parametrize(
    ("columns", "advice"),
    [(["a", "a"], "'a' names two columns; give each"), ([1, 2], r"rename\(columns=str\)")],
)
def test_columns_need_names_and_each_its_own(columns, advice):
    frame = pd.DataFrame(PAIR.T, columns=columns)
    for call in (lambda: share(Logistic, frame, ["r"]), lambda: compete(LotkaVolterra, T, frame)):
        with pytest.raises(ValueError, match=advice):
            call()


def test_rolling_origins_and_shares_take_series():
    for series, kind in ((DATED, "stock"), (YEARLY, "flow")):
        made = rolling_origin([Naive()], series.index, series, [1], 9, kind=kind)
        again = rolling_origin([Naive()], series.index, series.to_numpy(), [1], 9, kind=kind)
        assert_frame_equal(made, again)
        assert len(made) == 3
    part = DATED / 60
    assert str(substitution(part.index, part)) == str(substitution(part.index, part.to_numpy()))


# Text and HTML ------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Collects the text of a page and checks that every tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(result):
    page = Reader()
    page.feed(result._repr_html_())
    assert page.open == []
    return page.text


@every_result
def test_a_result_shows_in_text_and_html_and_twice_the_same(name):
    result = made(name)
    assert "array(" not in str(result)
    assert result._repr_html_() == result._repr_html_()
    assert read(result)


def test_intervals_and_concerns_stand_in_the_html_in_words():
    early = fit(Bass, T[:6], [840, 1470, 2110, 4000, 7590], kind="flow")
    text = read(early)
    assert str(early.interval("m")) in text
    assert early.concerns
    assert set(early.concerns) <= set(text)
    assert read(Interval(160.0, float("inf"))) == ["160.0 or more, not bounded above (95%)"]


def test_no_ceiling_is_shown_without_its_interval_and_how_much_of_it_is_seen():
    result = made("fit")
    said = f"{result.interval('m')}; over 99% observed"
    assert f"  m = {result.params['m']:.2f}: {said}" in str(result)
    assert said in read(result)
    early = fit(Logistic, T[:7], LEVELS[:7])
    assert f"{early.interval('m')}; {early.fraction_observed:.0%} observed" in read(early)
    assert 0.5 < early.fraction_observed < 0.99
    # What has none, or has run away, has no share of it either.
    for none in (fit(Exponential, T, LEVELS), fit(Bass, T[:6], 2.0 ** T[:5], kind="flow")):
        assert "observed" not in str(none)


def test_joint_fits_show_for_each_ceiling_how_much_of_it_is_seen():
    for shared in (["r"], ["r", "m"]):
        result = share(Logistic, BOTH, shared, draws=0)
        first, second = result.fraction_observed.values()
        assert_allclose(first, result.curves["<a>"](T[-1]) / result.params["m"].iloc[0])
        if "m" in shared:
            said = {f"{result.interval('m')}; observed: <a> {first:.0%}, b {second:.0%}"}
        else:
            said = {f"{result.interval('m', name)}; {part:.0%} observed"
                    for name, part in result.fraction_observed.items()}  # fmt: skip
        text = [each.replace("over 99%", "100%") for each in read(result)]
        assert said <= set(text)
        assert all(each in str(result).replace("over 99%", "100%") for each in said)
    rivals = made("competition")
    levels = rivals.system([T[-1]])[:, 0]
    for name, level in zip(("m1", "m2"), levels, strict=True):
        assert_allclose(rivals.fraction_observed[name], level / rivals.params[name])
        said = f"{rivals.interval(name)}; "
        assert f"  {name} = {figure(rivals.params[name])}: {said}" in str(rivals)
        assert any(each.startswith(said) and "observed" in each for each in read(rivals))


def test_names_of_records_are_escaped():
    for name in ("shared", "competition"):
        assert "<a>" in " ".join(read(made(name)))
        assert "<a>" not in made(name)._repr_html_()


def test_many_fits_print_how_many_settled_and_their_spread():
    lines = str(made("many")).splitlines()
    assert lines[0] == "Logistic, 2 records: 2 searches settled, 2 at an interior optimum"
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["m", "r", "t0"]
    # Falling flows are those of no exponential, and still are among the records.
    fits = fit_many(Exponential, range(7), [[9, 7, 5, 4, 3, 2], [2, 3, 4, 5, 7, 9]], kind="flow")
    said = "2 records: 1 searches settled, 1 at an interior optimum, 1 with a scale that no curve"
    assert said in str(fits)


# Copies -------------------------------------------------------------------------------------------

COPIES = [lambda each: pickle.loads(pickle.dumps(each)), copy.copy, copy.deepcopy]
every_copy = pytest.mark.parametrize("copied", COPIES, ids=["pickle", "copy", "deepcopy"])


@every_copy
@every_result
def test_a_copy_says_what_the_original_says(name, copied):
    result = made(name)
    before = str(result)  # what is worked out on demand must not stand in the way
    assert str(copied(result)) == before


@every_copy
def test_curves_and_intervals_are_equal_to_their_copies_and_fits_by_value(copied):
    result = made("fit")
    result.interval("peak")
    result.interval(lambda curve: curve.when(0.9))
    again = copied(result)
    assert again.curve == result.curve
    assert again.interval("peak") == result.interval("peak")
    assert again != result  # a fit is itself, like an array holder; compare its curve and table
    assert_frame_equal(again.table, result.table)
    assert (again.draws(5, np.random.default_rng(1)).params.to_numpy()
            == result.draws(5, np.random.default_rng(1)).params.to_numpy()).all()  # fmt: skip


@every_copy
def test_many_fits_and_shared_ones_keep_their_numbers(copied):
    assert_frame_equal(copied(made("many")).params, made("many").params)
    shared, again = made("shared"), copied(made("shared"))
    assert_frame_equal(again.table, shared.table)
    assert again.interval("m", "b") == shared.interval("m", "b")
    assert copied(made("competition")).interval("r1") == made("competition").interval("r1")
    assert_frame_equal(copied(made("candidates")).table, made("candidates").table)


@every_copy
def test_a_forecast_on_record_equals_its_copies(copied):
    forecast = Forecast(
        series="sales",
        unit="units",
        made_on=date(2020, 1, 2),
        known_until=date(2020, 1, 1),
        model="drift",
        targets=(date(2021, 1, 1),),
        levels=(0.1, 0.5, 0.9),
        quantiles=((1.0, 2.0, 3.0),),
        data_sha256="0" * 64,
    )
    assert copied(forecast) == forecast


def test_a_forecast_for_periods_is_labelled_by_them():
    years = pd.period_range("2012", periods=12, freq="Y")
    levels = Logistic(100.0, 0.5, 6.0)(np.arange(12.0)) + np.random.default_rng(0).normal(0, 1, 12)
    coming = ahead(years, 2)
    band = fit(Logistic, years, levels).forecast(coming)
    assert band.index.equals(coming.rename("time")) and band.loc["2025"].name == coming[1]
    assert band.reindex(coming).notna().all(axis=None)


def test_a_series_in_another_order_than_the_times_is_refused():
    mixed = DATED.sort_values(ascending=False)
    with pytest.raises(ValueError, match=r"y has the times as its labels.*give y.reindex\(t\)"):
        fit(Logistic, DATED.index, mixed)
    with pytest.raises(ValueError, match="give weights.reindex"):
        fit(Logistic, DATED.index, DATED, weights=mixed)
    again = fit(Logistic, DATED.index, mixed.reindex(DATED.index))
    assert again.params == fit(Logistic, DATED.index, DATED).params


@pytest.mark.parametrize(
    ("index", "coming"),
    [
        (pd.RangeIndex(4), [4.0, 5.0]),
        ([2020, 2021], [2022.0, 2023.0]),
        (pd.date_range("2023-10", periods=5, freq="MS"), ["2024-03-01", "2024-04-01"]),
        (
            pd.DatetimeIndex(["2020-01-01", "2020-04-01", "2020-07-01"]),
            ["2020-10-01", "2021-01-01"],
        ),
    ],
    ids=["range", "list", "months", "quarters"],
)
def test_times_ahead_go_on_as_the_index_does(index, coming):
    found = ahead(index, 2)
    expected = pd.DatetimeIndex(coming) if isinstance(coming[0], str) else pd.Index(coming)
    assert found.tolist() == expected.tolist()
