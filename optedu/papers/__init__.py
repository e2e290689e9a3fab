"""The list of papers: which of them can be looked up in the book and seen running.

One row of ``papers.tsv`` is one paper. A row that claims to run names the public object that
shows the paper, the section of the book that explains it, and the test that checks its claim;
`faults` says of each of the three whether it exists. ``python -m optedu.papers`` prints the
counts, and `write_page` writes the paper index of the book.
"""

from optedu.papers.checks import faults, repository
from optedu.papers.index import page, write_page
from optedu.papers.table import TIERS, TOPICS, Paper, counts, read

__all__ = [
    "TIERS",
    "TOPICS",
    "Paper",
    "counts",
    "faults",
    "page",
    "read",
    "repository",
    "write_page",
]
