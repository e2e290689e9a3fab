import optedu.cuda.target  # noqa: F401  (before tests import numba.cuda)
