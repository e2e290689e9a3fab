"""Take all memory."""

import numpy as np

kept = []


def largest_step(A):
    while True:
        kept.append(np.zeros(2**26))
