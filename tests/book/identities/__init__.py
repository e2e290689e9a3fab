"""What the chapters display, evaluated: one check per label, one module per chapter."""

from tests.book.identities import (
    acceleration,
    applied_transport,
    coordinate,
    cubic,
    curvature,
    duality,
    fast_transport,
    foundations,
    gradient,
    landscape,
    mirror,
    newton,
    projection_free,
    proximal,
    splitting,
    transport,
)
from tests.book.identities.statements import CHECKS

__all__ = [
    "CHECKS", "acceleration", "applied_transport", "coordinate", "cubic", "curvature", "duality",
    "fast_transport", "foundations", "gradient", "landscape", "mirror", "newton", "projection_free",
    "proximal", "splitting", "transport",
]  # fmt: skip
