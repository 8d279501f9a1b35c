"""Host prices: choices, samples, dispersion, parts that add up to a mean, and the freeze."""

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from uptake import datasets
from uptake.openclosed import FREEZE, hosting, known
from uptake.openclosed.hosting import scoring
from uptake.openclosed.hosting.jumps import repriced
from uptake.openclosed.hosting.panels import block
from uptake.openclosed.hosting.spread import few_changes
from uptake.openclosed.outliers import far_from_median

JANUARY, FEBRUARY, MARCH = pd.date_range("2026-01-01", periods=3, freq="MS")


def listing(*rows):
    """Return a table of (month, model, host, price)."""
    table = pd.DataFrame(rows, columns=["month", "model", "host", "price"])
    return table.assign(developer=table["model"])


# --- prices and samples ---------------------------------------------------------------------------


def test_every_open_row_of_the_list_is_kept_or_counted():
    for choices in ({}, {"variants": "standard"}, {"outliers": "kept"}, {"source": "litellm"}):
        found = hosting.host_prices(**choices)
        rows = known("api_prices")
        first = {"models.dev": "2025-06-01", "litellm": "2024-11-01"}
        source = choices.get("source", "models.dev")
        rows = rows[(rows["list"] == source) & (rows["month"] >= first[source])]
        open_rows = (rows["weights"] == "open").sum()
        assert len(found.table) + found.left_out.sum() == open_rows


def test_the_blend_is_worked_by_hand_and_the_cheapest_serving_counts():
    row = {"list": "models.dev", "month": JANUARY, "weights": "open", "developer": "d"}
    row |= {"host": "h", "model": "m", "outlier": False}
    rows = pd.DataFrame(
        [
            row | {"variant": None, "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 5.0},
            row | {"variant": "fp8", "input_usd_per_mtok": 0.5, "output_usd_per_mtok": 1.0},
        ]
    )
    from uptake.openclosed.hosting.prices import of_rows

    choices = {"source": "models.dev", "outliers": "left_out", "weights": "open"}
    cheapest = of_rows(rows, blend="3:1", variants="cheapest", **choices)
    plain = of_rows(rows, blend="9:1", variants="standard", **choices)
    assert_allclose(cheapest.table["price"], [0.625])
    assert_allclose(plain.table["price"], [1.4])
    assert plain.left_out["not the standard serving"] == 1


def test_no_price_is_later_than_the_freeze():
    for source in ("models.dev", "litellm"):
        assert hosting.host_prices(source=source).table["month"].max() <= FREEZE


def test_outliers_are_judged_by_prices_known_at_the_freeze():
    whole = datasets.load("api_prices")
    assert far_from_median(whole).tolist() == whole["outlier"].astype(bool).tolist()
    rows = known("api_prices")
    rows = rows[(rows["list"] == "litellm") & (rows["month"] >= "2024-11-01")]
    early = far_from_median(known("api_prices"))[rows.index] & (rows["weights"] == "open")
    assert early.sum() != rows.loc[rows["weights"] == "open", "outlier"].sum()
    assert hosting.host_prices(source="litellm").left_out["outliers"] == early.sum()


def test_the_line_under_a_figure_names_its_list():
    assert "models.dev/api.json" in hosting.source_line("models.dev")
    assert "litellm" in hosting.source_line("litellm")
    with pytest.raises(ValueError, match="use one of"):
        hosting.source_line("tokencost")


@pytest.mark.parametrize("name", ["source", "blend", "variants", "outliers", "weights"])
def test_an_unknown_choice_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"{name} is 'nonsense'"):
        hosting.host_prices(**{name: "nonsense"})


@examples(60)
@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=2, max_size=6))
def test_the_block_is_the_best_of_all_runs_of_months(listed):
    listed, best = np.array(listed), 0
    for first in range(5):
        for last in range(first + 2, 6):
            hosts = listed[:, first:last].all(axis=1).sum()
            best = max(best, hosts * (last - first - 1) if hosts >= 2 else 0)
    hosts, first, last = block(listed, 2)
    assert hosts.size * max(last - first - 1, 0) == best
    assert listed[hosts, first:last].all()


def test_fixed_pairs_are_the_same_hosts_in_every_month():
    rows = hosting.followed()
    hosts = rows.groupby(["model", "month"])["host"].agg(frozenset)
    assert (hosts.groupby("model").agg(lambda sets: len(set(sets))) == 1).all()
    assert hosts.map(len).min() >= 3
    months = rows.groupby("model")["month"].agg(["min", "max", "nunique"])
    span = 12 * (months["max"].dt.year - months["min"].dt.year)
    span += months["max"].dt.month - months["min"].dt.month + 1
    assert (span == months["nunique"]).all()  # without a hole


