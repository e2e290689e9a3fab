"""What the checks of this chapter's exercises share."""

import numpy as np


def covariance(rng, d):
    """Return a rotated positive definite matrix that is well conditioned."""
    Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    S = (Q * rng.uniform(0.2, 2.0, d)) @ Q.T
    return (S + S.T) / 2


def woodbury(J, Q, r, x, damping, l2):
    """Return the damped step by the other order of the products."""
    weight, g = l2 + damping, J.T @ r + l2 * x
    inner = np.linalg.inv(np.linalg.inv(Q) + J @ J.T / weight)
    return -(g - J.T @ (inner @ (J @ g)) / weight) / weight
