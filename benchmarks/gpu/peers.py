"""The same computations as one would write them in PyTorch, where that is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.gpu.cases import T

CHUNK = 4096
"""Rows at a time of a cost that does not fit."""


def missing() -> str | None:
    """Say why there is no peer, or return None."""
    try:
        import torch
    except ImportError:
        return "PyTorch is not installed, so it is left out"
    if not torch.cuda.is_available():
        return "PyTorch is installed without CUDA, so it is left out"
    return None


def torch_call(name: str, arrays: dict[str, Any]) -> Callable[[], Any]:
    """Return one computation of a case, on the very arrays of ours."""
    import torch

    given = {key: torch.as_tensor(array, device="cuda") for key, array in arrays.items()}
    return {
        "sinkhorn_clouds": _clouds, "sinkhorn_dense": _dense, "logistic_gradient": _logistic,
        "convex_relu": _masked, "sliced_wasserstein": _sliced, "consensus": _consensus,
        "newton": _newton,
    }[name](torch, **given)  # fmt: skip


def _clouds(torch, x, y):
    def half(x, y, g):
        parts = [
            torch.logsumexp((g - torch.cdist(part, y) ** 2) / T, dim=1) for part in x.split(CHUNK)
        ]
        return -T * torch.cat(parts)

    zeros = torch.zeros_like(y[:, 0])
    return lambda: half(y, x, half(x, y, zeros))


def _dense(torch, C):
    zeros = torch.zeros_like(C[0])

    def call():
        f = -T * torch.logsumexp((zeros - C) / T, dim=1)
        return -T * torch.logsumexp((f[:, None] - C) / T, dim=0)

    return call


def _logistic(torch, A, y, w):
    def call():
        margins = y * (A @ w)
        value = torch.nn.functional.softplus(-margins).mean()
        return value, A.T @ (-y * torch.sigmoid(-margins) / len(y))

    return call


def _masked(torch, X, D, W, r):
    def call():
        z = (D * (X @ W.T)).sum(dim=1)
        return z, (D * r[:, None]).T @ X

    return call


def _sliced(torch, x, y, directions):
    def call():
        ours, theirs = (torch.sort(directions @ cloud.T, dim=1)[0] for cloud in (x, y))
        return ((ours - theirs) ** 2).mean(dim=1)

    return call


def _consensus(torch, X, values):
    def call():
        weights = torch.softmax(-10.0 * values, dim=0)
        away = X - weights @ X
        return X - 0.01 * away + 0.1 * away * torch.randn_like(X)

    return call


def _newton(torch, H, g):
    def call():
        L = torch.linalg.cholesky_ex(H)[0]
        return -torch.cholesky_solve(g[..., None], L)[..., 0]

    return call
