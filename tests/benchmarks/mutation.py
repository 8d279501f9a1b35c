"""Would the tests notice if the code were wrong? ``make mutants`` changes it and looks.

Each mutant is one small change (see ``mutants``) of a module that the verdicts rest on. A child
process imports the package with the change and runs the tests that reach the changed lines, the
quickest first; the mutant is *killed* when one fails, *timed out* when they take several times the
processor time they should, and has *survived* otherwise. Groups with more mutants than ``MOST``
are sampled.

The run writes two tables beside this file:

- ``survivors.csv``, each mutant that survived, with a reading: *equivalent* (no test could see it),
  *immaterial* (a tolerance, an iteration limit, a speed, a wording) or *matters*; a person writes
  the last two columns and calls this file with ``--recount``; the next run keeps them for every
  mutant that still survives;
- ``mutation.csv``, one row per group: mutants that could be made and were tried, killed, timed
  out, survived, equivalent by reading; ``score`` is (killed + timed out) / (tried - equivalent)
  with its 95% Wilson interval ``low`` to ``high``, which takes the mutants for a sample.

What was tried is kept in build/mutants for as long as the code of the group says the same, so a
run that was stopped goes on, and after a change of the tests only the survivors are tried again: a
test that is added lets no mutant live. Delete that folder once tests have been taken away.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import subprocess
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from mutants import Mutant, mutants
from scipy.stats import binomtest
from trials import ROOT, attempt, finish, reach

STORE = ROOT / "build" / "mutants"
HERE = Path(__file__).parent
RESULTS = ("killed", "timed out", "survived")
READINGS = ("equivalent", "immaterial", "matters")
KEY = ["module", "place", "before", "after"]
SEED = 20260531
MOST = 500
"""Most mutants of a group that are tried; at a second or two each, a quarter of an hour."""

GROUPS = {
    "judge": (
        "openclosed/judging openclosed/rules openclosed/estimates openclosed/verdict "
        "openclosed/choices/counting",
        "judging claims choices verdict",
    ),
    "frontier": ("frontier/records frontier/lags", "frontier"),
    "curves": (
        "curves/base curves/parameters curves/solving curves/unlaunched curves/launched "
        "curves/flexible",
        "curves curves_solving separable fitting",
    ),
    "intervals": (
        "intervals traces optimum calibration",
        "intervals intervals_open intervals_asking separable serial fitting",
    ),
    "engine": ("separable least_squares", "separable least_squares serial fitting"),
}
"""Per group the modules below lib/uptake, and the tests that are to notice."""


def sources(group: str) -> list[Path]:
    """Return the files that a group changes."""
    return [ROOT / "lib" / "uptake" / f"{name}.py" for name in GROUPS[group][0].split()]


def tests_of(group: str) -> list[str]:
    """Return what pytest is given for a group: its test modules, and its files' examples."""
    named = [ROOT / "tests" / f"test_{name}.py" for name in GROUPS[group][1].split()]
    return [str(path) for path in [*named, *sources(group)]]


def sample(group: str, most: int) -> tuple[int, list[Mutant]]:
    """Return how many mutants a group has, and those that are tried: more of them hold fewer."""
    everything = [mutant for path in sources(group) for mutant in mutants(path)]
    chosen = np.random.default_rng(SEED).permutation(len(everything))[:most]
    return len(everything), [everything[i] for i in sorted(chosen)]


def labelled(chosen: list[Mutant]) -> list[str]:
    """Return a name for each mutant that outlives changes elsewhere in its file."""
    times, labels = Counter(), []
    for mutant in chosen:
        label = "{module}: {place}: {before} -> {after}".format(**mutant.row())
        times[label] += 1
        labels.append(f"{label} #{times[label]}")
    return labels


