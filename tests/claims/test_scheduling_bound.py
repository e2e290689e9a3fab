"""The Surprising Agreement Between Convex Optimization Theory and Learning-Rate Scheduling.

Claims: a bound on the last iterate of nonsmooth convex optimization predicts how schedules compare;
with the best base step the constant schedule pays a logarithm of T, and a cooldown removes it; the
bound falls steeply when the cooldown starts. Shown here: these, for the bound; and for stochastic
subgradients on a regression by absolute deviations (50 observations, 4 features, heavy-tailed
noise) that the bound holds, and ranks 25 pairs of schedule and step size nearly as the mean gap of
ten runs does. The trainings of language models are not repeated.
"""

import numpy as np
import pytest
from scipy.stats import spearmanr

import optedu as oe
from optedu.stochastic.last_iterate import best_step_size, last_iterate_bound
from optedu.stochastic.schedules import (
    cosine_decay,
    inverse_decay,
    linear_decay,
    warmup_stable_decay,
)
from tests.stochastic.examples import least_deviations

SCHEDULES = {
    "constant": np.ones,
    "root": lambda T: inverse_decay(T, power=0.5),
    "linear": linear_decay,
    "cosine": cosine_decay,
    "cooldown": lambda T: warmup_stable_decay(T, cooldown=T // 5),
}
COUNTS = 2 ** np.arange(6, 15, 2)


@pytest.mark.parametrize("name", SCHEDULES)
def test_best_bound_times_the_root_of_the_horizon(name):
    scaled = np.array(
        [np.sqrt(T) * best_step_size(SCHEDULES[name](int(T)), 1.0, 1.0)[1] for T in COUNTS]
    )
    growth = np.diff(scaled)
    if name in ("constant", "root"):
        assert np.all(growth > 0.15)  # for each factor of four: a logarithm, or its root
    else:
        assert np.all(np.abs(growth) < 0.07)
        assert scaled[-1] < 2.2


def test_bound_falls_when_the_cooldown_starts():
    T = 1000
    schedule = warmup_stable_decay(T, cooldown=200)
    step, _ = best_step_size(schedule, 1.0, 1.0)
    bounds = {k: last_iterate_bound(step * schedule[:k], 1.0, 1.0) for k in (600, 800, 900, 1000)}
    before, cooling = bounds[600] / bounds[800], bounds[800] / bounds[1000]
    assert before < 1.15  # the same number of steps, before the cooldown
    assert cooling > 1.5
    assert bounds[1000] < bounds[900] < bounds[800]


def test_bound_ranks_schedules_as_runs_do():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((50, 4))
    b = A @ rng.standard_normal(4) + rng.standard_t(2, 50)
    problem = oe.problems.AbsoluteDeviations(A / 50, b / 50)
    minimizer = least_deviations(problem)
    D, G = np.linalg.norm(minimizer), np.sqrt(np.mean((A**2).sum(axis=1)))
    T, rows = 400, []
    for make in SCHEDULES.values():
        for factor in (0.1, 0.3, 1.0, 3.0, 10.0):
            step, schedule = factor * D / (G * np.sqrt(T)), make(T)
            method = oe.StochasticGradient(step, schedule)
            ends = [
                oe.run(method, problem, max_iter=T - 1, tol=0.0, seed=seed, record_every=T,
                       execution="compiled").values[-1]
                for seed in range(10)
            ]  # fmt: skip
            gap = np.mean(ends) - problem.value(minimizer)
            rows.append((gap, last_iterate_bound(step * schedule, D, G)))
    gaps, bounds = np.transpose(rows)
    assert np.all(gaps < bounds)
    assert spearmanr(gaps, bounds).statistic == pytest.approx(0.82, abs=0.05)
