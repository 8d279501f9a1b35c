"""Days from release to first listing: which models and lists count, and what was left out.

Price lists are read every few days, so each wait is known only to lie between the last list
without the model and the first with it. The table of listings names and dates models as a later
edition of the capability index does; those that no edition by the freeze names are left out, and
the others are released on the day that the last such edition gives.
"""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from uptake import datasets
from uptake.openclosed.capability import index, sides
from uptake.openclosed.freeze import FREEZE, known

LEADING = ("OpenAI", "Anthropic", "Google")
DATED_TWICE = ("litellm", "tokencost")
"""Lists with a dated snapshot before each first listing; both were kept in 2025 and in 2026."""


@dataclass(frozen=True, eq=False)
class Delays:
    """Waiting times under one set of choices, and what was left out.

    Attributes
    ----------
    table : DataFrame
        ``lab``, ``model``, ``released``, ``year``, ``first`` and ``last`` (days after release
        between which access began, both possible; the last is inf where it had not by the
        freeze), ``list`` and ``cluster`` (laboratory and day: models released together).
    left_out : Series
        Number of models left out, by reason.
    """

    table: pd.DataFrame
    left_out: pd.Series


@functools.cache
def delays(
    *,
    models: str = "all",
    labs: str = "all",
    previews: str = "censored",
    lists: str = "dated_twice",
    editions: str = "freeze",
) -> Delays:
    """Return the days from release to first listing of closed models, 2025 to the freeze.

    Of several lists the one counts that dates both the last snapshot without the model and the
    first with it, since these were kept in both years; models.dev, which began in mid-2025 and
    has no such day, counts only for models in neither, from the day of release on. A listing after
    the freeze is no listing. Of the models those count that an edition of the capability index by
    the freeze names, on the day that the last such edition gives, and previews that dated events
    name.

    Parameters
    ----------
    models : {"all", "record_setters"}
        All models, or those that set a record among closed ones in the index of the freeze.
    labs : {"all", "leading3"}
        All laboratories, or OpenAI, Anthropic and Google.
    previews : {"censored", "out"}
        Models shown to some and listed nowhere by the freeze: as still waiting, or left out.
    lists : {"dated_twice", "any"}
        Which list counts: as above, or whichever names the model first. The latter favours 2026,
        since models.dev is the quickest and began in mid-2025.
    editions : {"freeze", "later_dates", "any"}
        Models that some edition of the index by the freeze names, released on the day that the
        last such edition gives; these, released as the table of listings has it, which is the
        edition after the freeze; or models of any edition, also of those after the freeze, so
        dated.

    Examples
    --------
    >>> found = delays(previews="out")
    >>> bool(np.isfinite(found.table["last"]).all())
    True
    """
    check_choice(models, ("all", "record_setters"), "models")
    check_choice(labs, ("all", "leading3"), "labs")
    check_choice(previews, ("censored", "out"), "previews")
    check_choice(lists, ("dated_twice", "any"), "lists")
    check_choice(editions, ("freeze", "later_dates", "any"), "editions")
    everything = _candidates(dates="freeze" if editions == "freeze" else "later")
    rows = everything if editions == "any" else everything[everything["dated_by_freeze"].notna()]
    listed = _bounds(rows[rows["usable"] & rows["listed"]], lists)
    shown = unlisted_previews()
    missing = rows.loc[~rows["model"].isin(listed["model"]), "model"].drop_duplicates()
    left = {
        "closed models of these months": everything["model"].nunique(),
        "in no edition by the freeze": everything["model"].nunique() - rows["model"].nunique(),
        "without a usable listing": int((~missing.isin(shown["model"])).sum()),
        "previews never listed": len(shown) * (previews == "out"),
    }
    table = listed if previews == "out" else pd.concat([listed, shown])
    record = table["model"].isin(_record_setters()) | (models == "all")
    leading = table["lab"].isin(LEADING) | (labs == "all")
    left |= {"no record": int((~record).sum()), "other laboratory": int((record & ~leading).sum())}
    table = table[record & leading].sort_values(["released", "model"], kind="stable")
    cluster = table["lab"] + " " + table["released"].dt.strftime("%Y-%m-%d")
    table = table.assign(year=table["released"].dt.year, cluster=cluster)
    return Delays(table.reset_index(drop=True), pd.Series(left))


