"""The score table: every test over all precedents, its baselines, and what bears on a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.precedents import pooling
from uptake.openclosed.precedents.ceilings import ceiling
from uptake.openclosed.precedents.contests import contests, position
from uptake.openclosed.precedents.forecasts import forecasts
from uptake.openclosed.precedents.markets import displacement, market
from uptake.openclosed.precedents.rules import of_claim, tests
from uptake.openclosed.precedents.statements import direction, pace, side

ANSWERS: dict[str, Callable[..., pd.DataFrame]] = {
    "direction": direction,
    "pace": pace,
    "side": side,
    "ceiling": ceiling,
    "market": market,
    "displacement": displacement,
}
"""Functions that put a question to the precedents."""

BASELINES = {
    "direction": ("last_quarter", "rises"),
    "side": ("leads_now", "challenger"),
    "market": ("always_one", "always_two"),
    "displacement": ("always_one", "always_two"),
}
"""Columns of answers that are always made."""

CURVE = "Logistic"


def answers(test: str, where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return the rows of a test, scored ones only.

    Parameters
    ----------
    test : str
        Id in ``precedents.toml``.
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Raises
    ------
    ValueError
        If there is no such test.

    Examples
    --------
    >>> answers("direction")["test"].unique().tolist()
    ['direction']
    """
    if test in ANSWERS:
        rows = ANSWERS[test](where)
        return rows[rows["truth"].ne("")] if "truth" in rows else rows
    if test in ("bands", "skill"):
        rows = forecasts(where)
        rows = rows[(rows["model"] == CURVE) & rows["right"].notna()]
        return rows.assign(test=test, stated=True, forced=rows["right"])
    raise ValueError(f"no test {test!r}; there are {', '.join(tests())}")


def score(test: str, where: Mapping[str, float] | None = None) -> Estimate:
    """Return the hit rate of a test, precedents having equal weight; for "skill" the skill.

    Parameters
    ----------
    test : str
        Id in ``precedents.toml``.
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Examples
    --------
    >>> found = score("direction")
    >>> found.unit
    'share of statements that are right'
    """
    if test == "skill":
        return skills(where=where).loc[CURVE, "estimate"]
    return pooling.pooled(pooling.by_precedent(answers(test, where)), tests()[test].unit)


