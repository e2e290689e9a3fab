"""Entropic transport, in the range of the logarithms, with a cost that no cache holds."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.transport import gaussian_clouds, geomloss, ott, ours, pot_log

BENCHMARK = Benchmark(
    title="Sinkhorn in the log domain, 4 000 points",
    data="Two clouds of 4 000 points in the plane; t a hundredth of the largest cost.",
    make=gaussian_clouds(4_000, 0.01),
    solvers=[
        ours(oe.StabilizedSinkhorn, "stabilized"),
        ours(oe.Sinkhorn, "logarithms"),
        pot_log(10),
        ott("ott log"),
        geomloss(0.9),
    ],
    tolerance=1e-6,
    rounds=3,
)
