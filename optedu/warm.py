"""Fill the cache of compiled code: ``python -m optedu.warm``.

For an image or a course machine, so that the first compiled run of the usual pairs finds its
code on disk. Prints one line per pair with the seconds it took.
"""

from __future__ import annotations

import time

import numpy as np

import optedu as oe


def pairs() -> list[tuple[object, object]]:
    """Return the pairs that a course compiles first."""
    quadratic = oe.problems.Quadratic(np.diag([1.0, 10.0]), np.ones(2))
    logistic = oe.problems.LogisticRegression(np.eye(2), np.array([1.0, -1.0]), l2=1e-3)
    methods = [
        oe.GradientDescent(step_size=0.1),
        oe.HeavyBall(step_size=0.1, momentum=0.5),
        oe.NesterovAcceleration(step_size=0.1),
    ]
    return [(method, problem) for problem in (quadratic, logistic) for method in methods]


def main() -> None:
    """Compile every pair, or load it."""
    for method, problem in pairs():
        began = time.perf_counter()
        oe.run(method, problem, np.zeros(2), max_iter=1, execution="compiled")
        seconds = time.perf_counter() - began
        print(f"{type(method).__name__} on {type(problem).__name__}: {seconds:.2f} s", flush=True)


if __name__ == "__main__":
    main()
