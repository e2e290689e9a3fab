"""Entropic transport, in the range of the logarithms."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.transport import gaussian_clouds, geomloss, ott, ours, pot

BENCHMARK = Benchmark(
    title="Sinkhorn in the log domain",
    data="Two clouds of 1 000 points in the plane; t a hundredth of the largest cost.",
    make=gaussian_clouds(1_000, 0.01),
    solvers=[
        ours(oe.StabilizedSinkhorn, "stabilized"),
        ours(oe.Sinkhorn, "logarithms"),
        pot("POT log", "sinkhorn_log"),
        ott("ott log"),
        geomloss(0.9),
    ],
    tolerance=1e-6,
    rounds=3,
)
