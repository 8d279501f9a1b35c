"""Who serves the router's tokens: shares of hosts over time, and host by weights within bounds."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known, later
from uptake.openclosed.volume import lines
from uptake.openclosed.volume.weekly import tokens

UNIT = "log units a year"
CLASSES = {
    "closed_lab_firstparty": "makers of closed models",
    "open_lab_firstparty": "makers of open models",
    "hyperscaler_cloud": "clouds",
    "independent_infra": "independent hosts",
}
ELSEWHERE = ("clouds", "independent hosts")


def host_shares(read: Callable[..., pd.DataFrame] = known) -> pd.DataFrame:
    """Return the share of the router's tokens that each kind of host serves, by day.

    Parameters
    ----------
    read : callable
        `known`, or `later` to describe.

    Returns
    -------
    DataFrame
        Fractions by date; columns are the values of `CLASSES`, and every row sums to one.

    Examples
    --------
    >>> table = host_shares()
    >>> len(table), bool(np.allclose(table.sum(axis=1), 1))
    (104, True)
    """
    table = read("router_traffic").astype({"series": str})
    prefix = "openrouter_host_share_"
    table = table[table["series"].str.startswith(prefix)]
    wide = table.pivot_table(index="date", columns="series", values="value")
    wide.columns = wide.columns.str.removeprefix(prefix)
    return wide[list(CLASSES)].rename(columns=CLASSES)


def weekly(shares: pd.DataFrame) -> pd.DataFrame:
    """Return mean shares by spans of seven days from the first; an unfinished last one counts.

    Parameters
    ----------
    shares : DataFrame
        From `host_shares`.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=8)
    >>> weekly(pd.DataFrame({"clouds": [0.2] * 7 + [0.4]}, days))["clouds"].round(3).tolist()
    [0.2, 0.4]
    """
    number = (shares.index - shares.index[0]).days // 7
    return shares.groupby(number).mean().rename_axis("week")


def log_ratio_trend(
    parts: tuple[str, ...] = ELSEWHERE, against: tuple[str, ...] | None = None
) -> Estimate:
    r"""Estimate the yearly change of the log ratio of some kinds of hosts to others.

    Shares sum to one, so one of them cannot move alone; their log ratios are free (Aitchison 1982,
    Journal of the Royal Statistical Society B 44):

    .. math:: \log \frac{\sum_{i \in \text{parts}} s_i}{\sum_{j \in \text{against}} s_j}

    Weekly means, slope with a HAC interval and simulated cut-off (`lines.hac`).

    Parameters
    ----------
    parts : tuple of str
        Kinds of hosts above the line.
    against : tuple of str, optional
        Below it; by default all others.

    Returns
    -------
    Estimate
        In log units a year.

    Raises
    ------
    ValueError
        If a kind of host is not one of `CLASSES`, or is on both sides.

    Examples
    --------
    >>> log_ratio_trend().n
    15
    """
    kinds = set(CLASSES.values())
    against = tuple(sorted(kinds - set(parts))) if against is None else against
    if set(parts) & set(against) or not set(parts) | set(against) <= kinds:
        raise ValueError(f"{parts} against {against}: name each of {', '.join(kinds)} once")
    table = weekly(host_shares())
    ratio = np.log(table[list(parts)].sum(axis=1) / table[list(against)].sum(axis=1))
    found = lines.hac(table.index, ratio)
    ends = (lines.WEEKS_A_YEAR * float(end[0]) for end in (found.value, found.low, found.high))
    concern = f"{len(table)} weeks of one router, correlated ({found.correlation[0]:.1f})"
    return Estimate(*ends, UNIT, n=len(table), concerns=(concern,))


def visible_trend(rng: np.random.Generator, *, power: float = 0.5) -> float:
    """Return the slope that a record of hosts this long and noisy would show with a given power.

    Parameters
    ----------
    rng : Generator
        Source of the simulated noise.
    power : float
        Share of 95% intervals that leave out zero.

    Returns
    -------
    float
        Log units a year.

    Examples
    --------
    >>> visible_trend(np.random.default_rng(8)) > 0
    True
    """
    table = weekly(host_shares())
    share = table[list(ELSEWHERE)].sum(axis=1)
    found = lines.simulate(table.index, np.log(share / (1 - share)), 0.0, rng)
    return lines.WEEKS_A_YEAR * found.visible(power)


def composition_trends() -> pd.DataFrame:
    """Return the trend of each kind of host against all others.

    Returns
    -------
    DataFrame
        By kind: ``first`` and ``last`` (fractions, mean of four weeks), ``slope``, ``low``,
        ``high`` (log units a year).

    Examples
    --------
    >>> composition_trends().shape
    (4, 5)
    """
    table = weekly(host_shares())
    rows = {}
    for kind in table:
        found = log_ratio_trend((kind,))
        ends = (table[kind].iloc[:4].mean(), table[kind].iloc[-4:].mean())
        rows[kind] = (*ends, found.value, found.low, found.high)
    return pd.DataFrame(rows, ["first", "last", "slope", "low", "high"]).T


def cell_bounds() -> pd.DataFrame:
    r"""Return what the shares of hosts and of weights allow each cell of host and weights to be.

    Makers of closed models serve closed weights only (as the producer's bounds have it). With
    :math:`C` the closed share of tokens, :math:`H_1` that of the makers of closed models,
    :math:`H_2` that of the makers of open ones and :math:`A` of clouds and independent hosts, the
    closed tokens served elsewhere lie between (Fréchet 1951)

    .. math:: \max(0, C - H_1 - H_2) \quad\text{and}\quad \min(C - H_1, A) .

    Returns
    -------
    DataFrame
        By cell of `exact_cells`: ``low`` and ``high``, means over the weeks before the freeze. The
        mean over weeks of a bound bounds the mean over weeks.

    Examples
    --------
    >>> table = cell_bounds()
    >>> bool((table["low"] <= table["high"]).all())
    True
    """
    rows = known("router_hosts_by_weights").astype({"host_class": str, "weights": str})
    # The least of a host's open tokens and the most of its closed ones make up its share.
    low, high = (rows[rows["weights"] == side].pivot_table(index="date", columns="host_class",
                 values=end) for side, end in (("open", "low"), ("closed", "high")))  # fmt: skip
    share = (low + high).rename(columns=CLASSES)
    volume = tokens().reindex(share.index)
    closed = volume["closed"] / (volume["closed"] + volume["open"])
    return frechet(
        closed,
        share["makers of closed models"],
        share["makers of open models"],
        share[list(ELSEWHERE)].sum(axis=1),
    )


def frechet(closed: pd.Series, home: pd.Series, makers: pd.Series, away: pd.Series) -> pd.DataFrame:
    """Return the bounds of `cell_bounds` from the shares, meaned over weeks.

    Parameters
    ----------
    closed : Series
        Closed share of tokens, by week.
    home, makers, away : Series
        Shares of makers of closed models, makers of open models, and all others.

    Raises
    ------
    ValueError
        If makers of closed models serve more than all closed tokens in some week.

    Examples
    --------
    >>> half, quarter = pd.Series([0.5]), pd.Series([0.25])
    >>> frechet(half, quarter, quarter, half).loc["closed, elsewhere"].tolist()
    [0.0, 0.25]
    """
    rest, opened = closed - home, 1 - closed
    if (rest < 0).any():
        raise ValueError(f"closed tokens fall short of their makers' in {(rest < 0).sum()} weeks")
    least, most = np.maximum(0, rest - makers), np.minimum(rest, away)
    ends = {
        "closed, at their makers": (home, home),
        "closed, elsewhere": (least, most),
        "closed, at makers of open models": (rest - most, rest - least),
        "open, elsewhere": (away - most, away - least),
        "open, at their makers": (opened - away + least, opened - away + most),
    }
    return pd.DataFrame({k: [e.mean() for e in v] for k, v in ends.items()}, ["low", "high"]).T


def exact_cells() -> pd.DataFrame:
    """Return the cells of host and weights as counted on the days after the freeze; to describe.

    Returns
    -------
    DataFrame
        By cell: ``mean``, ``least`` and ``most`` over the days, fractions of the tokens counted.

    Examples
    --------
    >>> round(float(exact_cells()["mean"].sum()), 2)
    1.0
    """
    rows = later("router_hosts_by_weights").astype({"host_class": str, "weights": str})
    rows = rows[rows["kind"] == "exact"]
    wide = rows.pivot_table(index="date", columns=["host_class", "weights"], values="share",
                            aggfunc="sum", fill_value=0.0)  # fmt: skip
    cells = pd.DataFrame({name: _cell(wide, *where) for name, where in _CELLS.items()})
    cells["other"] = 1 - cells.sum(axis=1)
    return pd.DataFrame({"mean": cells.mean(), "least": cells.min(), "most": cells.max()})


_AWAY = ("hyperscaler_cloud", "independent_infra")
_CELLS = {
    "closed, at their makers": (("closed_lab_firstparty",), "closed"),
    "closed, elsewhere": (_AWAY, "closed"),
    "closed, at makers of open models": (("open_lab_firstparty",), "closed"),
    "open, elsewhere": (_AWAY, "open"),
    "open, at their makers": (("open_lab_firstparty",), "open"),
}


def _cell(wide: pd.DataFrame, hosts: tuple[str, ...], weights: str) -> pd.Series:
    return wide.reindex(columns=[(host, weights) for host in hosts], fill_value=0.0).sum(axis=1)
