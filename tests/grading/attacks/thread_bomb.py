"""Start threads without end."""

import threading
import time


def largest_step(A):
    while True:
        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
