"""Coordinate descent for ratios."""

import numpy as np
import pytest
from scipy.linalg import eigh

from optedu.coordinate.fractional import (
    Ratio,
    best_step,
    dinkelbach_proximal_gradient,
    fractional_coordinate_descent,
)


def pencil(seed=0, d=5, l1=0.0):
    rng = np.random.default_rng(seed)
    A, B = rng.standard_normal((2, d, d))
    return Ratio(A + A.T, B @ B.T + np.eye(d), l1=l1)


@pytest.mark.parametrize("level", [None, 0.4])
@pytest.mark.parametrize("seed", range(5))
def test_best_step_is_no_worse_than_a_grid(level, seed):
    rng = np.random.default_rng(seed)
    top = np.array([rng.normal(), rng.normal(), 0.5 + rng.random()])
    bottom = np.array([1.0, 0.3 * rng.normal(), 0.5 + rng.random()])
    entry, l1 = rng.normal(), 0.5
    top[2] += 1.0  # the parametric problem is bounded below

    def height(s):
        p = np.polyval(top[::-1], s) + l1 * np.abs(entry + s)
        g = np.polyval(bottom[::-1], s)
        return p / g if level is None else p - level * g

    s = best_step(top, bottom, entry, l1, level)
    assert height(s) <= height(np.linspace(-20, 20, 40001)).min() + 1e-12


@pytest.mark.parametrize("parametric", [False, True])
@pytest.mark.parametrize("l1", [0.0, 0.5])
def test_the_ratio_never_rises_and_no_coordinate_can_lower_it_at_the_end(parametric, l1):
    problem = pencil(1, l1=l1)._replace(A=pencil(1).A + 8 * np.eye(5))
    path = fractional_coordinate_descent(problem, np.ones(5), 120, 1e-8, parametric)
    values = np.array([problem.value(x) for x in path])
    assert (np.diff(values) <= 1e-14).all()
    x = path[-1]
    for i in range(5):
        for s in np.linspace(-3, 3, 201):
            trial = x.copy()
            trial[i] += s
            assert problem.value(trial) >= values[-1] - 1e-5


def test_constant_denominator_gives_exact_coordinate_steps():
    """g = 1, theta = 0: soft thresholding with 1 / L_i, L_i = 2 A_ii."""
    rng = np.random.default_rng(3)
    R = rng.standard_normal((7, 4))
    A, a = R.T @ R, rng.standard_normal(4)
    problem = Ratio(A, np.zeros((4, 4)), a=a, beta=1.0, l1=0.7)
    for parametric in (False, True):
        path = fractional_coordinate_descent(problem, np.ones(4), 6, 0.0, parametric)
        x = np.ones(4)
        for k in range(6):
            for i in range(4):
                v = x[i] - (2 * A[i] @ x + a[i]) / (2 * A[i, i])
                x[i] = np.sign(v) * max(abs(v) - 0.7 / (2 * A[i, i]), 0)
            np.testing.assert_allclose(path[k + 1], x, rtol=0, atol=1e-12)


def test_theta_shortens_the_steps():
    problem = pencil(2)._replace(A=pencil(2).A + 8 * np.eye(5))
    first = [fractional_coordinate_descent(problem, np.ones(5), 1, t)[-1] for t in (0.0, 50.0)]
    assert np.linalg.norm(first[1] - 1) < np.linalg.norm(first[0] - 1)


def test_parametric_optimum_of_an_affine_ratio():
    """(<x, A x> + 1) / (1 + <b, x>): the level at which the parametric minimum is 0."""
    rng = np.random.default_rng(4)
    R, b = rng.standard_normal((8, 4)), 0.3 * rng.standard_normal(4)
    A = R.T @ R / 8 + 0.2 * np.eye(4)
    problem = Ratio(A, np.zeros((4, 4)), b=b, alpha=1.0, beta=1.0)
    # min over x of <x, A x> + 1 - F (1 + <b, x>) = 1 - F - F^2 <b, A^-1 b> / 4
    q = b @ np.linalg.solve(A, b) / 4
    best = (-1 + np.sqrt(1 + 4 * q)) / (2 * q)
    for parametric in (False, True):
        x = fractional_coordinate_descent(problem, np.zeros(4), 60, 0.0, parametric)[-1]
        assert problem.value(x) == pytest.approx(best, abs=1e-9)
    assert problem.value(dinkelbach_proximal_gradient(problem, np.zeros(4), 200)[-1]) == (
        pytest.approx(best, abs=1e-6)
    )


def test_eigenpair_of_a_diagonal_pencil():
    problem = Ratio(np.diag([3.0, 1.0, 2.0]), np.diag([1.0, 2.0, 1.0]))
    x = fractional_coordinate_descent(problem, np.ones(3), 80)[-1]
    assert problem.value(x) == pytest.approx(eigh(problem.A, problem.B)[0][0], abs=1e-9)
