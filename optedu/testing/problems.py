"""The contract of a problem: its oracles and constants tell the truth about one function."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.forms import FORMS
from optedu.oracles import oracles_of
from optedu.testing.comparing import agree, slope
from optedu.testing.parts import PART_CHECKS
from optedu.testing.report import NotApplicable, Report, examine

POINTS = 6
ITERATIONS = 60
TIMES = (0.3, 1.0, 2.5)


class _Subject:
    """A problem with points to look at it."""

    def __init__(self, problem: Any, seed: int, around: Any, radius: float) -> None:
        self.problem, self.oracles = problem, oracles_of(problem)
        self.rng = np.random.default_rng(seed)
        if around is None:
            around = getattr(problem, "start", None)
        if around is None:
            shape = getattr(problem, "shape", None)
            if shape is None:
                raise ValueError("the problem has neither a start nor a shape: pass around=")
            around = self.rng.normal(0.5, 1.0, shape)
        self.center = np.array(around, dtype=np.float64)
        self.points = [self.center + radius * self.rng.normal(size=self.center.shape)
                       for _ in range(POINTS)]  # fmt: skip
        self.convex = getattr(problem, "convex", True)
        self.smooth = "gradient" in self.oracles and getattr(problem, "differentiable", True)

    def need(self, *names: str) -> None:
        """Leave the check when an oracle is missing."""
        for name in names:
            if name not in self.oracles:
                raise NotApplicable(f"the problem has no {name}")

    def directions(self, count: int = 4) -> list[np.ndarray]:
        """Return random unit directions."""
        drawn = [self.rng.normal(size=self.center.shape) for _ in range(count)]
        return [u / np.linalg.norm(u) for u in drawn]

    def pairs(self):
        """Yield pairs of different points."""
        for a in range(POINTS):
            yield self.points[a], self.points[(a + 1) % POINTS]

    def feasible(self) -> list[np.ndarray]:
        """Return points of the feasible set; all points where there is no constraint."""
        p = self.problem
        if "project" in self.oracles:
            return [p.project(x) for x in self.points]
        if "linear_minimizer" in self.oracles:
            return [p.linear_minimizer(u) for u in self.directions(POINTS)]
        return self.points

    def curved_pairs(self, flattest: bool):
        """Yield pairs of near points along the most, or least, curved direction found."""
        gradient, h = self.problem.gradient, 1e-4 * (1 + np.abs(self.center).max())
        shift = 0.0
        if flattest:
            shift = max((np.linalg.norm(gradient(y) - gradient(x)) / np.linalg.norm(y - x)
                         for x, y in self.curved_pairs(False)), default=0.0)  # fmt: skip
        for x, u in zip(self.points, self.directions(POINTS), strict=True):
            for _ in range(ITERATIONS):
                change = (gradient(x + h * u) - gradient(x)) / h
                change = shift * u - change if flattest else change
                size = np.linalg.norm(change)
                if not size > 0:
                    break
                u = change / size
            yield x, x + h * u

    def constant(self, name: str) -> Any:
        """Return a constant, or leave the check."""
        value = getattr(self.problem, name, None)
        if value is None:
            raise NotApplicable(f"problem.{name} is unknown")
        return value


def check_problem(
    problem: Any,
    seed: int = 0,
    *,
    around: Any = None,
    radius: float = 1.0,
    compiled: bool = False,
    raises: bool = True,
) -> Report:
    """Check that a problem's oracles and constants agree with one another.

    Parameters
    ----------
    problem : problem
    seed : int
        Of the points at which to look.
    around : array_like, optional
        A point of the objective's domain; by default ``problem.start``, else drawn.
    radius : float
        The points are drawn at about this distance in each coordinate.
    compiled : bool
        Also compare each oracle with its compiled self (takes seconds).
    raises : bool
        Whether a failure is an exception.

    Returns
    -------
    Report

    Raises
    ------
    AssertionError
        With the name of each check that failed.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.testing.check_problem(problem).passed
    True
    """
    subject = _Subject(problem, seed, around, radius)
    checks = (*PROBLEM_CHECKS, compiled_agrees) if compiled else PROBLEM_CHECKS
    report = examine(f"check_problem {type(problem).__name__}", checks, subject)
    return report.require() if raises else report


def value_is_a_number(s):
    """Require that value(x) is one finite number."""
    s.need("value")
    for x in s.feasible():
        value = s.problem.value(x)
        assert np.ndim(value) == 0, f"value(x) has shape {np.shape(value)}"
        assert np.isfinite(value), f"value(x) = {value}"


def gradient_is_the_slope_of_value(s):
    """Require that gradient agrees with differences of value."""
    s.need("value", "gradient")
    if not s.smooth:
        raise NotApplicable("the gradient is a subgradient")
    f = _smooth_part(s)
    for x in s.points:
        g = s.problem.gradient(x)
        assert g.shape == x.shape, f"gradient(x) has shape {g.shape}, x has {x.shape}"
        for u in s.directions():
            agree(slope(f, x, u), np.vdot(g, u), "gradient(x) against differences of value")


def value_and_gradient_is_both(s):
    """Require that value_and_gradient returns the bits of value and of gradient."""
    if not hasattr(s.problem, "value_and_gradient"):
        raise NotApplicable("the problem answers them one by one")
    s.need("value", "gradient")
    for x in s.points:
        value, gradient = s.problem.value_and_gradient(x)
        assert value == s.problem.value(x), "value_and_gradient(x)[0] is not value(x)"
        assert np.array_equal(gradient, s.problem.gradient(x)), (
            "value_and_gradient(x)[1] is not gradient(x)"
        )


def subgradient_supports_value(s):
    """Require that a subgradient's line lies below a convex value."""
    s.need("value", "gradient")
    if s.smooth or not s.convex:
        raise NotApplicable("the problem is smooth, or not convex")
    for x in s.points:
        for y in s.points:
            line = s.problem.value(x) + np.vdot(s.problem.gradient(x), y - x)
            slack = 1e-10 * (1 + abs(line))
            assert s.problem.value(y) >= line - slack, "f(y) < f(x) + <g, y - x>"


