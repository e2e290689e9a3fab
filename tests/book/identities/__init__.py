"""What the chapters display, evaluated: one check per label, one module per chapter."""

from tests.book.identities import (
    acceleration,
    coordinate,
    cubic,
    curvature,
    duality,
    foundations,
    gradient,
    landscape,
    mirror,
    newton,
    projection_free,
    proximal,
    splitting,
)
from tests.book.identities.statements import CHECKS

__all__ = [
    "CHECKS", "acceleration", "coordinate", "cubic", "curvature", "duality", "foundations",
    "gradient", "landscape", "mirror", "newton", "projection_free", "proximal", "splitting",
]  # fmt: skip
