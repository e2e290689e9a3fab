"""Networks: Taylor slopes of the derivatives, and what the curvature matrices are by definition."""

import itertools

import numpy as np
import pytest

import optedu as oe

P = oe.problems
rng = np.random.default_rng(31)
A = rng.standard_normal((7, 3)) + 0.4
TARGETS = rng.standard_normal((7, 2)) - 0.3
CLASSES = np.array([0, 1, 2, 1, 0, 2, 2])

NETWORKS = {
    "softmax": P.MultilayerPerceptron(A, np.eye(3)[CLASSES], (4,), l2=0.05, seed=1),
    "softmax, soft targets": P.MultilayerPerceptron(A, 0.1 + 0.7 * np.eye(3)[CLASSES], (3, 4)),
    "squared": P.MultilayerPerceptron(A, TARGETS, (5,), softmax=False, seed=2),
    "squared, three hidden layers": P.MultilayerPerceptron(A, TARGETS, (3, 2, 4), False, l2=0.1),
}


def point(problem, seed=0):
    drawn = np.random.default_rng(seed)
    return problem.start + 0.4 * drawn.standard_normal(problem.shape)


def order(errors):
    """The exponent by which errors shrink when the step is halved."""
    return np.log2(errors[0] / errors[1])


@pytest.mark.parametrize("name", NETWORKS)
def test_taylor_remainders_shrink_with_the_order_of_what_is_known(name):
    problem = NETWORKS[name]
    x, v = point(problem), point(problem, 5)
    f, slope = problem.value(x), problem.gradient(x) @ v
    curve = problem.hessian_product(x, v)
    remainders = {1: [], 2: [], 3: []}
    for t in (4e-4, 2e-4):
        change = problem.value(x + t * v) - f
        remainders[1].append(abs(change))
        remainders[2].append(abs(change - t * slope))
        remainders[3].append(abs(change - t * slope - 0.5 * t**2 * (curve @ v)))
    for exponent, errors in remainders.items():
        assert order(errors) == pytest.approx(exponent, abs=0.15)
    moved = [np.linalg.norm(problem.gradient(x + t * v) - problem.gradient(x) - t * curve)
             for t in (2e-3, 1e-3)]  # fmt: skip
    assert order(moved) == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_oracles_agree(name):
    report = oe.testing.check_problem(NETWORKS[name], radius=0.5)
    for check in ("hessian is the slope of gradient", "gauss newton is that of the outputs",
                  "residual moves as the outputs do", "kronecker factors are second moments",
                  "component hessians make the whole"):  # fmt: skip
        assert check in {outcome.name for outcome in report if outcome.passed}


def unpacked(problem, x):
    """The outputs, computed from the weights as a textbook writes them."""
    a, first = problem.A, 0
    for depth, (rows, columns) in enumerate(problem.layers):
        W = x[first : first + rows * columns].reshape(rows, columns)
        first += rows * columns
        a = a @ W[:, :-1].T + W[:, -1]
        if depth + 1 < len(problem.layers):
            a = np.tanh(a)
    assert first == x.size
    return a


@pytest.mark.parametrize("name", NETWORKS)
def test_value_is_the_mean_loss_of_the_textbook_network(name):
    problem = NETWORKS[name]
    x = point(problem)
    Z = unpacked(problem, x)
    assert problem.outputs(x) == pytest.approx(Z, rel=1e-12)
    if problem.softmax:
        logs = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
        loss = -(problem.Y * logs).sum(axis=1).mean()
    else:
        loss = 0.5 * ((Z - problem.Y) ** 2).sum(axis=1).mean()
        assert problem.value(x) - 0.5 * problem.l2 * x @ x == pytest.approx(
            0.5 * np.sum(problem.residual(x) ** 2), rel=1e-12
        )
    assert problem.value(x) == pytest.approx(loss + 0.5 * problem.l2 * x @ x, rel=1e-12)


