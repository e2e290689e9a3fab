"""What the chapters display, evaluated: one check per label, one module per chapter."""

from tests.book.identities import (
    acceleration,
    adaptive,
    applied_transport,
    black_box,
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
    stochastic,
    transport,
)
from tests.book.identities.statements import CHECKS

__all__ = [
    "CHECKS", "acceleration", "adaptive", "applied_transport", "black_box", "convex_networks",
    "coordinate", "cubic", "curvature", "duality", "fast_transport", "foundations", "gpu",
    "gradient", "landscape", "mirror", "newton", "optimal_networks", "projection_free",
    "proximal", "splitting", "stochastic", "transport",
]  # fmt: skip
