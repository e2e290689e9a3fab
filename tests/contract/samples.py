"""One or more (method, problem, start) for each method of the package, by the method's name.

All problems are rotated and shifted, and drawn from a seed.
"""

import numpy as np

import optedu as oe
from optedu.problems.activation_patterns import all_patterns
from optedu.problems.generators import (
    random_composite,
    random_constrained,
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
    random_rotation,
)
from tests.splitting.examples import samples_of as splitting


def bowl(d=5, condition=20.0, seed=11):
    """A strongly convex quadratic and a start that is far from special."""
    problem = random_quadratic(d, condition, seed, smoothness=2.0)
    return problem, start(d, seed)


def start(d, seed):
    return np.random.default_rng([seed, 1]).normal(0.5, 2.0, d)


def smooth(method):
    """Samples of a method for smooth convex problems."""
    yield (method, *bowl())
    yield (method, random_logistic(20, 4, seed=3, l2=0.1), start(4, 3))


def quadratic(method):
    yield (method, *bowl())


def residuals(method):
    """Samples of a method for nonlinear least squares, or of a model with outputs."""
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    yield method, oe.problems.Rosenbrock(), np.array([-1.2, 1.0])


def models(method):
    """Samples of a method that needs a model and its likelihood."""
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    yield (method, random_logistic(20, 4, seed=14, l2=0.1), start(4, 14))


def networks(method):
    """Samples of a method that needs a network's factors: of one linear layer, and of two."""
    rng = np.random.default_rng(21)
    A, B, C = (rng.standard_normal(shape) for shape in ((5, 3), (2, 6), (5, 6)))
    yield method, oe.problems.MatrixRegression(A, B, C), rng.standard_normal((3, 2))
    A, Y = rng.standard_normal((12, 3)), rng.standard_normal((12, 2))
    problem = oe.problems.MultilayerPerceptron(A, Y, hidden=(3,), softmax=False)
    yield method, problem, start(problem.start.size, 21)


def finite_sum(method):
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    yield (method, random_logistic(20, 4, seed=14, l2=0.1), start(4, 14))


def composite(method):
    yield (method, random_lasso(5, 20.0, seed=5, weight=0.5), start(5, 5))
    yield (method, random_composite(oe.problems.ElasticNet(0.3, 0.2), 4, 20.0, 6), start(4, 6))


def nonsmooth(method):
    rng = np.random.default_rng(8)
    yield (method, oe.problems.AbsoluteValue(rng.normal(size=4), 1.5), start(4, 8))


def constrained(method):
    yield (method, random_constrained(oe.problems.L2Ball(np.full(5, 0.3), 0.8), 5, 20.0, 9),
           start(5, 9))  # fmt: skip


def plane(method):
    Q = random_rotation(2, 4)
    A = (Q * np.array([2.0, 0.3])) @ Q.T
    yield method, oe.problems.Quadratic((A + A.T) / 2, A @ [0.4, -0.7]), np.array([1.1, 0.2])


def fixed_point(method):
    Q = random_rotation(4, 10)
    M = (Q * np.array([0.9, -0.5, 0.2, 0.7])) @ Q.T
    yield method, oe.problems.AffineMap(M, np.array([0.3, -1.0, 0.5, 2.0])), start(4, 10)


def polytope(method):
    rng = np.random.default_rng(12)
    A, inside = rng.normal(size=(9, 3)), np.array([0.4, -0.3, 0.2])
    box = np.vstack((A, np.eye(3), -np.eye(3)))
    b = box @ inside + rng.uniform(0.5, 1.5, 15)
    yield method, oe.problems.LinearProgram(rng.normal(size=3), box, b), inside + 0.05


def mirrored(method):
    """Samples of a method with mirror steps: on the simplex, and on a ball."""
    f = random_quadratic(4, 20.0, 15, smoothness=2.0)
    yield (
        method,
        oe.problems.Mirrored(f, oe.problems.EntropyGeometry()),
        np.array([0.4, 0.1, 0.2, 0.3]),
    )
    ball = oe.problems.EuclideanGeometry(oe.problems.L2Ball(np.full(4, 0.2), 0.9))
    yield method, oe.problems.Mirrored(f, ball), start(4, 15)


