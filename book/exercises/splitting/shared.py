"""What the checks of this chapter's exercises share."""

import numpy as np


def squared(center, weight):
    """Return the prox of weight ||x - center||^2 / 2."""
    return lambda v, t: (np.asarray(v) + t * weight * center) / (1 + t * weight)


def absolute(weight):
    """Return the prox of weight ||x||_1."""
    return lambda v, t: np.sign(v) * np.maximum(np.abs(v) - t * weight, 0.0)


def box(low, high):
    """Return the prox of the indicator of a box: a projection, whatever t is."""
    return lambda v, t: np.clip(v, low, high)
