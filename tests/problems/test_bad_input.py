"""A mistake gets one sentence that names the problem, the argument and what was received."""

import numpy as np
import pytest

import optedu as oe

P = oe.problems
I2, v2 = np.eye(2), np.ones(2)

WRONG = [
    (lambda: P.Quadratic(np.ones((2, 3)), v2), r"Quadratic: A must be square, got shape \(2, 3\)"),
    (lambda: P.Quadratic([[0.0, 1.0], [2.0, 0.0]], v2), "Quadratic: A must be symmetric"),
    (lambda: P.Quadratic(I2, np.ones(3)), r"b must have shape \(2,\) to fit A, got \(3,\)"),
    (lambda: P.LeastSquares(I2, np.ones(3)), r"LeastSquares: b must have shape \(2,\)"),
    (lambda: P.LeastSquares(v2, v2), r"A must be a matrix \(n, d\), got shape \(2,\)"),
    (lambda: P.LeastSquares(I2, [1.0, np.nan]), "b must be finite, got nan at index 1"),
    (lambda: P.LeastSquares(I2, v2, l2=-1), "l2 must be at least 0 and finite, got -1"),
    (lambda: P.LeastSquares(I2, v2, l2=np.nan), "LeastSquares: l2 must be a number, got NaN"),
    (lambda: P.LeastSquares(np.ones((0, 2)), []), r"A is empty \(shape \(0, 2\)\)"),
    (lambda: P.LogisticRegression(I2, [0, 1]), r"y must hold -1 and \+1, got 0.0 at index 0"),
    (lambda: P.LogisticRegression(I2, [1, 2]), "got 2.0 at index 1"),
    (lambda: P.LogisticRegression(I2, [1, np.inf]), "y must be finite, got inf at index 1"),
    (lambda: P.LogisticRegression(I2, [1, -1, 1]), "LogisticRegression: y must have shape"),
    (lambda: P.SoftmaxRegression(I2, [0, -1]), "classes counted from 0, got -1 at index 1"),
    (lambda: P.SoftmaxRegression(I2, [0, 1, 2]), "SoftmaxRegression: y must have shape"),
    (lambda: P.LogSumExp(I2, v2, mu=0), "LogSumExp: mu must be positive and finite, got 0"),
    (lambda: P.HyperbolicCosine(I2, np.ones(3)), "HyperbolicCosine: b must have shape"),
    (lambda: P.HuberNorm(1.0, -1.0, v2), "HuberNorm: delta must be positive and finite, got -1"),
    (lambda: P.HuberNorm(1.0, 1.0, I2), r"HuberNorm: center must be a vector \(d,\), got"),
    (lambda: P.HuberRegression(I2, v2, delta=np.inf), "HuberRegression: delta must be positive"),
    (lambda: P.PNorm(v2, p=1.0), "PNorm: p must exceed 1, got 1.0"),
    (lambda: P.PNormRegression(I2, v2, p=0.5), "PNormRegression: p must exceed 1, got 0.5"),
    (lambda: P.NesterovWorst(1.0, 5, 4), "k must be between 1 and d, got k = 5, d = 4"),
    (lambda: P.NesterovWorst(0.0, 1, 4), "NesterovWorst: L must be positive"),
    (lambda: P.NesterovWorstStronglyConvex(1.0, 2.0, 4), "mu must be below L, got mu = 2.0"),
    (lambda: P.NesterovWorstStronglyConvex(2.0, 1.0, 0), "d must be at least 1, got 0"),
    (lambda: P.NesterovNonsmooth(0, 3), "NesterovNonsmooth: k must be between 1 and d"),
    (lambda: P.NonNegativeLinear([1.0, 0.0]), "NonNegativeLinear: c must be positive, got 0"),
    (lambda: P.Rosenbrock(b=-1.0), "Rosenbrock: b must be positive and finite, got -1"),
    (lambda: P.PenaltyI(d=0), "PenaltyI: d must be at least 1, got 0"),
    (lambda: P.L1(-0.1), "L1: weight must be at least 0 and finite, got -0.1"),
    (lambda: P.ElasticNet(0.1, -0.1), "ElasticNet: l2 must be at least 0"),
    (lambda: P.GroupL2([0, -1]), "groups must be counted from 0 to at most 1, got -1 to 0"),
    (lambda: P.GroupL2([0, 7]), "groups must be counted from 0 to at most 1, got 0 to 7"),
    (lambda: P.GroupL2(np.zeros((2, 2), dtype=int)), "GroupL2: groups must be a vector"),
    (lambda: P.Simplex(0.0), "Simplex: radius must be positive and finite, got 0"),
    (lambda: P.L2Ball(v2, -1.0), "L2Ball: radius must be positive"),
    (lambda: P.Box([0.0, 2.0], [1.0, 1.0]), "low must not exceed high, got 2.0 > 1.0 at index 1"),
    (lambda: P.Box([0.0], [1.0, 1.0]), r"arrays of one shape, got \(1,\) and \(2,\)"),
    (lambda: P.HalfSpace(0 * v2, 1.0), "HalfSpace: a must not be zero"),
    (lambda: P.HalfSpace(v2, np.inf), "HalfSpace: b must be finite, got inf"),
    (lambda: P.AffineSet([[1.0, 1.0], [1.0, 1.0]], [0.0, 1.0]), "AffineSet: no x has A x = b"),
    (lambda: P.AffineMap(I2, np.ones(3)), r"AffineMap: M must have shape \(3, 3\) to fit c"),
    (lambda: P.MatrixFactorization(v2), r"M must be a matrix \(m, n\), got shape \(2,\)"),
    (lambda: P.MatrixFactorization(np.ones((2, 3)), 3), "rank must be between 1 and 2, got 3"),
    (lambda: P.MultilayerPerceptron(I2, v2), "A and Y must be matrices with one row per obs"),
    (lambda: P.MultilayerPerceptron(I2, np.ones((3, 2))), r"got \(2, 2\) and \(3, 2\)"),
    (lambda: P.MultilayerPerceptron(I2, I2, ()), r"one to 3 positive widths, got \(\)"),
    (lambda: P.MultilayerPerceptron(I2, I2, (4, 0)), r"one to 3 positive widths, got \(4, 0\)"),
    (lambda: P.MultilayerPerceptron(I2, I2, (1, 1, 1, 1)), "one to 3 positive widths, got"),
    (lambda: P.MultilayerPerceptron(I2, [[1.0, 0.0], [0.5, 0.4]]), "got the sum 0.9 at index 1"),
    (lambda: P.MultilayerPerceptron(I2, I2, l2=-1.0), "Perceptron: l2 must be at least 0"),
    (lambda: P.generators.random_lasso(weight=-1.0), "L1: weight must be at least 0"),
]  # fmt: skip

