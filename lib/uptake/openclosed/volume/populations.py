"""Several populations and their open shares, and what a biased sample says of the whole."""

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import FREEZE, known, later
from uptake.openclosed.volume.weekly import MIXES, relative_price

PASSES = 0.01
"""Share of API spending that passes through the router, about, as the Linux Foundation has it."""


def populations() -> pd.DataFrame:
    """Return the open share in each population, as a range where part is not classified.

    The low end counts what is unknown as closed, the high end as open, as far as the source lets
    one. Rows after the freeze only describe.

    Returns
    -------
    DataFrame
        ``population``, ``unit`` (tokens, dollars or other), ``date``, ``low``, ``high`` (fractions)
        and ``later`` (after the freeze).

    Examples
    --------
    >>> table = populations()
    >>> bool((table["low"] <= table["high"]).all())
    True
    """
    rows = [*_router(), *_surveys(), *_gateway_before(), *_gateway_after()]
    columns = ["population", "unit", "date", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(later=table["date"] > FREEZE).sort_values("high", ignore_index=True)


def _router() -> list[tuple]:
    """Return the means of the weekly shares over the weeks that begin in April, as the gateway's.

    The range of dollars is that of the mixes of input and output.
    """
    month = pd.Timestamp("2026-04-01")
    table = known("router_models").query("'2026-04-01' <= week < '2026-05-01'")
    weekly = table.groupby(["week", table["weights"].astype(str)])["tokens"].sum()
    sums = (weekly / weekly.groupby("week").sum()).groupby("weights").mean()
    by_mix = (relative_price(mix=mix).loc["2026-04", "dollars"] for mix in MIXES)
    shares = [float((1 / (1 + np.exp(odds))).mean()) for odds in by_mix]
    coding = known("router_programming_bounds").query("level == 'model'").iloc[-1]
    return [
        ("Router, all use", "tokens", month, sums["open"], sums["open"] + sums["unknown"]),
        ("Router, all use", "dollars", month, min(shares), max(shares)),
        ("Router, programming", "tokens", coding["date"], coding["open_low"], coding["open_high"]),
    ]


def _surveys() -> list[tuple]:
    firms = known("enterprise_share").iloc[-1]
    table = known("package_downloads")
    last = table[table["date"] == table["date"].max()]
    sums = last.groupby("category", observed=True)["value"].sum()
    both = sums["open_stack"] + sums["closed_client"] + sums["neutral"]
    low, high = sums["open_stack"] / both, (sums["open_stack"] + sums["neutral"]) / both
    return [
        ("Firms, survey (Menlo)", "dollars", firms["date"], firms.low, firms.high),
        ("Python packages, downloads", "other", last["date"].iloc[0], low, high),
    ]


def _gateway_before() -> list[tuple]:
    """Return upper bounds: what three labs that mainly sell closed models take is not open.

    The open models of Google and OpenAI count with them here, for the source gives labs only.
    """
    table = known("later")
    rows = []
    for unit, word in (("tokens", "token"), ("dollars", "spend")):
        part = table[table["series"].astype(str).str.startswith(f"vercel_{word}_share_")]
        rows.append(("Gateway (Vercel)", unit, part["date"].iloc[0], 0.0, 1 - part["value"].sum()))
    return rows


def _gateway_after() -> list[tuple]:
    month = pd.Timestamp("2026-08-01")
    found = later("later").query("date == @month").set_index("series")
    tokens = found.loc["vercel_open_token_share_month"]
    dollars = found.loc["vercel_open_spend_share_month", "value"]
    return [
        ("Gateway (Vercel)", "tokens", month, tokens["low"], tokens["high"]),
        ("Gateway (Vercel)", "dollars", month, dollars, dollars),
    ]


def gateway_prices() -> pd.DataFrame:
    """Return the relative price of each lab at the second gateway in April 2026, lab over rest.

    Returns
    -------
    DataFrame
        By lab: ``tokens``, ``dollars`` (shares) and ``relative``, the odds ratio; ``the three`` is
        their sum, a lower bound of closed models.

    Examples
    --------
    >>> gateway_prices()["relative"].round(1).to_dict()
    {'anthropic': 4.5, 'google': 0.4, 'openai': 0.9, 'the three': 4.7}
    """
    table = known("later").set_index("series")["value"]
    labs = ("anthropic", "google", "openai")
    rows = {
        lab: (table[f"vercel_token_share_{lab}"], table[f"vercel_spend_share_{lab}"])
        for lab in labs
    }
    found = pd.DataFrame(rows, index=["tokens", "dollars"]).T
    found.loc["the three"] = found.sum()
    odds = found / (1 - found)
    return found.assign(relative=odds["dollars"] / odds["tokens"])


def whole(share: float, selection: np.ndarray, *, passes: float = PASSES) -> pd.DataFrame:
    r"""Return the open share of the whole when a sample is seen, by how strongly it selects.

    Nothing assumed, the unseen part can be all closed or all open (Manski 1990):
    :math:`[c s, c s + 1 - c]`, with ``c`` the share that is seen. If open use is at most
    :math:`\Gamma` times as likely to be seen as closed use, and at least :math:`1/\Gamma` times,
    the odds of the unseen part lie between those of the sample over and times
    :math:`\Gamma` (the sensitivity model of Rosenbaum 2002, Observational Studies).

    Parameters
    ----------
    share : float
        Open share in the sample.
    selection : ndarray, shape (n,)
        :math:`\Gamma`, at least 1.
    passes : float
        Share of the whole that is seen.

    Returns
    -------
    DataFrame
        ``low``, ``high`` by ``selection``.

    Raises
    ------
    ValueError
        If a share lies outside (0, 1) or a selection is below one.

    Examples
    --------
    >>> whole(0.5, np.array([1.0, 3.0])).round(2).to_numpy().tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    selection = np.asarray(selection, float)
    if not (0 < share < 1 and 0 < passes < 1 and (selection >= 1).all()):
        raise ValueError("give shares between 0 and 1 and selections of one or more")
    odds = share / (1 - share)
    ends = {"low": odds / selection, "high": odds * selection}
    table = {name: passes * share + (1 - passes) * o / (1 + o) for name, o in ends.items()}
    return pd.DataFrame(table, index=pd.Index(selection, name="selection"))


def without_assumptions(share: float, *, passes: float = PASSES) -> tuple[float, float]:
    """Return the bounds on the whole when nothing is assumed of what is not seen.

    Examples
    --------
    >>> [round(end, 3) for end in without_assumptions(0.5)]
    [0.005, 0.995]
    """
    return passes * share, passes * share + 1 - passes


def needed(sample: float, other: float) -> float:
    """Return the least selection by which two shares can be of one market.

    The ratio of their odds, the larger over the smaller: it says nothing of the direction.

    Examples
    --------
    >>> needed(0.5, 0.25), needed(0.25, 0.5)
    (3.0, 3.0)
    """
    ratio = sample / (1 - sample) / (other / (1 - other))
    return max(ratio, 1 / ratio)
