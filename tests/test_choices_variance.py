import itertools
import math

import numpy as np
import pandas as pd
import pytest
from effort import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from uptake.openclosed.choices import decompose
from uptake.openclosed.choices.variance import INTERACTIONS

CELLS = list(itertools.product(["x", "y"], [False, True], [0.5, 1.0, 2.0]))
numbers = st.floats(-100, 100).map(lambda value: round(value, 3))


def table(values, keep=None):
    """Return a 2 by 2 by 3 table of specifications, some left without an estimate."""
    frame = pd.DataFrame(CELLS, columns=["a", "b", "c"]).assign(estimate=values, low=0.0)
    return frame if keep is None else frame.assign(estimate=frame["estimate"].where(keep))


def sequential(frame, order):
    """Return the sums of squares as the choices enter one after the other, by statsmodels."""
    formula = "estimate ~ " + " + ".join(f"C({name})" for name in order)
    found = anova_lm(ols(formula, frame).fit(), typ=1)["sum_sq"]
    return pd.Series({name: found[f"C({name})"] for name in order})


def test_a_table_worked_by_hand():
    # a adds 2, b adds 1, c adds 0, 3 or 6, and a and b together 1 or -1. The twelve squares about
    # the mean sum to 12 for a, 12 * 1/4 = 3 for b, 4 * (9 + 0 + 9) = 72 for c, 12 for the product.
    values = [
        2 * (a == "y") + b + {0.5: 0, 1.0: 3, 2.0: 6}[c] + (1 if (a == "y") == b else -1)
        for a, b, c in CELLS
    ]
    found = decompose(table(np.array(values, float))).table
    assert list(found.index) == ["c", "a", "b", INTERACTIONS]
    assert_allclose(found["share"], [72 / 99, 12 / 99, 3 / 99, 12 / 99], atol=1e-12)
    assert_allclose(found["shift"], [6, 2, 1, math.nan])


def test_interactions_are_what_no_single_choice_explains():
    # Only the product of a and b matters: no main effect at all.
    crossed = [1.0 if (a == "y") == b else -1.0 for a, b, _ in CELLS]
    found = decompose(table(crossed)).table["share"]
    assert_allclose(found[["a", "b", "c", INTERACTIONS]], [0, 0, 0, 1], atol=1e-12)


@examples(25)
@given(st.lists(numbers, min_size=12, max_size=12))
def test_in_a_full_factorial_the_shares_are_those_of_the_analysis_of_variance(values):
    assume(np.ptp(values) > 1)
    frame = table(values)
    total = ((frame["estimate"] - frame["estimate"].mean()) ** 2).sum()
    expected = sequential(frame, ["a", "b", "c"]) / total
    found = decompose(frame).table["share"]
    assert_allclose(found[["a", "b", "c"]], expected, atol=1e-9)
    assert found.sum() == pytest.approx(1)


@examples(25)
@given(st.lists(numbers, min_size=12, max_size=12), st.sets(st.integers(0, 11), max_size=4))
def test_with_gaps_the_shares_are_the_mean_over_all_orders(values, gaps):
    keep = [i not in gaps for i in range(12)]
    frame = table(values, keep)
    known = frame[keep]
    assume(np.ptp(known["estimate"]) > 1 and all(known.nunique()[["a", "b", "c"]] == [2, 2, 3]))
    total = ((known["estimate"] - known["estimate"].mean()) ** 2).sum()
    orders = [sequential(known, order) / total for order in itertools.permutations("abc")]
    found = decompose(frame)
    assert_allclose(found.table["share"][["a", "b", "c"]], sum(orders) / 6, atol=1e-9)
    assert (found.estimated, found.combinations) == (12 - len(gaps), 12)
    assert bool(found.concerns) == bool(gaps)


def test_gaps_are_counted_and_the_levels_named_that_have_more_of_them():
    keep = [not (a == "y" and c == 2.0) for a, _, c in CELLS]
    found = decompose(table(np.arange(12.0), keep))
    assert found.concerns == (
        "2 of 12 combinations have no estimate, more of them under a=y, c=2.0; the shares hold "
        "for the others",
    )


def test_a_choice_known_at_one_level_has_no_share_and_an_unknown_shift():
    keep = [a == "x" for a, _, _ in CELLS]
    found = decompose(table(np.arange(12.0), keep))
    assert found.table.loc["a", "share"] == 0 and math.isnan(found.table.loc["a", "shift"])
    assert found.thin == ("a=y",)


def test_choices_that_always_change_together_have_unknown_shifts():
    keep = [(a == "y") == b for a, b, _ in CELLS]
    found = decompose(table([10.0 * b for _, b, _ in CELLS], keep)).table
    assert found["shift"].isna().all()
    assert_allclose(found["share"][["a", "b"]], [0.5, 0.5])  # nothing tells them apart


def test_equal_estimates_leave_nothing_to_divide():
    assert decompose(table([0.1 + 0.2] * 6 + [0.3] * 6)).table["share"].isna().all()


@given(st.lists(numbers, min_size=12, max_size=12), st.sampled_from([-3.0, 1e-3, 1e4]))
def test_the_unit_of_the_estimates_does_not_matter(values, scale):
    assume(np.ptp(values) > 1)
    first, second = (decompose(table(factor * np.array(values))).table for factor in (1, scale))
    assert_allclose(second["share"][first.index], first["share"], atol=1e-9)
    assert_allclose(second["shift"][first.index], abs(scale) * first["shift"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"estimate": [1.0, 2.0]}), "needs choices and an estimate"),
        (pd.DataFrame({"a": [1, 2]}), "needs choices and an estimate"),
        (pd.DataFrame({"a": [1, 1], "estimate": [1.0, 2.0]}), "1 combinations occur more"),
        (pd.DataFrame({"a": [1, 2], "estimate": [1.0, math.nan]}), "1 estimates have no variance"),
    ],
)
def test_a_table_that_cannot_be_divided_is_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        decompose(frame)
