"""Instances that the tests of the family share."""

import numpy as np

import optedu as oe


def masses(rng, n):
    """Return n positive masses of total 1."""
    a = rng.uniform(0.5, 1.5, n)
    return a / a.sum()


def entropic(n=12, m=9, t=0.02, seed=0):
    """Return the dual of an entropic transport problem with random cost and masses."""
    rng = np.random.default_rng(seed)
    C = rng.uniform(size=(n, m)) - 0.2
    return oe.problems.EntropicTransport(C, masses(rng, n), masses(rng, m), t)


def matching(n=100, eta=1200, seed=0):
    """Return an entropic assignment problem whose plan is nearly a matching."""
    C = np.random.default_rng(seed).uniform(size=(n, n))
    a = np.full(n, 1 / n)
    return oe.problems.EntropicTransport(C, a, a, 1 / eta)


def linear(n=9, m=7, seed=0):
    """Return a linear cost over transport plans."""
    rng = np.random.default_rng(seed)
    C = rng.uniform(size=(n, m)) - 0.2
    objective = oe.problems.LinearCost(C)
    return oe.problems.TransportPolytope(objective, masses(rng, n), masses(rng, m))