def games(method):
    """Samples of a method for a monotone field with mirror steps."""
    A = np.random.default_rng(16).standard_normal((3, 2))
    yield method, oe.problems.MatrixGame(A), np.array([0.5, 0.3, 0.2, 0.6, 0.4])
    yield method, oe.problems.SymmetricGame.rock_paper_scissors(1.5), np.array([0.2, 0.3, 0.5])


def rounds(method):
    """Samples of an online method with mirror steps."""
    losses = random_least_squares(12, 4, seed=17)
    geometry = oe.problems.EntropyGeometry()
    yield method, oe.problems.Mirrored(losses, geometry), np.array([0.4, 0.1, 0.2, 0.3])
    ball = oe.problems.EuclideanGeometry(oe.problems.L2Ball(np.full(4, 0.2), 0.9))
    yield method, oe.problems.Mirrored(losses, ball), start(4, 17)


def experts(method):
    """Sample of an online method for losses in [0, 1] on the simplex."""
    costs = np.random.default_rng(19).uniform(0.0, 1.0, (12, 4))
    problem = oe.problems.Mirrored(oe.problems.LinearRounds(costs), oe.problems.EntropyGeometry())
    yield method, problem, np.array([0.4, 0.1, 0.2, 0.3])


def boxed_rounds(method):
    """Sample of an online method that projects."""
    box = oe.problems.Box(np.full(4, -0.7), np.array([0.5, 0.8, 0.6, 0.9]))
    yield method, oe.problems.Constrained(random_logistic(20, 4, seed=18), box), start(4, 18)


def sparse_fit(method):
    """Samples of a greedy method: a tall system, and a wide one with a sparse solution."""
    yield (method, random_least_squares(12, 4, seed=13), start(4, 13))
    rng = np.random.default_rng(31)
    A, x = rng.standard_normal((8, 12)), np.zeros(12)
    x[[2, 7]] = 2.0, -1.5
    yield (method, oe.problems.LeastSquares(A, A @ x), start(12, 13))


def absolute_fit(method):
    rng = np.random.default_rng(32)
    A, x = rng.standard_normal((15, 5)), np.array([0.0, 2.0, 0.0, -1.0, 0.0])
    b = A @ x
    b[3] = 40.0
    yield (method, oe.problems.AbsoluteDeviations(A, b), start(5, 32))


def log_sum(method):
    penalty = oe.problems.LogSum(0.1, 0.8)
    for seed in (33, 34):
        loss = random_least_squares(12, 5, seed=seed)
        yield (method, oe.problems.Composite(loss, penalty), start(5, seed))


def split(method):
    yield (method, random_lasso(5, 20.0, seed=5, weight=0.5), start(5, 5))
    for penalty in (oe.problems.SCAD(0.3), oe.problems.MCP(0.3)):
        loss = random_least_squares(12, 5, seed=35)
        yield (method, oe.problems.SplitPenalty(loss, penalty), start(5, 35))


def sparse_set(method):
    loss = random_least_squares(12, 5, seed=36)
    yield (method, oe.problems.Constrained(loss, oe.problems.L0Ball(2)), start(5, 36))


def programs(method):
    """Samples of a method with equalities and inequalities: a quadratic program, a rotated one."""
    Q = random_rotation(4, 31)
    P, rng = (Q * np.array([3.0, 1.0, 0.5, 2.0])) @ Q.T, np.random.default_rng(31)
    A, inside = rng.normal(size=(4, 4)), rng.normal(size=4)
    b = A @ inside + np.array([0.0, 0.0, 0.2, 1.0])
    program = oe.problems.QuadraticProgram((P + P.T) / 2, rng.normal(size=4), A, b, equalities=2)
    yield method, program, start(4, 31)
    yield method, oe.problems.HS42(), np.array([1.0, 1.2, 0.8, 1.1])


def equalities(method):
    yield method, oe.problems.HS42(), np.array([1.0, 1.2, 0.8, 1.1])
    yield method, oe.problems.HS40(), np.array([0.8, 0.9, 0.7, 0.8])


def knapsack(method):
    rng = np.random.default_rng(32)
    A = rng.uniform(5.0, 60.0, (4, 15))
    profit = A.mean(axis=0) + rng.uniform(0.0, 30.0, 15)
    yield method, oe.problems.BinaryDual(-profit, A, 0.5 * A.sum(axis=1)), np.full(4, 0.3)


