"""C11's jackknife over hosts: the same numbers as leaving each host out of the table."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t as student

from uptake.openclosed import hosting
from uptake.openclosed.hosting.jackknife import (
    effective_number,
    half_width,
    host_half_width,
    without_hosts,
)
from uptake.openclosed.hosting.panels import MEASURES, dispersion, followed
from uptake.openclosed.hosting.spread import leave_one_out, of_panel


def by_hand(rows, sample, measure, zeros):
    slopes = []
    for host in rows["host"].unique():
        table = dispersion(rows[rows["host"] != host], measure)
        table = table[table["dispersion"] > 0] if zeros == "left_out" else table
        slopes.append(of_panel(table, sample=sample, zeros=zeros).slope[0])
    count = len(slopes)
    error = np.sqrt((count - 1) / count * ((slopes - np.mean(slopes)) ** 2).sum())
    return student.ppf(0.975, count - 1) * error


@pytest.mark.parametrize(("measure", "zeros"), [*product(MEASURES, ["counted", "left_out"])])
def test_leaving_hosts_out_of_sorted_cells_is_leaving_them_out_of_the_table(measure, zeros):
    for sample, source in (("fixed_pairs", "models.dev"), ("pooled", "litellm")):
        rows = followed(sample=sample, source=source)
        found = host_half_width(rows, sample=sample, measure=measure, zeros=zeros)
        assert_allclose(found, by_hand(rows, sample, measure, zeros), rtol=1e-9)


def test_the_order_of_the_rows_and_a_host_without_company_change_nothing():
    rows = followed()
    alone = rows.iloc[[0]].assign(model="nobody else's", host=rows["host"].iloc[0])
    shuffled = pd.concat([rows, alone]).sample(frac=1, random_state=1)
    assert_allclose(host_half_width(shuffled), host_half_width(rows), rtol=1e-9)


def test_few_that_carry_an_estimate_weigh_like_few():
    rng = np.random.default_rng(3)
    assert_allclose(effective_number(np.tile([0.3, 0.1], 20)), 40)
    # One unit 99 times: its square is (1 - 1/100)^2, that of each other one 1/100^2.
    single, rest = 0.99**2, 99 * 0.01**2
    number = (single + rest) ** 2 / (single**2 + rest * 0.01**2)
    assert_allclose(effective_number([0.0] * 99 + [1.0]), number)
    slopes = rng.normal(size=30)
    assert_allclose(effective_number(7 * slopes - 2), effective_number(slopes))
    assert half_width(slopes, 2.0) > half_width(slopes) == half_width(slopes, 29)


def test_slopes_without_hosts_are_those_of_the_table_in_the_order_of_names():
    table = leave_one_out("host")["slope"].sort_index()
    assert_allclose(without_hosts(followed()), table, atol=1e-9)


def test_counting_by_influence_widens_the_declared_intervals_and_moves_none():
    found, estimate = hosting.by_influence(), hosting.dispersion_trend()
    assert (found["effective"] < found["units"]).all()
    assert (found["low_effective"] < found["low"]).all()
    middle = (found["low_effective"] + found["high_effective"]) / 2
    assert_allclose(middle, estimate.value, atol=1e-9)
    # The widest of the declared ones is the interval of the claim.
    assert_allclose(found["low"].min(), estimate.low)
    assert_allclose(found["high"].max(), estimate.high)
    told = f"{found.loc['host', 'effective']:.1f} of equal weight"
    assert any(told in concern for concern in estimate.concerns)


def test_a_coin_turns_all_prices_of_a_host_and_all_coins_turn_the_record():
    rows = followed().sort_values(["model", "host", "month"], kind="stable")
    place = pd.factorize(rows["host"])[1].tolist().index("chutes")

    class Coins:
        def integers(self, low, high, shape):
            tossed = np.zeros(shape, int)
            tossed[1], tossed[2, place] = 1, 1
            return tossed

    plain, turned, one = hosting.host_coins(Coins(), size=3)
    value = hosting.dispersion_trend(by_host=False).value
    assert_allclose(plain, value, atol=1e-9)
    assert_allclose(turned, -value, atol=0.01)  # as the record of dispersions read backwards
    by_hand = rows.copy()
    for _, prices in rows[rows["host"] == "chutes"].groupby("model")["price"]:
        by_hand.loc[prices.index, "price"] = prices.to_numpy()[::-1]
    assert_allclose(one, of_panel(dispersion(by_hand)).slope[0])
    assert abs(one - plain) > 0.01
