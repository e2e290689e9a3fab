"""One or more (method, problem, start) for each method of the package, by the method's name.

All problems are rotated and shifted, and drawn from a seed.
"""

import numpy as np

import optedu as oe
from optedu.problems.generators import (
    random_composite,
    random_constrained,
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
    random_rotation,
)


def bowl(d=5, condition=20.0, seed=11):
    """A strongly convex quadratic and a start that is far from special."""
    problem = random_quadratic(d, condition, seed, smoothness=2.0)
    return problem, start(d, seed)


def start(d, seed):
    return np.random.default_rng([seed, 1]).normal(0.5, 2.0, d)


def smooth(method):
    """Samples of a method for smooth convex problems."""
    yield (method, *bowl())
    yield (method, random_logistic(20, 4, seed=3, l2=0.1), start(4, 3))


def quadratic(method):
    yield (method, *bowl())


def residuals(method):
    """Samples of a method for nonlinear least squares, or of a model with outputs."""
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    yield method, oe.problems.Rosenbrock(), np.array([-1.2, 1.0])


def models(method):
    """Samples of a method that needs a model and its likelihood."""
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    yield (method, random_logistic(20, 4, seed=14, l2=0.1), start(4, 14))


def networks(method):
    """Samples of a method that needs a network's factors: of one linear layer, and of two."""
    rng = np.random.default_rng(21)
    A, B, C = (rng.standard_normal(shape) for shape in ((5, 3), (2, 6), (5, 6)))
    yield method, oe.problems.MatrixRegression(A, B, C), rng.standard_normal((3, 2))
    A, Y = rng.standard_normal((12, 3)), rng.standard_normal((12, 2))
    problem = oe.problems.MultilayerPerceptron(A, Y, hidden=(3,), softmax=False)
    yield method, problem, start(problem.start.size, 21)


def finite_sum(method):
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    yield (method, random_logistic(20, 4, seed=14, l2=0.1), start(4, 14))


def composite(method):
    yield (method, random_lasso(5, 20.0, seed=5, weight=0.5), start(5, 5))
    yield (method, random_composite(oe.problems.ElasticNet(0.3, 0.2), 4, 20.0, 6), start(4, 6))


def nonsmooth(method):
    rng = np.random.default_rng(8)
    yield (method, oe.problems.AbsoluteValue(rng.normal(size=4), 1.5), start(4, 8))


def constrained(method):
    yield (method, random_constrained(oe.problems.L2Ball(np.full(5, 0.3), 0.8), 5, 20.0, 9),
           start(5, 9))  # fmt: skip


def plane(method):
    Q = random_rotation(2, 4)
    A = (Q * np.array([2.0, 0.3])) @ Q.T
    yield method, oe.problems.Quadratic((A + A.T) / 2, A @ [0.4, -0.7]), np.array([1.1, 0.2])


def fixed_point(method):
    Q = random_rotation(4, 10)
    M = (Q * np.array([0.9, -0.5, 0.2, 0.7])) @ Q.T
    yield method, oe.problems.AffineMap(M, np.array([0.3, -1.0, 0.5, 2.0])), start(4, 10)


def polytope(method):
    rng = np.random.default_rng(12)
    A, inside = rng.normal(size=(9, 3)), np.array([0.4, -0.3, 0.2])
    box = np.vstack((A, np.eye(3), -np.eye(3)))
    b = box @ inside + rng.uniform(0.5, 1.5, 15)
    yield method, oe.problems.LinearProgram(rng.normal(size=3), box, b), inside + 0.05


BY_ORACLES = (
    ({"operator"}, fixed_point),
    ({"gradient", "prox"}, composite),
    ({"prox"}, nonsmooth),
    ({"gradient", "project"}, constrained),
    ({"gradient", "linear_minimizer"}, constrained),
    ({"residual"}, residuals),
    ({"jacobian"}, residuals),
    ({"gauss_newton"}, models),
    ({"fisher"}, models),
    ({"component_gradient"}, finite_sum),
    ({"component_hessian"}, models),
    ({"gradient"}, smooth),
)
"""The samples of a method by the oracles that it calls; the first row that fits."""

SPECIAL = {
    "BarrierMethod": lambda: polytope(oe.BarrierMethod(growth=3.0)),
    "CenterOfGravity": lambda: plane(oe.CenterOfGravity(radius=3.0)),
    "ConjugateGradient": lambda: quadratic(oe.ConjugateGradient()),
    "EllipsoidMethod": lambda: quadratic(oe.EllipsoidMethod(radius=9.0)),
    "ExactGaussNewton": lambda: residuals(oe.ExactGaussNewton(batch_size=1)),
    "KFAC": lambda: networks(oe.KFAC()),
    "KrylovPreconditionedGradient": lambda: quadratic(oe.KrylovPreconditionedGradient()),
    "PolynomialPreconditionedFastGradient": lambda: quadratic(
        oe.PolynomialPreconditionedFastGradient()
    ),
    "PolynomialPreconditionedGradient": lambda: quadratic(oe.PolynomialPreconditionedGradient()),
    "QASVRG": lambda: finite_sum(oe.QASVRG()),
    "PerturbedGradientDescent": lambda: smooth(
        oe.PerturbedGradientDescent(threshold=3.0, patience=3)
    ),
    "PolyakGradientDescent": lambda: quadratic(oe.PolyakGradientDescent()),
}
"""Samples of the methods that need an argument, or a problem of their own."""


def samples(name):
    """Return the samples of a method."""
    if name in SPECIAL:
        return list(SPECIAL[name]())
    method = getattr(oe, name)()
    for oracles, family in BY_ORACLES:
        if oracles <= method.needs:
            return list(family(method))
    raise LookupError(f"{name} has no sample: add one to SPECIAL in tests/contract/samples.py")
