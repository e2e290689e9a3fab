"""The array libraries that the peers are written in: how each takes arrays, compiles and waits.

A formula in `benchmarks.gpu.formulas` is written once, against what all libraries have (``@``,
``.sum``, slices) and against the few functions here that each calls by another name. CuPy's are
NumPy's, so that they are tested without a GPU.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from optedu.cuda.places import lives_on_a_device

CHUNK = 4096
"""Rows at a time of a cost that does not fit."""


def module(name: str) -> Any:
    """Return a module, or None where it is not installed or cannot be loaded."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError):
        return None


def installed(name: str) -> bool:
    """Whether the package of a module is installed, without importing it."""
    return importlib.util.find_spec(name.partition(".")[0]) is not None


class NumPyLike:
    """CuPy; or NumPy, for tests.

    Parameters
    ----------
    xp : module
        ``cupy``, or ``numpy``.
    """

    package = "cupy"

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self.random = xp.random.default_rng(0)

    @classmethod
    def missing(cls, device: str) -> str | None:
        """Say what is missing for a device, or return None."""
        if device == "cpu":
            return None
        cupy = module("cupy")
        if cupy is None:
            return "CuPy is not installed"
        return None if cupy.cuda.is_available() else "CuPy is installed without CUDA"

    @classmethod
    def on(cls, device: str) -> NumPyLike:
        """Return the library for a device: ``"cuda"``, or ``"cpu"``, which is NumPy."""
        return cls(importlib.import_module("cupy" if device == "cuda" else "numpy"))

    def put(self, array: Any) -> Any:
        """Return an array of ours as one of the library's, without a copy."""
        return self.xp.asarray(array)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: it runs call by call."""
        return function

    def wait(self, result: Any) -> None:
        """Wait for all that is queued."""
        if self.xp is not np:
            self.xp.cuda.get_current_stream().synchronize()

    def forget(self) -> None:
        """Give memory back."""
        if self.xp is not np:
            self.xp.get_default_memory_pool().free_all_blocks()

    def log_sum_exp(self, Z: Any, axis: int) -> Any:
        """Return the logarithms of sums of exponentials."""
        top = Z.max(axis, keepdims=True)
        return (top + self.xp.log(self.xp.exp(Z - top).sum(axis, keepdims=True))).squeeze(axis)

    def softplus(self, z: Any) -> Any:
        """Return log(1 + exp(z)) without overflow."""
        return self.xp.maximum(z, 0) + self.xp.log1p(self.xp.exp(-abs(z)))

    def sigmoid(self, z: Any) -> Any:
        """Return 1 / (1 + exp(-z))."""
        return 1 / (1 + self.xp.exp(-z))

    def softmax(self, z: Any) -> Any:
        """Return weights with sum 1."""
        weights = self.xp.exp(z - z.max())
        return weights / weights.sum()

    def sort(self, Z: Any) -> Any:
        """Sort each row."""
        return self.xp.sort(Z, axis=-1)

    def solve(self, H: Any, g: Any) -> Any:
        """Solve many systems; there is no batched triangular solve, so by LU."""
        return self.xp.linalg.solve(H, g[..., None])[..., 0]

    def normal(self, like: Any, number: Any) -> Any:
        """Return standard normal numbers, others at each call."""
        return self.random.standard_normal(like.shape, dtype=like.dtype)

    def by_rows(self, function: Callable[[Any], Any], x: Any) -> Any:
        """Return a function of all rows, some at a time."""
        return self.xp.concatenate([function(x[i : i + CHUNK]) for i in range(0, len(x), CHUNK)])


class Torch:
    """PyTorch."""

    package = "torch"

    def __init__(self, device: str) -> None:
        self.torch, self.device = importlib.import_module("torch"), device

    @classmethod
    def missing(cls, device: str) -> str | None:
        """Say what is missing for a device, or return None."""
        torch = module("torch")
        if torch is None:
            return "PyTorch is not installed"
        if device == "cuda" and not torch.cuda.is_available():
            return "PyTorch is installed without CUDA"
        return None

    @classmethod
    def on(cls, device: str) -> Torch:
        """Return the library for a device."""
        return cls(device)

    def put(self, array: Any) -> Any:
        """Return an array of ours as one of the library's, without a copy."""
        return self.torch.as_tensor(array, device=self.device)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: it runs call by call, as in most people's code."""
        return function

    def wait(self, result: Any) -> None:
        """Wait for all that is queued."""
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def forget(self) -> None:
        """Give memory back."""
        if self.device == "cuda":
            self.torch.cuda.empty_cache()

    def log_sum_exp(self, Z: Any, axis: int) -> Any:
        """Return the logarithms of sums of exponentials."""
        return self.torch.logsumexp(Z, dim=axis)

    def softplus(self, z: Any) -> Any:
        """Return log(1 + exp(z)) without overflow."""
        return self.torch.nn.functional.softplus(z, threshold=1e9)

    def sigmoid(self, z: Any) -> Any:
        """Return 1 / (1 + exp(-z))."""
        return self.torch.sigmoid(z)

    def softmax(self, z: Any) -> Any:
        """Return weights with sum 1."""
        return self.torch.softmax(z, dim=0)

    def sort(self, Z: Any) -> Any:
        """Sort each row."""
        return self.torch.sort(Z, dim=-1)[0]

    def solve(self, H: Any, g: Any) -> Any:
        """Solve many systems by Cholesky."""
        L = self.torch.linalg.cholesky_ex(H)[0]
        return self.torch.cholesky_solve(g[..., None], L)[..., 0]

    def normal(self, like: Any, number: Any) -> Any:
        """Return standard normal numbers, others at each call."""
        return self.torch.randn_like(like)

    def by_rows(self, function: Callable[[Any], Any], x: Any) -> Any:
        """Return a function of all rows, some at a time."""
        return self.torch.cat([function(rows) for rows in x.split(CHUNK)])