def _candidates(dates: str = "later") -> pd.DataFrame:
    """Return closed rows released in the window as the freeze's or a later edition dates them."""
    # known() would drop models released by the freeze and listed later, which are still waiting.
    # As published o3 is dated at its announcement, at which nobody could use it.
    rows = datasets.load("first_listed", corrected=True)
    rows = rows.astype({"lab": str, "weights": str, "model": str, "list": str})
    rows = rows.assign(
        upper=rows["days_to_listing"].astype(float),
        lower=rows["days_lower_bound"].astype(float),
        listed=rows["first_listed"] <= FREEZE,
        dated_by_freeze=rows["model"].map(_dated_by_freeze()),
    )
    rows = _redated(rows) if dates == "freeze" else rows
    inside = rows["released"].between("2025-01-01", FREEZE) & (rows["weights"] == "closed")
    return rows[inside]


def _dated_by_freeze() -> pd.Series:
    """Return the release dates of all models of the index by the freeze, the last edition first."""
    # known() gives the one edition of the freeze alone; some models stand under their full name
    # in earlier ones only.
    every = datasets.load("capability_index", corrected=True)
    early = every[every["vintage"] <= FREEZE].sort_values("vintage", kind="stable")
    return early.drop_duplicates("model", keep="last").set_index("model")["released"]


def _redated(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows dated by the editions by the freeze where one names them, waits counted anew."""
    dated = rows["dated_by_freeze"].fillna(rows["released"])
    later = (dated - rows["released"]).dt.days
    # A model listed before its release as dated did not wait.
    waits = {name: (rows[name] - later).clip(lower=0) for name in ("upper", "lower")}
    return rows.assign(released=dated, **waits)


def _bounds(rows: pd.DataFrame, lists: str) -> pd.DataFrame:
    """Return one row a model with the days between which its access began."""
    twice = rows["list"].isin(DATED_TWICE) & rows["lower"].notna()
    first_by = ["twice", "upper"] if lists == "dated_twice" else ["upper", "twice"]
    rows = rows.assign(twice=twice).sort_values(
        first_by, ascending=[c == "upper" for c in first_by]
    )
    rows = rows.drop_duplicates("model")
    lower = rows["lower"].where(rows["twice"], 0.0).clip(lower=0)
    # Absent from the list of day L > 0: access began on L + 1 at the earliest.
    rows = rows.assign(first=np.where(lower > 0, lower + 1, 0.0), last=rows["upper"])
    return rows[["lab", "model", "released", "first", "last", "list"]]


def unlisted_previews() -> pd.DataFrame:
    """Return closed models shown to some since 2025 and named in no list by the freeze.

    Examples
    --------
    >>> unlisted_previews()["model"].tolist()
    ['Claude Mythos Preview', 'Muse Spark']
    """
    events = known("release_events").astype({"lab": str, "model": str, "kind": str})
    shown = events[(events["kind"] == "limited access") & (events["date"] >= "2025-01-01")]
    # Of all editions: what a list names is no longer waiting, whether or not an edition does.
    rows = _candidates()
    listed = [_plain(name) for name in rows.loc[rows["listed"], "model"].unique()]
    new = [not any(n.startswith(_plain(name)) for n in listed) for name in shown["model"]]
    shown = shown[new].drop_duplicates("model")
    waited = (FREEZE - shown["date"]).dt.days
    table = shown.assign(released=shown["date"], first=waited + 1.0, last=np.inf, list="none")
    return table[["lab", "model", "released", "first", "last", "list"]]


def _plain(name: str) -> str:
    return name.lower().replace("-", " ")


def _record_setters() -> set[str]:
    return set(sides(index("2026-05-14")).closed.records["name"])


def check_choice(value: str, allowed: tuple[str, ...], name: str) -> None:
    """Refuse a choice that is not one of those allowed, by name."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; use one of {', '.join(allowed)}")
