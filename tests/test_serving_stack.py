"""The stack for open weights (C12): medians, shuffled labels and growth of packages."""

import math
import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import permutation_test

from uptake.openclosed import claims, hosting, known
from uptake.openclosed.hosting import (
    shuffled,
    stack,
)

VALUES = st.lists(st.floats(-5, 5), min_size=4, max_size=6, unique=True)


def gaps(a, b, axis):
    return np.abs(np.median(a, axis=axis) - np.median(b, axis=axis))


def test_the_permutation_p_value_is_that_of_scipy():
    rng = np.random.default_rng(3)
    for n, m in ((4, 5), (6, 4), (7, 6)):
        first, second = rng.normal(0.5, 1, n), rng.normal(size=m)
        theirs = permutation_test(
            (first, second), gaps, vectorized=True, n_resamples=np.inf, alternative="greater"
        )
        assert_allclose(shuffled.p_value(first, second), theirs.pvalue, rtol=1e-12)


def test_a_p_value_is_worked_by_hand():
    # 20 deals of 1 to 6; the medians lie 3 apart in {1,2,x | ...} for x = 3, 4 and the mirrors.
    assert shuffled.p_value([4.0, 5.0, 6.0], [1.0, 2.0, 3.0]) == pytest.approx(4 / 20)


@given(VALUES, VALUES, st.floats(-3, 3))
@examples(12)
def test_an_interval_moves_with_the_shift_and_holds_the_difference(first, second, shift):
    first, second = np.array(first), np.array(second)
    low, high = shuffled.interval(first, second)
    moved = shuffled.interval(first + shift, second)
    assert_allclose(moved, (low + shift, high + shift), atol=1e-6)
    assert low <= np.median(first) - np.median(second) <= high


def test_shifts_outside_the_interval_are_rejected_and_those_just_inside_are_not():
    rng = np.random.default_rng(5)
    first, second = rng.normal(1, 1, 7), rng.normal(size=6)
    low, high = shuffled.interval(first, second)
    step = 0.002 * (high - low)
    for end, out in ((low, -1), (high, 1)):
        assert shuffled.p_value(first, second, end + out * step) <= 0.05
        assert shuffled.p_value(first, second, end - out * step) > 0.05


def test_groups_too_small_to_reject_anything_have_no_ends():
    assert shuffled.interval([1.0, 2.0, 3.0], [1.5, 2.5, 3.5]) == (-math.inf, math.inf)


def test_many_deals_are_drawn_and_agree_with_all_of_them():
    rng = np.random.default_rng(7)
    first, second = rng.normal(0.6, 1, 8), rng.normal(size=8)
    every = shuffled.p_value(first, second)
    drawn = shuffled.p_value(first, second, most=5000)
    assert every != drawn
    assert_allclose(drawn, every, atol=4 * math.sqrt(every * (1 - every) / 5000))


def test_simulated_intervals_cover_when_the_sides_are_alike():
    values = np.random.default_rng(9).normal(size=9)
    found = shuffled.simulate(values, values, 0.0, np.random.default_rng(11), size=300, most=1000)
    assert 0.92 <= found.coverage <= 0.98
    assert found.power == pytest.approx(1 - found.coverage)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match="three values or more"):
        shuffled.p_value([1.0, 2.0], [1.0, 2.0, 3.0])


def test_the_rule_lists_the_packages_of_the_stack_and_those_left_out():
    rule = claims.load()["C12"].prediction.estimand
    said, left_out = rule.split("Precisely:")[1].split("are left out:")
    tuning, serving = said.split("serving is")
    named = {
        part: set(re.findall(r"[a-z][a-z-]*[a-z]", part)) for part in (tuning, serving, left_out)
    }
    assert set(stack.TUNING) <= named[tuning] - set(stack.SERVING)
    assert set(stack.SERVING) <= named[serving] - set(stack.TUNING)
    table = known("package_downloads").astype({"category": str})
    every = set(table.loc[table["category"] == "open_stack", "package"])
    rest = every - set(stack.TUNING + stack.SERVING)
    assert rest == named[left_out] & every and len(rest) == 12


