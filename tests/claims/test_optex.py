"""OptEx: Expediting First-Order Optimization with Approximately Parallelized Iterations.

Claims: the error of the kernelized gradient estimate vanishes as the history grows, and with N
machines fewer sequential iterations are needed, of order sqrt(N) fewer for SGD. Shown here without
noise, where the speed-up comes close to N; the rate for SGD is not reproduced.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.acceleration.optex import gradient_weights, matern


def sphere(d=20):
    return oe.Problem.from_functions(
        lambda x: 0.5 * (x @ x), gradient=lambda x: x, smoothness=1.0, minimum=0.0
    )


def test_estimation_error_vanishes_as_the_history_grows():
    rosenbrock = oe.problems.Rosenbrock()
    sizes = (5, 20, 80, 320)
    errors = np.zeros((5, len(sizes)))
    for seed in range(5):
        rng = np.random.default_rng(seed)
        queries = rng.uniform(-1, 1, (30, 2))
        points = rng.uniform(-1, 1, (sizes[-1], 2))
        for j, size in enumerate(sizes):
            history = points[:size]
            gradients = np.array([rosenbrock.gradient(x) for x in history])
            weights = gradient_weights(history, gradients, 2.0, 1e-10)
            missed = [matern(history, x, 2.0) @ weights - rosenbrock.gradient(x) for x in queries]
            errors[seed, j] = np.linalg.norm(missed) / np.sqrt(len(queries))
    mean = errors.mean(axis=0)
    assert (mean[1:] < 0.5 * mean[:-1]).all()
    assert mean[-1] < 0.01 * mean[0]


@pytest.mark.parametrize("seed", range(3))
def test_sequential_iterations_on_the_sphere(seed):
    """Measured: 218, 109, 55, 28 iterations for N = 1, 2, 4, 8."""
    rng = np.random.default_rng(seed)
    x0 = rng.uniform(1, 2, 20) * rng.choice([-1, 1], 20)
    iterations = [
        oe.run(
            oe.OptEx(0.05, parallelism=N, history=40, length_scale=3.0), sphere(), x0, tol=1e-4
        ).iterations[-1]
        for N in (1, 2, 4, 8)
    ]
    for N, count in zip((2, 4, 8), iterations[1:], strict=True):
        assert count <= 1.15 * iterations[0] / N
        assert count < iterations[0] / np.sqrt(N)


@pytest.mark.parametrize("start", [[-1.0, 1.2], [0.4, -0.3]])
def test_sequential_iterations_on_rosenbrock(start):
    rosenbrock = oe.problems.Rosenbrock()
    iterations = []
    for N in (1, 4, 8):
        trace = oe.run(oe.OptEx(1e-3, parallelism=N), rosenbrock, start, max_iter=20_000, tol=1e-1)
        assert trace.success
        iterations.append(trace.iterations[-1])
    assert iterations[1] < iterations[0] / np.sqrt(4)
    assert iterations[2] < iterations[0] / np.sqrt(8)


def test_a_length_scale_that_is_too_short_gains_nothing():
    """Far from the last points the estimate is 0, and the proxies stay where they are."""
    x0 = np.full(20, 1.5)
    one, eight = (
        oe.run(oe.OptEx(0.05, parallelism=N, length_scale=1e-3), sphere(), x0, max_iter=40, tol=0.0)
        for N in (1, 8)
    )
    np.testing.assert_allclose(one.iterates, eight.iterates, rtol=1e-9)