def tours(method):
    points = np.random.default_rng(33).uniform(0.0, 3.0, (7, 2))
    D = np.linalg.norm(points[:, None] - points, axis=2)
    yield method, oe.problems.HeldKarp(D), np.linspace(0.6, 1.4, 7)


def polygon(method):
    """Samples of a Frank-Wolfe method: a polygon, and matrices over the spectrahedron."""
    vertices = np.array([[1.0, 0.2], [0.1, 1.3], [-1.1, 0.6], [-0.7, -0.9], [0.6, -1.0]])
    Q = random_rotation(2, 15)
    f = oe.problems.Quadratic(Q @ np.diag([1.0, 3.0]) @ Q.T, np.array([1.5, 0.4]))
    yield method, oe.problems.Constrained(f, oe.problems.Polytope(vertices)), np.array([0.2, 0.1])
    rng = np.random.default_rng(16)
    A, B, C = (rng.standard_normal((3, 3)) for _ in range(3))
    f = oe.problems.MatrixRegression(A, B, C)
    yield method, oe.problems.ProjectionFree(f, oe.problems.Spectrahedron(3)), np.eye(3) / 3


def few_numbers(method):
    """Samples of a Frank-Wolfe method on a finite sum, with starts in the set."""
    f, ball = random_least_squares(12, 4, seed=13), oe.problems.L1Ball(1.5)
    yield method, oe.problems.Constrained(f, ball), 0.2 * np.ones(4)
    f = random_logistic(20, 4, seed=14, l2=0.1)
    yield method, oe.problems.ProjectionFree(f, oe.problems.Simplex()), 0.25 * np.ones(4)


def blocks(method):
    """Samples of a block-coordinate Frank-Wolfe method, with starts in the set."""
    for factor, x in ((oe.problems.Simplex(), np.array([0.5, 0.5])),
                      (oe.problems.L1Ball(0.7), np.array([0.2, -0.3]))):  # fmt: skip
        f = bowl(6, 15.0, 17)[0]
        product = oe.problems.Power(factor, blocks=3)
        yield method, oe.problems.ProjectionFree(f, product), np.tile(x, 3)


def factors(method):
    """Samples of a block method: Powell's cube, and a small factorization."""
    yield method, oe.problems.PowellCycle(), np.array([0.7, -0.3, 0.4])
    M = np.random.default_rng(18).random((4, 3))
    problem = oe.problems.NonnegativeFactorization(M, rank=2)
    yield method, problem, np.abs(np.random.default_rng(19).standard_normal((7, 2)))


def sparse_sum(method):
    """Samples of a composite finite sum."""
    loss, penalty = random_least_squares(12, 4, seed=13), oe.problems.ElasticNet(0.3, 0.2)
    yield (method, oe.problems.Composite(loss, penalty), start(4, 13))
    loss = random_logistic(20, 4, seed=14, l2=0.1)
    yield (method, oe.problems.Composite(loss, oe.problems.L1(0.05)), start(4, 14))


def ring(method):
    """Samples of a method for sparse matrices: a ring of eight, shifted."""
    A = 2.2 * np.eye(8) - np.eye(8, k=1) - np.eye(8, k=-1)
    A[0, -1] = A[-1, 0] = -1.0
    yield method, oe.problems.Quadratic(A, A @ start(8, 5)), start(8, 3)


def columns(method):
    """Samples of a method that reads a model's columns: Lasso, sparse logistic elastic net."""
    rng = np.random.default_rng(17)
    A, x = rng.standard_normal((8, 12)), np.repeat([1.5, 0.0], [3, 9])
    yield method, oe.problems.L1LeastSquares.from_matrix(A, A @ x + 0.1, 0.8), start(12, 17)
    problem = oe.problems.L1Logistic.from_matrix(A, np.sign(A @ x), 0.05, 0.01)
    yield method, problem, start(12, 18)


def assignments(method):
    """Samples of a method for the assignment problem: of any numbers, and of small integers."""
    C = np.random.default_rng(31).normal(0.5, 2.0, (4, 4))
    yield method, oe.problems.Assignment(C), np.zeros((4, 4))
    yield method, oe.problems.Assignment(np.round(C.T)), np.zeros((4, 4))


