"""Newton's method with Hessian products only, in twenty thousand dimensions."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.data import two_classes
from benchmarks.harness.solvers import ours, scipy_minimize, sklearn_logistic

BENCHMARK = Benchmark(
    title="Newton-CG, d = 20 000",
    data="Two overlapping classes, n = 500 rows, 20 000 correlated columns, ridge 1e-3.",
    make=lambda: two_classes(500, 20_000, 1e-3),
    solvers=[
        ours(oe.NewtonCG, "Newton-CG"),
        ours(oe.LBFGS, "L-BFGS"),
        sklearn_logistic("newton-cg", "scikit-learn newton-cg"),
        scipy_minimize("trust-ncg", "SciPy trust-ncg", derivatives="hessp"),
        scipy_minimize("L-BFGS-B", "SciPy L-BFGS-B", maxiter=10_000, maxfun=20_000, ftol=0.0),
    ],
    rounds=3,
)
