"""Return what contains itself."""


def largest_step(A):
    nested = []
    nested.append(nested)
    return nested
