import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from uptake import Bass, Exponential, Gompertz, Logistic, datasets, fit
from uptake.openclosed import durables, method, technologies
from uptake.openclosed.figures import ceilings
from uptake.openclosed.figures import method as drawings
from uptake.recovery import recovery


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def annual(noise, *, truth=None, size=300):
    truth = truth or Bass(100.0, 0.01, 0.4)
    options = {"noise": noise, "rng": np.random.default_rng(1), "size": size, "curve": Bass}
    return recovery(truth, np.arange(19.0), range(7, 15), **options)


def test_change_per_tenth_is_the_slope_of_logs():
    reached = np.array([10.0, 12.0, 15.0])
    frames = [
        pd.DataFrame({"record": i, "reached": reached, "interior": True, "m": a * reached**b})
        for i, (a, b) in enumerate([(2.0, 0.5), (7.0, 0.5)])
    ]
    change = method.systematic_change(pd.concat(frames), ["m"])
    assert_allclose(change["m"], 100 * (1.1**0.5 - 1))


def test_records_with_a_runaway_ceiling_are_left_out_and_counted():
    fits = pd.DataFrame(
        {"record": [0, 0, 1, 1], "reached": [1.0, 2, 1, 2], "m": [1.0, 1, 1, 1e9]}
    ).assign(interior=[True, True, True, False])
    change = method.systematic_change(fits, ["m"])
    assert change.to_dict() == {"m": 0.0, "records": 1.0, "left_out": 1.0}
    with pytest.raises(ValueError, match="start the cuts later"):
        method.systematic_change(fits.assign(interior=False), ["m"])


def test_longer_records_raise_the_ceiling_and_lower_imitation_where_noise_is_large():
    # Van den Bulte and Lilien (1997): m and p rise, q falls, with no error in the curve's form.
    change = method.systematic_change(annual(0.2))
    assert change["m"] > 2 and change["p"] > 2 and change["q"] < -2


def test_a_wrong_form_moves_the_estimates_the_same_way_with_little_noise():
    change = method.systematic_change(annual(0.02, truth=Gompertz(100.0, 0.3, 9.0)))
    assert change["m"] > 2 and change["p"] > 2 and change["q"] < -2


def test_the_rule_of_half_a_curve_depends_on_what_ten_per_cent_is_of():
    table = method.half_curve_rule(rng=np.random.default_rng(2), size=300)
    errors = table.loc[(slice(None), 0.1), 50].droplevel("noise")
    assert errors.is_monotonic_increasing
    assert errors["within, of the level"] < 0.2 < errors["standard deviation, of the level"]
    assert (table[20] >= table[50]).all()


def test_level_errors_of_exact_fits_are_zero():
    truth = Logistic(2.0, 1.0, 0.0)
    fits = pd.DataFrame({"cut": [1.0], "observed": [0.7], "m": [2.0], "r": [1.0], "t0": [0.0]})
    assert_allclose(method.level_errors(fits, truth, 3.0)["median"], 0, atol=1e-12)
    off = method.level_errors(fits.assign(m=3.0), truth, 3.0)
    assert_allclose(off["median"], 0.5)


def test_families_agree_with_fits_made_by_hand():
    linux = datasets.load("precedents").query("series == 'top500_os_share_linux'")
    linux = linux[linux["date"].between("1997-11-01", "2003-11-01")]
    table = method.families([Exponential, Logistic], linux["date"], linux["value"])
    assert_allclose(table["weight"].sum(), 1)
    residuals = linux["value"].to_numpy() - table.loc["Exponential", "fit"].fitted
    explained = 1 - residuals @ residuals / ((linux["value"] - linux["value"].mean()) ** 2).sum()
    assert_allclose(table.loc["Exponential", "r2"], explained)
    assert table["aicc"].min() == 0


