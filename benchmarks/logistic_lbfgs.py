"""L-BFGS on dense logistic regression against SciPy's, and scikit-learn's that calls it."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.data import two_classes
from benchmarks.harness.solvers import ours, scipy_minimize, sklearn_logistic

BENCHMARK = Benchmark(
    title="L-BFGS on dense logistic regression",
    data="Two overlapping classes, n = 20 000 rows, 100 correlated columns, ridge 1e-4.",
    make=lambda: two_classes(20_000, 100, 1e-4),
    solvers=[
        ours(oe.LBFGS, "L-BFGS"),
        ours(oe.LBFGS, "L-BFGS, compiled", execution="compiled"),
        scipy_minimize("L-BFGS-B", "SciPy L-BFGS-B", maxiter=10_000, maxfun=20_000, ftol=0.0),
        scipy_minimize("BFGS", "SciPy BFGS", maxiter=10_000, norm=2),
        sklearn_logistic("lbfgs", "scikit-learn lbfgs"),
    ],
    tolerance=1e-6,
    rounds=5,
)