def test_the_declared_choices_are_arguments_of_the_owning_functions():
    for name, function in (
        ("C12", hosting.stack_growth_difference),
        ("C13", hosting.revenue_ratio_trend),
    ):
        claim = claims.load()[name]
        assert claim.function == f"hosting.{function.__name__}"
        assert function().unit == claim.prediction.unit
        for dimension in claim.dimensions:
            assert function.__kwdefaults__[dimension.name] == dimension.values[0]
            for value in dimension.values:
                found = function(**{dimension.name: value})
                assert found.low < found.value < found.high


def test_growth_is_the_slope_of_the_log_against_the_index():
    table = known("package_downloads").astype({"package": str})
    wide = table.pivot_table(index="date", columns="package", values="value")
    # 2024-08-30 and 2024-11-26 lie within a week of the snapshots after them.
    wide = wide.loc["2024-01-01":].drop(pd.to_datetime(["2024-08-30", "2024-11-26"]))
    years = (wide.index - wide.index[0]).days.to_numpy() / 365.25
    model = sm.OLS(np.log(wide["vllm"] / wide["pip"]).to_numpy(), sm.add_constant(years)).fit()
    found = hosting.package_growth(deflator="pip")
    assert_allclose(found.loc["vllm", "growth"], model.params[1], rtol=1e-9)
    assert_allclose(found.loc["vllm", "last"], wide["vllm"].iloc[-1] / 1e6)


def test_the_deflator_moves_both_sides_and_hardly_their_difference():
    growth = {d: hosting.package_growth(deflator=d)["growth"] for d in stack.DEFLATORS}
    assert abs(growth["pip"]["vllm"] - growth["boto3"]["vllm"]) > 0.05
    found = [hosting.stack_growth_difference(deflator=d).value for d in stack.DEFLATORS]
    assert np.ptp(found) < 1e-9
    sums = [hosting.stack_growth_difference(deflator=d, aggregate="sum") for d in stack.DEFLATORS]
    assert np.ptp([e.value for e in sums]) < 1e-9


def test_only_packages_of_the_first_snapshot_count_and_a_successor_is_one_with_the_old():
    table = known("package_downloads").astype({"package": str})
    first = set(table.loc[table["date"] == "2024-01-01", "package"])
    growth = hosting.package_growth()
    assert set(growth.index) <= first and "google-genai" not in growth.index
    last = table[table["date"] == table["date"].max()].set_index("package")["value"]
    both = last["google-generativeai"] + last["google-genai"]
    assert_allclose(growth.loc["google-generativeai", "last"], both / 1e6)
    assert "openai" not in hosting.package_growth(clients="without_openai").index


def test_the_sums_are_those_of_the_same_packages():
    record, growth = hosting.stack_record(), hosting.package_growth()
    table = known("package_downloads").astype({"package": str})
    last = table[table["date"] == table["date"].max()].set_index("package")["value"]
    opened = last[growth.index[growth["side"] == "open"]].sum()
    assert_allclose(record["open"].iloc[-1], opened / last["boto3"])
    assert record["number"].is_unique and record["number"].is_monotonic_increasing


def test_leaving_a_package_out_changes_the_middle_as_it_should():
    growth = hosting.package_growth()
    closed = growth.loc[growth["side"] == "closed", "growth"]
    opened = growth.loc[growth["side"] == "open", "growth"]
    found = hosting.stack_growth_difference(without=("tiktoken",))
    assert_allclose(found.value, opened.median() - closed.drop("tiktoken").median())


@pytest.mark.parametrize("name", ["stack", "clients", "deflator", "aggregate"])
def test_an_unknown_choice_of_packages_is_refused(name):
    with pytest.raises(ValueError, match="use"):
        hosting.stack_growth_difference(**{name: "all of them"})


def test_the_power_of_a_large_effect_is_higher():
    rng = np.random.default_rng(12)
    growth = stack.by_side(hosting.package_growth())
    small, large = (shuffled.simulate(*growth, e, rng, size=150, most=500) for e in (0.25, 3.0))
    assert small.power < 0.5 < large.power
    assert_allclose(np.median(large.estimates), 3.0, atol=0.5)
