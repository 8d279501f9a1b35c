"""One market or two: the cross term on pairs of records whose answer is known."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.competing import LotkaVolterra, NortonBass, compete
from uptake.fitting import FitError
from uptake.openclosed import claims
from uptake.openclosed.freeze import known
from uptake.openclosed.market.calibration import calibrated
from uptake.openclosed.market.profile import PARAMETERS, Steps
from uptake.openclosed.precedents.contests import at_position
from uptake.openclosed.precedents.rules import document

GENERATIONS = "ibm_systems_in_use_generation_"
_LEAST = 4
"""Points of either side that `compete` asks for."""


@at_position
def market(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return what the cross term said of every pair, and whether that is so.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        ``test``, ``precedent``, ``record``, ``stage``, ``known``, ``said`` ("one", "two" or
        "cannot tell"), ``stated``, ``right`` and ``forced`` (missing for a pair without a truth),
        baselines ``always_one`` and ``always_two``; ``truth`` (empty where it is not known);
        ``term`` with ``low`` and ``high``, missing where no fit was found.

    Examples
    --------
    >>> _cuts(np.linspace(0.0, 0.5, 40), {"tokens": 0.6, "points": 24})
    {'points': 24, 'whole': 40}
    """
    rows = []
    for name, pair in document()["pairs"].items():
        for stage, points, term in _terms(name, where):
            about = {"test": "market", "precedent": pair["precedent"], "record": name}
            rows.append(about | {"stage": stage, "known": points} | _judged(term, pair))
    return pd.DataFrame(rows)


