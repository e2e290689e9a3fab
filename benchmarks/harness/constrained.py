"""Objectives over a set, or with total variation, in plain NumPy, and their peers.

Each has its own ``error(x)`` and the ``scale`` it is measured in, from the point alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.harness.limits import Work


class L1BallLeastSquares:
    """Minimize ||A x - b||^2 / 2 subject to ||x||_1 <= radius.

    ``error`` is the Frank-Wolfe gap <g, x> + radius max |g_i|, NaN outside of the ball.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    b : numpy.ndarray, shape (n,)
    radius : float
    """

    def __init__(self, A: np.ndarray, b: np.ndarray, radius: float) -> None:
        self.A, self.b, self.radius = A, b, radius
        self.start = np.zeros(A.shape[1])
        self.data_bytes = A.nbytes
        self.scale = float(0.5 * (b @ b))
        self.smoothness = float(np.linalg.eigvalsh(A @ A.T)[-1])
        one = Work(2 * A.size, A.nbytes, 0)
        both = Work(4 * A.size, A.nbytes, 0)
        self.works = {"value": one, "gradient": both, "value_and_gradient": both}
        self.works["linear_minimizer"] = Work(0, 0, 0)

    def value(self, x: np.ndarray) -> float:
        """Return the objective."""
        r = self.A @ x - self.b
        return float(0.5 * (r @ r))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient."""
        return self.A.T @ (self.A @ x - self.b)

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return both, for two products."""
        r = self.A @ x - self.b
        return float(0.5 * (r @ r)), self.A.T @ r

    def error(self, x: np.ndarray) -> float:
        """Return the Frank-Wolfe gap, which bounds f(x) - f* in the ball."""
        if np.abs(x).sum() > self.radius * (1 + 1e-12):
            return math.nan
        g = self.gradient(x)
        return float(g @ x + self.radius * np.abs(g).max())

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return (f(x) - f(y)) / f(0)."""
        return float(0.5 * (self.A @ (x - y)) @ (self.A @ (x + y) - 2 * self.b) / self.scale)

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer: projected FISTA until the equations of its face solve the whole.

        Raises
        ------
        ArithmeticError
            If the relative gap does not fall to the tolerance.
        """
        x = y = self.start
        t, L, least = 1.0, self.smoothness, math.inf
        for k in range(1, 4001):
            new = self._project(y - self.gradient(y) / L)
            t_new = (1 + math.sqrt(1 + 4 * t * t)) / 2
            if (y - new) @ (new - x) > 0:
                t = t_new = 1.0
            x, y, t = new, new + (t - 1) / t_new * (new - x), t_new
            if k % 100 == 0:
                candidate = self._on_face(x)
                error = self.error(candidate * (1 - 1e-16)) / self.scale
                least = min(least, error)
                if error <= tolerance:
                    return candidate
        raise ArithmeticError(f"reference: relative Frank-Wolfe gap {least:.1e}")

    def _on_face(self, x: np.ndarray) -> np.ndarray:
        S = np.flatnonzero(x)
        B, s = self.A[:, S], np.sign(x[S])
        system = np.block([[B.T @ B, s[:, None]], [s[None, :], np.zeros((1, 1))]])
        x = np.zeros_like(x)
        x[S] = np.linalg.solve(system, np.append(B.T @ self.b, self.radius))[:-1]
        return x

    def _project(self, v: np.ndarray) -> np.ndarray:
        if np.abs(v).sum() <= self.radius:
            return v
        u = np.sort(np.abs(v))[::-1]
        shifts = (np.cumsum(u) - self.radius) / np.arange(1, u.size + 1)
        shift = shifts[np.flatnonzero(u > shifts)[-1]]
        return np.sign(v) * np.maximum(np.abs(v) - shift, 0.0)


class BoxQuadratic:
    """Minimize <P x, x> / 2 + <q, x> subject to low <= x <= high.

    ``error`` is the KKT residual ||x - clip(x - P x - q)||, measured in that at zero; it sees
    also how far a point is from the box.

    Parameters
    ----------
    P : numpy.ndarray, shape (d, d)
        Symmetric and positive definite.
    q, low, high : numpy.ndarray, shape (d,)
    """

    def __init__(self, P: np.ndarray, q: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        self.P, self.q, self.low, self.high = P, q, low, high
        self.start = np.zeros(q.size)
        self.data_bytes = P.nbytes
        self.scale = self.error(self.start)
        once, cubed = Work(2 * P.size, P.nbytes, 0), Work(q.size**3 / 3, P.nbytes, 0)
        free = ("linear_map", "adjoint", "dual_prox", "prox", "project")
        self.works = dict.fromkeys(free, Work(0, 0, 0))
        self.works |= dict.fromkeys(("value", "gradient", "value_and_gradient"), once)
        self.works["hessian"] = cubed  # what is done with it: one factorization at the least

    def clip(self, x: np.ndarray) -> np.ndarray:
        """Return the nearest point of the box."""
        return np.minimum(np.maximum(x, self.low), self.high)

    def value(self, x: np.ndarray) -> float:
        """Return the objective."""
        return float(0.5 * (x @ (self.P @ x)) + self.q @ x)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient."""
        return self.P @ x + self.q

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return both, for one product."""
        Px = self.P @ x
        return float(0.5 * (x @ Px) + self.q @ x), Px + self.q

    def error(self, x: np.ndarray) -> float:
        """Return the KKT residual."""
        return float(np.linalg.norm(x - self.clip(x - self.gradient(x))))

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f(x) - f(y) at the points of the box nearest to them."""
        x, y = self.clip(x), self.clip(y)
        return float((x - y) @ (0.5 * (self.P @ (x + y)) + self.q))

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer, by `active_sets`."""

        def solve(free: np.ndarray, right: np.ndarray) -> np.ndarray:
            return np.linalg.solve(self.P[np.ix_(free, free)], right[free])

        x = active_sets(self.P.__matmul__, solve, self.q, self.low, self.high)
        if self.error(x) > tolerance * self.scale:
            raise ArithmeticError(f"reference: KKT residual {self.error(x):.1e}")
        return x


def active_sets(
    product: Callable, solve: Callable, q: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the minimizer of a quadratic over a box, by the primal-dual active set method.

    Guess who is at which bound, solve for the others, correct the guess, until it is right.

    Parameters
    ----------
    product : callable
        P x.
    solve : callable
        From the free indices and a right side, whole, to the solution of P restricted to them.
    q, low, high : numpy.ndarray
    """
    x = np.minimum(np.maximum(0.0 * q, low), high)
    before = None
    for _ in range(500):
        moved = x - (product(x) + q)
        at = np.where(moved < low, -1, np.where(moved > high, 1, 0))
        if before is not None and (at == before).all():
            break
        before = at
        x = np.where(at < 0, low, np.where(at > 0, high, 0.0))
        free = np.flatnonzero(at == 0)
        if free.size:
            x[free] = solve(free, -q - product(x))
    return x


