"""Recovery Bounds on Class-Based Optimal Transport: A Sum-of-Norms Regularization Framework.

Claims: a convex program with sums of norms of differences of rows and columns recovers classes.
Shown on Gaussian blobs, solved by the primal-dual method of Chambolle and Pock where the paper has
an accelerated proximal one.
"""

import numpy as np
import ot
import pytest

import optedu as oe
from optedu.problems.class_transport import weighted_differences


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 5)
    X = rng.normal(0.0, 0.3, (10, 2)) + 3.0 * labels[:, None]
    Y = rng.normal(0.0, 0.3, (10, 2)) + 3.0 * labels[:, None] + [1.0, -0.5]
    C = ot.dist(X, Y)
    R, S = (np.exp(-ot.dist(Z, Z)) for Z in (X, Y))
    R[R < 1e-6], S[S < 1e-6] = 0.0, 0.0
    return C / C.max(), np.full(10, 0.1), weighted_differences(R), weighted_differences(S), labels


def solve(blobs, lam):
    C, a, E, G, _ = blobs
    problem = oe.problems.ClassTransport(C, a, a, E, G, lam)
    trace = oe.run(
        oe.ChambollePock(dual_step=10.0 if lam else None),
        problem,
        tol=1e-7,
        max_iter=50_000,
        execution="python",
        record_every=100,
    )
    assert trace.success
    return trace.x


def test_large_weight_makes_the_rows_of_a_class_equal(blobs):
    labels = blobs[-1]
    P = solve(blobs, 0.03)
    assert np.linalg.matrix_rank(P, tol=1e-5) == 2
    for c in (0, 1):
        rows = P[labels == c]
        assert np.abs(rows - rows[0]).max() <= 1e-6
        assert rows[:, labels != c].max() <= 1e-6
    assert np.linalg.matrix_rank(solve(blobs, 0.0), tol=1e-5) > 5  # negative control


def test_feasible_and_without_weight_it_is_transport(blobs):
    C, a = blobs[:2]
    for lam in (0.0, 0.03):
        P = solve(blobs, lam)
        assert np.abs(P.sum(1) - a).max() <= 1e-6
        assert np.abs(P.sum(0) - a).max() <= 1e-6
        if lam == 0.0:
            assert np.sum(C * P) == pytest.approx(ot.emd2(a, a, C), abs=1e-6)
