"""How long models stay in the top ten, and what clouds and packages add."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import SurvfuncRight

from uptake import datasets
from uptake.openclosed import FREEZE, known
from uptake.openclosed.hosting import (
    clouds,
    reach,
    slots,
    stack,
    staying,
)


def weeks_of(**presence):
    """A table of holders: name=(weights, weeks)."""
    rows = [(week, name, side) for name, (side, weeks) in presence.items() for week in weeks]
    return pd.DataFrame(rows, columns=["week", "name", "weights"])


def test_stays_are_worked_by_hand():
    table = weeks_of(a=("open", [0, 1]), b=("closed", [1, 2, 4, 5, 9]), c=("open", [8, 9]))
    found = staying.stays(table).set_index(["name", "first"])
    assert found["weeks"].tolist() == [2, 5, 1, 2]
    assert found["ended"].tolist() == [True, True, False, False]
    assert found["begun"].tolist() == [False, True, True, True]
    lately = staying.stays(weeks_of(a=("open", range(9)), b=("open", range(10))))
    assert not lately["ended"].any()  # one week away may still be bridged
    assert staying.stays(table, gap=0).groupby("name").size().to_dict() == {"a": 1, "b": 3, "c": 1}
    assert staying.stays(table, gap=9).groupby("name").size().to_dict() == {"a": 1, "b": 1, "c": 1}
    with pytest.raises(ValueError, match="0 or more"):
        staying.stays(table, gap=-1)


def test_a_longer_bridge_never_shortens_the_weeks_covered():
    holders = staying.top()
    covered = [staying.stays(holders, gap=gap)["weeks"].sum() for gap in (0, 1, 4, 13)]
    assert covered == sorted(covered)
    assert covered[0] == len(holders)


def test_the_top_nine_are_the_largest_rows_and_lie_before_the_freeze():
    holders = staying.top()
    table = known("router_models").astype({"model": str})
    table = table[table["model"] != "others"]
    last = table[table["week"] == table["week"].max()].nlargest(9, "tokens")["model"]
    week = holders["week"].max()
    assert set(holders.loc[holders["week"] == week, "name"]) == set(last)
    assert table["known"].max() <= FREEZE
    ten = staying.top(size=10)
    assert ten.groupby("week")["name"].nunique().max() == 10
    with pytest.raises(ValueError, match="'model' or 'author'"):
        staying.top(unit="vendor")


def test_the_curve_is_that_of_statsmodels_when_every_model_stays_once():
    table = pd.DataFrame(
        {
            "name": list("abcdef"),
            "weights": "open",
            "weeks": [1, 2, 2, 4, 6, 6],
            "ended": [True, True, False, True, True, False],
            "begun": True,
            "first": 1,
        }
    )
    both = pd.concat([table, table.assign(weights="closed", name=list("ghijkl"))])
    found = staying.staying_curves(both, np.random.default_rng(1))["open"]
    theirs = SurvfuncRight(table["weeks"].astype(float), table["ended"].astype(int))
    assert_allclose(found["waiting"], theirs.surv_prob)
    assert_allclose(staying.log_rank(both), 1.0)  # two sides alike
    ratio = staying.staying_ratio(both, np.random.default_rng(1), draws=50)
    assert_allclose(ratio["ratio"], 1.0)
    assert_allclose(ratio.loc["weeks per exit", "open"], 21 / 4)


def test_stays_whose_beginning_is_unseen_count_only_where_age_does_not_matter():
    table = staying.stays(weeks_of(a=("open", range(9)), b=("open", [2]), c=("closed", [2]),
                                   d=("closed", [5, 6]), e=("open", [11])))  # fmt: skip
    found = staying.staying_ratio(table, np.random.default_rng(1), draws=20)
    # b leaves after a week, e is watched for one: half are gone, and the curve runs level to 26.
    assert found.loc["restricted mean", "open"] == 1 + 25 / 2
    # 9 + 1 + 1 weeks over the two exits that were seen
    assert_allclose(found.loc["weeks per exit", "open"], 11 / 2)


def test_kept_slots_are_worked_by_hand():
    table = weeks_of(a=("open", [0, 1, 2]), b=("closed", [0, 2]), c=("open", [1]))
    found = slots.kept_slots(table, 2)
    assert found[["name", "kept"]].to_numpy().tolist() == [["a", True], ["b", True]]
    assert slots.kept_slots(table, 1)["kept"].sum() == 2


def test_slots_that_never_change_hands_are_all_kept():
    table = weeks_of(a=("open", range(40)), b=("closed", range(40)))
    found = slots.kept_share(slots.kept_slots(table, 13), np.random.default_rng(2), draws=50)
    assert (found[["share", "low", "high"]].to_numpy(float) == 1.0).all()


def test_scored_slots_have_their_horizon_after_the_freeze():
    found = slots.scored_slots(np.random.default_rng(3), horizon=5)
    holders = staying.top()
    last = holders["week"].max()
    spring = holders[(holders["week"] > last - 5) & holders["weights"].isin(staying.SIDES)]
    assert found["slots"].sum() == len(spring)


def test_growth_is_not_worked_out_across_a_new_definition():
    growth = clouds.cloud_growth()
    assert growth.loc["2024-07-01":"2025-06-30", "Microsoft Intelligent Cloud"].isna().all()
    table = known("cloud_revenue").astype({"series": str}).set_index(["series", "date"])["value"]
    series = table["cloud_revenue_aws"]
    expected = np.log(series["2026-01-01"] / series["2025-01-01"])
    assert_allclose(growth.loc["2026-01-01", "Amazon Web Services"], expected)
    assert len(clouds.cloud_growth(scored=True)) == len(growth) + 1


def test_the_step_at_a_date_is_worked_by_hand():
    days = pd.date_range("2024-01-01", periods=7, freq="QS")
    found = clouds.steps(pd.Series([1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0], days))
    assert found.to_dict() == {days[3]: 4 - 1, days[4]: 5 - 1}


def test_a_rank_counts_the_dates_with_a_larger_step():
    found = clouds.placebo().loc["Amazon Web Services"]
    all_steps = clouds.steps(clouds.cloud_growth()["Amazon Web Services"])
    assert found["rank"] == (all_steps >= found["step"]).sum()
    assert found["dates"] == len(all_steps)


def test_the_increments_of_a_package_add_up_to_its_deflated_downloads():
    found = reach.download_ceiling("peft")
    series = stack.deflated("peft") / 1e6
    days = np.diff(series.index.insert(0, series.index[0] - pd.Timedelta(days=30)))
    assert_allclose(found.y, series * (days / np.timedelta64(30, "D")))


def test_stars_gained_are_those_of_a_year_where_a_year_is_on_the_list():
    found = reach.stars_gained()
    assert found["gained"].isna().any() and (found["gained"].dropna() > 0).all()
    table = datasets.load("repository_stars").astype({"repository": str})
    own = table[(table["repository"] == "pytorch/pytorch") & (table["date"] <= FREEZE)]
    assert_allclose(found.loc["pytorch/pytorch", "stars"], own["value"].iloc[-1] / 1e3)
