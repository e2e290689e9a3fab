"""What the checks of this chapter's exercises share."""

import numpy as np


def cubic_instances(rng):
    """Yield a kind, H, g, M, the left end of r, and r itself where it is the left end."""
    for kind in ("convex", "indefinite", "zero gradient", "hard"):
        for d in (1, 3, 5):
            Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
            spectrum = np.sort(rng.normal(size=d))
            if kind == "convex":
                spectrum = np.abs(spectrum) + 0.1
            else:
                spectrum[0] = min(spectrum[0], 0.0) - 1.0 - rng.uniform()
            H = (Q * spectrum) @ Q.T
            H, g, M = (H + H.T) / 2, rng.normal(size=d), float(10 ** rng.uniform(-1, 1))
            left, known = max(0.0, -2 * spectrum[0] / M), None
            if kind == "zero gradient":
                g, known = np.zeros(d), left
            elif kind == "hard":
                part = np.linalg.norm(Q[:, 1:].T @ g / (spectrum[1:] - spectrum[0]))
                shrink = 0.5 * left / part if part > 0 else 0.0
                g, known = shrink * (g - Q[:, 0] * (Q[:, 0] @ g)), left
            yield kind, H, g, M, left, known
