"""The contract of a problem's parts: coordinates, blocks, several sets, couplings, constraints."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.testing.comparing import agree, slope
from optedu.testing.report import NotApplicable

TIMES = (0.3, 2.5)


def coordinate_gradient_is_an_entry(s: Any) -> None:
    """Require that coordinate_gradient is the entry of gradient."""
    s.need("gradient", "coordinate_gradient")
    for x in s.points[:3]:
        g = s.problem.gradient(x).ravel()
        entries = [s.problem.coordinate_gradient(i, x) for i in range(x.size)]
        agree(entries, g, "coordinate_gradient(i, x) against gradient(x)", 1e-9)


def coordinate_smoothness_holds(s: Any) -> None:
    """Require that each partial derivative is L_i-Lipschitz along its own coordinate."""
    s.need("coordinate_gradient")
    L = np.asarray(s.constant("coordinate_smoothness"))
    for x in s.points[:3]:
        assert L.shape == (x.size,), f"coordinate_smoothness has shape {L.shape}"
        for i in range(x.size):
            for move in (1e-3, 1.0):
                y = x.copy()
                y.flat[i] += move
                change = s.problem.coordinate_gradient(i, y) - s.problem.coordinate_gradient(i, x)
                noise = 1e-10 * (1 + abs(s.problem.coordinate_gradient(i, x)))
                assert abs(change) <= L[i] * move * (1 + 1e-8) + noise, (
                    f"the derivative {i} changes by {abs(change):.6g} > L_i t = {L[i] * move:.6g}"
                )


def coordinate_prox_is_an_entry(s: Any) -> None:
    """Require that coordinate_prox is the entry of prox."""
    s.need("prox", "coordinate_prox")
    for x in s.points[:3]:
        for t in TIMES:
            entries = [s.problem.coordinate_prox(i, x, t) for i in range(x.size)]
            whole = s.problem.prox(x, t).ravel()
            agree(entries, whole, "coordinate_prox(i, x, t) against prox(x, t)", 1e-10)


def block_prox_lowers_its_model(s: Any) -> None:
    """Require that block_prox does not raise F + ||u - x||^2 / (2 t), and is at rest when done."""
    s.need("value", "block_prox")
    for x in s.feasible()[:3]:
        for i in range(_count(s, "blocks")):
            for t in (*TIMES, np.inf):
                u = s.problem.block_prox(i, x, t)
                model = s.problem.value(u) + np.sum((u - x) ** 2) / (2 * t)
                noise = 1e-10 * (1 + abs(s.problem.value(x)))
                assert model <= s.problem.value(x) + noise, f"block_prox({i}, x, {t}) raises F"
            again = s.problem.block_prox(i, u, np.inf)
            agree(s.problem.value(again), s.problem.value(u), "block_prox of its answer", 1e-8)


def block_linear_minimizers_make_the_whole(s: Any) -> None:
    """Require that the blocks' linear minimizers sum to one of the product."""
    s.need("linear_minimizer", "block_linear_minimizer")
    for g in s.directions(6):
        parts = [s.problem.block_linear_minimizer(i, g) for i in range(_count(s, "blocks"))]
        least = np.vdot(g, s.problem.linear_minimizer(g))
        agree(np.vdot(g, sum(parts)), least, "the blocks' linear minimizers together", 1e-10)


def component_proxes_are_monotone(s: Any) -> None:
    """Require that the prox steps of each convex term are firmly nonexpansive."""
    s.need("component_prox")
    if not s.convex:
        raise NotApplicable("the problem is not convex")
    for i in range(_count(s, "components")):
        for x, y in s.pairs():
            p, q = (s.problem.component_prox(i, z, 0.7) for z in (x, y))
            product = np.vdot(x - p - y + q, p - q)
            assert product >= -1e-9 * (1 + np.vdot(p - q, p - q)), (
                f"component_prox({i}, x, t) is not that of a convex function ({product:.2e})"
            )


def component_projections_are_projections(s: Any) -> None:
    """Require that each projection is idempotent, and firmly nonexpansive where sets are convex."""
    s.need("component_project")
    for i in range(_count(s, "components")):
        for x, y in s.pairs():
            p, q = (s.problem.component_project(i, z) for z in (x, y))
            agree(s.problem.component_project(i, p), p, f"component_project({i}) of its answer")
            if s.convex:
                product = np.vdot(x - p - y + q, p - q)
                assert product >= -1e-9 * (1 + np.vdot(p - q, p - q)), (
                    f"component_project({i}, x) is not onto a convex set ({product:.2e})"
                )


