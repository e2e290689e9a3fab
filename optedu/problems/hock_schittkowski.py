"""Problems with equality constraints of Hock and Schittkowski's collection, with solutions.

Each minimizes f(x) subject to c(x) = 0. ``solution``, ``multipliers`` and ``optimum`` are a KKT
pair and f there; the tests verify them. They are not called minimizer and minimum, for f alone is
lower elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class HS6(NamedTuple):
    """Problem 6 of Hock and Schittkowski, with equality constraints.

    Minimize (1 - x_1)^2 subject to
    10 (x_2 - x_1^2) = 0 (hock1981).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HS6()
    >>> float(abs(problem.constraint(problem.solution)).max()) < 1e-12
    True
    """

    equalities = 1

    def value(self, x):
        return (1.0 - x[0]) ** 2

    def gradient(self, x):
        return np.array([-2.0 * (1.0 - x[0]), 0.0])

    def constraint(self, x):
        return np.array([10.0 * (x[1] - x[0] ** 2)])

    def constraint_jacobian(self, x):
        return np.array([[-20.0 * x[0], 10.0]])

    def lagrangian_hessian(self, x, y):
        return np.array([[2.0 - 20.0 * y[0], 0.0], [0.0, 0.0]])

    @property
    def shape(self):
        """Shape of an iterate."""
        return (2,)

    @property
    def start(self):
        """The collection's start."""
        return np.array([-1.2, 1.0])

    @property
    def solution(self):
        """A solution."""
        return np.array([1.0, 1.0])

    @property
    def multipliers(self):
        """The multipliers y of the solution."""
        return np.array([0.0])

    @property
    def optimum(self):
        """The value at the solution."""
        return 0.0


@problem
class HS7(NamedTuple):
    """Problem 7 of Hock and Schittkowski, with equality constraints.

    Minimize log(1 + x_1^2) - x_2 subject to
    (1 + x_1^2)^2 + x_2^2 = 4 (hock1981).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HS7()
    >>> float(abs(problem.constraint(problem.solution)).max()) < 1e-12
    True
    """

    equalities = 1

    def value(self, x):
        return np.log(1.0 + x[0] ** 2) - x[1]

    def gradient(self, x):
        return np.array([2.0 * x[0] / (1.0 + x[0] ** 2), -1.0])

    def constraint(self, x):
        return np.array([(1.0 + x[0] ** 2) ** 2 + x[1] ** 2 - 4.0])

    def constraint_jacobian(self, x):
        return np.array([[4.0 * x[0] * (1.0 + x[0] ** 2), 2.0 * x[1]]])

    def lagrangian_hessian(self, x, y):
        s = x[0] ** 2
        first = 2.0 * (1.0 - s) / (1.0 + s) ** 2 + y[0] * (4.0 + 12.0 * s)
        return np.array([[first, 0.0], [0.0, 2.0 * y[0]]])

    @property
    def shape(self):
        """Shape of an iterate."""
        return (2,)

    @property
    def start(self):
        """The collection's start."""
        return np.array([2.0, 2.0])

    @property
    def solution(self):
        """A solution."""
        return np.array([0.0, np.sqrt(3.0)])

    @property
    def multipliers(self):
        """The multipliers y of the solution."""
        return np.array([0.5 / np.sqrt(3.0)])

    @property
    def optimum(self):
        """The value at the solution."""
        return -float(np.sqrt(3.0))


