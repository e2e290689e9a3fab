"""Entropic transport between so many points that their cost is better not stored."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.transport import many_points, ott_points, ours, points

ROUNDS = 2
"""After these the tolerance is reached."""

BENCHMARK = Benchmark(
    title="Sinkhorn without a cost matrix, 20 000 points",
    data="Two clouds of 20 000 points in the plane; t a tenth of the largest cost.",
    make=many_points(20_000, 0.1),
    solvers=[
        ours(oe.Sinkhorn, "points", points, ROUNDS),
        ott_points(ROUNDS, 100),
    ],
    tolerance=1e-2,
    rounds=1,
)
