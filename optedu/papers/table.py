"""The table of papers: its rows, its tiers and topics, its counts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TIERS = {
    "ALG": "a method to implement",
    "LAB": "a finding to reproduce",
    "CASE": "an application, its optimization shown on small data",
    "OUT": "left out, the note says why",
}

# In reading order: the tables of the book's page follow it.
TOPICS = {
    "foundations": "Foundations",
    "acceleration": "Acceleration",
    "second-order": "Second-order methods",
    "coordinate": "Coordinate methods",
    "projection-free": "Projection-free methods",
    "proximal-sparse": "Proximal methods and sparsity",
    "mirror-online": "Mirror descent and online learning",
    "stochastic": "Stochastic methods",
    "variance-reduction": "Variance reduction",
    "adaptive": "Adaptive methods",
    "constrained-duality": "Constraints and duality",
    "minimax-games": "Minimax problems and games",
    "optimal-transport": "Optimal transport",
    "manifold-riemannian": "Optimization on manifolds",
    "bilevel-hyperparameter": "Bilevel problems and hyperparameters",
    "multi-objective": "Several objectives",
    "dro-robust": "Robustness and distribution shift",
    "zeroth-order-blackbox": "Black-box optimization",
    "bayesian-optimization": "Bayesian optimization",
    "combinatorial-discrete": "Combinatorial problems",
    "rl-bandits": "Reinforcement learning and bandits",
    "nonconvex-landscape": "Nonconvex landscapes",
    "convex-neural-nets": "Neural networks as convex programs",
    "implicit-bias-regularization": "Implicit bias and regularization",
    "sharpness-aware": "Sharpness-aware training",
    "deep-training-optimizers": "Optimizers for deep training",
    "learned-optimizers-amortized": "Learned and amortized optimizers",
    "distributed-federated-private": "Distributed, federated and private learning",
    "pruning-compression": "Pruning and compression",
    "low-rank-tensor": "Low rank and tensors",
    "dictionary-inverse-problems": "Dictionaries and inverse problems",
    "representation-learning": "Representation learning",
    "generative-sampling-flows": "Generative models, sampling and flows",
    "interpretability": "Interpretability",
    "pde-physics-design": "Differential equations and design",
    "other": "Other subjects",
}


class Paper(NamedTuple):
    """One row of the table; ``shows`` and ``test`` hold one name or several, split by ``;``."""

    title: str
    tier: str
    topic: str
    shows: str = ""
    section: str = ""
    test: str = ""
    note: str = ""

    @property
    def claims(self) -> bool:
        """Whether the row says that the paper runs."""
        return bool(self.shows or self.section or self.test)


def read(table: str | os.PathLike[str] | None = None) -> list[Paper]:
    """Read the table of papers.

    Parameters
    ----------
    table : path, optional
        A table of the same columns; the package's own by default.

    Returns
    -------
    list of Paper
        In the order of the table.

    Raises
    ------
    ValueError
        If a line does not have the columns of `Paper`.
    """
    path = Path(table) if table is not None else Path(__file__).with_name("papers.tsv")
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    if tuple(header.split("\t")) != Paper._fields:
        raise ValueError(f"{path.name}: the columns must be {', '.join(Paper._fields)}.")
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(Paper._fields):
            raise ValueError(
                f"{path.name}, line {number}: {len(row)} columns, expected {len(Paper._fields)}."
            )
    return [Paper(*(cell.strip() for cell in row)) for row in rows]


def counts(papers: Iterable[Paper], bad: Iterable[str] = ()) -> dict[str, tuple[int, int]]:
    """Count papers, and papers that run, by topic in reading order.

    Parameters
    ----------
    papers : iterable of Paper
        The rows.
    bad : iterable of str
        Titles that do not count as running, whatever they claim: those of `faults`.

    Returns
    -------
    dict
        Topic to (papers, running).
    """
    papers, bad = list(papers), set(bad)
    total = Counter(paper.topic for paper in papers)
    running = Counter(p.topic for p in papers if p.claims and p.title not in bad)
    unknown = sorted(set(total) - set(TOPICS))
    return {t: (total[t], running[t]) for t in [*TOPICS, *unknown] if total[t]}


def said(papers: int) -> str:
    """Say a number of papers."""
    return f"{papers} paper" if papers == 1 else f"{papers} papers"
