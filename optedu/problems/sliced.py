"""Wasserstein distances by slices: clouds of points seen along directions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data
from optedu.problems.layers import (
    backward,
    forward,
    through,
    units_of,
    weights_of,
    without_column,
)
from optedu.protocol import portable, problem


@portable
def matched_difference(p, q):
    """Return p_i minus the number of q that has the same rank among the q as p_i among the p."""
    difference = np.empty(p.size)
    difference[np.argsort(p)] = np.sort(p) - np.sort(q)
    return difference


@portable
def sliced_square(X, Y, directions):
    """Return the mean over the directions of the squared distance W_2^2 of the projections."""
    total = 0.0
    for k in range(directions.shape[0]):
        difference = np.sort(X @ directions[k]) - np.sort(Y @ directions[k])
        total += difference @ difference
    return total / (directions.shape[0] * X.shape[0])


@portable
def sliced_slopes(X, Y, directions):
    """Return the derivative of `sliced_square` in X, shape (n, d); that in Y is symmetric."""
    slopes = np.zeros(X.shape)
    for k in range(directions.shape[0]):
        difference = matched_difference(X @ directions[k], Y @ directions[k])
        slopes += np.outer(difference, directions[k])
    return slopes * (2.0 / (directions.shape[0] * X.shape[0]))


def require_clouds(name: str, x: np.ndarray, y: np.ndarray) -> None:
    """Refuse clouds of different shapes.

    Raises
    ------
    ValueError
        With the name of the problem, in one sentence.
    """
    if x.ndim != 2 or x.shape != y.shape:
        raise ValueError(
            f"{name}: both clouds must have shape (n, d), with as many points in one as in the "
            f"other, got {x.shape} and {y.shape}"
        )


def require_directions(name: str, directions: np.ndarray, d: int) -> None:
    """Refuse directions that are no unit vectors of dimension d.

    Raises
    ------
    ValueError
        With the name of the problem, in one sentence.
    """
    if directions.ndim != 2 or directions.shape[1] != d:
        raise ValueError(
            f"{name}: directions must have shape (m, {d}), one per row, got {directions.shape}"
        )
    lengths = np.sqrt(np.sum(directions**2, axis=1))
    if np.abs(lengths - 1).max() > 1e-9:
        raise ValueError(
            f"{name}: directions must have length 1, got "
            f"{lengths[np.abs(lengths - 1).argmax()]:.6g}; divide each row by its norm"
        )


@problem
class SlicedWasserstein(NamedTuple):
    """Squared sliced Wasserstein distance of a cloud x from a fixed cloud y, as a function of x.

    f(x) = (1/m) sum_k (1/n) sum_i ((x theta_k)_(i) - (y theta_k)_(i))^2, where (i) is the i-th
    smallest number. It is the least of finitely many convex quadratics, one for each way to match
    the ranks: smooth but where two points change ranks, and never above
    f(x) + <grad f(x), u> + ||u||^2 / (2 longest_step) at x + u. So gradient steps up to
    ``longest_step`` never raise it.

    Parameters
    ----------
    y : numpy.ndarray, shape (n, d)
        The cloud to be reached.
    directions : numpy.ndarray, shape (m, d)
        Unit vectors theta_k.

    Raises
    ------
    ValueError
        If y is no matrix, or the directions do not fit or have not length 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.SlicedWasserstein([[0.0], [4.0]], [[1.0]])
    >>> float(problem.value(np.array([[5.0], [2.0]])))
    2.5
    """

    y: np.ndarray
    directions: np.ndarray

    convex = False

    def check(self):
        """Refuse a target that is no cloud, and directions that do not fit."""
        require_clouds("SlicedWasserstein", self.y, self.y)
        require_directions("SlicedWasserstein", self.directions, self.y.shape[1])

    def value(self, x):
        return sliced_square(x, self.y, self.directions)

    def gradient(self, x):
        return sliced_slopes(x, self.y, self.directions)

    def component_value(self, i, x):
        return sliced_square(x, self.y, self.directions[i : i + 1])

    def component_gradient(self, i, x):
        return sliced_slopes(x, self.y, self.directions[i : i + 1])

    @property
    def components(self):
        """Number m of directions; f is the mean over them."""
        return len(self.directions)

    @property
    def longest_step(self):
        """The longest step size with which a gradient step surely does not raise f."""
        spread = self.directions.T @ self.directions / len(self.directions)
        return len(self.y) / (2.0 * float(np.linalg.eigvalsh(spread)[-1]))

    @property
    def minimum(self):
        """Zero, at y and wherever all projections agree with those of y."""
        return 0.0

    @property
    def shape(self):
        """Shape (n, d) of the cloud x."""
        return self.y.shape


@problem
class MaxSlicedWasserstein(NamedTuple):
    """Find the direction along which two clouds differ most.

    f(v) = -W_2^2 of the projections of x and y on v / ||v||; the distance is max-sliced
    Wasserstein. f does not change when v is scaled, its gradient is orthogonal to v, and a
    gradient step makes v longer, never shorter.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n, d)
        The clouds.

    Raises
    ------
    ValueError
        If their shapes differ.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> problem = oe.problems.MaxSlicedWasserstein(x, x + [3.0, 4.0])
    >>> round(float(problem.value(np.array([6.0, 8.0]))), 9)
    -25.0
    """

    x: np.ndarray
    y: np.ndarray

    convex = False

    def check(self):
        """Refuse clouds of different shapes."""
        require_clouds("MaxSlicedWasserstein", self.x, self.y)

    def value(self, x):
        theta = x / np.sqrt(x @ x)
        difference = np.sort(self.x @ theta) - np.sort(self.y @ theta)
        return -(difference @ difference) / self.x.shape[0]

    def gradient(self, x):
        length = np.sqrt(x @ x)
        theta = x / length
        p, q = self.x @ theta, self.y @ theta
        i, j = np.argsort(p), np.argsort(q)
        moved = self.x[i] - self.y[j]
        g = -2.0 / p.size * ((p[i] - q[j]) @ moved)
        return (g - (g @ theta) * theta) / length

    @property
    def shape(self):
        """Shape (d,) of a direction."""
        return (self.x.shape[1],)

    @property
    def start(self):
        """The difference of the means, or the first axis where they agree."""
        v = self.y.mean(axis=0) - self.x.mean(axis=0)
        return v if np.linalg.norm(v) > 1e-12 else np.eye(len(v))[0]


@portable
def lifted(points, x, sizes):
    """Return the points with the outputs of a network beside them, shape (n, d + c)."""
    return np.concatenate((points, forward(points, x, sizes)[1]), axis=1)


@portable
def row_norms(X):
    """Return the Euclidean norm of each row."""
    return np.sqrt(np.sum(X * X, axis=1))


@problem
class AugmentedSliced(NamedTuple):
    """Find the network that tells two clouds apart: the ascent in augmented sliced Wasserstein.

    The network phi_w has one hidden layer of tanh units and linear outputs; g(x) = (x, phi_w(x))
    is injective whatever w is. Minimized is

    f(w) = weight * mean_i (||g(x_i)|| + ||g(y_i)||) - SW_2(g(x), g(y)),

    with SW_2 the root of the mean over the directions of W_2^2. With SW_2^2 in its place f would
    have no minimum: it is of second degree in the last layer, the norms only of the first. As it
    is f has none where the weight is small; then the ascent ends with its steps.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n, d)
        The clouds, which must differ.
    directions : numpy.ndarray, shape (m, d + outputs)
        Unit vectors in the larger space; their dimension says how many outputs the network has.
    hidden : int
        Units of the hidden layer.
    weight : float
        What a long g costs, 0 or more.
    seed : int
        For ``start``.

    Raises
    ------
    ValueError
        If shapes do not fit, hidden is below 1, or the weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> problem = oe.problems.AugmentedSliced(x, x + 1.0, np.eye(3), hidden=2, weight=0.0)
    >>> w = np.zeros(problem.shape)
    >>> bool(np.isclose(problem.value(w), -np.sqrt(2 / 3)))
    True
    """

    x: np.ndarray
    y: np.ndarray
    directions: np.ndarray
    hidden: int = 8
    weight: float = 0.5
    seed: int = 0

    convex = False

    def check(self):
        """Refuse clouds, directions and widths that do not fit."""
        require_clouds("AugmentedSliced", self.x, self.y)
        require_nonnegative_data(self, "weight")
        d = self.x.shape[1]
        if self.directions.ndim != 2 or self.directions.shape[1] <= d:
            raise ValueError(
                f"AugmentedSliced: directions must have more than {d} columns, one per coordinate "
                f"and one or more per output of the network, got shape {self.directions.shape}"
            )
        require_directions("AugmentedSliced", self.directions, self.directions.shape[1])
        if self.hidden < 1:
            raise ValueError(f"AugmentedSliced: hidden must be at least 1, got {self.hidden}")

    def sizes(self):
        """Return the number of inputs, hidden units and outputs."""
        d = self.x.shape[1]
        return np.array([d, self.hidden, self.directions.shape[1] - d])

    def lift(self, points, x):
        """Return g(points), shape (n, d + outputs), for the weights x."""
        return lifted(points, x, self.sizes())

    def value(self, x):
        X, Y = self.lift(self.x, x), self.lift(self.y, x)
        size = np.mean(row_norms(X)) + np.mean(row_norms(Y))
        return self.weight * size - np.sqrt(sliced_square(X, Y, self.directions))

    def slopes(self, X, Y):
        """Return the derivative of f in the lifted points X, shape (n, d + outputs)."""
        distance = np.sqrt(sliced_square(X, Y, self.directions))
        lengths = row_norms(X).reshape(-1, 1)
        pull = self.weight / X.shape[0] * X / np.maximum(lengths, 1e-300)
        return pull - sliced_slopes(X, Y, self.directions) / (2.0 * distance)

    def gradient(self, x):
        sizes, n = self.sizes(), self.x.shape[0]
        X, Y = self.lift(self.x, x), self.lift(self.y, x)
        total = np.zeros(x.size)
        for points, DX in ((self.x, self.slopes(X, Y)), (self.y, self.slopes(Y, X))):
            units = forward(points, x, sizes)[0]
            outputs = np.ascontiguousarray(DX[:, int(sizes[0]) :])
            total = total + backward(units, n, x, outputs, sizes)
        return total

    def cloud_gradient(self, x):
        """Return the derivative of SW_2^2(g(x), g(y)) in the points x, the weights held."""
        sizes, n, d = self.sizes(), self.x.shape[0], self.x.shape[1]
        D = sliced_slopes(self.lift(self.x, x), self.lift(self.y, x), self.directions)
        units = forward(self.x, x, sizes)[0]
        hidden = units_of(units, n, sizes, 1)
        outputs = np.ascontiguousarray(D[:, d:])
        back = through(outputs, weights_of(x, sizes, 1), hidden)
        return D[:, :d] + without_column(back @ weights_of(x, sizes, 0))

    @property
    def shape(self):
        """Number of weights of the network."""
        d, h, c = self.sizes().tolist()
        return (h * (d + 1) + c * (h + 1),)

    @property
    def start(self):
        """Weights drawn with the variance 2 / (in + out) of Glorot and Bengio; biases 0."""
        d, h, c = self.sizes().tolist()
        rng, parts = np.random.default_rng(self.seed), []
        for rows, columns in ((h, d), (c, h)):
            W = rng.normal(0.0, np.sqrt(2.0 / (rows + columns)), (rows, columns))
            parts.append(np.column_stack((W, np.zeros(rows))).ravel())
        return np.concatenate(parts)
