"""What a lazy Hessian saves in seconds: the same method with m = 1 and with more."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.data import two_classes
from benchmarks.harness.solvers import ours, scipy_minimize, sklearn_logistic

BENCHMARK = Benchmark(
    title="Lazy Hessians, d = 500",
    data="Two overlapping classes, n = 5 000 rows, 500 correlated columns, ridge 1e-4.",
    make=lambda: two_classes(5_000, 500, 1e-4),
    solvers=[
        ours(lambda: oe.AdaptiveLazyRegularizedNewton(1), "lazy regularized Newton, m = 1"),
        ours(lambda: oe.AdaptiveLazyRegularizedNewton(5), "lazy regularized Newton, m = 5"),
        ours(lambda: oe.AdaptiveLazyRegularizedNewton(50), "lazy regularized Newton, m = 50"),
        sklearn_logistic("newton-cholesky", "scikit-learn newton-cholesky"),
        scipy_minimize("trust-exact", "SciPy trust-exact", derivatives="hess"),
    ],
    rounds=5,
)
