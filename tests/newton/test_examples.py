import numpy as np

from optedu.testing import check_problem
from tests.newton.examples import double_well, orders, root_of_one_plus_square


def test_orders_of_known_sequences():
    k = np.arange(6)
    np.testing.assert_allclose(orders(0.3 ** (2.0**k), 1e-40, 1), 2)
    np.testing.assert_allclose(orders(0.3 ** (1.5**k), 1e-40, 1), 1.5)
    np.testing.assert_allclose(orders(0.3**k, 1e-40, 2), 1)


def test_derivatives():
    check_problem(double_well()[0], seed=1, around=np.full(4, 0.5), radius=1)
    check_problem(root_of_one_plus_square(), seed=1, around=np.array([0.7]), radius=1)