def masses(method):
    """Samples of a method for the dual potentials of entropic transport: of a cost, of points."""
    rng = np.random.default_rng(51)
    a, b = (z / z.sum() for z in (rng.uniform(0.5, 1.5, 4), rng.uniform(0.5, 1.5, 3)))
    X, Y = rng.standard_normal((4, 2)) + 3.0, 0.5 * rng.standard_normal((3, 2)) + 2.0
    yield method, oe.problems.EntropicTransport(rng.random((4, 3)), a, b, 0.2), start(7, 51)
    yield method, oe.problems.PointCloudTransport(X, Y, a, b, 2.0), 0.3 * start(7, 52)


def plans(method):
    """A sample of a method whose iterate is a transport plan."""
    rng = np.random.default_rng(53)
    a, b = (z / z.sum() for z in (rng.uniform(0.5, 1.5, 4), rng.uniform(0.5, 1.5, 3)))
    problem = oe.problems.TransportPolytope(oe.problems.LinearCost(rng.random((4, 3))), a, b)
    yield method, problem, rng.uniform(0.5, 1.5, (4, 3))


def polytope_plans(method):
    """A sample of a method for an objective over the plans of a transport polytope."""
    rng = np.random.default_rng(54)
    a, b = (z / z.sum() for z in (rng.uniform(0.5, 1.5, 4), rng.uniform(0.5, 1.5, 3)))
    problem = oe.problems.TransportPolytope(oe.problems.SampledCost(rng.random((5, 4, 3))), a, b)
    yield method, problem, rng.uniform(0.02, 0.2, (4, 3))


def convex_networks(method, *logistic):
    """Samples of a method for the convex program of a network, with either loss."""
    rng = np.random.default_rng(61)
    X = np.column_stack((rng.standard_normal(4), np.ones(4)))
    D = all_patterns(X).active
    for labels in logistic or (False,):
        y = np.array([1.0, -1.0, 1.0, -1.0]) if labels else rng.standard_normal(4)
        problem = oe.problems.ConvexReLU(X, y, D, 0.2, labels)
        yield method, problem, 0.1 * rng.standard_normal(problem.shape)


def spare_units(method):
    """Samples of pruning: sizes of units, with dependent outputs; a gated network."""
    A = np.abs(np.random.default_rng(37).standard_normal((3, 6)))
    yield method, oe.problems.UnitSizes(A, A.sum(axis=1), 0.1), np.linspace(0.4, 1.2, 6)
    D = np.random.default_rng(38).integers(0, 2, (4, 6)).astype(float)
    yield method, oe.problems.GatedReLU(A[:2, :4].T - 0.8, A[0, :4], D, 0.1), 1.0 + A[:2].T


def phases(method):
    """Samples of a method for terms with kinks: phase retrieval, with a wrong measurement too."""
    rng = np.random.default_rng(71)
    A, x = rng.standard_normal((12, 3)), rng.standard_normal(3)
    b = (A @ x) ** 2
    yield method, oe.problems.RobustPhaseRetrieval(A, b, minimum=0.0), x + 0.3 * start(3, 71)
    b[4] = 9.0
    yield method, oe.problems.RobustPhaseRetrieval(A, b), start(3, 72)


BY_ORACLES = (
    ({"operator"}, fixed_point),
    ({"jacobian_column"}, columns),
    ({"gradient", "prox"}, composite),
    ({"prox"}, nonsmooth),
    ({"gradient", "project"}, constrained),
    ({"gradient", "linear_minimizer"}, constrained),
    ({"residual"}, residuals),
    ({"jacobian"}, residuals),
    ({"gauss_newton"}, models),
    ({"fisher"}, models),
    ({"component_gradient"}, finite_sum),
    ({"component_hessian"}, models),
    ({"gradient"}, smooth),
    ({"value"}, smooth),
)
"""The samples of a method by the oracles that it calls; the first row that fits."""

