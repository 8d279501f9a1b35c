"""Waits for access (C5): intervals of days, lists read now and then, and restricting events."""

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import hypergeom
from statsmodels.duration.survfunc import SurvfuncRight

from uptake import datasets
from uptake.openclosed import FREEZE, known
from uptake.openclosed import release as rel
from uptake.openclosed.release.access import at_clock, change, widened


def test_two_overlapping_waits_and_one_apart_are_worked_by_hand():
    # Mass can sit on day 2 (where both overlap) or on 8 to 10: two thirds and one third.
    found = rel.waiting([0, 2, 8], [2, 4, 10])
    assert found.first.tolist() == [2, 8] and found.last.tolist() == [2, 10]
    assert_allclose(found.mass, [[2 / 3, 1 / 3]], atol=1e-4)
    assert_allclose(found.mean(90), [(2 * 2 + 9) / 3], atol=1e-3)
    assert_allclose(found.mean(90, "early"), [(2 * 2 + 8) / 3], atol=1e-3)
    assert_allclose(found.mean(90, "late"), [(2 * 2 + 10) / 3], atol=1e-3)
    assert_allclose(found.beyond(8), [(1 / 3) * (2 / 3)], atol=1e-4)


def test_what_never_ends_runs_to_the_horizon_and_weights_are_counts():
    found = rel.waiting([1, 5], [1, np.inf], [[1, 1], [3, 1], [0, 0]])
    assert_allclose(found.mean(90)[:2], [(1 + 90) / 2, (3 + 90) / 4])
    assert_allclose(found.mean(90, "early")[:2], [3.0, 2.0])
    assert_allclose(found.beyond(30)[:2], [0.5, 0.25])
    assert np.isnan(found.mean(90)[2])


waits = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=3, max_size=25)


@examples(30)
@given(waits)
def test_with_exact_days_turnbull_is_kaplan_and_meier(rows):
    days, ended = (np.array(column) for column in zip(*rows, strict=True))
    if not ended.any():
        return
    # Censored at day c means after c; statsmodels counts it at risk on day c itself.
    found = rel.waiting(np.where(ended, days, days + 1), np.where(ended, days, np.inf))
    known_curve = SurvfuncRight(days, ended.astype(int))
    for time, share in zip(known_curve.surv_times, known_curve.surv_prob, strict=True):
        assert_allclose(found.beyond(time)[0], share, atol=5e-3)


@pytest.mark.parametrize("bad", [([], []), ([3], [2]), ([1, 2], [3])])
def test_waits_that_end_before_they_begin_are_refused(bad):
    with pytest.raises(ValueError):
        rel.waiting(*bad)
    with pytest.raises(ValueError, match="where is 'middle'"):
        rel.waiting([1], [2]).mean(90, "middle")


def test_later_waits_give_a_later_change_and_alike_years_none():
    table = pd.DataFrame({"first": [0.0, 3, 6, 9] * 2, "year": [2025] * 4 + [2026] * 4})
    table = table.assign(last=table["first"], cluster=list("abcdefgh"))
    assert change(table, 20, np.random.default_rng(1))[0] == pytest.approx(0, abs=1e-6)
    shift = 10 * (table["year"] == 2026)
    later = table.assign(first=table["first"] + shift, last=table["last"] + shift)
    value, low, high = change(later, 400, np.random.default_rng(1))
    assert value == pytest.approx(10, abs=1e-3) and low < 10 < high


def test_models_released_together_are_resampled_together():
    # Eight releases of four models alike: twice the spread of 32 models that stand alone.
    days = np.repeat([0.0, 30.0] * 4, 4)
    one = pd.DataFrame({"first": days, "last": days, "year": 2025})
    both = pd.concat([one, one.assign(year=2026)], ignore_index=True)
    alone = both.assign(cluster=[f"r{i}" for i in range(64)])
    tied = both.assign(cluster=[f"r{i // 4}" for i in range(64)])
    ends = [change(t, 600, np.random.default_rng(2), level=0.8) for t in (alone, tied)]
    assert ends[1][2] - ends[1][1] > 1.7 * (ends[0][2] - ends[0][1])


def test_fewer_releases_call_for_a_wider_quantile():
    levels = [widened(n, 0.95) for n in (4, 20, 10_000)]
    assert levels[0] > levels[1] > levels[2]
    assert_allclose(levels[2], 0.95, atol=1e-4)


def test_no_listing_after_the_freeze_is_seen_and_every_model_is_counted():
    found = rel.delays()
    began = found.table["released"] + pd.to_timedelta(
        found.table["last"].where(np.isfinite(found.table["last"]), 0), unit="D"
    )
    assert (began <= FREEZE).all() and (found.table["first"] <= found.table["last"]).all()
    listed = np.isfinite(found.table["last"]).sum()
    # Muse Spark is in the table of first listings, Mythos Preview in the events alone.
    in_table = found.table["model"].isin(known("capability_index")["model"]) & ~np.isfinite(
        found.table["last"]
    )
    left = found.left_out
    out = left["without a usable listing"] + left["in no edition by the freeze"]
    assert listed + in_table.sum() + out == left.iloc[0]