def bregman_projections_are_projections(s: Any) -> None:
    """Require that each is idempotent, and that no point of the set nearby is nearer."""
    s.need("bregman_project")
    for i in range(_count(s, "sets")):
        for x in (np.abs(point) for point in s.points):
            p = s.problem.bregman_project(i, x)
            agree(s.problem.bregman_project(i, p), p, f"bregman_project({i}) of its answer")
            for u in s.directions(3) if hasattr(s.problem, "divergence") else ():
                q = s.problem.bregman_project(i, p * np.exp(0.1 * u))
                near, other = s.problem.divergence(p, x), s.problem.divergence(q, x)
                assert near <= other + 1e-9 * (1 + abs(other)), (
                    f"bregman_project({i}, x) is {near:.6g} away, and another point {other:.6g}"
                )


def soft_transform_is_at_its_best(s: Any) -> None:
    """Require that soft_transform moves x, does not raise value, and is at rest then."""
    s.need("value", "soft_transform")
    t = s.constant("regularization")
    for x in s.points[:3]:
        moved = False
        for i in range(_count(s, "blocks")):
            u = s.problem.soft_transform(i, x, t)
            moved = moved or not np.array_equal(u, x)
            noise = 1e-10 * (1 + abs(s.problem.value(x)))
            assert s.problem.value(u) <= s.problem.value(x) + noise, (
                f"soft_transform({i}, x, {t}) raises the objective"
            )
            agree(s.problem.soft_transform(i, u, t), u, f"soft_transform({i}) of its answer", 1e-9)
            if "gradient" in s.oracles:
                still = s.problem.gradient(u)[u != x]
                agree(still, np.zeros(still.size), f"the gradient after soft_transform({i})", 1e-8)
        assert moved, "soft_transform(i, x, t) leaves a random point where it is"


def plan_has_the_sums_of_the_gradient(s: Any) -> None:
    """Require that the plan is not negative, and that its sums change as the gradient does."""
    s.need("plan", "gradient")
    totals = np.asarray(s.constant("marginals"))
    for x in s.points[:3]:
        P = s.problem.plan(x)
        assert (P >= 0).all(), "plan(x) has a negative entry"
        sums = np.concatenate([P.sum(axis=1), P.sum(axis=0)])
        agree(s.problem.gradient(x), sums - totals, "gradient(x) against the sums of plan(x)", 1e-8)


def mirror_step_minimizes(s: Any) -> None:
    """Require that no other step does better: the three points inequality at sampled steps."""
    s.need("mirror_step")
    if not hasattr(s.problem, "divergence"):
        raise NotApplicable("the problem has no divergence(u, x)")
    for x in s.feasible()[:3]:
        for g in s.directions(3):
            for t in TIMES:
                u = s.problem.mirror_step(x, g, t)
                best = np.vdot(g, u) + s.problem.divergence(u, x) / t
                for other in s.directions(3):
                    y = s.problem.mirror_step(x, g + 0.3 * other, t)
                    model = np.vdot(g, y) + s.problem.divergence(y, x) / t
                    assert best <= model + 1e-9 * (1 + abs(best)), (
                        f"mirror_step(x, g, {t}) is beaten by {best - model:.2e}"
                    )


def vector_field_is_monotone(s: Any) -> None:
    """Require that <F(x) - F(y), x - y> is not negative."""
    s.need("vector_field")
    for x, y in s.pairs():
        product = np.vdot(s.problem.vector_field(x) - s.problem.vector_field(y), x - y)
        assert product >= -1e-9 * (1 + np.vdot(x - y, x - y)), (
            f"<F(x) - F(y), x - y> = {product:.2e} < 0"
        )


def adjoint_is_that_of_the_map(s: Any) -> None:
    """Require that <K x, y> = <x, K'y>, and K is linear."""
    s.need("linear_map", "adjoint")
    for x, z in s.pairs():
        y = s.rng.normal(size=s.problem.linear_map(x).shape)
        agree(np.vdot(s.problem.linear_map(x), y), np.vdot(x, s.problem.adjoint(y)),
              "<K x, y> against <x, K'y>", 1e-9)  # fmt: skip
        sum_of_images = s.problem.linear_map(x) + 2 * s.problem.linear_map(z)
        agree(s.problem.linear_map(x + 2 * z), sum_of_images, "K (x + 2 z)", 1e-9)


