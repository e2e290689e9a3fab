"""What the chapter on all optimal networks displays."""

from __future__ import annotations

import functools

import numpy as np

import optedu as oe
from optedu.convex_networks.networks import Network, network_of
from optedu.optimal_networks.directions import (
    best_directions,
    cone_projection,
    lower_bound,
    unit_cone,
    unit_outputs,
    unit_signs,
    violation,
)
from optedu.optimal_networks.optimal_pruning import dependence
from optedu.optimal_networks.optimal_set import corners, optimal_set
from optedu.optimal_networks.prune import prune as prune_all
from optedu.optimal_networks.prune import without_cones
from optedu.optimal_networks.regularization_path import largest_beta
from optedu.optimal_networks.sensitivity import sensitivity
from optedu.optimal_networks.smooth_piece import smooth_piece
from optedu.optimal_networks.solve import solve
from optedu.problems.activation_patterns import all_patterns
from optedu.problems.convex_relu import fit_conjugate, fit_slope
from tests.book.identities.instances import norm
from tests.book.identities.statements import check_of, equal, increasing, true


@functools.cache
def solved(seed: int):
    """Return a small program with an optimal network: gated or with cones, a few dozen in all."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(0.3, 1.0, 5), np.ones(5)])
    kind = (oe.problems.GatedReLU, oe.problems.ConvexReLU)[seed % 2]
    problem = kind(X, rng.normal(size=5), all_patterns(X).active, 0.1)
    problem = problem._replace(beta=float(rng.uniform(0.05, 0.3)) * largest_beta(problem))
    return problem, solve(problem).x


def instance(rng):
    return solved(int(rng.integers(24)))


def pieces(problem):
    """Return of each unit its sign, D_i X, and (2 D_i - I) X, None without a cone."""
    P, cones = problem.patterns.shape[1], hasattr(problem, "linear_map")
    for i, s in enumerate(unit_signs(problem)):
        D = np.diag(problem.patterns[:, i % P])
        yield s, D @ problem.X, unit_cone(problem, i) if cones else None


def project(K, c):
    return c if K is None else cone_projection(K, c)


@check_of("eq-onet-program")
def program(rng):
    problem, best = instance(rng)
    beta, X = problem.beta, problem.X
    x = rng.standard_normal(problem.shape)
    units = list(pieces(problem))
    z = sum(s * DX @ v for (s, DX, _), v in zip(units, x, strict=True))
    yield equal(problem.outputs(x), z)
    total = 1 / 2 * norm(z - problem.y) ** 2 + beta * sum(norm(v) for v in x)
    yield equal(problem.value(x), total)
    identity = np.eye(len(X))
    for i, (_, _, K) in enumerate(units):
        if K is not None:
            D = np.diag(problem.patterns[:, i % problem.patterns.shape[1]])
            yield equal((2 * D - identity) @ X, K)
            yield true(((2 * D - identity) @ X @ best[i] >= -1e-9).all())


@check_of("eq-onet-direction")
def direction(rng):
    problem, best = instance(rng)
    X, slope = problem.X, problem.outputs(best) - problem.y
    q = best_directions(problem, slope)
    for i, (s, DX, K) in enumerate(pieces(problem)):
        yield equal(q[i], project(K, -s * DX.T @ slope))
        u = rng.standard_normal(X.shape[1])
        u = u / norm(u)
        if K is None or (K @ u >= 0).all():
            yield increasing(s * (DX @ u) @ -slope, norm(q[i]))


@check_of("thm-onet-optimal")
def who_is_optimal(rng):
    problem, best = instance(rng)
    beta, slope = problem.beta, problem.outputs(best) - problem.y
    for v, (s, DX, K) in zip(best, pieces(problem), strict=True):
        q = project(K, -s * DX.T @ slope)
        yield increasing(norm(q), beta, rtol=1e-6)
        if norm(q) < beta * (1 - 1e-5):
            yield true(norm(v) == 0)
        else:
            alpha = norm(v) / norm(q)
            yield equal(v, alpha * q, rtol=1e-5, atol=1e-8)
    wrong = best * rng.uniform(0.5, 0.9)
    q = best_directions(problem, problem.outputs(wrong) - problem.y)
    yield true(np.linalg.norm(q, axis=1).max() > beta)


@check_of("thm-onet-polytope")
def polytope(rng):
    problem, best = instance(rng)
    beta, z = problem.beta, problem.outputs(best)
    everything = optimal_set(problem, best)
    slope = fit_slope(z, problem.y, False)
    points = corners(everything)
    alpha = rng.dirichlet(np.ones(len(points))) @ points
    signs, q = unit_signs(problem)[everything.units], everything.directions
    D = problem.patterns[:, everything.units % problem.patterns.shape[1]]
    yield true(alpha.min() >= 0)
    total = sum(
        a * s * d * (problem.X @ v) for a, s, d, v in zip(alpha, signs, D.T, q, strict=True)
    )
    yield equal(total, z, rtol=1e-6)
    x = everything.point(alpha)
    yield true(violation(problem, x) <= 1e-7)
    yield equal(beta * sum(norm(v) for v in x), -slope @ z, rtol=1e-6)
    yield equal(problem.value(x), problem.value(best), rtol=1e-8)


@check_of("eq-onet-bound")
def bound(rng):
    problem, best = instance(rng)
    beta, least = problem.beta, float(problem.value(best))

    def below(g):
        largest = max(norm(project(K, -s * DX.T @ g)) for s, DX, K in pieces(problem))
        theta = min(1.0, beta / largest)
        return -fit_conjugate(theta * g, problem.y, False)

    for g in (problem.outputs(best) - problem.y, rng.standard_normal(5)):
        yield increasing(below(g), least, rtol=1e-8)
        yield equal(below(g), lower_bound(problem, g))
    yield equal(below(problem.outputs(best) - problem.y), least, rtol=1e-7)


@check_of("eq-onet-prune")
def prune(rng):
    A = np.maximum(rng.standard_normal((4, 7)), 0.0) + 0.01
    x = rng.uniform(0.2, 2.0, 7)
    problem = oe.problems.UnitSizes(A, A @ x, 0.1)
    state = oe.OptimalPruning().init(problem, x)
    c, spare = dependence(A * x, 1e-9)
    new = oe.OptimalPruning().step(problem, state).x
    yield equal(A @ (c * x), np.zeros(4), atol=1e-10)
    yield true(spare == 3)
    m = np.argmax(np.abs(c))
    factors = 1 - c / c[m]
    yield equal(new, factors * x)
    yield true(factors.min() >= 0 and new[m] == 0)
    yield equal(A @ new, A @ x)


@check_of("thm-onet-count")
def count(rng):
    problem, best = instance(rng)
    everything = optimal_set(problem, best)
    crowd = everything.point(corners(everything).mean(axis=0))
    last = prune_all(problem, crowd, 1e-6)[-1]
    left = unit_outputs(problem, last)[:, last.any(axis=1)]
    rank = np.linalg.matrix_rank(without_cones(problem).jacobian(crowd))
    yield true(left.shape[1] <= rank <= len(problem.y))
    yield true(np.linalg.matrix_rank(left, tol=1e-6) == left.shape[1])
    yield equal(problem.value(last), problem.value(best), rtol=1e-8)


@check_of("eq-onet-largest")
def largest(rng):
    problem, _ = instance(rng)
    slope = -problem.y
    top = max(norm(project(K, -s * DX.T @ slope)) for s, DX, K in pieces(problem))
    yield equal(top, largest_beta(problem))
    yield true(not solve(problem._replace(beta=1.001 * top)).x.any())
    yield true(solve(problem._replace(beta=0.99 * top)).x.any())


@check_of("eq-onet-danskin")
def danskin(rng):
    problem, best = instance(rng)
    found, z, y = sensitivity(problem, best), problem.outputs(best), problem.y
    yield equal(found.value_by_beta, sum(norm(v) for v in best))
    yield equal(found.value_by_y, y - z)
    h, e = 1e-5, rng.standard_normal(5)

    def least(moved):
        return float(moved.value(solve(moved, best).x))

    ends = [least(problem._replace(beta=problem.beta + s * h)) for s in (+1, -1)]
    yield equal((ends[0] - ends[1]) / (2 * h), sum(norm(v) for v in best), rtol=1e-4, atol=1e-6)
    ends = [least(problem._replace(y=y + s * h * e)) for s in (+1, -1)]
    yield equal((ends[0] - ends[1]) / (2 * h), (y - z) @ e, rtol=1e-4, atol=1e-6)


@check_of("eq-onet-fit")
def fit(rng):
    problem, best = instance(rng)
    found, piece = sensitivity(problem, best), smooth_piece(problem, best)
    H, M, g = piece.hessian(problem, piece.w), piece.columns, piece.normals(piece.w)
    inverse = np.linalg.pinv(H, rcond=1e-10, hermitian=True)
    yield equal(problem.outputs(best), M @ piece.w, rtol=1e-8)
    yield equal(found.fit_by_y, M @ inverse @ M.T, rtol=1e-7)
    yield equal(found.fit_by_beta, -M @ inverse @ g, rtol=1e-7)
    # moving beta and y by these amounts leaves the gradient at 0 to first order
    h, e = 1e-5, rng.standard_normal(5)
    w = piece.w + h * inverse @ (M.T @ e - g)
    moved = problem._replace(beta=problem.beta + h, y=problem.y + h * e)
    scale = max(1.0, 1 / min(norm(v) for v in piece.parts(piece.w)) ** 2)
    yield true(norm(piece.gradient(moved, w)) <= 1e-7 * scale)


@check_of("thm-onet-firm")
def firm(rng):
    problem, best = instance(rng)
    other = problem._replace(y=problem.y + rng.standard_normal(5))
    z, y = problem.outputs(best), problem.y
    far = other.outputs(solve(other).x)
    yield increasing(norm(z - far) ** 2, (z - far) @ (y - other.y), rtol=1e-6, atol=1e-7)


@check_of("eq-onet-nonconvex")
def nonconvex(rng):
    problem, best = solved(2 * int(rng.integers(12)) + 1)
    network = network_of(best)
    other = Network(rng.standard_normal((3, 2)), rng.standard_normal(3))

    def objective(net):
        z = sum(
            np.maximum(problem.X @ u, 0) * a for u, a in zip(net.hidden, net.output, strict=True)
        )
        decay = sum(norm(u) ** 2 + a**2 for u, a in zip(net.hidden, net.output, strict=True))
        return 1 / 2 * norm(z - problem.y) ** 2 + problem.beta / 2 * decay

    for net in (network, other):
        yield equal(objective(net), net.objective(problem))
    yield equal(objective(network), problem.value(best))
    yield increasing(problem.value(best), objective(other))