@at_position
def displacement(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return what C1's own estimator said of every pair, and whether that is so.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        As `market` returns it.

    Examples
    --------
    >>> rows = displacement()
    >>> bool(rows["low"].le(rows["high"])[rows["term"].notna()].all())
    True
    """
    rows = []
    for name, pair in document()["pairs"].items():
        for stage, points, term in _steps(pair, where):
            about = {"test": "displacement", "precedent": pair["precedent"], "record": name}
            rows.append(about | {"stage": stage, "known": points} | _judged(term, pair))
    return pd.DataFrame(rows)


def _steps(
    pair: Mapping[str, Any], where: Mapping[str, float]
) -> list[tuple[str, int, tuple[float, float, float]]]:
    """Return stage, points known and displacement of the older by the younger of a pair."""
    if "generations" in pair:
        t, records = _computers(pair["generations"], following=True)
        older, newer = list(records.values())[-2:]
        there = (older > 0) & (newer > 0)
        t, older, newer = t[there], older[there], newer[there]
        cuts = {"whole": t.size}
    else:
        t, records = _pair(pair)
        older, newer = records.values()
        cuts = _cuts(newer / (older + newer), where) if "truth" in pair else {"whole": t.size}
    number = np.round(t / np.median(np.diff(t))).astype(int)
    table = pd.DataFrame({"closed": older, "open": newer, "number": number, "part": 0})
    found = []
    for stage, points in cuts.items():
        steps = Steps.of(table.iloc[:points], "closed")
        if len(steps.number) >= 2 * PARAMETERS:
            found.append((stage, points, _displaced(steps)))
    return found


def _displaced(steps: Steps) -> tuple[float, float, float]:
    profile = calibrated(steps)
    value = float(profile.best()[0][0])
    # Without a finite value that fits best there is no estimate, as in `market.displacement`.
    return (value, *profile.interval()) if np.isfinite(value) else (np.nan, np.nan, np.nan)


def answers(value: float, low: float, high: float) -> str:
    """Return what a cross term says by the regions of C1: "one", "two" or "cannot tell".

    Parameters
    ----------
    value, low, high : float
        Units of the incumbent lost per unit gained, and the 95% interval; NaN without a fit.

    Examples
    --------
    >>> answers(0.6, 0.55, 0.7), answers(0.6, 0.1, 0.7), answers(0.0, -0.2, 0.1)
    ('one', 'cannot tell', 'two')
    """
    rule = claims.load()["C1"].prediction
    if np.isnan(value):
        return "cannot tell"
    if rule.refutes.contains(low, high):
        return "one"
    return "two" if rule.supports.contains(low, high) else "cannot tell"


def _judged(term: tuple[float, float, float], pair: Mapping[str, Any]) -> dict[str, Any]:
    value, low, high = term
    said, truth = answers(*term), pair.get("truth", "")
    row = {"said": said, "stated": said != "cannot tell", "right": None, "forced": None}
    if truth and row["stated"]:
        row["right"] = said == truth
    if truth and not np.isnan(value):
        # Between the regions of C1 the point estimate goes to the nearer answer.
        row["forced"] = ("one" if value > 0.375 else "two") == truth
    baselines = {f"always_{each}": truth == each if truth else None for each in ("one", "two")}
    return row | baselines | {"truth": truth, "term": value, "low": low, "high": high}


def _terms(
    name: str, where: Mapping[str, float]
) -> list[tuple[str, int, tuple[float, float, float]]]:
    """Return stage, points known and cross term with interval of a pair."""
    t, records = _records(name)
    older, newer = list(records.values())[-2:]
    both = older + newer
    cuts = _cuts(np.divide(newer, both, out=np.zeros_like(newer), where=both > 0), where)
    if "truth" not in document()["pairs"][name]:
        cuts = {"whole": t.size}
    return [(stage, points, _first(name, points)) for stage, points in cuts.items()]


def _records(name: str) -> tuple[NDArray, dict[str, NDArray]]:
    pair = document()["pairs"][name]
    return _computers(pair["generations"]) if "generations" in pair else _pair(pair)


@functools.cache
def _first(name: str, points: int) -> tuple[float, float, float]:
    """Return the cross term of the first points of a pair; several positions share it."""
    model = NortonBass if "generations" in document()["pairs"][name] else LotkaVolterra
    t, records = _records(name)
    return _term(model, t[:points], {side: values[:points] for side, values in records.items()})


def _cuts(share: NDArray, where: Mapping[str, float]) -> dict[str, int]:
    least = document()["stages"]["least_known"]
    reached = np.flatnonzero(share >= where["tokens"])
    counts = {"tokens": int(reached[0]) + 1 if reached.size else 0, "points": where["points"]}
    kept = {stage: n for stage, n in counts.items() if least <= n < share.size}
    # The younger side needs points of its own, whatever the older one has.
    there = np.cumsum(share > 0)
    return {s: n for s, n in (kept | {"whole": share.size}).items() if there[n - 1] >= _LEAST}


def _term(
    model: type[LotkaVolterra] | type[NortonBass], t: NDArray, records: dict[str, NDArray]
) -> tuple[float, float, float]:
    name = "switching" if model is NortonBass else "a12"
    options = {}
    if model is NortonBass:
        # A generation begins one period before its first machines are counted.
        first = [float(t[np.flatnonzero(y > 0)[0]]) - 1 for y in records.values()]
        options["launches"] = dict(zip(records, first, strict=True))
    try:
        result = compete(model, t, records, **options)
    except FitError:
        return (np.nan, np.nan, np.nan)
    ends = result.interval(name)
    return result.params[name], ends.low, ends.high


def _computers(count: int, *, following: bool = False) -> tuple[NDArray, dict[str, NDArray]]:
    """Return periods and systems in use of the first generations.

    They end where the next generation enters, unless what follows is wanted too.
    """
    table = known("classic_diffusion")
    names = [f"{GENERATIONS}{i}" for i in range(1, count + 2)]
    wide = table[table["series"].isin(names)].pivot_table(
        index="step", columns="series", values="value", observed=True
    )
    if names[count] in wide and not following:
        wide = wide[wide[names[count]] == 0]
    steps = wide.index.to_numpy(float)
    return steps, {name: wide[name].to_numpy() for name in names[:count]}


def _pair(pair: Mapping[str, Any]) -> tuple[NDArray, dict[str, NDArray]]:
    """Return years since the first common date, and both levels, the incumbent's first."""
    table = known(pair["table"])
    if isinstance(pair["incumbent"], list):
        wide = _drivers(table, pair)
    else:
        sides = [pair["incumbent"], pair["challenger"]]
        wide = table[table["series"].isin(sides)].pivot_table(
            index="date", columns="series", values="value", observed=True
        )[sides]
    wide = wide.dropna()
    t = (wide.index - wide.index[0]).days.to_numpy() / 365.25
    return t, {"incumbent": wide.iloc[:, 0].to_numpy(), "challenger": wide.iloc[:, 1].to_numpy()}


def _drivers(table: pd.DataFrame, pair: Mapping[str, Any]) -> pd.DataFrame:
    """Return downloads of both kinds of driver over the growth of the index, evenly thinned."""
    wide = table.pivot_table(index="date", columns="package", values="value", observed=True)
    size = table[table["category"] == "deflator"].groupby("date")["value"].sum()
    both = [wide[pair[side]].sum(axis=1) for side in ("incumbent", "challenger")]
    frame = pd.concat(both, axis=1, sort=True).div(size / size.iloc[-1], axis=0) / 1e6
    number = (frame.index.year * 12 + frame.index.month - 1) // pair["every"]
    return frame.assign(date=frame.index).groupby(number).last().set_index("date")
