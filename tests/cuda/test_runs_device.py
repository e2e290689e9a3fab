"""`run` on a real GPU, through CuPy; skipped where there is none, and there `make gpu` fails."""

import os

import numpy as np
import pytest

import optedu as oe
from optedu.cuda import device
from optedu.problems.activation_patterns import sampled_patterns
from optedu.problems.generators import random_logistic
from tests.contract.samples import samples

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        not (device.is_available() or os.environ.get("OPTEDU_GPU")), reason="there is no GPU"
    ),
]

METHODS = [
    "GradientDescent", "FISTA", "LBFGS", "NewtonMethod", "FrankWolfe", "ADMM", "Sinkhorn",
    "ConvexNetworkADMM", "RandomCoordinateDescent", "KFAC", "DualAscent", "StochasticFrankWolfe",
    "ProximalNewton",
]  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_a_method_does_there_what_it_does_here(name):
    for method, problem, x0 in samples(name):
        here = oe.run(method, problem, x0, max_iter=12, seed=3)
        trace = oe.run(method, problem, x0, max_iter=12, seed=3, device="cuda")
        assert trace.status == here.status
        assert np.allclose(trace.x, here.x, rtol=1e-8, atol=1e-9)
        assert all(np.array_equal(trace.calls[o], here.calls[o]) for o in here.calls)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_large_data_stay_where_they_are(kind):
    cupy = pytest.importorskip("cupy")
    here = random_logistic(20_000, 64, seed=3, l2=0.01)
    A, y = (cupy.asarray(a, kind) for a in (here.A, here.y))
    problem = oe.problems.LogisticRegression(A, y, 0.01)
    assert problem.A.data.ptr == A.data.ptr
    trace = oe.run(oe.GradientDescent(1.0), problem, device="cuda", max_iter=30, tol=0.0)
    right = oe.run(oe.GradientDescent(1.0), here, max_iter=30, tol=0.0)
    assert isinstance(trace.x, cupy.ndarray)
    assert trace.x.dtype == kind
    close = 1e-10 if kind is np.float64 else 1e-4
    assert np.linalg.norm(trace.x.get() - right.x) <= close * np.linalg.norm(right.x)


def test_arrays_of_torch_are_data():
    torch = pytest.importorskip("torch")
    A = torch.ones((4, 3), dtype=torch.float64, device="cuda")
    problem = oe.problems.LeastSquares(A, torch.ones(4, dtype=torch.float64, device="cuda"))
    trace = oe.run(oe.GradientDescent(), problem, device="auto")
    assert trace.success
    assert np.allclose(trace.x.get(), 1 / 3, atol=1e-6)


@pytest.mark.parametrize("logarithms", [False, True], ids=["near", "far"])
def test_transport_between_many_points(logarithms):
    """Costs so large that sums underflow, too."""
    rng, n = np.random.default_rng(0), 1500
    X, Y = rng.random((n, 3)), rng.random((n, 3)) + (5.0 if logarithms else 0.2)
    masses, t = np.full(n, 1 / n), 0.02 if logarithms else 0.1
    problems = (
        oe.problems.PointCloudTransport(X, Y, masses, masses, t),
        oe.problems.EntropicTransport(((X[:, None] - Y) ** 2).sum(axis=2), masses, masses, t),
    )
    for problem in problems:
        here, there = (
            oe.run(oe.Sinkhorn(), problem, max_iter=5, tol=0.0, device=place)
            for place in ("cpu", "cuda")
        )
        assert np.allclose(there.x, here.x, rtol=1e-9, atol=1e-9)
        assert np.allclose(there.gradient_norms, here.gradient_norms, rtol=1e-6, atol=1e-10)


def test_a_convex_network_is_trained():
    rng = np.random.default_rng(1)
    X = np.column_stack((rng.normal(size=(600, 9)), np.ones(600)))
    y = np.maximum(X @ rng.normal(size=10), 0.0) - np.maximum(X @ rng.normal(size=10), 0.0)
    problem = oe.problems.ConvexReLU(X, y, sampled_patterns(X, 120, 0).active, 0.1)
    here, there = (
        oe.run(oe.ConvexNetworkADMM(), problem, max_iter=60, tol=0.0, device=place)
        for place in ("cpu", "cuda")
    )
    assert np.allclose(there.values, here.values, rtol=1e-8)
    assert np.linalg.norm(there.x - here.x) <= 1e-7 * np.linalg.norm(here.x)
