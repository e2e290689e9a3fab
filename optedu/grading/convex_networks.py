"""Checks of the exercises on networks as convex programs."""

from __future__ import annotations

import numpy as np

from optedu.convex_networks.networks import Network
from optedu.convex_networks.pieces import inner_inverse, outer_spectrum, woodbury_solve
from optedu.grading import exercise, require


def _network(rng, units, d):
    """Return random layers whose units differ in size, with a unit that says nothing."""
    hidden = rng.standard_normal((units, d)) * 10 ** rng.uniform(-1, 1, (units, 1))
    output = rng.choice([-1.0, 1.0], units) * 10 ** rng.uniform(-1, 1, units)
    output[0] = 0.0
    return hidden, output


def _read(answer, d):
    """Return the two layers of an answer as arrays."""
    require(
        isinstance(answer, tuple) and len(answer) == 2,
        "Return two arrays: hidden weights, one row per unit, and output weights.",
    )
    hidden, output = (np.asarray(part, dtype=float) for part in answer)
    require(
        hidden.ndim == 2 and hidden.shape[1] == d and output.shape == hidden.shape[:1],
        f"Hidden weights need shape (m, {d}) and output weights (m,), got {hidden.shape} and "
        f"{output.shape}.",
    )
    return hidden, output


def _decay(hidden, output):
    return 0.5 * (np.sum(hidden**2) + np.sum(output**2))


@exercise("convex_networks.balance")
def balance(answer, rng):
    """Check a function of two layers: the same function with the least weight decay."""
    for units, d in ((1, 2), (4, 3), (7, 2)):
        layers = _network(rng, units, d)
        hidden, output = _read(answer(layers[0].copy(), layers[1].copy()), d)
        Z = 3 * rng.standard_normal((50, d))
        before, after = Network(*layers).outputs(Z), Network(hidden, output).outputs(Z)
        require(
            np.allclose(before, after, rtol=1e-8, atol=1e-8),
            f"On random inputs your network differs by {np.abs(before - after).max():.2g}. If u is "
            "multiplied by c > 0, a must be divided by c.",
        )
        least = np.sum(np.linalg.norm(layers[0], axis=1) * np.abs(layers[1]))
        decay = _decay(hidden, output)
        require(
            decay <= least * (1 + 1e-8) + 1e-10,
            f"Your weight decay is {decay:.6g}, and {least:.6g} is possible. Which c makes both "
            "layers of a unit equally long, and what should a unit with a = 0 weigh?",
        )


@exercise("convex_networks.merge")
def merge(answer, rng):
    """Check a function of two layers and data: one unit for each pattern and sign."""
    for units, d in ((3, 2), (12, 2), (15, 3)):
        X = np.column_stack((rng.standard_normal((5, d - 1)), np.ones(5)))
        hidden, output = _network(rng, units, d)
        hidden = np.concatenate((hidden, 1.7 * hidden[-1:]))
        output = np.append(output, 0.6 * output[-1])
        before = Network(hidden, output)
        found = _read(answer(hidden.copy(), output.copy(), X.copy()), d)
        after = Network(*found)
        difference = np.abs(before.outputs(X) - after.outputs(X)).max()
        require(
            difference <= 1e-8 * (1 + np.abs(before.outputs(X)).max()),
            f"On the rows of X your network differs by {difference:.2g}. The sum of a_j u_j over "
            "the units of one pattern must stay.",
        )
        require(
            _decay(*found) <= _decay(hidden, output) * (1 + 1e-9),
            f"The weight decay grew from {_decay(hidden, output):.6g} to {_decay(*found):.6g}. "
            "Balance each new unit.",
        )
        rows = X @ hidden.T > 0
        used = rows.any(axis=0) & (output != 0)
        keys = {(rows[:, j].tobytes(), output[j] > 0) for j in np.flatnonzero(used)}
        require(
            len(found[1]) <= len(keys),
            f"{len(keys)} pairs of a pattern and a sign are in use, and you keep "
            f"{len(found[1])} units.",
        )


