"""Five forms of Sinkhorn's algorithm: one plan, the proven rate, the range of numbers."""

import numpy as np
import ot
import pytest

import optedu as oe
from optedu.transport.greedy_sinkhorn import gains
from tests.transport.instances import cloud, dense, diameter, hilbert, masses, solve

FORMS = [
    oe.Sinkhorn(),
    oe.ScalingSinkhorn(),
    oe.StabilizedSinkhorn(),
    oe.OverRelaxedSinkhorn(1.3),
    oe.GreedySinkhorn(),
]
WIDE = [oe.Sinkhorn(), oe.StabilizedSinkhorn(), oe.OverRelaxedSinkhorn(1.8)]


def name(method):
    return type(method).__name__


@pytest.mark.parametrize("method", FORMS, ids=name)
@pytest.mark.parametrize(
    "problem", [dense(), dense(4, 9, 0.05, 1), cloud()], ids=["wide", "long", "points"]
)
def test_every_form_has_the_plan_of_pot(method, problem):
    C = -problem.regularization * np.log(problem.plan(np.zeros(problem.shape)))
    peer = ot.sinkhorn(
        problem.a, problem.b, C, problem.regularization, stopThr=1e-13, numItermax=100_000
    )
    trace = solve(method, problem)
    assert trace.status is oe.Status.CONVERGED
    assert np.abs(problem.plan(trace.x) - peer).max() <= 1e-10


@pytest.mark.parametrize("method", WIDE, ids=name)
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_nothing_overflows_at_small_regularization(method, scale):
    """At t = 1/1200 of the largest cost; the plain scaling form fails there, see below."""
    problem = dense(6, 8, 1 / 1200, 5, scale)
    trace = solve(method, problem, 1e-10)
    assert trace.status is oe.Status.CONVERGED
    P = problem.plan(trace.x)
    f, g = trace.x[:6], trace.x[6:]
    log = ot.bregman.sinkhorn_log(
        problem.a, problem.b, problem.cost, problem.regularization, stopThr=1e-12,
        numItermax=200_000, warmstart=(f / problem.regularization, g / problem.regularization),
    )  # fmt: skip
    assert np.abs(P - log).max() <= 1e-8


@pytest.mark.parametrize("problem", [dense(), dense(6, 8, 1 / 1200, 5, 1e6), cloud()])
def test_both_transforms_at_once_are_the_two_in_turn(problem):
    x = problem.start + np.linspace(-0.3, 0.3, problem.start.size)
    once, turn = (
        oe.run(oe.Sinkhorn(at_once=at_once), problem, x, max_iter=12, tol=0.0, execution="python")
        for at_once in (None, False)
    )
    np.testing.assert_allclose(once.iterates, turn.iterates, rtol=1e-11, atol=1e-13)
    assert (once.counts["soft_transform"], turn.counts["soft_transform"]) == (12, 24)


def test_a_problem_that_does_not_say_so_is_not_asked_for_both_at_once():
    known = dense()
    parts = {name: getattr(known, name) for name in ("gradient", "soft_transform")}
    blind = oe.Problem.from_functions(known.value, **parts, regularization=known.regularization)
    trace = oe.run(oe.Sinkhorn(), blind, known.start, tol=1e-10, max_iter=500)
    assert trace.status is oe.Status.CONVERGED
    assert trace.counts["soft_transform"] == 2 * trace.iterations[-1]


def test_plain_scalings_fail_at_small_regularization():
    C = np.array([[2.0, 3.0], [1.0, 2.0]])
    problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 1 / 1200)
    assert (problem.plan(np.zeros(4)) == 0).all()
    assert oe.run(oe.ScalingSinkhorn(), problem).status is oe.Status.NONFINITE
    stabilized = solve(oe.StabilizedSinkhorn(), problem, 1e-12)
    np.testing.assert_allclose(problem.plan(stabilized.x), 0.25, atol=1e-10)


def test_plain_scalings_do_not_claim_a_plan_that_underflow_has_changed():
    """The scaled matrix has the right sums; the plan of its potentials is far from that."""
    rng = np.random.default_rng(3)
    problem = oe.problems.EntropicTransport(
        rng.random((8, 8)), masses(rng, 8), masses(rng, 8), 1 / 1200
    )
    method = oe.ScalingSinkhorn().resolve(problem)
    state = method.init(problem, np.zeros(16))
    for _ in range(1000):
        state = method.step(problem, state)
    assert method.certificate(problem, state) >= np.linalg.norm(problem.gradient(state.x))
    trace = oe.run(oe.ScalingSinkhorn(), problem, max_iter=6000, record_every=100)
    assert trace.status is not oe.Status.CONVERGED


