"""Ignore every signal that can be ignored, and never answer."""

import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue
signal.setitimer = signal.alarm = lambda *args: None


def largest_step(A):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
