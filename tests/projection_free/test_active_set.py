"""The bookkeeping of atoms, and the steps against a straightforward reference."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.projection_free import active_set
from optedu.projection_free.steps import exact_step
from tests.projection_free.examples import ACTIVE, P, constrained, face_triangle, states


@pytest.mark.parametrize("method", ACTIVE)
def test_weights_and_atoms_are_what_they_say(method):
    dropped = 0
    for problem, x0 in (*constrained(5), face_triangle()):
        last = 0
        for k, s in enumerate(states(method, problem, x0, 40)):
            if k == 0:
                assert s.weights.size == 0
                continue
            assert abs(s.weights.sum() - 1) <= 1e-12
            assert (s.weights > 0).all()
            np.testing.assert_allclose(s.weights @ s.atoms, s.x.ravel(), atol=1e-12)
            assert len(np.unique(s.atoms, axis=0)) == len(s.atoms)
            for atom in s.atoms:
                np.testing.assert_allclose(problem.project(atom), atom, atol=1e-9)
            dropped += len(s.atoms) < last
            last = len(s.atoms)
    assert dropped > 0 or isinstance(method, oe.FullyCorrectiveFrankWolfe)


def test_steps_of_the_set():
    atoms, weights = np.eye(3), np.array([0.5, 0.3, 0.2])
    x, e = weights @ atoms, np.eye(3)
    new, w = active_set.toward_atom(atoms, weights, e[1], 0.25)
    np.testing.assert_allclose(w @ new, 0.75 * x + 0.25 * e[1])
    assert len(new) == 3  # merged, not appended
    new, w = active_set.toward_atom(atoms, weights, np.ones(3), 0.25)
    np.testing.assert_allclose(w @ new, 0.75 * x + 0.25)
    assert len(new) == 4
    new, w = active_set.toward_atom(atoms, weights, e[2], 1.0)
    np.testing.assert_array_equal(new, e[2:])
    new, w = active_set.away_from_atom(atoms, weights, 2, 0.25, True)
    np.testing.assert_allclose(w @ new, x + 0.25 * (x - e[2]))
    assert len(new) == 2
    new, w = active_set.from_atom_to(atoms, weights, 0, e[1], 0.5, True)
    np.testing.assert_allclose(w @ new, x + 0.5 * (e[1] - e[0]))
    assert len(new) == 2
    np.testing.assert_array_equal(weights, [0.5, 0.3, 0.2])  # nothing was written in place


def answers(kind, problem, x, atoms, weights):
    """Where a step may lead on a quadratic, by the closed-form step; more than one after a tie."""
    H, g = problem.objective.A, problem.gradient(x)
    s, scores = problem.linear_minimizer(g), atoms @ g
    tied = np.flatnonzero(scores >= scores.max() - 1e-9)
    for i in tied:
        a, w = atoms[i], weights[i]
        b = atoms[np.argmin(scores)]
        if kind == "pairwise" or (kind == "blended" and g @ (a - b) >= g @ (x - s) - 1e-9):
            d, longest = (s if kind == "pairwise" else b) - a, w
        elif kind == "blended" or g @ (x - s) >= g @ (a - x) or w >= 1:
            d, longest = s - x, 1.0
        else:
            d, longest = x - a, w / (1 - w)
        curve = d @ H @ d
        yield x + min(longest, max(-(g @ d) / curve, 0.0)) * d if curve > 0 else x


@pytest.mark.parametrize("kind", ["away", "pairwise", "blended"])
def test_steps_are_those_of_a_reference(kind):
    rng = np.random.default_rng(9)
    method = {"away": ACTIVE[0], "pairwise": ACTIVE[1], "blended": ACTIVE[2]}[kind]
    for _ in range(5):
        V, A = rng.standard_normal((9, 4)), rng.standard_normal((6, 4))
        f = P.Quadratic(A.T @ A, rng.standard_normal(4))
        problem = P.ProjectionFree(f, P.Polytope(V))
        path = list(states(method, problem, np.zeros(4), 25))[1:]
        for old, new in itertools.pairwise(path):
            found = list(answers(kind, problem, old.x, old.atoms, old.weights))
            assert min(np.abs(new.x - x).max() for x in found) <= 1e-8


def test_blended_steps_bring_a_new_atom_only_where_it_promises_more():
    A = np.random.default_rng(10).standard_normal((30, 60))
    problem = P.Constrained(P.LeastSquares(A, A[:, 0] - 2 * A[:, 1] + A[:, 2]), P.L1Ball(2.0))
    new_ones = 0
    for old, new in itertools.pairwise(states(ACTIVE[2], problem, np.zeros(60), 60)):
        before, after = ({tuple(a) for a in s.atoms} for s in (old, new))
        if old.weights.size and after - before:
            g, new_ones = problem.gradient(old.x), new_ones + 1
            local = np.ptp(old.atoms @ g)
            assert local < g @ (old.x - problem.linear_minimizer(g))
    assert new_ones >= 3


def test_exact_step_finds_the_root_of_the_slope():
    rng = np.random.default_rng(11)
    for f in (P.LogSumExp(rng.standard_normal((9, 4)), rng.standard_normal(9)),
              oe.problems.generators.random_logistic(20, 4, 3, 0.1)):  # fmt: skip
        for _ in range(20):
            x = rng.standard_normal(4)
            d = -f.gradient(x) + 0.1 * rng.standard_normal(4)
            slope = f.gradient(x) @ d
            if slope >= 0:
                continue
            here = (f.value(x), f.gradient(x))
            t, x_new, f_new, g_new = exact_step(f, x, *here, d, 100.0)
            assert abs(g_new @ d) <= 1e-9 * abs(slope) or t == 100.0
            np.testing.assert_array_equal(x_new, x + t * d)
            np.testing.assert_array_equal(g_new, f.gradient(x_new))
            assert f_new == f.value(x_new)
            assert exact_step(f, x, *here, d, 1e-3 * t)[0] == 1e-3 * t  # stops at the end
            assert exact_step(f, x, *here, -d, 1.0)[0] == 0.0
