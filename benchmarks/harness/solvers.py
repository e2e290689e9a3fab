"""Adapters: from an objective to a function of the solver's own tolerance.

``prepare(objective)`` is not timed; what it returns is. It takes the solver's tolerance in the
scale of a gradient norm and returns an `Answer`. ``count(objective)`` is a second, slower function
that also tells the calls that were made, where the timed one cannot.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness.objectives import Logistic, Quadratic
from benchmarks.harness.sparse import L1LeastSquares


class Answer(NamedTuple):
    """What a solver returned.

    Parameters
    ----------
    x : numpy.ndarray
    counts : dict of str to int
        Calls by their names in the objective's `works`; empty where they are not known.
    steps : int
    """

    x: np.ndarray
    counts: dict[str, int]
    steps: int


class Solver(NamedTuple):
    """One contestant.

    Parameters
    ----------
    name : str
        As the figure shows it.
    library : str
        Name of the distribution: ``"optedu"``, ``"scipy"``, ``"scikit-learn"``.
    prepare : callable
        From the objective to the timed function of a tolerance.
    count : callable, optional
        As `prepare`, for an untimed run that counts calls.
    objective_of : callable, optional
        From the objective to a pair of functions, value and gradient, as this solver's own code
        computes them: a test compares them with ours.
    """

    name: str
    library: str
    prepare: Callable[[Any], Callable[[float], Answer]]
    count: Callable[[Any], Callable[[float], Answer]] | None = None
    objective_of: Callable[[Any], tuple[Callable, Callable]] | None = None


# optedu


def problem_of(objective: Any) -> Any:
    """Return our problem with the objective's data."""
    import optedu as oe

    if isinstance(objective, Logistic):
        return oe.problems.LogisticRegression(objective.A, objective.y, objective.l2)
    if isinstance(objective, Quadratic):
        return oe.problems.Quadratic(objective.A, objective.b)
    if isinstance(objective, L1LeastSquares):
        return oe.problems.L1LeastSquares.from_matrix(objective.A, objective.b, objective.l1)
    raise TypeError(f"no problem for {type(objective).__name__}")


