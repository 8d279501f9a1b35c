"""How much faster open use grows than closed use, pair by pair, each in one unit."""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from uptake import Exponential, share
from uptake.competing import LotkaVolterra, compete, substitution
from uptake.competing.results import Competition
from uptake.competing.substitution import Substitution
from uptake.openclosed.freeze import known, later
from uptake.openclosed.market.records import CLOSED_MAKERS, STARTS, chart, record
from uptake.openclosed.volume import lines, tokens
from uptake.openclosed.volume.weekly import check
from uptake.sharing import SharedFit
from uptake.times import DAYS_PER_YEAR

MONTHS_A_YEAR = 12.0
LABS = ("revenue_anthropic_annualised_usd", "revenue_openai_annualised_usd")
INFRASTRUCTURE = ("baseten_runrate_usd", "modal_runrate_usd")
PAIRS = {
    "Router tokens, a year": {"record": "tokens"},
    "Router tokens, all listed": {"record": "tokens", "start": STARTS[1]},
    "Router tokens, paid": {"record": "tokens", "start": STARTS[1], "free_variants": "drop"},
    "Router dollars, list price": {"record": "dollars"},
    "Package downloads": {"record": "downloads"},
}


def pair(name: str) -> pd.DataFrame:
    """Return the log of open over closed use, by equal steps of time.

    Parameters
    ----------
    name : str
        One of `PAIRS`.

    Returns
    -------
    DataFrame
        By date: ``number`` (weeks, or months for downloads) and ``odds``.

    Examples
    --------
    >>> len(pair("Router tokens, a year"))
    52
    """
    check(name, tuple(PAIRS), "name")
    table = record(**PAIRS[name])
    if name == "Package downloads":
        days = (table.index - table.index[0]).days
        table = table.assign(number=np.rint(days / 30.44).astype(int))
        # Two snapshots of one month are one; the later stands.
        table = table[~table["number"].duplicated(keep="last")]
    return pd.DataFrame(
        {"number": table["number"], "odds": np.log(table["open"] / table["closed"])}
    )


