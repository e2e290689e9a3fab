"""The exact worst case of a method over a class, and how it agrees with the method's bound."""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from optedu.problems.quadratic import Quadratic
from optedu.proofs.classes import (
    CLASSES,
    SymbolError,
    SymbolicProblem,
    World,
    constants_of,
    no_branches,
    require_pepit,
)
from optedu.protocol import is_method
from optedu.running.run import prepare

QUANTITIES = (
    "gap", "gradient_norm", "distance", "fixed_point_residual", "best_gap", "best_gradient_norm",
)  # fmt: skip
SOLVERS = ("CLARABEL", "SCS")
Initial = Literal["distance", "gap", "none"]


@dataclass(frozen=True)
class WorstCase:
    """The largest value of a quantity after n steps, over a class of problems.

    Parameters
    ----------
    value : float
        The worst case; inf where there is none.
    quantity : str
        What is measured at x_n; one of ``QUANTITIES``.
    function_class : str
        A key of `CLASSES`.
    constants : dict of str to float
        The constants of the class.
    n : int
        Number of steps.
    multipliers : dict of str to numpy.ndarray
        Dual values of the inequalities that describe the class: which of them a proof of the
        bound combines, and with which weights. Rows and columns are the points at which the
        class was evaluated.
    solver : str
        Who solved the semidefinite program, and what it said: ``"CLARABEL: optimal"``. The value
        is accurate to about 1e-6; after ``optimal_inaccurate``, expect less.
    seconds : float
        Time that it took.
    """

    value: float
    quantity: str
    function_class: str
    constants: dict[str, float]
    n: int
    multipliers: dict[str, np.ndarray] = field(repr=False)
    solver: str
    seconds: float = field(repr=False)

    def __float__(self) -> float:
        return self.value


class Agreement(NamedTuple):
    """A method's stated bound beside the exact worst case after k steps.

    Parameters
    ----------
    k : int
    quantity : str
    worst_case, guarantee : float
        A bound is right when it is at least the worst case, and tight when they are equal.
    """

    k: int
    quantity: str
    worst_case: float
    guarantee: float


def certify(
    method: Any,
    function_class: str,
    *,
    n: int = 5,
    quantity: str | None = None,
    initial: Initial = "distance",
    radius: float = 1.0,
    **constants: float,
) -> WorstCase:
    """Return the exact worst case of a method's own steps over a class of problems.

    Parameters
    ----------
    method : method
        Its ``init`` and ``step`` are run unchanged on symbols, so a step may add and scale
        points, call oracles, and branch on numbers such as the iteration, never on a symbol.
    function_class : str
        A key of `CLASSES`, e.g. ``"smooth convex"``.
    n : int
        Number of steps.
    quantity : str, optional
        ``"gap"`` is f(x_n) - f*; ``"gradient_norm"`` the norm of the gradient, or of
        x - prox(x - grad f(x), 1) and the like where the class has no gradient alone;
        ``"distance"`` is ||x_n - x*||; ``"fixed_point_residual"`` is ||x_n - T x_n||;
        ``"best_gap"`` and ``"best_gradient_norm"`` the smallest of x_0, ..., x_n. By default
        the gap, and for an operator the residual.
    initial : {"distance", "gap", "none"}
        What is known of the start: ||x_0 - x*|| <= radius, f(x_0) - f* <= radius, or nothing.
    radius : float
        The number in it.
    **constants : float
        Constants of the class: ``L``, ``mu``, ``M``, ``D``, ``factor``.

    Returns
    -------
    WorstCase

    Raises
    ------
    ValueError
        If the class, a constant or the quantity is unknown.
    SymbolError
        If the step cannot be run on symbols.
    ModuleNotFoundError
        Without PEPit.

    Examples
    --------
    >>> import optedu as oe
    >>> round(oe.proofs.certify(oe.GradientDescent(1.0), "smooth convex", n=2).value, 4)
    0.1
    """
    constants = constants_of(function_class, constants)
    if quantity is None:
        quantity = "gap" if "operator" not in function_class else "fixed_point_residual"
        quantity = "fixed_point_residual" if function_class == "contraction" else quantity
    _check(method, n, quantity, initial, radius)
    require_pepit()
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import PEPit

        pep = PEPit.PEP()
        start = pep.set_initial_point()
        world = CLASSES[function_class].build(pep, start, constants)
        _constrain_start(pep, world, start, initial, radius)
        points = _iterates(prepare(method, world.problem), world.problem, start, n)
        for x in points if quantity.startswith("best_") else points[-1:]:
            pep.set_performance_metric(_measured(world, x, quantity.removeprefix("best_")))
        value, solver = _solve(pep)
        multipliers = {} if np.isinf(value) else _multipliers(pep)
    squared = quantity not in ("gap", "best_gap")
    value = float(np.sqrt(max(value, 0.0))) if squared else float(value)
    seconds = time.perf_counter() - began
    return WorstCase(
        value, quantity, function_class, constants, int(n), multipliers, solver, seconds
    )