def meaning(path: Path) -> str:
    """Return what a file's code says, without its comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [each for each in node.body if not _is_text(each)]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def try_all(group: str, most: int, workers: int) -> pd.DataFrame:
    """Try the mutants of a group and return one row for each, the earlier results kept."""
    code = "".join(meaning(path) for path in sources(group))
    store = STORE / f"{group}-{hashlib.sha256(code.encode()).hexdigest()[:12]}.json"
    STORE.mkdir(parents=True, exist_ok=True)
    known = json.loads(store.read_text()) if store.exists() else {}
    count, chosen = sample(group, most)
    labels, running = labelled(chosen), {}
    lines, seconds = reach(tests_of(group), sources(group), STORE / f"{group}-reach.json")

    def collect() -> None:
        child, status = finish()
        label = running.pop(child)
        known[label] = "survived" if status == 0 else "timed out" if status < 0 else "killed"
        store.write_text(json.dumps(known, indent=0))
        print(f"{labels.index(label) + 1}/{len(labels)} {known[label]}: {label}", flush=True)

    for label, mutant in zip(labels, chosen, strict=True):
        if known.get(label, "survived") == "survived":
            while len(running) >= workers:
                collect()
            running[attempt(mutant, tests_of(group), lines, seconds)] = label
    while running:
        collect()
    rows = [
        mutant.row() | {"result": known[label]}
        for label, mutant in zip(labels, chosen, strict=True)
    ]
    return pd.DataFrame(rows).assign(group=group, mutants=count)


def read_survivors(tried: pd.DataFrame) -> pd.DataFrame:
    """Write the survivors of a group with the readings they have had, and return them."""
    place = HERE / "survivors.csv"
    empty = pd.DataFrame(columns=["group", *KEY, "reading", "reason"])
    earlier = pd.read_csv(place, dtype=str, keep_default_na=False) if place.exists() else empty
    readings = earlier.drop_duplicates(KEY)[[*KEY, "reading", "reason"]]
    survivors = tried.loc[tried["result"] == "survived", ["group", *KEY]]
    survivors = survivors.merge(readings, on=KEY, how="left").fillna("")
    others = earlier[earlier["group"] != tried["group"].iloc[0]]
    pd.concat([others, survivors]).to_csv(place, index=False, lineterminator="\n")
    return survivors


def summary(tried: pd.DataFrame) -> dict:
    """Return the row of one group in mutation.csv, but for what `scored` adds."""
    results = tried["result"].value_counts()
    head = {"group": tried["group"].iloc[0], "modules": " ".join(tried["module"].unique())}
    counts = {"mutants": tried["mutants"].iloc[0], "tried": len(tried)}
    return head | counts | {name.replace(" ", "_"): results.get(name, 0) for name in RESULTS}


def scored(table: pd.DataFrame, survivors: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the readings counted, and the scores that follow."""
    counts = pd.crosstab(survivors["group"], survivors["reading"])
    counts = counts.reindex(index=table["group"], columns=list(READINGS), fill_value=0)
    table = table.assign(**{name: counts[name].to_numpy() for name in READINGS})
    noticed, counted = table["tried"] - table["survived"], table["tried"] - table["equivalent"]
    ends = [
        binomtest(*pair).proportion_ci(0.95, method="wilson")
        for pair in zip(noticed, counted, strict=True)
    ]
    low, high = ([getattr(end, name) for end in ends] for name in ("low", "high"))
    return table.assign(score=noticed / counted, low=low, high=high)


def commit() -> str:
    """Return the commit the run stands on, marked when the tree differs from it."""
    command = ["git", "describe", "--always", "--abbrev=10", "--dirty"]
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


def main(groups: list[str], most: int, workers: int, recount: bool) -> None:
    """Try the groups that are named, or all, and renew the two tables."""
    os.environ["UPTAKE_FIGURES"] = str(STORE / "figures")
    place, order = HERE / "mutation.csv", list(GROUPS)
    found = [] if recount else [try_all(group, most, workers) for group in groups or GROUPS]
    for tried in found:
        read_survivors(tried)
    table = pd.read_csv(place) if place.exists() else None
    if found:
        # It imports the package, which no child may find imported.
        import tables

        versions = {"mutmut": version("mutmut"), "commit": commit()}
        fresh = tables.stamped([summary(tried) for tried in found], SEED).assign(**versions)
        kept = None if table is None else table[~table["group"].isin(fresh["group"])]
        table = pd.concat([kept, fresh]).sort_values(
            "group", key=lambda names: names.map(order.index)
        )
    survivors = pd.read_csv(HERE / "survivors.csv", dtype=str, keep_default_na=False)
    table = scored(table.reset_index(drop=True), survivors)
    table.to_csv(place, index=False, float_format="%.4g", lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", choices=[[], *GROUPS], help="by default all")
    parser.add_argument("--most", type=int, default=MOST, help="mutants of a group to try")
    parser.add_argument("--workers", type=int, default=2, help="processes side by side")
    parser.add_argument("--recount", action="store_true", help="only count the readings anew")
    main(**vars(parser.parse_args()))
