"""What the benchmarks left behind can be read, and says what it promises."""

import pytest

from uptake.openclosed.benchmarks import NAMES, measured


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
