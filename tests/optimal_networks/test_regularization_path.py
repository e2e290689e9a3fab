import numpy as np
import pytest

import optedu as oe
from optedu.optimal_networks.optimal_set import corners, optimal_set, shortest
from optedu.optimal_networks.regularization_path import largest_beta, regularization_path
from optedu.optimal_networks.solve import solve
from tests.optimal_networks.examples import KINDS, by_clarabel, program


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("logistic", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_largest_beta_is_where_the_first_unit_comes(kind, logistic, seed):
    problem = program(kind, seed, logistic=logistic)
    largest = largest_beta(problem)
    above = solve(problem._replace(beta=largest * (1 + 1e-9)))
    assert not above.x.any()
    below = solve(problem._replace(beta=0.999 * largest))
    assert below.x.any()
    _, best = by_clarabel(problem._replace(beta=0.99 * largest))
    zero = float(problem.value(np.zeros(problem.shape)))
    assert best < zero - 1e-8  # the interior point method sees it, too
    _, best = by_clarabel(problem._replace(beta=1.01 * largest))
    assert best == pytest.approx(zero, abs=1e-9)


def test_cones_lower_the_largest_beta():
    for seed in range(5):
        gated, relu = (largest_beta(program(kind, seed)) for kind in KINDS)
        assert relu <= gated * (1 + 1e-12)
    assert relu < 0.999 * gated  # and not only in the last digits


@pytest.mark.parametrize("kind", KINDS)
def test_along_the_path(kind):
    problem = program(kind, 2)
    top = largest_beta(problem)
    betas = top * np.geomspace(1.2, 0.05, 25)
    path = regularization_path(problem, betas)
    assert all(s.gap <= 1e-10 * path.values[0] for s in path.solutions)
    assert path.units[0] == 0
    assert (np.diff(path.values) <= 1e-12).all()  # betas fall: values fall, penalties grow
    assert (np.diff(path.penalties) >= -1e-7).all()
    losses = path.values - path.betas * path.penalties
    assert (np.diff(losses) <= 1e-9).all()
    slopes = np.diff(path.values) / np.diff(path.betas)  # concave, with slope sum ||x_i||
    assert (slopes <= path.penalties[1:] + 1e-7).all()
    assert (slopes >= path.penalties[:-1] - 1e-7).all()
    again = solve(problem._replace(beta=float(path.betas[-1])))
    np.testing.assert_allclose(problem.outputs(again.x), path.fits[-1], atol=1e-6)


def test_fit_is_continuous_where_networks_jump():
    """Fits move by O(change of beta); corners of the polytope are far apart at one beta."""
    problem = program(oe.problems.ConvexReLU, 3)
    top = problem.beta
    moves = []
    for h in (1e-2, 1e-3, 1e-4):
        path = regularization_path(problem, [top, top * (1 - h)])
        moves.append(np.abs(np.diff(path.fits, axis=0)).max() / h)
    assert max(moves) <= 1.5 * min(moves)
    everything = optimal_set(problem, solve(problem).x)
    points = [everything.point(alpha) for alpha in corners(everything)]
    assert np.abs(points[0] - points[-1]).max() > 0.1
    nearby = problem._replace(beta=top * (1 - 1e-6))
    other = optimal_set(nearby, solve(nearby).x)
    here, there = everything.point(shortest(everything)), other.point(shortest(other))
    assert np.abs(here - there).max() <= 1e-3  # the shortest one moves little


def test_path_bends_between_changes_of_the_units():
    """Unlike that of the Lasso: with the same units the fit is no linear function of beta."""
    problem = program(oe.problems.GatedReLU, 2)
    path = regularization_path(problem, largest_beta(problem) * np.array([0.2, 0.21, 0.22]))
    used = [s.x.any(axis=1) for s in path.solutions]
    assert (used[0] == used[1]).all()
    assert (used[1] == used[2]).all()
    bend = np.abs(path.fits[0] - 2 * path.fits[1] + path.fits[2]).max()
    assert bend > 1e-4


def test_path_refuses_beta_zero():
    with pytest.raises(ValueError, match="beta must be positive"):
        regularization_path(program(oe.problems.GatedReLU), [1.0, 0.0])
