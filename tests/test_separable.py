"""The projected problem: its Jacobian, its best scale, its grid, its chunks."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from truths import every_curve, every_kind, every_scale, predict, record, times

from uptake import Bass, BiLogistic, Logistic, separable, starts
from uptake.least_squares import Minimum, best_of
from uptake.optimum import Joint
from uptake.separable import Problem
from uptake.starts import grid_starts

WEIGHTS = np.random.default_rng(11).uniform(0.2, 1.0, 25)
weighting = pytest.mark.parametrize("root_weights", [None, WEIGHTS], ids=["plain", "weighted"])


def problem_of(curve, kind, scale="linear", batch=3, **options):
    """Return a problem of several noisy records of one curve."""
    y = np.stack([record(curve, kind, scale, seed=i) for i in range(batch)])
    return Problem(type(curve), times(kind), y, kind, scale, **options)


def off_optimum(problem, curve):
    """Return coordinates some way from the truth, a row for each record."""
    shape = np.array(astuple(curve)[1:])
    theta = problem.coordinates.to_free(shape[np.newaxis])
    return theta + np.random.default_rng(5).normal(0, 0.01, (len(problem.y), theta.shape[1]))


def central(function, theta):
    """Return derivatives of a function of rows of coordinates, shape (k, ...)."""
    step = 1e-4
    axes = step * np.eye(theta.shape[1])
    return np.stack(
        [
            (
                function(theta - 2 * axis)
                - 8 * function(theta - axis)
                + 8 * function(theta + axis)
                - function(theta + 2 * axis)
            )
            / (12 * step)
            for axis in axes
        ]
    )


def assert_jacobian(model, theta, tolerance):
    """Compare a model's Jacobian with differences of its residuals, relative to the largest."""
    rows = np.arange(len(theta))
    _, jacobian = model(theta, rows)
    numerical = central(lambda at: model(at, rows)[0], theta)
    assert_allclose(jacobian, numerical, rtol=1e-7, atol=tolerance * np.abs(numerical).max())


@every_curve
@every_kind
@every_scale
@weighting
@pytest.mark.parametrize("errors", ["iid", "ar1"])
def test_projected_jacobian_is_the_whole_derivative_of_the_residual(
    curve, kind, scale, root_weights, errors
):
    # Both terms of Golub and Pereyra: away from the optimum the second is not small.
    problem = problem_of(curve, kind, scale, root_weights=root_weights, errors=errors)
    theta = off_optimum(problem, curve)
    if errors == "ar1":
        theta = np.column_stack([theta, [-0.4, 0.3, 0.9]])
    # Logs of flows in the far tail lose digits, which the differences divide by their step.
    assert_jacobian(problem.project, theta, 1e-7)


@every_curve
@every_kind
@every_scale
def test_projected_jacobian_is_right_with_the_scale_held(curve, kind, scale):
    name = type(curve).names()[0]
    problem = problem_of(curve, kind, scale, fixed={name: np.array([70.0, 80.0, 90.0])})
    # Logs of flows in the far tail lose digits, which the differences divide by their step.
    assert_jacobian(problem.project, off_optimum(problem, curve), 1e-7)


@every_curve
@every_kind
@every_scale
@weighting
def test_best_scale_beats_its_neighbours_and_explains_the_cost(curve, kind, scale, root_weights):
    problem = problem_of(curve, kind, scale, batch=1, root_weights=root_weights)
    theta = off_optimum(problem, curve)
    shape = [float(column[0, 0]) for column in problem.to_shapes(theta, np.array([0]))]
    root = 1.0 if root_weights is None else root_weights

    def cost(level):
        fitted, y = predict(type(curve)(level, *shape), problem.t, kind), problem.y[0]
        rest = np.log(y) - np.log(fitted) if scale == "log" else y - fitted
        return ((root * rest) ** 2).sum()

    best = float(problem.best_scale(theta)[0])
    projected = (problem.project(theta, np.array([0]))[0] ** 2).sum() * problem.unit[0] ** 2
    assert_allclose(projected, cost(best), rtol=1e-10)
    assert cost(best) < min(cost(best * 1.001), cost(best / 1.001))


@every_curve
@every_kind
@every_scale
@weighting
@pytest.mark.parametrize("errors", ["iid", "ar1"])
def test_joint_jacobian_is_the_derivative_by_log_scale_and_shape(
    curve, kind, scale, root_weights, errors
):
    options = {"root_weights": root_weights, "errors": errors}
    problem = problem_of(curve, kind, scale, batch=1, **options)
    theta = off_optimum(problem, curve)
    if errors == "ar1":
        theta = np.column_stack([theta, [0.6]])
    model = Joint(problem)
    joined = model.join(theta, problem.best_scale(theta) * 1.1)
    assert_jacobian(model, joined, 1e-9)


