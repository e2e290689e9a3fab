"""The convex program of a two-layer ReLU network in plain NumPy, and its peers.

A solver's answer has a row for each pattern and sign. It is judged twice, as a point of the
program and as the network that it is: the error is the larger distance of the two objectives from
the minimum. So a point that leaves its cones, and says on the data another thing than its network,
is not taken for a solution.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.harness.limits import Work
from benchmarks.harness.solvers import Answer, Solver

RECORD_EVERY = 20
"""Steps between two tests for convergence."""


class ConvexNetwork:
    """Minimize ||F x - y||^2 / 2 + beta sum_i ||x_i|| subject to (2 D_i - I) X x_i >= 0.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
    y : numpy.ndarray, shape (n,)
    gates : numpy.ndarray, shape (P, d)
        Of different patterns.
    beta : float
    exact : bool
        Whether the minimum is Clarabel's; else it is that of a long run of ADMM, within a lower
        bound from its multipliers.
    """

    def __init__(
        self, X: np.ndarray, y: np.ndarray, gates: np.ndarray, beta: float, exact: bool
    ) -> None:
        self.X, self.y, self.gates, self.beta, self.exact = X, y, gates, beta, exact
        self.D = (X @ gates.T >= 0.0).astype(float)
        n, P = self.D.shape
        d = X.shape[1]
        self.shape = (2 * P, d)
        self.start = np.zeros(2 * P * d)
        self.data_bytes = X.nbytes + self.D.nbytes
        one = Work(4 * n * P * d, self.D.nbytes, 0)
        both = Work(6 * n * P * d, 2 * self.D.nbytes, 0)
        # G, G', F and F', two products with a d x d matrix, two with an n x n one.
        step = Work(12 * n * P * d + 8 * P * d * d + 4 * n * n, 4 * self.D.nbytes, 0)
        self.works = {"value": one, "gradient": both, "step": step}

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Return F x."""
        x = x.reshape(self.shape)
        half = len(x) // 2
        return np.sum(self.D * (self.X @ (x[:half] - x[half:]).T), axis=1)

    def value(self, x: np.ndarray) -> float:
        """Return the objective, whether x keeps to its cones or not."""
        r = self.outputs(x) - self.y
        return float(0.5 * (r @ r) + self.penalty(x))

    def penalty(self, x: np.ndarray) -> float:
        """Return beta times the sum of the rows' norms."""
        return self.beta * float(np.linalg.norm(x.reshape(self.shape), axis=1).sum())

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient of the loss."""
        half = (self.D * (self.outputs(x) - self.y)[:, None]).T @ self.X
        return np.concatenate([half, -half]).ravel()

    def network_value(self, x: np.ndarray) -> float:
        """Return the objective of the network of x: each row a unit, with its own pattern."""
        half, Z = self.shape[0] // 2, np.maximum(self.X @ x.reshape(self.shape).T, 0.0)
        r = Z[:, :half].sum(axis=1) - Z[:, half:].sum(axis=1) - self.y
        return float(0.5 * (r @ r) + self.penalty(x))

    def error(self, x: np.ndarray) -> float:
        """Return how far the two objectives of a point are from the minimum, at most."""
        both = (self.value(x), self.network_value(x))
        return max(abs(value - self.scale) for value in both)

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return how far the networks' objectives are apart, over that of y."""
        return abs(self.network_value(x) / self.network_value(y) - 1.0)

    @functools.cached_property
    def scale(self) -> float:
        """The minimum, in which errors are measured."""
        return self.value(self.best)

    @functools.cached_property
    def best(self) -> np.ndarray:
        """The minimizer.

        Raises
        ------
        ArithmeticError
            If it is not within 1e-6 of a lower bound, or its network is another.
        """
        if self.exact:
            tight = {"tol_gap_rel": 1e-10, "tol_gap_abs": 1e-10, "tol_feas": 1e-10}
            x = _in_cvxpy(self)("CLARABEL", tight)
            bound = self.value(x) * (1 - 1e-6)
        else:
            import optedu as oe
            from optedu.problems.convex_relu import dual_bound

            problem = convex_relu(self)
            trace = oe.run(
                oe.ConvexNetworkADMM(penalty=10.0, relaxation=1.9, balance=0), problem,
                max_iter=8_000, tol=1e-5 * problem.beta,
                record_every=100, keep_iterates=False, execution="python",
            )  # fmt: skip
            x, state = trace.x.ravel(), trace.state
            bound = dual_bound(problem, self.outputs(x) - self.y, state.rho * state.nu)
        off = max(self.value(x) - bound, abs(self.network_value(x) - self.value(x)))
        if off > 2e-6 * bound:
            raise ArithmeticError(f"reference: {off / bound:.1e} above the bound")
        return x

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer."""
        return self.best


def random_network(n: int, d: int, P: int, exact: bool) -> Callable[[], ConvexNetwork]:
    """Return what draws Gaussian data with a teacher of ten units, and P gates."""

    def make() -> ConvexNetwork:
        rng = np.random.default_rng(7)
        X = rng.standard_normal((n, d)) / np.sqrt(d)
        units, signs = rng.standard_normal((10, d)), rng.choice([-1.0, 1.0], 10)
        y = np.maximum(X @ units.T, 0.0) @ signs + 0.1 * rng.standard_normal(n)
        gates = rng.standard_normal((P, d))
        slopes = (X @ gates.T >= 0.0).T * y @ X
        beta = 0.05 * float(np.linalg.norm(slopes, axis=1).max())
        return ConvexNetwork(X, y, gates, beta, exact)

    return make


def convex_relu(f: ConvexNetwork) -> Any:
    """Return our problem."""
    import optedu as oe

    return oe.problems.ConvexReLU(f.X, f.y, f.D, f.beta)


def ours(method: Callable[[], Any], name: str) -> Solver:
    """Return a method of ours, which tests for convergence every 20 steps."""

    def prepare(f: ConvexNetwork) -> Callable[[float], Answer]:
        import optedu as oe

        problem = convex_relu(f)

        def solve(own: float) -> Answer:
            trace = oe.run(
                method(), problem, max_iter=20_000, tol=own, record_every=RECORD_EVERY,
                keep_iterates=False, execution="python",
            )  # fmt: skip
            steps = int(trace.iterations[-1])
            return Answer(trace.x.ravel(), {"step": steps}, steps)

        return solve

    def functions(f: ConvexNetwork) -> tuple[Callable, Callable]:
        problem = convex_relu(f)
        return (
            lambda x: problem.value(x.reshape(f.shape)),
            lambda x: problem.gradient(x.reshape(f.shape)).ravel(),
        )

    return Solver(name, "optedu", prepare, None, functions)


def _functions(f: ConvexNetwork) -> tuple[Callable, Callable]:
    return f.value, f.gradient


def cvxpy_solver(name: str, solver: str, options: Callable[[float], dict[str, Any]]) -> Solver:
    """Return a conic solver, from its model to its solution.

    Parameters
    ----------
    name, solver : str
    options : callable
        From the relative tolerance to the solver's settings.
    """

    def prepare(f: ConvexNetwork) -> Callable[[float], Answer]:
        solve = _in_cvxpy(f)
        return lambda own: Answer(solve(solver, options(own / f.scale)), {}, solve.steps)

    return Solver(name, "cvxpy", prepare, None, _functions)


def _in_cvxpy(f: ConvexNetwork) -> Any:
    """Return what models the program anew and solves it; ``steps`` of it are the last run's."""
    import cvxpy
    import scipy.sparse

    n, P = f.D.shape
    d = f.X.shape[1]

    def solve(solver: str, options: dict[str, Any]) -> np.ndarray:
        x = cvxpy.Variable((2 * P, d))
        G = f.X @ x.T
        signs = np.tile(2.0 * f.D - 1.0, (1, 2))
        F = np.concatenate([f.D[:, i, None] * f.X for i in range(P)], axis=1)
        # An own variable for the residual keeps the dense block small: P d columns once.
        z = cvxpy.Variable(n)
        w = cvxpy.reshape(x[:P] - x[P:], (P * d,), order="C")
        loss = 0.5 * cvxpy.sum_squares(z - f.y) + f.beta * cvxpy.sum(cvxpy.norm(x, axis=1))
        program = cvxpy.Problem(
            cvxpy.Minimize(loss),
            [z == scipy.sparse.csr_array(F) @ w, cvxpy.multiply(signs, G) >= 0],
        )
        program.solve(solver=solver, **options)
        solve.steps = int(program.solver_stats.num_iters or 0)
        return np.asarray(x.value).ravel()

    solve.steps = 0
    return solve
