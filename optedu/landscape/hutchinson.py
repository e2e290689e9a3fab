"""Hutchinson's estimators: diagonal and trace of a Hessian of which only products are known.

For a vector z of independent signs, E[z z'] = I, so that

    E[z * Hz] = diag(H),   E[<z, Hz>] = trace(H).

The error is made of the entries off the diagonal alone: entry i of z * Hz has the variance
sum over j != i of H_ij^2, and <z, Hz> the variance 2 sum over i != j of H_ij^2 (hutchinson1990,
bekas2007). Signs have the least variance among independent entries of mean 0 and variance 1.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def random_signs(rng, n):
    """Return n independent signs, +1.0 or -1.0, each with probability 1/2."""
    return np.where(rng.random(n) < 0.5, -1.0, 1.0)


@portable
def hutchinson_diagonal(problem, x, rng, samples):
    """Return an unbiased estimate of the diagonal of the Hessian at x.

    Parameters
    ----------
    problem : problem
        Has ``hessian_product``.
    x : numpy.ndarray
        Where; of any shape.
    rng : numpy.random.Generator
    samples : int
        Number of Hessian products, whose z * Hz are averaged.

    Returns
    -------
    numpy.ndarray
        Of the shape of x; exact where the Hessian is diagonal.
    """
    total = np.zeros(x.shape)
    for _ in range(samples):
        z = random_signs(rng, x.size).reshape(x.shape)
        total = total + z * problem.hessian_product(x, z)
    return total / samples


@portable
def hutchinson_trace(problem, x, rng, samples):
    """Return an unbiased estimate of the trace of the Hessian at x, a float.

    Parameters
    ----------
    problem, x, rng, samples
        As in `hutchinson_diagonal`.
    """
    return np.sum(hutchinson_diagonal(problem, x, rng, samples))
