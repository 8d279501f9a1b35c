"""The premium: prices, trend, what remains at equal capability, rigidity, bounds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import SurvfuncRight

from uptake import datasets
from uptake.openclosed import FREEZE, capability, choices, claims, known
from uptake.openclosed import premium as pr
from uptake.openclosed.figures import premium as draw
from uptake.openclosed.premium import cheapest, names, prices, ratio, rigidity


def models(rows, month="2025-06-01"):
    """Return one month of models on sale: (name, side, score, price[, months old])."""
    table = pd.DataFrame(
        [(*row, 1)[:5] for row in rows], columns=["name", "side", "score", "price", "age"]
    )
    first = pd.Timestamp(month)
    released = [first - pd.DateOffset(months=age) for age in table["age"]]
    return table.assign(month=first, released=released, base=table["name"], developer="lab")


def test_every_name_given_by_hand_is_in_a_price_list():
    listed = set(datasets.load("api_prices")["model"])
    given_names = {name for found in names.LISTED.values() for name in found}
    assert given_names <= listed
    assert not names.price_names("Qwen2.5-Max")


def test_no_model_takes_the_price_of_another():
    table = names.links(capability.index("2026-05-14")["model"])
    assert not table.duplicated().any()
    shared = table[table["model"].duplicated(keep=False)]
    bases = shared.groupby("model")["name"].agg(lambda n: {names.base(x) for x in n})
    assert bases.map(len).max() == 1  # only versions of one name share one


def test_a_price_is_the_median_over_hosts_of_the_plain_variant():
    raw = datasets.load("api_prices", corrected=True)
    rows = raw[(raw["month"] == "2026-05-01") & (raw["list"] == "litellm")]
    rows = rows[(rows["model"] == "kimi-k2.5") & rows["variant"].isna() & ~rows["outlier"]]
    blend = 0.75 * rows["input_usd_per_mtok"] + 0.25 * rows["output_usd_per_mtok"]
    expected = blend.groupby(rows["host"].astype(str)).median().median()
    sold = pr.on_sale().table.set_index(["month", "name"])
    assert_allclose(sold.loc[(pd.Timestamp("2026-05-01"), "Kimi K2.5"), "price"], expected)


def test_no_price_and_no_model_is_from_after_the_freeze():
    rows, _ = prices.listed(FREEZE)
    assert rows["snapshot"].max() <= FREEZE
    table = pr.on_sale(source="all").table
    assert table["released"].max() <= FREEZE
    assert (table["released"] <= table["month"] + pd.offsets.MonthEnd(0)).all()
    for vintage in ("2026-07-01", "2026-08-11"):
        with pytest.raises(ValueError, match="later than the freeze"):
            pr.premium_trend(vintage=vintage)


def test_every_row_of_the_lists_is_used_or_counted():
    rows, left_out = prices.listed(FREEZE)
    whole = datasets.load("api_prices", until=FREEZE)
    assert len(rows) + left_out.sum() == len(whole)
    assert not rows["outlier"].any() and rows["variant"].isna().all()


def test_no_later_row_can_make_a_known_price_an_outlier(monkeypatch):
    kept, left_out = prices.listed(FREEZE)
    rows = known("api_prices", corrected=True)
    turned = rows.assign(outlier=~rows["outlier"])  # the one column that rests on later months
    monkeypatch.setattr(prices, "known", lambda name, **options: turned)
    again, counted = prices.listed.__wrapped__(FREEZE)
    pd.testing.assert_frame_equal(again, kept)
    pd.testing.assert_series_equal(counted, left_out)


def test_the_doubled_price_of_april_is_put_right():
    kept, _ = prices.listed(FREEZE)
    pro = kept[(kept["model"] == "gpt-5.5-pro") & (kept["list"] == "litellm")]
    assert pro["month"].nunique() == 2 and len(pro) == 4
    assert (pro["input_usd_per_mtok"] == 30).all() and (pro["output_usd_per_mtok"] == 180).all()
    as_listed = known("api_prices").loc[lambda t: t["snapshot"] == "2026-04-26"]
    as_listed = as_listed[as_listed["model"] == "gpt-5.5-pro"]
    assert as_listed["input_usd_per_mtok"].tolist() == [60, 60]


def test_the_best_of_each_side_makes_the_premium():
    month = models(
        [
            ("C1", "closed", 150.0, 8.0),
            ("C2", "closed", 140.0, 100.0),
            ("O1", "open", 145.0, 2.0),
            ("O2", "open", 120.0, 0.1),
        ]
    )
    row = ratio._top(1)(month)
    assert_allclose(row["premium"], np.log(4))
    assert (row["model_closed"], row["model_open"]) == ("C1", "O1")
    assert ratio._top(3)(month) is None  # two of a side are no three


def test_of_versions_of_one_name_only_the_newest_counts():
    month = models([("C (old)", "closed", 150.0, 8.0, 5), ("C (new)", "closed", 149.0, 4.0, 1)])
    month = pd.concat([month.assign(base="C"), models([("O", "open", 145.0, 2.0)])])
    assert_allclose(ratio._top(1)(month)["premium"], np.log(2))


def test_matched_models_lie_within_the_width_and_are_recent():
    month = models(
        [
            ("C1", "closed", 150.0, 8.0),
            ("C2", "closed", 160.0, 50.0),  # nothing open near it
            ("C3", "closed", 149.0, 9.0, 14),  # too old
            ("O1", "open", 151.9, 2.0),
            ("O2", "open", 148.1, 8.0),
            ("O3", "open", 152.1, 0.01),  # just outside
        ]
    )
    found = pr.matches(month, 2.0)
    assert found.index.tolist() == ["C1"]
    assert_allclose(found.loc["C1", "open"], np.log([2.0, 8.0]).mean())
    assert_allclose(ratio._matched(2.0)(month)["premium"], np.log(8 / 4))


def test_a_month_without_a_list_keeps_the_last_prices_and_is_marked():
    record = pr.premium(source="all")
    assert record.index[record["carried"]].strftime("%Y-%m").tolist() == [
        "2024-04",
        "2024-08",
        "2024-09",
    ]
    before = record["premium"].shift()
    assert (record["premium"] == before)[record["carried"]].all()


def test_the_declared_choices_are_arguments_of_the_owning_functions():
    rules = claims.load()
    for claim, function in (("C3", pr.premium_trend), ("C4", pr.programming_difference)):
        defaults = function.__kwdefaults__
        assert {d.name: d.values[0] for d in rules[claim].dimensions} == {
            d.name: defaults[d.name] for d in rules[claim].dimensions
        }
        for dimension in rules[claim].dimensions:
            for level in dimension.values:
                estimate = function(**(rules[claim].primary | {dimension.name: level}))
                assert estimate.unit == rules[claim].prediction.unit
                assert estimate.exists or estimate.concerns


def test_the_record_ends_with_the_edition_that_ranks_it():
    assert pr.premium(vintage="2025-12-19").index[-1] == pd.Timestamp("2025-12-01")
    assert pr.premium().index[-1] == pd.Timestamp("2026-05-01")


@pytest.mark.parametrize("definition", ratio.DEFINITIONS)
@pytest.mark.parametrize("source", ["litellm", "all"])
def test_scores_without_errors_are_redrawn_as_they_are(definition, source, monkeypatch):
    exact = capability.index("2026-05-14").assign(error=0.0)
    monkeypatch.setattr("uptake.openclosed.premium.scores.index", lambda _: exact)
    choice = {"definition": definition, "source": source}
    slopes = pr.redrawn(np.random.default_rng(1), draws=3, **choice)
    assert_allclose(slopes, pr.premium_trend(**choice, draws=0).value)


def test_the_wider_of_the_two_doubts_makes_the_interval():
    noisy, months = pr.premium_trend(), pr.premium_trend(draws=0)
    assert noisy.value == months.value
    widths = [e.high - e.low for e in (noisy, months)]
    spread = 1.96 * pr.redrawn(np.random.default_rng(3), draws=100).std(ddof=1)
    assert_allclose(widths[0], max(widths[1], 2 * spread))


def test_prices_as_listed_and_models_of_stated_access_give_trends_of_their_own():
    assert pr.unstated() == ("INTELLECT-1", "o3-pro")
    stated = pr.premium(without=pr.unstated())
    assert not stated["model_closed"].isin(pr.unstated()).any()
    changed = pr.premium(corrected=False)["premium"] != pr.premium()["premium"]
    assert changed[changed].index.tolist() == [pd.Timestamp("2026-04-01")]
    doubled = pr.premium(corrected=False)["premium"] - pr.premium()["premium"]
    assert_allclose(doubled["2026-04-01"], np.log(2))
    record = pr.premium(corrected=False)["premium"]
    slope = np.polyfit(ratio.years(record.index), record, 1)[0]
    as_listed = pr.premium_trend(corrected=False)
    assert_allclose(as_listed.value, slope)
    noise = pr.redrawn(np.random.default_rng(3), draws=100, corrected=False)
    assert as_listed.high - as_listed.value >= 1.96 * noise.std(ddof=1) - 1e-9


def test_the_trend_is_that_of_least_squares_on_the_log():
    record = pr.premium(definition="top3")
    slope = np.polyfit(np.arange(len(record)) / 12, record["premium"], 1)[0]
    estimate = pr.premium_trend(definition="top3")
    assert_allclose(estimate.value, slope)
    low, high = pr.hac_interval(record)
    assert_allclose((low + high) / 2, slope)


def test_simulated_records_tell_a_large_fade_and_hold_the_truth():
    rng = np.random.default_rng(4)
    large, none = (pr.power(e, rng, size=600, draws=0) for e in (-6.0, 0.0))
    assert large.power > 0.95
    assert none.power < 0.1 and 0.9 < none.coverage < 0.99
    assert pr.hac_coverage(rng, size=150) < none.coverage
    assert pr.power(0.0, rng, size=100).coverage >= none.coverage
    longer = pr.months_needed(-0.4, rng, lengths=(24, 120))
    assert longer[120] > longer[24]


def test_the_hedonic_regression_finds_the_coefficients_it_was_given():
    rng, rows = np.random.default_rng(5), []
    for k in range(60):
        side = "closed" if k % 2 else "open"
        score, lab = 120 + 30 * rng.random(), f"lab {k % 12}"
        for month in pd.date_range("2025-04-01", periods=6, freq="MS"):
            half = "2025H1" if month.month < 7 else "2025H2"
            closed = (0.5 if half == "2025H1" else 1.5) * (side == "closed")
            price = 0.1 * score + closed - 0.2 * month.month
            rows.append((month, f"m{k}", lab, side, score, half, price + 1e-3 * rng.normal()))
    columns = ["month", "name", "developer", "side", "score", "half", "log_price"]
    found = pr.hedonic(pd.DataFrame(rows, columns=columns))
    assert_allclose(found.closed["coefficient"], [0.5, 1.5], atol=1e-3)
    assert_allclose([found.per_point, found.change[0]], [0.1, 1.0], atol=1e-3)
    assert found.closed["closed"].tolist() == [30, 30]


def test_the_parts_of_the_premium_add_up():
    parts = pr.decomposition(pr.panel())
    assert_allclose(parts["premium"], parts.drop("premium").sum())
    assert_allclose(parts["premium"], pr.premium()["premium"].tail(12).mean())


def test_a_price_changes_when_it_moves_and_not_when_it_is_rounded():
    months = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-06-01", "2025-07-01"])
    pair = pd.DataFrame({"month": months, "price": [1.0, 1.001, 2.0, 1.0]})
    assert rigidity._spell(pair) == {"months": 5, "changed": True, "step": np.log(2.0)}
    kept = rigidity._spell(pair[:2])
    assert (kept["months"], kept["changed"]) == (1, False) and np.isnan(kept["step"])


@examples(30)
@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=3, max_size=40))
def test_the_share_still_standing_is_that_of_statsmodels(rows):
    times, events = (np.array(column) for column in zip(*rows, strict=True))
    fitted = SurvfuncRight(times, events.astype(int))
    before = fitted.surv_prob[fitted.surv_times <= 12]
    expected = before[-1] if before.size else 1.0
    assert_allclose(rigidity._at(times, events, 12), expected)


def test_the_difference_of_standing_prices_is_closed_less_open():
    table = pr.after_a_year(pr.spells(), np.random.default_rng(1), size=60)
    parts = table["unchanged"]
    assert_allclose(parts["difference"], parts["closed"] - parts["open"])
    assert (table["low"] <= parts).all() and (parts <= table["high"]).all()


def test_names_of_the_laboratories_are_cut_at_the_freeze():
    keys = pr.laboratory_keys()
    assert not keys.index.str.contains("latest").any()
    assert keys["days"].min() >= 90 and keys["seen"].max() <= FREEZE
    counted = pr.laboratory_keys(labs=("OpenAI", "Anthropic", "Google", "xAI"))
    assert len(counted) > len(keys)


def test_a_price_that_the_list_mended_is_no_change_and_is_counted():
    kept, mended = pr.laboratory_changes()
    every, none = pr.laboratory_changes(corrected=False)
    assert (len(every) - len(kept), mended, none) == (2, 2, 0)
    gone = set(every["key"]) - set(kept["key"])
    assert gone == {"gpt-5.5-pro", "gpt-5.5-pro-2026-04-23"}
    last = pd.Timestamp("2026-11-30")
    whole = pr.laboratory_keys(until=last, corrected=False)
    assert (len(whole), whole["seen"].notna().sum()) == (167, 16)  # as the rule of C3 counted them
    assert pr.laboratory_keys(until=last)["seen"].notna().sum() == 14


def test_the_cost_of_a_solved_case_is_compared_at_equal_score():
    table = pd.DataFrame(
        {
            "model": ["o", "c1", "c2", "c3"],
            "weights": ["open", "closed", "closed", "closed"],
            "percent_solved": [50.0, 52.0, 48.0, 60.0],
            "per_solved": [0.1, 0.4, 0.2, 9.0],
        }
    )
    row = pr.at_equal_score(table).loc["o"]
    assert (row["cheapest"], row["closed_runs"]) == (0.2, 2)
    assert_allclose(row["median"], 0.3)
    assert_allclose(pr.cost_ratios(table)["cheapest"], 2.0)


def test_scores_of_mmlu_are_those_that_were_printed():
    # OpenAI's report on GPT-4 prints 86.4.
    scores = cheapest.mmlu()
    assert_allclose(scores["GPT-4 (Mar 2023)"], 86.4, atol=0.05)
    assert 20 <= scores.min() and scores.max() <= 100


def test_the_published_fall_is_reached_by_steps_that_add_up():
    steps = capability.steps(pr.fall, pr.OURS, pr.THEIRS, pr.PUBLISHED)
    assert_allclose(steps.sum(), pr.PUBLISHED)
    assert abs(steps["not explained"]) < 0.25 * pr.PUBLISHED
    with pytest.raises(ValueError, match="no model with this score"):
        pr.fall(score=99.9)


def test_one_step_of_the_fixed_basket_is_the_mean_log_change_of_its_pairs():
    rows, _ = prices.listed(FREEZE)
    rows = rows[(rows["list"] == "litellm") & (rows["weights"] == "open")]
    log = np.log(0.75 * rows["input_usd_per_mtok"] + 0.25 * rows["output_usd_per_mtok"])
    two = [
        log[rows["month"] == m].groupby([rows["host"], rows["model"]]).median()
        for m in ("2024-11-01", "2024-12-01")
    ]
    change = (two[1] - two[0]).dropna()
    assert len(change) > 50
    assert_allclose(pr.fixed_basket()["open"].iloc[1], np.exp(change.mean()))


unit = st.floats(0.0, 1.0)


@examples(60)
@given(st.tuples(unit, unit), st.tuples(unit, unit), st.floats(0.0, 0.9))
def test_bounds_hold_every_difference_that_is_possible(programming, every, share):
    (p0, p1), (a0, a1) = sorted(programming), sorted(every)
    low, high = pr.bound(p0, p1, a0, a1, share)
    p, a = np.meshgrid(np.linspace(p0, p1, 21), np.linspace(a0, a1, 21))
    other = (a - share * p) / (1 - share)
    possible = (other >= 0) & (other <= 1)
    found = (p - other)[possible]
    assert (found >= low - 1e-9).all() and (found <= high + 1e-9).all()
    if possible.all():  # then the corners are reached
        assert_allclose([found.min(), found.max()], [low, high], atol=1e-9)


@examples(60)
@given(st.tuples(unit, unit), st.tuples(unit, unit), st.floats(0.0, 0.9))
def test_the_sign_of_the_difference_does_not_depend_on_the_share(programming, every, share):
    (p0, p1), (a0, a1) = sorted(programming), sorted(every)
    low, high = pr.bound(p0, p1, a0, a1, share)
    assert low * (p0 - a1) >= -1e-12 and high * (p1 - a0) >= -1e-12


def test_bounds_refuse_a_share_that_is_none():
    with pytest.raises(ValueError, match="0 to below 1"):
        pr.bound(0.1, 0.2, 0.3, 0.4, 1.0)
    with pytest.raises(ValueError, match="use author, model"):
        pr.weekly(level="host")


def test_knowing_how_mixed_authors_split_never_widens_the_bounds():
    wide, narrow = (pr.weekly(mixed=m) for m in ("bounds", "as_elsewhere"))
    assert (narrow["low"] >= wide["low"] - 1e-12).all()
    assert (narrow["high"] <= wide["high"] + 1e-9).all()
    assert (narrow["high"] - narrow["low"] < wide["high"] - wide["low"] - 0.05).sum() > 20


def test_a_known_part_of_programming_gives_narrower_bounds_and_is_a_concern_when_it_is_not():
    whole = pr.programming_difference()
    bounds, weeks = pr.differences(), pr.differences(programming=(0.3, 0.3))
    assert (bounds["low"] <= weeks["low"]).all() and (weeks["high"] <= bounds["high"]).all()
    table = pr.by_part((*pr.PROGRAMMING, 0.3))
    assert_allclose(table.loc[0.3, "middle"], weeks.mean().mean())
    assert (table["low"] < table["middle"]).all() and (table["middle"] < table["high"]).all()
    assert "11 or 50 percent" in " ".join(whole.concerns)
    assert "30 percent" in " ".join(pr.programming_difference(programming=(0.3, 0.3)).concerns)


def test_choices_that_do_not_apply_leave_the_difference_as_it_is():
    runs = choices.run(pr.programming_difference, claims.load()["C4"])
    by = runs.groupby("level")["estimate"].agg(["min", "max", "nunique"])
    assert by.loc["model", "min"] == by.loc["model", "max"]
    assert by.loc["author", "nunique"] == 4


def test_bounds_show_most_when_the_truth_lies_at_their_edge():
    rng = np.random.default_rng(4)
    found = pr.programming_power(10.0, rng, size=60)
    assert found.edge >= found.middle
    assert pr.programming_power(150.0, rng, size=20).middle == 1.0


def test_later_rows_only_score_or_describe():
    table = pr.premium_since()
    assert table.index.min() > FREEZE
    lines = pr.lines()
    assert lines["after"].any() and not pr.lines(FREEZE)["after"].any()
    assert pr.run_rate().index.is_unique and pr.run_rate().index.max() <= FREEZE


def test_the_break_in_revenue_is_dated_inside_the_record():
    found = pr.run_rate_break(np.random.default_rng(4), n=99)
    span = (pr.run_rate().index[-1] - pr.run_rate().index[0]).days / 365.25
    assert 0 < found.time < span and 0 < found.p_value <= 1


def test_figures_draw_what_they_are_given():
    ax = draw.bounds(pr.differences(), smallest=10.0, dates={})
    drawn = sum(len(c.get_segments()) for c in ax.collections)
    assert drawn == len(pr.differences())
    record = pr.premium()
    ax = draw.record(record, pr.premium_since(), freeze=FREEZE, names={"o1": "o1"})
    closed = ax.lines[0].get_ydata()
    assert_allclose(closed[:-1], record["closed"])
    ax = draw.generations(pr.lines(), freeze=FREEZE)
    assert len([line for line in ax.lines if not str(line.get_label()).startswith("_")]) == 5
    plt.close("all")