@exercise("convex_networks.solve")
def solve(answer, rng):
    """Check a function of (X, D, R, rho): the linear system of ADMM, without its matrix."""
    for n, d, m in ((6, 2, 3), (12, 4, 9), (40, 8, 2000)):
        X, D = rng.standard_normal((n, d)), (rng.random((n, m)) < 0.5) * 1.0
        R, rho = rng.standard_normal((2 * m, d)), float(10 ** rng.uniform(-1, 1))
        C = inner_inverse(X)
        e, Q = outer_spectrum(X, D, C)
        wanted = woodbury_solve(X, D, C, e, Q, R, rho)
        found = np.asarray(answer(X.copy(), D.copy(), R.copy(), rho), dtype=float)
        require(found.shape == R.shape, f"Return an array of shape {R.shape}, got {found.shape}.")
        error = np.abs(found - wanted).max() / np.abs(wanted).max()
        require(
            error <= 1e-7,
            f"With n = {n}, d = {d}, P = {m} and rho = {rho:.3g} you are off by {error:.2g}. The "
            "outputs are F x = sum_i D_i X (v_i - w_i); check the factor 2 and the sign in F'.",
        )


@exercise("convex_networks.worst-attack")
def worst_attack(answer, rng):
    """Check a function of (s, y, radius): the move e within the box with the least y <e, s>."""
    for d in (1, 2, 5):
        for k in range(6):
            s, y = rng.normal(size=d), float(rng.choice([-1.0, 1.0]))
            radius = rng.uniform(0.1, 2.0, d)
            if k == 0:
                radius[0] = 0.0
            e = np.asarray(answer(s.copy(), y, radius.copy()), dtype=float)
            require(e.shape == (d,), f"The move has one entry per feature, {d}; got {e.shape}.")
            require(
                (np.abs(e) <= radius * (1 + 1e-9)).all(),
                f"An entry moves by {np.abs(e).max():.3g}, and the radii are {radius.round(3)}.",
            )
            require(
                np.isclose(y * (e @ s), -(radius @ np.abs(s)), rtol=1e-9),
                f"With label {y:g} and weights {s.round(3)} the margin changes by "
                f"{y * (e @ s):.4g}; -{radius @ np.abs(s):.4g} is possible.",
            )


@exercise("convex_networks.trim-projection")
def trim_projection(answer, rng):
    """Check a function of (Z, Y, accuracy): the nearest answers that Net-Trim allows."""
    for n, units in ((4, 1), (5, 3), (8, 2)):
        for k in range(5):
            Y = np.maximum(rng.normal(size=(n, units)), 0.0)
            Y[0, 0], Y[1, 0] = 1.0, 0.0
            Z = Y + rng.normal(size=Y.shape)
            Z[1, 0] = -1.0 if k else 1.0
            miss = np.sqrt(np.sum((Z - Y)[Y > 0] ** 2))
            accuracy = (0.0, 0.3, 0.6, 1.5, 4.0)[k] * miss
            P = np.asarray(answer(Z.copy(), Y.copy(), accuracy), dtype=float)
            require(P.shape == Y.shape, f"The shape is that of Y, {Y.shape}; got {P.shape}.")
            require(
                (P[Y == 0] <= 1e-12).all(),
                "Where the answer is 0, what goes into the ReLU is at most 0.",
            )
            fit = np.sqrt(np.sum((P - Y)[Y > 0] ** 2))
            require(
                fit <= accuracy * (1 + 1e-9) + 1e-12,
                f"Where answers are positive you miss by {fit:.4g}, of {accuracy:.4g} allowed. "
                "All these entries share one ball.",
            )
            scale = min(1.0, accuracy / miss)
            nearest = np.where(Y > 0, Y + scale * (Z - Y), np.minimum(Z, 0.0))
            require(
                np.allclose(P, nearest, rtol=1e-8, atol=1e-10),
                f"You are {np.linalg.norm(P - Z):.4g} away, and there is an allowed matrix at "
                f"distance {np.linalg.norm(nearest - Z):.4g}. What is allowed already may stay.",
            )
