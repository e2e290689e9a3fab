"""What the chapter on gradient descent displays."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad

import optedu as oe
from optedu.gradient.backtracking_gradient_descent import BacktrackingGradientDescentState
from optedu.gradient.gradient_descent import GradientDescentState
from optedu.gradient.polyak_gradient_descent import PolyakGradientDescentState
from tests.book.identities.instances import (
    after,
    at_distance,
    huber,
    norm,
    smooth_convex,
    square,
)
from tests.book.identities.statements import check_of, equal, increasing, true


def dome(problem):
    """Return -f: as smooth as f, and not convex."""
    return oe.Problem.from_functions(
        lambda x: -problem.value(x),
        gradient=lambda x: -problem.gradient(x),
        smoothness=problem.smoothness,
    )


@check_of("eq-lipschitz")
def lipschitz_gradient(rng):
    for f in smooth_convex(rng):
        x, y = 2 * rng.standard_normal((2, 3))
        for p in (f, dome(f)):
            L = f.smoothness
            yield increasing(norm(p.gradient(x) - p.gradient(y)), L * norm(x - y))


@check_of("lem-descent")
def descent_lemma(rng):
    bowl, *others = smooth_convex(rng)
    x, y = rng.standard_normal((2, 3))

    def bound(f):
        L = f.smoothness
        return f.value(x) + f.gradient(x) @ (y - x) + L / 2 * square(y - x)

    yield equal(bowl.value(y), bound(bowl))
    for f in [*others, *map(dome, others)]:
        yield increasing(f.value(y), bound(f))


@check_of("proof of lem-descent")
def slope_along_the_line(rng):
    _, f, g, _ = smooth_convex(rng)
    x, y = rng.standard_normal((2, 3))
    for p in (f, g, dome(f)):

        def integrand(t, p=p):
            return (p.gradient(x + t * (y - x)) - p.gradient(x)) @ (y - x)

        integral = quad(integrand, 0, 1, epsabs=1e-11, epsrel=1e-11)[0]
        yield equal(p.value(y) - p.value(x) - p.gradient(x) @ (y - x), integral, atol=1e-9)
        t = rng.uniform()
        yield increasing(integrand(t), t * p.smoothness * square(y - x))


@check_of("eq-gd")
def gradient_descent(rng):
    for f in smooth_convex(rng):
        x, h = rng.standard_normal(3), float(rng.uniform(0.01, 1.0))
        new = oe.GradientDescent(h).step(f, GradientDescentState(x)).x
        yield equal(new, x - h * f.gradient(x))


@check_of("thm-gd")
def drori_teboulle(rng):
    R, k = float(rng.uniform(0.5, 3.0)), int(rng.integers(1, 30))
    for i, f in enumerate([None, *smooth_convex(rng)]):
        L = float(rng.uniform(0.5, 5.0)) if f is None else f.smoothness
        h = float(rng.uniform(0.2, 1.0)) / L
        worst = f or huber(rng, 2, L, R / (2 * k * h * L + 1))
        x0 = at_distance(rng, worst.minimizer, R)
        x = after(oe.GradientDescent(h), worst, x0, k)
        compare = increasing if i else equal  # the worst function attains the bound
        yield compare(worst.value(x) - worst.minimum, L * R**2 / (4 * k * h * L + 2))


@check_of("eq-armijo")
def armijo(rng):
    """The accepted step satisfies the condition, and the trial before it did not."""
    for f in smooth_convex(rng):
        x, c = 2 * rng.standard_normal(3), float(rng.uniform(0.1, 0.9))
        g = f.gradient(x)

        def enough(h, f=f, x=x, c=c, g=g):
            return f.value(x - h * g) <= f.value(x) - c * h * square(g)

        first = 64.0 / f.smoothness
        method = oe.BacktrackingGradientDescent(decrease=c, growth=1.0)
        new = method.step(f, BacktrackingGradientDescentState(x, f.value(x), first))
        h = new.step_size
        yield equal(new.x, x - h * g)
        yield true(enough(h) and (h == first or not enough(2 * h)))


@check_of("eq-polyak")
def polyak(rng):
    for f in smooth_convex(rng):
        x = rng.standard_normal(3)
        new = oe.PolyakGradientDescent(f.minimum).step(f, PolyakGradientDescentState(x)).x
        h = (x - new) @ f.gradient(x) / square(f.gradient(x))
        yield equal(h, (f.value(x) - f.minimum) / square(f.gradient(x)))
        yield equal(new, x - h * f.gradient(x))


def with_a_prox(rng):
    P = oe.problems
    weight = float(rng.uniform(0.2, 2.0))
    return [
        P.L1(weight),
        P.L2(weight),
        P.SquaredL2(weight),
        P.LInfinity(weight),
        P.ElasticNet(weight, 0.7),
        P.Indicator(P.L2Ball(rng.standard_normal(4), weight)),
        P.Indicator(P.Simplex(weight)),
    ]


@check_of("eq-prox")
def prox(rng):
    """The minimizer of a 1/t-strongly convex function: no competitor comes near it."""
    for g in with_a_prox(rng):
        v, t = 2 * rng.standard_normal(4), float(rng.uniform(0.1, 3.0))

        def objective(u, g=g, v=v, t=t):
            return g.value(u) + 1 / (2 * t) * square(u - v)

        best = g.prox(v, t)
        for spread in (1e-3, 0.1, 1.0, 10.0):
            u = best + spread * rng.standard_normal(4)
            lowest = objective(best) + square(u - best) / (2 * t)
            yield increasing(lowest, objective(u))
        if not isinstance(g, oe.problems.Indicator):
            yield true(np.isfinite(objective(np.zeros(4))))
