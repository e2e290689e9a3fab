"""Print how many papers run; fail if a row names something that does not exist."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from optedu.papers import counts, faults, read, repository


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts and the problems of the table; 1 if there is a problem."""
    parser = argparse.ArgumentParser(prog="python -m optedu.papers", description=__doc__)
    parser.add_argument("--table", type=Path, help="another table of papers")
    parser.add_argument("--root", type=Path, help="the folder of book/ and tests/")
    options = parser.parse_args(arguments)

    root = options.root or repository()
    try:
        papers = read(options.table)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    found = faults(papers, root)
    table = counts(papers, found)
    print(f"{len(papers)} papers, {sum(runs for _, runs in table.values())} running")
    for topic, (total, runs) in table.items():
        print(f"  {topic:<30}{total:4d}, {runs} running")
    if root is None:
        print("No book/ beside the package: objects are checked, sections and tests are not.")
    for title, sentences in found.items():
        for sentence in sentences:
            print(f"{title}: {sentence}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
