"""Each system of curves against closed forms and an independent solver of its equations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from uptake import Bass, Logistic
from uptake.competing import UCRCD, LotkaVolterra, NortonBass

T = np.linspace(0.0, 25.0, 26)
RIVALS = LotkaVolterra(100.0, 90.0, 0.6, 0.7, 0.9, 0.3, 5.0, 0.2)


def test_populations_without_cross_terms_follow_logistic_curves():
    system = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)
    first = Logistic(100.0, 0.8, np.log(98 / 2) / 0.8)
    second = Logistic(50.0, 0.5, np.log(49 / 1) / 0.5)
    assert_allclose(system(T), [first(T), second(T)], rtol=1e-8)


def test_equal_rivals_share_one_logistic_in_a_fixed_ratio():
    first, second = LotkaVolterra(100.0, 100.0, 0.5, 0.5, 1.0, 1.0, 1.0, 3.0)(T)
    assert_allclose(second / first, 3.0, rtol=1e-8)
    assert_allclose(first + second, Logistic(100.0, 0.5, np.log(24) / 0.5)(T), rtol=1e-8)


def test_populations_agree_with_an_implicit_solver_on_levels():
    m, r, a = (100.0, 90.0), (0.6, 0.7), (0.9, -0.3)

    def slope(t, n):
        return [
            r[0] * n[0] * (1 - (n[0] + a[0] * n[1]) / m[0]),
            r[1] * n[1] * (1 - (n[1] + a[1] * n[0]) / m[1]),
        ]

    other = solve_ivp(slope, (0, 25), [5.0, 0.2], "Radau", T, rtol=1e-10, atol=1e-11)
    assert_allclose(LotkaVolterra(*m, *r, *a, 5.0, 0.2)(T), other.y, rtol=1e-7)


def test_populations_settle_at_their_equilibrium():
    assert_allclose(RIVALS([0.0, 400.0])[:, 1], RIVALS.equilibrium, rtol=1e-6)


def test_mutual_help_without_limit_reaches_infinity():
    assert np.isinf(LotkaVolterra(10.0, 10.0, 1.0, 1.0, -2.0, -2.0, 5.0, 5.0)([0.0, 50.0])[0, 1])


def test_competing_diffusions_obey_their_differential_equations():
    system = UCRCD(100.0, 0.02, 0.01, 0.4, 0.1, -0.05, 0.5, 6.0, 60.0, 0.03, 0.35)
    t, h = np.array([7.0, 9.0, 14.0]), 1e-4
    (z1, z2), left = system(t), 100.0 - system(t).sum(axis=0)
    slope = (system(t + h) - system(t - h)) / (2 * h)
    assert_allclose(slope[0], (0.02 + 0.004 * z1 + 0.001 * z2) * left, rtol=1e-6)
    assert_allclose(slope[1], (0.01 - 0.0005 * z1 + 0.005 * z2) * left, rtol=1e-6)


def test_first_diffusion_is_a_bass_curve_until_the_second_enters():
    system = UCRCD(100.0, 0.02, 0.01, 0.4, 0.1, 0.1, 0.5, 6.0, 60.0, 0.03, 0.35)
    first, second = system(np.array([0.0, 2.0, 5.9, 6.0]))
    assert_allclose(first, Bass(60.0, 0.03, 0.35)([0.0, 2.0, 5.9, 6.0]), rtol=1e-10)
    assert (second == 0).all()


def test_sum_of_diffusions_is_a_bass_curve_when_delta_is_gamma():
    system = UCRCD(m=100.0, p1=0.02, p2=0.01, q11=0.5, q12=0.1, q21=-0.1, q22=0.3)
    assert system.delta == pytest.approx(system.gamma)
    assert_allclose(system(T).sum(axis=0), Bass(100.0, 0.03, 0.4)(T), rtol=1e-8)


def test_diffusion_whose_rival_never_starts_is_a_bass_curve():
    system = UCRCD(m=100.0, p1=0.02, p2=1e-15, q11=0.4, q12=0.1, q21=0.0, q22=0.0)
    assert_allclose(system(T)[0], Bass(100.0, 0.02, 0.4)(T), rtol=1e-8)


def test_single_generation_is_a_bass_curve():
    assert_allclose(NortonBass((100.0,), 0.02, 0.4)(T)[0], Bass(100.0, 0.02, 0.4)(T), rtol=1e-12)


def test_generations_without_switching_are_bass_curves_from_their_launches():
    levels = NortonBass((100.0, 60.0), 0.02, 0.4, switching=0.0, launches=(0.0, 5.0))(T)
    assert_allclose(levels[0], Bass(100.0, 0.02, 0.4)(T), rtol=1e-12)
    assert_allclose(levels[1, 5:], Bass(60.0, 0.02, 0.4)(T[5:] - 5), rtol=1e-12)
    assert (levels[1, :5] == 0).all()


def test_three_generations_follow_the_published_equations():
    def f(since):
        return np.where(since > 0, Bass(1.0, 0.02, 0.4)(np.maximum(since, 0.0)), 0.0)

    f1, f2, f3 = f(T), f(T - 5), f(T - 11)
    levels = NortonBass((100.0, 60.0, 30.0), 0.02, 0.4, launches=(0.0, 5.0, 11.0))(T)
    assert_allclose(levels[0], f1 * 100 * (1 - f2), rtol=1e-12)
    assert_allclose(levels[1], f2 * (60 + f1 * 100) * (1 - f3), rtol=1e-12)
    assert_allclose(levels[2], f3 * (30 + f2 * (60 + f1 * 100)), rtol=1e-12)
    assert_allclose(levels.sum(axis=0), 100 * f1 + 60 * f2 + 30 * f3, rtol=1e-12)
