"""Training as projection onto the graphs of primitives: each projection, and networks trained so.

Of the paper's experiments (MLPs, CNNs and RNNs on image and text data, on accelerators) only the
principle is shown: the four points of XOR, and a perceptron.
"""

import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.problems.graphs import (
    dot_graph_slope,
    project_dot_graph,
    project_linear_graph,
    project_relu_graph,
)

CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
XOR = -CORNERS[:, 0] * CORNERS[:, 1]


def draw(rng, d):
    return rng.standard_normal(d), rng.standard_normal(d), *(2 * rng.standard_normal(2))


def far(one, other):
    return float(sum(np.sum((a - b) ** 2) for a, b in zip(one, other, strict=True)))


@pytest.mark.parametrize("d", [1, 2, 5])
def test_dot_product_graph(d):
    """On the graph, idempotent, and no farther than what SLSQP finds from many starts."""
    rng = np.random.default_rng(d)
    for _ in range(20):
        given = draw(rng, d)
        found = project_dot_graph(*given)
        w, v, b, u = found
        assert w @ v + b - u == pytest.approx(0.0, abs=1e-10)
        assert far(project_dot_graph(*found), found) < 1e-18
        flat = np.concatenate([given[0], given[1], given[2:]])

        def distance(z, flat=flat):
            return np.sum((z - flat) ** 2)

        def graph(z):
            return z[:d] @ z[d : 2 * d] + z[-2] - z[-1]

        ends = [
            minimize(distance, flat + rng.standard_normal(flat.size), method="SLSQP",
                     constraints={"type": "eq", "fun": graph}, tol=1e-12)
            for _ in range(8)
        ]  # fmt: skip
        best = min((end.fun for end in ends if abs(graph(end.x)) < 1e-10), default=np.inf)
        assert far(found, given) <= best + 1e-7
        for _ in range(10):  # and no farther than 200 random points of the graph
            w, v, b, _ = draw(rng, d)
            assert far(found, given) <= far((w, v, b, w @ v + b), given)


def test_multiplier_of_the_dot_product_is_the_only_root():
    rng = np.random.default_rng(3)
    m = np.linspace(-0.999, 0.999, 2001)
    for _ in range(50):
        w, v, b, u = draw(rng, 3)
        slope = dot_graph_slope(m, (w + v) @ (w + v), (w - v) @ (w - v), b - u)
        assert (np.diff(slope) < 0).all()
        assert slope[0] > 0 > slope[-1]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_equal_factors_are_no_exception(sign):
    """With w = v the multiplier ends at 1: a circle of nearest points, of which one is taken."""
    w, u = np.array([0.3, -0.4]), sign * -4.0
    found = project_dot_graph(w, sign * w, 0.0, u)
    assert found[0] @ found[1] + found[2] - found[3] == pytest.approx(0.0, abs=1e-10)
    rng = np.random.default_rng(1)
    nudged = project_dot_graph(w + 1e-5 * rng.standard_normal(2), sign * w, 0.0, u)
    assert far(found, (w, sign * w, 0.0, u)) == pytest.approx(
        far(nudged, (w, sign * w, 0.0, u)), rel=1e-3
    )


def test_linear_and_relu_graphs():
    rng = np.random.default_rng(4)
    for _ in range(50):
        a, w, u = rng.standard_normal(3), rng.standard_normal(3), float(rng.standard_normal())
        w_new, u_new = project_linear_graph(w, u, a)
        assert w_new @ a == pytest.approx(u_new, abs=1e-12)
        normal = np.append(w_new - w, u_new - u)
        np.testing.assert_allclose(normal, -normal[-1] * np.append(a, -1.0), atol=1e-12)
        r, h = rng.standard_normal(2)
        r_new, h_new = project_relu_graph(r, h)
        assert h_new == max(r_new, 0.0)
        assert project_relu_graph(r_new, h_new) == (r_new, h_new)
        grid = np.linspace(-5, 5, 10_001)
        nearest = ((grid - r) ** 2 + (np.maximum(grid, 0) - h) ** 2).min()
        assert (r_new - r) ** 2 + (h_new - h) ** 2 <= nearest + 1e-12


