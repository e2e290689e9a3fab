"""Classes of functions and operators, as problems whose oracles answer with symbols."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np


class SymbolError(TypeError):
    """A step did something with a symbol that has no symbolic meaning."""


class SymbolicProblem:
    """Any problem of a class at once; it has the oracles and constants that it is given."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


class World(NamedTuple):
    """A problem of symbols, a solution of it, and what is measured in squares.

    Parameters
    ----------
    problem : SymbolicProblem
    solution : PEPit.Point or None
        A minimizer or fixed point; None where the infimum need not be attained.
    optimum : PEPit.Expression or None
        The infimum of f; None for an operator.
    residual : callable or None
        x to the point whose norm is the stationarity measure of the class.
    """

    problem: SymbolicProblem
    solution: Any
    optimum: Any
    residual: Callable[[Any], Any] | None


class FunctionClass(NamedTuple):
    """A class of problems.

    Parameters
    ----------
    constants : dict of str to float
        What describes the class, with the values taken by default.
    build : callable
        (PEP, start, constants) to the `World`.
    """

    constants: dict[str, float]
    build: Callable[[Any, Any, dict[str, float]], World]


def _single(kind: str, with_prox: bool = False, **renamed: str) -> Callable[..., World]:
    """Return the builder of a class that one PEPit function describes."""

    def build(pep, start, constants):
        from PEPit import functions
        from PEPit.primitive_steps import proximal_step

        f = pep.declare_function(getattr(functions, kind), **constants)
        solution = f.stationary_point()
        members = {"strong_convexity": 0.0}
        members |= {renamed[name]: value for name, value in constants.items() if name in renamed}
        if with_prox:
            oracle = {"prox": lambda x, t: proximal_step(x, f, t)[0]}
            problem = SymbolicProblem(value=f, **oracle, **members)
            return World(problem, solution, f(solution), lambda x: x - problem.prox(x, 1.0))
        problem = SymbolicProblem(value=f, gradient=f.gradient, **members)
        return World(problem, solution, f(solution), f.gradient)

    return build


def _nonconvex(pep, start, constants):
    from PEPit import Expression
    from PEPit.functions import SmoothFunction

    L = constants["L"]
    f = pep.declare_function(SmoothFunction, L=L)
    infimum = Expression()

    def oracle(x):
        gradient, value = f.oracle(x)
        pep.add_constraint(value - gradient**2 / (2 * L) >= infimum)
        return gradient, value

    problem = SymbolicProblem(
        value=lambda x: oracle(x)[1], gradient=lambda x: oracle(x)[0], smoothness=L,
        strong_convexity=None,
    )  # fmt: skip
    return World(problem, None, infimum, problem.gradient)


def _smooth(pep, L, mu):
    from PEPit.functions import SmoothConvexFunction, SmoothStronglyConvexFunction

    if mu > 0:
        return pep.declare_function(SmoothStronglyConvexFunction, L=L, mu=mu)
    return pep.declare_function(SmoothConvexFunction, L=L)


def _composite(pep, start, constants):
    from PEPit.functions import ConvexFunction
    from PEPit.primitive_steps import proximal_step

    f, g = _smooth(pep, **constants), pep.declare_function(ConvexFunction)
    both = f + g
    solution = both.stationary_point()
    problem = SymbolicProblem(
        value=both, gradient=f.gradient, prox=lambda x, t: proximal_step(x, g, t)[0],
        smoothness=constants["L"], strong_convexity=constants["mu"],
    )  # fmt: skip
    return World(problem, solution, both(solution),
                 lambda x: x - problem.prox(x - f.gradient(x), 1.0))  # fmt: skip


def _over_a_set(pep, start, constants):
    from PEPit.functions import ConvexIndicatorFunction
    from PEPit.primitive_steps import linear_optimization_step, proximal_step

    f = _smooth(pep, constants["L"], constants["mu"])
    indicator = pep.declare_function(ConvexIndicatorFunction, D=constants["D"])
    indicator.oracle(start)  # the start is feasible
    both = f + indicator
    solution = both.stationary_point()
    problem = SymbolicProblem(
        value=f, gradient=f.gradient,
        project=lambda x: proximal_step(x, indicator, 1.0)[0],
        linear_minimizer=lambda g: linear_optimization_step(g, indicator)[0],
        smoothness=constants["L"], strong_convexity=constants["mu"], diameter=constants["D"],
    )  # fmt: skip
    return World(problem, solution, f(solution),
                 lambda x: x - problem.project(x - f.gradient(x)))  # fmt: skip