def hessian_is_the_slope_of_gradient(s):
    """Require that hessian is symmetric, and agrees with differences of gradient."""
    s.need("gradient", "hessian")
    for x in s.points:
        H = s.problem.hessian(x)
        size = x.size
        assert H.shape == (size, size), f"hessian(x) has shape {H.shape}"
        agree(H, H.T, "hessian(x) against its transpose")
        for u in s.directions():
            agree((H @ u.ravel()).reshape(u.shape), slope(s.problem.gradient, x, u),
                   "hessian(x) against differences of gradient")  # fmt: skip


def hessian_product_is_the_slope_of_gradient(s):
    """Require that hessian_product agrees with differences of gradient."""
    s.need("gradient", "hessian_product")
    for x in s.points:
        for u in s.directions():
            agree(s.problem.hessian_product(x, u), slope(s.problem.gradient, x, u),
                   "hessian_product(x, v) against differences of gradient")  # fmt: skip


def hessian_product_is_hessian_times_v(s):
    """Require that the two oracles of the Hessian agree."""
    s.need("hessian", "hessian_product")
    for x in s.points:
        for u in s.directions():
            through = (s.problem.hessian(x) @ u.ravel()).reshape(u.shape)
            agree(s.problem.hessian_product(x, u), through,
                   "hessian_product(x, v) against hessian(x) @ v", 1e-9)  # fmt: skip


def residual_and_jacobian_make_the_gradient(s):
    """Require that J' r, with the gradient of a ridge ``l2``, is the gradient."""
    s.need("residual", "jacobian", "gradient")
    for x in s.points:
        r, J = s.problem.residual(x), s.problem.jacobian(x)
        assert J.shape == (r.size, x.size), f"jacobian(x) has shape {J.shape}, residual {r.shape}"
        agree((J.T @ r).reshape(x.shape) + _ridge(s) * x, s.problem.gradient(x),
               "jacobian(x)' residual(x) against gradient", 1e-9)  # fmt: skip


def residual_moves_as_the_outputs_do(s):
    """Require that residual changes by Q J u along u, where Q is known."""
    s.need("residual", "jacobian")
    for x in s.points:
        QJ = _output_hessian(s, x) @ s.problem.jacobian(x)
        for u in s.directions():
            agree(slope(s.problem.residual, x, u), QJ @ u.ravel(),
                   "differences of residual against Q jacobian(x)")  # fmt: skip


