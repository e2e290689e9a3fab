"""Many small Newton steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.cuda.functions.work import Work, cdiv, require
from optedu.cuda.kernels import newton


def newton_steps(H: Any, g: Any, *, device: str = "auto") -> Any:
    """Return the Newton steps -H_b^-1 g_b of many small problems, each by Cholesky.

    Parameters
    ----------
    H : array_like, shape (batch, d, d)
        Hessians, d at most 8 on a GPU; their lower triangles are read.
    g : array_like, shape (batch, d)
        Gradients.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    array, shape (batch, d)
        NaN where a Hessian is not positive definite.

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.newton_steps([[[4.0]], [[-1.0]]], [[2.0], [1.0]], device="cpu").tolist()
    [[-0.5], [nan]]
    """
    batch, d, _ = require("H", H, None, None, None)
    require("H", H, batch, d, d)
    require("g", g, batch, d)
    work = Work(device, batch * d**3, H=H, g=g)
    if d > newton.LARGEST and not work.on_cpu:
        raise ValueError(f"H has order {d}, the kernel is for at most {newton.LARGEST}")
    H, g = work.taken(H, g)
    if work.on_cpu:
        return _in_numpy(H, g)
    out = work.empty(batch, d)
    work.launch(newton.steps(d), cdiv(batch, newton.THREADS), newton.THREADS,
                H.reshape(batch, d * d), g, out)  # fmt: skip
    return work.answer(out)


def _in_numpy(H: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Return the steps by Cholesky, all problems at once, entry by entry."""
    d = g.shape[1]
    L, p = np.zeros_like(H), np.empty_like(g)
    with np.errstate(invalid="ignore"):
        for j in range(d):
            for k in range(j):
                s = H[:, j, k] - np.sum(L[:, j, :k] * L[:, k, :k], axis=1)
                L[:, j, k] = s / L[:, k, k]
            s = H[:, j, j] - np.sum(L[:, j, :j] ** 2, axis=1)
            L[:, j, j] = np.sqrt(np.where(s > 0, s, np.nan))
        for j in range(d):
            p[:, j] = (-g[:, j] - np.sum(L[:, j, :j] * p[:, :j], axis=1)) / L[:, j, j]
        for j in reversed(range(d)):
            s = p[:, j] - np.sum(L[:, j + 1 :, j] * p[:, j + 1 :], axis=1)
            p[:, j] = s / L[:, j, j]
    return p
