"""The rival reading of C3: the premium is what quality and tiers cost.

A hedonic regression asks what remains of it when capability is held fixed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from uptake.openclosed.premium.prices import on_sale
from uptake.openclosed.premium.ratio import AGE, TIERS, premium

CLUSTERS = ("developer", "name")


@dataclass(frozen=True, eq=False)
class Hedonic:
    """Log price explained by month, capability and weights.

    Attributes
    ----------
    closed : DataFrame
        By half-year: ``coefficient`` of closed weights in log units, ``low`` and ``high`` (95%),
        ``models`` on sale (closed and open).
    per_point : float
        Log units of price for one index point.
    change : tuple of float
        Last half-year's coefficient less the first's, and its 95% interval.
    rows, models, developers : int
        Size of the panel and of its clusters.
    """

    closed: pd.DataFrame
    per_point: float
    change: tuple[float, float, float]
    rows: int
    models: int
    developers: int


def panel(
    *,
    source: str = "litellm",
    start: str = "2024-07-01",
    blend: str = "3:1",
    tiers: bool = True,
    age: int = AGE,
) -> pd.DataFrame:
    """Return models on sale by month, released in the months before, for the regression.

    Parameters
    ----------
    source, blend
        As in `on_sale`.
    start : str
        First month.
    tiers : bool
        Whether OpenAI's dearest tiers are kept.
    age : int
        Months since release up to which a model counts as current.

    Returns
    -------
    DataFrame
        As `on_sale`, and ``half`` (such as 2025H1) and ``log_price``.
    """
    table = on_sale(source=source, blend=blend).table
    ends = table["month"] + pd.offsets.MonthEnd(0)
    table = table[
        (table["month"] >= start) & (table["released"] > ends - pd.DateOffset(months=age))
    ]
    if not tiers:
        table = table[~table["name"].isin(TIERS)]
    half = (
        table["month"].dt.year.astype(str) + "H" + ((table["month"].dt.month + 5) // 6).astype(str)
    )
    return table.assign(half=half, log_price=np.log(table["price"])).reset_index(drop=True)


def hedonic(rows: pd.DataFrame) -> Hedonic:
    r"""Regress log price on capability and weights, with a level for every month.

    .. math:: \log p_{it} = \alpha_t + \beta\, s_i + \delta_{h(t)}\, \mathrm{closed}_i + u_{it}

    with ``s`` the index and ``h`` the half-year. Errors are clustered by developer and by model at
    once (Cameron, Gelbach and Miller 2011), cut-offs from t with one degree of freedom less than
    there are developers. A dozen developers are few: read the intervals as a lower bound.

    Parameters
    ----------
    rows : DataFrame
        From `panel`.

    Examples
    --------
    >>> found = hedonic(panel())
    >>> bool(found.per_point > 0)
    True
    """
    halves = sorted(rows["half"].unique())
    closed = (rows["side"] == "closed").to_numpy(float)
    design = pd.get_dummies(rows["month"], dtype=float)
    design["score"] = rows["score"].to_numpy() - rows["score"].mean()
    for half in halves:
        design[half] = closed * (rows["half"] == half).to_numpy(float)
    groups = np.column_stack([pd.factorize(rows[name])[0] for name in CLUSTERS])
    fitted = sm.OLS(rows["log_price"].to_numpy(), design.to_numpy()).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    ends = pd.DataFrame(fitted.conf_int(), index=design.columns, columns=["low", "high"])
    table = ends.loc[halves].assign(coefficient=pd.Series(fitted.params, design.columns)[halves])
    models = rows.pivot_table(index="half", columns="side", values="name", aggfunc="nunique")
    contrast = np.zeros(design.shape[1])
    contrast[[design.columns.get_loc(halves[0]), design.columns.get_loc(halves[-1])]] = -1, 1
    test = fitted.t_test(contrast)
    change = (float(test.effect[0]), *map(float, test.conf_int()[0]))
    return Hedonic(
        closed=table[["coefficient", "low", "high"]].join(models),
        per_point=float(pd.Series(fitted.params, design.columns)["score"]),
        change=change,
        rows=len(rows),
        models=rows["name"].nunique(),
        developers=rows["developer"].nunique(),
    )


def decomposition(rows: pd.DataFrame, *, last: int = 12, **choices: object) -> pd.Series:
    r"""Take the premium of the best closed model apart, mean of the last months.

    .. math:: \log\frac{p_c}{p_o} = \underbrace{\beta (s_c - s_o)}_{\text{capability}}
              + \underbrace{\delta_h}_{\text{closed weights}}
              + \underbrace{u_c - u_o}_{\text{tier and everything else}}

    Parameters
    ----------
    rows : DataFrame
        From `panel`; gives the two prices of capability and weights.
    last : int
        Number of months.
    **choices
        As for `premium`, ``definition`` being best.

    Returns
    -------
    Series
        ``premium``, ``capability``, ``closed weights``, ``the rest``, in log units; the last
        three add up to the first.
    """
    found = hedonic(rows)
    record = premium(definition="best", **choices).tail(last)
    scores = on_sale().table.drop_duplicates("name").set_index("name")["score"]
    gap = record["model_closed"].map(scores) - record["model_open"].map(scores)
    halves = [f"{m.year}H{(m.month + 5) // 6}" for m in record.index]
    parts = {
        "premium": record["premium"].mean(),
        "capability": found.per_point * gap.astype(float).mean(),
        "closed weights": found.closed.loc[halves, "coefficient"].mean(),
    }
    parts["the rest"] = parts["premium"] - parts["capability"] - parts["closed weights"]
    return pd.Series(parts)
