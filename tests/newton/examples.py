"""Problems for Newton's family: seeded, rotated, shifted; and measures of how fast a tail is."""

import numpy as np

import optedu as oe
from optedu.problems.generators import random_logistic, random_quadratic, random_rotation


def start(d, seed, spread=1.0):
    return np.random.default_rng([seed, 9]).normal(0.2, spread, d)


def bowls(count=6):
    """Yield (quadratic, start) of growing dimension and condition."""
    for seed in range(count):
        d = seed + 2
        yield random_quadratic(d, 10.0 ** (1 + seed / 2), seed, 3.0), start(d, seed, 3.0)


def ridge_logistic(seed=0, n=40, d=5, l2=0.05):
    """Return logistic regression and its minimizer, by 50 of NumPy's own Newton steps."""
    problem = random_logistic(n, d, seed, l2)
    x = np.zeros(d)
    for _ in range(50):
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    assert np.linalg.norm(problem.gradient(x)) < 1e-14
    return problem, x


def composed(problem, A, b):
    """Return y -> f(A y + b)."""
    return oe.Problem.from_functions(
        lambda y: problem.value(A @ y + b),
        gradient=lambda y: A.T @ problem.gradient(A @ y + b),
        hessian=lambda y: A.T @ problem.hessian(A @ y + b) @ A,
        hessian_product=lambda y, v: A.T @ problem.hessian_product(A @ y + b, A @ v),
    )


def double_well(d=4, seed=0):
    """Return sum_i w_i (u_i^2 - 1)^2 / 4, u = Q'(x - s), its saddle s and its Hessian there."""
    rng = np.random.default_rng(seed)
    Q, s, w = random_rotation(d, rng), rng.standard_normal(d), rng.uniform(0.5, 2.0, d)

    def slopes(x):
        u = Q.T @ (x - s)
        return w * (u**2 - 1) * u

    def hessian(x):
        u = Q.T @ (x - s)
        H = (Q * (w * (3 * u**2 - 1))) @ Q.T
        return (H + H.T) / 2

    problem = oe.Problem.from_functions(
        lambda x: float(np.sum(w * ((Q.T @ (x - s)) ** 2 - 1) ** 2) / 4),
        gradient=lambda x: Q @ slopes(x),
        hessian=hessian,
        hessian_product=lambda x, v: hessian(x) @ v,
        minimum=0.0,
    )
    return problem, s


def root_of_one_plus_square(center=0.3):
    """Return sqrt(1 + (x - c)^2): Newton's step from c + u leads to c - u^3."""
    return oe.Problem.from_functions(
        lambda x: float(np.sqrt(1 + (x[0] - center) ** 2)),
        gradient=lambda x: (x - center) / np.sqrt(1 + (x - center) ** 2),
        hessian=lambda x: (1 + (x[0] - center) ** 2) ** -1.5 * np.eye(1),
        minimum=1.0,
        minimizer=np.array([center]),
    )


def orders(errors, smallest=1e-13, largest=0.1):
    """Return log(e_2 / e_1) / log(e_1 / e_0) for consecutive errors in the range."""
    e = np.asarray(errors)
    e = e[(e > smallest) & (e < largest)]
    falls = np.diff(np.log(e))
    return falls[1:] / falls[:-1]


def distances(trace, minimizer):
    return np.linalg.norm(trace.iterates - minimizer, axis=1)
