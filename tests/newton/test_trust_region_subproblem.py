import numpy as np
import pytest
from scipy.optimize._trustregion_exact import IterativeSubproblem

from optedu.newton.trust_region_subproblem import trust_region_step
from optedu.problems.generators import random_rotation


def draw(seed, hard=False, double=False, definite=False):
    """Return a rotated H with its norm, g, radius; in the hard case g has no part along w_0."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 12))
    Q = random_rotation(d, rng)
    w = np.sort(rng.normal(size=d)) * 10 ** rng.uniform(-3, 3)
    if definite:
        w = np.abs(w) + 1e-3 * np.abs(w).max()
    if double:
        w[1] = w[0]
    H = (Q * w) @ Q.T
    g = rng.normal(size=d) * np.abs(w).max()
    if hard:
        lowest = Q[:, w == w.min()]
        g = g - lowest @ (lowest.T @ g)
    return (H + H.T) / 2, np.abs(w).max(), g, 10 ** rng.uniform(-1.5, 1.5)


def solve(H, g, radius):
    return trust_region_step(*np.linalg.eigh(H), g, radius)


def assert_optimal(H, size, g, radius, p, lam, accuracy=1e-10):
    scale = size * radius + np.linalg.norm(g)
    assert np.linalg.norm(H @ p + lam * p + g) <= accuracy * scale
    assert np.linalg.eigvalsh(H)[0] + lam >= -accuracy * size
    assert lam >= 0
    assert np.linalg.norm(p) <= radius * (1 + accuracy)
    assert abs(lam * (radius - np.linalg.norm(p))) <= accuracy * scale


KINDS = [
    {},
    {"definite": True},
    {"hard": True},
    {"hard": True, "double": True},
    {"double": True},
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "+".join(kind) or "indefinite")
def test_the_conditions_hold_exactly(kind):
    for seed in range(100):
        H, size, g, radius = draw(seed, **kind)
        p, lam = solve(H, g, radius)
        assert_optimal(H, size, g, radius, p, lam)


def test_the_conditions_can_fail():
    H, size, g, radius = draw(1)
    p, lam = solve(H, g, radius)
    for wrong in ((0.999 * p, lam), (p, 1.001 * lam), (-p, lam)):
        with pytest.raises(AssertionError):
            assert_optimal(H, size, g, radius, *wrong)


def test_the_hard_case_happens_and_goes_to_the_boundary():
    seen = 0
    for seed in range(100):
        H, size, g, _ = draw(seed, hard=True)
        w, Q = np.linalg.eigh(H)
        if w[0] >= 0:
            continue
        z = Q[:, 1:].T @ g / (w[1:] - w[0])
        radius = 2 * np.linalg.norm(z)  # the pseudo-inverse solution is inside
        p, lam = solve(H, g, radius)
        assert_optimal(H, size, g, radius, p, lam)
        assert lam == pytest.approx(-w[0], rel=1e-9)
        assert np.linalg.norm(p) == pytest.approx(radius, rel=1e-12)
        assert abs(Q[:, 0] @ p) == pytest.approx(np.sqrt(3) * np.linalg.norm(z), rel=1e-6)
        seen += 1
    assert seen > 50


def test_close_to_the_hard_case():
    for part in (1e-6, 1e-10, 1e-14, 1e-200):
        for seed in range(20):
            H, size, g, radius = draw(seed, hard=True)
            g = g + part * np.linalg.eigh(H)[1][:, 0]
            assert_optimal(H, size, g, radius, *solve(H, g, radius))


def test_a_zero_gradient():
    for seed in range(20):
        H, _, g, radius = draw(seed)
        w = np.linalg.eigvalsh(H)
        p, lam = solve(H, 0 * g, radius)
        if w[0] < 0:
            assert p @ H @ p == pytest.approx(w[0] * radius**2, rel=1e-9)
            assert lam == pytest.approx(-w[0])
        else:
            assert lam == 0
            np.testing.assert_array_equal(p, 0 * g)


def test_no_point_of_the_ball_is_better():
    """Brute force in two dimensions: a fine grid of the disk and of the circle."""
    angle, length = np.meshgrid(np.linspace(0, 2 * np.pi, 721), np.linspace(0, 1, 101))
    disk = np.stack([length * np.cos(angle), length * np.sin(angle)], axis=-1).reshape(-1, 2)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        H = rng.normal(size=(2, 2))
        H, g, radius = H + H.T, rng.normal(size=2), rng.uniform(0.1, 3.0)
        p, _ = solve(H, g, radius)
        points = radius * disk
        best = (points @ g + 0.5 * np.sum(points @ H * points, axis=1)).min()
        reached = g @ p + 0.5 * p @ H @ p
        assert reached <= best + 1e-12
        assert best - reached <= 1e-3 * (np.linalg.norm(g) * radius + np.abs(H).max() * radius**2)


def dual(H, g, radius, lam):
    """Return the minimum over all p of the model plus lam (||p||^2 - radius^2) / 2."""
    return -0.5 * (g @ np.linalg.solve(H + lam * np.eye(g.size), g) + lam * radius**2)


def test_the_dual_proves_that_nothing_is_better():
    """Each multiplier gives a lower bound of the model over the ball; the best one is attained."""
    for seed in range(60):
        H, size, g, radius = draw(seed)
        p, lam = solve(H, g, radius)
        reached = g @ p + 0.5 * p @ H @ p
        floor = max(0.0, -np.linalg.eigvalsh(H)[0])
        bounds = [dual(H, g, radius, floor + size * t) for t in np.logspace(-8, 4, 60)]
        scale = np.linalg.norm(g) * radius + size * radius**2
        assert max(bounds) <= reached + 1e-10 * scale
        assert dual(H, g, radius, lam) == pytest.approx(reached, rel=1e-8)


def test_scipys_solver_is_not_better():
    behind = []
    for seed in range(40):
        H, size, g, radius = draw(seed)
        peer = IterativeSubproblem(
            np.zeros_like(g), lambda x: 0.0, lambda x, g=g: g, lambda x, H=H: H,
            k_easy=1e-10, k_hard=1e-10,
        )  # fmt: skip
        theirs, _ = peer.solve(radius)
        theirs = theirs * min(1, radius / np.linalg.norm(theirs))
        ours, _ = solve(H, g, radius)
        values = [g @ p + 0.5 * p @ H @ p for p in (ours, theirs)]
        scale = np.linalg.norm(g) * radius + size * radius**2
        assert values[0] <= values[1] + 1e-12 * scale
        behind.append((values[1] - values[0]) / scale)
    assert np.median(behind) < 1e-9
