"""The equation of C1 read to the letter: exact records, its confidence set, what it cannot tell."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from uptake.openclosed import claims, market
from uptake.openclosed.market import literal
from uptake.openclosed.market.displacement import in_tokens

RULE = claims.load()["C1"].prediction
REGIONS = {"supports": RULE.supports, "refutes": RULE.refutes}


@pytest.mark.parametrize("a", [0.0, 0.5, 1.0, -0.8])
def test_in_a_room_that_stays_the_displacement_is_given_back(a):
    rng = np.random.default_rng(2)
    other = rng.uniform(0.2, 0.6, 60)
    own = np.empty(60)
    own[0] = 0.1
    growth = np.empty(60)
    for t in range(60):
        growth[t] = 0.3 * (1 - (own[t] + a * other[t]) / 1.5)
        if t < 59:
            own[t + 1] = own[t] * np.exp(growth[t])
    value, low, high = literal.ratio_of_slopes(own[None], other[None], growth[None])
    assert_allclose([value[0], low[0], high[0]], a, atol=1e-6)


def test_the_set_holds_the_values_that_an_f_test_does_not_reject():
    levels = literal.Levels.of(in_tokens())
    own, other, growth = levels.own, levels.other, levels.growth

    def squares(*columns):
        design = np.column_stack([np.ones(len(own)), *columns])
        rest = growth - design @ np.linalg.lstsq(design, growth, rcond=None)[0]
        return rest @ rest

    freedom = len(own) - 3
    bound = squares(own, other) * (1 + stats.f.ppf(0.95, 1, freedom) / freedom)
    found = market.literal_reading()
    for end, outward in ((found.low, -1), (found.high, 1)):
        assert_allclose(squares(own + end * other), bound, rtol=1e-9)
        assert squares(own + (end + 0.01 * outward) * other) > bound
    assert squares(own + found.value * other) < bound


def test_a_room_that_is_not_seen_leaves_the_set_without_ends():
    rng = np.random.default_rng(3)
    own, other, growth = rng.normal(size=(3, 1, 40))
    _, low, high = literal.ratio_of_slopes(own, other, growth)
    assert (low[0], high[0]) == (-np.inf, np.inf)


def test_real_growth_gives_the_real_levels_back():
    levels = literal.Levels.of(in_tokens())
    assert levels.first.sum() > 1  # weeks are missing, and the list changes
    assert_allclose(levels.grown(levels.growth[None])[0], levels.own)


def test_the_letter_lies_where_the_claim_is_supported_and_the_estimate_does_not():
    letter = market.literal_reading()
    assert RULE.supports.contains(letter.low, letter.high)
    assert not RULE.supports.contains(*[getattr(market.displacement(), e) for e in ("low", "high")])


def test_whatever_the_truth_the_letter_never_refutes_and_sometimes_supports():
    found = market.literal_chance([0.0, 1.0], [0.0, 0.5], 7, **REGIONS, size=400)
    assert (found["median"] < 0).all()
    assert (found["refutes"] < 0.02).all() and (found["supports"] > 0.1).all()
    assert (found.xs(1.0, level="truth")["coverage"] < 0.85).all()
