"""What the benchmarks left behind can be read, and says what it promises."""

from pathlib import Path

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from uptake.openclosed.benchmarks import NAMES, measured

TABLES = Path(__file__).parent / "benchmarks"


@pytest.mark.parametrize("name", NAMES)
def test_every_table_names_its_run(name):
    table = measured(name)
    assert {"date", "seed", "numpy", "scipy", "uptake"} <= set(table)
    assert table["date"].notna().all()
    assert len(table) > 3


def test_coverage_lies_within_its_own_interval():
    table = measured("coverage")
    assert table["coverage"].between(table["low"], table["high"]).all()
    assert {0.8, 1.0, 1.3, 1.8} <= set(table["cut"])


def test_a_table_that_is_not_there_is_asked_for_by_name(tmp_path):
    with pytest.raises(ValueError, match="make bench writes it"):
        measured("speed", folder=tmp_path)
    with pytest.raises(ValueError, match="take one of coverage"):
        measured("memory")


def test_the_table_of_mutants_counts_the_survivors_that_are_listed_and_read():
    table = pd.read_csv(TABLES / "mutation.csv").set_index("group")
    listed = pd.read_csv(TABLES / "survivors.csv", keep_default_na=False)
    assert set(listed["group"]) <= set(table.index)
    for group, row in table.iterrows():
        readings = listed.loc[listed["group"] == group, "reading"]
        assert row["killed"] + row["timed_out"] + row["survived"] == row["tried"] <= row["mutants"]
        assert len(readings) == row["survived"]
        assert readings.value_counts().to_dict() == {
            name: row[name] for name in ("equivalent", "immaterial", "matters") if row[name]
        }
    assert listed["reason"].str.len().gt(0).all()


def test_the_score_of_mutants_has_its_wilson_interval():
    table = pd.read_csv(TABLES / "mutation.csv")
    trials, z = table["tried"] - table["equivalent"], norm.ppf(0.975)
    share = (table["killed"] + table["timed_out"]) / trials
    assert_allclose(table["score"], share, rtol=1e-3)
    # Wilson (1927): the shares that a test of the score would not reject.
    for end in ("low", "high"):
        assert_allclose(
            (share - table[end]) ** 2, z**2 * table[end] * (1 - table[end]) / trials, rtol=0.05
        )