@pytest.mark.parametrize("name", ["softmax", "softmax, soft targets"])
def test_fisher_is_the_mean_over_targets_that_the_network_draws(name):
    problem = NETWORKS[name]
    x = point(problem)
    Z = problem.outputs(x)
    probabilities = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    total = np.zeros((x.size, x.size))
    for (i, a), k in itertools.product(enumerate(problem.A), range(3)):
        one = P.MultilayerPerceptron(a[None], np.eye(3)[[k]], problem.hidden)
        g = one.gradient(x)
        total += probabilities[i, k] * np.outer(g, g) / len(problem.A)
    ridge = problem.l2 * np.eye(x.size)
    assert problem.fisher(x) - ridge == pytest.approx(total, abs=1e-13)
    # the empirical Fisher matrix, with the targets of the data, is another one
    rows = [problem.component_gradient(i, x) - problem.l2 * x for i in range(7)]
    assert np.abs(total - np.transpose(rows) @ rows / 7).max() > 1e-3


@pytest.mark.parametrize("name", NETWORKS)
def test_hessian_is_gauss_newton_plus_what_the_residual_bends(name):
    problem = NETWORKS[name]
    x = point(problem)
    v = point(problem, 6)
    bent = [problem.residual(x) @ (problem.jacobian(x + s * v) @ v) for s in (1e-5, -1e-5)]
    curvature = v @ (problem.hessian(x) - problem.gauss_newton(x)) @ v
    assert curvature == pytest.approx((bent[0] - bent[1]) / 2e-5, rel=1e-6)
    assert abs(curvature) > 1e-3


def blocks(problem, x):
    """The blocks of the Fisher matrix that belong to one layer each, without the ridge."""
    F = problem.fisher(x) - problem.l2 * np.eye(x.size)
    ends = np.cumsum([0, *(rows * columns for rows, columns in problem.layers)])
    return [F[a:b, a:b] for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize("name", NETWORKS)
def test_kronecker_factors_of_one_observation_are_the_blocks_of_its_fisher_matrix(name):
    whole = NETWORKS[name]
    one = P.MultilayerPerceptron(whole.A[:1], whole.Y[:1], whole.hidden, whole.softmax)
    x = point(one)
    factors = one.kronecker_factors(x)
    assert len(factors) == 2 * len(one.layers)
    for block, a, g in zip(blocks(one, x), factors[::2], factors[1::2], strict=True):
        assert np.kron(g, a) == pytest.approx(block, abs=1e-13)


@pytest.mark.parametrize("name", NETWORKS)
def test_kronecker_factors_of_many_are_means_and_no_longer_the_blocks(name):
    problem = NETWORKS[name]
    x = point(problem)
    singles = [
        P.MultilayerPerceptron(problem.A[[i]], problem.Y[[i]], problem.hidden, problem.softmax)
        for i in range(7)
    ]
    each = zip(*(one.kronecker_factors(x) for one in singles), strict=True)
    means = [np.mean(parts, axis=0) for parts in each]
    for mean, factor, shape in zip(
        means, problem.kronecker_factors(x), np.repeat(problem.layers, 2, axis=0), strict=True
    ):
        assert factor == pytest.approx(mean, abs=1e-13)
        assert factor.flags.c_contiguous
        assert len(factor) in shape
    first = blocks(problem, x)[0]
    assert np.abs(np.kron(means[1], means[0]) - first).max() > 1e-4


def test_start_has_the_variance_of_glorot_and_no_bias():
    problem = P.MultilayerPerceptron(np.ones((1, 60)), np.ones((1, 1)), (40,), seed=3)
    W = problem.start[: 40 * 61].reshape(40, 61)
    assert np.array_equal(W[:, -1], np.zeros(40))
    error = np.sqrt(2 / W[:, :-1].size)  # standard error of a variance, relative
    assert abs(W[:, :-1].var() / (2 / 100) - 1) < 4 * error
    assert np.array_equal(problem.start, problem.start)
    other = P.MultilayerPerceptron(np.ones((1, 60)), np.ones((1, 1)), (40,), seed=4)
    assert not np.array_equal(problem.start, other.start)


def test_a_network_learns_what_no_linear_model_can():
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    problem = P.MultilayerPerceptron(corners, np.eye(2)[[0, 1, 1, 0]], (4,), seed=1)
    assert problem.accuracy(problem.start) < 1
    trace = oe.run(oe.GradientDescent(step_size=1.0), problem, max_iter=1000, tol=1e-3)
    assert problem.accuracy(trace.x) == 1
    assert trace.values[-1] < 0.05
