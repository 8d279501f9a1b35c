"""The trend of dispersion (C11): its estimator, its intervals and the power they have."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from uptake.openclosed import claims, hosting
from uptake.openclosed.hosting.chance import backwards, without_trend
from uptake.openclosed.hosting.panels import panel
from uptake.openclosed.hosting.spread import years
from uptake.openclosed.hosting.trends import trend


def record(seed=0, models=24, months=8):
    """Return a record with zeros: dispersion, years, model, developer."""
    rng = np.random.default_rng(seed)
    model, t = np.repeat(np.arange(models), months), np.tile(np.arange(months) / 12, models)
    y = np.exp(rng.normal(size=models)[model] - 0.4 * t) * rng.gamma(2, 0.5, model.size)
    return y * (rng.random(model.size) > 0.1), t, model, model // 4


@pytest.mark.parametrize("cluster", ["model", "developer"])
def test_the_poisson_trend_and_its_error_are_those_of_statsmodels(cluster):
    y, t, model, developer = record()
    codes = {"model": model, "developer": developer}[cluster]
    found = trend(y, t, model, [codes])
    exog = np.column_stack([t, np.eye(24)[model]])
    options = {"groups": codes, "use_correction": False}
    fitted = sm.GLM(y, exog, family=sm.families.Poisson()).fit(
        tol=1e-12, cov_type="cluster", cov_kwds=options
    )
    count = np.unique(codes).size
    assert_allclose(found.slope[0], fitted.params[0], rtol=1e-7)
    assert_allclose(found.error[0], fitted.bse[0] * np.sqrt(count / (count - 1)), rtol=1e-6)


def test_the_log_trend_without_zeros_is_that_of_statsmodels():
    y, t, model, developer = record(1)
    found = trend(y, t, model, [developer], zeros="left_out")
    kept = y > 0
    exog = np.column_stack([t, np.eye(24)[model]])[kept]
    options = {"groups": developer[kept], "use_correction": False}
    fitted = sm.OLS(np.log(y[kept]), exog).fit(cov_type="cluster", cov_kwds=options)
    assert_allclose(found.slope[0], fitted.params[0])
    assert_allclose(found.error[0], fitted.bse[0] * np.sqrt(6 / 5), rtol=1e-8)


def test_the_widest_clustering_holds():
    y, t, model, developer = record(2)
    each = [trend(y, t, model, [codes]).half[0] for codes in (model, developer)]
    assert trend(y, t, model, [model, developer]).half[0] == max(each)


def test_many_records_at_once_are_the_same_as_one_by_one():
    y, t, model, developer = record(3)
    many = np.vstack([y, y[::-1], 5 * y])
    found = trend(many, t, model, [model, developer])
    for i, each in enumerate(many):
        alone = trend(each, t, model, [model, developer])
        assert_allclose([found.slope[i], found.half[i]], [alone.slope[0], alone.half[0]])


def test_the_level_of_a_model_and_the_start_of_time_do_not_matter():
    y, t, model, developer = record(4)
    scaled = trend(y * (1 + 9 * (model == 3)), t + 7, model, [model])
    # Model 3 weighs more, so only a common factor leaves the slope as it is.
    assert_allclose(
        trend(10 * y, t + 7, model, [model]).slope, trend(y, t, model, [model]).slope, atol=1e-9
    )
    assert abs(scaled.slope[0] - trend(y, t, model, [model]).slope[0]) > 1e-4


def test_bad_input_to_the_trend_is_refused():
    with pytest.raises(ValueError, match="no dispersion is negative"):
        trend([1.0, -1.0], [0.0, 1.0], [0, 0], [[0, 1]])
    with pytest.raises(ValueError, match="two or more"):
        trend([1.0, 2.0, 3.0], [0.0, 1.0, 2.0], [0, 0, 0], [[0, 0, 0]])


def test_the_interval_covers_a_known_trend():
    found = hosting.simulate(-0.4, np.random.default_rng(2), size=400, by_host=False)
    assert_allclose(found.slopes.mean(), -0.4, atol=0.02)
    assert found.coverage > 0.93
    null = hosting.simulate(0.0, np.random.default_rng(2), size=400, by_host=False)
    assert null.power < 0.07 < found.power


def test_a_record_read_backwards_has_the_opposite_trend():
    table = panel()
    back = table.assign(dispersion=table["dispersion"].to_numpy()[backwards(table["model"])])
    ordinary = hosting.of_panel(table, zeros="counted").slope
    # Exact for a record of logs; of a mean, up to the weights.
    assert_allclose(hosting.of_panel(back).slope, -ordinary, atol=0.02)
    assert (backwards(table["model"])[backwards(table["model"])] == np.arange(len(table))).all()


def test_a_simulated_record_starts_without_the_trend_of_the_real_one():
    table = panel()
    steep = table.assign(dispersion=table["dispersion"] * np.exp(-2 * years(table["month"])))
    flat = steep.assign(dispersion=without_trend(steep))
    assert hosting.of_panel(steep).slope[0] < -1.9
    assert abs(hosting.of_panel(flat).slope[0]) < 0.1


def test_jumps_have_the_trend_asked_for_and_are_harder_to_see_by_host():
    found = {
        unit: hosting.simulate_jumps(-0.4, np.random.default_rng(4), unit=unit, size=16)
        for unit in ("host", "price")
    }
    for each in found.values():
        error = each.slopes.std() / 4
        assert abs(each.slopes.mean() + 0.4) < 4 * error
    assert found["host"].slopes.std() > found["price"].slopes.std()
    with pytest.raises(ValueError, match="use 'host' or 'price'"):
        hosting.simulate_jumps(-0.4, np.random.default_rng(4), unit="model")


def test_single_prices_jump_unless_whole_hosts_are_asked_for():
    same = [
        hosting.simulate_jumps(-0.4, np.random.default_rng(4), size=3, **how).slopes
        for how in ({}, {"unit": "price"}, {"unit": "host"})
    ]
    assert_allclose(same[0], same[1])
    assert not np.allclose(same[0], same[2])


def test_months_are_twelfths_of_a_year():
    months = pd.Series(pd.to_datetime(["2025-11-01", "2026-02-01"]))
    assert_allclose(years(months), [0, 0.25])


def test_the_declared_choices_are_arguments_of_the_owning_function():
    declared = {d.name: d.values[0] for d in claims.load()["C11"].dimensions}
    defaults = hosting.dispersion_trend.__kwdefaults__
    assert declared == {name: defaults[name] for name in declared}
    assert set(defaults) - set(declared) == {"by_host"}


def test_every_level_of_every_choice_gives_an_estimate():
    rule = claims.load()["C11"]
    for dimension in rule.dimensions:
        found = [
            hosting.dispersion_trend(**(rule.primary | {dimension.name: level}), by_host=False)
            for level in dimension.values
        ]
        assert {each.unit for each in found} == {rule.prediction.unit}
        assert len({round(each.value, 9) for each in found}) == len(found)  # no idle level


def test_the_jackknife_over_hosts_widens_and_never_moves():
    plain, wide = (hosting.dispersion_trend(by_host=flag) for flag in (False, True))
    assert plain.value == wide.value
    assert wide.high - wide.low >= plain.high - plain.low


def test_too_few_models_give_a_reason_and_no_number():
    found = hosting.dispersion_trend(minimum_hosts=30)
    assert not found.exists and "too few" in found.concerns[0]