def test_a_gompertz_without_a_ceiling_fits_linux_nearly_as_an_exponential_does():
    linux = datasets.load("precedents").query("series == 'top500_os_share_linux'")
    linux = linux[linux["date"].between("1997-11-01", "2003-11-01")]
    table = method.families([Exponential, Gompertz], linux["date"], linux["value"])
    # A rough search for the limit once returned a spike at the last point, r2 near zero.
    assert table["r2"].min() > 0.9


def test_more_points_do_not_replace_the_turn():
    options = {"noise": 0.05, "correlation": 0.0, "rng": np.random.default_rng(3), "size": 200}
    table = method.planning(Bass(1.0, 0.01, 0.4), [10, 80], [0.5, 1.3], **options)["bounded"]
    assert table[80, 0.5] < 0.5 < table[10, 1.3]


def test_every_technology_is_kept_or_counted_once():
    records, counts = technologies.reference_class()
    assert counts["all"] == datasets.load("technology_adoption")["series"].nunique()
    assert counts.drop(["all", "kept"]).sum() + len(records) == counts["all"]
    assert not {name.removeprefix("us_adoption_") for name in technologies.TWICE} & set(records)
    for record in records.values():
        share = record["share"].to_numpy()
        assert share[0] <= 0.2 * share[-1] and share[-1] >= 0.9 * share.max()


def test_the_error_of_a_ceiling_falls_as_more_is_seen_and_is_the_rules_at_its_share():
    options = {"noises": [0.1], "size": 200}
    table = method.ceiling_errors([0.5, 0.7, 0.9], rng=np.random.default_rng(3), **options)
    rule = method.half_curve_rule(rng=np.random.default_rng(3), points=[50], **options)
    for reading, errors in table[0.1].items():
        assert errors.loc[0.5] == rule.loc[(reading, 0.1), 50]
        assert errors.is_monotonic_decreasing and errors.loc[0.9] < 0.3


def test_ceilings_that_ran_away_are_arrows_at_the_edge_and_the_rule_a_marked_field():
    columns = pd.MultiIndex.from_product([[0.05, 0.1], ["within", "of the level"]])
    table = pd.DataFrame([[0.5, np.inf] * 2, [0.1, 0.2] * 2], index=[0.3, 0.9], columns=columns)
    ax = ceilings.ceiling_errors(table, published=(0.5, 0.2))
    away, diamond = ax.lines[5], ax.lines[6]
    assert list(away.get_xdata()) == [0.3] and away.get_marker() == r"$\uparrow$"
    assert (diamond.get_xdata()[0], diamond.get_ydata()[0]) == (0.5, 0.2)
    assert [each.get_title(loc="left") for each in ax.figure.axes] == [
        "Errors of 5%",
        "Errors of 10%",
    ]
    plt.close(ax.figure)


def test_a_stage_sees_nothing_after_its_cut():
    records, _ = technologies.reference_class()
    whole = {"colour tv": records["colour tv"]}
    changed = whole["colour tv"].copy()
    after = changed["share"] >= 0.6 * changed["share"].iloc[-1]
    seen = changed.index <= after.idxmax()
    changed.loc[~seen & (changed.index < changed.index[-1]), "share"] = 0.9
    tables = [technologies.stages(part, [0.6]) for part in (whole, {"colour tv": changed})]
    pd.testing.assert_frame_equal(*tables)


def test_two_points_of_the_profile_say_what_tracing_it_says():
    records, _ = technologies.reference_class()
    few = {name: records[name] for name in ("colour tv", "microwave")}
    for row in technologies.stages(few, [0.5, 0.9]).itertuples():
        record = few[row.technology]
        share = record["share"].to_numpy()
        end = int(np.argmax(share >= row.share * share[-1])) + 1
        interval = fit(Logistic, record["t"][:end], share[:end]).interval("m")
        assert row.bounded == interval.bounded
        assert row.contains == (share[-1] in interval)
        assert row.below == (interval.high < share[-1])
        assert row.above == (interval.low > share[-1])