def test_only_models_count_that_an_edition_by_the_freeze_names():
    editions = datasets.load("capability_index")
    early = set(editions.loc[editions["vintage"] <= FREEZE, "model"])
    kept, same, every = (rel.delays(editions=e) for e in ("freeze", "later_dates", "any"))
    previews = set(rel.unlisted_previews()["model"])
    assert set(kept.table["model"]) <= early | previews
    assert set(same.table["model"]) == set(every.table["model"]) & (early | previews)
    gone = set(every.table["model"]) - set(kept.table["model"])
    assert "Claude Opus 4.8" in gone  # released after the last edition by the freeze
    assert every.left_out["in no edition by the freeze"] == 0
    assert kept.left_out["in no edition by the freeze"] >= len(gone) > 0
    # A model that lists named by the freeze is not held back because no edition names it.
    assert "Grok 4.20" in gone and "Grok 4.20" not in previews


def test_dates_of_the_editions_by_the_freeze_move_the_clock_and_one_model_into_the_window():
    given, moved = (
        rel.delays(editions=e).table.set_index("model") for e in ("later_dates", "freeze")
    )
    # The later edition dates it at an experiment of December 2024, before the window.
    assert set(moved.index) - set(given.index) == {"Gemini 2.0 Pro"}
    assert set(given.index) <= set(moved.index)
    assert moved.loc["Gemini 2.0 Pro", ["first", "last"]].tolist() == [8, 11]
    # Dated 2025-02-17 by its first showing, and by the freeze's editions at its interface.
    assert moved.loc["Grok 3", "released"] == pd.Timestamp("2025-04-09")
    assert given.loc["Grok 3", "last"] - moved.loc["Grok 3", "last"] == 51
    assert (moved["last"] >= moved["first"]).all() and (moved["first"] >= 0).all()
    same = given["released"] == moved["released"].reindex(given.index)
    columns = ["first", "last"]
    assert given.loc[same, columns].equals(moved.reindex(given.index).loc[same, columns])


def test_a_day_on_which_the_list_lacked_the_model_is_not_a_day_of_access():
    row = rel.delays().table.set_index("model").loc["GPT-5.3 Codex"]
    # Absent on day 18, listed on day 24; the release notes say day 19.
    assert (row["first"], row["last"]) == (19, 24)


def test_o3_waits_from_its_release_and_not_from_its_announcement():
    row = rel.delays().table.set_index("model").loc["o3"]
    assert row["released"] == pd.Timestamp("2025-04-16") and row["last"] == 3


def test_the_ends_of_the_clock_bracket_the_likelihood():
    # Turnbull's distribution is the mean of the conditional ones, each within its interval.
    for _, rows in rel.delays().table.groupby("year"):
        means = [
            rel.waiting(t["first"], t["last"]).mean(90)[0]
            for t in (at_clock(rows, clock) for clock in ("lower", "interval", "upper"))
        ]
        assert means[0] < means[1] < means[2]


def test_counting_unlisted_previews_as_waiting_raises_the_change_only():
    kept, out = (rel.access_delay_change(previews=p, draws=5) for p in ("censored", "out"))
    assert kept.n == out.n + len(rel.unlisted_previews()) and kept.value > out.value


def test_simulated_delays_carry_the_effect_and_large_ones_are_seen():
    # With all listed models: nine releases of 2026 are too few to see even a large effect.
    rng, how = np.random.default_rng(5), {"size": 60, "draws": 99, "editions": "any"}
    found = rel.simulate_delays(30.0, rng, **how)
    error = found.values.std() / np.sqrt(60)
    assert abs(found.values.mean() - 30) < 4 * error
    none = rel.simulate_delays(0.0, rng, **how)
    assert found.power > 0.8 > 0.3 > none.power
    assert none.held_share == 0
    with pytest.raises(ValueError, match="hold for more days"):
        rel.simulate_delays(30.0, rng, held=5)


def test_the_odds_of_restricting_events_are_those_of_fishers_table():
    table = rel.events()
    by = table.groupby("year")["does"].apply(lambda does: (does == "opens").sum())
    sizes = table.groupby("year").size()
    value, low, high = rel.restriction_odds(table)
    # At the conditional estimate the expected count equals the observed one (Fisher).
    observed = sizes[2026] - by[2026]
    counts = np.arange(0, sizes[2026] + 1)
    base = hypergeom(sizes.sum(), (sizes - by).sum(), sizes[2026])
    weight = base.pmf(counts) * value**counts
    assert_allclose((counts * weight).sum() / weight.sum(), observed, rtol=1e-3)
    assert low < value < high


def test_a_held_model_ends_with_general_access_to_the_same_model():
    held = rel.held_back(rel.events())
    dated = held.dropna(subset="until")
    assert len(dated) and (dated["until"] >= dated["date"]).all()
    assert set(held.loc[held["waiting"], "model"]) == set(rel.unlisted_previews()["model"])
    assert held.loc[held["waiting"], "until"].isna().all()
    assert (rel.events()["known"] <= FREEZE).all()
