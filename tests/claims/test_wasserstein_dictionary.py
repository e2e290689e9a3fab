"""Complexity of BCD with Proximal Regularization ... Wasserstein CP-dictionary Learning.

Claim: block descent in the dual learns a dictionary of elementary distributions. That the method
converges is shown in test_bcd_pr.py.
"""

import cvxpy as cp
import numpy as np
import ot
import pytest
from sklearn.datasets import load_digits

import optedu as oe
from optedu.applied_transport import wasserstein_dictionary as wd


def random_dictionary(seed, n=2, h=2, w=3, rank=2):
    rng = np.random.default_rng(seed)
    parts = (rng.dirichlet(np.ones(k), m) for k, m in ((h, rank), (w, rank), (rank, n)))
    return wd.Dictionary(*parts), rng.dirichlet(np.ones(h * w), n)


def digits(n=12):
    data = load_digits()
    images = data.data[np.isin(data.target, (0, 1))][:n]
    return images / images.sum(axis=1, keepdims=True)


def test_costs_are_those_of_pot():
    D, images = random_dictionary(1, n=3, h=3)
    models, C, t = D.H @ wd.atoms(D), wd.grid_cost(3, 3), 0.1
    found = wd.transport_costs(images, models, C, t)
    for i in range(3):
        P = ot.sinkhorn(images[i], models[i], C, reg=t, stopThr=1e-14, numItermax=100_000)
        assert found[i] == pytest.approx(np.sum(C * P + t * P * (np.log(P) - 1)), abs=1e-10)


def test_conjugate_is_the_supremum_and_its_gradient_the_mass_that_arrives():
    D, images = random_dictionary(2)
    C, t = wd.grid_cost(2, 3), 0.1
    G = 0.3 * np.random.default_rng(3).standard_normal(images.shape)
    value, sent = wd.conjugate(G, images, C, t)
    costs = wd.transport_costs(images, sent, C, t)
    assert np.sum(G * sent) - costs.sum() == pytest.approx(value, abs=1e-10)
    models = D.H @ wd.atoms(D)
    assert np.sum(G * models) - wd.transport_costs(images, models, C, t).sum() < value - 1e-6


@pytest.mark.parametrize("block", [0, 1, 2])
def test_a_block_is_solved_as_cvxpy_solves_its_primal(block):
    D, images = random_dictionary(4)
    C, t, lam = wd.grid_cost(2, 3), 0.2, 0.1
    dual, primal = wd.block_dual(D, block, images, C, t, lam)
    found = primal(oe.run(oe.LBFGS(), dual, np.zeros(12), max_iter=500, tol=1e-10).x)
    u, plans = cp.Variable(D[block].shape), [cp.Variable((6, 6)) for _ in images]
    model = wd.block_map(D, block, 2) @ cp.vec(u, order="C")
    costs = [cp.sum(cp.multiply(C, P)) - t * cp.sum(cp.entr(P)) for P in plans]
    constraints = [u >= 0, cp.sum(u, axis=1) == 1]
    for i, P in enumerate(plans):
        constraints += [
            cp.sum(P, axis=1) == images[i],
            cp.sum(P, axis=0) == model[6 * i : 6 * i + 6],
        ]
    goal = sum(costs) + lam / 2 * cp.sum_squares(u - D[block])
    cp.Problem(cp.Minimize(goal), constraints).solve(
        solver="CLARABEL", tol_gap_rel=1e-10, tol_gap_abs=1e-10, tol_feas=1e-10
    )
    assert np.abs(found - u.value).max() < 1e-4
    assert np.abs(D[block] - u.value).max() > 1e-2  # there was something to do


@pytest.mark.parametrize("regularization", [0.1, 1.0])
def test_each_block_lowers_the_objective_by_what_is_promised(regularization):
    """F falls by lambda ||move||^2 where it is convex in the block; by half of that at least."""
    D, record = wd.learn(digits(), 8, 8, rank=3, t=0.02, regularization=regularization, cycles=5)
    F, moved = np.array(record).T
    fall = -np.diff(F)
    assert (fall >= regularization / 2 * moved[1:] - 1e-9).all()
    assert (fall >= regularization * moved[1:] - 1e-6).all()
    assert F[-1] < F[0] - 0.1
    for part in D:
        assert np.abs(part.sum(axis=1) - 1).max() < 1e-12
        assert (part >= 0).all()
    assert moved[-3:].sum() < 0.05 * moved[1:4].sum()


def test_more_atoms_fit_better():
    ends = [wd.learn(digits(), 8, 8, rank=r, t=0.02, cycles=4)[1][-1][0] for r in (1, 3)]
    assert ends[1] < ends[0] - 3e-3  # measured: 7e-3