def gauss_newton_is_that_of_the_outputs(s):
    """Require that gauss_newton is J'QJ, with the Hessian of a ridge ``l2``."""
    s.need("residual", "jacobian", "gauss_newton")
    for x in s.points:
        J = s.problem.jacobian(x)
        G = J.T @ _output_hessian(s, x) @ J + _ridge(s) * np.eye(x.size)
        agree(s.problem.gauss_newton(x), G, "gauss_newton(x) against J'QJ", 1e-9)


def fisher_is_an_information(s):
    """Require that fisher is symmetric, and not less than the Hessian of a ridge ``l2``."""
    s.need("fisher")
    for x in s.points:
        F = s.problem.fisher(x)
        assert F.shape == (x.size, x.size), f"fisher(x) has shape {F.shape}"
        agree(F, F.T, "fisher(x) against its transpose", 1e-12)
        _require_semidefinite(F - _ridge(s) * np.eye(x.size), "fisher(x) without the ridge")


def kronecker_factors_are_second_moments(s):
    """Require an even number of semidefinite factors whose products cover all coordinates."""
    s.need("kronecker_factors")
    for x in s.points[:3]:
        factors = s.problem.kronecker_factors(x)
        pairs = zip(factors[::2], factors[1::2], strict=True)
        covered = sum(len(A) * len(G) for A, G in pairs)
        assert covered == x.size, f"the factors are for {covered} coordinates, x has {x.size}"
        for factor in factors:
            agree(factor, factor.T, "a Kronecker factor against its transpose", 1e-12)
            _require_semidefinite(factor, "a Kronecker factor")


def prox_minimizes(s):
    """Require that no sampled point beats the prox."""
    s.need("prox")
    g = _prox_part(s)
    if g is None:
        raise NotApplicable("the value of the part with the prox is not an oracle")
    for x in s.points:
        for t in TIMES:
            p = s.problem.prox(x, t)
            best = g(p) + np.sum((p - x) ** 2) / (2 * t)
            for radius in (1e-3, 1e-1, 1.0):
                for u in s.directions(8):
                    for y in (p + radius * u, s.problem.prox(x + radius * u, t)):
                        other = g(y) + np.sum((y - x) ** 2) / (2 * t)
                        assert best <= other + 1e-9 * (1 + abs(best)), (
                            f"prox(x, {t}) is beaten by {best - other:.2e}"
                        )


def prox_is_monotone(s):
    """Require that the prox steps are those of one convex function."""
    s.need("prox")
    if not s.convex:
        raise NotApplicable("the problem is not convex")
    for x, y in s.pairs():
        for t, r in zip(TIMES, TIMES[::-1], strict=True):
            p, q = s.problem.prox(x, t), s.problem.prox(y, r)
            product = np.vdot((x - p) / t - (y - q) / r, p - q)
            assert product >= -1e-9 * (1 + np.vdot(p - q, p - q)), (
                f"prox steps {t} and {r} are not those of one convex function ({product:.2e})"
            )


def project_is_the_nearest_point(s):
    """Require that project is idempotent, and no point of the set is nearer."""
    s.need("project")
    inside = [s.problem.project(x) for x in s.points]
    if "linear_minimizer" in s.oracles:
        inside += [s.problem.linear_minimizer(u) for u in s.directions()]
    for x in s.points:
        p = s.problem.project(x)
        agree(s.problem.project(p), p, "project(project(x)) against project(x)")
        for z in inside:
            slack = 1e-9 * (1 + np.linalg.norm(x))
            assert np.linalg.norm(x - p) <= np.linalg.norm(x - z) + slack, "a point is nearer"
            if s.convex:
                obtuse = np.vdot(x - p, z - p)
                assert obtuse <= slack * (1 + np.linalg.norm(z - p)), (
                    f"<x - p, z - p> = {obtuse:.2e} > 0 for a point z of the set"
                )


def linear_minimizer_minimizes(s):
    """Require that no sampled point of the set beats the linear minimizer."""
    s.need("linear_minimizer")
    inside = s.feasible() + [s.problem.linear_minimizer(u) for u in s.directions(20)]
    for g in s.directions(10):
        v = s.problem.linear_minimizer(g)
        assert v.shape == g.shape, f"linear_minimizer(g) has shape {v.shape}"
        if "project" in s.oracles:
            agree(s.problem.project(v), v, "linear_minimizer(g) against its projection", 1e-8)
        for z in inside:
            slack = 1e-9 * (1 + np.linalg.norm(z))
            assert np.vdot(g, v) <= np.vdot(g, z) + slack, "<g, linear_minimizer(g)> is beaten"