def agreement(
    method: Any,
    function_class: str,
    ks: Sequence[int] = (1, 2, 5, 10),
    *,
    initial: Initial = "distance",
    radius: float = 1.0,
    **constants: float,
) -> list[Agreement]:
    """Return the method's guarantee beside the exact worst case, for each number of steps.

    Parameters
    ----------
    method : method or callable
        The method; or a function of k that returns it, for a method that must know the number
        of its steps.
    function_class : str
        As in `certify`.
    ks : sequence of int
        Numbers of steps.
    initial, radius, **constants
        As in `certify`.

    Returns
    -------
    list of Agreement

    Raises
    ------
    ValueError
        If the method states no guarantee for this class.

    Examples
    --------
    >>> import optedu as oe
    >>> (row,) = oe.proofs.agreement(oe.GradientDescent(), "smooth convex", ks=[5])
    >>> abs(row.guarantee - row.worst_case) < 1e-5
    True
    """
    known = constants_of(function_class, constants)
    rows = []
    for k in ks:
        chosen = method if is_method(method) else method(k)
        problem, x0 = _numbers(function_class, known, initial, radius)
        resolved = prepare(chosen, problem)
        stated = getattr(resolved, "guarantee", lambda *_: None)(problem, k, x0)
        if stated is None:
            name = type(chosen).__name__
            raise ValueError(f"{name} states no guarantee for the class {function_class!r}")
        quantity = stated.quantity
        if quantity == "gradient_norm" and hasattr(problem, "operator"):
            quantity = "fixed_point_residual"
        worst = certify(
            resolved, function_class, n=k, quantity=quantity, initial=initial, radius=radius,
            **constants,
        )  # fmt: skip
        rows.append(Agreement(int(k), quantity, worst.value, float(stated.bound)))
    return rows


def _check(method: Any, n: int, quantity: str, initial: str, radius: float) -> None:
    if not is_method(method) or isinstance(method, type):
        raise TypeError(f"expected a method such as GradientDescent(1.0), got {method!r}")
    if getattr(method, "takes_rng", False):
        raise TypeError(f"{type(method).__name__} is random; a worst case needs a fixed step")
    if int(n) != n or n < 0:
        raise ValueError(f"n must be a non-negative integer, got {n}")
    if quantity not in QUANTITIES:
        raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, got {quantity!r}")
    if initial not in ("distance", "gap", "none"):
        raise ValueError(f"initial must be 'distance', 'gap' or 'none', got {initial!r}")
    if not radius > 0:
        raise ValueError(f"radius must be positive, got {radius}")


def _constrain_start(pep: Any, world: World, start: Any, initial: str, radius: float) -> None:
    if initial == "distance":
        pep.set_initial_condition(_measured(world, start, "distance") <= radius**2)
    elif initial == "gap":
        pep.set_initial_condition(_measured(world, start, "gap") <= radius)


def _iterates(method: Any, problem: SymbolicProblem, start: Any, n: int) -> list[Any]:
    """Return the symbols x_0, ..., x_n."""
    from PEPit import Point

    try:
        with no_branches():
            states = [method.init(problem, start)]
            for _ in range(n):
                states.append(method.step(problem, states[-1]))
    except (TypeError, AttributeError, AssertionError, ValueError) as error:
        reason = str(error).strip() or type(error).__name__
        raise SymbolError(
            f"{type(method).__name__} cannot be run on symbols ({reason}); its step may add and "
            "scale points and call oracles, and branch on numbers only"
        ) from error
    points = [state.x for state in states]
    if not all(isinstance(x, Point) for x in points):
        raise SymbolError(f"{type(method).__name__} cannot be run on symbols: state.x is no point")
    return points


