"""Exercises on which isolated grading is tried: a rule, a method, functions that are passed on."""

from __future__ import annotations

from optedu.exercises import Exercise


def made(name: str, answer: str, points: int, solution: str, hidden: str) -> Exercise:
    """Return an exercise that has what grading looks at."""
    public = "def public(answer):\n    require(answer is not None, 'Hand in something.')\n"
    return Exercise(
        f"test.{name}", name, "easy", points, "code", answer, statement="",
        solution_code=solution, public=public, hidden=hidden,
    )  # fmt: skip


RULE = made(
    "rule",
    "largest_step",
    2,
    solution="def largest_step(A):\n    return 2 / np.linalg.eigvalsh(A)[-1]\n",
    hidden="""
def hidden(answer, rng):
    for d in (2, 3, 5):
        basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
        A = basis @ np.diag(10 ** rng.uniform(-1, 1, d)) @ basis.T
        require(
            np.isclose(answer(A), 2 / np.linalg.eigvalsh(A)[-1], rtol=1e-9),
            "Some factor leaves [-1, 1] before.",
        )
""",
)

METHOD = made(
    "method",
    "Descent",
    5,
    solution="""
class Point(NamedTuple):
    x: np.ndarray
    k: int


@oe.method
class Descent(NamedTuple):
    step_size: float | None = None

    def resolve(self, problem):
        if self.step_size is not None:
            return self
        return self._replace(step_size=1 / problem.smoothness)

    def init(self, problem, x):
        return Point(x, 0)

    def step(self, problem, state):
        return Point(state.x - self.step_size * problem.gradient(state.x), state.k + 1)
""",
    hidden="""
def hidden(answer, rng):
    from optedu.problems.generators import random_quadratic

    problem = random_quadratic(3, 3.0, rng, smoothness=1.0)
    trace = oe.run(
        answer(), problem, np.full(3, 5.0), max_iter=60, tol=0.0, execution="python",
        progress=False,
    )
    gap = trace.values[-1] - problem.minimum
    require(0 <= gap + 1e-12 and gap <= 1e-8, f"The value is {gap:.2g} above the minimum.")
    require(np.allclose(trace.x, problem.minimizer, atol=1e-3), "That is not the minimizer.")
    require(trace.counts["gradient"] <= 130, "More gradients than steps.")
""",
)

ESTIMATE = made(
    "estimate",
    "estimate",
    3,
    solution="""
def estimate(product, d, rng):
    z = rng.choice([-1.0, 1.0], d)
    return z * product(z)
""",
    hidden="""
def hidden(answer, rng):
    H = rng.standard_normal((3, 3))
    H = H + H.T
    calls = []

    def product(v):
        calls.append(1)
        return H @ v

    n = 400
    found = np.array([answer(product, 3, rng) for _ in range(n)])
    require(len(calls) == n, "Use one product for each estimate.")
    error = np.abs(found.mean(axis=0) - np.diag(H))
    scatter = np.sqrt(np.sum(H**2, axis=1) / n)
    require((error < 6 * scatter).all(), "The mean is not the diagonal.")
""",
)
