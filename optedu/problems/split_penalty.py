"""A penalty split in two: its kink at 0 goes to the prox, its concave part to the gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

from optedu.problems.checks import require_differentiable, require_oracles
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import problem


@problem
class SplitPenalty(NamedTuple):
    """Minimize f(x) + p(x), p = weight ||x||_1 + q, with q smooth: SCAD or MCP.

    ``gradient`` is that of f + q, ``prox`` soft thresholding: the minimizers are those of
    Composite(f, p), and the nonconvex part is smooth.

    Parameters
    ----------
    smooth_loss : problem
        f, with ``value`` and ``gradient``.
    split : problem
        p: SCAD or MCP.

    Raises
    ------
    TypeError
        If a part lacks an oracle, or p cannot be split.

    References
    ----------
    yang2024.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> loss = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.SplitPenalty(loss, oe.problems.MCP(1.0, 2.0))
    >>> oe.run(oe.ProximalGradient(), problem, [0.0, 0.0]).x
    array([3., 0.])
    """

    smooth_loss: Any
    split: Any

    differentiable = True
    convex = False

    def check(self):
        """Refuse parts that lack an oracle."""
        require_oracles(self, "smooth_loss", "value", "gradient")
        require_differentiable(self, "smooth_loss")
        require_oracles(self, "split", "value", "concave_gradient")

    def value(self, x):
        return self.smooth_loss.value(x) + self.split.value(x)

    def gradient(self, x):
        return self.smooth_loss.gradient(x) + self.split.concave_gradient(x)

    def prox(self, x, t):
        return soft_threshold(x, t * self.split.weight)

    @property
    def shape(self):
        """Shape of an iterate, that of f."""
        return getattr(self.smooth_loss, "shape", None)

    @property
    def start(self):
        """The usual start of f."""
        return getattr(self.smooth_loss, "start", None)

    @property
    def smoothness(self):
        """The larger of L of f, f convex, and the curvature of q: they have opposite signs."""
        L = getattr(self.smooth_loss, "smoothness", None)
        return None if L is None else max(L, self.split.concave_curvature)
