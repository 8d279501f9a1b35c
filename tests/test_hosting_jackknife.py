"""C11's jackknife over hosts: the same numbers as leaving each host out of the table."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t as student

from uptake.openclosed.hosting.jackknife import host_half_width
from uptake.openclosed.hosting.panels import MEASURES, dispersion, followed
from uptake.openclosed.hosting.spread import of_panel


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
