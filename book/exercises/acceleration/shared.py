"""What the checks of this chapter's exercises share."""

import numpy as np

import optedu as oe


def at_end(method, problem, start, k):
    """Return where k steps lead."""
    trace = oe.run(method, problem, start, max_iter=k, tol=0.0, execution="python", progress=False)
    return trace.x


def by_gradients(method, problem, start, k):
    """Return the trace of k steps on the problem, of which value and gradient alone are shown."""
    shown = oe.Problem.from_functions(problem.value, gradient=problem.gradient)
    return oe.run(method, shown, start, max_iter=k, tol=0.0, execution="python", progress=False)


def frugal(trace):
    """Return whether the method asked for one gradient per step, and one more, and no more."""
    asked = dict(trace.counts)
    return asked.pop("gradient", 0) <= trace.iterations[-1] + 1 and not asked


def last_theta(k):
    """Return the theta of the last of k steps, which is larger than the plain sequence's."""
    theta = 1.0
    for i in range(k):
        theta = (1 + np.sqrt((8 if i == k - 1 else 4) * theta**2 + 1)) / 2
    return theta


def walker(method, k):
    """Return the map from a slope to where k steps lead on the Huber function of this slope."""

    def walk(slope):
        return float(at_end(method, oe.problems.HuberNorm(1.0, float(slope), [0.0]), [1.0], k)[0])

    return walk
