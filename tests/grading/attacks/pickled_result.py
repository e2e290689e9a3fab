"""Return what executes code when it is unpickled."""

import os
import pickle

import numpy as np


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/owned",)


def largest_step(A):
    held = np.empty(1, dtype=object)
    held[0] = Bomb()
    return [held, pickle.dumps(Bomb()), Bomb()]
