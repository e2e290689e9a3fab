"""What the chapter on networks as convex programs displays."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np

import optedu as oe
from optedu.convex_networks.certification import Attacked, low_rank_bound, relaxation
from optedu.convex_networks.cone_decomposition import cone_decomposition
from optedu.convex_networks.networks import Network, network_of, point_of
from optedu.convex_networks.pieces import inner_inverse, outer_spectrum, woodbury_solve
from optedu.convex_networks.random_features import random_features
from optedu.problems.activation_patterns import all_patterns, count_patterns
from optedu.problems.convex_relu import dual_bound
from optedu.problems.vector_gated_relu import units_of
from tests.book.identities.instances import norm, square
from tests.book.identities.statements import check_of, equal, increasing, true
from tests.convex_networks.test_convex_network_admm import matrices


def program(rng, n=6, logistic=False):
    """Return a program with all patterns, and one gate for each."""
    X = np.column_stack((rng.standard_normal(n), np.ones(n)))
    y = rng.choice([-1.0, 1.0], n) if logistic else 2 * rng.standard_normal(n)
    found = all_patterns(X)
    beta = float(rng.uniform(0.1, 1.0))
    return oe.problems.ConvexReLU(X, y, found.active, beta, logistic), found.gates


def inside(rng, problem, gates):
    """Return a random point of the cones."""
    length = rng.exponential(1.0, (problem.shape[0], 1)) * (rng.random((problem.shape[0], 1)) < 0.7)
    return length * np.concatenate((gates, gates))


def layers(rng, units=4, d=2):
    return rng.standard_normal((units, d)), rng.standard_normal(units)


@check_of("eq-network")
def network(rng):
    problem, _ = program(rng)
    X, y, beta = problem.X, problem.y, problem.beta
    u, a = layers(rng)
    fit = sum(np.maximum(X @ u[j], 0) * a[j] for j in range(4))
    decay = sum(square(u[j]) + a[j] ** 2 for j in range(4))
    yield equal(Network(u, a).objective(problem), 1 / 2 * square(fit - y) + beta / 2 * decay)


@check_of("eq-balance")
def balance(rng):
    u, a = rng.standard_normal(3), float(rng.standard_normal())
    yield increasing(norm(u) * abs(a), 1 / 2 * (square(u) + a**2))
    u = u / norm(u) * abs(a)
    yield equal(1 / 2 * (square(u) + a**2), norm(u) * abs(a))


@check_of("eq-cone")
def cone(rng):
    problem, gates = program(rng)
    X, i = problem.X, int(rng.integers(len(gates)))
    D, identity = np.diag(problem.patterns[:, i]), np.eye(len(X))
    in_it, beside = gates[i], gates[(i + 1) % len(gates)]
    for v in (in_it, beside):
        left = bool(np.allclose(np.maximum(X @ v, 0), D @ X @ v, atol=1e-12))
        lowest = ((2 * D - identity) @ X @ v).min()
        inside_it = bool(lowest >= -1e-13)
        yield true(left == inside_it)


@check_of("eq-patterns")
def patterns(rng):
    n, d = int(rng.integers(2, 8)), int(rng.integers(1, 4))
    last = d - 1
    others = n - 1
    yield equal(count_patterns(n, d), 2 * sum(comb(others, k) for k in range(last + 1)))
    found = all_patterns(np.column_stack((rng.standard_normal((n, d)), np.ones(n)))).active
    yield equal(found.shape[1], count_patterns(n, d + 1) - 1)


@check_of("eq-convex-network")
def convex_network(rng):
    problem, gates = program(rng)
    X, y, beta, m = problem.X, problem.y, problem.beta, len(gates)
    x = inside(rng, problem, gates)
    v, w = x[:m], x[m:]
    D = [np.diag(column) for column in problem.patterns.T]
    fit = sum(D[i] @ X @ (v[i] - w[i]) for i in range(m))
    penalty = sum(norm(v[i]) + norm(w[i]) for i in range(m))
    yield equal(problem.value(x), 1 / 2 * square(fit - y) + beta * penalty)
    signs = [2 * D[i] - np.eye(len(X)) for i in range(m)]
    held = np.array([signs[i % m] @ X @ x[i] for i in range(2 * m)])
    yield equal(problem.linear_map(x), held.T.ravel())
    yield true((problem.linear_map(x) >= -1e-12).all())


@check_of("thm-convex-network")
def equivalence(rng):
    problem, gates = program(rng)
    x = inside(rng, problem, gates)
    found, m = network_of(x), len(gates)
    yield equal(found.objective(problem), problem.value(x))
    used = np.flatnonzero(np.linalg.norm(x, axis=1))
    for j, i in enumerate(used):
        yield equal(found.hidden[j], x[i] / np.sqrt(norm(x[i])))
        if i < m:
            yield equal(found.output[j], np.sqrt(norm(x[i])))
        else:
            yield equal(found.output[j], -np.sqrt(norm(x[i])))
    other = Network(*layers(rng))
    point = point_of(other, problem)
    yield true((problem.linear_map(point) >= -1e-12).all())
    yield equal(problem.outputs(point), other.outputs(problem.X))
    yield increasing(problem.value(point), other.objective(problem))


@check_of("eq-network-dual")
def network_dual(rng):
    problem, gates = program(rng)
    X, y, beta, m, n = problem.X, problem.y, problem.beta, len(gates), len(problem.X)
    r = rng.standard_normal(n)
    Y = -rng.exponential(1.0, (n, 2 * m))
    D = [np.diag(column) for column in problem.patterns.T]
    signs = [2 * D[i] - np.eye(n) for i in range(m)]
    first = [norm(X.T @ D[i] @ r + X.T @ signs[i] @ Y[:, i]) for i in range(m)]
    last = [norm(-X.T @ D[i] @ r + X.T @ signs[i] @ Y[:, m + i]) for i in range(m)]
    scale = min(1.0, beta / max(first + last))
    r = scale * r
    bound = -1 / 2 * square(r) - r @ y
    yield equal(dual_bound(problem, r / scale, Y.ravel()), bound)
    for _ in range(5):
        yield increasing(bound, problem.value(inside(rng, problem, gates)))
    point = np.zeros(problem.shape)
    for _ in range(30):  # a good feasible point, by descent along the gates
        ray = np.concatenate((gates, gates))
        slope = np.sum(ray * problem.gradient(point), axis=1) + beta * np.linalg.norm(ray, axis=1)
        i = int(np.argmin(slope))
        if slope[i] < 0:
            z = problem.outputs(point + (np.arange(2 * m) == i)[:, None] * ray)
            z = z - problem.outputs(point)
            point[i] = point[i] - slope[i] / max(square(z), 1e-12) * ray[i]
    yield increasing(bound, problem.value(point))


@check_of("eq-admm-split")
def admm_split(rng):
    problem, gates = program(rng)
    F, G = matrices(problem)
    y, beta = problem.y, problem.beta
    v = inside(rng, problem, gates)
    u = v.ravel()
    s = G @ u
    penalty = sum(norm(row) for row in v)
    yield equal(problem.value(v), 1 / 2 * square(F @ u - y) + beta * penalty)
    yield true((s >= -1e-12).all())


@check_of("eq-network-admm")
def network_admm(rng):
    problem, _ = program(rng, 5)
    F, G = matrices(problem)
    y, beta = problem.y, problem.beta
    rho, ratio = float(10 ** rng.uniform(-1, 1)), float(rng.uniform(0.2, 1.6))
    gamma = ratio * rho
    method = oe.ConvexNetworkADMM(rho, ratio, 1.0, 0, 1.0).resolve(problem)
    state = method.init(problem, 0.3 * rng.standard_normal(problem.shape))
    state = method.step(problem, state)
    new = method.step(problem, state)
    v, s, lam, nu = state.x.ravel(), state.s, state.lam.ravel(), state.nu
    system = np.eye(v.size) + 1 / rho * F.T @ F + G.T @ G
    right = 1 / rho * F.T @ y + v - lam + G.T @ (s - nu)
    u = np.linalg.solve(system, right)
    rows = (u + lam).reshape(problem.shape)
    for row, shortened in zip(rows, new.x, strict=True):
        yield equal(shortened, max(1 - beta / (rho * norm(row)), 0.0) * row, atol=1e-9)
    yield equal(new.s, np.maximum(G @ u + nu, 0.0), atol=1e-9)
    v_new, s_new = new.x.ravel(), new.s
    yield equal(new.lam.ravel(), lam + gamma / rho * (u - v_new), atol=1e-9)
    yield equal(new.nu, nu + gamma / rho * (G @ u - s_new), atol=1e-9)


@check_of("eq-network-woodbury")
def network_woodbury(rng):
    problem, _ = program(rng, 5)
    F, G = matrices(problem)
    rho = float(10 ** rng.uniform(-1, 1))
    B = np.eye(F.shape[1]) + G.T @ G
    inverse, identity = np.linalg.inv(B), np.eye(len(F))
    R = rng.standard_normal(problem.shape)
    middle = np.linalg.inv(rho * identity + F @ inverse @ F.T)
    solved = inverse - inverse @ F.T @ middle @ F @ inverse
    yield equal(np.linalg.inv(B + 1 / rho * F.T @ F), solved, rtol=1e-8)
    C = inner_inverse(problem.X)
    e, Q = outer_spectrum(problem.X, problem.patterns, C)
    found = woodbury_solve(problem.X, problem.patterns, C, e, Q, R, rho)
    yield equal(found.ravel(), solved @ R.ravel(), rtol=1e-8)


@check_of("eq-network-kernel")
def network_kernel(rng):
    problem, _ = program(rng, 5)
    F, G = matrices(problem)
    X, D = problem.X, problem.patterns
    M = F @ np.linalg.inv(np.eye(F.shape[1]) + G.T @ G) @ F.T
    C = np.linalg.inv(np.eye(X.shape[1]) + X.T @ X)
    yield equal(M, 2 * (D @ D.T) * (X @ C @ X.T))
    e, Q = outer_spectrum(X, D, C)
    yield equal((Q * e) @ Q.T, M)


@check_of("eq-gated")
def gated(rng):
    problem, gates = program(rng)
    X, y, beta = problem.X, problem.y, problem.beta
    u = rng.standard_normal(gates.shape)
    fit = sum(np.diag(problem.patterns[:, i]) @ X @ u[i] for i in range(len(u)))
    penalty = sum(norm(row) for row in u)
    value = 1 / 2 * square(fit - y) + beta * penalty
    yield equal(oe.problems.GatedReLU(*problem).value(u), value)


@check_of("eq-nuclear-units")
def nuclear_units(rng):
    w, v = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    U = sum(np.outer(w[j], v[j]) for j in range(5))
    a, s, b = np.linalg.svd(U, full_matrices=False)
    nuclear = s.sum()
    yield increasing(nuclear, 1 / 2 * sum(square(w[j]) + square(v[j]) for j in range(5)))
    w, v = np.sqrt(s) * a, np.sqrt(s)[:, None] * b
    yield equal(sum(np.outer(w[:, j], v[j]) for j in range(2)), U)
    yield equal(nuclear, 1 / 2 * sum(square(w[:, j]) + square(v[j]) for j in range(2)))


@check_of("eq-vector-gated")
def vector_gated(rng):
    problem, gates = program(rng)
    X, beta, P, C = problem.X, problem.beta, len(gates), 3
    Y = rng.standard_normal((len(X), C))
    D = [np.diag(column) for column in problem.patterns.T]
    U = rng.standard_normal((P, 2, C))
    R = sum(D[i] @ X @ U[i] for i in range(P)) - Y
    penalty = sum(np.linalg.norm(U[i], "nuc") for i in range(P))
    joint = oe.problems.VectorGatedReLU(X, Y, problem.patterns, beta)
    x = U.reshape(joint.shape)
    yield equal(joint.value(x), 1 / 2 * square(R) + beta * penalty)
    yield equal(units_of(joint, x).objective(joint), 1 / 2 * square(R) + beta * penalty)
    scale = min(1.0, beta / max(np.linalg.norm(X.T @ D[i] @ R, 2) for i in range(P)))
    bound = joint.value(x) - joint.duality_gap(x)
    R = scale * R
    yield equal(bound, -1 / 2 * square(R) - np.sum(R * Y))
    yield increasing(bound, joint.value(0.1 * x), atol=1e-9)


@check_of("eq-program-order")
def program_order(rng):
    problem, gates = program(rng)
    m = len(gates)
    x = inside(rng, problem, gates)
    gate = oe.problems.GatedReLU(*problem)
    yield increasing(gate.value(x[:m] - x[m:]), problem.value(x))
    unit = gates / np.linalg.norm(gates, axis=1)[:, None]
    weights = rng.standard_normal(m)
    A = random_features(problem.X, gates)
    lasso = oe.problems.L1LeastSquares.from_matrix(A, problem.y, problem.beta)
    rays = np.concatenate(
        (np.maximum(weights, 0)[:, None] * unit, np.maximum(-weights, 0)[:, None] * unit)
    )
    yield equal(lasso.value(weights), problem.value(rays))
    yield true((problem.linear_map(rays) >= -1e-12).all())


@check_of("eq-cone-decomposition")
def decomposition(rng):
    problem, gates = program(rng)
    X, m = problem.X, len(gates)
    u = rng.standard_normal(gates.shape)
    x = cone_decomposition(u, X, problem.patterns)
    i = int(rng.integers(m))
    v, w, D, identity = x[i], x[m + i], np.diag(problem.patterns[:, i]), np.eye(len(X))
    t = 1 / 2 * (v + w)
    yield equal(v, t + 1 / 2 * u[i], rtol=1e-8)
    yield equal(w, t - 1 / 2 * u[i], rtol=1e-8)
    yield equal(square(v) + square(w), 2 * square(t) + 1 / 2 * square(u[i]), rtol=1e-8)
    slack = (2 * D - identity) @ X @ t - 1 / 2 * np.abs(X @ u[i])
    yield increasing(0.0, slack.min() + 1e-9)
    yield true(slack.min() < 1e-7)


@check_of("eq-network-multipliers")
def network_multipliers(rng):
    problem, _ = program(rng, 5)
    _, G = matrices(problem)
    c, h = float(rng.uniform(0.1, 1.0)), 0.01
    method = oe.ConeAugmentedLagrangian(c, 1, h)
    x = rng.standard_normal(problem.shape)
    y = -rng.exponential(1.0, len(G))
    state = method.init(problem, x)._replace(y=y)
    new = method.step(problem, state)

    def smooth(x):
        fit = problem.value(x) - problem.beta * sum(norm(row) for row in x)
        return fit + 1 / (2 * c) * square(np.minimum(y + c * G @ x.ravel(), 0.0))

    slope = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        e = np.zeros(x.shape)
        e[index] = 1e-5
        slope[index] = (smooth(x + e) - smooth(x - e)) / 2e-5
    yield equal(new.x, problem.prox(x - h * slope, h), rtol=1e-6, atol=1e-7)
    x_new = new.x.ravel()
    yield equal(new.y, np.minimum(y + c * G @ x_new, 0.0))


def steady(rng, n=6, d=3, units=4):
    """Return data, weights, their patterns, and the radius at which the first of them changes."""
    X, V = rng.standard_normal((n, d)), rng.standard_normal((units, d))
    D = (X @ V.T > 0).astype(float)
    radius = np.min(np.abs(X @ V.T) / np.abs(V).sum(axis=1))
    return X, V, D, radius


def box_corners(radius, d=3):
    return radius * np.array(list(itertools.product((-1.0, 1.0), repeat=d)))


@check_of("eq-robust-cones")
def robust_cones(rng):
    X, V, D, radius = steady(rng)
    sizes = np.abs(V).sum(axis=1)
    tightest = np.min((2 * D - 1) * (X @ V.T) / sizes)
    yield equal(tightest, radius)
    for e in box_corners(radius):
        heights = (X + e) @ V.T
        yield increasing(0.0, np.min((2 * D - 1) * heights))
    beyond = [(2 * D - 1) * ((X + e) @ V.T) for e in box_corners(1.01 * radius)]
    yield true(np.min(beyond) < 0)


@check_of("eq-robust-hinge")
def robust_hinge(rng):
    a, s = rng.standard_normal((2, 3))
    y, radius = rng.choice([-1.0, 1.0]), rng.uniform(0.1, 0.5)

    def hinge(e):
        return max(0.0, 1 - y * ((a + e) @ s))

    worst = max(hinge(e) for e in box_corners(radius))
    yield equal(worst, max(0.0, 1 - y * (a @ s) + radius * np.abs(s).sum()))
    yield equal(hinge(-radius * y * np.sign(s)), worst)


@check_of("thm-robust-network")
def robust_network(rng):
    X, V, D, radius = steady(rng)
    signs, y = rng.choice([-1.0, 1.0], 4), rng.choice([-1.0, 1.0], 6)
    network = Network(V, signs)
    S = D @ (signs[:, None] * V)
    said = np.maximum(1 - y * np.sum(X * S, axis=1) + radius * np.abs(S).sum(axis=1), 0)

    def losses(E):
        return np.maximum(1 - y * network.outputs(X + E), 0)

    worst = np.max([losses(e) for e in box_corners(radius)], axis=0)
    yield equal(worst.sum(), said.sum())
    yield equal(losses(-radius * y[:, None] * np.sign(S)), said)
    inside = rng.uniform(-radius, radius, (6, 3))
    yield true((losses(inside) <= said + 1e-12).all())


def trimmed_layer(rng):
    """Return data, answers, weights that are allowed, and what they miss."""
    X, W = rng.standard_normal((8, 4)), rng.standard_normal((4, 3))
    share = rng.uniform(0.05, 0.2)
    Y = np.maximum(X @ W, 0.0)
    return X, Y, (1 - share) * W, share * norm(Y)


@check_of("eq-net-trim")
def net_trim(rng):
    X, Y, U, accuracy = trimmed_layer(rng)
    on = Y > 0
    problem = oe.problems.NetTrim(X, Y, accuracy)
    yield equal(norm((X @ U - Y)[on]), accuracy)
    yield true((X @ U)[~on].max(initial=-1.0) <= 0)
    yield equal(problem.value(U), np.abs(U).sum())
    yield true(problem.violation(U) <= 1e-12)
    yield true(problem.violation(2 * U) > 0.01)
    yield equal(norm(np.maximum(X @ U, 0) - Y), accuracy)


@check_of("eq-net-trim-logits")
def net_trim_logits(rng):
    X, Y, U, accuracy = trimmed_layer(rng)
    W_2 = rng.standard_normal((3, 2))
    moved = norm(np.maximum(X @ U, 0) @ W_2 - Y @ W_2)
    yield increasing(norm(np.maximum(X @ U, 0) @ W_2 - Y @ W_2), accuracy * np.linalg.norm(W_2, 2))
    yield true(moved > 0)


@check_of("eq-graph-projection")
def graph_projection(rng):
    K, Y = rng.standard_normal((5, 3)), np.abs(rng.standard_normal((5, 1)))
    graph = oe.problems.GraphForm.of(oe.problems.NetTrim(K, Y))
    a, b = rng.standard_normal(3), rng.standard_normal(5)
    pair = graph.component_prox(0, np.concatenate([a, b]), 1.0)
    yield equal(pair[:3], np.linalg.solve(np.eye(3) + K.T @ K, a + K.T @ b))
    yield equal(pair[3:], K @ pair[:3])


def attack(rng):
    """Return a network around a point, an attack, and the vector (1, t, x)."""
    A, b, c = rng.standard_normal((3, 2)), rng.standard_normal(3), rng.standard_normal(3)
    t = rng.uniform(-1, 1, 2)
    x = np.maximum(A @ t + b, 0)
    return Attacked(A, b, c), t, np.concatenate([[1.0], t, x])


@check_of("eq-relu-quadratic")
def relu_quadratic(rng):
    near, t, u = attack(rng)
    C, G = relaxation(near)
    s, x, M = near.A @ t + near.b, u[3:], np.outer(u, u)
    yield equal(x * (x - s), np.zeros(3))
    yield equal(np.einsum("kij,ij->k", G[:3], M), x * (x - s))
    yield increasing(0.0, np.min(x))
    yield increasing(0.0, np.min(x - s))
    yield equal(np.einsum("kij,ij->k", G[3:5], M), t**2 - 1)
    yield true((np.einsum("kij,ij->k", G[3:], M) <= 1e-12).all())
    yield equal(np.sum(C * M), near.value(t))


@check_of("eq-low-rank-bound")
def low_rank(rng):
    near, _, u = attack(rng)
    C, G = relaxation(near)
    y = rng.standard_normal(len(G))
    y[3:] = np.abs(y[3:])
    g, first = near.c @ u[3:] + rng.normal(), np.eye(6)[0]
    R = 3 + np.sum((np.abs(near.b) + np.abs(near.A).sum(axis=1)) ** 2)
    yield increasing(u @ u, R)
    S = C + np.tensordot(y, G, axes=1) - g * np.outer(first, first)
    least = np.linalg.eigvalsh(S)[0]
    yield increasing(g + R * min(least, 0.0), near.c @ u[3:])
    yield increasing(
        u @ (C + np.tensordot(y, G, axes=1) - g * np.outer(first, first)) @ u,
        near.c @ u[3:] - g,
    )
    found = low_rank_bound(near)
    yield equal(found.bound, min(found.bound, near.value(found.t)))