class Together:
    """A problem that counts how often value and gradient are asked for at once."""

    def __init__(self, problem: Any) -> None:
        self.problem, self.calls = problem, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Count and forward."""
        self.calls += 1
        return self.problem.value_and_gradient(x)


def ours(
    method: Callable[..., Any],
    name: str,
    max_iter: int = 10_000,
    execution: str = "auto",
    *,
    problem_of: Callable[[Any], Any] = problem_of,
    given: Callable[[Any], dict[str, Any]] = lambda objective: {},
) -> Solver:
    """Return a method of ours, called as a reader would call it.

    Parameters
    ----------
    method : callable
        Makes the method; called when the benchmark runs.
    name : str
    max_iter : int
    execution : {"auto", "compiled", "python"}
        With "auto" a run of at most `max_iter` = 10 000 steps stays in Python, where such large
        products leave little to compile.
    problem_of : callable
        From the objective to our problem, where there are several.
    given : callable
        From the objective to constants that the method, like its peers, is told.
    """

    def run(
        problem: Any, objective: Any, start: np.ndarray, tolerance: float, execution: str
    ) -> Any:
        import optedu as oe

        return oe.run(
            method(**given(objective)),
            problem,
            start,
            max_iter=max_iter,
            tol=tolerance,
            execution=execution,
        )

    def prepare(objective: Any) -> Callable[[float], Answer]:
        problem, start = problem_of(objective), objective.start

        def solve(tolerance: float) -> Answer:
            trace = run(problem, objective, start, tolerance, execution)
            return Answer(trace.x, dict(trace.counts), int(trace.iterations[-1]))

        return solve

    def count(objective: Any) -> Callable[[float], Answer]:
        def solve(tolerance: float) -> Answer:
            problem = Together(problem_of(objective))
            trace = run(problem, objective, objective.start, tolerance, "python")
            counts = Counter(trace.counts)
            counts.subtract({"value": problem.calls, "gradient": problem.calls})
            counts["value_and_gradient"] = problem.calls
            return Answer(trace.x, dict(+counts), int(trace.iterations[-1]))

        return solve

    def functions(objective: Any) -> tuple[Callable, Callable]:
        problem = problem_of(objective)
        return problem.value, problem.gradient

    return Solver(name, "optedu", prepare, count, functions)


# SciPy


class Counting:
    """An objective whose calls are counted."""

    def __init__(self, objective: Any) -> None:
        self.objective, self.counts = objective, Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.objective, name)
        if name not in self.objective.works:
            return found

        def call(*arguments: Any) -> Any:
            self.counts[name] += 1
            return found(*arguments)

        return call


def scipy_minimize(
    method: str,
    name: str,
    *,
    tolerance: str = "gtol",
    derivatives: str = "",
    scale: Callable[[Any], float] = lambda objective: 1.0,
    **options: Any,
) -> Solver:
    """Return a method of `scipy.optimize.minimize` on the objective in plain NumPy.

    Parameters
    ----------
    method, name : str
    tolerance : str
        The option that holds the tolerance.
    derivatives : {"", "hess", "hessp"}
        What it takes beyond the gradient.
    scale : callable
        Factor from a gradient norm to that option, given the objective.
    **options
        Further options.
    """

    def adapter(counting: bool) -> Callable[[Any], Callable[[float], Answer]]:
        def prepare(objective: Any) -> Callable[[float], Answer]:
            from scipy.optimize import minimize

            factor = scale(objective)

            def solve(own: float) -> Answer:
                f = Counting(objective) if counting else objective
                more = {}
                if derivatives == "hess":
                    more["hess"] = f.hessian
                if derivatives == "hessp":
                    more["hessp"] = f.hessian_product
                found = minimize(
                    f.value_and_gradient,
                    objective.start,
                    jac=True,
                    method=method,
                    options={tolerance: own * factor, **options},
                    **more,
                )
                counts = dict(f.counts) if counting else {}
                return Answer(found.x, counts, int(found.nit))

            return solve

        return prepare

    return Solver(name, "scipy", adapter(False), adapter(True), lambda f: (f.value, f.gradient))


def scipy_cg(name: str = "SciPy cg") -> Solver:
    """Return `scipy.sparse.linalg.cg` on a quadratic."""

    def adapter(counting: bool) -> Callable[[Any], Callable[[float], Answer]]:
        def prepare(objective: Quadratic) -> Callable[[float], Answer]:
            from scipy.sparse.linalg import LinearOperator, cg

            A, b, steps = objective.A, objective.b, Counter()
            product = LinearOperator(A.shape, matvec=lambda v: A @ v, dtype=float)

            def solve(own: float) -> Answer:
                steps.clear()
                tell = (lambda x: steps.update(k=1)) if counting else None
                x, _ = cg(product, b, rtol=0.0, atol=own, callback=tell)
                counts = {"hessian_product": steps["k"]} if counting else {}
                return Answer(x, counts, steps["k"])

            return solve

        return prepare

    return Solver(name, "scipy", adapter(False), adapter(True), lambda f: (f.value, f.gradient))


# scikit-learn


def sklearn_logistic(solver: str, name: str) -> Solver:
    """Return `sklearn.linear_model.LogisticRegression` without intercept, C = 1 / (n l2).

    Its inputs are not checked again (``assume_finite``), since ours are not either.
    """

    def fitted(objective: Logistic, own: float) -> Answer:
        from sklearn import config_context
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            C=1.0 / (objective.y.size * objective.l2),
            fit_intercept=False,
            solver=solver,
            tol=own,
            max_iter=10_000,
        )
        with (
            config_context(assume_finite=True, skip_parameter_validation=True),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            model.fit(objective.A, objective.y)
        return Answer(model.coef_[0], {}, int(model.n_iter_[0]))

    def prepare(objective: Logistic) -> Callable[[float], Answer]:
        return lambda own: fitted(objective, own)

    def count(objective: Logistic) -> Callable[[float], Answer]:
        return lambda own: _counted(lambda: fitted(objective, own))

    return Solver(name, "scikit-learn", prepare, count, sklearn_functions)


def sklearn_functions(objective: Logistic) -> tuple[Callable, Callable]:
    """Return value and gradient as scikit-learn's own loss computes them, at our C."""
    from sklearn._loss import HalfBinomialLoss
    from sklearn.linear_model._linear_loss import LinearModelLoss

    loss = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=False)
    C = 1.0 / (objective.y.size * objective.l2)
    arguments = {
        "X": objective.A,
        "y": (objective.y > 0).astype(float),
        "l2_reg_strength": 1.0 / (C * objective.y.size),
    }
    return (
        lambda x: loss.loss(x, **arguments),
        lambda x: loss.gradient(x, **arguments),
    )


SKLEARN_CALLS = {
    "loss": "value",
    "gradient": "gradient",
    "loss_gradient": "value_and_gradient",
    "gradient_hessian": "gradient_and_hessian",
}


def _counted(fit: Callable[[], Answer]) -> Answer:
    """Return the answer with the calls of scikit-learn's loss, which tells only its steps."""
    from sklearn.linear_model._linear_loss import LinearModelLoss

    counts: Counter[str] = Counter()
    kept = {name: getattr(LinearModelLoss, name) for name in SKLEARN_CALLS}
    product = LinearModelLoss.gradient_hessian_product

    def counting(original: Callable, name: str) -> Callable:
        def call(*arguments: Any, **more: Any) -> Any:
            counts[name] += 1
            return original(*arguments, **more)

        return call

    def counting_product(*arguments: Any, **more: Any) -> Any:
        counts["gradient"] += 1
        gradient, multiply = product(*arguments, **more)
        return gradient, counting(multiply, "hessian_product")

    for name, original in kept.items():
        setattr(LinearModelLoss, name, counting(original, SKLEARN_CALLS[name]))
    LinearModelLoss.gradient_hessian_product = counting_product
    try:
        answer = fit()
    finally:
        for name, original in kept.items():
            setattr(LinearModelLoss, name, original)
        LinearModelLoss.gradient_hessian_product = product
    return answer._replace(counts=dict(counts))
