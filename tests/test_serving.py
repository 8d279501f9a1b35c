"""Who serves (C13): hosts' dollars, their common slope, and bounds on what is not seen."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from uptake import datasets
from uptake.openclosed import FREEZE, hosting, known
from uptake.openclosed.hosting import (
    revenue_chance,
    revenues,
    serving,
    unreported,
)

# --- dollars --------------------------------------------------------------------------------------


def test_the_common_slope_and_its_scatter_are_those_of_statsmodels():
    host = pd.Series(["a", "a", "a", "b", "b"])
    years = pd.Series([0.0, 0.7, 1.0, 0.5, 1.2])
    logs = np.array([0.1, 0.9, 1.0, -2.0, -1.8])
    design = pd.get_dummies(host).assign(years=years).astype(float)
    model = sm.OLS(logs, design).fit()
    value, half, low, high = revenues.slope_of_all(host, years, np.array([logs] * 3))
    assert_allclose(value, model.params["years"])
    assert_allclose([low, high], value)  # figures without a range
    assert_allclose([value - half, value + half], model.conf_int().loc["years"])


def test_the_range_of_slopes_is_that_of_all_corners_of_the_figures():
    host, years = pd.Series(["a", "a", "a", "b", "b"]), pd.Series([0.0, 0.7, 1.0, 0.5, 1.2])
    middle = np.array([0.1, 0.9, 1.0, -2.0, -1.8])
    wide = np.array([0.1, 0.2, 0.3, 0.1, 0.4])
    logs = np.array([middle - wide, middle, middle + wide])
    corners = []
    for signs in itertools.product([-1, 1], repeat=5):
        corner = middle + np.array(signs) * wide
        corners.append(revenues.slope_of_all(host, years, np.array([corner] * 3))[0])
    _, _, low, high = revenues.slope_of_all(host, years, logs)
    assert_allclose([low, high], [min(corners), max(corners)])


def test_a_host_with_one_figure_does_not_move_the_slope():
    table = hosting.ratios()
    counts = table["host"].value_counts()
    seen = table[table["host"].map(counts) > 1]
    found = hosting.revenue_ratio_trend()
    assert found.n == len(seen) < len(table)
    assert any("fireworks, together" in concern for concern in found.concerns)


def test_laboratories_are_read_between_their_figures_on_a_line_in_logs():
    table = known("revenue").astype({"series": str})
    rows = table[table["series"] == "revenue_anthropic_annualised_usd"].sort_values("date")
    first, last = rows.iloc[-5], rows.iloc[-4]
    middle = first["date"] + (last["date"] - first["date"]) / 2
    days = pd.Series([first["date"], middle.normalize()])
    found = revenues.lab_revenue(days, labs="anthropic")
    assert_allclose(found["value"][0], first["value"])
    share = (days[1] - first["date"]) / (last["date"] - first["date"])
    expected = first["value"] ** (1 - share) * last["value"] ** share
    assert_allclose(found["value"][1], expected)
    both = revenues.lab_revenue(days)
    assert (both["low"] <= both["value"]).all() and (both["value"] <= both["high"]).all()


def test_a_day_far_from_any_figure_is_refused():
    with pytest.raises(ValueError, match="have no figure near"):
        revenues.lab_revenue(pd.Series([pd.Timestamp("2026-09-01")]))


def test_net_sales_are_an_interval_below_gross_sales():
    day = pd.Series([pd.Timestamp("2026-04-06")])
    gross, net = (revenues.lab_revenue(day, labs="anthropic", gross=g) for g in ("gross", "net"))
    most = revenues.CLOUD_PART[1]
    assert_allclose(net["high"], gross["high"])
    assert_allclose(net["low"], (1 - most) * gross["low"])
    assert_allclose(net["value"], (1 - most / 2) * gross["value"])


def test_a_quarter_counts_four_times_at_its_middle():
    rows = hosting.host_figures("with_compute")
    raw = known("later").astype({"series": str})
    raw = raw[raw["series"] == "coreweave_quarter_revenue_usd"].sort_values("date")
    found = rows[rows["host"] == "coreweave"]
    assert_allclose(found["value"], 4 * raw["value"])
    assert (found["date"].to_numpy() - raw["date"].to_numpy() == np.timedelta64(45, "D")).all()


def test_no_figure_of_a_host_is_later_than_the_freeze():
    public = datasets.load("later")
    last = public[public["series"].astype(str) == "fireworks_runrate_usd"]["known"].max()
    assert last > FREEZE
    assert (hosting.host_figures()["date"] <= FREEZE).all()


def test_the_simulated_slope_is_centred_and_covered():
    found = revenue_chance.revenue_power(0.2, np.random.default_rng(4), size=800)
    assert_allclose(found.slopes.mean(), 0.2, atol=0.05)
    assert found.coverage > 0.95 and found.power < 0.1


def test_the_sum_of_hosts_is_bounded_by_hand(monkeypatch):
    days = pd.to_datetime(["2025-03-31", "2026-03-31", "2026-03-31"])
    figures = pd.DataFrame({"host": ["a", "a", "b"], "date": days})
    for end, values in (("low", [1, 2, 3]), ("value", [1, 2, 3]), ("high", [1, 2, 4])):
        figures[end] = np.array(values, float)
    labs = pd.DataFrame({"low": [10.0, 20.0], "value": [10.0, 20.0], "high": [10.0, 20.0]})
    monkeypatch.setattr(unreported, "host_figures", lambda hosts: figures)
    monkeypatch.setattr(unreported, "lab_revenue", lambda days: labs)
    found = unreported.sum_bounds()
    assert_allclose(found.iloc[0], [1 / 10, (1 + 4) / 10])  # b may have been nothing, or as large
    assert_allclose(found.iloc[1], [5 / 20, 6 / 20])
    years = 365 / 365.25
    assert_allclose(found.loc["change"], np.log([0.25 / 0.5, 0.3 / 0.1]) / years)


def test_a_host_that_grows_as_the_laboratories_keeps_its_ratio(monkeypatch):
    found = hosting.host_since_freeze()
    assert found.low <= found.value <= found.high and found.n == 2
    table = unreported.host_figures()
    last = table[table["host"] == "fireworks"].iloc[-1]
    scaled = table.assign(**{end: table[end] * 2 for end in revenues.ENDS})
    monkeypatch.setattr(unreported, "host_figures", lambda hosts="inference": scaled)
    new = pd.Timestamp("2026-07-16")
    years = (new - last["date"]).days / 365.25
    assert_allclose(hosting.host_since_freeze().value, found.value - math.log(2) / years)


# --- who serves -----------------------------------------------------------------------------------


def test_the_log_ratio_of_two_sides_turns_its_sign_when_they_are_exchanged():
    pair = ("clouds", "independent hosts")
    makers = ("makers of closed models", "makers of open models")
    found, turned = serving.log_ratio_trend(pair), serving.log_ratio_trend(makers)
    assert_allclose([turned.value, turned.low, turned.high],
                    [-found.value, -found.high, -found.low])  # fmt: skip
    with pytest.raises(ValueError, match="name each"):
        serving.log_ratio_trend(("clouds",), ("clouds",))


def test_the_slope_of_hosts_is_that_of_least_squares_on_weeks():
    table = serving.weekly(serving.host_shares())
    share = table["clouds"]
    slope = np.polyfit(table.index, np.log(share / (1 - share)), 1)[0]
    assert_allclose(serving.log_ratio_trend(("clouds",)).value, slope * 365.25 / 7)


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5))
@examples(60)
def test_every_table_of_cells_lies_within_the_bounds_of_its_margins(parts):
    cells = np.array(parts) / sum(parts)
    names = list(serving._CELLS)
    at_home, elsewhere, at_makers, open_away, open_home = cells
    one = lambda value: pd.Series([value])  # noqa: E731
    bounds = serving.frechet(
        one(at_home + elsewhere + at_makers),
        one(at_home),
        one(at_makers + open_home),
        one(elsewhere + open_away),
    )
    for name, cell in zip(names, cells, strict=True):
        assert bounds.loc[name, "low"] - 1e-12 <= cell <= bounds.loc[name, "high"] + 1e-12


def test_bounds_are_reached_and_impossible_margins_refused():
    one = pd.Series([0.5])
    found = serving.frechet(one, one * 0.4, one * 0.6, one)
    assert found.loc["closed, elsewhere"].tolist() == [0.0, 0.3]
    assert_allclose(found.loc["open, at their makers"], [0.0, 0.3])
    tight = serving.frechet(one * 1.6, one * 0.6, one * 0.2, one * 1.2)
    assert_allclose(tight.loc["closed, elsewhere"], [0.4, 0.5])
    with pytest.raises(ValueError, match="fall short"):
        serving.frechet(one, one * 1.2, one * 0.2, one * 0.6)


def test_counted_cells_come_after_the_freeze_and_add_up_to_the_rows():
    rows = datasets.load("router_hosts_by_weights").astype({"host_class": str, "weights": str})
    rows = rows[rows["kind"] == "exact"]
    assert (rows["known"] > FREEZE).all()
    found = serving.exact_cells()
    days = rows["date"].nunique()
    home = rows[(rows["host_class"] == "closed_lab_firstparty") & (rows["weights"] == "closed")]
    assert_allclose(found.loc["closed, at their makers", "mean"], home["share"].sum() / days)
