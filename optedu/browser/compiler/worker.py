"""The compiler's own process: reads jobs, writes compiled code.

Numba is started here with its optimizer off and for no processor in particular, because LLVM
optimizes once more, for WebAssembly. Each job is compiled in a fork of the process that has Numba
loaded and nothing compiled: what was compiled before changes the order in which functions are
linked, and with it the bytes. For the same reason nothing is collected meanwhile: when Python's
collector runs, and what it then drops from Numba's caches, depends on all that ran before.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import warnings
from contextlib import redirect_stdout

from numba import cloudpickle

from optedu import protocol
from optedu.browser.compiler import layout, objects, remote
from optedu.browser.compiler.jobs import Compiled, Job, keep
from optedu.browser.compiler.kinds import classes
from optedu.compiling import CompilationError


def compile_job(job: Job) -> Compiled | str:
    """Return the compiled code of a job, or why there is none."""
    from optedu.browser.runtime.symbols import SYMBOLS

    for cls in classes(job.item):
        if cls not in protocol.classes and protocol.public_functions(cls):
            objects.register(cls)
    try:
        if job.kind == "runtime":
            made, slots = objects.runtime_object(SYMBOLS), []
        elif job.kind == "problem":
            kind = layout.type_of(job.item)
            slots = layout.slots(objects.problem_block(kind, job.axes), names=("problem", "shape"))
            made = objects.problem_object(job.name, kind, job.axes, job.oracles)
        else:
            kind = layout.type_of(job.item)
            stand_in = remote.remote_type(frozenset(job.oracles), job.differentiable)
            block = objects.method_block(kind, stand_in, job.axes)
            slots = layout.slots(block, names=objects.METHOD_BLOCK)
            made = objects.method_object(job.name, kind, stand_in, job.axes)
    except CompilationError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return Compiled(made.code, slots, made.wants)


def main() -> None:
    """Read pickled jobs from the standard input; write what becomes of each as it is done."""
    gc.disable()
    objects.prepare()
    objects.warm_up()
    output = sys.stdout.buffer
    for name, job in cloudpickle.loads(sys.stdin.buffer.read()):
        output.write(cloudpickle.dumps((name, _alone(job, name))))
        output.flush()


def _alone(job: bytes, name: str) -> Compiled | str:
    """Compile a job in a process of its own, where there are forks."""
    if not hasattr(os, "fork"):
        return _keep(job, name)
    mine, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(mine)
        with open(theirs, "wb") as answer:
            answer.write(cloudpickle.dumps(_keep(job, name)))
        os._exit(0)
    os.close(theirs)
    with open(mine, "rb") as answer:
        made = answer.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        return f"the compiler stopped: status {os.waitstatus_to_exitcode(status)}"
    return cloudpickle.loads(made)


def _keep(job: bytes, name: str) -> Compiled | str:
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = compile_job(cloudpickle.loads(job))
    keep(name, made)
    return made


if __name__ == "__main__":
    main()