def test_the_blend_does_not_change_who_is_followed():
    keys = [
        hosting.followed(blend=blend)[["model", "month", "host"]] for blend in ("3:1", "1:1", "9:1")
    ]
    assert keys[0].equals(keys[1]) and keys[0].equals(keys[2])


def test_dispersion_is_worked_by_hand():
    rows = listing(
        (JANUARY, "m", "a", 1.0), (JANUARY, "m", "b", 2.0), (JANUARY, "m", "c", 4.0),
        (FEBRUARY, "m", "a", 3.0), (FEBRUARY, "m", "b", 3.0), (FEBRUARY, "n", "a", 9.0),
    )  # fmt: skip
    expected = {"sd_log": np.log(2), "cv": np.sqrt(7 / 3) / (7 / 3), "median_over_min": np.log(2)}
    for measure, value in expected.items():
        found = hosting.dispersion(rows, measure)
        assert_allclose(found["dispersion"], [value, 0.0])
        assert found["hosts"].tolist() == [3, 2]
        doubled = hosting.dispersion(rows.assign(price=2 * rows["price"]), measure)
        assert_allclose(doubled["dispersion"], found["dispersion"])


# --- the trend ------------------------------------------------------------------------------------


def test_prices_stand_until_their_unit_reprices():
    rows = listing(
        (JANUARY, "m", "a", 1.0), (JANUARY, "m", "b", 4.0), (FEBRUARY, "m", "a", 3.0),
        (FEBRUARY, "m", "b", 9.0), (FEBRUARY, "n", "a", 5.0), (FEBRUARY, "n", "b", 7.0),
        (MARCH, "n", "a", 6.0), (MARCH, "n", "b", 7.0),
    )  # fmt: skip
    nothing = np.zeros((2, 3), bool)
    assert_allclose(repriced(rows, nothing)["price"], [1, 4, 1, 4, 5, 7, 5, 7])
    february = nothing.copy()
    february[0, 1] = True  # host a, after the start of m and in the first month of n
    assert_allclose(repriced(rows, february)["price"], [1, 4, 2, 4, 5, 7, 5, 7])
    single = np.zeros((4, 3), bool)
    single[3, 2] = True  # host b, model n
    found = repriced(rows, single, unit="price")["price"]
    assert_allclose(found, [1, 4, 1, 4, 5, 7, 5, np.sqrt(35)])


def test_a_trend_says_on_how_few_changes_it_rests():
    rows = hosting.followed()
    moves = hosting.moves(rows)
    moved = moves[moves["change"] != 0]
    busiest = moved["host"].value_counts()
    text = few_changes(rows)
    assert f"{len(moved)} price changes" in text
    assert f"{busiest.iloc[0]} of them at {busiest.index[0]}" in text
    assert text in hosting.dispersion_trend(by_host=False).concerns
    assert few_changes(rows[rows["month"] == JANUARY]).endswith("no price changes")


# --- what makes a mean move -----------------------------------------------------------------------


def test_the_parts_of_a_falling_mean_are_worked_by_hand():
    e = np.e
    rows = listing(
        (JANUARY, "a", "x", e**2), (JANUARY, "a", "y", e**2), (JANUARY, "b", "x", e**4),
        (FEBRUARY, "a", "x", e**1), (FEBRUARY, "a", "z", e**0), (FEBRUARY, "c", "x", e**1.5),
    )  # fmt: skip
    # Model a stands: 2 to 1/2; on the same host -1, so hosts bring -1/2. New model c at 3/2 among
    # two: (1.5 - 0.5) / 2. Model b left at 4 among two: -(4 - 2) / 2.
    found = hosting.parts(rows)[0, 0]
    assert_allclose(found, [-1.0, -0.5, 0.5, -1.0])
    assert_allclose(found.sum(), (0.5 + 1.5) / 2 - (2 + 4) / 2)


@pytest.mark.parametrize("statistic", ["price", "dispersion"])
@pytest.mark.parametrize("source", ["models.dev", "litellm"])
def test_the_parts_add_up_to_the_change_of_the_mean(statistic, source):
    table = hosting.host_prices(source=source).table
    table = table[table["month"] >= "2025-11-01"]
    least = 1 if statistic == "price" else 3
    found = hosting.parts(table, statistic, minimum_hosts=least)[0].sum()
    ends = []
    for month in (table["month"].max(), table["month"].min()):
        logs = np.log(table[table["month"] == month].set_index("model")["price"]).groupby("model")
        value = logs.mean() if statistic == "price" else logs.std()
        ends.append(value[logs.size() >= least].mean())
    assert_allclose(found, ends[0] - ends[1])


def test_a_price_cut_is_a_cut_and_an_entry_is_an_entry():
    rows = listing((JANUARY, "a", "x", 2.0), (FEBRUARY, "a", "x", 1.0))
    assert_allclose(hosting.parts(rows)[0, 0], [-np.log(2), 0, 0, 0])
    rows = listing((JANUARY, "a", "x", 2.0), (FEBRUARY, "a", "x", 2.0), (FEBRUARY, "b", "x", 1.0))
    assert_allclose(hosting.parts(rows)[0, 0], [0, 0, -np.log(2) / 2, 0])