@every_curve
def test_coordinates_map_to_shapes_and_back(curve):
    problem = problem_of(curve, "stock")
    theta = off_optimum(problem, curve)
    shapes = np.column_stack([each[:, 0] for each in problem.to_shapes(theta, np.arange(3))])
    assert_allclose(problem.coordinates.to_free(shapes), theta, rtol=1e-10, atol=1e-12)


@every_curve
@every_kind
@every_scale
@weighting
def test_grid_start_is_the_grid_shape_of_least_cost(curve, kind, scale, root_weights):
    problem = problem_of(curve, kind, scale, root_weights=root_weights)
    chosen = grid_starts(problem)[0]
    theta, _ = starts.grid(problem)
    for i in range(3):
        alone = problem.rows(np.full(len(theta), i))
        with np.errstate(all="ignore"):
            rest, _ = alone.project(theta, np.arange(len(theta)))
            cost = np.nan_to_num((rest**2).sum(axis=1), nan=np.inf)
            # A grid shape whose best scale is negative is no start for a positive scale.
            cost = np.where(alone.best_scale(theta) > 0, cost, np.inf)
        assert_allclose(cost[(theta == chosen[i]).all(axis=1)], cost.min(), rtol=1e-7)


@every_curve
def test_later_starts_lie_apart_from_earlier_ones(curve):
    picked = grid_starts(problem_of(curve, "flow"), 3)
    assert picked.shape[:2] == (3, 3)
    for earlier in range(3):
        for later in range(earlier + 1, 3):
            assert (np.abs(picked[earlier] - picked[later]).max(axis=1) > 1).all()


@every_curve
def test_starting_grid_scales_with_the_span_of_the_record(curve):
    family = type(curve)
    for factor in (1e-3, 365.0):
        small = Problem(family, times("flow"), np.ones((1, 25)), "flow")
        large = Problem(family, factor * times("flow"), np.ones((1, 25)), "flow")
        # The same shapes seen on scaled times are the same flows, to the rounding of a level of 1.
        assert_allclose(starts.grid(large)[1], starts.grid(small)[1], rtol=1e-9, atol=1e-14)


def test_chunks_change_nothing(monkeypatch):
    problem = problem_of(Bass(80.0, 0.01, 0.4), "flow", batch=40)
    start = grid_starts(problem)[0]
    whole = problem.solve(start)
    monkeypatch.setattr(separable, "CHUNK", 700)
    monkeypatch.setattr(starts, "CHUNK", 700)
    assert_array_equal(grid_starts(problem)[0], start)
    parts = problem.solve(start)
    assert_allclose(parts.theta, whole.theta, rtol=1e-9)
    assert_allclose(parts.cost, whole.cost, rtol=1e-12)
    assert_array_equal(parts.converged, whole.converged)


def test_rows_keep_their_own_weights_and_fixed_values():
    weights = np.random.default_rng(3).uniform(0.5, 1, (3, 25))
    fixed = {"m": np.array([70.0, 80.0, 90.0])}
    problem = problem_of(Bass(80.0, 0.01, 0.4), "flow", root_weights=weights, fixed=fixed)
    part = problem.rows(np.array([2, 0]))
    assert_array_equal(part.y, problem.y[[2, 0]])
    assert_array_equal(part.root_weights, weights[[2, 0]])
    assert_array_equal(part.scale_fixed, [90.0, 70.0])
    start = grid_starts(problem)[0]
    assert_allclose(part.solve(start[[2, 0]]).cost, problem.solve(start).cost[[2, 0]], rtol=1e-12)


def test_holding_gives_each_row_its_own_value():
    problem = problem_of(Logistic(80.0, 0.5, 9.0), "stock", batch=1)
    held = problem.repeated(2).holding("r", np.array([0.4, 0.5]))
    assert_array_equal(held.y, problem.y[[0, 0]])
    assert held.free_names == ("t0",) and problem.free_names == ("r", "t0")
    shapes = held.to_shapes(np.zeros((2, 1)), np.arange(2))
    assert_allclose(shapes[0].ravel(), [0.4, 0.5])


def test_shapes_fixed_at_several_values_have_no_common_grid():
    problem = problem_of(Logistic(80.0, 0.5, 9.0), "stock", batch=1)
    with pytest.raises(ValueError, match="no common grid"):
        grid_starts(problem.repeated(2).holding("r", np.array([0.4, 0.5])))


