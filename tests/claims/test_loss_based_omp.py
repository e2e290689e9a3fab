"""The greedy side of the LASSO: loss function-based orthogonal matching pursuit.

Claims: closed forms for the greedy selection of the weighted LASSO, SR-LASSO and LAD-LASSO; the
greedy methods inherit noise-blind tuning and fault tolerance. Shown against a scalar minimizer, on
Gaussian rows, under three sizes of noise, and with gross errors. The refit is a fit of the data
without the penalty, and each index is selected once.
"""

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar
from sklearn.linear_model import orthogonal_mp

import optedu as oe
from optedu.proximal.matching_pursuit import (
    absolute_gains,
    count_gains,
    fit_absolute,
    lasso_gains,
    square_root_gains,
)

P = oe.problems


def losses(A, r, prices):
    """The increase of each G when coordinate j becomes t, with r the residual before."""
    return {
        "lasso": lambda j, t: np.sum((r - t * A[:, j]) ** 2) + prices[j] * abs(t),
        "square root": lambda j, t: np.linalg.norm(r - t * A[:, j]) + prices[j] * abs(t),
        "absolute": lambda j, t: np.abs(r - t * A[:, j]).sum() + prices[j] * abs(t),
    }


GAINS = {"lasso": lasso_gains, "square root": square_root_gains, "absolute": absolute_gains}


@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize("name", GAINS)
def test_gains_are_those_of_a_scalar_minimizer(name, unit):
    positive = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        A, r = rng.standard_normal((12, 6)), rng.standard_normal(12)
        if unit:
            A = A / np.linalg.norm(A, axis=0)
        prices = rng.uniform(0.0, {"lasso": 2.0, "square root": 0.6, "absolute": 2.0}[name], 6)
        gains, G = GAINS[name](A, r, prices), losses(A, r, prices)[name]
        for j in range(6):
            found = minimize_scalar(
                lambda t, j=j, G=G: G(j, t), bracket=(-1.0, 1.0), options={"xtol": 1e-14}
            )
            best = min(found.fun, G(j, 0.0))
            # a kink is found to the square root of nothing: its slope is at most a few
            assert gains[j] == pytest.approx(G(j, 0.0) - best, abs=1e-8)
            positive += gains[j] > 1e-3
    assert positive > 20


def test_gains_of_the_count_are_a_fit_minus_its_price():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        A, r, prices = rng.standard_normal((12, 6)), rng.standard_normal(12), rng.uniform(0, 3, 6)
        for j in range(6):
            left = np.linalg.lstsq(A[:, [j]], r, rcond=None)[1][0]
            wanted = max(r @ r - left - prices[j], 0.0)
            assert count_gains(A, r, prices)[j] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("sparsity", [1, 3, 6])
def test_without_a_penalty_it_is_scikit_learns(sparsity):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        A = rng.standard_normal((30, 20))
        A /= np.linalg.norm(A, axis=0)
        b = A[:, :4] @ rng.standard_normal(4) + 0.1 * rng.standard_normal(30)
        theirs = orthogonal_mp(A, b, n_nonzero_coefs=sparsity)
        for method in (
            oe.OrthogonalMatchingPursuit(sparsity=sparsity),
            oe.LassoMatchingPursuit(0.0, sparsity=sparsity),
            oe.SquareRootMatchingPursuit(0.0, sparsity=sparsity),
        ):
            run = oe.run(method, P.LeastSquares(A, b), np.zeros(20))
            assert run.success
            np.testing.assert_array_equal(run.x != 0, theirs != 0)
            assert run.x == pytest.approx(theirs, abs=1e-12)


def recovery(seed, d=128, s=5):
    """Return m = 4 s log d Gaussian rows, unit columns, and a sparse truth."""
    rng = np.random.default_rng(seed)
    m = int(np.ceil(4 * s * np.log(d)))
    A = rng.standard_normal((m, d))
    A /= np.linalg.norm(A, axis=0)
    x = np.zeros(d)
    x[rng.choice(d, s, replace=False)] = rng.choice([-1, 1], s) * rng.uniform(1, 2, s)
    return A, x, rng


def test_exact_recovery_from_gaussian_rows():
    for seed in range(20):
        A, x, _ = recovery(seed)
        run = oe.run(oe.OrthogonalMatchingPursuit(), P.LeastSquares(A, A @ x), np.zeros(128))
        assert run.success
        assert run.iterations[-1] == 6  # five picks, and one look that finds nothing
        assert run.x == pytest.approx(x, abs=1e-12)