def test_the_three_forms_have_the_same_iterates():
    problem = dense(t=0.1)
    x = np.zeros(problem.shape)
    runs = [
        oe.run(method, problem, x, max_iter=20, tol=0.0, execution="python").iterates
        for method in (oe.Sinkhorn(), oe.ScalingSinkhorn(), oe.OverRelaxedSinkhorn(1.0))
    ]
    for other in runs[1:]:
        np.testing.assert_allclose(other, runs[0], atol=1e-13)
    stabilized = oe.run(oe.StabilizedSinkhorn(), problem, x, max_iter=19, tol=0.0).iterates
    np.testing.assert_allclose(stabilized, runs[0][1:], atol=1e-13)  # its start is a round


def test_the_certificate_is_the_gradient_norm():
    problem = dense(t=0.03, seed=6)
    for method in (oe.ScalingSinkhorn(), oe.StabilizedSinkhorn(), oe.GreedySinkhorn()):
        method = method.resolve(problem)
        state = method.init(problem, np.zeros(problem.shape))
        for _ in range(30):
            told = method.certificate(problem, state)
            assert told == pytest.approx(np.linalg.norm(problem.gradient(state.x)), abs=1e-13)
            state = method.step(problem, state)


@pytest.mark.parametrize("seed", range(4))
def test_a_round_contracts_hilberts_metric_as_proven(seed):
    problem = dense(5, 6, 0.25, seed)
    C, t = problem.cost, problem.regularization
    bound = np.tanh(diameter(C, t) / 4) ** 2
    star = solve(oe.Sinkhorn(), problem, 1e-15, 3000).x
    x = np.random.default_rng(seed).normal(size=star.size)
    before, last = None, None
    for _ in range(12):
        gap = hilbert((x - star)[5:] / t)
        if before is not None and before > 1e-9:
            last = gap / before
            assert last <= bound * (1 + 1e-6)
        before = gap
        x = oe.Sinkhorn(t).step(problem, oe.Sinkhorn(t).init(problem, x)).x
    assert last > 0


def test_the_contraction_is_attained_and_a_smaller_one_is_refuted():
    """On the two by two exchange the rate is exactly tanh(D / 4)^2 in the end."""
    C, t = np.array([[0.0, 1.0], [1.0, 0.0]]), 0.5
    problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], t)
    assert diameter(C, t) == pytest.approx(4.0)
    method, x = oe.Sinkhorn(t), np.array([0.0, 0.0, 1e-3, 0.0])
    gaps = []
    for _ in range(6):
        gaps.append(hilbert(x[2:] / t))
        x = method.step(problem, method.init(problem, x)).x
    rates = np.divide(gaps[1:], gaps[:-1])
    bound = np.tanh(1.0) ** 2
    np.testing.assert_allclose(rates, bound, rtol=1e-5)
    assert (rates <= bound * (1 + 1e-9)).all()
    assert (rates > 0.8 * bound).all()
    assert (rates > np.tanh(0.5) ** 2).all()  # D / 8 in place of D / 4 would be wrong


def test_over_relaxation_has_youngs_factor():
    """1 - s becomes omega - 1 at the best omega, as for linear equations."""
    problem = dense(6, 6, 0.03, 7)
    star = solve(oe.Sinkhorn(), problem, 1e-15, 20_000).x
    P = problem.plan(star)
    values = np.linalg.svd(P / np.sqrt(np.outer(problem.a, problem.b)), compute_uv=False)
    r = values[1] ** 2
    best = 2 / (1 + np.sqrt(1 - r))
    steps = {}
    for omega in (1.0, best, 1.97):
        trace = oe.run(oe.OverRelaxedSinkhorn(omega), problem, star + 1e-4 * np.cos(np.arange(12)),
                       max_iter=5000, tol=1e-12, execution="python")  # fmt: skip
        steps[omega] = int(trace.iterations[-1])
        if omega == 1.0:
            tail = trace.gradient_norms[-30:-10]
            assert (tail[-1] / tail[0]) ** (1 / 19) == pytest.approx(r, abs=2e-3)
    assert 1 < best < 2
    assert steps[best] < 0.6 * steps[1.0]
    assert steps[best] < steps[1.97]
    assert steps[best] >= np.log(1e-8) / np.log(best - 1) * 0.5