class TotalVariation:
    """Minimize ||x - b||^2 / 2 + weight sum_i |x_{i+1} - x_i|.

    ``error`` is f(x) - f*, measured in f(b); f* from `reference`, whose duality gap is checked.

    Parameters
    ----------
    b : numpy.ndarray, shape (n,)
    weight : float
    """

    def __init__(self, b: np.ndarray, weight: float) -> None:
        self.b, self.weight = b, weight
        self.start = b.copy()
        self.data_bytes = b.nbytes
        self.scale = self.value(b)
        once = Work(b.size, b.nbytes, 0)
        names = ("value", "gradient", "prox", "dual_prox", "linear_map", "adjoint")
        self.works = dict.fromkeys(names, once)
        self.works["taut_string"] = once

    def value(self, x: np.ndarray) -> float:
        """Return the objective."""
        r = x - self.b
        return float(0.5 * (r @ r) + self.weight * np.abs(np.diff(x)).sum())

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient of the first term."""
        return x - self.b

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return (f(x) - f(y)) / f(b)."""
        smooth = 0.5 * math.fsum((x - y) * (x + y - 2 * self.b))
        jumps = math.fsum(np.abs(np.diff(x)) - np.abs(np.diff(y)))
        return (smooth + self.weight * jumps) / self.scale

    def error(self, x: np.ndarray) -> float:
        """Return f(x) - f*, 0 where rounding makes it negative."""
        return max(self.gap(x, self.best), 0.0) * self.scale

    @functools.cached_property
    def best(self) -> np.ndarray:
        """The minimizer, from the dual: minimize ||D'y - b||^2 / 2 over |y_i| <= weight.

        D'y - b is constant between two jumps; D D' is tridiagonal.

        Raises
        ------
        ArithmeticError
            If the duality gap is above 1e-13 of f(b).
        """
        import scipy.linalg

        n, weight = self.b.size - 1, np.full(self.b.size - 1, self.weight)

        def product(y: np.ndarray) -> np.ndarray:
            return np.diff(adjoint(y))

        def solve(free: np.ndarray, right: np.ndarray) -> np.ndarray:
            bands = np.empty((2, free.size))
            bands[0], bands[1] = 0.0, 2.0
            bands[0, 1:] = np.where(np.diff(free) == 1, -1.0, 0.0)
            return scipy.linalg.solveh_banded(bands, right[free])

        def adjoint(y: np.ndarray) -> np.ndarray:
            x = np.zeros(n + 1)
            x[1:] += y
            x[:-1] -= y
            return x

        y = active_sets(product, solve, -np.diff(self.b), -weight, weight)
        x = self.b - adjoint(y)
        duality_gap = self.weight * np.abs(np.diff(x)).sum() - np.diff(x) @ y
        if not np.abs(y).max() <= self.weight * (1 + 1e-12) or duality_gap > 1e-13 * self.scale:
            raise ArithmeticError(f"reference: duality gap {duality_gap:.1e}")
        return x

    def reference(self, tolerance: float) -> np.ndarray:
        """Return the minimizer."""
        return self.best


