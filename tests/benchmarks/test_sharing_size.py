"""How often `share` rejects parameters that are shared: at 5%, by either p. Goes to sharing.csv."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tables import write

from uptake import Bass, share
from uptake.recovery import simulate

SEED, REPLICATIONS, DRAWS = 20260531, 400, 199
CEILINGS, PACE = (100.0, 40.0, 15.0), (0.02, 0.4)
NOISE = (0.05, 0.08, 0.05)
SETTINGS = [(2, 10, "iid"), (2, 20, "iid"), (3, 20, "iid"), (2, 40, "ar1")]
"""Records, points in each, and errors, which if autocorrelated are so at 0.6."""


def records(count: int, points: int, errors: str, rng: np.random.Generator) -> dict:
    """Draw flows of launches at one pace, to 1.3 times the time of their peak."""
    correlation = 0.6 if errors == "ar1" else 0.0
    drawn = {}
    for i in range(count):
        truth = Bass(CEILINGS[i], *PACE)
        edges = np.linspace(0.0, 1.3 * truth.peak, points + 1)
        flows = simulate(truth, edges, noise=NOISE[i], rng=rng, correlation=correlation)
        drawn[f"record {i + 1}"] = (edges, flows[0])
    return drawn


def sizes(count: int, points: int, errors: str, rng: np.random.Generator) -> list[dict]:
    """Return rows: how often both p and q together are rejected, with the rate's 95% interval."""
    found = []
    for _ in range(REPLICATIONS):
        drawn = records(count, points, errors, rng)
        model = share(Bass, drawn, ["p", "q"], kind="flow", errors=errors, draws=0)
        test = model.test(DRAWS, rng=rng)
        found.append((test.p_chi_squared, test.p))
    rows = []
    for name, p in zip(("chi-squared", "bootstrap"), np.transpose(found), strict=True):
        rejected = int((p <= 0.05).sum())
        ends = stats.binomtest(rejected, REPLICATIONS).proportion_ci(method="wilson")
        what = {"records": count, "points": points, "errors": errors, "test": name}
        rate = {"rejected": rejected / REPLICATIONS, "low": ends.low, "high": ends.high}
        rows.append(what | {"replications": REPLICATIONS} | rate)
    return rows


@pytest.fixture(scope="module")
def table():
    """Simulate everything once; some minutes on one core."""
    rng, rows = np.random.default_rng(SEED), []
    for setting in SETTINGS:
        rows.extend(sizes(*setting, rng))
    return write("sharing", rows, SEED)


def test_the_bootstrap_keeps_its_level_where_errors_are_independent(table):
    rows = table[(table["test"] == "bootstrap") & (table["errors"] == "iid")]
    # Off only where the rate's own interval leaves out 5%, allowing for three settings at once.
    assert (rows["low"] <= 0.06).all(), rows
    assert (rows["high"] >= 0.04).all(), rows


def test_the_bootstrap_is_nearer_its_level_than_chi_squared_on_short_records(table):
    short = table[(table["points"] == 10)].set_index("test")["rejected"]
    assert abs(short["bootstrap"] - 0.05) <= abs(short["chi-squared"] - 0.05)
