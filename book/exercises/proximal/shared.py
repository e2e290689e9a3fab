"""What the checks of this chapter's exercises share."""

import numpy as np


def gains_by_minimizing(A, r, weight, root):
    """Return the gain of each unit column by minimizing over its coefficient."""
    inner, size = A.T @ r, np.linalg.norm(r)
    if not root:
        t = np.sign(inner) * np.maximum(np.abs(inner) - weight / 2, 0.0)
        return 2 * t * inner - t * t - weight * np.abs(t)
    across = np.sqrt(np.maximum(size**2 - inner**2, 0.0))
    t = np.abs(inner) - weight * across / np.sqrt(1 - weight**2)
    t = np.maximum(t, 0.0)
    return size - np.sqrt(across**2 + (np.abs(inner) - t) ** 2) - weight * t
