"""Proofs by computer: the exact worst case of a method's own step, from PEPit.

`certify` runs ``init`` and ``step``, unchanged, on symbols that stand for any point of any
function of a class; the worst case over the class is then a semidefinite program. Needs the
extra ``proofs``: ``pip install 'optedu[proofs]'``.
"""

from optedu.proofs.classes import CLASSES, SymbolError
from optedu.proofs.worst_case import Agreement, WorstCase, agreement, certify

__all__ = ["CLASSES", "Agreement", "SymbolError", "WorstCase", "agreement", "certify"]
