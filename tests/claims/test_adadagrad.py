"""AdAdaGrad: Adaptive Batch Size Schemes for Adaptive Gradient Methods.

Claims: with batches that grow by the norm test, AdaGrad-Norm and AdaGrad (with a test in each
coordinate) reach stationarity of smooth nonconvex functions at the rate 1 / k, with high
probability. Shown here, on a noisy least squares problem: gradients that vanish, which those of a
fixed batch do not; the mean of their squares falls like 1 / k. What it costs: for a rough answer
the fixed batch of two needs fewer component gradients. And the test in each coordinate asks for all
terms within five steps. Not shown: nonconvex functions, networks.
"""

import numpy as np
import pytest

import optedu as oe

QUIET = {"tol": 0.0, "execution": "python", "progress": False}
STEPS = 100  # until then the norm test has asked for all terms


def noisy_line(n=100):
    rng = np.random.default_rng(1)
    A = rng.standard_normal((n, 4))
    b = A @ rng.standard_normal(4) + 2 * rng.standard_normal(n)
    return oe.problems.LeastSquares(A / np.sqrt(n), b / np.sqrt(n))


def growing(per_coordinate, seed):
    """Return ||grad f||^2 and the batch size at each step."""
    problem = noisy_line()
    method = oe.AdAdaGrad(3.0, 1.0, per_coordinate).resolve(problem)
    rng = np.random.default_rng(seed)
    state, squares, sizes = method.init(problem, np.full(4, 5.0), rng), [], []
    for _ in range(STEPS):
        squares.append(np.sum(problem.gradient(state.x) ** 2))
        sizes.append(state.size)
        state = method.step(problem, state, rng)
    return np.array(squares), np.array(sizes)


def fixed(seed, steps):
    """Return ||grad f||^2 along AdaGrad-Norm with batches of two."""
    problem = noisy_line()
    trace = oe.run(
        oe.AdAdaGrad(3.0, 1e9, False), problem, np.full(4, 5.0), max_iter=steps, seed=seed, **QUIET
    )
    assert trace.counts["component_gradient"] == 2 * steps
    return np.array([np.sum(problem.gradient(x) ** 2) for x in trace.iterates])


@pytest.mark.parametrize("seed", range(3))
def test_gradients_vanish_with_growing_batches_only(seed):
    """Squared norms after 100 steps, and the median over the last 100 of 1000 with two terms.

    Measured: 5.7e-6, 3.1e-5, 8.1e-5; and 0.074, 0.082, 0.13. The slope of the running mean of the
    squares over the steps is -0.98 to -0.99.
    """
    squares, sizes = growing(False, seed)
    assert squares[-1] < 1e-3
    assert np.median(fixed(seed, 1000)[-100:]) > 0.03
    assert np.all(np.diff(sizes) >= 0)
    assert sizes[4] < 20
    assert sizes[-1] == 100
    means = np.cumsum(squares) / np.arange(1, STEPS + 1)
    ks = np.array([25, 50, 100])
    assert np.polyfit(np.log(ks), np.log(means[ks - 1]), 1)[0] < -0.9


@pytest.mark.parametrize("seed", range(3))
def test_a_rough_answer_is_cheaper_with_two_terms(seed):
    """Component gradients until ||grad f||^2 < 0.3. Measured: 360, 741, 343 against 90, 100, 84."""
    squares, sizes = growing(False, seed)
    ours = np.cumsum(sizes)[np.argmax(squares < 0.3)]
    assert 2 * np.argmax(fixed(seed, 200) < 0.3) < 0.5 * ours


def test_the_test_in_each_coordinate_asks_for_everything_at_once():
    """The batch reaches n = 100 within five steps in all four runs; by norms it takes dozens."""
    for seed in range(4):
        assert growing(True, seed)[1][5] == 100
        assert growing(False, seed)[1][5] < 20
