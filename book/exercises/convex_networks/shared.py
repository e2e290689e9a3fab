"""What the checks of this chapter's exercises share."""

import numpy as np

from optedu.exercises import require


def layers(rng, units, d):
    """Return random layers whose units differ in size, with a unit that says nothing."""
    hidden = rng.standard_normal((units, d)) * 10 ** rng.uniform(-1, 1, (units, 1))
    output = rng.choice([-1.0, 1.0], units) * 10 ** rng.uniform(-1, 1, units)
    output[0] = 0.0
    return hidden, output


def read_layers(answer, d):
    """Return the two layers of an answer as arrays."""
    require(
        isinstance(answer, (tuple, list)) and len(answer) == 2,
        "Return two arrays: hidden weights, one row per unit, and output weights.",
    )
    hidden, output = (np.asarray(part, dtype=float) for part in answer)
    require(
        hidden.ndim == 2 and hidden.shape[1] == d and output.shape == hidden.shape[:1],
        f"Hidden weights need shape (m, {d}) and output weights (m,), got {hidden.shape} and "
        f"{output.shape}.",
    )
    return hidden, output


def outputs(hidden, output, X):
    """Return what the network says on the rows of X."""
    return np.maximum(X @ hidden.T, 0.0) @ output


def decay(hidden, output):
    """Return the weight decay of a network."""
    return 0.5 * (np.sum(hidden**2) + np.sum(output**2))


def balanced_layers(hidden, output):
    """Return the same function with the least weight decay."""
    length = np.linalg.norm(hidden, axis=1)
    size = np.sqrt(length * np.abs(output))
    direction = hidden / np.where(length > 0, length, 1.0)[:, None]
    return size[:, None] * direction, size * np.sign(output)


def merged_layers(hidden, output, X, signs=True, weigh=True, balance=True, drop=True):
    """Return one unit per pattern and sign, or what comes of it if a step is left out."""
    sums = {}
    for u, a in zip(hidden, output, strict=True):
        active = X @ u > 0
        if not drop or (active.any() and a != 0):
            key = (active.tobytes(), np.sign(a) if signs else 1.0)
            sums[key] = sums.get(key, 0.0) + (abs(a) * u if weigh else u)
    v = np.array(list(sums.values())).reshape(-1, hidden.shape[1])
    outer = np.array([sign for _, sign in sums])
    return balanced_layers(v, outer) if balance else (1000 * v, outer / 1000)


def small_system(X, D, R, rho, factor=2.0, sign=-1.0):
    """Return the solution by Woodbury's identity, or a spoiled one."""
    n, m = D.shape
    C = np.linalg.inv(np.eye(X.shape[1]) + X.T @ X)
    T = R @ C
    z = np.sum(D * (X @ (T[:m] + sign * T[m:]).T), axis=1)
    middle = rho * np.eye(n) + factor * (D @ D.T) * (X @ C @ X.T)
    half = (D * np.linalg.solve(middle, z)[:, None]).T @ X @ C
    return T - np.concatenate((half, sign * half))


def times(X, D, T, rho):
    """Return (I + F'F / rho + G'G) T."""
    m = D.shape[1]
    said = np.sum(D * (X @ (T[:m] - T[m:]).T), axis=1)
    back = (D * said[:, None]).T @ X
    return T + np.concatenate((back, -back)) / rho + T @ X.T @ X


def nearest_allowed(Z, Y, accuracy, stay=True):
    """Return the nearest answers that Net-Trim allows; ``stay``: what is allowed may stay."""
    miss = np.where(Y > 0, Z - Y, 0.0)
    length = max(np.linalg.norm(miss), 1e-300)
    scale = min(1.0, accuracy / length) if stay else accuracy / length
    return np.where(Y > 0, Y + scale * miss, np.minimum(Z, 0.0))
