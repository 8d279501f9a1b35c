import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from uptake import Exponential, figures
from uptake.openclosed import argument, choices, claims, overview
from uptake.openclosed.figures import argument as draw
from uptake.openclosed.freeze import FREEZE

YEARS = np.linspace(-2, 4, 61)
shares = st.floats(0.01, 0.99)


@pytest.fixture(autouse=True)
def style(monkeypatch, tmp_path):
    monkeypatch.setenv("UPTAKE_FIGURES", str(tmp_path))
    figures.use_house_style()
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
    plt.rcdefaults()


# --- the model ------------------------------------------------------------------------------------


@given(st.floats(1, 99), st.floats(1, 99), st.floats(-1, 1), st.floats(0.1, 3))
def test_two_exponentials_trace_the_substitution_law(a_open, a_closed, rate, lead):
    opened, closed = Exponential(a_open, rate + lead), Exponential(a_closed, rate)
    share = argument.as_one_market(opened, closed)
    odds = opened(YEARS) / closed(YEARS)
    assert_allclose(share(YEARS), odds / (1 + odds), rtol=1e-9)


def test_the_slower_side_is_refused_as_the_winner():
    with pytest.raises(ValueError, match="exchange the two"):
        argument.as_one_market(Exponential(1, 0.5), Exponential(1, 0.5))


def test_published_shares_force_a_price_ratio_of_six():
    assert argument.implied_price_ratio(*argument.PUBLISHED_SHARES) == pytest.approx(6)


@given(shares, st.floats(0.1, 50))
def test_dollar_share_follows_from_prices_and_tokens(tokens, ratio):
    closed, opened = ratio * tokens, 1 - tokens  # spending at prices of ratio and one
    assert_allclose(argument.dollar_share(tokens, ratio), closed / (closed + opened))


@pytest.mark.parametrize(("share", "ratio"), [(1.1, 2), (-0.1, 2), (0.5, 0)])
def test_impossible_shares_and_prices_are_refused(share, ratio):
    with pytest.raises(ValueError, match="give shares"):
        argument.dollar_share(share, ratio)
    with pytest.raises(ValueError, match="strictly between"):
        argument.implied_price_ratio(0.5, 1.0)


@pytest.mark.parametrize("displacement", [0.0, 0.5, 1.0])
def test_what_closed_loses_is_the_displaced_part_of_what_open_gains(displacement):
    frame = argument.after_release(range(-5, 30), level=10, gain=4, displacement=displacement)
    change = frame - 10
    assert_allclose(change["closed"], -displacement * change["open"], atol=1e-12)
    assert (change.loc[:0] == 0).all(axis=None)
    assert change["open"].is_monotonic_increasing


# --- the simulation -------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", [0.0, 0.5, 1.0])
def test_without_common_demand_displacement_is_found(truth):
    rng = np.random.default_rng(5)
    found = argument.estimated_displacement(truth, 0.0, weeks=300, records=2000, rng=rng)
    assert np.median(found) == pytest.approx(truth, abs=0.05)


def test_common_demand_makes_one_market_look_like_two():
    found = argument.displacement_found([0, 1], [1.0], weeks=56, records=2000, seed=5)
    alone, together = found["median"]
    assert alone > 0.9
    assert abs(together) < 0.3


def test_swings_have_the_stated_size_and_memory():
    swings = argument.Swings(memory=0.6).draw(0.2, (4000, 30), np.random.default_rng(2))
    assert_allclose(swings.std(axis=0), 0.2, rtol=0.05)
    lagged = np.mean(swings[:, 1:] * swings[:, :-1]) / np.mean(swings**2)
    assert lagged == pytest.approx(0.6, abs=0.02)


# --- the claims at a glance -----------------------------------------------------------------------


def test_no_record_reaches_past_the_freeze():
    spans = overview.spans(claims.load())
    assert list(spans.index) == list(claims.load())
    assert (spans["first"] < spans["last"]).all()
    assert (spans["last"] <= FREEZE).all()
    assert (spans["tripwire"] > FREEZE).all()


