"""How the plan of entropic transport answers to its cost, by the implicit function theorem."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def sensitivity(P, G):
    """Return how <G, P> changes with the masses of P, at a fixed cost.

    Where P is the entropic plan, its potentials solve P 1 = a and P'1 = b. The two equations are
    differentiated, which leaves one linear system in (u, v),
        sum_j P_ij (u_i + v_j) = sum_j P_ij G_ij for each row, and the same for each column,
    of rank n + m - 1, since a number may be added to u and taken from v. It is solved by its
    Schur complement, of one equation per column, with <b, v> = 0.

    Parameters
    ----------
    P : numpy.ndarray, shape (n, m)
        The plan, positive. Entries so small that a column is 0 make the system singular.
    G : numpy.ndarray, shape (n, m)
        The matrix that P is multiplied by.

    Returns
    -------
    u : numpy.ndarray, shape (n,)
        d<G, P> = <u, da> + <v, db> for changes da and db of equal total.
    v : numpy.ndarray, shape (m,)
    """
    a, b = np.sum(P, axis=1), np.sum(P, axis=0)
    right, low = np.sum(G * P, axis=1), np.sum(G * P, axis=0)
    share = P / a.reshape((-1, 1))
    S = np.diag(b) - P.T @ share + b.reshape((-1, 1)) * b / np.sum(b)
    v = np.linalg.solve(S, low - right @ share)
    return right / a - share @ v, v


@portable
def plan_vjp(P, t, G):
    """Return the gradient with respect to the cost C of <G, P(C)>, P(C) the entropic plan.

    This is all that reverse differentiation through Sinkhorn's algorithm needs: if a loss l
    depends on C through the plan, its gradient in C is ``plan_vjp(P, t, G)`` with G the gradient
    of l in P. No iteration is stored or repeated. The masses a and b are held; how the answer
    depends on them, `sensitivity` says.

    Parameters
    ----------
    P : numpy.ndarray, shape (n, m)
        The plan, the sums of which are a and b as accurately as the answer shall be.
    t : float
        Regularization, positive.
    G : numpy.ndarray, shape (n, m)
        Gradient with respect to the plan.

    Returns
    -------
    numpy.ndarray, shape (n, m)
        P_ij (u_i + v_j - G_ij) / t, whose rows and columns sum to 0.

    References
    ----------
    luise2018; eisenberger2022.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.transport.implicit_differentiation import plan_vjp
    >>> C = np.array([[0.0, 1.0], [1.0, 0.5]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 0.5)
    >>> P = problem.plan(oe.run(oe.Sinkhorn(), problem, tol=1e-9).x)
    >>> plan_vjp(P, 0.5, np.array([[1.0, 0.0], [0.0, 0.0]])).round(3)
    array([[-0.075,  0.075],
           [ 0.075, -0.075]])
    """
    u, v = sensitivity(P, G)
    return P * (u.reshape((-1, 1)) + v - G) / t


def implicit_gradient(problem, x, G):
    """Return the gradient in the cost of a function of the plan, at solved potentials x.

    Parameters
    ----------
    problem : EntropicTransport
        Its ``plan`` and ``regularization`` are asked for.
    x : numpy.ndarray, shape (n + m,)
        Potentials, solved for.
    G : numpy.ndarray, shape (n, m), or callable
        The function's gradient with respect to the plan, or a function of the plan that gives it.

    Returns
    -------
    numpy.ndarray, shape (n, m)
    """
    P = problem.plan(x)
    return plan_vjp(P, problem.regularization, G(P) if callable(G) else np.asarray(G, dtype=float))
