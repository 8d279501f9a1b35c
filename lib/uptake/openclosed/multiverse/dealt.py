"""Records without an effect for C5, C7, C9, C11 and C12: labels dealt by lot, all else as it is.

If a label (a year, an owner, an age, a side, the direction of time) makes no difference, every way
to deal it is as likely as the real one (Fisher 1935). A thing is dealt one lot for all
specifications, and every specification keeps its own numbers of each label.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from uptake.openclosed.capability.benchmarks import waits
from uptake.openclosed.capability.waiting import months_per_event, restricted_mean
from uptake.openclosed.hosting.chance import backwards
from uptake.openclosed.hosting.panels import panel
from uptake.openclosed.hosting.spread import of_panel, years
from uptake.openclosed.hosting.stack import OPENAI, STACKS, TUNING, package_growth
from uptake.openclosed.release.access import HORIZON, at_clock
from uptake.openclosed.release.efficiency import closed_share, places, runs
from uptake.openclosed.release.listings import delays
from uptake.openclosed.release.turnbull import waiting

Result = tuple[NDArray, NDArray, NDArray]
"""Rows of the table, estimates on the real record, and on the simulated ones."""


class Lots:
    """A lot for each thing that has a name, the same in every specification.

    Parameters
    ----------
    rng : Generator
        Source of the lots.
    size : int
        Number of records.
    """

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._rng, self._size = rng, size
        self._known: dict[object, NDArray] = {}

    def __call__(self, names: ArrayLike) -> NDArray:
        """Return numbers from 0 to 1, shape (size, number of names)."""
        for name in names:
            if name not in self._known:
                self._known[name] = self._rng.random(self._size)
        return np.column_stack([self._known[name] for name in names])

    def deal(self, names: ArrayLike, labels: ArrayLike) -> NDArray:
        """Return the labels dealt to the names, the real ones first, shape (size + 1, names).

        The one with the smallest lot gets the first of the labels in their sorted order. So of two
        specifications that share most names a name gets the same label in both, nearly always.
        """
        labels = np.asarray(labels)
        places = self(names).argsort(axis=1).argsort(axis=1)
        return np.vstack([labels, np.sort(labels, kind="stable")[places]])


def years_of_release(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return changes of the delay (C5) with the years dealt to the releases.

    Parameters
    ----------
    table : DataFrame
        Specifications of C5.
    rng : Generator
        Source of the lots.
    size : int
        Number of records.
    """
    lots, found = Lots(rng, size), []
    for row in table.to_dict("records"):
        rows = delays(models=row["models"], labs=row["labs"], previews=row["previews"]).table
        found.append(_delay_changes(at_clock(rows, row["clock"]), lots))
    return _stacked(found)


def _delay_changes(rows: pd.DataFrame, lots: Lots) -> NDArray:
    code, names = pd.factorize(rows["cluster"])
    real = rows.groupby(code)["year"].first().to_numpy()
    first, last = (rows[name].to_numpy() for name in ("first", "last"))
    changes = []
    for years_dealt in lots.deal(names, real)[:, code]:
        means = [
            waiting(first[years_dealt == year], last[years_dealt == year]).mean(HORIZON)[0]
            for year in (2026, 2025)
        ]
        changes.append(means[0] - means[1])
    return np.array(changes)