def test_record_is_the_largest_level_or_the_sum_of_flows_without_masked_points():
    y, root = np.array([[1.0, 5.0, 3.0, 99.0]]), np.array([1.0, 1.0, 0.5, 0.0])
    stock = Problem(Logistic, np.arange(4.0), y, "stock", root_weights=root)
    flow = Problem(Logistic, np.arange(5.0), y, "flow", root_weights=root)
    assert_array_equal(stock.record, [5.0])
    assert_array_equal(flow.record, [9.0])
    assert_array_equal(replace(flow, root_weights=None).record, [108.0])


def test_best_of_takes_the_lower_cost_row_by_row():
    def minimum(theta, cost):
        rows = len(cost)
        return Minimum(
            np.array(theta), np.array(cost), np.ones(rows, bool), np.zeros((rows, 1), bool)
        )

    found = best_of([minimum([[1.0], [2.0]], [5.0, 1.0]), minimum([[3.0], [4.0]], [2.0, 7.0])])
    assert_array_equal(found.theta.ravel(), [3.0, 2.0])
    assert_array_equal(found.cost, [2.0, 1.0])


@every_curve
@every_kind
@every_scale
@weighting
def test_rows_with_and_without_a_held_scale_can_share_a_batch(curve, kind, scale, root_weights):
    problem = problem_of(curve, kind, scale, batch=2, root_weights=root_weights)
    name, rows = type(curve).names()[0], np.arange(2)
    held = problem.holding(name, np.array([70.0, 90.0]))
    mixed = problem.holding(name, np.array([np.nan, 90.0]))
    theta = off_optimum(problem, curve)
    apart = [each.project(theta, rows) for each in (problem, held)]
    residuals, jacobian = mixed.project(theta, rows)
    for row in rows:
        assert_allclose(residuals[row], apart[row][0][row], rtol=1e-13)
        assert_allclose(jacobian[:, row], apart[row][1][:, row], rtol=1e-13, atol=1e-300)
    assert_allclose(mixed.best_scale(theta), [problem.best_scale(theta)[0], 90.0], rtol=1e-13)
    starts = [grid_starts(each, 2) for each in (mixed, problem, held)]
    assert_array_equal(starts[0][:, 0], starts[1][:, 0])
    assert_array_equal(starts[0][:, 1], starts[2][:, 1])


@every_curve
@every_kind
@every_scale
def test_the_shape_alone_is_what_is_observed_with_its_jacobian(curve, kind, scale):
    problem = problem_of(curve, kind, scale)
    theta, rows = off_optimum(problem, curve), np.arange(3)
    alone, observed = problem.shape(theta, rows), problem.observe(theta, rows)[0]
    # Flows in a tail are small differences, and the two may round differently.
    assert_allclose(alone, observed, rtol=1e-11, atol=1e-15)


def test_what_rows_and_holding_pass_on_is_what_they_would_work_out():
    problem = problem_of(Bass(80.0, 0.01, 0.4), "flow", root_weights=np.linspace(0.5, 1, 25))
    names = ("record", "unit", "target", "coordinates", "used", "chain")
    known = {name: getattr(problem, name) for name in names}
    part, held = problem.rows(np.array([2, 0])), problem.holding("m", np.full(3, 90.0))
    assert held.coordinates is known["coordinates"]
    assert problem.holding("q", np.full(3, 0.4)).coordinates is not known["coordinates"]
    for name in ("record", "unit", "target"):
        assert_array_equal(getattr(part, name), known[name][[2, 0]])
        assert_array_equal(getattr(held, name), known[name])


def test_a_search_finds_two_waves_from_a_start_that_takes_one_for_the_other():
    curve = BiLogistic(100.0, 0.3, 2.0, 5.0, 0.5, 15.0)
    problem = problem_of(curve, "stock", batch=1)
    best = problem.solve(problem.coordinates.to_free(np.array([astuple(curve)[1:]])))
    # The fast wave late: one must pass the other on the way to where it belongs.
    found = problem.solve(problem.coordinates.to_free(np.array([[0.75, 1.3, 14.0, 0.25, 18.0]])))
    assert best.converged and found.converged
    assert_allclose(found.cost, best.cost, rtol=1e-9)


def test_a_search_of_two_waves_may_exchange_them_unless_a_parameter_is_held():
    curve = BiLogistic(80.0, 0.4, 1.0, 5.0, 0.8, 18.0)
    problem = problem_of(curve, "stock", batch=1)
    crossed = problem.coordinates.to_free(np.array([[0.6, 0.8, 18.0, 1.0, 5.0]]))
    folded = problem._fold(crossed.copy())
    shapes = [each[0, 0] for each in problem.to_shapes(folded, np.array([0]))]
    assert_allclose(shapes, astuple(curve)[1:], rtol=1e-12)
    assert_array_equal(problem._fold(folded.copy()), folded)
    assert problem.holding("w", np.array([0.4]))._fold is None
    assert problem_of(Logistic(80.0, 0.5, 9.0), "stock")._fold is None