def test_the_cheapest_of_more_hosts_falls_though_nobody_cuts():
    start = listing((pd.Timestamp("2025-12-01"), "old", "x", 1.0))
    rows = [(JANUARY, "m", "a", 4.0), (FEBRUARY, "m", "a", 4.0), (FEBRUARY, "m", "b", 1.0)]
    found = hosting.cheapest_paths(
        pd.concat([start, listing(*rows)]),
        np.random.default_rng(0),
        months=1,
        minimum_hosts=2,
        shuffles=4000,
    )
    assert_allclose(found["cheapest"], [0, -np.log(4)])
    assert_allclose(found["no host changes"], [0, -np.log(4)])
    # Dealt at random, the first host has the lower price half of the time.
    assert_allclose(found["order shuffled"][1], -np.log(4) / 2, rtol=0.05)
    assert_allclose(found["median"], [0, -np.log(2)])  # geometric mean of 4 and 1 is 2


def test_a_cut_moves_the_cheapest_and_not_the_path_without_changes():
    start = listing((pd.Timestamp("2025-12-01"), "old", "x", 1.0))
    rows = [(JANUARY, "m", "a", 4.0), (FEBRUARY, "m", "a", 2.0)]
    table = pd.concat([start, listing(*rows)])
    found = hosting.cheapest_paths(table, np.random.default_rng(0), months=1, minimum_hosts=1)
    assert_allclose(found.loc[1, ["cheapest", "no host changes"]].tolist(), [-np.log(2), 0])
    with pytest.raises(ValueError, match="ask for fewer"):
        hosting.cheapest_paths(table, np.random.default_rng(0), months=1, minimum_hosts=9)


# --- rivals and upkeep ----------------------------------------------------------------------------


def test_focal_shares_follow_from_the_price_list():
    focal = known("focal_pricing")
    parts = focal[["share_equal", "share_below", "share_above"]].sum(axis=1)
    assert_allclose(parts, 1, atol=2e-3)
    last = focal[focal["month"] == "2026-05-01"]
    table = hosting.host_prices().table
    prices = table[table["month"] == "2026-05-01"].groupby("model")["price"]
    for row in last.itertuples():
        over = prices.get_group(row.model) / row.first_party_usd_per_mtok
        # One of those at the developer's price is the developer.
        equal = ((over - 1).abs() < 0.01).sum() - 1
        assert len(over) - 1 == row.third_party_hosts
        assert_allclose(equal / row.third_party_hosts, row.share_equal, atol=1e-3)


def test_moves_are_worked_by_hand():
    rows = listing(
        (JANUARY, "m", "a", 4.0), (JANUARY, "m", "b", 1.0), (JANUARY, "m", "c", 1.0),
        (FEBRUARY, "m", "a", 2.0), (FEBRUARY, "m", "b", 1.0), (FEBRUARY, "m", "d", 7.0),
    )  # fmt: skip
    found = hosting.moves(rows).set_index("host")
    assert found.index.tolist() == ["a", "b"]
    assert_allclose(found["change"], [-np.log(2), 0])
    # The medians of the others that stay: b's 1 for a, and a's 4 for b.
    assert_allclose(found["distance"], [np.log(4), np.log(4)])
    assert_allclose(found["distance_after"], [np.log(2), np.log(4)])


def test_unseen_prices_must_move_more_the_fewer_they_are():
    own = hosting.dispersion_trend(by_host=False).value
    assert_allclose(hosting.unseen_trend(-0.4, 1.0), -0.4)
    few = hosting.unseen_trend(-0.4, 0.1)
    assert_allclose(0.9 * own + 0.1 * few, -0.4)
    with pytest.raises(ValueError, match="at most 1"):
        hosting.unseen_trend(-0.4, 0.0)


def test_scoring_sees_the_last_month_before_the_freeze_and_those_after():
    months = scoring.around()["month"]
    assert months.min() == pd.Timestamp("2026-05-01")
    assert months.max() > FREEZE
    pairs = scoring.still_listed().groupby(["model", "host"])["month"].nunique()
    assert (pairs == months.nunique()).all()
    table = hosting.scored(-0.4)
    assert_allclose(
        table.loc["smallest effect", "forecast"],
        table.loc["no change", "forecast"] * np.exp(-0.4 * 3 / 12),
    )


def test_closed_models_are_another_table():
    closed = hosting.host_prices(weights="closed").table
    assert not set(closed["model"]) & set(hosting.host_prices().table["model"])
    rows = datasets.load("api_prices")
    assert set(closed["model"]) <= set(rows.loc[rows["weights"] == "closed", "model"])
