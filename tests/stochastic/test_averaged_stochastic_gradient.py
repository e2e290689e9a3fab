import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.stochastic.examples import states

PROBLEM = random_least_squares(12, 4, seed=13)
START = PROBLEM.minimizer + 1.0


@pytest.mark.parametrize("burn_in", [0, 7])
def test_x_is_the_mean_of_the_iterates_of_sgd(burn_in):
    method = oe.AveragedStochasticGradient(burn_in=burn_in)
    averages = [state.x for state in states(method, PROBLEM, START, 30, seed=5)]
    plain = [s.x for s in states(oe.StochasticGradient(), PROBLEM, START, 30, seed=5)]
    for k in (8, 15, 30):
        np.testing.assert_allclose(averages[k], np.mean(plain[burn_in + 1 : k + 1], axis=0))
    np.testing.assert_array_equal(averages[burn_in], plain[burn_in])


def test_far_start_is_forgotten_only_like_one_over_k():
    far = PROBLEM.minimizer + 1e4
    whole, tail = (
        np.linalg.norm(
            oe.run(oe.AveragedStochasticGradient(burn_in=b), PROBLEM, far, max_iter=4000, tol=0).x
            - PROBLEM.minimizer
        )
        for b in (0, 2000)
    )
    assert tail < 0.01 * whole


def test_negative_burn_in_is_refused():
    with pytest.raises(ValueError, match="burn_in must be at least 0"):
        oe.AveragedStochasticGradient(burn_in=-1)
