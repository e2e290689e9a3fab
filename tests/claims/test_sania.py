"""SANIA: Polyak-type Optimization Framework Leads to Scale Invariant Stochastic Algorithms.

Claims: no step size to tune, and invariance to the scaling of the data, on convex and nonconvex
classification. Shown here: the model's zero (tests/adaptive/test_stochastic_polyak.py), the
invariance, what loses it, linear convergence where the model fits the data, and two limits: the
scale of the loss itself does matter, and where the model cannot fit, Adam-SQR does not settle.
Not shown: the quasi-Newton and cubic members, networks.
"""

import numpy as np
import pytest

import optedu as oe

QUIET = {"tol": 0.0, "execution": "python", "progress": False}
MEMBERS = (oe.SaniaAdaGradSQR(), oe.SaniaAdamSQR(0.9))


def labels(seed=8, n=60, d=6, noise=0.0):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d))
    margins = A @ rng.standard_normal(d) + noise * rng.standard_normal(n)
    return A, np.where(margins > 0, 1.0, -1.0), 10.0 ** rng.uniform(-6, 6, d)


def losses(method, A, y, steps=100, seed=1, batch=6):
    problem = oe.problems.LogisticRegression(A, y, l2=0.0)
    start = np.zeros(A.shape[1])
    return oe.run(
        oe.Minibatch(method, batch), problem, start, max_iter=steps, seed=seed, **QUIET
    ).values


@pytest.mark.parametrize("method", MEMBERS)
def test_runs_on_rescaled_columns_have_the_same_losses(method):
    """Columns multiplied by factors from 1e-6 to 1e6, as in the paper."""
    A, y, scales = labels()
    np.testing.assert_allclose(losses(method, A, y), losses(method, A * scales, y), rtol=1e-7)


@pytest.mark.parametrize("method", [oe.Adam(0.1), oe.StochasticPolyak(), oe.RMSProp(0.1)])
def test_others_are_not_invariant(method):
    A, y, scales = labels()
    plain, scaled = losses(method, A, y), losses(method, A * scales, y)
    assert abs(scaled[-1] / plain[-1] - 1) > 0.5


@pytest.mark.parametrize("method", MEMBERS)
@pytest.mark.parametrize("batch", [1, 8])
def test_linear_convergence_where_the_model_fits(method, batch):
    """Consistent least squares, no step size. Gaps after 100 and 1000 steps.

    Measured: AdaGrad-SQR 9e-4 and 3e-16 with one row, 3e-9 and 1e-31 with eight; Adam-SQR
    3e-5 and 5e-17, 3e-9 and 4e-31. The start has 3.8.
    """
    rng = np.random.default_rng(0)
    A = rng.standard_normal((60, 8)) / np.sqrt(60)
    problem = oe.problems.LeastSquares(A, A @ rng.standard_normal(8))
    values = oe.run(
        oe.Minibatch(method, batch), problem, np.zeros(8), max_iter=1000, seed=0, **QUIET
    ).values
    assert values[100] < 1e-2
    assert values[1000] < 1e-12


def test_the_unit_of_the_loss_matters():
    """Data and targets in another unit, the loss 10 000 times as large: another run.

    Measured: after 20 steps 1.2e-5 of the first loss is left for the small one, 0.93 for the large.
    """
    rng = np.random.default_rng(0)
    A = rng.standard_normal((60, 8)) / np.sqrt(60)
    b = A @ rng.standard_normal(8)
    left = []
    for unit in (0.1, 10.0):
        problem = oe.problems.LeastSquares(unit * A, unit * b)
        values = oe.run(oe.SaniaAdaGradSQR(), problem, np.zeros(8), max_iter=20, **QUIET).values
        left.append(values[-1] / values[0])
    assert left[0] < 1e-3
    assert left[1] > 0.5


def test_where_the_model_cannot_fit_only_the_growing_sum_settles():
    """Labels with noise, minimum 0.565, batches of 6: the losses of steps 400 to 500, four runs.

    Measured: Adam-SQR between 0.61 and 2.56, AdaGrad-SQR between 0.5656 and 0.5728.
    """
    A, y, _ = labels(noise=3.0)
    problem = oe.problems.LogisticRegression(A, y, l2=0.0)
    low = oe.run(oe.BFGS(), problem, np.zeros(6), max_iter=200).values.min()
    for seed in range(4):
        assert losses(oe.SaniaAdamSQR(0.9), A, y, 500, seed)[-100:].max() > low + 0.5
        assert losses(oe.SaniaAdaGradSQR(), A, y, 500, seed)[-100:].max() < low + 0.02
