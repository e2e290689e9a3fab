"""`check_problem` passes honest problems and names the oracle or constant that lies."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import (
    random_constrained,
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
)
from optedu.testing import check_problem

Q = random_quadratic(4, 10.0, seed=3)
BALL = oe.problems.L2Ball(np.array([0.3, -0.4, 0.1]), 0.8)
CENTER = np.array([0.5, -1.0, 2.0])
SUM = random_least_squares(8, 3, seed=4)

HONEST = {
    "quadratic": Q,
    "least squares": SUM,
    "logistic": random_logistic(20, 3, seed=5),
    "softmax": oe.problems.SoftmaxRegression(np.vander([0.3, -1.0, 0.7, 1.2], 2), [0, 2, 1, 2]),
    "log-sum-exp": oe.problems.LogSumExp(SUM.A, SUM.b, mu=0.5),
    "residuals without an output Hessian": oe.problems.FreudensteinRoth(),
    "lasso": random_lasso(4, 10.0, seed=6),
    "constrained": random_constrained(BALL, 3, 10.0, seed=7),
    "absolute value": oe.problems.AbsoluteValue(CENTER, 1.5),
}


def smooth(**changed):
    """The quadratic as functions, with some members changed."""
    honest = {
        "value": Q.value, "gradient": Q.gradient, "hessian": Q.hessian,
        "hessian_product": Q.hessian_product, "smoothness": Q.smoothness, "minimum": Q.minimum,
        "strong_convexity": Q.strong_convexity, "minimizer": Q.minimizer, "shape": (4,),
    }  # fmt: skip
    return oe.Problem.from_functions(**{**honest, **changed})


def over_a_set(**changed):
    honest = {
        "value": lambda x: float(x @ x), "gradient": lambda x: 2 * x, "project": BALL.project,
        "linear_minimizer": BALL.linear_minimizer, "shape": (3,),
    }  # fmt: skip
    return oe.Problem.from_functions(**{**honest, **changed})


def absolute(**changed):
    honest = {
        "value": lambda x: float(np.abs(x - CENTER).sum()),
        "gradient": lambda x: np.sign(x - CENTER),
        "prox": lambda x, t: CENTER + np.sign(x - CENTER) * np.maximum(np.abs(x - CENTER) - t, 0),
        "shape": (3,),
    }  # fmt: skip
    return oe.Problem.from_functions(**{**honest, "differentiable": False, **changed})


def terms(**changed):
    problem = oe.Problem.from_functions(
        SUM.value, gradient=SUM.gradient, shape=(3,), component_value=SUM.component_value,
        component_gradient=changed.get("component_gradient", SUM.component_gradient),
    )  # fmt: skip
    problem.components = changed.get("components", SUM.components)
    return problem


MODEL = random_logistic(9, 3, seed=9, l2=0.2)


def model(**changed):
    """Logistic regression as functions: outputs, Fisher matrix, terms, Lipschitz Hessian."""
    names = ("gradient", "hessian", "hessian_product", "residual", "jacobian", "output_hessian",
             "gauss_newton", "fisher", "component_gradient", "component_hessian")  # fmt: skip
    names += ("l2", "components", "hessian_lipschitz", "shape")
    honest = {name: getattr(MODEL, name) for name in names}
    return oe.Problem.from_functions(MODEL.value, **{**honest, **changed})


def network(**changed):
    """A linear layer whose Kronecker factors are exact: one output, squared loss."""
    honest = {
        "shape": (3,), "value": SUM.value, "gradient": SUM.gradient,
        "kronecker_factors": lambda x: (SUM.A.T @ SUM.A, np.ones((1, 1))),
    }  # fmt: skip
    return oe.Problem.from_functions(**{**honest, **changed})


def scribble(x):
    x += 1e-9
    return Q.gradient(x)


def wrong_prox(x, t):
    return CENTER + np.sign(x - CENTER) * np.maximum(np.abs(x - CENTER) - 1.2 * t, 0)


def jumpy_prox(x, t):
    return np.where(np.abs(x) > t, x, 0.0)


K = np.random.default_rng(2).normal(size=(2, 3))
SIMPLEX = oe.problems.Simplex()


def parts(**changed):
    """A quadratic as functions, with a linear map, an l1 norm, constraints and two sets."""
    quadratic, l1 = random_quadratic(3, 7.0, seed=12), oe.problems.L1(0.4)
    balls = oe.problems.L2Ball(np.zeros(3), 1.0), oe.problems.L2Ball(np.ones(3), 1.0)
    honest = {
        "gradient": quadratic.gradient, "shape": (3,), "components": 2, "blocks": 3,
        "coordinate_gradient": lambda i, x: quadratic.gradient(x)[i],
        "coordinate_smoothness": np.diag(quadratic.A),
        "coordinate_prox": lambda i, x, t: l1.prox(x, t)[i],
        "linear_map": lambda x: K @ x, "adjoint": lambda y: K.T @ y,
        "dual_prox": lambda y, t: np.clip(y, -1.0, 1.0),
        "constraint": lambda x: K @ x + np.sum(x * x),
        "constraint_jacobian": lambda x: K + 2 * x,
        "lagrangian_hessian": lambda x, y: quadratic.A + 2 * np.sum(y) * np.eye(3),
        "component_prox": lambda i, x, t: balls[i].project(x),
        "component_project": lambda i, x: balls[i].project(x),
        "vector_field": quadratic.gradient,
        "block_prox": lambda i, x, t: _block(quadratic, i, x, t),
        "duality_gap": lambda x: quadratic.value(x) - quadratic.minimum + 0.1,
        "minimum": quadratic.minimum,
    }  # fmt: skip
    return oe.Problem.from_functions(quadratic.value, **{**honest, **changed})


def transport(**changed):
    """The dual of entropic transport, and the Bregman projections of its primal."""
    C, a, b, eps = np.array([[0.0, 1.0], [2.0, 0.5]]), np.array([0.3, 0.7]), np.full(2, 0.5), 0.4

    def plan(x):
        return np.exp((x[:2, None] + x[None, 2:] - C) / eps)

    def gradient(x):
        return np.concatenate([plan(x).sum(1) - a, plan(x).sum(0) - b])

    def soft_transform(i, x, t):
        u, sums = x.copy(), np.concatenate([plan(x).sum(1), plan(x).sum(0)])
        block = slice(2 * i, 2 * i + 2)
        u[block] += t * np.log(np.concatenate([a, b])[block] / sums[block])
        return u

    honest = {
        "gradient": gradient, "plan": plan, "soft_transform": soft_transform, "blocks": 2,
        "regularization": eps, "marginals": np.concatenate([a, b]), "start": np.zeros(4),
        "bregman_project": lambda i, x: x / x.reshape(2, 2).sum(1).repeat(2), "sets": 1,
        "divergence": lambda u, x: np.sum(u * np.log(u / x) - u + x),
    }  # fmt: skip
    return oe.Problem.from_functions(
        lambda x: eps * plan(x).sum() - a @ x[:2] - b @ x[2:], **{**honest, **changed}
    )


def _block(quadratic, i, x, t):
    u = x.copy()
    u[i] -= quadratic.gradient(x)[i] / (quadratic.A[i, i] + 1 / t)
    return u


def over_simplex(**changed):
    honest = {
        "gradient": Q.gradient, "linear_minimizer": SIMPLEX.linear_minimizer, "blocks": 1,
        "block_linear_minimizer": lambda i, g: SIMPLEX.linear_minimizer(g), "shape": (4,),
        "mirror_step": lambda x, g, t: x - t * g,
        "divergence": lambda u, x: 0.5 * np.sum((u - x) ** 2),
        "jacobian": lambda x: np.eye(4), "jacobian_column": lambda i, x: np.eye(4)[i],
        "output_hessian": lambda x: np.eye(4), "output_curvature": lambda x: np.ones(4),
    }  # fmt: skip
    return oe.Problem.from_functions(Q.value, **{**honest, **changed})


NOISE = np.random.default_rng(1)
LIES = [
    (smooth(value=lambda x: np.array([Q.value(x)])), "value is a number"),
    (smooth(gradient=lambda x: 1.001 * Q.gradient(x)), "gradient is the slope of value"),
    (smooth(hessian=lambda x: Q.A + np.triu(np.ones((4, 4)), 1)), "hessian is the slope"),
    (smooth(hessian=lambda x: 1.01 * Q.A), "hessian is the slope"),
    (smooth(hessian_product=lambda x, v: Q.A @ v + 0.01), "hessian product is the slope"),
    (smooth(smoothness=0.9 * Q.smoothness), "smoothness holds"),
    (smooth(strong_convexity=1.1 * Q.strong_convexity), "strong convexity holds"),
    (smooth(value=lambda x: -Q.value(x), gradient=lambda x: -Q.gradient(x),
            strong_convexity=0.0), "strong convexity holds"),
    (smooth(minimum=Q.minimum + 1.0), "minimum is the least"),
    (smooth(minimizer=Q.minimizer + 0.01), "minimizer is stationary"),
    (smooth(gradient=scribble), "oracles leave their arguments"),
    (smooth(value=lambda x: Q.value(x) + 1e-9 * NOISE.random()), "oracles repeat themselves"),
    (smooth(minimizer=Q.minimizer[:3]), "shape is that of a point"),
    (smooth(hessian=lambda x: Q.A + 5e-7 * np.eye(4)), "hessian product is hessian times v"),
    (model(residual=lambda x: 1.001 * MODEL.residual(x)), "residual and jacobian make the"),
    (model(jacobian=lambda x: MODEL.A[:-1]), "residual and jacobian make the gradient"),
    (model(l2=0.3), "residual and jacobian make the gradient"),
    (model(residual=lambda x: MODEL.residual(np.zeros(3))), "residual moves as the outputs do"),
    (model(output_hessian=lambda x: 1.01 * MODEL.output_hessian(x)), "residual moves as the"),
    (model(gauss_newton=lambda x: MODEL.gauss_newton(x) - 0.2 * np.eye(3)), "gauss newton is that"),
    (model(fisher=lambda x: MODEL.fisher(x) + np.eye(3, k=1)), "fisher is an information"),
    (model(fisher=lambda x: 0.9 * MODEL.fisher(x)), "fisher is an information"),
    (model(hessian_lipschitz=0.1 * MODEL.hessian_lipschitz), "hessian lipschitz holds"),
    (model(component_hessian=lambda i, x: MODEL.hessian(x)), "component hessians make the whole"),
    (model(component_hessian=lambda i, x: MODEL.component_hessian(i, x) + 0.1 * np.eye(3)),
     "component hessians make the whole"),
    (network(kronecker_factors=lambda x: (SUM.A.T @ SUM.A, np.eye(2))), "kronecker factors are"),
    (network(kronecker_factors=lambda x: (SUM.A.T @ SUM.A,)), "kronecker factors are"),
    (network(kronecker_factors=lambda x: (-np.eye(3), -np.eye(1))), "kronecker factors are"),
    (absolute(gradient=lambda x: 1.5 * np.sign(x - CENTER)), "subgradient supports value"),
    (absolute(prox=wrong_prox), "prox minimizes"),
    (absolute(prox=jumpy_prox), "prox is monotone"),
    (over_a_set(project=lambda x: 0.5 * BALL.project(x)), "project is the nearest point"),
    (over_a_set(project=lambda x: np.clip(x, -0.2, 0.2)), "project is the nearest point"),
    (over_a_set(linear_minimizer=lambda g: BALL.linear_minimizer(-g)), "linear minimizer"),
    (oe.Problem.from_functions(operator=lambda x: 1.1 * x, shape=(3,)), "operator is nonexpansive"),
    (terms(component_gradient=lambda i, x: SUM.gradient(x) + i), "components make the whole"),
    (parts(coordinate_gradient=lambda i, x: 0.1 + x[i]), "coordinate gradient is an entry"),
    (parts(coordinate_smoothness=np.full(3, 1e-3)), "coordinate smoothness holds"),
    (parts(prox=lambda x, t: x), "coordinate prox is an entry"),
    (parts(block_prox=lambda i, x, t: x + 0.3), "block prox lowers its model"),
    (parts(component_prox=lambda i, x, t: -x), "component proxes are monotone"),
    (parts(component_project=lambda i, x: 0.5 * x), "component projections are projections"),
    (parts(vector_field=lambda x: -x), "vector field is monotone"),
    (parts(adjoint=lambda y: -K.T @ y), "adjoint is that of the map"),
    (parts(linear_map=lambda x: K @ x + 1.0), "adjoint is that of the map"),
    (parts(dual_prox=lambda y, t: -y), "dual prox is monotone"),
    (parts(constraint_jacobian=lambda x: K - 2 * x), "constraint jacobian is the slope"),
    (parts(lagrangian_hessian=lambda x, y: np.sum(y) * np.eye(3)), "lagrangian hessian is the"),
    (parts(duality_gap=lambda x: 1e-3), "duality gap bounds the gap"),
    (over_simplex(block_linear_minimizer=lambda i, g: np.eye(4)[0]), "block linear minimizers"),
    (over_simplex(mirror_step=lambda x, g, t: x + t * g), "mirror step minimizes"),
    (over_simplex(jacobian_column=lambda i, x: np.ones(4)), "jacobian columns and curvatures"),
    (over_simplex(output_curvature=lambda x: np.zeros(4)), "jacobian columns and curvatures"),
    (transport(soft_transform=lambda i, x, t: x), "soft transform is at its best"),
    (transport(plan=lambda x: np.ones((2, 2))), "plan has the sums of the gradient"),
    (transport(bregman_project=lambda i, x: 0.5 * x), "bregman projections are projections"),
    (transport(bregman_project=lambda i, x: x + (0.5 - x.reshape(2, 2).mean(1).repeat(2))),
     "bregman projections are projections"),
]  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_problems_pass(name):
    for seed in range(3):
        assert check_problem(HONEST[name], seed).passed


PLAIN = [
    smooth(),
    absolute(),
    over_a_set(),
    terms(),
    model(),
    network(),
    parts(),
    over_simplex(),
    transport(),
]


@pytest.mark.parametrize("problem", PLAIN)
def test_the_problems_that_the_lies_are_made_from_pass(problem):
    assert check_problem(problem).passed


@pytest.mark.parametrize(("problem", "check"), LIES)
def test_each_lie_is_named(problem, check):
    with pytest.raises(AssertionError, match=check):
        check_problem(problem)


@pytest.mark.compiled
def test_oracles_agree_with_their_compiled_selves():
    report = check_problem(random_quadratic(3, 5.0, seed=8), compiled=True)
    assert "compiled agrees" in {outcome.name for outcome in report if outcome.passed}


def test_a_problem_of_unknown_shape_asks_for_a_point():
    problem = oe.Problem.from_functions(lambda x: float(x @ x), gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match="pass around="):
        check_problem(problem)
    assert check_problem(problem, around=[1.0, 2.0]).passed
