"""Real data, read from scikit-learn."""

import sys

import numpy as np
import pytest

import optedu as oe

data = oe.problems.data
SHAPES = {
    "breast_cancer": (569, 30),
    "diabetes": (442, 10),
    "digits": (1797, 64),
    "wine": (178, 13),
    "iris": (150, 4),
}


@pytest.mark.parametrize("name", SHAPES)
def test_columns_are_standardized(name):
    A, y = getattr(data, name)()
    assert A.shape == SHAPES[name]
    assert y.shape == SHAPES[name][:1]
    assert A.flags.c_contiguous
    assert A.mean(axis=0) == pytest.approx(np.zeros(A.shape[1]), abs=1e-12)
    deviation = A.std(axis=0)
    assert deviation[deviation > 0] == pytest.approx(1.0)
    assert np.count_nonzero(deviation == 0) == (3 if name == "digits" else 0)


@pytest.mark.parametrize("name", SHAPES)
def test_intercept_is_a_column_of_ones_in_front(name):
    A, y = getattr(data, name)()
    B, z = getattr(data, name)(intercept=True)
    assert (B[:, 0] == 1).all()
    assert np.array_equal(B[:, 1:], A)
    assert np.array_equal(y, z)


def test_labels():
    _, y = data.breast_cancer()
    assert (np.count_nonzero(y == 1), np.count_nonzero(y == -1)) == (357, 212)
    _, y = data.diabetes()
    assert (y.mean(), y.std()) == pytest.approx((0.0, 1.0), abs=1e-12)
    for name, classes in (("digits", 10), ("wine", 3), ("iris", 3)):
        _, y = getattr(data, name)()
        assert y.dtype == np.int64
        assert set(y) == set(range(classes))


def test_data_fits_its_problems():
    P = oe.problems
    for A, y in (data.breast_cancer(), data.digits(pair=(3, 8))):
        assert P.LogisticRegression(A, y).value(np.zeros(A.shape[1])) == pytest.approx(np.log(2))
    A, y = data.wine(intercept=True)
    problem = P.SoftmaxRegression(A, y)
    assert problem.value(problem.start) == pytest.approx(np.log(3))


def test_a_pair_of_digits():
    A, y = data.digits(pair=(3, 8))
    assert (np.count_nonzero(y == -1), np.count_nonzero(y == 1)) == (183, 174)
    assert A.shape == (357, 64)
    with pytest.raises(ValueError, match="pair must be two different digits"):
        data.digits(pair=(3, 3))


def test_without_scikit_learn_there_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="iris is read from scikit-learn, which is missing"):
        data.iris()
