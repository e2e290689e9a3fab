"""Transductive Few-Shot Learning: Clustering is All You Need?

Claims: parallel updates that never raise the energy; plain K-means is a strong start. Shown on two
moons, which stand in for the features of a network: with three labels a class the Laplacian term
finds what prototypes alone cannot. Without any label it does not.
"""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from optedu.coordinate.bound_clustering import Clustering, bound_clustering, neighbour_affinity


def accuracy(seed, weight, shots=3):
    X, y = make_moons(120, noise=0.06, random_state=0)
    rng, labels = np.random.default_rng(seed), np.full(120, -1)
    for c in (0, 1):
        labels[rng.choice(np.flatnonzero(y == c), shots, replace=False)] = c
    M = np.array([X[labels == c].mean(axis=0) for c in (0, 1)])
    S = np.full((120, 2), 0.5)
    S[labels >= 0] = np.eye(2)[labels[labels >= 0]]
    problem = Clustering(X, neighbour_affinity(X, 6), weight, 1.0, labels)
    S, _, energies = bound_clustering(problem, M, 150, S)
    assert (np.diff(energies) <= 1e-9).all()
    return np.mean(S.argmax(axis=1) == y)


@pytest.mark.parametrize("seed", range(3))
def test_the_laplacian_term_raises_accuracy_with_few_labels(seed):
    assert accuracy(seed, 30.0) >= accuracy(seed, 0.0) + 0.04


def test_without_labels_it_does_not():
    X, y = make_moons(120, noise=0.06, random_state=0)
    W, rates = neighbour_affinity(X, 6), []
    M, S = X[[0, 1]], None
    for weight in (0.0, 30.0):
        S, M, _ = bound_clustering(Clustering(X, W, weight, 0.5), M, 100, S)
        rate = np.mean(S.argmax(axis=1) == y)
        rates.append(max(rate, 1 - rate))
    assert rates[1] <= rates[0] + 0.03
