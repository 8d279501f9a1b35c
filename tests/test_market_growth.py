"""Growth of the two sides, the line of substitution, and the contest of forecasting laws."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.testing import assert_allclose

from uptake import figures
from uptake.openclosed import FREEZE, claims, market
from uptake.openclosed.figures import market as draw
from uptake.openclosed.market import contest, growth
from uptake.openclosed.volume import lines
from uptake.times import DAYS_PER_YEAR


def test_the_slope_of_the_log_ratio_is_the_difference_of_the_exponentials():
    rates = market.shared_growth("iid").separate["r"]
    table = market.growth_differences(np.random.default_rng(7), draws=20)
    year = DAYS_PER_YEAR / 7 / lines.WEEKS_A_YEAR
    value = table.loc["Router tokens, a year", "value"]
    assert_allclose(value, (rates["open"] - rates["closed"]) * year, rtol=1e-4)


def test_revenue_difference_is_that_of_two_slopes_within_firms():
    table = growth.reports()
    years = (table["date"] - table["date"].min()).dt.days / DAYS_PER_YEAR
    logs = np.log(table["value"])
    firm = table["series"]
    x, y = (
        years - years.groupby(firm).transform("mean"),
        logs - logs.groupby(firm).transform("mean"),
    )
    hosts = firm.isin(growth.INFRASTRUCTURE)
    slopes = [(x[side] @ y[side]) / (x[side] @ x[side]) for side in (hosts, ~hosts)]
    assert_allclose(growth.revenue_difference()["value"], slopes[0] - slopes[1])


def test_laws_forecast_records_that_obey_them_without_error():
    week = np.arange(14)
    opened, closed = np.exp(0.06 * week - 1), np.exp(0.02 * week)
    index = pd.date_range("2025-05-05", periods=14, freq="7D")
    found = contest.rolling(
        (1,), first=12, table=pd.DataFrame({"open": opened, "closed": closed}, index)
    )
    worst = found.set_index("model")[["open", "closed"]].abs().groupby("model").max()
    assert_allclose(worst.loc[["drift", "exponential each"]], 0, atol=1e-9)
    # The sum of two exponentials is none, so substitution with a total of its own must err.
    assert worst.loc["one substitution"].min() > 1e-6


def test_log_scores_are_those_of_a_normal_pair_with_the_spread_of_past_errors():
    errors = np.random.default_rng(11).normal(size=(12, 2))
    part = pd.DataFrame(errors, columns=list(contest.SIDES)).assign(horizon=2)
    scores = contest._scored(part)
    # Of horizon 2, origin 10 knows the errors of origins 0 to 8.
    spread = errors[:9].T @ errors[:9] / 9
    from scipy.stats import multivariate_normal

    assert_allclose(scores[10], -multivariate_normal([0, 0], spread).logpdf(errors[10]))
    assert scores[:9].isna().all() and np.isfinite(scores[9])


def test_later_weeks_only_score():
    after = market.after()
    assert (after.index > FREEZE).all()
    assert after[["last week", "last four weeks"]].nunique().eq(1).all()


def test_the_band_of_the_line_holds_the_line():
    line = market.fisher_pry(np.random.default_rng(7), draws=19)
    dates = market.record().index
    band = market.band(line, dates)
    middle = line((dates - line.origin).days.to_numpy() / DAYS_PER_YEAR)
    assert ((band["low"] < middle) & (middle < band["high"])).all()


def test_figures_draw_what_they_are_given():
    figures.use_house_style()
    table = market.by_common_demand(np.linspace(0, 0.6, 13))
    rule = claims.load()["C1"].prediction
    regions = {"supports": rule.supports, "refutes": rule.refutes}
    ax = draw.demand(table, regions, fits=0.3)
    assert [line.get_linestyle() for line in ax.lines[:2]] == ["-", "--"]
    assert "fits worse" in [text.get_text() for text in ax.texts]
    ax = draw.demand(table, regions, fits=0.6)
    assert "fits worse" not in [text.get_text() for text in ax.texts]
    ax = draw.growth(market.growth_differences(np.random.default_rng(7), draws=20))
    assert ax.get_yticklabels()[0].get_text() == "Router tokens, a year (52)"
    assert len(ax.texts) == 6
    plt.close("all")


def test_no_change_is_the_last_week_or_the_mean_of_the_last_four_log_odds():
    seen = market.record(start="2025-11-17").iloc[-4:]
    odds = np.log(seen["open"] / seen["closed"]).mean()
    after, last = market.after(), seen.iloc[-1]
    assert_allclose(after["last four weeks"], np.exp(odds) / (1 + np.exp(odds)))
    assert_allclose(after["last week"], last["open"] / (last["open"] + last["closed"]))


def test_growth_of_makers_adds_up_to_that_of_the_router():
    found, weeks = market.makers(), growth.chart().loc[market.record().index]
    assert_allclose(found["last"].sum(), weeks["total"].iloc[-4:].mean() / 1e12)
    assert_allclose(found["first"].sum(), weeks["total"].iloc[:4].mean() / 1e12)


def test_the_band_at_time_zero_of_the_line_is_that_of_its_level():
    line = market.fisher_pry(np.random.default_rng(7), draws=19)
    day = market.record().index[:1]
    band, ends = market.band(line, day), line.interval("intercept")
    assert_allclose(band.iloc[0], [1 / (1 + np.exp(-end)) for end in (ends.low, ends.high)])


def test_laws_are_compared_only_where_all_of_them_are_scored():
    rows = [
        ("a", 1, 30, 0.1, 0.1, 1.0),
        ("a", 1, 31, 0.1, 0.1, 9.0),
        ("b", 1, 30, 0.1, 0.1, 2.0),
        ("b", 1, 31, np.nan, np.nan, np.nan),
    ]
    columns = ["model", "horizon", "points", "closed", "open", "log_score"]
    table = market.standing(pd.DataFrame(rows, columns=columns)).loc[1]
    assert table["n"].tolist() == [1, 1] and table["log_score"].tolist() == [1.0, 2.0]
    assert table["failed"].to_dict() == {"a": 0, "b": 1}


def test_one_substitution_forecasts_a_record_that_obeys_it():
    week = np.arange(20)
    total, odds = np.exp(0.05 * week), -1 + 0.08 * week
    opened, closed = total / (1 + np.exp(-odds)), total / (1 + np.exp(odds))
    logs = np.log(np.column_stack([closed, opened]))
    index = pd.date_range("2025-05-05", periods=20, freq="7D")
    known_ = pd.DataFrame({"closed": closed, "open": opened}, index)
    said = contest._forecasts(known_.iloc[:15], logs[:15], np.array([1, 4]))["one substitution"]
    assert_allclose(said, logs[[15, 18]])
