"""Second-order methods on dense logistic regression against scikit-learn and SciPy."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.data import two_classes
from benchmarks.harness.solvers import ours, scipy_minimize, sklearn_logistic

BENCHMARK = Benchmark(
    title="Newton's method and its heirs on dense logistic regression",
    data="Two overlapping classes, n = 20 000 rows, 100 correlated columns, ridge 1e-4.",
    make=lambda: two_classes(20_000, 100, 1e-4),
    solvers=[
        ours(oe.DampedNewton, "Newton with line search"),
        ours(oe.TrustRegionNewton, "trust region"),
        ours(lambda: oe.AdaptiveLazyRegularizedNewton(4), "lazy regularized Newton, m = 4"),
        ours(oe.NewtonCG, "Newton-CG"),
        sklearn_logistic("newton-cholesky", "scikit-learn newton-cholesky"),
        sklearn_logistic("newton-cg", "scikit-learn newton-cg"),
        scipy_minimize("trust-exact", "SciPy trust-exact", derivatives="hess"),
        scipy_minimize("trust-ncg", "SciPy trust-ncg", derivatives="hessp"),
    ],
    rounds=5,
)
