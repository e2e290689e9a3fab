"""The contract of a problem's derivatives: gradient, Hessian, and those of its outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.testing.comparing import agree, slope
from optedu.testing.report import NotApplicable


def gradient_is_the_slope_of_value(s: Any) -> None:
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


def value_and_gradient_is_both(s: Any) -> None:
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


def subgradient_supports_value(s: Any) -> None:
    """Require that a subgradient's line lies below a convex value."""
    s.need("value", "gradient")
    if s.smooth or not s.convex:
        raise NotApplicable("the problem is smooth, or not convex")
    for x in s.points:
        for y in s.points:
            line = s.problem.value(x) + np.vdot(s.problem.gradient(x), y - x)
            slack = 1e-10 * (1 + abs(line))
            assert s.problem.value(y) >= line - slack, "f(y) < f(x) + <g, y - x>"


def hessian_is_the_slope_of_gradient(s: Any) -> None:
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


def hessian_product_is_the_slope_of_gradient(s: Any) -> None:
    """Require that hessian_product agrees with differences of gradient."""
    s.need("gradient", "hessian_product")
    for x in s.points:
        for u in s.directions():
            agree(s.problem.hessian_product(x, u), slope(s.problem.gradient, x, u),
                   "hessian_product(x, v) against differences of gradient")  # fmt: skip


def hessian_product_is_hessian_times_v(s: Any) -> None:
    """Require that the two oracles of the Hessian agree."""
    s.need("hessian", "hessian_product")
    for x in s.points:
        for u in s.directions():
            through = (s.problem.hessian(x) @ u.ravel()).reshape(u.shape)
            agree(s.problem.hessian_product(x, u), through,
                   "hessian_product(x, v) against hessian(x) @ v", 1e-9)  # fmt: skip


def residual_and_jacobian_make_the_gradient(s: Any) -> None:
    """Require that J' r, with the gradient of a ridge ``l2``, is the gradient."""
    s.need("residual", "jacobian", "gradient")
    for x in s.points:
        r, J = s.problem.residual(x), s.problem.jacobian(x)
        assert J.shape == (r.size, x.size), f"jacobian(x) has shape {J.shape}, residual {r.shape}"
        agree((J.T @ r).reshape(x.shape) + _ridge(s) * x, s.problem.gradient(x),
               "jacobian(x)' residual(x) against gradient", 1e-9)  # fmt: skip


def residual_moves_as_the_outputs_do(s: Any) -> None:
    """Require that residual changes by Q J u along u, where Q is known."""
    s.need("residual", "jacobian")
    for x in s.points:
        QJ = _output_hessian(s, x) @ s.problem.jacobian(x)
        for u in s.directions():
            agree(slope(s.problem.residual, x, u), QJ @ u.ravel(),
                   "differences of residual against Q jacobian(x)")  # fmt: skip


def gauss_newton_is_that_of_the_outputs(s: Any) -> None:
    """Require that gauss_newton is J'QJ, with the Hessian of a ridge ``l2``."""
    s.need("residual", "jacobian", "gauss_newton")
    for x in s.points:
        J = s.problem.jacobian(x)
        G = J.T @ _output_hessian(s, x) @ J + _ridge(s) * np.eye(x.size)
        agree(s.problem.gauss_newton(x), G, "gauss_newton(x) against J'QJ", 1e-9)


def fisher_is_an_information(s: Any) -> None:
    """Require that fisher is symmetric, and not less than the Hessian of a ridge ``l2``."""
    s.need("fisher")
    for x in s.points:
        F = s.problem.fisher(x)
        assert F.shape == (x.size, x.size), f"fisher(x) has shape {F.shape}"
        agree(F, F.T, "fisher(x) against its transpose", 1e-12)
        _require_semidefinite(F - _ridge(s) * np.eye(x.size), "fisher(x) without the ridge")


def kronecker_factors_are_second_moments(s: Any) -> None:
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


def _ridge(s: Any) -> float:
    """Return the weight of the regularizer l2 ||x||^2 / 2."""
    return float(getattr(s.problem, "l2", 0.0))


def _output_hessian(s: Any, x: np.ndarray) -> np.ndarray:
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


def _smooth_part(s: Any) -> Any:
    """Return the value of the part that ``gradient`` belongs to."""
    smooth = getattr(s.problem, "smooth", None)
    if smooth is not None and hasattr(smooth, "value"):
        return smooth.value
    if "prox" in s.oracles:
        raise NotApplicable("the value holds the part with the prox too")
    return s.problem.value


DERIVATIVE_CHECKS = (
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
)
