"""What the chapter on duality displays."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.duality.cuts import proximal_point_of_model
from optedu.duality.exact_merit import merit
from tests.book.identities.instances import square, states
from tests.book.identities.statements import check_of, equal, increasing, true
from tests.duality.examples import all_binary, dual_value, program


def instance(rng, inequalities=4):
    """Return a quadratic program and its solution by the augmented Lagrangian."""
    problem = program(int(rng.integers(1000)), inequalities=inequalities)
    trace = oe.run(oe.AugmentedLagrangian(), problem, tol=1e-9, max_iter=60, execution="python")
    return problem, trace.x, trace.state.y


def equality_instance(rng):
    """Return a program with equalities only, S, and the solution by elimination."""
    problem = program(int(rng.integers(1000)), inequalities=0)
    P, q, A, b = problem[:4]
    S = np.linalg.inv(A @ np.linalg.solve(P, A.T))
    y_star = -S @ (b + A @ np.linalg.solve(P, q))
    return problem, S, y_star


@check_of("eq-kkt")
def kkt(rng):
    f, x, y = instance(rng)
    p, J, c = f.equalities, f.constraint_jacobian(x), f.constraint(x)
    yield equal(J.T @ y, -f.gradient(x), atol=1e-7)
    yield equal(f.A[:p] @ x, f.b[:p], atol=1e-7)
    for i in range(p, c.size):
        yield true(y[i] >= 0 and c[i] <= 1e-7)
        yield true(abs(y[i] * c[i]) <= 1e-6)


@check_of("eq-penalty")
def penalty(rng):
    f, S, y_star = equality_instance(rng)
    rho, identity = float(10 ** rng.uniform(-1, 2)), np.eye(2)
    x = list(states(oe.QuadraticPenalty(weight=rho, equalities=2), f, f.start, 1))[1].x
    yield equal(np.linalg.inv(rho * identity + S) @ y_star, f.constraint(x), atol=1e-7)


@check_of("eq-augmented")
def augmented(rng):
    f, _, _ = equality_instance(rng)
    rho = float(10 ** rng.uniform(-1, 1))
    method = oe.AugmentedLagrangian(weight=rho, growth=1.0, equalities=2, affine=True)
    old, new = list(states(method, f, f.start, 3))[2:]
    y, c = old.y, f.constraint(new.x)
    yield equal(y + rho * c, new.y, atol=1e-8)

    def total(x):
        return f.value(x) + y @ f.constraint(x) + rho / 2 * square(f.constraint(x))

    lowest = np.linalg.solve(f.P + rho * f.A.T @ f.A, f.A.T @ (rho * f.b - y) - f.q)
    yield equal(total(new.x), total(lowest))
    for other in new.x + rng.standard_normal((10, 6)):
        yield true(total(new.x) <= total(other))


@check_of("thm-multipliers")
def multipliers(rng):
    f, S, y_star = equality_instance(rng)
    rho, identity = float(10 ** rng.uniform(-1, 1)), np.eye(2)
    method = oe.AugmentedLagrangian(weight=rho, growth=1.0, equalities=2, affine=True)
    old, new = list(states(method, f, f.start, 2))[1:]
    error, y = new.y - y_star, old.y
    shrink = S @ np.linalg.inv(rho * identity + S)
    yield equal(S @ np.linalg.inv(rho * identity + S) @ (y - y_star), error, atol=1e-7)
    yield equal(np.linalg.eigvalsh(shrink), np.linalg.eigvalsh(S) / (np.linalg.eigvalsh(S) + rho))


@check_of("eq-weak")
def weak(rng):
    f, x_star, y_star = instance(rng)
    p = f.equalities
    for _ in range(10):
        y = y_star + rng.standard_normal(y_star.size)
        y[p:] = np.abs(y[p:])
        q, value = dual_value(f, y), f.value(x_star)
        yield true(q <= value)
    lifted = 10 + f.value(x_star)
    yield equal(dual_value(f, y_star) + 10, lifted, atol=1e-6)


@check_of("eq-price")
def price(rng):
    f, _, y_star = equality_instance(rng)

    def v(r):
        moved = f._replace(b=f.b + r)
        A, S = f.A, np.linalg.inv(f.A @ np.linalg.solve(f.P, f.A.T))
        y = -S @ (moved.b + A @ np.linalg.solve(f.P, f.q))
        x = np.linalg.solve(f.P, -(f.q + A.T @ y))
        return f.value(x)

    for i, u in enumerate(np.eye(2)):
        ahead, behind = v(1e-3 * u), v(-1e-3 * u)
        yield equal((ahead - behind) / 2e-3, -y_star[i], rtol=1e-6, atol=1e-7)


@check_of("eq-bundle")
def bundle(rng):
    G, e, x, t = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3), 0.7
    points = rng.normal(size=(6, 3))
    heights = np.sum(G * points, axis=1) + e

    def model(u):
        return (heights + np.sum(G * (u - points), axis=1)).max() + 1 / (2 * t) * square(u - x)

    y, lowest, _ = proximal_point_of_model(G, e, x, t, False)
    yield equal(lowest + 1 / (2 * t) * square(y - x), model(y))
    for other in y + rng.standard_normal((20, 3)) * 10 ** rng.uniform(-3, 1, (20, 1)):
        yield increasing(model(y), model(other))


@check_of("eq-knapsack-dual")
def knapsack_dual(rng):
    n, m = 6, 2
    c, A, b, y = (
        -rng.uniform(1, 9, n),
        rng.uniform(1, 9, (m, n)),
        rng.uniform(9, 20, m),
        rng.random(m),
    )
    f, total = oe.problems.BinaryDual(c, A, b), 0.0
    for j in range(n):
        total = total + min(0.0, c[j] + (A.T @ y)[j])
    subsets = all_binary(n)
    lowest = (subsets @ c + (subsets @ A.T - b) @ y).min()
    yield equal(-(b @ y) + total, lowest)
    yield equal((subsets @ c + (subsets @ A.T - b) @ y).min(), -f.value(y))
    yield equal(sum(min(0.0, c[j] + (A.T @ y)[j]) for j in range(n)), total)


@check_of("eq-newton-kkt")
def newton_kkt(rng):
    f = oe.problems.HS40()
    x, y = f.solution + 0.01 * rng.normal(size=4), f.multipliers + 0.01 * rng.normal(size=3)
    J, H, c = f.constraint_jacobian(x), f.lagrangian_hessian(x, y), f.constraint(x)
    K = np.block([[H, J.T], [J, np.zeros((3, 3))]])
    z = np.linalg.solve(K, np.concatenate((-f.gradient(x) - J.T @ y, -c)))
    yield equal(K @ z, -np.concatenate((f.gradient(x) + J.T @ y, c)))
    method = oe.AdaSketchNewton(exact=True)
    state = method.init(f, x, rng)._replace(y=y)
    new = method.step(f, state, rng)
    yield equal(new.x, x + new.alpha * z[:4])


@check_of("eq-exact-merit")
def exact_merit(rng):
    f = oe.problems.HS40()
    x, y, (e1, e2) = rng.normal(size=4), rng.normal(size=3), rng.uniform(0.1, 3.0, 2)
    J, c = f.constraint_jacobian(x), f.constraint(x)
    M = f.value(x) + y @ c + e1 / 2 * square(c) + e2 / 2 * square(f.gradient(x) + J.T @ y)
    yield equal(
        f.value(x) + y @ c + e1 / 2 * square(c) + e2 / 2 * square(f.gradient(x) + J.T @ y),
        merit(f, x, y, e1, e2),
    )
    yield equal(M, merit(f, x, y, e1, e2))


@check_of("eq-resilient")
def resilient(rng):
    n = 5
    f = oe.problems.LeastSquares(rng.normal(size=(n, 2)), rng.normal(size=n))
    eps, eta, eta_d = rng.uniform(0.05, 0.2, 3)
    method = oe.FeasibleLearning(float(eps), float(eta), float(eta_d), components=n)
    old, new = list(states(method, f, rng.normal(size=2), 4))[3:]
    x, y = old.x, old.y
    total = sum(y[i] * f.component_gradient(i, x) for i in range(n))
    yield equal(x - eta * total, new.x)
    losses = np.array([f.component_value(i, new.x) for i in range(n)])
    yield equal(np.maximum(y + eta_d * (losses - eps - y), 0.0), new.y)
