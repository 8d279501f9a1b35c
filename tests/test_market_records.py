"""Records of the two sides in tokens: lists, labels, steps and the choices among them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake.openclosed import FREEZE, claims, known, market
from uptake.openclosed.market import growth, records
from uptake.openclosed.market.profile import Steps


def test_the_chart_of_makers_counts_four_makers_and_the_router_as_closed():
    table = known("router_traffic")
    table = table[table["date"] == "2025-09-15"]
    values = table.assign(series=table["series"].astype(str)).set_index("series")["value"]
    names = ("anthropic", "google", "openai", "x-ai", "openrouter")
    named = [values[f"openrouter_weekly_tokens_author_{name}"] for name in names]
    week = market.record().loc["2025-09-15"]
    assert_allclose(week["closed"], sum(named))
    assert_allclose(week["open"] + week["closed"], values["openrouter_weekly_tokens_total"])


def test_the_share_by_maker_is_that_of_the_charts_producer():
    table = known("router_traffic")
    share = table[table["series"] == "openrouter_weekly_open_author_share_high"]
    theirs = share.set_index("date")["value"]
    ours = market.record(by_maker=True)
    part = ours["open"] / (ours["open"] + ours["closed"])
    assert_allclose(part, theirs.loc[part.index], atol=2e-4)


def test_no_step_leads_from_one_list_to_another_or_over_a_gap():
    table = market.record()
    assert len(Steps.of(table).number) == len(table) - 2
    fewer = market.record(weak_months="drop")
    assert not ((fewer.index >= records.WEAK[0]) & (fewer.index < records.WEAK[1])).any()
    assert len(Steps.of(fewer).number) == len(fewer) - 2
    assert table.index.max() <= FREEZE


def test_dropping_free_variants_takes_tokens_off_both_sides():
    kept, paid = market.record(), market.record(free_variants="drop")
    assert (paid[["open", "closed"]] <= kept[["open", "closed"]] + 1).all(axis=None)
    assert (paid[["open", "closed"]] > 0).all(axis=None)
    assert (paid["open"] < kept["open"]).mean() > 0.9


@pytest.mark.parametrize(
    ("record", "idle"),
    [
        ("dollars", {"start": "2025-11-17", "free_variants": "drop"}),
        ("downloads", {"start": "2025-11-17", "free_variants": "drop", "weak_months": "drop"}),
    ],
)
def test_choices_that_do_not_concern_a_record_leave_its_estimate(record, idle):
    one = {"record": record, "displaced": "open"}
    assert market.displacement(**one) == market.displacement(**one, **idle)


def test_choices_that_concern_a_record_change_its_estimate():
    base = market.displacement(start="2025-11-17")
    for other in ({"weak_months": "drop"}, {"free_variants": "drop"}, {"displaced": "open"}):
        assert market.displacement(start="2025-11-17", **other).value != base.value
    assert market.displacement(record="dollars", weak_months="drop").n == 12


@pytest.mark.parametrize(
    "choice", ["record", "displaced", "start", "weak_months", "free_variants", "errors"]
)
def test_an_unknown_choice_is_refused_by_name(choice):
    with pytest.raises(ValueError, match=f"{choice} is 'nonsense'"):
        market.displacement(**{choice: "nonsense"})


def test_labels_of_the_first_estimate_give_it_back_with_the_same_verdict():
    labels = market.by_labels()
    first = labels.loc["makers, own models open"]
    # As the commit that corrected the labels states it.
    assert_allclose(first[["value", "low", "high"]].astype(float), [0.14, -0.02, 0.60], atol=0.006)
    options = {"by_maker": True, "own_models": "open"}
    demand = market.fitting_demand(0.5, **options)
    power = market.chance(0.5, demand, np.random.default_rng(7), **options).power
    assert abs(power - 0.8) < 0.02
    rule = claims.load()["C1"].prediction
    for low, high in labels[["low", "high"]].to_numpy():
        assert rule.supports.meets(low, high) and rule.refutes.meets(low, high)


def test_the_routers_own_models_change_sides_and_nothing_else_does():
    ours, first = (market.record(by_maker=True, own_models=side) for side in ("closed", "open"))
    own = growth.chart()["author_openrouter"].loc[ours.index]
    assert own.max() > 0
    assert_allclose(ours["closed"] - first["closed"], own, rtol=1e-9, atol=10)
    assert_allclose(first["open"] - ours["open"], own, rtol=1e-9, atol=10)


def test_dollars_become_tokens_at_each_sides_mean_price():
    tokens, dollars = (market.in_tokens(r, start="2025-11-17") for r in ("tokens", "dollars"))
    sides = ["open", "closed"]
    assert_allclose(dollars[sides].sum(), tokens[sides].sum())
    spend = known("router_spend").query("mix == 'observed'").set_index("week")
    week = pd.Timestamp("2026-04-27")
    share = spend.loc[week, "open_dollar_share"]
    raw = market.record("dollars").loc[week]
    assert_allclose(raw["open"] / (raw["open"] + raw["closed"]), share)
