"""How often the tests of competition reject what is true, and find what is there."""

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from uptake.competing import LotkaVolterra, compete, substitution

T = np.linspace(0.0, 25.0, 26)


def records(truth, rng, noise=2.0):
    levels = truth(T)
    return dict(zip("ab", levels + rng.normal(0, noise, levels.shape), strict=True))


def test_bootstrap_of_separate_populations_keeps_its_level():
    truth, rng = LotkaVolterra(100.0, 60.0, 0.5, 0.4, 0.0, 0.0, 3.0, 2.0), np.random.default_rng(1)
    p = [
        compete(LotkaVolterra, T, records(truth, rng), bootstrap=39, rng=rng).ladder.p.iloc[0]
        for _ in range(60)
    ]
    rejected = int((np.array(p) <= 0.05).sum())
    print(f"separate populations rejected at 5%: {rejected} of 60")
    # 3 expected; this range leaves out less than 1 in 1000 for a true 5%.
    assert rejected <= 10


def test_profile_intervals_of_cross_terms_cover():
    truth, rng = LotkaVolterra(100.0, 90.0, 0.6, 0.7, 0.9, 0.3, 5.0, 0.2), np.random.default_rng(2)
    inside = {"a12": 0, "a21": 0}
    for _ in range(40):
        y = records(truth, rng)
        best = compete(LotkaVolterra, T, y)
        for name in inside:
            held = compete(LotkaVolterra, T, y, fixed={name: getattr(truth, name)})
            rise = np.expm1(2 * (best.log_likelihood - held.log_likelihood) / 52) * 44
            inside[name] += rise <= stats.f.ppf(0.95, 1, 44)
    print(f"95% intervals that hold the truth, of 40: {inside}")
    # 38 expected; fewer than 32 has a chance below 0.001 for a true 95%.
    assert min(inside.values()) >= 32


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_break_test_keeps_its_level_under_serial_correlation(rho):
    t, rng = np.arange(80.0), np.random.default_rng(3)
    rejected = 0
    for _ in range(200):
        errors = lfilter([1.0], [1.0, -rho], rng.normal(0, 0.2, 180))[100:]
        share = 1 / (1 + np.exp(-0.05 * (t - 40) - errors))
        found = substitution(t, share, breaks=1, bootstrap=199, rng=rng).segmented
        rejected += found.p_value <= 0.05
    print(f"unbroken lines rejected at 5%, rho {rho}: {rejected} of 200")
    assert rejected <= 40
