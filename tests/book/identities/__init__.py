"""What the chapters display, evaluated: one check per label, one module per chapter."""

from tests.book.identities import (
    acceleration,
    applied_transport,
    convex_networks,
    coordinate,
    cubic,
    curvature,
    duality,
    fast_transport,
    foundations,
    gpu,
    gradient,
    landscape,
    mirror,
    newton,
    optimal_networks,
    projection_free,
    proximal,
    splitting,
    transport,
)
from tests.book.identities.statements import CHECKS

__all__ = [
    "CHECKS", "acceleration", "applied_transport", "convex_networks", "coordinate", "cubic",
    "curvature", "duality", "fast_transport", "foundations", "gpu", "gradient", "landscape",
    "mirror", "newton", "optimal_networks", "projection_free", "proximal", "splitting",
    "transport",
]  # fmt: skip
