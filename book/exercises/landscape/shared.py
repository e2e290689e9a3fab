"""What the checks of this chapter's exercises share."""

from optedu.problems.generators import random_rotation


def symmetric(rng, d):
    """Return a symmetric matrix with curvatures of both signs, none of them near zero."""
    Q = random_rotation(d, rng)
    A = (Q * (rng.choice([-1.0, 1.0], d) * rng.uniform(0.2, 3.0, d))) @ Q.T
    return 0.5 * (A + A.T)
