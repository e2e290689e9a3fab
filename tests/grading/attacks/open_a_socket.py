"""Ask a machine elsewhere."""

import socket


def largest_step(A):
    with socket.socket() as asked:
        asked.connect(("127.0.0.1", 22))
        return float(asked.recv(10))
