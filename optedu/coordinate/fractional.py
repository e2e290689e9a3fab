"""Coordinate descent for a ratio: the fractional, the parametric, and Dinkelbach's method."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Ratio(NamedTuple):
    """Minimize F(x) = (<x, A x> + <a, x> + alpha + l1 sum_i |x_i|) / (<x, B x> + <b, x> + beta).

    The numerator's quadratic part is f, its l1 norm h, the denominator g, positive where it is
    used.

    Parameters
    ----------
    A, B : numpy.ndarray, shape (d, d)
        Symmetric; B = 0 gives an affine denominator.
    a, b : numpy.ndarray, shape (d,)
    alpha, beta, l1 : float

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.coordinate.fractional import Ratio, fractional_coordinate_descent
    >>> rayleigh = Ratio(np.diag([1.0, 2.0, 5.0]), np.eye(3))
    >>> path = fractional_coordinate_descent(rayleigh, np.ones(3), sweeps=60)
    >>> round(rayleigh.value(path[-1]), 6)
    1.0
    """

    A: np.ndarray
    B: np.ndarray
    a: np.ndarray | float = 0.0
    b: np.ndarray | float = 0.0
    alpha: float = 0.0
    beta: float = 0.0
    l1: float = 0.0

    def smooth(self, x: np.ndarray) -> float:
        """Return f(x)."""
        return float(x @ self.A @ x + np.sum(self.a * x) + self.alpha)

    def numerator(self, x: np.ndarray) -> float:
        """Return f(x) + h(x)."""
        return self.smooth(x) + self.l1 * float(np.abs(x).sum())

    def denominator(self, x: np.ndarray) -> float:
        """Return g(x)."""
        return float(x @ self.B @ x + np.sum(self.b * x) + self.beta)

    def value(self, x: np.ndarray) -> float:
        """Return F(x)."""
        return self.numerator(x) / self.denominator(x)

    def on_a_line(self, x: np.ndarray, i: int, theta: float) -> tuple[np.ndarray, np.ndarray]:
        """Return P_i without h(x + s e_i), and g(x + s e_i), as polynomials of the step s.

        Each is (constant, slope, coefficient of s^2). Of h, all terms but the i-th are in the
        constant; P_i has the curvature c_i = 2 A_ii of f, and theta more.
        """
        slope = 2 * self.A[i] @ x + np.broadcast_to(self.a, x.shape)[i]
        others = self.l1 * (np.abs(x).sum() - abs(x[i]))
        lean = 2 * self.B[i] @ x + np.broadcast_to(self.b, x.shape)[i]
        top = np.array([self.smooth(x) + others, slope, max(self.A[i, i], 0.0) + theta / 2])
        return top, np.array([self.denominator(x), lean, self.B[i, i]])


def _roots(c0: float, c1: float, c2: float) -> list[float]:
    """Return the real roots of c0 + c1 s + c2 s^2."""
    roots = np.roots([c2, c1, c0]) if abs(c2) > 0 or abs(c1) > 0 else np.array([])
    return [float(r.real) for r in roots if abs(r.imag) <= 1e-9 * (1 + abs(r))]


def best_step(top, bottom, entry: float, l1: float, level: float | None = None) -> float:
    """Return a global minimizer over s of P(s) / g(s), or of P(s) - level g(s).

    P(s) = top(s) + l1 |entry + s| and g = bottom(s). On each side of the breakpoint s = -entry
    both are quadratic; the candidates are the roots of the derivative on either side, the
    breakpoint, and s = 0. Candidates where g is not positive are no candidates. Where no minimizer
    exists (a ratio that is lowest at infinity, a parametric problem that is not bounded below), it
    is the best of the candidates.

    Parameters
    ----------
    top, bottom : array_like, shape (3,)
        Coefficients of 1, s, s^2.
    entry : float
        x_i.
    l1 : float
        Weight of |x_i|.
    level : float, optional
        F(x) in the parametric method; None for the ratio.
    """

    def height(s):
        g = np.polyval(bottom[::-1], s)
        p = np.polyval(top[::-1], s) + l1 * abs(entry + s)
        if level is not None:
            return p - level * g
        return p / g if g > 0 else np.inf

    candidates = [0.0, -entry]
    for side in (-1.0, 1.0):
        p0, p1, p2 = top[0] + side * l1 * entry, top[1] + side * l1, top[2]
        g0, g1, g2 = bottom
        if level is None:  # p'g - pg'; the cubic terms cancel
            found = _roots(p1 * g0 - p0 * g1, 2 * (p2 * g0 - p0 * g2), p2 * g1 - p1 * g2)
        else:
            found = _roots(p1 - level * g1, 2 * (p2 - level * g2), 0.0)
        candidates += [s for s in found if side * (entry + s) >= 0]
    return min(candidates, key=height)


def fractional_coordinate_descent(
    problem: Ratio, x0, sweeps: int = 100, theta: float = 1e-6, parametric: bool = False
) -> np.ndarray:
    """Return the points after each sweep of FCD, or of PCD, over the coordinates in turn.

    FCD adds to x_i the s that minimizes P_i(s) / g(x + s e_i), PCD the one that minimizes
    P_i(s) - F(x) g(x + s e_i), where P_i(s) = f(x) + s f_i + (c_i + theta)/2 s^2 + h(x + s e_i),
    f_i the partial derivative of f and c_i its curvature. Both are solved globally, by breakpoints;
    F never rises.

    Parameters
    ----------
    problem : Ratio
        Where PCD is used with a denominator so curved that P_i(s) - F g is not bounded below, the
        step is 0 or the better of the candidates.
    x0 : array_like, shape (d,)
        With a positive denominator.
    sweeps : int
    theta : float
        0 or more.
    parametric : bool
        PCD instead of FCD.

    References
    ----------
    yuan2023.
    """
    x = np.array(x0, dtype=float)
    path = [x.copy()]
    for _ in range(sweeps):
        for i in range(x.size):
            top, bottom = problem.on_a_line(x, i, theta)
            level = problem.value(x) if parametric else None
            s = best_step(top, bottom, x[i], problem.l1, level)
            trial = x.copy()
            trial[i] += s
            if problem.denominator(trial) > 0 and problem.value(trial) <= problem.value(x):
                x = trial
        path.append(x.copy())
    return np.array(path)


def dinkelbach_proximal_gradient(problem: Ratio, x0, steps: int = 100) -> np.ndarray:
    """Return the path of Dinkelbach's method with one proximal gradient step per level.

    x+ = prox of h after a gradient step on f - F(x) g, of length 1 / (the largest eigenvalue, in
    absolute value, of its Hessian); halved until F does not rise.

    Parameters
    ----------
    problem : Ratio
    x0 : array_like, shape (d,)
    steps : int
    """
    x = np.array(x0, dtype=float)
    path = [x.copy()]
    for _ in range(steps):
        level = problem.value(x)
        H = 2 * (problem.A - level * problem.B)
        g = H @ x + problem.a - level * problem.b
        t = 1 / max(np.abs(np.linalg.eigvalsh(H)).max(), 1e-12)
        for _ in range(40):
            v = x - t * g
            trial = np.sign(v) * np.maximum(np.abs(v) - t * problem.l1, 0.0)
            if problem.denominator(trial) > 0 and problem.value(trial) <= level:
                x = trial
                break
            t /= 2
        path.append(x.copy())
    return np.array(path)
