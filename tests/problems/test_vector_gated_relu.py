"""Several outputs at once: one output, Clarabel, the network of a point, other trainings."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.network_training import adam_direction
from optedu.problems.activation_patterns import sampled_patterns
from optedu.problems.vector_gated_relu import GatedUnits, point_of_units, units_of

P = oe.problems


def example(n=12, d=3, C=2, number=6, seed=0, beta=0.5):
    """Return a program with data that one linear map of rank 1 does not explain."""
    rng = np.random.default_rng([73, seed])
    X = np.column_stack((rng.standard_normal((n, d - 1)), np.ones(n)))
    Y = np.abs(X @ rng.standard_normal((d, C))) + 0.3 * rng.standard_normal((n, C))
    return P.VectorGatedReLU(X, Y, sampled_patterns(X, number, seed).active, beta)


def solution(problem, tol=1e-10):
    trace = oe.run(oe.RestartedFISTA(), problem, tol=tol, max_iter=20_000)
    assert trace.success
    return trace.x


def blocks(problem, x):
    return x.reshape(-1, problem.X.shape[1], problem.Y.shape[1])


def clarabel(problem):
    """Return the minimum by cvxpy and Clarabel."""
    d, C = problem.X.shape[1], problem.Y.shape[1]
    U = [cp.Variable((d, C)) for _ in problem.patterns.T]
    Z = sum((D[:, None] * problem.X) @ u for D, u in zip(problem.patterns.T, U, strict=True))
    penalty = problem.beta * sum(cp.normNuc(u) for u in U)
    program = cp.Problem(cp.Minimize(cp.sum_squares(Z - problem.Y) / 2 + penalty))
    program.solve(solver=cp.CLARABEL, **dict.fromkeys(("tol_gap_abs", "tol_gap_rel"), 1e-10))
    assert program.status == "optimal"
    return program.value


def test_one_output_is_the_gated_network():
    problem = example(C=1)
    gated = P.GatedReLU(problem.X, problem.Y[:, 0], problem.patterns, problem.beta)
    rng = np.random.default_rng(1)
    for _ in range(5):
        x, v = 2 * rng.standard_normal((2, *problem.shape))
        rows = x.reshape(gated.shape)
        for name in ("value", "gradient", "duality_gap"):
            ours, theirs = getattr(problem, name)(x), getattr(gated, name)(rows)
            np.testing.assert_allclose(np.ravel(ours), np.ravel(theirs), rtol=1e-12, atol=1e-12)
        ours, theirs = problem.prox(x, 0.7), gated.prox(rows, 0.7)
        np.testing.assert_allclose(ours.ravel(), theirs.ravel(), rtol=0, atol=1e-13)
        ours = problem.hessian_product(x, v)
        theirs = gated.hessian_product(rows, v.reshape(gated.shape))
        np.testing.assert_allclose(ours.ravel(), theirs.ravel(), rtol=0, atol=1e-11)
    assert problem.smoothness == gated.smoothness
    x = solution(problem)
    assert np.abs(x.reshape(gated.shape) - solution(gated)).max() < 1e-4
    assert len(units_of(problem, x).gate) == np.any(solution(gated), axis=1).sum()


@pytest.mark.parametrize("beta", [0.2, 2.0])
def test_optimum_is_that_of_clarabel(beta):
    problem = example(beta=beta)
    assert problem.shape == (18, 2)
    best = clarabel(problem)
    assert abs(problem.value(solution(problem)) - best) <= 1e-6 * best


@pytest.mark.parametrize("method", [oe.FISTA(), oe.ProximalGradient(), oe.RestartedFISTA()])
def test_methods_reach_the_certified_gap(method):
    problem = example(beta=2.0)
    least = problem.value(solution(problem))
    trace = oe.run(method, problem, tol=1e-6, max_iter=5000)
    assert trace.certificate.name == "duality gap"
    assert trace.success
    assert problem.value(trace.x) - least <= 1e-6


def test_gap_is_a_bound_everywhere_and_zero_at_the_solution():
    problem = example(beta=1.0)
    x = solution(problem)
    least, rng = problem.value(x), np.random.default_rng(2)
    for size in 10.0 ** rng.uniform(-4, 1, 40):
        y = x + size * rng.standard_normal(x.shape)
        assert problem.duality_gap(y) >= problem.value(y) - least
    R = problem.outputs(x) - problem.Y
    largest = problem._replace(Y=-R).largest_beta
    assert largest == pytest.approx(problem.beta, rel=1e-5)


def test_a_point_and_its_network_cost_the_same():
    problem = example(C=4, beta=0.3)
    for x in (solution(problem), np.random.default_rng(3).standard_normal(problem.shape)):
        units, value = units_of(problem, x), problem.value(x)
        assert abs(units.objective(problem) - value) <= 1e-9 * value
        np.testing.assert_allclose(point_of_units(problem, units), x, rtol=0, atol=1e-9)
        ranks = [np.linalg.matrix_rank(block, tol=1e-9) for block in blocks(problem, x)]
        assert len(units.gate) <= sum(ranks) <= problem.patterns.shape[1] * 3
        sizes = [np.linalg.norm(part, axis=1) for part in (units.hidden, units.output)]
        np.testing.assert_allclose(sizes[0], sizes[1], rtol=1e-9)


def test_pruning_leaves_few_units():
    problem = example(20, 4, 3, 10, beta=1.0)
    few = [len(units_of(p, solution(p, 1e-9)).gate) for p in (problem, problem._replace(beta=6.0))]
    assert 0 < few[1] < few[0] < problem.patterns.shape[1] * 3


def test_units_of_one_gate_are_merged_and_pay_less():
    problem, rng = example(), np.random.default_rng(4)
    units = GatedUnits(
        rng.integers(0, 6, 15), rng.standard_normal((15, 3)), rng.standard_normal((15, 2))
    )
    x = point_of_units(problem, units)
    says = units.outputs(problem.X, problem.patterns)
    np.testing.assert_allclose(problem.outputs(x), says, rtol=0, atol=1e-12)
    assert problem.value(x) < units.objective(problem)
    assert len(units_of(problem, x).gate) <= 12


def trained(problem, seed, steps=1500):
    """Return a network of random start, two units per gate, trained by Adam."""
    rng, d = np.random.default_rng(seed), problem.X.shape[1]
    gate = np.repeat(np.arange(problem.patterns.shape[1]), 2)
    x = rng.standard_normal((gate.size, d + problem.Y.shape[1]))
    m, v = 0.0 * x, 0.0 * x
    for k in range(steps):
        units = GatedUnits(gate, x[:, :d], x[:, d:])
        active, H = problem.patterns[:, gate], problem.X @ units.hidden.T
        R = units.outputs(problem.X, problem.patterns) - problem.Y
        back = problem.X.T @ (active * (R @ units.output.T))
        g = np.hstack((back.T, (active * H).T @ R)) + problem.beta * x
        direction, m, v = adam_direction(g, m, v, k + 1)
        x = x - 0.03 * 0.5 * (1 + np.cos(np.pi * k / steps)) * direction
    return GatedUnits(gate, x[:, :d], x[:, d:])


def test_no_trained_network_is_better():
    problem = example(beta=1.0)
    x = solution(problem)
    lower = problem.value(x) - problem.duality_gap(x)
    ends = [trained(problem, seed).objective(problem) for seed in range(10)]
    assert min(ends) >= lower
    assert min(ends) <= 1.001 * problem.value(x)  # it is the same problem, and some run solves it


def test_from_the_largest_beta_on_nothing_is_left():
    problem = example(20, 4, 3, 8)
    largest = problem.largest_beta
    slopes = [(D[:, None] * problem.X).T @ problem.Y for D in problem.patterns.T]
    assert largest == pytest.approx(max(np.linalg.norm(G, 2) for G in slopes), rel=1e-12)
    zero = oe.run(oe.FISTA(), problem._replace(beta=largest * (1 + 1e-9)), max_iter=20, tol=0.0)
    assert not zero.x.any()
    assert len(units_of(problem, zero.x).gate) == 0
    below = problem._replace(beta=0.98 * largest)
    assert len(units_of(below, solution(below)).gate) == 1


def test_programs_of_one_output_each_are_a_point_that_costs_more():
    problem = example(20, 4, 3, 8, beta=1.0)
    single = [problem._replace(Y=problem.Y[:, [k]]) for k in range(3)]
    ends = [solution(p, 1e-8) for p in single]
    total = sum(p.value(x) for p, x in zip(single, ends, strict=True))
    joined = problem.value(np.hstack(ends))
    assert problem.value(solution(problem, 1e-8)) < joined < total


def test_turning_the_outputs_turns_the_solution():
    problem, rng = example(C=3), np.random.default_rng(5)
    Q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turned, x = problem._replace(Y=problem.Y @ Q), rng.standard_normal(problem.shape)
    assert turned.value(x @ Q) == pytest.approx(problem.value(x), rel=1e-12)
    np.testing.assert_allclose(turned.gradient(x @ Q), problem.gradient(x) @ Q, atol=1e-11)
    np.testing.assert_allclose(turned.prox(x @ Q, 2.0), problem.prox(x, 2.0) @ Q, atol=1e-12)


X2, Y2, D2 = np.eye(2), np.ones((2, 3)), np.ones((2, 1))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((X2, Y2, D2, -1.0), "VectorGatedReLU: beta must be at least 0 and finite, got -1"),
        ((X2, Y2[:, 0], D2), r"Y must be a matrix with one row per row of X, got shapes \(2,\)"),
        ((X2, Y2[:1], D2), r"Y must be a matrix .* got shapes \(1, 3\) and \(2, 2\)"),
        ((X2[0], Y2, D2), r"X must be a matrix \(n, d\), got \(2,\)"),
        ((X2, Y2, D2[:1]), "patterns must be a matrix with one row per row of X"),
        ((X2, Y2, 0.5 * D2), r"patterns must hold zeros and ones; pass sampled_patterns"),
        ((X2, Y2, D2[:, :0]), "patterns is empty"),
        ((X2, np.where(Y2 > 0, np.nan, 0), D2), r"Y must be finite, got nan at index \(0, 0\)"),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        P.VectorGatedReLU(*arguments)
