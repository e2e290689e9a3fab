"""Entropic transport, by scalings."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.transport import gaussian_clouds, ott, ours, pot

BENCHMARK = Benchmark(
    title="Sinkhorn by scalings",
    data="Two clouds of 1 000 points in the plane; t a hundredth of the largest cost.",
    make=gaussian_clouds(1_000, 0.01),
    solvers=[
        ours(oe.ScalingSinkhorn, "scalings"),
        ours(oe.StabilizedSinkhorn, "stabilized"),
        pot("POT", "sinkhorn"),
        ott("ott", logarithmic=False),
    ],
    tolerance=1e-6,
    rounds=5,
)