SPECIAL = {
    "BregmanProjections": lambda: plans(oe.BregmanProjections(0.3)),
    "GreedySinkhorn": lambda: [next(masses(oe.GreedySinkhorn()))],
    "OverRelaxedSinkhorn": lambda: [next(masses(oe.OverRelaxedSinkhorn(1.2)))],
    "ScalingSinkhorn": lambda: [next(masses(oe.ScalingSinkhorn()))],
    "Sinkhorn": lambda: masses(oe.Sinkhorn()),
    "StabilizedSinkhorn": lambda: masses(oe.StabilizedSinkhorn()),
    "AuctionAssignment": lambda: assignments(oe.AuctionAssignment()),
    "HungarianAssignment": lambda: assignments(oe.HungarianAssignment()),
    "EpsilonScaling": lambda: [next(masses(oe.EpsilonScaling()))],
    "SafeSparseNewton": lambda: [next(masses(oe.SafeSparseNewton()))],
    "SinkhornNewtonSparse": lambda: [next(masses(oe.SinkhornNewtonSparse(2.0, 3)))],
    "MirrorSinkhorn": lambda: polytope_plans(oe.MirrorSinkhorn(0.5)),
    "StochasticMirrorSinkhorn": lambda: polytope_plans(oe.StochasticMirrorSinkhorn(0.5)),
    "AdaSketchNewton": lambda: equalities(oe.AdaSketchNewton()),
    "AugmentedLagrangian": lambda: programs(oe.AugmentedLagrangian()),
    "CuttingPlane": lambda: tours(oe.CuttingPlane(radius=1.0)),
    "DualAscent": lambda: knapsack(oe.DualAscent(0.02)),
    "FeasibleLearning": lambda: [
        (oe.FeasibleLearning(0.3), random_logistic(20, 4, seed=14, l2=0.1), start(4, 14))
    ],
    "ProximalBundle": lambda: tours(oe.ProximalBundle()),
    "QuadraticPenalty": lambda: programs(oe.QuadraticPenalty()),
    "ADMM": lambda: splitting(oe.ADMM()),
    "AISARAH": lambda: finite_sum(oe.AISARAH(batch_size=3)),
    "ConeAugmentedLagrangian": lambda: convex_networks(oe.ConeAugmentedLagrangian(), False, True),
    "ConvexNetworkADMM": lambda: convex_networks(oe.ConvexNetworkADMM()),
    "RandomBlockADMM": lambda: convex_networks(oe.RandomBlockADMM()),
    "AlternatingProjections": lambda: splitting(oe.AlternatingProjections()),
    "ChambollePock": lambda: splitting(oe.ChambollePock()),
    "CondatVu": lambda: splitting(oe.CondatVu()),
    "ConsensusADMM": lambda: splitting(oe.ConsensusADMM()),
    "DavisYin": lambda: splitting(oe.DavisYin()),
    "DouglasRachford": lambda: splitting(oe.DouglasRachford()),
    "Dykstra": lambda: splitting(oe.Dykstra()),
    "QuadraticADMM": lambda: splitting(oe.QuadraticADMM()),
    "RandomProjections": lambda: splitting(oe.RandomProjections()),
    "AbsoluteMatchingPursuit": lambda: absolute_fit(oe.AbsoluteMatchingPursuit()),
    "IterativeHardThresholding": lambda: sparse_set(oe.IterativeHardThresholding()),
    "IterativelyReweightedL1": lambda: log_sum(oe.IterativelyReweightedL1()),
    "LassoMatchingPursuit": lambda: sparse_fit(oe.LassoMatchingPursuit(0.0)),
    "NonconvexAcceleratedGradient": lambda: split(oe.NonconvexAcceleratedGradient()),
    "OptimalPruning": lambda: spare_units(oe.OptimalPruning()),
    "OrthogonalMatchingPursuit": lambda: sparse_fit(oe.OrthogonalMatchingPursuit()),
    "ProximalNewton": lambda: composite(oe.ProximalNewton()),
    "SquareRootMatchingPursuit": lambda: sparse_fit(oe.SquareRootMatchingPursuit(0.0)),
    "AdaGradMirrorDescent": lambda: boxed_rounds(oe.AdaGradMirrorDescent()),
    "BarrierMethod": lambda: polytope(oe.BarrierMethod(growth=3.0)),
    "AwayStepFrankWolfe": lambda: polygon(oe.AwayStepFrankWolfe()),
    "BlendedPairwiseFrankWolfe": lambda: polygon(oe.BlendedPairwiseFrankWolfe()),
    "BlockCoordinateFrankWolfe": lambda: blocks(oe.BlockCoordinateFrankWolfe()),
    "CenterOfGravity": lambda: plane(oe.CenterOfGravity(radius=3.0)),
    "BlockNewton": lambda: smooth(oe.BlockNewton()),
    "ACODER": lambda: composite(oe.ACODER()),
    "CODER": lambda: composite(oe.CODER(block_size=2)),
    "CyclicProximalBlockDescent": lambda: composite(oe.CyclicProximalBlockDescent(block_size=2)),
    "InexactProximalBlockMinimization": lambda: factors(oe.InexactProximalBlockMinimization()),
    "ProximalBlockMinimization": lambda: factors(oe.ProximalBlockMinimization()),
    "VRACODER": lambda: sparse_sum(oe.VRACODER(block_size=2)),
    "VarianceReducedCyclicDescent": lambda: sparse_sum(oe.VarianceReducedCyclicDescent()),
    "ConjugateGradient": lambda: quadratic(oe.ConjugateGradient()),
    "CyclicCoordinateDescent": lambda: smooth(oe.CyclicCoordinateDescent()),
    "DualAveraging": lambda: mirrored(oe.DualAveraging()),
    "EllipsoidMethod": lambda: quadratic(oe.EllipsoidMethod(radius=9.0)),
    "ForestBlockDescent": lambda: ring(oe.ForestBlockDescent()),
    "ExactGaussNewton": lambda: residuals(oe.ExactGaussNewton(batch_size=1)),
    "ExponentiatedGradient": lambda: experts(oe.ExponentiatedGradient()),
    "FollowTheRegularizedLeader": lambda: rounds(oe.FollowTheRegularizedLeader()),
    "FullyCorrectiveFrankWolfe": lambda: polygon(oe.FullyCorrectiveFrankWolfe()),
    "KFAC": lambda: networks(oe.KFAC()),
    "KieferWolfowitzFrankWolfe": lambda: few_numbers(oe.KieferWolfowitzFrankWolfe()),
    "KrylovPreconditionedGradient": lambda: quadratic(oe.KrylovPreconditionedGradient()),
    "MirrorDescent": lambda: mirrored(oe.MirrorDescent()),
    "MirrorDescentAscent": lambda: games(oe.MirrorDescentAscent()),
    "MirrorProx": lambda: games(oe.MirrorProx()),
    "MultiplicativeWeights": lambda: experts(oe.MultiplicativeWeights()),
    "OnlineMirrorDescent": lambda: rounds(oe.OnlineMirrorDescent()),
    "OnlineNewtonStep": lambda: boxed_rounds(oe.OnlineNewtonStep()),
    "OptimisticMirrorDescent": lambda: rounds(oe.OptimisticMirrorDescent()),
    "PairwiseFrankWolfe": lambda: polygon(oe.PairwiseFrankWolfe()),
    "PolynomialPreconditionedFastGradient": lambda: quadratic(
        oe.PolynomialPreconditionedFastGradient()
    ),
    "PolynomialPreconditionedGradient": lambda: quadratic(oe.PolynomialPreconditionedGradient()),
    "ProximalCoordinateDescent": lambda: composite(oe.ProximalCoordinateDescent()),
    "QASVRG": lambda: finite_sum(oe.QASVRG()),
    "RandomCoordinateDescent": lambda: smooth(oe.RandomCoordinateDescent(1.0)),
    "RandomProximalCoordinateDescent": lambda: composite(oe.RandomProximalCoordinateDescent()),
    "TwoMetricProjection": lambda: [next(composite(oe.TwoMetricProjection()))],
    "PerturbedGradientDescent": lambda: smooth(
        oe.PerturbedGradientDescent(threshold=3.0, patience=3)
    ),
    "PolyakGradientDescent": lambda: quadratic(oe.PolyakGradientDescent()),
    "RandomDirectionFrankWolfe": lambda: few_numbers(oe.RandomDirectionFrankWolfe()),
    "TargetSurrogate": lambda: models(oe.TargetSurrogate(0.1, batch_size=3)),
    "StochasticProximalPoint": lambda: phases(oe.StochasticProximalPoint()),
    "StochasticProxLinear": lambda: phases(oe.StochasticProxLinear()),
    "StochasticFrankWolfe": lambda: few_numbers(oe.StochasticFrankWolfe()),
}
"""Samples of the methods that need an argument, or a problem of their own."""


def samples(name):
    """Return the samples of a method."""
    if name in SPECIAL:
        return list(SPECIAL[name]())
    method = getattr(oe, name)()
    for oracles, family in BY_ORACLES:
        if oracles <= method.needs:
            return list(family(method))
    raise LookupError(f"{name} has no sample: add one to SPECIAL in tests/contract/samples.py")
