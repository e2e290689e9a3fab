"""Logistic regression with the elastic net, sparse: working sets against those who have it."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.solvers import ours
from benchmarks.harness.sparse import classifiers, logistic_problem, sparse_labels

BENCHMARK = Benchmark(
    title="Logistic regression with the elastic net, sparse",
    data=(
        "A sparse matrix of 2 000 rows and 20 000 columns, one entry in a hundred, "
        "100 columns used, l1 half of the largest, l2 twice that."
    ),
    make=sparse_labels,
    solvers=[
        ours(oe.WorkingSetDescent, "working sets", 100, problem_of=logistic_problem),
        ours(
            oe.WorkingSetDescent,
            "working sets, compiled",
            100,
            "compiled",
            problem_of=logistic_problem,
        ),
        *classifiers(),
    ],
    tolerance=1e-9,
    rounds=7,
)
