"""First-order methods on a dense quadratic against SciPy's conjugate gradients."""

import numpy as np

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.objectives import Quadratic
from benchmarks.harness.solvers import ours, scipy_cg, scipy_minimize

MOMENTUM = (1 - 1e-3**0.5) / (1 + 1e-3**0.5)  # of L = 1 and mu = 1e-3, as `make` draws them


def make(d: int = 1500, seed: int = 0) -> Quadratic:
    """Return a rotated quadratic with log-spaced eigenvalues, L/mu = 1000."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    A = (basis * np.geomspace(1e-3, 1.0, d)) @ basis.T
    A = 0.5 * (A + A.T)
    return Quadratic(A, A @ rng.standard_normal(d))


BENCHMARK = Benchmark(
    title="First-order methods on a dense quadratic",
    data="A rotated quadratic, d = 1500, log-spaced eigenvalues, condition number 1000.",
    make=make,
    solvers=[
        ours(oe.ConjugateGradient, "conjugate gradients"),
        ours(lambda: oe.NesterovStronglyConvex(1.0, MOMENTUM), "Nesterov"),
        scipy_cg(),
        scipy_minimize("CG", "SciPy minimize CG", maxiter=10_000, norm=2),
        scipy_minimize("L-BFGS-B", "SciPy L-BFGS-B", maxiter=10_000, maxfun=20_000, ftol=0.0),
    ],
    tolerance=1e-6,
    rounds=5,
)
