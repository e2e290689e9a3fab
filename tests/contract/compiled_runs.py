"""Run methods compiled, in a process of its own: ``python -m tests.contract.compiled_runs``.

Reads names from the standard input, one per line, and writes a pickled dict of what became of the
first sample of each: (iterates, status, counts, execution), or the sentence of what was raised.
"""

import io
import pickle
import sys
from contextlib import redirect_stdout

import optedu as oe
from tests.contract.samples import samples

STEPS = 30


def run(method, problem, x0, execution):
    return oe.run(method, problem, x0, max_iter=STEPS, tol=1e-9, execution=execution)


def outcome(name):
    try:
        trace = run(*samples(name)[0], "compiled")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return trace.iterates, trace.status.value, dict(trace.counts), trace.execution


def main():
    with redirect_stdout(io.StringIO()):
        found = {name: outcome(name) for name in sys.stdin.read().split()}
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
