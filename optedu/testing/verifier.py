"""Judge a finished run by formulas of its own.

Nothing here is shared with the methods, nor with the code that judged the run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.running.trace import Trace
from optedu.statuses import Status
from optedu.testing.report import NotApplicable, Report, examine

PERTURBATIONS = 100
RADII = (1e-3, 1e-2, 1e-1)


class _Claim:
    """A trace beside the problem it is about."""

    def __init__(self, problem: Any, trace: Trace, seed: int) -> None:
        self.problem, self.trace = problem, trace
        self.x = np.asarray(trace.x, dtype=np.float64)
        self.rng = np.random.default_rng(seed)
        self.scale = 1.0 + float(np.linalg.norm(self.x))

    def has(self, *names: str) -> bool:
        """Whether the problem has all these oracles."""
        return all(getattr(self.problem, name, None) is not None for name in names)

    @property
    def differentiable(self) -> bool:
        """Whether ``gradient`` is a gradient."""
        return self.has("gradient") and getattr(self.problem, "differentiable", True)


def verify(problem: Any, trace: Trace, *, seed: int = 0, raises: bool = True) -> Report:
    """Check that what a trace says about its result is true.

    Parameters
    ----------
    problem : problem
        The problem that was to be solved.
    trace : Trace
        The run to judge.
    seed : int
        Of the random perturbations.
    raises : bool
        Whether a lie is an exception.

    Returns
    -------
    Report

    Raises
    ------
    AssertionError
        If the result is not finite, the stated value or certificate is not that of the result,
        the status does not follow from them, or a point nearby is better than a converged
        result can allow.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.GradientDescent(), problem, [2.0, -1.0])
    >>> oe.testing.verify(problem, trace).passed
    True
    """
    report = examine(f"verify {trace.label}", VERIFICATIONS, _Claim(problem, trace, seed))
    return report.require() if raises else report


def result_is_finite(claim):
    """Require that x is finite, of the right shape, and the last iterate."""
    x = claim.trace.x
    assert np.isfinite(x).all(), "x is not finite"
    assert np.array_equal(claim.x, claim.trace.state.x), "x is not the last iterate"
    shape = getattr(claim.problem, "shape", None)
    assert shape is None or x.shape == tuple(shape), f"x has shape {x.shape}, expected {shape}"


def value_is_that_of_the_result(claim):
    """Require that the stated value is f(x), and not below the minimum."""
    if not claim.has("value"):
        raise NotApplicable("the problem has no value")
    value, stated = float(claim.problem.value(claim.x)), float(claim.trace.values[-1])
    assert abs(value - stated) <= 1e-10 * (1 + abs(value)), f"f(x) = {value}, stated {stated}"
    minimum = getattr(claim.problem, "minimum", None)
    if minimum is not None and _is_feasible(claim):
        slack = 1e-8 * (1 + abs(minimum))
        assert value >= minimum - slack, f"f(x) = {value} is below the minimum {minimum}"


def gradient_is_the_slope(claim):
    """Require that the gradient at x agrees with differences of value."""
    if not (claim.differentiable and claim.has("value")):
        raise NotApplicable("no value with a gradient")
    if claim.has("prox") or claim.has("component_prox"):
        raise NotApplicable("the value may hold a part that has no gradient")
    f, x, g = claim.problem.value, claim.x, claim.problem.gradient(claim.x)
    h = 1e-4 * claim.scale
    for _ in range(5):
        u = claim.rng.normal(size=x.shape)
        u /= np.linalg.norm(u)
        values = [f(x + s * h * u) for s in (-2, -1, 1, 2)]
        if not np.isfinite(values).all():
            continue
        slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
        error = abs(slope - float(np.sum(g * u)))
        noise = 1e-14 * max(abs(v) for v in values) / h
        assert error <= 1e-5 * (1 + np.linalg.norm(g)) + noise, (
            f"the gradient's slope is off by {error:.2e}"
        )


def certificate_is_that_of_the_result(claim):
    """Require that the stated certificate is that of x."""
    value = certificate_of(claim.trace, claim.problem)
    if value is None:
        raise NotApplicable(f"no formula of ours for {claim.trace.certificate.name!r}")
    stated = claim.trace.certificate.value
    assert abs(value - stated) <= 1e-8 * (1 + abs(value)), (
        f"{claim.trace.certificate.name} is {value}, stated {stated}"
    )


def status_follows(claim):
    """Require that the status follows from the certificate and the tolerance."""
    trace, status = claim.trace, claim.trace.status
    assert trace.success == (status is Status.CONVERGED), f"success with status {status.value}"
    certificate, tol = trace.certificate.value, trace.certificate.tolerance
    if status is Status.CONVERGED:
        assert certificate <= tol, f"converged with {certificate} above the tolerance {tol}"
        value = certificate_of(trace, claim.problem)
        assert value is None or value <= tol + 1e-10 * claim.scale, (
            f"converged with {trace.certificate.name} {value} above the tolerance {tol}"
        )
    if status is Status.MAX_ITER:
        assert not certificate <= tol, f"{certificate} is below {tol}, yet not converged"
    if status is Status.DIVERGED:
        assert trace.values[-1] > trace.values[0], "diverged, but the value went down"


def nothing_nearby_is_better(claim):
    """Require that no point nearby is better than a converged result allows."""
    if claim.trace.status is not Status.CONVERGED:
        raise NotApplicable(f"the run is {claim.trace.status.value}, it promises nothing")
    if claim.has("operator") and not claim.has("value"):
        raise NotApplicable("a fixed point has no value to compare")
    if not claim.has("value"):
        raise NotApplicable("the problem has no value")
    promise = _promise(claim)
    base, f = promise.base, claim.problem.value
    best = float(f(base))
    for y in _nearby(claim, base):
        value = float(f(y))
        r = float(np.linalg.norm(y - base))
        allowed = promise.constant + promise.slope * r + 0.5 * promise.curvature * r * r
        noise = 1e-11 * (1 + abs(best))
        assert not value < best - allowed - noise, (
            f"at distance {r:.1e} the value is lower by {best - value:.3e}, "
            f"a converged result allows {allowed:.3e}"
        )


VERIFICATIONS = (
    result_is_finite,
    value_is_that_of_the_result,
    gradient_is_the_slope,
    certificate_is_that_of_the_result,
    status_follows,
    nothing_nearby_is_better,
)


def certificate_of(trace: Trace, problem: Any = None) -> float | None:
    """Return a trace's certificate, computed again; None where there is no formula for it."""
    problem = trace.problem if problem is None else problem
    x = trace.state.x
    with np.errstate(all="ignore"):
        return _RECOMPUTE.get(trace.certificate.name, lambda p, x: None)(problem, x)


