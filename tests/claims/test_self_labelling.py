"""Self-labelling via simultaneous clustering and representation learning.

Claims: labels of a given size for each class are an optimal transport problem, and learning from
them does not degenerate. Shown for a linear model on generated clouds; what the paper claims of
networks, images and pretrained features is not shown.
"""

import numpy as np
import ot
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score

from optedu.applied_transport.self_labelling import (
    equal_labels,
    likeliest_labels,
    log_softmax,
    mixture,
    self_label,
)

SEEDS = range(6)


def logs(seed, n=30, classes=3):
    return log_softmax(2.0 * np.random.default_rng(seed).standard_normal((n, classes)) + [1, 0, 0])


@pytest.mark.parametrize("sharpness", [0.5, 3.0, 10.0])
def test_marginals_are_exact_and_the_labels_are_those_of_pot(sharpness):
    P = logs(1)
    Q = equal_labels(P, sharpness)
    assert np.abs(Q.sum(axis=1) - 1).max() < 1e-10
    assert np.abs(Q.sum(axis=0) - 10).max() < 1e-10
    masses = np.full(30, 1 / 30), np.full(3, 1 / 3)
    theirs = ot.sinkhorn(*masses, -P, reg=1 / sharpness, stopThr=1e-14, numItermax=100_000)
    assert np.abs(Q / 30 - theirs).max() < 1e-10
    assert np.abs(Q - 30 * ot.sinkhorn(*masses, P, reg=1 / sharpness)).max() > 0.1  # wrong sign


def test_labels_are_the_power_of_p_between_two_diagonal_matrices():
    P, sharpness = logs(2), 3.0
    ratio = np.log(equal_labels(P, sharpness)) - sharpness * P
    assert np.abs(ratio - ratio[:, :1] - ratio[:1] + ratio[0, 0]).max() < 1e-9


def test_sharp_labels_are_the_best_assignment():
    for seed in range(5):
        P = logs(seed, n=12)
        Q = equal_labels(P, sharpness=60.0, tol=1e-3, max_iter=2000)
        columns = np.repeat(np.arange(3), 4)
        rows, chosen = linear_sum_assignment(-P[:, columns])
        assert (Q.argmax(axis=1) == columns[chosen][np.argsort(rows)]).all()
        assert (likeliest_labels(P).sum(axis=0) != 4).any()  # else there was nothing to do


def ends(sharpness):
    """Return the agreement with the clouds, and the number of classes in use, for each seed."""
    found = []
    for seed in SEEDS:
        A, y = mixture(seed=seed)
        classes = self_label(A, 4, sharpness, seed=seed)
        found.append((normalized_mutual_info_score(y, classes), np.unique(classes).size))
    return np.array(found).T


def test_equal_classes_find_the_clouds_where_the_likeliest_class_collapses():
    """Measured over the six seeds: agreement 0.98 to 1.00 against 0.00 to 0.61."""
    equal, sizes = ends(3.0)
    assert equal.min() > 0.95
    assert (sizes == 4).all()
    likeliest, sizes = ends(None)
    assert likeliest.max() < 0.8
    assert likeliest.mean() < 0.4
    assert sizes.max() <= 2


def test_finding_without_sharpening_equal_labels_teach_little():
    """With lambda = 1 the model is told what it says already: agreement 0.40 to 0.98.

    A model that says 1/K of everything is then content, too: its labels are 1/K.
    """
    equal, sizes = ends(1.0)
    assert (sizes == 4).all()
    assert equal.mean() < 0.85
    flat = log_softmax(np.zeros((20, 4)))
    for sharpness in (1.0, 50.0):
        assert np.abs(equal_labels(flat, sharpness) - np.exp(flat)).max() < 1e-12
