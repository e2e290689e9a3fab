"""Total variation on a line: iterations against the taut string."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.constrained import (
    clarabel_solver,
    copt_total_variation,
    dual_of,
    noisy_steps,
    osqp_solver,
    taut_string,
    total_variation,
)
from benchmarks.harness.solvers import ours

BENCHMARK = Benchmark(
    title="Total variation on a line",
    data="10 000 noisy samples of a signal with 49 jumps, weight 10.",
    make=noisy_steps,
    solvers=[
        ours(oe.ChambollePock, "Chambolle-Pock", max_iter=2000, problem_of=total_variation),
        ours(
            lambda: oe.ChambollePock(dual_step=30.0),
            "Chambolle-Pock, dual step 30",
            problem_of=total_variation,
        ),
        ours(
            lambda: oe.ChambollePock(dual_step=30.0),
            "Chambolle-Pock, dual step 30, compiled",
            execution="compiled",
            problem_of=total_variation,
        ),
        taut_string(),
        copt_total_variation(),
        osqp_solver("OSQP, dual", dual_of),
        clarabel_solver("Clarabel, dual", dual_of),
    ],
    tolerance=1e-6,
    rounds=5,
)