def test_a_record_is_narrowed_to_the_primary_choice():
    spans = overview.spans(claims.load())
    assert spans.loc["C7", "first"] == pd.Timestamp("2024-12-21")  # Aider polyglot's first run
    assert spans.loc["C14", "first"] >= pd.Timestamp("2025-01-01")


def test_the_dossier_leaves_no_claim_and_no_rival_out():
    text = overview.dossier(claims.load())
    missing = [c.id for c in claims.load().values() if c.rival not in text or c.seen not in text]
    assert missing == []


def test_each_claim_of_the_dossier_is_folded_under_its_title():
    text = overview.dossier(claims.load())
    assert text.count("<details>\n<summary>") == text.count("</details>") == len(claims.load())
    assert "</summary>\n\n" in text  # else Markdown takes what follows for HTML


def test_a_bar_in_a_cell_does_not_end_it():
    table = overview.markdown_table(pd.DataFrame({"rule": ["a|b"]}, index=["C1"]))
    assert table.splitlines()[-1] == r"| C1 | a\|b |"


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [((5, 3, 7), "supported"), ((0, -1, 1), "against"), ((2, 0, 4), "cannot tell")],
)
def test_imagined_estimates_meet_the_same_judge(numbers, verdict):
    assert overview.verdict_if(claims.load()["C10"], *numbers) == verdict


def test_levels_that_name_a_column_value_are_spelled_as_the_table_does():
    universe = choices.universe(claims.load()["C11"])
    listed = set(overview.known("api_prices")["list"].cat.categories)
    assert set(universe["source"]) <= listed


# --- figures --------------------------------------------------------------------------------------


def test_the_two_readings_are_drawn_on_one_line():
    opened, closed = Exponential(20, 2), Exponential(80, 0.5)
    share = argument.as_one_market(opened, closed)
    ax = draw.same_picture(np.linspace(0, 3, 121), opened, closed, share)
    line, points = ax.figure.axes[1].lines
    on_line = np.interp(points.get_xdata(), line.get_xdata(), line.get_ydata())
    assert_allclose(points.get_ydata(), on_line, atol=1e-9)
    assert {text.get_text() for text in ax.texts} == {"open", "closed"}


def test_the_price_lines_and_the_two_paths_start_where_they_should():
    ax = draw.two_units([1, 6], (0.8, 0.96), later=0.4)
    same_price, six, follow, stay, point = ax.lines
    assert_allclose(same_price.get_xdata(), same_price.get_ydata())
    assert_allclose(np.interp(0.8, six.get_xdata(), six.get_ydata()), 0.96)
    assert_allclose(follow.get_ydata()[-1], argument.dollar_share(0.4, 6))
    assert set(stay.get_ydata()) == {0.96}
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (0.8, 0.96)


def test_both_sides_of_a_release_are_labelled_in_each_panel():
    frame = argument.after_release(range(-5, 20), level=10, gain=4, displacement=1)
    ax = draw.after_release({"one": frame, "two": frame})
    for panel in ax.figure.axes:
        assert [text.get_text() for text in panel.texts] == ["open", "closed"]
        assert_allclose(panel.lines[1].get_ydata(), frame["closed"])


def test_the_band_of_each_truth_is_drawn():
    found = argument.displacement_found([0, 1], [0, 1], weeks=30, records=100, seed=1)
    ax = draw.hidden_displacement(found, {1: "one", 0: "none"})
    assert len(ax.collections) == 2
    assert_allclose(ax.lines[0].get_ydata(), found[found.displacement == 1]["median"])


def test_the_calendar_shows_every_record_and_tripwire():
    spans = overview.spans(claims.load())
    horizon = pd.Timestamp("2031-06-01"), pd.Timestamp("2036-06-01")
    ax = draw.calendar(spans, {name: name for name in spans.index}, horizon)
    assert len(ax.collections[0].get_segments()) == len(spans)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(spans.index)
    assert len(ax.lines[0].get_xdata()) == len(spans)
    assert set(spans.index) <= {text.get_text() for text in ax.texts}
