"""Measure the kernels on the first GPU: ``python -m benchmarks.gpu [name ...]``."""

from __future__ import annotations

import argparse
import sys

from benchmarks.gpu.cases import CASES
from benchmarks.gpu.measure import measure, told, write
from optedu.cuda.device import Unavailable


def main() -> None:
    """Read the command line, measure, store and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(CASES)}")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in CASES]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(CASES)}")
    for name in options.names or CASES:
        try:
            result = measure(name)
        except Unavailable as error:
            sys.exit(str(error))
        write(result)
        print(told(result), flush=True)


if __name__ == "__main__":
    main()
