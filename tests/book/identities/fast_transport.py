"""What the chapter on fast transport displays."""

from __future__ import annotations

import numpy as np
import ot

import optedu as oe
from optedu.fast_transport.mirror_sinkhorn import mirror_sinkhorn_step, rounded_gap
from optedu.fast_transport.sparse_plan import entries_from, solve_bordered
from optedu.problems.class_transport import weighted_differences
from tests.book.identities.statements import check_of, equal, increasing, true


def masses(rng, n):
    a = rng.uniform(0.5, 1.5, n)
    return a / a.sum()


def instance(rng, n=5, m=4):
    """Return a dual problem, its data, and potentials."""
    C, a, b, t = rng.normal(size=(n, m)), masses(rng, n), masses(rng, m), rng.uniform(0.2, 1.0)
    problem = oe.problems.EntropicTransport(C, a, b, t)
    return problem, C, a, b, t, rng.normal(size=n), rng.normal(size=m)


def matrix(P, S):
    return np.block([[np.diag(P.sum(1)), S], [S.T, np.diag(P.sum(0))]])


@check_of("eq-fast-dual")
def dual(rng):
    problem, C, a, b, t, f, g = instance(rng)
    x = np.concatenate((f, g))
    P = problem.plan(x)
    yield equal(P, np.exp((f[:, None] + g - C) / t))
    yield equal(problem.value(x), t * P.sum() - a @ f - b @ g)
    yield equal(problem.gradient(x), np.concatenate((P.sum(1) - a, P.sum(0) - b)))


@check_of("eq-fast-newton")
def newton(rng):
    problem, _, _, _, t, f, g = instance(rng)
    x = np.concatenate((f, g))
    P = problem.plan(x)
    slope, D = problem.gradient(x), np.concatenate((P.sum(1), P.sum(0)))
    S = np.where(np.median(P) > P, 0.0, P)
    d = -t * solve_bordered(D, entries_from(S, 1e-300), slope, 1e-14, 100)
    yield equal(matrix(P, S) @ d, -t * slope, rtol=1e-7, atol=1e-10)
    yield equal(problem.hessian(x), matrix(P, P) / t)
    yield true(slope @ d < 0)


@check_of("eq-fast-schur")
def schur(rng):
    problem, _, _, _, _, f, g = instance(rng)
    P = problem.plan(np.concatenate((f, g)))
    S = np.where(np.median(P) > P, 0.0, P)
    p, q, r, s = P.sum(1), P.sum(0), rng.normal(size=5), rng.normal(size=4)
    d = np.linalg.solve(matrix(P, S), np.concatenate((r, s)))
    u, v = d[:5], d[5:]
    yield equal((np.diag(q) - S.T @ np.diag(1 / p) @ S) @ v, s - S.T @ (r / p), rtol=1e-7)
    yield equal(u, (r - S @ v) / p, rtol=1e-7)


@check_of("thm-fast-squares")
def sums_of_squares(rng):
    P = rng.uniform(0.1, 1.0, (5, 4))
    S = np.where(np.median(P) > P, 0.0, P)
    u, v = rng.normal(size=5), rng.normal(size=4)
    d, lost = np.concatenate((u, v)), np.where(S == 0, P, 0.0)
    form = d @ matrix(P, S) @ d
    squares = sum(S[i, j] * (u[i] + v[j]) ** 2 for i in range(5) for j in range(4))
    yield equal(form, squares + lost.sum(1) @ u**2 + lost.sum(0) @ v**2)
    error = np.linalg.norm(matrix(P, P) - matrix(P, S), 2)
    yield increasing(error, max(lost.sum(1).max(), lost.sum(0).max()))


@check_of("proof of thm-fast-squares")
def proof_of_squares(rng):
    P = rng.uniform(0.1, 1.0, (5, 4))
    u, v = rng.normal(size=5), rng.normal(size=4)
    whole = P.sum(1) @ u**2 + P.sum(0) @ v**2 + 2 * u @ P @ v
    yield equal(whole, sum(P[i, j] * (u[i] + v[j]) ** 2 for i in range(5) for j in range(4)))


