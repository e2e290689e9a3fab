"""Problems of the Frank-Wolfe family, with solutions known from elsewhere."""

import cvxpy as cp
import numpy as np

import optedu as oe
from optedu.problems.generators import random_constrained, random_rotation

P = oe.problems

METHODS = (
    oe.FrankWolfe(),
    oe.ShortStepFrankWolfe(),
    oe.LineSearchFrankWolfe(),
    oe.AwayStepFrankWolfe(),
    oe.PairwiseFrankWolfe(),
    oe.BlendedPairwiseFrankWolfe(),
    oe.FullyCorrectiveFrankWolfe(),
    oe.ConditionalGradientSliding(),
)
ACTIVE = METHODS[3:7]


def face_triangle():
    """A rotated triangle with the solution inside an edge: f = ||x - c||^2, c below the edge."""
    Q, shift = random_rotation(2, 5), np.array([0.4, -0.2])
    vertices = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) @ Q.T + shift
    c, solution = Q @ [0.3, -0.3] + shift, Q @ [0.3, 0.0] + shift
    f = P.Quadratic(2.0 * np.eye(2), 2.0 * c)
    start = Q @ [0.25, -2.0] + shift  # its gradient points to the top
    return P.Constrained(f, P.Polytope(vertices), solution), start


def constrained(seed=0):
    """Rotated quadratics over sets with a projection; solutions by construction."""
    rng = np.random.default_rng(seed)
    sets = (P.Simplex(), P.L1Ball(1.5), P.L2Ball(rng.standard_normal(6), 0.9),
            P.Box(np.full(6, -0.7), np.full(6, 0.3)), P.Power(P.Simplex(), 2),
            P.Polytope(rng.standard_normal((9, 6))))  # fmt: skip
    for i, C in enumerate(sets):
        problem = random_constrained(C, 6, 20.0, seed=[seed, i])
        yield problem, C.project(rng.standard_normal(6))


def solve(objective, X, constraints):
    """Return the minimum by Clarabel."""
    program = cp.Problem(cp.Minimize(objective), constraints)
    options = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}
    return program.solve(solver=cp.CLARABEL, **options)


def gaps_of(problem, iterates):
    """The Frank-Wolfe gap of each iterate, by its definition."""
    gradients = [problem.gradient(x) for x in iterates]
    return np.array([np.sum(g * (x - problem.linear_minimizer(g)))
                     for x, g in zip(iterates, gradients, strict=True)])  # fmt: skip


def states(method, problem, x, steps, seed=0):
    """Yield the states of so many steps."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    chance = (np.random.default_rng(seed),) if method.takes_rng else ()
    state = method.init(problem, x, *chance)
    yield state
    for _ in range(steps):
        state = method.step(problem, state, *chance)
        yield state
