"""One instance or more of every problem of the package, drawn from seeds, shifted and rotated."""

import numpy as np

import optedu as oe
from optedu.problems.activation_patterns import all_patterns
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
    "hyperbolic cosine": P.HyperbolicCosine(A, b),
    "wide hyperbolic cosine": P.HyperbolicCosine(A[:3], b[:3]),
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
    "nonnegative factorization": P.NonnegativeFactorization(A[:3] ** 2, rank=2),
    "Powell's cycle": P.PowellCycle(offset=0.3),
    "roots of unity": P.RootsOfUnity(5),
    "projection-free": P.ProjectionFree(random_quadratic(6, 9.0, 33), P.Power(P.Simplex(), 2)),
    "noisy quadratic": P.NoisyQuadratic(random_quadratic(4, 9.0, 34).A, A),
    "matrix completion": P.MatrixCompletion(A, (b[:, None] > 0) * 1.0 + (A > 0)),
    "re-basin": P.Rebasin(A[:3], A[2:5], A[:2, :3], A[3:5, 1:], A[:2], A[4:6], 0.8),
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
        "McKinnon",
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
    "slanted kink": P.SlantedKink(0.7, 0.4),
    "maximum": P.MaxLinear(np.vstack([A, -A[:5]]), np.concatenate([b, b[:5]])),
    "Nesterov's maximum": P.NesterovNonsmooth(3, 5, 2.0, 0.5),
    "absolute deviations": P.AbsoluteDeviations(A, b),
    "square-root loss": P.SquareRootLoss(A, b),
    "phase retrieval": P.RobustPhaseRetrieval(A, b),
    "exact phase retrieval": P.RobustPhaseRetrieval(A, (A @ point) ** 2, minimum=0.0),
    "constrained absolute value": P.NonsmoothConstrained(
        P.AbsoluteValue(np.array([3.0, 0.0])), P.L2Ball([0.0, 0.0]), np.array([1.0, 0.0])
    ),
}

REGULARIZERS = {
    "l1": P.L1(0.8),
    "l1 of weight zero": P.L1(0.0),
    "weighted l1": P.WeightedL1([0.0, 0.5, 1.0, 1.5, 0.2, 0.8]),
    "indicator of a box": P.Indicator(P.Box(-np.arange(1.0, 7.0), 0.5 * np.ones(6))),
    "l2": P.L2(0.8),
    "squared l2": P.SquaredL2(0.8),
    "squared error": P.SquaredError(_rng(34).standard_normal(6), 0.8),
    "l-infinity": P.LInfinity(0.8),
    "elastic net": P.ElasticNet(0.5, 0.7),
    "groups": P.GroupL2([0, 2, 0, 1, 2, 2], 0.6),
    "blocks": P.GroupL2.blocks(2, 3, 0.6),
    "indicator of the simplex": P.Indicator(P.Simplex(2.0)),
    "absolute value": P.AbsoluteValue(_rng(3).standard_normal(6), 0.7),
    "nonnegative linear": P.NonNegativeLinear(0.1 + _rng(4).random(6)),
    "sparse envelope": P.GroupSparseEnvelope.of_entries(6, 2, 0.7),
    "group sparse envelope": P.GroupSparseEnvelope([0, 2, 0, 1, 2, 2], [1.0, 0.5, 2.0], 1.8, 0.6),
}

