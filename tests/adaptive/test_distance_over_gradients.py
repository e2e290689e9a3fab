"""DoG, DoWG, UniXGrad and U-DoG: the rules, written out again, and the inequality behind them."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_quadratic
from tests.helpers import steps_of


def run_by_hand(method, problem, x, steps, rng=None):
    """Return the states of a run, the first one included."""
    chance = () if rng is None else (rng,)
    states = [method.init(problem, x, *chance)]
    for _ in range(steps):
        states.append(method.step(problem, states[-1], *chance))
    return states


def bowl(seed=1, d=5):
    problem = random_quadratic(d, 30.0, seed)
    return problem, np.random.default_rng([seed, 7]).normal(1.0, 2.0, d)


@pytest.mark.parametrize(("method", "power"), [(oe.DoG(offset=0.0), 1), (oe.DoWG(), 2)])
def test_the_steps_from_all_past_points(method, power):
    """Each z by sums over the whole past, and x as the weighted mean of the points."""
    problem, x0 = bowl()
    states = run_by_hand(method, problem, x0, 40)
    z = np.array([s.z for s in states])
    g = np.array([problem.gradient(point) for point in z])
    far = np.linalg.norm(z - x0, axis=1)
    r = np.maximum.accumulate(np.maximum(far, 1e-6 * (1 + np.linalg.norm(x0))))
    for k in range(40):
        seen = sum(r[i] ** (2 * power - 2) * (g[i] @ g[i]) for i in range(k + 1))
        np.testing.assert_allclose(
            z[k + 1], z[k] - r[k] ** power / np.sqrt(seen) * g[k], rtol=1e-12, atol=1e-14
        )
        mean = np.average(z[: k + 1], axis=0, weights=r[: k + 1] ** power)
        np.testing.assert_allclose(states[k + 1].x, mean, rtol=1e-12)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize(("method", "power"), [(oe.DoG(), 1), (oe.DoWG(), 2)])
def test_weighted_regret_is_bounded_along_every_run(method, power, noisy):
    """Whatever the gradients are; 0.1 of the bound is refuted: it is not idle."""
    problem = random_least_squares(30, 4, seed=5)
    x0 = np.random.default_rng(6).normal(0.0, 3.0, 4)
    whole = oe.Minibatch(method, 2, 30) if noisy else method
    states = run_by_hand(whole, problem, x0, 300, np.random.default_rng(0) if noisy else None)
    z = np.array([s.z for s in states])
    r = np.array([s.distance for s in states[1:]])
    steps = z[:-1] - z[1:]
    lengths = r**power / np.sqrt([s.squares for s in states[1:]])
    g = steps / lengths[:, None]
    star = problem.minimizer
    D = np.linalg.norm(z - star, axis=1)
    tight = 0.0
    for k in (1, 2, 5, 20, 60, 300):
        regret = np.sum(r[:k] ** power * np.einsum("ij,ij->i", g[:k], z[:k] - star))
        farthest = max(r[k - 1], np.linalg.norm(z[: k + 1] - x0, axis=1).max())
        bound = farthest * (2 * D[: k + 1].max() + farthest) * np.sqrt(states[k].squares)
        assert regret <= bound * (1 + 1e-12)
        tight = max(tight, regret / bound)
    assert tight > 0.05


def test_unixgrad_from_its_definition():
    """Both points and both averages from stored sums."""
    problem, x0 = bowl(2)
    R, z, total = 3.0, [], 1.0
    y = x0
    states = run_by_hand(oe.UniXGrad(R), problem, x0, 50)

    def kept(point):
        """A set of diameter 2 R: its D is half the squared diameter, under a root."""
        return x0 + (point - x0) * min(1.0, R / np.linalg.norm(point - x0))

    for k in range(1, 26):
        a = np.arange(1.0, k + 1)
        eta = 2 * np.sqrt((2 * R) ** 2 / 2) / np.sqrt(total)
        m = problem.gradient(np.average([*z, y], axis=0, weights=a))
        z.append(kept(y - k * eta * m))
        x = np.average(z, axis=0, weights=a)
        g = problem.gradient(x)
        y = kept(y - k * eta * g)
        total += k**2 * np.sum((g - m) ** 2)
        np.testing.assert_allclose(states[2 * k].x, x, rtol=1e-9)
        np.testing.assert_allclose(states[2 * k].y, y, rtol=1e-9)


def test_udog_from_its_definition():
    problem, x0 = bowl(3)
    z, y, r = [], x0, [1e-6 * (1 + np.linalg.norm(x0))]
    states = run_by_hand(oe.UDoG(), problem, x0, 50)
    past = None
    for k in range(25):
        w = np.cumsum(r)
        a = w / np.array(r)
        m = problem.gradient(np.average([*z, y], axis=0, weights=w))
        past = m @ m if past is None else past
        z.append(y - a[-1] * (r[-1] / np.sqrt(past)) * m)
        x = np.average(z, axis=0, weights=w)
        g = problem.gradient(x)
        past += a[-1] ** 2 * np.sum((g - m) ** 2)
        y = y - a[-1] * (r[-1] / np.sqrt(past)) * g
        r.append(max(r[-1], np.linalg.norm(z[-1] - x0), np.linalg.norm(y - x0)))
        np.testing.assert_allclose(states[2 * k + 2].x, x, rtol=1e-9)
        np.testing.assert_allclose(states[2 * k + 2].y, y, rtol=1e-9)


@pytest.mark.parametrize("method", [oe.DoG(offset=0.0), oe.DoWG(), oe.UDoG()])
def test_the_unit_of_f_does_not_matter(method):
    """f and 1000 f have the same run: numerator and denominator have the same unit."""
    problem, x0 = bowl(4)
    large = oe.problems.Quadratic(1000 * problem.A, 1000 * problem.b)
    runs = [steps_of(method, f, x0, 60).iterates for f in (problem, large)]
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-8)


@pytest.mark.parametrize("method", [oe.DoG(), oe.DoWG(), oe.UniXGrad(1e-6), oe.UDoG()])
def test_started_in_the_minimizer_it_stays_there(method):
    problem, _ = bowl(5)
    trace = oe.run(method, problem, problem.minimizer, max_iter=20, tol=0.0)
    assert np.abs(trace.x - problem.minimizer).max() < 1e-5


def test_two_are_accelerated():
    """On Nesterov's worst function the gap falls like 1 / k^2; the slope is fitted from 20 on."""
    problem = oe.problems.NesterovWorst(1.0, 200, 200)
    distance = float(np.linalg.norm(problem.minimizer))
    ks = np.array([20, 40, 80, 160])
    slopes = []
    for method in (oe.UniXGrad(distance), oe.UDoG(), oe.GradientDescent()):
        gaps = steps_of(method, problem, np.zeros(200), 160).values - problem.minimum
        slopes.append(np.polyfit(np.log(ks), np.log(gaps[ks]), 1)[0])
    assert slopes[0] < -0.9
    assert slopes[1] < -0.9
    assert slopes[2] > -0.8


def test_refuses_bad_numbers():
    for cls, bad in (
        (oe.DoG, {"movement": 0.0}),
        (oe.DoG, {"offset": -1.0}),
        (oe.DoWG, {"movement": -1.0}),
        (oe.UniXGrad, {"radius": 0.0}),
        (oe.UDoG, {"movement": 0.0}),
    ):
        with pytest.raises(ValueError, match=next(iter(bad))):
            cls(**bad)
