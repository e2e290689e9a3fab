"""The contract of a problem: its oracles and constants tell the truth about one function."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.forms import FORMS
from optedu.oracles import oracles_of
from optedu.testing.comparing import agree, slope
from optedu.testing.derivatives import DERIVATIVE_CHECKS
from optedu.testing.parts import PART_CHECKS
from optedu.testing.report import NotApplicable, Report, examine
from optedu.testing.sets import SET_CHECKS

POINTS = 6
ITERATIONS = 60


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
    *DERIVATIVE_CHECKS,
    *SET_CHECKS,
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


def _arrays(answer: Any) -> list[np.ndarray]:
    """Return what an oracle answers as a list of arrays."""
    return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]


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
