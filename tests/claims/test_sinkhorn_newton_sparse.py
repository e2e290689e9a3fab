"""Accelerating Sinkhorn Algorithm with Sparse Newton Iterations.

Claims: a few Newton steps with a sparse Hessian replace tens of thousands of Sinkhorn's; errors
fall superlinearly. Shown on the paper's random assignment, n = 500, eta = 1200. The nine steps that
the paper counts need about 8 n kept entries of the plan, not 2 n: with 2 n convergence is linear.
"""

import numpy as np
import ot
import pytest

import optedu as oe
from tests.fast_transport.instances import entropic, matching

TABLE = {8: 8, 4: 11, 3: 18, 2: 54}
"""Newton steps to an error of 1e-12 after 20 rounds, by entries kept per row."""


@pytest.fixture(scope="module")
def runs():
    problem = matching(500)
    return {
        keep: oe.run(oe.SinkhornNewtonSparse(keep), problem, max_iter=90, tol=1e-12)
        for keep in TABLE
    }


def test_what_is_kept_decides_the_rate(runs):
    for keep, steps in TABLE.items():
        assert runs[keep].success
        assert runs[keep].iterations[-1] - 20 == pytest.approx(steps, rel=0.15)
    tail = {keep: run.gradient_norms[1:] / run.gradient_norms[:-1] for keep, run in runs.items()}
    assert 0.55 < tail[2][-8:].min() < tail[2][-8:].max() < 0.85  # linear, a factor of about 0.7
    assert tail[8][-1] < 1e-3  # and not linear
    costs = [np.sum(matching(500).cost * matching(500).plan(run.x)) for run in runs.values()]
    assert np.allclose(costs, 0.0034504129, atol=1e-10)  # as the C++ library regot finds


def test_dropped_mass_explains_the_rate(runs):
    P = matching(500).plan(runs[8].x)
    values = np.sort(P.ravel())[::-1]
    dropped = [1 - values[: keep * 500].sum() for keep in (2, 3, 4, 8)]
    assert (np.diff(dropped) < 0).all()
    assert dropped[0] > 0.03
    assert dropped[-1] < 1e-6


def test_sinkhorn_has_hardly_begun(runs):
    trace = oe.run(oe.Sinkhorn(), matching(500), max_iter=200, tol=1e-9)
    assert trace.gradient_norms[-1] > 1e-5
    assert runs[8].iterations[-1] < 30


def test_dense_stage_is_quadratic():
    problem = entropic(30, 30, 0.01, seed=1)
    trace = oe.run(oe.SinkhornNewtonSparse(30, 20), problem, max_iter=60, tol=1e-13)
    errors = trace.gradient_norms[20:]
    last = errors[errors < 3e-4][:3]
    order = np.log(last[2] / last[1]) / np.log(last[1] / last[0])
    assert 1.8 < order < 2.3
    sparse = oe.run(oe.SinkhornNewtonSparse(1.5, 20), problem, max_iter=60, tol=1e-13)
    late = sparse.gradient_norms[-5:]
    assert (late[1:] / late[:-1]).min() > 0.5  # negative control: too few entries, a linear rate


def test_plan_is_pots_and_sinkhorn_needs_five_times_the_steps():
    problem = entropic(40, 40, 0.005, seed=2)
    ours = oe.run(oe.SinkhornNewtonSparse(), problem, tol=1e-9, max_iter=200)
    peer = ot.sinkhorn(problem.a, problem.b, problem.cost, 0.005, method="sinkhorn_log",
                            stopThr=1e-12, numItermax=100_000)  # fmt: skip
    assert np.abs(problem.plan(ours.x) - peer).max() <= 1e-8
    plain = oe.run(oe.Sinkhorn(), problem, tol=1e-9, max_iter=100_000, record_every=10)
    assert plain.iterations[-1] > 5 * ours.iterations[-1]


def test_large_entries_are_of_the_order_of_n():
    counts = []
    for n in (50, 100, 200):
        problem = matching(n, 400)
        P = problem.plan(oe.run(oe.SafeSparseNewton(), problem, tol=1e-9, max_iter=100).x)
        counts.append(np.sum(1e-6 / n < P) / n)
    assert max(counts) < 3 * min(counts)
    assert max(counts) < 30


def test_the_safe_method_needs_no_number_and_no_rounds(runs):
    trace = oe.run(oe.SafeSparseNewton(), matching(500), tol=1e-9, max_iter=60)
    assert trace.success
    assert trace.iterations[-1] <= 14
    assert trace.counts["plan"] <= 22