def _norm(v: Any) -> float:
    return float(np.linalg.norm(np.ravel(v)))


def _gap(problem: Any, x: Any) -> float | None:
    minimum = getattr(problem, "minimum", None)
    return None if minimum is None else float(problem.value(x) - minimum)


def _wolfe(problem: Any, x: Any) -> float:
    g = problem.gradient(x)
    return float(np.vdot(g, x) - np.vdot(g, problem.linear_minimizer(g)))


_RECOMPUTE = {
    "gradient norm": lambda p, x: _norm(p.gradient(x)),
    "prox-gradient residual": lambda p, x: _norm(p.prox(x - p.gradient(x), 1.0) - x),
    "prox residual": lambda p, x: _norm(p.prox(x, 1.0) - x),
    "projected-gradient residual": lambda p, x: _norm(p.project(x - p.gradient(x)) - x),
    "Frank-Wolfe gap": _wolfe,
    "fixed-point residual": lambda p, x: _norm(p.operator(x) - x),
    "gap to the known minimum": _gap,
}


class _Promise:
    """f(y) >= f(base) - constant - slope r - curvature r^2 / 2, with r = ||y - base||."""

    def __init__(self, base, constant=0.0, slope=0.0, curvature=0.0) -> None:
        self.base, self.constant, self.slope = base, constant, slope
        self.curvature = curvature


def _promise(claim: _Claim) -> _Promise:
    """Return what a certificate within its tolerance proves, for this kind of problem."""
    p, x, name = claim.problem, claim.x, claim.trace.certificate.name
    value = claim.trace.certificate.value
    convex = getattr(p, "strong_convexity", None) is not None and getattr(p, "convex", True)
    bend = 0.0 if convex else _curvature(claim)
    if name == "gradient norm":
        return _Promise(x, slope=_norm(p.gradient(x)), curvature=bend)
    if name == "prox-gradient residual":
        base = p.prox(x - p.gradient(x), 1.0)
        left = x - base - p.gradient(x) + p.gradient(base)  # a subgradient of f + g at base
        return _Promise(base, slope=_norm(left), curvature=bend)
    if name == "prox residual":
        base = p.prox(x, 1.0)
        return _Promise(base, slope=_norm(x - base))
    if name == "projected-gradient residual":
        base = p.project(x - p.gradient(x))
        left = x - base - p.gradient(x) + p.gradient(base)
        return _Promise(base, slope=_norm(left), curvature=bend)
    if name == "Frank-Wolfe gap":
        return _Promise(x, constant=value, curvature=bend)
    if name == "gap to the known minimum":
        return _Promise(x, constant=max(value, 0.0))
    raise NotApplicable(f"no statement of ours follows from {name!r}")


def _curvature(claim: _Claim) -> float:
    """Return L where it is known, else twice the largest slope of the gradient seen nearby."""
    known = getattr(claim.problem, "smoothness", None)
    if known is not None:
        return float(known)
    if not claim.differentiable:
        return 0.0
    g, largest = claim.problem.gradient(claim.x), 0.0
    for y in _nearby(claim, claim.x, count=20):
        change = claim.problem.gradient(y) - g
        largest = max(largest, _norm(change) / max(_norm(y - claim.x), 1e-300))
    return 2.0 * largest


def _nearby(claim: _Claim, base: np.ndarray, count: int = PERTURBATIONS):
    """Yield feasible points around `base`: in random directions, and in the steepest one."""
    p = claim.problem
    directions = [claim.rng.normal(size=base.shape) for _ in range(count)]
    if claim.has("gradient"):
        directions.append(-p.gradient(base))
    for number, u in enumerate(directions):
        size = _norm(u)
        if size == 0.0:
            continue
        radii = RADII if number >= count else (RADII[number % len(RADII)],)
        for radius in radii:
            if claim.has("linear_minimizer") and not claim.has("project"):
                yield base + radius * (p.linear_minimizer(-u) - base)
                continue
            y = base + radius * claim.scale * u / size
            yield p.project(y) if claim.has("project") else y


def _is_feasible(claim: _Claim) -> bool:
    if not claim.has("project"):
        return True
    return _norm(claim.problem.project(claim.x) - claim.x) <= 1e-9 * claim.scale
