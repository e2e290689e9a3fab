"""From one inequality: how fast the gradient flow descends, how far it goes, how well it learns.

The gradient flow x' = -grad f(x) from x_0 satisfies the uniform Lojasiewicz inequality with
constants c > 0 and theta in [1/2, 1) when ||grad f(x)|| >= c (f(x) - f*)^theta all along its way.
Then, with the gap D(t) = f(x(t)) - f*,

    theta = 1/2:  D(t) <= D(0) exp(-c^2 t)
    theta > 1/2:  D(t) <= (D(0)^(1 - 2 theta) + (2 theta - 1) c^2 t)^(-1 / (2 theta - 1))
    length of the way <= D(0)^(1 - theta) / (c (1 - theta))

(D' = -||grad f||^2 <= -c^2 D^(2 theta), and the length integrates ||grad f|| <= -D' / (c D^theta)).
All three are equalities for f(x) = |x|^p, where theta = 1 - 1/p and c = p. Least squares have
theta = 1/2 and c^2 = 2 lambda, lambda the smallest positive eigenvalue of the Hessian.

liu2022 derives these, and bounds the generalization gap by the Rademacher complexity of the ball
that the way can reach. `generalization_bound` does this for linear regression, in the textbook
form stated there; the constants are ours, not those of the paper.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Flow(NamedTuple):
    """A gradient flow.

    Parameters
    ----------
    times : numpy.ndarray, shape (n,)
    points : numpy.ndarray, shape (n, d)
    values : numpy.ndarray, shape (n,)
        f along the way.
    lengths : numpy.ndarray, shape (n,)
        Length of the way so far.
    """

    times: np.ndarray
    points: np.ndarray
    values: np.ndarray
    lengths: np.ndarray


def gradient_flow(problem: Any, x0: Any, times: Any, rtol: float = 1e-10) -> Flow:
    """Integrate x' = -grad f(x), by a method that notices stiffness.

    Parameters
    ----------
    problem : problem
        With ``value`` and ``gradient``.
    x0 : array_like, shape (d,)
    times : array_like, shape (n,)
        Increasing, the first is 0.
    rtol : float
        Relative tolerance of the integration; the absolute one is 1e-6 of it.

    Returns
    -------
    Flow

    Raises
    ------
    RuntimeError
        If the integration fails.
    """
    from scipy.integrate import solve_ivp

    x0, times = np.asarray(x0, dtype=float), np.asarray(times, dtype=float)

    def velocity(_: float, state: np.ndarray) -> np.ndarray:
        g = problem.gradient(np.ascontiguousarray(state[:-1]))
        return np.append(-g, np.sqrt(np.sum(g * g)))

    solved = solve_ivp(
        velocity,
        (times[0], times[-1]),
        np.append(x0, 0.0),
        "LSODA",
        times,
        rtol=rtol,
        atol=1e-6 * rtol,
    )
    if not solved.success:
        raise RuntimeError(f"the gradient flow could not be integrated: {solved.message}")
    points = np.ascontiguousarray(solved.y[:-1].T)
    values = np.array([problem.value(x) for x in points])
    return Flow(solved.t, points, values, solved.y[-1])


def gap_bound(gap: float, c: float, theta: float, t: Any) -> Any:
    """Return the bound on f(x(t)) - f* that the inequality gives.

    Parameters
    ----------
    gap : float
        f(x_0) - f*.
    c, theta : float
        Constants of the inequality; 1/2 <= theta < 1.
    t : float or numpy.ndarray
        Times.

    Returns
    -------
    float or numpy.ndarray

    Examples
    --------
    >>> gap_bound(1.0, 2.0, 0.75, 1.0)  # |x|^4 from a point of value 1 would have c = 4
    0.1111111111111111
    """
    _require_exponent(theta)
    if theta == 0.5:
        return gap * np.exp(-(c**2) * t)
    rate = 2 * theta - 1
    return (gap**-rate + rate * c**2 * t) ** (-1 / rate)


def length_bound(gap: float, c: float, theta: float) -> float:
    """Return the bound on the length of the whole way.

    Parameters
    ----------
    gap : float
        f(x_0) - f*.
    c, theta : float
        Constants of the inequality; 1/2 <= theta < 1.

    Returns
    -------
    float
    """
    _require_exponent(theta)
    return gap ** (1 - theta) / (c * (1 - theta))


def _require_exponent(theta: float) -> None:
    if not 0.5 <= theta < 1:
        raise ValueError(f"theta must be at least 1/2 and below 1, got {theta}")


def least_squares_constant(A: np.ndarray) -> float:
    """Return c with ||grad f|| >= c sqrt(f - f*) everywhere, for f = ||A x - b||^2 / 2.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        Of any rank, not zero.

    Returns
    -------
    float
        sqrt(2) times the smallest positive singular value of A.
    """
    singular = np.linalg.svd(np.asarray(A, dtype=float), compute_uv=False)
    positive = singular[singular > max(np.shape(A)) * np.finfo(float).eps * singular[0]]
    return float(np.sqrt(2.0) * positive[-1])


def linear_rademacher_bound(X: np.ndarray, radius: float) -> float:
    """Return the bound on the Rademacher complexity of {x -> <w, x> : ||w - w_0|| <= radius}.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Sample, one row per point.
    radius : float

    Returns
    -------
    float
        radius ||X||_F / n, attained by orthogonal rows.
    """
    return radius * float(np.linalg.norm(X)) / len(X)


def generalization_bound(
    n: int, radius: float, features: float, residual: float, delta: float = 0.05
) -> float:
    """Return a bound on (population - training) mean squared error of a linear model.

    With probability 1 - delta over n independent samples with ||x|| <= features, for every w
    with ||w - w_0|| <= radius,

        E (<w, x> - y)^2 - mean_i (<w, x_i> - y_i)^2
            <= 4 M radius features / sqrt(n) + M^2 sqrt(log(1 / delta) / (2 n)),

    where M >= |<w, x> - y| on that ball: symmetrization, the contraction lemma for the square
    (which is 2 M-Lipschitz there), and McDiarmid's inequality. A length bound that is computed
    from the same sample may replace `radius` after rounding it up to a power of two 2^j R_0 and
    delta down to 6 delta / (pi (j + 1))^2; see `radius_after_training`.

    Parameters
    ----------
    n : int
        Number of samples.
    radius : float
        Of the ball around w_0, fixed before the sample is seen.
    features : float
        Bound on ||x||.
    residual : float
        M, a bound on |<w, x> - y| for all w of the ball and all (x, y).
    delta : float
        Probability that the bound fails.

    Returns
    -------
    float
    """
    complexity = 4 * residual * radius * features / np.sqrt(n)
    return float(complexity + residual**2 * np.sqrt(np.log(1 / delta) / (2 * n)))


def radius_after_training(length: float, unit: float, delta: float) -> tuple[float, float]:
    """Return a radius and a probability that make a length known only after training usable.

    Parameters
    ----------
    length : float
        Length, or length bound, of the way that training took.
    unit : float
        R_0, fixed before the sample is seen.
    delta : float
        Probability that the bound may fail in all.

    Returns
    -------
    tuple of float
        (2^j unit, 6 delta / (pi (j + 1))^2) with the smallest j >= 0 that covers the length; the
        probabilities of all j add up to delta.
    """
    j = max(0, int(np.ceil(np.log2(length / unit))))
    return 2.0**j * unit, 6 * delta / (np.pi * (j + 1)) ** 2
