"""How fast many fits are, beside the usual ways. Ratios of processor time go to speed.csv."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path

import lmfit
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit
from tables import HERE, write

from uptake import Bass, fit, fit_many

SEED, BATCH = 30, 1000
EDGES = np.arange(31.0)
RECORD = pd.read_csv(HERE / "bench30.csv", comment="#")["y"].to_numpy()
TEXTBOOK = (0.03, 0.38)


def flows(_, m, p, q):
    """Return the Bass curve's flows, as one would write them for curve_fit."""
    decay = np.exp(-(p + q) * EDGES)
    return np.diff(m * (1 - decay) / (1 + q / p * decay))


def seconds(function: Callable[[], object], repeats: int) -> float:
    """Return the least processor time of several calls: the rest is the machine's."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)


PARTS = {
    "launched": "the curve and its derivatives",
    "starts": "comparing the grid of starts",
    "separable": "differences, weights and projection of the scale",
    "projection": "differences, weights and projection of the scale",
    "least_squares": "normal equations and steps",
}
"""Modules, by what they do in a fit."""


def where_time_goes(function: Callable[[], object], calls: int) -> dict[str, float]:
    """Return the share of a function's time that each part takes, as a profile of calls has it."""
    profile = cProfile.Profile()
    for _ in range(calls):
        profile.runcall(function)
    parts = dict.fromkeys([*PARTS.values(), "the rest"], 0.0)
    for (file, *_), (_, _, own, *_) in pstats.Stats(profile).stats.items():
        parts[PARTS.get(Path(file).stem, "the rest")] += own
    total = sum(parts.values())
    return {f"share of a batch's time: {part}": spent / total for part, spent in parts.items()}


@pytest.fixture(scope="module")
def series():
    """Return the record's best curve and noisy copies of it."""
    best = fit(Bass, EDGES, RECORD, kind="flow")
    noise = np.sqrt(best.sse / best.degrees_of_freedom)
    rng = np.random.default_rng(SEED)
    return best, best.fitted + noise * rng.standard_normal((BATCH, RECORD.size))


@pytest.fixture(scope="module")
def ratios(series):
    """Time everything in one run, and write the ratios down."""
    best, y = series
    optimum, few = tuple(best.params.values()), y[:100]
    model, t = lmfit.Model(flows, independent_vars=["_"]), EDGES[1:]

    def loop(start):
        return [curve_fit(flows, None, row, p0=start or (row.sum(), *TEXTBOOK)) for row in y]

    def by_lmfit():
        return [model.fit(row, _=t, m=row.sum(), p=TEXTBOOK[0], q=TEXTBOOK[1]) for row in few]

    many = seconds(lambda: fit_many(Bass, EDGES, y, kind="flow"), 30)
    near, textbook = seconds(lambda: loop(optimum), 3), seconds(lambda: loop(None), 3)
    exponents = -(best.params["p"] + best.params["q"]) * np.tile(EDGES, (BATCH, 1))
    exponentials = seconds(lambda: np.exp(exponents), 100)
    single = seconds(lambda: fit(Bass, EDGES, RECORD, kind="flow"), 50)
    measured = {
        "fits in a batch, against a loop of curve_fit from a textbook start": textbook / many,
        "fits in a batch, against a loop of curve_fit from the optimum": near / many,
        "fits in a batch, against a loop of lmfit": seconds(by_lmfit, 2) * BATCH / 100 / many,
        "fits in a batch, in calls of exp on every edge": many / exponentials,
        "one fit, in calls of curve_fit from a textbook start": single / textbook * BATCH,
        "one fit, in calls of curve_fit from the optimum": single / near * BATCH,
    }
    measured |= where_time_goes(lambda: fit_many(Bass, EDGES, y, kind="flow"), 30)
    rows = [{"ratio": name, "value": value, "series": BATCH} for name, value in measured.items()]
    write("speed", rows, SEED)
    return measured


def test_all_ways_find_the_same_curves(series):
    best, y = series
    many = fit_many(Bass, EDGES, y, kind="flow")
    assert many.converged.all()
    for i in range(0, BATCH, 50):
        found, _ = curve_fit(flows, None, y[i], p0=tuple(best.params.values()), xtol=1e-12)
        np.testing.assert_allclose(many.params.iloc[i], found, rtol=1e-5)


def test_a_batch_is_many_times_faster_than_a_loop(ratios):
    assert ratios["fits in a batch, against a loop of curve_fit from a textbook start"] >= 25
    assert ratios["fits in a batch, against a loop of lmfit"] >= 120


def test_a_single_fit_costs_few_calls_of_curve_fit(ratios):
    assert ratios["one fit, in calls of curve_fit from a textbook start"] <= 8


@pytest.mark.benchmark(timer=time.process_time)
def test_time_of_a_batch(benchmark, series):
    benchmark(fit_many, Bass, EDGES, series[1], kind="flow")


@pytest.mark.benchmark(timer=time.process_time)
def test_time_of_one_fit(benchmark):
    benchmark(fit, Bass, EDGES, RECORD, kind="flow")
