"""Outputs, Gauss-Newton and Fisher matrices, and Lipschitz constants of the Hessian."""

import numpy as np
import pytest

import optedu as oe
from tests.problems.catalog import GALLERY, MGH, SMOOTH

P = oe.problems
ALL = {**SMOOTH, **GALLERY, **MGH}


def points(problem, count=3):
    rng = np.random.default_rng(7)
    return [problem.start + 0.5 * rng.standard_normal(problem.shape) for _ in range(count)]


@pytest.mark.parametrize("name", [n for n, p in ALL.items() if hasattr(p, "residual")])
def test_jacobian_and_residual_make_the_gradient_and_gauss_newton(name):
    problem = ALL[name]
    for x in points(problem):
        r, J = problem.residual(x), problem.jacobian(x)
        l2 = getattr(problem, "l2", 0.0)
        gradient = problem.gradient(x)
        size = np.abs(J).T @ np.abs(r)
        assert (np.abs(J.T @ r + l2 * x.ravel() - gradient.ravel()) <= 1e-13 * (1 + size)).all()
        Q = problem.output_hessian(x) if hasattr(problem, "output_hessian") else np.eye(r.size)
        G = J.T @ Q @ J + l2 * np.eye(x.size)
        assert problem.gauss_newton(x) == pytest.approx(G, abs=1e-13 * np.abs(G).max())
        # negative control: without the factor sqrt(2) or 1/n of the convention it fails
        wrong = np.abs(J.T @ (1.01 * r) + l2 * x.ravel() - gradient.ravel())
        assert (wrong > 1e-13 * (1 + size)).any()


@pytest.mark.parametrize("name", [n for n, p in ALL.items() if hasattr(p, "component_hessian")])
def test_hessians_of_the_terms_average_to_the_hessian(name):
    problem = ALL[name]
    for x in points(problem, 2):
        terms = [problem.component_hessian(i, x) for i in range(problem.components)]
        assert np.mean(terms, axis=0) == pytest.approx(problem.hessian(x), rel=1e-11, abs=1e-12)
        assert np.abs(terms[0] - terms[1]).max() > 1e-6


@pytest.mark.parametrize("name", ["least squares", "ridge", "logistic", "softmax", "log-sum-exp"])
def test_of_linear_models_gauss_newton_is_the_hessian(name):
    problem = ALL[name]
    for x in points(problem):
        H = problem.hessian(x)
        assert problem.gauss_newton(x) == pytest.approx(H, rel=1e-13)
        lowest = np.linalg.eigvalsh(problem.fisher(x) - H)[0]
        assert lowest >= -1e-13 * np.abs(H).max()


@pytest.mark.parametrize("name", ["logistic", "logistic without ridge"])
def test_fisher_of_logistic_regression_is_the_mean_over_labels_it_draws(name):
    problem = ALL[name]
    for x in points(problem):
        p = 1 / (1 + np.exp(-problem.A @ x))
        total = problem.l2 * np.eye(x.size)
        for y, chance in ((1.0, p), (-1.0, 1 - p)):
            drawn = P.LogisticRegression(problem.A, np.full(p.size, y), l2=0.0)
            for i in range(p.size):
                g = drawn.component_gradient(i, x)
                total += chance[i] * np.outer(g, g) / p.size
        assert problem.fisher(x) == pytest.approx(total, abs=1e-14)


def test_weighted_gauss_newton_of_log_sum_exp_lies_above_the_hessian_by_a_square():
    problem = SMOOTH["log-sum-exp"]
    for x in points(problem):
        g = problem.gradient(x)
        above = problem.fisher(x) - problem.hessian(x)
        assert above == pytest.approx(np.outer(g, g) / problem.mu, rel=1e-10, abs=1e-13)


LIPSCHITZ = [n for n, p in ALL.items() if getattr(p, "hessian_lipschitz", None) is not None]


@pytest.mark.parametrize("name", LIPSCHITZ)
def test_the_hessian_is_lipschitz(name):
    problem = ALL[name]
    L, xs = problem.hessian_lipschitz, points(problem, 8)
    for x in xs:
        for y in [*xs, x + 1e-3 * (xs[0] - 1.0)]:
            change = np.linalg.norm(problem.hessian(x) - problem.hessian(y), 2)
            assert change <= L * np.linalg.norm(x - y) * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("problem", [
    P.LogisticRegression([[1.5]], [1.0], l2=0.2),
    P.LogSumExp([[0.5], [2.0]], [0.0, 0.0], mu=0.7),
    P.PNorm([0.4], p=3.0),
    P.PNormRegression([[1.5]], [0.2], p=3.0),
])  # fmt: skip
def test_the_lipschitz_constant_of_the_hessian_is_attained(problem):
    grid = np.linspace(-4, 4, 4001)
    H = np.array([problem.hessian(np.array([t]))[0, 0] for t in grid])
    steepest = np.abs(np.diff(H) / np.diff(grid)).max()
    assert steepest <= problem.hessian_lipschitz * (1 + 1e-9)
    assert steepest > 0.999 * problem.hessian_lipschitz


def test_softmax_of_two_classes_attains_its_lipschitz_constant():
    problem = P.SoftmaxRegression([[1.5], [1.5]], [0, 1], l2=0.0)
    u = np.array([[1.0, -1.0]]) / np.sqrt(2)
    grid = np.linspace(-3, 3, 3001)
    H = np.array([np.vdot(u, problem.hessian_product(t * u, u)) for t in grid])
    steepest = np.abs(np.diff(H) / np.diff(grid)).max()
    assert 0.999 * problem.hessian_lipschitz < steepest <= problem.hessian_lipschitz * (1 + 1e-9)


def test_an_oracle_given_as_a_function_is_held_to_its_form():
    honest = P.MultilayerPerceptron(np.ones((2, 2)), np.eye(2), (2,))
    names = ("residual", "jacobian", "output_hessian", "gauss_newton", "kronecker_factors")
    problem = oe.Problem.from_functions(
        honest.value, shape=honest.shape, **{name: getattr(honest, name) for name in names}
    )
    x = honest.start
    for name in names[:-1]:
        assert np.array_equal(getattr(problem, name)(x), getattr(honest, name)(x))
    assert len(problem.kronecker_factors(x)) == 4
    wide = oe.Problem.from_functions(honest.value, jacobian=lambda x: honest.jacobian(x).T)
    with pytest.raises(TypeError, match=r"jacobian must return an array of shape \(12, 12\)"):
        wide.jacobian(x)
