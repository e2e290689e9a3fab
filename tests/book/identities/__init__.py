"""What the chapters display, evaluated: one check per label, one module per chapter."""

from tests.book.identities import (
    acceleration,
    cubic,
    curvature,
    foundations,
    gradient,
    landscape,
    newton,
)
from tests.book.identities.statements import CHECKS

__all__ = [
    "CHECKS", "acceleration", "cubic", "curvature", "foundations", "gradient", "landscape",
    "newton",
]  # fmt: skip
