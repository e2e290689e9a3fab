"""Objectives with an l1 term, dense or sparse, in plain NumPy and SciPy, and their peers.

``error(x)`` is the duality gap, by the residual scaled until it is feasible for the dual.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness.limits import Work

CHEAP = ("value", "residual", "jacobian_column", "output_curvature")
"""Calls that touch the columns of a few coordinates only; they are not in the limit."""


def works_of(A: Any, exps: int) -> dict[str, Work]:
    """Return one pass over A for a gradient; nothing for what touches a few columns."""
    entries = A.size if isinstance(A, np.ndarray) else A.nnz
    one = Work(2 * entries, bytes_of(A), exps)
    return dict.fromkeys(CHEAP, Work(0, 0, 0)) | {"gradient": one, "value_and_gradient": one}


def bytes_of(A: Any) -> int:
    """Return the bytes that a pass reads."""
    return A.nbytes if isinstance(A, np.ndarray) else A.data.nbytes + A.indices.nbytes


class L1LeastSquares(NamedTuple):
    """Minimize ||A x - b||^2 / 2 + l1 ||x||_1.

    Parameters
    ----------
    A : numpy.ndarray in Fortran order, or scipy.sparse.csc_matrix, shape (n, d)
    b : numpy.ndarray, shape (n,)
    l1 : float
    """

    A: Any
    b: np.ndarray
    l1: float

    @property
    def start(self) -> np.ndarray:
        """Zeros, where every solver starts."""
        return np.zeros(self.A.shape[1])

    @property
    def data_bytes(self) -> int:
        """Bytes of the data that a pass reads."""
        return bytes_of(self.A)

    def value(self, x: np.ndarray) -> float:
        """Return the objective."""
        r = self.A @ x - self.b
        return float(0.5 * (r @ r) + self.l1 * np.abs(x).sum())

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient of the first term."""
        return self.A.T @ (self.A @ x - self.b)

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return the second derivative of each row's loss."""
        return np.ones(self.b.size)

    def error(self, x: np.ndarray) -> float:
        """Return the duality gap, without cancellation of the losses."""
        r = self.b - self.A @ x
        c = self.A.T @ r
        s = min(1.0, self.l1 / np.abs(c).max())
        return float(0.5 * (1 - s) ** 2 * (r @ r) + self.l1 * np.abs(x).sum() - s * (c @ x))

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return (f(x) - f(y)) / f(0)."""
        smooth = 0.5 * (self.A @ (x - y)) @ (self.A @ (x + y) - 2 * self.b)
        return (smooth + self.l1 * math.fsum(np.abs(x) - np.abs(y))) / self.value(self.start)

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer by Newton steps on the support that FISTA finds."""
        return polished(self, tolerance)

    @property
    def works(self) -> dict[str, Work]:
        """One pass over A for each gradient."""
        return works_of(self.A, 0)

    @property
    def observed(self) -> np.ndarray:
        """What a peer is fitted to."""
        return self.b

    @property
    def l2(self) -> float:
        """No ridge."""
        return 0.0


