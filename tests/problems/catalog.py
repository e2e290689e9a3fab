"""One instance or more of every problem of the package, drawn from seeds, shifted and rotated."""

import numpy as np

import optedu as oe
from optedu.problems.generators import (
    quadratic_with_spectrum,
    random_composite,
    random_constrained,
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
)

P = oe.problems


def _rng(seed=20):
    return np.random.default_rng(seed)


def _labels(n, classes):
    return np.concatenate([np.arange(classes), _rng(5).integers(0, classes, n - classes)])


A, b = _rng(0).standard_normal((9, 4)), _rng(1).standard_normal(9)
point = _rng(2).standard_normal(4)

SMOOTH = {
    "quadratic": random_quadratic(6, 50.0, seed=1),
    "indefinite quadratic": quadratic_with_spectrum([3.0, 1.0, -1.0, -4.0], seed=2),
    "least squares": random_least_squares(12, 5, seed=3),
    "wide least squares": P.LeastSquares(A.T, b[:4]),
    "ridge": random_least_squares(8, 5, seed=4, l2=0.3),
    "logistic": random_logistic(15, 4, seed=5),
    "logistic without ridge": random_logistic(15, 4, seed=5, l2=0.0),
    "softmax": P.SoftmaxRegression(A, _labels(9, 3), l2=0.01),
    "log-sum-exp": P.LogSumExp(A, b, mu=0.3),
    "Huber norm": P.HuberNorm(2.5, 0.7, point),
    "Huber regression": P.HuberRegression(A, 2 * b, delta=0.6, l2=0.01),
    "4-norm": P.PNorm(point, 4.0),
    "2-norm": P.PNorm(point, 2.0),
    "3-norm regression": P.PNormRegression(A, b, 3.0),
    "worst": P.NesterovWorst(3.0, 5, 7),
    "worst, full chain": P.NesterovWorst(3.0, 6, 6),
    "worst, chain of one": P.NesterovWorst(3.0, 1, 2),
    "worst strongly convex": P.NesterovWorstStronglyConvex(10.0, 0.5, 6),
    "worst in dimension one": P.NesterovWorstStronglyConvex(10.0, 0.5, 1),
    "heavy ball cycle": P.HeavyBallCycle(),
    "quasar": P.QuasarConvexRoot(),
    "squared distance": P.SquaredDistance(P.L2Ball(point, 0.8)),
    "linear program": P.LinearProgram(
        point, np.vstack([np.eye(4), -np.eye(4), A]), np.concatenate([np.ones(8), 1 + b**2])
    ),
    "constrained": random_constrained(P.L1Ball(1.5), 5, 20.0, seed=6),
    "constrained least squares": P.Constrained(
        random_least_squares(8, 4, seed=7), P.Box(point - 1, point + 0.5)
    ),
    "half space": random_constrained(P.HalfSpace(point, -0.7), 4, 20.0, seed=8),
    "perceptron": P.MultilayerPerceptron(A[:6, :2], np.eye(3)[_labels(6, 3)], (3,), l2=0.05),
    "matrix regression": P.MatrixRegression(A[:5], _rng(9).standard_normal((3, 4)), A[4:]),
    "matrix factorization": P.MatrixFactorization(A[:3], rank=2),
}

GALLERY = {
    name: getattr(P, name)()
    for name in (
        "Rosenbrock",
        "Himmelblau",
        "Beale",
        "Booth",
        "Matyas",
        "SixHumpCamel",
        "ThreeHumpCamel",
        "GoldsteinPrice",
        "StyblinskiTang",
        "DoubleWell",
        "MonkeySaddle",
        "McCormick",
        "Branin",
        "Easom",
        "Ackley",
        "Rastrigin",
        "Levy",
        "Bohachevsky",
    )
} | {"flat Rosenbrock": P.Rosenbrock(-0.5, 3.0)}

MGH = {
    name: getattr(P, name)()
    for name in (
        "FreudensteinRoth",
        "PowellBadlyScaled",
        "BrownBadlyScaled",
        "JennrichSampson",
        "HelicalValley",
        "Bard",
        "GaussianFit",
        "BoxThreeDimensional",
        "PowellSingular",
        "Wood",
        "KowalikOsborne",
        "BrownDennis",
        "BiggsExp6",
        "PenaltyI",
        "VariablyDimensioned",
        "Trigonometric",
        "BroydenTridiagonal",
    )
}

NIST = {
    name: getattr(P, name)()
    for name in (
        "Misra1a",
        "Chwirut2",
        "DanWood",
        "Lanczos3",
        "MGH17",
        "MGH09",
        "MGH10",
        "Thurber",
        "BoxBOD",
        "Rat42",
        "Rat43",
        "Eckerle4",
    )
}
"""Their coordinates differ by many powers of ten: only near the starts are they finite."""

