"""Every hand-written kernel becomes PTX, and NVIDIA's assembler takes it, without a GPU."""

import ctypes
import inspect
import re
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType

import numpy as np
import pytest

from optedu import cuda
from optedu.compiling import CompilationError
from optedu.cuda import kernels, places, ptx
from optedu.cuda.portable import PortableKernel, proximal_step
from tests.cuda.test_ptx import assembled

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


def calls(kind, device="simulator"):
    """Reach every kernel, at the least and the largest size for which code is made."""

    def ones(*shape):
        return np.ones(shape, kind)

    given = {"device": device}
    for d in (2, 64):
        cuda.sinkhorn(ones(3, d), ones(4, d), 0.1, rounds=1, **given)
    cuda.sinkhorn_dense(ones(3, 4), 0.1, rounds=1, **given)
    for d in (3, 512, 513):
        cuda.linear_gradient(ones(3, d), ones(3), ones(d), **given)
    for D in (np.ones((3, 5), bool), cuda.pack_patterns(np.ones((3, 5)))):
        cuda.masked_sum(ones(3, 4), D, ones(5, 4), **given)
        cuda.masked_adjoint(ones(3, 4), D, ones(3), patterns_count=5, **given)
        cuda.cone_products(ones(3, 4), D, ones(10, 4), **given)
        cuda.cone_adjoint(ones(3, 4), D, ones(3, 10), **given)
    for n in (2048, 5000):
        cuda.sliced_distances(ones(n, 2), ones(n, 2), ones(3, 2), **given)
    cuda.consensus_step(
        ones(9000, 2), ones(9000), alpha=1.0, drift=0.1, noise=0.1, seed=0, step=0, **given
    )
    for d in (2, 8):
        cuda.newton_steps(ones(2, d, d), ones(2, d), **given)
    proximal_step(3, ones(3), ones(3), 0.1, 0.2, ones(3), **given)


@pytest.fixture(scope="module")
def launched():
    """All kernels that the calls launch, with the arguments; nothing is run."""
    found = {}

    def note(self, kernel, blocks, threads, *arguments):
        kinds = tuple(ptx.type_of(argument) for argument in arguments)
        found.setdefault((kernel, kinds), arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places.Simulator, "launch", note)
        for kind in (np.float64, np.float32):
            calls(kind)
    return found


SIZES = {"u8": 1, "b8": 1, "u32": 4, "s32": 4, "f32": 4, "u64": 8, "s64": 8, "f64": 8, "b64": 8}
DOUBLES = re.compile(rb"^\s*(?:@!?%p\d+ )?[a-z]\w+[.\w]*\.f64\b", re.M)


@pytest.mark.parametrize("architecture", ptx.ARCHITECTURES)
def test_the_assembler_takes_every_kernel(launched, architecture, tmp_path):
    for (kernel, kinds), arguments in launched.items():
        name, code = ptx.ptx_of(kernel, kinds, architecture)
        assert f".target {architecture}".encode() in code
        said = assembled(code, architecture, tmp_path)
        assert f"Compiling entry function '{name}'" in said
        stack, spills = re.search(
            r"(\d+) bytes stack frame, (\d+) bytes spill stores", said
        ).groups()
        assert int(spills) == 0
        # Arrays that should be registers are. Cosine keeps a table for arguments beyond 10^5, and
        # takes their remainder in float64; the angles of a step end at 2 pi.
        far = kernel.__name__ == "move"
        assert int(stack) == 0 or far
        if not any(str(kind).startswith(("array(float64", "float64")) for kind in kinds):
            assert len(DOUBLES.findall(code)) <= 3 * far
        head = code.decode().split(f".entry {name}(")[1].split(")")[0]
        sizes = [SIZES[kind] for kind in re.findall(r"\.param \.(\w+)", head)]
        ours = [ctypes.sizeof(word) for a in arguments for _, word in places._words(a)]
        assert sizes == ours


def test_no_kernel_is_left_out(launched):
    """All functions of the folder that are launched, not those that kernels call, are compiled."""
    names = {kernel.__name__ for kernel, _ in launched}
    written = set()
    for module in iter_modules(kernels.__path__):
        module = import_module(f"{kernels.__name__}.{module.name}")
        for name, item in vars(module).items():
            if getattr(item, "__module__", None) != module.__name__:
                continue
            plain = isinstance(item, FunctionType) and "cuda.grid(" in inspect.getsource(item)
            if plain or isinstance(item, PortableKernel):
                written.add(name)
    written -= {"half_step", "products"}
    assert written <= names
    assert {"cloud", "masked_sum", "cone_products", "fused_gradient", "newton_steps"} <= names
    assert len(names) == 24


def test_what_numba_does_not_understand_is_said():
    def kernel(x):
        x[0] = input("number")

    with pytest.raises(CompilationError, match=r"^kernel: "):
        ptx.ptx_of(kernel, (ptx.type_of(np.ones(1)),))