def growth_differences(rng: np.random.Generator, *, draws: int = 2000) -> pd.DataFrame:
    """Return open less closed growth for every pair, with two intervals.

    The slope of the log of open over closed use: the difference of the two exponential rates. One
    interval is from resampled blocks, the other HAC with a simulated cut-off, which holds the
    truth more often (`lines`). Revenue has too few reports for either: see `revenue_difference`.

    Parameters
    ----------
    rng : Generator
        Source of the blocks.
    draws : int
        Number of resampled records.

    Returns
    -------
    DataFrame
        By pair: ``value``, ``low``, ``high`` (blocks), ``hac_low``, ``hac_high``, in log units a
        year, ``n`` and ``correlation`` of neighbouring errors.

    Examples
    --------
    >>> table = growth_differences(np.random.default_rng(7), draws=50)
    >>> len(table), bool((table["low"] <= table["high"]).all())
    (6, True)
    """
    rows = {}
    for name in PAIRS:
        table = pair(name)
        year = MONTHS_A_YEAR if name == "Package downloads" else lines.WEEKS_A_YEAR
        number, odds = table["number"].to_numpy(), table["odds"].to_numpy()
        one = lines.blocks(number, odds, rng, draws=draws)
        wide = lines.hac(number, odds)
        ends = [
            year * float(part[0]) for part in (one.value, one.low, one.high, wide.low, wide.high)
        ]
        rows[name] = [*ends, len(table), float(wide.correlation[0])]
    columns = ["value", "low", "high", "hac_low", "hac_high", "n", "correlation"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    found.loc["Revenue, hosts less labs"] = revenue_difference()
    return found.astype({"n": int})


def makers() -> pd.DataFrame:
    """Return tokens a week of each closed maker and of the rest, in the first and last four weeks.

    Returns
    -------
    DataFrame
        By maker: ``first`` and ``last`` (trillions a week) and ``times``, the ratio.

    Examples
    --------
    >>> makers().index.tolist()
    ['anthropic', 'google', 'openai', 'x-ai', 'all others']
    """
    weeks = chart().loc[record().index]
    # The router's own models, under a code name, come and go; they are with the rest here.
    table = weeks[[f"author_{maker}" for maker in CLOSED_MAKERS if maker != "openrouter"]]
    table = table.rename(columns=lambda name: name.removeprefix("author_"))
    table = table.assign(**{"all others": weeks["total"] - table.sum(axis=1)}) / 1e12
    found = pd.DataFrame({"first": table.iloc[:4].mean(), "last": table.iloc[-4:].mean()})
    return found.assign(times=found["last"] / found["first"])


def band(line: Substitution, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the 95% interval of a substitution line at some dates.

    That of the line, not of single weeks, by its Newey-West covariance.

    Parameters
    ----------
    line : Substitution
        From `fisher_pry`.
    dates : DatetimeIndex
        Where.

    Returns
    -------
    DataFrame
        ``low`` and ``high`` share, by date.

    Examples
    --------
    >>> line = fisher_pry(np.random.default_rng(7), draws=19)
    >>> found = band(line, pd.DatetimeIndex(["2026-01-05"]))
    >>> bool((found["low"] < found["high"]).all())
    True
    """
    years = (dates - line.origin).days.to_numpy() / DAYS_PER_YEAR
    columns = np.column_stack([np.ones(len(years)), years])
    error = np.sqrt(np.einsum("ij,jk,ik->i", columns, line.covariance, columns))
    half = stats.t.ppf(0.975, line.degrees_of_freedom) * error
    odds = line.intercept + line.slope * years
    ends = {"low": odds - half, "high": odds + half}
    return pd.DataFrame({name: 1 / (1 + np.exp(-end)) for name, end in ends.items()}, dates)


def revenue_difference() -> pd.Series:
    """Return by how much the revenue of two hosts grew faster than that of two laboratories.

    Least squares of log revenue on a level for each firm and a rate for each side, since April
    2025, when the first report of a host with a second one is dated. The interval is Student's,
    reports taken as independent: press figures, too few for more. Hosts serve mostly open models.

    Returns
    -------
    Series
        As a row of `growth_differences`; the HAC ends are empty.

    Examples
    --------
    >>> int(revenue_difference()["n"]) >= 10
    True
    """
    import statsmodels.api as sm

    table = reports()
    years = (table["date"] - table["date"].min()).dt.days / DAYS_PER_YEAR
    design = pd.get_dummies(table["series"], dtype=float)
    hosts = table["series"].isin(INFRASTRUCTURE).astype(float)
    design = design.assign(rate=years, difference=years * hosts)
    found = sm.OLS(np.log(table["value"]), design).fit()
    low, high = found.conf_int().loc["difference"]
    names = ["value", "low", "high", "hac_low", "hac_high", "n", "correlation"]
    values = [found.params["difference"], low, high, np.nan, np.nan, len(table), np.nan]
    return pd.Series(values, index=names)


def reports() -> pd.DataFrame:
    """Return the dated revenue of both laboratories and both hosts, in USD a year.

    Examples
    --------
    >>> reports()["series"].nunique()
    4
    """
    both = pd.concat([known("revenue"), known("later")], ignore_index=True)
    both["series"] = both["series"].astype(str)
    table = both[both["series"].isin(LABS + INFRASTRUCTURE)]
    first = table.loc[table["series"].isin(INFRASTRUCTURE), "date"].min()
    return table.loc[table["date"] >= first, ["series", "date", "value"]].reset_index(drop=True)


def shared_growth(errors: str = "ar1") -> SharedFit:
    """Return the ladder from two growth rates to one, on weekly tokens.

    Exponentials, for a logistic curve has no best ceiling on either side here.

    Parameters
    ----------
    errors : {"iid", "ar1"}
        As for `uptake.share`.

    Examples
    --------
    >>> shared_growth("iid").table["parameters"].tolist()
    [4, 3]
    """
    table = record()
    sides = {side: (table.index, table[side].to_numpy()) for side in ("open", "closed")}
    return share(Exponential, sides, ["r"], scale="log", errors=errors)


def fisher_pry(rng: np.random.Generator, *, draws: int = 999, **choices: str) -> Substitution:
    """Return the substitution line through the open share of tokens, tested for a break.

    Parameters
    ----------
    rng : Generator
        Source of the simulated records.
    draws : int
        Number of them.
    **choices : str
        As for `market.record`.

    Examples
    --------
    >>> fisher_pry(np.random.default_rng(7), draws=19).slope > 0
    True
    """
    table = record("tokens", **choices)
    part = (table["open"] / (table["open"] + table["closed"])).to_numpy()
    return substitution(table.index, part, breaks=1, bootstrap=draws, rng=rng)


def lotka_volterra(**choices: str) -> Competition:
    """Return the Lotka-Volterra pair with constant rooms on weekly tokens (trillions).

    Parameters
    ----------
    **choices : str
        As for `market.record`.

    Examples
    --------
    >>> lotka_volterra().ladder["parameters"].tolist()
    [6, 8]
    """
    table = record("tokens", **choices)
    sides = {side: table[side].to_numpy() / 1e12 for side in ("closed", "open")}
    return compete(LotkaVolterra, table.index, sides, scale="log")


def after() -> pd.DataFrame:
    """Return the open share of tokens since the freeze, and what two forecasts said.

    The line is the substitution line through the weeks with all models listed; no change is the
    last of them, or, since a week swings, the mean log odds of the last four. Later lists are
    shorter: rows without a label are left out of both sides. Scoring only.

    Returns
    -------
    DataFrame
        By week: ``actual``, ``line``, ``last week``, ``last four weeks`` (fractions),
        ``unlabelled`` (share of tokens).

    Examples
    --------
    >>> bool(after().drop(columns="unlabelled").gt(0).all(axis=None))
    True
    """
    seen = record("tokens", start=STARTS[1])
    line = substitution(seen.index, (seen["open"] / (seen["open"] + seen["closed"])).to_numpy())
    found = tokens(read=later)
    years = (found.index - line.origin).days / DAYS_PER_YEAR
    odds = np.log(seen["open"] / seen["closed"])
    both = found["open"] + found["closed"]
    return pd.DataFrame(
        {
            "actual": found["open"] / both,
            "line": line(years),
            "last week": expit(odds.iloc[-1]),
            "last four weeks": expit(odds.iloc[-4:].mean()),
            "unlabelled": found["unknown"] / found.sum(axis=1),
        }
    )
