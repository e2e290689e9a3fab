"""Small calls of every function with hand-written kernels, and their results by formulas."""

import numpy as np
from scipy.special import logsumexp

from benchmarks.gpu import ahead
from optedu import cuda
from optedu.cuda.kernels.particles import normal
from tests.cuda.test_kernels_ptx import calls
from tests.cuda.test_simulator import wave

SIZES = [1, 2, 31, 32, 33, 255, 256, 257]
GPU_SIZES = [*SIZES, 1000, 5001]
COLUMNS = [20, 64, 100, 511, 2000]
LISTS = [2048, 4096, 50_000]
"""Lengths of the tests on a GPU: of all calls, of rows of data, of lists that are sorted."""


def draws(n, kind=np.float64):
    rng = np.random.default_rng(n)
    return lambda *shape: rng.normal(size=shape).astype(kind)


def by_logarithms(C, t, a, b, rounds):
    """Sinkhorn's iteration as it is written, in float64."""
    C = C.astype(np.float64)
    f, g = np.zeros(len(a)), np.zeros(len(b))
    for _ in range(rounds):
        f = t * (np.log(a) - logsumexp((g - C) / t, axis=1))
        g = t * (np.log(b) - logsumexp((f[:, None] - C) / t, axis=0))
    plan = np.exp((f[:, None] + g - C) / t)
    return f, g, np.abs(a - plan.sum(axis=1)).sum(), rounds


def clouds(n, kind, device, t=0.3, rounds=2):
    draw = draws(n, kind)
    x, y = draw(n, 3), draw(5, 3)
    a = np.linspace(1.0, 2.0, n).astype(kind)
    a, b = a / a.sum(), np.full(5, 0.2)
    C = ((x.astype(float)[:, None] - y) ** 2).sum(axis=2)
    ours = cuda.sinkhorn(x, y, t, a=a, rounds=rounds, tol=0.0, device=device)
    return ours, by_logarithms(C, t, a.astype(float), b, rounds)


def dense(n, kind, device, t=0.2):
    draw = draws(n, kind)
    C = draw(n, 37) ** 2 if n < 100 else draw(n, 3) ** 2
    a, b = np.full(n, 1.0 / n), np.full(C.shape[1], 1.0 / C.shape[1])
    ours = cuda.sinkhorn_dense(C, t, rounds=1, tol=0.0, device=device)
    return ours, by_logarithms(C, t, a, b, 1)


def long_rows(n, kind, device):
    draw = draws(n, kind)
    C = draw(3, n) ** 2
    a, b = np.full(3, 1 / 3), np.full(n, 1.0 / n)
    ours = cuda.sinkhorn_dense(C, 0.2, rounds=1, tol=0.0, device=device)
    return ours, by_logarithms(C, 0.2, a, b, 1)


def squares(n, kind, device):
    draw = draws(n, kind)
    A, y, w = draw(n, 5), draw(n), draw(5)
    r = A.astype(float) @ w - y
    ours = cuda.linear_gradient(A, y, w, device=device)
    return ours, (0.5 * r @ r, A.astype(float).T @ r)


def logistic(n, kind, device):
    draw = draws(n, kind)
    A, y, w = draw(n, 40), np.sign(draw(n)), 3 * draw(40)
    margins = y * (A.astype(float) @ w)
    value = np.mean(np.logaddexp(0.0, -margins))
    gradient = A.astype(float).T @ (-y / (1.0 + np.exp(margins))) / n
    return cuda.linear_gradient(A, y, w, loss="logistic", device=device), (value, gradient)


def wide(n, kind, device):
    draw = draws(n, kind)
    A, y, w = draw(5, 600 + n), draw(5), draw(600 + n) / 25
    r = A.astype(float) @ w - y
    ours = cuda.linear_gradient(A, y, w, device=device)
    return ours, (0.5 * r @ r, A.astype(float).T @ r)


def gates(n, count):
    return np.random.default_rng(n + count).random((n, count)) < 0.5


def masked_sum(n, kind, device, bits=False):
    draw = draws(n, kind)
    X, W, D = draw(n, 19), draw(9, 19), gates(n, 9)
    theirs = sum(D[:, p] * (X.astype(float) @ W[p]) for p in range(9))
    return (cuda.masked_sum(X, cuda.pack_patterns(D) if bits else D, W, device=device),), (theirs,)


def masked_sum_of_bits(n, kind, device):
    return masked_sum(n, kind, device, bits=True)


def many_patterns(n, kind, device):
    draw = draws(n, kind)
    X, W, D = draw(4, 3), draw(n, 3), gates(4, n)
    theirs = sum(D[:, p] * (X.astype(float) @ W[p]) for p in range(n))
    ours = cuda.masked_sum(X, cuda.pack_patterns(D), W, device=device)
    r = draw(4)
    adjoint = cuda.masked_adjoint(X, D, r, device=device)
    return (ours, adjoint), (theirs, (D * r[:, None]).T @ X.astype(float))


