"""Every oracle and constant of every problem tells the truth at random points."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.forms import FORMS
from optedu.oracles import oracles_of
from tests.problems.catalog import (
    COMPOSITES,
    EVERYTHING,
    GALLERY,
    MGH,
    NONSMOOTH,
    SMOOTH,
    VECTOR_PROBLEMS,
    outputs_for,
    point_for,
)

DIFFERENTIABLE = {**SMOOTH, **GALLERY, **MGH}


def points(problem, count=4, seed=0):
    """Random points around the usual start, or around zero, where the objective is defined."""
    rng = np.random.default_rng(seed)
    start = getattr(problem, "start", None)
    center = 0.0 * point_for(problem, rng) if start is None else start
    radius = 0.1 if isinstance(problem, oe.problems.LinearProgram) else 0.7
    return [center + radius * rng.standard_normal(center.shape) for _ in range(count)]


def slope(function, x, u):
    """The derivative along u, by central differences extrapolated to eighth order."""
    h = 4e-3 * max(1.0, np.abs(x).max())
    rows = [
        (function(x + h / 2**j * u) - function(x - h / 2**j * u)) / (2 * h / 2**j) for j in range(4)
    ]
    for order in range(1, 4):
        rows = [(4**order * b - a) / (4**order - 1) for a, b in itertools.pairwise(rows)]
    return rows[0]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradient_is_the_slope_of_value(name):
    problem = DIFFERENTIABLE[name]
    rng = np.random.default_rng(1)
    tolerance = 1e-4 if "norm" in name or "Huber" in name else 1e-7  # kinks in a derivative
    for x in points(problem):
        g = problem.gradient(x)
        u = rng.standard_normal(x.shape)
        scale = np.sum(np.abs(g * u)) + abs(problem.value(x)) * 1e-4 + 1e-3
        assert g.shape == x.shape
        assert abs(slope(problem.value, x, u) - np.sum(g * u)) <= tolerance * scale


@pytest.mark.parametrize(
    "name", [name for name, p in DIFFERENTIABLE.items() if hasattr(p, "hessian_product")]
)
def test_hessian_product_is_the_slope_of_gradient(name):
    problem = DIFFERENTIABLE[name]
    rng = np.random.default_rng(2)
    for x in points(problem):
        v = rng.standard_normal(x.shape)
        product = problem.hessian_product(x, v)
        difference = slope(problem.gradient, x, v)
        tolerance = 1e-3 if "3-norm" in name else 1e-7
        assert np.abs(product - difference).max() <= tolerance * (1 + np.abs(product).max())
        if hasattr(problem, "hessian"):
            through = (problem.hessian(x) @ v.ravel()).reshape(v.shape)
            assert through == pytest.approx(product, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("name", [n for n, p in DIFFERENTIABLE.items() if hasattr(p, "hessian")])
def test_hessian_is_symmetric_and_the_slope_of_gradient(name):
    problem = DIFFERENTIABLE[name]
    for x in points(problem):
        H = problem.hessian(x)
        assert np.abs(H - H.T).max() <= 1e-13 * np.abs(H).max()
        columns = [slope(problem.gradient, x, e.reshape(x.shape)).ravel() for e in np.eye(x.size)]
        tolerance = 1e-3 if "3-norm" in name else 1e-7
        assert np.abs(H - np.transpose(columns)).max() <= tolerance * (1 + np.abs(H).max())


@pytest.mark.parametrize("name", NONSMOOTH)
def test_subgradient_supports_value(name):
    problem = NONSMOOTH[name]
    xs = points(problem, 8)
    weak = getattr(problem, "weak_convexity", None)
    mu = problem.strong_convexity if weak is None else -weak
    for x in xs:
        for y in xs:
            line = problem.value(x) + problem.gradient(x) @ (y - x) + mu / 2 * np.sum((y - x) ** 2)
            assert problem.value(y) >= line - 1e-12 * (1 + abs(line))
        if getattr(problem, "lipschitz", None):
            assert np.linalg.norm(problem.gradient(x)) <= problem.lipschitz * (1 + 1e-14)


@pytest.mark.parametrize(
    "name", [n for n, p in DIFFERENTIABLE.items() if getattr(p, "smoothness", None) is not None]
)
def test_smoothness_holds_on_pairs_and_is_not_loose_by_more_than_needed(name):
    problem = DIFFERENTIABLE[name]
    L, xs = problem.smoothness, points(problem, 8, seed=3)
    for x in xs:
        for y in [*xs, x + 1e-4 * (xs[0] + 1.0)]:
            change = np.linalg.norm(problem.gradient(x) - problem.gradient(y))
            assert change <= L * np.linalg.norm(x - y) * (1 + 1e-8) + 1e-12
    if hasattr(problem, "hessian"):
        assert max(np.abs(np.linalg.eigvalsh(problem.hessian(x))).max() for x in xs) <= L * (
            1 + 1e-12
        )


EXACT = ("quadratic", "least squares", "wide least squares", "ridge", "worst strongly convex",
         "worst, full chain", "heavy ball cycle", "2-norm", "Booth", "Matyas")  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_constants_of_quadratics_are_the_extreme_eigenvalues(name):
    problem = DIFFERENTIABLE[name]
    if name == "heavy ball cycle":
        slopes = [slope(problem.gradient, np.array([t]), np.ones(1))[0] for t in (0.5, 1.5, 2.5)]
        assert sorted(slopes) == pytest.approx([1.0, 25.0, 25.0])
        return
    eigenvalues = np.linalg.eigvalsh(problem.hessian(problem.start))
    assert problem.strong_convexity == pytest.approx(max(eigenvalues[0], 0.0), abs=1e-12) or (
        name == "worst strongly convex" and problem.strong_convexity <= eigenvalues[0]
    )
    assert problem.smoothness >= eigenvalues[-1] * (1 - 1e-12)
    if not name.startswith("worst"):
        assert problem.smoothness == pytest.approx(eigenvalues[-1], rel=1e-12)


@pytest.mark.parametrize(
    "name",
    [n for n, p in DIFFERENTIABLE.items() if getattr(p, "strong_convexity", None) is not None
     and getattr(p, "convex", True) and n != "indefinite quadratic"],
)  # fmt: skip
def test_strong_convexity_holds_on_pairs(name):
    problem = DIFFERENTIABLE[name]
    mu, xs = problem.strong_convexity, points(problem, 8, seed=4)
    for x in xs:
        for y in xs:
            product = np.sum((problem.gradient(x) - problem.gradient(y)) * (x - y))
            assert product >= mu * np.sum((x - y) ** 2) * (1 - 1e-10) - 1e-11


WITH_MINIMUM = {
    name: p for name, p in VECTOR_PROBLEMS.items()
    if getattr(p, "minimum", None) is not None and name not in GALLERY and name not in MGH
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_MINIMUM)
def test_minimum_is_a_lower_bound_and_attained(name):
    problem = WITH_MINIMUM[name]
    minimum, minimizer = problem.minimum, getattr(problem, "minimizer", None)
    if minimizer is not None:
        assert problem.value(minimizer) == pytest.approx(minimum, rel=1e-9, abs=1e-12)
    rng = np.random.default_rng(5)
    start = points(problem, 1)[0]
    for _ in range(200):
        center = start if minimizer is None else minimizer
        x = center + 10 ** rng.uniform(-6, 1) * rng.standard_normal(start.shape)
        if hasattr(problem, "project"):
            x = problem.project(x)
        if isinstance(problem, oe.problems.LinearProgram) and problem.barrier(x) == np.inf:
            continue
        assert problem.value(x) >= minimum - 1e-9 * (1 + abs(minimum))


@pytest.mark.parametrize(
    "name",
    ["least squares", "ridge", "logistic", "softmax", "constrained least squares", "perceptron"],
)  # fmt: skip
def test_components_average_to_the_whole(name):
    problem = SMOOTH[name]
    n = problem.components
    for x in points(problem, 3):
        values = [problem.component_value(i, x) for i in range(n)]
        gradients = [problem.component_gradient(i, x) for i in range(n)]
        assert np.mean(values) == pytest.approx(problem.value(x), rel=1e-12)
        assert np.mean(gradients, axis=0) == pytest.approx(problem.gradient(x), abs=1e-12)
        y = points(problem, 1, seed=9)[0]
        for i in range(n if hasattr(problem, "component_smoothness") else 0):
            change = problem.component_gradient(i, x) - problem.component_gradient(i, y)
            bound = problem.component_smoothness * np.linalg.norm(x - y)
            assert np.linalg.norm(change) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("name", EVERYTHING)
def test_oracles_leave_their_arguments_and_answer_in_their_form(name):
    problem = EVERYTHING[name]
    rng = np.random.default_rng(6)
    x, v = points(problem, 1)[0], point_for(problem, rng)
    x.flags.writeable = v.flags.writeable = False
    y = outputs_for(problem, x, rng)
    y.flags.writeable = False
    values = {"i": 1, "x": x, "v": v, "t": 0.7, "y": y}
    m = problem.residual(x).size if hasattr(problem, "residual") else y.size
    m = len(problem.plan(x)) if hasattr(problem, "plan") else m
    shapes = {
        "number": (), "point": x.shape, "square": (x.size, x.size), "outputs": (m,),
        "outputs by point": (m, x.size), "outputs by outputs": (m, m), "vector": x.shape,
        "like y": y.shape, "outputs by the rest": (m, x.size - m),
    }  # fmt: skip
    for oracle in oracles_of(problem) - {"kronecker_factors"}:
        arguments, form = FORMS[oracle]
        given = [values[argument] for argument in arguments.split(", ")]
        answer = np.asarray(getattr(problem, oracle)(*given))
        assert answer.shape == shapes[form]
        assert answer.dtype == np.float64
        assert np.isfinite(answer).all() or oracle == "value"


@pytest.mark.parametrize("name", [n for n, p in VECTOR_PROBLEMS.items() if hasattr(p, "start")])
def test_start_fits_the_shape(name):
    problem = VECTOR_PROBLEMS[name]
    assert np.shape(problem.start) == tuple(problem.shape)
    assert np.array_equal(problem.start, problem.start)


@pytest.mark.parametrize("name", COMPOSITES)
def test_composite_solution_is_a_fixed_point_of_the_prox_gradient_step(name):
    problem = COMPOSITES[name]
    x = problem.solution
    if x is None:
        assert problem.minimum is None
        x = oe.run(oe.ProximalGradient(), problem, max_iter=5000, tol=1e-12).x
    for t in (0.1, 0.9):
        step = problem.prox(x - t * problem.gradient(x), t)
        assert step == pytest.approx(x, abs=1e-10)
    # negative control: away from the solution the step moves
    y = x + 0.1
    assert np.linalg.norm(problem.prox(y - problem.gradient(y), 1.0) - y) > 1e-3


def test_parts_lend_only_the_oracles_they_have():
    ball, half = oe.problems.L2Ball(np.zeros(6)), oe.problems.HalfSpace(np.ones(6), 1.0)
    quadratic = SMOOTH["quadratic"]
    over_ball = oe.problems.Constrained(quadratic, ball)
    over_half = oe.problems.Constrained(quadratic, half)
    assert oracles_of(over_ball) - oracles_of(over_half) == {"linear_minimizer"}
    assert "hessian" in oracles_of(over_ball)
    huber = oe.problems.Constrained(oe.problems.HuberNorm(1.0, 1.0, np.zeros(6)), ball)
    assert "hessian" not in oracles_of(huber)
    assert "component_gradient" in oracles_of(COMPOSITES["logistic with elastic net"])
    assert "component_gradient" not in oracles_of(COMPOSITES["lasso"])
