"""McKinnon's function, on which the simplex of Nelder and Mead shrinks to the wrong point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.protocol import problem


@problem
class McKinnon(NamedTuple):
    """Minimize f(x, y) = 6 |x|^3 + y + y^2 for x >= 0, and 2400 |x|^3 + y + y^2 for x < 0.

    It is strictly convex and has two continuous derivatives; the second is singular at the
    minimizer. From the triangle (0, 0), (1, 1), ((1 + sqrt 33) / 8, (1 - sqrt 33) / 8), whose edges
    are `edges`, the method of Nelder and Mead contracts for ever to (0, 0), where the gradient is
    (0, 1) [mckinnon1998].

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.McKinnon().gradient(np.zeros(2))
    array([0., 1.])
    """

    convex = True
    shape = (2,)
    start = constant_array(0.0, 0.0)
    minimum = -0.25
    minimizer = constant_array(0.0, -0.5)
    minimizers = constant_array((0.0, -0.5))
    edges = constant_array((1.0, 1.0), ((1 + 33**0.5) / 8, (1 - 33**0.5) / 8))
    extent = (-0.4, 1.2, -1.0, 1.2)

    def value(self, x):
        steep = 6.0 if x[0] >= 0.0 else 2400.0
        return steep * abs(x[0]) ** 3 + x[1] + x[1] ** 2

    def gradient(self, x):
        steep = 6.0 if x[0] >= 0.0 else -2400.0
        return np.array([3.0 * steep * x[0] ** 2, 1.0 + 2.0 * x[1]])
