"""What the chapters display, evaluated: one check per label, one module per chapter."""

from tests.book.identities import acceleration, foundations, gradient
from tests.book.identities.statements import CHECKS

__all__ = ["CHECKS", "acceleration", "foundations", "gradient"]