@problem
class HS28(NamedTuple):
    """Problem 28 of Hock and Schittkowski, with equality constraints.

    Minimize (x_1 + x_2)^2 + (x_2 + x_3)^2 subject to
    x_1 + 2 x_2 + 3 x_3 = 1 (hock1981).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HS28()
    >>> float(abs(problem.constraint(problem.solution)).max()) < 1e-12
    True
    """

    equalities = 1

    def value(self, x):
        return (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2

    def gradient(self, x):
        return 2.0 * np.array([x[0] + x[1], x[0] + 2.0 * x[1] + x[2], x[1] + x[2]])

    def constraint(self, x):
        return np.array([x[0] + 2.0 * x[1] + 3.0 * x[2] - 1.0])

    def constraint_jacobian(self, x):
        return np.array([[1.0, 2.0, 3.0]])

    def lagrangian_hessian(self, x, y):
        return np.array([[2.0, 2.0, 0.0], [2.0, 4.0, 2.0], [0.0, 2.0, 2.0]])

    @property
    def shape(self):
        """Shape of an iterate."""
        return (3,)

    @property
    def start(self):
        """The collection's start."""
        return np.array([-4.0, 1.0, 1.0])

    @property
    def solution(self):
        """A solution."""
        return np.array([0.5, -0.5, 0.5])

    @property
    def multipliers(self):
        """The multipliers y of the solution."""
        return np.array([0.0])

    @property
    def optimum(self):
        """The value at the solution."""
        return 0.0


@problem
class HS39(NamedTuple):
    """Problem 39 of Hock and Schittkowski, with equality constraints.

    Minimize -x_1 subject to
    x_2 - x_1^3 - x_3^2 = 0 and x_1^2 - x_2 - x_4^2 = 0 (hock1981).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HS39()
    >>> float(abs(problem.constraint(problem.solution)).max()) < 1e-12
    True
    """

    equalities = 2

    def value(self, x):
        return -x[0]

    def gradient(self, x):
        return np.array([-1.0, 0.0, 0.0, 0.0])

    def constraint(self, x):
        return np.array([x[1] - x[0] ** 3 - x[2] ** 2, x[0] ** 2 - x[1] - x[3] ** 2])

    def constraint_jacobian(self, x):
        return np.array(
            [[-3.0 * x[0] ** 2, 1.0, -2.0 * x[2], 0.0], [2.0 * x[0], -1.0, 0.0, -2.0 * x[3]]]
        )

    def lagrangian_hessian(self, x, y):
        return np.diag(np.array([2.0 * y[1] - 6.0 * y[0] * x[0], 0.0, -2.0 * y[0], -2.0 * y[1]]))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (4,)

    @property
    def start(self):
        """The collection's start."""
        return np.array([2.0, 2.0, 2.0, 2.0])

    @property
    def solution(self):
        """A solution."""
        return np.array([1.0, 1.0, 0.0, 0.0])

    @property
    def multipliers(self):
        """The multipliers y of the solution."""
        return np.array([-1.0, -1.0])

    @property
    def optimum(self):
        """The value at the solution."""
        return -1.0


@problem
class HS40(NamedTuple):
    """Problem 40 of Hock and Schittkowski, with equality constraints.

    Minimize -x_1 x_2 x_3 x_4 subject to
    x_1^3 + x_2^2 = 1, x_1^2 x_4 = x_3 and x_4^2 = x_2 (hock1981).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HS40()
    >>> float(abs(problem.constraint(problem.solution)).max()) < 1e-12
    True
    """

    equalities = 3

    def value(self, x):
        return -x[0] * x[1] * x[2] * x[3]

    def gradient(self, x):
        return -np.array(
            [x[1] * x[2] * x[3], x[0] * x[2] * x[3], x[0] * x[1] * x[3], x[0] * x[1] * x[2]]
        )

    def constraint(self, x):
        return np.array([x[0] ** 3 + x[1] ** 2 - 1.0, x[0] ** 2 * x[3] - x[2], x[3] ** 2 - x[1]])

    def constraint_jacobian(self, x):
        return np.array(
            [
                [3.0 * x[0] ** 2, 2.0 * x[1], 0.0, 0.0],
                [2.0 * x[0] * x[3], 0.0, -1.0, x[0] ** 2],
                [0.0, -1.0, 0.0, 2.0 * x[3]],
            ]
        )

    def lagrangian_hessian(self, x, y):
        ab, ac, ad = -x[2] * x[3], -x[1] * x[3], -x[1] * x[2] + 2.0 * y[1] * x[0]
        bc, bd, cd = -x[0] * x[3], -x[0] * x[2], -x[0] * x[1]
        aa, bb, dd = 6.0 * y[0] * x[0] + 2.0 * y[1] * x[3], 2.0 * y[0], 2.0 * y[2]
        return np.array([[aa, ab, ac, ad], [ab, bb, bc, bd], [ac, bc, 0.0, cd], [ad, bd, cd, dd]])

    @property
    def shape(self):
        """Shape of an iterate."""
        return (4,)

    @property
    def start(self):
        """The collection's start."""
        return np.array([0.8, 0.8, 0.8, 0.8])

    @property
    def solution(self):
        """A solution."""
        return np.array(2.0 ** np.array([-1 / 3, -1 / 2, -11 / 12, -1 / 4]))

    @property
    def multipliers(self):
        """The multipliers y of the solution."""
        return np.array([0.5, -(2.0 ** (-13 / 12)), 2.0**-1.5])

    @property
    def optimum(self):
        """The value at the solution."""
        return -0.25


@problem
class HS42(NamedTuple):
    """Problem 42 of Hock and Schittkowski, with equality constraints.

    Minimize sum_i (x_i - i)^2 subject to
    x_1 = 2 and x_3^2 + x_4^2 = 2 (hock1981).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HS42()
    >>> float(abs(problem.constraint(problem.solution)).max()) < 1e-12
    True
    """

    equalities = 2

    def value(self, x):
        return np.sum((x - np.arange(1.0, 5.0)) ** 2)

    def gradient(self, x):
        return 2.0 * (x - np.arange(1.0, 5.0))

    def constraint(self, x):
        return np.array([x[0] - 2.0, x[2] ** 2 + x[3] ** 2 - 2.0])

    def constraint_jacobian(self, x):
        return np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0 * x[2], 2.0 * x[3]]])

    def lagrangian_hessian(self, x, y):
        return 2.0 * np.eye(4) + y[1] * np.diag(np.array([0.0, 0.0, 2.0, 2.0]))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (4,)

    @property
    def start(self):
        """The collection's start."""
        return np.array([1.0, 1.0, 1.0, 1.0])

    @property
    def solution(self):
        """A solution."""
        return np.array([2.0, 2.0, 0.6 * np.sqrt(2.0), 0.8 * np.sqrt(2.0)])

    @property
    def multipliers(self):
        """The multipliers y of the solution."""
        return np.array([-2.0, 2.5 * np.sqrt(2.0) - 1.0])

    @property
    def optimum(self):
        """The value at the solution."""
        return 28.0 - 10.0 * float(np.sqrt(2.0))