def owners(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return closed shares of the cost frontier (C7) with owners dealt to the models.

    Parameters
    ----------
    table : DataFrame
        Specifications of C7.
    rng, size
        As for `years_of_release`.
    """
    lots, found = Lots(rng, size), []
    for row in table.to_dict("records"):
        rows = runs(benchmark=row["benchmark"], pairs=row["pairs"], floor=row["floor"]).table
        code, names = pd.factorize(rows["base"])
        closed = lots.deal(names, rows.groupby(code)["closed"].first())[:, code].astype(bool)
        score = np.broadcast_to(rows["score"].to_numpy(), closed.shape)
        found.append(closed_share(score, closed, places(rows, row["cost_scale"])))
    return _stacked(found)


def ages(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return catch-up ratios (C9) with the dates of appearance dealt to the benchmarks.

    Having no date is dealt with them. Where a group keeps no record the ratio is missing.

    Parameters
    ----------
    table : DataFrame
        Specifications of C9.
    rng, size
        As for `years_of_release`.
    """
    whole = waits().table.drop_duplicates("benchmark").set_index("benchmark")["appeared"]
    order = np.vstack([np.arange(len(whole)), *(rng.permutation(len(whole)) for _ in range(size))])
    dealt = pd.DataFrame(whole.to_numpy()[order], columns=whole.index)
    summaries = {"restricted_mean": restricted_mean, "exponential": months_per_event}
    found = []
    for row in table.to_dict("records"):
        chosen = {name: row[name] for name in ("tolerance", "unknown", "country")}
        rows = waits(**chosen).table
        rows = rows[rows["date"] >= row["start"]]
        weight = (1 / rows.groupby("benchmark")["level"].transform("size")).to_numpy()
        appeared = dealt[rows["benchmark"].astype(str)].to_numpy()
        undated = np.isnat(appeared)
        newer = undated | (appeared >= np.datetime64(row["newer_from"]))
        counts = ~undated | (row["undated"] == "newer")
        means = [
            summaries[row["estimator"]](rows["months"], rows["matched"], weight * (side & counts))
            for side in (newer, ~newer)
        ]
        found.append(_finite_ratio(*means))
    return _stacked(found)


def _finite_ratio(above: NDArray, below: NDArray) -> NDArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / below
    return np.where(np.isfinite(ratio), ratio, np.nan)


def directions(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return trends of dispersion (C11), each developer's records read in either direction.

    As `hosting.simulate`: the common trend is taken out first. Only the specifications that follow
    the same hosts are covered, for which that simulator is made: in the others hosts or models come
    and go, and the direction of time is no label of a record.

    Parameters
    ----------
    table : DataFrame
        Specifications of C11.
    rng, size
        As for `years_of_release`.
    """
    lots, found = Lots(rng, size), []
    rows = np.flatnonzero(table["sample"] == "fixed_pairs")
    names = ["sample", "measure", "blend", "variants", "minimum_hosts", "source", "outliers"]
    for row in table.iloc[rows].to_dict("records"):
        record = panel(**{name: row[name] for name in names})
        if row["zeros"] == "left_out":
            record = record[record["dispersion"] > 0]
        found.append(_both_ways(record, row["zeros"], lots))
    _, seen, simulated = _stacked(found)
    return rows, seen, simulated


def _both_ways(record: pd.DataFrame, zeros: str, lots: Lots) -> NDArray:
    seen, t = of_panel(record, zeros=zeros).slope, years(record["month"])
    still = record["dispersion"].to_numpy() * np.exp(-seen * t)
    code, names = pd.factorize(record["developer"])
    turned = lots(names)[:, code] < 0.5
    records = np.where(turned, still[backwards(record["model"])], still)
    return np.r_[seen, of_panel(record, zeros=zeros, records=records).slope]


def sides(table: pd.DataFrame, rng: np.random.Generator, size: int) -> Result:
    """Return differences of growth (C12) with the sides dealt to the packages.

    What is dealt is a package's role: tuning, serving, a client of OpenAI or of another vendor.
    Specifications on sums are left out: a sum is mostly its one or two largest packages, and a
    package's size goes with its role.

    Parameters
    ----------
    table : DataFrame
        Specifications of C12.
    rng, size
        As for `years_of_release`.
    """
    lots, found = Lots(rng, size), []
    rows = np.flatnonzero(table["aggregate"] == "median")
    stacks = {"tuning": ("tuning",), "serving": ("serving",)}
    for row in table.iloc[rows].to_dict("records"):
        growth = package_growth(deflator=row["deflator"], start=row["start"])["growth"]
        role = lots.deal(growth.index, [_role(name) for name in growth.index])
        open_roles = stacks.get(row["stack"], ("tuning", "serving"))
        closed_roles = ("openai", "vendor") if row["clients"] == "all" else ("vendor",)
        medians = [
            np.nanmedian(np.where(np.isin(role, roles), growth.to_numpy(), np.nan), axis=1)
            for roles in (open_roles, closed_roles)
        ]
        found.append(medians[0] - medians[1])
    _, seen, simulated = _stacked(found)
    return rows, seen, simulated


def _role(package: str) -> str:
    if package in STACKS["tuning_and_serving"]:
        return "tuning" if package in TUNING else "serving"
    return "openai" if package in OPENAI else "vendor"


def _stacked(found: list[NDArray]) -> Result:
    values = np.column_stack(found)
    return np.arange(values.shape[1]), values[0], values[1:]
