"""FOSI: Newton's step on the extreme eigenvectors, a first-order step on all the rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.landscape.lanczos import extreme_eigenpairs
from optedu.parameters import require_between, require_positive, step_from_smoothness
from optedu.protocol import method, portable


@portable
def split(V, curvatures, g):
    """Return (p, n): the part p of g in the span of the rows of V, and p divided by curvatures."""
    p, n = 0.0 * g, 0.0 * g
    for i in range(V.shape[0]):
        c = V[i] @ g
        p = p + c * V[i]
        n = n + (c / curvatures[i]) * V[i]
    return p, n


class FOSIState(NamedTuple):
    x: np.ndarray  # the iterate
    V: np.ndarray  # orthonormal rows: approximate eigenvectors; rows not found are zero
    curvatures: np.ndarray  # absolute values of their eigenvalues; 1 where none was found
    scaling: float  # of the base step
    u: np.ndarray  # velocity in the span of V
    w: np.ndarray  # velocity of the base method, in the complement
    k: int  # steps taken


@method
class FOSI(NamedTuple):
    """A hybrid of Newton's method and gradient descent or heavy ball, of Sivan, Gabel and Schuster.

    Problem      minimize f(x), f twice differentiable, with a few extreme curvatures.
    Update       every ``refresh`` steps: V, lam = eigenpairs of the Hessian by Lanczos, the
                 ``smallest`` and the ``largest`` ones;  s = clip(lam_max / lam_k, 1, 3)
                 g = grad f(x);  u = b u + V'V g;  w = b w + (g - V'V g)
                 x+ = x - s step_size (I - V'V) w - newton_step V' |lam|^(-1) V u
    Guarantee    quadratic f, exact eigenpairs, b = 0: the two parts do not see each other, and the
                 condition number is that of the spectrum which is left (sivan2024).
    Cost         one gradient per step; 4 (smallest + largest) Hessian products per refresh.
    Use when     a few curvatures stand out, and Hessian products are affordable now and then.
    Fails when   the spectrum has no gap: Lanczos then has not converged, and |lam|^(-1) along a
                 vector that is no eigenvector may be too long a step. Noise in the gradient is
                 divided by small curvatures.

    Parameters
    ----------
    step_size : float, optional
        Of the base method, in the complement; by default 1 / problem.smoothness.
    momentum : float, default 0.0
        b: 0 is gradient descent, more is heavy ball.
    newton_step : float, default 0.1
        alpha; 1 is Newton's full step.
    largest : int, default 2
        Number k of the largest eigenvalues.
    smallest : int, default 0
        Number l of the smallest.
    refresh : int, default 100
        Steps between two estimates of the spectrum.
    largest_scaling : float, default 3.0
        Bound on the factor s; 1 leaves the base method's step size alone.

    References
    ----------
    sivan2024.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 1.0], [1.0, 2.0]], [300.0, 1.0])
    >>> trace = oe.run(oe.FOSI(newton_step=1.0), problem, [0.0, 0.0], tol=1e-8)
    >>> int(trace.iterations[-1])
    1
    """

    step_size: float | None = None
    momentum: float = 0.0
    newton_step: float = 0.1
    largest: int = 2
    smallest: int = 0
    refresh: int = 100
    largest_scaling: float = 3.0

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size", "newton_step", "refresh")
        require_between(self, "momentum", 0.0, 1.0)
        require_between(self, "largest_scaling", 1.0, np.inf)
        for name in ("largest", "smallest"):
            if getattr(self, name) < 0:
                raise ValueError(f"FOSI: {name} must be 0 or more, got {getattr(self, name)}")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x, rng):
        n, zero = self.smallest + self.largest, np.zeros(x.size)
        return FOSIState(x, np.zeros((n, x.size)), np.ones(n), 1.0, zero, zero, 0)

    def spectrum(self, problem, x, rng):
        """Return (V, curvatures, scaling) at x."""
        n, k = self.smallest + self.largest, self.largest
        V, curvatures, scaling = np.zeros((n, x.size)), np.ones(n), 1.0
        start = rng.standard_normal(x.size)
        values, vectors = extreme_eigenpairs(problem, x, start, 4 * n, self.smallest, k)
        for i in range(values.size):
            V[i], curvatures[i] = vectors[i], max(abs(values[i]), 1e-12)
        found = min(k, values.size)
        if found > 0:
            ratio = curvatures[values.size - 1] / curvatures[values.size - found]
            scaling = min(max(ratio, 1.0), self.largest_scaling)
        return V, curvatures, scaling

    def step(self, problem, state, rng):
        x, V, curvatures, scaling = state.x, state.V, state.curvatures, state.scaling
        if state.k % self.refresh == 0 and V.shape[0] > 0:
            V, curvatures, scaling = self.spectrum(problem, x, rng)
        g = problem.gradient(x).ravel()
        p, _ = split(V, curvatures, g)
        u = self.momentum * state.u + p
        w = self.momentum * state.w + (g - p)
        inside, _ = split(V, curvatures, w)
        _, newton = split(V, curvatures, u)
        move = scaling * self.step_size * (w - inside) + self.newton_step * newton
        return FOSIState(x - move.reshape(x.shape), V, curvatures, scaling, u, w, state.k + 1)
