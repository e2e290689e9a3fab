"""The Lasso, dense: working sets against those who invented them."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.solvers import ours
from benchmarks.harness.sparse import dense_lasso, lassos

BENCHMARK = Benchmark(
    title="The Lasso, dense",
    data=(
        "A Gaussian matrix of 1 000 rows and 5 000 columns, "
        "50 of them used, l1 a twentieth of the largest."
    ),
    make=dense_lasso,
    solvers=[
        ours(oe.WorkingSetDescent, "working sets", 100),
        ours(oe.WorkingSetDescent, "working sets, compiled", 100, "compiled"),
        *lassos(),
    ],
    tolerance=1e-9,
    rounds=7,
)
