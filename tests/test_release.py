"""Release and integration: declared choices, gaps of laboratories (C6), and figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake.openclosed import FREEZE, claims
from uptake.openclosed import release as rel
from uptake.openclosed.capability import index, monthly, sides
from uptake.openclosed.figures import release as draw
from uptake.openclosed.release.efficiency import (
    on_frontier,
)
from uptake.openclosed.release.leaders import split

OWNERS = {
    "C5": rel.access_delay_change,
    "C6": rel.google_gap_trend,
    "C7": rel.frontier_share,
}


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("claim", OWNERS)
def test_the_declared_choices_are_arguments_and_their_first_levels_the_defaults(claim):
    rule, defaults = claims.load()[claim], OWNERS[claim].__kwdefaults__
    assert rule.function == f"release.{OWNERS[claim].__name__}"
    assert rule.primary == {name: defaults[name] for name in rule.primary}


@pytest.mark.parametrize("claim", OWNERS)
def test_every_level_of_every_choice_gives_an_estimate_or_a_reason(claim):
    rule = claims.load()[claim]
    for dimension in rule.dimensions:
        for level in dimension.values:
            found = OWNERS[claim](**(rule.primary | {dimension.name: level}), draws=30)
            assert found.unit == rule.prediction.unit
            assert found.exists or found.concerns


@pytest.mark.parametrize("claim", OWNERS)
def test_an_unknown_choice_is_refused_by_name(claim):
    names = [d.name for d in claims.load()[claim].dimensions if isinstance(d.values[0], str)]
    for name in names:
        with pytest.raises(ValueError):
            OWNERS[claim](**{name: "nonsense"}, draws=5)


# ------------------------------------------------------------------------------- gaps of C6


def test_an_edition_after_the_freeze_is_never_fitted():
    with pytest.raises(ValueError, match="later than the freeze"):
        rel.google_gap_trend(vintage="2026-08-11")


def test_the_two_groups_hold_only_their_own_models():
    both = rel.pair()
    for front, names in ((both.closed, ("OpenAI", "Anthropic")), (both.open, ("Google",))):
        assert both.labs.reindex(front.names).str.startswith(names).all()
    everything = sides(index("2026-05-14")).closed
    assert len(both.closed.dates) + len(both.open.dates) + both.left_out.sum() == len(
        everything.dates
    )
    with pytest.raises(ValueError, match="no closed model of Nobody"):
        split(sides(index("2026-05-14")), ("Nobody",), ("Google",))


def test_the_gap_changes_sign_when_the_groups_change_places():
    swapped = rel.pair(leaders=("Google",), rivals=("OpenAI", "Anthropic"))
    there, back = (monthly(b, "2024-01-01")["gap"] for b in (rel.pair(), swapped))
    assert_allclose(there, -back)


def test_the_arena_trend_is_the_elo_trend_at_the_exchange_rate():
    gap = rel.arena_gap()["gap"].loc["2024-01-01":]
    years = (gap.index - gap.index[0]) / pd.Timedelta(days=365.25)
    expected = np.polyfit(years, gap, 1)[0] * rel.exchange_rate()
    assert_allclose(rel.google_gap_trend(measure="arena").value, expected, rtol=1e-9)


def test_an_elo_point_is_worth_the_slope_of_index_on_elo():
    both, votes = sides(index("2026-05-14")), rel.arena_gap()["best"]
    votes = votes[votes.index <= both.until]
    assert_allclose(rel.exchange_rate(), np.polyfit(votes, both.closed(votes.index), 1)[0])


def test_the_gap_of_a_laboratory_alone_is_never_wider_than_that_of_both():
    both = monthly(rel.pair(), "2024-03-01")["gap"]
    for lab in ("OpenAI", "Anthropic"):
        one = monthly(rel.pair(leaders=(lab,)), "2024-03-01")["gap"]
        assert (one <= both.reindex(one.index) + 1e-9).all()


def test_catching_up_that_is_put_in_is_found_on_average():
    found = rel.catching_up(-6.0, np.random.default_rng(6), size=600)
    assert abs(found.slopes.mean() + 6) < 4 * np.sqrt(2) * found.slopes.std() / np.sqrt(600)


def test_takeovers_count_the_months_in_which_google_leads():
    gap = monthly(rel.pair(), "2024-01-01")["gap"]
    seen = rel.takeovers(np.random.default_rng(6), size=20).loc["seen"]
    assert seen["google_leads"] == (gap < 0).mean()
    assert seen["changes"] == ((gap < 0).astype(int).diff().abs() == 1).sum()


def test_the_places_of_a_quarter_are_shared_out_completely():
    table = rel.by_quarter()
    assert (table[["two", "Google", "others"]].sum(axis=1) == 10).all()
    leads = rel.leading()
    assert all(leads[leads.index.strftime("%Y-%m") == q].item() == table.loc[q, "leader"]
               for q in table.index)  # fmt: skip


# ---------------------------------------------------------------------------------- figures


def test_a_wait_without_end_is_dashed_to_the_horizon():
    ax = draw.waits(rel.delays().table)
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert len(ax.lines) == len(rel.delays().table)
    assert len(dashed) == len(rel.unlisted_previews())
    assert all(line.get_xdata()[1] >= 90 for line in dashed)


def test_the_frontier_is_drawn_in_its_owners_colours():
    table = rel.runs().table
    ax = draw.cost_frontier(table)
    front = table[on_frontier(table["score"].to_numpy())]
    bars = [line for line in ax.lines if line.get_linewidth() == 4]
    assert [bar.get_color() for bar in bars] == [
        draw.COLORS["closed" if closed else "open"] for closed in front["closed"]
    ]
    assert [text.get_text() for text in ax.texts] == front["model"].tolist()


def test_every_held_model_has_a_row_and_open_ends_are_dashed():
    held = rel.held_back(rel.events())
    marks = {"opens": rel.events().loc[rel.events()["does"] == "opens", "date"]}
    ax = draw.timeline(held, marks, freeze=FREEZE)
    assert sum(line.get_linestyle() == "--" for line in ax.lines) == held["waiting"].sum()
    assert f"opens ({len(marks['opens'])})" in [text.get_text() for text in ax.texts]
