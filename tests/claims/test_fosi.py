"""FOSI: Hybrid First and Second Order Optimization.

Claims: splitting off the extreme curvatures improves any base optimizer, and beats heavy ball,
Adam, K-FAC and L-BFGS. Shown here: the special cases and the effective condition number
(tests/curvature/test_fosi.py), and gradient descent and heavy ball with and without FOSI, each
with its best step size of a grid. Not reproduced: networks, Adam as a base, K-FAC, wall time.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum

GRID = 10.0 ** np.arange(-4, 0.1, 0.5)


def best_gap(make, problem, x0, seed, steps=150):
    gaps = []
    for h in GRID:
        trace = oe.run(make(h), problem, x0, max_iter=steps, tol=0.0, seed=seed, execution="python")
        gaps.append(trace.values[-1] - problem.minimum)
    return max(min(gaps), 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_improves_its_base_where_three_curvatures_stand_out(seed):
    """20 curvatures in [1, 10] and 300, 1000, 3000. Measured after 150 steps and 24 products:
    gradient descent 13 to 53, with FOSI below 1e-12; heavy ball 0.004 to 0.06, with FOSI 1e-5."""
    problem = quadratic_with_spectrum([*np.linspace(1, 10, 20), 300.0, 1000.0, 3000.0], seed)
    x0 = np.random.default_rng(seed).normal(size=23)

    def fosi(momentum):
        return lambda h: oe.FOSI(h, momentum, 0.5, largest=3, largest_scaling=1.0)

    assert best_gap(fosi(0.0), problem, x0, seed) < 1e-9 * best_gap(
        oe.GradientDescent, problem, x0, seed
    )
    assert best_gap(fosi(0.9), problem, x0, seed) < 0.02 * best_gap(
        lambda h: oe.HeavyBall(h, 0.9), problem, x0, seed
    )


def test_where_no_curvature_stands_out_there_is_little_to_gain():
    """A full spectrum: taking 3 of 24 eigenvalues off a condition of 1000 leaves 400."""
    problem = quadratic_with_spectrum(np.geomspace(1.0, 1000.0, 24), 0)
    x0 = np.ones(24)
    ours = best_gap(lambda h: oe.FOSI(h, newton_step=0.5, largest=3), problem, x0, 0)
    base = best_gap(oe.GradientDescent, problem, x0, 0)
    assert 1e-3 * base < ours < base