def _operator(pep, start, constants):
    from PEPit.operators import LipschitzOperator, NonexpansiveOperator

    factor = constants.get("factor", 1.0)
    if factor < 1:
        T = pep.declare_function(LipschitzOperator, L=factor)
    else:
        T = pep.declare_function(NonexpansiveOperator)
    solution, _, _ = T.fixed_point()
    problem = SymbolicProblem(operator=T.gradient, lipschitz=factor)
    return World(problem, solution, None, lambda x: x - T.gradient(x))


_L, _MU = "smoothness", "strong_convexity"
CLASSES: dict[str, FunctionClass] = {
    "smooth": FunctionClass({"L": 1.0}, _nonconvex),
    "smooth convex": FunctionClass({"L": 1.0}, _single("SmoothConvexFunction", L=_L)),
    "smooth strongly convex": FunctionClass(
        {"L": 1.0, "mu": 0.1}, _single("SmoothStronglyConvexFunction", L=_L, mu=_MU)
    ),
    "smooth quadratics": FunctionClass(
        {"L": 1.0, "mu": 0.0}, _single("SmoothStronglyConvexQuadraticFunction", L=_L, mu=_MU)
    ),
    "convex with quadratic growth": FunctionClass(
        {"L": 1.0}, _single("ConvexQGFunction", L=_L)
    ),
    "convex Lipschitz": FunctionClass(
        {"M": 1.0}, _single("ConvexLipschitzFunction", M="lipschitz")
    ),
    "convex with prox": FunctionClass({}, _single("ConvexFunction", with_prox=True)),
    "composite": FunctionClass({"L": 1.0, "mu": 0.0}, _composite),
    "smooth convex over a set": FunctionClass(
        {"L": 1.0, "mu": 0.0, "D": np.inf}, _over_a_set
    ),
    "nonexpansive operator": FunctionClass({}, _operator),
    "contraction": FunctionClass({"factor": 0.9}, _operator),
}  # fmt: skip
"""The classes by name.

=============================  ==========================================================
``smooth``                     L-Lipschitz gradient, bounded below, perhaps not convex
``smooth convex``              convex, L-Lipschitz gradient
``smooth strongly convex``     the same, and f - (mu/2) ||x||^2 convex
``smooth quadratics``          convex quadratics with eigenvalues between mu and L
``convex with quadratic growth``  convex, f(x) - f* <= (L/2) dist(x, minimizers)^2
``convex Lipschitz``           convex, subgradients of norm at most M
``convex with prox``           convex; oracles value and prox
``composite``                  smooth (strongly) convex plus convex with prox
``smooth convex over a set``   the start is in the set; project and linear_minimizer; a set
                               of diameter at most D
``nonexpansive operator``      ||T x - T y|| <= ||x - y||, with a fixed point
``contraction``                ||T x - T y|| <= factor ||x - y||
=============================  ==========================================================
"""


def require_pepit() -> None:
    """Refuse to go on without PEPit.

    Raises
    ------
    ModuleNotFoundError
        In one sentence, with the command that installs it.
    """
    if importlib.util.find_spec("PEPit") is None:
        raise ModuleNotFoundError("proofs need PEPit: pip install 'optedu[proofs]'")


def constants_of(name: str, given: dict[str, float]) -> dict[str, float]:
    """Return the constants that describe a class, given ones first.

    Raises
    ------
    ValueError
        If the class is unknown, or is not described by such a constant.
    """
    if name not in CLASSES:
        raise ValueError(f"unknown class {name!r}; known are {', '.join(map(repr, CLASSES))}")
    defaults = CLASSES[name].constants
    for constant in given:
        if constant not in defaults:
            known = ", ".join(defaults) or "no constant"
            raise ValueError(f"the class {name!r} has no constant {constant!r}; it has {known}")
    return {**defaults, **{constant: float(value) for constant, value in given.items()}}


@contextmanager
def no_branches() -> Iterator[None]:
    """Make a symbol refuse to be true or false; PEPit's own symbols are silently true."""
    from PEPit import Constraint, Expression, Point

    def refuse(self):
        raise SymbolError("it branches on a symbol, which is neither true nor false")

    for kind in (Constraint, Expression, Point):
        kind.__bool__ = refuse
    try:
        yield
    finally:
        for kind in (Constraint, Expression, Point):
            del kind.__bool__