class JAX:
    """JAX, compiled, in true float32 and float64."""

    package = "jax"

    def __init__(self, device: str) -> None:
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.jax.config.update("jax_default_matmul_precision", "highest")
        self.device = self.jax.devices("gpu" if device == "cuda" else "cpu")[0]

    @classmethod
    def missing(cls, device: str) -> str | None:
        """Say what is missing for a device, or return None."""
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # or it takes the memory
        jax = module("jax")
        if jax is None:
            return "JAX is not installed"
        try:
            jax.devices("gpu" if device == "cuda" else "cpu")
        except RuntimeError:
            return "JAX is installed without CUDA"
        return None

    @classmethod
    def on(cls, device: str) -> JAX:
        """Return the library for a device."""
        return cls(device)

    def put(self, array: Any) -> Any:
        """Return a copy of an array of ours, by way of the host."""
        host = array.to_host() if lives_on_a_device(array) else array
        return self.jax.device_put(host, self.device)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, compiled at its first call."""
        return self.jax.jit(function)

    def wait(self, result: Any) -> None:
        """Wait for a result."""
        self.jax.block_until_ready(result)

    def forget(self) -> None:
        """Drop compiled functions, and what they hold."""
        self.jax.clear_caches()

    def log_sum_exp(self, Z: Any, axis: int) -> Any:
        """Return the logarithms of sums of exponentials."""
        return self.jax.scipy.special.logsumexp(Z, axis=axis)

    def softplus(self, z: Any) -> Any:
        """Return log(1 + exp(z)) without overflow."""
        return self.jax.nn.softplus(z)

    def sigmoid(self, z: Any) -> Any:
        """Return 1 / (1 + exp(-z))."""
        return self.jax.nn.sigmoid(z)

    def softmax(self, z: Any) -> Any:
        """Return weights with sum 1."""
        return self.jax.nn.softmax(z)

    def sort(self, Z: Any) -> Any:
        """Sort each row."""
        return self.jax.numpy.sort(Z, axis=-1)

    def solve(self, H: Any, g: Any) -> Any:
        """Solve many systems by Cholesky."""
        L = self.jax.numpy.linalg.cholesky(H)
        return self.jax.scipy.linalg.cho_solve((L, True), g[..., None])[..., 0]

    def normal(self, like: Any, number: Any) -> Any:
        """Return standard normal numbers, others for each number."""
        return self.jax.random.normal(self.jax.random.key(number), like.shape, like.dtype)

    def by_rows(self, function: Callable[[Any], Any], x: Any) -> Any:
        """Return a function of all rows, some at a time."""
        if len(x) <= CHUNK:
            return function(x)
        return self.jax.lax.map(lambda row: function(row[None])[0], x, batch_size=CHUNK)
