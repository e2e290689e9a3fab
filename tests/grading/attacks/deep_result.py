"""Return what is nested deeper than any stack."""


def largest_step(A):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested
