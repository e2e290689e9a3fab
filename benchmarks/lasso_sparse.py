"""The Lasso, sparse: working sets against those who invented them."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.solvers import ours
from benchmarks.harness.sparse import lassos, sparse_lasso

BENCHMARK = Benchmark(
    title="The Lasso, sparse",
    data=(
        "A sparse matrix of 2 000 rows and 20 000 columns, "
        "one entry in a hundred, 100 columns used, l1 a twentieth of the largest."
    ),
    make=sparse_lasso,
    solvers=[
        ours(oe.WorkingSetDescent, "working sets", 100),
        ours(oe.WorkingSetDescent, "working sets, compiled", 100, "compiled"),
        *lassos(),
    ],
    tolerance=1e-9,
    rounds=7,
)
