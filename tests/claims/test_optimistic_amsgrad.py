"""An Optimistic Acceleration of AMSGrad for Nonconvex Optimization.

Claims: less regret than AMSGrad where the next gradient can be predicted; faster training of
networks. Shown here with the last gradient as the guess (the paper extrapolates several): on smooth
problems it is far ahead; on single terms of a sum, where the last gradient says little about the
next, it is not. Nothing is shown about networks.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic, random_quadratic
from tests.adaptive.examples import fed

GRID = 10.0 ** np.arange(-3, 0.6, 0.25)


def best_value(make, problem, x0, steps, batch_size=None, seed=0):
    """Return the value after so many steps, with the best of fifteen step sizes."""
    methods = [make(h) for h in GRID]
    if batch_size is not None:
        methods = [oe.Minibatch(method, batch_size) for method in methods]
    options = {"max_iter": steps, "tol": 0.0, "seed": seed, "execution": "python"}
    return min(oe.run(method, problem, x0, **options).values[-1] for method in methods)


@pytest.mark.parametrize("seed", range(4))
def test_smooth_gradients_are_guessed_well(seed):
    """Gaps. Measured: AMSGrad 5e-6 to 2e-5 and 3e-5 to 2e-4, optimistic below 1e-7 and 2e-7."""
    quadratic = random_quadratic(6, 50.0, seed=seed)
    logistic = random_logistic(60, 6, seed=seed, l2=0.01)
    least = oe.run(oe.NewtonMethod(), logistic, np.zeros(6), tol=1e-10).values.min()
    for problem, x0, steps, low in (
        (quadratic, np.full(6, 2.0), 100, quadratic.minimum),
        (logistic, np.zeros(6), 60, least),
    ):
        plain, ahead = (
            best_value(make, problem, x0, steps) - low
            for make in (oe.AMSGrad, oe.OptimisticAMSGrad)
        )
        assert ahead < plain / 20


def test_gradients_of_single_terms_are_not():
    """Mean gaps over three problems after two passes; measured ratio 1.01."""
    gaps = []
    for seed in range(3):
        problem = random_logistic(60, 6, seed=seed, l2=0.01)
        least = oe.run(oe.NewtonMethod(), problem, np.zeros(6), tol=1e-10).values.min()
        gaps.append([
            best_value(make, problem, np.zeros(6), 120, 1, seed) - least
            for make in (oe.AMSGrad, oe.OptimisticAMSGrad)
        ])  # fmt: skip
    plain, ahead = np.mean(gaps, axis=0)
    print(plain, ahead, ahead / plain)
    assert 0.7 < ahead / plain < 1.4


def test_with_a_guess_of_zero_one_step_remains():
    """The first guess is 0: z moves as AMSGrad does, and x is one more such step ahead."""
    g = np.array([[3.0, -1.0]])
    plain = fed(oe.AMSGrad(0.1, 0.9, 0.99), g, np.zeros(2))[-1]
    np.testing.assert_allclose(
        fed(oe.OptimisticAMSGrad(0.1, 0.9, 0.99), g, np.zeros(2))[-1], 2 * plain, rtol=1e-14
    )


def test_the_cycle_of_adam_does_not_lead_astray():
    G = np.tile([[4.0], [-1.0], [-1.0]], (1000, 1))
    for make in (oe.AMSGrad, oe.OptimisticAMSGrad):
        assert fed(make(0.01, 0.0, 1 / 17), G, np.zeros(1))[-1] < -1.0
    assert fed(oe.RMSProp(0.01, 1 / 17), G, np.zeros(1))[-1] > 1.0