# Ours, as problems of the book.


def on_the_ball(f: L1BallLeastSquares) -> Any:
    """Return least squares over the ball."""
    import optedu as oe

    return oe.problems.Constrained(oe.problems.LeastSquares(f.A, f.b), oe.problems.L1Ball(f.radius))


def box_program(f: BoxQuadratic) -> Any:
    """Return the program with the identity as its map."""
    import optedu as oe

    return oe.problems.BoxProgram(f.P, f.q, np.eye(f.q.size), f.low, f.high)


def over_the_box(f: BoxQuadratic) -> Any:
    """Return the quadratic, with the box as a term that has a prox."""
    import optedu as oe

    box = oe.problems.Indicator(oe.problems.Box(f.low, f.high))
    return oe.problems.Composite(oe.problems.Quadratic(f.P, -f.q), box)


def total_variation(f: TotalVariation) -> Any:
    """Return the problem with differences as its map."""
    import optedu as oe

    return oe.problems.TotalVariation(f.b, f.weight)


def solver(name: str, library: str, prepare: Callable, count: Callable | None = None) -> Any:
    """Return a contestant.

    Parameters
    ----------
    name, library : str
    prepare, count : callable
        From the objective to a function of the tolerance that returns point, counts and steps.
    """
    from benchmarks.harness.solvers import Answer, Solver

    def answering(prepared: Callable) -> Callable:
        def ready(objective: Any) -> Callable[[float], Any]:
            solve = prepared(objective)
            return lambda own: Answer(*solve(own))

        return ready

    counting = count and answering(count)
    return Solver(name, library, answering(prepare), counting, lambda f: (f.value, f.gradient))


def taut_string() -> Any:
    """Return our direct method, which takes no tolerance."""

    def prepare(f: TotalVariation) -> Callable:
        from optedu.problems.linear_composites import total_variation_solution

        return lambda own: (total_variation_solution(f.b, f.weight), {"taut_string": 1}, 1)

    return solver("taut string", "optedu", prepare)


# Peers. Their form of the data is made before the clock starts.


def copt_frank_wolfe(name: str, variant: str, step: str) -> Any:
    """Return `copt.minimize_frank_wolfe`, given L, from the vertex that ours go to first."""

    def adapter(counting: bool) -> Callable:
        def prepare(f: L1BallLeastSquares) -> Callable:
            import copt

            from benchmarks.harness.solvers import Counting

            ball = copt.constraint.L1Ball(f.radius)

            def solve(own: float) -> tuple:
                counted = Counting(f) if counting else f
                slope, start = counted.gradient(f.start), np.zeros(f.start.size)
                first = int(np.argmax(np.abs(slope)))
                sign = -float(np.sign(slope[first]))
                start[first] = sign * f.radius
                more = {"x0_rep": (sign, first)} if variant == "pairwise" else {}
                found = copt.minimize_frank_wolfe(
                    counted.value_and_gradient,
                    start,
                    ball.lmo if variant == "vanilla" else ball.lmo_pairwise,
                    variant=variant,
                    jac=True,
                    step=step,
                    lipschitz=f.smoothness,
                    max_iter=10_000,
                    tol=own,
                    **more,
                )
                return found.x, dict(counted.counts) if counting else {}, int(found.nit)

            return solve

        return prepare

    return solver(name, "copt", adapter(False), adapter(True))


def osqp_solver(name: str, form: Callable, **settings: Any) -> Any:
    """Return OSQP, from setup to solution.

    Parameters
    ----------
    name : str
    form : callable
        From the objective to P, q, low, high, and to the point from the solution.
    **settings
    """

    def prepare(f: Any) -> Callable:
        import osqp
        import scipy.sparse

        P, q, low, high, point = form(f)
        P, A = scipy.sparse.triu(P, format="csc"), scipy.sparse.eye(q.size, format="csc")

        def solve(own: float) -> tuple:
            model = osqp.OSQP()
            model.setup(
                P,
                q,
                A,
                low,
                high,
                eps_abs=own / f.scale,
                eps_rel=own / f.scale,
                max_iter=100_000,
                verbose=False,
                **settings,
            )
            found = model.solve(raise_error=False)
            return point(np.array(found.x)), {}, int(found.info.iter)

        return solve

    return solver(name, "osqp", prepare)


