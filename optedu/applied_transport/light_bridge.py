"""What a fitted LightSB says: where a point goes, by which drift, along which paths.

Everything is in closed form. Given its start x_0, the end of the bridge is a mixture of normal
variables; between both ends it is a Brownian bridge.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.problems.light_bridge import shares


def conditional_plan(
    bridge: Any, w: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the law of the end given the start: weights (n, K), means (n, K, d), variances (K, d).

    Parameters
    ----------
    bridge : LightBridge
    w : numpy.ndarray, shape (K + 2 K d,)
        Fitted unknowns.
    points : numpy.ndarray, shape (n, d)
        Starts.
    """
    R, S = bridge.centers(w), bridge.spreads(w)
    means = R + points[:, None, :] * S
    return shares(bridge.forward_terms(w, points)), means, bridge.eps * S


def sample_ends(
    bridge: Any, w: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return one random end for each start, shape (n, d)."""
    weights, means, variances = conditional_plan(bridge, w, points)
    uniform = rng.uniform(size=(len(points), 1))
    k = np.minimum((np.cumsum(weights, axis=1) < uniform).sum(axis=1), bridge.bells - 1)
    noise = rng.standard_normal(points.shape)
    return means[np.arange(len(points)), k] + np.sqrt(variances[k]) * noise


def expected_ends(bridge: Any, w: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the mean of the end given the start, the barycentric projection, shape (n, d)."""
    weights, means, _ = conditional_plan(bridge, w, points)
    return np.einsum("nk,nkd->nd", weights, means)


def drift(bridge: Any, w: np.ndarray, points: np.ndarray, t: float) -> np.ndarray:
    """Return the drift b(x, t) of the bridge dX = b dt + sqrt(eps) dW, for 0 <= t < 1.

    b = (E[X_1 | X_t = x] - x) / (1 - t): towards the end that is expected from here.
    """
    eps, R, S = bridge.eps, bridge.centers(w), bridge.spreads(w)
    A = t / (eps * (1 - t)) + 1 / (eps * S)
    c = points[:, None, :] / (eps * (1 - t)) + R / (eps * S)
    heights = -0.5 * np.sum(np.log(S) + np.log(A) + R**2 / (eps * S), axis=1)
    weights = shares(bridge.log_weights(w) + heights + 0.5 * np.sum(c * c / A, axis=2))
    ends = np.einsum("nk,nkd->nd", weights, c / A)
    return (ends - points) / (1 - t)


def simulate(
    bridge: Any, w: np.ndarray, points: np.ndarray, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Return paths of dX = b dt + sqrt(eps) dW by Euler's method, shape (steps + 1, n, d)."""
    h, path = 1.0 / steps, [points]
    for i in range(steps):
        noise = np.sqrt(bridge.eps * h) * rng.standard_normal(points.shape)
        path.append(path[-1] + h * drift(bridge, w, path[-1], i * h) + noise)
    return np.array(path)


def brownian_bridge(
    start: np.ndarray, end: np.ndarray, t: float, eps: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the state at time t of Brownian motions of variance eps from start to end."""
    noise = rng.standard_normal(start.shape)
    return (1 - t) * start + t * end + np.sqrt(eps * t * (1 - t)) * noise