def operator_is_nonexpansive(s):
    """Require that the operator moves no two points apart."""
    s.need("operator")
    for x, y in s.pairs():
        moved = np.linalg.norm(s.problem.operator(x) - s.problem.operator(y))
        apart = np.linalg.norm(x - y)
        assert moved <= apart * (1 + 1e-10), f"||T x - T y|| = {moved} > ||x - y|| = {apart}"


def smoothness_holds(s):
    """Require that the gradient is L-Lipschitz on sampled pairs."""
    s.need("gradient")
    L = s.constant("smoothness")
    for x, y in (*s.pairs(), *s.curved_pairs(flattest=False)):
        change = np.linalg.norm(s.problem.gradient(x) - s.problem.gradient(y))
        allowed = L * np.linalg.norm(x - y)
        assert change <= allowed * (1 + 1e-8) + 1e-10, (
            f"||grad f(x) - grad f(y)|| = {change:.6g} > L ||x - y|| = {allowed:.6g}"
        )


def hessian_lipschitz_holds(s):
    """Require that the Hessian is Lipschitz on sampled pairs, far and near."""
    s.need("hessian")
    L = s.constant("hessian_lipschitz")
    near = [(x, x + 1e-3 * u) for x, u in zip(s.points, s.directions(POINTS), strict=True)]
    for x, y in (*s.pairs(), *near):
        change = np.linalg.norm(s.problem.hessian(x) - s.problem.hessian(y), 2)
        allowed = L * np.linalg.norm(x - y)
        noise = 1e-12 * (1 + np.linalg.norm(s.problem.hessian(x)))
        assert change <= allowed * (1 + 1e-8) + noise, (
            f"||H(x) - H(y)|| = {change:.6g} > L_2 ||x - y|| = {allowed:.6g}"
        )


def strong_convexity_holds(s):
    """Require that f - mu/2 ||x||^2 is convex on sampled pairs; mu = 0 says that f is convex."""
    mu = s.constant("strong_convexity")
    if not s.convex:
        raise NotApplicable("the problem is not convex")
    if "prox" in s.oracles or not s.smooth:
        s.need("value")
        f = s.problem.value
        for x, y in s.pairs():
            sag = 0.5 * f(x) + 0.5 * f(y) - f(0.5 * (x + y)) - mu / 8 * np.vdot(x - y, x - y)
            noise = 1e-10 * (1 + abs(f(x)) + abs(f(y)))
            assert sag >= -noise, f"the chord between two points sags by {sag:.2e}"
        return
    for x, y in (*s.pairs(), *(s.curved_pairs(flattest=True) if s.smooth else ())):
        product = np.vdot(s.problem.gradient(x) - s.problem.gradient(y), x - y)
        needed = mu * np.vdot(x - y, x - y)
        noise = 1e-14 * (1 + np.linalg.norm(s.problem.gradient(x))) * np.linalg.norm(x - y)
        assert product >= needed * (1 - 1e-8) - noise, (
            f"<grad f(x) - grad f(y), x - y> = {product:.6g} < mu ||x - y||^2 = {needed:.6g}"
        )


def minimum_is_the_least(s):
    """Require that no sampled point is below the minimum, and the minimizer attains it."""
    s.need("value")
    minimum = s.constant("minimum")
    slack = 1e-9 * (1 + abs(minimum))
    for x in s.feasible():
        assert s.problem.value(x) >= minimum - slack, f"f(x) = {s.problem.value(x)} < {minimum}"
    minimizer = getattr(s.problem, "minimizer", None)
    if minimizer is not None:
        agree(s.problem.value(np.asarray(minimizer)), minimum, "value(minimizer)", 1e-8)


