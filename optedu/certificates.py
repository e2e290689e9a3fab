"""The number that says how far an iterate is from solving its problem.

Which number it is follows from the oracles that the problem has, so that a reader can compute
it again without knowing the method. A method may state its own by ``certificate(problem,
state)``; the certificate of a class is chosen once, and is the same in every execution.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from optedu.oracles import oracles_of
from optedu.protocol import portable


class Certificate(NamedTuple):
    """A number that the reader can verify.

    Parameters
    ----------
    name : str
        What the number is, e.g. ``"gradient norm"``.
    value : float
        The number at the returned iterate; NaN when there is none.
    tolerance : float
        The run counts as converged when ``value <= tolerance``.
    """

    name: str
    value: float
    tolerance: float


@portable
def gradient_norm(problem, x):
    """||grad f(x)||."""
    return length(problem.gradient(x))


@portable
def length(g):
    """||g||, the certificate of a smooth problem where the gradient g is known."""
    return np.sqrt(np.sum(g * g))


@portable
def duality_gap(problem, x):
    """f(x) - f* is at most this, as the problem itself knows."""
    return problem.duality_gap(x)


@portable
def prox_gradient_residual(problem, x):
    """||x - prox(x - grad f(x), 1)||, zero exactly at the stationary points of f + g."""
    r = x - problem.prox(x - problem.gradient(x), 1.0)
    return np.sqrt(np.sum(r * r))


@portable
def prox_residual(problem, x):
    """||x - prox(x, 1)||, zero exactly at the minimizers of a convex g."""
    r = x - problem.prox(x, 1.0)
    return np.sqrt(np.sum(r * r))


@portable
def projected_gradient_residual(problem, x):
    """||x - project(x - grad f(x))||, zero exactly at the stationary points over the set."""
    r = x - problem.project(x - problem.gradient(x))
    return np.sqrt(np.sum(r * r))


@portable
def frank_wolfe_gap(problem, x):
    """<grad f(x), x - s> with s the linear minimizer; at least f(x) - f* when f is convex."""
    g = problem.gradient(x)
    return np.sum(g * (x - problem.linear_minimizer(g)))


@portable
def fixed_point_residual(problem, x):
    """||x - T x||."""
    r = x - problem.operator(x)
    return np.sqrt(np.sum(r * r))


@portable
def no_certificate(problem, x):
    """NaN: nothing that the oracles give tells how good x is."""
    return np.nan


class Rule(NamedTuple):
    """How a certificate is found: its name, and a function of (problem, x)."""

    name: str
    compute: Callable[[Any, Any], float]


_RULES = (
    (("duality_gap",), Rule("duality gap", duality_gap)),
    (("operator",), Rule("fixed-point residual", fixed_point_residual)),
    (("gradient", "prox"), Rule("prox-gradient residual", prox_gradient_residual)),
    (("gradient", "project"), Rule("projected-gradient residual", projected_gradient_residual)),
    (("gradient", "linear_minimizer"), Rule("Frank-Wolfe gap", frank_wolfe_gap)),
    (("gradient",), Rule("gradient norm", gradient_norm)),
    (("prox",), Rule("prox residual", prox_residual)),
)


def rule_for(problem: Any) -> Rule:
    """Return the rule that a problem, or a problem's class, is certified by.

    A problem whose ``gradient`` is only a subgradient (``differentiable = False``) is certified
    through its prox, or by the gap f(x) - f* when the minimum is known, never by the norm of a
    subgradient, which need not vanish at a minimizer. Nor need a gradient where the problem has
    constraints that only ``bregman_project`` tells of.
    """
    cls = problem if isinstance(problem, type) else type(problem)
    return _rule_of_class(cls) if hasattr(cls, "_fields") else _choose(problem)


@functools.cache
def _rule_of_class(cls: type) -> Rule:
    return _choose(cls)


def _choose(problem: Any) -> Rule:
    oracles = oracles_of(problem)
    if getattr(problem, "differentiable", True) is False or "bregman_project" in oracles:
        oracles = oracles - {"gradient"}
    for needed, rule in _RULES:
        if oracles.issuperset(needed):
            return rule
    return Rule("gap to the known minimum", no_certificate)


def is_judged_by_gap(method: Any, problem: Any) -> bool:
    """Whether a run of this pair has no certificate but the gap to a known minimum."""
    own = callable(getattr(method, "certificate", None))
    return not own and rule_for(problem).compute is no_certificate


def certificate_name(method: Any, problem: Any) -> str:
    """Return the name of the certificate that a run of this pair is judged by."""
    if callable(getattr(method, "certificate", None)):
        return getattr(method, "certificate_name", "method's own certificate")
    return rule_for(problem).name
