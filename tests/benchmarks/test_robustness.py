"""No fit fails or misses its optimum: truncated noisy records against an independent optimiser."""

from __future__ import annotations

from dataclasses import astuple
from typing import NamedTuple

import numpy as np
import pytest
from scipy import optimize
from tables import write

from uptake import (  # fmt: skip
    Bass,
    BiLogistic,
    Exponential,
    Fit,
    Gompertz,
    Logistic,
    Richards,
    ShiftedGompertz,
    Weibull,
    fit,
)

BASS_RECORDS, OTHER_RECORDS, STARTS = 200, 20, 40
NOISE = 0.08
OTHERS = (Logistic, Gompertz, ShiftedGompertz, Weibull, Richards, BiLogistic, Exponential)


class Record(NamedTuple):
    """A truth, times and a noisy record of it."""

    truth: object
    t: np.ndarray
    y: np.ndarray


def truncated(curve: type, kind: str, rng: np.random.Generator) -> Record:
    """Draw a record with errors of 8% each, cut at 0.6 to 1.6 of the time of its peak."""
    truth = drawn(curve, kind, rng)
    peak = truth.peak if curve.bounded else 12.0
    last = max(int(np.ceil(peak * rng.uniform(0.6, 1.6))), 8)
    t = np.arange(last + 1.0) if kind == "flow" else np.arange(1.0, last + 1)
    clean = truth.flow(t) if kind == "flow" else truth(t)
    return Record(truth, t, clean * (1 + NOISE * rng.standard_normal(clean.size)))


def drawn(curve: type, kind: str, rng: np.random.Generator):
    """Draw a curve whose peak lies some eight to thirty steps after the start.

    Exponentials may fall, but not those seen as flows: negative flows are no adoption.
    """
    rate, peak = rng.uniform(0.2, 0.7), rng.uniform(10.0, 25.0)
    eta = rng.uniform(5.0, 60.0)
    if curve is Bass:
        return Bass(100.0, np.exp(rng.uniform(np.log(0.002), np.log(0.04))), rate)
    shapes = {
        Logistic: lambda: (rate, peak),
        Gompertz: lambda: (rate / 2, peak),
        ShiftedGompertz: lambda: (np.log(eta) / peak, eta),
        Weibull: lambda: (1.2 * peak, rng.uniform(1.8, 4.0)),
        Richards: lambda: (rate, peak, rng.uniform(0.3, 2.0)),
        BiLogistic: lambda: (rng.uniform(0.2, 0.6), 0.8, 6.0, rate + 0.2, peak + 5),
        Exponential: lambda: (rng.uniform(0.02 if kind == "flow" else -0.1, 0.4),),
    }
    return curve(100.0, *shapes[curve]())


def residuals(curve: type, free: np.ndarray, record: Record, kind: str, scale: str) -> np.ndarray:
    """Return residuals at free parameters (logs, logits), finite everywhere."""
    transforms = curve.transforms()
    with np.errstate(all="ignore"):
        # NumPy's floats: a search that runs to infinity gives inf, not an exception.
        values = [np.float64(f.back(x)) for f, x in zip(transforms, free, strict=True)]
        each = curve.trusted(values)
        level = each.flow(record.t) if kind == "flow" else each(record.t)
        if scale == "log":
            difference = np.log(record.y) - np.log(np.maximum(level, 1e-300))
        else:
            difference = (record.y - level) / np.abs(record.y).max()
    return np.nan_to_num(difference, nan=1e6, posinf=1e6, neginf=-1e6)


def rival(record: Record, curve: type, kind: str, scale: str, rng: np.random.Generator) -> float:
    """Return the least sum of squares that scipy finds from random starts, most near the truth."""
    transforms, best = curve.transforms(), np.inf
    truth = np.array(
        [float(f.free(x)) for f, x in zip(transforms, astuple(record.truth), strict=True)]
    )
    wide = np.where([f.name == "none" for f in transforms], 0.3 * np.abs(truth), 1.0)
    unit = 1.0 if scale == "log" else float(np.abs(record.y).max() ** 2)
    for _ in range(STARTS):
        start = truth + wide * rng.standard_normal(truth.size)
        found = optimize.least_squares(
            lambda x: residuals(curve, x, record, kind, scale), start, method="lm", max_nfev=2000
        )
        best = min(best, 2 * found.cost * unit)
    return best


def summary(curve: type, kind: str, scale: str, count: int, seed: int) -> dict:
    """Fit many records and compare each interior optimum with the rival's best."""
    rng, excess, interior, unlike = np.random.default_rng(seed), [], 0, 0
    for _ in range(count):
        record = truncated(curve, kind, rng)
        result = fit(curve, record.t, record.y, kind=kind, scale=scale)
        assert all(np.isfinite(list(result.params.values())))
        best = rival(record, curve, kind, scale, rng)
        excess.append(result.sse / best)
        interior += result.interior
        # Where the search found the limit, no interior optimum may lie below it.
        unlike += int(excess[-1] > 1.001)
    return {
        "curve": curve.__name__,
        "kind": kind,
        "scale": scale,
        "records": count,
        "interior": interior,
        "missed": unlike,
        "worst_ratio": float(max(excess)),
    }


ROWS: list[dict] = []


@pytest.fixture(scope="module", autouse=True)
def table():
    """Write what was found when all is done."""
    yield
    write("robustness", ROWS, 0)


def test_no_bass_fit_misses_its_optimum():
    row = summary(Bass, "flow", "linear", BASS_RECORDS, 1)
    ROWS.append(row)
    assert row["missed"] == 0, row
    assert row["interior"] > BASS_RECORDS / 2


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("kind", ["stock", "flow"])
@pytest.mark.parametrize("curve", (Bass, *OTHERS), ids=lambda curve: curve.__name__)
def test_no_other_fit_misses_its_optimum(curve, kind, scale):
    row = summary(curve, kind, scale, OTHER_RECORDS, 2)
    ROWS.append(row)
    assert row["missed"] == 0, row


def test_records_without_an_interior_optimum_are_not_identified_and_long_ones_are():
    rng, long_ones, lost = np.random.default_rng(3), [], []
    for _ in range(40):
        record = truncated(Bass, "flow", rng)
        result: Fit = fit(Bass, record.t, record.y, kind="flow")
        lost += [] if result.interior else [result.identified]
        t = np.arange(np.ceil(2 * record.truth.peak) + 1)
        noise = 0.03 * record.truth.flow(t).max() * rng.standard_normal(t.size - 1)
        whole = fit(Bass, t, record.truth.flow(t) + noise, kind="flow")
        long_ones.append(whole.identified)
    assert all(long_ones)
    assert not any(lost)