def test_relaxation_two_never_arrives():
    with pytest.raises(ValueError, match="relaxation must be below 2"):
        oe.OverRelaxedSinkhorn(2.0)
    trace = oe.run(oe.OverRelaxedSinkhorn(1.999), dense(), max_iter=300, execution="python")
    assert trace.status is not oe.Status.CONVERGED


def test_a_greedy_step_gains_what_it_says():
    problem = dense(seed=8)
    method = oe.GreedySinkhorn().resolve(problem)
    state = method.init(problem, np.zeros(problem.shape))
    for _ in range(40):
        gain = problem.regularization * gains(state.sums, method.marginals).max()
        new = method.step(problem, state)
        assert problem.value(state.x) - problem.value(new.x) == pytest.approx(gain, abs=1e-14)
        assert np.count_nonzero(new.x != state.x) <= 1
        state = new


def test_gains_keep_their_digits():
    p = np.full(3, 0.2)
    s = p * (1 + np.array([1e-9, 1e-5, 0.3]))
    r = s / p - 1
    series = p * (r**2 / 2 - r**3 / 3 + r**4 / 4)
    np.testing.assert_allclose(gains(s, p)[:2], series[:2], rtol=1e-6)
    assert gains(s, p)[2] == pytest.approx(0.06 - 0.2 * np.log(1.3), rel=1e-12)


def test_another_regularization_than_the_problems_gets_a_sentence():
    for cls in (oe.ScalingSinkhorn, oe.StabilizedSinkhorn, oe.GreedySinkhorn):
        with pytest.raises(ValueError, match="is not the problem's"):
            oe.run(cls(0.3), dense(t=0.1))


def polytope(cost, problem):
    """The plans with the masses of a problem, at this cost."""
    return oe.problems.TransportPolytope(oe.problems.LinearCost(cost), problem.a, problem.b)


def test_projections_are_sinkhorn_and_pythagoras_holds():
    problem = dense(t=0.15, seed=9)
    plans = polytope(problem.cost, problem)
    method = oe.BregmanProjections(problem.regularization)
    potentials = oe.run(oe.Sinkhorn(), problem, max_iter=8, tol=0.0, execution="python").iterates
    state = method.init(plans, np.ones(plans.shape))
    star = problem.plan(solve(oe.Sinkhorn(), problem, 1e-14).x)
    before, gone = state.x, 0.0
    total = plans.divergence(star, before)
    for x in potentials[1:]:
        half = plans.bregman_project(0, before)
        state = method.step(plans, state)
        np.testing.assert_allclose(state.x, problem.plan(x), rtol=1e-12)
        gone += plans.divergence(half, before) + plans.divergence(state.x, half)
        left = plans.divergence(star, state.x)
        assert gone + left == pytest.approx(total, rel=1e-12)
        before = state.x
    assert left < 1e-3 * total


def test_projections_need_no_scaled_cost():
    plans = polytope(1e6 * dense().cost, dense())
    trace = oe.run(oe.BregmanProjections(1e5), plans, tol=1e-10)
    small = polytope(dense().cost, dense())
    other = oe.run(oe.BregmanProjections(0.1), small, tol=1e-10)
    np.testing.assert_allclose(trace.x, other.x, atol=1e-11)


def test_more_rows_than_columns_and_the_reverse():
    rng = np.random.default_rng(10)
    for n, m in ((12, 3), (3, 12), (1, 4), (4, 1)):
        problem = oe.problems.EntropicTransport(
            rng.random((n, m)), masses(rng, n), masses(rng, m), 0.05
        )
        plan = problem.plan(solve(oe.StabilizedSinkhorn(), problem).x)
        np.testing.assert_allclose(plan.sum(axis=1), problem.a, atol=1e-11)
        np.testing.assert_allclose(plan.sum(axis=0), problem.b, atol=1e-11)


def test_greedy_steps_stay_finite_at_small_regularization():
    """It would need very many steps to arrive, as each repair undoes another."""
    trace = oe.run(oe.GreedySinkhorn(), dense(6, 8, 1 / 1200, 5), max_iter=1500, tol=1e-10,
                   execution="python", record_every=50)  # fmt: skip
    assert trace.status in (oe.Status.CONVERGED, oe.Status.MAX_ITER)
    assert (np.diff(trace.values) <= 1e-12).all()
