"""Estimates of the gradient along random directions: means, lengths, and the proven decrease."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_quadratic

DRAWS = 20_000


def estimates(method, f, x, draws=DRAWS, seed=5):
    """Return many steps of a method from x, as estimates of the gradient."""
    rng = np.random.default_rng(seed)
    state = method.init(f, x, rng)
    ends = np.array([method.step(f, state, rng).x for _ in range(draws)])
    return (x - ends) / method.step_size


@pytest.fixture(scope="module")
def bowl():
    return random_quadratic(6, 20.0, 11, smoothness=2.0), np.linspace(-1.0, 2.0, 6)


METHODS = [
    (oe.GaussianSmoothing(0.1, 0.2), 6 + 2),
    (oe.ForwardGradient(0.1), 6 + 2),
    (oe.ForwardGradient(0.1, signs=True), 6),
]


@pytest.mark.parametrize(("method", "factor"), METHODS)
def test_mean_and_second_moment(method, factor, bowl):
    f, x = bowl
    g, found = f.gradient(x), estimates(method, *bowl)
    standard_error = found.std(axis=0) / np.sqrt(DRAWS)
    assert np.all(np.abs(found.mean(axis=0) - g) < 4 * standard_error)
    squares = np.sum(found**2, axis=1)
    assert squares.mean() == pytest.approx(factor * (g @ g), abs=4 * squares.std() / np.sqrt(DRAWS))
    assert squares.mean() != pytest.approx(
        (factor + 1) * (g @ g), abs=4 * squares.std() / np.sqrt(DRAWS)
    )


def test_the_mean_is_the_gradient_of_the_smoothed_function():
    """For f = sin, E f(x + c u) = exp(-c^2 / 2) sin x: exact, and far from the gradient of f."""
    wave = oe.Problem.from_functions(lambda x: float(np.sin(x[0])), shape=(1,))
    x, c = np.array([0.4]), 1.3
    found = estimates(oe.GaussianSmoothing(0.1, c), wave, x)[:, 0]
    smoothed = np.exp(-(c**2) / 2) * np.cos(0.4)
    standard_error = found.std() / np.sqrt(DRAWS)
    assert found.mean() == pytest.approx(smoothed, abs=4 * standard_error)
    assert found.mean() != pytest.approx(np.cos(0.4), abs=10 * standard_error)


@pytest.mark.parametrize(("name", "options", "extra"), [
    ("GaussianSmoothing", {}, 2), ("ForwardGradient", {}, 2),
    ("ForwardGradient", {"signs": True}, 0),
])  # fmt: skip
def test_the_rate_is_the_proven_one_where_it_is_attained(name, options, extra):
    """On L ||x||^2 / 2, E f falls by the factor 1 - 1 / (d + extra): 2000 runs of 10 steps."""
    d, k, L = 5, 10, 3.0
    f = oe.problems.Quadratic(L * np.eye(d), np.zeros(d))
    method = getattr(oe, name)(**options).resolve(f)
    assert method.step_size == pytest.approx(1 / ((d + extra) * L))
    rng, ends = np.random.default_rng(3), []
    for _ in range(2000):
        state = method.init(f, np.ones(d), rng)
        for _ in range(k):
            state = method.step(f, state, rng)
        ends.append(f.value(state.x) / f.value(np.ones(d)))
    standard_error = np.std(ends) / np.sqrt(len(ends))
    assert np.mean(ends) == pytest.approx((1 - 1 / (d + extra)) ** k, abs=4 * standard_error)


def test_the_bound_holds_on_a_conditioned_quadratic():
    f = quadratic_with_spectrum(np.array([0.2, 0.5, 1.0, 2.0]), np.random.default_rng(4))
    x0, rng = np.full(4, 2.0), np.random.default_rng(6)
    gaps = []
    for _ in range(200):
        method = oe.GaussianSmoothing().resolve(f)
        state = method.init(f, x0, rng)
        for _ in range(60):
            state = method.step(f, state, rng)
        gaps.append(f.value(state.x) - f.minimum)
    bound = (1 - 0.2 / (6 * 2.0)) ** 60 * (f.value(x0) - f.minimum)
    assert np.mean(gaps) < bound


def test_spsa_divides_by_signs(bowl):
    f, x = bowl
    trace = oe.run(oe.SPSA(0.1, 0.2, 0.0), f, x, max_iter=1, tol=0.0, seed=4)
    s = np.where(np.random.default_rng(4).random(6) < 0.5, -1.0, 1.0)
    assert trace.x == pytest.approx(x - 0.1 * (f.gradient(x) @ s) / s)
    assert trace.counts == {"value": 2}


def test_spsa_goes_on_where_constant_differences_stall():
    """Values with noise of size 0.01: mean over 12 seeds of the distance after 500 steps."""
    rng = np.random.default_rng(9)
    f = random_quadratic(4, 5.0, 11, smoothness=2.0)
    noisy = oe.Problem.from_functions(
        lambda x: f.value(x) + 0.01 * rng.standard_normal(), shape=(4,)
    )
    ends = {"SPSA": [], "short differences": []}
    for seed in range(12):
        for name, method in (
            ("SPSA", oe.SPSA(0.5, 0.1, 20.0)),
            ("short differences", oe.GaussianSmoothing(1 / 12, 1e-3)),
        ):
            trace = oe.run(method, noisy, f.minimizer + 1.0, max_iter=500, tol=0.0, seed=seed,
                           execution="python", keep_iterates=False)  # fmt: skip
            ends[name].append(np.linalg.norm(trace.x - f.minimizer))
    assert np.mean(ends["SPSA"]) < 0.2
    assert np.mean(ends["short differences"]) > 5 * np.mean(ends["SPSA"])