def minimizer_is_stationary(s):
    """Require that the minimizer satisfies the first-order condition."""
    x = np.asarray(s.constant("minimizer"), dtype=np.float64)
    p, step = s.problem, 1e-3
    if hasattr(p, "barrier"):
        raise NotApplicable("the feasible set is known by its barrier only")
    if "operator" in s.oracles:
        agree(p.operator(x), x, "operator(minimizer)", 1e-7)
    elif s.smooth and "prox" in s.oracles:
        agree(p.prox(x - step * p.gradient(x), step), x, "the prox-gradient step", 1e-7)
    elif s.smooth and "project" in s.oracles:
        agree(p.project(x - step * p.gradient(x)), x, "the projected-gradient step", 1e-7)
    elif s.smooth and "linear_minimizer" in s.oracles:
        g = p.gradient(x)
        agree(np.vdot(g, x), np.vdot(g, p.linear_minimizer(g)), "the Frank-Wolfe gap", 1e-7)
    elif s.smooth:
        norm = np.linalg.norm(p.gradient(x))
        size = 1 + max(np.linalg.norm(p.gradient(y)) for y in s.points)
        assert norm <= 1e-7 * size, f"||grad f(minimizer)|| = {norm:.2e}"
    elif "prox" in s.oracles:
        agree(p.prox(x, step), x, "prox(minimizer)", 1e-7)
    else:
        s.need("value")
        best = p.value(x)
        for u in s.directions(40):
            y = x + 1e-2 * u
            y = p.project(y) if "project" in s.oracles else y
            assert p.value(y) >= best - 1e-10 * (1 + abs(best)), "a point nearby is better"


def components_make_the_whole(s):
    """Require that the terms sum, or average, to value and gradient."""
    s.need("component_gradient", "gradient")
    n = _terms(s)
    for x in s.points[:3]:
        total = sum(s.problem.component_gradient(i, x) for i in range(n))
        _one_of(total, total / n, s.problem.gradient(x), "gradient")
        if {"value", "component_value"} <= s.oracles:
            total = sum(s.problem.component_value(i, x) for i in range(n))
            _one_of(total, total / n, s.problem.value(x), "value")


def component_hessians_make_the_whole(s):
    """Require that each is the slope of its gradient, and all sum, or average, to hessian."""
    s.need("component_hessian")
    n = _terms(s)
    for x in s.points[:3]:
        hessians = [s.problem.component_hessian(i, x) for i in range(n)]
        if "hessian" in s.oracles:
            total = sum(hessians)
            _one_of(total, total / n, s.problem.hessian(x), "hessian")
        if "component_gradient" in s.oracles:
            for i, u in enumerate(s.directions(min(n, 4))):
                agree((hessians[i] @ u.ravel()).reshape(u.shape),
                       slope(lambda y, i=i: s.problem.component_gradient(i, y), x, u),
                       "component_hessian against differences of component_gradient")  # fmt: skip


def oracles_leave_their_arguments(s):
    """Require that no oracle writes to its arguments."""
    for name, arguments in _calls(s):
        before = [np.array(a, copy=True) for a in arguments]
        getattr(s.problem, name)(*arguments)
        for old, new in zip(before, arguments, strict=True):
            assert np.array_equal(old, new), f"{name} writes to its argument"


def oracles_repeat_themselves(s):
    """Require that the same question gets the same bits."""
    for name, arguments in _calls(s):
        first = [np.array(a, copy=True) for a in _arrays(getattr(s.problem, name)(*arguments))]
        again = _arrays(getattr(s.problem, name)(*arguments))
        for one, other in zip(first, again, strict=True):
            assert np.array_equal(one, other, equal_nan=True), f"{name} answers differently"


def shape_is_that_of_a_point(s):
    """Require that shape, start and minimizer fit together."""
    shape = s.constant("shape")
    assert tuple(shape) == s.center.shape, f"shape is {shape}, the start has {s.center.shape}"
    for name in ("minimizer", "start"):
        point = getattr(s.problem, name, None)
        assert point is None or np.shape(point) == tuple(shape), f"{name} has another shape"


def compiled_agrees(s):
    """Require that each oracle agrees with its compiled self."""
    from optedu.compiling import compiled_advance

    compiled_advance()
    from numba import njit

    for name, arguments in _calls(s):
        plain = _arrays(getattr(s.problem, name)(*arguments))
        compiled = _arrays(njit(_caller(name, len(arguments)))(s.problem, *arguments))
        for one, other in zip(compiled, plain, strict=True):
            agree(one, other, f"compiled {name}", 1e-10)