class L1Logistic(NamedTuple):
    """Minimize mean(log(1 + exp(-y_i <a_i, x>))) + l1 ||x||_1 + l2 ||x||^2 / 2.

    Parameters
    ----------
    A : numpy.ndarray in Fortran order, or scipy.sparse.csc_matrix, shape (n, d)
    y : numpy.ndarray, shape (n,)
        Labels, -1 or +1.
    l1, l2 : float
        Positive.
    """

    A: Any
    y: np.ndarray
    l1: float
    l2: float

    @property
    def start(self) -> np.ndarray:
        """Zeros, where every solver starts."""
        return np.zeros(self.A.shape[1])

    @property
    def data_bytes(self) -> int:
        """Bytes of the data that a pass reads."""
        return bytes_of(self.A)

    def losses(self, x: np.ndarray) -> np.ndarray:
        """Return the loss of each row."""
        return np.logaddexp(0.0, -self.y * (self.A @ x))

    def shares(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of the wrong label of each row."""
        return np.exp(-np.logaddexp(0.0, self.y * (self.A @ x)))

    def value(self, x: np.ndarray) -> float:
        """Return the objective."""
        penalty = self.l1 * np.abs(x).sum() + 0.5 * self.l2 * (x @ x)
        return float(self.losses(x).mean() + penalty)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean of the losses."""
        return self.A.T @ (self.y * self.shares(x)) / -self.y.size

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return the second derivative of each row's loss."""
        s = self.shares(x)
        return s * (1 - s) / self.y.size

    def error(self, x: np.ndarray) -> float:
        """Return the duality gap: of each coordinate what Young's inequality leaves."""
        g = self.gradient(x)
        excess = np.maximum(np.abs(g) - self.l1, 0.0)
        penalties = self.l1 * np.abs(x) + 0.5 * self.l2 * x**2
        return float((penalties + g * x + excess**2 / (2 * self.l2)).sum())

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return (f(x) - f(y)) / f(0)."""
        losses = math.fsum(self.losses(x) - self.losses(y)) / self.y.size
        penalty = self.l1 * math.fsum(np.abs(x) - np.abs(y))
        penalty += 0.5 * self.l2 * float((x - y) @ (x + y))
        return (losses + penalty) / self.value(self.start)

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer by Newton steps on the support that FISTA finds."""
        return polished(self, tolerance)

    @property
    def works(self) -> dict[str, Work]:
        """One pass over A for each gradient."""
        return works_of(self.A, self.y.size)

    @property
    def observed(self) -> np.ndarray:
        """What a peer is fitted to."""
        return self.y


def logistic_problem(f: L1Logistic) -> Any:
    """Return our problem with the objective's data."""
    import optedu as oe

    return oe.problems.L1Logistic.from_matrix(f.A, f.y, f.l1, f.l2)


def polished(objective: Any, tolerance: float) -> np.ndarray:
    """Return the minimizer: restarted FISTA until Newton on its support solves the whole.

    Raises
    ------
    ArithmeticError
        If the relative gap does not fall to the tolerance, or to rounding.
    """
    A, l1, l2, x = objective.A, objective.l1, objective.l2, objective.start
    first = objective.value(x)
    v = np.random.default_rng(0).standard_normal(x.size)
    for _ in range(60):
        v = A.T @ (A @ v)
        v /= np.linalg.norm(v)
    L = 1.1 * np.linalg.norm(A @ v) ** 2 * objective.curvature(x).max()
    y, t, least = x, 1.0, np.inf
    for k in range(1, 4001):
        v = y - objective.gradient(y) / L
        new = np.sign(v) * np.maximum(np.abs(v) - l1 / L, 0.0) / (1 + l2 / L)
        t_new = (1 + math.sqrt(1 + 4 * t * t)) / 2
        if (y - new) @ (new - x) > 0:
            t, t_new = 1.0, 1.0
        x, y, t = new, new + (t - 1) / t_new * (new - x), t_new
        if k % 200 == 0:
            candidate = on_support(objective, x)
            least = objective.error(candidate) / first
            if least <= max(tolerance, 1e-15):
                return candidate
    raise ArithmeticError(f"reference: relative gap {least:.1e}")


def on_support(objective: Any, x: np.ndarray) -> np.ndarray:
    """Return the solution whose support and signs are those of x, by Newton's method."""
    S = np.flatnonzero(x)
    B = objective.A[:, S]
    B = B if isinstance(B, np.ndarray) else B.toarray()
    x = x.copy()
    for _ in range(12):
        H = (B.T * objective.curvature(x)) @ B + objective.l2 * np.eye(S.size)
        g = objective.gradient(x)[S] + objective.l1 * np.sign(x[S]) + objective.l2 * x[S]
        x[S] -= np.linalg.lstsq(H, g, rcond=None)[0]
    return x


# Peers. Each takes its tolerance relative to the objective at zero, and the data as they are.


def peer(name: str, library: str, make: Callable[[Any, float], Any]) -> Any:
    """Return a solver with the interface of scikit-learn.

    Parameters
    ----------
    name, library : str
    make : callable
        From the objective and the relative tolerance to an estimator.
    """
    from benchmarks.harness.solvers import Answer, Solver

    def prepare(objective: Any) -> Callable[[float], Any]:
        scale = objective.value(objective.start)

        def solve(own: float) -> Any:
            from sklearn import config_context

            model = make(objective, own / scale)
            with (
                config_context(assume_finite=True, skip_parameter_validation=True),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")
                model.fit(objective.A, objective.observed)
            return Answer(np.ravel(model.coef_), {}, int(np.max(model.n_iter_)))

        return solve

    return Solver(name, library, prepare, None, lambda f: (f.value, f.gradient))


def lassos() -> list[Any]:
    """Return the peers for the Lasso."""

    def options(f: Any, tolerance: float) -> dict[str, Any]:
        return {"alpha": f.l1 / f.b.size, "fit_intercept": False, "tol": tolerance}

    def scikit_learn(f: Any, tolerance: float) -> Any:
        from sklearn.linear_model import Lasso

        return Lasso(**options(f, tolerance), max_iter=100_000)

    def celer(f: Any, tolerance: float) -> Any:
        from celer import Lasso

        return Lasso(**options(f, tolerance))

    def skglm(f: Any, tolerance: float) -> Any:
        from skglm import Lasso

        return Lasso(**options(f, tolerance))

    return [
        peer("scikit-learn Lasso", "scikit-learn", scikit_learn),
        peer("celer Lasso", "celer", celer),
        peer("skglm Lasso", "skglm", skglm),
    ]


def classifiers() -> list[Any]:
    """Return the peers for logistic regression with the elastic net.

    They stop by violations and movements, not by a gap: asked from 1e-4 on, they are not asked
    for more than they need.
    """

    def options(f: Any, tolerance: float) -> dict[str, Any]:
        return {
            "l1_ratio": f.l1 / (f.l1 + f.l2),
            "fit_intercept": False,
            "tol": 1e4 * tolerance,
        }

    def saga(f: Any, tolerance: float) -> Any:
        from sklearn.linear_model import LogisticRegression

        C = 1 / (f.y.size * (f.l1 + f.l2))
        return LogisticRegression(
            C=C, solver="saga", max_iter=10_000, random_state=0, **options(f, tolerance)
        )

    def skglm(f: Any, tolerance: float) -> Any:
        from skglm import SparseLogisticRegression

        return SparseLogisticRegression(alpha=f.l1 + f.l2, **options(f, tolerance))

    return [
        peer("scikit-learn saga", "scikit-learn", saga),
        peer("skglm SparseLogisticRegression", "skglm", skglm),
    ]


# Data.


def dense_lasso(n: int = 1000, d: int = 5000, used: int = 50) -> L1LeastSquares:
    """Return a Gaussian design with a few coordinates used, l1 a twentieth of the largest."""
    rng = np.random.default_rng(0)
    A = np.asfortranarray(rng.standard_normal((n, d)))
    x = np.zeros(d)
    x[:used] = rng.standard_normal(used)
    b = A @ x + 0.5 * rng.standard_normal(n)
    return L1LeastSquares(A, b, 0.05 * float(np.abs(A.T @ b).max()))


def sparse_lasso(n: int = 2000, d: int = 20_000, used: int = 100) -> L1LeastSquares:
    """Return a sparse design, one entry in a hundred, l1 a twentieth of the largest."""
    import scipy.sparse

    rng = np.random.default_rng(0)
    A = scipy.sparse.random(
        n, d, density=0.01, format="csc", random_state=rng, data_rvs=rng.standard_normal
    )
    x = np.zeros(d)
    x[rng.choice(d, used, replace=False)] = rng.standard_normal(used)
    b = A @ x + 0.05 * rng.standard_normal(n)
    return L1LeastSquares(A, b, 0.05 * float(np.abs(A.T @ b).max()))


def sparse_labels(n: int = 2000, d: int = 20_000, used: int = 100) -> L1Logistic:
    """Return a sparse design, labels of a sparse logistic model, and an elastic net."""
    import scipy.sparse

    rng = np.random.default_rng(0)
    A = scipy.sparse.random(
        n, d, density=0.01, format="csc", random_state=rng, data_rvs=rng.standard_normal
    )
    x = np.zeros(d)
    x[rng.choice(d, used, replace=False)] = 5 * rng.standard_normal(used)
    y = np.where(A @ x + rng.logistic(size=n) > 0, 1.0, -1.0)
    largest = float(np.abs(A.T @ y).max()) / (2 * n)
    return L1Logistic(A, y, 0.5 * largest, largest)
