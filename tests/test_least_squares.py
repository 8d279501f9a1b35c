"""The batched search, on problems whose answers are known without it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from uptake import Bass
from uptake.least_squares import minimise
from uptake.separable import Problem
from uptake.starts import grid_starts

FAR = np.full(2, 1e3)


def linear(design, target):
    """Return residuals of one design and a target for each row."""

    def model(theta, rows):
        jacobian = np.repeat(design.T[:, np.newaxis], len(rows), axis=1)
        return theta @ design.T - target[rows], jacobian

    return model


def rosenbrock(theta, rows):
    """Return Rosenbrock's (1960) valley, whose minimum is zero at (1, 1)."""
    x, y = theta.T
    residuals = np.stack([10 * (y - x**2), 1 - x], axis=1)
    by_x = np.stack([-20 * x, -np.ones_like(x)], axis=1)
    by_y = np.stack([np.full_like(x, 10), np.zeros_like(x)], axis=1)
    return residuals, np.stack([by_x, by_y])


def decay(y):
    """Return residuals of exp(theta0 - exp(theta1) t), with noise that leaves a rest."""
    t = np.linspace(0, 3, y.shape[1])

    def model(theta, rows):
        rate = np.exp(theta[:, 1:])
        level = np.exp(theta[:, :1] - rate * t)
        return level - y[rows], np.stack([level, -rate * t * level])

    return model


def test_linear_problems_give_the_normal_equations_answer():
    rng = np.random.default_rng(1)
    design, target = rng.normal(size=(9, 2)), rng.normal(size=(5, 9))
    found = minimise(linear(design, target), np.zeros((5, 2)), -FAR, FAR)
    exact, rest, *_ = np.linalg.lstsq(design, target.T)
    assert found.converged.all() and not found.at_bound.any()
    assert_allclose(found.theta, exact.T, rtol=1e-7)
    assert_allclose(found.cost, rest, rtol=1e-13)


def test_curved_valley_is_followed_to_its_end_from_many_starts():
    starts = np.random.default_rng(2).uniform(-3, 3, (40, 2))
    found = minimise(rosenbrock, starts, -FAR, FAR)
    assert found.converged.all()
    assert_allclose(found.theta, 1.0, rtol=1e-9)


def test_each_row_ends_where_it_would_alone():
    rng = np.random.default_rng(3)
    y = np.exp(0.5 - rng.uniform(0.3, 3, (6, 1)) * np.linspace(0, 3, 12)) + rng.normal(
        0, 0.05, (6, 12)
    )
    start = rng.normal(0, 1, (6, 2))
    together = minimise(decay(y), start, -FAR, FAR)
    assert together.converged.all()
    for i in range(6):
        alone = minimise(decay(y[i : i + 1]), start[i : i + 1], -FAR, FAR)
        assert_allclose(together.theta[i], alone.theta[0], rtol=1e-10)
        assert_allclose(together.cost[i], alone.cost[0], rtol=1e-12)


def test_residuals_end_orthogonal_to_the_jacobian():
    rng = np.random.default_rng(4)
    y = np.exp(0.5 - np.linspace(0, 3, 12)) + rng.normal(0, 0.1, (3, 12))
    found = minimise(decay(y), np.zeros((3, 2)), -FAR, FAR)
    residuals, jacobian = decay(y)(found.theta, np.arange(3))
    product = np.einsum("kbn,bn->kb", jacobian, residuals)
    size = np.linalg.norm(jacobian, axis=2) * np.linalg.norm(residuals, axis=1)
    assert (np.abs(product) / size < 1e-9).all()
    assert_allclose(found.cost, (residuals**2).sum(axis=1), rtol=1e-14)


def test_a_bound_holds_one_coordinate_while_the_other_goes_on():
    # Independent coordinates: the best is (3, -2), the box ends at 1 and the rest is free.
    design, target = np.eye(2), np.array([[3.0, -2.0]])
    found = minimise(linear(design, target), np.zeros((1, 2)), -FAR, np.array([1.0, 1e3]))
    assert_allclose(found.theta, [[1.0, -2.0]])
    assert_allclose(found.cost, [4.0])
    assert_array_equal(found.at_bound, [[True, False]])
    assert found.converged.all()


