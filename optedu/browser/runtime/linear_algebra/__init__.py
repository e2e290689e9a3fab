"""The part of BLAS and LAPACK that Numba calls, as plain loops on double precision numbers.

Matrices are flat and column-major, as in LAPACK: entry (i, j) of ``a`` is ``a[i + lda * j]``.
Arguments keep LAPACK's names, order and meaning; characters have become booleans, and a routine
returns LAPACK's ``info``: 0, or what it says below. Nothing is checked that Numba checks before
it calls: entries are finite, sizes agree.

Each docstring names the symbol of Numba that the routine stands behind; the leading ``kind`` of
those is always ``'d'``.
"""

from optedu.browser.runtime.linear_algebra.eigenvalues import syevd
from optedu.browser.runtime.linear_algebra.elimination import gesv, getrf, getri, potrf
from optedu.browser.runtime.linear_algebra.products import dot, gemm, gemv, nrm2
from optedu.browser.runtime.linear_algebra.reflections import geqrf, orgqr
from optedu.browser.runtime.linear_algebra.singular_values import gelsd, svd

__all__ = [
    "dot",
    "gelsd",
    "gemm",
    "gemv",
    "geqrf",
    "gesv",
    "getrf",
    "getri",
    "nrm2",
    "orgqr",
    "potrf",
    "svd",
    "syevd",
]