def test_counts_by_stage_add_up():
    records, _ = technologies.reference_class()
    few = {name: records[name] for name in ("colour tv", "disk brakes", "microwave")}
    table = technologies.by_stage(technologies.stages(few, [0.1, 0.7]))
    parts = table[["contains", "above", "below"]].sum(axis=1)
    assert (parts == table["fitted"]).all()
    assert (table["fitted"] + table["too_few"] == 3).all()
    assert table.loc[0.1, "too_few"] > 0


def test_an_interval_without_an_end_has_an_arrow_and_one_with_an_end_has_none():
    table = pd.DataFrame({"ceiling": [2.0, 1.1], "low": [0.7, 1.0], "high": [np.inf, 1.2]})
    table = table.assign(interior=True).set_axis([1984, 1988])
    ax = drawings.as_known_then({"sales": table}, top=2.5)
    arrows = [line for line in ax.lines if line.get_marker() == "^"]
    assert arrows[0].get_xdata().tolist() == [1984]


def test_curves_are_dashed_beyond_the_record():
    t = np.arange(10.0)
    y = Logistic(1.0, 1.0, 9.0)(t)
    table = method.families([Logistic, Exponential], t, y)
    ax = drawings.same_fit(table, t + 10, y, until=15, top=2.0)
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 2 and all(line.get_xdata()[0] == 9 for line in dashed)


def test_no_curve_hides_another_that_it_coincides_with():
    t = np.arange(10.0)
    y = Logistic(1.0, 1.0, 9.0)(t)
    ax = drawings.same_fit(method.families([Logistic, Exponential], t, y), t + 10, y, until=15,
                           top=2.0)  # fmt: skip
    drawn = [line for line in ax.lines if line.get_marker() in ("None", "none", "")]
    solid = [line.get_linewidth() for line in drawn if line.get_linestyle() == "-"]
    assert solid == sorted(set(solid), reverse=True) and len(solid) == 2
    (first, dashes), (second, _) = (
        line._unscaled_dash_pattern for line in drawn if line.get_linestyle() == "--"
    )
    assert second - first == dashes[0] and dashes[1] >= dashes[0]


def test_the_band_of_a_forecast_begins_where_its_record_ends():
    truth, t = Bass(100.0, 0.01, 0.4), np.arange(21.0)
    y = truth.flow(t) + 0.1 * np.cos(3 * t[1:])
    result = fit(Bass, t[:13], y[:12], kind="flow")
    band = result.forecast(t[12:], rng=np.random.default_rng(1), draws=99)
    ax = drawings.cut_record(t, y, truth, {"12": result}, bands={"12": band})
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 0].min() == 12.5 and corners[:, 0].max() == 19.5
    assert_allclose(corners[:, 1].max(), band["high"].max())


def test_durables_are_counted_in_what_was_sold_by_the_end():
    table = durables.each_year("Colour television")
    assert table.index.tolist() == [1967, 1968, 1969, 1970]
    sold = datasets.load("classic_diffusion").query("series == 'us_colour_television_sales'")
    assert_allclose(table["ceiling"] * sold["value"].sum(), table["m"])
    with pytest.raises(ValueError, match="Clothes dryers"):
        durables.each_year("Toasters")


def test_a_borrowed_shape_leaves_only_the_ceiling_to_the_first_years():
    sold = datasets.load("classic_diffusion").query("series == 'us_vcr_sales'")["value"].to_numpy()
    shape = Bass(1.0, 0.03, 0.38).flow(np.arange(6))
    ceiling = shape @ sold[:5] / (shape @ shape) / sold.sum()
    row = durables.borrowed_shape(0.03, 0.38).loc["Video recorders"]
    # One linear parameter: the profile interval is the t interval about its least squares value.
    assert_allclose((row["low"] + row["high"]) / 2, ceiling, rtol=1e-5)