def test_a_search_that_starts_on_a_bound_leaves_it_when_the_optimum_is_inside():
    design, target = np.eye(2), np.array([[0.5, -2.0]])
    found = minimise(linear(design, target), np.array([[1.0, 0.0]]), -FAR, np.ones(2))
    assert_allclose(found.theta, [[0.5, -2.0]], atol=1e-12)
    assert not found.at_bound.any()


def test_starts_outside_the_box_are_brought_inside():
    found = minimise(linear(np.eye(2), np.zeros((1, 2))), np.full((1, 2), 50.0), -FAR / 500, FAR)
    assert_allclose(found.theta, 0, atol=1e-9)


def test_a_coordinate_without_effect_is_held_and_the_others_are_solved():
    design = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    found = minimise(linear(design, np.array([[1.0, 2.0, 6.0]])), np.zeros((1, 2)), -FAR, FAR)
    assert_allclose(found.theta, [[3.0, 0.0]])
    assert_array_equal(found.at_bound, [[False, True]])
    assert found.converged.all()


def test_running_out_of_iterations_is_said():
    found = minimise(rosenbrock, np.array([[-2.0, 2.0]]), -FAR, FAR, iterations=2)
    assert not found.converged.any()
    assert found.cost < (rosenbrock(np.array([[-2.0, 2.0]]), [0])[0] ** 2).sum()


def test_a_model_that_is_not_finite_never_counts_as_converged():
    def model(theta, rows):
        return np.full((len(rows), 3), np.nan), np.full((2, len(rows), 3), np.nan)

    found = minimise(model, np.zeros((4, 2)), -FAR, FAR)
    assert not found.converged.any() and np.isinf(found.cost).all()


def test_a_search_that_gains_nothing_where_its_gradient_promises_much_has_not_converged():
    # The sign of the derivative is wrong, so every step leads uphill.
    def model(theta, rows):
        return theta + 3, -np.ones((1, len(rows), 1))

    found = minimise(model, np.ones((2, 1)), np.array([-1e3]), np.array([1e3]))
    assert not found.converged.any() and not found.at_bound.any()
    assert_array_equal(found.theta, 1.0)


def test_steps_into_what_is_not_finite_are_taken_back():
    # log(theta) is NaN left of zero; a full Gauss-Newton step from 8 would land there.
    def model(theta, rows):
        with np.errstate(invalid="ignore"):
            return np.log(theta), (1 / theta)[np.newaxis]

    found = minimise(model, np.array([[8.0]]), np.array([-1e3]), np.array([1e3]))
    assert found.converged.all()
    assert_allclose(found.theta, 1.0, rtol=1e-9)


def test_an_exact_fit_has_no_coordinate_at_a_bound():
    design, target = np.eye(2), np.array([[1.0, -2.0]])
    found = minimise(linear(design, target), np.array([[1.0, -2.0]]), -FAR, np.array([1.0, 9.0]))
    assert found.cost == 0 and found.converged.all() and not found.at_bound.any()


def test_nothing_to_search_is_the_start_itself():
    def model(theta, rows):
        return np.ones((len(rows), 3)), np.empty((0, len(rows), 3))

    found = minimise(model, np.empty((2, 0)), np.empty(0), np.empty(0))
    assert_allclose(found.cost, 3.0)
    assert found.converged.all() and found.theta.shape == (2, 0)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_answer_does_not_depend_on_the_unit_of_the_residuals(unit):
    rng = np.random.default_rng(5)
    design, target = rng.normal(size=(9, 2)), rng.normal(size=(1, 9))
    start = np.zeros((1, 2))
    plain = minimise(linear(design, target), start, -FAR, FAR)
    scaled = minimise(linear(design * unit, target * unit), start, -FAR, FAR)
    assert_allclose(scaled.theta, plain.theta, rtol=1e-7)
    assert_allclose(scaled.cost, plain.cost * unit**2, rtol=1e-12)


