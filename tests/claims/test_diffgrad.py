"""diffGrad: An Optimization Method for Convolutional Neural Networks.

Claims: steps shrink where the gradient changes little, and this beats Adam, AMSGrad and others on
images. Shown here: the friction's limits (tests/adaptive/test_adam_family.py), and that over a
grid of step sizes nothing is left of the advantage on two problems. Nothing is shown about
networks.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic

GRID = 10.0 ** np.arange(-2.5, 0.6, 0.5)


def best(make, problem, x0, steps):
    options = {"max_iter": steps, "tol": 0.0, "execution": "python"}
    return min(oe.run(make(h), problem, x0, **options).values[-1] for h in GRID)


def test_near_a_flat_stretch_it_is_adam_at_half_the_step():
    """f(x) = x^2/2 scaled by 1e-6: gradients change by less than 1e-5, friction is 1/2."""
    problem = oe.problems.Quadratic([[1e-6]], [0.0])
    options = {"max_iter": 50, "tol": 0.0, "execution": "python"}
    half = oe.run(oe.Adam(0.05, offset=0.0), problem, [3.0], **options).x
    found = oe.run(oe.DiffGrad(0.1, offset=0.0), problem, [3.0], **options).x
    assert found == pytest.approx(half, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_on_logistic_regression_tuned_steps_make_them_equal(seed):
    problem = random_logistic(60, 6, seed=seed, l2=0.01)
    adam, diff = (best(make, problem, np.zeros(6), 60) for make in (oe.Adam, oe.DiffGrad))
    assert diff == pytest.approx(adam, rel=0.01)


def test_on_rosenbrock_neither_is_ahead():
    """Best values after 60 steps from twelve starts: diffGrad is lower in five."""
    wins = 0
    for seed in range(12):
        x0 = np.random.default_rng(seed).standard_normal(2)
        adam, diff = (best(m, oe.problems.Rosenbrock(), x0, 60) for m in (oe.Adam, oe.DiffGrad))
        wins += diff < adam
    assert 3 <= wins <= 9