def test_both_sets_of_a_network():
    """Consensus is linear and idempotent; local points compute what the network computes."""
    problem = oe.problems.NetworkFeasibility(CORNERS, XOR, 3)
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((2, *problem.shape))
    P = problem.consensus
    np.testing.assert_allclose(P(P(x)), P(x), atol=1e-14)
    np.testing.assert_allclose(P(x + 2 * y), P(x) + 2 * P(y), atol=1e-13)
    assert (x - P(x)) @ P(y) == pytest.approx(0.0, abs=1e-12)
    local = problem.local(x)
    np.testing.assert_allclose(problem.local(local), local, atol=1e-9)
    assert np.linalg.norm(local - x) < np.linalg.norm(problem.local(y) - x)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("hidden", [4, 8])
def test_xor_is_learned_without_gradients(seed, hidden):
    """Douglas-Rachford (the difference map) finds all four labels, from each of ten starts."""
    problem = oe.problems.NetworkFeasibility(CORNERS, XOR, hidden)
    x0 = 0.7 * np.random.default_rng(seed).standard_normal(problem.shape)
    trace = oe.run(oe.DouglasRachford(), problem, x0, max_iter=8000, tol=1e-6, execution="compiled")
    assert trace.success
    outputs = problem.outputs(trace.x, CORNERS)
    assert (XOR * outputs > 0.99).all()
    assert set(trace.counts) <= {"component_prox", "value"}  # no gradient was asked for
    W, c = problem.weights(trace.x)
    by_hand = np.maximum(np.c_[CORNERS, np.ones(4)] @ W.T, 0) @ c[:-1] + c[-1]
    np.testing.assert_allclose(outputs, by_hand, atol=1e-12)


def test_difference_map_beats_alternating_projections_with_few_units():
    """Of 8 starts with 4 hidden units and 4000 steps: 8 against 5 (measured)."""
    problem = oe.problems.NetworkFeasibility(CORNERS, XOR, 4)
    solved = {}
    for method in (oe.DouglasRachford(), oe.AlternatingProjections()):
        runs = [
            oe.run(method, problem, 0.7 * np.random.default_rng(s).standard_normal(problem.shape),
                   max_iter=4000, tol=1e-6, execution="compiled")
            for s in range(8)
        ]  # fmt: skip
        solved[type(method).__name__] = sum(run.success for run in runs)
    assert solved["DouglasRachford"] >= 7
    assert solved["DouglasRachford"] > solved["AlternatingProjections"]


def test_a_perceptron_learns_by_projections():
    """A linear model is half-spaces label <w, a> >= 1: every sample ends on its side."""
    rng = np.random.default_rng(6)
    A, true = rng.standard_normal((30, 4)), rng.standard_normal(4)
    margins = A @ true
    A, y = A[np.abs(margins) > 0.3], np.sign(margins)[np.abs(margins) > 0.3]
    problem = oe.problems.HalfSpaces(-y[:, None] * A, -np.ones(y.size))
    trace = oe.run(oe.AlternatingProjections(), problem, np.zeros(4), max_iter=5000, tol=1e-9)
    assert trace.success
    assert (y * (A @ trace.x) > 1 - 1e-6).all()


def test_a_linear_model_agrees_with_least_squares():
    """Local: each sample's own weights on <w, a> = y; consensus: their mean. Inconsistent data.

    Alternating projections of copies and mean minimize the sum of squared distances: least squares
    with rows of length one. When the data are consistent they interpolate.
    """
    rng = np.random.default_rng(7)
    A, y = rng.standard_normal((12, 3)), rng.standard_normal(12)
    lengths = np.linalg.norm(A, axis=1)
    w = rng.standard_normal(3)
    for _ in range(3000):
        copies = [project(w, a, t) for a, t in zip(A, y, strict=True)]
        w = np.mean(copies, axis=0)
    known = np.linalg.lstsq(A / lengths[:, None], y / lengths, rcond=None)[0]
    np.testing.assert_allclose(w, known, atol=1e-10)


def project(w, a, t):
    return w - (w @ a - t) / (a @ a) * a


@pytest.mark.parametrize("angle", [0.3, 1.0])
def test_two_lines_have_the_rates_of_the_row(angle):
    from tests.splitting.examples import lines

    problem, meeting = lines(angle)
    errors = np.linalg.norm(
        oe.run(oe.AlternatingProjections(), problem, [3.0, 2.0], max_iter=8, tol=0.0).iterates
        - meeting,
        axis=1,
    )
    np.testing.assert_allclose(errors[2:] / errors[1:-1], np.cos(angle) ** 2, rtol=1e-6)