def test_a_search_ends_when_rounding_hides_its_gains():
    edges, rng = np.arange(31.0), np.random.default_rng(0)
    clean = Bass(9756.0, 0.0095, 0.355).flow(edges)
    problem = Problem(Bass, edges, clean + 27 * rng.standard_normal((200, 30)), kind="flow")
    calls = []

    def counted(theta, rows):
        calls.append(len(rows))
        return problem.project(theta, rows)

    found = minimise(counted, grid_starts(problem)[0], *problem.bounds)
    assert found.converged.all()
    # Steps that rounding calls failures used to be repeated with ever more damping, some forty.
    assert len(calls) <= 15


def test_each_row_may_have_its_own_tolerance_and_number_of_steps():
    starts = np.full((4, 2), [-2.0, 2.0])
    tolerance, steps = np.array([1e-9, 0.5, 1e-9, 1e-9]), np.array([100, 100, 3, 7])
    together = minimise(rosenbrock, starts, -FAR, FAR, tolerance=tolerance, iterations=steps)
    for i in range(4):
        alone = minimise(
            rosenbrock, starts[:1], -FAR, FAR, tolerance=tolerance[i], iterations=int(steps[i])
        )
        assert_array_equal(together.theta[i], alone.theta[0])
        assert together.converged[i] == alone.converged[0]
    assert together.cost[0] < together.cost[3] < together.cost[2]


def test_a_search_goes_on_from_where_its_steps_are_folded_to():
    def model(theta, rows):
        first, second = theta.T
        slopes = np.stack([np.stack([second, first], axis=1), np.ones((len(rows), 2))])
        residuals = np.stack([first * second - 6, first + second - 5], axis=1)
        return residuals, slopes.transpose(2, 1, 0)

    start = np.array([[3.5, 1.8]])
    for fold, found in ((None, [3.0, 2.0]), (lambda theta: np.sort(theta, axis=1), [2.0, 3.0])):
        assert_allclose(minimise(model, start, -FAR, FAR, fold=fold).theta[0], found, rtol=1e-7)


def test_a_coordinate_that_hardly_matters_does_not_stop_the_others():
    y = 3 * np.exp(-0.7 * np.linspace(0, 3, 12)) + np.random.default_rng(4).normal(0, 0.05, 12)
    plain = decay(y[np.newaxis])

    def model(theta, rows):
        # The last coordinate moves nothing near its start and spoils everything further off, so
        # that it asks for the longest step each time.
        residuals, jacobian = plain(theta[:, :2], rows)
        spoilt = np.exp(np.minimum(40 * (np.abs(theta[:, 2:]) - 1.5), 300))
        by_last = 40 * np.sign(theta[:, 2:]) * spoilt + 0 * residuals
        return residuals + spoilt, np.concatenate([jacobian, by_last[np.newaxis]])

    best = minimise(plain, np.zeros((1, 2)), -FAR, FAR)
    far = np.full(3, 1e3)
    found = minimise(model, np.array([[0.0, 0.0, 0.001]]), -far, far)
    assert found.converged.all()
    assert found.cost[0] <= best.cost[0]


@pytest.mark.parametrize("bend", [1.0, 1.1, 3.0])
def test_a_search_that_overshoots_to_and_fro_is_damped(bend):
    # Residuals x and 1 + bend x^2 / 2: near their optimum, 0, an undamped step leads from x to
    # -bend x, so that at a bend of one it would go to and fro and gain nothing.
    def model(theta, rows):
        x = theta[:, 0]
        residuals = np.column_stack([x, 1 + bend * x**2 / 2])
        return residuals, np.column_stack([np.ones_like(x), bend * x])[np.newaxis]

    found = minimise(model, np.array([[0.3]]), np.array([-9.0]), np.array([9.0]))
    assert found.converged.all()
    assert_allclose(found.theta, 0.0, atol=1e-6)