def masked_adjoint(n, kind, device, bits=False):
    draw = draws(n, kind)
    X, r, D = draw(n, 7), draw(n), gates(n, 9)
    packed = cuda.pack_patterns(D) if bits else D
    ours = cuda.masked_adjoint(X, packed, r, patterns_count=9, device=device)
    return (ours,), ((D * r[:, None]).T @ X.astype(float),)


def masked_adjoint_of_bits(n, kind, device):
    return masked_adjoint(n, kind, device, bits=True)


def cones(n, kind, device, count=9, bits=False):
    """Both products for few patterns; the adjoint is one: <Y, products> = <adjoint, W>."""
    draw = draws(n, kind)
    X, W, Y, D = draw(n, 19), draw(2 * count, 19), draw(n, 2 * count), gates(n, count)
    packed = cuda.pack_patterns(D) if bits else D
    ours = (
        cuda.cone_products(X, packed, W, device=device),
        cuda.cone_adjoint(X, packed, Y, device=device),
    )
    signs = np.where(np.tile(D, 2), 1.0, -1.0)
    return ours, (signs * (X.astype(float) @ W.T), (signs * Y).T @ X.astype(float))


def cones_of_bits(n, kind, device):
    return cones(n, kind, device, bits=True)


def many_cones(n, kind, device):
    draw = draws(n, kind)
    X, W, Y, D = draw(3, 2), draw(2 * n, 2), draw(3, 2 * n), gates(3, n)
    ours = cuda.cone_products(X, D, W, device=device), cuda.cone_adjoint(X, D, Y, device=device)
    signs = np.where(np.tile(D, 2), 1.0, -1.0)
    return ours, (signs * (X.astype(float) @ W.T), (signs * Y).T @ X.astype(float))


def sliced(n, kind, device):
    draw = draws(n, kind)
    x, y, lines = draw(n, 3), draw(n, 3) + 1, draw(2, 3)
    theirs = [np.mean((np.sort(x @ line) - np.sort(y @ line)) ** 2) for line in lines.astype(float)]
    return (cuda.sliced_distances(x, y, lines, device=device),), (theirs,)


def consensus(n, kind, device):
    draw = draws(n, kind)
    X = draw(n, 9)
    values = (X**2).sum(axis=1)
    ours = cuda.consensus_step(
        X, values, alpha=2.0, drift=0.1, noise=0.5, seed=1 << 40, step=3, device=device
    )
    weights = np.exp(-2.0 * (values - values.min()).astype(float))
    mean = weights @ X / weights.sum()
    xi = np.array(
        [[normal.py_func(1 << 40, 3, i, k, np.float64) for k in range(9)] for i in range(n)]
    )
    return ours, (X - 0.1 * (X - mean) + 0.5 * (X - mean) * xi, mean)


def newton(n, kind, device):
    draw = draws(n, kind)
    M, g = draw(n, 5, 8), draw(n, 5)
    H = M @ M.transpose(0, 2, 1)
    return (cuda.newton_steps(H, g, device=device),), (
        -np.linalg.solve(H.astype(float), g.astype(float)[..., None])[..., 0],
    )


CALLS = {
    call.__name__: call
    for call in (
        clouds, dense, long_rows, squares, logistic, wide, masked_sum, masked_sum_of_bits,
        many_patterns, masked_adjoint, masked_adjoint_of_bits, cones, cones_of_bits, many_cones,
        sliced, consensus, newton,
    )
}  # fmt: skip


def differ(ours, theirs):
    """The largest difference, over the largest entry where that is above 1."""
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        a, b = np.asarray(a, float), np.asarray(b, float)
        assert a.shape == b.shape
        assert np.isfinite(a).all()
        worst = max(worst, np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b))))
    return worst


def launched_on_a_gpu():
    """All that the tests on a GPU launch, kernels with the types of their arguments."""
    with ahead.shapes() as (place, found):
        for kind in ahead.KINDS:

            def array(*shape, kind=kind):
                return place.empty(shape, kind)

            calls(kind, "cuda")
            for name, call in CALLS.items():
                for n in GPU_SIZES if name != "consensus" else SIZES:  # whose formula is slow
                    call(n, kind, "cuda")
            for d in COLUMNS:
                cuda.linear_gradient(array(9, d), array(9), array(d))
            for n in LISTS:
                cuda.sliced_distances(array(n, 3), array(n, 3), array(7, 3))
            cuda.newton_steps(array(4, 3, 3), array(4, 3))
            wave.launch(place, 9, array(9), kind(0.25), 2, array(9, 2))
    return found
