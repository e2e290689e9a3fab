"""The set of sparse vectors, whose projection keeps the largest entries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import portable, problem


@portable
def keep_largest(x, count):
    """Return x with all but its `count` largest entries set to 0; of equal ones the first stay."""
    magnitudes = np.abs(x)
    kept = np.zeros(x.size)
    for _ in range(min(count, x.size)):
        i = np.argmax(magnitudes)
        kept[i] = x[i]
        magnitudes[i] = -1.0
    return kept


@problem
class L0Ball(NamedTuple):
    """The set of vectors with at most `sparsity` entries that are not 0. Not convex.

    Parameters
    ----------
    sparsity : int
        1 or more.

    Raises
    ------
    ValueError
        If the sparsity is less than 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.L0Ball(1).project(np.array([-2.0, 1.5]))
    array([-2.,  0.])
    """

    sparsity: int

    convex = False

    def check(self):
        """Refuse an empty support."""
        if self.sparsity < 1:
            raise ValueError(f"L0Ball: sparsity must be at least 1, got {self.sparsity}")

    def project(self, x):
        return keep_largest(x, self.sparsity)
