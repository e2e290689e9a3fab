"""Curvature-Informed SGD via General Purpose Lie-Group Preconditioners.

Claims: fitting on a Lie group needs no damping and no line search, is robust to noise in the
gradient, and step sizes are normalized. Shown here: P approaches |H|^{-1}, equivariance, the fixed
point of the diagonal group (tests/curvature/test_psgd.py), Rosenbrock's valley, and that noise in
the Hessian products biases the fit towards shorter steps and nothing worse. Not reproduced:
low-rank and matrix-free groups, networks.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.curvature.lie_group import fit_general, fit_triangular
from optedu.problems.generators import random_rotation


@pytest.mark.parametrize("method", [oe.PSGDGeneral, oe.PSGDTriangular])
def test_rosenbrock_takes_far_fewer_iterations_than_gradient_descent(method):
    """To f < 1e-8 from (-1, 1.2). Measured: 331 to 524 steps, gradient descent 10 384 with 0.002,
    the largest step size of the grid with which it does not diverge."""
    valley, x0 = oe.problems.Rosenbrock(), [-1.0, 1.2]
    options = {"tol": 0.0, "execution": "python", "progress": False}
    for seed in range(3):
        trace = oe.run(method(), valley, x0, max_iter=1000, seed=seed, **options)
        assert trace.values.min() < 1e-8
    for step_size in (1e-3, 2e-3, 4e-3):
        trace = oe.run(oe.GradientDescent(step_size), valley, x0, max_iter=5000, **options)
        assert not trace.values.min() < 1e-8


@pytest.mark.parametrize("fit", [fit_general, fit_triangular])
def test_noise_in_the_products_only_shortens_the_steps(fit):
    """h = Hv + noise: P approaches (H^2 + s^2 I)^{-1/2}, which is below |H|^{-1}. No damping."""
    U, spectrum, s = random_rotation(4, 1), np.array([2.0, 1.0, -0.5, 0.1]), 0.5
    H, rng, Q = (U * spectrum) @ U.T, np.random.default_rng(0), np.eye(4)
    for rate, steps in ((0.1, 3000), (0.01, 8000)):
        for _ in range(steps):
            v = rng.standard_normal(4)
            Q = fit(Q, v, H @ v + s * rng.standard_normal(4), rate)
    expected = (U / np.sqrt(spectrum**2 + s**2)) @ U.T
    assert np.linalg.norm(Q.T @ Q - expected, 2) < 0.12 * np.linalg.norm(expected, 2)
    assert np.linalg.norm(expected, 2) < 0.25 * 10.0  # without noise the largest would be 10
