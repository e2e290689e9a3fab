"""Least squares on the l1 ball: Frank-Wolfe against Frank-Wolfe."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.constrained import copt_frank_wolfe, on_the_ball, sparse_ball
from benchmarks.harness.solvers import ours

BENCHMARK = Benchmark(
    title="Frank-Wolfe on the l1 ball",
    data=(
        "A Gaussian matrix of 1 000 rows and 2 000 columns, 10 of them used, "
        "the radius three tenths of what they need."
    ),
    make=sparse_ball,
    solvers=[
        ours(
            oe.ShortStepFrankWolfe,
            "short steps",
            problem_of=on_the_ball,
            given=lambda f: {"smoothness": f.smoothness},
        ),
        ours(oe.LineSearchFrankWolfe, "line search", problem_of=on_the_ball),
        ours(oe.PairwiseFrankWolfe, "pairwise", problem_of=on_the_ball),
        copt_frank_wolfe("copt short steps", "vanilla", "DR"),
        copt_frank_wolfe("copt backtracking", "vanilla", "backtracking"),
        copt_frank_wolfe("copt pairwise", "pairwise", "DR"),
        copt_frank_wolfe("copt pairwise backtracking", "pairwise", "backtracking"),
    ],
    tolerance=1e-3,
    rounds=5,
)
