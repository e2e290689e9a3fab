"""The convex program of a two-layer ReLU network, against conic solvers."""

import optedu as oe
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.convex_networks import cvxpy_solver, ours, random_network

BENCHMARK = Benchmark(
    title="A ReLU network as a convex program",
    data="200 observations of 10 variables, 50 activation patterns, 1000 unknowns.",
    make=random_network(200, 10, 50, exact=True),
    solvers=[
        ours(lambda: oe.ConvexNetworkADMM(), "convex network ADMM"),
        ours(
            lambda: oe.ConvexNetworkADMM(penalty=10.0, relaxation=1.9, balance=0),
            "convex network ADMM, penalty 10",
        ),
        cvxpy_solver(
            "SCS",
            "SCS",
            lambda own: {"eps_abs": own, "eps_rel": own, "max_iters": 100_000},
        ),
        cvxpy_solver(
            "Clarabel",
            "CLARABEL",
            lambda own: {"tol_gap_rel": own, "tol_gap_abs": own, "tol_feas": own},
        ),
    ],
    tolerance=1e-4,
    rounds=2,
)
