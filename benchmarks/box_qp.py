"""A quadratic over a box: ADMM and projected steps against solvers for quadratic programs."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.constrained import (
    as_it_is,
    box_program,
    box_quadratic,
    clarabel_solver,
    osqp_solver,
    over_the_box,
    scipy_box,
)
from benchmarks.harness.solvers import ours

BENCHMARK = Benchmark(
    title="A dense quadratic over a box",
    data="300 variables, each between -1 and 1; a rotated quadratic of condition 1 000.",
    make=box_quadratic,
    solvers=[
        ours(oe.QuadraticADMM, "ADMM", problem_of=box_program),
        ours(
            lambda: oe.QuadraticADMM(penalty=1.0, balance=0),
            "ADMM, penalty 1",
            problem_of=box_program,
        ),
        ours(oe.StronglyConvexFISTA, "FISTA", problem_of=over_the_box),
        osqp_solver("OSQP", as_it_is),
        osqp_solver("OSQP polished", as_it_is, polishing=True),
        clarabel_solver("Clarabel", as_it_is),
        scipy_box(),
    ],
    tolerance=1e-7,
    rounds=7,
)
