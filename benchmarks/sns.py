"""Entropic transport with a small regularization: sparse Newton methods against Sinkhorn."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.small_regularization import RandomTransport, regot_solver
from benchmarks.harness.solvers import ours
from benchmarks.harness.transport import dense, pot_log

BENCHMARK = Benchmark(
    title="Transport with a small regularization",
    data="500 x 500 costs, uniform in [0, 1], equal masses, regularization 1/1200.",
    make=lambda: RandomTransport(500, 1 / 1200),
    solvers=[
        ours(oe.SafeSparseNewton, "safe sparse Newton", max_iter=200, problem_of=dense),
        ours(oe.SinkhornNewtonSparse, "Sinkhorn-Newton-Sparse", max_iter=200, problem_of=dense),
        ours(oe.Sinkhorn, "Sinkhorn, 200 rounds", max_iter=200, problem_of=dense),
        pot_log(200),
        regot_solver("ssns"),
        regot_solver("splr"),
    ],
    tolerance=1e-9,
    rounds=3,
)
