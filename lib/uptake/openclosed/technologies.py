"""Technologies whose rise and end are on record: a reference class for curves cut short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from uptake import datasets
from uptake.curves import Curve, Logistic
from uptake.fitting import fit
from uptake.separable import HORIZON

TWICE = {
    "us_adoption_washer": "us_adoption_washing_machine",
    "us_adoption_refrigerator": "us_adoption_household_refrigerator",
    "us_adoption_computer": "us_adoption_microcomputer",
    "us_adoption_electricity_access": "us_adoption_electric_power",
}
"""Technologies recorded twice: the record left out, and the longer one that is kept."""


def reference_class(
    *, start: float = 0.2, still: float = 0.05, points: int = 10
) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    """Return the technologies whose rise and end are both on record, and a count of the others.

    Parameters
    ----------
    start : float
        A record must begin at or below this share of its last level, or the rise is missed.
    still : float
        It has ended when the last fifth of its time added at most this share of the last level.
    points : int
        Least length.

    Returns
    -------
    records : dict of str to DataFrame
        By technology: ``t`` (years since the first value) and ``share`` (fraction).
    counts : Series
        How many records there were, how many each rule left out in turn, and how many remain.

    Examples
    --------
    >>> records, counts = reference_class()
    >>> bool(counts["all"] - counts.drop(["all", "kept"]).sum() == len(records))
    True
    """
    table = datasets.load("technology_adoption").sort_values("date")
    groups = {str(name): part for name, part in table.groupby("series", observed=True)}
    rules = {
        "recorded twice": lambda name, y, last: name in TWICE,
        f"fewer than {points} values": lambda name, y, last: y.size < points,
        "begins too late": lambda name, y, last: y[0] > start * y[-1],
        "fell by a tenth or more": lambda name, y, last: y[-1] < 0.9 * y.max(),
        "still rising": lambda name, y, last: y[-1] - last > still * y[-1],
    }
    counts, kept = pd.Series({"all": len(groups)} | dict.fromkeys(rules, 0)), {}
    for name, part in groups.items():
        t = ((part["date"] - part["date"].iloc[0]).dt.days / 365.25).to_numpy()
        y = part["value"].to_numpy()
        before = float(np.interp(0.8 * t[-1], t, y))
        why = next((rule for rule, broken in rules.items() if broken(name, y, before)), None)
        if why is None:
            label = name.removeprefix("us_adoption_").replace("_", " ")
            kept[label] = pd.DataFrame({"t": t, "share": y})
        else:
            counts[why] += 1
    counts["kept"] = len(kept)
    return kept, counts


def stages(
    records: Mapping[str, pd.DataFrame], shares: Sequence[float], *, curve: type[Curve] = Logistic
) -> pd.DataFrame:
    """Fit each technology as it was known at several shares of the level it came to.

    Parameters
    ----------
    records : mapping of str to DataFrame
        Columns ``t`` and ``share``.
    shares : sequence of float
        Of the last level; the record stops where it first reaches that.
    curve : type of Curve
        With a ceiling named ``m``.

    Returns
    -------
    DataFrame
        One row per technology and share: ``fitted`` (False where there were too few values, all
        else then missing), ``bounded``, ``contains`` (the ceiling's 95% interval holds the last
        level), ``below`` and ``above`` (it lies wholly so), ``ceiling`` over the last level, and
        the absolute errors of three forecasts of the last level, as shares of it: ``free``,
        ``fixed`` (ceiling held at 100%) and ``naive`` (no change).

    Examples
    --------
    >>> records, _ = reference_class()
    >>> table = stages({"microwave": records["microwave"]}, [0.9])
    >>> table[["technology", "fitted"]].to_numpy().tolist()
    [['microwave', True]]
    """
    rows = []
    for name, record in records.items():
        t, y = record["t"].to_numpy(), record["share"].to_numpy()
        for share in shares:
            end = int(np.argmax(y >= share * y[-1])) + 1
            about = {"technology": name, "share": share, "fitted": end >= 5}
            rows.append(about | (_stage(curve, t, y, end) if end >= 5 else {}))
    return pd.DataFrame(rows)


def _stage(curve: type[Curve], t: np.ndarray, y: np.ndarray, end: int) -> dict[str, Any]:
    # Tracing the profile says the same and takes four times as long: two of its points suffice.
    t_seen, seen, name, last = t[:end], y[:end], curve.names()[0], float(y[-1])
    free = fit(curve, t_seen, seen)
    ceilings = (1.0, last, HORIZON * seen.max())
    whole, reached, limit = (fit(curve, t_seen, seen, fixed={name: m}) for m in ceilings)
    lowest = min(each.sse for each in (free, reached, limit))
    freedom = end - len(curve.names())
    cutoff = lowest * (1 + stats.f.ppf(0.95, 1, freedom) / freedom)
    contains = bool(reached.sse <= cutoff)
    forecasts = {"free": free.curve(t[-1]), "fixed": whole.curve(t[-1]), "naive": y[end - 1]}
    return {
        "bounded": bool(free.interior and limit.sse > cutoff),
        "contains": contains,
        "below": bool(not contains and free.curve.ceiling < last),
        "above": bool(not contains and free.curve.ceiling > last),
        "ceiling": free.curve.ceiling / last,
    } | {name: abs(float(value) / last - 1) for name, value in forecasts.items()}


def by_stage(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per share of the last level: how many, how often right, how far off.

    Parameters
    ----------
    table : DataFrame
        What `stages` returned.

    Returns
    -------
    DataFrame
        By share: ``fitted`` and ``too_few`` (technologies), ``bounded``, ``contains``, ``below``
        and ``above`` (counts among the fitted), and the median absolute errors ``free``,
        ``fixed`` and ``naive`` of the last level.

    Examples
    --------
    >>> records, _ = reference_class()
    >>> by_stage(stages({"microwave": records["microwave"]}, [0.9]))["fitted"].to_dict()
    {0.9: 1}
    """
    groups = table.groupby("share")
    counts = pd.DataFrame({"fitted": groups["fitted"].sum()})
    counts["too_few"] = groups.size() - counts["fitted"]
    ran = table[table["fitted"]].groupby("share")
    sums = ran[["bounded", "contains", "below", "above"]].sum().astype(int)
    return counts.join(sums).join(ran[["free", "fixed", "naive"]].median())
