"""Mirror Sinkhorn: Fast Online Optimization on Transport Polytopes.

Claims: one loop, any convex objective, O(1 / sqrt(T)) in objective and constraints, robust to
noise.
"""

import numpy as np
import ot
import pytest

import optedu as oe

STEPS = np.array([100, 300, 1000, 3000])


def slope(gaps):
    return np.polyfit(np.log(STEPS), np.log(gaps), 1)[0]


@pytest.fixture(scope="module")
def cost():
    return np.random.default_rng(0).uniform(size=(30, 30)), np.full(30, 1 / 30)


def test_rate_after_rounding(cost):
    C, a = cost
    problem = oe.problems.TransportPolytope(oe.problems.LinearCost(C), a, a)
    trace = oe.run(oe.MirrorSinkhorn(), problem, max_iter=3000, tol=0.0, record_every=100)
    gaps = trace.values[STEPS // 100] - ot.emd2(a, a, C)
    assert (gaps > 0).all()
    assert slope(gaps) <= -0.45
    constant = oe.run(
        oe.MirrorSinkhorn(decay=2.0), problem, max_iter=3000, tol=0.0, record_every=100
    )
    assert (
        slope(constant.values[STEPS // 100] - ot.emd2(a, a, C)) > -0.3
    )  # too short steps: a negative control


def test_noise_keeps_the_rate(cost):
    C, a = cost
    noise = np.random.default_rng(1).normal(0.0, 0.5, (100, 30, 30))
    problem = oe.problems.TransportPolytope(oe.problems.SampledCost(C + noise), a, a)
    best = ot.emd2(a, a, problem.gradient(C))
    trace = oe.run(
        oe.StochasticMirrorSinkhorn(), problem, max_iter=3000, tol=0.0, record_every=100, seed=2
    )
    gaps = trace.values[STEPS // 100] - best
    assert slope(gaps) <= -0.45
    assert trace.counts.get("component_gradient") == 3000
    assert gaps[-1] <= trace.certificate.value


def test_moving_costs_are_followed(cost):
    """Online: the mean regret against the best fixed plan falls."""
    C, a = cost
    problem = oe.problems.TransportPolytope(oe.problems.LinearCost(C), a, a)
    method = oe.MirrorSinkhorn().resolve(problem)
    from optedu.fast_transport.mirror_sinkhorn import mirror_sinkhorn_step

    rng, state = np.random.default_rng(3), method.init(problem, problem.start)
    losses, total, regret = [], 0.0 * C, {}
    for k in range(1, 1001):
        loss = C + rng.normal(0.0, 0.3, C.shape)
        losses.append(np.sum(loss * state.P))
        total = total + loss
        state = mirror_sinkhorn_step(problem, state, loss, method.step_size, 0.5, method.marginals)
        if k in (100, 1000):
            regret[k] = (sum(losses) - ot.emd2(a, a, total)) / k
    assert regret[1000] < 0.6 * regret[100]
