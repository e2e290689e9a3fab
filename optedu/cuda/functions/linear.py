"""Losses of A w."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.cuda.functions.work import SHARES, Work, cdiv, require
from optedu.cuda.kernels import linear, reductions
from optedu.problems.logistic_regression import log_one_plus_exp, sigmoid


def linear_gradient(
    A: Any, y: Any, w: Any, *, loss: str = "squares", device: str = "auto"
) -> tuple[float, Any]:
    """Return the value and the gradient at w of a loss of A w.

    Parameters
    ----------
    A : array_like, shape (n, d)
    y : array_like, shape (n,)
        Targets, or labels -1 and +1.
    w : array_like, shape (d,)
    loss : {"squares", "logistic"}
        0.5 ||A w - y||^2, or the mean of log(1 + exp(-y_i <a_i, w>)): the smooth parts of the Lasso
        and of logistic regression.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    tuple
        (value, gradient (d,)).

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> value, gradient = cuda.linear_gradient([[1.0, 2.0]], [1.0], [1.0, 1.0], device="cpu")
    >>> value, gradient.tolist()
    (2.0, [2.0, 4.0])
    """
    if loss not in ("squares", "logistic"):
        raise ValueError(f"loss must be 'squares' or 'logistic', got {loss!r}")
    n, d = require("A", A, None, None)
    require("y", y, n)
    require("w", w, d)
    work = Work(device, n * d, A=A, y=y, w=w)
    A, y, w = work.taken(A, y, w)
    if work.on_cpu:
        return _in_numpy(A, y, w, loss)
    told = (linear.LOGISTIC, 1 / n) if loss == "logistic" else (linear.SQUARES, 1.0)
    blocks, each = min(cdiv(n, 4 * linear.WARPS), SHARES), cdiv(d, reductions.WARP)
    if each <= linear.WIDEST:
        parts, values = work.empty(blocks, d), work.empty(blocks)
        kernel = linear.fused(each)
        work.launch(kernel, blocks, linear.THREADS, A, y, w, *told, parts, values)
    else:
        r, values = work.empty(n), work.empty(n)
        work.launch(linear.residuals, blocks, linear.THREADS, A, y, w, *told, r, values)
        shares = max(1, min(cdiv(n, 64), SHARES // cdiv(d, 128)))
        parts = work.empty(shares, d)
        work.launch(linear.transposed, (cdiv(d, 128), shares), 128, A, r, parts)
    return work.total(values), work.answer(work.added(parts))


def _in_numpy(A: Any, y: Any, w: Any, loss: str) -> tuple[float, Any]:
    if loss == "squares":
        r = A @ w - y
        return 0.5 * float(r @ r), A.T @ r
    margins = y * (A @ w)
    value = float(np.mean(log_one_plus_exp(-margins)))
    return value, A.T @ (-y * sigmoid(-margins) / A.dtype.type(len(A)))
