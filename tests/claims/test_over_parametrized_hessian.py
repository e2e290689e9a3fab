"""Hessians of over-parametrized networks: bulk and outliers, and one valley for two solutions."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, eigsh

from optedu.landscape.lanczos import extreme_eigenpairs
from optedu.landscape.paths import barrier, bend, bent_path, stochastic_descent
from optedu.landscape.spectra import blobs, coarse_digits, near_zero, outliers, spectrum, train
from optedu.problems.multilayer_perceptron import MultilayerPerceptron


def trained(A, Y, width, steps=150, step_size=0.2, **kwargs):
    problem = MultilayerPerceptron(A, Y, (width,), seed=1, l2=kwargs.pop("l2", 1e-2), **kwargs)
    return problem, train(problem, steps, step_size)


@pytest.fixture(scope="module", params=[2, 3, 4, 5])
def classes(request):
    """Spectra of a network and of one twice as wide, on so many clouds."""
    k = request.param
    data = blobs(k, 60, seed=k)
    return k, [spectrum(*trained(*data, width)) for width in (8, 16)]


def test_outliers_are_about_as_many_as_classes_and_width_does_not_change_that(classes):
    k, spectra = classes
    counts = [outliers(eigenvalues, 2 * k) for eigenvalues in spectra]
    assert set(counts) <= {k - 1, k}
    for eigenvalues, count in zip(spectra, counts, strict=True):
        assert eigenvalues[count - 1] > 1.4 * eigenvalues[count]


def test_twice_the_width_makes_more_of_the_spectrum_vanish(classes):
    _, (narrow, wide) = classes
    assert near_zero(wide) > near_zero(narrow) + 0.01


def test_digits_with_the_squared_loss_have_ten_outliers_at_both_widths():
    spectra = [
        spectrum(*trained(*coarse_digits(), width, 200, 0.1, softmax=False, l2=1e-3))
        for width in (8, 16)
    ]
    for eigenvalues in spectra:
        assert outliers(eigenvalues, 20) == 10
        assert eigenvalues[9] > 2 * eigenvalues[10]
    assert near_zero(spectra[1]) > near_zero(spectra[0]) + 0.03


def test_centered_digits_show_no_such_gap():
    """A control: without the common mean the gap closes. The outliers are the data's doing."""
    A, Y = coarse_digits(200)
    A = 2 * (A - A.mean(axis=0))
    problem, x = trained(A, Y, 8, 200, 0.1, softmax=False, l2=1e-3)
    v = np.random.default_rng(0).standard_normal(x.size)
    top = extreme_eigenpairs(problem, x, v, 60, 0, 13)[0][::-1]
    assert (top[8:11] < 1.8 * top[9:12]).all()


def test_digits_with_the_cross_entropy_have_nine_outliers_early_and_a_blurred_gap_later():
    problem = MultilayerPerceptron(*coarse_digits(), (16,), seed=1, l2=1e-3)
    v, x, gaps = np.random.default_rng(0).standard_normal(problem.shape), None, []
    for steps in (40, 160):
        x = train(problem, steps, x=x)
        top = extreme_eigenpairs(problem, x, v, 45, 0, 14)[0][::-1]
        gaps.append(top[:12] / top[1:13])
    assert np.argmax(gaps[0]) + 1 == 9
    assert gaps[0][8] > 1.5
    assert gaps[1][8] < 1.4


def test_the_outliers_are_those_of_the_gauss_newton_matrix():
    problem, x = trained(*blobs(4, 60, seed=4), 8)
    exact = spectrum(problem, x)[:3]
    G = np.linalg.eigvalsh(problem.gauss_newton(x))[::-1][:3] - problem.l2
    np.testing.assert_allclose(G, exact, rtol=0.15)


def test_lanczos_finds_the_largest_eigenvalues_of_a_network():
    problem, x = trained(*blobs(3, 30, seed=3), 8, 60)
    v = np.random.default_rng(1).standard_normal(x.size)
    ours = extreme_eigenpairs(problem, x, v, 40, 0, 3)[0]
    operator = LinearOperator(problem.shape * 2, lambda u: problem.hessian_product(x, u.ravel()))
    np.testing.assert_allclose(ours, np.sort(eigsh(operator, 3, which="LA")[0]), rtol=1e-6)
    np.testing.assert_allclose(ours, np.linalg.eigvalsh(problem.hessian(x))[-3:], rtol=1e-6)


def test_small_and_large_batches_end_in_one_valley():
    problem = MultilayerPerceptron(*blobs(3, 40, distance=2.0, spread=1.0, seed=3), (8,), seed=1)
    small = stochastic_descent(problem, 6, 600, 0.1, seed=1)
    other = stochastic_descent(problem._replace(seed=2), 6, 600, 0.1, seed=1)
    large = train(problem, 200, 0.1)
    height = problem.value(problem.start)
    middle = bend(problem, small, large, steps=60)
    assert barrier(problem, bent_path(small, large, middle)) < 0.05 * height
    line = np.linspace(0, 1, 21)[:, None]
    assert barrier(problem, other + line * (large - other)) > 0.05 * height  # control
    middle = bend(problem, other, large, steps=300)
    assert barrier(problem, bent_path(other, large, middle)) < 0.05 * height
