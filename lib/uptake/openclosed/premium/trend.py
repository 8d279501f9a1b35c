"""C3: does the premium fade? The trend of its log, with an interval that knows of score noise."""

import numpy as np
import pandas as pd
import statsmodels.api as sm

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.premium.ratio import WITHIN, premium, years
from uptake.openclosed.premium.scores import half_width
from uptake.openclosed.trends import slope_interval

UNIT = "log units a year"


def premium_trend(
    *,
    definition: str = "best",
    blend: str = "3:1",
    start: str = "2024-01-01",
    source: str = "litellm",
    vintage: str = "2026-05-14",
    without: tuple[str, ...] = (),
    within: float = WITHIN,
    corrected: bool = True,
    draws: int = 100,
) -> Estimate:
    r"""Estimate C3: the yearly change in the log of the premium.

    Least squares on the monthly log premium. Half-width of the interval, as for the capability gap:

    .. math:: h = \max(c_\rho\, s_\rho,\; 1.96\, s_e)

    with :math:`s_\rho` the standard error when months are correlated and :math:`c_\rho` its
    simulated cut-off (`slope_interval`; HAC intervals of some twenty months are too short, see
    `hac_coverage`), and :math:`s_e` the spread of the slope when every score of the index is
    redrawn within its own error, so that another model may be the best (`redrawn`).

    Parameters
    ----------
    definition, blend, start, source, vintage, without, within, corrected
        As in `premium`.
    draws : int
        Number of redrawn sets of scores; with 0 their noise is left out.

    Returns
    -------
    Estimate
        In log units a year; negative when the premium fades.

    Examples
    --------
    >>> premium_trend(definition="top3").unit
    'log units a year'
    """
    _refuse_later(vintage)
    chosen = {"definition": definition, "blend": blend, "start": start, "source": source}
    chosen |= {"vintage": vintage, "without": without, "within": within}
    chosen |= {"corrected": corrected}
    record = premium(**chosen)
    if len(record) < 8:
        return Estimate.missing(UNIT, f"{len(record)} months are too few for a slope")
    value, half, rho = slope_interval(years(record.index), record["premium"])
    concerns = tuple(_concerns(record, float(rho[0]), start))
    width = float(max(half[0], half_width(draws, **chosen)))
    low, high = float(value[0]) - width, float(value[0]) + width
    return Estimate(float(value[0]), low, high, UNIT, n=len(record), concerns=concerns)


def _refuse_later(vintage: str) -> None:
    if pd.Timestamp(vintage) > FREEZE:
        raise ValueError(f"edition {vintage} is later than the freeze; it may score, not be fitted")


def _concerns(record: pd.DataFrame, rho: float, start: str) -> list[str]:
    found = []
    late = (record.index[0] - pd.Timestamp(start)).days
    if late > 31:
        found.append(f"the record begins in {record.index[0]:%Y-%m}: no earlier list")
    if record["carried"].any():
        found.append(f"{record['carried'].sum()} months have no list and carry the last one")
    steps = record["premium"].diff().abs()
    if (steps > np.log(3)).any():
        found.append(f"the premium jumps more than threefold {(steps > np.log(3)).sum()} times")
    if rho > 0.7:
        found.append(f"the premium remembers its past (autocorrelation {rho:.1f})")
    return found


def hac_interval(record: pd.DataFrame, lags: int = 3) -> tuple[float, float]:
    """Return the 95% HAC interval of the slope (Newey-West, t cut-off), for comparison.

    Parameters
    ----------
    record : DataFrame
        From `premium`.
    lags : int
        Months over which errors may be correlated.
    """
    design = sm.add_constant(years(record.index))
    options = {"maxlags": lags, "use_correction": True}
    fitted = sm.OLS(record["premium"].to_numpy(), design).fit(
        cov_type="HAC", cov_kwds=options, use_t=True
    )
    low, high = fitted.conf_int()[1]
    return float(low), float(high)


def by_decision(choice: str, levels: tuple[object, ...], **others: object) -> pd.DataFrame:
    """Return the trend for several levels of one choice.

    Parameters
    ----------
    choice : str
        Keyword of `premium_trend`.
    levels : tuple
        Its values.
    **others
        Further keywords.

    Returns
    -------
    DataFrame
        By level: ``trend``, ``low``, ``high`` (log units a year) and ``months``.
    """
    rows = {}
    for level in levels:
        e = premium_trend(**{choice: level}, **others)
        rows[str(level)] = (e.value, e.low, e.high, e.n)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["trend", "low", "high", "months"])
