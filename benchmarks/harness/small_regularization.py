"""Entropic transport of a random cost where the plan is nearly a matching, and its peers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.harness.limits import Work
from benchmarks.harness.solvers import Answer, Solver
from benchmarks.harness.transport import Transport


class RandomTransport(Transport):
    """Minimize <C, P> + t sum P (log P - 1), C uniform in [0, 1], n equal masses on both sides.

    Parameters
    ----------
    n : int
    t : float
    """

    def __init__(self, n: int, t: float) -> None:
        self.C, self.t = np.random.default_rng(0).uniform(size=(n, n)), t
        self.a = self.b = np.full(n, 1.0 / n)
        self.start = np.zeros(2 * n)
        self.data_bytes = self.C.nbytes
        pass_ = Work(0, self.C.nbytes, self.C.size)
        self.works = {"soft_transform": pass_, "plan": pass_}

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer: rounds of Sinkhorn, then Newton with the whole Hessian.

        Raises
        ------
        ArithmeticError
            If 40 steps of Newton do not bring the sums to their rounding errors.
        """
        n, x = self.a.size, self.start
        for _ in range(50):
            for i in (0, 1):
                E = ((x[n:] - self.C) if i == 0 else (x[:n] - self.C.T)) / self.t
                top = E.max(axis=1)
                block = -self.t * (top + np.log(np.exp(E - top[:, None]).sum(axis=1) * n))
                x = np.concatenate([block, x[n:]] if i == 0 else [x[:n], block])
        for _ in range(40):
            P, g = self._plan(x), self.gradient(x)
            if np.abs(g).sum() <= 1e-12:
                return x
            p, q = P.sum(axis=1), P.sum(axis=0)
            S = np.diag(q) - P.T @ (P / p[:, None]) + 1.0 / n**2
            v = np.linalg.solve(S, -self.t * (g[n:] - P.T @ (g[:n] / p)))
            d, step = np.concatenate([(-self.t * g[:n] - P @ v) / p, v]), 1.0
            while self.value(x + step * d) > self.value(x) + 1e-15:
                step /= 2
            x = x + step * d
        raise ArithmeticError(f"reference: sums off by {np.abs(g).sum():.1e}")


def regot_solver(name: str) -> Solver:
    """Return one of the methods of regot, which are C++."""

    def prepare(f: RandomTransport) -> Callable[[float], Answer]:
        import regot

        call = getattr(regot, f"sinkhorn_{name}")

        def solve(own: float) -> Answer:
            found = call(f.C, f.a, f.b, f.t, own, 1000)
            return Answer(np.append(np.asarray(found.dual).ravel(), 0.0), {}, int(found.niter))

        return solve

    return Solver(f"regot {name}", "regot", prepare, None, _functions)


def _functions(f: RandomTransport) -> tuple[Callable, Callable]:
    return f.value, f.gradient
