"""What the checks of this chapter's exercises share."""

import numpy as np


def network_slope(weights, x):
    """Return the gradient of the sum of the outputs, by steps of 1e-30 along the imaginary axis."""
    slope = np.zeros(x.size)
    for i in range(x.size):
        z = x.astype(complex)
        z[i] += 1e-30j
        for W in weights:
            z = np.tanh(W @ z)
        slope[i] = z.sum().imag / 1e-30
    return slope