def _measured(world: World, x: Any, quantity: str) -> Any:
    """Return what is measured, as an expression; norms squared."""
    if quantity == "gap":
        if world.optimum is None:
            raise ValueError("an operator has no gap; ask for quantity='fixed_point_residual'")
        return world.problem.value(x) - world.optimum
    if quantity == "distance":
        if world.solution is None:
            raise ValueError("this class need not have a minimizer; pass initial='gap'")
        return (x - world.solution) ** 2
    operator = hasattr(world.problem, "operator")
    if world.residual is None or operator != (quantity == "fixed_point_residual"):
        raise ValueError(f"this class has no {quantity}")
    return world.residual(x) ** 2


def _solve(pep: Any) -> tuple[float, str]:
    """Return the optimal value, inf where the problem is unbounded, and who says so."""
    import cvxpy

    said = "no solver"
    for solver in SOLVERS:
        if solver not in cvxpy.installed_solvers():
            continue
        value = None
        try:
            value = pep.solve(verbose=0, solver=solver)
        except Exception as error:  # solvers fail in their own ways; the next one may not
            said = f"{solver}: {error}"
        status = getattr(getattr(pep.wrapper, "prob", None), "status", "failed")
        if status.startswith("unbounded"):
            return np.inf, f"{solver}: {status}"
        if status.startswith("optimal") and value is not None and np.isfinite(value):
            return float(value), f"{solver}: {status}"
        said = f"{said}; {solver}: {status}"
    raise RuntimeError(f"the semidefinite program was not solved ({said})")


def _multipliers(pep: Any) -> dict[str, np.ndarray]:
    found = {}
    for number, f in enumerate(pep.list_of_functions):
        for name, table in f.get_class_constraints_duals().items():
            found[f"{number}: {name}"] = np.asarray(table, dtype=np.float64)
    return found


def _numbers(name: str, constants: dict[str, float], initial: str, radius: float) -> Any:
    """Return a problem that holds the class's constants as numbers, and a start.

    Its distance and gap at the start are the largest that the initial condition allows, so that
    a guarantee, which grows with both, bounds the whole class.
    """
    L, mu, M = (constants.get(key, 0.0) for key in ("L", "mu", "M"))
    unconstrained = name not in ("composite", "smooth convex over a set", "convex with prox")
    if initial == "gap":
        gap, distance = radius, np.sqrt(2 * radius / mu) if mu > 0 else np.inf
    else:
        distance = radius if initial == "distance" else constants.get("D", np.inf)
        gap = max(0.5 * L * distance**2, M * distance) if unconstrained else np.inf
    if name == "smooth quadratics" and initial == "distance":
        x0 = np.array([distance, 0.0])
        return Quadratic(np.diag([L, mu]), np.zeros(2)), x0
    members = {
        "smoothness": L or None, "strong_convexity": None if name == "smooth" else mu,
        "lipschitz": constants.get("factor", 1.0) if "operator" in _ORACLES[name] else M or None,
        "diameter": constants.get("D"),
        "minimum": 0.0, "minimizer": np.zeros(1), "shape": (1,),
        "value": lambda x: float(gap) if np.any(x != 0) else 0.0,
    }  # fmt: skip

    def symbolic(*_):
        raise SymbolError("a guarantee may use constants, f(x0) and x0 only")

    for oracle in _ORACLES[name]:
        members.setdefault(oracle, symbolic)
    if "operator" in _ORACLES[name]:
        members.pop("value")
    return SymbolicProblem(**members), np.array([float(distance)])


_ORACLES = dict.fromkeys(CLASSES, ("value", "gradient")) | {
    "convex with prox": ("value", "prox"),
    "composite": ("value", "gradient", "prox"),
    "smooth convex over a set": ("value", "gradient", "project", "linear_minimizer"),
    "nonexpansive operator": ("operator",),
    "contraction": ("operator",),
}  # fmt: skip