WRONG_KIND = [
    (lambda: P.LeastSquares(1j * I2, v2), "A must hold real numbers, got dtype complex"),
    (lambda: P.SoftmaxRegression(I2, [0.5, 1.0]), "SoftmaxRegression: y must hold integers"),
    (lambda: P.NesterovWorst(1.0, 2.5, 4), "NesterovWorst: k must be an integer, got 2.5"),
    (lambda: P.MultilayerPerceptron(I2, I2, [4]), "hidden must be a tuple of integers, got"),
    (lambda: P.MultilayerPerceptron(I2, I2, (4.5,)), "hidden must be a tuple of integers, got"),
    (lambda: P.L1("heavy"), "L1: weight must be a number, got str"),
    (lambda: P.Composite(P.L1(), P.L1()), "Composite: smooth must be differentiable, but L1 has"),
    (lambda: P.Composite(P.Booth(), P.Simplex()), "must have the oracle value, which Simplex"),
    (lambda: P.Constrained(P.Booth(), P.L1()), "feasible must have the oracle project, which L1"),
    (lambda: P.Constrained(P.AbsoluteValue(v2), P.Simplex()), "objective must be differentiable"),
    (lambda: P.Constrained(P.Simplex(), P.Simplex()), "objective must have the oracle value"),
    (lambda: P.Indicator(P.L1()), "Indicator: feasible must have the oracle project"),
    (lambda: P.DouglasRachford(P.Simplex(), P.L1()), "second must have the oracle project"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "sentence"), WRONG, ids=[s for _, s in WRONG])
def test_wrong_value(make, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("make", "sentence"), WRONG_KIND, ids=[s for _, s in WRONG_KIND])
def test_wrong_kind(make, sentence):
    with pytest.raises(TypeError, match=sentence) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_inputs_of_any_kind_give_the_same_problem_and_are_not_written_to():
    rng = np.random.default_rng(0)
    A, b = rng.integers(-3, 4, (6, 3)).astype(float), rng.integers(-3, 4, 6).astype(float)
    A.flags.writeable = b.flags.writeable = False
    x = np.ones(3)
    expected = P.LeastSquares(A, b).gradient(x)
    doubled = np.repeat(np.repeat(A, 2, axis=0), 2, axis=1)
    for other in (A.tolist(), A.astype(int), A.astype(np.float32), np.asfortranarray(A),
                  doubled[::2, ::2], A.astype(">f8")):  # fmt: skip
        assert np.array_equal(P.LeastSquares(other, b.tolist()).gradient(x), expected)


def test_unknown_name_is_one_sentence():
    with pytest.raises(AttributeError, match=r"optedu\.problems has no 'Rosenbrok'"):
        _ = P.Rosenbrok
    assert {"data", "generators", "Rosenbrock", "Simplex"} <= set(dir(P))
