"""Sparsity-Constrained Optimal Transport.

Claims: the number of nonzeros per column is set directly; k = 1 is unregularized transport but for
a constant, k = n quadratic transport; the semi-dual is solved by L-BFGS. Where the top k tie at the
optimum, the recovered plan misses its row sums: only the value and the column sums are compared.
"""

import contextlib
import functools
import io

import numpy as np
import ot
import pytest

import optedu as oe
from tests.fast_transport.instances import masses


@functools.cache
def instance():
    rng = np.random.default_rng(0)
    return rng.uniform(size=(12, 10)), masses(rng, 12), masses(rng, 10)


@pytest.fixture
def data():
    return instance()


@functools.cache
def solved(gamma, k):
    problem = oe.problems.SparseTransport(*instance(), gamma, k)
    trace = oe.run(oe.LBFGS(), problem, tol=1e-9, max_iter=100, execution="python")
    return problem, trace.x, -min(trace.values)


@pytest.mark.parametrize(("k", "room"), [(2, 1e-4), (3, 1e-5), (12, 1e-5)])  # 2: on a kink
def test_dual_value_and_columns_are_those_of_pot(data, k, room):
    C, a, b = data
    problem, x, value = solved(1.0, k)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints
        peer, log = ot.smooth.smooth_ot_semi_dual(
            a, b, C, 1.0, reg_type="sparsity_constrained", max_nz=k, stopThr=1e-12,
            numItermax=5000, log=True,
        )  # fmt: skip
    beta = np.asarray(log["alpha"])
    assert value == pytest.approx(-problem.value(beta), abs=room)
    assert np.abs(peer.sum(0) - b).max() <= 1e-8
    T = problem.transport(x)
    assert np.abs(T.sum(0) - b).max() <= 1e-12
    assert ((T > 0).sum(0) <= k).all()


def test_all_entries_are_quadratic_transport(data):
    C, a, b = data
    problem, x, value = solved(1.0, 12)
    peer = ot.smooth.smooth_ot_semi_dual(
        a, b, C, 1.0, reg_type="l2", stopThr=1e-12, numItermax=5000
    )
    assert np.sum(C * peer) + np.sum(peer**2) / 2 == pytest.approx(value, abs=1e-5)
    assert np.abs(problem.gradient(x)).max() <= 1e-8
    assert np.abs(problem.transport(x) - peer).max() <= 1e-3


def test_one_entry_is_transport_but_for_a_constant(data):
    C, a, b = data
    problem, _, value = solved(0.05, 1)
    assert value <= ot.emd2(a, b, C) + 0.05 / 2 * np.sum(b**2) + 1e-12
    _, log = ot.emd(a, b, C, log=True)
    best = -problem.value(log["u"])  # the optimal potentials of transport
    assert best == pytest.approx(ot.emd2(a, b, C) + 0.05 / 2 * np.sum(b**2), abs=1e-10)
    for _ in range(50):
        other = log["u"] + 0.1 * np.random.default_rng(_).normal(size=12)
        assert -problem.value(other) <= best


def test_dual_falls_as_more_entries_are_allowed(data):
    values = [solved(1.0, k)[2] for k in (2, 3, 5, 8, 12)]
    assert (np.diff(values) <= 1e-6).all()
    assert values[0] > values[-1] + 1e-4


def test_rows_are_missed_where_entries_tie(data):
    missed = [np.abs(solved(1.0, k)[0].gradient(solved(1.0, k)[1])).sum() for k in (1, 12)]
    assert missed[0] > 0.05 > 1e-7 > missed[1]
