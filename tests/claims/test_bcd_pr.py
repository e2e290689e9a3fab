"""Complexity of Block Coordinate Descent with Proximal Regularization.

Claims: convergence to stationary points for nonconvex objectives with block constraints, exactly
and inexactly solved, squared stationarity O(1/k). Wasserstein CP-dictionary learning is in
test_wasserstein_dictionary.py.
"""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF

import optedu as oe


@pytest.fixture(scope="module")
def images():
    return oe.problems.NonnegativeFactorization(load_digits().data[:60] / 16.0, rank=4, seed=0)


def test_reaches_the_error_of_scikit_learn(images):
    trace = oe.run(oe.ProximalBlockMinimization(0.1), images, images.start, max_iter=80, tol=0.0)
    reference = NMF(4, init="random", random_state=0, max_iter=5000, tol=1e-8).fit(images.M)
    error = np.sqrt(2 * trace.values[-1])
    assert error <= 1.01 * reference.reconstruction_err_
    assert (np.diff(trace.values) <= 1e-12).all()


@pytest.mark.parametrize(
    "method", [oe.ProximalBlockMinimization(0.1), oe.InexactProximalBlockMinimization(0.1)]
)
def test_squared_stationarity_falls_like_one_over_k(images, method):
    trace = oe.run(method, images, images.start, max_iter=60, tol=0.0, execution="python")
    moves = [x - images.project(x - images.gradient(x)) for x in trace.iterates]
    squares = np.minimum.accumulate(np.sum(np.square(moves), axis=(1, 2)))
    k = np.arange(1, len(squares))
    assert (k * squares[1:]).max() <= 10 * squares[1]
    slope = np.polyfit(np.log(k[10:]), np.log(squares[11:]), 1)[0]
    assert slope <= -1.0


def test_plain_block_descent_cycles_where_the_regularized_one_converges():
    problem = oe.problems.PowellCycle()
    plain = oe.run(oe.ProximalBlockMinimization(0.0), problem, problem.start, max_iter=500)
    assert not plain.success
    assert plain.certificate.value >= 1
    for weight in (0.01, 0.1, 1.0):
        held = oe.run(oe.ProximalBlockMinimization(weight), problem, problem.start, max_iter=500)
        assert held.success
        assert held.values[-1] == pytest.approx(problem.minimum)
