"""What the checks of this chapter's exercises share."""

import numpy as np

import optedu as oe


def quadratics(rng):
    """Yield quadratics in 1 to 9 variables, each with a point."""
    for d in (1, 2, 5, 9):
        basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
        matrix = basis @ np.diag(10 ** rng.uniform(-1, 1, d)) @ basis.T
        problem = oe.problems.Quadratic((matrix + matrix.T) / 2, rng.standard_normal(d))
        yield problem, rng.standard_normal(d)