def test_incoherent_columns_are_picked_rightly_always():
    """Coherence below 1 / (2 k - 1): a checked guarantee, k = 2 in a union of two bases."""
    identity = np.eye(16)
    hadamard = np.array([[1.0]])
    while len(hadamard) < 16:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    A = np.hstack([identity, hadamard / 4])
    coherence = np.abs(A.T @ A - np.eye(32)).max()
    assert coherence == pytest.approx(1 / 4)
    assert coherence < 1 / (2 * 2 - 1)
    rng = np.random.default_rng(0)
    for _ in range(100):
        x = np.zeros(32)
        x[rng.choice(32, 2, replace=False)] = rng.standard_normal(2)
        run = oe.run(
            oe.OrthogonalMatchingPursuit(sparsity=2), P.LeastSquares(A, A @ x), np.zeros(32)
        )
        assert run.x == pytest.approx(x, abs=1e-12)


@pytest.mark.parametrize("noise", [1e-3, 1e-1, 1e1])
def test_one_penalty_fits_every_size_of_noise(noise):
    """The square-root rule finds the support at noise 1e-3 to 1e1, signal in proportion."""
    counts = {"square root": [], "lasso": []}
    for seed in range(10):
        A, x, rng = recovery(seed)
        signal = 8 * noise * x
        b = A @ signal + noise * rng.standard_normal(A.shape[0]) / np.sqrt(A.shape[0])
        for name, method in (
            ("square root", oe.SquareRootMatchingPursuit(0.42)),
            ("lasso", oe.LassoMatchingPursuit(0.8 * 1e-1)),
        ):
            run = oe.run(method, P.LeastSquares(A, b), np.zeros(128))
            counts[name].append(np.array_equal(run.x != 0, x != 0))
    assert sum(counts["square root"]) >= 9
    if noise != 1e-1:  # negative control: the penalty of the lasso is tuned to one size
        assert sum(counts["lasso"]) <= 3


def test_weights_bring_in_what_is_known():
    """Weights of a tenth on a set that holds the support help where rows are too few."""
    plain, informed = 0, 0
    for seed in range(20):
        A, x, rng = recovery(seed)
        A, support = A[:24], np.flatnonzero(x)
        A = A / np.linalg.norm(A, axis=0)
        others = rng.choice(np.setdiff1d(np.arange(128), support), 15, replace=False)
        weights = np.ones(128)
        weights[np.concatenate([support, others])] = 0.1
        problem = P.LeastSquares(A, A @ x)
        for known in (False, True):
            method = oe.LassoMatchingPursuit(2.0, weights if known else None, 5)
            if not known:
                method = oe.OrthogonalMatchingPursuit(sparsity=5)
            hit = np.array_equal(oe.run(method, problem, np.zeros(128)).x != 0, x != 0)
            plain, informed = plain + (hit and not known), informed + (hit and known)
    assert informed >= plain + 4  # measured 11 and 18 of 20


def test_gross_errors_break_least_squares_and_not_absolute_deviations():
    for seed in range(5):
        A, x, rng = recovery(seed, d=64, s=4)
        b = A @ x
        wrong = rng.choice(b.size, max(1, round(0.05 * b.size)), replace=False)
        b[wrong] += rng.choice([-1, 1], wrong.size) * rng.uniform(5, 20, wrong.size)
        robust = oe.run(
            oe.AbsoluteMatchingPursuit(0.01, sparsity=4), P.AbsoluteDeviations(A, b), np.zeros(64)
        )
        squares = oe.run(
            oe.OrthogonalMatchingPursuit(sparsity=4), P.LeastSquares(A, b), np.zeros(64)
        )
        assert np.linalg.norm(robust.x - x) < 1e-6
        assert np.linalg.norm(squares.x - x) > 0.5


def test_fit_by_absolute_deviations_is_that_of_a_linear_program():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        A, b = rng.standard_normal((15, 4)), rng.standard_cauchy(15)
        active = np.array([True, False, True, True])
        x = fit_absolute(A, b, active, 150)
        S = A[:, active]
        n = 15
        found = linprog(
            np.r_[np.zeros(6), np.ones(n)],
            A_ub=np.block([[S, -S, -np.eye(n)], [-S, S, -np.eye(n)]]),
            b_ub=np.r_[b, -b],
        )
        assert not x[1]
        assert np.abs(A @ x - b).sum() == pytest.approx(found.fun, rel=1e-8)


def test_bad_arguments_get_a_sentence():
    problem = P.LeastSquares(np.eye(3), np.ones(3))
    with pytest.raises(ValueError, match="penalty must be at least 0"):
        oe.OrthogonalMatchingPursuit(-1.0)
    with pytest.raises(ValueError, match=r"weights must have shape \(3,\)"):
        oe.run(oe.LassoMatchingPursuit(0.1, np.ones(2)), problem, np.zeros(3))
    with pytest.raises(ValueError, match="weights must be at least 0"):
        oe.LassoMatchingPursuit(0.1, [-1.0])
    with pytest.raises(ValueError, match="sparsity must be positive"):
        oe.SquareRootMatchingPursuit(sparsity=0)
