"""Small instances of the benchmarks' objectives, from a seed."""

from __future__ import annotations

import numpy as np

from benchmarks.harness.constrained import box_quadratic, noisy_steps, sparse_ball
from benchmarks.harness.convex_networks import random_network
from benchmarks.harness.data import two_classes
from benchmarks.harness.objectives import Quadratic
from benchmarks.harness.small_regularization import RandomTransport
from benchmarks.harness.sparse import dense_lasso, sparse_labels, sparse_lasso
from benchmarks.harness.transport import gaussian_clouds, many_points


def logistic(seed=0, n=60, d=7):
    return two_classes(n, d, 1e-2, seed)


def quadratic(seed=0, d=9):
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    A = (basis * np.geomspace(0.05, 1.0, d)) @ basis.T
    return Quadratic(0.5 * (A + A.T), rng.standard_normal(d))


OBJECTIVES = {"logistic": logistic, "quadratic": quadratic}

SPARSE = {
    "lasso_dense": lambda seed=0: dense_lasso(30, 50, 5),
    "lasso_sparse": lambda seed=0: sparse_lasso(60, 100, 5),
    "logistic_sparse": lambda seed=0: sparse_labels(200, 300, 20),
}
"""Objectives with an l1 term, by the benchmark they belong to."""

NETWORKS = {"convex_relu": lambda seed=0: random_network(20, 3, 6, exact=True)()}
"""Convex programs of networks, by the benchmark they belong to."""

CONSTRAINED = {
    "box_qp": lambda seed=0: box_quadratic(12),
    "frank_wolfe": lambda seed=0: sparse_ball(30, 50, 5),
    "total_variation": lambda seed=0: noisy_steps(120, 30, 2.0),
}
"""Objectives with an error of their own, by the benchmark they belong to."""

TRANSPORT = {
    "sinkhorn_log": lambda seed=0: gaussian_clouds(7, 2.0)(),
    "sinkhorn_log_large": lambda seed=0: gaussian_clouds(7, 2.0)(),
    "sinkhorn_points": lambda seed=0: many_points(11, 2.0)(),
    "sinkhorn_scaling": lambda seed=0: gaussian_clouds(7, 2.0)(),
    "sns": lambda seed=0: RandomTransport(7, 2.0),
}
"""Duals of entropic transport, by the benchmark they belong to."""
