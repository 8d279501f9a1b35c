"""Volume and value: identities, hand-worked answers, intervals, choices, published figures."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from uptake.openclosed import FREEZE, choices, claims, known, later, trends
from uptake.openclosed import volume as vol
from uptake.openclosed.argument import dollar_share, implied_price_ratio
from uptake.openclosed.volume import lines, prices, weekly
from uptake.openclosed.volume.prices import key

WEEKS = np.arange(24)


@pytest.fixture(scope="module")
def weeks():
    return vol.relative_price(scope="all_listed_models")


def test_shares_of_a_market_with_a_fixed_price_give_that_price_back():
    for tokens, price in itertools.product((0.2, 0.5, 0.8), (0.5, 1.0, 6.0)):
        assert_allclose(implied_price_ratio(tokens, float(dollar_share(tokens, price))), price)


def test_eighty_percent_of_tokens_and_ninety_six_of_dollars_force_six():
    assert_allclose(vol.price_steps()["ours"], 6.0)
    low, high = vol.rounding_range()
    assert low < 6 < high < 1.86 / 0.23  # rounding alone does not reach the published prices
    assert_allclose(vol.price_steps().sum(), 1.86 / 0.23)


def test_dollars_are_tokens_plus_price_in_every_week_and_in_the_slopes(weeks):
    assert_allclose(weeks["dollars"], weeks["tokens"] + weeks["price"])
    slopes = vol.trends()["slope"]
    assert_allclose(slopes["dollars"], slopes["tokens"] + slopes["price"])


def test_relative_price_of_a_week_worked_by_hand(weeks):
    # 2026-04-27: 13.68 trillion open and 9.98 closed tokens; dollars as tabled.
    spend = known("router_spend").query("mix == 'observed'").set_index("week")
    row = spend.loc["2026-04-27"]
    expected = (1 / row["open_dollar_share"] - 1) / (9.977200e12 / 13.68191e12)
    assert_allclose(np.exp(weeks.loc["2026-04-27", "price"]), expected, rtol=1e-4)


def test_shares_of_tokens_agree_with_those_in_the_table_of_dollars(weeks):
    table = known("router_spend").query("mix == 'observed'").set_index("week")
    ours = 1 / (1 + np.exp(weeks["tokens"]))
    assert_allclose(ours, table.loc[ours.index, "open_token_share"], atol=6e-5)


def test_no_fit_sees_a_week_after_the_freeze():
    ends = known("router_spend").set_index("week")["known"]
    for scope in ("any", "all_listed_models"):
        assert ends[vol.relative_price(scope=scope).index].max() <= FREEZE
    assert vol.breadth(scope="any").index.max() <= FREEZE
    assert vol.spending()["week"].max() <= FREEZE
    assert vol.relative_price(read=later).index.min() > pd.Timestamp("2026-05-25")


def test_free_tokens_are_the_only_ones_that_dropping_them_removes():
    table = known("router_models")
    free = table[table["variant"] == "free"].groupby("week")["tokens"].sum()
    gone = (vol.tokens() - vol.tokens(free_variants="drop")).sum(axis=1)
    assert_allclose(gone[gone > 0], free[gone[gone > 0].index], rtol=1e-9)


def test_dropping_february_drops_four_weeks_and_leaves_the_others(weeks):
    kept = vol.relative_price(scope="all_listed_models", february="drop")
    assert weeks.index.difference(kept.index).strftime("%m").tolist() == ["02"] * 4
    assert_allclose(kept["price"], weeks.loc[kept.index, "price"])


@pytest.mark.parametrize("choice", ["mix", "scope", "february", "free_variants", "errors"])
def test_an_unknown_choice_is_refused_by_name(choice):
    with pytest.raises(ValueError, match=f"{choice} is 'nonsense'"):
        vol.relative_price_trend(**{choice: "nonsense"})


@pytest.mark.parametrize(("kind", "columns"), [("slope", 2), ("mean", 1)])
def test_standard_errors_are_those_of_statsmodels(kind, columns):
    y = np.random.default_rng(4).normal(size=24).cumsum()
    design = np.column_stack([np.ones(24), WEEKS])[:, :columns]
    kwds = {"maxlags": 7, "use_correction": False}
    model = sm.OLS(y, design).fit(cov_type="HAC", cov_kwds=kwds)
    value, error, _ = lines._estimate(WEEKS, y[np.newaxis], kind)
    assert_allclose([value[0], error[0]], [model.params[-1], model.bse[-1]])


@pytest.mark.parametrize("kind", ["slope", "mean"])
@pytest.mark.parametrize(("rho", "least"), [(0.0, 0.93), (0.5, 0.91), (0.8, 0.87)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(kind, rho, least):
    noise = trends.correlated(24, rho, 1500, np.random.default_rng(11))
    found = lines.hac(WEEKS, noise, kind=kind)
    assert least < ((found.low <= 0) & (found.high >= 0)).mean() < 0.97


def test_a_slope_keeps_its_unit_and_place_when_weeks_are_missing():
    gone = np.delete(WEEKS, slice(11, 15))
    noise = np.random.default_rng(5).normal(size=gone.size)
    found = lines.hac(gone, 3.0 * gone + noise)
    moved = lines.hac(gone + 100, 10 * (3.0 * gone + noise) + 7)
    assert_allclose(moved.value, 10 * found.value)
    assert_allclose(moved.high - moved.low, 10 * (found.high - found.low))
    assert found.low[0] < 3.0 < found.high[0]


def test_too_few_weeks_or_one_week_twice_is_refused():
    with pytest.raises(ValueError, match="8 or more, each once"):
        lines.hac([0, 1, 2, 3, 4, 5, 6], np.ones(7))
    with pytest.raises(ValueError, match="8 or more, each once"):
        lines.hac([0, 1, 2, 3, 4, 5, 6, 6], np.ones(8))
    with pytest.raises(ValueError, match="kind is 'median'"):
        lines.hac(WEEKS, np.ones(24), kind="median")


def test_power_grows_with_the_effect_and_is_the_level_at_none():
    rng = np.random.default_rng(6)
    found = lines.simulate(WEEKS, rng.normal(size=24), 0.0, rng)
    assert_allclose(found.power, 1 - found.coverage)
    assert 0.02 < found.power < 0.08
    powers = [found.power_at(effect) for effect in (0.0, 0.05, 0.1, 0.3)]
    assert powers == sorted(powers) and powers[-1] > 0.99
    assert_allclose(found.power_at(found.visible(0.8)), 0.8, atol=0.01)


def test_simulated_noise_is_as_large_as_the_noise_it_copies():
    rng = np.random.default_rng(7)
    ratios = []
    for y in trends.correlated(24, 0.6, 60, rng):
        ratios.append(lines._noise(WEEKS, y, rng, "slope", 200).std())
    assert 0.85 < np.mean(ratios) < 1.2


@examples(40)
@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30), st.floats(0.1, 100))
def test_effective_number_lies_between_one_and_the_count_and_has_no_unit(amounts, scale):
    for measure in ("herfindahl", "shannon"):
        found = vol.effective_number(amounts, measure)
        assert 1 - 1e-9 <= found <= len(amounts) + 1e-6
        assert_allclose(vol.effective_number(np.multiply(amounts, scale), measure), found)
    shannon, herfindahl = (vol.effective_number(amounts, m) for m in ("shannon", "herfindahl"))
    assert shannon >= herfindahl - 1e-9


def test_effective_number_worked_by_hand():
    assert_allclose(vol.effective_number([3.0, 1.0]), 1 / (0.75**2 + 0.25**2))
    assert_allclose(vol.effective_number([1.0, 1.0, 1.0], "shannon"), 3.0)
    with pytest.raises(ValueError, match="positive somewhere"):
        vol.effective_number([0.0, 0.0])


def test_breadth_ratio_is_the_geometric_mean_of_the_weeks():
    table = vol.breadth()
    expected = np.exp(np.log(table["open"] / table["closed"]).mean())
    assert_allclose(vol.breadth_ratio().value, expected)


def test_nine_rows_never_show_more_than_nine():
    assert vol.breadth(scope="any")[["open", "closed"]].max().max() <= 9


def test_variants_of_a_model_are_one_model():
    ranked = vol.ranked()
    assert not ranked.index.duplicated().any()
    assert ranked["open"].is_monotonic_decreasing and ranked["closed"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("router", "listed"),
    [
        ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("meta-llama/llama-3.3-70b-instruct", "llama-3.3-70b"),
        ("openai/gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("google/gemma-3-27b-it", "gemma-3-27b"),
    ],
)
def test_names_of_one_model_in_two_lists_meet(router, listed):
    assert key(router) == key(listed)


def test_names_of_different_models_do_not_meet():
    names = ["gpt-5", "gpt-5-mini", "gpt-5.1", "qwen3-30b", "qwen3-235b", "claude-opus-4.5"]
    assert len({key(name) for name in names}) == len(names)


def test_dollars_rebuilt_agree_with_the_table_until_its_prices_change():
    table = known("router_spend").query("mix == '3:1'").set_index("week")["open_dollar_share"]
    ours = vol.rebuilt(mix="3:1")["open_dollar_share"]
    difference = (ours - table).abs()
    assert difference[: pd.Timestamp("2026-04-27")].max() < 0.024
    assert difference[pd.Timestamp("2026-05-04") :].min() > 0.03


def test_no_later_row_can_take_a_known_price_out_of_the_rebuilt_dollars(monkeypatch):
    expected = prices._by_month("median", "3:1")
    # 0.20 and 0.50 dollars at its maker in every known month; later rows at 5 and 25 outnumber it
    assert_allclose(expected.loc["grok-4-fast"], 0.275)
    rows = known("api_prices", corrected=True)
    turned = rows.assign(outlier=~rows["outlier"])  # the one column that rests on later months
    monkeypatch.setattr(prices, "known", lambda name, **options: turned)
    found = prices._by_month.__wrapped__("median", "3:1")
    pd.testing.assert_frame_equal(found, expected)


def test_sources_of_change_add_up_to_the_trend_of_the_rebuilt_price():
    table = vol.sources_of_change()
    assert_allclose(table[["free", "models", "list"]].sum(axis=1), table["total"])
    rebuilt = vol.rebuilt().query("scope == 'all_listed_models'")["relative"]
    slope = lines.hac(np.arange(24), np.log(rebuilt)).value[0] * lines.WEEKS_A_YEAR
    assert_allclose(table.loc["relative", "total"], slope)


def test_only_the_choice_among_closed_models_is_told_from_zero_and_signs_of_totals_differ():
    table = vol.source_intervals()
    told = table[(table["low"] > 0) | (table["high"] < 0)]
    assert told.index.tolist() == [("closed", "models")]
    # With the table's flag, which knows later months, not even that was.
    table_flag = vol.source_intervals(flag="table")
    assert ((table_flag["low"] <= 0) & (table_flag["high"] >= 0)).all()
    tabled = [vol.relative_price_trend(mix=mix).value for mix in ("observed", "3:1")]
    assert max(tabled) < 0 < table.loc[("relative", "total"), "slope"]
    assert_allclose(table["slope"].to_numpy(), (table["low"] + table["high"]).to_numpy() / 2)


def test_tokens_without_a_price_make_the_side_cheaper_that_has_more_of_them():
    table = vol.spending()
    table = table[table["week"] == pd.Timestamp("2026-05-11")]
    table = table.astype({"weights": str})
    dollars, tokens = (table.groupby("weights")[c].sum() for c in ("usd", "tokens"))
    expected = dollars["closed"] / tokens["closed"] / (dollars["open"] / tokens["open"])
    rebuilt = vol.rebuilt()
    found = vol.unpriced_as_zero(rebuilt)["2026-05-11"]
    assert_allclose(found, expected)
    assert found > rebuilt.loc["2026-05-11", "relative"]


def test_the_router_in_april_is_the_mean_of_its_four_weeks():
    table = vol.populations().set_index(["population", "unit"]).sort_index()
    table = table.loc[("Router, all use", "tokens")]
    weeks = vol.tokens().loc["2026-04"]
    assert len(weeks) == 4
    assert_allclose(table["low"], (weeks["open"] / weeks.sum(axis=1)).mean())


@pytest.mark.parametrize(
    ("estimate", "power", "seed"),
    [(vol.relative_price_trend, vol.trend_power, 2), (vol.breadth_ratio, vol.breadth_power, 8)],
)
def test_estimates_say_how_often_their_intervals_hold_the_truth(estimate, power, seed):
    share = power(1.5, np.random.default_rng(seed)).coverage
    assert share < 0.93
    assert f"{share:.0%} of simulated records instead of 95%" in estimate().concerns[-1]


def test_every_published_difference_is_taken_apart_without_remainder():
    assert_allclose(vol.tunguz_steps().sum(), vol.TUNGUZ)
    assert_allclose(vol.anthropic_steps().sum(), 0.463)


def test_open_share_of_nine_rows_worked_by_hand():
    # Trillions of tokens of the nine largest rows of 2026-05-25; 1.663749 are under a code name.
    opened = 3.109238 + 3.027776 + 1.463030 + 1.253955 + 1.244205 + 1.041080
    closed = 2.324650 + 1.924586
    expected = opened / (opened + closed + 1.663749), opened / (opened + closed)
    found = [vol.named_open_share(listed="top nine", stealth=s) for s in ("closed", "out")]
    assert_allclose(found, expected, rtol=1e-5)


def test_blocks_move_the_interval_and_not_the_estimate():
    hac, blocks = (vol.relative_price_trend(errors=e) for e in ("hac", "block_bootstrap"))
    assert_allclose(hac.value, blocks.value)
    assert blocks.low < blocks.value < blocks.high
    assert blocks.high - blocks.low < hac.high - hac.low


def test_the_page_on_vendors_agrees_with_itself():
    dollars = vol.CODESOTA["tokens"] * vol.CODESOTA["price"]
    assert_allclose(dollars / dollars.sum(), vol.CODESOTA["dollars"], atol=0.003)


def test_the_press_figures_on_countries_are_nine_rows_of_the_table():
    table = vol.crossing()
    assert_allclose(table["top nine"], table["published"], rtol=0.005)
    gap = table.loc["United States"] - table.loc["China"]
    assert gap["published"] < 0 < gap["all listed"]


def test_bounds_hold_the_sample_widen_with_selection_and_end_at_nothing_assumed():
    table = vol.whole(0.3, np.array([1.0, 2.0, 5.0, 1e9]))
    assert_allclose(table.iloc[0], [0.3, 0.3])
    assert table["low"].is_monotonic_decreasing and table["high"].is_monotonic_increasing
    assert_allclose(table.iloc[-1], vol.without_assumptions(0.3), atol=1e-6)
    with pytest.raises(ValueError, match="selections of one or more"):
        vol.whole(0.3, np.array([0.5]))


def test_the_selection_that_is_needed_takes_the_sample_to_the_other_share():
    bounds = vol.whole(0.6, np.array([vol.needed(0.6, 0.2)]), passes=1e-9)
    assert_allclose(bounds["low"], 0.2)


def test_later_rows_of_the_populations_are_marked():
    table = vol.populations()
    assert (table["later"] == (table["date"] > FREEZE)).all() and table["later"].any()
    assert table["low"].ge(0).all() and table["high"].le(1).all()


def test_list_prices_of_june_over_the_report_worked_by_hand():
    spend = later("router_spend").query("'2026-06-01' <= week < '2026-07-01'")
    told = 76e6 / 30  # a day
    for mix, days in (("1:1", 35), ("observed_with_cache_reads", 21)):
        rows = spend[spend["mix"] == mix]
        usd = rows["usd_open"].sum() + rows["usd_closed"].sum()
        assert_allclose(vol.list_over_reported()[mix], usd / days / told)


def test_one_label_moves_both_shares_the_same_way():
    table = vol.one_label()
    assert table.loc["open", "tokens"] > table.loc["closed", "tokens"]
    assert table.loc["open", "dollars"] > table.loc["closed", "dollars"]


@pytest.mark.parametrize(
    ("claim", "function"), [("C2", vol.relative_price_trend), ("C8", vol.breadth_ratio)]
)
def test_the_defaults_are_the_primary_choices(claim, function):
    rule = claims.load()[claim]
    assert rule.function == f"volume.{function.__name__}"
    assert function() == function(**rule.primary)


def test_every_declared_combination_of_c8_gives_an_estimate():
    runs = choices.run(vol.breadth_ratio, claims.load()["C8"])
    assert runs["estimate"].notna().all() and len(runs) == 16


def test_weak_months_left_out_leave_the_weeks_from_february_on():
    every = weekly.relative_price(scope="all_listed_models")
    kept = weekly.relative_price(scope="all_listed_models", weak_months="drop")
    assert kept.index[0] == pd.Timestamp("2026-02-02")
    assert kept.equals(every[every.index >= "2026-02-01"])
    with pytest.raises(ValueError, match="weak_months is 'some'"):
        weekly.relative_price(weak_months="some")
