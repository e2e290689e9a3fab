"""What the checks of this chapter's exercises share."""

import numpy as np


def right_step(f, V):
    """Return what one step of Nelder and Mead is called, and the vertices after it."""
    V = V[np.argsort([f(v) for v in V], kind="stable")]
    values = [f(v) for v in V]
    m, worst = V[:-1].mean(axis=0), V[-1]
    r = 2 * m - worst
    if f(r) < values[0]:
        e = 3 * m - 2 * worst
        kind, new = ("expand", e) if f(e) < f(r) else ("reflect", r)
    elif f(r) < values[-2]:
        kind, new = "reflect", r
    elif f(r) < values[-1]:
        o = (m + r) / 2
        kind, new = ("contract outside", o) if f(o) <= f(r) else ("shrink", r)
    else:
        i = (m + worst) / 2
        kind, new = ("contract inside", i) if f(i) < values[-1] else ("shrink", r)
    if kind == "shrink":
        return kind, (V + V[0]) / 2
    return kind, np.vstack((V[:-1], new))


def same_rows(U, V):
    """Return whether two matrices have the same rows, in any order."""
    left = list(np.asarray(U))
    for row in V:
        near = [k for k, other in enumerate(left) if np.allclose(row, other, rtol=1e-9, atol=1e-9)]
        if not near:
            return False
        left.pop(near[0])
    return True
