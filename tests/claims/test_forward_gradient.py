"""Can Forward Gradient Match Backpropagation? (fournier2023), on a perceptron and small digits."""

import numpy as np
import pytest

import optedu as oe
from optedu.black_box.local_guesses import along, first_layer, train_first_layer
from optedu.landscape.spectra import coarse_digits


def networks(seed):
    A, Y = coarse_digits(100)
    whole = oe.problems.MultilayerPerceptron(A, Y, (8, 8), seed=seed)
    return whole, oe.problems.MultilayerPerceptron(A, Y, (8,), seed=seed + 100)


@pytest.fixture(scope="module")
def runs():
    return {
        (guess, seed): train_first_layer(*networks(seed), guess, 100, 1.0, seed)
        for guess in ("gradient", "local", "random")
        for seed in (0, 1, 2)
    }


def test_local_guesses_are_far_better_aligned_than_random_ones(runs):
    for seed in (0, 1, 2):
        local, random = (np.abs(runs[guess, seed][1]).mean() for guess in ("local", "random"))
        assert local > 4 * random
        d = first_layer(networks(seed)[0])
        assert random == pytest.approx(np.sqrt(2 / (np.pi * d)), rel=0.3)


def test_training_with_local_guesses_is_nearly_as_fast_as_with_gradients(runs):
    ends = {guess: np.mean([runs[guess, seed][0][-1] for seed in (0, 1, 2)])
            for guess in ("gradient", "local", "random")}  # fmt: skip
    assert ends["local"] < 0.75 * ends["random"]
    assert ends["gradient"] < ends["random"]
    assert ends["local"] < 1.3 * ends["gradient"]


def test_a_projection_on_a_guess_never_leads_uphill():
    rng = np.random.default_rng(4)
    for _ in range(20):
        g, u = rng.standard_normal(7), rng.standard_normal(7)
        p = along(g, u)
        assert p @ g == pytest.approx(p @ p)
        assert p @ p <= g @ g
        assert along(g, g) == pytest.approx(g)


def test_steps_to_a_tolerance_grow_with_the_dimension():
    """On ||x||^2 / 2 forward gradients need d + 2 times as many: slope one in log d."""
    needed = []
    for d in (8, 32):
        f = oe.problems.Quadratic(np.eye(d), np.zeros(d))
        steps = [len(oe.run(oe.ForwardGradient(), f, np.ones(d) / np.sqrt(d), max_iter=5000,
                            tol=1e-2, seed=seed)) for seed in range(3)]  # fmt: skip
        needed.append(np.mean(steps))
    assert needed[1] / needed[0] == pytest.approx(34 / 10, rel=0.35)
