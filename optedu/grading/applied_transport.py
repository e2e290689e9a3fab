"""Checks of the exercises on transport at work."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.sliced import sliced_slopes, sliced_square


def _directions(rng: np.random.Generator, m: int, d: int) -> np.ndarray:
    v = rng.standard_normal((m, d))
    return v / np.linalg.norm(v, axis=1, keepdims=True)


@exercise("applied_transport.projection")
def projection(answer, rng):
    """Check a function of (plan, targets): the barycentric projection of each source."""
    for n, m, d in ((1, 3, 2), (4, 6, 1), (5, 2, 3)):
        plan, y = rng.uniform(0.1, 1.0, (n, m)), rng.standard_normal((m, d))
        found = np.asarray(answer(plan.copy(), y.copy()))
        require(found.shape == (n, d), f"Return one point per source, shape ({n}, {d}).")
        same = np.asarray(answer(plan.copy(), np.ones((m, d))))
        require(
            np.allclose(same, 1.0),
            "When all targets are one point, every source goes there. Do the shares of each source "
            "add up to 1? Its row of the plan adds up to its mass.",
        )
        wanted = [sum(p * z for p, z in zip(row, y, strict=True)) / sum(row) for row in plan]
        require(
            np.allclose(found, wanted),
            "A source goes to the mean of the targets, weighted by its row of the plan.",
        )


@exercise("applied_transport.slope")
def slope(answer, rng):
    """Check a function of (x, y, directions): the gradient of the squared sliced distance."""
    for n, d, m in ((1, 1, 1), (6, 2, 4), (9, 3, 5)):
        x, y = rng.standard_normal((2, n, d))
        directions = _directions(rng, m, d)
        found = np.asarray(answer(x.copy(), y.copy(), directions.copy()))
        require(found.shape == (n, d), f"Return an array of the shape of x, ({n}, {d}).")
        wanted = sliced_slopes(x, y, directions)
        if not np.allclose(found, wanted, rtol=1e-7, atol=1e-9):
            u = 1e-6 * rng.standard_normal((n, d))
            change = sliced_square(x + u, y, directions) - sliced_square(x - u, y, directions)
            require(
                False,
                f"With {n} points and {m} directions the value changes by {change / 2e-6:.6g} per "
                f"unit along a random u, your gradient says {np.sum(found * u) / 1e-6:.6g}. Mind "
                "the factor 2 / (m n), and that differences of sorted numbers belong to the points "
                "that they came from.",
            )


@exercise("applied_transport.jko")
def jko(answer, rng):
    """Check a function of (m, s, a, target m, target s): a JKO step between bell curves."""
    for _ in range(20):
        m, mean = rng.normal(0.0, 2.0, 2)
        s, deviation = rng.uniform(0.2, 3.0, 2)
        a = 10 ** rng.uniform(-2, 1)
        found = np.asarray(answer(m, s, a, mean, deviation), dtype=float)
        require(found.shape == (2,), "Return the new mean and the new standard deviation.")
        m_new, s_new = found
        require(s_new > 0, "A standard deviation is positive: take the other root.")
        require(
            np.isclose(m_new - m, -a * (m_new - mean) / deviation**2, atol=1e-9),
            f"For the step {a:.3g} from mean {m:.3g} to a target N({mean:.3g}, {deviation:.3g}^2): "
            "the derivative of KL + W_2^2 / (2 a) in the mean is not 0 at yours.",
        )
        require(
            np.isclose(s_new - s, -a * (s_new / deviation**2 - 1 / s_new), atol=1e-9),
            "The derivative of KL + W_2^2 / (2 a) in the standard deviation is not 0 at yours. "
            "How does the target's own deviation enter?",
        )


@exercise("applied_transport.expected-end")
def expected_end(answer, rng):
    """Check a function of (log a, r, S, eps, x): where a light bridge leads on the average."""
    grid = np.linspace(-12.0, 12.0, 20_001)
    for bells in (1, 2, 4):
        for scale in (1.0, 0.02):
            log_a, r = rng.normal(size=bells), rng.normal(size=bells)
            S, x = rng.uniform(0.3, 1.2, bells), rng.normal()
            eps = scale * rng.uniform(0.5, 1.5)
            found = float(answer(log_a.copy(), r.copy(), S.copy(), eps, x))
            require(
                np.isfinite(found),
                f"With eps = {eps:.3g} your answer is {found}: never leave the logarithms.",
            )
            terms = (
                log_a - 0.5 * np.log(2 * np.pi * eps * S)
                - (grid[:, None] - r) ** 2 / (2 * eps * S) + (x * grid / eps)[:, None]
            )  # fmt: skip
            mass = np.exp(terms - terms.max()).sum(axis=1)
            wanted = float(grid @ mass / mass.sum())
            require(
                abs(found - wanted) <= 1e-5 * (1 + abs(wanted)),
                f"From x = {x:.4f} with {bells} bells the mean of exp(x y / eps) v(y) is "
                f"{wanted:.6f}, you return {found:.6f}. Which bell it is depends on x, too.",
            )


@exercise("applied_transport.unseen")
def unseen(answer, rng):
    """Check a function of directions in the plane: two clouds that none of them tells apart."""
    for m in (1, 2, 3, 5):
        directions = _directions(rng, m, 2)
        x, y = (np.asarray(cloud, dtype=float) for cloud in answer(directions.copy()))
        require(
            x.shape == y.shape and x.ndim == 2 and x.shape[1] == 2,
            "Return two arrays of equal shape (n, 2).",
        )
        size = np.abs(x).max() + np.abs(y).max() + 1e-300
        seen = np.sqrt(sliced_square(x, y, directions))
        require(
            seen <= 1e-9 * size,
            f"With {m} directions the sliced distance of your clouds is {seen:.3g}, not 0.",
        )
        fresh = np.sqrt(sliced_square(x, y, _directions(rng, 50, 2)))
        require(
            fresh >= 1e-4 * size,
            f"With {m} directions your clouds are the same points: other directions do not tell "
            "them apart, either.",
        )


@exercise("applied_transport.multiplier")
def multiplier(answer, rng):
    """Check a function of (z, mass): the number lambda of a partial plan."""
    for n, scale in ((1, 1.0), (6, 1.0), (40, 10.0), (40, 400.0)):
        z, mass = scale * rng.standard_normal(n), float(rng.uniform(0.1, 0.9))
        found = float(answer(z.copy(), mass))
        require(np.isfinite(found), f"With z up to {np.abs(z).max():.0f} you return {found}.")
        mean = float(np.mean(0.5 * (1 + np.tanh((found + z) / 2))))
        require(
            abs(mean - mass) <= 1e-9,
            f"With n = {n}, z of size {scale:g} and mass {mass:.4f} the mean of the logistic "
            f"function at lambda + z is {mean:.6f}.",
        )


def _outputs(A, W1, b1, W2, b2, W3, b3):
    return np.maximum(np.maximum(A @ W1.T + b1, 0.0) @ W2.T + b2, 0.0) @ W3.T + b3


@exercise("applied_transport.permute")
def permute(answer, rng):
    """Check a function of a network and two permutations: the same function elsewhere."""
    for h, k in ((3, 3), (5, 4)):
        shapes = (h, 2), (h,), (k, h), (k,), (2, k), (2,)
        W = [rng.standard_normal(shape) for shape in shapes]
        p, q = np.roll(np.arange(h), 1), np.roll(rng.permutation(k), 1)
        found = [np.asarray(part) for part in answer(*(part.copy() for part in W), p, q)]
        require(
            [part.shape for part in found] == list(shapes),
            "Return six arrays of the shapes of those given.",
        )
        require(
            np.allclose(found[0], W[0][p]) and np.allclose(found[3], W[3][q]),
            "Unit i of the new network is unit p_i, in the second layer q_i, of the old: their "
            "rows of weights and their biases come from there.",
        )
        A = rng.standard_normal((9, 2))
        apart = np.abs(_outputs(A, *found) - _outputs(A, *W)).max()
        require(apart <= 1e-9, f"The outputs move by {apart:.3g}. Which columns move, too?")
