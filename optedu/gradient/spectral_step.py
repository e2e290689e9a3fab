"""The two step sizes of Barzilai and Borwein, shared by the methods that use them."""

from __future__ import annotations

from optedu.line_search import inner
from optedu.protocol import portable


@portable
def spectral_step(s, y, short, otherwise):
    """<s, s> / <s, y>, or <s, y> / <y, y> when short; `otherwise` where <s, y> <= 0.

    The long step is the inverse of a Rayleigh quotient of the mean Hessian H between the two
    points, y = H s; the short one, by Cauchy and Schwarz, is never longer.
    """
    curvature = inner(s, y)
    if not curvature > 0.0:
        return otherwise
    if short:
        return curvature / inner(y, y)
    return inner(s, s) / curvature