def table(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return one row per test: answers, statements, hit rate with interval, baselines, meaning.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        ``precedents`` with a statement and ``answers`` (numbers), ``stated`` (share of answers that
        are statements), ``value``, ``low``, ``high``, ``baseline`` (the best one that always
        answers) with ``its_rate`` on the same statements, and ``says`` ("carries", "fails" or
        "cannot tell" by the regions of ``precedents.toml``). Shares weigh precedents equally.

    Examples
    --------
    >>> one_test("direction")["says"] in ("carries", "fails", "cannot tell")
    True
    """
    return pd.DataFrame({name: one_test(name, where) for name in tests()}).T.rename_axis("test")


def one_test(test: str, where: Mapping[str, float] | None = None) -> dict[str, object]:
    """Return the row of `table` for one test.

    Parameters
    ----------
    test : str
        Id in ``precedents.toml``.
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Examples
    --------
    >>> one_test("direction")["answers"] >= one_test("pace")["answers"]
    True
    """
    rows, found = answers(test, where), score(test, where)
    stated = rows[rows["stated"].astype(bool)]
    row: dict[str, object] = {
        "precedents": stated["precedent"].nunique(),
        "answers": len(rows),
        "stated": float(pooling.by_precedent(rows, "stated").mean()),
        "value": found.value,
        "low": found.low,
        "high": found.high,
    }
    rates = _baselines(test, rows, where)
    best = max(rates, key=rates.get) if rates else ""
    says = tests()[test].says(found.low, found.high)
    return row | {"baseline": best, "its_rate": rates.get(best, np.nan), "says": says}


def _baselines(
    test: str, rows: pd.DataFrame, where: Mapping[str, float] | None
) -> dict[str, float]:
    """Return the hit rate of each baseline on the statements the method made."""
    if test in ("bands", "skill"):
        rates = coverage(where) if test == "bands" else skills(where=where)
        return rates["value"].reindex(list(tests()[test].baselines)).to_dict()
    stated = rows[rows["stated"].astype(bool)]
    names = BASELINES.get(test, ())
    return {name: float(pooling.by_precedent(stated, name).mean()) for name in names}


def splits(names: Sequence[str] = ("direction", "pace", "side")) -> pd.DataFrame:
    """Return hit rates on parts of the precedents: by stage, with an open side, lost, won.

    Parameters
    ----------
    names : sequence of str
        Tests put to contests.

    Returns
    -------
    DataFrame
        By part: for each test the ``right`` statements and all ``stated`` (counts, not weighted).

    Examples
    --------
    >>> bool(splits(["side"]).loc["all", ("side", "stated")] <= len(side()))
    True
    """
    found = contests()
    parts: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
        "all": lambda rows: rows["known"] > 0,
        **{f"stage: {stage}": _equal("stage", stage) for stage in position()},
        "one side open": lambda rows: rows["record"].map(lambda name: found[name].open != ""),
        "challenger won": lambda rows: rows["record"].map(lambda name: found[name].won),
        "challenger lost": lambda rows: ~rows["record"].map(lambda name: found[name].won),
    }
    table = {}
    for test in names:
        rows = answers(test)
        rows = rows[rows["stated"].astype(bool)]
        for part, where in parts.items():
            chosen = rows.loc[where(rows), "right"].astype(bool)
            table.setdefault((test, "right"), {})[part] = int(chosen.sum())
            table.setdefault((test, "stated"), {})[part] = len(chosen)
    return pd.DataFrame(table)


def _equal(column: str, value: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows[column] == value


def coverage(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return how often each model's 95% band held what came, precedents having equal weight.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        By model: ``value``, ``low``, ``high``, ``n`` (forecasts).

    Examples
    --------
    >>> {"Logistic", "Naive"} <= set(coverage().index)
    True
    """
    rows = {}
    for model, part in forecasts(where).groupby("model", sort=False):
        there = part[part["right"].notna()]
        found = pooling.pooled(pooling.by_precedent(there), "share")
        rows[model] = (found.value, found.low, found.high, len(there))
    return pd.DataFrame(rows, index=["value", "low", "high", "n"]).T


def skills(baseline: str = "Naive", where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return by how much each model's quantile scores beat a baseline's.

    Each model is held against the baseline where both have a forecast.

    Parameters
    ----------
    baseline : str
        Name of a model.
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        By model: ``estimate`` (an `Estimate`), ``value``, ``low``, ``high``, ``n`` (forecasts),
        ``precedents``.

    Examples
    --------
    >>> float(skills().loc["Naive", "value"])
    0.0
    """
    frame, rows = forecasts(where), {}
    keys = ["precedent", "record", "stage", "ahead"]
    against = frame[frame["model"] == baseline].set_index(keys)["score"]
    for model, part in frame.groupby("model", sort=False):
        both = part.set_index(keys)[["score"]].join(against.rename("baseline")).dropna()
        means = both.groupby("precedent").mean()
        found = pooling.skill(means["score"], means["baseline"])
        rows[model] = (found, found.value, found.low, found.high, len(both), found.n)
    columns = ["estimate", "value", "low", "high", "n", "precedents"]
    return pd.DataFrame(rows, index=columns).T


def hit_rate(claim: str) -> pd.DataFrame:
    """Return what the precedents say of the method behind a claim.

    Parameters
    ----------
    claim : str
        Id of a claim, or of a statement put to the precedents.

    Returns
    -------
    DataFrame
        By test: ``form`` ("same form" or "by analogy") and the columns of `table`; empty for a
        claim that says how things stand and not where they go.

    Raises
    ------
    ValueError
        If ``precedents.toml`` does not say what to do with the claim.

    Examples
    --------
    >>> hit_rate("C2")["form"].to_dict()["direction"]
    'same form'
    >>> hit_rate("C7").empty
    True
    """
    rows = {test: {"form": form} | one_test(test) for test, form in of_claim(claim).items()}
    return pd.DataFrame(rows).T.rename_axis("test")