PROBLEM_CHECKS = (
    value_is_a_number,
    gradient_is_the_slope_of_value,
    value_and_gradient_is_both,
    subgradient_supports_value,
    hessian_is_the_slope_of_gradient,
    hessian_product_is_the_slope_of_gradient,
    hessian_product_is_hessian_times_v,
    residual_and_jacobian_make_the_gradient,
    residual_moves_as_the_outputs_do,
    gauss_newton_is_that_of_the_outputs,
    fisher_is_an_information,
    kronecker_factors_are_second_moments,
    prox_minimizes,
    prox_is_monotone,
    project_is_the_nearest_point,
    linear_minimizer_minimizes,
    operator_is_nonexpansive,
    smoothness_holds,
    hessian_lipschitz_holds,
    strong_convexity_holds,
    minimum_is_the_least,
    minimizer_is_stationary,
    components_make_the_whole,
    component_hessians_make_the_whole,
    *PART_CHECKS,
    oracles_leave_their_arguments,
    oracles_repeat_themselves,
    shape_is_that_of_a_point,
)


def _ridge(s: _Subject) -> float:
    """Return the weight of the regularizer l2 ||x||^2 / 2."""
    return float(getattr(s.problem, "l2", 0.0))


def _output_hessian(s: _Subject, x: np.ndarray) -> np.ndarray:
    """Return Q; the identity in least squares, where the oracle may be left out."""
    if "output_hessian" in s.oracles:
        return s.problem.output_hessian(x)
    s.need("value")
    r = s.problem.residual(x)
    if abs(s.problem.value(x) - 0.5 * (r @ r)) > 1e-9 * (1 + 0.5 * (r @ r)):
        raise NotApplicable("the problem has no output_hessian, and is not ||residual||^2 / 2")
    return np.eye(r.size)


def _require_semidefinite(matrix: np.ndarray, what: str) -> None:
    lowest, noise = float(np.linalg.eigvalsh(matrix)[0]), 1e-10 * (1 + np.abs(matrix).max())
    assert lowest >= -noise, f"{what} has the negative eigenvalue {lowest:.2e}"


def _arrays(answer: Any) -> list[np.ndarray]:
    """Return what an oracle answers as a list of arrays."""
    return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]


def _smooth_part(s: _Subject) -> Any:
    """Return the value of the part that ``gradient`` belongs to."""
    smooth = getattr(s.problem, "smooth", None)
    if smooth is not None and hasattr(smooth, "value"):
        return smooth.value
    if "prox" in s.oracles:
        raise NotApplicable("the value holds the part with the prox too")
    return s.problem.value


def _prox_part(s: _Subject) -> Any:
    """Return the value of the part that ``prox`` belongs to, or None."""
    for name in ("regularizer", "nonsmooth", "penalty"):
        part = getattr(s.problem, name, None)
        if part is not None and hasattr(part, "value"):
            return part.value
    return s.problem.value if "value" in s.oracles and not s.smooth else None


def _terms(s: _Subject) -> int:
    for name in ("components", "n_components", "terms", "n_terms", "size", "n"):
        count = getattr(s.problem, name, None)
        if count is not None and not callable(count):
            return int(count)
    raise NotApplicable("the problem does not say how many terms it has")


def _one_of(total: Any, mean: Any, whole: Any, what: str) -> None:
    total, mean, whole = (np.asarray(a, dtype=np.float64) for a in (total, mean, whole))
    near = [np.abs(part - whole).max() <= 1e-9 * (1 + np.abs(whole).max())
            for part in (total, mean)]  # fmt: skip
    assert any(near), f"the terms neither sum nor average to {what}"


def _calls(s: _Subject):
    """Yield each oracle with arguments for it."""
    x, v = s.feasible()[0], s.directions(1)[0]
    y = np.ones(1)
    for name in {"linear_map", "constraint"} & s.oracles:
        y = s.rng.normal(size=getattr(s.problem, name)(x).shape)
    values = {"i": 0, "x": x, "v": v, "t": 0.7, "y": y}
    for name in sorted(s.oracles):
        form = FORMS.get(name, ("x", ""))[0].split(", ")
        anywhere = name in ("prox", "project", "component_prox", "component_project")
        point = v if name == "linear_minimizer" else s.points[0] if anywhere else x
        yield name, tuple(point if letter == "x" else values[letter] for letter in form)


def _caller(name: str, count: int) -> Any:
    letters = ", ".join("abc"[:count])
    namespace: dict[str, Any] = {}
    exec(f"def call(problem, {letters}):\n    return problem.{name}({letters})\n", namespace)
    return namespace["call"]