def dual_prox_is_monotone(s: Any) -> None:
    """Require that dual_prox is firmly nonexpansive, as a prox of a convex function is."""
    s.need("linear_map", "dual_prox")
    for x, z in s.pairs():
        a, b = s.problem.linear_map(x), s.problem.linear_map(z)
        p, q = s.problem.dual_prox(a, 0.7), s.problem.dual_prox(b, 0.7)
        product = np.vdot(a - p - b + q, p - q)
        assert product >= -1e-9 * (1 + np.vdot(p - q, p - q)), (
            f"dual_prox(y, t) is not that of a convex function ({product:.2e})"
        )


def constraint_jacobian_is_the_slope(s: Any) -> None:
    """Require that constraint_jacobian agrees with differences of constraint."""
    s.need("constraint", "constraint_jacobian")
    for x in s.points[:3]:
        J = s.problem.constraint_jacobian(x)
        for u in s.directions():
            agree(J @ u.ravel(), slope(s.problem.constraint, x, u),
                  "constraint_jacobian(x) against differences of constraint")  # fmt: skip


def lagrangian_hessian_is_the_slope(s: Any) -> None:
    """Require that lagrangian_hessian agrees with differences of grad f + J'y."""
    s.need("gradient", "constraint_jacobian", "lagrangian_hessian")
    for x in s.points[:3]:
        y = s.rng.normal(size=s.problem.constraint(x).shape)

        def stationarity(z, y=y):
            return s.problem.gradient(z) + s.problem.constraint_jacobian(z).T @ y

        H = s.problem.lagrangian_hessian(x, y)
        for u in s.directions():
            agree(H @ u, slope(stationarity, x, u), "lagrangian_hessian(x, y)")


def duality_gap_bounds_the_gap(s: Any) -> None:
    """Require that duality_gap is not negative, and at least f(x) - f* where f* is known."""
    s.need("duality_gap", "value")
    minimum = getattr(s.problem, "minimum", None)
    for x in s.feasible():
        gap, value = s.problem.duality_gap(x), s.problem.value(x)
        noise = 1e-9 * (1 + abs(value))
        assert gap >= -noise, f"duality_gap(x) = {gap:.2e} < 0"
        if minimum is not None:
            assert gap >= value - minimum - noise, (
                f"duality_gap(x) = {gap:.6g} < f(x) - f* = {value - minimum:.6g}"
            )


def jacobian_columns_and_curvatures(s: Any) -> None:
    """Require that columns are those of jacobian, and curvatures the diagonal of output_hessian."""
    if not {"jacobian_column", "output_curvature"} & s.oracles:
        raise NotApplicable("the problem has neither")
    for x in s.points[:3]:
        if {"jacobian_column", "jacobian"} <= s.oracles:
            J = s.problem.jacobian(x)
            columns = [s.problem.jacobian_column(i, x) for i in range(x.size)]
            agree(np.transpose(columns), J, "jacobian_column(i, x) against jacobian(x)", 1e-10)
        if {"output_curvature", "output_hessian"} <= s.oracles:
            Q, diagonal = s.problem.output_hessian(x), s.problem.output_curvature(x)
            agree(np.diag(diagonal), Q, "output_curvature(x) against output_hessian(x)", 1e-10)


def _count(s: Any, name: str) -> int:
    count = getattr(s.problem, name, None)
    if count is None:
        raise NotApplicable(f"the problem does not say how many {name} it has")
    return int(count)


PART_CHECKS = (
    coordinate_gradient_is_an_entry,
    coordinate_smoothness_holds,
    coordinate_prox_is_an_entry,
    block_prox_lowers_its_model,
    block_linear_minimizers_make_the_whole,
    component_proxes_are_monotone,
    component_projections_are_projections,
    bregman_projections_are_projections,
    soft_transform_is_at_its_best,
    plan_has_the_sums_of_the_gradient,
    mirror_step_minimizes,
    vector_field_is_monotone,
    adjoint_is_that_of_the_map,
    dual_prox_is_monotone,
    constraint_jacobian_is_the_slope,
    lagrangian_hessian_is_the_slope,
    duality_gap_bounds_the_gap,
    jacobian_columns_and_curvatures,
)