@check_of("eq-fast-safe")
def safe(rng):
    problem, C, a, b, _, _, _ = instance(rng, 6, 6)
    problem = oe.problems.EntropicTransport(C, a, b, 0.3)
    method = oe.SafeSparseNewton(cg_steps=200).resolve(problem)
    state = method.init(problem, problem.start)
    for _ in range(3):
        new = method.step(problem, state)
        mu = new.mu
        yield true(mu in (4 * state.mu, max(state.mu / 2, 0.001), state.mu))
        yield increasing(new.f, state.f, atol=1e-13)
        state = new


@check_of("eq-fast-mirror")
def mirror(rng):
    _, C, a, b, _, _, _ = instance(rng)
    problem = oe.problems.TransportPolytope(oe.problems.LinearCost(C, 0.5), a, b)
    method = oe.MirrorSinkhorn(rng.uniform(0.1, 1.0)).resolve(problem)
    state = method.init(problem, problem.start)
    for k in range(4):
        P, G = state.P, problem.gradient(state.P)
        eta = method.step_size / np.sqrt(k + 1)

        def Q(P=P, G=G, eta=eta):
            return P * np.exp(-eta * G)

        state = mirror_sinkhorn_step(problem, state, G, method.step_size, 0.5, method.marginals)
        if k % 2 == 0:
            yield equal(state.P, Q() * (b / Q().sum(0)))
        else:
            yield equal(state.P, Q() * (a / Q().sum(1))[:, None])


@check_of("eq-fast-gap")
def gap(rng):
    _, C, a, b, _, _, _ = instance(rng)
    problem = oe.problems.TransportPolytope(oe.problems.LinearCost(C), a, b)
    method = oe.MirrorSinkhorn().resolve(problem)
    state = method.init(problem, problem.start)
    for _ in range(int(rng.integers(2, 30))):
        state = method.step(problem, state)
    x, G, start = state.x, problem.gradient(state.x), state.u / state.total

    def g():
        return np.array([min(G[i, j] - start[i] for i in range(5)) for j in range(4)])

    def f():
        return np.array([min(G[i, j] - g()[j] for j in range(4)) for i in range(5)])

    bound = np.sum(G * x) - a @ f() - b @ g()
    yield equal(bound, rounded_gap(problem, state, method.marginals))
    above = problem.value(x) - ot.emd2(a, b, C)
    yield increasing(0.0, above, bound)


@check_of("eq-fast-sparse")
def sparse(rng):
    _, C, a, b, _, _, _ = instance(rng)
    gamma, k = rng.uniform(0.2, 2.0), int(rng.integers(1, 6))
    problem = oe.problems.SparseTransport(C, a, b, gamma, k)
    alpha = rng.normal(size=5)
    T = problem.transport(alpha)

    def h(j, t):
        return (alpha - C[:, j]) @ t - gamma / 2 * t @ t

    yield equal(problem.value(alpha), sum(h(j, T[:, j]) for j in range(4)) - a @ alpha)
    yield equal(problem.gradient(alpha), T.sum(1) - a)


@check_of("eq-fast-class")
def classes(rng):
    _, C, a, b, _, _, _ = instance(rng)
    R, S = (np.abs(M + M.T) for M in (rng.normal(size=(5, 5)), rng.normal(size=(4, 4))))
    lam, P = rng.uniform(0.1, 1.0), rng.uniform(size=(5, 4))
    problem = oe.problems.ClassTransport(
        C, a, b, weighted_differences(R), weighted_differences(S), lam
    )
    rows = sum(R[k, i] * np.linalg.norm(P[k] - P[i]) for k in range(5) for i in range(k))
    columns = sum(S[k, i] * np.linalg.norm(P[:, k] - P[:, i]) for k in range(4) for i in range(k))
    yield equal(problem.value(P), np.sum(C * P) + lam * (rows + columns))
