"""The simplex and the compass: against SciPy, against their proven bounds, and where they fail."""

import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.black_box.nelder_mead import NelderMeadState
from optedu.problems.generators import random_quadratic


@pytest.mark.parametrize(("problem", "x0"), [
    (oe.problems.Rosenbrock(), [-1.2, 1.0]),
    (oe.problems.Himmelblau(), [0.3, 0.2]),
    (random_quadratic(4, 20.0, 3), [1.0, -2.0, 0.5, 0.0]),
], ids=["Rosenbrock", "Himmelblau", "quadratic"])  # fmt: skip
def test_the_simplex_walks_as_scipys_does(problem, x0):
    x0 = np.array(x0)
    ours = oe.run(oe.NelderMead(0.7), problem, x0, max_iter=40, tol=0.0, execution="python")
    options = {"initial_simplex": np.vstack((x0, x0 + 0.7 * np.eye(x0.size))), "maxiter": 40,
               "xatol": 0.0, "fatol": 0.0, "return_all": True}  # fmt: skip
    path = np.array(minimize(problem.value, x0, method="Nelder-Mead", options=options).allvecs)
    # SciPy's first entry is the start, ours too; both then show the best vertex
    assert np.allclose(ours.iterates[1 : len(path)], path[1:], rtol=1e-9, atol=1e-9)


def test_the_simplex_does_not_see_a_change_of_basis():
    """Nelder-Mead is affinely invariant: bit for bit up to rounding over 30 steps."""
    f, rng = oe.problems.Rosenbrock(), np.random.default_rng(1)
    A, b = rng.standard_normal((2, 2)) + 2 * np.eye(2), rng.standard_normal(2)
    moved = oe.Problem.from_functions(lambda z: float(f.value(A @ z + b)), shape=(2,))
    x0 = np.array([-1.2, 1.0])
    inverse = np.linalg.inv(A)
    there = oe.run(oe.NelderMead(1.0, 0.3 * inverse.T), moved, inverse @ (x0 - b), max_iter=30,
                   tol=0.0, execution="python")  # fmt: skip
    here = oe.run(oe.NelderMead(0.3), f, x0, max_iter=30, tol=0.0, execution="python")
    assert np.allclose(there.iterates @ A.T + b, here.iterates, atol=1e-8)


def test_the_simplex_sees_only_the_order_of_values():
    f = oe.problems.Rosenbrock()
    grown = oe.Problem.from_functions(lambda x: float(f.value(x) ** 3), shape=(2,))
    paths = [oe.run(oe.NelderMead(), problem, [-1.2, 1.0], max_iter=40, tol=0.0,
                    execution="python").iterates for problem in (f, grown)]  # fmt: skip
    assert np.array_equal(*paths)


def test_mckinnons_function_stops_the_simplex_at_the_wrong_point():
    f = oe.problems.McKinnon()
    trace = oe.run(oe.NelderMead(1.0, f.edges), f, [0.0, 0.0], max_iter=100, tol=1e-6)
    assert not trace.success
    assert trace.x == pytest.approx([0.0, 0.0], abs=1e-5)
    assert trace.certificate.value == pytest.approx(1.0)
    other = oe.run(oe.NelderMead(), f, [0.0, 0.0], max_iter=300, tol=1e-6)  # another triangle
    assert other.x == pytest.approx(f.minimizer, abs=1e-4)


def test_mckinnons_contractions_follow_his_recurrence():
    """Vertices after k contractions are (l1^k, l2^k), l = (1 +- sqrt 33) / 8: exact."""
    f, (l1, l2) = oe.problems.McKinnon(), np.array([1 + 33**0.5, 1 - 33**0.5]) / 8
    method = oe.NelderMead(1.0, f.edges)
    state = method.init(f, np.zeros(2))
    for k in range(1, 15):
        state = method.step(f, state)
        assert state.simplex[0] == pytest.approx([0.0, 0.0])
        assert state.simplex[1:] == pytest.approx(
            np.array([[l1 ** (k + 1), l2 ** (k + 1)], [l1**k, l2**k]]), abs=1e-9
        )


def test_the_compass_ends_with_a_bound_on_the_gradient():
    f = random_quadratic(5, 20.0, 7, smoothness=2.0)
    method, polls = oe.CompassSearch(1.0, 0.1), 0
    state = method.init(f, np.linspace(-2, 2, 5))
    while state.size > 1e-6:  # below, rounding decides which of two values is smaller
        tried, state = state, method.step(f, state)
        if state.failed:
            polls += 1
            bound = (f.smoothness / 2 + 0.1) * tried.size
            assert np.abs(f.gradient(state.x)).max() <= bound
    assert polls == 20


def test_the_compass_bound_is_attained():
    """Where all partial derivatives are as large as a failed poll allows."""
    d, L, decrease, size = 4, 2.0, 0.1, 0.5
    x = np.full(d, (L / 2 + decrease) * size / L * (1 - 1e-9))
    f = oe.problems.Quadratic(L * np.eye(d), np.zeros(d))
    method = oe.CompassSearch(size, decrease)
    assert method.step(f, method.init(f, x)).failed
    x = x * (1 + 1e-8)
    assert not method.step(f, method.init(f, x)).failed


def test_the_compass_stops_on_a_kink():
    """f = |x + y| + 3 |x - y| has its minimum at 0, and no axis leads down on x = y."""
    f = oe.Problem.from_functions(
        lambda x: float(abs(x[0] + x[1]) + 3 * abs(x[0] - x[1])), minimum=0.0, shape=(2,)
    )
    trace = oe.run(oe.CompassSearch(), f, [1.0, 1.0], max_iter=100)
    assert np.array_equal(trace.x, [1.0, 1.0])
    assert not trace.success


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="NelderMead: edges must be an invertible matrix"):
        oe.NelderMead(1.0, np.ones((2, 2)))
    with pytest.raises(ValueError, match="CompassSearch: shrink must be at least 0"):
        oe.CompassSearch(shrink=1.5)
    with pytest.raises(ValueError, match="NelderMead: size must be positive"):
        oe.NelderMead(0.0)


def test_nan_is_worse_than_anything():
    """A black box that crashes for x > 1 answers NaN there; the simplex turns back."""
    f = oe.Problem.from_functions(
        lambda x: float("nan") if x[0] > 1.0 else float((x[0] - 0.9) ** 2 + x[1] ** 2), shape=(2,)
    )
    trace = oe.run(oe.NelderMead(), f, [0.5, 1.0], max_iter=80, tol=0.0)
    assert trace.x == pytest.approx([0.9, 0.0], abs=1e-4)


class Scripted:
    """A problem that answers what it was told to, in turn."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def value(self, x):
        return self.answers.pop(0)


@pytest.mark.parametrize("answers", [(3.5, 3.6), (5.0, 4.0), (5.0, 4.5), (float("nan"), 4.0)])
def test_a_contraction_that_gains_nothing_shrinks_the_simplex(answers):
    """Vertices with the values 1, 2, 3, 4: outside it must not exceed f(r), inside be below 4."""
    V = np.vstack((np.zeros(3), np.eye(3)))
    state = NelderMeadState(V[0], V, np.arange(1.0, 5.0))
    after = oe.NelderMead().step(Scripted(*answers, 7.0, 8.0, 6.0), state)
    assert np.array_equal(after.simplex, V[[0, 3, 1, 2]] / 2)
    assert np.array_equal(after.values, [1.0, 6.0, 7.0, 8.0])
