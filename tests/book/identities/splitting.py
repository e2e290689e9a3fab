"""What the chapter on splitting displays."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.problems.graphs import project_dot_graph
from tests.book.identities.instances import norm, square, states
from tests.book.identities.statements import check_of, equal, increasing, true
from tests.splitting.examples import agents, lasso_by_map, lines, three_terms, two_terms


@check_of("eq-consensus")
def consensus(rng):
    f = agents(int(rng.integers(1000)))
    rho = float(10 ** rng.uniform(-1, 1))
    old, new = list(states(oe.ConsensusADMM(rho), f, rng.standard_normal(3), 2))[1:]
    total = 0.0
    for i in range(4):
        local = f.component_prox(i, old.x - old.Y[i] / rho, 1 / rho)
        yield equal(new.local[i], local)
        total = total + local + old.Y[i] / rho
        yield equal(new.Y[i], old.Y[i] + rho * (local - new.x))
    yield equal(new.x, total / 4)


@check_of("eq-douglas-rachford")
def douglas_rachford(rng):
    f = two_terms(int(rng.integers(1000)))
    h = float(rng.uniform(0.2, 2.0))
    for old, new in zip(*two(oe.DouglasRachford(h), f, rng), strict=True):
        x = f.first.prox(old.z, h)
        yield equal(old.x, x)
        yield equal(new.z, old.z + f.second.prox(2 * x - old.z, h) - x)


def two(method, f, rng):
    path = list(states(method, f, rng.standard_normal(5), 4))
    return path[:-1], path[1:]


@check_of("thm-two-lines")
def two_lines(rng):
    theta = float(rng.uniform(0.2, 1.4))
    f, meeting = lines(theta, tuple(rng.standard_normal(2)), float(rng.uniform(0, 3)))
    x0 = meeting + rng.standard_normal(2)
    c = np.cos(theta)
    first = f.component_project(0, x0)
    path = list(states(oe.AlternatingProjections(), f, x0, 6))
    walk = list(states(oe.DouglasRachford(), f, x0, 6))
    for k in range(1, 7):
        yield equal(norm(path[k].x - meeting), c ** (2 * k - 1) * norm(first - meeting))
        yield equal(norm(walk[k].z - meeting), c**k * norm(x0 - meeting))


@check_of("eq-davis-yin")
def davis_yin(rng):
    p = three_terms(int(rng.integers(1000)))
    h = float(rng.uniform(0.2, 1.0)) / p.smooth.smoothness
    for old, new in zip(*two(oe.DavisYin(h), p, rng), strict=True):
        x, z = p.first.prox(old.z, h), old.z
        yield equal(old.x, x)
        yield equal(new.z, z + p.second.prox(2 * x - z - h * p.smooth.gradient(x), h) - x)


@check_of("eq-primal-dual")
def primal_dual(rng):
    p = lasso_by_map(int(rng.integers(1000)))
    tau, sigma = rng.uniform(0.05, 0.2, 2)
    for old, new in zip(*two(oe.ChambollePock(tau, sigma), p, rng), strict=True):
        yield equal(new.x, p.prox(old.x - tau * p.K.T @ old.y, tau))
        w = old.y + sigma * p.K @ (2 * new.x - old.x)
        b = p.outer.target
        yield equal(new.y, (old.y + sigma * p.K @ (2 * new.x - old.x) - sigma * b) / (1 + sigma))
        yield equal(new.y, p.dual_prox(w, sigma))


@check_of("eq-ergodic")
def ergodic(rng):
    p = lasso_by_map(int(rng.integers(1000)))
    K, b, f = p.K, p.outer.target, p.regularizer.value
    sigma = float(rng.uniform(0.3, 3.0)) / p.linear_norm
    tau = 1 / (sigma * p.linear_norm**2)
    x0 = rng.standard_normal(5)

    def lagrangian(x, y):
        return f(x) + (K @ x) @ y - square(y) / 2 - b @ y

    x, y = rng.standard_normal(5), rng.standard_normal(8)
    best = K @ x - b
    total = f(x) + square(best) / 2
    yield increasing(lagrangian(x, y), total)
    yield equal(lagrangian(x, best), total)
    for k, state in enumerate(states(oe.ChambollePock(tau, sigma), p, x0, 12)):
        if k:
            X, Y, away = state.x_mean, state.y_mean, x - x0
            room = (norm(away) ** 2 / tau + norm(y) ** 2 / sigma - 2 * (K @ away) @ y) / (2 * k)
            yield increasing(lagrangian(X, y) - lagrangian(x, Y), room)
            yield equal(2 * k * room, square(away) / tau + square(y) / sigma - 2 * y @ (K @ away))


@check_of("eq-farkas")
def farkas(rng):
    """Rows a and -a of a matrix with contradicting bounds, rotated; w is found by the method."""
    a, b = rng.standard_normal((2, 3))
    A = np.vstack([a, b, -a - b])
    low, high = np.full(3, -1e20), -rng.uniform(0.1, 1.0, 3)
    p = oe.problems.BoxProgram(np.eye(3), rng.standard_normal(3), A, low, high)
    trace = oe.run(oe.QuadraticADMM(), p, np.zeros(3), max_iter=3000, execution="python")
    yield true(trace.status is oe.Status.INFEASIBLE)
    w = trace.state.dy / norm(trace.state.dy)
    support = np.where(w > 0, high, low) @ np.where(np.abs(w) > 1e-12, w, 0)
    yield true(norm(A.T @ w) < 1e-5)
    yield increasing(1e6 * norm(A.T @ w), -support)
    for x in rng.standard_normal((5, 3)):
        c = np.minimum(A @ x, high)
        yield increasing(w @ c, support)


@check_of("eq-dot-graph")
def dot_graph(rng):
    w, v = rng.standard_normal((2, 4))
    b, u = 2 * rng.standard_normal(2)
    w_new, v_new, b_new, u_new = project_dot_graph(w, v, b, u)
    m, s, q = b - b_new, w + v, w - v
    yield equal(square(s) / (4 * (1 + m) ** 2) - square(q) / (4 * (1 - m) ** 2), u - b + 2 * m)
    yield equal(w_new + v_new, s / (1 + m), rtol=1e-8)
    yield equal(w_new - v_new, q / (1 - m), rtol=1e-7, atol=1e-9)
    yield equal(u_new, u + m)
    yield equal(w_new @ v_new + b_new, u_new)
