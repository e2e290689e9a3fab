"""What the checks of this chapter's exercises share."""

from optedu.problems.generators import random_quadratic


def bowl(rng, d):
    """Return a quadratic of condition number 20, rotated and shifted."""
    return random_quadratic(d, 20.0, rng, smoothness=3.0)
