"""The contract of proxes, projections, linear minimizers and fixed-point maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.testing.comparing import agree
from optedu.testing.report import NotApplicable

TIMES = (0.3, 1.0, 2.5)


def prox_minimizes(s: Any) -> None:
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


def prox_is_monotone(s: Any) -> None:
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


def project_is_the_nearest_point(s: Any) -> None:
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


def linear_minimizer_minimizes(s: Any) -> None:
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


def operator_is_nonexpansive(s: Any) -> None:
    """Require that the operator moves no two points apart."""
    s.need("operator")
    for x, y in s.pairs():
        moved = np.linalg.norm(s.problem.operator(x) - s.problem.operator(y))
        apart = np.linalg.norm(x - y)
        assert moved <= apart * (1 + 1e-10), f"||T x - T y|| = {moved} > ||x - y|| = {apart}"


def _prox_part(s: Any) -> Any:
    """Return the value of the part that ``prox`` belongs to, or None."""
    for name in ("regularizer", "nonsmooth", "penalty"):
        part = getattr(s.problem, name, None)
        if part is not None and hasattr(part, "value"):
            return part.value
    return s.problem.value if "value" in s.oracles and not s.smooth else None


SET_CHECKS = (
    prox_minimizes,
    prox_is_monotone,
    project_is_the_nearest_point,
    linear_minimizer_minimizes,
    operator_is_nonexpansive,
)
