"""The oracles a problem may have, and the problem that counts the calls to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

ORACLES = (
    "value",
    "gradient",
    "hessian",
    "hessian_product",
    "prox",
    "project",
    "linear_minimizer",
    "operator",
    "component_value",
    "component_gradient",
    "barrier",
    "barrier_gradient",
    "barrier_hessian",
    "residual",
    "jacobian",
    "output_hessian",
    "gauss_newton",
    "fisher",
    "component_hessian",
    "kronecker_factors",
    "coordinate_gradient",
    "coordinate_prox",
    "block_prox",
    "block_linear_minimizer",
    "component_prox",
    "component_project",
    "mirror_step",
    "vector_field",
    "linear_map",
    "adjoint",
    "dual_prox",
    "constraint",
    "constraint_jacobian",
    "lagrangian_hessian",
    "duality_gap",
    "jacobian_column",
    "output_curvature",
    "soft_transform",
    "plan",
    "bregman_project",
)
"""Names of all oracles, in the order in which `Counted` counts them.

==========================  ============================================================
``value(x)``                objective at x, a float
``gradient(x)``             gradient (a subgradient where `differentiable` is False)
``hessian(x)``              Hessian, shape (d, d)
``hessian_product``         ``(x, v)``: Hessian at x times v
``prox(x, t)``              argmin over u of g(u) + ||u - x||^2 / (2 t)
``project(x)``              nearest point of the feasible set
``linear_minimizer``        ``(g)``: a minimizer of <g, s> over the feasible set
``operator(x)``             the fixed-point map T x
``component_value``         ``(i, x)``: the i-th term of a finite sum
``component_gradient``      ``(i, x)``: the gradient of the i-th term
``barrier(x)``              a self-concordant barrier of the feasible set, inf outside it
``barrier_gradient``        ``(x)``: its gradient
``barrier_hessian``         ``(x)``: its Hessian, shape (d, d)
``residual(x)``             gradient of the loss with respect to the model's m outputs, shape
                            (m,); in least squares, ||r||^2 / 2, the residual r itself
``jacobian(x)``             Jacobian of the outputs, shape (m, d)
``output_hessian``          ``(x)``: Hessian Q of the loss with respect to the outputs, shape (m,
                            m)
``gauss_newton(x)``         J'QJ plus the Hessian of the regularizer, shape (d, d)
``fisher(x)``               Fisher information of the model, plus that Hessian, shape (d, d)
``component_hessian``       ``(i, x)``: the Hessian of the i-th term of a finite sum
``kronecker_factors``       ``(x)``: of each layer of a model, second moments (A_1, G_1, A_2, G_2,
                            ...) of its inputs and of the loss's derivatives at its outputs
``coordinate_gradient``     ``(i, x)``: the i-th partial derivative at x, a float
``coordinate_prox``         ``(i, x, t)``: of a separable g, the prox of its i-th term at the
                            number x_i
``block_prox``              ``(i, x, t)``: x with its i-th block u in place of x_i, which
                            minimizes F + ||u - x_i||^2 / (2 t) over that block; t may be inf
``block_linear_minimizer``  ``(i, g)``: over a product of sets, the point whose i-th block
                            minimizes <g_i, s_i>, and whose other entries are 0
``component_prox``          ``(i, x, t)``: the prox of the i-th term of a sum
``component_project``       ``(i, x)``: the nearest point of the i-th of several sets
``mirror_step``             ``(x, g, t)``: argmin over u in the set of <g, u> + D(u, x) / t, D the
                            Bregman divergence of the problem's mirror map
``vector_field(x)``         the monotone field of a saddle point problem, of the shape of x
``linear_map(x)``           K x, shape (m,), in f(x) + g(K x)
``adjoint(y)``              K'y, shape (d,)
``dual_prox``               ``(y, t)``: the prox of the conjugate of g, shape (m,)
``constraint(x)``           c(x), shape (m,); the problem says whether c = 0 or c <= 0
``constraint_jacobian``     ``(x)``: the Jacobian of c, shape (m, d)
``lagrangian_hessian``      ``(x, y)``: the Hessian in x of f + <y, c>, shape (d, d)
``duality_gap(x)``          a bound on f(x) - f*, from x alone
``jacobian_column``         ``(i, x)``: the i-th column of the Jacobian of the outputs, shape (m,)
``output_curvature``        ``(x)``: the diagonal of Q, where Q is diagonal, shape (m,)
``soft_transform``          ``(i, x, t)``: dual potentials x with the i-th block put to its best
                            values, the others held, at entropic regularization t
``plan(x)``                 the transport plan of dual potentials x, shape (m, d - m)
``bregman_project``         ``(i, x)``: of several sets, the point of the i-th that is nearest to
                            x in the problem's Bregman divergence
==========================  ============================================================
"""


VALUE, GRADIENT = ORACLES.index("value"), ORACLES.index("gradient")

FUSED = {"value_and_gradient": frozenset({"value", "gradient"})}
"""Pairs of oracles that a problem may answer at once, sharing work; they count as both."""


def value_and_gradient(problem: Any, x: Any) -> tuple[Any, Any]:
    """Return f(x) and the gradient, at once where the problem has a method of this name.

    Parameters
    ----------
    problem : problem
        With the oracles value and gradient; its own ``value_and_gradient(x)`` returns both, with
        the same bits as they, and shares what they have in common (a product A x, say).
    x : numpy.ndarray
        The point.
    """
    if hasattr(problem, "value_and_gradient"):
        return problem.value_and_gradient(x)
    return problem.value(x), problem.gradient(x)


class Counted(NamedTuple):
    """A problem around a problem that counts each oracle call, in every execution.

    Parameters
    ----------
    problem : problem
        The problem that answers.
    counts : numpy.ndarray of int64, shape (len(ORACLES),)
        Written to: entry i counts the calls of ``ORACLES[i]``.
    """

    problem: Any
    counts: np.ndarray

    def value_and_gradient(self, x):
        self.counts[VALUE] += 1
        self.counts[GRADIENT] += 1
        return value_and_gradient(self.problem, x)


def _counting(index: int, name: str):
    """Return the method of `Counted` that counts and forwards the oracle `name`."""
    source = (
        f"def {name}(self, *args):\n"
        f"    self.counts[{index}] += 1\n"
        f"    return self.problem.{name}(*args)\n"
    )
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, __file__, "exec"), namespace)
    return namespace[name]


for _index, _name in enumerate(ORACLES):
    setattr(Counted, _name, _counting(_index, _name))


def oracles_of(problem: Any) -> frozenset[str]:
    """Return the names of the oracles that a problem (or a problem's class) has."""
    return frozenset(name for name in ORACLES if getattr(problem, name, None) is not None)


def count_table(counts: np.ndarray) -> dict[str, int]:
    """Return the calls of each oracle that was called at all."""
    return {name: int(n) for name, n in zip(ORACLES, counts, strict=True) if n}
