"""Measure on the first GPU: ``python -m benchmarks.gpu [--budget SECONDS] [name ...]``."""

from __future__ import annotations

import argparse
import sys

from benchmarks.gpu.session import BUDGET, NAMES, Session
from optedu.cuda.device import Unavailable


def main() -> None:
    """Read the command line, measure, store and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}")
    parser.add_argument(
        "--budget", type=float, default=BUDGET, metavar="SECONDS",
        help=f"start nothing new after so many (default {BUDGET:g})",
    )  # fmt: skip
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    try:
        session = Session(budget=options.budget)
    except Unavailable as error:
        sys.exit(str(error))
    session.run(tuple(options.names) or NAMES, say=lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()
