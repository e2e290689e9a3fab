"""Clustering by bounds: K-means inside, monotone, exact bounds."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from optedu.coordinate.bound_clustering import Clustering, bound_clustering, neighbour_affinity


def points(seed=0, n=60):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)) + 3 * rng.standard_normal((4, 2))[rng.integers(0, 4, n)]


@pytest.mark.parametrize("seed", range(4))
def test_hard_and_without_neighbours_it_is_k_means(seed):
    X = points(seed)
    M = X[:4]
    S, means, energies = bound_clustering(Clustering(X, temperature=0.0), M, 100)
    reference = KMeans(4, init=M, n_init=1, tol=0, algorithm="lloyd", max_iter=100).fit(X)
    assert np.array_equal(S.argmax(axis=1), reference.labels_)
    np.testing.assert_allclose(means, reference.cluster_centers_, atol=1e-10)
    assert energies[-1] == pytest.approx(reference.inertia_)


@pytest.mark.parametrize("temperature", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("weight", [0.0, 4.0])
def test_energy_never_rises_and_rows_are_on_the_simplex(temperature, weight):
    X = points(5)
    problem = Clustering(X, neighbour_affinity(X), weight, temperature)
    S, _, energies = bound_clustering(problem, X[:3], 40)
    assert (np.diff(energies) <= 1e-9).all()
    np.testing.assert_allclose(S.sum(axis=1), 1, rtol=1e-14)
    assert S.min() >= 0


def test_the_bound_touches_and_dominates():
    X, rng = points(6, 20), np.random.default_rng(1)
    problem, M = Clustering(X, neighbour_affinity(X), 3.0, 0.5), X[:3]
    at = rng.dirichlet(np.ones(3), 20)
    assert problem.bound(at, M, at) == pytest.approx(problem.energy(at, M), rel=1e-13)
    least = problem.bound(problem.assign(at, M), M, at)
    for _ in range(50):
        S = rng.dirichlet(np.ones(3), 20)
        assert problem.bound(S, M, at) >= problem.energy(S, M) - 1e-10
        assert problem.bound(S, M, at) >= least - 1e-10


def test_labels_are_held_and_wrong_affinities_are_refused():
    X = points(7, 20)
    labels = np.full(20, -1)
    labels[[3, 8]] = 1, 0
    S, _, _ = bound_clustering(Clustering(X, labels=labels), X[:2], 10)
    assert S[3, 1] == S[8, 0] == 1
    with pytest.raises(ValueError, match="positive semidefinite"):
        bound_clustering(Clustering(X, np.eye(20) - 1.0, 1.0), X[:2])
    with pytest.raises(ValueError, match="W is missing"):
        bound_clustering(Clustering(X, None, 1.0), X[:2])
