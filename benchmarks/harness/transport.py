"""Entropic transport in plain NumPy, and its peers.

A solver's answer is a pair of dual potentials, whatever form it iterates in; the error is
||P 1 - a||_1 + ||P'1 - b||_1 of their plan, computed from the potentials alone.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.harness.limits import Work
from benchmarks.harness.solvers import Answer, Solver

RECORD_EVERY = 20
"""Rounds between two tests for convergence; POT makes its own every 10, ott every 10."""


class Transport:
    """Minimize <C, P> + t sum P (log P - 1), C the squared distances over the largest.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
    Y : numpy.ndarray, shape (m, d)
    t : float
        Regularization, where the largest cost is 1.
    """

    scale = 1.0

    def __init__(self, X: np.ndarray, Y: np.ndarray, t: float) -> None:
        largest = float(np.max(self._distances(X, Y)))
        self.X, self.Y, self.t = X / largest**0.5, Y / largest**0.5, t
        self.C = self._distances(self.X, self.Y)
        self.a, self.b = (np.full(len(Z), 1.0 / len(Z)) for Z in (X, Y))
        self.start = np.zeros(len(X) + len(Y))
        self.data_bytes = self.C.nbytes
        pass_ = Work(0, self.C.nbytes, self.C.size)
        self.works = {"soft_transform": pass_, "plan": pass_}

    @staticmethod
    def _distances(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        return sum((X[:, k : k + 1] - Y[:, k]) ** 2 for k in range(X.shape[1]))

    def _plan(self, x: np.ndarray) -> np.ndarray:
        n = self.a.size
        with np.errstate(over="ignore"):
            return np.exp((x[:n, None] + x[n:] - self.C) / self.t)

    def value(self, x: np.ndarray) -> float:
        """Return the dual objective."""
        n = self.a.size
        return float(self.t * self._plan(x).sum() - self.a @ x[:n] - self.b @ x[n:])

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the errors of the plan's sums."""
        P = self._plan(x)
        return np.concatenate([P.sum(axis=1) - self.a, P.sum(axis=0) - self.b])

    def error(self, x: np.ndarray) -> float:
        """Return the sum of the absolute errors of the plan's sums."""
        return float(np.abs(self.gradient(x)).sum())

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f(x) - f(y)."""
        return self.value(x) - self.value(y)

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer, by scalings of exp(-C / t)."""
        K, v = np.exp(-self.C / self.t), np.ones(self.b.size)
        for _ in range(20_000):
            u = self.a / (K @ v)
            new = self.b / (u @ K)
            still = np.abs(new / v - 1.0).max() <= tolerance * 100
            v = new
            if still:
                return self.t * np.log(np.concatenate([u, v]))
        raise ArithmeticError("reference: no convergence in 20 000 rounds")


class ScalingTransport(Transport):
    """The same, where a round is two products with the plan that is kept."""

    def __init__(self, X: np.ndarray, Y: np.ndarray, t: float) -> None:
        super().__init__(X, Y, t)
        self.works["round"] = Work(4 * self.C.size, 2 * self.C.nbytes, 0)


def gaussian_clouds(n: int, t: float) -> Callable[[], ScalingTransport]:
    """Return what draws two clouds of n points in the plane."""

    def make() -> ScalingTransport:
        rng = np.random.default_rng(1)
        X, Y = rng.standard_normal((n, 2)), rng.standard_normal((n, 2)) * 0.7 + [1.0, 0.5]
        return ScalingTransport(X, Y, t)

    return make


def dense(f: Transport) -> Any:
    """Return our problem with the cost."""
    import optedu as oe

    return oe.problems.EntropicTransport(f.C, f.a, f.b, f.t)


def ours(method: Callable[..., Any], name: str, problem_of: Callable = dense) -> Solver:
    """Return a method of ours, which tests for convergence every 20 rounds."""

    def adapter(counting: bool) -> Callable:
        def prepare(f: Transport) -> Callable[[float], Answer]:
            problem = problem_of(f)

            def solve(own: float) -> Answer:
                import optedu as oe

                trace = oe.run(
                    method(), problem, max_iter=20_000, tol=own, execution="python",
                    record_every=RECORD_EVERY, keep_iterates=False,
                )  # fmt: skip
                steps, counts = int(trace.iterations[-1]), dict(trace.counts)
                if counting and counts.get("soft_transform", 0) < steps:
                    counts["round"] = steps
                return Answer(trace.x, counts, steps)

            return solve

        return prepare

    def functions(f: Transport) -> tuple[Callable, Callable]:
        problem = problem_of(f)
        return problem.value, problem.gradient

    return Solver(name, "optedu", adapter(False), adapter(True), functions)


def _functions(f: Transport) -> tuple[Callable, Callable]:
    return f.value, f.gradient


def pot(name: str, method: str) -> Solver:
    """Return `ot.sinkhorn`, in its scaling or its logarithmic form."""

    def prepare(f: Transport) -> Callable[[float], Answer]:
        import ot

        def solve(own: float) -> Answer:
            _, log = ot.sinkhorn(
                f.a, f.b, f.C, f.t, method=method, numItermax=20_000, stopThr=own, log=True,
                warn=False,
            )  # fmt: skip
            if "log_u" in log:
                u, v = log["log_u"], log["log_v"]
            elif "logu" in log:
                u, v = log["logu"], log["logv"]
            else:
                u, v = np.log(log["u"]), np.log(log["v"])
            return Answer(
                f.t * np.concatenate([u, v]), {}, int(log.get("n_iter", log.get("niter")))
            )

        return solve

    return Solver(name, "POT", prepare, None, _functions)


def ott(name: str, *, logarithmic: bool = True) -> Solver:
    """Return ott-jax, compiled once for each tolerance, before the clock starts."""

    def prepare(f: Transport) -> Callable[[float], Answer]:
        os.environ.setdefault(
            "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        )
        import jax

        jax.config.update("jax_enable_x64", True)
        from ott.geometry import geometry
        from ott.problems.linear import linear_problem
        from ott.solvers.linear import sinkhorn

        space = geometry.Geometry(cost_matrix=jax.numpy.asarray(f.C), epsilon=f.t)
        problem = linear_problem.LinearProblem(space, a=f.a, b=f.b)

        @functools.cache
        def compiled(own: float) -> Callable:
            solver = sinkhorn.Sinkhorn(threshold=own, max_iterations=20_000, lse_mode=logarithmic)
            call = jax.jit(solver)
            jax.block_until_ready(call(problem).f)
            return call

        def solve(own: float) -> Answer:
            found = compiled(own)(problem)
            x = np.concatenate([np.asarray(found.f), np.asarray(found.g)])
            return Answer(x, {}, int(found.n_iters))

        return solve

    return Solver(name, "ott-jax", prepare, None, _functions)
