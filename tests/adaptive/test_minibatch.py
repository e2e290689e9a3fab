import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_logistic

X0 = np.array([0.3, -0.2, 0.1, 0.5])


def steps(method, problem, n, seed=3):
    options = {"max_iter": n, "tol": 0.0, "seed": seed, "execution": "python"}
    return oe.run(method, problem, X0, **options)


def test_each_step_sees_one_batch_of_the_size_asked_for():
    problem = random_logistic(20, 4, seed=14, l2=0.1)
    trace = steps(oe.Minibatch(oe.Adam(0.1), batch_size=5), problem, 7)
    assert trace.counts == {"component_gradient": 35}


def test_the_step_is_the_methods_own_on_the_mean_of_the_batch():
    problem, h = random_logistic(20, 4, seed=14, l2=0.1), 0.3
    rng = np.random.default_rng(5)
    method = oe.Minibatch(oe.GradientDescent(h), 3, components=20)
    state = method.step(problem, method.init(problem, X0, np.random.default_rng(0)), rng)
    batch = np.random.default_rng(5).integers(0, 20, 3)
    g = np.mean([problem.component_gradient(i, X0) for i in batch], axis=0)
    np.testing.assert_allclose(state.x, X0 - h * g, rtol=0, atol=1e-15)


def test_equal_terms_make_it_the_method_itself():
    row = np.array([1.0, -0.5, 0.2, 2.0])
    problem = oe.problems.LeastSquares(np.tile(row, (6, 1)), np.full(6, 3.0))
    noisy, full = (
        steps(method, problem, 30).iterates
        for method in (oe.Minibatch(oe.Adam(0.1), 2), oe.Adam(0.1))
    )
    np.testing.assert_allclose(noisy, full, rtol=0, atol=1e-12)


def test_the_mean_over_all_batches_is_the_full_gradient():
    problem, h = random_least_squares(12, 4, seed=13), 0.01
    method = oe.Minibatch(oe.GradientDescent(h), 1, components=12)
    moves = []
    for seed in range(4000):
        rng = np.random.default_rng(seed)
        moves.append(method.step(problem, oe.GradientDescent(h).init(problem, X0), rng).x - X0)
    error = np.std(moves, axis=0) / np.sqrt(len(moves))
    distance = np.abs(np.mean(moves, axis=0) + h * problem.gradient(X0))
    assert np.all(distance < 4 * error)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: oe.Minibatch(oe.NewtonMethod()), "only values and gradients come in batches"),
        (lambda: oe.Minibatch(oe.Minibatch()), "without random choices"),
        (lambda: oe.Minibatch(oe.Adam), "without random choices"),
        (lambda: oe.Minibatch(oe.Adam(), 0), "batch_size must be positive"),
    ],
)
def test_what_has_no_batches_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
