"""The kernels on a real GPU; skipped where there is none, and there `make gpu` fails."""

import os

import numpy as np
import pytest

from optedu import cuda
from optedu.cuda import device
from optedu.cuda.places import DeviceArray, place_of
from optedu.cuda.portable import proximal_step
from tests.cuda.kernel_calls import CALLS, COLUMNS, GPU_SIZES, LISTS, by_logarithms, differ
from tests.cuda.test_simulator import wave

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.compiled,
    pytest.mark.skipif(
        not (device.is_available() or os.environ.get("OPTEDU_GPU")), reason="there is no GPU"
    ),
]

CLOSE = {np.float64: 1e-10, np.float32: 1e-4}


@pytest.mark.parametrize("kind", CLOSE)
@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_is_its_formula(name, kind):
    for n in GPU_SIZES:
        there, formula = CALLS[name](n, kind, "cuda")
        assert differ(there, formula) <= CLOSE[kind], n


@pytest.mark.parametrize("kind", CLOSE)
def test_a_body_is_the_same_on_both(kind):
    x = np.random.default_rng(0).normal(size=1_000_003).astype(kind)
    ours, theirs = np.empty((x.size, 2), kind), np.empty((x.size, 2), kind)
    wave(x.size, x, 0.25, 2, ours, device="cuda")
    wave(x.size, x, 0.25, 2, theirs, device="cpu")
    assert np.allclose(ours, theirs, rtol=0, atol=1e-14 if kind is np.float64 else 1e-6)
    shrunk = np.empty_like(x)
    proximal_step(x.size, x, x, 0.5, 0.1, shrunk, device="cuda")
    assert np.count_nonzero(shrunk == 0) > 1000


@pytest.mark.parametrize("kind", CLOSE)
def test_sinkhorn_at_a_hundred_thousand_points(kind):
    """The marginals of the plan, in float64, for some rows and columns."""
    rng, n, t = np.random.default_rng(0), 100_000, 0.1
    x, y = rng.random((n, 3)).astype(kind), rng.random((n, 3)).astype(kind) + kind(0.5)
    ends = cuda.sinkhorn(x, y, t, tol=1e-3, rounds=2000, device="cuda")
    assert ends.error <= 1e-3
    x, y, f, g = (a.astype(float) for a in (x, y, ends.f, ends.g))

    def mass(points, others, mine, theirs, chosen):
        C = ((points[chosen, None] - others) ** 2).sum(axis=2)
        return n * np.exp((mine[chosen, None] + theirs - C) / t).sum(axis=1)

    chosen = rng.choice(n, 50, replace=False)
    assert np.allclose(mass(y, x, g, f, chosen), 1.0, atol=1e-9 if kind is np.float64 else 1e-3)
    assert np.abs(mass(x, y, f, g, chosen) - 1.0).mean() < 3e-3


@pytest.mark.parametrize("kind", CLOSE)
def test_sinkhorn_in_as_many_dimensions_as_there_is_room_for(kind):
    rng = np.random.default_rng(7)
    x, y = rng.random((2, 1000, 64)).astype(kind)
    C = ((x.astype(float)[:, None] - y) ** 2).sum(axis=2)
    ours = cuda.sinkhorn(x, y, 2.0, rounds=3, tol=0.0, device="cuda")
    a = np.full(1000, 1e-3)
    assert differ(ours, by_logarithms(C, 2.0, a, a, 3)) <= CLOSE[kind]


@pytest.mark.parametrize("kind", CLOSE)
def test_sinkhorn_on_a_large_cost(kind):
    rng = np.random.default_rng(1)
    C, a, b = rng.random((3000, 5000)).astype(kind), np.full(3000, 1 / 3000), np.full(5000, 2e-4)
    ours = cuda.sinkhorn_dense(C, 0.05, rounds=3, tol=0.0, device="cuda")
    assert differ(ours, by_logarithms(C, 0.05, a, b, 3)) <= CLOSE[kind]


@pytest.mark.parametrize("kind", CLOSE)
@pytest.mark.parametrize("columns", COLUMNS)
def test_gradients_of_large_data(kind, columns):
    rng = np.random.default_rng(2)
    A = rng.normal(size=(50_000, columns)).astype(kind)
    y, w = np.sign(rng.normal(size=50_000)).astype(kind), rng.normal(size=columns).astype(kind) / 30
    for loss in ("squares", "logistic"):
        value, gradient = cuda.linear_gradient(A, y, w, loss=loss, device="cuda")
        right, theirs = cuda.linear_gradient(*(a.astype(float) for a in (A, y, w)), loss=loss,
                                             device="cpu")  # fmt: skip
        assert np.isclose(value, right, rtol=CLOSE[kind])
        assert np.linalg.norm(gradient - theirs) <= CLOSE[kind] * np.linalg.norm(theirs)