TAME = {name: NIST[name] for name in ("DanWood", "Lanczos3", "MGH09", "Thurber", "Rat42")}

NONSMOOTH = {
    "absolute value": P.AbsoluteValue(point, 1.5),
    "maximum": P.MaxLinear(np.vstack([A, -A[:5]]), np.concatenate([b, b[:5]])),
    "Nesterov's maximum": P.NesterovNonsmooth(3, 5, 2.0, 0.5),
    "constrained absolute value": P.NonsmoothConstrained(
        P.AbsoluteValue(np.array([3.0, 0.0])), P.L2Ball([0.0, 0.0]), np.array([1.0, 0.0])
    ),
}

REGULARIZERS = {
    "l1": P.L1(0.8),
    "l1 of weight zero": P.L1(0.0),
    "l2": P.L2(0.8),
    "squared l2": P.SquaredL2(0.8),
    "l-infinity": P.LInfinity(0.8),
    "elastic net": P.ElasticNet(0.5, 0.7),
    "groups": P.GroupL2([0, 2, 0, 1, 2, 2], 0.6),
    "blocks": P.GroupL2.blocks(2, 3, 0.6),
    "indicator of the simplex": P.Indicator(P.Simplex(2.0)),
    "absolute value": P.AbsoluteValue(_rng(3).standard_normal(6), 0.7),
    "nonnegative linear": P.NonNegativeLinear(0.1 + _rng(4).random(6)),
}

MATRIX_REGULARIZERS = {"nuclear": P.NuclearNorm(0.7)}

SETS = {
    "simplex": P.Simplex(),
    "large simplex": P.Simplex(3.0),
    "l1 ball": P.L1Ball(1.7),
    "l2 ball": P.L2Ball(_rng(6).standard_normal(6), 1.3),
    "l-infinity ball": P.LInfBall(0.9),
    "box": P.Box(-np.arange(1.0, 7.0), 0.5 * np.ones(6)),
    "degenerate box": P.Box(np.ones(6), np.ones(6)),
    "nonnegative": P.NonNegative(),
    "half space": P.HalfSpace(_rng(7).standard_normal(6), -0.4),
    "affine": P.AffineSet(_rng(8).standard_normal((2, 6)), [1.0, -2.0]),
    "affine with a repeated row": P.AffineSet(np.ones((3, 6)), [2.0, 2.0, 2.0]),
}

MATRIX_SETS = {"nuclear ball": P.NuclearBall(1.4), "psd": P.PSDCone()}

COMPOSITES = {
    "lasso": random_lasso(6, 30.0, seed=9),
    "group lasso": random_composite(P.GroupL2.blocks(2, 3, 0.8), 6, 30.0, seed=10),
    "simplex indicator": random_composite(P.Indicator(P.Simplex()), 6, 30.0, seed=11),
    "logistic with elastic net": P.Composite(random_logistic(15, 6, 12), P.ElasticNet(0.1, 0.1)),
}

OPERATORS = {
    "rotation": P.AffineMap([[0.6, -0.8], [0.8, 0.6]], [1.0, -2.0]),
    "rotation with drift": P.AffineMap(
        [[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]], [1.0, -2.0, 0.5]
    ),
    "Douglas-Rachford": P.DouglasRachford(P.L2Ball(point), P.HalfSpace(point, 0.1)),
    "alternating projections": P.AlternatingProjections(P.L2Ball(point), P.HalfSpace(point, 0.1)),
}

VECTOR_PROBLEMS = {**SMOOTH, **GALLERY, **MGH, **TAME, **NONSMOOTH, **COMPOSITES, **OPERATORS}
EVERYTHING = {
    **VECTOR_PROBLEMS,
    **{f"{name} (g)": p for name, p in (REGULARIZERS | MATRIX_REGULARIZERS).items()},
    **{f"{name} (set)": p for name, p in (SETS | MATRIX_SETS).items()},
}


def point_for(problem, rng, scale=1.0):
    """Return a random point that the problem accepts."""
    if isinstance(problem, (P.NuclearNorm, P.NuclearBall)):
        shape = (4, 3)
    elif isinstance(problem, P.PSDCone):
        shape = (4, 4)
    else:
        shape = getattr(problem, "shape", None) or (6,)
    return scale * rng.standard_normal(shape)


def outputs_for(problem, x, rng):
    """Return a random vector y that multiplies the problem's linear map or its constraints."""
    for name in ("linear_map", "constraint"):
        if hasattr(problem, name):
            return rng.standard_normal(getattr(problem, name)(x).shape)
    return rng.standard_normal(1)