NONCONVEX_REGULARIZERS = {
    "l0": P.L0(0.8),
    "SCAD": P.SCAD(0.5),
    "MCP": P.MCP(0.5, 2.8),
    "log-sum": P.LogSum(0.4, 1.1),
    "log-sum that jumps": P.LogSum(0.5, 0.1),
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

SPARSE_SETS = {"sparse vectors": P.L0Ball(2)}

MATRIX_SETS = {"nuclear ball": P.NuclearBall(1.4), "psd": P.PSDCone()}

VERTEX_SETS = {
    "octahedron": P.Polytope(np.vstack((np.eye(6), -np.eye(6))) @ _rng(30).standard_normal((6, 6))),
    "hull of few points": P.Polytope(_rng(31).standard_normal((5, 6))),
    "three simplices": P.Power(P.Simplex(), blocks=3),
    "two balls": P.Power(P.L2Ball(_rng(32).standard_normal(3)), blocks=2),
    "Birkhoff": P.Birkhoff(4),
    "spectrahedron": P.Spectrahedron(4, 1.3),
    "trace-norm ball": P.TraceNormBall(4, 3, 1.4),
}
"""Sets known by their vertices, or by a linear minimizer; some have no projection."""

COMPOSITES = {
    "lasso": random_lasso(6, 30.0, seed=9),
    "group lasso": random_composite(P.GroupL2.blocks(2, 3, 0.8), 6, 30.0, seed=10),
    "simplex indicator": random_composite(P.Indicator(P.Simplex()), 6, 30.0, seed=11),
    "logistic with elastic net": P.Composite(random_logistic(15, 6, 12), P.ElasticNet(0.1, 0.1)),
}

SPLIT_PENALTIES = {
    "least squares with MCP, split": P.SplitPenalty(random_least_squares(8, 4, 13), P.MCP(0.4)),
}

OPERATORS = {
    "rotation": P.AffineMap([[0.6, -0.8], [0.8, 0.6]], [1.0, -2.0]),
    "rotation with drift": P.AffineMap(
        [[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]], [1.0, -2.0, 0.5]
    ),
    "Douglas-Rachford": P.DouglasRachford(P.L2Ball(point), P.HalfSpace(point, 0.1)),
    "alternating projections": P.AlternatingProjections(P.L2Ball(point), P.HalfSpace(point, 0.1)),
}

_simplex = P.EntropyGeometry()
MIRRORED = {
    "linear rounds": P.LinearRounds(A),
    "quadratic rounds": P.QuadraticRounds(A, 0.7),
    "entropy": P.Mirrored(random_quadratic(4, 20.0, seed=15), _simplex),
    "experts": P.Mirrored(P.LinearRounds(A), _simplex),
    "Tsallis": P.Mirrored(random_quadratic(4, 20.0, seed=15), P.TsallisGeometry(0.4)),
    "log barrier": P.Mirrored(random_quadratic(4, 20.0, seed=15), P.LogBarrierGeometry()),
    "p-norm": P.Mirrored(random_least_squares(9, 4, seed=16), P.PNormGeometry(1.3, 1.2)),
    "Euclidean": P.Mirrored(
        random_least_squares(9, 4, seed=16), P.EuclideanGeometry(P.L2Ball(point, 0.8))
    ),
    "portfolio": P.Portfolio(np.exp(0.2 * A)),
    "matrix game": P.MatrixGame(A),
    "projected matrix game": P.MatrixGame(A[:3], False),
    "symmetric game": P.SymmetricGame.rock_paper_scissors(1.5),
}
"""Problems with mirror steps, in rounds, and games; their values may end at a border."""

MATRIX_MIRRORS = {"matrix entropy": P.MatrixEntropyGeometry()}

DUALITY = {
    "quadratic program": P.QuadraticProgram(
        np.diag([2.0, 1.0, 0.5, 0.0]) + 0.1, point, A, np.abs(b), equalities=2
    ),
    "knapsack dual": P.BinaryDual(-np.arange(3.0, 9.0), 1 + np.abs(A[:6].T), np.arange(4.0, 8.0)),
    "Held-Karp": P.HeldKarp(np.abs(np.subtract.outer(b, b))),
    "optimality margin": P.OptimalityMargin(
        _rng(13).standard_normal((5, 2, 3)), _rng(14).standard_normal((5, 2)), 0.1
    ),
    "HS6": P.HS6(),
    "HS7": P.HS7(),
    "HS28": P.HS28(),
    "HS39": P.HS39(),
    "HS40": P.HS40(),
    "HS42": P.HS42(),
}
"""Problems with constraints, and Lagrangian duals."""

_mixed = P.SumOfTwo(P.SquaredError(point, 0.7), P.L1(0.6))
_agents = _rng(30).standard_normal((3, 4, 2))
SPLIT = {
    "sum of two": _mixed,
    "smooth sum of two": P.SmoothSumOfTwo(random_least_squares(9, 4, seed=31), *_mixed),
    "lasso behind its matrix": P.LinearComposite(P.L1(0.4), A, P.SquaredError(b)),
    "total variation": P.TotalVariation(b, 0.4),
    "fused lasso": P.FusedLasso(A, b, 0.4, 0.3),
    "box program": P.BoxProgram(A.T @ A, point, A, -np.ones(9), b**2),
    "agents": P.ConsensusLeastSquares(_agents, _rng(32).standard_normal((3, 4))),
    "logistic agents": P.ConsensusLogistic(_agents, np.sign(_rng(33).standard_normal((3, 4))), 0.1),
    "two sets": P.IntersectionOfTwo(P.L2Ball(point), P.HalfSpace(point, 0.1)),
    "half-spaces": P.HalfSpaces(A, b),
    "sphere": P.Sphere(point, 1.3),
    "hyperplanes": P.Hyperplanes(A[:3], b[:3]),
    "network feasibility": P.NetworkFeasibility(A[:3, :2], [1.0, -1.0, 1.0], 2),
}
"""Problems whose terms or sets are met one at a time."""

_thinned = np.where(np.abs(A) > 0.7, A, 0.0)
_sparse_A = P.SparseColumns(
    _thinned.T[_thinned.T != 0],
    np.nonzero(_thinned.T)[1],
    np.concatenate([[0], np.cumsum((_thinned != 0).sum(axis=0))]),
    np.nonzero(_thinned.T)[0],
    9,
)
MODELS = {
    "dense columns": P.DenseColumns(A.T),
    "sparse columns": _sparse_A,
    "l1 least squares": P.L1LeastSquares.from_matrix(A, b, 0.4),
    "sparse elastic net": P.L1LeastSquares(_sparse_A, b, 0.4, 0.3),
    "l1 logistic": P.L1Logistic.from_matrix(A, np.sign(b), 0.1),
    "sparse l1 logistic": P.L1Logistic(_sparse_A, np.sign(b), 0.1, 0.2),
}
"""Linear models stored by columns, and their matrices."""

_masses = np.abs(_rng(41).standard_normal((2, 3))) + 0.2
_masses = _masses / _masses.sum(axis=1, keepdims=True)
_line = np.subtract.outer(np.linspace(0.0, 1.0, 4), np.linspace(0.1, 0.8, 3)) ** 2
MASSES = {
    "entropic transport": P.EntropicTransport(
        A[:4, :3], _line.sum(1) / _line.sum(), _masses[0], 0.4
    ),
    "points": P.PointCloudTransport(A[:4, :2], A[5:8, :2], np.full(4, 0.25), _masses[1], 1.5),
    "assignment": P.Assignment(A[:4, :4]),
    "unbalanced transport": P.UnbalancedTransport(A[:2, :3] + 0.3, 3 * _masses[0, :2], _masses[1]),
    "Sinkhorn divergence": P.SinkhornDivergence(A[:3, :2], _masses[0], _masses[1], 0.7),
    "entropic barycenter": P.EntropicBarycenter(_masses, _line, [0.3, 0.7], 0.4),
}
"""Relatives of entropic transport."""
_plan_masses = np.full(4, 0.25), _masses[0]
PLANS = {
    "linear cost": P.LinearCost(A[:4, :3]),
    "cost with a square": P.LinearCost(A[:4, :3], 0.7),
    "sampled cost": P.SampledCost(np.stack([A[:4, :3], A[4:8, :3]])),
    "transport polytope": P.TransportPolytope(P.LinearCost(A[:4, :3], 0.7), *_plan_masses),
    "quadratic transport": P.SparseTransport(A[:4, :3], *_plan_masses, 0.4, 4),
    "sparse transport": P.SparseTransport(A[:4, :3], *_plan_masses, 0.4, 2),
    "class transport": P.ClassTransport(A[:4, :3], *_plan_masses, A[:2, :4], A[:3, :3], 0.3),
}
"""Costs of plans, and relatives of transport with a square or a sum of norms."""


_unit = A[:, :3] / np.linalg.norm(A[:, :3], axis=1, keepdims=True)
AT_WORK = {
    "sliced": P.SlicedWasserstein(A[:5, :3] + 0.4, _unit[:4]),
    "max-sliced": P.MaxSlicedWasserstein(A[:5], 2 * A[4:] + 1),
    "augmented sliced": P.AugmentedSliced(A[:5, :2], 2 * A[4:, 1:3] + 1, _unit, 2, 0.3),
    "light bridge": P.LightBridge(A[:5, :2], A[:, 1:3] + 1, 0.5, 2),
    "entropic potential": P.EntropicPotential(A[:, :2] + 0.5, 0.3 * b, 0.6),
    "normal divergence": P.GaussianDivergence(0.4, 1.3),
    "quantile divergence": P.QuantileDivergence(5, -0.4, 0.3),
    "variational step": P.VariationalStep(A[:, :1] + 0.5, _rng(35).standard_normal((200, 1))),
}
"""Problems that use transport: slices, flows, bridges."""

_bent = np.column_stack((A[:6, 0], np.ones(6)))
_gates = all_patterns(_bent).active
CONVEX_NETWORKS = {
    "gated network": P.GatedReLU(_bent, b[:6], _gates, 0.2),
    "gated classifier": P.GatedReLU(_bent, np.sign(b[:6]), _gates[:, :5], 0.2, True),
    "convex network": P.ConvexReLU(_bent, b[:6], _gates, 0.2),
    "convex classifier": P.ConvexReLU(_bent, np.sign(b[:6]), _gates[:, :5], 0.2, True),
    "gated network of three outputs": P.VectorGatedReLU(_bent, A[:6, 1:], _gates[:, :4], 0.2),
    "robust network": P.RobustConvexReLU(_bent, np.sign(b[:6]), _gates[:, :3], [0.2, 0.0], 0.1),
    "layer to trim": P.NetTrim(A[:5, :3], np.maximum(A[:5, :3] @ A[:3, :2], 0.0), 0.3),
    "network": P.TwoLayerReLU(_bent, b[:6], 3, 0.2),
    "network that classifies": P.TwoLayerReLU(_bent, np.sign(b[:6]), 3, 0.2, True),
}
"""Two-layer networks as convex programs."""
CONVEX_NETWORKS["layer to trim in graph form"] = P.GraphForm.of(CONVEX_NETWORKS["layer to trim"])

_sizes = np.maximum(_rng(36).standard_normal((6, 4)), 0.0) + 0.1
UNIT_SIZES = {
    "unit sizes": P.UnitSizes(_sizes, 1.0 + b[:6], 0.3),
    "unit sizes, labels": P.UnitSizes(_sizes, np.array([1.0, -1, 1, 1, -1, 1]), 0.1, True),
}
"""Networks whose units are known up to their sizes."""

VECTOR_PROBLEMS = {**SMOOTH, **GALLERY, **MGH, **TAME, **NONSMOOTH, **COMPOSITES, **OPERATORS}
EVERYTHING = {
    **UNIT_SIZES,
    **AT_WORK,
    **CONVEX_NETWORKS,
    **MASSES,
    **MODELS,
    **VECTOR_PROBLEMS,
    **SPLIT,
    **MIRRORED,
    **MATRIX_MIRRORS,
    **DUALITY,
    **{f"{name} (g)": p for name, p in (REGULARIZERS | MATRIX_REGULARIZERS).items()},
    **{f"{name} (g)": p for name, p in NONCONVEX_REGULARIZERS.items()},
    **SPLIT_PENALTIES,
    **{f"{name} (set)": p for name, p in (SETS | MATRIX_SETS | VERTEX_SETS).items()},
    **{f"{name} (set)": p for name, p in SPARSE_SETS.items()},
}


def point_for(problem, rng, scale=1.0):
    """Return a random point that the problem accepts."""
    if isinstance(problem, (P.NuclearNorm, P.NuclearBall)):
        shape = (4, 3)
    elif isinstance(problem, (P.PSDCone, P.MatrixEntropyGeometry)):
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
