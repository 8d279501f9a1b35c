"""Secondary predictions of C11: more hosts and dispersion; hosts at the developer's own price."""

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.hosting.panels import dispersion, followed
from uptake.openclosed.hosting.spread import years
from uptake.openclosed.hosting.trends import trend


def dispersion_by_hosts(**choices: object) -> Estimate:
    r"""Return how dispersion differs between models whose number of hosts differs by a factor two.

    Within a month, by Poisson pseudo-likelihood of the variance of the log price,
    :math:`E[D_{mt}^2] = e^{\alpha_t + 2 \gamma \log_2 N_{mt}}`. The variance and not its root,
    since the standard deviation of few hosts is too small on average and grows with their number
    by itself.

    Parameters
    ----------
    **choices
        As for `uptake.openclosed.hosting.followed`, save ``sample``.

    Returns
    -------
    Estimate
        :math:`\gamma` in log units of dispersion per doubling of hosts; the wider interval of
        models and developers as clusters.

    Examples
    --------
    >>> dispersion_by_hosts().unit
    'log units per doubling of hosts'
    """
    panel = dispersion(followed(sample="fixed_models", **choices))
    codes = [pd.factorize(panel[name])[0] for name in ("month", "model", "developer")]
    squares, doublings = panel["dispersion"] ** 2, 2 * np.log2(panel["hosts"])
    found = trend(squares, doublings, codes[0], codes[1:])
    value, half = float(found.slope[0]), float(found.half[0])
    unit = "log units per doubling of hosts"
    return Estimate(value, value - half, value + half, unit, n=len(panel))


def age_and_hosts(**choices: object) -> pd.DataFrame:
    """Return a mixed model of log dispersion on a model's age in the list and its hosts.

    Each model has its own level and its own slope in age, both normal (statsmodels MixedLM by
    restricted maximum likelihood); months in which all hosts ask one price have no log and are
    left out.

    Parameters
    ----------
    **choices
        As for `uptake.openclosed.hosting.followed`, save ``sample``.

    Returns
    -------
    DataFrame
        By term: ``estimate``, ``low``, ``high``. Age in log units a year, hosts per doubling;
        ``attrs["rows"]`` and ``attrs["left_out"]`` count the months.

    Examples
    --------
    >>> age_and_hosts().index.tolist()
    ['age', 'doublings of hosts']
    """
    from statsmodels.regression.mixed_linear_model import MixedLM

    panel = dispersion(followed(sample="fixed_models", **choices))
    kept = panel[panel["dispersion"] > 0]
    age = years(kept["month"]) - kept.assign(y=years(kept["month"])).groupby("model")[
        "y"
    ].transform("min")
    exog = pd.DataFrame({"level": 1.0, "age": age, "doublings of hosts": np.log2(kept["hosts"])})
    model = MixedLM(
        np.log(kept["dispersion"]), exog, groups=kept["model"], exog_re=exog[["level", "age"]]
    )
    fitted = model.fit(method="lbfgs")
    ends = fitted.conf_int()
    names = ["age", "doublings of hosts"]
    columns = {"estimate": fitted.fe_params[names], "low": ends.loc[names, 0]}
    found = pd.DataFrame({**columns, "high": ends.loc[names, 1]})
    found.attrs = {"rows": len(kept), "left_out": len(panel) - len(kept)}
    return found


def focal_by_hosts(table: pd.DataFrame) -> pd.DataFrame:
    """Return how the share of hosts at the developer's own price goes with their number.

    Least squares of the share on the doublings of hosts: with an intercept for each month
    (models with more hosts against models with fewer), and for each model (the same model as
    hosts are added). Errors clustered by model.

    Parameters
    ----------
    table : DataFrame
        Rows of ``focal_pricing``.

    Returns
    -------
    DataFrame
        By comparison: ``change`` in the share (a fraction) per doubling of hosts, ``low``,
        ``high``, and ``models``.

    Examples
    --------
    >>> from uptake.openclosed import known
    >>> focal_by_hosts(known("focal_pricing")).index.tolist()
    ['within a month', 'within a model']
    """
    from statsmodels.regression.linear_model import OLS

    names = {"within a month": "month", "within a model": "model"}
    cluster = pd.factorize(table["model"].astype(str))[0]
    rows = {}
    for label, name in names.items():
        intercepts = pd.get_dummies(table[name].astype(str), dtype=float)
        exog = intercepts.assign(doublings=np.log2(table["third_party_hosts"].astype(float)))
        model = OLS(table["share_equal"].astype(float), exog)
        fitted = model.fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
        low, high = fitted.conf_int().loc["doublings"]
        rows[label] = {"change": fitted.params["doublings"], "low": low, "high": high}
    return pd.DataFrame(rows).T.assign(models=table["model"].nunique())
