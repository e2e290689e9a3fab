"""What the checks of this chapter's exercises share."""

import numpy as np

import optedu as oe


def symmetric(spectrum, rng):
    """Return a rotated matrix with these eigenvalues, and its eigenvectors."""
    spectrum = np.asarray(spectrum, dtype=float)
    Q = np.linalg.qr(rng.standard_normal((spectrum.size, spectrum.size)))[0]
    H = (Q * spectrum) @ Q.T
    return (H + H.T) / 2, Q


def ball_problems(rng):
    """Yield a kind, a matrix, a gradient and a radius: all that can happen in a ball."""
    for d in (2, 3, 5, 7):
        w = np.sort(rng.uniform(0.2, 3, d))
        w[-1] = 3.5
        H, _ = symmetric(w, rng)
        g = rng.standard_normal(d)
        length = np.linalg.norm(np.linalg.solve(H, g))
        yield "inside", H, g, float(rng.uniform(1.2, 3)) * length
        yield "outside", H, g, float(rng.uniform(0.2, 0.8)) * length
        w = np.sort(rng.uniform(-1, 3, d))
        w[0] -= 1.5
        H, Q = symmetric(w, rng)
        yield "indefinite", H, g, float(rng.uniform(0.2, 4))
        g = g - Q[:, 0] * (Q[:, 0] @ g)
        part = np.linalg.norm((Q[:, 1:].T @ g) / (w[1:] - w[0]))
        yield "hard", H, g, float(rng.uniform(1.2, 3)) * part
        yield "zero", H, 0 * g, float(rng.uniform(0.2, 4))


class Wells:
    """A rotated sum of a double well in every second direction and a bowl in each of the others."""

    def __init__(self, d, rng):
        self.Q = symmetric(np.ones(d), rng)[1]
        self.center, self.weights = rng.standard_normal(d), rng.uniform(0.5, 2.0, d)
        self.kinds = np.where(np.arange(d) % 2 == 0, 1.0, -1.0)

    def value(self, x):
        u = self.Q.T @ (x - self.center)
        return float(np.sum(self.weights * (u**4 / 4 - self.kinds * u**2 / 2)))

    def gradient(self, x):
        u = self.Q.T @ (x - self.center)
        return self.Q @ (self.weights * (u**3 - self.kinds * u))

    def hessian(self, x):
        u = self.Q.T @ (x - self.center)
        H = (self.Q * (self.weights * (3 * u**2 - self.kinds))) @ self.Q.T
        return (H + H.T) / 2

    def problem(self):
        """Return it with a certificate that is never small: a run goes on at the saddle."""
        return oe.Problem.from_functions(
            self.value,
            gradient=self.gradient,
            hessian=self.hessian,
            duality_gap=lambda x: 1.0,
            shape=self.center.shape,
        )
