import numpy as np
import pytest

from optedu.adaptive.sharpness import clip_coordinates, directional_sharpness, largest_decrease
from optedu.problems.generators import random_logistic, random_quadratic


def test_sharpness_is_the_rayleigh_quotient_of_the_hessian():
    problem, rng = random_logistic(40, 6, seed=1, l2=0.1), np.random.default_rng(0)
    for _ in range(10):
        x, v = rng.standard_normal((2, 6))
        dense = v @ problem.hessian(x) @ v / (v @ v)
        assert directional_sharpness(problem, x, v) == pytest.approx(dense, rel=1e-12)
        assert directional_sharpness(problem, x, -3 * v) == pytest.approx(dense, rel=1e-12)


def test_the_decrease_is_that_of_the_best_step_of_a_quadratic():
    problem, rng = random_quadratic(5, 30.0, seed=2), np.random.default_rng(1)
    for _ in range(10):
        x, v = rng.standard_normal((2, 5))
        gained = max(problem.value(x) - problem.value(x - t * v) for t in np.linspace(-9, 9, 36001))
        assert largest_decrease(problem, x, v) == pytest.approx(gained, rel=1e-3, abs=1e-6)


def test_clipping_cuts_the_largest_entries_and_no_others():
    rng = np.random.default_rng(2)
    for fraction in (0.0, 0.1, 0.5, 0.99):
        g = rng.standard_cauchy((4, 10))
        cut = clip_coordinates(g, fraction)
        assert np.sum(cut != g) == int(fraction * 40)
        assert np.all(np.sign(cut) == np.sign(g))
        assert np.abs(cut).max() == np.abs(g[cut == g]).max()
    with pytest.raises(ValueError, match="fraction must be"):
        clip_coordinates(g, 1.0)