def clarabel_solver(name: str, form: Callable) -> Any:
    """Return Clarabel, an interior point method, from setup to solution."""

    def prepare(f: Any) -> Callable:
        import clarabel
        import scipy.sparse

        P, q, low, high, point = form(f)
        eye = scipy.sparse.eye(q.size, format="csc")
        P, A = scipy.sparse.triu(P, format="csc"), scipy.sparse.vstack([eye, -eye], format="csc")
        b, cones = np.append(high, -low), [clarabel.NonnegativeConeT(2 * q.size)]

        def solve(own: float) -> tuple:
            settings = clarabel.DefaultSettings()
            settings.verbose = False
            settings.max_threads = 1
            settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = own / f.scale
            found = clarabel.DefaultSolver(P, q, A, b, cones, settings).solve()
            return point(np.array(found.x)), {}, int(found.iterations)

        return solve

    return solver(name, "clarabel", prepare)


def as_it_is(f: BoxQuadratic) -> tuple:
    """Return the program's own data."""
    return f.P, f.q, f.low, f.high, lambda x: x


def dual_of(f: TotalVariation) -> tuple:
    """Return the dual, ||D'y - b||^2 / 2 over a box, and x = b - D'y."""
    import scipy.sparse

    n = f.b.size
    D = scipy.sparse.diags([-np.ones(n - 1), np.ones(n - 1)], [0, 1], (n - 1, n), "csr")
    weight = np.full(n - 1, f.weight)
    return (D @ D.T).tocsc(), -(D @ f.b), -weight, weight, lambda y: f.b - D.T @ y


def scipy_box(name: str = "SciPy L-BFGS-B") -> Any:
    """Return SciPy's L-BFGS-B, given the bounds."""

    def adapter(counting: bool) -> Callable:
        def prepare(f: BoxQuadratic) -> Callable:
            from scipy.optimize import Bounds, minimize

            from benchmarks.harness.solvers import Counting

            def solve(own: float) -> tuple:
                counted = Counting(f) if counting else f
                found = minimize(
                    counted.value_and_gradient,
                    f.start,
                    jac=True,
                    method="L-BFGS-B",
                    bounds=Bounds(f.low, f.high),
                    options={
                        "gtol": own / np.sqrt(f.q.size),
                        "ftol": 0.0,
                        "maxiter": 100_000,
                        "maxfun": 100_000,
                    },
                )
                return found.x, dict(counted.counts) if counting else {}, int(found.nit)

            return solve

        return prepare

    return solver(name, "scipy", adapter(False), adapter(True))


def copt_total_variation(name: str = "copt prox_tv1d") -> Any:
    """Return the direct method of Condat, compiled by Numba."""

    def prepare(f: TotalVariation) -> Callable:
        def solve(own: float) -> tuple:
            from copt.tv_prox import prox_tv1d

            return prox_tv1d(f.b, f.weight), {}, 1

        return solve

    return solver(name, "copt", prepare)


# Data.


def sparse_ball(n: int = 1000, d: int = 2000, used: int = 10) -> L1BallLeastSquares:
    """Return a Gaussian design with a few coordinates used, in a ball too small for them."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((n, d)) / np.sqrt(n)
    x = np.zeros(d)
    x[:used] = rng.choice([-1.0, 1.0], used) * rng.uniform(0.5, 1.5, used)
    b = A @ x + 0.05 * rng.standard_normal(n)
    return L1BallLeastSquares(A, b, 0.3 * float(np.abs(x).sum()))


def box_quadratic(d: int = 300) -> BoxQuadratic:
    """Return a rotated quadratic of condition 1000 over a box, most of whose bounds are met."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    P = (basis * np.geomspace(1e-3, 1.0, d)) @ basis.T
    return BoxQuadratic(0.5 * (P + P.T), 0.1 * rng.standard_normal(d), -np.ones(d), np.ones(d))


def noisy_steps(n: int = 10_000, length: int = 200, weight: float = 10.0) -> TotalVariation:
    """Return a signal that jumps after every so many entries, with noise."""
    rng = np.random.default_rng(0)
    steps = np.repeat(2 * rng.standard_normal(n // length), length)
    return TotalVariation(steps + 0.5 * rng.standard_normal(steps.size), weight)
