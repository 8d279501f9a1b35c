"""C2: whether a closed token becomes dearer against an open one, in what is used."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.volume import lines
from uptake.openclosed.volume.lines import WEEKS_A_YEAR, Simulation
from uptake.openclosed.volume.weekly import check, relative_price

UNIT = "log units a year"


def relative_price_trend(
    *,
    mix: str = "observed",
    scope: str = "all_listed_models",
    february: str = "keep",
    free_variants: str = "keep",
    errors: str = "hac",
    rng: np.random.Generator | None = None,
) -> Estimate:
    """Estimate C2: the yearly change in the log of the relative price in use.

    Least-squares slope of the weekly log relative price (`relative_price`) on time.

    Parameters
    ----------
    mix, scope, february, free_variants
        See `relative_price`.
    errors : {"hac", "block_bootstrap"}
        How the interval allows for correlated weeks: `lines.hac` or `lines.blocks`.
    rng : Generator, optional
        Source of the blocks; by default seeded with 2, the claim's number.

    Returns
    -------
    Estimate
        In log units a year; positive when closed tokens become relatively dearer.

    Examples
    --------
    >>> estimate = relative_price_trend()
    >>> estimate.unit, estimate.n
    ('log units a year', 24)
    """
    check(errors, ("hac", "block_bootstrap"), "errors")
    table = relative_price(mix=mix, scope=scope, february=february, free_variants=free_variants)
    record = (table["number"], table["price"])
    if errors == "hac":
        found = lines.hac(*record)
    else:
        found = lines.blocks(*record, rng or np.random.default_rng(2))
    value, low, high = (
        WEEKS_A_YEAR * float(part[0]) for part in (found.value, found.low, found.high)
    )
    concerns = _concerns(table, float(found.correlation[0]))
    if errors == "hac":  # the coverage of blocks is far lower; see `block_coverage`
        concerns += (coverage_concern(*record, np.random.default_rng(2)),)
    return Estimate(value, low, high, UNIT, n=len(table), concerns=concerns)


def _concerns(table: pd.DataFrame, rho: float) -> tuple[str, ...]:
    months = (table["number"].iloc[-1] - table["number"].iloc[0]) * 12 / WEEKS_A_YEAR
    return (
        f"{len(table)} weeks, {months:.1f} months, stand for a change by the year",
        f"errors are correlated from week to week ({rho:.1f})",
        f"{1 - table['priced'].min():.0%} of the tokens at most had no price in a week",
        "dollars are list prices: discounts, caching and commitments are not in them",
    )


def coverage_concern(
    weeks: pd.Series, y: ArrayLike, rng: np.random.Generator, *, kind: str = "slope"
) -> str:
    """Say how often the interval of `lines.hac` holds the truth of records like this one.

    Parameters
    ----------
    weeks, y, rng, kind
        As in `lines.simulate`.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> coverage_concern(np.arange(20), rng.normal(size=20), rng).endswith("instead of 95%")
    True
    """
    share = lines.simulate(weeks, y, 0.0, rng, kind=kind).coverage
    said = f"{share:.0%} of simulated records instead of {lines.LEVEL:.0%}"
    return f"such intervals hold the truth in {said}"


def trend_power(effect: float, rng: np.random.Generator, *, size: int = 2000) -> Simulation:
    """Simulate records as long and as noisy as the relative price, with a known trend.

    Parameters
    ----------
    effect : float
        Log units a year; for the claim's power its smallest effect that matters.
    rng : Generator
        Source of randomness.
    size : int
        Number of records.

    Returns
    -------
    Simulation
        In log units a year.

    Examples
    --------
    >>> trend_power(50.0, np.random.default_rng(2), size=100).power > 0.9
    True
    """
    table = relative_price(scope="all_listed_models")
    found = lines.simulate(
        table["number"], table["price"], effect / WEEKS_A_YEAR, rng, kind="slope", size=size
    )
    return Simulation(effect, 0.0, found.noise * WEEKS_A_YEAR, found.half * WEEKS_A_YEAR)


def trends(**choices: str) -> pd.DataFrame:
    """Return the yearly slopes of the two log odds and of the relative price, which add up.

    Parameters
    ----------
    **choices
        See `relative_price`.

    Returns
    -------
    DataFrame
        ``slope``, ``low``, ``high`` (95%) in log units a year, for ``dollars``, ``tokens`` and
        ``price``; dollars are tokens plus price.

    Examples
    --------
    >>> slopes = trends()["slope"]
    >>> bool(abs(slopes["dollars"] - slopes["tokens"] - slopes["price"]) < 1e-9)
    True
    """
    table = relative_price(**{"scope": "all_listed_models", **choices})
    names = ["dollars", "tokens", "price"]
    found = lines.hac(table["number"], table[names].to_numpy().T)
    columns = {"slope": found.value, "low": found.low, "high": found.high}
    return pd.DataFrame(columns, index=names) * WEEKS_A_YEAR


def pass_through(**choices: str) -> Estimate:
    r"""Return by how much the log odds in dollars move when those in tokens move by one.

    If a closed token costs ``k`` times an open one for ever, dollars follow tokens one for one:
    :math:`\ln k = \text{dollars} - \text{tokens}` is constant and the slope of the regression of
    weekly changes is one. If value goes its own way, the slope is near zero. Weekly changes, since
    levels of two drifting records correlate by chance.

    Parameters
    ----------
    **choices
        See `relative_price`.

    Returns
    -------
    Estimate
        Log units per log unit; the interval is that of statsmodels' least squares with HAC
        errors.

    Examples
    --------
    >>> pass_through().unit
    'log units per log unit'
    """
    import statsmodels.api as sm

    table = relative_price(**{"scope": "all_listed_models", **choices})
    steps = table.loc[table["number"].diff().fillna(1) == 1, ["dollars", "tokens"]].diff().dropna()
    model = sm.OLS(steps["dollars"], sm.add_constant(steps["tokens"]))
    found = model.fit(cov_type="HAC", cov_kwds={"maxlags": 4}, use_t=True)
    low, high = found.conf_int().loc["tokens"]
    unit = "log units per log unit"
    return Estimate(float(found.params["tokens"]), float(low), float(high), unit, n=len(steps))


def block_coverage(rng: np.random.Generator) -> float:
    """Return how often the interval from blocks of weeks holds the trend of simulated records.

    Parameters
    ----------
    rng : Generator
        Source of records and blocks.

    Examples
    --------
    >>> 0 < block_coverage(np.random.default_rng(2)) < 1
    True
    """
    table = relative_price(scope="all_listed_models")
    return lines.block_coverage(table["number"], table["price"], rng)


def fitted_line(**choices: str) -> pd.DataFrame:
    """Return the fitted relative price, a straight line in its log, over the weeks fitted.

    Parameters
    ----------
    **choices
        See `relative_price`.

    Returns
    -------
    DataFrame
        By week: ``line``, and ``flattest`` and ``steepest``, the lines through the same middle
        with the ends of the 95% interval as slopes.

    Examples
    --------
    >>> len(fitted_line())
    24
    """
    table = relative_price(**{"scope": "all_listed_models", **choices})
    found = lines.hac(table["number"], table["price"])
    slopes = {"line": found.value, "flattest": found.low, "steepest": found.high}
    centred, middle = table["number"] - table["number"].mean(), table["price"].mean()
    return pd.DataFrame({n: np.exp(middle + float(b[0]) * centred) for n, b in slopes.items()})


def breaks(rng: np.random.Generator, *, draws: int = 999, **choices: str) -> pd.DataFrame:
    """Test the two log odds and the relative price for one break at an unknown date.

    Sup-F with a cut-off simulated from a fitted autoregression; see
    `uptake.competing.breaks.find_break`.

    Parameters
    ----------
    rng : Generator
        Source of the simulated records.
    draws : int
        Number of simulated records.
    **choices
        See `relative_price`.

    Returns
    -------
    DataFrame
        By record: ``week`` of the likeliest break, ``earliest`` and ``latest`` (95%), ``p``.

    Examples
    --------
    >>> breaks(np.random.default_rng(2), draws=49).index.tolist()
    ['dollars', 'tokens', 'price']
    """
    from uptake.competing.breaks import find_break

    table = relative_price(**{"scope": "all_listed_models", **choices})
    first, rows = table.index[0], {}
    numbers = table["number"].to_numpy(float) - table["number"].iloc[0]
    for name in ("dollars", "tokens", "price"):
        found = find_break(numbers, table[name].to_numpy(), 0.15, draws, rng)
        ends = (found.time, found.spread.low, found.spread.high)
        rows[name] = [*(first + pd.Timedelta(weeks=end) for end in ends), found.p_value]
    return pd.DataFrame(rows, index=["week", "earliest", "latest", "p"]).T
