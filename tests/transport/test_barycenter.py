"""Entropic barycenters by the same Sinkhorn, against POT, duality and closed forms."""

import numpy as np
import ot
import pytest

import optedu as oe


def instance(K=3, m=6, t=0.1, seed=0, weights=None):
    rng = np.random.default_rng(seed)
    B = rng.random((K, m)) + 0.1
    B /= B.sum(axis=1, keepdims=True)
    w = rng.random(K) + 0.3 if weights is None else np.asarray(weights)
    C = np.subtract.outer(np.arange(m), np.arange(m)) ** 2 / 10.0
    return oe.problems.EntropicBarycenter(B, C, w / w.sum(), t)


def solve(problem, tol=1e-12):
    trace = oe.run(oe.Sinkhorn(), problem, tol=tol, max_iter=20_000, execution="python")
    assert trace.success
    return trace.x


@pytest.mark.parametrize("t", [0.1, 0.5])
def test_it_is_pots(t):
    equal, weighted = instance(t=t, weights=np.ones(3)), instance(t=t)
    for problem, name in ((equal, "sinkhorn"), (equal, "sinkhorn_log"), (weighted, "sinkhorn_log")):
        B, C, w, t = problem
        theirs = ot.bregman.barycenter(B.T.copy(), C, t, w, method=name, stopThr=1e-13)
        np.testing.assert_allclose(problem.barycenter(solve(problem)), theirs, rtol=0, atol=1e-9)


def test_weights_must_be_there_from_the_first_step():
    """POT's plain-domain method starts from the unweighted mean, and never gets back."""
    problem = instance()
    B, C, w, t = problem
    theirs = ot.bregman.barycenter(B.T.copy(), C, t, w, method="sinkhorn", stopThr=1e-13)
    assert np.abs(problem.barycenter(solve(problem)) - theirs).max() > 0.005


def test_couplings_share_their_rows_and_fit_their_columns():
    problem = instance()
    x = solve(problem)
    mean = problem.barycenter(x)
    assert mean.sum() == pytest.approx(1.0, abs=1e-10)
    for k in range(3):
        P = problem.coupling(k, x)
        np.testing.assert_allclose(P.sum(axis=1), mean, atol=1e-11)
        np.testing.assert_allclose(P.sum(axis=0), problem.histograms[k], atol=1e-11)


def test_strong_duality_and_optimality():
    """The weighted primal is minus the dual; entropic costs to any other histogram are more."""
    problem = instance()
    B, C, w, t = problem
    x = solve(problem)

    def weighted(mean):
        total = 0.0
        for k in range(w.size):
            single = oe.problems.EntropicTransport(C, mean, B[k], t)
            total -= w[k] * single.value(oe.run(oe.Sinkhorn(), single, tol=1e-11, max_iter=9999).x)
        return total

    mean = problem.barycenter(x)
    mean = mean / mean.sum()
    least = weighted(mean)
    assert least == pytest.approx(-problem.value(x), abs=1e-10)
    rng = np.random.default_rng(1)
    for _ in range(5):
        u = rng.normal(size=mean.size)
        assert weighted(mean + 0.02 * (u - u.mean())) > least + 1e-6


def test_one_histogram_is_a_transport_with_free_rows():
    """With K = 1 the rows are free: each column spreads as a softmax of -C / t."""
    problem = instance(K=1)
    B, C, _, t = problem
    soft = np.exp(-C / t)
    expected = (soft / soft.sum(axis=0)) @ B[0]
    np.testing.assert_allclose(problem.barycenter(solve(problem)), expected, atol=1e-12)


def test_gaussian_histograms_average_their_means():
    """Histograms of Gaussians with one spread: the barycenter's mean is the mean of the means."""
    grid = np.linspace(-1.0, 2.0, 60)
    B = np.exp(-((grid - np.array([[0.0], [1.0]])) ** 2) / (2 * 0.12**2))
    B = B / B.sum(axis=1, keepdims=True)
    B = (B + 1e-12) / (B + 1e-12).sum(axis=1, keepdims=True)
    C = np.subtract.outer(grid, grid) ** 2
    for w in ([0.5, 0.5], [0.8, 0.2]):
        problem = oe.problems.EntropicBarycenter(B, C, w, 0.02)
        mean = problem.barycenter(solve(problem, 1e-9))
        assert mean @ grid == pytest.approx(w[1], abs=1e-6)
        # the entropy blurs: the spread grows from s^2 to s^2 + t / 2
        assert mean @ (grid - w[1]) ** 2 == pytest.approx(0.12**2 + 0.01, abs=2e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"weights": [0.5, 0.5]}, "one weight per row"), ({"weights": [0.5, 0.4, 0.2]}, "weights"),
     ({"histograms": np.ones((3, 6))}, "each row"), ({"regularization": 0.0}, "regularization")],
)  # fmt: skip
def test_what_cannot_be(change, words):
    fields = {**instance()._asdict(), **change}
    with pytest.raises(ValueError, match=words):
        oe.problems.EntropicBarycenter(**fields)