@pytest.mark.parametrize("kind", CLOSE)
def test_patterns_of_large_data(kind):
    rng = np.random.default_rng(3)
    X, W = rng.normal(size=(20_001, 70)).astype(kind), rng.normal(size=(300, 70)).astype(kind)
    D, r = rng.random((20_001, 300)) < 0.5, rng.normal(size=20_001).astype(kind)
    for gates in (D, cuda.pack_patterns(D)):
        z = cuda.masked_sum(X, gates, W, device="cuda")
        G = cuda.masked_adjoint(X, gates, r, patterns_count=300, device="cuda")
        Z = cuda.cone_products(X, gates, np.vstack([W, -W]), device="cuda")
        H = cuda.cone_adjoint(X, gates, Z, device="cuda")
        X64, D64 = X.astype(float), D.astype(float)
        products = X64 @ W.T
        for ours, right in (
            (z, np.einsum("ip,ip->i", D64, products)),
            (G, (D64 * r[:, None]).T @ X64),
            (Z, np.hstack([(2 * D64 - 1) * products, (1 - 2 * D64) * products])),
            (H, np.vstack([products.T @ X64, -products.T @ X64])),
        ):
            assert np.linalg.norm(ours - right) <= CLOSE[kind] * np.linalg.norm(right)


@pytest.mark.parametrize("kind", CLOSE)
@pytest.mark.parametrize("n", LISTS)
def test_sorting_of_long_lists(kind, n):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, n, 3)).astype(kind)
    lines = rng.normal(size=(7, 3)).astype(kind)
    ours = cuda.sliced_distances(x, y, lines, device="cuda")
    assert np.allclose(ours, cuda.sliced_distances(x, y, lines, device="cpu"), rtol=CLOSE[kind])


def test_a_million_particles_draw_the_same_numbers():
    X = np.random.default_rng(5).normal(size=(1_000_000, 3))
    given = {"alpha": 5.0, "drift": 0.1, "noise": 0.3, "seed": 9, "step": 4}
    ours, mean = cuda.consensus_step(X, (X**2).sum(axis=1), **given, device="cuda")
    theirs, right = cuda.consensus_step(X, (X**2).sum(axis=1), **given, device="cpu")
    assert np.allclose(mean, right, atol=1e-12)
    assert np.allclose(ours, theirs, atol=1e-10)


def test_the_same_call_gives_the_same_bits():
    rng = np.random.default_rng(6)
    A, y, w = rng.normal(size=(30_000, 60)), rng.normal(size=30_000), rng.normal(size=60)
    first, again = (cuda.linear_gradient(A, y, w, device="cuda") for _ in range(2))
    assert first[0] == again[0]
    assert np.array_equal(first[1], again[1])


def test_arrays_on_the_device_are_used_in_place():
    place = place_of("cuda")
    H = place.put(np.stack([np.eye(3) * k for k in range(1, 5)]))
    steps = cuda.newton_steps(H, place.put(np.ones((4, 3))), device="auto")
    assert isinstance(steps, DeviceArray)
    assert np.allclose(steps.to_host()[:, 0], -1 / np.arange(1.0, 5.0))


@pytest.mark.parametrize("library", ["torch", "cupy"])
def test_arrays_of_others_are_used_in_place(library):
    other = pytest.importorskip(library)
    make = (lambda a: other.tensor(a, device="cuda")) if library == "torch" else other.asarray
    A, y, w = (make(a) for a in (np.eye(4, 3), np.ones(4), np.ones(3)))
    value, gradient = cuda.linear_gradient(A, y, 2 * w)
    assert value == 2.0
    back = (
        other.as_tensor(gradient, device="cuda") if library == "torch" else other.asarray(gradient)
    )
    assert back.tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="not contiguous"):
        cuda.linear_gradient(make(np.ones((3, 4))).T, y, w)


def test_too_little_memory_is_said():
    place = place_of("cuda")
    with pytest.raises(MemoryError, match=r"^the GPU has .* GiB left"):
        place.empty((place.room(), 2), np.float64)
