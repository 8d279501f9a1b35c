"""What else could explain the lag: fewer tries, abandoned benchmarks, another way of asking."""

import numpy as np
import pandas as pd
import statsmodels.api as sm

from uptake.openclosed.capability.benchmarks import known_scores
from uptake.openclosed.capability.index import VINTAGE, index, sides
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE, known


def interaction(*, newer_from: str = "2024-07-01", level: float = 0.95) -> Estimate:
    r"""Estimate how much lower open models score on newer benchmarks than their index predicts.

    Only models that were run enter, so benchmarks on which few open models were tried do not look
    hard for them. For model ``i`` on benchmark ``b``, with index ``c`` from the edition known at
    the freeze,

    .. math:: \operatorname{logit} s_{ib} = \alpha_b + \beta_b c_i + \gamma\, open_i
              + \delta\, open_i \times newer_b .

    Standard errors are clustered by model and by benchmark (Cameron, Gelbach and Miller 2011).

    Parameters
    ----------
    newer_from : str
        A benchmark released on this day or later is newer.
    level : float
        Of the interval.

    Returns
    -------
    Estimate
        :math:`\delta` in logits; negative when open models fall short on newer benchmarks.

    Examples
    --------
    >>> interaction().unit
    'logits'
    """
    rows = _rows(newer_from)
    inside = np.clip(rows["score"].to_numpy(), 0.01, 0.99)
    names = pd.get_dummies(rows["benchmark"], dtype=float).to_numpy()
    own_lines = np.hstack([names, names * rows["capability"].to_numpy()[:, None]])
    is_open = (rows["weights"] == "open").to_numpy(float)
    wanted = np.column_stack(
        [np.log(inside / (1 - inside)), is_open, is_open * rows["newer"].to_numpy(float)]
    )
    # Frisch and Waugh (1933): each benchmark's own line is taken out first, since two-way clustered
    # variances of dozens of nuisance coefficients need not be positive.
    left = wanted - own_lines @ np.linalg.lstsq(own_lines, wanted, rcond=None)[0]
    clusters = np.column_stack([pd.factorize(rows[c])[0] for c in ("model", "benchmark")])
    fitted = sm.OLS(left[:, 0], left[:, 1:]).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    low, high = fitted.conf_int(1 - level)[-1]
    concerns = (
        f"{rows['model'].nunique()} models on {rows['benchmark'].nunique()} benchmarks",
        "the index is made from these scores",
    )
    value = float(fitted.params[-1])
    return Estimate(value, float(low), float(high), "logits", len(rows), level, concerns)


def _rows(newer_from: str) -> pd.DataFrame:
    """Return scores with the model's index; benchmarks with at least five models of each side."""
    rows = known_scores("resolved", "all")[0]
    rows = rows[rows["benchmark_released"].notna()]
    ability = known("capability_index").set_index("model")["score"]
    rows = rows.assign(
        capability=rows["model"].map(ability), newer=rows["benchmark_released"] >= newer_from
    ).dropna(subset=["capability"])
    sizes = rows.pivot_table(
        index="benchmark", columns="weights", values="model", aggfunc="nunique", observed=True
    )
    enough = sizes.index[(sizes[["open", "closed"]] >= 5).all(axis=1)]
    kept = rows[rows["benchmark"].isin(enough)]
    return kept.assign(benchmark=kept["benchmark"].astype(str)).reset_index(drop=True)


def near_frontier(
    *, within: float = 10.0, start: str = "2023-01-01", vintage: str = VINTAGE
) -> pd.DataFrame:
    """Count open releases near the closed frontier of their day, by quarter.

    Parameters
    ----------
    within : float
        Index points below the closed frontier.
    start : str
        First day.
    vintage : str
        Edition of the index; a later one describes how many of the same months were scored late.

    Returns
    -------
    DataFrame
        By quarter: ``near`` and ``all`` open releases in the index, none after the freeze.

    Examples
    --------
    >>> near_frontier().columns.tolist()
    ['near', 'all']
    """
    both = sides(index(vintage))
    below = both.closed(both.open.dates) - both.open.scores
    table = pd.DataFrame({"near": below <= within, "all": True}, index=both.open.dates)
    return table[start:FREEZE].groupby(pd.Grouper(freq="QE")).sum().astype(int)
